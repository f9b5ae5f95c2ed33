"""Whatever byte of an index is altered: it answers as before, or says that it is damaged and how to mend it."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dgqa.errors import IndexMismatchError
from dgqa.index.build import Index, build_index
from dgqa.index.checks import LOT, CheckedArray, Checksums, write_sums
from dgqa.index.engines.local import LocalBackend
from dgqa.search.retriever import Retriever
from fakes import HashingEmbedder

FLIPS = 170  # of each kind
QUESTIONS = ("渡口每天开行多少班次？", "石桥是哪一年建成的？")


def texts() -> dict[str, str]:
    """Return a dozen articles, so that the large files have several lots."""
    subjects = ("渡口", "石桥", "茶馆", "水车", "驿站", "灯塔", "磨坊", "鱼市", "书院", "花圃", "盐井", "窑厂")
    lines = ("{}每天开行{}个班次，周末再加开几个班次。", "{}建成于一千八百{}年，一共有七个部分。", "{}的管理员有{}人，每个月轮换一次。")
    return {f"{i}.txt": f"{name}记\n\n" + "\n".join(line.format(name, 20 + 3 * i + j) for j, line in enumerate(lines)) for i, name in enumerate(subjects)}


@pytest.fixture(scope="module", params=["flat", "hnsw", "ivf"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp(request.param)
    (home / "corpus").mkdir()
    for name, text in texts().items():
        (home / "corpus" / name).write_text(text, encoding="utf-8")
    build_index(home / "corpus", home / "index", embedder=HashingEmbedder(), vector_index=request.param)
    return home / "index"


def told(folder: Path) -> Any:
    """Return all that an index tells, or the error that it ends in."""
    try:
        retriever = Retriever.open(folder, embedder=HashingEmbedder())
        index = retriever.index
        assert isinstance(index, LocalBackend)
        try:
            hits = [(hit.passage, hit.score) for question in QUESTIONS for hit in retriever.search(question, 5)]
            tokens = [index.token_vectors(row).tobytes() for row in range(0, index.sentence_count, 5)]
            return hits, tokens, index.documents(), index.raw("3.txt"), index.vectors.vectors(range(len(index.vectors))).tobytes()
        finally:
            index.close()
    except IndexMismatchError as error:
        return error


def test_no_altered_byte_of_any_file_gives_another_answer(folder: Path) -> None:
    rng = random.Random(7)
    right = told(folder)
    assert not isinstance(right, IndexMismatchError)
    files = [folder / "manifest.json", *sorted(next(folder.glob("g-*")).iterdir())]
    noticed = 0
    for number in range(FLIPS):
        file = files[number % len(files)]
        whole = file.read_bytes()
        at = rng.randrange(len(whole))
        run = rng.choice((0, 0, 0, 16, 4_096))
        altered = bytearray(whole)
        if run:
            altered[at : at + run] = bytes(len(altered[at : at + run]))
        else:
            altered[at] ^= 1 << rng.randrange(8)
        file.write_bytes(altered)
        found = told(folder)
        file.write_bytes(whole)
        if isinstance(found, IndexMismatchError):
            assert "dgqa index --rebuild" in str(found), (file.name, at, run)
            noticed += 1
        else:
            assert found == right, (file.name, at, run)
    assert noticed > FLIPS // 2
    assert told(folder) == right


def test_a_large_array_is_compared_only_where_it_is_read(tmp_path: Path) -> None:
    rows = np.arange(40_000, dtype=np.float32).reshape(-1, 8)
    np.save(tmp_path / "vectors.npy", rows)
    write_sums(tmp_path)
    data = bytearray((tmp_path / "vectors.npy").read_bytes())
    data[5 * LOT + 3] ^= 4
    (tmp_path / "vectors.npy").write_bytes(data)
    sums = Checksums(tmp_path, {"vectors.npy": len(data)})
    sums.compare_whole()
    array = sums.array("vectors.npy")
    altered = (5 * LOT - 128) // 32
    assert np.array_equal(array[:100], rows[:100]) and np.array_equal(array[np.array([4_999, 3])], rows[[4_999, 3]])
    with pytest.raises(IndexMismatchError, match=rf"vectors\.npy .*near byte {5 * LOT:,}.*--rebuild"):
        array[altered : altered + 1]
    with pytest.raises(IndexMismatchError):
        array[np.array([0, altered])]
    assert np.array_equal(CheckedArray(tmp_path / "vectors.npy")[:100], rows[:100])


def test_a_row_that_ends_in_the_next_lot_is_compared_there_too(tmp_path: Path) -> None:
    rows = np.ones((700, 12), np.float32)  # 48 bytes, which 16,384 is no multiple of
    np.save(tmp_path / "tokens.npy", rows)
    write_sums(tmp_path)
    data = bytearray((tmp_path / "tokens.npy").read_bytes())
    data[LOT + 1] ^= 1
    (tmp_path / "tokens.npy").write_bytes(data)
    array = Checksums(tmp_path, {"tokens.npy": len(data)}).array("tokens.npy")
    with pytest.raises(IndexMismatchError):
        array[np.array([(LOT - 128) // 48])]


def test_a_damaged_file_of_sums_is_said_to_be_one(folder: Path) -> None:
    file = next(folder.glob("g-*/checksums.bin"))
    whole = file.read_bytes()
    file.write_bytes(whole[:-4] + b"\0\0\0\1")
    with pytest.raises(IndexMismatchError, match="--rebuild"):
        Retriever.open(folder, embedder=HashingEmbedder()).search(QUESTIONS[0])
    file.write_bytes(whole)
    Index.open(folder).close()
