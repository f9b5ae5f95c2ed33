"""Passages scored for a question: vectors and words find them, late interaction orders the best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dgqa.index.bm25 import inverse_frequency
from dgqa.index.engines.backend import Floats, Query, Scope, SearchBackend
from dgqa.language.text import HAN_RUN, TokenFinder, character_pairs
from dgqa.types import Passage, Sentence

LEXICAL_WEIGHT = 0.8  # the a of cos + a·cov
LATE_WEIGHT = 2.0
ENGLISH_COSINE = 0.5  # of the cosine against late interaction, for English questions
TRANSLATED_WEIGHT = 0.3  # of how much of an English question a passage has in Chinese
RERANKED = 30
_BY_TRANSLATION = 30  # passages looked at closely for what they have of an English question in Chinese
_MOST_WORDS = 12  # for one phrase of it: those that the most passages have


class Signals(NamedTuple):
    """How well the best passage matches: highest cosine, share of the question's idf covered, of an English one in Chinese, late interaction."""

    cosine: float
    coverage: float
    late: float


@dataclass(frozen=True, slots=True)
class Words:
    """A question's tokens with their idf over the whole corpus, the sum of these, and those tokens that no passage holds."""

    idfs: dict[str, float]
    total: float
    unseen: tuple[str, ...]


@dataclass(slots=True)
class Scored:
    rows: npt.NDArray[np.int64]
    scores: Floats
    signals: Signals
    query: Query
    words: Words
    finder: TokenFinder
    sentences: dict[int, Floats]  # late interaction of the sentences of a passage, by its row
    unknown: float  # share of the phrases of an English question that no passage has in Chinese


class Ranking:
    """Scores the passages of one index."""

    def __init__(self, index: SearchBackend) -> None:
        self.index = index

    def score(self, query: Query, english: bool, scope: Scope, senses: Sequence[Sequence[str]], titles: Callable[[Sequence[int]], Floats]) -> Scored:
        """Score the passages that a search looks at.

        Args:
            query: The question.
            english: Whether it is English.
            scope: Where to search.
            senses: For each phrase of an English question the Chinese words that it may stand for.
            titles: Gives what passages of some documents, by number, gain by their titles.
        """
        words, finder = self._words(query.tokens), TokenFinder(query.tokens, self.index.words)
        # An English question has few words that the articles have; in Chinese it has them.
        chinese = self._translated(senses) if senses else words
        found = self.index.candidates(query, chinese.idfs | words.idfs, scope, terms=tuple(chinese.idfs) if senses else ())
        rows = found.rows
        if not len(rows):
            return Scored(rows, np.empty(0, np.float32), Signals(0, 0, 0), query, words, finder, {}, 0.0)
        cosine = _filled(found.cosine)
        cov = found.words / np.float32(words.total or 1)
        documents = self.index.documents_of(rows.tolist())
        bonus = titles([documents[row] for row in rows.tolist()])
        if scope.favoured:
            bonus = bonus + scope.bonus * found.favoured.astype(np.float32)
        scores = cosine + LEXICAL_WEIGHT * cov + bonus
        order = np.argsort(-scores, kind="stable")
        # Where no passage has any of the Chinese words, ``found.terms`` are the scores of the question's own.
        covered = np.minimum(found.terms / np.float32(chinese.total), np.float32(1)) if chinese.idfs else np.zeros(len(rows), np.float32)
        count = min(RERANKED, len(order))
        if senses:
            # What has many of the words must not push out what the question found by itself.
            translated = np.argsort(-(scores + LEXICAL_WEIGHT * covered), kind="stable")[:_BY_TRANSLATION]
            order = np.concatenate([head := np.union1d(order[:RERANKED], translated), order[~np.isin(order, head)]])
            count = len(head)
        top = order[:count]
        late = self.index.late(rows[top], [query.late])
        maxsim = _filled(late.passages[0])
        if english:
            fused = maxsim + ENGLISH_COSINE * cosine[top] + TRANSLATED_WEIGHT * covered[top]
        else:
            fused = cosine[top] + LEXICAL_WEIGHT * cov[top] + LATE_WEIGHT * maxsim
        fused = fused + bonus[top]
        # What was not reranked keeps its order, below what was.
        final = np.empty(len(rows), np.float32)
        final[top] = fused
        rest = order[count:]
        if len(rest):
            final[rest] = fused.min() - 1 + (scores[rest] - scores[rest].max())
        signals = Signals(float(cosine.max()), float((covered if senses else cov).max()), float(maxsim.max()) if len(maxsim) else 0.0)
        sentences = {row: scored[0] for row, scored in zip(rows[top].tolist(), late.sentences, strict=True)}
        return Scored(rows, final, signals, query, words, finder, sentences, len(chinese.unseen) / len(senses) if senses else 0.0)

    def _words(self, tokens: Sequence[str]) -> Words:
        frequencies = self.index.frequencies(tokens)
        idfs = {token: inverse_frequency(count, self.index.passage_count) for token, count in frequencies.items()}
        return Words(idfs, sum(idfs.values()), tuple(token for token, count in frequencies.items() if not count))

    def _translated(self, senses: Sequence[Sequence[str]]) -> Words:
        """Return tokens of the Chinese words for a question's phrases, each with the idf of its phrase, and the sum of these idfs, each phrase once.

        A passage is taken to have a word where it has the rarest pair of its characters; ``unseen`` has, of each phrase none of whose
        words any passage has, the first.
        """
        tokens = {word: [pair for run in HAN_RUN.findall(word) for pair in character_pairs(run)] or [word] for sense in senses for word in sense}
        frequencies = self.index.frequencies([token for found in tokens.values() for token in found])
        idfs, total, unseen = dict[str, float](), 0.0, []
        for sense in senses:
            rarest = {min(tokens[word], key=frequencies.__getitem__) for word in sense}
            held = sorted((token for token in rarest if frequencies[token]), key=lambda token: (-frequencies[token], token))[:_MOST_WORDS]
            if not held:
                unseen.append(sense[0])
                continue
            idf = inverse_frequency(min(self.index.passage_count, sum(frequencies[token] for token in held)), self.index.passage_count)
            idfs |= {token: max(idf, idfs.get(token, 0.0)) for token in held}
            total += idf
        return Words(idfs, total, tuple(unseen))

    def sentences(self, passages: Sequence[Passage], runs: Sequence[Scored], english: bool) -> list[tuple[Sentence, ...]]:
        """Score the sentences of each passage as passages are scored, by the mean over the runs; best first."""
        of_runs = [self._sentence_scores(passages, run, english) for run in runs]
        return [_best_first(passage.sentences, np.mean(scores, axis=0)) for passage, *scores in zip(passages, *of_runs, strict=True)]

    def _sentence_scores(self, passages: Sequence[Passage], run: Scored, english: bool) -> list[list[float]]:
        rows = np.asarray([passage.row for passage in passages], np.int64)
        left = np.asarray([row for row in rows.tolist() if row not in run.sentences], np.int64)
        if len(left):  # that this run did not rerank
            late = self.index.late(left, [run.query.late]).sentences
            run.sentences.update({row: scored[0] for row, scored in zip(left.tolist(), late, strict=True)})
        if english:
            return [run.sentences[row].tolist() for row in rows.tolist()]
        idfs = run.words.idfs
        total = run.words.total or 1.0
        scored = []
        for passage, close in zip(passages, self.index.cosines(rows, run.query.vector), strict=True):
            known = close[~np.isnan(close)]
            cosines = np.where(np.isnan(close), known.min() if len(known) else 0.0, close).tolist()
            scores = []
            for sentence, cosine, late in zip(passage.sentences, cosines, run.sentences[passage.row].tolist(), strict=True):
                has = run.finder.within(sentence.text)
                cover = sum(idf for token, idf in idfs.items() if token in has) / total
                scores.append(cosine + LEXICAL_WEIGHT * cover + LATE_WEIGHT * late)
            scored.append(scores)
        return scored


def _filled(known: Floats) -> Floats:
    """Return scores where what is not known counts as the lowest among the others."""
    missing = np.isnan(known)
    if not missing.any():
        return known
    return np.where(missing, known[~missing].min() if not missing.all() else np.float32(0), known).astype(np.float32)


def _best_first(sentences: Sequence[Sentence], totals: npt.NDArray[np.floating[Any]]) -> tuple[Sentence, ...]:
    scored = [Sentence(s.text, s.start, s.end, float(score), s.spans) for s, score in zip(sentences, totals, strict=True)]
    return tuple(sorted(scored, key=lambda sentence: -sentence.score))


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
