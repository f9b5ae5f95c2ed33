"""Look into a question before anything is written: resolve it, search for it, choose and judge its evidence."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from dgqa.answer.confidence import Strictness, is_foreign, is_off_topic, of_field, unseen_share
from dgqa.answer.evidence import Evidence
from dgqa.answer.excerpts import PACES, Chosen, Readings, choose_excerpts, page_of, quoted_articles
from dgqa.answer.features import FeatureReader
from dgqa.answer.judging import Case, Subject, Verdict, judge, judge_articles, objected
from dgqa.answer.structural.chapters import quoted_chapters
from dgqa.answer.structural.facts import fact_asked
from dgqa.answer.structural.looking import by_structure
from dgqa.answer.structural.outlines import quoted_outline
from dgqa.claims.premises import CONSULTED, denied_premise
from dgqa.errors import AnswerError
from dgqa.language.reading import Text
from dgqa.language.text import squeezed
from dgqa.language.values import spelled_dates
from dgqa.messages import Language, say
from dgqa.models.options import DEFAULT_MODEL
from dgqa.models.readers.opening import open_entailment
from dgqa.models.readers.reader import Reader
from dgqa.question.decomposition import sub_questions
from dgqa.question.followups import follow_up
from dgqa.question.instructions import without_instructions
from dgqa.question.parsing import Question
from dgqa.question.talk import Turn, turns_of
from dgqa.search.limits import MAX_QUESTION, check_count, check_question
from dgqa.search.outlines import outline_asked
from dgqa.search.retriever import Retrieval, Retriever
from dgqa.search.statutes.articles import articles_asked
from dgqa.search.statutes.chapters import chapter_asked
from dgqa.types import Filter, Hit

# A logger of its own: what people ask is written down only where that is meant.
questions = logging.getLogger("dgqa.questions")

SHOWN_BEFORE = 8  # passages more where what was shown before is left out
READ_BY_STRONG = 12  # passages that are found for a strong chat model, and that it reads at most

_ENGLISH = re.compile(r"\W*(?:what|who|whom|whose|when|where|which|why|how|is|are|was|were|does|did|do|can|could|please|tell|explain|define|describe|give|list)\b", re.IGNORECASE)

_CODE = re.compile(r"\W*[A-Za-z]*[-_/.]?\d[\w./-]*\W*")  # SK-0042, sk-0042

# Puts a follow-up into a question of its own by a chat model: the question, the talk before it, its language, the trace; None where it can't.
Rewrite = Callable[[str, Sequence[Turn], Language, dict[str, Any]], str | None]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: the question, the talk before it, where to look, the language of the answer (None: the question's), how many passages, a strictness of its own."""

    question: str
    history: Sequence[Turn] = ()
    filter: Filter | None = None
    language: Language | None = None
    k: int = 8
    strictness: Strictness | None = None


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
    note: str = ""  # what is to be said besides: which instructions quotations can't follow
    further: tuple[Hit, ...] = ()  # what was found behind the hits that are shown, for a model that reads more


@dataclass(frozen=True, slots=True)
class Judging:
    """How answers are chosen and judged: by a trained reader, or by features of the search where there is none; how strictly; without which rules."""

    reader: Reader | None = None
    strictness: Strictness = "balanced"
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A question as it is searched for and as it says what is wanted; ``refers`` tells that it takes something from the talk, ``shown`` is what the answers before have shown, squeezed, where more than that is asked for."""

    searched: Question
    asking: Question
    refers: bool
    shown: str = ""
    language: Language | None = None  # that the answer is wished in by what is asked


def inquire(retriever: Retriever, request: Request, judging: Judging, *, writer: str = "", rewrite: Rewrite | None = None, eager: bool = False) -> Inquiry:
    """Look into a question, up to the verdict on what was found.

    Args:
        retriever: Of the index, which is kept as it is now.
        request: What is asked for.
        judging: How the answer is chosen and judged.
        writer: The name of the chat model that writes the answer, for the trace.
        rewrite: What puts follow-ups into questions of their own; without it the rules do.
        eager: Whether a strong model writes: its ``rewrite`` is given every question with talk before it, not only those that the rules take for follow-ups, and more is found for it.

    Raises:
        AnswerError: the question, the talk, the filter or ``k`` can't be used.
    """
    started = time.perf_counter()
    question = check_question(request.question)
    history = [(without_instructions(asked).text, answer) for asked, answer in turns_of(request.history)]
    filter, k = request.filter, check_count(request.k)
    if filter is not None and not isinstance(filter, Filter):
        raise AnswerError(f"the filter is a {type(filter).__name__}: give a dgqa.Filter")
    questions.info("asked: %r", question)
    retriever = retriever.pinned()
    told = without_instructions(question)
    parsed = Question(spelled_dates(told.text))
    spoken = spoken_language(parsed)
    shown = request.language or told.language or spoken
    trace = _trace(retriever, request, shown, writer)
    resolved = _resolve(parsed, () if _anew(parsed, history, retriever) else history, spoken, trace, rewrite, eager=eager)
    if resolved.language:
        spoken = spoken_language(resolved.searched)
        shown = trace["language"] = request.language or resolved.language
    found = _found(retriever, resolved.searched, max(k, PACES[resolved.searched.english].most, READ_BY_STRONG if eager else 0), resolved, filter)
    if found.source:
        trace["source"] = list(found.source)
    choosing = time.perf_counter()
    asked = _apart_from_source(resolved.asking, found, retriever)
    if numbered := _by_number(retriever, found, resolved.searched, shown, filter, history):
        chosen, verdict = numbered
    elif chosen := by_structure(found, resolved.searched, shown, retriever) or _sides_by_structure(retriever, resolved, shown, request):
        verdict = Verdict("answered", "", {"structure": chosen[0].kind}, "", chosen[0].confidence)
    elif found.about and (fact := fact_asked(found, asked, resolved.searched.text)):
        chosen, verdict = [fact], Verdict("answered", "", {"structure": "fact"}, "", fact.confidence)
    else:
        excerpts, verdict = _read(retriever, found, resolved, asked, shown, request, judging)
        trace["reader"] = excerpts.reader
        chosen = list(excerpts.evidence)
        found = _reordered(found, excerpts)
    found, further = replace(found, hits=found.hits[:k]), found.hits[k:]
    if filter and not found.hits and "smalltalk" not in verdict.parts:
        verdict = replace(verdict, reason=say("outside", shown))
    trace["signals"] = {**found.signals._asdict(), **verdict.parts}
    note = "\n".join(say(f"unmet_{kind}", shown) for kind in told.unmet)
    return Inquiry(retriever, question, shown, found, chosen, asked, verdict, trace, started, choosing, note, further)


def _by_number(
    retriever: Retriever, found: Retrieval, question: Question, language: Language, filter: Filter | None, history: Sequence[Turn]
) -> tuple[list[Evidence], Verdict] | None:
    """Quote and judge the articles of laws, or the chapter of a document, that a question asks for by number, or what a document as a whole says; None where it asks for none."""
    index, before = retriever.index, [said for said, _ in reversed(history)]
    if called := articles_asked(question, index, filter=filter, terms=found.terms, before=before):
        if called.unknown and any(called.unknown in squeezed(hit.passage.text) for hit in found.hits):
            return None  # an article may tell what a law says that is not there
        chosen = quoted_articles(called.articles, index)
        return chosen, judge_articles(called, chosen, language)
    chapter = chapter_asked(question, index, filter=filter, terms=found.terms, titles=found.source, before=before)
    if chapter:
        return quoted_chapters(chapter, index, language)
    outline = outline_asked(question, index, retriever.sources.laws, filter=filter, terms=found.terms)
    return quoted_outline(outline, index, language) if outline else None


def _sides_by_structure(retriever: Retriever, resolved: _Resolved, language: Language, request: Request) -> list[Evidence]:
    """Answer each side of a comparison by the structure of the articles; nothing where that does not answer every one."""
    chosen: list[Evidence] = []
    for part in sub_questions(resolved.searched.text):
        alone = Question(part.question[:MAX_QUESTION])
        found = _found(retriever, alone, request.k, resolved, request.filter, part.previous) if part.side else None
        evidence = by_structure(found, alone, language, retriever) if found else []
        if not evidence:
            return []
        chosen.append(replace(evidence[0], side=part.side))
    return chosen


def _read(
    retriever: Retriever, found: Retrieval, resolved: _Resolved, asked: Question, shown: Language, request: Request, judging: Judging
) -> tuple[Chosen, Verdict]:
    """Choose and judge by what a reader makes of the passages."""
    reader = judging.reader or FeatureReader(retriever, resolved.searched)
    parts, sides = [], []
    for part in sub_questions(resolved.searched.text):
        alone = Question(part.question[:MAX_QUESTION])
        hits = _found(retriever, alone, request.k, resolved, request.filter, part.previous).hits
        parts.append((Readings(reader, Text(f"{part.previous} {part.question}".strip())), hits))
        sides.append(part.side)
    chosen = choose_excerpts(found.hits, Readings(reader, retriever.titled(resolved.searched)), retriever.index, parts=parts, sides=sides, dates=asked.dates)
    chosen = replace(chosen, covered=found.signals.coverage, unseen=found.unknown if asked.english else unseen_share(found))
    # Known of Chinese questions alone, and of none that takes something from the talk before it.
    known = retriever.embedder.name == DEFAULT_MODEL and not asked.english and not resolved.refers
    subject = _subject(retriever)
    verdict = judge(Case(chosen, asked, shown, subject, judging.strictness, known and is_off_topic(found, asked), judging.without))
    if verdict.status == "answered" and not verdict.lead:
        pages = [page_of(hit.passage) for hit, _ in chosen.read[:CONSULTED]]
        if denied := denied_premise(asked, pages, open_entailment(retriever.embedder.name), without=judging.without):
            verdict = objected(verdict, denied, asked, shown)
    return chosen, verdict


def _reordered(found: Retrieval, excerpts: Chosen) -> Retrieval:
    """Put what was read first, as search and reader together rank it."""
    read = [hit for hit, _ in excerpts.read]
    rows = {hit.passage.row for hit in read}
    hits = (*read, *(hit for hit in found.hits if hit.passage.row not in rows))
    return replace(found, hits=tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, 1)))


def _subject(retriever: Retriever) -> Subject:
    index = retriever.index
    return Subject(tuple(f"《{title}》" for title in index.titles(3)), of_field(index), int(index.manifest["counts"]["documents"]))


def _trace(retriever: Retriever, request: Request, shown: Language, writer: str) -> dict[str, Any]:
    filter = request.filter
    trace: dict[str, Any] = {
        "timings": {},
        "mode": "extractive",
        "language": shown,
        "model": retriever.embedder.fingerprint,
        "index": retriever.index.fingerprint,
        # What it takes to ask the same again.
        "request": {"history": [], "filter": asdict(filter) if filter else None, "language": request.language, "k": request.k, "strictness": request.strictness},
    }
    return {**trace, "llm": writer} if writer else trace


def _anew(question: Question, history: Sequence[Turn], retriever: Retriever) -> bool:
    """Whether a question starts on something that no article speaks of, and takes nothing from the talk before it."""
    if not history:
        return False
    follows = follow_up(question, history)
    return not (follows.again or follows.placed) and is_foreign(question, retriever.index)


def _resolve(question: Question, history: Sequence[Turn], spoken: Language, trace: dict[str, Any], rewrite: Rewrite | None, *, eager: bool) -> _Resolved:
    """Put a follow-up into a question of its own, and note in the trace what it took from the talk before it."""
    follows = follow_up(question, history)
    shown = squeezed("\n".join(answer for _, answer in history)) if follows.more else ""
    resolved = _Resolved(_cut(follows.standalone), follows.asks, bool(follows.previous), shown, follows.language)
    if (follows.previous or (eager and history)) and not follows.again and rewrite is not None and (standalone := rewrite(question.text, history, spoken, trace)):
        alone = Question(standalone)
        resolved = _Resolved(alone, alone, False, shown)
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


def _found(retriever: Retriever, question: Question, k: int, resolved: _Resolved, filter: Filter | None, previous: str = "") -> Retrieval:
    """Search for a question, or for a part of it behind ``previous``, and leave out what can't answer: what was shown, where more is asked for, and other documents than that of an official number."""
    found = retriever.retrieve(question, k + SHOWN_BEFORE if resolved.shown else k, previous=previous, filter=filter)
    hits = found.hits
    if resolved.shown:
        found = replace(found, placed=None)
        hits = tuple(hit for hit in hits if not any(len(key := squeezed(sentence.text)) > 5 and key in resolved.shown for sentence in hit.passage.sentences))
    if retriever.titled(resolved.searched) is not resolved.searched:
        hits = tuple(hit for hit in hits if hit.passage.title in found.source)
    return replace(found, hits=tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits, 1)))


def spoken_language(question: Text) -> Language:
    """Return the language and script that a question is asked in."""
    # "What is 一网通办?" has more Chinese characters than letters of words, but is asked in English.
    if _ENGLISH.match(question.text):
        return "Latn"
    # YJ-0061, SLA, c++: a code is in no language, the articles are in Chinese.
    if question.english and (_CODE.fullmatch(question.text) or not re.search(r"[a-z]{2,}|[A-Za-z]{5,}|[A-Za-z]\W+[A-Za-z]{2,}", question.text)):
        return "Hans"
    return question.script if question.script in ("Hant", "Latn") else "Hans"
