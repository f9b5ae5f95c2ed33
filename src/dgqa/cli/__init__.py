"""The `dgqa` command."""
