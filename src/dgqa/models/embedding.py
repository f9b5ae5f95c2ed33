"""Open embedders: the built-in weights by onnxruntime, any others by torch, LangChain's embeddings as they are."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from dgqa.errors import ModelError
from dgqa.models.embedder import BatchedEmbedder, Embedder, Progress, TokenCodes, Vectors, quantize_tokens
from dgqa.models.options import DEFAULT_MODEL, EmbedderOptions
from dgqa.models.store import MODELS, model_source_sha256

__all__ = ["DEFAULT_MODEL", "Backend", "Embedder", "Embeddings", "Progress", "TokenCodes", "Vectors", "as_embedder", "open_embedder", "quantize_tokens"]

Backend = Literal["auto", "onnx", "torch"]
_LANGCHAIN = "langchain:"  # what the names of such embedders begin with
_BATCH = 64  # texts that LangChain's embeddings are given at once


@runtime_checkable
class Embeddings(Protocol):
    """What an embedder of LangChain has (``langchain_core.embeddings.Embeddings``)."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]: ...

    def embed_query(self, text: str) -> list[float]: ...


class LangChainEmbedder(BatchedEmbedder):
    """LangChain's embeddings as an `Embedder`.

    They give no vectors of tokens: a text's own vector stands for them, so that late interaction is the cosine of two texts.
    Two are taken for the same, and their vectors compared, where class, model and dimension are.
    """

    def __init__(self, embeddings: Embeddings) -> None:
        """Embed a word, to know the dimension.

        Raises:
            ModelError: that fails.
        """
        self._embeddings = embeddings
        model = next((str(value) for name in ("model", "model_name", "model_id") if isinstance(value := getattr(embeddings, name, None), str) and value), "")
        self.name = _LANGCHAIN + ":".join(part for part in (type(embeddings).__name__, model) if part)
        dim = self._embedded(["维"], query=True).shape[1]
        super().__init__(self.name, dim, hashlib.sha256(self.name.encode()).hexdigest(), ("", ""), _BATCH)

    def _forward(self, texts: list[str], *, query: bool, tokens: bool) -> tuple[Vectors, list[Vectors]]:
        vectors = self._embedded(texts, query=query)
        return vectors, [vector[np.newaxis] for vector in vectors] if tokens else []

    def _embedded(self, texts: list[str], *, query: bool) -> Vectors:
        try:
            given = [self._embeddings.embed_query(text) for text in texts] if query else self._embeddings.embed_documents(texts)
            vectors = np.asarray(given, np.float32)
        except Exception as error:  # whatever a provider's package raises
            raise ModelError(f"{self.name} could not embed {len(texts)} texts: {type(error).__name__}: {error}") from error
        if vectors.shape != (len(texts), getattr(self, "dim", vectors.shape[-1])):
            raise ModelError(f"{self.name} gave vectors of shape {vectors.shape} for {len(texts)} texts, expected ({len(texts)}, {getattr(self, 'dim', '…')})")
        return vectors


def as_embedder(given: Embedder | Embeddings) -> Embedder:
    """Return an embedder as it is, LangChain's embeddings as one.

    Raises:
        ModelError: it is neither, or LangChain's can't embed.
    """
    if isinstance(given, Embeddings) and not isinstance(given, Embedder):
        return LangChainEmbedder(given)
    if hasattr(given, "embed_passages"):
        return given
    raise ModelError(f"the embedder is a {type(given).__name__}: give a dgqa.Embedder, or an embeddings object of LangChain")


def open_embedder(
    spec: str | Path = DEFAULT_MODEL,
    backend: Backend = "auto",
    *,
    query_prompt: str | None = None,
    passage_prompt: str | None = None,
    progress: bool = True,
) -> Embedder:
    """Return an embedder: "auto" takes onnxruntime for what ``ensure_model`` made, torch for any other model.

    Raises:
        ModelError: the model is missing, damaged, or can't be had offline.
    """
    if str(spec).startswith(_LANGCHAIN):
        raise ModelError(f"the index was built with LangChain's embeddings ({str(spec).removeprefix(_LANGCHAIN)}): give the same as `embedder`, or rebuild the index")
    built_in = (isinstance(spec, str) and spec in MODELS) or model_source_sha256(Path(spec).expanduser()) is not None
    options = EmbedderOptions(query_prompt, passage_prompt, progress=progress)
    if backend == "onnx" or (backend == "auto" and built_in):
        from dgqa.models.onnx_embedder import OnnxEmbedder

        return OnnxEmbedder(spec, options)
    from dgqa.models.torch_embedder import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(spec, options)
