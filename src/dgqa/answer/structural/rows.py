"""Find the rows of a table that a question names, by their first cell or by another."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dgqa.answer.structural.columns import number
from dgqa.answer.wording import row_cells
from dgqa.language.text import FUNCTION_WORDS, squeezed
from dgqa.types import Sentence

_BETWEEN = re.compile(r"[、，,；;/／（）()和及与與]")


def named_by(columns: Sequence[Sequence[str]], asked: str) -> list[int]:
    """Return the places of the rows that a question names: by the first column that tells some of them from the others; the longest names win.

    Args:
        columns: The cells of each column, the one of the rows' names first; "" for none.
        asked: The question, squeezed.
    """
    for cells in columns:
        labels = [[squeezed(part) for part in (cell, *_BETWEEN.split(cell))] for cell in cells]
        found = {label for parts in labels for label in parts if len(label) > 1 and label in asked and label not in FUNCTION_WORDS and number(label) is None}
        found = {label for label in found if not any(label != other and label in other for other in found)}
        places = [place for place, parts in enumerate(labels) if not found.isdisjoint(parts)]
        if places and len(places) < len(labels):
            return places
    return []


def unasked(sentences: Sequence[Sentence], raw: str, asked: str) -> set[int]:
    """Return the places of those sentences that are rows of a table of which a question names others."""
    cells = {place: dict(found) for place, sentence in enumerate(sentences) if (found := row_cells(sentence.text, raw[sentence.start : sentence.end]))}
    by_first: dict[str, list[int]] = {}
    for place, row in cells.items():
        by_first.setdefault(next(iter(row)), []).append(place)
    dropped: set[int] = set()
    for places in by_first.values():
        names = dict.fromkeys(name for place in places for name in cells[place])
        kept = named_by([[cells[place].get(name, "") for place in places] for name in names], asked)
        dropped.update(place for at, place in enumerate(places) if kept and at not in kept)
    return dropped
