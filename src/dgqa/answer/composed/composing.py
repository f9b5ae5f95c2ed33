"""Gather the evidence that a chat model writes from, and what the sentences it writes are held against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dgqa.answer.evidence import Evidence
from dgqa.answer.inquiry import READ_BY_STRONG, Inquiry
from dgqa.claims.claim import Statement, unnumbered
from dgqa.data import Pattern
from dgqa.messages import Language
from dgqa.types import Hit, Passage

MAX_EVIDENCE = 10  # numbered sentences for a small model
MAX_CHARACTERS = 650  # of them all: what a small model reads in some seconds
WHOLE_CHARACTERS = 3_000  # of these, and for a broad question
BROAD_CHARACTERS = 6_000
_LEAST_CHARACTERS = 600
_BROAD = Pattern("drafting", "broad")
_READ = 3  # passages whose other sentences may be neighbours


def gather(chosen: Sequence[Evidence], hits: Sequence[Hit]) -> list[Evidence]:
    """Return the evidence for a small model: the chosen sentences, then their neighbours and the best of other passages.

    The order is that of the articles, so that a model reads what belongs together in one piece.
    """
    picked: dict[tuple[str, int], Evidence] = {}
    spent = 0

    def take(evidence: Evidence) -> None:
        nonlocal spent
        key = (evidence.passage.doc_id, evidence.sentence.start)
        length = len(evidence.sentence.text)
        if key in picked or len(picked) >= MAX_EVIDENCE or (picked and spent + length > MAX_CHARACTERS):
            return
        picked[key] = evidence
        spent += length

    for evidence in chosen:
        take(evidence)
    for evidence in chosen:
        sentences = evidence.passage.sentences
        at = next((i for i, sentence in enumerate(sentences) if sentence.start == evidence.sentence.start), None)
        for i in () if at is None else (at - 1, at + 1):
            if 0 <= i < len(sentences):
                take(Evidence(evidence.passage, sentences[i]))
    for hit in hits[:_READ]:
        for sentence in hit.sentences[:2]:
            take(Evidence(hit.passage, sentence))
    order = _order(hit.passage for hit in hits)
    return sorted(picked.values(), key=lambda item: (order.get(item.passage.doc_id, len(order)), item.passage.doc_id, item.sentence.start))


def gather_whole(chosen: Sequence[Evidence], hits: Sequence[Hit], budget: int) -> list[Evidence]:
    """Return the evidence for a large model: every sentence of the passages chosen from and of the best others, up to ``budget`` characters.

    At least one passage is taken; the order is that of the articles.
    """
    picked: dict[int, Passage] = {}
    spent = 0
    for passage in (*(evidence.passage for evidence in chosen), *(hit.passage for hit in hits)):
        length = sum(len(sentence.text) for sentence in passage.sentences)
        if passage.row in picked or len(picked) >= READ_BY_STRONG or (picked and spent + length > budget):
            continue
        picked[passage.row] = passage
        spent += length
    order = _order(picked.values())
    placed = sorted(picked.values(), key=lambda passage: (order[passage.doc_id], passage.start))
    return [Evidence(passage, sentence) for passage in placed for sentence in passage.sentences]


def budget_of(known: Inquiry, context: int) -> int:
    """Return how many characters of evidence a question gets from a model that reads ``context`` tokens.

    A Chinese character is about a token; a third of the context is left to the prompt, the question and the answer.
    """
    broad = _BROAD.search(known.question) is not None
    return max(_LEAST_CHARACTERS, min(BROAD_CHARACTERS if broad else WHOLE_CHARACTERS, context * 2 // 3 - 1_000))


def hint_of(known: Inquiry, language: Language) -> str:
    """Return what the rules doubt, as a person would say it to a model; "" where they doubt nothing."""
    english = language == "Latn"
    if claim := known.verdict.parts.get("premise"):
        return f"Note: what the question takes for granted may not be what the evidence says ({claim})." if english else f"提示：问题的前提可能与证据不符（{claim}）。"
    if known.verdict.status != "answered":
        return "Note: the evidence may not answer the question, or only in part; judge for yourself." if english else "提示：证据可能没有回答这个问题，或只回答一部分，请自行判断。"
    return ""


def grounds(evidence: Sequence[Evidence]) -> list[Statement]:
    """Return what the sentences are held against, numbered from 1, each with its whole passage as context.

    The date of an article is evidence only where the passage is about the article itself: what it says may be older.
    """
    made = []
    for i, item in enumerate(evidence, 1):
        passage = item.passage
        about = [unnumbered(passage.section), passage.title, passage.author, passage.date if passage.kind == "meta" else ""]
        made.append(Statement(item.sentence.text, i, "\n".join(part for part in about if part), passage.text))
    return made


def _order(passages: Iterable[Passage]) -> dict[str, int]:
    return {doc_id: i for i, doc_id in enumerate(dict.fromkeys(passage.doc_id for passage in passages))}
