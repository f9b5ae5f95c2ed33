"""Who answers a search, each opened on the same little corpus; a new backend is a row of `OPENERS`."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from dgqa.index.build import Index, build_index
from dgqa.index.engines.backend import SearchBackend
from dgqa.index.engines.opening import Engine
from fakes import HashingEmbedder

_PLACES = "东西南北中上下左右前后"
# Articles of several sections and lengths, with sentences that stand in many of them and some that nothing else has.
CORPUS = {
    f"{'甲乙丙'[number % 3]}/{number}.txt": (
        f"{_PLACES[number]}区数据平台记\n作者：{['李明', '王芳', '陈东'][number % 3]}\n发布时间：20{14 + number}-05-0{1 + number % 9}\n\n"
        + "\n\n".join(
            f"{'一二三四五'[part]}、{['平台', '服务', '共享', '开放', '安全'][part]}\n\n{_PLACES[number]}区第{part + 1}处平台接入了{17 * number + part}个服务事项，群众办事更快了。"
            f"数据共享要先定标准，再定责任。好的。{'本区还把旧档案扫描成了图像，向公众开放查询。' * (number % 4)}"
            for part in range(1 + number % 5)
        )
        + ("\n\n表1 各年份的进展\n年份 | 进展\n2019 | 起步\n2021 | 全面铺开\n" if number % 4 == 1 else "")
    )
    for number in range(len(_PLACES))
}


def write_corpus(home: Path, texts: Mapping[str, str] = CORPUS) -> Path:
    for name, text in texts.items():
        (home / "corpus" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "corpus" / name).write_text(text, encoding="utf-8")
    return home / "corpus"


@contextmanager
def local(home: Path) -> Iterator[SearchBackend]:
    build_index(write_corpus(home), home / "index", embedder=HashingEmbedder())
    index = Index.open(home / "index")
    yield index
    index.close()


@contextmanager
def parts(home: Path) -> Iterator[SearchBackend]:
    build_index(write_corpus(home), home / "index", embedder=HashingEmbedder(), part_sentences=40)
    index = Index.open(home / "index")
    assert len(index.manifest["parts"]) > 2
    yield index
    index.close()


@contextmanager
def ray(home: Path) -> Iterator[SearchBackend]:
    build_index(write_corpus(home), home / "index", embedder=HashingEmbedder(), part_sentences=40)
    yield Engine("ray", "auto", timeout=60).open(home / "index")


@contextmanager
def milvus(home: Path) -> Iterator[SearchBackend]:
    build_index(write_corpus(home), home / "index", embedder=HashingEmbedder(), part_sentences=150)
    with milvus_server(home / "milvus") as (uri, _):
        index = Engine("milvus", uri, timeout=20).open(home / "index")
        assert len(index.manifest["parts"]) > 1
        yield index
        index.close()


@contextmanager
def milvus_server(data: Path, port: int = 0) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run Milvus Lite's server on this machine; its address and its process."""
    pytest.importorskip("pymilvus")
    pytest.importorskip("milvus_lite")
    if not port:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
    command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(data), "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(600):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.kill()


# Each makes its index in a folder of its own and closes it at the end.
OPENERS: dict[str, Callable[[Path], AbstractContextManager[SearchBackend]]] = {"local": local, "parts": parts, "ray": ray, "milvus": milvus}
CLUSTERED = frozenset({"ray"})  # those that need the fixture `cluster`
ENGINES = CLUSTERED | {"milvus"}  # those that something is started for beside this process
