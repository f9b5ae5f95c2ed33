"""An index and questions in; whether an engine finds what this process finds, with each filter, and how many times as long it takes, out.

    python eval/measure/engines.py eval/questions/dev.jsonl --index index --engine ray --replicas 2
    python eval/measure/engines.py eval/questions/dev.jsonl --index index --engine ray --nodes 2
    python eval/measure/engines.py eval/questions/dev.jsonl --index index --engine-index index-in-parts --engine local

``--nodes`` starts so many Ray nodes of a core each on this machine. Each question is asked of this process and of the engine
by turns, so that what else the machine does weighs on both. A questions file without a ``question`` a line is a folder or
file of articles, whose clauses are asked.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args, get_type_hints

from hashed import embedder_of
from scale import clauses

from dgqa.config import Settings
from dgqa.index.engines.backend import SearchBackend
from dgqa.index.engines.opening import LOCAL, Engine
from dgqa.search.retriever import Retriever
from dgqa.types import Filter, Hit

_SAME = 10  # hits that are compared


def questions_of(file: Path, limit: int) -> list[str]:
    """Return the questions of a set, or the longest clause of articles spread over a folder."""
    if file.is_dir():
        files = sorted(file.rglob("*.txt"))
        texts = (article.read_text(encoding="utf-8") for article in files[:: max(1, len(files) // limit)])
        return [max(parts, key=len) for parts in map(clauses, texts) if parts][:limit]
    return [str(json.loads(line)["question"]) for line in file.read_text(encoding="utf-8").splitlines()[:limit]]


def filters_of(index: SearchBackend) -> dict[str, Filter | None]:
    """Return a filter of each kind that the index has anything for."""
    entries = index.entries()
    dates, authors = (sorted({value for entry in entries if (value := getattr(entry, name))}) for name in ("date", "author"))
    sections = sorted(filter(None, index.sections()), key=len)
    return {
        "everywhere": None,
        "in one article": Filter(documents=(entries[0].path,)),
        **({"since the middle date": Filter(date_from=dates[len(dates) // 2])} if dates else {}),
        **({"of an author": Filter(authors=(authors[0],))} if authors else {}),
        **({"under a heading": Filter(sections=(sections[len(sections) // 2],))} if sections else {}),
    }


@contextlib.contextmanager
def nodes(count: int) -> Iterator[None]:
    """Run so many Ray nodes on this machine, which this process is connected to; none for 0."""
    if not count:
        yield
        return
    from dgqa.index.engines.cluster import ENVIRONMENT, NAMESPACE

    os.environ |= {**ENVIRONMENT, "PYTHONPATH": os.pathsep.join(sys.path)}
    import ray
    from ray.cluster_utils import Cluster

    # Ray takes 127.0.0.1 to mean the address that other machines know this one by.
    own = [{"node_ip_address": f"127.0.0.{2 + number}", "object_store_memory": 200_000_000, "num_cpus": 1, "include_dashboard": False} for number in range(count)]
    cluster = Cluster(initialize_head=True, head_node_args=own[0])
    for node in own[1:]:
        cluster.add_node(**node)
    ray.init(cluster.address, _node_ip_address=own[0]["node_ip_address"], namespace=NAMESPACE, log_to_driver=False, configure_logging=False)
    try:
        yield
    finally:
        ray.shutdown()
        cluster.shutdown()


def compare(retrievers: Sequence[Retriever], questions: Sequence[str], wanted: Filter | None, name: str) -> None:
    """Ask both by turns and print in how many questions they agree, and how many times as long the second takes."""
    same = passages = 0
    times: list[list[float]] = [[], []]
    for number, question in enumerate([questions[0], *questions]):  # the first opens what is opened late
        hits: list[Sequence[Hit]] = [[], []]
        for turn in (0, 1) if number % 2 else (1, 0):
            started = time.perf_counter()
            found = retrievers[turn].retrieve(question, _SAME, filter=wanted)
            # Without embedding the question, which is done here either way.
            times[turn].append(1000 * (time.perf_counter() - started) - found.timings["embed"])
            hits[turn] = found.hits
        if number:
            same += hits[0] == hits[1]
            passages += [hit.passage.text for hit in hits[0]] == [hit.passage.text for hit in hits[1]]
    here, there = (statistics.median(taken[1:]) for taken in times)
    print(
        f"{name}: same hits and scores {same} of {len(questions)}, same passages in the same order {passages}; "
        f"a search {here:.1f} ms here, {there:.1f} ms there (median), ratio {there / here:.1f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index", default="index")
    parser.add_argument("--engine", default="ray", choices=get_args(get_type_hints(Settings)["engine"]))
    parser.add_argument("--engine-index", help="what the engine searches, where that is another index of the same articles")
    parser.add_argument("--engine-uri", default="")
    parser.add_argument("--nodes", type=int, default=0, help="Ray nodes that are started here for it (default 0: those that are there)")
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds that the engine has for a call")
    parser.add_argument("--limit", type=int, default=200, help="questions that are asked")
    arguments = parser.parse_args()
    with nodes(arguments.nodes):
        here = LOCAL.open(arguments.index)
        begin = time.perf_counter()
        uri = arguments.engine_uri or ("auto" if arguments.nodes else "")
        there = Engine(arguments.engine, uri, arguments.timeout, arguments.replicas).open(arguments.engine_index or arguments.index)
        opened = time.perf_counter() - begin
        embedder = embedder_of(str(here.manifest["model"]))
        questions = questions_of(arguments.questions, arguments.limit)
        parts = [len(index.manifest["parts"]) for index in (here, there)]
        print(
            f"{here.sentence_count:,} sentences in {parts[0]} parts here, {parts[1]} there, {len(questions)} questions; "
            f"{arguments.engine} opened in {opened:.1f} s",
            flush=True,
        )
        for name, wanted in filters_of(here).items():
            compare([Retriever(index, embedder) for index in (here, there)], questions, wanted, name)


if __name__ == "__main__":
    main()
