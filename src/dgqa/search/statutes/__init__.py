"""Laws and their articles, as questions speak of them."""
