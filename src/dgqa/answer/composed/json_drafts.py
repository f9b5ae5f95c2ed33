"""Read answers that a chat model writes as JSON while they grow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from dgqa.data import Pattern, table

_BEGINS = re.compile(r"(?:^|\n)\s*(?:```(?:json)?\s*)?(?:\{\s*\"|\[\s*\{\s*\")|```json")

_NOTHING = Pattern("drafting", "nothing_missing")

Item = tuple[str, tuple[int, ...], str]  # text, numbers, quote


@dataclass(frozen=True, slots=True)
class Missing:
    """What the question asks for and the evidence does not say, in the model's words; "" where it says no more."""

    text: str


def begins_json(text: str) -> bool:
    """Whether a text goes over into JSON."""
    return _BEGINS.search(text) is not None


def nothing_missing(text: str) -> bool:
    """Whether these are words for nothing."""
    return _NOTHING.fullmatch(text.strip()) is not None


def _keys(name: str) -> tuple[str, ...]:
    return tuple(table("drafting")["json"][name])


@cache
def _array() -> re.Pattern[str]:
    return re.compile(rf"\"(?:{'|'.join(_keys('sentences'))})\"\s*:\s*\[\s*(?=\{{|$)|^\s*(?:```(?:json)?\s*)?\[\s*(?=\{{)")


class JsonDraft:
    """A document that grows; its sentences are given out one by one."""

    def __init__(self) -> None:
        """Nothing is there yet."""
        self._text = ""
        self._at = -1  # where the next sentence begins
        self._given = 0

    def take(self, text: str) -> Iterator[Item | Missing]:
        """Add text, and yield the sentences that are complete with it."""
        self._text += text
        if self._at < 0:
            found = _array().search(self._text)
            if found is None:
                return
            self._at = found.end()
        while True:
            start = self._at + len(self._text[self._at :]) - len(self._text[self._at :].lstrip(" \t\r\n,"))
            if not self._text.startswith("{", start):
                return
            try:
                value, end = json.JSONDecoder().raw_decode(self._text, start)
            except (ValueError, RecursionError):
                return
            self._at = end
            if (item := _item(value)) is not None:
                self._given += 1
                yield item

    def end(self) -> Iterator[Item | Missing]:
        """Yield what the whole document says besides."""
        start = min((at for at in (self._text.find("{"), self._text.find("[{")) if at >= 0), default=-1)
        value: Any = None
        if start >= 0:
            try:
                value, _ = json.JSONDecoder().raw_decode(self._text, start)
            except (ValueError, RecursionError):
                value = None
        if not self._given:
            yield from self._whole(value)
        if isinstance(value, dict):
            for key in _keys("missing"):
                said = value.get(key)
                text = "；".join(part for part in said if isinstance(part, str)) if isinstance(said, list) else said if isinstance(said, str) else ""
                if key in value and not nothing_missing(text):
                    yield Missing(" ".join(text.split()))

    def _whole(self, value: Any) -> Iterator[Item]:
        """Read an answer that is one text, in a document that may be cut off."""
        if isinstance(value, dict):
            for key in _keys("whole"):
                said = value.get(key)
                if isinstance(said, str) and said.strip():
                    yield said, _numbers(value), ""
                    return
                if isinstance(said, list) and all(isinstance(part, str) for part in said):
                    yield from ((part, (), "") for part in said)
                    return
        cut = re.search(rf"\"(?:{'|'.join((*_keys('whole'), *_keys('text')))})\"\s*:\s*\"((?:[^\"\\]|\\.)*)", self._text)
        if cut is not None:
            yield re.sub(r"\\n", "\n", cut[1]).replace('\\"', '"'), (), ""


def _item(value: Any) -> Item | None:
    if not isinstance(value, dict):
        return None
    text = next((value[key] for key in _keys("text") if isinstance(value.get(key), str)), None)
    if not text or not text.strip():
        return None
    quote = next((value[key] for key in _keys("quote") if value.get(key)), "")
    quote = quote[0] if isinstance(quote, list) and quote else quote
    return text, _numbers(value), quote if isinstance(quote, str) else ""


def _numbers(value: Mapping[str, Any]) -> tuple[int, ...]:
    given = next((value[key] for key in _keys("numbers") if value.get(key)), ())
    parts = given if isinstance(given, list) else [given]
    return tuple(dict.fromkeys(int(number) for part in parts for number in re.findall(r"(?<![\d.])\d{1,3}(?!\d)", str(part))))
