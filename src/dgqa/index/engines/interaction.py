"""Late interaction: token vectors of sentences and of a question in, how well each of its tokens is met out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dgqa.models.embedder import TokenCodes, Vectors

# OpenBLAS wakes its threads for a product of more multiplications than this. A search is too short for them: on a busy
# machine it would wait for a thread to be scheduled longer than it computes, and the host program's setting of
# threads isn't ours to change.
_ONE_THREAD = 250_000


def best_matches(blocks: Sequence[TokenCodes], question: Vectors) -> Vectors:
    """Return for each block of token codes the highest cosine with each of the question's tokens.

    Args:
        blocks: n arrays of int8 of shape (tokens, dim), 127 for 1.
        question: float32 of shape (m, dim), rows of norm 1.

    Returns:
        float32 of shape (n, m), -inf in the rows of empty blocks.
    """
    best = np.full((len(blocks), len(question)), -np.inf, np.float32)
    full = [at for at, block in enumerate(blocks) if len(block)]
    if full and len(question):
        starts = np.cumsum([0, *(len(blocks[at]) for at in full[:-1])])
        best[full] = np.maximum.reduceat(_cosines(np.concatenate([blocks[at] for at in full]), question), starts)
    return best


def _cosines(codes: TokenCodes, question: Vectors) -> Vectors:
    turned = np.ascontiguousarray(question.T) / np.float32(127)
    cosines = np.empty((len(codes), len(question)), np.float32)
    step = max(1, _ONE_THREAD // turned.size)
    for start in range(0, len(codes), step):
        np.matmul(codes[start : start + step].astype(np.float32), turned, out=cosines[start : start + step])
    return cosines
