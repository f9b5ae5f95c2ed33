"""Files of each format read: a view without markup, marks on it and the fields that describe the file."""
