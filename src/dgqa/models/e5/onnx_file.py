"""Write nodes and tensors as an ONNX file: as much of its protobuf format as the graph of an encoder needs.

The field numbers are those of onnx.proto. The package onnx writes the same, and takes 30 MB for it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FLOAT, INT32, INT64 = 1, 6, 7
_TYPES = {"float32": FLOAT, "uint8": 2, "int8": 3, "int32": INT32, "int64": INT64}
_ATTRIBUTES: dict[type, tuple[int, int]] = {float: (2, 1), int: (3, 2), str: (4, 3)}  # the field that holds an attribute, and the number of its type
_OPSETS = {"": 20, "com.microsoft": 1}  # the latter are onnxruntime's own operators
_IR_VERSION = 10
_EXTERNAL_BYTES = 1024  # a tensor of so many is kept beside the graph


def node(operator: str, inputs: Sequence[str], outputs: Sequence[str], domain: str, attributes: Mapping[str, int | float | str]) -> bytes:
    """Return a NodeProto, named by its first output."""
    made = [*(_field(1, name) for name in inputs), *(_field(2, name) for name in outputs), _field(3, outputs[0]), _field(4, operator)]
    for name, value in sorted(attributes.items()):
        number, kind = _ATTRIBUTES[type(value)]
        made.append(_field(5, _field(1, name) + _field(number, value) + _field(20, kind)))
    return b"".join(made) + _field(7, domain)


def save(path: Path, nodes: Iterable[bytes], tensors: Mapping[str, NDArray[Any]], shapes: tuple[Mapping[str, tuple[int, Sequence[str | int]]], ...], written: Mapping[str, bytes]) -> dict[str, bytes]:
    """Write a graph to ``path`` and its large tensors to ``<path>_data``, which onnxruntime maps instead of reading.

    Args:
        path: Where to.
        nodes: What `node` made, in the order of computation.
        tensors: The constants by name.
        shapes: The inputs and the outputs: the type and the shape of each, with names for sizes that vary.
        written: Tensors by name that another graph beside this one has, as this function returned them: they are read from its data.

    Returns:
        All tensors by name, as TensorProto.
    """
    made: dict[str, bytes] = {}
    data = path.with_name(f"{path.name}_data")
    with data.open("wb") as file:
        for name, values in tensors.items():
            raw = np.ascontiguousarray(values).tobytes()
            head = b"".join(_field(1, size) for size in values.shape) + _field(2, _TYPES[values.dtype.name]) + _field(8, name)
            if name in written:
                made[name] = written[name]
            elif len(raw) < _EXTERNAL_BYTES:
                made[name] = head + _field(9, raw)
            else:
                place = {"location": data.name, "offset": str(file.tell()), "length": str(len(raw))}
                file.write(raw)
                made[name] = head + b"".join(_field(13, _field(1, key) + _field(2, value)) for key, value in place.items()) + _field(14, 1)
        empty = file.tell() == 0
    if empty:
        data.unlink()
    inputs, outputs = shapes
    graph = [*(_field(1, one) for one in nodes), _field(2, "e5"), *(_field(5, tensor) for tensor in made.values())]
    graph += [_field(11, _value(name, *shape)) for name, shape in inputs.items()] + [_field(12, _value(name, *shape)) for name, shape in outputs.items()]
    opsets = b"".join(_field(8, _field(1, domain) + _field(2, version)) for domain, version in _OPSETS.items())
    path.write_bytes(_field(1, _IR_VERSION) + _field(7, b"".join(graph)) + opsets)
    return made


def _value(name: str, kind: int, shape: Sequence[str | int]) -> bytes:
    """Return a ValueInfoProto: a tensor of some type and shape."""
    sizes = b"".join(_field(1, _field(2 if isinstance(size, str) else 1, size)) for size in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, sizes)))


def _field(number: int, value: int | float | str | bytes) -> bytes:
    if isinstance(value, float):
        return _varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    content = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """Return a number seven bits at a time, the lowest first; a negative one as 64 bits of two's complement."""
    value &= (1 << 64) - 1
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    return bytes([*made, value])
