"""Recognise what chat models say around an answer: lead-ins, courtesies, lists of sources."""

from __future__ import annotations

import re

from dgqa.data import Pattern

_LEADS = Pattern("drafting", "leads")
_COURTESIES = Pattern("drafting", "courtesies")
_SOURCES_FOLLOW = Pattern("drafting", "sources_follow")
_TITLED = Pattern("drafting", "titled")
_NUMBERED = re.compile(r"\D{0,4}\[\d|(?:\D{0,2}\d{1,3}\s*[,，、.。]?\s*)+$")
# "[^1]: …", "[3] 《…》，第二节"
_ENTRY = re.compile(r"\s*\[\^?\d{1,3}\]\s*(?:[:：]|《[^》]*》(?:[，,、›\s]*(?:第[^。]{1,6}[节節章条條款页頁]|[（(][^）)]*[)）]))*\s*$)")


def without_leads(text: str) -> str:
    """Return a sentence without what leads to it: "根据您提供的证据，我整理如下："."""
    while found := _LEADS.match(text):
        text = text[found.end() :]
    return text


def is_courtesy(text: str) -> bool:
    """Whether a sentence is there for politeness alone."""
    return _COURTESIES.fullmatch(text.strip(" *_")) is not None


def lists_sources(line: str) -> bool:
    """Whether a line says that only sources follow, or lists some itself."""
    if _ENTRY.match(line):
        return True
    bare = re.sub(r"^[^\w]+", "", line)
    found = _SOURCES_FOLLOW.match(bare)
    if found is None:
        return False
    named, rest = found[0], bare[found.end() :].strip("】*_ )）")
    if rest[:1] not in (":", "：") and not re.fullmatch(r"(?:\[[\d,-]+\]\W*)+", rest):
        return not rest
    given = rest.lstrip(":：*_ ")
    return not given or _NUMBERED.match(given) is not None or (given.startswith("《") and _TITLED.match(named) is not None)


def is_entry(line: str) -> bool:
    """Whether a line may stand in a list of sources: it begins with a mark, a number or a title."""
    return re.match(r"\s*(?:[-*•>]|\d{1,2}[.、)]|\[|[《“\"「（(]|https?:)", line) is not None
