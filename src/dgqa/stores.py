"""Vectors or tokens in, (row, score) pairs out: FAISS for sentences, BM25 in SQLite for passages."""

from __future__ import annotations

import math
import sqlite3
import tempfile
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from dgqa.errors import IndexMismatchError
from dgqa.faiss_kinds import Kind, Vectors, make_index, one_thread, read_index, write_index
from dgqa.postings import Postings

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


@runtime_checkable
class VectorStore(Protocol):
    """Row i holds the vector that was added i-th; scores are inner products."""

    dim: int

    def __len__(self) -> int: ...

    def search(self, query: Floats, k: int) -> tuple[Rows, Floats]:
        """Return the rows and scores of the ``k`` best vectors for one query of shape (dim,), best first."""
        ...

    def vectors(self, rows: Sequence[int] | npt.NDArray[np.integer[Any]]) -> Floats:
        """Return the stored vectors of ``rows``, shape (len(rows), dim)."""
        ...


class FaissStore:
    """Inner-product search with FAISS, in a file that is mapped into memory rather than read.

    The vectors themselves stand in an array beside it, as float16 where they come from a file: FAISS may hold them in
    one byte a number, which is enough to find sentences but not to build the next index from.
    """

    def __init__(self, index: Any, exact: Vectors, data: npt.NDArray[np.uint8] | None = None) -> None:
        self._index = index
        self._exact = exact
        self._data = data  # what the index points into
        self.dim = int(index.d)

    @classmethod
    def build(cls, vectors: Vectors, kind: Kind = "flat") -> FaissStore:
        """Make a store of vectors of shape (n, dim), which it goes on using."""
        return cls(make_index(vectors, kind), vectors)

    def save(self, file: Path) -> None:
        """Write what is searched; the vectors themselves are the caller's to keep."""
        write_index(self._index, file)

    @classmethod
    def load(cls, file: Path, vectors: Vectors) -> FaissStore:
        """Open what `save` wrote; ``vectors`` are those it was built from.

        Raises:
            IndexMismatchError: the file is no FAISS index, or not one of these vectors.
        """
        try:
            data = np.memmap(file, dtype=np.uint8, mode="r")
            index = read_index(data)
        except (RuntimeError, ValueError, OSError) as error:
            raise IndexMismatchError(f"{file.name} of the index cannot be read: rebuild it with `dgqa index --rebuild`") from error
        if (index.ntotal, index.d) != vectors.shape:
            raise IndexMismatchError(
                f"{file.name} of the index holds {index.ntotal} vectors of dimension {index.d}, the index has {vectors.shape[0]} "
                f"of {vectors.shape[1]}: rebuild it with `dgqa index --rebuild`"
            )
        return cls(index, vectors, data)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, query: Floats, k: int) -> tuple[Rows, Floats]:
        """Return the rows and scores of the ``k`` best vectors, best first; fewer where the lists looked at hold fewer.

        Raises:
            IndexMismatchError: a score is no number, since the file is damaged.
        """
        k = min(k, len(self))
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        with one_thread():
            scores, rows = self._index.search(np.ascontiguousarray(query.reshape(1, -1), dtype=np.float32), k)
        found = rows[0] >= 0
        rows, scores = rows[0][found], scores[0][found]
        if rows.size and (rows.max() >= len(self) or not np.isfinite(scores).all()):
            raise IndexMismatchError("the vectors of the index are damaged: rebuild it with `dgqa index --rebuild`")
        return rows, scores

    def vectors(self, rows: Sequence[int] | npt.NDArray[np.integer[Any]]) -> Floats:
        return np.asarray(self._exact[np.asarray(rows, dtype=np.int64)], dtype=np.float32)

    def stored(self, rows: Sequence[int] | npt.NDArray[np.integer[Any]]) -> Vectors:
        """Return the vectors of ``rows`` in the number format that they are kept in."""
        return self._exact[np.asarray(rows, dtype=np.int64)]


K1 = 1.2
B = 0.75


@dataclass(frozen=True, slots=True, eq=False)
class LexicalScores:
    """The passages that hold a token of the question: ``rows``, ascending, and their BM25 ``scores``.

    ``total`` is the sum of the tokens' idf, the least upper bound of a score.
    """

    rows: Rows
    scores: Floats
    total: float

    def of(self, rows: Rows) -> Floats:
        """Return the scores of ``rows``, zero for those without any token of the question."""
        if not len(self.rows):
            return np.zeros(len(rows), np.float32)
        at = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        return np.where(self.rows[at] == rows, self.scores[at], np.float32(0)).astype(np.float32)

    def within(self, allowed: npt.NDArray[np.bool_]) -> LexicalScores:
        """Return the scores of the rows that ``allowed``, of shape (passages,), marks."""
        kept = allowed[self.rows]
        return LexicalScores(self.rows[kept], self.scores[kept], self.total)

    def or_better(self, other: LexicalScores) -> LexicalScores:
        """Return the higher of both scores for each row that either has."""
        if other is self:
            return self
        rows = np.union1d(self.rows, other.rows)
        return LexicalScores(rows, np.maximum(self.of(rows), other.of(rows)), max(self.total, other.total))

    def best(self, k: int) -> Rows:
        """Return the rows of the ``k`` highest scores, best first, the lower row first among equals."""
        k = min(k, len(self.rows))
        if k <= 0:
            return np.empty(0, np.int64)
        candidates = np.flatnonzero(self.scores >= -np.partition(-self.scores, k - 1)[k - 1])
        return self.rows[candidates[np.argsort(-self.scores[candidates], kind="stable")[:k]]]


class LexicalStore:
    """BM25 over tokens, its postings in a SQLite table that is read on demand.

    The score of a passage is the sum over the question's tokens of idf · tf / (tf + k1 · (1 - b + b · l / L)),
    idf = ln(1 + (N - df + 0.5) / (df + 0.5)): Robertson and Zaragoza, "The Probabilistic Relevance Framework:
    BM25 and Beyond" (2009), in the form of Lucene, with k1 = 1.2 and b = 0.75.
    """

    def __init__(self, connection: sqlite3.Connection, size: int, guard: threading.Lock | None = None) -> None:
        self._connection = connection
        self._guard = guard or threading.Lock()
        self.size = size

    @staticmethod
    def write(connection: sqlite3.Connection, passages: Iterable[Sequence[str]], folder: Path | None = None) -> int:
        """Write the postings of tokenised passages, the i-th as row i; return how many passages there are.

        ``folder`` takes what is too much for the memory; by default the system's place for such files.
        """
        with tempfile.TemporaryDirectory(dir=folder, prefix="words-") as runs:
            postings = Postings(Path(runs))
            for tokens in passages:
                postings.add(tokens)
            length = np.asarray(postings.lengths, dtype=np.float32)
            mean = float(length.mean(dtype=np.float64)) if length.any() else 1.0
            connection.execute("CREATE TABLE lexicon (token TEXT PRIMARY KEY, rows BLOB NOT NULL, weights BLOB NOT NULL) WITHOUT ROWID")

            def encoded() -> Iterable[tuple[str, bytes, bytes]]:
                for token, rows, counts in postings.merged():
                    tf = counts.astype(np.float32)
                    weights = tf / (tf + K1 * (1 - B + B * length[rows] / mean))
                    yield token, rows.astype("<i4").tobytes(), weights.astype("<f4").tobytes()

            connection.executemany("INSERT INTO lexicon VALUES (?, ?, ?)", encoded())
        return len(length)

    def scores(self, tokens: Sequence[str]) -> LexicalScores:
        """Return the BM25 scores of the passages that hold any of the tokens.

        A token that no passage has counts with the highest idf there is. Repeated tokens count once.

        Raises:
            IndexMismatchError: the table is damaged.
        """
        total = 0.0
        parts: list[tuple[npt.NDArray[np.int32], Floats]] = []
        for token in dict.fromkeys(tokens):
            found = self._one("SELECT rows, weights FROM lexicon WHERE token = ?", token)
            idf = self.idf(len(found[0]) // 4 if found else 0)
            total += idf
            if found:
                parts.append(self._decoded(found[0], found[1], np.float32(idf)))
        touched = sum(len(rows) for rows, _ in parts)
        # Few of many are gathered by sorting them, many by a pass over all passages.
        if touched < self.size // 16:
            rows = np.concatenate([rows for rows, _ in parts]) if parts else np.empty(0, np.int32)
            unique, at = np.unique(rows, return_inverse=True)
            summed = np.zeros(len(unique), np.float32)
            start = 0
            for part, weights in parts:
                summed[at[start : start + len(part)]] += weights
                start += len(part)
            return LexicalScores(unique.astype(np.int64), summed, total)
        whole = np.zeros(self.size, np.float32)
        for part, weights in parts:
            whole[part] += weights
        hit = np.flatnonzero(whole)
        return LexicalScores(hit, whole[hit], total)

    def _decoded(self, rows: bytes, weights: bytes, idf: np.float32) -> tuple[npt.NDArray[np.int32], Floats]:
        found = np.frombuffer(rows, dtype="<i4"), np.frombuffer(weights, dtype="<f4")
        if len(found[0]) != len(found[1]) or not len(found[0]) or found[0].min() < 0 or found[0].max() >= self.size:
            raise IndexMismatchError("the words of the index are damaged: rebuild it with `dgqa index --rebuild`")
        return found[0], idf * found[1]

    def document_frequency(self, token: str) -> int:
        """Return in how many passages a token occurs."""
        found = self._one("SELECT length(rows) FROM lexicon WHERE token = ?", token)
        return int(found[0]) // 4 if found else 0

    def idf(self, frequency: int) -> float:
        """Return the inverse document frequency of a token found in ``frequency`` passages."""
        return math.log(1 + (self.size - frequency + 0.5) / (frequency + 0.5))

    def _one(self, sql: str, token: str) -> Any:
        try:
            with self._guard:
                return self._connection.execute(sql, (token,)).fetchone()
        except sqlite3.DatabaseError as error:
            raise IndexMismatchError(f"the words of the index cannot be read ({error}): rebuild it with `dgqa index --rebuild`") from error
