"""Documents on disk: their texts, vectors and words, one generation at a time."""
