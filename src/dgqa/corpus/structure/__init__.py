"""A text without markup becomes blocks and sections: headings, paragraphs, items, rows, and what is no article."""
