"""A question and the evidence for it in; what the question takes for granted and the evidence contradicts, and by which rule, out.

Only plain contradictions are seen, and every rule asks that nothing found says what the question says: to accuse a question
wrongly is worse than to answer it without a word on its premise. A question that asks for a value takes nothing for granted
about it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from dgqa.claims.claim import Case, Grounds, Statement, presumes, share, topic
from dgqa.claims.rules import disputes
from dgqa.language.places import named_in
from dgqa.language.reading import Text
from dgqa.question.parsing import Question

_SURE = 0.4  # likelihood from which a piece of evidence is taken to be on what an English question asks
_SAME = 0.6  # share of a question's own words that a sentence on the very same thing has
_FIRST = re.compile(r"头一[个回家次]|第一[个家次座]|首[个家次座]|最早|最先|率先|\b(?:first|earliest|pioneer\w*)\b", re.IGNORECASE)
_FIRST_SAID = re.compile(r"头一|第一[个家次座]|首[个家次座]|最早|最先|率先|首创|first|earliest")


class Disputed(NamedTuple):
    """What a question takes for granted and its evidence contradicts, as the question says it, and the name of the rule."""

    claim: str
    rule: str


def disputed_premise(question: Question, evidence: Sequence[Statement], around: str, *, without: frozenset[str] = frozenset()) -> Disputed | None:
    """Return what the question takes for granted and the evidence says otherwise, None for nothing.

    Args:
        question: What is asked.
        evidence: The chosen pieces, the best first.
        around: All that was found, chosen or not, passages parted by a null character: what stands there is not disputed.
        without: Names of rules that are left out.
    """
    case = Case(question, Grounds(tuple(evidence), Text(around)), question)
    return next((Disputed(claim, rule.name) for rule, claim in disputes(case, "premise", without=without)), None) if evidence else None


def without_place(question: Question) -> str:
    """Return the question without the place that it says was the first of all; "" for any other question.

    Which place was the first is found by a search that does not name the wrong one.
    """
    if len(question.toponyms) != 1 or not _FIRST.search(question.text) or not presumes(question):
        return ""
    bare = question.text
    for start, end in reversed(question.place_spans):
        bare = bare[:start] + bare[end:]
    bare = re.sub(r"(?:会|就|要)?(?:落|设|建|出现|诞生|开|放)?(?:在|于)(?=[？?。]|$)|\b(?:set up |built |opened |launched )?(?:in|by|from|at)\s*(?=[?.,]|$)", "", bare)
    bare = re.sub(r"为什么|為什麼|为何|為何|为啥|怎么会|怎麼會|凭什么", "", bare)
    # Articles say 首个, whatever the question says.
    return re.sub(r"头一([个家座])|頭一([個家座])|第一([个個家座])", lambda match: f"首{next(filter(None, match.groups()))}", bare).strip()


def first_elsewhere(question: Question, evidence: Sequence[Statement]) -> str:
    """Return the place that was not the first, where evidence on the same thing names another alone."""
    place = question.toponyms[0]
    asked = tuple(word for word in topic(question.folded) if not named_in(word) and not _FIRST.search(word))
    for piece in evidence:
        if place in piece.places:
            return ""
        same = piece.confidence >= _SURE / 2 if question.english else len(asked) > 1 and share(asked, piece.folded) >= _SAME
        if same and piece.places and _FIRST_SAID.search(piece.folded):
            return place
    return ""
