"""Join the lines of a text that belong to one paragraph."""

from __future__ import annotations

import functools
import re
import unicodedata
from itertools import pairwise
from typing import NamedTuple

from dgqa.corpus.structure.lines import ARTICLE, is_item
from dgqa.corpus.structure.statutes import is_chapter
from dgqa.corpus.structure.titles import title_goes_on
from dgqa.corpus.view import Edit, View
from dgqa.data import CJK

_FEWEST = 3  # labels on lines of their own from which they are the way of a text
_CAPTIONED = re.compile(ARTICLE.pattern + r"\s?(?:[（(【][^）)】\n]{1,20}[）)】])?")


def join_labels(view: View) -> View:
    """Put the number of an article that has a line of its own in front of the article's text."""
    if "条" not in view.text and "條" not in view.text:
        return view
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


_NARROWEST, _WIDEST = 30, 120  # columns of a hard-wrapped text
_RAGGED = 5  # columns that a full line may be short of the longest
_OUT = 2  # columns that a mark may stand out by
_MANY = 5  # lines from which on there is a usual width
_WRAPPED = 2  # lines at least that are full and go on
_ENDED = re.compile(r"[。！？!?：:][”’\"'」』）)】》\]]*$")
_NEVER_FIRST = "，。、；：！？）》”’」』】,;:!?)"
_FIELD = re.compile(r"[^\s：:，。]{1,10}[：:]")
_LISTED = re.compile(r"[-*+•·●○■◆▪▶]\s|[|\u2500-\u257f]")


class _Row(NamedTuple):
    """A line that is not blank: where its text begins and ends, and what it is from the margin on."""

    start: int
    end: int
    text: str
    indent: int
    width: int  # columns, with the indent
    next_to: bool  # the line above is not blank


def join_wrapped(view: View) -> View:
    """Join the lines of a text that was wrapped at a fixed width, as mails and copies from a PDF are.

    A text is wrapped where nearly all lines that stop in mid-sentence are about as long as the longest one.
    """
    lines = [line for line in view.text.split("\n") if line.strip()]
    long = sum(len(line) > _WIDEST for line in lines)
    if len(lines) < _WRAPPED + 1 or long > (len(lines) * 3 // 100 if len(lines) > 30 else 0):
        return view
    rows = _rows(view.text)
    full = _longest([row.width for row in rows])
    most = _longest([len(row.text) for row in rows])  # some count characters, a digit as much as a Chinese one
    if not _NARROWEST <= full <= _WIDEST:
        return view
    pairs = [(row, following) for row, following in pairwise(rows) if _goes_on(row, following)]
    least = min(full, _usual([row.width for row, _ in pairs if 2 * row.width >= full], full)) - _RAGGED
    wrapped = [
        (row, following)
        for row, following in pairs
        if least <= row.width <= full + _OUT or len(row.text) >= most - _RAGGED // 2 or following.text[0] in _NEVER_FIRST
    ]
    if len(wrapped) < _WRAPPED or 2 * len(wrapped) < sum(2 * row.width >= full for row, _ in pairs):
        return view
    chinese = re.search(f"[{CJK}]", view.text) is not None
    return view.edit(Edit(row.end, following.start, _between(row.text, following.text, chinese=chinese)) for row, following in wrapped)


_HEAD = 10  # lines among which a title stands
_CENTRED = 4  # columns at least that a centred line is set in
_ASIDE = 3  # columns that the middle of one may be off


def join_title(view: View) -> View:
    """Join the lines of a title that was set in several lines around one middle."""
    head = view.text[:4000]
    if not any(line[:1].isspace() for line in head.split("\n")):
        return view
    rows = _rows(head)[:_HEAD]
    edits: list[Edit] = []
    title = ""
    for row, following in pairwise(rows):
        centred = min(row.indent, following.indent) >= _CENTRED and abs(_middle(row) - _middle(following)) <= _ASIDE
        if following.next_to and centred and title_goes_on(title or row.text, following.text):
            between = _between(row.text, following.text, chinese=True)
            title = (title or row.text) + between + following.text
            edits.append(Edit(row.end, following.start, between))
        elif title:
            break
    return view.edit(edits)


def _middle(row: _Row) -> float:
    return (row.indent + row.width) / 2


def _longest(sizes: list[int]) -> int:
    """Return the largest of sizes, in a long text but for the few that stick out."""
    return sorted(sizes)[-1 if len(sizes) <= 30 else len(sizes) * 97 // 100]


def _usual(sizes: list[int], full: int) -> int:
    """Return the middle one of sizes that nearly all are close to: one line with digits may be longer than the others; else ``full``."""
    middle = sorted(sizes)[len(sizes) // 2] if sizes else full
    near = sum(abs(size - middle) <= _RAGGED for size in sizes)
    return middle if len(sizes) >= _MANY and 10 * near >= 8 * len(sizes) else full


def _rows(text: str) -> list[_Row]:
    rows: list[_Row] = []
    at = 0
    above = False
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped:
            indent = _columns(line[: line.index(stripped)].expandtabs(4))
            start = at + line.index(stripped)
            rows.append(_Row(start, start + len(stripped), stripped, indent, indent + _columns(stripped), above))
        above = bool(stripped)
        at += len(line) + 1
    return rows


def _columns(text: str) -> int:
    return sum(map(_width, text))


@functools.cache
def _width(char: str) -> int:
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _goes_on(row: _Row, following: _Row) -> bool:
    """Whether the text of a line may go on in the next one."""
    if not following.next_to or following.indent > row.indent or "\t" in row.text + following.text:
        return False
    if _FIELD.match(row.text) and _FIELD.match(following.text):
        return False
    return not (_ENDED.search(row.text) or is_item(following.text) or _LISTED.match(following.text) or is_chapter(following.text) or ARTICLE.match(following.text))


def _between(before: str, after: str, *, chinese: bool) -> str:
    """Return what stands for the line break: a space between Latin words, nothing inside a number of a Chinese text."""
    if not (before[-1].isascii() and after[0].isascii()):
        return ""
    return "" if chinese and before[-1].isdigit() and after[0] in "0123456789.,%" else " "
