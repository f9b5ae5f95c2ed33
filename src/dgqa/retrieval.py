"""A question in, passages with their matching sentences out; also as a LangChain retriever."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dgqa.embedding import Backend, Embedder, open_embedder
from dgqa.errors import AnswerError, IndexMismatchError
from dgqa.index import Index
from dgqa.text import detect_script, search_tokens, simplify
from dgqa.types import Hit, Sentence

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

MAX_QUESTION = 2_000  # characters; more than the embedding model reads
LEXICAL_WEIGHT = 0.8  # the a of cos + a·cov
LATE_WEIGHT = 2.0
_DENSE_CANDIDATES = 200
_LEXICAL_CANDIDATES = 100
_RERANKED = 30

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

    ``queries`` are the question alone and, where it follows up another, both together. ``placed`` is the passage's row
    and the raw start of the sentence that the question asks for by its place, such as the third row of a table.
    """

    hits: tuple[Hit, ...]
    signals: Signals
    tokens: tuple[str, ...]
    unseen: tuple[str, ...]
    timings: dict[str, float]
    queries: tuple[Query, ...] = ()
    placed: tuple[int, int] | None = None


@dataclass(slots=True)
class _Scored:
    rows: npt.NDArray[np.int64]
    scores: Floats
    signals: Signals
    vector: Floats
    late: Floats
    tokens: list[str]


class Retriever:
    """Searches an index. Safe to use from several threads."""

    def __init__(self, index: Index, embedder: Embedder) -> None:
        if embedder.fingerprint != index.manifest["fingerprint"]:
            raise IndexMismatchError(
                f"the index at {index.folder} was built with {index.manifest['fingerprint']}, the embedder is {embedder.fingerprint}: "
                "open it with the same model or run `dgqa index --rebuild`"
            )
        self.index = index
        self.embedder = embedder
        passages = np.asarray(index.sentence_passage)
        # Rows of the sentences with token vectors, grouped by passage.
        self._order = np.argsort(passages, kind="stable")
        self._starts = np.searchsorted(passages[self._order], np.arange(index.passage_count + 1))

    @classmethod
    def open(
        cls, index: str | os.PathLike[str] = "index", *, embedder: Embedder | None = None, backend: Backend = "auto"
    ) -> Retriever:
        """Open the retriever of an index with the model that the index was built with.

        Raises:
            IndexNotFoundError: there is no index.
            IndexMismatchError: the index is damaged, or ``embedder`` is not the one it was built with.
            ModelError: the model can't be had.
        """
        opened = Index.open(index)
        if embedder is None:
            built = opened.manifest
            embedder = open_embedder(
                str(built["model"]), backend, query_prompt=built["query_prompt"], passage_prompt=built["passage_prompt"]
            )
        return cls(opened, embedder)

    def search(self, question: str, k: int = 5) -> list[Hit]:
        """Return the ``k`` best passages for a question in simplified or traditional Chinese or English, best first.

        Raises:
            AnswerError: the question is empty or too long, or k is below 1.
        """
        return list(self.retrieve(question, k).hits)

    def retrieve(self, question: str, k: int = 5, *, previous: str = "") -> Retrieval:
        """Search with the signals and timings; ``previous`` is the question that this one follows up.

        With it, the scores are the mean of those of the question alone and of both questions together.
        """
        question = check_question(question)
        if k < 1:
            raise AnswerError(f"k is {k}: ask for at least 1 passage")
        timings: dict[str, float] = {}
        started = time.perf_counter()
        texts = [question] if not previous.strip() else [question, f"{previous[:MAX_QUESTION].encode('utf-8', 'replace').decode('utf-8')} {question}"]
        queries = [simplify(text) for text in texts]
        vectors, lates = self.embedder.embed_queries_with_tokens(queries)
        timings["embed"] = _ms(started)
        started = time.perf_counter()
        english = detect_script(question) == "Latn"
        tokens = [search_tokens(text) for text in texts]
        runs = [self._score(*parts, english) for parts in zip(vectors, lates, tokens, strict=True)]
        first = runs[0]
        rows, scores = first.rows, first.scores
        if len(runs) > 1:
            rows = np.union1d(rows, runs[1].rows)
            scores = np.mean([_aligned(run, rows) for run in runs], axis=0, dtype=np.float32)
        best = np.argsort(-scores, kind="stable")[:k]
        timings["search"] = _ms(started)
        started = time.perf_counter()
        found = self.index.passages(rows[best])
        hits = []
        for rank, at in enumerate(best, 1):
            passage, sentence_rows = found[int(rows[at])]
            sentences = self._sentences(passage.sentences, sentence_rows, runs, english)
            hits.append(Hit(rank, float(scores[at]), passage, sentences))
        timings["read"] = _ms(started)
        lexical = self.index.lexical
        unseen = tuple(token for token in dict.fromkeys(first.tokens) if not lexical.document_frequency(token))
        asked = tuple(Query(run.vector, run.late, tuple(run.tokens)) for run in runs)
        return Retrieval(tuple(hits), first.signals, tuple(first.tokens), unseen, timings, asked)

    def _score(self, vector: Floats, late: Floats, tokens: list[str], english: bool) -> _Scored:
        index = self.index
        sentence_rows, _ = index.vectors.search(vector, _DENSE_CANDIDATES)
        bm25, idf_total = index.lexical.scores(tokens)
        coverage = bm25 / idf_total if idf_total else bm25
        lexical = np.argsort(-bm25, kind="stable")[:_LEXICAL_CANDIDATES]
        dense = np.asarray(index.sentence_passage)[sentence_rows]
        rows = np.union1d(dense, lexical[bm25[lexical] > 0]).astype(np.int64)
        if not len(rows):
            return _Scored(rows, np.empty(0, np.float32), Signals(0, 0, 0), vector, late, tokens)
        cosine = self._cosine(rows, vector)
        cov = coverage[rows]
        scores = cosine + LEXICAL_WEIGHT * cov
        order = np.argsort(-scores, kind="stable")
        top = order[:_RERANKED]
        maxsim = self._late(rows[top], late)
        fused = maxsim if english else scores[top] + LATE_WEIGHT * maxsim
        # What was not reranked keeps its order, below what was.
        final = np.empty(len(rows), np.float32)
        final[top] = fused
        rest = order[_RERANKED:]
        if len(rest):
            final[rest] = fused.min() - 1 + (scores[rest] - scores[rest].max())
        signals = Signals(float(cosine.max()), float(cov.max()), float(maxsim.max()) if len(maxsim) else 0.0)
        return _Scored(rows, final, signals, vector, late, tokens)

    def _members(self, passage: int) -> npt.NDArray[np.int64]:
        return self._order[self._starts[passage] : self._starts[passage + 1]]

    def _cosine(self, rows: npt.NDArray[np.int64], vector: Floats) -> Floats:
        """Return each passage's highest cosine; that of one without vectors is the lowest among the others."""
        limit = len(self.index.vectors)
        groups = [members[members < limit] for members in map(self._members, rows)]
        best = np.full(len(rows), np.nan, np.float32)
        flat = np.concatenate(groups) if groups else np.empty(0, np.int64)
        scores = self.index.vectors.vectors(flat) @ vector
        at = 0
        for i, group in enumerate(groups):
            if len(group):
                best[i] = scores[at : at + len(group)].max()
            at += len(group)
        known = best[~np.isnan(best)]
        return np.where(np.isnan(best), known.min() if len(known) else 0.0, best).astype(np.float32)

    def _late(self, rows: npt.NDArray[np.int64], late: Floats) -> Floats:
        """Return each passage's late interaction; that of one without token vectors is the lowest among the others."""
        offsets = self.index.token_offsets
        groups = [self._members(row) for row in rows]
        has = np.asarray([bool((offsets[group + 1] > offsets[group]).any()) for group in groups], dtype=bool)
        scores = np.asarray([self._maxsim(group, late) for group in groups], dtype=np.float32)
        return np.where(has, scores, scores[has].min() if has.any() else 0.0).astype(np.float32)

    def _maxsim(self, sentence_rows: Sequence[int] | npt.NDArray[np.int64], late: Floats) -> float:
        """Mean over the question's tokens of the highest cosine with any token of the sentences (ColBERT's MaxSim)."""
        blocks = [block for block in map(self.index.token_vectors, sentence_rows) if len(block)]
        if not blocks or not len(late):
            return 0.0
        tokens = np.concatenate(blocks).astype(np.float32)
        return float((late @ tokens.T).max(axis=1).mean()) / 127

    def _sentences(self, sentences: Sequence[Sentence], rows: list[int], runs: Sequence[_Scored], english: bool) -> tuple[Sentence, ...]:
        """Score the sentences of a passage as passages are scored, by the mean over the runs; best first."""
        totals = np.mean([self._sentence_scores(sentences, rows, run, english) for run in runs], axis=0)
        scored = [Sentence(s.text, s.start, s.end, float(score), s.spans) for s, score in zip(sentences, totals, strict=True)]
        return tuple(sorted(scored, key=lambda sentence: -sentence.score))

    def _sentence_scores(self, sentences: Sequence[Sentence], rows: list[int], run: _Scored, english: bool) -> list[float]:
        late = [self._maxsim([row], run.late) for row in rows]
        if english:
            return late
        lexical = self.index.lexical
        wanted = {token: lexical.idf(lexical.document_frequency(token)) for token in run.tokens}
        total = sum(wanted.values()) or 1.0
        inside = [row for row in rows if row < len(self.index.vectors)]
        cosines = dict(zip(inside, self.index.vectors.vectors(inside) @ run.vector, strict=True)) if inside else {}
        floor = min(cosines.values(), default=0.0)
        scores = []
        for sentence, row, close in zip(sentences, rows, late, strict=True):
            has = set(search_tokens(sentence.text))
            cover = sum(idf for token, idf in wanted.items() if token in has) / total
            scores.append(float(cosines.get(row, floor)) + LEXICAL_WEIGHT * cover + LATE_WEIGHT * close)
        return scores

    def as_langchain(self, k: int = 5) -> BaseRetriever:
        """Return this retriever as LangChain's; the documents' metadata is JSON-safe."""
        from langchain_core.callbacks import CallbackManagerForRetrieverRun
        from langchain_core.documents import Document
        from langchain_core.retrievers import BaseRetriever

        retriever = self

        class DgqaRetriever(BaseRetriever):
            """Passages of a dgqa index."""

            k: int = 5

            def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
                return [Document(page_content=hit.passage.text, metadata=_metadata(hit)) for hit in retriever.search(query, self.k)]

        return DgqaRetriever(k=k)


def _metadata(hit: Hit) -> dict[str, Any]:
    passage = hit.passage
    names = ("doc_id", "path", "title", "author", "date", "section", "start", "end")
    return {
        **{name: getattr(passage, name) for name in names},
        "rank": hit.rank,
        "score": hit.score,
        "sentences": [{"text": s.text, "start": s.start, "end": s.end, "score": s.score} for s in hit.sentences],
    }


def check_question(question: str) -> str:
    """Return the question without white space around it.

    Raises:
        AnswerError: it has no word in it, or more than 2,000 characters.
    """
    # Half of a surrogate pair, from a broken command line or JSON, has no UTF-8 form.
    question = question.encode("utf-8", "replace").decode("utf-8").strip()
    if not question:
        raise AnswerError("the question is empty: type one")
    if len(question) > MAX_QUESTION:
        raise AnswerError(f"the question has {len(question):,} characters, the limit is {MAX_QUESTION:,}: shorten it")
    if not any(char.isalnum() for char in question):
        raise AnswerError(f"the question {question[:20]!r} has no words in it: type one in Chinese or English")
    return question


def _aligned(run: _Scored, rows: npt.NDArray[np.int64]) -> Floats:
    """Return a run's scores for ``rows``; one it did not find gets its lowest."""
    lowest = run.scores.min() if len(run.scores) else np.float32(0)
    aligned = np.full(len(rows), lowest, np.float32)
    aligned[np.searchsorted(rows, run.rows)] = run.scores
    return aligned


def _ms(started: float) -> float:
    return round(1000 * (time.perf_counter() - started), 3)
