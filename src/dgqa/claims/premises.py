"""Find what a question takes for granted and the evidence contradicts, and by which rule.

Only plain contradictions are seen: to accuse a question wrongly is worse than to answer it without a word on its premise. A
question that asks for a value takes nothing for granted about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dgqa.claims.claim import Grounds, Premise, Statement
from dgqa.claims.rules import DENIED, RULES
from dgqa.data import Pattern
from dgqa.models.readers.entailment import Entailment
from dgqa.models.readers.windows import Page
from dgqa.question.parsing import Question

_CONFIRMING = Pattern("claims/claim", "confirming")
CONSULTED = 3  # passages in which support for a statement is looked for
_UNSUPPORTED = 0.2  # probability up to which nothing that was found says what a question wants confirmed


class Disputed(NamedTuple):
    """What a question takes for granted and its evidence contradicts, as the question says it, and the name of the rule."""

    claim: str
    rule: str


def disputed_premise(question: Question, evidence: Sequence[Statement], *, without: frozenset[str] = frozenset()) -> Disputed | None:
    """Return what the question takes for granted and the evidence says otherwise, None for nothing.

    Args:
        question: What is asked.
        evidence: The chosen pieces, the best first.
        without: Names of rules that are left out.
    """
    premise = Premise(question, Grounds(tuple(evidence)))
    disputed = ((rule, rule.disputes(premise)) for rule in RULES if evidence and rule.name not in without)
    return next((Disputed(claim, rule.name) for rule, claim in disputed if claim), None)


def wants_confirmed(question: Question) -> str:
    """Return the statement that a question asks to be confirmed, "" where it asks anything else: "开放到十点，对吗？"."""
    said = _CONFIRMING.sub("", question.text).strip()
    return said if said != question.text.strip() and not question.wants else ""


def denied_premise(question: Question, found: Sequence[Page], entailment: Entailment | None, *, without: frozenset[str] = frozenset()) -> Disputed | None:
    """Return the statement that a question wants confirmed where nothing found supports it, None for any other question.

    Args:
        question: What is asked.
        found: The likeliest passages.
        entailment: What tells whether the statement follows from them; without it nothing is denied.
        without: Names of rules that are left out.
    """
    claim = "" if entailment is None or DENIED in without else wants_confirmed(question)
    if not claim or entailment is None or max(entailment.follows(claim, found), default=1.0) > _UNSUPPORTED:
        return None
    return Disputed(claim, DENIED)
