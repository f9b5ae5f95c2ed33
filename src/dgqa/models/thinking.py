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
_MOST_HELD = 100_000  # characters that are held back where they may be the answer after all
_MARK_BEGINS = re.compile(r"[<＜\[◁【\\](?=[^>＞\]▷】\s]*$)|<[^>]{0,48}$|\[[A-Z ]{0,24}$|&(?:l?t?|lt;[^&\n]{0,48}(?:&g?t?)?)$")

_UNFINISHED = re.compile(r"<\|(?:channel|start)\|?>(?:[^<]|<\|constrain\|>){0,48}(?:<[^>]*)?$|<\|start_header_id\|>[^>]{0,40}$|<\|im_start\|>\s*[a-z]{0,9}$")  # what follows it tells what it is
_ANSWER_ENDS = re.compile(r"[ \t]{0,8}(?:\Z|[\n<\[])")
_BY_WHAT_FOLLOWS = ("closes_sentence", "unwraps_anywhere")
_NOTHING_FOLLOWS = re.compile(r"[ \t]{0,8}\Z")
_LINE_ENDS = re.compile(r"[ \t]{0,8}\n")
_BEFORE_A_LINE = " \t#*_>-"  # what Markdown puts there
_SENTENCE_ENDS = ("。", "！", "？", ".", "!", "?", "…", "]", "】")


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
    """Return the expression for all marks; the name of the group that a mark is in says what it does, and where."""
    read = table("thinking")
    tag, word = (f"(?:{'|'.join(read[name])})" for name in ("tags", "words"))
    kinds = (f"(?P<{kind['does']}_{kind['where']}>{'|'.join(kind['forms'])})" for kind in read["marks"])
    return re.compile("|".join(kinds).replace("{tag}", tag).replace("{word}", word), re.IGNORECASE)


@cache
def _spoken() -> tuple[_Spoken, ...]:
    return tuple(_Spoken(re.compile(form["begins"]), re.compile(form["ends"], re.IGNORECASE), form.get("open", False)) for form in table("thinking")["spoken"])


def unthinking(stream: Iterator[str]) -> Iterator[str | Forget]:
    """Leave out what a model thinks, however long, marks cut in two between pieces included; one that never ends is all thought where its mark is sure."""
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
    """Tells thoughts from the rest by the marks around them; see thinking.toml for what these do, and where."""

    def __init__(self) -> None:
        self.over = False  # the turn has ended
        self._inside: str | None = None  # of what opened the thought
        self._kept: list[str] | None = None  # a thought that is text if it never closes
        self._answering = False
        self._said = False
        self._before = ""  # the character before, "" at the beginning and behind a mark

    def read(self, held: str, *, last: bool) -> tuple[list[str | Forget], str]:
        """Return what is said, and the rest, which may be half a mark."""
        made: list[str | Forget] = []
        at = 0
        for mark in _marks().finditer(held):
            self._say(held[at : mark.start()], made)
            at = mark.start()
            if not last and (_UNFINISHED.match(held, at) or (mark.lastgroup in _BY_WHAT_FOLLOWS and _NOTHING_FOLLOWS.match(held, mark.end()))):
                return made, held[at:]
            if self._does(mark, made):
                self._before = ""
                at = mark.end()
            if self.over:
                return made, ""
        rest = held[at:]
        begins = None if last else _MARK_BEGINS.search(rest, max(0, len(rest) - _LONGEST))
        keep = begins.start() if begins else len(rest)
        self._say(rest[:keep], made)
        if last:
            self._release(made)
        return made, rest[keep:]

    def _say(self, text: str, made: list[str | Forget]) -> None:
        if seen := text.rstrip(_BEFORE_A_LINE):
            self._before = seen[-1]
        if self._kept is not None:
            self._kept.append(text)
        elif text and self._inside is None:
            made.append(text)
            self._said = self._said or not text.isspace()

    def _release(self, made: list[str | Forget]) -> None:
        """Say what seemed to be a thought, and did not close."""
        if self._kept is not None:
            text, self._kept, self._inside = "".join(self._kept), None, None
            self._say(text, made)

    def _stands(self, where: str) -> bool:
        """Whether what comes next stands in such a place."""
        return where == "anywhere" or self._before in ("", "\n") or (where == "sentence" and self._before in _SENTENCE_ENDS)

    def _does(self, mark: re.Match[str], made: list[str | Forget]) -> bool:
        """Do what a mark does; False if it is text."""
        does, _, where = (mark.lastgroup or "").partition("_")
        if does == "closes":
            return self._close(where, made, sure=self._stands(where) or _LINE_ENDS.match(mark.string, mark.end()) is not None)
        if does == "unwraps":
            return self._answering or _ANSWER_ENDS.match(mark.string, mark.end()) is not None
        if not self._stands(where):
            return False
        if does == "opens":
            return self._open(mark[0], where)
        if does in ("answers", "wraps"):
            return self._answer(made, wraps=does == "wraps")
        if does == "ends":
            self._release(made)
            self.over = self._said and self._inside is None
        elif does == "stops":
            self._release(made)
            self._inside = None
        return True

    def _open(self, mark: str, where: str) -> bool:
        if self._inside is not None:
            return False
        self._inside = where
        self._kept = [mark] if where == "line" or (where == "sentence" and self._said) else None
        return True

    def _close(self, where: str, made: list[str | Forget], *, sure: bool) -> bool:
        if self._inside is not None and (where != "line" or self._inside == "line"):
            self._inside = self._kept = None
            return True
        if self._inside is not None or where == "line" or not sure:
            return False
        made.append(FORGET)
        self._said = False
        return True

    def _answer(self, made: list[str | Forget], *, wraps: bool) -> bool:
        if wraps and self._said:
            return False
        if not wraps and self._inside is None and not self._answering:
            made.append(FORGET)
            self._said = False
        self._inside = self._kept = None
        self._answering = True
        return True
