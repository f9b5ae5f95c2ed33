"""Model names or folders in, embedders out: by onnxruntime for the built-in weights, by torch for any others."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from dgqa.models.embedder import Embedder, Progress, TokenCodes, Vectors, quantize_tokens
from dgqa.models.options import DEFAULT_MODEL, EmbedderOptions
from dgqa.models.store import MODELS, model_source_sha256

__all__ = ["DEFAULT_MODEL", "Backend", "Embedder", "Progress", "TokenCodes", "Vectors", "open_embedder", "quantize_tokens"]

Backend = Literal["auto", "onnx", "torch"]


def open_embedder(
    spec: str | Path = DEFAULT_MODEL,
    backend: Backend = "auto",
    *,
    query_prompt: str | None = None,
    passage_prompt: str | None = None,
    threads: int | None = None,
    offline: bool | None = None,
    progress: bool = True,
) -> Embedder:
    """Return an embedder: "auto" takes onnxruntime for what ``ensure_model`` made, torch for any other model.

    Raises:
        ModelError: the model is missing, damaged, or can't be had offline.
    """
    built_in = (isinstance(spec, str) and spec in MODELS) or model_source_sha256(Path(spec).expanduser()) is not None
    options = EmbedderOptions(query_prompt, passage_prompt, threads, offline=offline, progress=progress)
    if backend == "onnx" or (backend == "auto" and built_in):
        from dgqa.models.onnx_embedder import OnnxEmbedder

        return OnnxEmbedder(spec, options)
    from dgqa.models.torch_embedder import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(spec, options)
