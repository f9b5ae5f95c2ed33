"""Vectors found by inner product: a FAISS index of the kind that fits their number, tuned until it finds what an exact search finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from dgqa.errors import IndexMismatchError
from dgqa.index.checks import CheckedArray
from dgqa.system import lost_its_pool

Kind = Literal["flat", "hnsw", "ivf"]
KINDS: tuple[Kind, ...] = ("flat", "hnsw", "ivf")
# Flat reads every vector for each question: at the limit about 5 ms. A graph is the fastest, but slow to build for
# millions, and takes as much memory as the vectors; lists with one byte a number take a quarter.
FLAT_LIMIT = 50_000
HNSW_LIMIT = 200_000

_NEIGHBOURS = 32  # of a vector in the graph; twice as many in its lowest layer
_EXACT = 20_000  # vectors that are compared one by one rather than searched for among the others
_BLOCK = 65_536  # vectors that are float32 at one time
_PER_LIST = 64  # vectors that each list's centre is trained on
_ROUNDS = 10
_SEED = 1234
_GOAL = 0.98  # of the true best found; above what is promised, since the tuning's queries are not the questions
# How many best that is said of. A graph that is walked for fewer than it is asked for finds half of them; lists are not.
_ASKED: dict[Kind, int] = {"hnsw": 200, "ivf": 10}
_QUERIES = 200

Floats = npt.NDArray[np.float32]
Vectors = npt.NDArray[np.float32] | npt.NDArray[np.float16]
Rows = npt.NDArray[np.int64]


@runtime_checkable
class VectorStore(Protocol):
    """Row i holds the vector that was added i-th; scores are inner products."""

    dim: int

    @property
    def compares_all(self) -> bool:
        """Whether a search compares every vector, so that it can be held to some of them at no loss."""
        ...

    def __len__(self) -> int: ...

    def search(self, query: Floats, k: int, among: Rows | None = None) -> tuple[Rows, Floats]:
        """Return the rows and scores of the ``k`` best vectors for one query of shape (dim,), best first; ``among`` some rows where all are compared."""
        ...

    def vectors(self, rows: Sequence[int] | npt.NDArray[np.integer[Any]]) -> Floats:
        """Return the stored vectors of ``rows``, shape (len(rows), dim)."""
        ...


class FaissStore:
    """Inner-product search with FAISS, in a file that is mapped into memory rather than read.

    The vectors themselves stand in an array beside it, as float16 where they come from a file: FAISS may hold them in
    one byte a number, which is enough to find sentences but not to build the next index from.
    """

    def __init__(self, index: Any, exact: Vectors | CheckedArray, data: npt.NDArray[np.uint8] | None = None) -> None:
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
    def load(cls, file: Path, vectors: Vectors | CheckedArray) -> FaissStore:
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
        if hasattr(index, "hnsw"):  # as tuned by an older build, for ten
            index.hnsw.efSearch = max(index.hnsw.efSearch, _ASKED["hnsw"])
        return cls(index, vectors, data)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def compares_all(self) -> bool:
        return not (hasattr(self._index, "hnsw") or hasattr(self._index, "nprobe"))

    def search(self, query: Floats, k: int, among: Rows | None = None) -> tuple[Rows, Floats]:
        """Return the rows and scores of the ``k`` best vectors, best first; fewer where the lists looked at hold fewer.

        ``among`` are the rows that may be found, where all are compared.

        Raises:
            IndexMismatchError: a score is no number, since the file is damaged.
        """
        k = min(k, len(self) if among is None else len(among))
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        params = None if among is None else _only(among, len(self))
        with one_thread():
            scores, rows = self._index.search(np.ascontiguousarray(query.reshape(1, -1), dtype=np.float32), k, params=params)
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


def search_allowed(store: VectorStore, vector: Floats, k: int, rows: Rows) -> tuple[Rows, Floats]:
    """Return those of ``rows`` whose vectors are the ``k`` nearest to ``vector``, best first, and their scores.

    A store that compares all skips the others. Of another, few are compared one by one; of many, enough are asked for that
    k of them are allowed ones.
    """
    if store.compares_all:
        return store.search(vector, k, rows)
    if len(rows) > _EXACT:
        wanted, allowed = k, np.zeros(len(store), dtype=bool)
        allowed[rows] = True
        while wanted < len(store):
            wanted = min(len(store), wanted * 4)
            found, near = store.search(vector, wanted)
            kept = allowed[found]
            if np.count_nonzero(kept) >= k:
                return found[kept][:k], near[kept][:k]
            # A store that does not look everywhere has no more to give.
            if len(found) < wanted:
                break
    scores = np.concatenate([np.einsum("ij,j->i", store.vectors(rows[at : at + _EXACT]), vector) for at in range(0, len(rows), _EXACT)] or [np.empty(0, np.float32)])
    best = np.argsort(-scores, kind="stable")[:k]
    return rows[best], scores[best]


def _only(rows: Rows, size: int) -> Any:
    """Return what tells FAISS to look at some rows of so many alone."""
    faiss: Any = import_module("faiss")
    allowed = np.zeros(size, bool)
    allowed[rows] = True
    return faiss.SearchParameters(sel=faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little")))


def choose_kind(size: int, wanted: str = "auto") -> Kind:
    """Return the kind of index for ``size`` vectors, which ``wanted`` forces unless it is "auto".

    No vectors at all are always flat, since there is nothing to train on.

    Raises:
        ValueError: ``wanted`` is no kind.
    """
    if wanted not in ("auto", *KINDS):
        raise ValueError(f"the kind of vector index is {wanted!r}, it must be one of auto, {', '.join(KINDS)}")
    if not size:
        return "flat"
    for kind in KINDS:
        if kind == wanted:
            return kind
    return "flat" if size <= FLAT_LIMIT else "hnsw" if size <= HNSW_LIMIT else "ivf"


def make_index(vectors: Vectors, kind: Kind) -> Any:
    """Return a FAISS index of vectors of shape (n, dim), inner products, row i the i-th; equal vectors, equal bytes.

    "flat" and "hnsw" hold float16, "ivf" one byte a number.
    """
    faiss: Any = import_module("faiss")  # its type stubs are not those of its Python classes
    size, dim = vectors.shape
    metric = faiss.METRIC_INNER_PRODUCT
    half = faiss.ScalarQuantizer.QT_fp16
    if kind == "flat":
        index = faiss.IndexScalarQuantizer(dim, half, metric)
    elif kind == "hnsw":
        index = faiss.IndexHNSWSQ(dim, half, _NEIGHBOURS, metric)
    else:
        centres = faiss.IndexFlatIP(dim)
        index = faiss.IndexIVFScalarQuantizer(centres, dim, list_count(size), faiss.ScalarQuantizer.QT_8bit, metric)
        centres.this.disown()
        index.own_fields = True
        index.cp.seed, index.cp.niter = _SEED, _ROUNDS
        index.cp.min_points_per_centroid = 1  # fewer are no reason to warn: the lists are only shorter
        index.cp.max_points_per_centroid = _PER_LIST
    if size:
        sample = np.unique(np.linspace(0, size - 1, min(size, _PER_LIST * list_count(size)), dtype=np.int64))
        # A child has not the pool of its parent, and would wait for it.
        with one_thread() if lost_its_pool("faiss") else nullcontext():
            index.train(_float32(vectors[sample]))
            # The order in which threads reach a graph would show in its edges.
            with one_thread() if kind == "hnsw" else nullcontext():
                for start in range(0, size, _BLOCK):
                    index.add(_float32(vectors[start : start + _BLOCK]))
            if kind != "flat":
                _tune(index, vectors, kind)
    return index


def list_count(size: int) -> int:
    """Return into how many lists "ivf" parts ``size`` vectors: the power of two nearest 4·√size, 4,096 for a million."""
    return max(1, min(2 ** round(np.log2(4 * np.sqrt(size))), size // 4)) if size else 1


def _tune(index: Any, vectors: Vectors, kind: Kind) -> None:
    """Set how much of the index a search looks at: the least that finds 98% of the best, over 200 queries: of 200 in a graph, of ten in lists.

    A query lies between a vector and the one behind it, as a question is near sentences without being one of them.
    """
    size = len(vectors)
    rows = np.unique(np.linspace(0, size - 1, min(size, _QUERIES), dtype=np.int64))
    queries = 2 * _float32(vectors[rows]) + _float32(vectors[(rows + 1) % size])
    queries /= np.maximum(np.linalg.norm(queries, axis=1, keepdims=True), 1e-9)
    asked = min(_ASKED[kind], size)
    last = _last_best(vectors, queries, asked)
    effort = 1 if kind == "ivf" else asked
    while True:
        if kind == "ivf":
            index.nprobe = min(effort, index.nlist)
        else:
            index.hnsw.efSearch = effort
        _, found = index.search(queries, asked)
        near = np.einsum("qkd,qd->qk", _float32(vectors[np.maximum(found, 0)]), queries)
        # By their scores: which of equal vectors comes back doesn't matter.
        recall = float(((near >= last[:, None] - 1e-5) & (found >= 0)).mean())
        if recall >= _GOAL or effort >= (index.nlist if kind == "ivf" else size):
            return
        effort *= 2


def _last_best(vectors: Vectors, queries: Floats, count: int) -> Floats:
    """Return for each query the lowest of the ``count`` highest scores."""
    best = np.empty((len(queries), 0), np.float32)
    for start in range(0, len(vectors), _BLOCK):
        scores = queries @ _float32(vectors[start : start + _BLOCK]).T
        best = np.concatenate([best, scores], axis=1)
        kept = min(count, best.shape[1])
        best = -np.partition(-best, kept - 1, axis=1)[:, :kept]
    last: Floats = best.min(axis=1)
    return last


@contextmanager
def one_thread() -> Iterator[None]:
    """Let FAISS use one thread: one question gains nothing from more, and several are served by the callers' threads."""
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def read_index(data: npt.NDArray[np.uint8]) -> Any:
    """Return the FAISS index in a file's bytes, which it goes on using: they must outlive it.

    Raises:
        RuntimeError: the bytes are no FAISS index or not a whole one.
    """
    faiss: Any = import_module("faiss")
    return faiss.read_index(faiss.ZeroCopyIOReader(faiss.swig_ptr(data), data.size))


def write_index(index: Any, file: Path) -> None:
    """Write a FAISS index to a file.

    Raises:
        OSError: it can't be written, for example because the disk is full.
    """
    faiss: Any = import_module("faiss")
    failed: list[OSError] = []
    # Through Python, since FAISS itself opens no path with characters outside the locale on Windows.
    with file.open("wb") as stream:

        def write(block: bytes) -> int:
            try:
                return stream.write(block)
            except OSError as error:
                failed.append(error)
                raise

        try:
            faiss.write_index(index, faiss.PyCallbackIOWriter(write))
        except Exception as error:  # FAISS turns whatever the writer raises into errors of its own
            if failed:
                raise failed[0] from error
            raise


def _float32(vectors: Vectors) -> Floats:
    return np.ascontiguousarray(vectors, dtype=np.float32)
