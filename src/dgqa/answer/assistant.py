"""Answer questions, with the talk before them, by sentences that each cite the articles, or refuse."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from dgqa.answer.citing import extracted
from dgqa.answer.confidence import Strictness
from dgqa.answer.inquiry import Judging, Request, Rewrite, inquire
from dgqa.answer.judging import known
from dgqa.errors import AnswerError, SettingError, missing_extra
from dgqa.index.engines.opening import LOCAL, Engine
from dgqa.messages import LANGUAGES, Language
from dgqa.models.chat import Chat, ChatOptions
from dgqa.models.embedding import Backend, Embedder, Embeddings
from dgqa.models.failures import ChatFailure
from dgqa.models.readers.opening import open_reader
from dgqa.models.readers.reader import Reader
from dgqa.models.store import is_offline
from dgqa.models.streaming import Cost
from dgqa.question.talk import Turn
from dgqa.search.retriever import Retriever, ms
from dgqa.types import Answer, Filter

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

HITS = 8  # passages retrieved


class Assistant:
    """Answers questions from an index. Safe to use from several threads."""

    def __init__(self, retriever: Retriever, *, llm: object | None = None, options: ChatOptions | None = None, judging: Judging | None = None) -> None:
        """``llm`` is what `open` takes; a name is looked up when it is first needed. Without ``judging`` no trained reader chooses and judges."""
        self.retriever = retriever
        self.judging = judging or Judging()
        self._options = options or ChatOptions()
        self._chat = None if _no_llm(llm) else Chat(llm, self._options)

    @classmethod
    def open(
        cls,
        index: str | os.PathLike[str] = "index",
        *,
        llm: object | None = None,
        embedder: Embedder | Embeddings | None = None,
        backend: Backend = "auto",
        glossary: str | os.PathLike[str] | None = None,
        reader: str | Reader = "auto",
        strictness: Strictness = "balanced",
        without: Iterable[str] = (),
        llm_base_url: str = "",
        llm_timeout: float = 120.0,
        llm_retries: int = 2,
        llm_threads: int = 0,
        llm_context: int = 4096,
        llm_profile: str = "auto",
        llm_verify: str = "auto",
        engine: tuple[str, str, float, int] = LOCAL,
    ) -> Assistant:
        """Open an assistant on an index.

        Args:
            index: The folder of the index.
            llm: What composes the text of an answer: None for the evidence sentences themselves, "local",
                a name that LangChain's ``init_chat_model`` knows ("openai:…"), or a LangChain chat model.
            embedder: What embeds questions, an `Embedder` or LangChain's embeddings; by default the model that the index was built with.
            backend: What runs that model, see `open_embedder`.
            glossary: A file of terms for English questions, added to the built-in ones, see `load_glossary`.
            reader: What reads the passages found: "auto" for the built-in reader, where the index was built with the model that it
                goes with; "cross-encoder:MODEL" of sentence-transformers; "chat:MODEL" for a chat model, named as ``llm`` is; "off";
                or a `Reader`.
            strictness: How sure an answer must be: "lenient", "balanced" or "strict".
            without: Names of rules and gates that are left out, to measure what they are worth.
            llm_base_url: A server that speaks OpenAI's protocol; its key is the variable ``DGQA_LLM_KEY``.
            llm_timeout: Seconds that a chat model has for an answer; then the evidence sentences are shown.
            llm_retries: How often a request that failed before any text came is repeated.
            llm_threads: Of the local model; 0 takes as many as this process may use.
            llm_context: Tokens that the model reads and writes.
            llm_profile: "strong" for a model that is given whole passages and asked whenever something was found, "local" for a small
                one, "auto" to go by where it runs.
            llm_verify: Whether the model looks over its own answer: "on", "off", or "auto" for strong ones.
            engine: What searches the index, see `Engine`.

        Raises:
            ConfigError: ``llm`` or its address, ``reader``, ``strictness`` or ``without`` cannot be used, or the glossary can't be read.
            IndexNotFoundError: there is no index.
            IndexMismatchError: the index is damaged or was built by another model.
            ModelError: the embedding model or the chat model can't be had.
        """
        options = ChatOptions(llm_base_url, llm_timeout, llm_retries, llm_threads, llm_context, llm_profile, llm_verify)
        chat = None if _no_llm(llm) else Chat(llm, options)
        if chat is not None:
            chat.model()  # what is wrong with it is said now
        _check_strictness(strictness)
        retriever = Retriever.open(index, embedder=embedder, backend=backend, glossary=glossary, engine=Engine(*engine))
        reads = _reader(reader, options, retriever.embedder.name) if isinstance(reader, str) else reader
        opened = cls(retriever, options=options, judging=Judging(reads, strictness, known(frozenset(without))))
        opened._chat = chat
        return opened

    def __repr__(self) -> str:
        reader = self.judging.reader.name if self.judging.reader else "none"
        return f"<Assistant on {self.retriever!r}: {self.label}, reader {reader}, {self.judging.strictness}>"

    @property
    def label(self) -> str:
        """What writes the answers: "extractive", or the name of the chat model."""
        return "extractive" if self._chat is None else self._chat.label

    def with_llm(self, llm: object | None) -> Assistant:
        """Return an assistant on the same index with another chat model, or with none; it is opened when first asked."""
        return Assistant(self.retriever, llm=llm, options=self._options, judging=self.judging)

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        filter: Filter | None = None,
        language: Language | None = None,
        k: int = HITS,
        strictness: Strictness | None = None,
    ) -> Answer:
        """Answer a question.

        Args:
            question: In simplified or traditional Chinese or English.
            history: The (question, answer) pairs before it, oldest first.
            filter: Which articles and sections may answer; None for all.
            language: "Hans", "Hant" or "Latn" for the language and script of the answer; None for the question's.
            k: How many passages are retrieved.
            strictness: How sure this answer must be; None for what the assistant was opened with.

        Raises:
            AnswerError: the question is empty, too long, or has no word in it; or k is below 1.
            SettingError: there is no such strictness.
            ConfigError, ModelError: the chat model of `with_llm` cannot be opened.
        """
        *_, final = self.stream(question, history, filter=filter, language=language, k=k, strictness=strictness)
        return final

    async def aask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        filter: Filter | None = None,
        language: Language | None = None,
        k: int = HITS,
        strictness: Strictness | None = None,
    ) -> Answer:
        """Do what `ask` does without holding up the event loop."""
        import asyncio

        return await asyncio.to_thread(self.ask, question, history, filter=filter, language=language, k=k, strictness=strictness)

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        filter: Filter | None = None,
        language: Language | None = None,
        k: int = HITS,
        strictness: Strictness | None = None,
        early: bool = False,
    ) -> Iterator[Answer]:
        """Yield growing answers, a sentence more each time; the last one is what `ask` returns.

        With ``early`` the first one, before a chat model writes, is made of the articles' own sentences, and has `composing` in its
        trace; it does not go on in those behind it. Where a chat model fails in the middle, the last one is the extractive answer and does not begin like those before.
        """
        if language is not None and language not in LANGUAGES:
            raise AnswerError(f"language is {language!r}: give one of {', '.join(LANGUAGES)}, or None for the question's")
        judging = self.judging
        if strictness is not None:
            judging = replace(judging, strictness=_check_strictness(strictness))
        chat, cost = self._chat, Cost()
        if chat is not None:
            chat.model()  # what is wrong with it is said now
        request = Request(question, history, filter, language, k, strictness)
        writer = chat.label if chat else ""
        known = inquire(self.retriever, request, judging, writer=writer, rewrite=self._rewriter(chat, cost), eager=bool(chat and chat.strong))
        if chat is None:
            yield from extracted(known)
            return
        from dgqa.answer.composed.composition import composed, is_asked

        if not is_asked(known, chat):
            yield from extracted(known)
            return
        if early:
            *_, draft = extracted(known)
            yield replace(draft, trace={**draft.trace, "composing": True})
        yield from composed(known, chat, cost, without=judging.without)

    def as_runnable(self) -> Runnable[Any, Answer]:
        """Return this assistant as a LangChain runnable from a question, or {"question": …, "history": …}, to an `Answer`.

        Raises:
            MissingExtraError: LangChain is not installed.
        """
        try:
            from dgqa.integrations.runnable import runnable
        except ImportError as error:
            raise missing_extra("a LangChain runnable", "langchain", "langchain") from error

        return runnable(self)

    def _rewriter(self, chat: Chat | None, cost: Cost) -> Rewrite | None:
        """Return what lets the model put a follow-up into a question of its own; where it can't, the rules do."""
        if chat is None:
            return None
        from dgqa.answer.composed.rewriting import rewritten

        def rewrite(question: str, history: Sequence[Turn], language: Language, trace: dict[str, Any]) -> str | None:
            begun = time.perf_counter()
            try:
                standalone = rewritten(chat.speaker(), question, history, language, timeout=chat.options.timeout / 2, retries=chat.options.retries, cost=cost)
            except ChatFailure as failure:
                trace["rewriting"] = failure.reason
                return None
            finally:
                trace["timings"]["rewrite"] = ms(begun)
            if standalone is None:
                trace["rewriting"] = "unfaithful"
            return standalone

        return rewrite


def _check_strictness(given: Strictness) -> Strictness:
    if given not in get_args(Strictness):
        raise SettingError(f"strictness is {given!r}: give one of {', '.join(get_args(Strictness))}")
    return given


def _reader(spec: str, options: ChatOptions, embedder: str) -> Reader | None:
    """Return the reader that a setting names, see `open_reader`; "chat:MODEL" is a chat model that is asked as ``options`` say."""
    kind, _, model = spec.partition(":")
    if kind != "chat" or not model:
        return open_reader(spec, embedder, offline=is_offline())
    from dgqa.answer.composed.reading import ChatReader

    chat = Chat(model, options)
    chat.model()  # what is wrong with it is said now
    return ChatReader(chat)


def _no_llm(llm: object) -> bool:
    """Whether this asks for the articles' own sentences, in the words that the setting `llm` knows too."""
    return llm is None or (isinstance(llm, str) and llm.strip().lower() in ("", "extractive", "none"))
