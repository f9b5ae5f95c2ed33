"""Stand-ins at the seams: an embedder that hashes characters, so that likeness is shared bigrams."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from dgqa.language.text import fold, search_tokens

Floats = npt.NDArray[np.float32]


class HashingEmbedder:
    """Unit vectors of hashed character bigrams; counts how many passages it was asked for."""

    def __init__(self, dim: int = 256, name: str = "hashing") -> None:
        self.dim = dim
        self.name = name
        self.fingerprint = f"{name}:{dim}"
        self.embedded = 0

    def _vector(self, text: str) -> Floats:
        vector = np.full(self.dim, 1e-3, np.float32)
        chars = [char for char in fold(text) if char.isalnum()]
        for a, b in itertools.pairwise(chars):
            vector[zlib.crc32((a + b).encode()) % self.dim] += 1
        return np.asarray(vector / np.linalg.norm(vector), np.float32)

    def _all(self, texts: Sequence[str]) -> Floats:
        return np.stack([self._vector(text) for text in texts]) if texts else np.zeros((0, self.dim), np.float32)

    def embed_queries(self, texts: Sequence[str]) -> Floats:
        return self._all(texts)

    def embed_passages(self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None) -> Floats:
        self.embedded += len(texts)
        if progress is not None:
            progress(len(texts), len(texts))
        return self._all(texts)

    def token_vectors(self, texts: Sequence[str], *, query: bool) -> list[Floats]:
        return [self._all([token * 2 for token in search_tokens(text)] or [text]) for text in texts]

    def embed_queries_with_tokens(self, texts: Sequence[str]) -> tuple[Floats, list[Floats]]:
        return self.embed_queries(texts), self.token_vectors(texts, query=True)

    def embed_passages_with_tokens(
        self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None
    ) -> tuple[Floats, list[npt.NDArray[np.int8]]]:
        tokens = [np.rint(block * 127).astype(np.int8) for block in self.token_vectors(texts, query=False)]
        return self.embed_passages(texts, progress=progress), tokens
