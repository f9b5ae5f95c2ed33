"""Hold the evidence that a model's sentence or a question's premise is judged by, and the shape of a rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from dgqa.data import Pattern
from dgqa.language.reading import Text
from dgqa.language.values import Amount, Date, stands_for
from dgqa.question.parsing import Question

SUPPORT_THRESHOLD = 0.6  # share of a sentence's bigrams that its evidence must hold
_EXPLAINS = Pattern("claims/claim", "explains")
_STATES = Pattern("claims/claim", "states")
_AS_WHAT = re.compile(r"(?<![是因，,、\s])为什么(?=[？?。！]?\s*$)")
_NUMBERING = re.compile(r"(?:(?<=› )|^)(?:第?[一二三四五六七八九十百]+[、.．章节節编編]|[（(][一二三四五六七八九十\d]+[)）]|\d+(?:\.\d+)*[、.．\s])\s*")


@dataclass(frozen=True)
class Statement(Text):
    """A sentence that is judged, or a piece of evidence that others are judged by.

    Evidence has a ``number`` from 1, ``about``, its headings, title and author, and ``context``, all that says what it is about.
    """

    number: int = 0
    about: str = ""
    context: str = ""

    @cached_property
    def whole(self) -> Text:
        """The text with what it stands under."""
        return Text(f"{self.text}\n{self.about}")

    @cached_property
    def setting(self) -> Text:
        """The context, read."""
        return Text(self.context)

    @cached_property
    def held(self) -> frozenset[str]:
        """The bigrams of the text and of what it stands under."""
        return self.bigrams | Text(self.about).bigrams


@dataclass(frozen=True)
class Grounds:
    """Pieces of evidence taken together."""

    pieces: tuple[Statement, ...]

    @cached_property
    def said(self) -> Text:
        """The sentences alone, a line each."""
        return Text("\n".join(piece.text for piece in self.pieces))

    @cached_property
    def whole(self) -> Text:
        """The sentences with what they stand under."""
        return Text("\n".join(piece.whole.text for piece in self.pieces))


@dataclass(frozen=True)
class Premise:
    """A question and the evidence that what it takes for granted is judged by."""

    question: Question
    grounds: Grounds

    @cached_property
    def asked(self) -> str:
        """The question folded, with 为什么 at its end, where it asks for a name, made "for what thing"."""
        return _AS_WHAT.sub("为何物", self.question.asked)

    @cached_property
    def explains(self) -> bool:
        """Whether the question asks for a reason, a way or an effect, or states something first: it takes the rest for granted."""
        return bool(_EXPLAINS.search(self.asked.replace("为何物", "")) or _STATES.search(self.asked))


class Rule(NamedTuple):
    """One way in which a question can take for granted what its evidence says otherwise.

    ``name`` is what traces, reports and ``without`` call it; ``disputes`` returns what is disputed, "" for nothing.
    """

    name: str
    disputes: Callable[[Premise], str]


def unnumbered(path: str) -> str:
    """Return a path of headings without their numbers, which state nothing: "三、平台 › （二）分工" is "平台 › 分工"."""
    return _NUMBERING.sub("", path)


def harmless(value: Amount | Date) -> bool:
    """Whether a value is no more than an article: "one of the goals", 一个."""
    return isinstance(value, Amount) and value.kind == "number" and value.value == 1 and value.surface in ("one", "一")


def stated(value: Amount | Date, evidence: Text) -> bool:
    """Whether evidence states a value."""
    return any(stands_for(value, found) for found in evidence.values)


def missing_values(sentence: Text, evidence: Text) -> tuple[Amount | Date, ...]:
    """Return the numbers and dates of ``sentence`` that ``evidence`` does not state."""
    return tuple(value for value in sentence.values if not stated(value, evidence))


def supports(sentence: Text, evidence: Text) -> float:
    """Return how far ``evidence`` supports ``sentence``, in 0..1.

    It is the share of the sentence's folded character bigrams that occur in the evidence; 0 where the
    sentence has a number or a date that the evidence does not state.
    """
    wanted = sentence.bigrams
    if not wanted or missing_values(sentence, evidence):
        return 0.0
    return len(wanted & evidence.bigrams) / len(wanted)
