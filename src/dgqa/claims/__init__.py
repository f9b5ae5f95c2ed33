"""Whether what somebody states is what the evidence says: a model's sentence and a question's premise."""
