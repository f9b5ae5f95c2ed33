"""What is claimed, a model's sentence or a question's premise, the evidence that it is judged by, and the shape of a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, Protocol

from dgqa.data import Pattern
from dgqa.language.reading import Text
from dgqa.language.text import FUNCTION_WORDS, segmented
from dgqa.language.values import Amount, Date, stands_for
from dgqa.messages import Language
from dgqa.question.parsing import Question

SUPPORT_THRESHOLD = 0.6  # share of a sentence's bigrams that its evidence must hold
Fault = Literal["value", "name", "pairing", "negation", "scope", "entity", "support", "premise"]
_EXPLAINS = Pattern("claims/claim", "explains")
_STATES = Pattern("claims/claim", "states")
_AS_WHAT = re.compile(r"(?<![是因，,、\s])为什么(?=[？?。！]?\s*$)")
_PRESUMES = Pattern("claims/claim", "presumes")
_ASKING = re.compile(r"[\d.%]+|什么|怎么|怎样|如何|多少|哪些|哪个|反而|居然|已经|这么|那么|至今|迟迟")
_NUMBERING = re.compile(r"(?:(?<=› )|^)(?:第?[一二三四五六七八九十百]+[、.．章节節编編]|[（(][一二三四五六七八九十\d]+[)）]|\d+(?:\.\d+)*[、.．\s])\s*")
_NOTHING, _NO_QUESTION = Text(""), Question("")


@dataclass(frozen=True)
class Statement(Text):
    """A sentence that is judged, or a piece of evidence that others are judged by.

    Evidence has a ``number`` from 1, ``about``, its headings, title and author, ``group``, the passage it stands in,
    ``context``, all that says what it is about, and ``confidence``, the probability, in 0..1, that it answers the question.
    """

    number: int = 0
    about: str = ""
    group: int = -1
    context: str = ""
    confidence: float = 1.0

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
    """Pieces of evidence taken together; ``around`` is all that was found, chosen or not, passages parted by a null character."""

    pieces: tuple[Statement, ...]
    around: Text = _NOTHING

    @cached_property
    def said(self) -> Text:
        """The sentences alone, a line each."""
        return Text("\n".join(piece.text for piece in self.pieces))

    @cached_property
    def whole(self) -> Text:
        """The sentences with what they stand under."""
        return Text("\n".join(piece.whole.text for piece in self.pieces))

    @cached_property
    def clauses(self) -> tuple[Text, ...]:
        """The clauses of all the sentences."""
        return tuple(clause for piece in self.pieces for clause in piece.clauses)


_NO_GROUNDS = Grounds(())


class Likeness(Protocol):
    """Compares texts of two languages by their meaning."""

    def likeness(self, one: Sequence[str], other: Sequence[str]) -> Any:
        """Return the cosines of each of ``one`` with each of ``other``, float32 of shape (len(one), len(other))."""

    def nearer_to_others(self, part: str, told: Sequence[tuple[str, bool]]) -> bool:
        """Whether a part is nearer to one of the texts that are not its own than to all that are."""


@dataclass(frozen=True)
class Case:
    """A claim and all that it is judged by: some ``grounds``, ``every`` piece of evidence there is, and what was asked.

    Of a premise the claim is the question itself. ``across`` compares languages; ``nearest`` are the grounds, the nearest in
    meaning to an English sentence first.
    """

    claim: Text
    grounds: Grounds
    question: Question = _NO_QUESTION
    every: Grounds = _NO_GROUNDS
    across: Likeness | None = None
    nearest: tuple[Statement, ...] = ()

    @property
    def language(self) -> Language:
        """The language of the claim; the two scripts of Chinese are one."""
        return "Latn" if self.claim.english else "Hans"

    @cached_property
    def asked(self) -> str:
        """A question folded, with 为什么 at its end, where it asks for a name, made "for what thing"."""
        return _AS_WHAT.sub("为何物", self.question.asked)

    @cached_property
    def explains(self) -> bool:
        """Whether a question asks for a reason, a way or an effect, or states something first: it takes the rest for granted."""
        return bool(_EXPLAINS.search(self.asked.replace("为何物", "")) or _STATES.search(self.asked))

    @cached_property
    def presumes(self) -> bool:
        """Whether a question asks why, or takes the rest for granted in so many words."""
        return presumes(self.question)

    @cached_property
    def topic(self) -> tuple[str, ...]:
        """The words that say what a question is about, without those that ask."""
        return topic(self.question.asked)


class Rule(NamedTuple):
    """One way in which a claim can be other than its evidence.

    ``name`` is what traces, reports and ``without`` call it; ``of`` tells whether sentences or premises are judged by it;
    ``disputes`` returns what is disputed, "" for nothing. ``fault`` is the kind of lie. A sentence that stands in the evidence
    word for word is judged only by a rule that is ``literal``.
    """

    name: str
    of: frozenset[Literal["sentence", "premise"]]
    languages: frozenset[Language]
    disputes: Callable[[Case], str]
    fault: Fault
    literal: bool = False

    def applies(self, case: Case, of: Literal["sentence", "premise"]) -> bool:
        """Whether the rule judges sentences, or premises, in the language of a claim."""
        return of in self.of and case.language in self.languages


def unnumbered(path: str) -> str:
    """Return a path of headings without their numbers, which state nothing: "三、平台 › （二）分工" is "平台 › 分工"."""
    return _NUMBERING.sub("", path)


def presumes(question: Question) -> bool:
    """Whether a question asks why, or takes the rest for granted in so many words."""
    return _PRESUMES.search(question.asked) is not None


def asks_why(folded: str) -> bool:
    """Whether a folded text has what asks for a reason, a way or an effect."""
    return _EXPLAINS.search(folded) is not None


def topic(folded: str) -> tuple[str, ...]:
    """Return the words that say what a folded question is about."""
    found = segmented(_PRESUMES.sub(" ", folded))
    return tuple(dict.fromkeys(word for word in found if len(word) > 1 and word not in FUNCTION_WORDS and not _ASKING.fullmatch(word)))


def share(wanted: tuple[str, ...], folded: str) -> float:
    """Return the share of some words that a folded text has, 0 of none."""
    return sum(word in folded for word in wanted) / len(wanted) if wanted else 0.0


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
