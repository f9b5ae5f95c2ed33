"""Passages scored for a question: vectors and words find them, late interaction orders the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dgqa.index.bm25 import LexicalScores, best_of_either
from dgqa.index.reader import Index
from dgqa.language.text import TokenFinder
from dgqa.search.filters import Mask, search_allowed
from dgqa.search.interaction import best_matches
from dgqa.types import Sentence

LEXICAL_WEIGHT = 0.8  # the a of cos + a·cov
LATE_WEIGHT = 2.0
ENGLISH_COSINE = 0.5  # of the cosine against late interaction, for English questions
# Of the glossary's terms, against 1 for the whole question: the built-in ones, and where a user gives some.
GLOSSARY_WEIGHT, OWN_GLOSSARY_WEIGHT = 0.1, 0.3
_DENSE_CANDIDATES = 200
_LEXICAL_CANDIDATES = 100
RERANKED = 30
_BY_TERMS = 15  # passages looked at closely for the glossary's terms alone

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
class Scope:
    """Where to search: the passages allowed, those favoured, and by how much; None for all, and for none."""

    allowed: Mask | None = None
    favoured: Mask | None = None
    bonus: float = 0.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What the glossary adds to an English question: its search tokens and token vectors for each Chinese term."""

    tokens: tuple[str, ...] = ()
    lates: tuple[Floats, ...] = ()
    weight: float = GLOSSARY_WEIGHT


@dataclass(slots=True)
class Scored:
    rows: npt.NDArray[np.int64]
    scores: Floats
    signals: Signals
    vector: Floats
    late: Floats
    tokens: list[str]
    words: LexicalScores
    finder: TokenFinder
    sentences: dict[int, float]  # late interaction by the row of the sentence


class Ranking:
    """Scores the passages of one index."""

    def __init__(self, index: Index) -> None:
        self.index = index

    def score(self, vector: Floats, late: Floats, tokens: list[str], english: bool, scope: Scope, terms: Terms) -> Scored:
        index = self.index
        bm25, finder = index.lexical.scores(tokens), TokenFinder(tokens, index.words)
        # An English question has few words that the articles have; the glossary's terms find what they stand for.
        by_term = index.lexical.scores(terms.tokens) if terms.tokens else bm25
        rows = self._candidates(vector, bm25, by_term, scope)
        if not len(rows):
            return Scored(rows, np.empty(0, np.float32), Signals(0, 0, 0), vector, late, tokens, bm25, finder, {})
        cosine = self._cosine(rows, vector)
        cov = bm25.of(rows) / np.float32(bm25.total or 1)
        bonus = np.zeros(len(rows), np.float32) if scope.favoured is None else scope.bonus * scope.favoured[rows].astype(np.float32)
        scores = cosine + LEXICAL_WEIGHT * cov + bonus
        order = np.argsort(-scores, kind="stable")
        if terms.tokens:
            # Terms that are everywhere must not push out what the question found by itself.
            covered = by_term.of(rows) / np.float32(by_term.total or 1)
            by_terms = np.argsort(-(scores + LEXICAL_WEIGHT * covered), kind="stable")[:_BY_TERMS]
            order = np.concatenate([head := np.union1d(order[:RERANKED], by_terms), order[~np.isin(order, head)]])
            count = len(head)
        else:
            count = min(RERANKED, len(order))
        top = order[:count]
        maxsim, sentences = self._late(rows[top], late)
        fused = maxsim + ENGLISH_COSINE * cosine[top] if english else cosine[top] + LEXICAL_WEIGHT * cov[top] + LATE_WEIGHT * maxsim
        if terms.lates:
            fused = fused + terms.weight * np.mean([self._late(rows[top], term)[0] for term in terms.lates], axis=0)
        fused = fused + bonus[top]
        # What was not reranked keeps its order, below what was.
        final = np.empty(len(rows), np.float32)
        final[top] = fused
        rest = order[count:]
        if len(rest):
            final[rest] = fused.min() - 1 + (scores[rest] - scores[rest].max())
        signals = Signals(float(cosine.max()), float(cov.max()), float(maxsim.max()) if len(maxsim) else 0.0)
        return Scored(rows, final, signals, vector, late, tokens, bm25, finder, sentences)

    def _candidates(self, vector: Floats, bm25: LexicalScores, by_term: LexicalScores, scope: Scope) -> npt.NDArray[np.int64]:
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

    def sentences(self, sentences: Sequence[Sentence], rows: list[int], runs: Sequence[Scored], english: bool) -> tuple[Sentence, ...]:
        """Score the sentences of a passage as passages are scored, by the mean over the runs; best first."""
        totals = np.mean([self._sentence_scores(sentences, rows, run, english) for run in runs], axis=0)
        scored = [Sentence(s.text, s.start, s.end, float(score), s.spans) for s, score in zip(sentences, totals, strict=True)]
        return tuple(sorted(scored, key=lambda sentence: -sentence.score))

    def _sentence_scores(self, sentences: Sequence[Sentence], rows: list[int], run: Scored, english: bool) -> list[float]:
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


def raised(sentences: Sequence[Sentence], start: int, english: bool) -> tuple[Sentence, ...]:
    """Put the sentence that begins at ``start`` first, clear of the others."""
    top = max(sentence.score for sentence in sentences) + (0.03 if english else 0.3)
    raised = [Sentence(s.text, s.start, s.end, top, s.spans) if s.start == start else s for s in sentences]
    return tuple(sorted(raised, key=lambda sentence: -sentence.score))


def aligned(run: Scored, rows: npt.NDArray[np.int64]) -> Floats:
    """Return a run's scores for ``rows``; one it did not find gets its lowest."""
    lowest = run.scores.min() if len(run.scores) else np.float32(0)
    aligned = np.full(len(rows), lowest, np.float32)
    aligned[np.searchsorted(rows, run.rows)] = run.scores
    return aligned
