"""A file becomes a document whose every character maps back to the raw text."""
