"""Trained differences to the embedding model's weights, merged into ONNX graphs of their own: the reader, the check of claims, and English questions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dgqa.errors import ModelError
from dgqa.models.e5.file import E5Weights, dequantize
from dgqa.models.e5.graphs import write_fast_graph

READER, CLAIMS, ENGLISH = "reader.onnx", "claims.onnx", "queries_en.onnx"


class Trained(NamedTuple):
    """A file of trained differences in the package: its name, its SHA-256, and that of the weights that it changes."""

    file: str
    sha256: str
    base: str


BASE = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"  # of multilingual-e5-small, see the catalogue
TRAINED = {
    READER: Trained("reader.safetensors", "79589ed1f30fec9d4d83daba33d1b3a675092bd9a2b9f9b9e63aff559649d4f7", BASE),
    CLAIMS: Trained("claims.safetensors", "7508acbb9de406fe000d6ec59e51b18cefe85f63ffb0fda3ee0375ce0b563a61", BASE),
    ENGLISH: Trained("queries_en.safetensors", "8a6e833d324f9589d5155ae713b5e767959611175ce482532e96e6dd1d5b2bdd", BASE),
}


def read_differences(trained: Trained) -> dict[str, NDArray[np.float32]]:
    """Return the trained tensors by name in float32, from the file in the package.

    Raises:
        ModelError: the file is missing or altered.
    """
    file = Path(str(resources.files("dgqa").joinpath("data", trained.file)))
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ModelError(f"the weights {file} cannot be read ({error.strerror}): install dgqa again, or set reader to off") from error
    found = hashlib.sha256(data).hexdigest()
    if found != trained.sha256:
        raise ModelError(f"the weights {file} have the SHA-256 {found} instead of {trained.sha256}: install dgqa again, or set reader to off")
    from safetensors.numpy import load

    return {name: value.astype(np.float32) for name, value in load(data).items()}


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


def write_trained(weights: E5Weights, base: str, folder: Path, written: Mapping[str, bytes]) -> None:
    """Write the graphs of `TRAINED` that belong to weights with the SHA-256 ``base`` into ``folder``.

    What they have in common with what `write_graphs` has ``written`` there is read from its data.
    """
    for graph, trained in TRAINED.items():
        if trained.base == base:
            write_fast_graph(merge(weights, read_differences(trained)), folder / graph, written)
