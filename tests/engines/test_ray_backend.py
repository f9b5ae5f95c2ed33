"""Two nodes of a Ray cluster on this machine: what they answer and embed is what one process does, whatever is lost meanwhile."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from backends import write_corpus
from dgqa.index.build import build_index
from dgqa.index.engines.opening import Engine
from dgqa.index.reader import Index
from dgqa.search.retriever import Retriever
from fakes import HashingEmbedder

pytestmark = pytest.mark.engine

QUESTIONS = ("东区平台接入了多少个服务事项？", "数据共享先定什么？", "旧档案怎样向公众开放查询？")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("ray")
    build_index(write_corpus(home), home / "index", embedder=HashingEmbedder(), part_sentences=40)
    return home / "index"


def engine(**options: Any) -> Engine:
    return Engine("ray", "auto", **options)


def keepers(index: Any) -> dict[tuple[int, int], int]:
    """Return the process of each actor that holds parts of an index."""
    import ray

    return {place: ray.get(keeper.__ray_call__.remote(lambda _: os.getpid())) for place, keeper in index._keepers.items()}


def found(retriever: Retriever) -> list[Any]:
    return [retriever.retrieve(question, 10).hits for question in QUESTIONS]


def test_an_actor_killed_in_mid_run_loses_no_answer_and_changes_none(cluster: Any, folder: Path) -> None:
    want = found(Retriever(Index.open(folder), HashingEmbedder()))
    index = engine(timeout=60).open(folder)
    retriever = Retriever(index, HashingEmbedder())
    assert found(retriever) == want
    before = keepers(index)
    assert len({keeper[0] for keeper in before}) == 2, "the parts are held on both nodes"
    got: list[list[Any]] = []
    asking = threading.Thread(target=lambda: got.extend(found(retriever) for _ in range(12)))
    asking.start()
    while len(got) < 2:
        asking.join(0.01)
    os.kill(before[0, 0], signal.SIGKILL)
    asking.join(90)
    assert got == [want] * 12
    assert keepers(index)[0, 0] != before[0, 0]
