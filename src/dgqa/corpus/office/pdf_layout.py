"""Put the characters of a page into lines, column by column in reading order, and into tables."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from statistics import median
from typing import NamedTuple

from dgqa.corpus.office.draft import lowered, raised
from dgqa.corpus.office.pdf_page import Piece
from dgqa.corpus.office.pdf_tables import Table

_GUTTER = 1.2  # widths of a character that part columns
_DEEPEST = 6  # how often a page is cut into columns
_LOOKS = 100  # times that a row may be looked at in vain, on average: more than a page of people has rows


class Line(NamedTuple):
    """A line of text and its box; ``size`` is that of most of its characters."""

    text: str
    x0: float
    x1: float
    top: float
    base: float
    size: float


class Column(NamedTuple):
    """Lines that stand below each other; ``whole`` says that nothing stands beside them, so that the page gives their right edge."""

    lines: list[Line]
    whole: bool


Part = Column | Table


def lay_out(pieces: Sequence[Piece], tables: Sequence[Table]) -> list[Part]:
    """Return columns and tables in reading order: from top to bottom, the left column before the right one."""
    held = [Piece("", table.x0, table.top, table.x1, table.bottom, table.bottom, table.bottom - table.top, table=number) for number, table in enumerate(tables)]
    parts = _parts([*pieces, *held], tables, 0, whole=True)
    joined: list[Part] = []
    for part in parts:
        if isinstance(part, Column) and joined and isinstance(joined[-1], Column) and part.whole and joined[-1].whole:
            joined[-1] = Column(joined[-1].lines + part.lines, whole=True)
        else:
            joined.append(part)
    return joined


def rows_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return the pieces row by row, from top to bottom, each row from left to right."""
    rows: list[list[Piece]] = []
    bottom = float("-inf")
    for piece in sorted(pieces, key=_core):
        top, end = _core(piece)
        if rows and top < bottom:
            rows[-1].append(piece)
            bottom = max(bottom, end)
        else:
            rows.append([piece])
            bottom = end
    for row in rows:
        row.sort(key=lambda piece: (piece.x0, piece.base))
    return rows


def _core(piece: Piece) -> tuple[float, float]:
    """Return where the body of a piece begins and ends, without the room that lines leave between them."""
    return (piece.top, piece.bottom) if piece.table >= 0 else (piece.base - 0.7 * piece.size, piece.base)


def _parts(pieces: Sequence[Piece], tables: Sequence[Table], depth: int, *, whole: bool) -> list[Part]:
    rows = rows_of(pieces)
    edges = _edges(rows)
    parts: list[Part] = []
    at, looks = 0, _LOOKS * len(rows) if depth < _DEEPEST else 0
    while at < len(rows):
        end, gutters, level = _run(rows, at, *edges[at]) if looks > 0 else (at + 1, [], False)
        looks -= end - at
        cut = _cut(rows[at:end], gutters, tables, depth, level=level) if gutters else None
        if cut is not None:
            parts += cut
            looks += end - at
            at = end
            continue
        parts += _row(rows[at], tables, whole=whole)
        at += 1
    return parts


def _row(row: list[Piece], tables: Sequence[Table], *, whole: bool) -> list[Part]:
    """Return a row that is in no columns; a table may stand beside text."""
    held = [piece for piece in row if piece.table >= 0]
    if not held:
        return [Column([line_of(row)], whole)]
    parts: list[Part] = [Column([line_of(inner)], whole) for inner in rows_of([piece for piece in row if piece.table < 0])]
    return parts + [tables[piece.table] for piece in held]


def _edges(rows: Sequence[Sequence[Piece]]) -> list[tuple[float, float]]:
    """Return where all rows from each on begin and end."""
    from_below = accumulate(((row[0].x0, max(piece.x1 for piece in row)) for row in reversed(rows)), lambda a, b: (min(a[0], b[0]), max(a[1], b[1])))
    return list(from_below)[::-1]


def _run(rows: Sequence[Sequence[Piece]], at: int, left: float, right: float) -> tuple[int, list[tuple[float, float]], bool]:
    """Return where the longest run of rows from ``at`` on ends that have a gap in common, the gaps, and whether the first row has one.

    Where it has none, it may stand in one of two columns whose lines are not level. ``left`` and ``right`` are the edges of all rows
    from ``at`` on.
    """
    free = _free(rows[at], left, right)
    inner = [(low, high) for low, high in free if low > left and high < right and high - low >= _least(rows[at])]
    free = inner or free
    end = at + 1
    first, last = rows[at][0].x0, rows[at][-1].x0  # where the first and the last piece of any row of the run begin, the outermost
    while free and end < len(rows):
        least = _least(rows[end])
        own = _free(rows[end], left, right)
        common = [(low, high) for low, high in _common(free, own) if high - low >= least]
        outer = min(first, rows[end][0].x0), max(last, rows[end][-1].x0)
        had, has = len(_parting(first, last, free)), len(_parting(*outer, common))
        # A line of text below a table fills some of the gaps between its columns.
        lone = not any(low > left and high < right and high - low >= least for low, high in own)
        if not common or (had and not has) or (lone and has < had):
            break
        free = common
        first, last = outer
        end += 1
    return end, _parting(first, last, free), bool(inner)


def _parting(first: float, last: float, gaps: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the gaps with text on both sides, where pieces begin from ``first`` to ``last``."""
    return [gap for gap in gaps if first < gap[0] and last >= gap[1] - 0.01]


def _least(row: Sequence[Piece]) -> float:
    """Return how wide a gap must be to part columns."""
    sizes = [piece.size for piece in row if piece.table < 0]
    return _GUTTER * median(sizes) if sizes else 6.0


def _free(row: Sequence[Piece], left: float, right: float) -> list[tuple[float, float]]:
    gaps = []
    edge = left
    for piece in row:
        if piece.x0 > edge:
            gaps.append((edge, piece.x0))
        edge = max(edge, piece.x1)
    if right > edge:
        gaps.append((edge, right))
    return gaps


def _common(first: Sequence[tuple[float, float]], second: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    both = []
    i = j = 0
    while i < len(first) and j < len(second):
        low, high = max(first[i][0], second[j][0]), min(first[i][1], second[j][1])
        if low < high:
            both.append((low, high))
        if first[i][1] < second[j][1]:
            i += 1
        else:
            j += 1
    return both


def _cut(rows: Sequence[Sequence[Piece]], gutters: Sequence[tuple[float, float]], tables: Sequence[Table], depth: int, *, level: bool) -> list[Part] | None:
    """Return rows cut at gaps into columns of prose, or where they are ``level``, as those of a table without lines; None where they are neither."""
    edges = [(low + high) / 2 for low, high in gutters]
    sides: list[list[Piece]] = [[] for _ in range(len(edges) + 1)]
    for row in rows:
        for piece in row:
            sides[bisect_right(edges, piece.x0)].append(piece)
    if all(_is_prose(side) for side in sides):
        return [part for side in sides for part in _parts(side, tables, depth + 1, whole=False)]
    if not level or any(piece.table >= 0 for row in rows for piece in row):
        return None
    return _open_table(rows, edges)


def _is_prose(side: Sequence[Piece]) -> bool:
    """Whether pieces are a column of running text, or a table in one: most lines fill the column."""
    if any(piece.table >= 0 for piece in side):
        return True
    rows = rows_of(side)
    size = median(piece.size for piece in side)
    left, right = min(piece.x0 for piece in side), max(piece.x1 for piece in side)
    if len(rows) < 3 or right - left < 9 * size:
        return False
    filled = [(max(piece.x1 for piece in row) - row[0].x0) / (right - left) for row in rows]
    return median(filled) >= 0.75


def _open_table(rows: Sequence[Sequence[Piece]], edges: Sequence[float]) -> list[Part] | None:
    cells: list[list[list[Piece]]] = [[[] for _ in range(len(edges) + 1)] for _ in rows]
    for row, parted in zip(rows, cells, strict=True):
        for piece in row:
            parted[bisect_right(edges, piece.x0)].append(piece)
    full = [[line_of(cell).text if cell else "" for cell in row] for row in cells]
    first, last = 0, len(full)
    while first < last and sum(map(bool, full[first])) < 2:
        first += 1
    while last > first and sum(map(bool, full[last - 1])) < 2:
        last -= 1
    filled = [sum(map(bool, row)) for row in full[first:last]]
    lengths = [len(text) for row in full[first:last] for text in row if text]
    if len(filled) < 3 or sum(filled) < 0.6 * len(filled) * len(full[0]) or median(lengths) > 20:
        return None
    if len(edges) == 1 and (sum(filled) < 1.8 * len(filled) or max(lengths) > 40):
        return None
    held = [piece for row in rows[first:last] for piece in row]
    pitches = [max(p.base for p in below) - max(p.base for p in above) for above, below in zip(rows[first:last], rows[first + 1 : last], strict=False)]
    table: list[list[str]] = []
    for index, texts in enumerate(full[first:last]):
        wraps = index and sum(map(bool, texts)) <= len(texts) // 2 and not texts[0] and pitches[index - 1] <= 0.8 * max(pitches)
        if wraps:  # a cell's second line
            table[-1] = [above + below for above, below in zip(table[-1], texts, strict=True)]
        else:
            table.append(texts)
    box = (min(p.x0 for p in held), min(p.top for p in held), max(p.x1 for p in held), max(p.bottom for p in held))
    before: list[Part] = [Column([line_of(list(row))], whole=True) for row in rows[:first]]
    after: list[Part] = [Column([line_of(list(row))], whole=True) for row in rows[last:]]
    return [*before, Table(*box, table), *after]


def line_of(row: Sequence[Piece]) -> Line:
    """Return the pieces of a row as a line; raised and lowered digits stay so."""
    sizes = sorted(piece.size for piece in row)
    size = sizes[len(sizes) // 2]
    body = [piece for piece in row if piece.size >= 0.8 * size] or list(row)
    size = median(piece.size for piece in body)
    base = median(piece.base for piece in body)
    parts: list[str] = []
    moved: list[str] = []
    shift = 0
    pitch = _pitch(row)
    before: Piece | None = None
    for piece in row:
        own = 0 if piece.size >= 0.82 * size else 1 if piece.base < base - 0.12 * size else -1 if piece.base > base + 0.04 * size else 0
        blank = before is not None and _blank(before, piece, size, pitch)
        if own != shift or blank:
            parts.append(_shifted("".join(moved), shift))
            moved, shift = [], own
        if blank:
            parts.append(" ")
        moved.append(piece.text)
        before = piece
    parts.append(_shifted("".join(moved), shift))
    return Line("".join(parts), row[0].x0, max(piece.x1 for piece in row), min(piece.top for piece in row), base, size)


def _shifted(text: str, shift: int) -> str:
    return raised(text) if shift > 0 else lowered(text) if shift < 0 else text


def _pitch(row: Sequence[Piece]) -> float:
    """Return the step of a line whose characters stand on a grid, 0 where most do not."""
    steps = [after.x0 - before.x0 for before, after in pairwise(row)]
    if len(steps) < 4:
        return 0.0
    step = median(steps)
    return step if sum(abs(one - step) < 0.04 * step for one in steps) >= 0.8 * len(steps) else 0.0


def _blank(before: Piece, after: Piece, size: float, pitch: float) -> bool:
    """Whether a blank stands between two characters of a line."""
    gap = after.x0 - before.x1
    if after.spaced and gap > 0.05 * size:
        return True
    if pitch and abs(after.x0 - before.x0 - pitch) < 0.06 * pitch:
        return False
    if before.text.isascii() and after.text.isascii():
        return gap > 0.18 * size
    return gap > 0.9 * size


def text_of(pieces: Sequence[Piece]) -> str:
    """Return the text of a cell: its lines joined."""
    text = ""
    for row in rows_of(pieces):
        line = line_of(row).text
        blank = " " if re.search(r"[A-Za-z]$", text) and re.match(r"[A-Za-z]", line) else ""
        text += blank + line
    return text
