"""Measures how fast articles are cleaned, structured and split: MB/s of UTF-8 on one core, and peak memory.

    python eval/measure/cleaning_speed.py FILE [--megabytes 10] [--whole]

FILE is a text file with one article a line, as news.txt of the benchmarks is; with --whole it is one article.
Only the work on the text is timed: not reading the file, nor the start of OpenCC.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from pathlib import Path

from dgqa.corpus.files import document_from_text
from dgqa.corpus.passages import split_document
from dgqa.errors import CorpusError

MEGABYTE = 1_000_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--megabytes", type=float, default=10.0, help="how much of the file is used (default 10)")
    parser.add_argument("--whole", action="store_true", help="take it as one article")
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with arguments.file.open("rb") as file:
        text = file.read(int(arguments.megabytes * MEGABYTE)).decode("utf-8", "ignore")
    articles = [text] if arguments.whole else [line for line in text.split("\n") if line.strip()]
    split_document(document_from_text("數字政府建設。数字政府建设。", path="warm-up.txt"))
    size = passages = defects = failed = 0
    started, worked = time.perf_counter(), time.process_time()
    for article in articles:
        size += len(article.encode("utf-8", "replace"))
        try:
            document = document_from_text(article, path="article.txt")
        except CorpusError:
            failed += 1
            continue
        defects += len(document.defects)
        passages += len(split_document(document))
    seconds, processor = time.perf_counter() - started, time.process_time() - worked
    # Kilobytes, but bytes on macOS.
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(f"{len(articles):,} articles, {size / MEGABYTE:.1f} MB: {passages:,} passages, {defects:,} defects, {failed} without words")
    print(f"{size / MEGABYTE / seconds:.2f} MB/s ({size / MEGABYTE / processor:.2f} MB/s of processor time), peak memory {memory / MEGABYTE:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
