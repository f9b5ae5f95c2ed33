"""Find the places that a text names, whichever the language: provinces, large cities, countries."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from dgqa.data import rows
from dgqa.language.text import fold

# Places where traditional characters are written, as `places` names them.
WRITING_TRADITIONAL = frozenset(["台湾", "香港", "澳门"])


@functools.cache
def _table() -> tuple[dict[str, str], dict[str, str], re.Pattern[str]]:
    """Return the first Chinese name by each folded name, the English name by it, and what finds any of them."""
    names: dict[str, str] = {}
    english: dict[str, str] = {}
    bounds: dict[str, tuple[str, str]] = {}
    for chinese, latin, *more in rows("places"):
        forms = chinese.split("|")
        for name in (*forms, *latin.split("|")):
            names[fold(name)] = forms[0]
        english[forms[0]] = latin.split("|")[0]
        before, behind = (*more, "", "")[:2]
        bounds[forms[0]] = (f"(?<![{before}])" if before else "", f"(?![{behind}])" if behind else "")
    longest_first = sorted(names, key=len, reverse=True)
    # A Latin name is a whole word; "us" and the like are not names here, so case does not matter.
    latin_names = "|".join(re.escape(name) for name in longest_first if name.isascii())
    chinese_names = "|".join(name.join(bounds.get(name, ("", ""))) for name in longest_first if not name.isascii())
    return names, english, re.compile(rf"(?<![a-z])(?:{latin_names})(?![a-z])|{chinese_names}")


def english_name(place: str) -> str:
    """Return the English name of a place that `places` returned; anything else as it is."""
    return _table()[1].get(place, place)


@functools.cache
def _around(place: str) -> frozenset[str]:
    return around({chinese.split("|")[0]: more[2] for chinese, _, *more in rows("places") if len(more) > 2}, place)


def around(lies_in: Mapping[str, str], place: str) -> frozenset[str]:
    """Return a place and all that it lies in, by what each lies in next.

    Raises:
        ValueError: A place lies in itself.
    """
    found = [place]
    while place := lies_in.get(place, ""):
        if place in found:
            raise ValueError(f"places.tsv: {place} lies in itself, by way of {', '.join(found)}")
        found.append(place)
    return frozenset(found)


def related(one: str, other: str) -> bool:
    """Whether of two places, by their simplified Chinese names, one is or lies in the other: Hangzhou in Zhejiang.

    >>> related("杭州", "浙江"), related("长三角", "杭州"), related("上海", "浙江")
    (True, True, False)
    """
    return other in _around(one) or one in _around(other)


def places(text: str) -> tuple[str, ...]:
    """Return the places named in ``text`` by their simplified Chinese names, in order, each once.

    China itself is left out: it is what nearly every article here is about.
    """
    # "US" is a country, "us" is not, which case folding would lose.
    return named_in(fold(re.sub(r"\bUS\b", "U.S.", text)))


def named_in(folded: str) -> tuple[str, ...]:
    """Return the places that a folded text names, in which the country US has become "u.s."."""
    names, _, pattern = _table()
    # Phones type Xi’an.
    return tuple(dict.fromkeys(names[match.group()] for match in pattern.finditer(folded.replace("’", "'"))))


def place_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return where ``text`` names places, in order; none where folding changes its length."""
    folded = fold(text)
    return spans_in(folded) if len(folded) == len(text) else ()


def spans_in(folded: str) -> tuple[tuple[int, int], ...]:
    """Return where a folded text names places, in order."""
    return tuple(match.span() for match in _table()[2].finditer(folded.replace("’", "'")))
