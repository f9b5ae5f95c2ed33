"""Find the tables that the ruled lines of a page draw, as rows of cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from dgqa.corpus.office.pdf_page import Piece, Rule

_NEAR = 3.0  # points within which lines are one, or meet
_MAX_RULES = 3000
_MAX_SIDES = 400  # rows or columns of a table


class Table(NamedTuple):
    """A table's box, and its rows of cells; a cell over several rows or columns stands in each of them."""

    x0: float
    top: float
    x1: float
    bottom: float
    rows: list[list[str]]


def ruled_tables(pieces: Sequence[Piece], across: Sequence[Rule], down: Sequence[Rule], text: Callable[[Sequence[Piece]], str]) -> tuple[list[Table], list[Piece]]:
    """Return the tables of at least two columns and two rows, and the pieces that are in none; ``text`` makes text of a cell's pieces."""
    if not across or len(down) < 3 or len(across) + len(down) > _MAX_RULES:
        return [], list(pieces)
    tables: list[Table] = []
    rest = list(pieces)
    for group_across, group_down in _grids(_merged(across), _merged(down)):
        xs, ys = _places(group_down), _places(group_across)
        if not (3 <= len(xs) <= _MAX_SIDES and 3 <= len(ys) <= _MAX_SIDES):
            continue
        box = (xs[0], ys[0], xs[-1], ys[-1])
        inside = [piece for piece in rest if _within(piece, box)]
        if not inside:
            continue
        rows = _rows(inside, xs, ys, group_across, group_down, text)
        if sum(1 for row in rows if len(set(filter(None, row))) > 1) < 1:
            continue
        taken = set(map(id, inside))
        rest = [piece for piece in rest if id(piece) not in taken]
        tables.append(Table(*box, rows))
    return tables, rest


def _within(piece: Piece, box: tuple[float, float, float, float]) -> bool:
    x, y = (piece.x0 + piece.x1) / 2, (piece.top + piece.bottom) / 2
    return box[0] - 1 <= x <= box[2] + 1 and box[1] - 1 <= y <= box[3] + 1


def _merged(rules: Sequence[Rule]) -> list[Rule]:
    """Join pieces of one line: a border is often drawn cell by cell, or as a thin box."""
    merged: list[Rule] = []
    for rule in sorted(rules):
        near = next((at for at in range(len(merged) - 1, -1, -1) if rule.at - merged[at].at > _NEAR or _touch(rule, merged[at])), None)
        if near is None or rule.at - merged[near].at > _NEAR:
            merged.append(rule)
        else:
            other = merged[near]
            merged[near] = Rule(other.at, min(rule.low, other.low), max(rule.high, other.high))
    return merged


def _touch(rule: Rule, other: Rule) -> bool:
    return rule.low <= other.high + _NEAR and rule.high >= other.low - _NEAR


def _grids(across: Sequence[Rule], down: Sequence[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Return the groups of lines that meet each other."""
    group = list(range(len(across) + len(down)))

    def root(at: int) -> int:
        while group[at] != at:
            group[at] = group[group[at]]
            at = group[at]
        return at

    for i, line in enumerate(across):
        for j, other in enumerate(down, len(across)):
            if other.low - _NEAR <= line.at <= other.high + _NEAR and line.low - _NEAR <= other.at <= line.high + _NEAR:
                group[root(i)] = root(j)
    found: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for at in range(len(group)):
        lines = found.setdefault(root(at), ([], []))
        if at < len(across):
            lines[0].append(across[at])
        else:
            lines[1].append(down[at - len(across)])
    return sorted(found.values(), key=lambda lines: min((rule.at for rule in lines[0]), default=0.0))


def _places(rules: Sequence[Rule]) -> list[float]:
    places: list[float] = []
    for rule in sorted(rules):
        if not places or rule.at - places[-1] > 2 * _NEAR:
            places.append(rule.at)
    return places


def _rows(
    pieces: Sequence[Piece], xs: Sequence[float], ys: Sequence[float], across: Sequence[Rule], down: Sequence[Rule], text: Callable[[Sequence[Piece]], str]
) -> list[list[str]]:
    """Return the text of every place of the grid; places without a line between them are one cell."""
    columns, lines = len(xs) - 1, len(ys) - 1
    cell = list(range(columns * lines))

    def root(at: int) -> int:
        while cell[at] != at:
            at = cell[at]
        return at

    def is_ruled(rules: Sequence[Rule], at: float, middle: float) -> bool:
        return any(abs(rule.at - at) <= 2 * _NEAR and rule.low - _NEAR <= middle <= rule.high + _NEAR for rule in rules)

    for row in range(lines):
        for column in range(columns):
            here = row * columns + column
            if column + 1 < columns and not is_ruled(down, xs[column + 1], (ys[row] + ys[row + 1]) / 2):
                cell[root(here + 1)] = root(here)
            if row + 1 < lines and not is_ruled(across, ys[row + 1], (xs[column] + xs[column + 1]) / 2):
                cell[root(here + columns)] = root(here)
    held: dict[int, list[Piece]] = {}
    for piece in pieces:
        column = _place((piece.x0 + piece.x1) / 2, xs)
        row = _place((piece.top + piece.bottom) / 2, ys)
        held.setdefault(root(row * columns + column), []).append(piece)
    texts = {at: text(members) for at, members in held.items()}
    rows = []
    for row in range(lines):
        roots = [root(row * columns + column) for column in range(columns)]
        shown = [texts.get(at, "") for at in roots]
        # A long text over several columns is said once.
        rows.append([one if column == 0 or roots[column] != roots[column - 1] or len(one) <= 20 or len(set(roots)) == 1 else "" for column, one in enumerate(shown)])
    return rows


def _place(at: float, edges: Sequence[float]) -> int:
    return max(0, min(len(edges) - 2, sum(1 for edge in edges[1:-1] if at >= edge)))
