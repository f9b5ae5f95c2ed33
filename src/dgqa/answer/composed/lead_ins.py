"""Recognise what chat models say around an answer: lead-ins, courtesies, lists of sources."""

from __future__ import annotations

import re

from dgqa.data import Pattern

_LEADS = Pattern("drafting", "leads")
_COURTESIES = Pattern("drafting", "courtesies")
_SOURCES_FOLLOW = Pattern("drafting", "sources_follow")


def without_leads(text: str) -> str:
    """Return a sentence without what leads to it: "根据您提供的证据，我整理如下："."""
    while found := _LEADS.match(text):
        text = text[found.end() :]
    return text


def is_courtesy(text: str) -> bool:
    """Whether a sentence is there for politeness alone."""
    return _COURTESIES.fullmatch(text.strip()) is not None


def lists_sources(line: str) -> bool:
    """Whether a line says that only sources follow, or lists some itself."""
    bare = line.strip(" \t#*_-—>")
    found = _SOURCES_FOLLOW.match(bare)
    if found is None:
        return re.match(r"\[\^?\d{1,3}\]\s*[:：]", bare) is not None
    rest = bare[found.end() :].strip("*_ ")
    return not rest or (rest[0] in ":：" and (not rest[1:].strip("*_ ") or re.match(r"[:：]\W*[\[【（(]?\s*(?:\D{0,4}\d{1,3})", rest) is not None))
