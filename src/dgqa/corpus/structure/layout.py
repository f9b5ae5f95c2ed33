"""Join the lines of a text that belong to one paragraph."""

from __future__ import annotations

import re

from dgqa.corpus.structure.lines import ARTICLE
from dgqa.corpus.structure.statutes import is_chapter
from dgqa.corpus.view import Edit, View

_FEWEST = 3  # labels on lines of their own from which they are the way of a text
_CAPTIONED = re.compile(ARTICLE.pattern + r"\s?(?:[（(【][^）)】\n]{1,20}[）)】])?")


def join_labels(view: View) -> View:
    """Put the number of an article that has a line of its own in front of the article's text."""
    edits: list[Edit] = []
    at = 0
    label = -1  # where the line of a label ends
    for text in view.text.split("\n"):
        stripped = text.strip()
        if stripped:
            start = at + text.index(stripped)
            alone = stripped.startswith("第") and len(stripped) <= 40 and _CAPTIONED.fullmatch(stripped) is not None
            if label >= 0 and not alone and not is_chapter(stripped):
                edits.append(Edit(label, start, " "))
            label = start + len(stripped) if alone else -1
        at += len(text) + 1
    return view.edit(edits) if len(edits) >= _FEWEST else view
