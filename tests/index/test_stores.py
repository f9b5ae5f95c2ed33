"""The stores against oracles that a reader can recompute."""

import math
import random
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from dgqa.errors import IndexMismatchError
from dgqa.index.bm25 import LexicalScores, LexicalStore, best_of_either, inverse_frequency
from dgqa.index.faiss_store import KINDS, FaissStore, Kind, VectorStore, choose_kind, list_count
from dgqa.index.writers import Postings

PASSAGES = [["数据", "共享", "数据"], ["政务", "服务"], ["数据", "开放", "服务", "平台", "建设"], []]


def lexical(passages: Sequence[Sequence[str]]) -> LexicalStore:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        return LexicalStore(connection, Path(folder), LexicalStore.write(connection, passages, Path(folder)))


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


def unit(drawn: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def vectors() -> npt.NDArray[np.float32]:
    # as they are kept: float16, so that what is found can be compared number by number
    return unit(np.random.default_rng(7).normal(size=(40, 8))).astype(np.float16).astype(np.float32)


@pytest.fixture(scope="module")
def topics() -> npt.NDArray[np.float16]:
    """3,000 vectors around 60 centres, as sentences lie around their topics."""
    draw = np.random.default_rng(11)
    centres = draw.normal(size=(60, 32))
    return unit(centres[draw.integers(0, 60, 3_000)] + 0.7 * draw.normal(size=(3_000, 32))).astype(np.float16)


def test_the_flat_store_finds_what_a_sorted_matrix_product_finds(vectors: npt.NDArray[np.float32]) -> None:
    store = FaissStore.build(vectors)
    assert isinstance(store, VectorStore) and (len(store), store.dim) == (40, 8)
    for query in vectors[:5] + 0.1:
        rows, scores = store.search(query, 6)
        want = np.argsort(-(vectors @ query), kind="stable")[:6]
        assert rows.tolist() == want.tolist()
        np.testing.assert_allclose(scores, (vectors @ query)[want], rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_finds_nearly_all_of_what_a_sorted_matrix_product_finds(topics: npt.NDArray[np.float16], kind: Kind) -> None:
    store = FaissStore.build(topics, kind)
    exact = topics.astype(np.float32)
    queries = unit(exact[::60] + 0.05 * np.random.default_rng(5).normal(size=(50, 32)))
    found, scored = [], []
    for query in queries:
        rows, scores = store.search(query, 10)
        assert len(rows) == 10 and (np.diff(scores) <= 1e-6).all()
        best = np.argsort(-(exact @ query), kind="stable")[:10]
        found.append(len(set(rows.tolist()) & set(best.tolist())) / 10)
        scored.append(np.abs(scores - exact[rows] @ query).max())
    assert np.mean(found) >= (1 if kind == "flat" else 0.95)
    assert max(scored) < 0.02  # one byte a number is that close


@pytest.mark.parametrize("kind", KINDS)
def test_equal_vectors_give_equal_bytes(tmp_path: Path, topics: npt.NDArray[np.float16], kind: Kind) -> None:
    for name in ("a", "b"):
        FaissStore.build(topics[:1000], kind).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 2, 5, 40])
def test_every_kind_works_with_few_vectors(vectors: npt.NDArray[np.float32], kind: Kind, size: int) -> None:
    store = FaissStore.build(vectors[:size], kind)
    for row in range(size):
        assert store.search(vectors[row], 1)[0].tolist() == [row]


@pytest.mark.parametrize(
    ("size", "wanted", "kind"),
    [(0, "auto", "flat"), (50_000, "auto", "flat"), (50_001, "auto", "hnsw"), (200_000, "auto", "hnsw"), (200_001, "auto", "ivf"),
     (7, "ivf", "ivf"), (10**6, "flat", "flat"), (0, "ivf", "flat")],
)  # fmt: skip
def test_the_kind_goes_by_the_number_of_vectors_unless_it_is_forced(size: int, wanted: str, kind: str) -> None:
    assert choose_kind(size, wanted) == kind


def test_a_kind_that_does_not_exist_is_an_error_that_names_those_that_do() -> None:
    with pytest.raises(ValueError, match=r"'pq'.*auto, flat, hnsw, ivf"):
        choose_kind(5, "pq")


def test_a_million_vectors_are_parted_into_4096_lists() -> None:
    assert [list_count(size) for size in (0, 1, 100, 10_000, 10**6)] == [1, 1, 25, 512, 4096]


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


def test_an_empty_store_finds_nothing(tmp_path: Path) -> None:
    none = np.empty((0, 8), np.float32)
    FaissStore.build(none).save(tmp_path / "vectors.faiss")
    for store in (FaissStore.build(none), FaissStore.load(tmp_path / "vectors.faiss", none)):
        assert len(store) == 0 and len(store.search(np.ones(8, np.float32), 3)[0]) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_store_searches_as_it_did_from_a_folder_with_a_chinese_name(
    tmp_path: Path, topics: npt.NDArray[np.float16], kind: Kind
) -> None:
    file = tmp_path / "索引" / "向量.faiss"
    file.parent.mkdir()
    built = FaissStore.build(topics, kind)
    built.save(file)
    loaded = FaissStore.load(file, topics)
    for query in topics[:5].astype(np.float32):
        for one, other in zip(built.search(query, 7), loaded.search(query, 7), strict=True):
            np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(loaded.vectors([2, 1]), topics[[2, 1]])


def test_a_store_goes_on_when_its_file_is_removed(tmp_path: Path, vectors: npt.NDArray[np.float32]) -> None:
    FaissStore.build(vectors).save(tmp_path / "vectors.faiss")
    store = FaissStore.load(tmp_path / "vectors.faiss", vectors)
    (tmp_path / "vectors.faiss").unlink()
    assert store.search(vectors[3], 1)[0].tolist() == [3]


@pytest.mark.parametrize("data", [b"", b"IxFI", b"no index at all, but some bytes", bytes(200)])
def test_a_file_that_is_no_vector_index_is_named_with_the_remedy(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "vectors.faiss").write_bytes(data)
    with pytest.raises(IndexMismatchError, match=r"vectors\.faiss.*dgqa index --rebuild"):
        FaissStore.load(tmp_path / "vectors.faiss", np.eye(3, dtype=np.float32))


@pytest.mark.parametrize("kind", KINDS)
def test_a_vector_file_cut_short_anywhere_is_an_error(tmp_path: Path, topics: npt.NDArray[np.float16], kind: Kind) -> None:
    file = tmp_path / "vectors.faiss"
    FaissStore.build(topics[:300], kind).save(file)
    data = file.read_bytes()
    for length in [*range(0, 400, 5), *range(400, len(data), len(data) // 50)]:
        file.write_bytes(data[:length])
        with pytest.raises(IndexMismatchError):
            FaissStore.load(file, topics[:300])


def test_a_store_of_other_vectors_is_told_with_both_sizes(tmp_path: Path, vectors: npt.NDArray[np.float32]) -> None:
    FaissStore.build(vectors).save(tmp_path / "vectors.faiss")
    with pytest.raises(IndexMismatchError, match=r"40 vectors of dimension 8, the index has 39 of 8"):
        FaissStore.load(tmp_path / "vectors.faiss", vectors[:39])


def test_a_score_that_is_no_number_is_an_error(tmp_path: Path, vectors: npt.NDArray[np.float32]) -> None:
    broken = vectors.copy()
    broken[5] = np.inf
    with pytest.raises(IndexMismatchError, match="damaged"):
        FaissStore.build(broken).search(np.ones(8, np.float32), 3)


def test_a_missing_vector_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(IndexMismatchError, match=r"vectors\.faiss"):
        FaissStore.load(tmp_path / "vectors.faiss", np.eye(3, dtype=np.float32))


def dense(found: LexicalScores, size: int) -> list[float]:
    return [float(score) for score in found.of(np.arange(size))]


@pytest.mark.parametrize("question", [["数据"], ["数据", "服务"], ["平台", "没有"], ["没有"], []])
def test_lexical_scores_are_those_of_the_formula(question: list[str]) -> None:
    found = lexical(PASSAGES).scores(question)
    rows, scores = found.all
    assert scores.dtype == np.float32 and dense(found, 4) == pytest.approx(bm25(PASSAGES, question), rel=1e-5)
    assert rows.tolist() == [row for row, score in enumerate(bm25(PASSAGES, question)) if score]


def test_a_score_worked_out_by_hand() -> None:
    # Two passages of two tokens each; 数据 is in one of them, once: idf = ln(1 + 1.5 / 1.5) = ln 2, weight = 1 / (1 + 1.2).
    found = lexical([["数据", "共享"], ["政务", "服务"]]).scores(["数据"])
    assert dense(found, 2) == pytest.approx([math.log(2) / 2.2, 0]) and found.total == pytest.approx(math.log(2))


def test_a_token_that_no_passage_has_weighs_more_than_any_that_one_has() -> None:
    store = lexical(PASSAGES)
    found = store.scores(["数据", "共享", "没有"])
    assert found.idfs["没有"] > max(found.idfs["数据"], found.idfs["共享"]) and found.unseen == ("没有",)
    assert store.scores(["数据", "没有"]).total == pytest.approx(found.idfs["数据"] + math.log(10))


def test_a_token_is_counted_once_however_often_it_is_asked_for() -> None:
    store = lexical(PASSAGES)
    once, twice = store.scores(["数据", "服务"]), store.scores(["数据", "服务", "数据"])
    assert dense(once, 4) == dense(twice, 4) and once.total == twice.total


def test_the_document_frequency_counts_passages_and_not_tokens() -> None:
    store = lexical(PASSAGES)
    assert store.frequencies(["数据", "服务", "共享", "没有"]) == {"数据": 2, "服务": 2, "共享": 1, "没有": 0}


def test_equal_passages_score_equally_and_a_shorter_one_scores_higher() -> None:
    scores = lexical([["数据", "共享"], ["数据", "共享"], ["数据"]]).scores(["数据"]).all[1]
    assert scores[0] == scores[1] < scores[2]


def test_passages_without_any_token_score_zero() -> None:
    assert dense(lexical([[], []]).scores(["数据"]), 2) == [0, 0]
    assert lexical([]).scores(["数据"]).all[0].shape == (0,)


def test_scores_are_those_of_the_formula_whether_few_or_many_passages_are_touched() -> None:
    draw = random.Random(2)
    passages = [[draw.choice("数据共享开放服务") for _ in range(draw.randint(0, 6))] + (["甲"] if row % 97 == 5 else []) for row in range(800)]
    store = lexical(passages)
    for question in (["甲"], ["甲", "没"], ["数", "甲"], ["数", "据", "服"]):
        assert dense(store.scores(question), 800) == pytest.approx(bm25(passages, question), rel=1e-4)


def test_the_best_passages_come_first_and_the_lower_row_among_equals() -> None:
    # 数据 is twice in rows 5 and 9, once in rows 2 and 7; all passages are equally long.
    store = lexical([["数据", "数据"] if row in (5, 9) else ["数据", "无"] if row in (2, 7) else ["无", "无"] for row in range(10)])
    found = store.scores(["数据"])
    assert [found.best(k).tolist() for k in (-1, 0, 1, 3, 9)] == [[], [], [5], [5, 9, 2], [5, 9, 2, 7]]
    assert [score > 0 for score in found.of(np.asarray([0, 2, 9]))] == [False, True, True]
    allowed = np.asarray([row != 5 for row in range(10)])
    assert found.best(2, allowed).tolist() == [9, 2]


def many(rows: int) -> LexicalStore:
    """Passages of common and rare tokens: the n-th letter is in one of n + 1 of them."""
    draw = random.Random(4)
    return lexical([[chr(0x4E00 + n) for n in range(60) if draw.random() < 1 / (n + 1) for _ in range(draw.randint(1, 3))] for _ in range(rows)])


def scanned(found: LexicalScores, k: int, allowed: npt.NDArray[np.bool_] | None = None) -> list[int]:
    rows, scores = found.all
    order = [(-score, row) for row, score in zip(rows.tolist(), scores.tolist(), strict=True) if allowed is None or allowed[row]]
    return [row for _, row in sorted(order)[:k]]


def test_what_is_left_out_of_adding_up_changes_neither_the_best_nor_their_scores() -> None:
    size = 30_000
    store, draw = many(size), random.Random(5)
    allowed = np.random.default_rng(6).random(size) < 0.2
    pruned = 0
    for _ in range(30):
        found = store.scores([chr(0x4E00 + draw.randrange(62)) for _ in range(draw.randint(2, 25))])
        for k in (1, 10, 100):
            assert found.best(k).tolist() == scanned(found, k)
            assert found.best(k, allowed).tolist() == scanned(found, k, allowed)
            if sum(len(token.rows) for token in found.postings) > 32_768:
                pruned += len(found._contenders(k, None)) < len(found.all[0]) // 10
        sample = np.asarray(draw.sample(range(size), 50))
        whole = dict(zip(*(part.tolist() for part in found.all), strict=True))
        assert found.of(sample).tolist() == [whole.get(row, 0.0) for row in sample.tolist()]
    assert pruned > 30


def test_the_best_of_either_question_are_those_by_the_higher_score() -> None:
    store = many(3_000)
    one, other = (store.scores([chr(0x4E00 + n) for n in numbers]) for numbers in ((0, 1, 5, 9), (2, 3, 40)))
    higher = np.maximum(one.of(np.arange(3_000)), other.of(np.arange(3_000)))
    assert best_of_either(one, other, 25).tolist() == sorted(range(3_000), key=lambda row: (-higher[row], row))[:25]
    assert best_of_either(one, one, 25).tolist() == one.best(25).tolist()


@pytest.mark.parametrize("limit", [1, 4, 100])
def test_postings_are_the_same_however_often_they_are_put_aside(tmp_path: Path, limit: int) -> None:
    postings = Postings(tmp_path, limit=limit)
    for passage in PASSAGES:
        postings.add(passage)
    merged = {token: (rows.tolist(), counts.tolist()) for token, rows, counts in postings.merged()}
    assert list(merged) == sorted({token for passage in PASSAGES for token in passage})
    assert merged["数据"] == ([0, 2], [2, 1]) and merged["服务"] == ([1, 2], [1, 1]) and merged["开放"] == ([2], [1])
    assert list(postings.lengths) == [3, 2, 5, 0] and (limit == 100) == (list(tmp_path.iterdir()) == [])


def test_a_saved_lexicon_scores_as_it_did(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.sqlite") as connection:
        size = LexicalStore.write(connection, PASSAGES, tmp_path)
    connection.close()
    again = sqlite3.connect(tmp_path / "a.sqlite")
    assert dense(LexicalStore(again, tmp_path, size).scores(["数据"]), 4) == dense(lexical(PASSAGES).scores(["数据"]), 4)
    again.close()


def test_a_file_that_is_no_lexicon_is_a_typed_error_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite").write_bytes(b"no database" * 500)
    connection = sqlite3.connect(tmp_path / "a.sqlite")
    for name, dtype in (("posting_rows", np.int32), ("posting_counts", np.uint16), ("passage_lengths", np.int32)):
        np.save(tmp_path / f"{name}.npy", np.zeros(3, dtype))
    store = LexicalStore(connection, tmp_path, 3)
    for search in (lambda: store.scores(["数据"]), lambda: store.frequencies(["数据"])):
        with pytest.raises(IndexMismatchError, match="dgqa index --rebuild"):
            search()
    connection.close()


def test_a_rare_token_weighs_more_than_a_common_one_and_none_less_than_nothing() -> None:
    assert inverse_frequency(1, 3) == pytest.approx(math.log(1 + 2.5 / 1.5)) and inverse_frequency(3, 3) == pytest.approx(math.log(1 + 0.5 / 3.5))


def test_parts_with_the_mean_length_and_the_idf_of_all_score_as_one_store(tmp_path: Path) -> None:
    draw = random.Random(3)
    passages = [[f"词{min(draw.randrange(1, 400), draw.randrange(1, 400))}" for _ in range(draw.randrange(60))] for _ in range(9_000)]
    question = [f"词{number}" for number in (1, 2, 3, 5, 90, 371)]
    whole = lexical(passages).scores(question)
    mean = sum(map(len, passages)) / len(passages)
    found: list[tuple[int, float]] = []
    for number, cut in enumerate((slice(0, 2_000), slice(2_000, 2_001), slice(2_001, 9_000))):
        (tmp_path / str(number)).mkdir()
        connection = sqlite3.connect(":memory:")
        size = LexicalStore.write(connection, passages[cut], tmp_path / str(number))
        scores = LexicalStore(connection, tmp_path / str(number), size, mean=mean).scores(question, whole.idfs)
        best = scores.best(50)
        found += zip((best + cut.start).tolist(), scores.of(best).tolist(), strict=True)
    best = whole.best(50)
    assert sorted(found, key=lambda one: (-one[1], one[0]))[:50] == list(zip(best.tolist(), whole.of(best).tolist(), strict=True))


def test_a_graph_of_near_copies_finds_the_two_hundred_nearest_that_a_search_asks_for(tmp_path: Path) -> None:
    draw = np.random.default_rng(3)
    templates = draw.normal(size=(12, 64))
    near = unit(templates[draw.integers(0, 12, 6_000)] + 0.1 * draw.normal(size=(6_000, 64))).astype(np.float16)
    exact = near.astype(np.float32)
    built = FaissStore.build(near, "hnsw")
    built.save(tmp_path / "tuned.faiss")
    built._index.hnsw.efSearch = 16  # as it was tuned for ten
    built.save(tmp_path / "older.faiss")
    for name in ("tuned", "older"):
        store = FaissStore.load(tmp_path / f"{name}.faiss", near)
        shares = []
        for query in unit(exact[::300] + 0.02 * draw.normal(size=(20, 64))):
            last = np.sort(exact @ query)[-200]
            shares.append((exact[store.search(query, 200)[0]] @ query >= last - 1e-5).sum() / 200)
        assert np.mean(shares) > 0.95, name
