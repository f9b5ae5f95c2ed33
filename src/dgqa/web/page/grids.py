"""Find the tables in the raw text of an article, as spans of their cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dgqa.types import Span

_LEAST = 2  # rows, and columns, of a table
_MOST = 60  # columns
_LINE = re.compile(r"[^\n]+")
_DASHES = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*")
_BAR = re.compile(r"(?<!\\)\|")
_TABLE = re.compile(r"<table\b[^<>]*>(?:(?!<table\b).){0,200000}?</table\s*>", re.IGNORECASE | re.DOTALL)
_ROW = re.compile(r"<tr\b[^<>]*>(?P<row>.*?)(?=</tr\s*>|<tr\b|</table)", re.IGNORECASE | re.DOTALL)
_CELL = re.compile(r"<(?P<kind>t[dh])\b(?P<given>[^<>]*)>(?P<cell>.*?)(?=</t[dh]\s*>|<t[dh]\b|$)", re.IGNORECASE | re.DOTALL)
_SPAN = re.compile(r"\b(col|row)span\s*=\s*[\"']?(\d{1,2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its span, whether it is a name of a column or row, and how many columns and rows it takes."""

    span: Span
    heads: bool = False
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """A table at ``start:end`` of the raw text."""

    start: int
    end: int
    rows: tuple[tuple[Cell, ...], ...]


def grids(raw: str, path: str) -> list[Grid]:
    """Return the tables of an article in reading order: of its markup, or the lines that tabs part into columns."""
    suffix = path.rpartition(".")[2].lower()
    if suffix in ("html", "htm", "xhtml"):
        return [grid for match in _TABLE.finditer(raw) if (grid := _of_markup(raw, match)) is not None]
    of_bars = suffix in ("md", "markdown")
    made: list[Grid] = []
    run: list[list[Span]] = []
    last = -1
    for match in _LINE.finditer(raw):
        cells = (_barred if of_bars else _tabbed)(raw, *match.span())
        cells = cells if _LEAST <= len(cells) <= _MOST else []
        if run and (len(cells) != len(run[0]) or raw[last : match.start()] != "\n"):
            made += _of_lines(raw, run, of_bars)
            run = []
        if cells:
            run.append(cells)
        last = match.end()
    return made + _of_lines(raw, run, of_bars)


def _of_lines(raw: str, rows: Sequence[list[Span]], of_bars: bool) -> list[Grid]:
    """Return the table that neighbouring lines of as many columns make, [] for none."""
    ruled = of_bars and len(rows) > 1 and _DASHES.fullmatch(raw[rows[1][0][0] : rows[1][-1][1]]) is not None
    shown = [*rows[:1], *rows[1 + ruled :]]
    if len(shown) < _LEAST or (of_bars and not ruled):
        return []
    # Bars mark the names of columns; elsewhere a first row without a figure is taken for them.
    named = ruled or not any(char.isdigit() for start, end in rows[0] for char in raw[start:end])
    begin, end = raw.rfind("\n", 0, rows[0][0][0]) + 1, raw.find("\n", rows[-1][-1][1])
    cells = tuple(tuple(Cell(span, named and not at) for span in row) for at, row in enumerate(shown))
    return [Grid(begin, end if end >= 0 else len(raw), cells)]


def _tabbed(raw: str, start: int, end: int) -> list[Span]:
    cuts = [match.start() for match in re.finditer("\t", raw[start:end])]
    edges = [-1, *cuts, end - start]
    return [(start + low + 1, start + high) for low, high in pairwise(edges)]


def _barred(raw: str, start: int, end: int) -> list[Span]:
    cuts = [start + match.start() for match in _BAR.finditer(raw[start:end])]
    if len(cuts) < _LEAST or raw[start : cuts[0]].strip():
        return []
    edges = [*cuts, *([end] if raw[cuts[-1] + 1 : end].strip() else [])]
    return [(low + 1, high) for low, high in pairwise(edges)]


def _of_markup(raw: str, table: re.Match[str]) -> Grid | None:
    rows = []
    for row in _ROW.finditer(raw, *table.span()):
        cells = [_cell(match, row.start("row")) for match in _CELL.finditer(row["row"])]
        if cells:
            rows.append(tuple(cells))
    if len(rows) < _LEAST or max(sum(cell.columns for cell in row) for row in rows) < _LEAST:
        return None
    return Grid(*table.span(), tuple(rows))


def _cell(match: re.Match[str], offset: int) -> Cell:
    spans = {name.lower(): max(1, int(count)) for name, count in _SPAN.findall(match["given"])}
    start, end = match.span("cell")
    return Cell((offset + start, offset + end), match["kind"].lower() == "th", spans.get("col", 1), spans.get("row", 1))
