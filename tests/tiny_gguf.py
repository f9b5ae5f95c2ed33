"""A language model of some megabytes for llama.cpp, written in a moment, that recites what it is told to.

It is a real model of the architecture "llama": a vocabulary of bytes, one block, an output. The block's weights are zero, so
what comes next depends on the last token alone: the embeddings are the unit vectors, and the output's weights lead from every
byte, that is, from any prompt, to the first piece of the text, from each piece to the next, and from the last to the end.
The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_ALIGNED = 32  # bytes to whose multiples tensors are moved
_HEAD = 32  # width of the only head of attention, and of the block's middle; the embedding is a multiple of it
_NORMAL, _CONTROL = 1, 3  # types of tokens
_TEMPLATE = "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}\n{% endfor %}<assistant>"


def write_model(path: Path, pieces: Sequence[str | bytes], *, context: int = 16_384) -> Path:
    """Write a model to ``path`` that answers everything with ``pieces``, a token each; bytes may cut a character in two."""
    spelled = _spelling()
    recited = [piece.encode() if isinstance(piece, str) else piece for piece in pieces]
    # Without merges a prompt is read byte by byte, never as one of the pieces.
    tokens = ["<end>", *(spelled[byte] for byte in range(256)), *("".join(spelled[byte] for byte in piece) for piece in recited)]
    assert len(set(tokens)) == len(tokens), "pieces are longer than a byte and differ from each other"
    width = -(-len(tokens) // _HEAD) * _HEAD
    following = [257, *[257] * 256, *range(258, 257 + len(recited)), 0]
    output = np.zeros((len(tokens), width), np.float32)
    for token, then in enumerate(following):
        output[then, token] = 1.0
    ones, narrow, wide = np.ones(width, np.float32), np.zeros((_HEAD, width), np.float32), np.zeros((width, _HEAD), np.float32)
    tensors = {"token_embd.weight": np.eye(len(tokens), width, dtype=np.float32), "output_norm.weight": ones, "output.weight": output}
    tensors |= {f"blk.0.{name}_norm.weight": ones for name in ("attn", "ffn")}
    tensors |= {f"blk.0.{name}.weight": narrow for name in ("attn_q", "attn_k", "attn_v", "ffn_gate", "ffn_up")}
    tensors |= {f"blk.0.{name}.weight": wide for name in ("attn_output", "ffn_down")}
    about = {
        "general.architecture": "llama",
        "general.name": "recites",
        "llama.context_length": context,
        "llama.embedding_length": width,
        "llama.block_count": 1,
        "llama.feed_forward_length": _HEAD,
        "llama.attention.head_count": 1,
        "llama.attention.head_count_kv": 1,
        "llama.attention.key_length": _HEAD,
        "llama.attention.value_length": _HEAD,
        "llama.rope.dimension_count": _HEAD,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [_CONTROL, *[_NORMAL] * (len(tokens) - 1)],
        # Of nothing that occurs: a vocabulary of bytes needs no merges, but the list has to be there.
        "tokenizer.ggml.merges": [f"{spelled[0]} {spelled[0]}"],
        "tokenizer.ggml.bos_token_id": 0,
        "tokenizer.ggml.eos_token_id": 0,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": _TEMPLATE,
    }
    path.write_bytes(_gguf(about, tensors))
    return path


def _spelling() -> list[str]:
    """Return the character that stands for each byte in the vocabularies of GPT-2: itself if it can be seen, else one from 256 on."""
    seen = {*range(33, 127), *range(161, 173), *range(174, 256)}
    hidden = iter(range(256, 512))
    return [chr(byte) if byte in seen else chr(next(hidden)) for byte in range(256)]


def _gguf(about: dict[str, Any], tensors: dict[str, npt.NDArray[np.float32]]) -> bytes:
    """Return the file: what it is, then where each tensor lies, then the tensors."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(about))
    for key, value in about.items():
        kind, data = _value(value)
        head += _text(key) + struct.pack("<I", kind) + data
    body = b""
    for name, tensor in tensors.items():
        body += b"\0" * (-len(body) % _ALIGNED)
        # Dimensions are listed from the one that changes fastest; 0 is the type float32.
        head += _text(name) + struct.pack(f"<I{tensor.ndim}QIQ", tensor.ndim, *reversed(tensor.shape), 0, len(body))
        body += tensor.tobytes()
    return head + b"\0" * (-len(head) % _ALIGNED) + body


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Any) -> tuple[int, bytes]:
    """Return the number of a value's type, and the value in bytes."""
    if isinstance(value, bool):
        return 7, struct.pack("<?", value)
    if isinstance(value, int):
        return 4, struct.pack("<I", value)
    if isinstance(value, float):
        return 6, struct.pack("<f", value)
    if isinstance(value, str):
        return 8, _text(value)
    # Small whole numbers are the same in bytes with a sign and without, which lists of them are to have.
    kind = 5 if isinstance(value[0], int) else _value(value[0])[0]
    return 9, struct.pack("<IQ", kind, len(value)) + b"".join(_value(item)[1] for item in value)
