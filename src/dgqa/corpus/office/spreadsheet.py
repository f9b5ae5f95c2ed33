"""Read workbooks and separated values: each sheet as a table, each row with its place."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dgqa.corpus.office.draft import Draft, Extracted, table_row
from dgqa.corpus.office.package import Package
from dgqa.errors import CorpusError

MAX_CELLS = 3_000_000  # of a sheet, empty ones too
_SEPARATORS = ",;\t|"
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|[_*].|\[[^\]]*\]')  # in a number's format: text, and what is no text


def read_workbook(data: bytes, name: str) -> Extracted:
    """Read an .xlsx file; numbers, percentages and dates are written as the sheet shows them."""
    import openpyxl

    package = Package(data, name, "workbook", ".xlsx")
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    uncounted = _uncounted(package, data, book)
    draft = Draft(name)
    sheets = [(sheet, rows) for sheet in book.worksheets if (rows := _rows(sheet, name))]
    shown = [(sheet, rows) for sheet, rows in sheets if sheet.sheet_state == "visible"]
    if len(shown) > 1:
        draft.meta["title"] = Path(name).stem
    for sheet, rows in sheets:
        title = " ".join(str(sheet.title).split())
        if sheet.sheet_state != "visible":
            draft.unread(f"隐藏的工作表“{title}”，没有读取")
            continue
        draft.place(f"sheet {title} row {rows[0][0]}")
        if len(shown) > 1:
            draft.line(title, "heading", 1)
        if cells := uncounted.get(sheet.title):
            draft.unread(f"工作表“{title}”有 {cells} 个公式没有算出的值：用表格程序打开并保存一次")
        _write(draft, rows, f"sheet {title} row")
    return draft.extracted()


def read_csv(text: str, name: str) -> Extracted:
    """Read the text of a .csv or .tsv file."""
    csv.field_size_limit(10_000_000)
    lines = text.removeprefix("\ufeff")
    separator = max(_SEPARATORS, key=lambda one: _columns(lines, one))
    try:
        rows = [(number, cells) for number, cells in enumerate(csv.reader(io.StringIO(lines, newline=""), delimiter=separator), 1) if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise CorpusError(f"{name} is no table of separated values ({error}): save it again as .csv", kind="damaged") from error
    draft = Draft(name)
    _write(draft, _trimmed(rows), "row")
    return draft.extracted()


def _columns(text: str, separator: str) -> int:
    """Return how many columns most of the first rows have by a separator."""
    head = io.StringIO(text[:20_000], newline="")
    try:
        widths = [len(row) for row, _ in zip(csv.reader(head, delimiter=separator), range(20), strict=False) if row]
    except csv.Error:
        return 0
    return max((width * widths.count(width) for width in set(widths) if width > 1), default=0)


def _write(draft: Draft, rows: Sequence[tuple[int, list[str]]], place: str) -> None:
    before = 0
    for number, cells in rows:
        if before and number > before + 1:
            draft.line("", end="\n")  # an empty row parts two tables
        before = number
        draft.place(f"{place} {number}")
        filled = {cell for cell in cells if cell}
        draft.line(" ".join(filled.pop().split()) if len(filled) == 1 else table_row(cells), end="\n")
    draft.line("", end="\n")


def _rows(sheet: Any, name: str) -> list[tuple[int, list[str]]]:
    """Return the rows of a sheet that hold something, by number; a merged cell's text stands in all of its places."""
    if sheet.max_row * sheet.max_column > MAX_CELLS:
        raise CorpusError(f"{name} has a sheet of {sheet.max_row:,} rows and {sheet.max_column:,} columns, the limit is {MAX_CELLS:,} cells: split it", kind="large")
    cells = {(cell.row, cell.column): text for row in sheet.iter_rows() for cell in row if (text := _shown(cell))}
    for merged in sheet.merged_cells.ranges:
        text = cells.get((merged.min_row, merged.min_col), "")
        if text and merged.size["rows"] * merged.size["columns"] <= 10_000:
            short = len(text) <= 20
            cells.update({(row, column): text for row, column in merged.cells if short or column == merged.min_col})
    rows: dict[int, dict[int, str]] = {}
    for (row, column), text in cells.items():
        rows.setdefault(row, {})[column] = text
    width = max((column for _, column in cells), default=0)
    return _trimmed([(number, [rows[number].get(column, "") for column in range(1, width + 1)]) for number in sorted(rows)])


def _trimmed(rows: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Leave out the columns that are empty in every row; make all rows equally wide."""
    width = max((len(cells) for _, cells in rows), default=0)
    padded = [(number, cells + [""] * (width - len(cells))) for number, cells in rows]
    kept = [column for column in range(width) if any(cells[column].strip() for _, cells in padded)]
    return [(number, [cells[column] for column in kept]) for number, cells in padded]


def _uncounted(package: Package, data: bytes, book: Any) -> dict[str, int]:
    """Return how many formulas of each sheet have no value, because no program has ever worked them out."""
    import openpyxl

    if not any(re.search(rb"<f[ >/]", package.data(part) or b"") for part in package.parts("xl/worksheets/")):
        return {}
    formulas = openpyxl.load_workbook(io.BytesIO(data))
    found = {}
    for sheet in formulas.worksheets:
        values = book[sheet.title]
        missing = sum(1 for row in sheet.iter_rows() for cell in row if cell.data_type == "f" and values.cell(cell.row, cell.column).value is None)
        if missing:
            found[sheet.title] = missing
    return found


def _shown(cell: Any) -> str:
    """Return a cell's value as the sheet shows it."""
    value = cell.value
    if value is None or cell.data_type == "e":
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (datetime.datetime, datetime.date)):
        return _date(value, str(cell.number_format))
    if isinstance(value, (int, float)):
        return _number(value, str(cell.number_format))
    return " ".join(str(value).split())


def _date(value: datetime.datetime | datetime.date, form: str) -> str:
    year, month, day = ("y" in form.lower(), "m" in form.lower(), "d" in form.lower())
    if "年" in form:
        text = f"{value.year}年" + (f"{value.month}月" if month else "") + (f"{value.day}日" if day else "")
    elif "月" in form and not year:
        text = f"{value.month}月{value.day}日" if day else f"{value.month}月"
    elif not day and month and year:
        text = f"{value.year}-{value.month:02d}"
    else:
        text = value.isoformat()[:10]
    if isinstance(value, datetime.datetime) and (value.hour or value.minute or value.second):
        text += f" {value:%H:%M:%S}" if value.second else f" {value:%H:%M}"
    return text


def _number(value: float, form: str) -> str:
    section = form.split(";")[0]
    before, _, after = _LITERAL.sub(lambda match: "\0" if match[1] or match[2] else "", section).partition("0")
    literals = [match[1] or match[2] for match in _LITERAL.finditer(section) if match[1] or match[2]]
    digits = _LITERAL.sub("", section)
    percent = "%" in digits
    value = value * 100 if percent else value
    if digits in {"General", "@", ""} or not re.search(r"[0#]", digits) or re.search(r"[E/?]", digits):
        return f"{round(value):d}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:.12g}"
    decimals = re.search(r"\.([0#]+)", digits)
    places = len(decimals[1]) if decimals else 0
    text = f"{value:,.{places}f}" if re.search(r"#,#|0,0", digits) else f"{value:.{places}f}"
    if decimals and "#" in decimals[1]:
        least = decimals[1].count("0")
        whole, _, rest = text.partition(".")
        rest = rest[:least] + rest[least:].rstrip("0")
        text = f"{whole}.{rest}" if rest else whole
    prefix = literals[: before.count("\0")]
    return "".join(prefix) + text + ("%" if percent else "") + "".join(literals[len(prefix) :] if after or not prefix else [])
