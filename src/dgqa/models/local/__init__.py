"""Run a chat model in this process."""
