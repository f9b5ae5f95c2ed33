"""Give answers out: sentences with their citations, and the text that a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from dgqa.answer.evidence import Evidence
from dgqa.answer.inquiry import Inquiry
from dgqa.answer.parts import is_row
from dgqa.answer.wording import leads
from dgqa.language.showing import shown_in
from dgqa.language.text import detect_script, to_script
from dgqa.messages import Language, say, stacked
from dgqa.search.retriever import ms
from dgqa.types import Answer, AnswerSentence, Citation, Passage, Sentence, spans_of

_JUDGED = ("no_answer", "unsupported")  # why nothing of a model is shown that did answer


def cite(first: int, passage: Passage, sentence: Sentence, raw: str) -> tuple[Citation, ...]:
    """Return the citations of an evidence sentence, one for each raw span, numbered from ``first``."""
    return tuple(
        Citation(
            number=first + i,
            doc_id=passage.doc_id,
            path=passage.path,
            title=passage.title,
            author=passage.author,
            date=passage.date,
            section=passage.section,
            start=start,
            end=end,
            quote=raw[start:end],
            page=passage.page,
        )
        for i, (start, end) in enumerate(spans_of(sentence))
    )


def cited(known: Inquiry, chosen: Sequence[Evidence]) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
    """Return the chosen pieces as sentences of an answer, and their citations numbered from 1."""
    sentences: list[AnswerSentence] = []
    citations: list[Citation] = []
    named = leads([(evidence.passage, evidence.sentence.text) for evidence in chosen], known.asked, known.language)
    compared = len({evidence.side for evidence in chosen} - {""}) > 1
    for evidence, lead in zip(chosen, named, strict=True):
        made = citations_of(known, evidence, len(citations) + 1)
        citations += made
        # A sentence alone may have no character that tells its script; its passage has.
        text = shown_in(evidence.sentence.text, known.language, written=detect_script(evidence.passage.text))
        # Where the script was changed with the number of characters, the short answer is not marked.
        phrase = evidence.phrase if len(text) == len(evidence.sentence.text) else None
        sentences.append(AnswerSentence(text, tuple(citation.number for citation in made), 1.0, lead, phrase=phrase, side=evidence.side if compared else ""))
    return tuple(sentences), tuple(citations)


def citations_of(known: Inquiry, evidence: Evidence, first: int) -> tuple[Citation, ...]:
    """Return the citations of a piece of evidence, numbered from ``first``."""
    return cite(first, evidence.passage, evidence.sentence, known.retriever.index.raw(evidence.passage.doc_id))


def line_of(sentence: AnswerSentence, language: Language) -> str:
    """Return a sentence as it stands in the text of an answer: behind what it is about where things are compared, with its markers, and in words where it is not confirmed."""
    markers = "".join(f"[{number}]" for number in sentence.citations)
    doubt = say("unconfirmed", language) if sentence.verdict == "unconfirmed" else ""
    about = f"{sentence.side}{': ' if language == 'Latn' else '：'}" if sentence.side else ""
    return f"{about}{sentence.lead}{sentence.text}{markers}{doubt}"


def together(lines: Sequence[str]) -> str:
    """Return sentences and excerpts one below the other; a blank line parts what has several lines from its neighbours."""
    gaps = ["\n\n" if "\n" in before + line else "\n" for before, line in pairwise(lines)]
    return "".join(f"{gap}{line}" for gap, line in zip(["", *gaps], lines, strict=False))


def caution(known: Inquiry) -> str:
    """Return what is to be read before a partial answer: that it may not answer, or what it lacks."""
    return known.verdict.reason if known.verdict.status == "partial" else ""


def answer_text(sentences: Sequence[AnswerSentence], reason: str, known: Inquiry, *, marked: bool = True) -> str:
    """Return the text a person reads: the caution of a partial answer, every sentence with its markers, then what else is to be said."""
    if known.verdict.status == "refused":
        return reason
    above = caution(known)
    below = reason.removeprefix(above).lstrip("\n")
    lines = [line_of(sentence if marked else replace(sentence, verdict="confirmed"), known.language) for sentence in sentences]
    quoted_as = say("quoted", known.language) if known.trace["mode"] == "extractive" else ""
    # What stands close behind a table is read as one more row of it.
    gap = "\n" if below and sentences and is_row(sentences[-1].text) else ""
    return stacked(above, known.verdict.lead, quoted_as, together(lines), f"{gap}{below}")


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
        reason = stacked(reason, known.note)
    if fallback:
        known.trace["fallback"] = fallback
        told = to_script(say(f"llm_{fallback}", known.language), known.language)
        # Where nothing is shown, what the model made of the question adds nothing; that it failed does.
        why = "" if refused and fallback in _JUDGED else say("failed_too" if refused else "fallback", known.language, why=told)
        reason = stacked(reason, note, why)
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
