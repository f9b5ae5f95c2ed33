"""Show the printed page of a PDF as HTML, a cited span lit on it."""

from __future__ import annotations

import base64
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from dgqa.corpus.files import read_bytes
from dgqa.corpus.office.pdf_picture import Picture, picture_of
from dgqa.errors import CorpusError
from dgqa.messages import Language
from dgqa.web.page.words import escape, say

_KEPT = 8  # pictures


def number_of(label: str) -> int:
    """Return the number of a page by its label, such as "page 3" or "page 3–4"; 1 for anything else."""
    kind, _, number = label.partition(" ")
    first = number.partition("–")[0]
    return int(first) if kind == "page" and first.isdecimal() else 1


def is_drawn(document: Mapping[str, Any], roots: list[str]) -> bool:
    """Whether the pages of a document can be drawn: it is a PDF whose file is still in the corpus."""
    return str(document["path"]).lower().endswith(".pdf") and _file(document, roots) is not None


class Leaves:
    """Draws the pages of PDFs; safe to use from several threads. The last ones drawn are kept."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._drawn: OrderedDict[tuple[str, int, str], Picture] = OrderedDict()

    def leaf(self, document: Mapping[str, Any], roots: list[str], number: int, words: str, language: Language) -> str:
        """Return a page as HTML, with the words lit and the way to the pages beside it; where it can't be drawn, that it can't.

        Args:
            document: What is known of it.
            roots: The folders of the corpus.
            number: Of the page, from 1.
            words: What is lit.
            language: Of the labels.
        """
        try:
            picture = self._picture(document, roots, number, words)
        except (CorpusError, OSError):
            return f'<p class="dgqa-empty" role="alert">{say("no_leaf", language)}</p>'
        number = min(max(1, number), picture.pages)
        lights = "".join(
            f'<span class="dgqa-light" style="left:{a:.2%};top:{b:.2%};width:{c - a:.2%};height:{d - b:.2%}"></span>' for a, b, c, d in picture.boxes
        )
        about = say("leaf", language, number, picture.pages)
        source = base64.b64encode(picture.png).decode("ascii")
        turning = "".join(
            f'<button type="button" class="dgqa-turn" value="{to}"{"" if 0 < to <= picture.pages else " disabled"}>{say(key, language)}</button>'
            for key, to in (("leaf_before", number - 1), ("leaf_after", number + 1))
        )
        alt = f"{escape(str(document['title'] or document['path']))}, {about}"
        return (
            f'<p class="dgqa-turns">{turning}<span>{about}</span></p>'
            f'<div class="dgqa-sheet"><img src="data:image/png;base64,{source}" alt="{alt}">{lights}</div>'
        )

    def _picture(self, document: Mapping[str, Any], roots: list[str], number: int, words: str) -> Picture:
        key = (str(document["sha256"]), number, words)
        with self._guard:
            if key in self._drawn:
                self._drawn.move_to_end(key)
                return self._drawn[key]
        file = _file(document, roots)
        data = read_bytes(file) if file else b""
        if hashlib.sha256(data).hexdigest() != document["sha256"]:
            raise CorpusError(f"{document['path']} has changed since it was indexed: run `dgqa index`")
        picture = picture_of(data, number, words)
        with self._guard:
            self._drawn[key] = picture
            while len(self._drawn) > _KEPT:
                self._drawn.popitem(last=False)
        return picture


def _file(document: Mapping[str, Any], roots: list[str]) -> Path | None:
    for root in map(Path, roots):
        # A corpus may be one file, which is then its own root.
        for file in (root / str(document["path"]), *([root] if root.name == document["path"] else [])):
            if file.is_file():
                return file
    return None
