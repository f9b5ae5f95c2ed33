"""A question and the talk before it in; an answer whose every sentence cites the articles, or a refusal, out."""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from dgqa.answer.citations import cite
from dgqa.answer.composing import Shown, checked, gather, grounds, quoted, written
from dgqa.answer.judging import Verdict, doubted, judge, objection, told
from dgqa.answer.prompts import compose_messages
from dgqa.answer.rewriting import rewritten
from dgqa.answer.scope import of_field
from dgqa.answer.selection import Evidence, choose
from dgqa.answer.wording import leads
from dgqa.claims.checker import Checker
from dgqa.claims.presumed import first_elsewhere, without_place
from dgqa.errors import AnswerError
from dgqa.language.text import detect_script, squeezed, to_script
from dgqa.messages import LANGUAGES, Language, say
from dgqa.models.chat import label_of, open_chat_model
from dgqa.models.embedding import Backend, Embedder
from dgqa.models.streaming import ChatFailure, pieces
from dgqa.question.followups import follow_up
from dgqa.question.parsing import Slots, asked
from dgqa.question.talk import Turn, turns_of
from dgqa.search.retriever import MAX_QUESTION, Retrieval, Retriever, check_question
from dgqa.types import Answer, AnswerSentence, Citation, Filter

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable

HITS = 8  # passages retrieved
SHOWN_BEFORE = 8  # passages more where what was shown before is left out

_ENGLISH = re.compile(r"\W*(?:what|who|whom|whose|when|where|which|why|how|is|are|was|were|does|did|do|can|could|please|tell|explain|define|describe|give|list)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """How a chat model is asked, see `open_chat_model`; ``timeout`` is in seconds and holds for a whole answer."""

    base_url: str = ""
    timeout: float = 120.0
    retries: int = 2
    threads: int = 0
    context: int = 4096


class Chat:
    """A chat model that is opened when it is first asked, once for all threads."""

    def __init__(self, llm: object, options: ChatOptions) -> None:
        self.label = label_of(llm)
        self.options = options
        self._llm = llm
        self._model: BaseChatModel | None = None
        self._opening = threading.Lock()

    def model(self) -> BaseChatModel:
        """Return the model.

        Raises:
            ConfigError: its name cannot be used.
            ModelError: it, its package or its key is not there.
        """
        with self._opening:
            if self._model is None:
                options = self.options
                # The repetitions are ours, so that they end with the time for the answer.
                self._model = open_chat_model(
                    self._llm,  # type: ignore[arg-type]
                    base_url=options.base_url,
                    timeout=options.timeout,
                    max_retries=0,
                    threads=options.threads,
                    context=options.context,
                )
            return self._model


@dataclass(slots=True)
class _Asked:
    """Everything known about a question before its answer is written, from one index whatever is built meanwhile."""

    retriever: Retriever
    question: str
    language: Language
    found: Retrieval
    chosen: list[Evidence]
    slots: Slots
    verdict: Verdict
    trace: dict[str, Any]
    started: float
    choosing: float


class Assistant:
    """Answers questions from an index. Safe to use from several threads."""

    def __init__(self, retriever: Retriever, *, llm: object | None = None, options: ChatOptions | None = None) -> None:
        """``llm`` is what `open` takes; a name is looked up when it is first needed."""
        self.retriever = retriever
        self._options = options or ChatOptions()
        self._chat = None if _no_llm(llm) else Chat(llm, self._options)

    @classmethod
    def open(
        cls,
        index: str | os.PathLike[str] = "index",
        *,
        llm: object | None = None,
        embedder: Embedder | None = None,
        backend: Backend = "auto",
        glossary: str | os.PathLike[str] | None = None,
        llm_base_url: str = "",
        llm_timeout: float = 120.0,
        llm_retries: int = 2,
        llm_threads: int = 0,
        llm_context: int = 4096,
    ) -> Assistant:
        """Open an assistant on an index.

        Args:
            index: The folder of the index.
            llm: What composes the text of an answer: None for the evidence sentences themselves, "local",
                a name that LangChain's ``init_chat_model`` knows ("openai:…"), or a LangChain chat model.
            embedder: What embeds questions; by default the model that the index was built with.
            backend: What runs that model, see `open_embedder`.
            glossary: A file of terms for English questions, added to the built-in ones, see `load_glossary`.
            llm_base_url: A server that speaks OpenAI's protocol; its key is the variable ``DGQA_LLM_KEY``.
            llm_timeout: Seconds that a chat model has for an answer; then the evidence sentences are shown.
            llm_retries: How often a request that failed before any text came is repeated.
            llm_threads: Of the local model; 0 takes as many as this process may use.
            llm_context: Tokens that the local model reads and writes.

        Raises:
            ConfigError: ``llm`` or its address cannot be used, or the glossary can't be read.
            IndexNotFoundError: there is no index.
            IndexMismatchError: the index is damaged or was built by another model.
            ModelError: the embedding model or the chat model can't be had.
        """
        options = ChatOptions(llm_base_url, llm_timeout, llm_retries, llm_threads, llm_context)
        chat = None if _no_llm(llm) else Chat(llm, options)
        if chat is not None:
            chat.model()  # what is wrong with it is said now
        opened = cls(Retriever.open(index, embedder=embedder, backend=backend, glossary=glossary), options=options)
        opened._chat = chat
        return opened

    @property
    def label(self) -> str:
        """What writes the answers: "extractive", or the name of the chat model."""
        return "extractive" if self._chat is None else self._chat.label

    def with_llm(self, llm: object | None) -> Assistant:
        """Return an assistant on the same index with another chat model, or with none; it is opened when first asked."""
        return Assistant(self.retriever, llm=llm, options=self._options)

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        filter: Filter | None = None,
        language: Language | None = None,
        k: int = HITS,
    ) -> Answer:
        """Answer a question.

        Args:
            question: In simplified or traditional Chinese or English.
            history: The (question, answer) pairs before it, oldest first.
            filter: Which articles and sections may answer; None for all.
            language: "Hans", "Hant" or "Latn" for the language and script of the answer; None for the question's.
            k: How many passages are retrieved.

        Raises:
            AnswerError: the question is empty, too long, or has no word in it; or k is below 1.
            ConfigError, ModelError: the chat model of `with_llm` cannot be opened.
        """
        *_, final = self.stream(question, history, filter=filter, language=language, k=k)
        return final

    async def aask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        filter: Filter | None = None,
        language: Language | None = None,
        k: int = HITS,
    ) -> Answer:
        """Do what `ask` does without holding up the event loop."""
        return await asyncio.to_thread(self.ask, question, history, filter=filter, language=language, k=k)

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        filter: Filter | None = None,
        language: Language | None = None,
        k: int = HITS,
    ) -> Iterator[Answer]:
        """Yield growing answers, a sentence more each time; the last one is what `ask` returns.

        Where a chat model fails in the middle, the last one is the extractive answer and does not begin like those before.
        """
        if language is not None and language not in LANGUAGES:
            raise AnswerError(f"language is {language!r}: give one of {', '.join(LANGUAGES)}, or None for the question's")
        model = None if self._chat is None else self._chat.model()
        known = self._look(question, history, filter, language, k, model)
        if model is None or self._chat is None or known.verdict.status == "refused":
            yield from self._extracted(known)
            return
        yield from self._composed(known, model, self._chat)

    def as_runnable(self) -> Runnable[Any, Answer]:
        """Return this assistant as a LangChain runnable from a question, or {"question": …, "history": …}, to an `Answer`."""
        from dgqa.integrations.runnable import runnable

        return runnable(self)

    # --- what comes before the writing ---------------------------------------------------------------------------

    def _look(
        self, question: str, history: Sequence[Turn], filter: Filter | None, language: Language | None, k: int, model: BaseChatModel | None
    ) -> _Asked:
        started = time.perf_counter()
        question, history = check_question(question), turns_of(history)
        if filter is not None and not isinstance(filter, Filter):
            raise AnswerError(f"the filter is a {type(filter).__name__}: give a dgqa.Filter")
        retriever = self.retriever.pinned()
        spoken = _language(question)
        shown = language or spoken
        trace: dict[str, Any] = {
            "timings": {},
            "mode": "extractive",
            "language": shown,
            "model": retriever.embedder.fingerprint,
            "index": retriever.index.fingerprint,
            # What it takes to ask the same again.
            "request": {"history": [], "filter": asdict(filter) if filter else None, "language": language, "k": k},
        }
        if self._chat is not None:
            trace["llm"] = self._chat.label
        follows = follow_up(question, history)
        searched, asking, refers = follows.standalone[:MAX_QUESTION], follows.asks, follows.refers
        if follows.previous and model is not None and (standalone := self._standalone(model, question, history, spoken, trace)):
            searched, asking, refers = standalone, standalone, False
        if searched != question:
            trace["standalone"] = searched
        if follows.previous or searched != question:
            trace["request"]["history"] = [list(turn) for turn in history]
        found = retriever.retrieve(searched, k + SHOWN_BEFORE if follows.more else k, filter=filter)
        if follows.more:
            found = _unseen(found, history, k)
        if found.source:
            trace["source"] = list(found.source)
        choosing = time.perf_counter()
        slots = asked(asking)
        if found.source:
            # What names the source need not stand in what it says.
            known = {squeezed(title) for title in found.source}
            bare = asked(retriever.unnamed(asking))
            slots = replace(bare, question=asking, titles=tuple(title for title in slots.titles if title in bare.titles or squeezed(title) in known))
        chosen = choose(
            found,
            slots,
            spoken,
            retriever.index,
            question=searched,
            search=lambda part, before, title: retriever.retrieve(
                part[:MAX_QUESTION], k, previous=before, filter=Filter(documents=(title,)) if title and not filter else filter
            ),
        )
        verdict = _judged(retriever, found, chosen, slots, spoken, shown, refers)
        if "premise" not in verdict.parts and (placeless := without_place(slots)):
            # What was the first of all is found where the search does not name the wrong place.
            aside = retriever.retrieve(placeless[:MAX_QUESTION], k, filter=filter)
            others = choose(aside, asked(placeless), spoken, retriever.index, question=placeless)
            if place := first_elsewhere(slots, told(others)):
                found, chosen = aside, others
                verdict = Verdict("answered", "", {**verdict.parts, "premise": place, "unfilled": []}, objection(place, slots, shown))
        if filter and not found.hits and "smalltalk" not in verdict.parts:
            verdict = replace(verdict, reason=say("outside", shown))
        trace["signals"] = {**found.signals._asdict(), **verdict.parts}
        return _Asked(retriever, question, shown, found, chosen, slots, verdict, trace, started, choosing)

    def _standalone(self, model: BaseChatModel, question: str, history: Sequence[Turn], language: Language, trace: dict[str, Any]) -> str | None:
        """Let the model put a follow-up into a question of its own; where it can't, the rules do."""
        begun = time.perf_counter()
        try:
            standalone = rewritten(model, question, history, language, timeout=self._options.timeout / 2, retries=self._options.retries)
        except ChatFailure as failure:
            trace["rewriting"] = failure.reason
            return None
        finally:
            trace["timings"]["rewrite"] = _ms(begun)
        if standalone is None:
            trace["rewriting"] = "unfaithful"
        return standalone

    # --- the articles' own sentences -----------------------------------------------------------------------------

    def _extracted(self, known: _Asked, fallback: str = "") -> Iterator[Answer]:
        """Yield the answer made of the chosen sentences; ``fallback`` says why it stands for a composed one."""
        refused = known.verdict.status == "refused"
        sentences, citations = _cite(known, [] if refused else known.chosen)
        reason = known.verdict.reason
        if fallback:
            known.trace["fallback"] = fallback
            note = say("fallback", known.language, why=to_script(say(f"llm_{fallback}", known.language), known.language))
            reason = reason if refused else "\n".join(part for part in (reason, note) if part)
        final = self._answer(known, sentences, citations, reason)
        # After a failure a reader has seen other sentences already: the last word is said at once.
        for count in range(1, 0 if fallback else len(sentences)):
            shown = sentences[:count]
            numbers = {number for sentence in shown for number in sentence.citations}
            cited = tuple(citation for citation in citations if citation.number in numbers)
            yield replace(final, text=_text(shown, "", known), sentences=shown, citations=cited, reason="")
        yield final

    # --- what a chat model makes of them -------------------------------------------------------------------------

    def _composed(self, known: _Asked, model: BaseChatModel, chat: Chat) -> Iterator[Answer]:
        evidence = gather(known.chosen, known.found.hits)
        checker = Checker(grounds(evidence), slots=known.slots, embedder=known.retriever.embedder)
        messages = compose_messages(known.trace.get("standalone", known.question), quoted(evidence), known.language)
        begun = time.perf_counter()
        known.trace["withheld"] = 0
        sentences: list[AnswerSentence] = []
        citations: list[Citation] = []
        numbers: dict[int, tuple[int, ...]] = {}  # of the citations of each piece of evidence
        shown: Answer | None = None
        stream = written(pieces(model, messages, timeout=chat.options.timeout, retries=chat.options.retries))
        try:
            for made in checked(stream, checker, known.language):
                if not isinstance(made, Shown):
                    known.trace["withheld"] += 1
                    known.trace.setdefault("faults", []).append(made.fault)
                    continue
                if shown is not None:
                    yield shown
                known.trace["timings"].setdefault("first_sentence", _ms(known.started))
                for number in made.numbers:
                    if number not in numbers:
                        cited = _citations(known, evidence[number - 1], len(citations) + 1)
                        numbers[number] = tuple(citation.number for citation in cited)
                        citations += cited
                marks = tuple(mark for number in made.numbers for mark in numbers[number])
                sentences.append(AnswerSentence(made.text, marks, made.support))
                known.trace["mode"] = "composed"
                shown = self._answer(known, tuple(sentences), tuple(citations), "")
        except ChatFailure as failure:
            fallback = failure.reason
        else:
            fallback = "" if sentences else _unwritten(known.trace.get("faults", ()))
            if fallback == "no_answer":
                known.verdict = doubted(known.verdict, known.language)
                known.trace["signals"] |= known.verdict.parts
        known.trace["timings"]["compose"] = _ms(begun)
        if fallback:
            known.trace["mode"] = "extractive"
            yield from self._extracted(known, fallback)
            return
        yield self._answer(known, tuple(sentences), tuple(citations), known.verdict.reason)

    def _answer(self, known: _Asked, sentences: tuple[AnswerSentence, ...], citations: tuple[Citation, ...], reason: str) -> Answer:
        text = _text(sentences, reason, known)
        timings = {**known.found.timings, **known.trace["timings"], "answer": _ms(known.choosing), "total": _ms(known.started)}
        trace = {**known.trace, "timings": timings}
        return Answer(known.question, known.verdict.status, text, sentences, citations, known.found.hits, reason, trace)


def _judged(
    retriever: Retriever,
    found: Retrieval,
    chosen: Sequence[Evidence],
    slots: Slots,
    spoken: Language,
    shown: Language,
    refers: bool,
) -> Verdict:
    """Judge by the language of the question; give the reason in that of the answer."""
    topics = [f"《{title}》" for title in retriever.index.titles(3)]

    def judged(language: Language) -> Verdict:
        return judge(found, chosen, slots, language, model=retriever.embedder.name, refers=refers, topics=topics, field=of_field(retriever.index))

    verdict = judged(spoken)
    if spoken == shown or not (verdict.reason or verdict.lead):
        return verdict
    if "Latn" not in (spoken, shown):
        return replace(verdict, reason=to_script(verdict.reason, shown), lead=to_script(verdict.lead, shown))
    other = judged(shown)
    if other.status == verdict.status:
        return replace(verdict, reason=other.reason, lead=other.lead)
    return replace(verdict, reason=say("nothing", shown))


def _unwritten(faults: Sequence[str]) -> str:
    """Return why nothing of what a model wrote is shown; one that finds no answer says so first."""
    return "no_answer" if faults and faults[0] == "no_answer" else "unsupported"


def _unseen(found: Retrieval, history: Sequence[Turn], k: int) -> Retrieval:
    """Leave out the passages of which the answers before show a sentence, in either script."""
    shown = squeezed("\n".join(answer for _, answer in history))
    fresh = [hit for hit in found.hits if not any(len(key := squeezed(sentence.text)) > 5 and key in shown for sentence in hit.passage.sentences)]
    return replace(found, hits=tuple(replace(hit, rank=rank) for rank, hit in enumerate(fresh[:k], 1)), placed=None)


def _no_llm(llm: object) -> bool:
    """Whether this asks for the articles' own sentences, in the words that the setting `llm` knows too."""
    return llm is None or (isinstance(llm, str) and llm.strip().lower() in ("", "extractive", "none"))


def _language(question: str) -> Language:
    # "What is 一网通办?" has more Chinese characters than letters of words, but is asked in English.
    if _ENGLISH.match(question):
        return "Latn"
    script = detect_script(question)
    return script if script in ("Hant", "Latn") else "Hans"


def _cite(known: _Asked, chosen: Sequence[Evidence]) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
    sentences: list[AnswerSentence] = []
    citations: list[Citation] = []
    named = leads([(evidence.passage, evidence.sentence.text) for evidence in chosen], known.slots, known.language)
    for evidence, lead in zip(chosen, named, strict=True):
        made = _citations(known, evidence, len(citations) + 1)
        citations += made
        text = evidence.sentence.text if known.language == "Latn" else to_script(evidence.sentence.text, known.language)
        sentences.append(AnswerSentence(text, tuple(citation.number for citation in made), 1.0, lead))
    return tuple(sentences), tuple(citations)


def _citations(known: _Asked, evidence: Evidence, first: int) -> tuple[Citation, ...]:
    return cite(first, evidence.passage, evidence.sentence, known.retriever.index.raw(evidence.passage.doc_id))


def _text(sentences: Sequence[AnswerSentence], reason: str, known: _Asked) -> str:
    """Return the text a person reads: every sentence with its markers, then what is missing."""
    if known.verdict.status == "refused":
        return reason
    lines = []
    for sentence in sentences:
        markers = "".join(f"[{number}]" for number in sentence.citations)
        lines.append(f"{sentence.lead}{sentence.text}{markers}")
    quoted_as = say("quoted", known.language) if known.trace["mode"] == "extractive" else ""
    return "\n".join(part for part in (known.verdict.lead, quoted_as, "\n".join(lines), reason) if part)


def _ms(started: float) -> float:
    return round(1000 * (time.perf_counter() - started), 3)
