from typing import Any

import numpy as np
import pytest

from dgqa.index.engines import interaction
from dgqa.index.engines.interaction import best_matches
from dgqa.models.embedder import Vectors, quantize_tokens


def unit(*shape: int, seed: int) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32)


def test_each_token_of_the_question_gets_its_highest_cosine_in_each_block() -> None:
    question = np.array([[1, 0], [0, 1]], np.float32)
    blocks = [np.array([[127, 0], [0, -127]], np.int8), np.zeros((0, 2), np.int8), np.array([[76, 102]], np.int8)]
    assert np.allclose(best_matches(blocks, question), np.array([[1, 0], [-np.inf, -np.inf], [76 / 127, 102 / 127]]), atol=1e-6)


def test_the_result_is_that_of_one_product_however_large_it_is() -> None:
    question = unit(40, 64, seed=1)
    blocks = [quantize_tokens(unit(length, 64, seed=length)) for length in (1, 300, 7, 90, 2)]
    assert sum(map(len, blocks)) * question.size > interaction._ONE_THREAD
    want = np.stack([(block.astype(np.float64) / 127 @ question.T).max(axis=0) for block in blocks])
    assert np.allclose(best_matches(blocks, question), want, atol=1e-5)


def test_nothing_to_compare_gives_no_rows_or_no_columns() -> None:
    assert best_matches([], unit(3, 8, seed=0)).shape == (0, 3)
    assert best_matches([quantize_tokens(unit(2, 8, seed=0))], np.zeros((0, 8), np.float32)).shape == (1, 0)
    assert np.isneginf(best_matches([np.zeros((0, 8), np.int8)], unit(3, 8, seed=0))).all()


def test_no_product_is_large_enough_for_a_second_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    matmul = np.matmul

    def counted(a: Vectors, b: Vectors, out: Vectors) -> Any:
        sizes.append(a.size * b.shape[1])
        return matmul(a, b, out=out)

    monkeypatch.setattr(np, "matmul", counted)
    best_matches([quantize_tokens(unit(900, 384, seed=2))], unit(25, 384, seed=3))
    assert len(sizes) > 1
    assert max(sizes) <= interaction._ONE_THREAD
