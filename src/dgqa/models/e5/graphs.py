"""Make ONNX graphs of an encoder from E5 weights.

One computes from the original 4-bit blocks in float32: it makes the vectors of passages. The other has every matrix
in 8-bit integers, which are multiplied at thrice the speed: it makes those of questions.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dgqa.models.e5 import onnx_file
from dgqa.models.e5.file import BLOCK, E5Weights, dequantize

_CONTRIB = "com.microsoft"  # onnxruntime's own operators
_FLOAT32_MATH = 1  # accuracy level 4 is no faster on batches, and its cosine to this is 0.9999
_LARGEST = 63  # 7 bits: where a processor has no VNNI, the sum of two products of more would not fit its 16 bits


def write_graphs(weights: E5Weights, exact: Path, fast: Path) -> dict[str, bytes]:
    """Write both graphs with their tensors beside them in ``<path>_data``, and return those of the exact one for `write_fast_graph`.

    Inputs are ``input_ids`` and, of the exact one, ``attention_mask``, int64 of shape (batch, tokens); the output is
    ``last_hidden_state``, float32 of shape (batch, tokens, hidden). Pooling is the caller's. The fast graph reads
    what both have in common from the data of the exact one; its batches are not padded.
    """
    written = _save(_Graph(weights), exact, {})
    _save(_FastGraph(weights), fast, written)
    return written


def write_fast_graph(weights: E5Weights, path: Path, written: Mapping[str, bytes]) -> None:
    """Write the fast graph of other weights, which differ in matrices alone; the rest is what `write_graphs` has ``written`` beside it."""
    _save(_FastGraph(weights), path, written)


def _save(graph: _Graph, path: Path, written: Mapping[str, bytes]) -> dict[str, bytes]:
    graph.encoder()
    shape = ("batch", "tokens")
    inputs = dict.fromkeys(("input_ids", "attention_mask") if graph.masked else ("input_ids",), (onnx_file.INT64, shape))
    outputs = {"last_hidden_state": (onnx_file.FLOAT, (*shape, graph.weights.hidden))}
    return onnx_file.save(path, graph.nodes, graph.constants, (inputs, outputs), written)


def repack(blocks: NDArray[Any], rows: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return Q4_0 blocks as onnxruntime wants them: codes (rows, blocks, 16) and scales (rows, blocks).

    Byte i of a block holds weight 2i in its low nibble and 2i + 1 in its high one; 8 stands for zero,
    which is the operators' own default.
    """
    blocks = blocks.reshape(rows, -1)
    codes = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=-1)
    return codes[..., 0::2] | codes[..., 1::2] << 4, blocks["scale"].astype(np.float32)


class _Graph:
    """Nodes and constants under construction; methods return the name of their output."""

    masked = True  # whether texts of several lengths are computed together

    def __init__(self, weights: E5Weights) -> None:
        self.weights = weights
        self.nodes: list[bytes] = []
        self.constants: dict[str, NDArray[Any]] = {}

    def constant(self, name: str, values: NDArray[Any] | list[int]) -> str:
        self.constants[name] = np.asarray(values)
        return name

    def node(self, operator: str, inputs: list[str], output: str, *more: str, domain: str = "", **attributes: int | float | str) -> str:
        self.nodes.append(onnx_file.node(operator, inputs, [output, *more], domain, attributes))
        return output

    def encoder(self) -> None:
        """Add BERT: post-norm layers over the sum of word, position and the first type's embedding."""
        if self.masked:
            self.node("Cast", ["attention_mask"], "mask", to=onnx_file.INT32)
        state = self.normalize(self.embeddings(), "emb.ln", "embedded")
        for layer in range(self.weights.layers):
            last = layer == self.weights.layers - 1
            state = self.layer(f"l{layer}", state, "last_hidden_state" if last else f"l{layer}.state")

    def embeddings(self) -> str:
        weights = self.weights
        codes, scales = repack(weights.tensors["emb.word"], weights.rows)
        inputs = [
            self.constant("emb.word.codes", codes.reshape(weights.rows, -1)),
            "input_ids",
            self.constant("emb.word.scales", scales),
        ]
        options = {"gather_axis": 0, "quantize_axis": 1, "block_size": BLOCK, "bits": 4}
        words = self.node("GatherBlockQuantized", inputs, "words", domain=_CONTRIB, **options)
        places = dequantize(weights.tensors["emb.pos"]).reshape(-1, weights.hidden)
        places = places + dequantize(weights.tensors["emb.type"])[: weights.hidden]
        length = self.node("Shape", ["input_ids"], "length", start=1, end=2)
        start, axis = self.constant("start", [0]), self.constant("axis", [0])
        here = self.node("Slice", [self.constant("emb.places", places), start, length, axis], "places")
        return self.node("Add", [words, here], "emb.sum")

    def layer(self, prefix: str, state: str, output: str) -> str:
        hidden, heads = self.weights.hidden, self.weights.heads
        joined = self.dense(state, prefix, ["q", "k", "v"], hidden)
        parts = [f"{prefix}.{name}" for name in ("query", "key", "value")]
        self.node("Split", [joined, self.constant(f"{prefix}.sizes", [hidden] * 3)], *parts, axis=-1)
        context = self.node("MultiHeadAttention", [*parts, "", "mask"] if self.masked else parts, f"{prefix}.context", domain=_CONTRIB, num_heads=heads)
        attended = self.dense(context, prefix, ["ao"], hidden)
        # Add and LayerNormalization take a quarter of the time of onnxruntime's SkipLayerNormalization
        total = self.node("Add", [attended, state], f"{prefix}.attended")
        state = self.normalize(total, f"{prefix}.aln", f"{prefix}.middle")
        wide = self.node("Gelu", [self.dense(state, prefix, ["fi"], hidden)], f"{prefix}.wide", approximate="none")
        narrow = self.dense(wide, prefix, ["fo"], self.weights.intermediate)
        total = self.node("Add", [narrow, state], f"{prefix}.total")
        return self.normalize(total, f"{prefix}.oln", output)

    def dense(self, state: str, prefix: str, keys: list[str], inputs: int) -> str:
        """Multiply by the weights of ``keys`` side by side and add their biases."""
        name = f"{prefix}.{''.join(keys)}"
        tensors = self.weights.tensors
        bias = np.concatenate([dequantize(tensors[f"{prefix}.{key}.b"]) for key in keys])
        codes, scales = repack(np.concatenate([tensors[f"{prefix}.{key}.w"] for key in keys]), len(bias))
        constants = [self.constant(f"{name}.codes", codes), self.constant(f"{name}.scales", scales)]
        return self.node(
            "MatMulNBits",
            [state, *constants, "", "", self.constant(f"{name}.bias", bias)],
            f"{name}.out",
            domain=_CONTRIB,
            K=inputs,
            N=len(bias),
            bits=4,
            block_size=BLOCK,
            accuracy_level=_FLOAT32_MATH,
        )

    def normalize(self, state: str, key: str, output: str) -> str:
        scale, bias = (self.constant(f"{key}.{part}", dequantize(self.weights.tensors[f"{key}.{part}"])) for part in "wb")
        return self.node("LayerNormalization", [state, scale, bias], output, axis=-1, epsilon=self.weights.epsilon)


class _FastGraph(_Graph):
    """The same with 8-bit matrices, a scale for each output, and inputs that are quantized as they come."""

    masked = False  # without a mask onnxruntime computes attention block by block, in four fifths of the time

    def dense(self, state: str, prefix: str, keys: list[str], inputs: int) -> str:
        name = f"{prefix}.{''.join(keys)}"
        tensors = self.weights.tensors
        bias = np.concatenate([dequantize(tensors[f"{prefix}.{key}.b"]) for key in keys])
        codes, scales = requantize(np.concatenate([dequantize(tensors[f"{prefix}.{key}.w"]) for key in keys]).reshape(-1, inputs))
        constants = [self.constant(f"{name}.codes8", codes.T), self.constant(f"{name}.scales8", scales)]
        inputs_ = [state, *constants, "", self.constant(f"{name}.bias", bias)]
        return self.node("DynamicQuantizeMatMul", inputs_, f"{name}.out", domain=_CONTRIB)


def requantize(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return weights of shape (outputs, inputs) as codes from -63 to 63 of the same shape, and a scale for each output."""
    scales = np.abs(weights).max(axis=1) / _LARGEST
    scales[scales == 0] = 1
    return np.rint(weights / scales[:, None]).astype(np.int8), scales.astype(np.float32)
