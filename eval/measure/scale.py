"""What the scale scripts share: articles of a file of lines, questions from them, times and memory of searching."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from dgqa.search.retriever import Retriever

MEGABYTE = 1_000_000


def articles(file: Path) -> Iterator[str]:
    """Yield the articles of a file that has one a line; a dateline before 正文 becomes a line of its own."""
    for line in file.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            yield line.replace("，正文：", "\n\n", 1) + "\n"


def clauses(text: str) -> list[str]:
    """Return the clauses of 8 to 40 characters that hold Chinese and could be asked for."""
    parts = re.split(r"[，。！？；：、\s（）()“”]+", text)
    return [part for part in parts if 8 <= len(part) <= 40 and re.search(r"[\u4e00-\u9fff]{6}", part)]


def write_corpus(texts: Iterator[str], folder: Path) -> int:
    """Write each text to a file of its own, a hundred to a folder; return how many there are."""
    count = 0
    for count, text in enumerate(texts, 1):
        place = folder / f"{(count - 1) // 100:04d}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{count:06d}.txt").write_text(text, encoding="utf-8")
    return count


def size_of(folder: Path) -> dict[str, float]:
    """Return the size of each file below a folder in MB, the largest first."""
    sizes = {file.name: file.stat().st_size / MEGABYTE for file in folder.rglob("*") if file.is_file()}
    return dict(sorted(sizes.items(), key=lambda item: -item[1]))


def memory() -> str:
    """Return this process's memory: its own, and what it has mapped of files, which the system may take back."""
    status = Path("/proc/self/status")
    if not status.exists():
        return "unknown"
    facts = dict(re.findall(r"^(VmHWM|VmRSS|RssAnon|RssFile):\s+(\d+) kB", status.read_text(), re.MULTILINE))
    return ", ".join(f"{name} {int(facts[name]) / 1000:,.0f} MB" for name in ("VmHWM", "VmRSS", "RssAnon", "RssFile") if name in facts)


def time_searches(retriever: Retriever, questions: Sequence[str], k: int = 5) -> None:
    """Search for each question twice and print the second times: the first reads the files from the disk."""
    parts: dict[str, list[float]] = {}
    first: list[float] = []
    for turn in range(2):
        for number, question in enumerate(questions, 1):
            begin, worked = time.perf_counter(), time.process_time()
            found = retriever.retrieve(question, k)
            whole, processor = 1000 * (time.perf_counter() - begin), 1000 * (time.process_time() - worked)
            apart = whole - found.timings["embed"]
            if turn == 0:
                first.append(apart)
                continue
            for name, value in {**found.timings, "whole": whole, "apart from embedding": apart, "processor time": processor}.items():
                parts.setdefault(name, []).append(value)
            if sys.stderr.isatty():
                print(f"\r{number}/{len(questions)}", end="", file=sys.stderr)
    print(f"{len(questions)} questions, k = {k}; milliseconds, p50 / p95 / highest:")
    for name, values in {"first time, apart from embedding": first, **parts}.items():
        print(f"  {name:34} {np.percentile(values, 50):8.1f} {np.percentile(values, 95):8.1f} {max(values):8.1f}")
