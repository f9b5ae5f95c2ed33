"""Texts in; escaped HTML and the pieces of a text out."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from dgqa.web.page.words import tag_of

# A line break as a character reference keeps Markdown from ending our HTML block at a blank line.
_LINE_BREAKS = str.maketrans({"\n": "&#10;", "\r": None})


def escape(text: str) -> str:
    """Return a text as HTML on one line."""
    return html.escape(text).translate(_LINE_BREAKS)


def lang(text: str) -> str:
    """Return the attribute ``lang`` for a text, "" where its script can't be told."""
    tag = tag_of(text)
    return f' lang="{tag}"' if tag else ""


def pieces(text: str, parts: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Cut a text at its parts, in order: pieces with the index of their part, -1 between parts."""
    at = 0
    for index, part in enumerate(parts):
        begin = text.find(part, at) if part else -1
        if begin < 0:
            continue
        if begin > at:
            yield text[at:begin], -1
        yield part, index
        at = begin + len(part)
    if at < len(text):
        yield text[at:], -1
