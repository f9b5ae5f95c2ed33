"""Answer a question on a table: by the cell's row, or by what is worked out from the rows, with every row cited.

A table answers only what speaks of it: apart from the columns, the rows and the words of the calculation, every word of the
question must stand in the table's title, headings or caption.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from dgqa.answer.evidence import Evidence
from dgqa.answer.structural.columns import column_meant, dates, numbers, without_measures
from dgqa.answer.structural.pages import SURE, Row, Table, quoted
from dgqa.answer.structural.rows import named_by
from dgqa.answer.wording import row_sentence
from dgqa.data import Pattern
from dgqa.language.numerals import whole
from dgqa.language.reading import Text
from dgqa.language.text import FUNCTION_WORDS, squeezed
from dgqa.messages import Language, say

_FILE = "question/tables"
_HIGHEST, _LOWEST, _LATEST, _SUM, _MEAN, _COUNT, _WHICH, _OVER, _TOTAL, _ASKED, _ROWS = (
    Pattern(_FILE, name) for name in ("highest", "lowest", "latest", "sum", "mean", "count", "which", "over", "total", "asked", "rows")
)
_LONGEST = 400  # rows of a table that are worked with
_TOLD = 3  # highest or lowest rows that are told whole


def from_table(table: Table, question: Text, language: Language) -> Evidence | None:
    """Return what a table answers, None where the question is not on it or asks for something else."""
    if len(table.rows) > _LONGEST:
        return None
    asked = squeezed(question.text)
    key, *others = table.columns
    columns = [name for name in others if squeezed(name) and squeezed(name) in asked]
    # 2024年的决算 names the column 2024年决算.
    columns = columns or [name for name in others if len(squeezed(name)) > 3 and _scattered(squeezed(name), asked)]
    named = [table.rows[place] for place in named_by([[row.cells[name] for row in table.rows] for name in table.columns], asked)]
    column = max(columns, key=len, default="")
    said = squeezed(column)
    if not column:
        column, said = _half_named(others, asked)
        columns = [column] if column else []
    rows = _without_totals(table.rows, key)
    if not column and not named and (extreme_asked(asked) or _SUM.search(asked) or _MEAN.search(asked)):
        column = column_meant(rows, key, others, asked)
        columns = [column] if column else []
    if not _is_on(table, question, [key, *columns, *(cell for row in named for cell in row.cells.values())], len(rows)):
        return None
    if named:
        return _rows(named) if column else None
    return _computed(rows, question, key, column, asked.replace(said, "") if said else asked, language)


def _without_totals(rows: Sequence[Row], key: str) -> Sequence[Row]:
    """Return rows without those that are worked out from others themselves, as 合计: they are none to be compared or counted."""
    return [row for row in rows if not _TOTAL.fullmatch(squeezed(row.cells[key]))] or rows


def _computed(rows: Sequence[Row], question: Text, key: str, column: str, rest: str, language: Language) -> Evidence | None:
    filled = [row for row in rows if row.cells[column]] if column else []
    cells = [row.cells[column] for row in filled]
    values = numbers(cells)
    if over := _OVER.search(question.folded):
        limit, passes = _limit(over.groupdict())
        kept = [row for row, value in zip(filled, values, strict=True) if passes(value.value, limit)] if values else []
        return _listed(filled, kept, key, language) if kept and (_COUNT.search(rest) or _WHICH.search(rest)) else None
    if extreme := extreme_asked(rest):
        return _extreme(filled, key, column, extreme, rest, language)
    if values and not values[0].unit.startswith(("年", "月")) and (_SUM.search(rest) or _MEAN.search(rest)):
        mean = _SUM.search(rest) is None
        if not mean and values[0].unit.startswith(("%", "‰")):
            return None
        total = sum((value.value for value in values), Fraction())
        amount = _written(total / len(values) if mean else total, max(value.places for value in values) + mean) + values[0].unit
        return quoted(filled, say("mean" if mean else "sum", language, column=column, value=amount, count=str(len(filled))), SURE, "computed")
    if not column and squeezed(key) in rest and _COUNT.search(question.folded):
        return _listed(rows, rows, key, language)
    if column and _WHICH.search(rest) and re.search("各|分别", rest):
        return _rows(rows) if len(rows) <= 40 else None
    return None


def _extreme(rows: Sequence[Row], key: str, column: str, extreme: str, rest: str, language: Language) -> Evidence | None:
    """Return the row whose number is the highest or lowest, or whose date is the first or last; with its other cells where they are asked for."""
    cells = [row.cells[column] for row in rows]
    told: Sequence[Fraction] | Sequence[str] = [value.value for value in numbers(cells)]
    kind = "most" if extreme == "highest" else "least"
    if not told:
        told = dates(cells)
        kind = "latest" if _LATEST.search(rest) else "earliest"
    if not told:
        return None
    best = (max if kind in ("most", "latest") else min)(told)
    kept = [row for row, value in zip(rows, told, strict=True) if value == best]
    said = [say(kind, language, column=column, rows=_names(kept, key), value=kept[0].cells[column], count=str(len(rows)))]
    # The names of the rows may be numbers that say nothing to whoever asks where, or who.
    if len(kept[0].cells) > 2 and len(kept) <= _TOLD:
        said += [_said(row) for row in kept]
    return quoted(rows, "\n".join(said), SURE, "computed")


def extreme_asked(asked: str) -> str:
    """Return "highest" or "lowest" where a folded question asks for the one that is, else ""."""
    return "highest" if _HIGHEST.search(asked) else "lowest" if _LOWEST.search(asked) else ""


def _is_on(table: Table, question: Text, named: Sequence[str], count: int) -> bool:
    """Whether every word of a question is one of the table's names, of what stands above it, or of a calculation; a number of rows has to be theirs."""
    text = without_measures(question.folded)
    for pattern in (_OVER, _HIGHEST, _LOWEST, _SUM, _MEAN, _COUNT):
        text = pattern.sub(" ", text)
    text = _ROWS.sub(lambda match: " " if whole(match["number"]) == count else match.group(), text)
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


def _listed(rows: Sequence[Row], kept: Sequence[Row], key: str, language: Language) -> Evidence:
    said = say("counted", language, name=key, number=str(len(kept)), rows=_names(kept, key), count=str(len(rows)))
    return quoted(rows, said, SURE, "computed")


def _names(rows: Sequence[Row], key: str) -> str:
    return "、".join(row.cells[key] for row in rows)


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
