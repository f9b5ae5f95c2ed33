"""Read answers that a chat model writes as JSON, or nearly so, while they grow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from dgqa.data import Pattern, table

_NOTHING = Pattern("drafting", "nothing_missing")
_QUOTES = {'"': '"', "'": "'", "“": "”"}
_SPACE = re.compile(r"(?:[\s,，]|//[^\n]*|/\*.*?(?:\*/|$))*", re.DOTALL)
_BEHIND_A_TEXT = re.compile(r"\s*(?:[,，:：}｝\]]|//|/\*|$)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": ""}
_BARE = re.compile(r"[^\s,，:：{}｛｝\[\]]+")
_OPENED = re.compile(r"[{｛\[]")
_CODE = re.compile(r"u([0-9a-fA-F]{4})")
_LIST_IN_PROSE = re.compile(r"\s*\[[^\[\]{}]*\]\s*[^\W\d_]")
_DEEPEST = 40  # documents in documents
_LONGEST_NUMBERS = 24  # characters of what names evidence, not quotes it

Item = tuple[str, tuple[int, ...], str]  # text, numbers, quote


@dataclass(frozen=True, slots=True)
class Missing:
    """What the question asks for and the evidence does not say, in the model's words; "" where it says no more."""

    text: str


def json_start(text: str) -> int | None:
    """Return where a text goes over into JSON, None where it does not."""
    found = _begins().search(text)
    return None if found is None else found.start()


def values_of(text: str) -> Iterator[Any]:
    """Yield the objects and lists of a text that is JSON, or nearly so."""
    return _Loose(text).values()


def nothing_missing(text: str) -> bool:
    """Whether these are words for nothing."""
    return _NOTHING.fullmatch(text.strip()) is not None


def _keys(name: str) -> tuple[str, ...]:
    return tuple(table("drafting")["json"][name])


@cache
def _begins() -> re.Pattern[str]:
    known = "|".join(key for name in table("drafting")["json"] for key in _keys(name))
    return re.compile(rf"(?:^|\n)\s{{0,40}}(?:`{{3}}\w*\s{{0,40}})?(?:\{{\s*[\"\n]|\[\s*\{{\s*[\"'“])|^\s{{0,40}}(?:`{{3}}\w*\s{{0,40}})?\[\s*\"|`{{3}}jsonl?|(?:^|\n)\s{{0,40}}[{{｛]\s*[\"'“]?(?:{known})[\"'”]?\s*[:：]|(?:[:：]|[A-Z_]\])\s{{0,40}}[{{｛]\s*[\"'“](?:{known})[\"'”]\s*[:：]", re.IGNORECASE)


class JsonDraft:
    """A document that grows; its sentences are given out one by one."""

    def __init__(self) -> None:
        """Nothing is there yet."""
        self._text = ""
        self._given = 0

    def take(self, text: str) -> Iterator[Item | Missing]:
        """Add text, and yield the sentences that are complete with it."""
        self._text += text
        if "}" in text or "｝" in text:
            found = [item for item in _items(self._text) if not isinstance(item, Missing)]
            yield from found[self._given :]
            self._given = max(self._given, len(found))

    @property
    def is_prose(self) -> bool:
        """Whether the text only looked like a document: it has no field of an answer, or it goes on behind a list."""
        return not self._given and (_LIST_IN_PROSE.match(self._text) is not None or not any(_has_answer(value) for value in values_of(self._text)))

    @property
    def text(self) -> str:
        """All of it, as it was written."""
        return self._text

    def end(self) -> Iterator[Item | Missing]:
        """Yield the rest, and what the document says besides; of what `is_prose` nothing can be said."""
        found = _items(self._text)
        said = [item for item in found if not isinstance(item, Missing)]
        # What breaks off counts where nothing else is there.
        yield from said[self._given :]
        yield from (item for item in (found if said else _items(self._text, torn=True)) if item not in said)


class _Torn(dict[str, Any]):
    """An object that is not closed."""


class _Bare(str):
    """A word without quotes, which is no text."""

    __slots__ = ()


class _Loose:
    """Reads JSON with comments, any quotes, names without quotes, commas too many, and an end that lacks."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def values(self) -> Iterator[Any]:
        """Yield every object and list of the text, whatever stands between them."""
        while found := _OPENED.search(self._text, self._at):
            self._at = found.start()
            yield self._value(0)

    def _value(self, depth: int) -> Any:
        self._skip()
        char = self._text[self._at : self._at + 1]
        if depth > _DEEPEST or not char:
            self._at = len(self._text)
            return None
        if char in "{｛":
            return self._object(depth)
        if char == "[":
            return self._list(depth)
        if char in _QUOTES:
            return self._string(_QUOTES[char])
        found = _BARE.match(self._text, self._at)
        self._at = found.end() if found else self._at + 1
        return _Bare(found[0]) if found and found[0] not in ("null", "None", "true", "True", "false", "False") else None

    def _object(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        self._at += 1
        while True:
            self._skip()
            if self._text[self._at : self._at + 1] in ("}", "｝"):
                self._at += 1
                return made
            if self._at >= len(self._text):
                return _Torn(made)
            key = self._value(depth + 1)
            self._skip()
            if self._text[self._at : self._at + 1] in (":", "："):
                self._at += 1
                made[str(key)] = self._value(depth + 1)

    def _list(self, depth: int) -> list[Any]:
        made: list[Any] = []
        self._at += 1
        while True:
            self._skip()
            if self._text[self._at : self._at + 1] == "]" or self._at >= len(self._text):
                self._at += 1
                return made
            made.append(self._value(depth + 1))

    def _string(self, closing: str) -> str:
        made: list[str] = []
        self._at += 1
        while self._at < len(self._text):
            char = self._text[self._at]
            self._at += 1
            if char == closing and _BEHIND_A_TEXT.match(self._text, self._at):
                break
            if char == "\\":
                char = self._text[self._at : self._at + 1]
                code = _CODE.match(self._text, self._at)
                self._at += 5 if code else 1
                char = chr(int(code[1], 16)) if code else _ESCAPES.get(char, char)
            made.append(char)
        # What lies beyond four digits is written as two codes.
        return "".join(made).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at


def _items(text: str, *, torn: bool = False) -> list[Item | Missing]:
    """Return what a document says, objects that are not closed left out unless ``torn``."""
    found = [item for value in values_of(text) for item in _walk(value, torn=torn)]
    return [*(item for item in found if not isinstance(item, Missing)), *(item for item in found if isinstance(item, Missing))]


def _has_answer(value: Any) -> bool:
    """Whether a value is a text, or has a field that answers have."""
    if isinstance(value, list):
        return any(map(_has_answer, value))
    if isinstance(value, dict):
        return any(key in _keys(name) for key in value for name in ("sentences", "text", "missing", "whole", "thoughts")) or any(isinstance(part, (dict, list)) and _has_answer(part) for part in value.values())
    return isinstance(value, str) and not isinstance(value, _Bare)


def _walk(value: Any, *, torn: bool) -> Iterator[Item | Missing]:
    if isinstance(value, list):
        for part in value:
            yield from [(part, (), "")] if isinstance(part, str) and not isinstance(part, _Bare) and re.search(r"[^\W\d_]", part) else _walk(part, torn=torn)
        return
    if not isinstance(value, dict):
        return
    text = next((value[key] for key in _keys("text") if isinstance(value.get(key), str)), "")
    if text.strip() and (torn or not isinstance(value, _Torn)):
        quote = next((value[key] for key in _keys("quote") if value.get(key)), "")
        quote = quote[0] if isinstance(quote, list) and quote else quote
        yield text, _numbers(value), quote if isinstance(quote, str) else ""
    for key, part in value.items():
        if key in _keys("missing"):
            said = "；".join(one for one in part if isinstance(one, str)) if isinstance(part, list) else part if isinstance(part, str) else ""
            yield from () if nothing_missing(said) else (Missing(" ".join(said.split())),)
        elif isinstance(part, str) and key in _keys("whole") and not text and (torn or not isinstance(value, _Torn)):
            yield from _items(part, torn=torn) if part.lstrip().startswith(("{", "[{")) else [(part, _numbers(value), "")]
        elif isinstance(part, (dict, list)) and key not in (*_keys("quote"), *_keys("thoughts")) and (key in _keys("sentences") or key not in _keys("numbers")):
            yield from _walk(part, torn=torn)


def _numbers(value: Mapping[str, Any]) -> tuple[int, ...]:
    given = next((value[key] for key in _keys("numbers") if value.get(key)), ())
    found: list[int] = []
    for part in given if isinstance(given, list) else [given]:
        if isinstance(part, dict):
            found += _numbers(part)
        elif len(str(part)) <= _LONGEST_NUMBERS:
            found += map(int, re.findall(r"(?<![\d.])\d{1,3}(?!\d)", str(part)))
    return tuple(dict.fromkeys(found))
