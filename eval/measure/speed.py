"""Measure how fast a search is, and what that speed costs in quality.

    python eval/measure/speed.py --corpus corpus --questions eval/questions/dev.jsonl
    python eval/measure/speed.py --squad cmrc2018_dev.json --squad xquad.zh.json xquad.en.json --limit 1000
    python eval/measure/speed.py --peer-python /path/to/another/python

One run prints, for the backends onnx and torch on the same index: p50 and p95 of a search and of its embedding alone,
in rounds that take turns, so that both meet the same load of the machine; for every --squad, R@1 of both and the
paired difference; and the time from the start of a process to an answer, beside LangChain's recipe
(sentence-transformers, RecursiveCharacterTextSplitter, an index of FAISS loaded from disk) on the same question.
"process" is the processor time of all threads: on a busy machine it says more than the wall clock.

--peer-python names a Python that has `dgqa[peers]`; where the packages are missing, LangChain is left out and that is
said. Indexes are kept in --work, so that a second run starts sooner.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

import numpy as np

from dgqa.errors import DgqaError
from dgqa.evaluation.question_sets import load_questions
from dgqa.evaluation.squad import SquadSet, load_squad
from dgqa.evaluation.statistics import mean, paired_bootstrap, quantile, resamples
from dgqa.index.build import build_index
from dgqa.models.embedding import DEFAULT_MODEL, Embedder, open_embedder
from dgqa.models.store import ensure_model
from dgqa.search.retriever import Retriever

BACKENDS = ("onnx", "torch")
CHUNK, OVERLAP = 400, 50  # characters, as in peers.py
MISSING = 3  # exit code where the peer's packages aren't there

# What a user of LangChain would write: build once, then load and ask. Run in a process of its own.
PEER = '''
import sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
action, model, place, given = sys.argv[1:]
try:
    from langchain_community.embeddings import HuggingFaceEmbeddings
    from langchain_community.vectorstores import FAISS
    if action == "build":
        from langchain_text_splitters import RecursiveCharacterTextSplitter
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit({missing})
embeddings = HuggingFaceEmbeddings(model_name=model)
if action == "build":
    splitter = RecursiveCharacterTextSplitter(chunk_size={chunk}, chunk_overlap={overlap})
    files = [file for file in sorted(Path(given).rglob("*")) if file.suffix in (".txt", ".md", ".html")]
    chunks = splitter.create_documents([file.read_text("utf-8", "replace") for file in files])
    for chunk in chunks:
        chunk.page_content = "passage: " + chunk.page_content
    FAISS.from_documents(chunks, embeddings).save_local(place)
else:
    store = FAISS.load_local(place, embeddings, allow_dangerous_deserialization=True)
    print(store.similarity_search("query: " + given, k=5)[0].page_content)
'''


class Timing(NamedTuple):
    """Milliseconds of one search."""

    wall: float
    process: float
    embed: float


def time_search(retriever: Retriever, question: str) -> Timing:
    wall, process = perf_counter(), process_time()
    found = retriever.retrieve(question, 5)
    return Timing(1000 * (perf_counter() - wall), 1000 * (process_time() - process), found.timings["embed"])


def warm(retrievers: dict[str, Retriever], questions: Sequence[str], rounds: int) -> dict[str, list[list[Timing]]]:
    """Return for each backend and question the timings of the rounds; the first round warms up and isn't kept."""
    taken: dict[str, list[list[Timing]]] = {name: [[] for _ in questions] for name in retrievers}
    for number in range(rounds + 1):
        for at, question in enumerate(questions):
            for name, retriever in retrievers.items():
                timing = time_search(retriever, question)
                if number:
                    taken[name][at].append(timing)
        stage("searches", number + 1, rounds + 1)
    return taken


def shown_warm(taken: dict[str, list[list[Timing]]]) -> list[list[str]]:
    """Return the rows of a table: of all searches, and of the best round of each question."""
    rows = []
    for label, field in (("search", "wall"), ("search, process", "process"), ("embedding alone", "embed")):
        for how in ("all", "best of the rounds"):
            cells = []
            first: float | None = None
            for times in taken.values():
                per_question = [[getattr(timing, field) for timing in rounds] for rounds in times]
                numbers = [n for many in per_question for n in many] if how == "all" else [min(many) for many in per_question]
                p50, p95 = quantile(numbers, 0.5) or 0.0, quantile(numbers, 0.95) or 0.0
                cells.append(f"{p50:.1f} / {p95:.1f}" + (f"  ×{p50 / first:.2f}" if first else ""))
                first = first or p50
            rows.append([f"{label}, {how}: p50 / p95 (ms)", *cells])
    return rows


def recall(squad: SquadSet, embedders: dict[str, Embedder], work: Path, limit: int | None) -> list[list[str]]:
    """Return the rows of R@1 of each embedder on the same index, and of the difference to the last."""
    corpus = squad.write(work / f"{squad.name}-corpus")
    place = work / f"{squad.name}-index"
    build_index(corpus, place, embedder=embedders["onnx"], progress=stage)
    questions = squad.questions
    if limit is not None and limit < len(questions):
        questions = tuple(random.Random(0).sample(questions, limit))
    firsts: dict[str, list[float]] = {name: [] for name in embedders}
    retrievers = {name: Retriever.open(place, embedder=embedder) for name, embedder in embedders.items()}
    for at, question in enumerate(questions, 1):
        for name, retriever in retrievers.items():
            hits = retriever.search(question.question, 1)
            firsts[name].append(float(bool(hits) and hits[0].passage.path == question.evidence[0].file))
        stage("asking", at, len(questions))
    exact, fast = ([(value, 1.0) for value in firsts[name]] for name in ("torch", "onnx"))
    compared = paired_bootstrap(exact, fast, resamples(len(questions)))
    values = [f"{100 * (mean(firsts[name]) or 0.0):.2f}" for name in embedders]
    difference = 100 * ((mean(firsts["onnx"]) or 0.0) - (mean(firsts["torch"]) or 0.0))
    between = f" [{100 * compared.low:+.2f}, {100 * compared.high:+.2f}]" if compared else ""
    return [[f"{squad.name}, {len(questions)} questions: R@1 (%)", *values], [f"{squad.name}: points won by onnx", f"{difference:+.2f}{between}", ""]]


def run_process(command: Sequence[str], environment: dict[str, str]) -> tuple[float, float, int, str]:
    """Return seconds by the clock, processor seconds, exit code and what was said on stderr."""
    before = os.times()
    started = perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8")
    wall = perf_counter() - started
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, spent, done.returncode, done.stderr


def cold(arguments: argparse.Namespace, index: Path, question: str) -> list[list[str]]:
    """Return the rows of a fresh process's time to an answer, taking turns with the peer."""
    environment = {**os.environ, "DGQA_OFFLINE": "1", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    # the peer is given the packages it needs and nothing else to import
    peer = [arguments.peer_python, "-c", PEER.format(missing=MISSING, chunk=CHUNK, overlap=OVERLAP)]
    model, store = str(ensure_model(DEFAULT_MODEL)), str(arguments.work / "langchain")
    _, _, code, said = run_process([*peer, "build", model, store, arguments.corpus], environment)
    commands = {"dgqa ask": [sys.executable, "-m", "dgqa", "ask", "--index", str(index), question]}
    if code == 0:
        commands["langchain"] = [*peer, "ask", model, store, question]
    else:
        why = "its packages are missing" if code == MISSING else "it failed"
        print(f"LangChain is left out, {why}: {said.strip().splitlines()[-1] if said.strip() else code}", file=sys.stderr)
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for number in range(arguments.cold + 1):  # the first reads the files from disk
        for name, command in commands.items():
            wall, spent, code, said = run_process(command, environment)
            if code:
                raise DgqaError(f"{name} ended with {code}: {said.strip()[-500:]}")
            if number:
                taken[name].append((wall, spent))
        stage("processes", number + 1, arguments.cold + 1)
    rows = []
    for at, label in enumerate(("wall", "process")):
        for how, pick in (("median", lambda numbers: quantile(numbers, 0.5) or 0.0), ("best", min)):
            values = [pick([pair[at] for pair in pairs]) for pairs in taken.values()]
            cells = [f"{value:.2f}" + (f"  ×{value / values[0]:.1f}" if column else "") for column, value in enumerate(values)]
            rows.append([f"start to answer, {label}, {how} of {arguments.cold} (s)", *cells, *["-"] * (2 - len(cells))])
    return rows


_bars: dict[str, Any] = {}


def stage(name: str, done: int, total: int) -> None:
    """Show progress on stderr."""
    from tqdm import tqdm

    if name not in _bars or _bars[name].total != total:
        _bars[name] = tqdm(total=total, desc=name, file=sys.stderr, disable=None, leave=False, dynamic_ncols=True)
    _bars[name].update(done - _bars[name].n)


def show(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    for line in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(line)} |")
    print(flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="corpus", help="folder with the articles to index and search")
    parser.add_argument("--questions", default="eval/questions/dev.jsonl", metavar="SET", help="questions in JSON lines")
    parser.add_argument("--rounds", type=int, default=3, help="how often every question is asked of each backend")
    parser.add_argument("--squad", nargs="+", action="append", default=[], metavar="FILE", help="a file in SQuAD's format, and a parallel one whose questions are asked")
    parser.add_argument("--limit", type=int, metavar="N", help="ask only N questions of each --squad")
    parser.add_argument("--cold", type=int, default=5, metavar="N", help="fresh processes; 0 leaves them out")
    parser.add_argument("--peer-python", default=sys.executable, metavar="PYTHON", help="a Python that has LangChain's recipe")
    parser.add_argument("--work", type=Path, default=Path("build/speed"), metavar="DIR")
    arguments = parser.parse_args(argv)
    if arguments.rounds < 0 or arguments.cold < 0 or any(len(files) > 2 for files in arguments.squad):
        parser.error("--rounds and --cold are 0 or more, and --squad takes one or two files")
    try:
        measure(arguments)
    except DgqaError as error:
        print(f"speed: {error}", file=sys.stderr)
        return 1
    return 0


def measure(arguments: argparse.Namespace) -> None:
    squads = [load_squad(*files) for files in arguments.squad]
    questions = [question.question for question in load_questions(arguments.questions) if not question.history]
    arguments.work.mkdir(parents=True, exist_ok=True)
    index = arguments.work / "index"
    print(f"{len(questions)} questions; load of the machine {load()}")
    for label, rebuild in (("index built", True), ("unchanged index looked at", False)):
        wall, process = perf_counter(), process_time()
        build_index(arguments.corpus, index, rebuild=rebuild, progress=stage)
        print(f"{label} in {perf_counter() - wall:.1f} s, process {process_time() - process:.1f} s")
    print(flush=True)
    if arguments.cold:
        show(["cold", "dgqa ask", "langchain"], cold(arguments, index, questions[0]))
    embedders = {name: open_embedder(DEFAULT_MODEL, name) for name in BACKENDS}  # type: ignore[arg-type]  # a plain str
    if arguments.rounds:
        retrievers = {name: Retriever.open(index, embedder=embedder) for name, embedder in embedders.items()}
        show(["warm", *BACKENDS], shown_warm(warm(retrievers, questions, arguments.rounds)))
        vectors = {name: np.concatenate([embedder.embed_queries([question]) for question in questions]) for name, embedder in embedders.items()}
        cosines = (vectors["onnx"] * vectors["torch"]).sum(axis=1)
        print(f"cosine of the two backends' queries: mean {cosines.mean():.4f}, lowest {cosines.min():.4f}\n")
    for squad in squads:
        show(["quality", *BACKENDS], recall(squad, embedders, arguments.work, arguments.limit))
    print(f"load of the machine at the end: {load()}")


def load() -> str:
    """Return how many processes wanted a processor in the last minute, where the system tells."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


if __name__ == "__main__":
    sys.exit(main())
