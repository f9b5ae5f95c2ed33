"""Any sentence-transformers model as an embedder, run by torch."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dgqa.errors import ModelError, missing_extra
from dgqa.models.embedder import BatchedEmbedder, Vectors
from dgqa.models.options import DEFAULT_MODEL, EmbedderOptions, find_model
from dgqa.models.store import MODELS, ensure_torch_weights, model_source_sha256
from dgqa.system import lost_its_pool

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 16
_SAMPLE = 4096


class SentenceTransformerEmbedder(BatchedEmbedder):
    """Any sentence-transformers model, run by torch in float32; the built-in one's weights for it are written when it is first asked for."""

    def __init__(self, model: str | Path = DEFAULT_MODEL, options: EmbedderOptions | None = None) -> None:
        """Load a model: a name in ``MODELS``, a folder, or a hub's name, which is looked for on this machine first.

        ``threads`` are those of torch in this whole process, by default left as they are; a batch has 16 texts by default.

        Raises:
            MissingExtraError: sentence-transformers is not installed.
            ModelError: the model is missing, damaged, or can't be had offline.
        """
        if find_spec("sentence_transformers") is None:
            raise missing_extra(f"the model {model} with torch", "sentence-transformers", "sentence-transformers")
        options = options or EmbedderOptions()
        name, place = find_model(model, options)
        if model_source_sha256(Path(place)) is not None:
            ensure_torch_weights(Path(place))
        loaded = _load(place, device=options.device, offline=options.stays_offline)
        if options.threads is not None:
            import torch

            torch.set_num_threads(options.threads)
        self._model = loaded
        super().__init__(
            name,
            int(loaded.get_embedding_dimension() or 0),
            model_source_sha256(Path(place)) or _hash_weights(loaded),
            options.prompts(loaded.prompts),
            options.batch_size or _BATCH,
        )

    def _forward(self, texts: list[str], *, query: bool, tokens: bool) -> tuple[Vectors, list[Vectors]]:
        in_own_threads()
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


def in_own_threads() -> None:
    """Have torch compute in the threads that this process has: after a fork there is one."""
    if lost_its_pool("torch"):
        import torch

        torch.set_num_threads(1)


def _own_tokens(offsets: list[tuple[int, int]], prompt: str) -> NDArray[np.bool_]:
    """Tell which tokens of prompt + text end inside the text; special ones have no place at all."""
    return np.array([end > len(prompt) for _, end in offsets], bool)


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
    transformers_logging.disable_progress_bar()
    reporter.addFilter(_is_real_warning)
    try:
        yield
    finally:
        reporter.removeFilter(_is_real_warning)
        if shown:
            transformers_logging.enable_progress_bar()


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
