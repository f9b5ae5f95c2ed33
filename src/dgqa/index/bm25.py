"""Score passages by BM25, from postings in arrays that are mapped into memory."""

from __future__ import annotations

import functools
import math
import sqlite3
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dgqa.errors import IndexMismatchError
from dgqa.index.checks import CheckedArray, Checksums, damage_in
from dgqa.index.writers import GrowingArray, Postings

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

K1 = 1.2
B = 0.75

_ROWS, _COUNTS, _LENGTHS = "posting_rows.npy", "posting_counts.npy", "passage_lengths.npy"
_WEIGHTS = "posting_weights.npy"  # in place of counts and lengths, in indexes of format 6
_MOST = 65_535  # times that a passage may hold a token; more count as these
_FEW = 32_768  # postings that are all added up sooner than it is found out which need not be
_LONG = 2_048  # postings of a token that are worth asking whether they are needed
_SLACK = 1e-4  # of a score: more than the rounding of a sum of float32
_DAMAGED = "the words of the index are damaged: rebuild it with `dgqa index --rebuild`"


@dataclass(frozen=True, slots=True, eq=False)
class TokenPostings:
    """The passages that hold a token: ``rows``, int32 and ascending, and how often each does (``counts``).

    ``norms`` is what the length of each passage of the index adds to a count; with None the counts are the weights already.
    No weight is above ``top``; ``idf`` is what they are multiplied by. ``start`` is where they stand, which no other token has.
    """

    rows: npt.NDArray[np.int32]
    counts: npt.NDArray[Any]
    norms: Floats | None
    top: float
    idf: np.float32
    start: int = 0

    def weights(self, at: slice | npt.NDArray[Any] = slice(None)) -> Floats:
        """Return what tf makes of the passages at some places of ``rows``, below 1."""
        if self.norms is None:
            return np.asarray(self.counts[at], np.float32)
        tf = self.counts[at].astype(np.float32)
        return np.asarray(tf / (tf + self.norms[self.rows[at]]), np.float32)


@dataclass(eq=False)
class LexicalScores:
    """The BM25 scores of a question's tokens, worked out for those passages that are asked for.

    ``total`` is the sum of the tokens' idf, the least upper bound of a score. ``idfs`` holds the idf of each token, and
    ``unseen`` those tokens that none of the ``size`` passages holds. A score is always the same sum in the same order,
    whichever way it is found.
    """

    postings: Sequence[TokenPostings]
    size: int
    total: float
    idfs: Mapping[str, float]
    unseen: tuple[str, ...]

    def of(self, rows: Rows) -> Floats:
        """Return the scores of ``rows``, zero for those without any token of the question."""
        if self._is_small:
            known, scores = self.all
            if not len(known):
                return np.zeros(len(rows), np.float32)
            at = np.minimum(np.searchsorted(known, rows), len(known) - 1)
            return np.where(known[at] == rows, scores[at], np.float32(0)).astype(np.float32)
        summed = np.zeros(len(rows), np.float32)
        wanted = rows.astype(np.int32)
        for token in self.postings:
            summed += _weights_at(token, wanted)
        return summed

    @functools.cached_property
    def all(self) -> tuple[Rows, Floats]:
        """The rows of all passages that hold any of the tokens, ascending, and their scores."""
        touched = self._touched
        # Few of many are gathered by sorting them, many by a pass over all passages.
        if touched < self.size // 16:
            rows = np.concatenate([token.rows for token in self.postings]) if self.postings else np.empty(0, np.int32)
            unique, at = np.unique(rows, return_inverse=True)
            summed = np.zeros(len(unique), np.float32)
            start = 0
            for token in self.postings:
                summed[at[start : start + len(token.rows)]] += token.idf * token.weights()
                start += len(token.rows)
            return unique.astype(np.int64), summed
        whole = np.zeros(self.size, np.float32)
        for token in self.postings:
            whole[token.rows] += token.idf * token.weights()
        hit = np.flatnonzero(whole)
        return hit, whole[hit]

    def best(self, k: int, allowed: Mask | None = None) -> Rows:
        """Return the rows of the ``k`` highest scores, best first, the lower row first among equals.

        Args:
            k: How many; fewer come back where fewer passages hold any of the tokens.
            allowed: Which passages may be among them, bool of shape (passages,).
        """
        if k <= 0 or not self.postings:
            return np.empty(0, np.int64)
        if self._is_small:
            rows, scores = self.all
            if allowed is not None:
                kept = allowed[rows]
                rows, scores = rows[kept], scores[kept]
        else:
            rows = self._contenders(k, allowed)
            scores = self.of(rows)
        return highest(rows, scores, k)

    @property
    def _touched(self) -> int:
        return sum(len(token.rows) for token in self.postings)

    @functools.cached_property
    def _is_small(self) -> bool:
        return self._touched <= _FEW

    def _contenders(self, k: int, allowed: Mask | None) -> Rows:
        """Return the rows that may be among the ``k`` best, ascending, without adding up what cannot change who they are.

        Tokens come by what they can add at most, idf · highest weight, the most first. As soon as all that are left
        together add less than the k-th best sum so far, a passage that none of the tokens before has is out, and the
        long postings of common tokens are only looked into for the passages that are left: MaxScore, Turtle and Flood,
        "Query Evaluation: Strategies and Optimizations" (1995).
        """
        tokens = sorted(self.postings, key=lambda token: -float(token.idf) * token.top)
        left = np.cumsum([0.0, *(float(token.idf) * token.top for token in reversed(tokens))])[::-1]
        sums = np.zeros(self.size, np.float32)
        parts: list[npt.NDArray[np.int32]] = []
        seen, at = 0, 0
        for at, token in enumerate(tokens):
            if len(token.rows) >= _LONG and seen >= k and left[at] < _floor(np.concatenate([sums[part] for part in parts]), k):
                break
            inside = slice(None) if allowed is None else np.flatnonzero(allowed[token.rows])
            rows, weights = token.rows[inside], token.weights(inside)
            before = sums[rows]
            sums[rows] = before + token.idf * weights
            parts.append(rows[before == 0])
            seen += len(parts[-1])
        else:
            at = len(tokens)
        contenders = np.sort(np.concatenate(parts))
        so_far = sums[contenders]
        for number in range(at, len(tokens) + 1):
            if len(contenders) > k:
                kept = so_far + left[number] >= _floor(so_far, k)
                contenders, so_far = contenders[kept], so_far[kept]
            if number < len(tokens):
                so_far = so_far + _weights_at(tokens[number], contenders)
        return contenders.astype(np.int64)


def inverse_frequency(frequency: int, size: int) -> float:
    """Return the idf of a token found in ``frequency`` of ``size`` passages."""
    return math.log(1 + (size - frequency + 0.5) / (frequency + 0.5))


def mean_length(tokens: int, passages: int) -> float:
    """Return the mean length of passages with so many tokens in all, 1 where there are none."""
    return tokens / passages if tokens else 1.0


def best_of_either(one: LexicalScores, other: LexicalScores, k: int, allowed: Mask | None = None) -> Rows:
    """Return the rows of the ``k`` highest of both scores, as `LexicalScores.best` does for one."""
    if one is other:
        return one.best(k, allowed)
    # Who is among the k best by the higher of two scores is so by that one.
    rows = np.union1d(one.best(k, allowed), other.best(k, allowed))
    return highest(rows, np.maximum(one.of(rows), other.of(rows)), k)


def _floor(sums: Floats, k: int) -> float:
    """Return the k-th highest of the sums, a little less for their rounding."""
    return float(np.partition(sums, len(sums) - k)[len(sums) - k]) * (1 - _SLACK)


def _weights_at(token: TokenPostings, rows: npt.NDArray[np.int32]) -> Floats:
    """Return what a token adds to the scores of ``rows``."""
    at = np.minimum(np.searchsorted(token.rows, rows), len(token.rows) - 1)
    return np.where(token.rows[at] == rows, token.idf * token.weights(at), np.float32(0)).astype(np.float32)


def highest(rows: Rows, scores: Floats, k: int) -> Rows:
    """Return those of ``rows``, ascending, with the ``k`` highest scores, best first, the lower row first among equals."""
    k = min(k, len(rows))
    if k <= 0:
        return np.empty(0, np.int64)
    candidates = np.flatnonzero(scores >= -np.partition(-scores, k - 1)[k - 1])
    return rows[candidates[np.argsort(-scores[candidates], kind="stable")[:k]]]


class LexicalStore:
    """BM25 over tokens; a SQLite table says where in two mapped arrays the postings of each stand.

    The score of a passage is the sum over the question's tokens of idf · tf / (tf + k1 · (1 - b + b · l / L)),
    idf = ln(1 + (N - df + 0.5) / (df + 0.5)): Robertson and Zaragoza, "The Probabilistic Relevance Framework:
    BM25 and Beyond" (2009), in the form of Lucene, with k1 = 1.2 and b = 0.75.
    """

    def __init__(
        self, connection: sqlite3.Connection, folder: Path, size: int, guard: threading.Lock | None = None, sums: Checksums | None = None, mean: float | None = None
    ) -> None:
        """Open what `write` wrote.

        Args:
            connection: To the database with the places of the postings.
            folder: Where the arrays are.
            size: The number of passages.
            guard: Held while the database is asked.
            sums: Those that the arrays are compared with.
            mean: The mean length of a passage in tokens, where these passages are not the whole corpus.

        Raises:
            IndexMismatchError: the arrays are missing or damaged.
        """
        self._connection = connection
        self._guard = guard or threading.Lock()
        self.size = size
        self._rows = _mapped(folder / _ROWS, np.int32, sums)
        self._norms: Floats | None = None
        self._lifted = 1.0  # how many times higher a weight can be than among these passages alone
        if (folder / _WEIGHTS).is_file():
            self._counts = _mapped(folder / _WEIGHTS, np.float32, sums)
        else:
            self._counts = _mapped(folder / _COUNTS, np.uint16, sums)
            lengths = _mapped(folder / _LENGTHS, np.int32, None).all.astype(np.float32)
            if len(lengths) != size:
                raise IndexMismatchError(_DAMAGED)
            own = mean_length(int(lengths.sum(dtype=np.int64)), size)
            self._norms = _norms(lengths, mean or own)
            self._lifted = max(1.0, (mean or own) / own)
        if len(self._rows) != len(self._counts):
            raise IndexMismatchError(_DAMAGED)

    @staticmethod
    def write(connection: sqlite3.Connection, passages: Iterable[Sequence[str]], folder: Path) -> int:
        """Write the postings of tokenised passages, the i-th as row i, to ``folder``; return how many passages there are.

        ``folder`` also takes for a while what is too much for the memory.

        Raises:
            OSError, sqlite3.OperationalError: it can't be written.
        """
        with (
            tempfile.TemporaryDirectory(dir=folder, prefix="words-") as runs,
            GrowingArray(folder / _ROWS, np.int32) as all_rows,
            GrowingArray(folder / _COUNTS, np.uint16) as all_counts,
        ):
            postings = Postings(Path(runs))
            for tokens in passages:
                postings.add(tokens)
            lengths = np.asarray(postings.lengths, dtype=np.int32)
            np.save(folder / _LENGTHS, lengths)
            norms = _norms(lengths.astype(np.float32), mean_length(int(lengths.sum(dtype=np.int64)), len(lengths)))
            connection.execute(
                "CREATE TABLE lexicon (token TEXT PRIMARY KEY, start INTEGER NOT NULL, count INTEGER NOT NULL, top REAL NOT NULL) WITHOUT ROWID"
            )

            def placed() -> Iterable[tuple[str, int, int, float]]:
                start = 0
                for token, rows, counts in postings.merged():
                    held = np.minimum(counts, _MOST).astype(np.uint16)
                    all_rows.append(rows)
                    all_counts.append(held)
                    yield token, start, len(rows), float(TokenPostings(rows, held, norms, 1.0, np.float32(1)).weights().max())
                    start += len(rows)

            connection.executemany("INSERT INTO lexicon VALUES (?, ?, ?, ?)", placed())
        return len(lengths)

    def scores(self, tokens: Sequence[str], weights: Mapping[str, float] | None = None) -> LexicalScores:
        """Return the BM25 scores of the passages that hold any of the tokens.

        A token that no passage has counts with the highest idf there is. Repeated tokens count once. ``weights`` are the
        idf of the tokens where these passages are not the whole corpus.

        Raises:
            IndexMismatchError: the table is damaged.
        """
        places = self._places(tokens)
        postings: list[TokenPostings] = []
        idfs: dict[str, float] = {}
        for token in dict.fromkeys(tokens):
            start, count, top = places.get(token, (0, 0, 0.0))
            idfs[token] = self.idf(count) if weights is None else weights[token]
            if count:
                rows = self._rows[start : start + count]
                # Rows rise, so that the last is the highest; which token they belong to is for the check of hashes.
                if len(rows) != count or not 0 <= rows[0] <= rows[-1] < self.size or not 0 < top <= 1:
                    raise IndexMismatchError(_DAMAGED)
                postings.append(TokenPostings(rows, self._counts[start : start + count], self._norms, min(1.0, top * self._lifted), np.float32(idfs[token]), start))
        return LexicalScores(postings, self.size, sum(idfs.values()), idfs, tuple(token for token in idfs if token not in places))

    def frequencies(self, tokens: Sequence[str]) -> dict[str, int]:
        """Return in how many passages each token occurs, in the order of the tokens, each once."""
        places = self._places(tokens)
        return {token: places[token][1] if token in places else 0 for token in tokens}

    def idf(self, frequency: int) -> float:
        """Return the inverse document frequency of a token found in ``frequency`` passages."""
        return inverse_frequency(frequency, self.size)

    def _places(self, tokens: Iterable[str]) -> dict[str, tuple[int, int, float]]:
        wanted = list(dict.fromkeys(tokens))
        found: dict[str, tuple[int, int, float]] = {}
        try:
            for low in range(0, len(wanted), 500):
                part = wanted[low : low + 500]
                with self._guard:
                    held = self._connection.execute(
                        f"SELECT token, start, count, top FROM lexicon WHERE token IN ({','.join('?' * len(part))})", part
                    ).fetchall()
                found.update((token, (start, count, top)) for token, start, count, top in held)
        except sqlite3.DatabaseError as error:
            raise IndexMismatchError(f"the words of the index cannot be read ({error}): rebuild it with `dgqa index --rebuild`") from error
        return found


def _norms(lengths: Floats, mean: float) -> Floats:
    """Return what the length of a passage adds to how often it holds a token."""
    return np.asarray(K1 * (1 - B + B * lengths / mean), np.float32)


def _mapped(file: Path, dtype: npt.DTypeLike, sums: Checksums | None) -> CheckedArray:
    array = CheckedArray(file) if sums is None else sums.array(file.name)
    if array.dtype != dtype or len(array.shape) != 1:
        raise damage_in(file.name, f"it holds {array.dtype} of shape {array.shape}")
    return array
