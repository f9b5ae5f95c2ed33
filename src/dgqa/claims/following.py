"""Tell which values a sentence may state though its evidence does not, because they follow: rounded, counted, subtracted."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date
from fractions import Fraction

from dgqa.claims.claim import Grounds, harmless, stated
from dgqa.claims.durations import lengths, placed, times
from dgqa.language.numerals import LARGE, SMALL, whole
from dgqa.language.reading import Text
from dgqa.language.values import Amount, Date

_ABOUT = re.compile(
    r"约|大约|近|接近|将近|左右|上下|大概|超过?|逾|多|余|以上|不到|不足|\b(?:about|approximately|approx|nearly|almost|around|some|roughly|over|more than|close to|at least|under|just|less than|well)\b|~|≈|\+"
)
_COMPARES = re.compile(
    r"比|较|早|晚|提高|上升|升|下降|降|增|减|相差|差|快|慢|持续|历时|间隔|之间|前后|百分点|\b(?:more|less|fewer|earlier|later|higher|lower|climb\w*|r[io]se\w*|f[ae]ll\w*|up|down|by|within|between|difference|gain\w*|increas\w*|decreas\w*|points?|lasted|for)\b"
)
_RANGE = re.compile(r"([一二三四五六七八九]|\d)(?:到|至|-|—|~)(?:[一二三四五六七八九]|\d)成")
_PROPORTION = re.compile(r"([a-z\d-]+) (?:in|out of)(?: every)? ([a-z\d-]+)")
_THOUSANDS = re.compile(r"(?<![a-z\d.])(\d+(?:\.\d+)?)k(?![a-z\d])")
_VAGUE = re.compile(r"(?<![人总次户件指完构组赞达建形以])[上数几成]([十百千万亿]+)(?!分)")  # 上万, 数十万
_NEAR = 14  # characters before a value, and behind it, in which a word says that it is rounded
_ORDINAL = re.compile(r"第([一二三四五六七八九十]+|\d{1,2})|(?<![\d.])(\d{1,2})[.、)）](?!\d)|([一二三四五六七八九十])是|其([一二三四五六七八九])")
_ITEM = re.compile(r"、|，?(?:以及|和|与|及)(?!其他)")
_PART = re.compile(r"[，,。；;：:！？（）()]")
_COUNTED = re.compile(r"(?<!第)[两二三四五六七八九十]+(?:大|个|项|种|类|家|条|点|方面)")  # where the evidence counts, English need not
_MOST = 20  # things that are counted
_TOTAL = re.compile(r"[合共总]计|一共|总共|总和|之和|加起来|相加|\b(?:total\w*|altogether|combined|sums?|adds? up|in all)\b")
_MEASURED = re.compile(r"\s?(?:年|月|日|天|周|小时|分钟|秒|元|块|万|亿|米|公里|公斤|克|吨|岁|%|度|点|:|years?\b|months?\b|days?\b|weeks?\b|hours?\b|minutes?\b|yuan\b|dollars?\b|km\b|kg\b|met(?:er|re)s?\b|[ap]\.?m\b)")
_COMMON_YEAR = 2001
_POOL = 24  # values that others may come to


def unfounded(claim: Text, grounds: Grounds, question: Text) -> list[Amount | Date]:
    """Return the values of a sentence that neither its evidence nor the question states, and that follow from neither."""
    return [value for value in claim.values if not (harmless(value) or stated(value, grounds.whole) or stated(value, question) or follows(value, claim, grounds))]


def follows(value: Amount | Date, claim: Text, grounds: Grounds) -> bool:
    """Whether a value that evidence does not state follows from it; a date never does."""
    if isinstance(value, Date):
        return False
    for read in (lengths, times):
        if read(claim).get(value.surface, frozenset()) & frozenset[Fraction]().union(*read(grounds.whole).values()):
            return True
    told = [other for other in grounds.whole.values if isinstance(other, Amount)]
    if _RANGE.search(claim.folded) and any(other.kind == "ratio" and _tenths(value, claim) == other.value for other in told):
        return True
    if any(other.kind == "ratio" and (other.value == share.value or rounded(share, other)) for share in _proportions(value, claim) for other in told):
        return True
    if any(value.value == Fraction(count) * 1000 for count in _THOUSANDS.findall(grounds.said.folded)):
        return True
    if any(value.value == math.prod((SMALL | LARGE)[unit] for unit in units) for units in _VAGUE.findall(grounds.said.folded)):
        return True
    around = _around(value, claim)
    if _ABOUT.search(around) and any(rounded(value, other) for other in told):
        return True
    if value.kind != "points" and any(rounded(value, other) for other in told if other.value != int(other.value) and "." in value.surface):
        return True
    if _COMPARES.search(around) and any(_difference(value, one, other) for one, other in itertools.combinations(_measured(grounds.whole), 2)):
        return True
    if value.kind != "number" or value.value.denominator != 1 or not 2 <= value.value <= _MOST or (claim.english and _COUNTED.search(grounds.said.folded)):
        return False
    return int(value.value) in set(_counts(grounds))


def _tenths(value: Amount, claim: Text) -> Fraction | None:
    """Return the share that the first number of a range of tenths stands for: 六 in 六到七成."""
    return value.value / 10 if any(match[1] == value.surface for match in _RANGE.finditer(claim.folded)) else None


def _proportions(value: Amount, claim: Text) -> Iterator[Amount]:
    """Yield the shares that a number of a sentence is a part of: one in five."""
    for match in _PROPORTION.finditer(claim.folded) if claim.english else ():
        one, other = (next((amount for amount in claim.values if isinstance(amount, Amount) and amount.surface == word), None) for word in match.groups())
        if one and other and value in (one, other) and 0 < one.value < other.value:
            yield Amount("ratio", one.value / other.value, match[0])


def derived(value: Amount | Date, claim: Text, told: Text) -> bool:
    """Whether a value is what other values of the sentence come to, or, where it says that it sums up, those of its evidence.

    That is a sum, a difference, a product, a share, the time between two days, or a small number of things of which the evidence
    gives no other: their list may stand anywhere.
    """
    if isinstance(value, Date):
        return False
    if _counts_things(value, claim, told):
        return True
    own = {other.value for other in claim.values if isinstance(other, Amount) and other.value != value.value} | {Fraction(1)}
    pool = set(sorted(own)[:_POOL])
    pool |= {made for one, other in itertools.permutations(pool, 2) for made in ((one * other, one / other) if other else ())}
    pool |= set(_between([day for day in claim.values if isinstance(day, Date)]))
    if any(value.value - one in pool or value.value + one in pool for one in (*pool, Fraction())):
        return True
    parts = [other.value for other in told.values if isinstance(other, Amount) and other.kind == value.kind] if _TOTAL.search(claim.folded) else []
    return len(parts) > 1 and (value.value == sum(parts) or any(value.value == one + other for one, other in itertools.combinations(parts[:_POOL], 2)))


def _counts_things(value: Amount, claim: Text, told: Text) -> bool:
    """Whether a value is a small number of things, and the evidence has no other of the same; in another language, none at all."""
    end = next((end for other, _, end in placed(claim) if other is value), None)
    if end is None or value.value not in range(2, _MOST + 1) or _MEASURED.match(claim.folded, end):
        return False
    others = list(placed(told))
    if claim.english:
        return not any(other.value in range(2, _MOST + 1) for other, _, _ in others)
    return claim.folded[end : end + 1] not in {told.folded[at : at + 1] for _, _, at in others}


def _between(dates: Sequence[Date]) -> Iterator[Fraction]:
    """Yield how many days and months lie between two days that follow each other in a sentence, the last one counted too or not."""
    for first, last in itertools.pairwise(day for day in dates if day.month and day.day):
        with suppress(ValueError):  # no such day
            begin, end = (date(one.year or first.year or _COMMON_YEAR, one.month or 1, one.day or 1) for one in (first, last))
            end = end if end >= begin else end.replace(year=begin.year + 1)
            days = (end - begin).days
            months = (end.year - begin.year) * 12 + end.month - begin.month
            yield from map(Fraction, (days, days + 1, months, months + 1))


def rounded(value: Amount, other: Amount) -> bool:
    """Whether a value is another one rounded, up, down or to the nearest, to the digits that it has."""
    if value.kind != other.kind or not other.value or not value.value:
        return False
    shown, exact = _shown(value), _shown(other)
    step = _step(shown)
    nearest = abs(shown - exact) * 2 <= step
    cut = exact - step < shown < exact or exact < shown < exact + step
    return nearest or (cut and step <= exact / 5)


def _shown(value: Amount) -> Fraction:
    """Return a value as it is written, a share in percent."""
    return value.value * 100 if value.kind == "ratio" else value.value


def _step(value: Fraction) -> Fraction:
    """Return the unit of the last digit of a number that is not nought: 10 for 970, 1/100 for 0.91."""
    step = Fraction(1)
    if value.denominator == 1:
        while value % (step * 10) == 0:
            step *= 10
        return step
    while value % step:
        step /= 10
    return step


def _around(value: Amount, claim: Text) -> str:
    folded = claim.folded
    at = folded.find(value.surface)
    return folded if at < 0 else folded[max(0, at - _NEAR) : at + len(value.surface) + _NEAR]


def _measured(text: Text) -> list[tuple[str, Fraction]]:
    found: list[tuple[str, Fraction]] = []
    for value in text.values:
        if isinstance(value, Amount):
            at = text.folded.find(value.surface)
            # A rank is apart from a rank, and a number of things from one of the same.
            unit = value.kind if value.kind != "number" else "第" if text.folded[at - 1 : at] == "第" else text.folded[at + len(value.surface) :][:1]
            found.append((unit, _shown(value)))
        else:
            found += [(part, Fraction(number)) for part, number in (("year", value.year), ("month", value.month)) if number]
    return found


def _difference(value: Amount, one: tuple[str, Fraction], other: tuple[str, Fraction]) -> bool:
    """Whether a value is how far two others are apart, of percentages in points, of years with both ends counted or not."""
    if one[0] != other[0]:
        return False
    apart = abs(one[1] - other[1])
    if not apart:
        return False
    shown = _shown(value)
    if one[0] in ("year", "month"):
        return value.kind == "number" and shown in (apart, apart + 1)
    return (value.kind == "points") == (one[0] == "ratio") and shown == apart


def _counts(grounds: Grounds) -> Iterator[int]:
    """Yield how many things the evidence lists: by its marks, by its numbering, by its pieces."""
    yield len(grounds.pieces)
    for piece in grounds.pieces:
        for part in _PART.split(piece.text):
            if "、" in part:
                yield len([item for item in _ITEM.split(part) if item.strip()])
        yield len([part for part in re.split("[；;]", piece.text) if part.strip()])
    numbers = [whole(next(filter(None, match.groups()))) for match in _ORDINAL.finditer(grounds.said.folded)]
    yield max(numbers, default=0)
    yield len([number for number in numbers if number])
