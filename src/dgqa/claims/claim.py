"""A piece of evidence that sentences are checked against, the clauses of a text, and what of a sentence's words evidence holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from dgqa.language.places import places
from dgqa.language.text import bigrams
from dgqa.language.values import Amount, Date, stands_for, values

SUPPORT_THRESHOLD = 0.6  # share of a sentence's bigrams that its evidence must hold
_CLAUSE = re.compile(r"[，,；;。！？!?：:、\n]|\.\s|(?<=\S)[—–]{1,2}")


@dataclass(frozen=True, slots=True)
class Ground:
    """A piece of evidence: its ``number`` from 1, its ``text``, its headings, title and author, and the passage it stands in."""

    number: int
    text: str
    about: str = ""
    group: int = -1

    @property
    def whole(self) -> str:
        """The text with what it stands under."""
        return f"{self.text}\n{self.about}"


def shared(sentence: str, grounds: Sequence[Ground]) -> float:
    """Return the share of the sentence's bigrams that the evidence or its headings hold."""
    wanted = bigrams(sentence)
    if not wanted:
        return 0.0
    held = set[str]().union(*(bigrams(ground.text) | bigrams(ground.about) for ground in grounds))
    return len(wanted & held) / len(wanted)


def weakest_clause(sentence: str, grounds: Sequence[Ground]) -> float:
    """Return the lowest share of shared bigrams among the sentence's clauses of six characters and more."""
    held = set[str]().union(*(bigrams(ground.text) | bigrams(ground.about) for ground in grounds))
    shares = [len(has & held) / len(has) for clause in clauses(sentence) if len(has := bigrams(clause)) >= 5]
    return min(shares, default=1.0)


@lru_cache(maxsize=512)
def clauses(text: str) -> tuple[str, ...]:
    """Return the clauses of a text, white space and the empty ones left out."""
    return tuple(part.strip() for part in _CLAUSE.split(text) if part.strip())


def harmless(value: Amount | Date) -> bool:
    """Whether a value is no more than an article: "one of the goals", 一个."""
    return isinstance(value, Amount) and value.kind == "number" and value.value == 1 and value.surface in ("one", "一")


def common_values(sentence: str, evidence: str) -> bool:
    """Whether a sentence shares a number, a date or a place with its evidence."""
    stated = values(evidence)
    return any(not harmless(value) and any(stands_for(value, found) for found in stated) for value in values(sentence)) or bool(set(places(sentence)) & set(places(evidence)))


def missing_values(sentence: str, evidence: str) -> tuple[Amount | Date, ...]:
    """Return the numbers and dates of ``sentence`` that ``evidence`` does not state."""
    stated = values(evidence)
    return tuple(value for value in values(sentence) if not any(stands_for(value, found) for found in stated))


def supports(sentence: str, evidence: str) -> float:
    """Return how far ``evidence`` supports ``sentence``, in 0..1.

    It is the share of the sentence's folded character bigrams that occur in the evidence; 0 where the
    sentence has a number or a date that the evidence does not state.
    """
    wanted = bigrams(sentence)
    if not wanted or missing_values(sentence, evidence):
        return 0.0
    return len(wanted & bigrams(evidence)) / len(wanted)
