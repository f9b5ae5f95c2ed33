"""What a chat model only thinks, told from what it says, in the marks of many models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from dgqa.data import table

_LONGEST = 64  # characters of a mark that a piece may end in
_BEGINNING = 64  # characters that tell a thought without marks from an answer
_MOST_HELD = 8_000  # characters that are held back where they may be the answer after all
_MARK_BEGINS = re.compile(r"[<‹＜〈\[◁【\\](?=[^>›＞〉\]▷】\s]*$)|<[^>]{0,48}$|\[[A-Z ]{0,24}$|&(?:l?t?|lt;[^&\n]{0,48}(?:&g?t?)?)$")

_UNFINISHED = re.compile(r"<\|(?:channel|start)\|?>(?:[^<]|<\|constrain\|>){0,48}(?:<[^>]*)?$|<\|start_header_id\|>[^>]{0,40}$|<\|im_start\|>\s*[a-z]{0,9}$")  # what follows it tells what it is


class Forget:
    """Says that all the text so far was a thought: its end came, and its beginning was not marked."""


FORGET: Final = Forget()


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A thought at the beginning of a text; where ``open``, it is the answer if its end never comes."""

    begins: re.Pattern[str]
    ends: re.Pattern[str]
    open: bool


@cache
def _marks() -> re.Pattern[str]:
    read = table("thinking")
    word = f"(?:{'|'.join(read['words'])})"
    kinds = (f"(?P<{kind}>{'|'.join(read[kind]).replace('{word}', word)})" for kind in ("opens", "closes", "answers", "ends", "nothing"))
    return re.compile("|".join(kinds), re.IGNORECASE)


@cache
def _spoken() -> tuple[_Spoken, ...]:
    return tuple(_Spoken(re.compile(form["begins"]), re.compile(form["ends"], re.IGNORECASE), form.get("open", False)) for form in table("thinking")["spoken"])


def unthinking(stream: Iterator[str]) -> Iterator[str | Forget]:
    """Leave out what a model thinks, however long, marks cut in two between pieces included; one that never ends is all thought."""
    reader = _Reader()
    held, begun = "", False
    spoken: _Spoken | None = None
    for piece in _pieces_and_end(stream):
        held += piece or ""
        last = piece is None
        if not begun and not last and len(held.lstrip()) < _BEGINNING:
            continue
        if not begun:
            begun = True
            spoken = next((form for form in _spoken() if form.begins.match(held.lstrip())), None)
        if spoken is not None:
            found = spoken.ends.search(held, max(0, len(held) - len(piece or "") - _LONGEST) if spoken.open else 0)
            if found is None or (found.end() == len(held) and not last):
                if not spoken.open:
                    held = held[-_LONGEST:]
                    continue
                if not last and len(held) <= _MOST_HELD:
                    continue
            else:
                held = held[found.end() :]
            spoken = None
        made, held = reader.read(held, last=last)
        yield from made
        if reader.over:
            return


def _pieces_and_end(stream: Iterator[str]) -> Iterator[str | None]:
    yield from stream
    yield None


class _Reader:
    """Tells thoughts from the rest by the marks around them."""

    def __init__(self) -> None:
        self.over = False  # the turn has ended
        self._inside = False
        self._answering = False
        self._said = False

    def read(self, held: str, *, last: bool) -> tuple[list[str | Forget], str]:
        """Return what is said, and the rest, which may be half a mark."""
        made: list[str | Forget] = []
        at = 0
        for mark in _marks().finditer(held):
            if not last and _UNFINISHED.match(held, mark.start()):
                self._say(held[at : mark.start()], made)
                return made, held[mark.start() :]
            self._say(held[at : mark.start()], made)
            self._pass(mark, made)
            at = mark.end()
            if self.over:
                return made, ""
        rest = held[at:]
        begins = None if last else _MARK_BEGINS.search(rest, max(0, len(rest) - _LONGEST))
        keep = begins.start() if begins else len(rest)
        self._say(rest[:keep], made)
        return made, rest[keep:]

    def _say(self, text: str, made: list[str | Forget]) -> None:
        if text and not self._inside:
            made.append(text)
            self._said = self._said or not text.isspace()

    def _pass(self, mark: re.Match[str], made: list[str | Forget]) -> None:
        kind = mark.lastgroup
        first = kind == "answers" and not self._answering
        if not self._inside and (kind == "closes" or first):
            made.append(FORGET)
            self._said = False
        self._answering = self._answering or kind == "answers"
        self.over = kind == "ends" and self._said and not self._inside
        self._inside = kind == "opens" or (self._inside and kind in ("nothing", "ends") and mark[0] != "<|end|>")
