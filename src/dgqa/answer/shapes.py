"""Find paragraphs, lists and tables in the text of an excerpt, as spans of that text, for whatever shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from dgqa.language.lists import announces, is_item
from dgqa.language.numerals import whole
from dgqa.types import Span

_NAME = re.compile(r"(?:^|[；;])\s*([^：:；;，。\n]{1,20})[：:]")
_LEAST = 2  # items of a list, rows and columns of a table
# 一是…；二是… within a line: an item begins behind a mark that ends something.
_INLINE = re.compile(r"(?<=[。；：:;])\s*(?=(?:第?[一二三四五六七八九十]+是|第[一二三四五六七八九十]+[，、,]|[（(][一二三四五六七八九十\d]{1,2}[）)]|[①-⑩]))")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list or a table of a text.

    ``spans`` holds one row of spans for a paragraph and for each item of a list, and one for each row of a table, a span a cell.
    ``header`` names the columns of a table. ``numbered`` tells that the items carry their own numbers.
    """

    kind: Literal["text", "list", "table"]
    spans: tuple[tuple[Span, ...], ...]
    header: tuple[str, ...] = ()
    numbered: bool = False


def shapes(text: str) -> tuple[Block, ...]:
    """Return the blocks of an excerpt, in order; between them nothing but line breaks and the names of columns is left out.

    Lines that name the same columns are the rows of a table; lines below one that announces them, and lines that begin
    as items do (第一，二是，（三）), are a list.

    >>> [block.kind for block in shapes("措施包括：\\n统一目录；\\n分级分类。")]
    ['text', 'list']
    >>> shapes("城市：甲市；人口：31\\n城市：乙市；人口：22")[0].header
    ('城市', '人口')
    """
    lines = [span for line in _lines(text) for span in _inline(text, line)]
    made: list[Block] = []
    at = 0
    while at < len(lines):
        end, block = _table(text, lines, at) or _list(text, lines, at) or (at + 1, Block("text", ((lines[at],),)))
        made.append(block)
        at = end
    return tuple(made)


def _lines(text: str) -> Iterator[Span]:
    for match in re.finditer(r"[^\n]+", text):
        if match[0].strip():
            yield match.span()


def _inline(text: str, line: Span) -> list[Span]:
    """Cut a line before each of its items, where they count on from the first."""
    start, end = line
    cuts = [match.end() for match in _INLINE.finditer(text, start, end)]
    if is_item(text[start:end]):
        cuts.insert(0, start)
    if len(cuts) < _LEAST or not _counts(text, cuts):
        return [line]
    edges = [*([start] if cuts[0] > start else []), *cuts, end]
    return [(low, high) for low, high in pairwise(edges) if low < high]


def _counts(text: str, cuts: Sequence[int]) -> bool:
    found = [re.search(r"[一二三四五六七八九十]+|\d+|[①-⑩]", text[cut : cut + 4]) for cut in cuts]
    return all(match is not None and _value(match[0]) == number for number, match in enumerate(found, 1))


def _value(numeral: str) -> int:
    return ord(numeral) - ord("①") + 1 if "①" <= numeral <= "⑩" else whole(numeral)


def _table(text: str, lines: Sequence[Span], at: int) -> tuple[int, Block] | None:
    """Return the table whose first row stands at ``at``, and where it ends."""
    names = _names(text[slice(*lines[at])])
    if at + 1 >= len(lines) or len(names) < _LEAST:
        return None
    following = set(_names(text[slice(*lines[at + 1])]))
    header = tuple(name for name in names if name in following)
    if len(header) < _LEAST or header[0] != names[0]:
        return None
    rows: list[tuple[Span, ...]] = []
    for line in lines[at:]:
        cells = _cells(text, line, header)
        if cells is None:
            break
        rows.append(cells)
    if len(rows) < _LEAST:
        return None
    return at + len(rows), Block("table", tuple(rows), header)


def _names(line: str) -> list[str]:
    names = [match[1].strip() for match in _NAME.finditer(line)]
    return names if names and line.startswith(names[0]) and len(set(names)) == len(names) else []


def _cells(text: str, line: Span, header: Sequence[str]) -> tuple[Span, ...] | None:
    """Return the spans of a row's cells, None where the line does not name the columns in their order."""
    places: list[Span] = []
    at = line[0]
    for name in header:
        match = re.compile(rf"(?:^|[；;])\s*{re.escape(name)}[：:]").search(text[: line[1]], at) if places else re.compile(rf"{re.escape(name)}[：:]").match(text, at)
        if match is None:
            return None
        places.append(match.span())
        at = match.end()
    ends = [*(start for start, _ in places[1:]), line[1]]
    return tuple(_trimmed(text, begin, end) for (_, begin), end in zip(places, ends, strict=True))


def _trimmed(text: str, start: int, end: int) -> Span:
    inner = text[start:end]
    return start + len(inner) - len(inner.lstrip()), max(start, end - (len(inner) - len(inner.rstrip(" ；;"))))


def _list(text: str, lines: Sequence[Span], at: int) -> tuple[int, Block] | None:
    """Return the list whose first item stands at ``at``, and where it ends: below a line that announces it, or of numbered items."""
    said = [text[slice(*line)] for line in lines]
    announced = at > 0 and announces(said[at - 1])
    # 第十二条有下列情形之一的： is what announces the items below it.
    numbered = is_item(said[at]) and not (announces(said[at]) and is_item("".join(said[at + 1 : at + 2])))
    if not (announced or numbered):
        return None
    end = at + 1
    while end < len(lines) and (is_item(said[end]) if numbered else not announces(said[end])):
        end += 1
        # Where semicolons part the items, the last is the one without.
        if not numbered and said[end - 2].endswith(("；", ";")) and not said[end - 1].endswith(("；", ";")):
            break
    if end - at < _LEAST:
        return None
    return end, Block("list", tuple((line,) for line in lines[at:end]), numbered=numbered)


def within(inner: Span | None, outer: Span) -> Span | None:
    """Return the part of a span that lies within another, counted from the beginning of that one; None for none."""
    if inner is None:
        return None
    start, end = max(inner[0], outer[0]) - outer[0], min(inner[1], outer[1]) - outer[0]
    return (start, end) if start < end else None
