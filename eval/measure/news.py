"""Indexes a file of news articles with the real model and searches it: time, size on disk, memory, times of searching.

    python eval/measure/news.py NEWS [--articles 0] [--folder build/news] [--kind auto] [--measure]

NEWS is a text file with one article a line; ``--articles`` takes only so many. Questions are clauses of 300 articles,
spread over all. A build that is started again takes over what the one before has embedded, so a larger ``--articles``
goes on from a smaller one.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import time
from pathlib import Path

from scale import articles, clauses, memory, size_of, time_searches, write_corpus

from dgqa.index.build import Index, build_index
from dgqa.search.retriever import Retriever

QUESTIONS = 300


def measure(folder: Path) -> None:
    """Open and search in this process, which has built nothing."""
    retriever = Retriever.open(folder / "index")
    begin = time.perf_counter()
    index = Index.open(folder / "index")
    print(f"open without the model: {1000 * (time.perf_counter() - begin):.0f} ms; {index.manifest['counts']}, {index.manifest['vector_index']}")
    index.close()
    files = sorted((folder / "corpus").rglob("*.txt"))
    texts = (file.read_text(encoding="utf-8") for file in files[:: max(1, len(files) // QUESTIONS)])
    questions = [max(parts, key=len) for parts in map(clauses, texts) if parts][:QUESTIONS]
    time_searches(retriever, questions)
    print(f"after searching: {memory()}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("news", type=Path)
    parser.add_argument("--articles", type=int, default=0, help="how many are indexed (default 0: all)")
    parser.add_argument("--folder", type=Path, default=Path("build/news"), help="where corpus and index are kept")
    parser.add_argument("--kind", default="auto", help="auto, flat, hnsw or ivf")
    parser.add_argument("--measure", action="store_true", help="only search what is there")
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.folder)
        return 0
    corpus = arguments.folder / "corpus"
    print(f"{write_corpus(itertools.islice(articles(arguments.news), arguments.articles or None), corpus):,} articles")
    stages: dict[str, tuple[float, float]] = {}

    def progress(stage: str, done: int, total: int) -> None:
        now = time.perf_counter()
        stages[stage] = stages.get(stage, (now, now))[0], now
        if sys.stderr.isatty():
            print(f"\r{stage} {done:,}/{total:,}", end=" ", file=sys.stderr)

    worked = time.process_time()
    report = build_index(corpus, arguments.folder / "index", vector_index=arguments.kind, progress=progress)
    print(
        f"{report.documents:,} articles, {report.passages:,} passages, {report.sentences:,} sentences ({report.embedded:,} embedded, "
        f"{len(report.skipped)} files left out) in {report.seconds:.0f} s, {time.process_time() - worked:.0f} s of processor time; {memory()}"
    )
    print("  " + ", ".join(f"{stage} {end - begin:.0f} s" for stage, (begin, end) in stages.items()))
    print("MB on disk: " + ", ".join(f"{name} {size:,.1f}" for name, size in size_of(arguments.folder / "index").items()), flush=True)
    return subprocess.call([sys.executable, __file__, str(arguments.news), "--folder", str(arguments.folder), "--measure"])


if __name__ == "__main__":
    sys.exit(main())
