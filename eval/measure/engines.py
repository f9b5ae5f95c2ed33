"""An index and questions in; whether an engine finds what this process finds, and how many times as long it takes, out.

    python eval/measure/engines.py eval/questions/dev.jsonl --index index --engine ray --replicas 2
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

from dgqa.index.engines.opening import LOCAL, Engine
from dgqa.models.embedding import open_embedder
from dgqa.search.retriever import Retriever
from dgqa.types import Filter


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index", default="index")
    parser.add_argument("--engine", default="ray", choices=["ray"])
    parser.add_argument("--engine-uri", default="")
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--limit", type=int, default=60, help="questions that are asked")
    arguments = parser.parse_args()
    lines = arguments.questions.read_text(encoding="utf-8").splitlines()[: arguments.limit]
    questions = [str(json.loads(line)["question"]) for line in lines]
    here = LOCAL.open(arguments.index)
    there = Engine(arguments.engine, arguments.engine_uri, 60.0, arguments.replicas).open(arguments.index)
    embedder = open_embedder(str(here.manifest["model"]))
    retrievers = Retriever(here, embedder), Retriever(there, embedder)
    print(f"{here.sentence_count} sentences in {len(here.manifest['parts'])} parts, {len(questions)} questions")
    for name, wanted in (("everywhere", None), ("in one article", Filter(documents=(here.entries()[0].path,)))):
        same = 0
        times: tuple[list[float], list[float]] = [], []
        for question in questions[:1] + questions:  # the first opens what is opened late
            hits = []
            for retriever, taken in zip(retrievers, times, strict=True):
                started = time.perf_counter()
                found = retriever.retrieve(question, 10, filter=wanted)
                # Without embedding the question, which is done here either way.
                taken.append(1000 * (time.perf_counter() - started) - found.timings["embed"])
                hits.append(found.hits)
            same += hits[0] == hits[1]
        local, engine = (statistics.median(taken[1:]) for taken in times)
        print(f"{name}: same hits and scores {same} of {len(questions) + 1}; a search {local:.1f} ms here, {engine:.1f} ms there, ratio {engine / local:.1f}")


if __name__ == "__main__":
    main()
