"""Vectors or tokens in, (row, score) pairs out: FAISS for sentences, BM25 for passages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from dgqa.errors import IndexMismatchError
from dgqa.index.bm25 import LexicalScores, LexicalStore
from dgqa.index.faiss_kinds import Kind, Vectors, make_index, one_thread, read_index, write_index

__all__ = ["FaissStore", "LexicalScores", "LexicalStore", "VectorStore"]

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
