"""A text in; the numbers of official papers in it, as 国办发〔2023〕12号, out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from dgqa.language.text import CJK

# In any brackets or none: 国办发〔2023〕12号, 国办发2023年第12号文件.
_NUMBER = re.compile(rf"([{CJK}]+)\s*[〔\[(【{{「『<〈《]?\s*((?:19|20)\d{{2}})\s*(?:[〕\])】}}」』>〉》]|年)?\s*第?\s*0*(\d{{1,5}})\s*号(?:文件|文(?!章))?")
_BEFORE = re.compile("^.*(?:[的了在于由和与及据按照问查看把将对]|文号为?|关于|请问)(?=.)")
_ISSUED_AS = re.compile("[发函办字规令告电议复批知政通教环财建](?:规|函|发|电|字)?$")


class OfficialNumber(NamedTuple):
    """``body`` is all that stands before the year, from the last character that is no Chinese one on; ``start`` and ``end`` are places."""

    body: str
    year: str
    serial: str
    start: int
    end: int


def official_numbers(folded: str) -> Iterator[OfficialNumber]:
    """Yield what in a folded text has the form of an official number."""
    for match in _NUMBER.finditer(folded):
        yield OfficialNumber(match[1], match[2], match[3], match.start(), match.end())


def called(number: OfficialNumber) -> str:
    """Return how a number is written, without what a question has before it; "" where it is none for sure, as in 上海2023年12号台风."""
    body = _BEFORE.sub("", number.body)
    return f"{body}〔{number.year}〕{number.serial}号" if 2 <= len(body) <= 10 and _ISSUED_AS.search(body) else ""
