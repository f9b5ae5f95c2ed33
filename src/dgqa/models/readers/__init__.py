"""Readers: question and passage read together, by the built-in model or a cross-encoder."""
