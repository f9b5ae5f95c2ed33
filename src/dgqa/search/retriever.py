"""Find the passages of an index for a question, each with its matching sentences."""

from __future__ import annotations

import copy
import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dgqa.errors import AnswerError, IndexMismatchError
from dgqa.index.engines.backend import Query, Scope, SearchBackend
from dgqa.index.engines.opening import LOCAL, Engine
from dgqa.index.queries import Entry
from dgqa.index.reader import CurrentIndex, Index
from dgqa.integrations.retriever import langchain_retriever
from dgqa.language.bilingual import senses_of
from dgqa.language.glossary import load_glossary
from dgqa.language.reading import Text
from dgqa.language.text import CJK, mainland_words, search_tokens, simplify, taiwan_words
from dgqa.models.embedding import Backend, Embedder, Embeddings, as_embedder, open_embedder
from dgqa.search.duplicates import collapse
from dgqa.search.filters import scope_of
from dgqa.search.limits import MAX_QUESTION, as_text, check_count, check_question
from dgqa.search.metadata import asks_about_article, may_ask_about_article
from dgqa.search.positions import row_position
from dgqa.search.promotion import facts_first, row_asked
from dgqa.search.ranking import RERANKED, Ranking, Scored, Signals, aligned, raised
from dgqa.search.sources import Named, Sources
from dgqa.search.titles import Titles
from dgqa.types import Context, Filter, Hit, Passage

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

# What a passage gains whose document the question names as its source: firmly, or as the likely one.
_FIRM = {True: 0.2, False: 2.0}  # by whether the question is English, whose scores lie closer together
_LIKELY = {True: 0.02, False: 0.2}
_SPARE = 5  # passages read beyond those asked for, among which duplicates are found

_ASKING = re.compile("(?:[是为為有]|分[别別]是)?(?:什么样|什麼樣|什么|什麼|甚麼|哪些|哪[几幾一]?[个個]|多少|怎么样|怎麼樣|怎样|怎樣|怎么|怎麼|为何|為何|如何|是谁|是誰|请问|請問)[的是了]?")
_CHINESE_GAP = re.compile(f"(?<=[{CJK}])[ \u3000]+(?=[{CJK}])")


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What a search found, with what an answer needs to know about it. ``timings`` are milliseconds.

    ``source`` names what the question itself said to search: titles of articles. ``placed`` is the passage's row and the raw
    start of the sentence that it asks for by its place, such as the third row of a table. ``about`` tells that it asks who
    wrote an article, or when or where it appeared. ``terms`` are what the glossary has for an English question, in Chinese.
    ``plain`` is the question as it was searched for, without those it names as its source. ``unknown`` is the share of the
    phrases of an English question that no passage has in Chinese.
    """

    hits: tuple[Hit, ...]
    signals: Signals
    tokens: tuple[str, ...]
    unseen: tuple[str, ...]
    timings: dict[str, float]
    source: tuple[str, ...] = ()
    placed: tuple[int, int] | None = None
    about: bool = False
    terms: tuple[str, ...] = ()
    plain: str = ""
    unknown: float = 0.0


class Retriever:
    """Searches the newest index of a folder. Safe to use from several threads."""

    def __init__(self, index: SearchBackend, embedder: Embedder, *, glossary: str | os.PathLike[str] | None = None, reopen: Callable[[Path], SearchBackend] = Index.open) -> None:
        if embedder.fingerprint != index.manifest["fingerprint"]:
            raise IndexMismatchError(
                f"the index at {index.folder} was built with {index.manifest['fingerprint']}, the embedder is {embedder.fingerprint}: "
                "open it with the same model or run `dgqa index --rebuild`"
            )
        self.embedder = embedder
        self._current = CurrentIndex(index, reopen)
        self._pinned: SearchBackend | None = None
        self._queries: dict[str, Query] = {}  # of what was searched for while pinned
        self._glossary = load_glossary(glossary or None)
        # By generation, the newest alone; a dict, so that pinned copies share it.
        self._listed: dict[str, tuple[tuple[Entry, ...], Sources, Titles]] = {}

    def __repr__(self) -> str:
        index = self.index
        return f"<Retriever of {str(index.folder)!r}: {index.manifest['counts']['documents']} documents, {self.embedder.name}>"

    @property
    def index(self) -> SearchBackend:
        """The index as it is now.

        Raises:
            IndexMismatchError: it has been built again with another model, or is damaged.
        """
        return self._pinned if self._pinned is not None else self._current.get()

    def pinned(self) -> Retriever:
        """Return this retriever on the index as it is now, which it keeps whatever is built meanwhile."""
        if self._pinned is not None:
            return self
        fixed = copy.copy(self)
        fixed._pinned, fixed._queries = self._current.get(), {}
        return fixed

    @classmethod
    def open(
        cls,
        index: str | os.PathLike[str] = "index",
        *,
        embedder: Embedder | Embeddings | None = None,
        backend: Backend = "auto",
        glossary: str | os.PathLike[str] | None = None,
        engine: Engine = LOCAL,
    ) -> Retriever:
        """Open the retriever of an index with the model that the index was built with.

        ``glossary`` is a file of terms in Chinese and English that adds to the built-in ones, see `load_glossary`; ``engine`` searches the index.

        Raises:
            IndexNotFoundError: there is no index.
            IndexMismatchError: the index is damaged, or ``embedder`` is not the one it was built with.
            ModelError: the model can't be had.
            ConfigError: the glossary can't be read, or what the engine needs is not installed.
            EngineError: the engine can't be reached, or does not answer in time.
        """
        load_glossary(glossary or None)
        opened = engine.open(index)
        if embedder is None:
            built = opened.manifest
            embedder = open_embedder(str(built["model"]), backend, query_prompt=built["query_prompt"], passage_prompt=built["passage_prompt"])
        return cls(opened, as_embedder(embedder), glossary=glossary, reopen=engine.open)

    def search(self, question: str, k: int = 5, *, filter: Filter | None = None) -> list[Hit]:
        """Return the ``k`` best passages for a question in simplified or traditional Chinese or English, best first.

        Args:
            question: Where it names its source, as in "张克的文章怎么说", that is where the answer is looked for first.
            k: How many passages; fewer come back where there are no more.
            filter: Where to search.

        Raises:
            AnswerError: the question is empty or too long, k is below 1, or the filter names something that isn't there.
        """
        return list(self.retrieve(question, k, filter=filter).hits)

    async def asearch(self, question: str, k: int = 5, *, filter: Filter | None = None) -> list[Hit]:
        """Do what `search` does without holding up the event loop."""
        import asyncio

        return await asyncio.to_thread(self.search, question, k, filter=filter)

    def retrieve(self, question: str | Text, k: int = 5, *, previous: str = "", filter: Filter | None = None) -> Retrieval:
        """Search with the signals and timings; ``previous`` is the question that this one follows up.

        With it, the scores are the mean of those of the question alone and of both questions together.
        """
        asked = as_text(question)
        check_count(k)
        if filter is not None and not isinstance(filter, Filter):
            raise AnswerError(f"the filter is a {type(filter).__name__}: give a dgqa.Filter")
        if self._pinned is None:
            return self.pinned().retrieve(asked, k, previous=previous, filter=filter)
        timings: dict[str, float] = {}
        started = time.perf_counter()
        before = previous[:MAX_QUESTION].encode("utf-8", "replace").decode("utf-8").strip()
        english = asked.english
        names = self._glossary.chinese(asked) if english else ()
        named = self._named(asked, before)
        plain = self._in_words_used(self.unnamed(asked) if named.numbers else asked.text)
        texts = [plain, self._in_words_used(f"{before} {plain}")] if before else [plain]
        # A space between Chinese words parts them for the search, but is none of what is asked.
        vectors, lates = self.embedder.embed_queries_with_tokens([_CHINESE_GAP.sub("", simplify(text)) for text in texts])
        timings["embed"] = ms(started)
        started = time.perf_counter()
        about = may_ask_about_article(asked) and asks_about_article(self.sources.untitled(asked))
        if about and named.numbers:
            # A title alone says which article is meant where the article itself is asked about.
            named = Named(named.numbers, firm=True)
        scope = self._scope(named, filter, english)
        tokens = [self._tokens(text) for text in texts]
        ranking = Ranking(self.index)
        queries = tuple(Query(vector, late, tuple(words)) for vector, late, words in zip(vectors, lates, tokens, strict=True))
        whole = (asked.text, f"{before} {asked.text}")
        terms = tuple(token for name in names for token in search_tokens(name, self.index.words))
        self._queries.update((text, replace(query, tokens=(*query.tokens, *terms))) for text, query in zip(whole, queries, strict=False))
        runs = []
        for query, text, given in zip(queries, texts, whole, strict=False):
            senses = (*((name,) for name in names), *senses_of(self._glossary.without(text))) if english else ()
            meant = [word for sense in senses for word in sense]
            runs.append(ranking.score(query, english, scope, senses, partial(self._titles().bonus, "".join((given, *names)), meant)))
        first, rows, scores = runs[0], runs[0].rows, runs[0].scores
        if len(runs) > 1:
            rows = np.union1d(rows, runs[1].rows)
            scores = np.mean([aligned(run, rows) for run in runs], axis=0, dtype=np.float32)
        found = dict(zip(rows.tolist(), scores.tolist(), strict=True))
        order = rows[np.argsort(-scores, kind="stable")].tolist()
        if about:
            order = self._facts_first(order, found, named, scope)
        placed = self._row_asked(asked, order, found)
        timings["search"] = ms(started)
        started = time.perf_counter()
        hits = self._hits(order, found, k, runs, english, placed)
        timings["read"] = ms(started)
        titles = tuple(entry.title for entry in self._entries() if entry.number in named.numbers) if named.numbers else ()
        return Retrieval(tuple(hits), first.signals, first.query.tokens, first.words.unseen, timings, titles, placed, about, names, plain, first.unknown)

    def unnamed(self, question: Text) -> str:
        """Return a question without those whose article it names as its source."""
        return self.sources.unnamed(question)

    def query(self, question: str) -> Query:
        """Return a question as it was searched for, an English one with what the glossary has for it; one that was not is searched for now."""
        pinned, asked = self.pinned(), check_question(question[:MAX_QUESTION])
        if asked not in pinned._queries:
            pinned.retrieve(asked, 1)
        return pinned._queries[asked]

    def titled(self, question: Text) -> Text:
        """Return a question with the titles of documents in place of their official numbers, as a reader knows them."""
        return self.sources.titled(question)

    def context(self, hit: Hit | Passage, size: int = 1) -> Context:
        """Return up to ``size`` passages before and behind a hit in its document's text, in reading order."""
        passage = hit.passage if isinstance(hit, Hit) else hit
        around = range(max(0, passage.row - size), passage.row + size + 1)
        found = self.index.passages(row for row in around if row != passage.row).values()
        near = sorted((item for item in found if item.doc_id == passage.doc_id and item.kind == "body"), key=lambda item: item.row)
        return Context(tuple(item for item in near if item.row < passage.row), tuple(item for item in near if item.row > passage.row))

    def _tokens(self, question: str) -> list[str]:
        """Return the search tokens of a question, without what only asks: articles rarely say 什么, which would make it telling."""
        return search_tokens(_ASKING.sub(" ", question), self.index.words) or search_tokens(question, self.index.words)

    def _in_words_used(self, question: str) -> str:
        """Return a question in the words of the mainland, such as 数字 for 數位, or in Taiwan's, where the articles know more of these; both take long to load."""
        fewest = 0 if question.isascii() else self._unknown(question)
        others = (mainland_words(question), taiwan_words(simplify(question))) if fewest else ()
        return min([(fewest, question), *((self._unknown(text), text) for text in others if text != simplify(question))], key=lambda pair: pair[0])[1]

    def _unknown(self, text: str) -> int:
        return list(self.index.frequencies(search_tokens(text, self.index.words)).values()).count(0)

    def _listing(self) -> tuple[tuple[Entry, ...], Sources, Titles]:
        """Return the documents of the index and their names, read when first needed."""
        index, generation = self.index, self.index.generation
        listed = self._listed.get(generation)
        if listed is None:
            documents = index.entries()
            listed = documents, Sources(documents, index.openings()), Titles(documents)
            self._listed[generation] = listed
            for old in set(self._listed) - {generation}:
                self._listed.pop(old, None)
        return listed

    def _entries(self) -> tuple[Entry, ...]:
        return self._listing()[0]

    @property
    def sources(self) -> Sources:
        """The names by which questions may speak of the documents."""
        return self._listing()[1]

    def _titles(self) -> Titles:
        return self._listing()[2]

    def _named(self, question: Text, before: str) -> Named:
        """Return the source that a question names, or that of the question before it."""
        named = self.sources.named(question)
        return named if named.numbers or not before else Named(self.sources.named(Text(before)).numbers)

    def _scope(self, named: Named, filter: Filter | None, english: bool) -> Scope:
        scope = scope_of(self.index, self._entries(), filter) if filter else Scope()
        return replace(scope, favoured=named.numbers, bonus=(_FIRM if named.firm else _LIKELY)[english]) if named.numbers else scope

    def _facts_first(self, order: list[int], found: dict[int, float], named: Named, scope: Scope) -> list[int]:
        """Bring what is said about the articles in question forward, with the score of what it is put before."""
        moved = facts_first(self.index, order, RERANKED, named.numbers)
        if scope.limited:
            allowed = self.index.inside(np.asarray(moved, np.int64), scope)
            moved = [row for row, fits in zip(moved, allowed.tolist(), strict=True) if fits]
        _rescore(moved, found)
        return moved

    def _row_asked(self, question: Text, order: list[int], found: dict[int, float]) -> tuple[int, int] | None:
        """Bring the row or item that a question asks for by its place to the front; return its passage and start."""
        position = row_position(question)
        asked = row_asked(self.index, order[:RERANKED], position) if position else None
        if asked:
            order[:] = [asked[0], *(row for row in order if row != asked[0])]
            _rescore(order, found)
        return asked

    def _hits(
        self, order: Sequence[int], scores: dict[int, float], k: int, runs: Sequence[Scored], english: bool, asked: tuple[int, int] | None
    ) -> list[Hit]:
        """Read the ``k`` first passages, near-duplicates taken together."""
        wanted = k + _SPARE
        while True:
            found = self.index.passages(order[:wanted])
            groups = collapse([found[row] for row in order[:wanted]])
            if len(groups) >= k or wanted >= len(order):
                break
            wanted *= 2
        hits, best = list[Hit](), groups[:k]
        scored = Ranking(self.index).sentences([found[order[at]] for at, _ in best], runs, english)
        for rank, ((at, others), sentences) in enumerate(zip(best, scored, strict=True), 1):
            passage = found[order[at]]
            if asked and asked[0] == passage.row:
                sentences = raised(sentences, asked[1], english)
            hits.append(Hit(rank, scores[order[at]], passage, sentences, tuple(found[order[other]] for other in others)))
        return hits

    def as_langchain(self, k: int = 5, filter: Filter | None = None) -> BaseRetriever:
        """Return this retriever as LangChain's (extra ``langchain``), also for ``ainvoke``; the documents' metadata is JSON-safe."""
        return langchain_retriever(self, k, filter)


def _rescore(order: Sequence[int], scores: dict[int, float]) -> None:
    """Give what was moved forward the score of what now follows it, so that scores descend."""
    best = -np.inf
    for row in reversed(order):
        best = max(best, scores.get(row, -np.inf))
        scores[row] = float(best)


def ms(started: float) -> float:
    """Return the milliseconds since ``started``."""
    return round(1000 * (time.perf_counter() - started), 3)
