"""What answers a search: one protocol, and those who speak it."""
