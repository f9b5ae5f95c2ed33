"""What comes before the writing: a question is resolved, searched for, its evidence chosen and judged."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from dgqa.answer.evidence import Evidence
from dgqa.answer.judging import Verdict, judge, objection, told
from dgqa.answer.scope import of_field
from dgqa.answer.selection import choose
from dgqa.claims.premises import first_elsewhere, without_place
from dgqa.errors import AnswerError
from dgqa.language.reading import Text
from dgqa.language.text import squeezed, to_script
from dgqa.messages import Language, say
from dgqa.question.followups import follow_up
from dgqa.question.parsing import Question
from dgqa.question.talk import Turn, turns_of
from dgqa.search.retriever import MAX_QUESTION, Retrieval, Retriever, check_question
from dgqa.types import Filter

SHOWN_BEFORE = 8  # passages more where what was shown before is left out

_ENGLISH = re.compile(r"\W*(?:what|who|whom|whose|when|where|which|why|how|is|are|was|were|does|did|do|can|could|please|tell|explain|define|describe|give|list)\b", re.IGNORECASE)

# Puts a follow-up into a question of its own by a chat model: the question, the talk before it, its language, the trace; None where it can't.
Rewrite = Callable[[str, Sequence[Turn], Language, dict[str, Any]], str | None]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: the question, the talk before it, where to look, the language of the answer (None: the question's), how many passages."""

    question: str
    history: Sequence[Turn] = ()
    filter: Filter | None = None
    language: Language | None = None
    k: int = 8


@dataclass(slots=True)
class Inquiry:
    """Everything known about a question before its answer is written, from one index whatever is built meanwhile."""

    retriever: Retriever
    question: str
    language: Language
    found: Retrieval
    chosen: list[Evidence]
    asked: Question
    verdict: Verdict
    trace: dict[str, Any]
    started: float
    choosing: float


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A question as it is searched for and as it says what is wanted; ``refers`` tells that it takes something from the talk, ``more`` that it asks for what was not shown."""

    searched: Question
    asking: Question
    refers: bool
    more: bool


def inquire(retriever: Retriever, request: Request, *, writer: str = "", rewrite: Rewrite | None = None) -> Inquiry:
    """Look into a question, up to the verdict on what was found.

    Args:
        retriever: Of the index, which is kept as it is now.
        request: What is asked for.
        writer: The name of the chat model that writes the answer, for the trace.
        rewrite: What puts follow-ups into questions of their own; without it the rules do.

    Raises:
        AnswerError: the question, the talk, the filter or ``k`` can't be used.
    """
    started = time.perf_counter()
    question, history = check_question(request.question), turns_of(request.history)
    filter, k = request.filter, request.k
    if filter is not None and not isinstance(filter, Filter):
        raise AnswerError(f"the filter is a {type(filter).__name__}: give a dgqa.Filter")
    retriever = retriever.pinned()
    parsed = Question(question)
    spoken = spoken_language(parsed)
    shown = request.language or spoken
    trace = _trace(retriever, request, shown, writer)
    resolved = _resolve(parsed, history, spoken, trace, rewrite)
    found = retriever.retrieve(resolved.searched, k + SHOWN_BEFORE if resolved.more else k, filter=filter)
    if resolved.more:
        found = _unseen(found, history, k)
    if found.source:
        trace["source"] = list(found.source)
    choosing = time.perf_counter()
    asked = _apart_from_source(resolved.asking, found, retriever)
    chosen = choose(
        found,
        asked,
        spoken,
        retriever.index,
        searched=resolved.searched,
        search=lambda part, before, title: retriever.retrieve(
            part, k, previous=before, filter=Filter(documents=(title,)) if title and not filter else filter
        ),
    )
    verdict = _judged(retriever, found, chosen, asked, spoken, shown, resolved.refers)
    if "premise" not in verdict.parts and (placeless := without_place(asked)):
        # What was the first of all is found where the search does not name the wrong place.
        elsewhere = Question(placeless[:MAX_QUESTION])
        aside = retriever.retrieve(elsewhere, k, filter=filter)
        others = choose(aside, elsewhere, spoken, retriever.index)
        if place := first_elsewhere(asked, told(others)):
            found, chosen = aside, others
            verdict = Verdict("answered", "", {**verdict.parts, "premise": place, "unfilled": []}, objection(place, asked, shown))
    if filter and not found.hits and "smalltalk" not in verdict.parts:
        verdict = replace(verdict, reason=say("outside", shown))
    trace["signals"] = {**found.signals._asdict(), **verdict.parts}
    return Inquiry(retriever, question, shown, found, chosen, asked, verdict, trace, started, choosing)


def _trace(retriever: Retriever, request: Request, shown: Language, writer: str) -> dict[str, Any]:
    filter = request.filter
    trace: dict[str, Any] = {
        "timings": {},
        "mode": "extractive",
        "language": shown,
        "model": retriever.embedder.fingerprint,
        "index": retriever.index.fingerprint,
        # What it takes to ask the same again.
        "request": {"history": [], "filter": asdict(filter) if filter else None, "language": request.language, "k": request.k},
    }
    return {**trace, "llm": writer} if writer else trace


def _resolve(question: Question, history: Sequence[Turn], spoken: Language, trace: dict[str, Any], rewrite: Rewrite | None) -> _Resolved:
    """Put a follow-up into a question of its own, and note in the trace what it took from the talk before it."""
    follows = follow_up(question, history)
    resolved = _Resolved(_cut(follows.standalone), follows.asks, follows.refers, follows.more)
    if follows.previous and rewrite is not None and (standalone := rewrite(question.text, history, spoken, trace)):
        alone = Question(standalone)
        resolved = _Resolved(alone, alone, False, follows.more)
    if resolved.searched.text != question.text:
        trace["standalone"] = resolved.searched.text
    if follows.previous or resolved.searched.text != question.text:
        trace["request"]["history"] = [list(turn) for turn in history]
    return resolved


def _cut(question: Question) -> Question:
    return question if len(question.text) <= MAX_QUESTION else Question(question.text[:MAX_QUESTION])


def _apart_from_source(asking: Question, found: Retrieval, retriever: Retriever) -> Question:
    """Tell what names the source from what the question asks for: it need not stand in what the source says."""
    if not found.source:
        return asking
    return Question(asking.text, retriever.unnamed(asking), frozenset(squeezed(title) for title in found.source))


def _judged(
    retriever: Retriever,
    found: Retrieval,
    chosen: Sequence[Evidence],
    asked: Question,
    spoken: Language,
    shown: Language,
    refers: bool,
) -> Verdict:
    """Judge by the language of the question; give the reason in that of the answer."""
    topics = [f"《{title}》" for title in retriever.index.titles(3)]

    def judged(language: Language) -> Verdict:
        return judge(found, chosen, asked, language, model=retriever.embedder.name, refers=refers, topics=topics, field=of_field(retriever.index))

    verdict = judged(spoken)
    if spoken == shown or not (verdict.reason or verdict.lead):
        return verdict
    if "Latn" not in (spoken, shown):
        return replace(verdict, reason=to_script(verdict.reason, shown), lead=to_script(verdict.lead, shown))
    other = judged(shown)
    if other.status == verdict.status:
        return replace(verdict, reason=other.reason, lead=other.lead)
    return replace(verdict, reason=say("nothing", shown))


def _unseen(found: Retrieval, history: Sequence[Turn], k: int) -> Retrieval:
    """Leave out the passages of which the answers before show a sentence, in either script."""
    shown = squeezed("\n".join(answer for _, answer in history))
    fresh = [hit for hit in found.hits if not any(len(key := squeezed(sentence.text)) > 5 and key in shown for sentence in hit.passage.sentences)]
    return replace(found, hits=tuple(replace(hit, rank=rank) for rank, hit in enumerate(fresh[:k], 1)), placed=None)


def spoken_language(question: Text) -> Language:
    """Return the language and script that a question is asked in."""
    # "What is 一网通办?" has more Chinese characters than letters of words, but is asked in English.
    if _ENGLISH.match(question.text):
        return "Latn"
    return question.script if question.script in ("Hant", "Latn") else "Hans"
