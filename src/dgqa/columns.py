"""Set texts in the columns of a terminal, where a Chinese character takes two."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

_COLOUR = re.compile("\x1b\\[[0-9;]*m")


def width(text: str) -> int:
    """Return how many columns a text takes; an accent that goes onto the character before and a colour take none."""
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in _COLOUR.sub("", text))


def cut(text: str, columns: int) -> str:
    """Return a text cut to so many columns, with … where it was cut."""
    if width(text) <= columns:
        return text
    kept = ""
    for char in text:
        if width(kept) + width(char) > columns - 1:
            break
        kept += char
    return kept + "…"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[str] = (), widest: Mapping[str, int] | None = None, rule: str = "") -> list[str]:
    """Return the lines of a table.

    Args:
        head: The names of its columns.
        rows: The cells.
        right: The columns that are set to the right.
        widest: How wide a column may be at the most; what is wider is cut.
        rule: What the line below the head is drawn with, "" for none.
    """
    most = widest or {}
    rows = [[cut(cell, most[name]) if name in most else cell for name, cell in zip(head, row, strict=True)] for row in rows]
    widths = [max(map(width, column)) for column in zip(head, *rows, strict=True)]
    lines = []
    for row in [head, *([[rule * wide for wide in widths]] if rule else []), *rows]:
        gaps = [" " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True)]
        lines.append("  ".join(gap + cell if name in right else cell + gap for name, cell, gap in zip(head, row, gaps, strict=True)).rstrip())
    return lines
