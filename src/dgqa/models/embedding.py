"""Model names or folders in, embedders out: by onnxruntime for the built-in weights, by torch for any others."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from dgqa.errors import ModelError
from dgqa.models.e5_convert import EXACT, FAST
from dgqa.models.e5_tokens import FILES, PieceTokenizer, Tokens
from dgqa.models.embedder import BatchedEmbedder, Embedder, Progress, TokenCodes, Vectors, quantize_tokens
from dgqa.models.store import MODELS, ensure_model, is_offline, model_source_sha256

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = [
    "DEFAULT_MODEL",
    "Backend",
    "Embedder",
    "OnnxEmbedder",
    "Progress",
    "SentenceTransformerEmbedder",
    "TokenCodes",
    "Vectors",
    "open_embedder",
    "quantize_tokens",
]

Backend = Literal["auto", "onnx", "torch"]
DEFAULT_MODEL = "multilingual-e5-small"

_SAMPLE = 4096


class OnnxEmbedder(BatchedEmbedder):
    """The built-in weights, run by onnxruntime without torch.

    Its vectors of passages equal those of ``SentenceTransformerEmbedder`` from the same folder but for rounding
    (their cosine is above 0.99999). Those of queries come from the same weights in 8-bit arithmetic, one query at a
    time, so that none depends on another: their cosine is 0.997 on average. The two share a fingerprint, and either
    may search the other's index. What only one kind of text needs is loaded with the first of its kind.
    """

    def __init__(
        self,
        model: str | Path = DEFAULT_MODEL,
        *,
        query_prompt: str | None = None,
        passage_prompt: str | None = None,
        threads: int | None = None,
        batch_size: int = 8,
        offline: bool | None = None,
        progress: bool = True,
    ) -> None:
        """Load a model.

        Args:
            model: the name of an embedding model in ``MODELS``, or a folder that ``ensure_model`` made.
            query_prompt: what is put before a question; None takes the model's own "query" prompt, or "".
            passage_prompt: the same for passages, from the model's "passage" or "document" prompt.
            threads: of this embedder; None takes one for each core, and for queries one: they are too short to be
                shared out, and several may be embedded at once. Each thread computes batches of passages by itself.
            batch_size: texts in a forward pass; more are slower, since they outgrow the processor's cache.
            offline: never use the network; None asks ``DGQA_OFFLINE``.
            progress: show a download on standard error.

        Raises:
            ModelError: the model is missing, damaged, has no ONNX graph, or can't be had offline.
        """
        name, place = _find(model, is_offline() if offline is None else offline, progress)
        folder = Path(place).expanduser()
        weights = model_source_sha256(folder)
        needed = (EXACT, FAST, *FILES)
        if weights is None or not all((folder / file).is_file() for file in needed):
            raise ModelError(f'{place} has no ONNX graphs of dgqa\'s: use the backend "torch" or one of {", ".join(MODELS)}')
        try:
            import onnxruntime  # noqa: F401  # missing is said here, not at the first question
        except ImportError as error:
            raise ModelError('onnxruntime is missing: install it, or use the backend "torch"') from error
        self._folder = folder
        self._threads = threads
        self._guard = threading.Lock()
        self._sessions: dict[bool, Any] = {}
        self._whole: Any = None
        self._limit = int(json.loads((folder / "sentence_bert_config.json").read_text("utf-8"))["max_seq_length"])
        self._pieces = PieceTokenizer(folder, self._limit)
        prompts = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))["prompts"]
        dim = json.loads((folder / "config.json").read_text("utf-8"))["hidden_size"]
        super().__init__(name, dim, weights, _choose_prompts(prompts, query_prompt, passage_prompt), batch_size, workers=threads or _cores())

    def _session(self, query: bool) -> Any:
        """Return the graph for queries or for passages, opened when it is first needed."""
        with self._guard:
            if query not in self._sessions:
                import onnxruntime

                options = onnxruntime.SessionOptions()
                # two threads within one batch take a third more processor time than a batch for each
                options.intra_op_num_threads = (self._threads or 1) if query else 1
                options.inter_op_num_threads = 1
                # the graphs are written the way they run best: the extended fusions bring back SkipLayerNormalization
                options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
                # idle threads would burn a core between two questions
                options.add_session_config_entry("session.intra_op.allow_spinning", "0")
                file = self._folder / (FAST if query else EXACT)
                self._sessions[query] = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
            return self._sessions[query]

    def _tokenizer(self) -> Any:
        """Return the whole tokenizer, loaded when it is first needed."""
        with self._guard:
            if self._whole is None:
                from tokenizers import Tokenizer

                whole = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
                whole.enable_truncation(self._limit)
                self._whole = whole
            return self._whole

    def _encode(self, texts: list[str], query: bool) -> list[Tokens]:
        prompt = self._prompt(query)
        found: list[Tokens | None] = [self._pieces.encode(text, prompt) if query else None for text in texts]
        rest = [row for row, tokens in enumerate(found) if tokens is None]
        if rest:
            for row, one in zip(rest, self._tokenizer().encode_batch([prompt + texts[row] for row in rest]), strict=True):
                found[row] = Tokens(one.ids, [end > len(prompt) for _, end in one.offsets])
        return [tokens for tokens in found if tokens is not None]

    def _lengths(self, texts: list[str], query: bool) -> list[int]:
        # Queries are not padded. Passages are cut into tokens once more for it, which costs a tenth of what it saves.
        return super()._lengths(texts, query) if query else [len(one.ids) for one in self._encode(texts, query)]

    def _forward(self, texts: list[str], *, query: bool, tokens: bool) -> tuple[Vectors, list[Vectors]]:
        encoded = self._encode(texts, query)
        # quantizing takes its scale from a whole batch
        parts = [self._states([one], query) for one in encoded] if query else [self._states(encoded, query)]
        vectors = np.concatenate([mean for mean, _ in parts])
        if not tokens:
            return vectors, []
        states = [state for _, batch in parts for state in batch]
        return vectors, [state[: len(one.own)][np.asarray(one.own, bool)] for state, one in zip(states, encoded, strict=True)]

    def _states(self, encoded: list[Tokens], query: bool) -> tuple[Vectors, Vectors]:
        """Return the mean states, shape (n, dim), and the states, shape (n, tokens, dim)."""
        shape = len(encoded), max(len(one.ids) for one in encoded)
        ids, mask = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for row, one in enumerate(encoded):
            ids[row, : len(one.ids)] = one.ids
            mask[row, : len(one.ids)] = 1
        (states,) = self._session(query).run(["last_hidden_state"], {"input_ids": ids, "attention_mask": mask})
        means: Vectors = np.einsum("bth,bt->bh", states, mask.astype(np.float32)) / mask.sum(1, keepdims=True)
        return means.astype(np.float32), states


class SentenceTransformerEmbedder(BatchedEmbedder):
    """Any sentence-transformers model, run by torch in float32."""

    def __init__(
        self,
        model: str | Path = DEFAULT_MODEL,
        *,
        query_prompt: str | None = None,
        passage_prompt: str | None = None,
        threads: int | None = None,
        batch_size: int = 16,
        device: str = "cpu",
        offline: bool | None = None,
        progress: bool = True,
    ) -> None:
        """Load a model.

        Args:
            model: a name in ``MODELS``, a folder, or a hub's name, which is looked for on this machine first.
            query_prompt: what is put before a question; None takes the model's own "query" prompt, or "".
            passage_prompt: the same for passages, from the model's "passage" or "document" prompt.
            threads: of torch in this whole process; None leaves them.
            batch_size: texts in a forward pass.
            device: torch's name of what to compute on.
            offline: never use the network; None asks ``DGQA_OFFLINE``.
            progress: show a download on standard error.

        Raises:
            ModelError: the model is missing, damaged, or can't be had offline.
        """
        offline = is_offline() if offline is None else offline
        name, place = _find(model, offline, progress)
        loaded = _load(place, device=device, offline=offline)
        if threads is not None:
            import torch

            torch.set_num_threads(threads)
        self._model = loaded
        super().__init__(
            name,
            int(loaded.get_embedding_dimension() or 0),
            model_source_sha256(Path(place)) or _hash_weights(loaded),
            _choose_prompts(loaded.prompts, query_prompt, passage_prompt),
            batch_size,
        )

    def _forward(self, texts: list[str], *, query: bool, tokens: bool) -> tuple[Vectors, list[Vectors]]:
        prompt = self._prompt(query)
        options: Any = {"prompt": prompt, "batch_size": len(texts), "show_progress_bar": False}
        if not tokens:
            return np.asarray(self._model.encode(texts, **options), np.float32), []
        outputs = self._model.encode(texts, output_value=None, **options)
        vectors = np.stack([output["sentence_embedding"].float().cpu().numpy() for output in outputs])
        encoded = self._model.tokenizer(
            [prompt + text for text in texts],
            truncation=True,
            max_length=self._model.max_seq_length,
            return_offsets_mapping=True,
        )
        states = []
        for output, offsets in zip(outputs, encoded["offset_mapping"], strict=True):
            seen = output["token_embeddings"][output["attention_mask"].bool()].float().cpu().numpy()
            if len(seen) != len(offsets):
                raise ModelError(f"{self.name} sees {len(seen)} tokens where its tokenizer makes {len(offsets)}")
            states.append(seen[_own_tokens(offsets, prompt)])
        return vectors, states


def _cores() -> int:
    """Return on how many processors this process may run."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _own_tokens(offsets: list[tuple[int, int]], prompt: str) -> NDArray[np.bool_]:
    """Tell which tokens of prompt + text end inside the text; special ones have no place at all."""
    return np.array([end > len(prompt) for _, end in offsets], bool)


def _find(model: str | Path, offline: bool, progress: bool) -> tuple[str, str | Path]:
    """Return a name that stays the same when a folder moves, and the folder or the hub's name."""
    if isinstance(model, str) and model in MODELS:
        if MODELS[model].kind != "embedding":
            raise ModelError(f"{model} is a {MODELS[model].kind} model: name one that embeds, such as {DEFAULT_MODEL}")
        return model, ensure_model(model, offline=offline, progress=progress)
    folder = Path(model).expanduser()
    return folder.resolve().name if folder.is_dir() else str(model), model


def _load(place: str | Path, *, device: str, offline: bool) -> SentenceTransformer:
    folder = Path(place).expanduser()
    if not folder.is_dir() and (isinstance(place, Path) or folder.is_absolute() or place.startswith((".", "~"))):
        raise ModelError(f"there is no model folder {folder}: name one of {', '.join(MODELS)}, a folder or a hub's model")
    if offline:  # these libraries read it when they are imported
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
    import torch
    from sentence_transformers import SentenceTransformer

    name = str(folder) if folder.is_dir() else str(place)
    # what is on this machine comes first: the same model tomorrow, and no question to a hub
    attempts = [True] if offline or folder.is_dir() else [True, False]
    cause: Exception | None = None
    for local in attempts:
        try:
            with _only_real_warnings():
                return SentenceTransformer(name, device=device, local_files_only=local, model_kwargs={"dtype": torch.float32})
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            cause = error
    where = "in this folder" if folder.is_dir() else "on this machine" + ("" if offline else " or on the hub")
    raise ModelError(
        f"sentence-transformers cannot load {name}: no whole model {where}{' (offline)' if offline else ''}. "
        f"Give the path of a folder that was saved by it, a hub's name where there is a network, or {DEFAULT_MODEL}"
    ) from cause


@contextmanager
def _only_real_warnings() -> Iterator[None]:
    """Hide the bar of loading weights and the report that no pooler was found, which no embedding reads."""
    from transformers.utils import logging as transformers_logging

    reporter = logging.getLogger("transformers.modeling_utils")
    shown = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers has none here
    reporter.addFilter(_is_real_warning)
    try:
        yield
    finally:
        reporter.removeFilter(_is_real_warning)
        if shown:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]  # transformers has none here


def _is_real_warning(record: logging.LogRecord) -> bool:
    text = record.getMessage()
    keys = [line.partition("|")[0] for line in text.splitlines() if "|" in line][1:]
    return "LOAD REPORT" not in text or not keys or not all("pooler." in key for key in keys)


def _hash_weights(model: SentenceTransformer) -> str:
    """Return a hash over up to 8191 evenly spaced numbers of every tensor: any training changes it."""
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        if "pooler." in name:  # random where the file holds none
            continue
        flat = tensor.detach().cpu().reshape(-1)
        sample = flat[:: max(1, len(flat) // _SAMPLE)].contiguous()
        digest.update(f"{name} {tuple(tensor.shape)}".encode() + sample.numpy().tobytes())
    return digest.hexdigest()


def _choose_prompts(own: Mapping[str, str | None], query: str | None, passage: str | None) -> tuple[str, str]:
    found = own.get("query") or "", own.get("passage") or own.get("document") or ""
    return found[0] if query is None else query, found[1] if passage is None else passage


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
    kind = OnnxEmbedder if backend == "onnx" or (backend == "auto" and built_in) else SentenceTransformerEmbedder
    return kind(
        spec,
        query_prompt=query_prompt,
        passage_prompt=passage_prompt,
        threads=threads,
        offline=offline,
        progress=progress,
    )
