"""A model that is quick instead of good: vectors of hashed pairs of characters, as wide as the real ones, to fill indexes whose size is measured.

Pairs have vectors in a subspace of few dimensions, so that a graph of neighbours finds its way as it does among real ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from dgqa.models.embedder import Embedder
from dgqa.models.embedding import open_embedder

Floats = npt.NDArray[np.float32]
_PAIRS, _DIM, _RANK = 1 << 14, 384, 48


class Hashed:
    """An embedder by the characters alone: a sentence is the sum of its pairs, each of which is a token."""

    name, fingerprint, dim = "hashed", f"hashed:{_DIM}", _DIM

    def __init__(self) -> None:
        draw = np.random.default_rng(0)
        table = draw.standard_normal((_PAIRS, _RANK)) @ np.linalg.qr(draw.standard_normal((_DIM, _RANK)))[0].T
        self._table = (table / np.linalg.norm(table, axis=1, keepdims=True)).astype(np.float32)
        self._codes = np.rint(127 * self._table).astype(np.int8)

    def _pairs(self, text: str) -> npt.NDArray[np.int64]:
        numbers = np.frombuffer(f" {text} ".encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
        return (numbers[:-1] * 31 + numbers[1:]) % _PAIRS

    def embed_queries(self, texts: Sequence[str]) -> Floats:
        sums = np.array([self._table[self._pairs(text)].sum(axis=0) for text in texts], np.float32).reshape(-1, _DIM)
        return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), np.float32)

    def embed_passages(self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None) -> Floats:
        if progress is not None:
            progress(len(texts), len(texts))
        return self.embed_queries(texts)

    def token_vectors(self, texts: Sequence[str], *, query: bool) -> list[Floats]:
        return [self._table[self._pairs(text)] for text in texts]

    def embed_queries_with_tokens(self, texts: Sequence[str]) -> tuple[Floats, list[Floats]]:
        return self.embed_queries(texts), self.token_vectors(texts, query=True)

    def embed_passages_with_tokens(
        self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None
    ) -> tuple[Floats, list[npt.NDArray[np.int8]]]:
        return self.embed_passages(texts, progress=progress), [self._codes[self._pairs(text)] for text in texts]


def embedder_of(model: str) -> Embedder:
    """Return the embedder that an index was made with, by the name in its manifest."""
    return Hashed() if model == Hashed.name else open_embedder(model)
