"""A question and the talk before it in; what it takes over from there out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dgqa.text import fold

_FOLLOW_UP = re.compile(
    r"^(?:那|那么|它|他|她|其|这|该|上述|后者|前者|还有|另外|再|为什么呢|然后)|呢[?？]?$"
    r"|^(?:and|what about|how about|why|so|then|it|they|that|those|he|she|its|their)\b|\b(?:it|they|them|that one|there)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """``previous`` is the question that this one follows up, "" for none; ``refers`` tells that it does so in words."""

    previous: str
    refers: bool


def follow_up(question: str, history: Sequence[tuple[str, str]]) -> FollowUp:
    """Tell what a question takes over from the (question, answer) pairs before it, oldest first."""
    refers = bool(_FOLLOW_UP.search(fold(question)))
    previous = history[-1][0] if history and (refers or _is_short(question)) else ""
    return FollowUp(previous, refers and bool(previous))


def _is_short(question: str) -> bool:
    """Whether a question is so short that it may leave out what was asked about before."""
    return sum(char.isalnum() for char in fold(question)) <= 8
