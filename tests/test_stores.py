"""The stores against oracles that a reader can recompute."""

import math
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from dgqa.errors import IndexMismatchError
from dgqa.stores import FaissStore, LexicalStore, VectorStore

PASSAGES = [["数据", "共享", "数据"], ["政务", "服务"], ["数据", "开放", "服务", "平台", "建设"], []]


def lexical(passages: Sequence[Sequence[str]]) -> LexicalStore:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    return LexicalStore(connection, LexicalStore.write(connection, passages))


def bm25(passages: Sequence[Sequence[str]], question: Sequence[str]) -> list[float]:
    """The formula as it is printed, passage by passage, with k1 = 1.2 and b = 0.75."""
    mean = sum(map(len, passages)) / len(passages)
    scores = []
    for passage in passages:
        score = 0.0
        for token in set(question):
            df = sum(token in other for other in passages)
            tf = passage.count(token)
            idf = math.log(1 + (len(passages) - df + 0.5) / (df + 0.5))
            score += idf * tf / (tf + 1.2 * (0.25 + 0.75 * len(passage) / mean))
        scores.append(score)
    return scores


@pytest.fixture(scope="module")
def vectors() -> npt.NDArray[np.float32]:
    drawn = np.random.default_rng(7).normal(size=(40, 8)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


def test_the_vector_store_finds_what_a_sorted_matrix_product_finds(vectors: npt.NDArray[np.float32]) -> None:
    store = FaissStore.build(vectors)
    assert isinstance(store, VectorStore) and (len(store), store.dim) == (40, 8)
    for query in vectors[:5] + 0.1:
        rows, scores = store.search(query, 6)
        want = np.argsort(-(vectors @ query), kind="stable")[:6]
        assert rows.tolist() == want.tolist()
        np.testing.assert_allclose(scores, (vectors @ query)[want], rtol=1e-5)


@pytest.mark.parametrize(("k", "found"), [(-1, 0), (0, 0), (1, 1), (40, 40), (1_000, 40)])
def test_as_many_vectors_come_back_as_asked_for_and_as_there_are(vectors: npt.NDArray[np.float32], k: int, found: int) -> None:
    rows, scores = FaissStore.build(vectors).search(vectors[0], k)
    assert len(rows) == len(scores) == len(set(rows.tolist())) == found


def test_equal_vectors_are_all_found_with_equal_scores() -> None:
    store = FaissStore.build(np.eye(3, dtype=np.float32)[[0, 1, 0, 0]])
    rows, scores = store.search(np.eye(3, dtype=np.float32)[0], 4)
    assert sorted(rows[:3].tolist()) == [0, 2, 3] and scores.tolist() == [1, 1, 1, 0]


def test_vectors_come_back_by_row_in_the_order_asked_for(vectors: npt.NDArray[np.float32]) -> None:
    store = FaissStore.build(vectors)
    np.testing.assert_array_equal(store.vectors([7, 0, 7]), vectors[[7, 0, 7]])
    assert store.vectors([]).shape == (0, 8)


def test_an_empty_store_finds_nothing() -> None:
    store = FaissStore.build(np.empty((0, 8), np.float32))
    assert len(store) == 0 and len(store.search(np.ones(8, np.float32), 3)[0]) == 0


def test_a_saved_store_loads_as_it_was_from_a_folder_with_a_chinese_name(tmp_path: Path, vectors: npt.NDArray[np.float32]) -> None:
    file = tmp_path / "索引" / "向量.faiss"
    file.parent.mkdir()
    FaissStore.build(vectors).save(file)
    np.testing.assert_array_equal(FaissStore.load(file).vectors(range(40)), vectors)


@pytest.mark.parametrize("data", [b"", b"IxFI", b"no index at all, but some bytes", bytes(200)])
def test_a_file_that_is_no_vector_index_is_named_with_the_remedy(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "vectors.faiss").write_bytes(data)
    with pytest.raises(IndexMismatchError, match=r"vectors\.faiss.*dgqa index --rebuild"):
        FaissStore.load(tmp_path / "vectors.faiss")


def test_a_vector_file_cut_short_anywhere_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "vectors.faiss"
    FaissStore.build(np.eye(3, dtype=np.float32)).save(file)
    data = file.read_bytes()
    for length in range(0, len(data), 5):
        file.write_bytes(data[:length])
        with pytest.raises(IndexMismatchError):
            FaissStore.load(file)


def test_a_missing_vector_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(IndexMismatchError, match=r"vectors\.faiss"):
        FaissStore.load(tmp_path / "vectors.faiss")


@pytest.mark.parametrize("question", [["数据"], ["数据", "服务"], ["平台", "没有"], ["没有"], []])
def test_lexical_scores_are_those_of_the_formula(question: list[str]) -> None:
    scores, _ = lexical(PASSAGES).scores(question)
    assert scores.dtype == np.float32 and scores.tolist() == pytest.approx(bm25(PASSAGES, question), rel=1e-5)


def test_a_score_worked_out_by_hand() -> None:
    # Two passages of two tokens each; 数据 is in one of them, once: idf = ln(1 + 1.5 / 1.5) = ln 2, weight = 1 / (1 + 1.2).
    scores, total = lexical([["数据", "共享"], ["政务", "服务"]]).scores(["数据"])
    assert scores.tolist() == pytest.approx([math.log(2) / 2.2, 0]) and total == pytest.approx(math.log(2))


def test_a_token_that_no_passage_has_weighs_more_than_any_that_one_has() -> None:
    store = lexical(PASSAGES)
    seen = [store.idf(store.document_frequency(token)) for token in ("数据", "共享")]
    assert store.idf(store.document_frequency("没有")) > max(seen)
    assert store.scores(["数据", "没有"])[1] == pytest.approx(seen[0] + math.log(10))


def test_a_token_is_counted_once_however_often_it_is_asked_for() -> None:
    store = lexical(PASSAGES)
    once, twice = store.scores(["数据", "服务"]), store.scores(["数据", "服务", "数据"])
    assert once[0].tolist() == twice[0].tolist() and once[1] == twice[1]


def test_the_document_frequency_counts_passages_and_not_tokens() -> None:
    store = lexical(PASSAGES)
    assert [store.document_frequency(token) for token in ("数据", "服务", "共享", "没有")] == [2, 2, 1, 0]


def test_equal_passages_score_equally_and_a_shorter_one_scores_higher() -> None:
    scores, _ = lexical([["数据", "共享"], ["数据", "共享"], ["数据"]]).scores(["数据"])
    assert scores[0] == scores[1] < scores[2]


def test_passages_without_any_token_score_zero() -> None:
    assert lexical([[], []]).scores(["数据"])[0].tolist() == [0, 0]
    assert lexical([]).scores(["数据"])[0].shape == (0,)


def test_a_saved_lexicon_scores_as_it_did(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.sqlite") as connection:
        size = LexicalStore.write(connection, PASSAGES)
    connection.close()
    again = sqlite3.connect(tmp_path / "a.sqlite")
    assert LexicalStore(again, size).scores(["数据"])[0].tolist() == lexical(PASSAGES).scores(["数据"])[0].tolist()
    again.close()


def test_a_file_that_is_no_lexicon_is_a_typed_error_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite").write_bytes(b"no database" * 500)
    connection = sqlite3.connect(tmp_path / "a.sqlite")
    store = LexicalStore(connection, 3)
    for search in (lambda: store.scores(["数据"]), lambda: store.document_frequency("数据")):
        with pytest.raises(IndexMismatchError, match="dgqa index --rebuild"):
            search()
    connection.close()
