"""Read lengths of time in days, however they are put: 一年 is 12 个月, 72小时 three days."""

from __future__ import annotations

import re
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


def lengths(text: Text) -> dict[str, frozenset[Fraction]]:
    """Return the lengths of time of a text in days, by the surface of the amounts that give them; "" for half a year."""
    found: dict[str, frozenset[Fraction]] = {"": frozenset({Fraction(6 * _DAYS)})} if _HALF.search(text.folded) else {}
    at = 0
    for value in text.values:
        start = text.folded.find(value.surface, at)
        if start < 0:
            continue
        at = start + len(value.surface)
        if isinstance(value, Amount) and value.kind == "number":
            unit = next(((of, much) for pattern, of, much in _UNITS if pattern.match(text.folded, at)), None)
            if unit:
                days = value.value * unit[1] * (_DAYS if unit[0] == "months" else 1)
                found[value.surface] = found.get(value.surface, frozenset()) | {days}
    return found
