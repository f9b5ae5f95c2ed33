"""What a chat model only thinks, told from what it says, in the marks of many models."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from dgqa.data import table

_LONGEST = 64  # characters of a mark that a piece may end in
_BEGINNING = 48  # characters that tell a thought without marks from an answer
_MARK_BEGINS = re.compile(r"[<\[◁](?=[^>\]▷\s]*$)|<[^>]{0,48}$")

_UNFINISHED = re.compile(r"<\|(?:channel|start)\|?>[^<]{0,48}(?:<[^>]*)?$")  # what follows it tells what it is


class Forget:
    """Says that all the text so far was a thought: its end came, and its beginning was not marked."""


FORGET: Final = Forget()


@dataclass(frozen=True, slots=True)
class _Marks:
    any: re.Pattern[str]
    spoken: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]


@cache
def _marks() -> _Marks:
    read = table("thinking")
    kinds = "|".join(f"(?P<{kind}>{'|'.join(read[kind])})" for kind in ("opens", "closes", "answers", "nothing"))
    spoken = tuple((re.compile(form["begins"]), re.compile(form["ends"], re.IGNORECASE)) for form in read["spoken"])
    return _Marks(re.compile(kinds, re.IGNORECASE), spoken)


def unthinking(stream: Iterator[str]) -> Iterator[str | Forget]:
    """Leave out what a model thinks, however long, marks cut in two between pieces included; one that never ends is all thought."""
    marks = _marks()
    held, inside, begun = "", False, False
    ends: re.Pattern[str] | None = None
    for piece in _pieces_and_end(stream):
        held += piece or ""
        last = piece is None
        if not begun and not inside:
            if not last and len(held.lstrip()) < _BEGINNING:
                continue
            begun = True
            for begins, ending in marks.spoken:
                if begins.match(held.lstrip()):
                    inside, ends = True, ending
        if ends is not None:
            found = ends.search(held)
            if found is None or (found.end() == len(held) and not last):
                held = held[-_LONGEST:]
                continue
            held, inside, ends = held[found.end() :], False, None
        held, inside, made = _read(held, inside, marks.any, last=last)
        yield from made


def _pieces_and_end(stream: Iterator[str]) -> Iterator[str | None]:
    yield from stream
    yield None


def _read(held: str, inside: bool, pattern: re.Pattern[str], *, last: bool) -> tuple[str, bool, list[str | Forget]]:
    """Return what may go on, whether it is a thought, and what is said before it."""
    made: list[str | Forget] = []
    at = 0
    for mark in pattern.finditer(held):
        if not last and _UNFINISHED.match(held, mark.start()):
            return held[mark.start() :], inside, [*made, *([held[at : mark.start()]] if not inside and mark.start() > at else ())]
        before = held[at : mark.start()]
        kind = mark.lastgroup
        bare = not inside and kind in ("closes", "answers")
        if bare:
            made.append(FORGET)
        elif not inside and before:
            made.append(before)
        inside = kind == "opens" or (inside and kind == "nothing" and mark[0] != "<|end|>")
        at = mark.end()
    rest = held[at:]
    begins = None if last else _MARK_BEGINS.search(rest, max(0, len(rest) - _LONGEST))
    keep = begins.start() if begins else len(rest)
    if not inside and rest[:keep]:
        made.append(rest[:keep])
    return rest[keep:], inside, made
