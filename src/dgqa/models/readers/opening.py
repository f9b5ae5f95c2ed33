"""The built-in trained models, and the reader that a setting names."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dgqa.errors import SettingError
from dgqa.models.e5.trained import CLAIMS, READER, TRAINED, read_differences
from dgqa.models.options import DEFAULT_MODEL
from dgqa.models.readers.encoder import Encoder
from dgqa.models.readers.entailment import Entailment, OnnxEntailment
from dgqa.models.readers.reader import Heads, OnnxReader, Reader
from dgqa.models.store import model_path
from dgqa.system import usable_cores

logger = logging.getLogger(__name__)


def heads_of(differences: Mapping[str, NDArray[np.float32]]) -> Heads:
    """Return the heads among the trained tensors."""
    return Heads(*(differences[f"heads.{name}"] for name in ("passage", "hidden", "sentence", "ends")))


def open_reader(spec: str, embedder: str, *, offline: bool = False) -> Reader | None:
    """Return the reader that a setting names, None where features of the search are to stand in for one.

    Args:
        spec: "auto" for the built-in one, which reads what ``multilingual-e5-small`` found; "cross-encoder:MODEL"; "off".
        embedder: The name of the model that the index was built with.
        offline: Never use the network.

    Raises:
        SettingError: there is no such reader.
        ModelError: it can't be had.
    """
    kind, _, name = spec.partition(":")
    if spec == "off":
        return None
    if kind == "cross-encoder" and name:
        from dgqa.models.readers.cross_encoder import CrossEncoderReader

        return CrossEncoderReader(name, offline=offline)
    if spec != "auto":
        raise SettingError(f"reader is {spec!r}: give auto, off, cross-encoder:MODEL or chat:MODEL")
    folder = model_path(DEFAULT_MODEL)
    if embedder != DEFAULT_MODEL or not (folder / READER).is_file():
        logger.warning("no reader: the built-in one goes with %s, the index with %s; sentences are chosen by features of the search", DEFAULT_MODEL, embedder)
        return None
    return _built_in(folder)


@cache
def _built_in(folder: Path) -> OnnxReader:
    """Return the built-in reader, one for the whole process."""
    return OnnxReader(_encoder(folder, READER), heads_of(read_differences(TRAINED[READER])))


def open_entailment(embedder: str) -> Entailment | None:
    """Return what tells whether a sentence follows from evidence, None where the model of the index is another than it was trained from."""
    folder = model_path(DEFAULT_MODEL) if embedder == DEFAULT_MODEL else None
    return _entailment(folder) if folder is not None and (folder / CLAIMS).is_file() else None


@cache
def _entailment(folder: Path) -> OnnxEntailment:
    """Return the built-in one, one for the whole process."""
    return OnnxEntailment(_encoder(folder, CLAIMS), heads_of(read_differences(TRAINED[CLAIMS])))


def _encoder(folder: Path, graph: str) -> Encoder:
    return Encoder(folder / graph, threads=usable_cores())
