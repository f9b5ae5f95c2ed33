"""Damage that encodings have done to a text, found and where it is certain read back."""
