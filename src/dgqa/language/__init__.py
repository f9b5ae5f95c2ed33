"""What any string is, whatever it is used for: script, words, numbers, values, names and lists."""
