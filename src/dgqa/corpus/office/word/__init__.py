"""Word files as Word shows them."""
