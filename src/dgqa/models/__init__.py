"""Embedding and chat models: pinned, fetched, opened and run."""
