"""Evidence for a question: whether it has the things that are named, the kind of value that is expected and what is counted."""

from __future__ import annotations

import functools
import re
from difflib import get_close_matches

from dgqa.data import Pattern, expression, rows, table
from dgqa.language.reading import Text
from dgqa.language.text import fold
from dgqa.language.values import Amount, Date, stands_for
from dgqa.question.answer_type import Attribute, shows
from dgqa.question.entities import names
from dgqa.question.parsing import Question

_MONEY = Pattern("question/matching", "money")
_LOOSE_DATE = Pattern("question/matching", "loose_date")
_PORTION = re.compile(r"一半|过半|[一二三四五六七八九]成|分之|\d\s?比\s?\d")
_RANK_WANTED = re.compile(r"第几|排名|\brank|\bposition\b")
_RANK = re.compile(r"第[一二三四五六七八九十]+(?:[位名大]|$)|首位|榜首|第一")
_PEOPLE_WANTED = re.compile(r"(?:多少|(?<!哪)几)[名位](?!次|置|数)")
_PEOPLE = re.compile(r"[\d十百千万亿]\s?[余多]?[名位人](?!次|工)|[一二三四五六七八九两]\s?[名位]")
_SECTOR = re.compile(r"(制造|金融|旅游|建筑|零售|房地产|物流|餐饮|医药|能源|电信|软件|娱乐|采矿|纺织|钢铁|化工|航运|保险|证券|汽车)(?:业|行业|产业)")


@functools.cache
def _levels() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    return tuple((expression(level["asked"]), expression(level["shown"])) for level in table("question/matching")["levels"])


def _alike(word: str) -> tuple[str, ...]:
    """Return the words that may stand for a word, itself among them; none where it has none."""
    return next((group for group in rows("synonyms") if word in group), ())


@functools.cache
def _written_out() -> dict[str, tuple[str, ...]]:
    return {short: tuple(long) for short, *long in rows("abbreviations")}


def counts(question: Question, evidence: Text) -> bool:
    """Whether ``evidence`` speaks of what is counted, or of what that is also called, on the level of government asked about.

    Where no value is asked for, nothing is counted, whichever level the question names.
    """
    if not question.wants:
        return True
    folded = evidence.folded
    if _PEOPLE_WANTED.search(question.folded) and not _PEOPLE.search(folded):
        return False
    if not all(there.search(folded) for asks, there in _levels() if asks.search(question.folded)):
        return False
    if not all(stem in folded for stem in _SECTOR.findall(question.folded)):
        return False
    measured, counted = question.measured, question.counted
    if measured and not any(word in folded for word in _alike(measured) or tuple(measured)):
        return False
    if not counted:
        return True
    # 队员 and 球员, 树木 and 树: what has a character in common is often the same thing.
    alike = _alike(counted)
    if not alike and len(counted) > 2:
        # 公众号 has two characters of 公众账号; one alone says little of a long word.
        most = len(counted) - (len(counted) > 3)
        return sum(char in folded for char in counted) >= most and any(counted[at : at + 2] in folded for at in range(len(counted) - 1))
    return any(word in folded for word in alike or tuple(counted))


def unfilled(question: Question, evidence: Text) -> tuple[tuple[str, ...], bool]:
    """Return the named things that ``evidence`` (sentences with headings, titles and dates) does not account for.

    The second value tells whether all things of some kind are missing: all places, or all dates, and so on.
    """
    stated, folded = evidence.values, evidence.folded
    solid = re.sub(r"\W", "", folded)
    kinds = (
        [(date.surface, any(stands_for(Date(date.year, None, None, ""), v) for v in stated)) for date in question.dates],
        [(n.surface, any(stands_for(n, v) for v in stated) or n.surface in folded) for n in question.numbers],
        [(place, place in evidence.places) for place in question.toponyms if place not in question.mentioned],
        [(f"《{title}》", re.sub(r"\W", "", fold(title)) in solid) for title in question.titles],
        [(name, _spelled(name, folded)) for name in question.names],
        [(f"{e.name}", names(evidence, e)) for e in question.entities if e.kind == "quoted"],
        *([(e.name, names(evidence, e))] for e in question.entities if e.kind != "quoted"),
    )
    missing = tuple(dict.fromkeys(name for kind in kinds for name, found in kind if not found))
    return missing, any(kind and not any(found for _, found in kind) for kind in kinds)


def _spelled(name: str, evidence: str) -> bool:
    """Whether folded evidence has a Latin name, or what it stands for, or one spelled nearly so."""
    folded = fold(name)
    if folded in evidence or any(word in evidence for word in _written_out().get(folded, ())):
        return True
    if len(folded) < 5 or re.search(r"\d", folded):
        return False
    return bool(get_close_matches(folded, set(re.findall(r"[a-z]+", evidence)), n=1, cutoff=0.8))


def unshown(question: Question, evidence: Text) -> tuple[Attribute, ...]:
    """Return the asked attributes that nothing in ``evidence`` goes with."""
    return tuple(attribute for attribute in question.attributes if not shows(attribute, evidence))


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
