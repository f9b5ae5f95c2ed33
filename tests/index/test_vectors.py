"""Builds that were cut off: what they had embedded is taken over, and nothing that is not theirs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from dgqa.index.build import Index, build_index
from dgqa.index.texts import Layout
from dgqa.index.vectors import JOURNAL, Journal, Terms, longest, take_over
from dgqa.index.writers import GrowingArray
from fakes import HashingEmbedder

DIM = 4
TERMS = Terms("hashing:4", DIM, {"weight": 3}, anew=False)
LOTS = ([2, 1], [3, 0], [1, 1])  # token vectors of each sentence; the last one has no vector
ROWS = 6


def drawn(rows: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    return np.random.default_rng(rows).integers(-100, 100, (rows, DIM)).astype(dtype)


def layout() -> Layout:
    rows = np.arange(ROWS, dtype=np.int32)
    return Layout(rows, rows, np.asarray([0, ROWS], np.int32), np.zeros(ROWS, np.int32), drawn(ROWS, np.int64).astype(np.uint64)[:, :2], ROWS - 1, ROWS)


VECTORS, TOKENS = drawn(ROWS - 1, np.float16), drawn(8, np.int8)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """What a build leaves that is killed behind its third lot, with a torn part of a fourth."""
    folder = tmp_path / ".build-g-0123456789ab"
    folder.mkdir()
    layout().save(folder)
    with (
        GrowingArray(folder / "vectors.npy", np.float16, DIM) as vectors,
        GrowingArray(folder / "tokens.npy", np.int8, DIM) as tokens,
        Journal(folder, TERMS, layout()) as journal,
    ):
        row = used = 0
        for counts in LOTS:
            block, codes = VECTORS[row : row + 2], TOKENS[used : used + sum(counts)]
            for file, part in ((vectors, block), (tokens, codes)):
                file.append(part)
                file.flush()
            journal.add(block, codes, counts)
            row, used = row + 2, used + sum(counts)
        shutil.copytree(folder, tmp_path / "torn")
    shutil.rmtree(folder)
    shutil.move(tmp_path / "torn", folder)
    with (folder / "tokens.npy").open("ab") as stream:
        stream.write(b"\x01\x02")
    return folder


def taken(work: Path, terms: Terms = TERMS) -> int:
    """Return how many sentences are taken over, each of them right."""
    held = take_over(work, terms)
    if held is None:
        return 0
    np.testing.assert_array_equal(held.keys, layout().keys[: len(held.keys)])
    np.testing.assert_array_equal(held.stored(np.arange(held.vectors)), VECTORS[: held.vectors])
    ends = np.cumsum([count for lot in LOTS for count in lot])
    for row in range(len(held.keys)):
        np.testing.assert_array_equal(held.token_vectors(row), TOKENS[([0, *ends])[row] : ends[row]])
    return len(held.keys)


def test_what_was_written_down_is_taken_over_and_what_was_torn_is_not(work: Path) -> None:
    assert longest(work.parent) == {"": work} and taken(work) == ROWS


@pytest.mark.parametrize(
    ("changed", "rows"),
    [({"fingerprint": "other:4"}, 0), ({"settings": {"weight": 2}}, 0), ({"anew": True}, 0), ({"dim": 5}, 0), ({"anew": False}, ROWS)],
)
def test_only_a_build_on_the_same_terms_takes_over(work: Path, changed: dict[str, object], rows: int) -> None:
    assert taken(work, replace(TERMS, **changed)) == rows  # type: ignore[arg-type]  # values of several types


@pytest.mark.parametrize("name", [JOURNAL, "vectors.npy", "tokens.npy", "sentence_keys.npy"])
def test_cut_anywhere_or_with_any_byte_changed_only_whole_lots_are_taken_over(work: Path, name: str) -> None:
    data = (work / name).read_bytes()
    seen = set()
    for at in range(len(data)):
        (work / name).write_bytes(data[:at])
        seen.add(taken(work))
        (work / name).write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        seen.add(taken(work))
    assert seen >= ({0} if name == "sentence_keys.npy" else {0, 2, 4}) and seen <= {0, 2, 4, ROWS}


def test_a_build_that_had_written_down_nothing_is_not_gone_on_with(work: Path) -> None:
    (work / JOURNAL).write_bytes((work / JOURNAL).read_bytes().split(b"\n")[0] + b"\n")
    assert longest(work.parent) == {} and taken(work) == 0
    (work / JOURNAL).unlink()
    assert longest(work.parent) == {} and taken(work) == 0


# Whole builds. A lot is 2,048 sentences.

SENTENCES = 4_200
KILLED = """
import os, signal, sys
from fakes import HashingEmbedder
from dgqa.index.build import build_index

class Embedder(HashingEmbedder):
    lots = 0
    def embed_passages_with_tokens(self, texts, *, progress=None):
        self.lots += 1
        if self.lots == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed_passages_with_tokens(texts, progress=progress)

build_index(sys.argv[1], sys.argv[2], embedder=Embedder(16))
"""


class InterruptedEmbedder(HashingEmbedder):
    """Is interrupted in its third lot."""

    lots = 0

    def embed_passages_with_tokens(
        self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None
    ) -> tuple[npt.NDArray[np.float32], list[npt.NDArray[np.int8]]]:
        self.lots += 1
        if self.lots == 3:
            raise KeyboardInterrupt
        return super().embed_passages_with_tokens(texts, progress=progress)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "a.txt").write_text("报告\n\n" + "\n".join(f"第{n}个窗口昨天办了{7 * n}件事。" for n in range(SENTENCES)), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def full(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("full")
    build_index(corpus, folder, embedder=HashingEmbedder(16))
    return folder


def arrays(folder: Path) -> dict[str, bytes]:
    (home,) = folder.glob("g-*")
    return {file.name: file.read_bytes() for file in home.glob("*.npy")}


def kill(corpus: Path, folder: Path, lot: int) -> None:
    here = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here.parent / "src"), str(here)])}
    done = subprocess.run([sys.executable, "-c", KILLED, str(corpus), str(folder), str(lot)], env=environment, timeout=120)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_build_that_is_killed_again_and_again_goes_on_where_it_was(tmp_path: Path, corpus: Path, full: Path) -> None:
    folder = tmp_path / "index"
    kill(corpus, folder, 2)
    kill(corpus, folder, 2)  # of its own: it begins behind the first lot
    (work,) = [place for place in folder.glob(".build-*") if place in longest(folder).values()]
    assert (work / JOURNAL).read_bytes().count(b"\n") == 3
    assert build_index(corpus, folder, embedder=HashingEmbedder(16)).embedded == SENTENCES - 2 * 2_048
    assert arrays(folder) == arrays(full) and len(list(folder.iterdir())) == 3
    assert Index.open(folder).damaged_files() == []


def test_a_build_that_is_interrupted_leaves_the_old_index_and_is_gone_on_with(tmp_path: Path, corpus: Path, full: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "b.txt").write_text("旧文\n\n车站的信号灯昨天换了新的。", encoding="utf-8")
    folder = tmp_path / "index"
    build_index(tmp_path / "old", folder, embedder=HashingEmbedder(16))
    before = arrays(folder)
    with pytest.raises(KeyboardInterrupt):
        build_index(corpus, folder, embedder=InterruptedEmbedder(16))
    assert arrays(folder) == before and longest(folder)
    assert build_index(corpus, folder, embedder=HashingEmbedder(16)).embedded == SENTENCES - 2 * 2_048
    assert arrays(folder) == arrays(full) and len(list(folder.iterdir())) == 3


def test_a_build_with_another_model_embeds_everything_and_clears_up(tmp_path: Path, corpus: Path) -> None:
    folder = tmp_path / "index"
    with pytest.raises(KeyboardInterrupt):
        build_index(corpus, folder, embedder=InterruptedEmbedder(16))
    assert build_index(corpus, folder, embedder=HashingEmbedder(24)).embedded == SENTENCES
    assert len(list(folder.iterdir())) == 3
