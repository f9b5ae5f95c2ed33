"""Tell whether a sentence has a value of the kind that a question expects."""

from __future__ import annotations

import re

from dgqa.data import Pattern
from dgqa.language.reading import Text
from dgqa.language.values import Amount, Date, stands_for
from dgqa.question.parsing import Question

_MONEY = Pattern("question/matching", "money")
_LOOSE_DATE = Pattern("question/matching", "loose_date")
_PORTION = re.compile(r"一半|过半|[一二三四五六七八九]成|分之|\d\s?比\s?\d")
_RANK_WANTED = re.compile(r"第几|排名|\brank|\bposition\b")
_RANK = re.compile(r"第[一二三四五六七八九十]+(?:[位名大]|$)|首位|榜首|第一")


def fills(question: Question, sentence: Text) -> bool:
    """Whether a sentence holds a value of the kind that is wanted, apart from those in the question."""
    wants, folded = question.wants, sentence.folded
    if not wants:
        return True
    if (wants == "share" and _PORTION.search(folded)) or (wants == "number" and _RANK_WANTED.search(question.folded) and _RANK.search(folded)):
        return True
    if wants == "money":
        return bool(_MONEY.search(folded))
    if wants == "date" and not question.exact and _LOOSE_DATE.search(folded):
        return True
    given = {*question.numbers, *question.dates}
    for value in sentence.values:
        if any(value == other or (isinstance(other, Date) and stands_for(other, value)) for other in given) and wants != "date":
            continue
        if wants == "date" and _is_date(value, question.exact):
            return True
        if isinstance(value, Amount) and (wants == "number" or (wants == "share" and value.kind != "number")):
            return True
    return False


def _is_date(value: Amount | Date, exact: str) -> bool:
    """Whether a value is a date as exact as is wanted; a bare number may be a year."""
    if isinstance(value, Amount):
        return not exact and value.kind == "number" and value.value.denominator == 1 and 1900 <= value.value <= 2100
    return (exact != "day" or value.day is not None) and (exact not in ("day", "month") or value.month is not None)
