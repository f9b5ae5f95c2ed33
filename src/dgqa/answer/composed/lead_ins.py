"""Recognise what chat models say around an answer: lead-ins, courtesies, lists of sources."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any


@cache
def drafting() -> Mapping[str, Any]:
    """Return data/drafting.toml."""
    return tomllib.loads(resources.files("dgqa").joinpath("data", "drafting.toml").read_text("utf-8"))


@cache
def _pattern(name: str) -> re.Pattern[str]:
    given = drafting()[name]
    return re.compile(f"(?:{given if isinstance(given, str) else '|'.join(given)})", re.IGNORECASE)


def without_leads(text: str) -> str:
    """Return a sentence without what leads to it: "根据您提供的证据，我整理如下："."""
    while found := _pattern("leads").match(text):
        text = text[found.end() :]
    return text


def is_courtesy(text: str) -> bool:
    """Whether a sentence is there for politeness alone."""
    return _pattern("courtesies").fullmatch(text.strip()) is not None


def lists_sources(line: str) -> bool:
    """Whether a line says that only sources follow, or lists some itself."""
    bare = line.strip(" \t#*_-—>")
    found = re.match(rf"{drafting()['sources_follow']}(?![^\W_])", bare, re.IGNORECASE)
    if found is None:
        return re.match(r"\[\^?\d{1,3}\]\s*[:：]", bare) is not None
    rest = bare[found.end() :].strip("*_ ")
    return not rest or (rest[0] in ":：" and (not rest[1:].strip("*_ ") or re.match(r"[:：]\W*[\[【（(]?\s*(?:\D{0,4}\d{1,3})", rest) is not None))
