"""Read an E5S1 file: the 4-bit weights and the vocabulary of a multilingual E5 model.

E5S1 is little-endian: "E5S1", int32 version, int32 hidden size, layers, heads, intermediate size, embedding
rows, positions and token types, float32 layer norm epsilon, int32 block size; int32 pieces, begin, end,
padding and unknown id, uint64 bytes of text, uint32 offsets (pieces + 1), float32 scores, the text; int32
characters, uint32 bytes, then for each uint32 code point, uint8 count and uint32 replacements; int32 tensors,
then for each uint16 length, name, uint8 type (0 float32, 1 Q4_0), uint32 values, uint64 offset and size.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dgqa.errors import ModelError

BLOCK = 32
# 16 bytes hold a block's weights 0-15 in their low nibbles and 16-31 in their high ones, each plus 8
Q4_0 = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])

# our name -> BERT's, output rows and input columns by their names in ``E5Weights``
DENSE = {
    "q": ("attention.self.query", "hidden", "hidden"),
    "k": ("attention.self.key", "hidden", "hidden"),
    "v": ("attention.self.value", "hidden", "hidden"),
    "ao": ("attention.output.dense", "hidden", "hidden"),
    "fi": ("intermediate.dense", "intermediate", "hidden"),
    "fo": ("output.dense", "hidden", "intermediate"),
}
NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


@dataclass(frozen=True, slots=True)
class E5Weights:
    """A BERT encoder with a Unigram vocabulary, as its file holds it.

    ``tensors`` are flat: float32, or ``Q4_0`` blocks of 32 weights in row-major order. ``pieces`` are texts
    with their log probabilities; ``characters`` maps a character to what it is normalized to.
    """

    hidden: int
    layers: int
    heads: int
    intermediate: int
    rows: int
    positions: int
    types: int
    epsilon: float
    pieces: tuple[tuple[str, float], ...]
    begin: int
    end: int
    padding: int
    unknown: int
    characters: Mapping[str, str]
    tensors: Mapping[str, NDArray[Any]]


class _Reader:
    """A cursor that refuses to read past the end."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self.data = data
        self.at = 0

    def bytes(self, count: int) -> bytes:
        return self.slice(self.at, count, move=True).tobytes()

    def numbers(self, form: str) -> tuple[Any, ...]:
        return struct.unpack("<" + form, self.bytes(struct.calcsize("<" + form)))

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        return np.frombuffer(self.bytes(count * np.dtype(dtype).itemsize), dtype)

    def slice(self, at: int, count: int, *, move: bool = False) -> NDArray[np.uint8]:
        if count < 0 or at + count > len(self.data):
            raise ValueError(f"{count} bytes are wanted at {at}, the file ends at {len(self.data)}")
        if move:
            self.at = at + count
        return self.data[at : at + count]


def read_weights(path: Path) -> E5Weights:
    """Read an E5S1 file; the tensors stay mapped to it.

    Raises:
        ModelError: the file isn't E5S1, is cut short, or its tensors don't fit its own sizes.
    """
    if path.stat().st_size == 0:
        raise ModelError(f"{path} is not a whole E5S1 file: it is empty")
    try:
        weights = _parse(_Reader(np.memmap(path, np.uint8, "r")))
        _check_tensors(weights)
    except (ValueError, OverflowError, struct.error) as error:  # UnicodeDecodeError is a ValueError
        raise ModelError(f"{path} is not a whole E5S1 file: {error}") from error
    return weights


def _parse(reader: _Reader) -> E5Weights:
    if (magic := reader.bytes(4)) != b"E5S1":
        raise ValueError(f"it starts with {magic!r}, not b'E5S1'")
    (version,) = reader.numbers("i")
    hidden, layers, heads, intermediate, rows, positions, types, epsilon, block = reader.numbers("7ifi")
    if version != 1 or block != BLOCK:
        raise ValueError(f"version {version} with blocks of {block}, only 1 with blocks of {BLOCK} is known")
    if min(hidden, layers, heads, intermediate, rows, positions, types) < 1 or hidden % heads:
        raise ValueError(f"hidden size {hidden}, {layers} layers, {heads} heads, {rows} rows, {positions} positions")
    count, begin, end, padding, unknown, text_bytes = reader.numbers("5iQ")
    offsets, scores, text = reader.array("<u4", count + 1), reader.array("<f4", count), reader.bytes(text_bytes)
    pieces = tuple(
        (text[start:stop].decode("utf-8"), score)
        for start, stop, score in zip(offsets[:-1].tolist(), offsets[1:].tolist(), scores.tolist(), strict=True)
    )
    if not all(0 <= special < count <= rows for special in (begin, end, padding, unknown)):
        raise ValueError(f"special ids {begin}, {end}, {padding}, {unknown} of {count} pieces in {rows} rows")
    return E5Weights(
        hidden=hidden,
        layers=layers,
        heads=heads,
        intermediate=intermediate,
        rows=rows,
        positions=positions,
        types=types,
        epsilon=float(f"{epsilon:.6g}"),  # the decimal that float32 stands for
        pieces=pieces,
        begin=begin,
        end=end,
        padding=padding,
        unknown=unknown,
        characters=_read_characters(reader),
        tensors=_read_tensors(reader),
    )


def _read_characters(reader: _Reader) -> dict[str, str]:
    count, size = reader.numbers("iI")
    end = reader.at + size
    characters = {}
    for _ in range(count):
        point, length = reader.numbers("IB")
        characters[chr(point)] = "".join(map(chr, reader.numbers(f"{length}I")))
    if reader.at != end:
        raise ValueError(f"the character map ends at {reader.at}, not at {end}")
    return characters


def _read_tensors(reader: _Reader) -> dict[str, NDArray[Any]]:
    (count,) = reader.numbers("i")
    tensors: dict[str, NDArray[Any]] = {}
    for _ in range(count):
        (length,) = reader.numbers("H")
        name = reader.bytes(length).decode("utf-8")
        kind, values, offset, size = reader.numbers("BIQQ")
        dtype, each = {0: (np.dtype("<f4"), 1), 1: (Q4_0, BLOCK)}.get(kind, (np.dtype("V1"), 0))
        if not each or values % each or values // each * dtype.itemsize != size:
            raise ValueError(f"tensor {name} of type {kind} has {values} values in {size} bytes")
        tensors[name] = reader.slice(offset, size).view(dtype)
    return tensors


def _check_tensors(weights: E5Weights) -> None:
    """Compare what is there with what BERT of these sizes needs."""
    hidden = weights.hidden
    want = {
        "emb.word": weights.rows * hidden,
        "emb.pos": weights.positions * hidden,
        "emb.type": weights.types * hidden,
    }
    want |= {"emb.ln.w": hidden, "emb.ln.b": hidden}
    for layer in range(weights.layers):
        for key, (_, outputs, inputs) in DENSE.items():
            want[f"l{layer}.{key}.w"] = getattr(weights, outputs) * getattr(weights, inputs)
            want[f"l{layer}.{key}.b"] = getattr(weights, outputs)
        want |= {f"l{layer}.{key}.{part}": hidden for key in NORMS for part in "wb"}
    have = {name: len(tensor) * (BLOCK if tensor.dtype == Q4_0 else 1) for name, tensor in weights.tensors.items()}
    if have != want:
        name = min(set(have.items()) ^ set(want.items()))[0]
        raise ValueError(f"tensor {name} has {have.get(name, 'no')} values, expected {want.get(name, 'none')}")
    for name, tensor in weights.tensors.items():
        if not np.isfinite(tensor["scale"] if tensor.dtype == Q4_0 else tensor).all():
            raise ValueError(f"tensor {name} holds numbers that are not finite")


def dequantize(tensor: NDArray[Any]) -> NDArray[np.float32]:
    """Return a flat tensor as float32: a Q4_0 weight is (nibble - 8) * scale, without rounding."""
    if tensor.dtype != Q4_0:
        return np.asarray(tensor, np.float32)
    values = np.empty((len(tensor), BLOCK), np.float32)
    values[:, : BLOCK // 2] = tensor["nibbles"] & 15
    values[:, BLOCK // 2 :] = tensor["nibbles"] >> 4
    values -= 8
    values *= tensor["scale"].astype(np.float32)[:, None]
    return values.reshape(-1)
