"""Find the tables of an HTML page that hold data, and what stands in their columns where cells span several."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_LONGEST_CELL = 300  # characters; a longer one is a page's column, not a table's
_MOST_SPANNED = 60  # columns or rows
_MOST_SPREAD = 50_000, 8  # characters that the spanning cells of a page may put into other columns and rows: at all, and more for each of the page
_MOST_HEADERS = 3  # rows
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])


@dataclass(slots=True)
class _Cell:
    start: int
    is_header: bool
    columns: int
    rows: int
    text: str = ""


@dataclass(slots=True)
class _Row:
    start: int
    in_head: bool
    cells: list[_Cell] = field(default_factory=list)


@dataclass(slots=True)
class _Table:
    rows: list[_Row] = field(default_factory=list)
    in_head: bool = False
    is_layout: bool = False


@dataclass(frozen=True, slots=True)
class Tables:
    """Where data tables are, by the offsets of their tags.

    ``leads`` has what stands in the row in front of each cell: tabs, and the texts of cells that reach into it from above
    or the left. ``tails`` has what stands behind the last cell of each row. ``headers`` are the rows of column names.
    """

    leads: dict[int, str]
    tails: dict[int, str]
    headers: frozenset[int]


def find_tables(markup: str, offset: int) -> Tables:
    """Return the data tables of ``markup``, whose first character is at ``offset``.

    A table lays out a page, and is none of data, where a cell holds a table, a heading or running text, or rows have one cell.
    From the table on whose cells span so much that the page would be many times as long, each is read in its own place alone.
    """
    scan = _Scan(markup, offset)
    leads: dict[int, str] = {}
    tails: dict[int, str] = {}
    headers: set[int] = set()
    spare = _MOST_SPREAD[0] + _MOST_SPREAD[1] * len(markup)
    for table in scan.found:
        spare = _lay_out(table, leads, tails, spare)
        if spare < 0:
            for cell in (cell for row in table.rows for cell in row.cells):
                cell.columns = cell.rows = 1
            _lay_out(table, leads, tails, len(markup))
        headers.update(row.start for row in table.rows[: _header_rows(table)])
    return Tables(leads, tails, frozenset(headers))


class _Scan(HTMLParser):
    def __init__(self, markup: str, offset: int) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[_Table] = []
        self._open: list[_Table] = []
        self._starts = [offset, *(offset + match.end() for match in re.finditer("\n", markup))]
        self._cell: list[_Cell | None] = []
        self.feed(markup)
        self.close()

    def _at(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            if self._open:
                self._open[-1].is_layout = True
            self._open.append(_Table())
            self._cell.append(None)
        if not self._open:
            return
        table = self._open[-1]
        if tag in _HEADINGS:
            table.is_layout = True
        elif tag == "thead":
            table.in_head = True
        elif tag == "tr":
            table.rows.append(_Row(self._at(), table.in_head))
            self._cell[-1] = None
        elif tag in {"td", "th"} and table.rows:
            values = dict(attrs)
            cell = _Cell(self._at(), tag == "th", _count(values.get("colspan")), _count(values.get("rowspan")))
            table.rows[-1].cells.append(cell)
            self._cell[-1] = cell

    def handle_endtag(self, tag: str) -> None:
        if not self._open:
            return
        if tag == "thead":
            self._open[-1].in_head = False
        elif tag in {"td", "th", "tr"}:
            self._cell[-1] = None
        elif tag == "table":
            table = self._open.pop()
            self._cell.pop()
            if _holds_data(table):
                self.found.append(table)

    def handle_data(self, data: str) -> None:
        if self._cell and (cell := self._cell[-1]) is not None and len(cell.text) <= _LONGEST_CELL:
            cell.text += data


def _count(value: str | None) -> int:
    return min(int(value), _MOST_SPANNED) if value and value.isdigit() and value.isascii() and int(value) > 0 else 1


def _holds_data(table: _Table) -> bool:
    rows = [row for row in table.rows if row.cells]
    several = sum(len(row.cells) > 1 for row in rows)
    if table.is_layout or len(rows) < 2 or 2 * several < len(rows):
        return False
    return all(len(cell.text) <= _LONGEST_CELL for row in rows for cell in row.cells)


def _header_rows(table: _Table) -> int:
    """Return how many rows hold column names: those of a <thead> or of <th> only, or what the first row's cells span."""
    marked = 0
    for row in table.rows[:_MOST_HEADERS]:
        if not row.cells or not (row.in_head or all(cell.is_header for cell in row.cells)):
            break
        marked += 1
    first = table.rows[0].cells
    spanned = max((cell.rows for cell in first), default=1) if any(cell.columns > 1 for cell in first) else 1
    return min(max(marked, spanned if spanned > 1 else 0), _MOST_HEADERS, len(table.rows) - 1)


def _lay_out(table: _Table, leads: dict[int, str], tails: dict[int, str], spare: int) -> int:
    """Note what each row holds in front of its cells and behind the last one; return how many characters less than ``spare`` that is."""
    width = max(sum(cell.columns for cell in row.cells) for row in table.rows)
    from_above: dict[int, tuple[int, str]] = {}  # column: for how many rows more, text
    for row in table.rows:
        if spare < 0:
            break
        if len(row.cells) == 1 and row.cells[0].columns >= width > 1:
            leads[row.cells[0].start], tails[row.start] = "", ""
            continue
        column = 0
        pending = ""

        def carry(column: int) -> str:
            rows, text = from_above[column]
            from_above.pop(column)
            if rows > 1:
                from_above[column] = rows - 1, text
            return text

        for cell in row.cells:
            while column in from_above:
                pending += carry(column) + "\t"
                column += 1
            leads[cell.start] = pending
            spare -= len(pending)
            if spare < 0:
                break
            text = " ".join(cell.text.split())
            # What spans columns is read in each of them.
            pending = "\t" + (text + "\t") * (cell.columns - 1)
            for spanned in range(column, column + cell.columns):
                if cell.rows > 1:
                    from_above[spanned] = cell.rows - 1, text
            column += cell.columns
        rest = [carry(at) for at in sorted(from_above) if at >= column]
        tails[row.start] = pending[:-1] + "".join(f"\t{text}" for text in rest)
        spare -= len(tails[row.start])
    return spare
