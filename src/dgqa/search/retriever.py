"""A question in, passages with their matching sentences out."""

from __future__ import annotations

import asyncio
import copy
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dgqa.errors import AnswerError, IndexMismatchError
from dgqa.index.bm25 import LexicalScores, best_of_either
from dgqa.index.reader import CurrentIndex, Index
from dgqa.integrations.retriever import langchain_retriever
from dgqa.language.glossary import load_glossary
from dgqa.language.text import CJK, TokenFinder, detect_script, mainland_words, search_tokens, simplify, tidy
from dgqa.models.embedding import Backend, Embedder, open_embedder
from dgqa.search.duplicates import collapse
from dgqa.search.filters import Entry, Mask, allowed_passages, entries, openings, search_allowed
from dgqa.search.interaction import best_matches
from dgqa.search.metadata import asks_about_article, may_ask_about_article
from dgqa.search.positions import place_asked
from dgqa.search.promotion import facts_first, row_asked
from dgqa.search.sources import Named, Sources
from dgqa.types import Context, Filter, Hit, Passage, Sentence

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

MAX_QUESTION = 2_000  # characters; more than the embedding model reads
LEXICAL_WEIGHT = 0.8  # the a of cos + a·cov
LATE_WEIGHT = 2.0
GLOSSARY_WEIGHT = 0.3  # of the glossary's terms, against 1 for the whole question
# What a passage gains whose document the question names as its source: firmly, or as the likely one.
_FIRM = {True: 0.2, False: 2.0}  # by whether the question is English, whose scores lie closer together
_LIKELY = {True: 0.02, False: 0.2}
_DENSE_CANDIDATES = 200
_LEXICAL_CANDIDATES = 100
_RERANKED = 30
_BY_TERMS = 15  # passages looked at closely for the glossary's terms alone
_SPARE = 5  # passages read beyond those asked for, among which duplicates are found

_ASKING = re.compile("(?:[是为為有]|分[别別]是)?(?:什么样|什麼樣|什么|什麼|甚麼|哪些|哪[几幾一]?[个個]|多少|怎么样|怎麼樣|怎样|怎樣|怎么|怎麼|为何|為何|如何|是谁|是誰|请问|請問)[的是了]?")
_CHINESE_GAP = re.compile(f"(?<=[{CJK}])[ \u3000]+(?=[{CJK}])")

Floats = npt.NDArray[np.float32]


class Signals(NamedTuple):
    """How well the best passage matches: highest cosine, share of the question's idf covered, late interaction."""

    cosine: float
    coverage: float
    late: float


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it is searched for: its vector, shape (dim,), its token vectors, shape (tokens, dim), and its tokens."""

    vector: Floats
    late: Floats
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What a search found, with what an answer needs to know about it. ``timings`` are milliseconds.

    ``source`` names what the question itself said to search: titles of articles.
    ``queries`` are the question alone and, where it follows up another, both together. ``placed`` is the passage's row
    and the raw start of the sentence that the question asks for by its place, such as the third row of a table.
    ``about`` tells that it asks who wrote an article, or when or where it appeared. ``terms`` are what the glossary has
    for an English question, in Chinese. ``plain`` is the question as it was searched for, without those it names as its source.
    """

    hits: tuple[Hit, ...]
    signals: Signals
    tokens: tuple[str, ...]
    unseen: tuple[str, ...]
    timings: dict[str, float]
    source: tuple[str, ...] = ()
    queries: tuple[Query, ...] = ()
    placed: tuple[int, int] | None = None
    about: bool = False
    terms: tuple[str, ...] = ()
    plain: str = ""


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where to search: the passages allowed, those favoured, and by how much; None for all, and for none."""

    allowed: Mask | None = None
    favoured: Mask | None = None
    bonus: float = 0.0


@dataclass(frozen=True, slots=True)
class _Terms:
    """What the glossary adds to an English question: its search tokens and token vectors for each Chinese term."""

    tokens: tuple[str, ...] = ()
    lates: tuple[Floats, ...] = ()


@dataclass(slots=True)
class _Scored:
    rows: npt.NDArray[np.int64]
    scores: Floats
    signals: Signals
    vector: Floats
    late: Floats
    tokens: list[str]
    words: LexicalScores
    finder: TokenFinder
    sentences: dict[int, float]  # late interaction by the row of the sentence


class Retriever:
    """Searches the newest index of a folder. Safe to use from several threads."""

    def __init__(self, index: Index, embedder: Embedder, *, glossary: str | os.PathLike[str] | None = None) -> None:
        if embedder.fingerprint != index.manifest["fingerprint"]:
            raise IndexMismatchError(
                f"the index at {index.folder} was built with {index.manifest['fingerprint']}, the embedder is {embedder.fingerprint}: "
                "open it with the same model or run `dgqa index --rebuild`"
            )
        self.embedder = embedder
        self._current = CurrentIndex(index)
        self._pinned: Index | None = None
        self._glossary = load_glossary(glossary or None)
        self._term_vectors: dict[str, Floats] = {}
        # By generation, the newest alone; a dict, so that pinned copies share it.
        self._listed: dict[str, tuple[tuple[Entry, ...], Sources]] = {}

    @property
    def index(self) -> Index:
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
        fixed._pinned = self._current.get()
        return fixed

    @classmethod
    def open(
        cls,
        index: str | os.PathLike[str] = "index",
        *,
        embedder: Embedder | None = None,
        backend: Backend = "auto",
        glossary: str | os.PathLike[str] | None = None,
    ) -> Retriever:
        """Open the retriever of an index with the model that the index was built with.

        ``glossary`` is a file of terms in Chinese and English that adds to the built-in ones, see `load_glossary`.

        Raises:
            IndexNotFoundError: there is no index.
            IndexMismatchError: the index is damaged, or ``embedder`` is not the one it was built with.
            ModelError: the model can't be had.
            ConfigError: the glossary can't be read.
        """
        load_glossary(glossary or None)
        opened = Index.open(index)
        if embedder is None:
            built = opened.manifest
            embedder = open_embedder(
                str(built["model"]), backend, query_prompt=built["query_prompt"], passage_prompt=built["passage_prompt"]
            )
        return cls(opened, embedder, glossary=glossary)

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
        return await asyncio.to_thread(self.search, question, k, filter=filter)

    def retrieve(self, question: str, k: int = 5, *, previous: str = "", filter: Filter | None = None) -> Retrieval:
        """Search with the signals and timings; ``previous`` is the question that this one follows up.

        With it, the scores are the mean of those of the question alone and of both questions together.
        """
        question = check_question(question)
        if not isinstance(k, int) or k < 1:
            raise AnswerError(f"k is {k!r}: ask for at least 1 passage, by a whole number")
        if filter is not None and not isinstance(filter, Filter):
            raise AnswerError(f"the filter is a {type(filter).__name__}: give a dgqa.Filter")
        if self._pinned is None:
            return self.pinned().retrieve(question, k, previous=previous, filter=filter)
        timings: dict[str, float] = {}
        started = time.perf_counter()
        before = previous[:MAX_QUESTION].encode("utf-8", "replace").decode("utf-8").strip()
        english = detect_script(question) == "Latn"
        names = self._glossary.chinese(question) if english else ()
        named = self._named(question, before)
        plain = self.unnamed(question) if named.numbers else question
        plain = self._in_words_used(plain)
        texts = [plain, self._in_words_used(f"{before} {plain}")] if before else [plain]
        vectors, lates, terms = self._embedded(texts, names)
        timings["embed"] = _ms(started)
        started = time.perf_counter()
        about = may_ask_about_article(question) and asks_about_article(self._sources().untitled(question))
        if about and named.numbers:
            # A title alone says which article is meant where the article itself is asked about.
            named = Named(named.numbers, firm=True)
        scope = self._scope(named, filter, english)
        tokens = [self._tokens(text) for text in texts]
        runs = [self._score(*parts, english, scope, terms) for parts in zip(vectors, lates, tokens, strict=True)]
        first = runs[0]
        rows, scores = first.rows, first.scores
        if len(runs) > 1:
            rows = np.union1d(rows, runs[1].rows)
            scores = np.mean([_aligned(run, rows) for run in runs], axis=0, dtype=np.float32)
        found = dict(zip(rows.tolist(), scores.tolist(), strict=True))
        order = rows[np.argsort(-scores, kind="stable")].tolist()
        if about:
            order = self._facts_first(order, found, named, scope)
        asked = self._row_asked(question, order, found)
        timings["search"] = _ms(started)
        started = time.perf_counter()
        hits = self._hits(order, found, k, runs, english, asked)
        timings["read"] = _ms(started)
        titles = tuple(entry.title for entry in self._entries() if entry.number in named.numbers) if named.numbers else ()
        queries = tuple(Query(run.vector, run.late, tuple(run.tokens)) for run in runs)
        return Retrieval(
            tuple(hits), first.signals, tuple(first.tokens), first.words.unseen, timings, source=titles, queries=queries, placed=asked, about=about, terms=names,
            plain=plain,
        )  # fmt: skip

    def unnamed(self, question: str) -> str:
        """Return a question without those whose article it names as its source."""
        return self._sources().unnamed(question)

    def context(self, hit: Hit | Passage, size: int = 1) -> Context:
        """Return up to ``size`` passages before and behind a hit in its document, in reading order.

        What is said about the document itself is no neighbour.
        """
        passage = hit.passage if isinstance(hit, Hit) else hit
        around = range(max(0, passage.row - size), passage.row + size + 1)
        found = [item for item, _ in self.index.passages(row for row in around if row != passage.row).values()]
        near = sorted((item for item in found if item.doc_id == passage.doc_id and item.kind == "body"), key=lambda item: item.row)
        return Context(tuple(item for item in near if item.row < passage.row), tuple(item for item in near if item.row > passage.row))

    def _tokens(self, question: str) -> list[str]:
        """Return the search tokens of a question, without what only asks: articles rarely say 什么, which would make it telling."""
        return search_tokens(_ASKING.sub(" ", question), self.index.words) or search_tokens(question, self.index.words)

    def _in_words_used(self, question: str) -> str:
        """Return a question in the words of the mainland, such as 数字 for 數位, where the articles know more of these."""
        there = mainland_words(question)
        if there == simplify(question):
            return question
        lexical = self.index.lexical
        own, others = (list(lexical.frequencies(search_tokens(text, self.index.words)).values()).count(0) for text in (question, there))
        return there if others < own else question

    def _embedded(self, texts: Sequence[str], names: Sequence[str]) -> tuple[Floats, list[Floats], _Terms]:
        """Embed the questions, and with them the Chinese terms that have not been met before."""
        new = [name for name in names if name not in self._term_vectors]
        # A space between Chinese words parts them for the search, but is none of what is asked.
        vectors, lates = self.embedder.embed_queries_with_tokens([_CHINESE_GAP.sub("", simplify(text)) for text in texts])
        # Not in one batch with the question, whose numbers must not depend on what was asked before.
        for name in new:
            self._term_vectors[name] = self.embedder.embed_queries_with_tokens([name])[1][0]
        tokens = tuple(token for name in names for token in search_tokens(name, self.index.words))
        return vectors, lates, _Terms(tokens, tuple(self._term_vectors[name] for name in names))

    def _listing(self) -> tuple[tuple[Entry, ...], Sources]:
        """Return the documents of the index and their names, read when first needed."""
        index = self.index
        generation = str(index.manifest["generation"])
        listed = self._listed.get(generation)
        if listed is None:
            documents = entries(index)
            listed = documents, Sources(documents, openings(index))
            self._listed[generation] = listed
            for old in [key for key in self._listed if key != generation]:
                self._listed.pop(old, None)
        return listed

    def _entries(self) -> tuple[Entry, ...]:
        return self._listing()[0]

    def _sources(self) -> Sources:
        return self._listing()[1]

    def _named(self, question: str, before: str) -> Named:
        """Return the source that a question names, or that of the question before it."""
        named = self._sources().named(question)
        return named if named.numbers or not before else Named(self._sources().named(before).numbers)

    def _scope(self, named: Named, filter: Filter | None, english: bool) -> _Scope:
        allowed = allowed_passages(self.index, self._entries(), filter) if filter else None
        if not named.numbers:
            return _Scope(allowed)
        source = Filter(documents=tuple(entry.doc_id for entry in self._entries() if entry.number in named.numbers))
        favoured = allowed_passages(self.index, self._entries(), source)
        if allowed is not None:
            favoured &= allowed
        return _Scope(allowed, favoured, (_FIRM if named.firm else _LIKELY)[english])

    def _facts_first(self, order: list[int], found: dict[int, float], named: Named, scope: _Scope) -> list[int]:
        """Bring what is said about the articles in question forward, with the score of what it is put before."""
        moved = [
            row
            for row in facts_first(self.index, order, _RERANKED, named.numbers)
            if scope.allowed is None or scope.allowed[row]
        ]
        _rescore(moved, found)
        return moved

    def _row_asked(self, question: str, order: list[int], found: dict[int, float]) -> tuple[int, int] | None:
        """Bring the row or item that a question asks for by its place to the front; return its passage and start."""
        place = place_asked(question)
        asked = row_asked(self.index, order[:_RERANKED], place) if place else None
        if asked:
            order[:] = [asked[0], *(row for row in order if row != asked[0])]
            _rescore(order, found)
        return asked

    def _hits(
        self, order: Sequence[int], scores: dict[int, float], k: int, runs: Sequence[_Scored], english: bool, asked: tuple[int, int] | None
    ) -> list[Hit]:
        """Read the ``k`` first passages, near-duplicates taken together."""
        wanted = k + _SPARE
        while True:
            found = self.index.passages(order[:wanted])
            groups = collapse([found[row][0] for row in order[:wanted]])
            if len(groups) >= k or wanted >= len(order):
                break
            wanted *= 2
        hits = []
        for rank, (at, others) in enumerate(groups[:k], 1):
            passage, sentence_rows = found[order[at]]
            sentences = self._sentences(passage.sentences, sentence_rows, runs, english)
            if asked and asked[0] == passage.row:
                sentences = _raised(sentences, asked[1], english)
            hits.append(Hit(rank, scores[order[at]], passage, sentences, tuple(found[order[other]][0] for other in others)))
        return hits

    def _score(self, vector: Floats, late: Floats, tokens: list[str], english: bool, scope: _Scope, terms: _Terms) -> _Scored:
        index = self.index
        bm25, finder = index.lexical.scores(tokens), TokenFinder(tokens, index.words)
        # An English question has few words that the articles have; the glossary's terms find what they stand for.
        by_term = index.lexical.scores(terms.tokens) if terms.tokens else bm25
        rows = self._candidates(vector, bm25, by_term, scope)
        if not len(rows):
            return _Scored(rows, np.empty(0, np.float32), Signals(0, 0, 0), vector, late, tokens, bm25, finder, {})
        cosine = self._cosine(rows, vector)
        cov = bm25.of(rows) / np.float32(bm25.total or 1)
        bonus = np.zeros(len(rows), np.float32) if scope.favoured is None else scope.bonus * scope.favoured[rows].astype(np.float32)
        scores = cosine + LEXICAL_WEIGHT * cov + bonus
        order = np.argsort(-scores, kind="stable")
        if terms.tokens:
            # Terms that are everywhere must not push out what the question found by itself.
            covered = by_term.of(rows) / np.float32(by_term.total or 1)
            by_terms = np.argsort(-(scores + LEXICAL_WEIGHT * covered), kind="stable")[:_BY_TERMS]
            order = np.concatenate([head := np.union1d(order[:_RERANKED], by_terms), order[~np.isin(order, head)]])
            count = len(head)
        else:
            count = min(_RERANKED, len(order))
        top = order[:count]
        maxsim, sentences = self._late(rows[top], late)
        fused = maxsim if english else cosine[top] + LEXICAL_WEIGHT * cov[top] + LATE_WEIGHT * maxsim
        if terms.lates:
            fused = fused + GLOSSARY_WEIGHT * np.mean([self._late(rows[top], term)[0] for term in terms.lates], axis=0)
        fused = fused + bonus[top]
        # What was not reranked keeps its order, below what was.
        final = np.empty(len(rows), np.float32)
        final[top] = fused
        rest = order[count:]
        if len(rest):
            final[rest] = fused.min() - 1 + (scores[rest] - scores[rest].max())
        signals = Signals(float(cosine.max()), float(cov.max()), float(maxsim.max()) if len(maxsim) else 0.0)
        return _Scored(rows, final, signals, vector, late, tokens, bm25, finder, sentences)

    def _candidates(self, vector: Floats, bm25: LexicalScores, by_term: LexicalScores, scope: _Scope) -> npt.NDArray[np.int64]:
        """Return the rows of the passages to look at: the nearest by their vectors and by their words, all and favoured ones."""
        passages = np.asarray(self.index.sentence_passage)
        found: list[npt.NDArray[np.int64]] = []
        for mask in (scope.allowed, scope.favoured) if scope.favoured is not None else (scope.allowed,):
            if mask is None:
                nearest = self.index.vectors.search(vector, _DENSE_CANDIDATES)[0]
            else:
                inside = np.flatnonzero(mask[passages[: len(self.index.vectors)]])
                nearest = search_allowed(self.index.vectors, vector, _DENSE_CANDIDATES, inside)
            found += [passages[nearest].astype(np.int64), best_of_either(bm25, by_term, _LEXICAL_CANDIDATES, mask)]
        return np.unique(np.concatenate(found))

    def _cosine(self, rows: npt.NDArray[np.int64], vector: Floats) -> Floats:
        """Return each passage's highest cosine; that of one without vectors is the lowest among the others."""
        members, counts = self.index.members_of(rows)
        inside = members < len(self.index.vectors)
        of_passage = np.repeat(np.arange(len(rows)), counts)[inside]
        best = np.full(len(rows), np.nan, np.float32)
        if len(of_passage):
            scores = self._products(members[inside], vector)
            full, starts = np.unique(of_passage, return_index=True)
            best[full] = np.maximum.reduceat(scores, starts)
        known = best[~np.isnan(best)]
        return np.where(np.isnan(best), known.min() if len(known) else 0.0, best).astype(np.float32)

    def _products(self, sentence_rows: Sequence[int] | npt.NDArray[np.integer[Any]], vector: Floats) -> Floats:
        # einsum stays in this thread, see `interaction`
        return np.asarray(np.einsum("ij,j->i", self.index.vectors.vectors(sentence_rows), vector), np.float32)

    def _late(self, rows: npt.NDArray[np.int64], late: Floats) -> tuple[Floats, dict[int, float]]:
        """Return each passage's late interaction, and that of each of their sentences by its row.

        It is ColBERT's MaxSim: the mean over the question's tokens of the highest cosine with any token there. That of a
        passage without token vectors is the lowest among the others, that of such a sentence is 0.
        """
        sentences, counts = self.index.members_of(rows)
        best = best_matches([self.index.token_vectors(row) for row in sentences.tolist()], late)
        if not best.size:
            return np.zeros(len(rows), np.float32), dict.fromkeys(sentences.tolist(), 0.0)
        has = np.isfinite(best[:, 0])
        alone = np.where(has, best.mean(axis=1), 0.0)
        full = np.flatnonzero(counts)
        starts = (np.cumsum(counts) - counts)[full]
        whole = np.maximum.reduceat(best, starts, axis=0).mean(axis=1)
        known = np.isfinite(whole)
        lowest = whole[known].min() if known.any() else np.float32(0)
        scores = np.full(len(rows), lowest, np.float32)
        scores[full] = np.where(known, whole, lowest)
        return scores, dict(zip(sentences.tolist(), alone.tolist(), strict=True))

    def _sentences(self, sentences: Sequence[Sentence], rows: list[int], runs: Sequence[_Scored], english: bool) -> tuple[Sentence, ...]:
        """Score the sentences of a passage as passages are scored, by the mean over the runs; best first."""
        totals = np.mean([self._sentence_scores(sentences, rows, run, english) for run in runs], axis=0)
        scored = [Sentence(s.text, s.start, s.end, float(score), s.spans) for s, score in zip(sentences, totals, strict=True)]
        return tuple(sorted(scored, key=lambda sentence: -sentence.score))

    def _sentence_scores(self, sentences: Sequence[Sentence], rows: list[int], run: _Scored, english: bool) -> list[float]:
        if any(row not in run.sentences for row in rows):  # of a passage that this run did not rerank
            run.sentences.update(self._late(np.asarray(self.index.sentence_passage)[rows[:1]].astype(np.int64), run.late)[1])
        late = [run.sentences[row] for row in rows]
        if english:
            return late
        idfs = run.words.idfs
        total = run.words.total or 1.0
        inside = [row for row in rows if row < len(self.index.vectors)]
        cosines = dict(zip(inside, self._products(inside, run.vector).tolist(), strict=True)) if inside else {}
        floor = min(cosines.values(), default=0.0)
        scores = []
        for sentence, row, close in zip(sentences, rows, late, strict=True):
            has = run.finder.within(sentence.text)
            cover = sum(idf for token, idf in idfs.items() if token in has) / total
            scores.append(float(cosines.get(row, floor)) + LEXICAL_WEIGHT * cover + LATE_WEIGHT * close)
        return scores

    def as_langchain(self, k: int = 5, filter: Filter | None = None) -> BaseRetriever:
        """Return this retriever as LangChain's, also for ``ainvoke``; the documents' metadata is JSON-safe."""
        return langchain_retriever(self, k, filter)


def check_question(question: str) -> str:
    """Return the question as it was meant, see `tidy`.

    Raises:
        AnswerError: it is no text, has no word in it, or more than 2,000 characters.
    """
    if not isinstance(question, str):
        raise AnswerError(f"the question is a {type(question).__name__}: give a text")
    given, question = question, tidy(question)
    if not given.strip():
        raise AnswerError("the question is empty: type one")
    if len(question) > MAX_QUESTION:
        raise AnswerError(f"the question has {len(question):,} characters, the limit is {MAX_QUESTION:,}: shorten it")
    if not any(char.isalnum() for char in question):
        raise AnswerError(f"the question {given.strip()[:20]!r} has no words in it: type one in Chinese or English")
    return question


def _rescore(order: Sequence[int], scores: dict[int, float]) -> None:
    """Give what was moved forward the score of what now follows it, so that scores descend."""
    best = -np.inf
    for row in reversed(order):
        best = max(best, scores.get(row, -np.inf))
        scores[row] = float(best)


def _raised(sentences: Sequence[Sentence], start: int, english: bool) -> tuple[Sentence, ...]:
    """Put the sentence that begins at ``start`` first, clear of the others."""
    top = max(sentence.score for sentence in sentences) + (0.03 if english else 0.3)
    raised = [Sentence(s.text, s.start, s.end, top, s.spans) if s.start == start else s for s in sentences]
    return tuple(sorted(raised, key=lambda sentence: -sentence.score))


def _aligned(run: _Scored, rows: npt.NDArray[np.int64]) -> Floats:
    """Return a run's scores for ``rows``; one it did not find gets its lowest."""
    lowest = run.scores.min() if len(run.scores) else np.float32(0)
    aligned = np.full(len(rows), lowest, np.float32)
    aligned[np.searchsorted(rows, run.rows)] = run.scores
    return aligned


def _ms(started: float) -> float:
    return round(1000 * (time.perf_counter() - started), 3)
