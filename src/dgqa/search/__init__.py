"""A question finds passages."""
