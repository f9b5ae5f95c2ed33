"""The evidence chosen for a question in; whether it answers it, in part or not at all, and why out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dgqa.phrases import Language, listed, say
from dgqa.places import english_name
from dgqa.premises import contradicted
from dgqa.retrieval import Retrieval
from dgqa.scope import CALIBRATED_MODEL, OFF_TOPIC, OPEN, off_topic_probability, open_probability
from dgqa.selection import Evidence
from dgqa.slots import Slots, fills, unfilled, unshown
from dgqa.smalltalk import smalltalk
from dgqa.types import Status


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reason`` says in the asker's language what is missing; ``parts`` go into the answer's trace.

    ``lead`` is said before the evidence: that the question's premise is not what the articles say.
    """

    status: Status
    reason: str
    parts: dict[str, Any] = field(default_factory=dict)
    lead: str = ""


def judge(
    found: Retrieval, chosen: Sequence[Evidence], slots: Slots, language: Language, *, model: str, refers: bool, topics: Sequence[str]
) -> Verdict:
    """Judge whether the evidence fills what is asked.

    Args:
        found: What the search found.
        chosen: The evidence sentences.
        slots: What the question asks for.
        language: What to say the reason in.
        model: The name of the embedding model; off-topic questions are known for the calibrated one alone.
        refers: Whether the question refers to the talk before it, so that it may share no word with the corpus.
        topics: What one may ask about, for the reason of an off-topic refusal.
    """
    calibrated = model == CALIBRATED_MODEL
    probability = off_topic_probability(found, language) if calibrated else 0.0
    parts: dict[str, Any] = {"off_topic": round(probability, 4) if calibrated else None}
    chat = smalltalk(slots.question)
    if chat:
        return Verdict("refused", say(chat, language, topics=listed(topics, language)), {**parts, "smalltalk": chat})
    if not chosen or (probability >= OFF_TOPIC[language] and not refers):
        return Verdict("refused", say("off_topic", language, topics=listed(topics, language)), parts)
    disputed = contradicted(slots, [evidence.sentence.text for evidence in chosen])
    if disputed:
        return Verdict("answered", "", {**parts, "premise": disputed}, say("premise", language))
    context = "\n".join(evidence.context for evidence in chosen)
    missing, whole_kind = unfilled(slots, context)
    parts["unfilled"] = list(missing)
    if missing:
        things = listed([f"“{english_name(thing) if language == 'Latn' else thing}”" for thing in missing], language)
        if whole_kind:
            return Verdict("refused", say("unfilled", language, missing=things), parts)
        return Verdict("partial", say("partial", language, missing=things), parts)
    unsaid = unshown(slots, "\n".join(map(_near, chosen)))
    if unsaid:
        parts["unfilled"] = [attribute.english for attribute in unsaid]
        things = listed([attribute.english if language == "Latn" else attribute.chinese for attribute in unsaid], language)
        if len(unsaid) == len(slots.attributes):
            return Verdict("refused", say("no_attribute", language, wanted=things), parts)
        return Verdict("partial", say("partial", language, missing=things), parts)
    if not any(fills(slots, f"{e.sentence.text} {e.passage.date if e.passage.kind == 'meta' else ''}") for e in chosen):
        parts["unfilled"] = [slots.wants]
        return Verdict("refused", say("no_value", language, wanted=say(slots.wants, language)), parts)
    if calibrated and language != "Latn":
        doubt = open_probability(found, {evidence.passage.row for evidence in chosen})
        parts["open"] = round(doubt, 4)
        if doubt >= OPEN:
            return Verdict("refused", say("unlikely", language), parts)
    return Verdict("answered", "", parts)


def _near(evidence: Evidence) -> str:
    """What a sentence says by itself, under its heading; an article's facts are told by all of theirs."""
    passage = evidence.passage
    facts = (passage.text, passage.author, passage.date) if passage.kind == "meta" else ()
    return "\n".join((evidence.sentence.text, passage.section, *facts))
