"""Sentences embedded by the workers of two nodes are, byte for byte, those that one process embeds."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from backends import write_corpus
from dgqa.errors import ConfigError, EngineError, ModelError
from dgqa.index.build import build_index
from dgqa.index.engines.cluster import connect
from fakes import Floats, HashingEmbedder

pytestmark = pytest.mark.engine


class FailingOnce(HashingEmbedder):
    """Ends the process that it is in, or raises, unless a file tells that it has done so."""

    def __init__(self, done: Path, error: Exception | None = None) -> None:
        super().__init__(name="failing" if error else "hashing")  # a worker keeps a model that has the same fingerprint
        self.done, self.error = done, error

    def embed_passages(self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None) -> Floats:
        if not self.done.exists():
            self.done.touch()
            if self.error is not None:
                raise self.error
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed_passages(texts, progress=progress)


class Another(HashingEmbedder):
    """Another model in a worker than where the build runs."""

    def __reduce__(self) -> Any:
        return HashingEmbedder, (128,)


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("dgqa.index.engines.lots._CHUNK", 16)
    return write_corpus(tmp_path)


def build(corpus: Path, name: str, embedder: HashingEmbedder, **options: Any) -> Any:
    return build_index(corpus, corpus.parent / name, embedder=embedder, engine=("ray", "auto"), **options)


def vectors(folder: Path) -> list[bytes]:
    return [file.read_bytes() for name in ("vectors.npy", "tokens.npy", "token_offsets.npy") for file in folder.glob(f"g-*/{name}")]


@pytest.fixture
def want(corpus: Path) -> Iterator[list[bytes]]:
    build_index(corpus, corpus.parent / "one process", embedder=HashingEmbedder())
    yield vectors(corpus.parent / "one process")


def test_a_worker_killed_in_mid_run_changes_no_byte(cluster: Any, corpus: Path, want: list[bytes]) -> None:
    killed = corpus.parent / "killed"
    told: list[tuple[str, int, int]] = []
    report = build(corpus, "ray", FailingOnce(killed), progress=lambda *step: told.append(step))
    assert killed.exists() and vectors(corpus.parent / "ray") == want
    steps = [(done, total) for stage, done, total in told if stage == "embed"]
    assert steps == sorted(steps) and len(steps) > 5 and steps[-1] == (report.embedded, report.embedded)


def test_an_interrupted_build_goes_on_where_it_was(cluster: Any, corpus: Path, want: list[bytes]) -> None:
    def interrupt(stage: str, done: int, total: int) -> None:
        if stage == "embed" and done >= total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(corpus, "ray", HashingEmbedder(), progress=interrupt)
    whole = build_index(corpus, corpus.parent / "again", embedder=HashingEmbedder()).embedded
    assert 0 < build(corpus, "ray", HashingEmbedder()).embedded < 0.7 * whole
    assert vectors(corpus.parent / "ray") == want


def test_what_fails_in_a_worker_is_the_error_that_it_is_in_one_process(cluster: Any, corpus: Path) -> None:
    with pytest.raises(ModelError, match="no numbers"):
        build(corpus, "ray", FailingOnce(corpus.parent / "failed", ModelError("no numbers")))
    with pytest.raises(EngineError, match="the same model on every node"):
        build(corpus, "ray", Another(name="another"))


@pytest.mark.parametrize(("uri", "error", "words"), [("127.0.0.1:1", EngineError, "ray start --head"), ("somewhere", ConfigError, "HOST:PORT")])
def test_an_address_where_no_cluster_is_is_a_typed_error_in_seconds(uri: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        connect(uri)
