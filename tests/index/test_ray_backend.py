"""Two nodes of a Ray cluster on this machine: what they answer and embed is what one process does, whatever is lost meanwhile."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from backends import write_corpus
from conftest import NODE
from dgqa.cli.engine import examine
from dgqa.config import Settings
from dgqa.errors import EngineError, IndexMismatchError
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
    """Return the process of each actor that holds parts of an index, by its group of parts and its replica."""
    import ray

    return {place: ray.get(keeper.facts.remote())["process"] for place, keeper in index._keepers.items()}


def found(retriever: Retriever) -> list[Any]:
    return [retriever.retrieve(question, 10).hits for question in QUESTIONS]


@pytest.fixture(scope="module")
def want(folder: Path) -> list[Any]:
    return found(Retriever(Index.open(folder), HashingEmbedder()))


def test_an_actor_killed_in_mid_run_loses_no_answer_and_changes_none(cluster: Any, folder: Path, want: list[Any]) -> None:
    index = engine().open(folder)
    retriever = Retriever(index, HashingEmbedder())
    assert found(retriever) == want
    before = keepers(index)
    assert sorted(before) == [(0, 0), (1, 0)], "both nodes hold parts"
    got: list[list[Any]] = []
    asking = threading.Thread(target=lambda: got.extend(found(retriever) for _ in range(8)))
    asking.start()
    while len(got) < 2:
        asking.join(0.01)
    os.kill(before[0, 0], signal.SIGKILL)
    asking.join(90)
    assert got == [want] * 8
    assert keepers(index)[0, 0] != before[0, 0]


def test_a_silent_actor_is_a_typed_error_within_the_timeout_and_none_where_there_is_a_replica(cluster: Any, folder: Path, want: list[Any]) -> None:
    alone, two = engine(timeout=3).open(folder), engine(replicas=2, timeout=6).open(folder)
    running = keepers(two)
    assert len(set(running.values())) == 4 and keepers(alone).items() <= running.items()
    os.kill(running[0, 0], signal.SIGSTOP)
    try:
        started = time.monotonic()
        with pytest.raises(EngineError, match="did not answer within 3 s"):
            alone.frequencies(["数据"])
        assert time.monotonic() - started < 10
        assert two.frequencies(["数据"])["数据"] > 0
    finally:
        os.kill(running[0, 0], signal.SIGCONT)
    assert found(Retriever(alone, HashingEmbedder())) == found(Retriever(two, HashingEmbedder())) == want


def test_the_state_of_the_engine_names_nodes_and_actors(cluster: Any, folder: Path) -> None:
    engine().open(folder)
    report = examine(Settings(index=str(folder), engine="ray", engine_uri="auto"))
    assert [node["cores"] for node in report["nodes"] if node["alive"]] == [1, 1]
    assert report["index"]["parts"] == sum(len(actor["facts"]["opened"]) for actor in report["actors"] if actor["replica"] == 0)
    assert {actor["generation"] for actor in report["actors"]} == {report["index"]["generation"]}


def test_a_part_whose_file_is_missing_is_the_error_that_it_is_here_and_two_generations_are_kept(cluster: Any, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path, {"a.txt": "平台记\n\n东区平台接入了三百个服务事项。"})
    generations = []
    for number in range(3):
        (corpus / f"{number}.txt").write_text(f"西区记\n\n西区平台接入了{number + 7}个服务事项。", encoding="utf-8")
        build_index(corpus, tmp_path / "index", embedder=HashingEmbedder())
        generations.append(engine().open(tmp_path / "index").generation)
    report = examine(Settings(index=str(tmp_path / "index"), engine="ray", engine_uri="auto"))
    assert sorted(actor["generation"] for actor in report["actors"]) == sorted(generations[1:])
    build_index(corpus, tmp_path / "other", embedder=HashingEmbedder())
    next((tmp_path / "other").glob("g-*/tokens.npy")).unlink()
    with pytest.raises(IndexMismatchError, match=r"tokens\.npy is missing"):
        engine().open(tmp_path / "other")


def test_a_node_removed_takes_no_answer_with_it(cluster: Any, folder: Path, want: list[Any]) -> None:
    retriever = Retriever(engine().open(folder), HashingEmbedder())
    node = next(node for node in cluster.list_all_nodes() if node is not cluster.head_node)
    cluster.remove_node(node, allow_graceful=False)
    try:
        for _ in range(5):
            try:
                assert found(retriever) == want
            except EngineError:
                continue
        assert found(retriever) == want
    finally:
        cluster.add_node(**NODE)
