"""Makes an index of a million sentences and searches it: time to open, to search, recall, size and memory.

    python eval/measure/million.py NEWS [--sentences 1000000] [--base 12000] [--folder build/million] [--kind auto]

NEWS is a text file with one article a line. Of its first sentences, ``--base`` are embedded by the real model, which
takes minutes and is kept in the folder. The million are those sentences with a number in each, and their vectors with
noise: to each is added the difference of two other sentences' vectors at a random length, so that the noise lies where
sentences differ; cosines to the original run from 0.99 to 0.85. Their token vectors are those of the original. Texts,
words and files are thus as large as those of a real index. They are written by what writes them in a build, but for
the reading of articles and the cutting of words, which would take most of an hour and are not what is measured.
Questions are clauses of the sentences, embedded by the real model. Recall is against an exact search.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scale import articles, clauses, memory, size_of, time_searches

from dgqa.corpus.files import document_from_text
from dgqa.corpus.passages import split_document
from dgqa.index.bm25 import LexicalStore
from dgqa.index.build import Index
from dgqa.index.checks import write_sums
from dgqa.index.engines.local import LocalBackend
from dgqa.index.faiss_store import FaissStore, choose_kind
from dgqa.index.manifest import FORMAT_VERSION, switch
from dgqa.index.texts import SCHEMA
from dgqa.language.text import search_tokens, simplify
from dgqa.models.embedding import open_embedder
from dgqa.search.retriever import Retriever

QUESTIONS = 300
_ARTICLE = 24  # sentences of an article
_PASSAGE = 3  # sentences of a passage: with those of the news about 170 characters
Floats = npt.NDArray[np.float32]


def base_of(news: Path, wanted: int, file: Path) -> None:
    """Embed sentences of the articles, and questions made from them, into ``file``."""
    sentences: dict[str, None] = {}
    for text in articles(news):
        for passage in split_document(document_from_text(text, path="a.txt")):
            if passage.kind == "body":
                sentences.update((simplify(s.text), None) for s in passage.sentences if 15 <= len(s.text) <= 150)
        if len(sentences) >= wanted:
            break
    texts = list(sentences)[:wanted]
    asked = [max(parts, key=len) for parts in map(clauses, texts[:: max(1, len(texts) // (2 * QUESTIONS))]) if parts][:QUESTIONS]
    embedder = open_embedder("multilingual-e5-small")
    vectors, tokens = embedder.embed_passages_with_tokens(texts, progress=lambda done, total: print(f"\r{done}/{total}", end="", file=sys.stderr))
    queries, late = embedder.embed_queries_with_tokens([simplify(text) for text in asked])
    np.savez(
        file, texts=np.array(texts), vectors=vectors, tokens=np.concatenate(tokens), offsets=np.cumsum([0, *map(len, tokens)]),
        asked=np.array(asked), queries=queries, late=np.concatenate(late), late_offsets=np.cumsum([0, *map(len, late)]),
    )  # fmt: skip


class Base:
    """The real sentences with their vectors, and the questions: an embedder of these alone."""

    name = fingerprint = "million"

    def __init__(self, folder: Path) -> None:
        held = np.load(folder / "base.npz")
        self.vectors, self.tokens, self.offsets = held["vectors"], held["tokens"], held["offsets"]
        self.texts, self.asked = [str(text) for text in held["texts"]], [str(text) for text in held["asked"]]
        self._queries, self._late, self._late_offsets = held["queries"], held["late"], held["late_offsets"]
        self._known = {simplify(text): i for i, text in enumerate(self.asked)}
        self.dim = int(self.vectors.shape[1])

    def sentence(self, number: int) -> str:
        text = self.texts[number % len(self.texts)]
        return f"{text[:-1]}第{number}号{text[-1]}" if not text[-1].isalnum() else f"{text}第{number}号。"

    def embed_queries(self, texts: Sequence[str]) -> Floats:
        return np.asarray(self._queries[[self._known[text] for text in texts]], np.float32)

    def token_vectors(self, texts: Sequence[str], *, query: bool) -> list[Floats]:
        return [self._late[self._late_offsets[i] : self._late_offsets[i + 1]] for i in (self._known[text] for text in texts)]

    def embed_queries_with_tokens(self, texts: Sequence[str]) -> tuple[Floats, list[Floats]]:
        return self.embed_queries(texts), self.token_vectors(texts, query=True)

    def embed_passages(self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None) -> Floats:
        raise NotImplementedError("only questions are embedded here")

    def embed_passages_with_tokens(
        self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None
    ) -> tuple[Floats, list[npt.NDArray[np.int8]]]:
        raise NotImplementedError("only questions are embedded here")


def write_vectors(folder: Path, work: Path, size: int, kind: str) -> str:
    """Write the vectors with noise and the FAISS index of them."""
    base, draw = Base(folder), np.random.default_rng(1)
    begin = time.perf_counter()
    vectors = np.lib.format.open_memmap(work / "vectors.npy", "w+", np.float16, (size, base.dim))
    for start in range(0, size, 16_384):
        numbers = np.arange(start, min(start + 16_384, size))
        one, other = draw.integers(0, len(base.texts), (2, len(numbers)))
        length = draw.uniform(0.2, 0.9, (len(numbers), 1)).astype(np.float32)
        made = base.vectors[numbers % len(base.texts)] + length * (base.vectors[one] - base.vectors[other])
        vectors[numbers] = made / np.linalg.norm(made, axis=1, keepdims=True)
    vectors.flush()
    middle = time.perf_counter(), time.process_time()
    FaissStore.build(vectors, choose_kind(size, kind)).save(work / "vectors.faiss")
    return (
        f"vectors {middle[0] - begin:.0f} s, FAISS {time.perf_counter() - middle[0]:.0f} s "
        f"({time.process_time() - middle[1]:.0f} s of processor time); {memory()}"
    )


def write_texts(folder: Path, work: Path, size: int) -> str:
    """Write the texts, the postings and the token vectors."""
    base = Base(folder)
    begin = time.perf_counter()
    starts = np.minimum(np.arange(0, size + _PASSAGE, _PASSAGE), size).astype(np.int32)
    passages = len(starts) - 1
    with contextlib.closing(sqlite3.connect(work / "texts.sqlite")) as connection:
        connection.executescript(SCHEMA)
        connection.executemany(
            "INSERT INTO documents VALUES (?, ?, ?, ?, '', '', '', 'Hans', 'utf-8', '', ?, '[]', '[]')",
            ((i, f"{i}.txt", f"{i}.txt", f"合成文章{i}", "".join(map(base.sentence, range(i * _ARTICLE, min((i + 1) * _ARTICLE, size)))))
             for i in range(-(-size // _ARTICLE))),
        )  # fmt: skip
        connection.executemany(
            "INSERT INTO sentences VALUES (?, ?, ?, '', ?)", ((at, 0, len(text), text) for at, text in enumerate(map(base.sentence, range(size))))
        )
        connection.executemany(
            "INSERT INTO passages VALUES (?, ?, '', 0, 1, ?, 'body', '')",
            ((row, row * _PASSAGE // _ARTICLE, "".join(map(base.sentence, range(starts[row], starts[row + 1])))) for row in range(passages)),
        )
        wrote = time.perf_counter()
        words = [search_tokens(text) for text in base.texts]

        def tokens() -> Iterator[list[str]]:
            for row in range(passages):
                numbers = range(starts[row], starts[row + 1])
                yield [token for number in numbers for token in (*words[number % len(words)], str(number))]

        LexicalStore.write(connection, tokens(), work)
        connection.commit()
    worded = time.perf_counter()
    rows = np.arange(size, dtype=np.int32)
    np.save(work / "reading_order.npy", rows)
    np.save(work / "passage_starts.npy", starts)
    np.save(work / "sentence_passage.npy", rows // _PASSAGE)
    np.save(work / "sentence_keys.npy", np.stack([rows, rows], axis=1).astype(np.uint64))
    lengths = np.diff(base.offsets)[rows % len(base.texts)]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    np.save(work / "token_offsets.npy", offsets)
    with (work / "tokens.npy").open("wb") as file:
        header = {"descr": "|i1", "fortran_order": False, "shape": (int(offsets[-1]), base.dim)}
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, size, len(base.texts)):
            file.write(base.tokens[: base.offsets[min(len(base.texts), size - start)]].data)
    return f"texts {wrote - begin:.0f} s, words {worded - wrote:.0f} s, token vectors {time.perf_counter() - worded:.0f} s; {memory()}"


def build(folder: Path, size: int, kind: str) -> None:
    """Write all files of the index and switch them in."""
    index = folder / "index"
    shutil.rmtree(index, ignore_errors=True)
    work = index / ".build-g-000000000000"
    work.mkdir(parents=True)
    with ProcessPoolExecutor(2) as pool:
        for done in (pool.submit(write_vectors, folder, work, size, kind), pool.submit(write_texts, folder, work, size)):
            print(done.result(), flush=True)
    counts = {"documents": -(-size // _ARTICLE), "passages": -(-size // _PASSAGE), "sentences": size, "embedded": size, "vectors": size}
    write_sums(work)
    part = {
        "name": "g-000000000000", "prefix": "", "vector_index": choose_kind(size, kind), "counts": counts,
        "files": {file.name: {"bytes": file.stat().st_size, "sha256": ""} for file in sorted(work.iterdir())},
    }  # fmt: skip
    manifest = {
        "format": FORMAT_VERSION, "generation": "g-000000000000", "model": Base.name, "query_prompt": None, "passage_prompt": None,
        "fingerprint": Base.fingerprint, "dim": Base(folder).dim, "vector_index": choose_kind(size, kind), "settings": {}, "skipped": [],
        "counts": counts, "content": "", "parts": [part],
    }  # fmt: skip
    switch(index, {"g-000000000000": work}, manifest)


def recall(index: LocalBackend, queries: Floats, ks: Sequence[int] = (10, 200)) -> None:
    """Print the share of the exact k best that the index finds."""
    exact = np.load(index.folder / str(index.manifest["generation"]) / "vectors.npy", mmap_mode="r")
    deepest = max(ks)
    best = np.empty((len(queries), 0), np.float32)
    rows = np.empty((len(queries), 0), np.int64)
    for start in range(0, len(exact), 65_536):
        block = exact[start : start + 65_536].astype(np.float32)
        best = np.concatenate([best, queries @ block.T], axis=1)
        rows = np.concatenate([rows, np.broadcast_to(np.arange(start, start + len(block)), (len(queries), len(block)))], axis=1)
        kept = np.argsort(-best, axis=1, kind="stable")[:, :deepest]
        best, rows = np.take_along_axis(best, kept, 1), np.take_along_axis(rows, kept, 1)
    times: list[float] = []
    shares: dict[int, list[float]] = {k: [] for k in ks}
    for query, wanted in zip(queries, rows, strict=True):
        for k in ks:
            begin = time.perf_counter()
            found, _ = index.vectors.search(query, k)
            if k == deepest:
                times.append(1000 * (time.perf_counter() - begin))
            shares[k].append(len(set(found.tolist()) & set(wanted[:k].tolist())) / k)
    print("recall against the exact search: " + ", ".join(f"@{k} {np.mean(share):.4f}" for k, share in shares.items()))
    print(f"vectors alone, {deepest} best: {np.percentile(times, 50):.1f} ms p50, {np.percentile(times, 95):.1f} ms p95")


def measure(folder: Path) -> None:
    """Open and search in this process, which has built nothing."""
    base = Base(folder)
    import faiss  # not counted as opening

    print(f"faiss {faiss.__version__}; before opening: {memory()}")
    begin = time.perf_counter(), time.process_time()
    retriever = Retriever(Index.open(folder / "index"), base)
    print(f"open: {1000 * (time.perf_counter() - begin[0]):.0f} ms ({1000 * (time.process_time() - begin[1]):.0f} ms of processor time); {memory()}")
    index = retriever.index
    assert isinstance(index, LocalBackend)
    print(f"{index.manifest['counts']}, {index.manifest['vector_index']}")
    recall(index, base.embed_queries([simplify(text) for text in base.asked]))
    time_searches(retriever, base.asked)
    print(f"after searching: {memory()}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("news", type=Path)
    parser.add_argument("--sentences", type=int, default=1_000_000, help="how many are made (default 1,000,000)")
    parser.add_argument("--base", type=int, default=12_000, help="how many are embedded by the model (default 12,000)")
    parser.add_argument("--folder", type=Path, default=Path("build/million"), help="where everything is kept")
    parser.add_argument("--kind", default="auto", help="auto, flat, hnsw or ivf")
    parser.add_argument("--measure", action="store_true", help="only search what is there")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    if arguments.measure:
        measure(folder)
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "base.npz").exists():
        base_of(arguments.news, arguments.base, folder / "base.npz")
    build(folder, arguments.sentences, arguments.kind)
    print("MB on disk: " + ", ".join(f"{name} {size:,.0f}" for name, size in size_of(folder / "index").items() if size >= 1), flush=True)
    return subprocess.call([sys.executable, __file__, str(arguments.news), "--folder", str(folder), "--measure"])


if __name__ == "__main__":
    sys.exit(main())
