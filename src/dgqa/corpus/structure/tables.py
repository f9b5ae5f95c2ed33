"""Name the cells of table rows by their columns, and put the units of columns behind their numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from dgqa.corpus.structure.lines import CAPTION, CONTINUED, Line
from dgqa.corpus.wording import one_of

_APART = 3  # lines from which on a row belongs to another table
_LONGEST_NAME = 20  # characters of a column's name
_ASIDE = re.compile(r"\s?[（(][^（）()]*[）)]")  # what a column's name has in brackets
_RULE = re.compile(r"[-—\s]+")
_BAR = "│┃║"
_DRAWN_RULE = re.compile(r"[┌├└┏┣┗╔╠╚╭╰][─━═┬┼┴┳╋┻╦╬╩┯┿┷\s]+[┐┤┘┓┫┛╗╣╝╮╯]")
_EMPTY = re.compile(r"[-—:=]*")
_NUMBER = re.compile(r"[-+−－]?\d[\d,，]*(?:\.\d+)?")
_UNIT = re.compile(rf"(?P<name>.*\S)\s?[（(]\s?(?:单位[:：]\s?|單位[:：]\s?)?(?P<unit>{one_of('headings', 'units')})\s?[)）]")
_LONE_UNIT = re.compile(rf"[（(]?\s?(?:单位[:：]\s?|單位[:：]\s?)?(?P<unit>{one_of('headings', 'units')})\s?[)）]?")
_ALL_IN = re.compile(rf"[（(]?\s?(?:计量|計量|金额|金額)?(?:单位|單位)\s?[:：]\s?(?P<unit>{one_of('headings', 'units')})\s?[)）]?")


def drawn_rows(lines: Sequence[Line]) -> list[Line]:
    """Read tables that are drawn with lines of characters: what stands between two rules is one row of cells."""
    kept: list[Line] = []
    row: list[Line] = []

    def end_row() -> None:
        if row:
            columns = zip_longest(*(_drawn_cells(line.text) for line in row), fillvalue="")
            row[0].text = "\t".join("".join(parts) for parts in columns)
            row[0].spans = [span for line in row for span in line.spans]
            kept.append(row[0])
            row.clear()

    for line in lines:
        if _DRAWN_RULE.fullmatch(line.text):
            end_row()
        elif line.text[0] in _BAR and line.text[-1] in _BAR and len(line.text) > 2:
            row.append(line)
        else:
            end_row()
            kept.append(line)
    end_row()
    return kept


def _drawn_cells(text: str) -> list[str]:
    return [" ".join(cell.split()) for cell in re.split(f"[{_BAR}]", text[1:-1])]


def mark_tables(lines: Sequence[Line]) -> None:
    """Give every row of tab-separated cells its column names; a repeated header is dropped.

    A row reads "column：cell；column：cell". Two rows of names read as one, 2023年预算; a unit in a column's name or above
    the table stands behind the numbers instead.
    """
    header: list[str] = []
    last = named = -99
    unit = ""
    for index, line in enumerate(lines):
        if "\t" not in line.text or line.kind not in {"paragraph", "list_item"}:
            if all_in := _ALL_IN.fullmatch(line.text):
                unit, line.kind = all_in["unit"], "meta"
            elif not CONTINUED.fullmatch(line.text) and not CAPTION.match(line.text) and not _RULE.fullmatch(line.text):
                header = [] if index - last > 2 else header
                unit = unit if index - last <= 2 else ""
            continue
        cells = [" ".join(cell.split()) for cell in line.text.split("\t")]
        if len(cells) < 2 or not any(cells):
            continue
        apart, last = index - last > _APART, index
        line.kind = "table_row"
        if line.header:
            above = index > 0 and lines[index - 1].header and len(header) == len(cells)
            header = [_joined(*names) for names in zip(header, cells, strict=True)] if above else cells
            line.kind = "meta"
        elif all(_EMPTY.fullmatch(cell) for cell in cells) or (header and cells == header):
            line.kind = "boilerplate"
        elif (apart or len(cells) != len(header)) and not _follows_a_row(lines, index, cells) and _names_columns(lines, index, cells):
            header, named = cells, index
            line.kind = "meta"
        elif named == index - 1 and _names_parts(lines, index, header, cells):
            header = [_joined(above, below) for above, below in zip(_spread(header, cells), cells, strict=True)]
            line.kind = "meta"
        elif named == index - 1 and _names_units(lines, index, header, cells):
            header = [f"{name}（{found['unit']}）" if (found := _LONE_UNIT.fullmatch(cell)) else name for name, cell in zip(header, cells, strict=True)]
            line.kind = "meta"
        else:
            header = [] if len(cells) > len(header) else header
            line.rendered = "；".join(_named(name, cell, unit) for name, cell in zip_longest(header, cells, fillvalue="") if cell)


def _names_columns(lines: Sequence[Line], index: int, cells: Sequence[str]) -> bool:
    """Whether a row without a mark is one of column names: short, and with rows below it."""
    return any("\t" in line.text for line in lines[index + 1 : index + 3]) and all(len(_ASIDE.sub("", cell)) <= _LONGEST_NAME for cell in cells)


def _follows_a_row(lines: Sequence[Line], index: int, cells: Sequence[str]) -> bool:
    """Whether a row of as many cells stands right above: column names stand on top, or below a row with a single cell that says what the table is of."""
    above = lines[index - 1].text.split("\t") if index and lines[index - 1].kind == "table_row" else []
    return len(above) == len(cells) and sum(bool(cell.strip()) for cell in above) > 1


def _names_parts(lines: Sequence[Line], index: int, header: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether a row under that of the column names parts some of them, as 2022年 above 稻谷 and 小麦: it has no number, and rows with numbers below it."""
    wide = any(above in ("", before) and below for before, above, below in zip(header, header[1:], cells[1:], strict=False))
    below = [cell for line in lines[index + 1 : index + 3] for cell in line.text.split("\t") if "\t" in line.text]
    return wide and len(header) == len(cells) and _names_columns(lines, index, cells) and not any(map(_NUMBER.fullmatch, cells)) and any(_NUMBER.fullmatch(cell.strip()) for cell in below)


def _names_units(lines: Sequence[Line], index: int, header: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether a row under that of the column names has nothing but the units of some columns, and rows with numbers below it."""
    filled = [cell for cell in cells[1:] if not _EMPTY.fullmatch(cell)]
    below = [cell for line in lines[index + 1 : index + 3] for cell in line.text.split("\t") if "\t" in line.text]
    head = re.fullmatch(r"(?:计量|計量)?(?:单位|單位)?[-—/]?", cells[0]) is not None
    return head and len(header) == len(cells) and bool(filled) and all(map(_LONE_UNIT.fullmatch, filled)) and any(_NUMBER.fullmatch(cell.strip()) for cell in below)


def _spread(header: Sequence[str], cells: Sequence[str]) -> list[str]:
    """Return column names in which each goes on over the empty ones behind it that have a name of their own below."""
    names: list[str] = []
    for name, below in zip(header, cells, strict=True):
        names.append(name or (names[-1] if names and below else ""))
    return names


def _joined(above: str, below: str) -> str:
    return above if above == below else f"{above} {below}" if below[:1].isdigit() else above + below


def _named(name: str, cell: str, unit: str) -> str:
    own = _UNIT.fullmatch(name)
    if _NUMBER.fullmatch(cell):
        if own:
            name, cell = own["name"], cell + own["unit"]
        elif unit and not re.search(r"[（(]|率|年份|序号|序號|编号|編號", name):
            cell += unit
    return f"{name}：{cell}" if name else cell
