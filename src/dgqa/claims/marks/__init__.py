"""Whether a model's sentence follows from what it cites: confirmed, not confirmed, or contradicted."""
