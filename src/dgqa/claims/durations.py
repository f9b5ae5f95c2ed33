"""Read lengths of time in days and times of day in minutes, however they are put: 一年 is 12 个月, 72小时 three days, 下午六点 18:00."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from dgqa.language.reading import Text
from dgqa.language.values import Amount

_DAYS = 30  # of a month, where one is put for the other
_UNITS: tuple[tuple[re.Pattern[str], str, Fraction], ...] = tuple(
    (re.compile(pattern), of, Fraction(much))
    for pattern, of, much in (
        (r"\s*个?小时|\s*時|\s*hours?\b", "days", Fraction(1, 24)),
        (r"\s*(?:天|日)|\s*days?\b", "days", 1),
        (r"\s*(?:周|个?星期)|\s*weeks?\b", "days", 7),
        (r"\s*个?月|\s*months?\b", "months", 1),
        (r"\s*年(?!级|代|度|\d)|\s*years?\b", "months", 12),
    )
)
_HALF = re.compile(r"半年|half a year")
_AND_A_HALF = re.compile(r"\s+and a half(?=\s)")  # stands before its unit; 半 stands behind it
_HOUR = re.compile(r"\s?[:时点](?P<minutes>[0-5]\d)?半?|(?=\s?[ap]\.?m\b)")
_AND_HALF = re.compile(r"半(?![价程载数年天月日])")
_AFTER_NOON = re.compile(r"(?:下午|傍晚|晚上?|夜间)\s?$")
_PM = re.compile(r"\s?p\.?m\b")
_MIDNIGHT = re.compile(r"(?:凌晨|晚上?|夜间)\s?$")
_AM = re.compile(r"\s?a\.?m\b")
_NOON = 12  # o'clock


def placed(text: Text) -> Iterator[tuple[Amount, int, int]]:
    """Yield the plain numbers of a text with where each begins and ends in it, folded."""
    at = 0
    for value in text.values:
        start = text.folded.find(value.surface, at)
        if start >= 0:
            at = start + len(value.surface)
            if isinstance(value, Amount) and value.kind == "number":
                yield value, start, at


def lengths(text: Text) -> dict[str, frozenset[Fraction]]:
    """Return the lengths of time of a text in days, by the surface of the amounts that give them; "" for half a year."""
    found: dict[str, frozenset[Fraction]] = {"": frozenset({Fraction(6 * _DAYS)})} if _HALF.search(text.folded) else {}
    for value, _, end in placed(text):
        and_a_half = _AND_A_HALF.match(text.folded, end)
        behind = and_a_half.end() if and_a_half else end
        for pattern, of, much in _UNITS:
            if unit := pattern.match(text.folded, behind):
                half = Fraction(1, 2) if and_a_half or _AND_HALF.match(text.folded, unit.end()) else 0
                days = (value.value + half) * much * (_DAYS if of == "months" else 1)
                found[value.surface] = found.get(value.surface, frozenset()) | {days}
                break
    return found


def times(text: Text) -> dict[str, frozenset[Fraction]]:
    """Return the times of day of a text in minutes, by the surface of the amounts that give their hours."""
    found: dict[str, frozenset[Fraction]] = {}
    for value, start, end in placed(text):
        if value.value <= 24 and (hour := _HOUR.match(text.folded, end)):
            before, behind = text.folded[:start], hour.end()
            if value.value == _NOON and (_MIDNIGHT.search(before) or _AM.match(text.folded, behind)):
                told = {Fraction(0), Fraction(24 * 60)}
            else:
                later = value.value < _NOON and (_PM.match(text.folded, behind) or _AFTER_NOON.search(before))
                minutes = int(hour["minutes"] or 0) + (30 if hour[0].endswith("半") else 0)
                told = {(value.value + (_NOON if later else 0)) * 60 + minutes}
            found[value.surface] = found.get(value.surface, frozenset()) | told
    return found
