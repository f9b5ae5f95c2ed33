"""Read which row of a table or item of a list a question asks for by its place, and find it among rows.

"表里第三行", "最后一份文件", "the last row of the table", "政策表中最早的政策".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from dgqa.language.numerals import ORDINALS, whole
from dgqa.language.reading import Text
from dgqa.language.values import Date, values

_TABLE = re.compile(r"表[格里中内上]?|[列名清]单|目录|(?<![a-z])(?:table|list|listing|rows?|bullet)(?![a-z])|[一二三四五六七八九十\d]行")
_LIST = re.compile(r"[列名清]单|列表|目录|\b(?:list|listing|bullet)\b")
_COUNTER = "(?:行|条|项|个|份|类|种|位|名|家|格|栏|款|部|篇|届|批)"
_NTH = re.compile(rf"(倒数)?第\s*([一二三四五六七八九十]{{1,3}}|\d{{1,3}})\s*{_COUNTER}|\b(\d{{1,3}})(?:st|nd|rd|th)\b|\b({'|'.join(ORDINALS)})\b(?! (?:time|of all))|\brow (\d{{1,3}})\b")
_CAPTION = re.compile(r"(图?表|\btable)\s?(\d{1,2}|[一二三四五六七八九十])(?![行条项个份])")
_FIRST = re.compile(rf"打头|开头(?:的)?(?:那|第)?(?:一)?{_COUNTER}|[最排](?:在)?(?:最)?(?:前|上)(?:面|头|边)?(?:的|那|一)?{_COUNTER}|首(?:行|条|项|个|份|位)|\btop row\b")
_LAST = re.compile(rf"最[后末](?:的|面|头|边)?(?:那|一)*{_COUNTER}|末(?:行|条|项|尾|位)|垫底|[排]在最后|压轴|\b(?:last|final|bottom)\b(?! (?:year|month|week|decade|time|century|few|\d))")
_EARLIEST = re.compile(r"最早|最先|最老|\b(?:earliest|oldest)\b")
_LATEST = re.compile(r"最[晚近新迟](?!情况|进展|动态)|\b(?:latest|newest|most recent)\b")


@dataclass(frozen=True, slots=True)
class RowPosition:
    """A place in a table or a list: ``number`` counts from 1, from the end where it is below 0; 0 for the extreme by date.

    ``lists`` tells that the items of a list are meant as well as rows. ``caption`` is what the caption of the table
    begins with, folded, such as "表1"; "" where the question names none.
    """

    number: int = 0
    by: Literal["order", "earliest", "latest"] = "order"
    lists: bool = field(default=False, compare=False)
    caption: str = field(default="", compare=False)


def row_position(question: Text) -> RowPosition | None:
    """Return which row of a table or list a question asks for by its place, None where it does not."""
    text = question.folded
    if not _TABLE.search(text):
        return None
    lists = _LIST.search(text) is not None
    position = _position(text, lists)
    label = _CAPTION.search(text)
    if position is None or label is None:
        return position
    return replace(position, caption=f"{'表' if label[1] == 'table' else label[1]}{whole(label[2])}")


def _position(text: str, lists: bool) -> RowPosition | None:
    if match := _NTH.search(text):
        number = ORDINALS.get(match[4]) or whole(match[2] or match[3] or match[5])
        return RowPosition(-number if match[1] else number, lists=lists)
    if _EARLIEST.search(text):
        return RowPosition(by="earliest", lists=lists)
    if _LATEST.search(text):
        return RowPosition(by="latest", lists=lists)
    if _FIRST.search(text):
        return RowPosition(1, lists=lists)
    return RowPosition(-1, lists=lists) if _LAST.search(text) else None


def row_at(position: RowPosition, rows: Sequence[str]) -> int | None:
    """Return the number, from 0, of the row that is meant, None where there is none.

    The earliest and the latest row go by the first date in each; of equal dates the first row is meant.
    """
    if position.by == "order":
        at = position.number - 1 if position.number > 0 else len(rows) + position.number
        return at if 0 <= at < len(rows) and position.number else None
    dated = [(date, at) for at, row in enumerate(rows) if (date := _date(row))]
    if not dated:
        return None
    if position.by == "earliest":
        return min(dated)[1]
    return max(dated, key=lambda pair: (pair[0], -pair[1]))[1]


def _date(row: str) -> tuple[int, int, int] | None:
    found = next((value for value in values(row) if isinstance(value, Date) and value.year), None)
    return (found.year or 0, found.month or 0, found.day or 0) if found else None
