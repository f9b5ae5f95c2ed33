"""Measure dgqa beside what one would otherwise write, on the same files, questions and embedding model.

    python eval/measure/peers.py eval/questions/test.jsonl --corpus corpus
    python eval/measure/peers.py --squad cmrc2018_dev.json --limit 500
    python eval/measure/peers.py --squad xquad.zh.json --questions xquad.en.json

The peers need `pip install "dgqa[peers]"`; one whose packages are missing is left out, and that is said.
Each system runs in a process of its own, so that its memory is its own. Written to --out: a folder with run.json
and report.html for each, and the table as table.md.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Protocol

import numpy as np

from dgqa.corpus.files import load_corpus
from dgqa.errors import DgqaError
from dgqa.evaluation.comparison import compare, interval, shown
from dgqa.evaluation.evaluate import Options, evaluate_search
from dgqa.evaluation.question_sets import load_questions, locate
from dgqa.evaluation.report import write_run
from dgqa.evaluation.runs import Figure, Found, Run, group, load_run
from dgqa.evaluation.squad import load_squad, run_squad
from dgqa.evaluation.statistics import mean
from dgqa.index.build import build_index
from dgqa.language.text import words
from dgqa.models.embedding import DEFAULT_MODEL, Embedder, Vectors, open_embedder
from dgqa.search.retriever import Retriever

CHUNK, OVERLAP = 400, 50  # characters
RRF_K = 60  # Cormack, Clarke and Büttcher 2009
DEPTH = 50  # of each list that is fused
K1, B = 1.5, 0.75
MISSING = 3  # exit code of a system whose packages aren't there
READ = 5  # passages whose length is reported
FEWEST = 10  # questions that a slice needs to be shown
_MB = 1_000_000

Search = Callable[[str, int], list[Found]]


class System(Protocol):
    """What is measured."""

    def build(self, corpus: Path, texts: dict[str, str], embedder: Embedder, work: Path) -> None:
        """Make what can be searched, from the files of ``corpus``, which ``texts`` holds by path."""

    def search(self, question: str, k: int) -> list[Found]:
        """Return at most ``k`` passages, best first."""


class Dgqa:
    """The program itself."""

    def build(self, corpus: Path, texts: dict[str, str], embedder: Embedder, work: Path) -> None:
        build_index(corpus, work, embedder=embedder, progress=stage)
        self._retriever = Retriever.open(work, embedder=embedder)

    def search(self, question: str, k: int) -> list[Found]:
        hits = self._retriever.search(question, k)
        return [Found(hit.passage.path, hit.passage.start, hit.passage.end, hit.score, hit.passage.text) for hit in hits]


class LangChain:
    """LangChain's recursive splitter and FAISS, with the model's own prompts."""

    def build(self, corpus: Path, texts: dict[str, str], embedder: Embedder, work: Path) -> None:
        from langchain_core.embeddings import Embeddings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            from langchain_community.vectorstores import FAISS
            from langchain_text_splitters import RecursiveCharacterTextSplitter

        class Ours(Embeddings):
            def embed_documents(self, texts: list[str]) -> list[list[float]]:
                return numbers(embedder.embed_passages(texts, progress=lambda done, total: stage("embed", done, total)))

            def embed_query(self, text: str) -> list[float]:
                return numbers(embedder.embed_queries([text]))[0]

        splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=OVERLAP, add_start_index=True)
        chunks = splitter.create_documents(list(texts.values()), [{"path": path} for path in texts])
        for row, chunk in enumerate(chunks):
            chunk.metadata["row"] = row
        self._chunks = [found(chunk.metadata["path"], chunk.metadata["start_index"], chunk.page_content) for chunk in chunks]
        self._store = FAISS.from_documents(chunks, Ours())

    def search(self, question: str, k: int) -> list[Found]:
        return [self._chunks[row] for row in self.rows(question, k)]

    def rows(self, question: str, k: int) -> list[int]:
        """Return the numbers of the nearest chunks."""
        return [int(document.metadata["row"]) for document in self._store.similarity_search(question, k=k)]


class Hybrid(LangChain):
    """The same, fused by reciprocal rank with BM25 over jieba's words (Robertson and Zaragoza 2009, Lucene's idf)."""

    def build(self, corpus: Path, texts: dict[str, str], embedder: Embedder, work: Path) -> None:
        super().build(corpus, texts, embedder, work)
        counts = [Counter(words(chunk.text)) for chunk in self._chunks]
        lengths = np.asarray([sum(count.values()) for count in counts], np.float32)
        norms = K1 * (1 - B + B * lengths / max(float(lengths.mean()), 1.0))
        rows: dict[str, list[int]] = {}
        for row, count in enumerate(counts):
            for word in count:
                rows.setdefault(word, []).append(row)
        self._postings = {}
        for word, found_in in rows.items():
            tf = np.asarray([counts[row][word] for row in found_in], np.float32)
            idf = math.log(1 + (len(counts) - len(found_in) + 0.5) / (len(found_in) + 0.5))
            self._postings[word] = np.asarray(found_in), idf * tf * (K1 + 1) / (tf + norms[found_in])

    def search(self, question: str, k: int) -> list[Found]:
        bm25 = np.zeros(len(self._chunks), np.float32)
        for word in set(words(question)):
            if word in self._postings:
                rows, weights = self._postings[word]
                bm25[rows] += weights
        best = np.argsort(-bm25, kind="stable")[:DEPTH]
        lexical = [int(row) for row in best if bm25[row] > 0]
        fused: dict[int, float] = {}
        for ranking in (self.rows(question, max(k, DEPTH)), lexical):
            for rank, row in enumerate(ranking, 1):
                fused[row] = fused.get(row, 0.0) + 1 / (RRF_K + rank)
        return [self._chunks[row] for row in sorted(fused, key=lambda row: -fused[row])[:k]]


class LlamaIndex:
    """LlamaIndex as it comes: its sentence splitter (1,024 tokens, 200 shared) and its vector index."""

    def build(self, corpus: Path, texts: dict[str, str], embedder: Embedder, work: Path) -> None:
        from llama_index.core import Document, VectorStoreIndex
        from llama_index.core.embeddings import BaseEmbedding
        from llama_index.core.node_parser import SentenceSplitter

        class Ours(BaseEmbedding):  # type: ignore[misc]  # unknown to mypy, being optional
            def _get_query_embedding(self, query: str) -> list[float]:
                return numbers(embedder.embed_queries([query]))[0]

            def _get_text_embedding(self, text: str) -> list[float]:
                return self._get_text_embeddings([text])[0]

            def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
                return numbers(embedder.embed_passages(texts))

            async def _aget_query_embedding(self, query: str) -> list[float]:
                return self._get_query_embedding(query)

        documents = [
            Document(text=text, metadata={"path": path}, excluded_embed_metadata_keys=["path"]) for path, text in texts.items()
        ]
        nodes = SentenceSplitter().get_nodes_from_documents(documents)
        self._index = VectorStoreIndex(nodes, embed_model=Ours(embed_batch_size=64), show_progress=False)

    def search(self, question: str, k: int) -> list[Found]:
        hits = self._index.as_retriever(similarity_top_k=k).retrieve(question)
        return [found(hit.node.metadata["path"], hit.node.start_char_idx, hit.node.text) for hit in hits]


SYSTEMS: dict[str, Callable[[], System]] = {
    "dgqa": Dgqa,
    "langchain": LangChain,
    "langchain+bm25": Hybrid,
    "llama-index": LlamaIndex,
}


def found(path: str, start: int, text: str) -> Found:
    """Return a chunk as it was found; the rank is all that is said of its score."""
    return Found(path, start, start + len(text), 0.0, text)


def numbers(vectors: Vectors) -> list[list[float]]:
    made: list[list[float]] = vectors.tolist()
    return made


# --- one system ----------------------------------------------------------------------------------------------


def measure(name: str, arguments: argparse.Namespace) -> Run:
    """Build and search one system; the model is loaded before the clock starts."""
    embedder = open_embedder(DEFAULT_MODEL)
    embedder.embed_queries(["先问一个问题"])
    system = SYSTEMS[name]()
    with TemporaryDirectory() as folder:
        squad = load_squad(arguments.squad, arguments.questions) if arguments.squad else None
        corpus = squad.write(Path(folder) / "corpus") if squad else Path(arguments.corpus)
        documents, _ = load_corpus(corpus)
        texts = {document.path: document.raw for document in documents}
        begin = perf_counter()
        system.build(corpus, texts, embedder, Path(folder) / "index")
        cost = {"index_seconds": perf_counter() - begin}
        settings = {"system": name, "model": embedder.name, "limit": arguments.limit}
        if squad:
            run = run_squad(distinct(system.search), squad, limit=arguments.limit, options=Options(settings=settings, progress=asking))
        else:
            # A search has no history: what can't be understood without one is asked of nobody.
            questions = [question for question in load_questions(*arguments.sets) if not question.history][: arguments.limit]
            gold = locate(questions, texts)
            run = evaluate_search(system.search, questions, gold=gold, options=Options(settings=settings, progress=asking))
            cost["characters_read"] = mean([sum(len(f.text) for f in record.found[:READ]) for record in run.records]) or 0.0
    return Run(run.records, run.created, run.settings, run.fingerprints, {**cost, **memory()})


def distinct(search: Search) -> Callable[[str, int], list[str]]:
    """Return a search for documents on top of one for passages, deeper until there are k of them."""

    def documents(question: str, k: int) -> list[str]:
        wanted = k
        while True:
            hits = search(question, wanted)
            names = list(dict.fromkeys(Path(hit.path).stem for hit in hits))
            if len(names) >= k or len(hits) < wanted:
                return names[:k]
            wanted *= 2

    return documents


def memory() -> dict[str, float]:
    try:
        import resource
    except ImportError:  # Windows
        return {}
    return {"memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / _MB}


_bars: dict[str, Any] = {}


def stage(name: str, done: int, total: int) -> None:
    """Show progress on stderr."""
    from tqdm import tqdm

    if name not in _bars:
        _bars[name] = tqdm(total=total, desc=name, file=sys.stderr, disable=None, leave=False, dynamic_ncols=True)
    _bars[name].total = total
    _bars[name].update(done - _bars[name].n)


def asking(done: int, total: int) -> None:
    stage("ask", done, total)


# --- the table -----------------------------------------------------------------------------------------------


def table(runs: dict[str, Run]) -> str:
    """Return figures with intervals, then slices, then cost; behind a peer's value its ratio to the first system's.

    An asterisk marks a peer whose difference to the first system is beyond chance: the 95% interval of the paired
    bootstrap doesn't hold 0.
    """
    names = list(runs)
    first = runs[names[0]]
    against = {name: compare(runs[name], first) for name in names[1:]}
    every = {name: run.figures() for name, run in runs.items()}
    rows: list[list[str]] = []

    def add(label: str, figures: Sequence[Figure | None], differences: Sequence[Any]) -> None:
        cells = []
        for figure, difference in zip(figures, [None, *differences], strict=True):
            if figure is None:
                cells.append("-")
                continue
            ratio = times(figure.value, figures[0].value if figures[0] else None) if len(cells) else ""
            mark = "*" if difference is not None and not difference.low <= 0 <= difference.high else ""
            cells.append(f"{shown(figure.value)} {interval(figure)}{ratio}{mark}")
        rows.append([label, *cells])

    for name in every[names[0]]:
        # With one paragraph to be found, all is any.
        if "squad" in first.settings and name.startswith("recall_all"):
            continue
        add(name, [every[system].get(name) for system in names], [against[system].figures.get(name) for system in names[1:]])
    slices = {name: run.slices() for name, run in runs.items()}
    for kind in ("lang", "type", "document", "note"):
        groups = group(first.records).get(kind, {})
        for value in groups if len(groups) > 1 else ():
            for name in ("recall_any@5", "mrr"):
                own = slices[names[0]][kind][value].get(name)
                if own is None or own.n < FEWEST:
                    continue
                figures = [slices[system][kind][value].get(name) for system in names]
                differences = [against[system].slices[kind][value].get(name) for system in names[1:]]
                add(f"{value} ({own.n}): {name}", figures, differences)
    latencies = {name: run.latency()["wall"] for name, run in runs.items()}
    costs: list[tuple[str, list[float | None]]] = [
        ("latency p50 (ms)", [latencies[name].p50 for name in names]),
        ("latency p95 (ms)", [latencies[name].p95 for name in names]),
    ]
    costs += [(key, [runs[name].cost.get(key) for name in names]) for key in ("index_seconds", "memory_mb", "characters_read") if key in first.cost]
    for label, values in costs:
        rows.append([label, *(cost_cell(value, values[0], i) for i, value in enumerate(values))])
    return markdown([f"{len(first.records)} questions", *names], rows)


def cost_cell(value: float | None, first: float | None, column: int) -> str:
    return "-" if value is None else f"{value:.4g}{times(value, first) if column else ''}"


def times(value: float | None, first: float | None) -> str:
    return f" ×{value / first:.2f}" if value is not None and first else ""


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="SET", help="question sets in JSON lines")
    parser.add_argument("--corpus", default="corpus", help="folder with the articles of the sets")
    parser.add_argument("--squad", metavar="FILE", help="instead of sets: a file in SQuAD's format, every paragraph a document")
    parser.add_argument("--questions", metavar="FILE", help="with --squad: take the questions from this parallel file")
    parser.add_argument("--limit", type=int, metavar="N", help="ask only N questions")
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS), choices=SYSTEMS, help="which to measure; ratios are to the first")
    parser.add_argument("--out", default="build/peers", metavar="DIR")
    parser.add_argument("--in-process", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if bool(arguments.sets) == bool(arguments.squad):
        parser.error("give question sets, or --squad FILE")
    out = Path(arguments.out)
    if arguments.in_process:
        try:
            write_run(out, measure(arguments.systems[0], arguments))
        except ImportError as error:
            print(f"{arguments.systems[0]} is left out: {error}; `pip install \"dgqa[peers]\"` gets what it needs", file=sys.stderr)
            return MISSING
        except DgqaError as error:
            print(f"peers: {error}", file=sys.stderr)
            return 1
        return 0
    runs: dict[str, Run] = {}
    for name in arguments.systems:
        own = [*arguments.sets, "--corpus", arguments.corpus, "--out", str(out / name), "--systems", name, "--in-process"]
        for option in ("squad", "questions", "limit"):
            if getattr(arguments, option) is not None:
                own += [f"--{option}", str(getattr(arguments, option))]
        print(f"{name} …", file=sys.stderr, flush=True)
        code = subprocess.run([sys.executable, __file__, *own]).returncode
        if code not in (0, MISSING):
            return code
        if code == 0:
            runs[name] = load_run(out / name / "run.json")
    if not runs:
        return 1
    text = table(runs)
    (out / "table.md").write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
