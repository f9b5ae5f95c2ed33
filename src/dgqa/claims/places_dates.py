"""A sentence and its evidence in; whether a number or a date is said of a place or a year that the evidence doesn't say it of, out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dgqa.claims.claim import Ground, clauses
from dgqa.language.places import places
from dgqa.language.text import bigrams, fold
from dgqa.language.values import Amount, Date, scan, stands_for, values

_RELATIVE = re.compile(r"(?:比|较|相比)\s*\d{4}|than\s+(?:in\s+)?\d{4}")
_CLEARLY = 0.3  # share of bigrams by which another clause must fit better
LISTED = re.compile(r"分别|各为|依次|respectively", re.IGNORECASE)


def misplaced(sentence: str, grounds: Sequence[Ground]) -> bool:
    """Whether a value is said of a place or a year that the evidence with that value is not about."""
    for value, place, year in _anchored(sentence):
        holders = [ground for ground in grounds if any(stands_for(value, found) for found in values(ground.whole))]
        if not any(_fits(holder, value, place, year, grounds) for holder in holders):
            return bool(holders)
    return False


def misdated(sentence: str, evidence: str) -> bool:
    """Whether a Chinese sentence says in a year what the evidence, clause by clause, says in another."""
    if LISTED.search(sentence) or LISTED.search(evidence):
        return False
    stated = [(dates, bigrams(_undated(clause))) for clause in clauses(evidence) if (dates := _dates(clause))]
    if len({date.year for dates, _ in stated for date in dates}) < 2:
        return False
    for clause in clauses(sentence):
        dates, wanted = _dates(clause), bigrams(_undated(clause))
        if len(dates) != 1 or len(wanted) < 2:
            continue
        scores = [(len(wanted & held) / len(wanted), any(stands_for(dates[0], other) for other in others)) for others, held in stated]
        own = max((score for score, same in scores if same), default=0.0)
        if max(score for score, _ in scores) >= own + _CLEARLY:
            return True
    return False


def _dates(text: str) -> list[Date]:
    return [value for value in values(text) if isinstance(value, Date) and value.year]


def _undated(text: str) -> str:
    return "".join(token if isinstance(token, str) else "" if isinstance(token, Date) else token.surface for token in scan(text))


def _fits(holder: Ground, value: Amount | Date, place: str, year: Date | None, grounds: Sequence[Ground]) -> bool:
    before = [ground for ground in grounds if holder.group >= 0 and ground.group == holder.group and ground.number < holder.number]
    if place:
        # Where the sentence itself names no place, it is about the one named last before it.
        named = next((found for ground in [holder, *reversed(before)] if (found := places(ground.whole))), ())
        if place not in named:
            return False
    if year is not None and isinstance(value, Amount):
        own_years = [found for found in values(holder.text) if _yearly(found)]
        if not any(stands_for(year, found) for found in own_years) and (
            own_years or not any(stands_for(year, found) for ground in before for found in values(ground.whole))
        ):
            return False
    if LISTED.search(holder.text):
        return True
    # Where the evidence itself has several places or years, the value must follow the same one.
    linked = [(p, y) for found, p, y in _anchored(holder.text) if stands_for(value, found)]
    if not linked:
        return True
    many_places = len(places(holder.text)) > 1
    many_years = len({found.year for found in values(holder.text) if isinstance(found, Date) and found.year}) > 1
    return any(
        (not place or not many_places or not p or p == place)
        and (year is None or not many_years or y is None or not isinstance(value, Amount) or year.year is None or y.year == year.year)
        for p, y in linked
    )


def _yearly(value: Amount | Date) -> bool:
    return isinstance(value, Date) and value.year is not None


def _anchored(text: str) -> list[tuple[Amount | Date, str, Date | None]]:
    """Return every value of a text with the place and the year that it follows, or that alone stand in the text."""
    found_places = places(text)
    years = [] if _RELATIVE.search(fold(text)) else [value for value in values(text) if isinstance(value, Date) and value.year]
    only_place = found_places[0] if len(found_places) == 1 else ""
    only_year = years[0] if len({value.year for value in years}) == 1 else None
    anchored: list[tuple[Amount | Date, str, Date | None]] = []
    before = ""
    year: Date | None = None
    for token in scan(text):
        if isinstance(token, str):
            before += token
            continue
        # "6 points more than in 2020" is not about 2020.
        if isinstance(token, Date) and token.year and not re.search(r"(?:比|较|相比|than(?:in)?)$", before):
            year = token
        named = places(before)
        last = max(named, key=lambda name: _last_at(before, name), default="") if len(named) > 1 else (named[0] if named else "")
        anchored.append((token, last or only_place, year or only_year))
        before += token.surface
    return anchored


def _last_at(text: str, place: str) -> int:
    """Return where ``place`` is named last, in whichever language."""
    for end in range(len(text), 0, -1):
        if place not in places(text[:end]):
            return end
    return 0
