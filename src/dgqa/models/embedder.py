"""Define what turns texts into unit vectors, and do all of it that doesn't depend on how a model is run."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from dgqa.errors import ModelError

Vectors = NDArray[np.float32]
TokenCodes = NDArray[np.int8]
Progress = Callable[[int, int], None]

_Kept = TypeVar("_Kept")
_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


@runtime_checkable
class Embedder(Protocol):
    """What turns texts into vectors whose dot product is their cosine.

    Write one of your own with these names and give it as ``embedder`` to `build_index`, `Retriever.open` and `Assistant.open`;
    it must bear being called from several threads. Embeddings of LangChain are taken as they are.
    """

    @property
    def name(self) -> str:
        """What the index calls the model."""
        ...

    @property
    def fingerprint(self) -> str:
        """Equal for two embedders if and only if their vectors may be compared."""
        ...

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dim), rows of norm 1."""
        ...

    def embed_passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Return float32 of shape (len(texts), dim), rows of norm 1; ``progress`` gets (done, total)."""
        ...

    def token_vectors(self, texts: Sequence[str], *, query: bool) -> list[Vectors]:
        """Return for each text float32 of shape (tokens, dim), rows of norm 1, without prompt and special tokens."""
        ...

    def embed_queries_with_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        """Return ``embed_queries`` and the queries' ``token_vectors``, computed in one go."""
        ...

    def embed_passages_with_tokens(self, texts: Sequence[str], *, progress: Progress | None = None) -> tuple[Vectors, list[TokenCodes]]:
        """Return ``embed_passages`` and the passages' quantized token vectors, computed in one go."""
        ...


def quantize_tokens(vectors: Vectors) -> TokenCodes:
    """Return unit vectors as int8: ``round(127 * vectors)``, so that codes / 127 is within 0.004 of each number."""
    return np.rint(vectors * 127).astype(np.int8)


class BatchedEmbedder(ABC):
    """The part of an embedder that doesn't depend on how the model is run."""

    name: str
    fingerprint: str
    dim: int

    def __init__(self, name: str, dim: int, weights: str, prompts: tuple[str, str], batch_size: int, workers: int = 1) -> None:
        """Take what is known of a model; ``workers`` batches of passages are computed at once, which `_forward` must bear."""
        if batch_size < 1:
            raise ValueError(f"batch_size must be 1 or more, got {batch_size}")
        self.name = name
        self.dim = dim
        self._query_prompt, self._passage_prompt = prompts
        self._batch_size = batch_size
        self._workers = workers
        settings = hashlib.sha256(json.dumps([dim, *prompts, "float32"]).encode()).hexdigest()
        self.fingerprint = f"{name}:{weights[:16]}:{settings[:8]}"

    @abstractmethod
    def _forward(self, texts: list[str], *, query: bool, tokens: bool) -> tuple[Vectors, list[Vectors]]:
        """Return vectors (n, dim), and with ``tokens`` for each text (tokens, dim); of any norm."""

    def _lengths(self, texts: list[str], query: bool) -> list[int]:
        """Return how long each text is, by whatever measure a batch is padded; tokens if they are cheap to count."""
        return [len(text) for text in texts]

    def _prompt(self, query: bool) -> str:
        return self._query_prompt if query else self._passage_prompt

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return float32 of shape (len(texts), dim), rows of norm 1.

        Raises:
            ModelError: the model gives numbers that are not finite.
        """
        return self._run(texts, True, None, None)[0]

    def embed_passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Return float32 of shape (len(texts), dim), rows of norm 1; ``progress`` gets (done, total) after a batch.

        Raises:
            ModelError: the model gives numbers that are not finite.
        """
        return self._run(texts, False, progress, None)[0]

    def token_vectors(self, texts: Sequence[str], *, query: bool) -> list[Vectors]:
        """Return for each text its last hidden states, float32 of shape (tokens, dim), rows of norm 1.

        The tokens of the prompt and special tokens take part in the computation, but are left out of the
        result; a text without any token of its own gives shape (0, dim).

        Raises:
            ModelError: the model gives numbers that are not finite.
        """
        return self._run(texts, query, None, lambda vectors: vectors)[1]

    def embed_queries_with_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        """Return ``embed_queries(texts)`` and ``token_vectors(texts, query=True)``, in one forward pass.

        Raises:
            ModelError: the model gives numbers that are not finite.
        """
        return self._run(texts, True, None, lambda vectors: vectors)

    def embed_passages_with_tokens(self, texts: Sequence[str], *, progress: Progress | None = None) -> tuple[Vectors, list[TokenCodes]]:
        """Return ``embed_passages(texts)`` and int8 of shape (tokens, dim) for each text, in one forward pass.

        The token vectors are those of ``token_vectors``, quantized by ``quantize_tokens``.

        Raises:
            ModelError: the model gives numbers that are not finite.
        """
        return self._run(texts, False, progress, quantize_tokens)

    def _run(
        self,
        texts: Sequence[str],
        query: bool,
        progress: Progress | None,
        keep: Callable[[Vectors], _Kept] | None,
    ) -> tuple[Vectors, list[_Kept]]:
        """Embed longest first in batches of similar length, which wastes the least on padding."""
        if isinstance(texts, str):
            raise TypeError("texts must be a sequence of strings, got one string")
        # half of a surrogate pair has no UTF-8 form, which every tokenizer asks for
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        lengths = self._lengths(clean, query)
        order = sorted(range(len(clean)), key=lambda row: -lengths[row])
        vectors = np.empty((len(clean), self.dim), np.float32)
        kept: dict[int, _Kept] = {}
        workers = 1 if query else self._workers
        # few texts are shared out evenly
        size = min(self._batch_size, max(1, -(-len(order) // workers)))
        batches = [order[start : start + size] for start in range(0, len(order), size)]

        def forward(rows: list[int]) -> tuple[Vectors, list[_Kept]]:
            batch = [clean[row] for row in rows]
            found, tokens = self._forward(batch, query=query, tokens=keep is not None)
            if keep is None:
                return self._unit(found, batch), []
            whole = self._unit(np.concatenate(tokens), batch)
            ends = np.cumsum([len(part) for part in tokens])[:-1]
            return self._unit(found, batch), [keep(part) for part in np.split(whole, ends)]

        done = 0
        for rows, (found, parts) in zip(batches, _computed(forward, batches, workers), strict=True):
            vectors[rows] = found
            kept.update(zip(rows, parts, strict=False))
            done += len(rows)
            if progress is not None:
                progress(done, len(order))
        return vectors, [kept[row] for row in range(len(kept))]

    def _unit(self, vectors: Vectors, texts: list[str]) -> Vectors:
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(norms).all() or (norms == 0).any():
            raise ModelError(
                f"{self.name} gave a vector that is zero or not finite for one of {[text[:40] for text in texts[:3]]}"
                f"{' …' if len(texts) > 3 else ''}: its weights or its number format are unusable here"
            )
        unit: Vectors = vectors / norms
        return unit


def _computed(work: Callable[[_Given], _Made], given: Sequence[_Given], workers: int) -> Iterator[_Made]:
    """Yield what ``work`` makes of each, in order, so many at once; when the caller stops, no more are begun."""
    if workers < 2 or len(given) < 2:
        yield from map(work, given)
        return
    pool = ThreadPoolExecutor(workers, thread_name_prefix="embedding")
    try:
        yield from pool.map(work, given)
    finally:
        pool.shutdown(cancel_futures=True)
