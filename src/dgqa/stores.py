"""Vectors or tokens in, (row, score) pairs out: FAISS for sentences, BM25 in SQLite for passages."""

from __future__ import annotations

import math
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from dgqa.errors import IndexMismatchError

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

    def vectors(self, rows: Sequence[int] | Rows) -> Floats:
        """Return the stored vectors of ``rows``, shape (len(rows), dim)."""
        ...


class FaissStore:
    """Exact inner-product search with FAISS (IndexFlatIP)."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.dim = int(index.d)

    @classmethod
    def build(cls, vectors: Floats) -> FaissStore:
        """Make a store of float32 vectors of shape (n, dim)."""
        import faiss

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    def save(self, file: Path) -> None:
        import faiss

        # Through Python, since FAISS itself opens no path with characters outside the locale on Windows.
        file.write_bytes(faiss.serialize_index(self._index).tobytes())

    @classmethod
    def load(cls, file: Path) -> FaissStore:
        """Load what `save` wrote.

        Raises:
            IndexMismatchError: the file is no FAISS index.
        """
        import faiss

        try:
            return cls(faiss.deserialize_index(np.frombuffer(file.read_bytes(), dtype=np.uint8)))
        except (RuntimeError, ValueError, OSError) as error:
            raise IndexMismatchError(f"{file.name} of the index cannot be read: rebuild it with `dgqa index --rebuild`") from error

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, query: Floats, k: int) -> tuple[Rows, Floats]:
        k = min(k, len(self))
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        scores, rows = self._index.search(np.ascontiguousarray(query.reshape(1, -1), dtype=np.float32), k)
        found = rows[0] >= 0
        return rows[0][found], scores[0][found]

    def vectors(self, rows: Sequence[int] | Rows) -> Floats:
        if not len(rows):
            return np.empty((0, self.dim), np.float32)
        return np.asarray(self._index.reconstruct_batch(np.asarray(rows, dtype=np.int64)), dtype=np.float32)


K1 = 1.2
B = 0.75


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
    def write(connection: sqlite3.Connection, passages: Iterable[Sequence[str]]) -> int:
        """Write the postings of tokenised passages, the i-th as row i; return how many there are."""
        postings: dict[str, tuple[list[int], list[int]]] = {}
        lengths: list[int] = []
        for row, tokens in enumerate(passages):
            lengths.append(len(tokens))
            for token, count in Counter(tokens).items():
                rows, counts = postings.setdefault(token, ([], []))
                rows.append(row)
                counts.append(count)
        length = np.asarray(lengths, dtype=np.float32)
        mean = float(length.mean()) if len(lengths) and length.any() else 1.0
        connection.execute("CREATE TABLE lexicon (token TEXT PRIMARY KEY, rows BLOB NOT NULL, weights BLOB NOT NULL) WITHOUT ROWID")

        def encoded() -> Iterable[tuple[str, bytes, bytes]]:
            for token in sorted(postings):
                rows = np.asarray(postings[token][0], dtype="<i4")
                tf = np.asarray(postings[token][1], dtype="<f4")
                weights = tf / (tf + K1 * (1 - B + B * length[rows] / mean))
                yield token, rows.tobytes(), weights.astype("<f4").tobytes()

        connection.executemany("INSERT INTO lexicon VALUES (?, ?, ?)", encoded())
        return len(lengths)

    def scores(self, tokens: Sequence[str]) -> tuple[Floats, float]:
        """Return the BM25 score of every passage, shape (size,), and the sum of the tokens' idf.

        A token that no passage has counts with the highest idf there is. Repeated tokens count once.

        Raises:
            IndexMismatchError: the table is damaged.
        """
        scores = np.zeros(self.size, dtype=np.float32)
        total = 0.0
        for token in dict.fromkeys(tokens):
            found = self._one("SELECT rows, weights FROM lexicon WHERE token = ?", token)
            idf = self.idf(len(found[0]) // 4 if found else 0)
            total += idf
            if found:
                scores[np.frombuffer(found[0], dtype="<i4")] += np.float32(idf) * np.frombuffer(found[1], dtype="<f4")
        return scores, total

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
