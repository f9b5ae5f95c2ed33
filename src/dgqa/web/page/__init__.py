"""What a reader sees: the page, its turns, its cards and the reader of articles."""
