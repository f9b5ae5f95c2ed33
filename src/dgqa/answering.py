"""A question and the talk before it in; an answer whose every sentence cites the articles, or a refusal, out."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from typing import Any

from dgqa.citations import cite
from dgqa.embedding import Backend, Embedder
from dgqa.errors import ConfigError
from dgqa.followups import follow_up
from dgqa.judging import judge
from dgqa.phrases import Language, say
from dgqa.retrieval import Retriever, check_question
from dgqa.selection import Evidence, choose
from dgqa.slots import asked
from dgqa.text import detect_script, to_script
from dgqa.types import Answer, AnswerSentence, Citation, Status

HITS = 8  # passages retrieved


class Assistant:
    """Answers questions from an index. Safe to use from several threads."""

    def __init__(self, retriever: Retriever) -> None:
        self.retriever = retriever
        self._topics = _topics(retriever)

    @classmethod
    def open(
        cls,
        index: str | os.PathLike[str] = "index",
        *,
        llm: object | None = None,
        embedder: Embedder | None = None,
        backend: Backend = "auto",
        glossary: str | os.PathLike[str] | None = None,
    ) -> Assistant:
        """Open an assistant on an index.

        Args:
            index: The folder of the index.
            llm: What composes the text of an answer. None, the only choice so far: the evidence sentences themselves.
            embedder: What embeds questions; by default the model that the index was built with.
            backend: What runs that model, see `open_embedder`.
            glossary: A file of terms for English questions, added to the built-in ones, see `load_glossary`.

        Raises:
            ConfigError: ``llm`` is not None, or the glossary can't be read.
            IndexNotFoundError: there is no index.
            IndexMismatchError: the index is damaged or was built by another model.
            ModelError: the embedding model can't be had.
        """
        if llm is not None:
            raise ConfigError(f"llm is {llm!r}, but answers are made of the articles' own sentences so far: leave it None")
        return cls(Retriever.open(index, embedder=embedder, backend=backend, glossary=glossary))

    def ask(self, question: str, history: Sequence[tuple[str, str]] = ()) -> Answer:
        """Answer a question; ``history`` holds the (question, answer) pairs before it, oldest first.

        Raises:
            AnswerError: the question is empty, too long, or has no word in it.
        """
        started = time.perf_counter()
        question = check_question(question)
        language = _language(question)
        follows = follow_up(question, history)
        found = self.retriever.retrieve(question, HITS, previous=follows.previous)
        choosing = time.perf_counter()
        slots = asked(question)
        chosen = choose(found, slots, language, self.retriever.index)
        verdict = judge(
            found, chosen, slots, language, model=self.retriever.embedder.name, refers=follows.refers, topics=self._topics[language]
        )
        sentences, citations = self._cite([] if verdict.status == "refused" else chosen, language)
        text = _compose(sentences, verdict.reason, verdict.status, language)
        now = time.perf_counter()
        trace: dict[str, Any] = {
            "timings": {**found.timings, "answer": round(1000 * (now - choosing), 3), "total": round(1000 * (now - started), 3)},
            "mode": "extractive",
            "language": language,
            "model": self.retriever.embedder.fingerprint,
            "index": self.retriever.index.fingerprint,
            "signals": {**found.signals._asdict(), **verdict.parts},
        }
        if follows.previous:
            trace["question_with_context"] = f"{follows.previous} {question}"
        return Answer(question, verdict.status, text, sentences, citations, found.hits, verdict.reason, trace)

    def stream(self, question: str, history: Sequence[tuple[str, str]] = ()) -> Iterator[Answer]:
        """Yield growing answers, a sentence more each time; the last one is what `ask` returns."""
        final = self.ask(question, history)
        for count in range(1, len(final.sentences)):
            shown = final.sentences[:count]
            numbers = {number for sentence in shown for number in sentence.citations}
            yield Answer(
                final.question,
                final.status,
                _compose(shown, "", final.status, _language(question)),
                shown,
                tuple(citation for citation in final.citations if citation.number in numbers),
                final.hits,
                "",
                final.trace,
            )
        yield final

    def _cite(
        self, chosen: Sequence[Evidence], language: Language
    ) -> tuple[tuple[AnswerSentence, ...], tuple[Citation, ...]]:
        sentences: list[AnswerSentence] = []
        citations: list[Citation] = []
        raws: dict[str, str] = {}
        for evidence in chosen:
            passage, sentence = evidence.passage, evidence.sentence
            if passage.doc_id not in raws:
                raws[passage.doc_id] = self.retriever.index.raw(passage.doc_id)
            made = cite(len(citations) + 1, passage, sentence, raws[passage.doc_id])
            citations += made
            text = sentence.text if language == "Latn" else to_script(sentence.text, language)
            sentences.append(AnswerSentence(text, tuple(citation.number for citation in made), 1.0))
        return tuple(sentences), tuple(citations)


def _language(question: str) -> Language:
    script = detect_script(question)
    return script if script in ("Hant", "Latn") else "Hans"


def _compose(sentences: Sequence[AnswerSentence], reason: str, status: Status, language: Language) -> str:
    """Return the text a person reads: every sentence with its markers, then what is missing."""
    if status == "refused":
        return reason
    lines = []
    for sentence in sentences:
        markers = "".join(f"[{number}]" for number in sentence.citations)
        lines.append(f"{sentence.text}{markers}")
    body = "\n".join(lines)
    lead = say("quoted", language)
    return "\n".join(part for part in (lead, body, reason) if part)


def _topics(retriever: Retriever) -> dict[str, list[str]]:
    """Return the titles of up to three articles, for each language: what one may ask about."""
    titles = [f"《{document['title']}》" for document in retriever.index.documents()[:3]]
    return {"Hans": titles, "Hant": titles, "Latn": titles}
