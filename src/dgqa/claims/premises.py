"""A question and the evidence for it in; what the question takes for granted and the evidence contradicts, and by which rule, out.

Only plain contradictions are seen: to accuse a question wrongly is worse than to answer it without a word on its premise. A
question that asks for a value takes nothing for granted about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dgqa.claims.claim import Case, Grounds, Statement
from dgqa.claims.rules import RULES
from dgqa.question.parsing import Question


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
    case = Case(question, Grounds(tuple(evidence)))
    disputed = ((rule, rule.disputes(case)) for rule in RULES if evidence and rule.name not in without)
    return next((Disputed(claim, rule.name) for rule, claim in disputed if claim), None)
