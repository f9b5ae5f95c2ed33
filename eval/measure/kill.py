"""Kills builds of an index with SIGKILL at random moments; after each, the index must open, be whole, and answer.

    python eval/measure/kill.py [--times 200] [--seed 1] [--kind auto] [--part-sentences 0]

A small corpus changes from one text to another and back. Each build runs in a process of its own, resumes what the one
killed before it had done, and is killed itself: every other one after a random part of the time that a whole build
takes, so set that about one in ten ends before; those between at a random one of its calls that open, rename or remove
files, the last third of which, where the new index is put in place, is as likely as the rest. What the index answers
must be what that of the old or that of the new corpus answers, number by number. No model is needed: sentences are
embedded by counting their characters. Builds that ended before their kill are not counted.
"""

from __future__ import annotations

import argparse
import collections
import itertools
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


CALLS = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "sqlite3.connect"})


def build_and_be_killed(build: Callable[[], object], *, seconds: float = 0.0, call: int = 0) -> bool:
    """Build in a process of its own and kill it after so many seconds, or at that call; return whether it was still running."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if call:
                calls = itertools.count(1)

                def reached(event: str, arguments: tuple[object, ...]) -> None:
                    if event in CALLS and next(calls) >= call:
                        os.kill(os.getpid(), signal.SIGKILL)

                sys.addaudithook(reached)
            build()
            code = 0
        finally:
            os._exit(code)
    if not call:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a build failed by itself")
    return os.WIFSIGNALED(status)


def calls_of(build: Callable[[], object]) -> int:
    """Return how many calls that open, rename or remove files a build makes."""
    count, counting = 0, True

    def reached(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        count += counting and event in CALLS

    sys.addaudithook(reached)
    build()
    counting = False
    return count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", default="auto", help="auto, flat, hnsw or ivf")
    parser.add_argument("--part-sentences", type=int, default=0, help="sentences of a part of the index (default: one part)")
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    search_tokens("预热"), simplify("預熱")
    seen: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as place:
        corpus, folder = Path(place) / "corpus", Path(place) / "index"

        def build(into: Path = folder) -> None:
            parts = arguments.part_sentences or None
            build_index(corpus, into, embedder=CountingEmbedder(), vector_index=arguments.kind, part_sentences=parts)

        wanted, seconds = [], []
        for version in (0, 1):
            write(corpus, version)
            begin = time.perf_counter()
            build(Path(place) / f"only{version}")
            seconds.append(time.perf_counter() - begin)
            wanted.append(answers(Path(place) / f"only{version}"))
        if wanted[0] == wanted[1]:
            raise SystemExit("the two corpora answer alike: nothing could be told")
        build()
        write(corpus, 0)
        most = calls_of(build)
        state, span, killed_times, number = 0, 1.2 * min(seconds), 0, 0
        while killed_times < arguments.times:
            number += 1
            write(corpus, 1 - state)
            by_call = number % 2 == 0
            call = draw.randint(1, most) if draw.random() < 0.5 else draw.randint(most * 2 // 3, most)
            killed = build_and_be_killed(build, call=call) if by_call else build_and_be_killed(build, seconds=draw.uniform(0, span))
            killed_times += killed
            found = answers(folder)
            which = "old" if found == wanted[state] else "new" if found == wanted[1 - state] else "neither"
            seen[f"{'killed at a call' if by_call and killed else 'killed at a moment' if killed else 'had ended'}, {which}"] += 1
            if which == "neither" or (not killed and which == "old"):
                print(f"build {number}: the index answers as {which}", file=sys.stderr)
                return 1
            state = 1 - state if which == "new" else state
            # The machine may be slower or faster by now: about every tenth build is to end by itself.
            if not by_call:
                span *= 1.01 if killed else 0.92
            if sys.stderr.isatty():
                print(f"\r{killed_times}/{arguments.times}", end="", file=sys.stderr)
        # And a build goes through behind the last of them.
        write(corpus, 1)
        build()
        named = (folder / "manifest.json").read_text(encoding="utf-8")
        left = [path.name for path in folder.iterdir() if path.name not in (".lock", "manifest.json") and path.name not in named]
        if answers(folder) != wanted[1] or left:
            raise SystemExit("the last build left something else than the index of the last corpus")
    print(f"{killed_times} kills in {number} builds with {most} calls: every time a whole index; " + "; ".join(f"{n} {what}" for what, n in sorted(seen.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
