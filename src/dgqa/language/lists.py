"""Find the lists among neighbouring sentences, each with the sentence that announces it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dgqa.data import Pattern
from dgqa.language.numerals import whole
from dgqa.types import Sentence

_MAX_ITEMS = 12  # that are below none of the others
_BELOW = " › "  # between an inner item and those that it stands under
_MAX_BODY = 2  # sentences that may explain an item before the next one begins
_ANNOUNCES = Pattern("language/lists", "announces")
_ITEM = Pattern("language/lists", "item")
_BULLET = re.compile(r"(?:^|\n)[ \t>]*(?:[-*+•·▪◦‣●○■□◆◇]|\d{1,2}[.)、])[ \t]*[*_]{0,2}$|<li\b[^>]*>(?:\s|<[^>]*>)*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list among sentences: the place of its lead, -1 for none, and the places of all its sentences in order."""

    lead: int
    members: tuple[int, ...]


def is_item(text: str) -> bool:
    """Whether a sentence begins as an item of a list does: 第一，二是，其三，（4），⑤，首先.

    >>> is_item("二是数据共享。"), is_item("一体化平台建成。")
    (True, False)
    """
    return _ITEM.match(text) is not None


def announces(text: str) -> bool:
    """Whether a sentence ends by announcing a list: with a colon, or with a count of things such as 四项原则。"""
    return _ANNOUNCES.search(text.rstrip()) is not None


def listings(sentences: Sequence[Sentence], gaps: Sequence[str] = ()) -> tuple[Listing, ...]:
    """Return the lists among sentences in reading order; they don't overlap.

    Behind a sentence that announces a list stand its items: numbered or bulleted ones, those that all but the last
    end with a semicolon, and after a colon as many as it says. Numbered items without such a sentence take the one
    before them for their lead.

    Args:
        sentences: in reading order.
        gaps: the raw text before every sentence, where bullets and tags stand; none known by default.
    """
    texts = [sentence.text.strip() for sentence in sentences]
    marked = [bool(_BULLET.search(gap[-80:])) for gap in gaps] or [False] * len(texts)
    found: list[Listing] = []
    at = 0
    while at < len(texts):
        made = _at(texts, marked, at)
        # A sentence that ends one list may announce the next, but stands in one alone.
        if made is not None and found and made.members[0] in found[-1].members:
            made = Listing(-1, made.members[1:])
        if made is None:
            at += 1
            continue
        found.append(made)
        at = made.members[-1] + 1
    return tuple(found)


def _at(texts: Sequence[str], marked: Sequence[bool], at: int) -> Listing | None:
    """Return the list whose lead, or without one whose first item, stands at ``at``."""
    announced = _ANNOUNCES.search(texts[at])
    if announced:
        items = _items(texts, marked, at + 1, announced)
        return Listing(at, (at, *items)) if items else None
    if not _ITEM.match(texts[at]):
        return None
    # 一是…； in the middle of a long sentence that was cut at its semicolons.
    cut = at > 0 and texts[at - 1].endswith(("；", ";"))
    if not _begins(texts[at]) and not cut:
        return None
    items = _items(texts, marked, at, None)
    if sum(is_item(texts[i]) for i in items) < (1 if cut else 2):
        return None
    return Listing(at - 1, (at - 1, *items)) if at else Listing(-1, items)


def _items(texts: Sequence[str], marked: Sequence[bool], start: int, announced: re.Match[str] | None) -> tuple[int, ...]:
    """Return the places of a list's items from ``start`` on, with what explains them between two of them."""
    if start >= len(texts):
        return ()
    count = 0
    if announced is not None and announced["count"]:
        count = whole(announced["count"])
    colon = announced is not None and announced.group().endswith(("：", ":"))
    first = _kind(texts[start], marked[start])
    places: list[int] = []
    at = start
    while at < len(texts) and (_BELOW in texts[at] or sum(_BELOW not in texts[place] for place in places) < _MAX_ITEMS):
        text = texts[at]
        if first:
            if places and _kind(text, marked[at]) == first != "bullet" and _begins(text):
                break  # the first item of the next list
            if _kind(text, marked[at]) != first:
                ahead = _ahead(texts, marked, at, first)
                if ahead is None:
                    break
                places += range(at, ahead)
                at = ahead
                continue
        elif not ((places and texts[places[-1]].endswith(("；", ";"))) or (colon and not places) or (colon and len(places) < count)):
            break
        places.append(at)
        at += 1
    return tuple(places)


def _begins(text: str) -> bool:
    """Whether a sentence is the first item of a list."""
    match = _ITEM.match(text)
    return match is not None and (match.lastgroup == "start" or match[match.lastgroup or 0] in {"一", "1", "①"})


def _kind(text: str, marked: bool) -> str:
    """Return what marks a sentence as an item, "" if nothing does."""
    match = _ITEM.match(text)
    if match is None:
        return "bullet" if marked else ""
    kind = match.lastgroup or ""
    return "words" if kind in ("start", "next") else kind


def _ahead(texts: Sequence[str], marked: Sequence[bool], at: int, first: str) -> int | None:
    """Return where the next item stands behind what explains the last one, None where none follows soon."""
    for place in range(at, min(at + 1 + _MAX_BODY, len(texts))):
        if _kind(texts[place], marked[place]) == first:
            # The explanation of the last item would be followed by the first one of another list.
            return place if first == "bullet" or not _begins(texts[place]) else None
    return None
