"""Read numbers and dates as values: a text as a sequence of characters, amounts and dates.

``1.2亿``, ``12000万`` and ``120,000,000`` are one amount; ``2023年6月``, ``2023-06`` and ``June 2023`` are
one date. An amount is one token, so 74 is not found inside 1740 or 74.5. Values are exact fractions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from dgqa.language.numerals import DIGITS, LARGE, SMALL, WORD_UNIT, WORDS, Numeral, arabic, chinese, ordinary_numerals
from dgqa.language.text import fold, has_chinese

Kind = Literal["number", "ratio", "points"]


@dataclass(frozen=True, slots=True)
class Amount:
    """A number: a plain one, a ratio (5% is 1/20) or percentage points (5个百分点 is 5)."""

    kind: Kind
    value: Fraction
    surface: str


@dataclass(frozen=True, slots=True)
class Date:
    """A date of which at least one part is known; an unknown part is None."""

    year: int | None
    month: int | None
    day: int | None
    surface: str


Token = str | Amount | Date

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]

_TENTHS = re.compile(r"\s?成([一二三四五六七八九]?)(?![立为员功果长本绩就熟年品交套型因效分])")
_SHARE = re.compile(r"\s?(%|‰|巴仙|per ?cent(?![a-z]))")
_POINTS = re.compile(r"\s?(?:个?百分点|percentage points?(?![a-z]))")
# 1/3 where a share is told of: 3/4号楼 and 1/2班 are two of them each.
_SIMPLE_FRACTION = re.compile(r"(?<=[的按占达过于足近约额])\s?([1-9])/([2-9]|10)(?![\d/.%])|(?<![\d/.-])([1-9])/([2-9]|10)(?=\s?(?:的|以上|以下|以内|左右|强|弱|of\b))")
_PARTS = ["hal", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
_FRACTION_WORD = re.compile(rf"(?=-|\s\w+(?:s|\sof)\b)[-\s]({'|'.join(_PARTS)})(?:f|ves|s)?(?![a-z])")  # one-third, two thirds, one fifth of
_NUMBER_WORD = re.compile(rf"(?:({'|'.join(_TENS)})(?:[-\s]({'|'.join(_ONES[1:10])}))?|({'|'.join(_ONES)}))(?![a-z])")

_BEGINS = frozenset("负-abcdefghijklmnopqrstuvwxyz").union(DIGITS, SMALL, LARGE)  # beside digits: what a value can begin with
_NAME = re.compile(r"\d+(?=[a-z](?![a-z]))")  # 5G, 3D, 4K
_DIGIT_STRING = re.compile(r"\d+")
_BEFORE_MINUS = re.compile(r"(?:^|[(:,;为是达于长降到]|[a-z]\s)\s*$")

_YEAR = r"(?P<y>(?:1\d|2[01])\d\d|[一二][零〇○一二三四五六七八九]{3})"
_MONTH = r"(?P<m>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_DAY = r"(?P<d>[12]\d|3[01]|0?[1-9]|(?:二?十|三十)[一二三四五六七八九]?|[一二三四五六七八九])"
_MONTH_NAME = "|".join(rf"{name}|{name[:3]}t?\.?" if name != "may" else "may" for name in _MONTHS)
_DATES = (
    re.compile(rf"{_YEAR}\s?年(?:\s?{_MONTH}\s?月份?(?:\s?{_DAY}\s?[日号])?)?"),
    re.compile(rf"{_MONTH}\s?月份?(?:\s?{_DAY}\s?[日号])?"),
    re.compile(
        r"(?P<y>(?:1[5-9]|20)\d\d)(?P<by>[-/])(?P<m>1[0-2]|0?[1-9])(?:(?P=by)(?P<d>[12]\d|3[01]|0?[1-9]))?(?!\d)"
    ),
    re.compile(r"(?P<y>(?:1[5-9]|20)\d\d)\.(?P<m>1[0-2]|0?[1-9])\.(?P<d>[12]\d|3[01]|0?[1-9])(?!\d)"),
    # 2023.6 is a month where nothing is measured by it: no unit and no further digit stands behind.
    re.compile(r"(?P<y>(?:19|20)\d\d)\.(?P<m>1[0-2]|0?[1-9])(?![\d.%‰])(?!\s?(?:[百千万亿元美欧英人户个件家次倍项年吨克斤米里公平立亩度分秒小天种条台套处座点]|[a-z]))"),
    re.compile(rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<m>{_MONTH_NAME})(?![a-z])(?:,?\s+(?P<y>\d{{4}})\b)?"),
    re.compile(
        rf"(?P<m>{_MONTH_NAME})(?![a-z])(?=\s+\d)(?:\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b)?(?:,?\s+(?P<y>\d{{4}})\b)?"
    ),
)
# What stands between the dates of a span, whose end lacks what its beginning tells: 2016年10月16日8:00至24日, 2016年5月至6月.
_SPAN = re.compile(r"(?:\s?\d{1,2}(?:[:时点]\d{0,2}分?))?\s?(?:[至到—–~-]+|、|和)\s?")
_END = re.compile(rf"{_DAY}\s?日(?![内以之后前])")


def spelled_dates(text: str) -> str:
    """Return ``text`` with the dates that are written with marks in Chinese, as articles have them.

    >>> spelled_dates("2023.6 召开了什么会")
    '2023年6月 召开了什么会'
    """
    if not has_chinese(text):
        return text
    for pattern in _DATES[2:5]:
        text = pattern.sub(lambda found: f"{found['y']}年{int(found['m'])}月" + (f"{int(day)}日" if (day := found.groupdict().get("d")) else ""), text)
    return text


def plain(text: str) -> str:
    """Return ``text`` after NFKC, OpenCC t2s and case folding, without white space."""
    return "".join(fold(text).split())


@lru_cache(maxsize=2048)
def scan(text: str) -> tuple[Token, ...]:
    """Return the folded text as single characters, amounts and dates, white space left out.

    Digits that are part of a name, as in P2P or 5G, stay characters.
    """
    # A full-width comma separates numbers and never groups thousands, but folding makes it a plain one.
    return read_tokens(fold(text.replace("，", "， ")))


def read_tokens(folded: str) -> tuple[Token, ...]:
    """Return what `scan` does of a folded text in which a full-width comma has become a comma and a space."""
    folded = ordinary_numerals(folded)
    tokens: list[Token] = []
    span: tuple[int, Date, bool] | None = None  # where the end of one stands, its beginning, and whether it only goes on with another date
    at = 0
    while at < len(folded):
        if folded[at] not in _BEGINS and not folded[at].isdecimal():
            tokens.extend(folded[at].strip())
            at += 1
            continue
        name = _literal(folded, at)
        read = None if name else (_end_of(folded, at, span[1], listed=span[2]) if span and span[0] == at else None) or _value(folded, at)
        if read is not None:
            tokens.append(read[0])
            at = read[1]
            span = (between.end(), read[0], between[0].strip()[-1:] in ("、", "和")) if isinstance(read[0], Date) and (between := _SPAN.match(folded, at)) else span
        else:
            tokens.extend(folded[at : at + (name or 1)].strip())
            at += name or 1
    return tuple(tokens)


def values(text: str) -> tuple[Amount | Date, ...]:
    """Return the amounts and dates of ``text`` in their order."""
    return tuple(token for token in scan(text) if not isinstance(token, str))


def stands_for(key: Token, found: Token) -> bool:
    """Say whether ``found`` states what ``key`` asks for.

    A date may be more exact than the key: 2023年6月 stands for 2023年 and for 6月, not the other way
    round. A bare number stands for a year, so that "in 2017" and 2017年 agree. A ratio stands for no plain
    number and for no percentage points.
    """
    if isinstance(key, str) or isinstance(found, str):
        return key == found
    if isinstance(key, Amount) and isinstance(found, Amount):
        return (key.kind, key.value) == (found.kind, found.value)
    if isinstance(key, Date) and isinstance(found, Date):
        pairs = ((key.year, found.year), (key.month, found.month), (key.day, found.day))
        return all(asked is None or asked == given for asked, given in pairs)
    if isinstance(key, Date) and isinstance(found, Amount):
        return key.month is None and key.day is None and _is_year(found, key)
    return isinstance(key, Amount) and isinstance(found, Date) and _is_year(key, found)


def _is_year(amount: Amount, date: Date) -> bool:
    return amount.kind == "number" and date.year is not None and amount.value == date.year


def contains(text: str, key: str) -> bool:
    """Say whether ``key`` occurs in ``text``, its numbers and dates compared as values.

    >>> contains("覆盖1.2亿人", "12000万"), contains("共1740项", "74")
    (True, False)
    """
    wanted = scan(key)
    if not wanted:
        return False
    if all(isinstance(token, str) for token in wanted):
        return plain(key) in plain(text)
    return _within(wanted, scan(text))


def _within(wanted: Sequence[Token], tokens: Sequence[Token]) -> bool:
    spare = len(tokens) - len(wanted)
    return any(all(stands_for(key, tokens[start + i]) for i, key in enumerate(wanted)) for start in range(spare + 1))


def _literal(text: str, at: int) -> int:
    """Return how many digits at ``at`` belong to a name: those after a letter, or before a single one."""
    match = _DIGIT_STRING if at and _is_latin(text[at - 1]) else _NAME
    found = match.match(text, at)
    return 0 if found is None else found.end() - at


def _value(text: str, at: int) -> tuple[Amount | Date, int] | None:
    """Read the date or amount that starts at ``at``."""
    if not _is_latin(text[at]):
        return _date(text, at) or _amount(text, at)
    inside_word = at > 0 and (_is_latin(text[at - 1]) or text[at - 1].isdigit())
    return None if inside_word else _date(text, at) or _word(text, at)


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalpha()


def _date(text: str, at: int) -> tuple[Date, int] | None:
    for pattern in _DATES:
        match = pattern.match(text, at)
        if match is None:
            continue
        found = match.groupdict()
        year, day = _number(found.get("y")), _number(found.get("d"))
        if (year, day) == (None, None) and "月" not in match[0]:
            continue  # "may" alone is a verb
        return Date(year, _month(found["m"]), day, match[0]), match.end()
    return None


def _end_of(text: str, at: int, first: Date, *, listed: bool) -> tuple[Date, int] | None:
    """Read the date that ends a span, with the year and the month that only its beginning ``first`` tells; what is ``listed`` behind it ends none."""
    if first.month and first.day and (day := _END.match(text, at)):
        return Date(first.year, first.month, _number(day["d"]), day[0]), day.end()
    last = _date(text, at)
    if not last or last[0].year or not first.year or not first.month or not last[0].month:
        return None
    over = last[0].month < first.month  # the end of the year lies between
    return None if over and listed else (replace(last[0], year=first.year + over), last[1])


def _month(text: str | None) -> int | None:
    if text and _is_latin(text[0]):
        return next(n for n, name in enumerate(_MONTHS, 1) if name.startswith(text[:3]))
    return _number(text)


def _number(text: str | None) -> int | None:
    """Return the whole number that all of ``text`` says, in Arabic or Chinese numerals."""
    if not text:
        return None
    read = arabic(text, 0) or chinese(text, 0)
    return None if read is None else int(read[0])


def _amount(text: str, at: int) -> tuple[Amount, int] | None:
    start, sign = at, 1
    if text[at] == "负" or (text[at] == "-" and _BEFORE_MINUS.search(text[max(at - 8, 0) : at])):
        sign, start = -1, at + 1
    read = _fraction(text, start)
    if read is not None:
        return Amount("ratio", sign * read[0], text[at : read[1]]), read[1]
    read = arabic(text, start) or chinese(text, start)
    if read is None:
        return None
    value, end = sign * read[0], read[1]
    kind: Kind = "number"
    if points := _POINTS.match(text, end):
        kind, end = "points", points.end()
    elif share := _SHARE.match(text, end):
        kind, end = "ratio", share.end()
        value /= 1000 if share[1] == "‰" else 100
    elif (tenths := _TENTHS.match(text, end)) and 0 < value <= 10 and value.denominator == 1:
        kind, end = "ratio", tenths.end()
        value = value / 10 + Fraction(DIGITS.get(tenths[1], 0), 100)
    return Amount(kind, value, text[at:end]), end


def _fraction(text: str, at: int) -> Numeral | None:
    """Read X分之Y, where X may be a bare 百, 千 or 万 and Y a bare 百, and 1/3."""
    if simple := _SIMPLE_FRACTION.match(text, at):
        share = Fraction(int(simple[1] or simple[3]), int(simple[2] or simple[4]))
        return (share, simple.end()) if share < 1 else None
    scale = SMALL.get(text[at : at + 1]) or LARGE.get(text[at : at + 1])
    whole: Numeral | None
    if scale and text.startswith("分之", at + 1):
        whole = Fraction(scale), at + 1
    else:
        whole = arabic(text, at) or chinese(text, at)
    if whole is None or whole[0] == 0 or not text.startswith("分之", whole[1]):
        return None
    start = whole[1] + 2
    part = arabic(text, start) or chinese(text, start)
    if part is None and text.startswith("百", start):
        part = Fraction(100), start + 1
    return None if part is None else (part[0] / whole[0], part[1])


def _word(text: str, at: int) -> tuple[Amount, int] | None:
    """Read an English number word up to ninety-nine, with million and the like."""
    match = _NUMBER_WORD.match(text, at)
    if match is None:
        return None
    if match[3]:
        value = _ONES.index(match[3])
    else:
        value = 10 * (_TENS.index(match[1]) + 2) + (_ONES.index(match[2]) if match[2] else 0)
    end = match.end()
    if (part := _FRACTION_WORD.match(text, end)) and 0 < value < _PARTS.index(part[1]) + 2 and (part[1] != "quarter" or value == 3):  # others are of a year
        return Amount("ratio", Fraction(value, _PARTS.index(part[1]) + 2), text[at : part.end()]), part.end()
    if word := WORD_UNIT.match(text, end):
        value, end = value * WORDS[word[1]], word.end()
    if share := _SHARE.match(text, end):
        return Amount("ratio", Fraction(value, 100), text[at : share.end()]), share.end()
    if points := _POINTS.match(text, end):
        return Amount("points", Fraction(value), text[at : points.end()]), points.end()
    return Amount("number", Fraction(value), text[at:end]), end
