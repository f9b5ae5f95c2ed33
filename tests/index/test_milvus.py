"""Milvus as the engine, tried on Milvus Lite's server: what it answers, and what is said where it can't."""

from __future__ import annotations

import base64
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from backends import CORPUS, milvus_server, write_corpus
from dgqa.errors import ConfigError, EngineError
from dgqa.index.build import Index, build_index
from dgqa.index.engines.milvus import Milvus, open_milvus
from dgqa.index.reader import opened
from dgqa.search.retriever import Retriever
from fakes import HashingEmbedder
from scripted import free_port

pytestmark = pytest.mark.engine
QUESTION = "东区平台接入了多少个服务事项？"


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with milvus_server(tmp_path_factory.mktemp("milvus")) as (address, _):
        yield address


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build_index(write_corpus(tmp_path), tmp_path / "index", embedder=HashingEmbedder())
    return tmp_path / "index"


def retriever(folder: Path, uri: str, timeout: float = 20) -> Retriever:
    def reopen(home: Path) -> object:
        return opened(home, lambda place, manifest: open_milvus(place, manifest, uri=uri, timeout=timeout))

    return Retriever(reopen(folder), HashingEmbedder(), reopen=reopen)  # type: ignore[arg-type]


def test_a_torn_load_is_made_again_and_what_nobody_searches_is_swept(folder: Path, uri: str) -> None:
    want = Retriever.open(folder, embedder=HashingEmbedder()).search(QUESTION, 10)
    assert retriever(folder, uri).search(QUESTION, 10) == want
    engine = Milvus(uri, 20)
    (words,) = [name for name in engine.collections() if name.endswith("_words") and engine.count(name) == Index.open(folder).passage_count]
    engine._do("delete", words, ids=[0, 1, 2])
    assert engine.count(words) == Index.open(folder).passage_count - 3
    assert retriever(folder, uri).search(QUESTION, 10) == want and engine.count(words) == Index.open(folder).passage_count
    before = set(engine.collections())
    for turn in range(2):
        (folder.parent / "corpus" / "甲" / "0.txt").write_text(CORPUS["甲/0.txt"] + f"{turn}号窗口昨天开了。", encoding="utf-8")
        build_index(folder.parent / "corpus", folder, embedder=HashingEmbedder())
        retriever(folder, uri)
        # The generation before is still there for who searches it, that before it is not.
        assert (words in engine.collections()) == (turn == 0)
    assert len(set(engine.collections()) - before) == 4


def test_a_newer_index_that_the_engine_does_not_take_leaves_the_older_one_answering(folder: Path, tmp_path: Path) -> None:
    with milvus_server(tmp_path / "own") as (address, process):
        searching = retriever(folder, address, timeout=3)
        port = int(address.rsplit(":", 1)[1])
        want = searching.search(QUESTION, 5)
        process.kill()
        process.wait()
        (tmp_path / "corpus" / "new.txt").write_text(CORPUS["甲/9.txt"], encoding="utf-8")
        build_index(tmp_path / "corpus", folder, embedder=HashingEmbedder())
        time.sleep(0.6)
        started = time.monotonic()
        with pytest.raises(EngineError, match="DGQA_ENGINE_TOKEN are right"):
            searching.search(QUESTION, 5)
        assert time.monotonic() - started < 40
    with milvus_server(tmp_path / "own", port):
        while True:  # its client waits a while before it tries an address again
            try:
                again = searching.search(QUESTION, 5)
                break
            except EngineError:
                assert time.monotonic() - started < 120
                time.sleep(1)
        assert [hit.passage.text for hit in again][:1] == [hit.passage.text for hit in want][:1]


@contextmanager
def gate(uri: str, token: str) -> Iterator[str]:
    """Yield the address of a server that lets in who shows a token, as a cluster does, to what Milvus Lite answers to everybody."""
    import grpc

    inner = grpc.insecure_channel(uri.removeprefix("http://"))

    class Gate(grpc.GenericRpcHandler):  # type: ignore[misc]
        def service(self, details: Any) -> Any:
            shown = dict(details.invocation_metadata).get("authorization", "")

            def answer(request: bytes, context: Any) -> Any:
                if shown != base64.b64encode(token.encode()).decode():
                    context.abort(grpc.StatusCode.UNAUTHENTICATED, "auth check failure")
                try:
                    return inner.unary_unary(details.method)(request)
                except grpc.RpcError as error:
                    context.abort(error.code(), error.details())

            return grpc.unary_unary_rpc_method_handler(answer)

    server = grpc.server(ThreadPoolExecutor(4), handlers=(Gate(),))
    port = free_port()
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop(None)
        inner.close()


def test_a_wrong_token_is_said_within_the_timeout_and_the_right_one_lets_in(folder: Path, uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    want = Retriever.open(folder, embedder=HashingEmbedder()).search(QUESTION, 10)
    with gate(uri, "me:geheim") as guarded:
        monkeypatch.setenv("DGQA_ENGINE_TOKEN", "me:geheim")
        assert retriever(folder, guarded).search(QUESTION, 10) == want
        for wrong in ("me:wrong", ""):
            monkeypatch.setenv("DGQA_ENGINE_TOKEN", wrong)
            started = time.monotonic()
            with pytest.raises(EngineError, match="DGQA_ENGINE_TOKEN are right"):
                retriever(folder, guarded, timeout=3)
            assert time.monotonic() - started < 15


def test_a_server_that_falls_silent_is_said_within_the_timeout_and_searched_when_it_is_back(folder: Path, tmp_path: Path) -> None:
    with milvus_server(tmp_path / "own") as (address, process):
        searching = retriever(folder, address, timeout=3)
        want = searching.search(QUESTION, 5)
        os.kill(process.pid, signal.SIGSTOP)
        try:
            started = time.monotonic()
            with pytest.raises(EngineError, match="did not answer within 3 s"):
                searching.search(QUESTION, 5)
            assert time.monotonic() - started < 15
        finally:
            os.kill(process.pid, signal.SIGCONT)
        assert searching.search(QUESTION, 5) == want


def test_a_wrong_address_and_none_are_said_within_the_timeout(folder: Path) -> None:
    started = time.monotonic()
    with pytest.raises(EngineError, match=r"Milvus at http://127\.0\.0\.1:9 failed or did not answer within 2 s"):
        retriever(folder, "http://127.0.0.1:9", timeout=2)
    assert time.monotonic() - started < 15
    with pytest.raises(ConfigError, match="engine_uri is not set"):
        retriever(folder, "")
