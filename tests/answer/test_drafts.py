"""What models write is read in whatever form they write it."""
