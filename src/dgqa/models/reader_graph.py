"""The built-in reader on disk: trained differences to the embedding model's weights, merged into an ONNX graph of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dgqa.errors import ModelError
from dgqa.models.e5_file import E5Weights, dequantize
from dgqa.models.e5_onnx import write_fast_graph
from dgqa.models.reader import Heads

READER = "reader.onnx"


def read_differences(file: Path, sha256: str) -> tuple[dict[str, NDArray[np.float32]], Mapping[str, str]]:
    """Return the trained tensors by name in float32, and what the file says of itself.

    Raises:
        ModelError: the file is missing, altered or no safetensors.
    """
    import hashlib

    try:
        data = file.read_bytes()
    except OSError as error:
        raise ModelError(f"the reader's weights {file} cannot be read ({error.strerror}): install dgqa again") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ModelError(f"the reader's weights {file} have the SHA-256 {found} instead of {sha256}: install dgqa again")
    from safetensors import safe_open

    with safe_open(file, "np") as opened:
        return {name: opened.get_tensor(name).astype(np.float32) for name in opened.keys()}, opened.metadata() or {}  # noqa: SIM118


def merge(weights: E5Weights, differences: Mapping[str, NDArray[np.float32]]) -> E5Weights:
    """Return the weights with the differences added: matrices of low rank, and biases and norms in their place.

    Raises:
        ModelError: a difference belongs to no tensor, or has another shape.
    """
    merged: dict[str, NDArray[Any]] = dict(weights.tensors)
    for name, value in differences.items():
        stem, _, leaf = name.rpartition(".")
        if name.startswith("heads.") or leaf == "down":
            continue
        target = f"{stem}.w" if leaf == "up" else name
        if target not in merged:
            raise ModelError(f"the reader's weights change {target}, which the embedding model has not")
        old = dequantize(merged[target])
        new = old + (value @ differences[f"{stem}.down"]).reshape(-1) if leaf == "up" else value.reshape(-1)
        if new.shape != old.shape:
            raise ModelError(f"the reader's weights have {new.size} values for {target}, the embedding model {old.size}")
        merged[target] = np.asarray(new, np.float32)
    return replace(weights, tensors=merged)


def heads_of(differences: Mapping[str, NDArray[np.float32]]) -> Heads:
    """Return the heads among the trained tensors."""
    return Heads(*(differences[f"heads.{name}"] for name in ("passage", "hidden", "sentence", "ends")))


def write_reader(weights: E5Weights, differences: Mapping[str, NDArray[np.float32]], folder: Path, exact: Path) -> None:
    """Write `READER` into ``folder``; what it has in common with the graph at ``exact`` is read from that one's data."""
    write_fast_graph(merge(weights, differences), folder / READER, exact)
