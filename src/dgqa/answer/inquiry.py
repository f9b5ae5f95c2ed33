"""What comes before the writing: a question is resolved, searched for, its evidence chosen and judged."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from dgqa.answer.confidence import Strictness
from dgqa.answer.evidence import Evidence
from dgqa.answer.excerpts import READ, Readings, choose_excerpts, quoted_articles
from dgqa.answer.judging import Scope, Verdict, judge, judge_articles, judge_read, objection, told
from dgqa.answer.scored.scope import CALIBRATED_MODEL, is_off_topic, of_field, off_topic_probability, unseen_share
from dgqa.answer.scored.selection import Search, choose, fact_asked
from dgqa.answer.structural.looking import by_structure
from dgqa.claims.premises import first_elsewhere, without_place
from dgqa.errors import AnswerError
from dgqa.index.engines.backend import SearchBackend
from dgqa.language.reading import Text
from dgqa.language.text import FUNCTION_WORDS, search_tokens, squeezed, to_script
from dgqa.language.values import spelled_dates
from dgqa.messages import Language, say
from dgqa.models.readers.reader import Reader
from dgqa.question.decomposition import sub_questions
from dgqa.question.followups import follow_up
from dgqa.question.instructions import without_instructions
from dgqa.question.parsing import Question
from dgqa.question.references import more_of_the_same
from dgqa.question.talk import Turn, turns_of
from dgqa.search.limits import MAX_QUESTION, check_question
from dgqa.search.retriever import Retrieval, Retriever
from dgqa.search.statutes.articles import Asked, articles_asked
from dgqa.types import Filter

# A logger of its own: what people ask is written down only where that is meant.
questions = logging.getLogger("dgqa.questions")

SHOWN_BEFORE = 8  # passages more where what was shown before is left out

_ENGLISH = re.compile(r"\W*(?:what|who|whom|whose|when|where|which|why|how|is|are|was|were|does|did|do|can|could|please|tell|explain|define|describe|give|list)\b", re.IGNORECASE)

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


@dataclass(frozen=True, slots=True)
class Judging:
    """How answers are chosen and judged: by a reader, or by the search's own scores where there is none; how strictly; without which rules."""

    reader: Reader | None = None
    strictness: Strictness = "balanced"
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A question as it is searched for and as it says what is wanted; ``refers`` tells that it takes something from the talk, ``more`` that it asks for what was not shown."""

    searched: Question
    asking: Question
    refers: bool
    more: bool
    language: Language | None = None  # that the answer is wished in by what is asked


def inquire(retriever: Retriever, request: Request, judging: Judging, *, writer: str = "", rewrite: Rewrite | None = None, eager: bool = False) -> Inquiry:
    """Look into a question, up to the verdict on what was found.

    Args:
        retriever: Of the index, which is kept as it is now.
        request: What is asked for.
        judging: How the answer is chosen and judged.
        writer: The name of the chat model that writes the answer, for the trace.
        rewrite: What puts follow-ups into questions of their own; without it the rules do.
        eager: Whether it is given every question with talk before it, not only those that the rules take for follow-ups.

    Raises:
        AnswerError: the question, the talk, the filter or ``k`` can't be used.
    """
    started = time.perf_counter()
    question = check_question(request.question)
    history = [(without_instructions(asked).text, answer) for asked, answer in turns_of(request.history)]
    filter, k = request.filter, request.k
    if filter is not None and not isinstance(filter, Filter):
        raise AnswerError(f"the filter is a {type(filter).__name__}: give a dgqa.Filter")
    questions.info("asked: %r", question)
    retriever = retriever.pinned()
    told = without_instructions(question)
    parsed = Question(spelled_dates(told.text))
    spoken = spoken_language(parsed)
    shown = request.language or told.language or spoken
    trace = _trace(retriever, request, shown, writer)
    resolved = _resolve(parsed, () if history and _is_foreign(parsed, retriever.index) else history, spoken, trace, rewrite, eager=eager)
    if resolved.language:
        spoken = spoken_language(resolved.searched)
        shown = trace["language"] = request.language or resolved.language
    wanted = k + SHOWN_BEFORE if resolved.more else k
    found = retriever.retrieve(resolved.searched, max(wanted, READ) if judging.reader else wanted, filter=filter)
    if resolved.more:
        found = _unseen(found, history, k)
    if found.source:
        trace["source"] = list(found.source)
    choosing = time.perf_counter()
    asked = _apart_from_source(resolved.asking, found, retriever)
    search = _searching(retriever, request)
    if retriever.titled(resolved.searched) is not resolved.searched:
        # An official number is one document's alone: no other answers.
        found = replace(found, hits=tuple(hit for hit in found.hits if hit.passage.title in found.source))
    if called := _articles_called(retriever, found, resolved.searched, filter, history):
        chosen = quoted_articles(called.articles, retriever.index)
        verdict = judge_articles(called, chosen, shown)
    elif chosen := by_structure(found, resolved.searched, shown, retriever):
        verdict = Verdict("answered", "", {"structure": chosen[0].kind}, "", chosen[0].confidence)
    elif judging.reader is None:
        found, chosen, verdict = _by_scores(retriever, found, resolved, asked, (spoken, shown), search, judging)
    else:
        trace["reader"] = judging.reader.name
        found, chosen, verdict = _by_reader(retriever, found, resolved, asked, shown, search, judging)
    found = replace(found, hits=found.hits[:k])
    if filter and not found.hits and "smalltalk" not in verdict.parts:
        verdict = replace(verdict, reason=say("outside", shown))
    trace["signals"] = {**found.signals._asdict(), **verdict.parts}
    note = "\n".join(say(f"unmet_{kind}", shown) for kind in told.unmet)
    return Inquiry(retriever, question, shown, found, chosen, asked, verdict, trace, started, choosing, note)


def _articles_called(retriever: Retriever, found: Retrieval, question: Question, filter: Filter | None, history: Sequence[Turn]) -> Asked | None:
    """Return the articles of laws that a question asks for by their numbers, None where it asks for none."""
    called = articles_asked(question, retriever.index, filter=filter, terms=found.terms, before=[said for said, _ in reversed(history)])
    if called and called.unknown and any(called.unknown in squeezed(hit.passage.text) for hit in found.hits):
        return None  # an article may tell what a law says that is not there
    return called


def _searching(retriever: Retriever, request: Request) -> Search:
    def search(part: Question, before: str, title: str) -> Retrieval:
        within = Filter(documents=(title,)) if title and not request.filter else request.filter
        return retriever.retrieve(part, request.k, previous=before, filter=within)

    return search


def _by_reader(
    retriever: Retriever, found: Retrieval, resolved: _Resolved, asked: Question, shown: Language, search: Search, judging: Judging
) -> tuple[Retrieval, list[Evidence], Verdict]:
    """Choose and judge by what the reader makes of the passages."""
    reader = judging.reader
    if reader is None:
        raise ValueError("there is no reader to choose by")
    parts, sides = [], []
    for part in sub_questions(resolved.searched.text):
        if part.side or not part.loose:
            alone = Question(part.question[:MAX_QUESTION])
            parts.append((Readings(reader, Text(f"{part.previous} {part.question}".strip())), search(alone, part.previous, "").hits))
            sides.append(part.side)
    chosen = choose_excerpts(found.hits, Readings(reader, retriever.titled(resolved.searched)), retriever.index, parts=parts, sides=sides)
    evidence = list(chosen.evidence)
    if found.about and (fact := fact_asked(found, asked, resolved.searched.text)) is not None:
        evidence = [fact, *evidence[:1]]
        chosen = replace(chosen, evidence=tuple(evidence))
    if not asked.english:
        chosen = replace(chosen, covered=found.signals.coverage, unseen=unseen_share(found))
    scope = _scope(retriever, resolved.refers)
    # Known of Chinese questions alone, see `judge`, and of none that takes something from the talk before it.
    known = retriever.embedder.name == CALIBRATED_MODEL and not asked.english and not resolved.refers
    off_topic = known and is_off_topic(off_topic_probability(found, "Hans", asked, field=scope.field), "Hans", field=scope.field)
    verdict = judge_read(chosen, asked, shown, scope, strictness=judging.strictness, off_topic=off_topic, without=judging.without)
    return found, evidence, verdict


def _by_scores(
    retriever: Retriever, found: Retrieval, resolved: _Resolved, asked: Question, languages: tuple[Language, Language], search: Search, judging: Judging
) -> tuple[Retrieval, list[Evidence], Verdict]:
    """Choose and judge by the search's own scores and by rules."""
    spoken, shown = languages
    chosen = choose(found, asked, spoken, retriever.index, searched=resolved.searched, search=search)
    verdict = _judged(retriever, found, chosen, asked, languages, resolved.refers, judging.without)
    if "premise" not in verdict.parts and (placeless := without_place(asked)):
        # What was the first of all is found where the search does not name the wrong place.
        elsewhere = Question(placeless[:MAX_QUESTION])
        aside = search(elsewhere, "", "")
        others = choose(aside, elsewhere, spoken, retriever.index)
        if place := first_elsewhere(asked, told(others)):
            return aside, others, Verdict("answered", "", {**verdict.parts, "premise": place, "unfilled": []}, objection(place, asked, shown))
    return found, chosen, verdict


def _scope(retriever: Retriever, refers: bool) -> Scope:
    index = retriever.index
    topics = tuple(f"《{title}》" for title in index.titles(3))
    return Scope(retriever.embedder.name, topics, of_field(index), refers, int(index.manifest["counts"]["documents"]))


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


def _resolve(question: Question, history: Sequence[Turn], spoken: Language, trace: dict[str, Any], rewrite: Rewrite | None, *, eager: bool) -> _Resolved:
    """Put a follow-up into a question of its own, and note in the trace what it took from the talk before it."""
    follows = follow_up(question, history)
    resolved = _Resolved(_cut(follows.standalone), follows.asks, follows.refers, follows.more, follows.language)
    if (follows.previous or (eager and history)) and not follows.again and rewrite is not None and (standalone := rewrite(question.text, history, spoken, trace)):
        alone = Question(standalone)
        resolved = _Resolved(alone, alone, False, follows.more)
    if resolved.searched.text != question.text:
        trace["standalone"] = resolved.searched.text
    if follows.previous or resolved.searched.text != question.text:
        trace["request"]["history"] = [list(turn) for turn in history]
    return resolved


def _is_foreign(question: Question, index: SearchBackend) -> bool:
    """Whether most of what a Chinese question says is in no article: it starts on something else than the talk before it."""
    if question.english or more_of_the_same(question):
        return False
    said = [token for token in dict.fromkeys(search_tokens(question.text, index.words)) if len(token) > 1 and "\u0001" not in token and token not in FUNCTION_WORDS]
    return 2 * list(index.frequencies(said).values()).count(0) > len(said)


def _cut(question: Question) -> Question:
    return question if len(question.text) <= MAX_QUESTION else Question(question.text[:MAX_QUESTION])


def _apart_from_source(asking: Question, found: Retrieval, retriever: Retriever) -> Question:
    """Tell what names the source from what the question asks for: it need not stand in what the source says."""
    if not found.source:
        return asking
    return Question(asking.text, retriever.unnamed(asking), frozenset(squeezed(title) for title in found.source))


def _judged(
    retriever: Retriever, found: Retrieval, chosen: Sequence[Evidence], asked: Question, languages: tuple[Language, Language], refers: bool, without: frozenset[str]
) -> Verdict:
    """Judge by the language of the question; give the reason in that of the answer."""
    spoken, shown = languages

    def judged(language: Language) -> Verdict:
        scope = _scope(retriever, refers)
        return judge(found, chosen, asked, language, scope, without=without)

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
    # YJ-0061, SLA, c++: a code is in no language, the articles are in Chinese.
    if question.english and not re.search(r"[a-z]{2,}|[A-Za-z]{5,}|[A-Za-z]\W+[A-Za-z]{2,}", question.text):
        return "Hans"
    return question.script if question.script in ("Hant", "Latn") else "Hans"
