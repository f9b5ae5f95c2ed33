"""Find the column of a table that a question for its highest, lowest, sum or mean is on, without naming it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from dgqa.answer.structural.pages import Row
from dgqa.corpus.structure.dates import iso_date
from dgqa.data import Pattern, table
from dgqa.language.text import squeezed

_FILE = "question/tables"
_NO_MEASURE = Pattern(_FILE, "no_measure")
_NUMBER = re.compile(r"([-−]?\d[\d,]*(?:\.\d+)?)\s*([^\d\s]*)")
_DATES = "DATES"  # stands for the columns of dates, whatever they are called
_LONGEST_DATE = 20  # characters of a cell that is a date


@dataclass(frozen=True, slots=True)
class Number:
    """A cell's number with its unit; ``places`` are its decimals."""

    value: Fraction
    unit: str
    places: int


def number(cell: str) -> Number | None:
    """Return the number that a cell is, None where it is anything else."""
    found = _NUMBER.fullmatch(cell.strip().replace("，", ",").replace("％", "%"))
    if found is None:
        return None
    digits = found[1].replace(",", "").replace("−", "-")
    return Number(Fraction(digits), found[2], len(digits.partition(".")[2]))


def numbers(cells: Sequence[str]) -> list[Number]:
    """Return the numbers that all of some cells are, in one unit; nothing where they are not."""
    found = [value for cell in cells if (value := number(cell))]
    return found if len(found) == len(cells) and len({value.unit for value in found}) == 1 else []


def dates(cells: Sequence[str]) -> list[str]:
    """Return the dates that all of some cells are, as ISO 8601 and equally exact; nothing where they are not."""
    found = [iso_date(cell) if len(cell) <= _LONGEST_DATE else "" for cell in cells]
    return found if all(found) and len(set(map(len, found))) == 1 else []


def column_meant(rows: Sequence[Row], key: str, others: Sequence[str], asked: str) -> str:
    """Return the one column that a question for an extreme or a sum is on, "" where that is open.

    What is asked by says what kind of column it is: the dearest is told by a price, the earliest by a date. Else it is the
    column of numbers that shares a word with the question, or the only one there is.

    Args:
        rows: Of the table, those of totals apart.
        key: The column of the rows' names.
        others: The other columns.
        asked: The question, squeezed.
    """
    measured = [name for name in others if not _NO_MEASURE.search(squeezed(name)) and numbers(_filled(rows, name))]
    if any(_asks_for(name, asked) for name in others if name not in measured and not _asks_for(key, asked)):
        return ""
    kinds = [kind for measure in table(_FILE)["measures"] if re.search(measure["asks"], asked) for kind in measure["columns"]]
    for kind in kinds:
        if fitting := _dated(rows, others) if kind == _DATES else [name for name in measured if re.search(kind, squeezed(name))]:
            return _only(fitting) or _only(_sharing(fitting, asked))
    return "" if kinds else _only(_sharing(measured, asked)) or _only(measured)


def without_measures(folded: str) -> str:
    """Return a question without the words that ask by a measure, as 最贵 does."""
    return re.sub("|".join(measure["asks"] for measure in table(_FILE)["measures"]), " ", folded)


def _filled(rows: Sequence[Row], column: str) -> list[str]:
    return [row.cells[column] for row in rows if row.cells[column]]


def _dated(rows: Sequence[Row], columns: Sequence[str]) -> list[str]:
    return [name for name in columns if dates(_filled(rows, name))]


def _asks_for(name: str, asked: str) -> bool:
    """Whether a question asks which of what a column holds: 哪个区, of 所在区."""
    return re.search(rf"哪[一几]?[个些]?(?:{re.escape(squeezed(name))}|{re.escape(squeezed(name)[-1:])})", asked) is not None


def _sharing(names: Sequence[str], asked: str) -> list[str]:
    """Return the names of which two characters in a row stand in a question."""
    return [name for name in names if any(name[at : at + 2] in asked for name in [squeezed(name)] for at in range(len(name) - 1))]


def _only(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ""
