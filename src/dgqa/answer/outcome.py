"""Answers as they are given out: made of the articles' own sentences, or of what a chat model wrote."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from dgqa.answer.citing import answer_text, caution, cited
from dgqa.answer.inquiry import Inquiry
from dgqa.language.text import to_script
from dgqa.messages import say
from dgqa.types import Answer, AnswerSentence, Citation


def extracted(known: Inquiry, fallback: str = "", note: str = "") -> Iterator[Answer]:
    """Yield the answer made of the chosen sentences, a sentence more each time.

    Args:
        known: What is known about the question.
        fallback: Why it stands for a composed one, in one word; "" where it stands for none. Then the last word is said at once: a
            reader may have seen other sentences already.
        note: What is said besides.
    """
    refused = known.verdict.status == "refused"
    sentences, citations = cited(known, [] if refused else known.chosen)
    reason = known.verdict.reason
    if known.note and not refused:
        reason = "\n".join(part for part in (reason, known.note) if part)
    if fallback:
        known.trace["fallback"] = fallback
        why = say("fallback", known.language, why=to_script(say(f"llm_{fallback}", known.language), known.language))
        reason = "\n".join(part for part in (reason, note, "" if refused else why) if part)
    final = answer_of(known, sentences, citations, reason)
    for count in range(1, 0 if fallback else len(sentences)):
        shown = sentences[:count]
        numbers = {number for sentence in shown for number in sentence.citations}
        marked = tuple(citation for citation in citations if citation.number in numbers)
        yield replace(final, text=answer_text(shown, "", known), sentences=shown, citations=marked, reason=caution(known))
    yield final


def answer_of(known: Inquiry, sentences: tuple[AnswerSentence, ...], citations: tuple[Citation, ...], reason: str, *, marked: bool = True) -> Answer:
    """Return an answer with its trace; ``marked`` tells whether the text says which sentences are not confirmed."""
    reason = reason or caution(known)
    text = answer_text(sentences, reason, known, marked=marked)
    timings = {**known.found.timings, **known.trace["timings"], "answer": ms(known.choosing), "total": ms(known.started)}
    trace = {**known.trace, "timings": timings}
    return Answer(known.question, known.verdict.status, text, sentences, citations, known.found.hits, reason, trace, known.verdict.confidence)


def ms(started: float) -> float:
    """Return the milliseconds since ``started``."""
    return round(1000 * (time.perf_counter() - started), 3)
