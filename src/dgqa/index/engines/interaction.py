"""Work out late interaction: how well each token of a question is met by those of sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

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
        ends = np.cumsum([0, *(len(blocks[at]) for at in full)])
        best[full] = np.maximum.reduceat(_cosines([blocks[at] for at in full], ends, question), ends[:-1])
    return best


def _cosines(blocks: Sequence[TokenCodes], ends: npt.NDArray[np.int64], question: Vectors) -> Vectors:
    turned = np.ascontiguousarray(question.T) / np.float32(127)
    cosines = np.empty((int(ends[-1]), len(question)), np.float32)
    step = max(1, _ONE_THREAD // turned.size)
    for block, first in zip(blocks, ends.tolist(), strict=False):
        # Each block by itself: the last digits of a product depend on what else is multiplied with it, and a passage's
        # score must not depend on which others are looked at beside it.
        for start in range(0, len(block), step):
            part = block[start : start + step]
            np.matmul(part.astype(np.float32), turned, out=cosines[first + start : first + start + len(part)])
    return cosines
