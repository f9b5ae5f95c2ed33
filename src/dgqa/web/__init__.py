"""The chat page, its server and its endpoints."""
