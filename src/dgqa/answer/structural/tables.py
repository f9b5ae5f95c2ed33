"""Answer a question on a table: by the cell's row, or by what is worked out from the rows, with every row cited.

A table answers only what speaks of it: apart from the columns, the rows and the words of the calculation, every word of the
question must stand in the table's title, headings or caption.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from dgqa.answer.evidence import Evidence
from dgqa.answer.structural.pages import SURE, Row, Table, quoted
from dgqa.answer.wording import row_sentence
from dgqa.data import Pattern
from dgqa.language.reading import Text
from dgqa.language.text import FUNCTION_WORDS, squeezed
from dgqa.messages import Language, say

_FILE = "question/tables"
_HIGHEST, _LOWEST, _SUM, _MEAN, _COUNT, _WHICH, _OVER, _TOTAL = (Pattern(_FILE, name) for name in ("highest", "lowest", "sum", "mean", "count", "which", "over", "total"))
_NUMBER = re.compile(r"([-−]?\d[\d,]*(?:\.\d+)?)\s*([^\d\s]*)")
_ASKED = re.compile("[是为有]?(?:什么|多少|哪[些几个家里]?|几[个天年月日]?|怎样|如何|请问|分别|表[格中里]?|列出|所有|各|该|其中|数据|情况|数值|具体|目标|万元|亿元|元|天|个|家|件|吗|呢|了|过|出|达到?|总|共)")
_LONGEST = 400  # rows of a table that are worked with


@dataclass(frozen=True, slots=True)
class _Number:
    value: Fraction
    unit: str
    places: int


def from_table(table: Table, question: Text, language: Language) -> Evidence | None:
    """Return what a table answers, None where the question is not on it or asks for something else."""
    if len(table.rows) > _LONGEST:
        return None
    asked = squeezed(question.text)
    key, *others = table.columns
    columns = [name for name in others if squeezed(name) and squeezed(name) in asked]
    # 2024年的决算 names the column 2024年决算.
    columns = columns or [name for name in others if len(squeezed(name)) > 3 and _scattered(squeezed(name), asked)]
    named = _rows_named(table, key, asked)
    column = max(columns, key=len, default="")
    said = squeezed(column)
    if not column:
        column, said = _half_named(others, asked)
        columns = [column] if column else []
    if not _is_on(table, question, [key, *columns, *(cell for row in named for cell in row.cells.values())]):
        return None
    rest = asked.replace(said, "") if said else asked
    if named and column:
        return _rows(named)
    if named:
        return None
    return _computed(_without_totals(table, key), question, key, column, rest, language)


def _without_totals(table: Table, key: str) -> Table:
    """Return a table without the rows that are worked out from others themselves, as 合计: they are none to be compared or counted."""
    kept = tuple(row for row in table.rows if not _TOTAL.fullmatch(squeezed(row.cells[key])))
    return replace(table, rows=kept) if kept else table


def _rows_named(table: Table, key: str, asked: str) -> list[Row]:
    """Return the rows that a question names by their first cell, or else by another that is no number; the longest names win."""
    for column in (key, *(name for name in table.columns if name != key)):
        labels = [squeezed(row.cells[column]) for row in table.rows]
        found = {label for label in labels if len(label) > 1 and label in asked and not _NUMBER.fullmatch(label)}
        found = {label for label in found if not any(label != other and label in other for other in found)}
        if found and len(found) < len(set(labels)):
            return [row for row, label in zip(table.rows, labels, strict=True) if label in found]
    return []


def _computed(table: Table, question: Text, key: str, column: str, rest: str, language: Language) -> Evidence | None:
    numbers = [_number(row.cells[column]) for row in table.rows] if column else []
    whole = bool(numbers) and all(numbers) and len({number.unit for number in numbers if number}) == 1
    values = [number for number in numbers if number]
    if over := _OVER.search(question.folded):
        limit, passes = _limit(over.groupdict())
        if not whole:
            return None
        kept = [row for row, number in zip(table.rows, values, strict=True) if passes(number.value, limit)]
        return _listed(table, kept, key, language) if kept and (_COUNT.search(rest) or _WHICH.search(rest)) else None
    if whole and (extreme := extreme_asked(rest)):
        best = (max if extreme == "highest" else min)(number.value for number in values)
        kept = [row for row, number in zip(table.rows, values, strict=True) if number.value == best]
        said = say("most" if extreme == "highest" else "least", language, column=column, rows=_names(kept, key), value=kept[0].cells[column], count=str(len(table.rows)))
        return quoted(table.rows, said, SURE, "computed")
    if whole and not values[0].unit.startswith(("年", "月")) and (_SUM.search(rest) or _MEAN.search(rest)):
        total = sum((number.value for number in values), Fraction())
        mean = _SUM.search(rest) is None
        if not mean and values[0].unit.startswith(("%", "‰")):
            return None
        amount = _written(total / len(values) if mean else total, max(number.places for number in values) + mean) + values[0].unit
        return quoted(table.rows, say("mean" if mean else "sum", language, column=column, value=amount, count=str(len(table.rows))), SURE, "computed")
    if not column and squeezed(key) in rest and _COUNT.search(question.folded):
        return _listed(table, table.rows, key, language)
    if column and _WHICH.search(rest) and re.search("各|分别", rest):
        return _rows(table.rows) if len(table.rows) <= 40 else None
    return None


def extreme_asked(asked: str) -> str:
    """Return "highest" or "lowest" where a folded question asks for the one that is, else ""."""
    return "highest" if _HIGHEST.search(asked) else "lowest" if _LOWEST.search(asked) else ""


def _is_on(table: Table, question: Text, named: Sequence[str]) -> bool:
    """Whether every word of a question is one of the table's names, of what stands above it, or of a calculation."""
    text = question.folded
    for pattern in (_OVER, _HIGHEST, _LOWEST, _SUM, _MEAN, _COUNT):
        text = pattern.sub(" ", text)
    about = squeezed(table.about)
    known = squeezed(" ".join(named))
    left = [word for word in Text(_ASKED.sub(" ", text)).words if word not in FUNCTION_WORDS and not _ASKED.fullmatch(word)]
    return all(word in known or word in about for word in left)


def _scattered(name: str, asked: str) -> bool:
    """Whether a name stands in a question with no more than 的 in between: 2024年决算 in 2024年的决算."""
    return re.search("的?".join(map(re.escape, name)), asked) is not None


def _half_named(names: Sequence[str], asked: str) -> tuple[str, str]:
    """Return the one column of which a question says the most, half its name at least, and what it says of it: 客运 of 客运量.

    Digits are no name: 2021年 is half of every column of that year.
    """
    found = []
    for name in names:
        whole = squeezed(name)
        parts = (whole[at : at + size] for size in range(len(whole) - 1, (len(whole) - 1) // 2, -1) for at in range(len(whole) - size + 1))
        part = next((part for part in parts if len(part) > 1 and part in asked and not any(map(str.isdigit, part))), "")
        found.append((len(part), part, name))
    longest = sorted(found)[-2:]
    if not longest or not longest[-1][0] or (len(longest) > 1 and longest[0][0] == longest[1][0]):
        return "", ""
    return longest[-1][2], longest[-1][1]


def _rows(rows: Sequence[Row]) -> Evidence:
    return quoted(rows, "\n".join(_said(row) for row in rows), SURE, "row")


def _said(row: Row) -> str:
    return row_sentence(row.sentence.text, " | ".join(row.cells.values()))


def _listed(table: Table, rows: Sequence[Row], key: str, language: Language) -> Evidence:
    said = say("counted", language, name=key, number=str(len(rows)), rows=_names(rows, key), count=str(len(table.rows)))
    return quoted(table.rows, said, SURE, "computed")


def _names(rows: Sequence[Row], key: str) -> str:
    return "、".join(row.cells[key] for row in rows)


def _number(cell: str) -> _Number | None:
    found = _NUMBER.fullmatch(cell.strip().replace("，", ",").replace("％", "%"))
    if found is None:
        return None
    digits = found[1].replace(",", "").replace("−", "-")
    return _Number(Fraction(digits), found[2], len(digits.partition(".")[2]))


def _limit(found: dict[str, str | None]) -> tuple[Fraction, Callable[[Fraction, Fraction], bool]]:
    """Return the limit of 超过90% and how numbers are held against it."""
    op = found["op"] or found["op2"] or ""
    limit = Fraction((found["limit"] or found["limit2"] or "0").replace(",", "").rstrip("."))
    if op in ("超过", "高于", "大于", "多于"):
        return limit, operator.gt
    if op in ("不低于", "不少于", "达到", "以上"):
        return limit, operator.ge
    if op in ("低于", "小于", "少于", "不到", "不足"):
        return limit, operator.lt
    return limit, operator.le


def _written(value: Fraction, places: int) -> str:
    """Return a number with at most that many decimals, none at its end zero."""
    written = f"{float(value):.{places}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
