"""What the structure of an article answers by itself: a question with its answer below it, a table's cells, a heading, a term."""
