"""A question in; what it names and the kind of value it wants, and what of that evidence leaves open, out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dgqa.places import places
from dgqa.text import detect_script, fold
from dgqa.values import Amount, Date, stands_for, values

_QUOTED = re.compile(r"《([^》]{2,60})》")
_LATIN_NAME = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Za-z0-9]*[A-Z0-9][A-Za-z0-9]*(?![A-Za-z0-9])|(?<![A-Za-z])[A-Z][a-z]{2,}(?![A-Za-z])")
_NUMBER_WANTED = re.compile(
    r"多少(?!年)|百分之几|几成|几(?:个|项|种|次|家|位|条|件|份|类|套|倍|名|座|所|步|点|大|级|亿|万|千|百)|第几|多大比例|占比|多高"
    r"|how (?:many|much|big|large|high)|what (?:share|percentage|percent|proportion|number|rank|position|score|fraction)|which (?:rank|place)",
    re.IGNORECASE,
)
_DATE_WANTED = re.compile(
    r"哪(?:一)?年|哪(?:个|一)?(?:个)?月|哪(?:一)?[天日]|何时|什么时候|几月|几号|何年|多会儿|什么时间|when\b|(?:what|which) (?:year|month|date|day)|in what year",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Slots:
    """What a question names: years and dates, numbers, places, titles in 《》, Latin names; and what it wants."""

    dates: tuple[Date, ...] = ()
    numbers: tuple[Amount, ...] = ()
    places: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    wants: str = ""  # "number", "date" or ""


def asked(question: str) -> Slots:
    """Work out what a question names and whether it wants a number or a date."""
    found = values(question)
    dates = tuple(value for value in found if isinstance(value, Date) and value.year)
    dates += tuple(
        Date(int(value.value), None, None, value.surface)
        for value in found
        if isinstance(value, Amount) and value.kind == "number" and re.fullmatch(r"(?:19|20)\d{2}", value.surface)
    )
    # A short count ("三点", "two problems") tells how many answers are wanted; it is no fact to look for.
    numbers = tuple(
        value
        for value in found
        if isinstance(value, Amount)
        and re.search(r"\d", value.surface)
        and not re.fullmatch(r"(?:19|20)\d{2}", value.surface)
        and (value.kind != "number" or value.value >= 10)
    )
    folded = fold(question)
    wants = "date" if _DATE_WANTED.search(folded) else "number" if _NUMBER_WANTED.search(folded) else ""
    return Slots(dates, numbers, places(question), tuple(_QUOTED.findall(question)), _names(question), wants)


def _names(question: str) -> tuple[str, ...]:
    english = detect_script(question) == "Latn"
    found = []
    for match in _LATIN_NAME.finditer(question):
        name = match.group()
        first = not question[: match.start()].strip(" \"'“‘")
        if (english and first and name.istitle()) or places(name):
            continue
        found.append(name)
    return tuple(dict.fromkeys(found))


def unfilled(slots: Slots, evidence: str, *, known_names: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the named things that ``evidence`` (sentences with headings, titles and dates) does not account for.

    A Latin name counts only if it is in ``known_names``, those that the corpus has in Latin letters: others may
    stand in the corpus in Chinese.
    """
    stated = values(evidence)
    folded = fold(evidence)
    open_slots: list[str] = []
    open_slots += [date.surface for date in slots.dates if not any(stands_for(Date(date.year, None, None, ""), v) for v in stated)]
    open_slots += [number.surface for number in slots.numbers if not any(stands_for(number, v) for v in stated) and fold(number.surface) not in folded]
    there = places(evidence)
    open_slots += [place for place in slots.places if place not in there]
    squeezed = re.sub(r"\W", "", folded)
    open_slots += [f"《{title}》" for title in slots.titles if re.sub(r"\W", "", fold(title)) not in squeezed]
    open_slots += [name for name in slots.names if name in known_names and fold(name) not in folded]
    return tuple(dict.fromkeys(open_slots))


def fills(slots: Slots, sentence: str) -> bool:
    """Whether a sentence holds a value of the kind that is wanted, apart from those in the question."""
    if not slots.wants:
        return True
    given = {*slots.numbers, *slots.dates}
    for value in values(sentence):
        if any(value == other or (isinstance(other, Date) and stands_for(other, value)) for other in given) and slots.wants == "number":
            continue
        if slots.wants == "date" and (isinstance(value, Date) or (value.kind == "number" and 1900 <= value.value <= 2100)):
            return True
        if slots.wants == "number" and (isinstance(value, Amount)):
            return True
    return False
