"""Kills builds of an index with SIGKILL at random moments; after each, the index must open, be whole, and answer.

    python eval/measure/kill.py [--times 200] [--seed 1] [--kind auto]

A small corpus changes from one text to another and back. Each build runs in a process of its own, which is killed after
a random part of the time that a whole build takes, so set that about one in ten ends before. What the index answers
must be what that of the old or that of the new corpus answers, number by number. No model is needed: sentences are
embedded by counting their characters.
"""

from __future__ import annotations

import argparse
import collections
import os
import random
import signal
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dgqa.index.build import Index, build_index
from dgqa.language.text import search_tokens, simplify
from dgqa.search.retriever import Retriever

QUESTIONS = ("群众办事接入了多少服务事项？", "档案查询", "乡镇窗口覆盖率")
Floats = npt.NDArray[np.float32]


class CountingEmbedder:
    """A vector of the numbers of each character, whose code is taken modulo its length."""

    name = fingerprint = "counting"
    dim = 128

    def embed_queries(self, texts: Sequence[str]) -> Floats:
        vectors = np.full((len(texts), self.dim), 0.01, np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for char in text:
                vector[zlib.crc32(char.encode("utf-8", "replace")) % self.dim] += 1
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    def embed_passages(self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None) -> Floats:
        return self.embed_queries(texts)

    def token_vectors(self, texts: Sequence[str], *, query: bool) -> list[Floats]:
        return [self.embed_queries(list(text)) for text in texts]

    def embed_queries_with_tokens(self, texts: Sequence[str]) -> tuple[Floats, list[Floats]]:
        return self.embed_queries(texts), self.token_vectors(texts, query=True)

    def embed_passages_with_tokens(
        self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None
    ) -> tuple[Floats, list[npt.NDArray[np.int8]]]:
        return self.embed_queries(texts), [np.rint(block * 127).astype(np.int8) for block in self.token_vectors(texts, query=False)]


def write(corpus: Path, version: int) -> None:
    """Write one of two states of a corpus: a third of its articles differ, one is only in the first."""
    corpus.mkdir(exist_ok=True)
    for number in range(12):
        changed = version if number % 3 == 0 else 0
        text = f"第{number}篇观察\n\n一、总体情况\n第{number}县去年接入了{300 + 10 * changed}个服务事项，群众办事更快了。乡镇窗口的覆盖率达到{80 + changed}%。\n"
        (corpus / f"{number}.txt").write_text(text, encoding="utf-8")
    extra = corpus / "extra.txt"
    if version == 0:
        extra.write_text("档案新篇\n\n档案馆把一百年的纸质档案扫描成了图像，并开放查询。\n", encoding="utf-8")
    else:
        extra.unlink(missing_ok=True)


def answers(folder: Path) -> list[tuple[str, float]]:
    """Open the index, check every file by its hash, and search."""
    index = Index.open(folder)
    if damaged := index.damaged_files():
        raise SystemExit(f"damaged: {damaged}")
    retriever = Retriever(index, CountingEmbedder())
    found = [(hit.passage.text, hit.score) for question in QUESTIONS for hit in retriever.search(question, 4)]
    index.close()
    return found


def build_and_be_killed(corpus: Path, folder: Path, kind: str, seconds: float) -> bool:
    """Build in a process of its own and kill it after so many seconds; return whether it was still running."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            build_index(corpus, folder, embedder=CountingEmbedder(), vector_index=kind)
            code = 0
        finally:
            os._exit(code)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a build failed by itself")
    return os.WIFSIGNALED(status)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", default="auto", help="auto, flat, hnsw or ivf")
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    search_tokens("预热"), simplify("預熱")
    seen: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as place:
        corpus, folder = Path(place) / "corpus", Path(place) / "index"
        wanted, seconds = [], []
        for version in (0, 1):
            write(corpus, version)
            begin = time.perf_counter()
            build_index(corpus, Path(place) / f"only{version}", embedder=CountingEmbedder(), vector_index=arguments.kind)
            seconds.append(time.perf_counter() - begin)
            wanted.append(answers(Path(place) / f"only{version}"))
        if wanted[0] == wanted[1]:
            raise SystemExit("the two corpora answer alike: nothing could be told")
        write(corpus, 0)
        build_index(corpus, folder, embedder=CountingEmbedder(), vector_index=arguments.kind)
        state, span = 0, 1.2 * min(seconds)
        for number in range(1, arguments.times + 1):
            write(corpus, 1 - state)
            killed = build_and_be_killed(corpus, folder, arguments.kind, draw.uniform(0, span))
            found = answers(folder)
            which = "old" if found == wanted[state] else "new" if found == wanted[1 - state] else "neither"
            seen[f"{'killed' if killed else 'had ended'}, {which}"] += 1
            if which == "neither" or (not killed and which == "old"):
                print(f"kill {number}: the index answers as {which}", file=sys.stderr)
                return 1
            state = 1 - state if which == "new" else state
            # The machine may be slower or faster by now: about every tenth build is to end by itself.
            span *= 1.01 if killed else 0.92
            if sys.stderr.isatty():
                print(f"\r{number}/{arguments.times}", end="", file=sys.stderr)
        # And a build goes through behind the last of them.
        write(corpus, 1)
        build_index(corpus, folder, embedder=CountingEmbedder(), vector_index=arguments.kind)
        if answers(folder) != wanted[1] or len(list(folder.iterdir())) != 3:
            raise SystemExit("the last build left something else than the index of the last corpus")
    print(f"{arguments.times} builds of about {span:.2f} s: every time a whole index; " + "; ".join(f"{n} {what}" for what, n in sorted(seen.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
