"""Ask many questions from many threads at once: the same answers as one after another, and how much memory that takes.

    python eval/measure/threads.py eval/questions/dev.jsonl [--index index] [--threads 8] [--questions 400]
    python eval/measure/threads.py eval/questions/dev.jsonl --rebuild corpus --threads 16 --questions 40

With ``--rebuild`` the index is one of its own, of this corpus, and another thread builds it anew all the time, in turn with
and without one more article; an answer must then be that of the one or the other. Exits with 1 where an answer differs, a
thread or a build failed, or the last third of the questions took over 3 % more memory than the second.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from dgqa import Assistant
from dgqa.index.build import build_index
from dgqa.system import resident_bytes

ARTICLE = "# 灯塔值守\n\n海岛上的灯塔由三名守塔人轮流值守，每班八个小时，每年检修两次。\n"
GROWTH = 1.03  # of the memory, from the second third of the questions to the last


class Rebuilding(threading.Thread):
    """Builds an index of a copy of a corpus, in turn without and with one more article, until it is told to stop."""

    def __init__(self, corpus: Path, place: Path) -> None:
        super().__init__(name="rebuilding", daemon=True)
        self.corpus, self.index = place / "corpus", place / "index"
        self.builds, self.fault = 0, ""
        self.over = threading.Event()
        shutil.copytree(corpus, self.corpus)

    def build(self, *, more: bool) -> None:
        """Build the index once."""
        extra = self.corpus / "one-more.md"
        if more:
            extra.write_text(ARTICLE, encoding="utf-8")
        else:
            extra.unlink(missing_ok=True)
        build_index(self.corpus, self.index)

    def run(self) -> None:
        while not self.over.is_set():
            try:
                self.build(more=self.builds % 2 == 1)
                self.builds += 1
            except Exception as error:  # whatever it is, it is what is looked for
                self.fault = f"a build failed with {type(error).__name__}: {error}"
                return


class Count:
    """A number that several threads add one to."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        """Add one."""
        with self._lock:
            self.count += 1


def main() -> int:
    """Print what was found; return 1 where an answer differs, a thread failed, or memory grew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set")
    parser.add_argument("--index", default="index")
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--questions", type=int, default=400, help="of each thread")
    parser.add_argument("--rebuild", type=Path, metavar="CORPUS", help="build an index of this corpus all the time, in place of --index")
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in Path(arguments.set).read_text(encoding="utf-8").splitlines() if line.strip()]
    asked = [(row["question"], [(turn["q"], turn["a"]) for turn in row.get("history") or []]) for row in rows][: arguments.questions * arguments.threads]
    with tempfile.TemporaryDirectory() as place:
        rebuilding = Rebuilding(arguments.rebuild, Path(place)) if arguments.rebuild else None
        return measure(asked, arguments, rebuilding)


def measure(asked: list[tuple[str, list[tuple[str, str]]]], arguments: argparse.Namespace, rebuilding: Rebuilding | None) -> int:
    """Ask everything alone and then from all threads, and tell; return 1 where something was wrong."""
    expected: list[set[str]] = [set() for _ in asked]
    begun = time.perf_counter()
    for more in (True, False) if rebuilding else (False,):
        if rebuilding:
            rebuilding.build(more=more)
        assistant = Assistant.open(rebuilding.index if rebuilding else arguments.index)
        begun = time.perf_counter()
        for known, (question, history) in zip(expected, asked, strict=True):
            known.add(assistant.ask(question, history).text)
    alone = (time.perf_counter() - begun) / len(asked)
    before, wrong, done = resident_bytes() / 1e6, list[str](), Count()

    def work(offset: int) -> None:
        order = itertools.islice(itertools.cycle(range(len(asked))), offset, offset + arguments.questions)
        for i in order:
            try:
                if assistant.ask(*asked[i]).text not in expected[i]:
                    wrong.append(f"another answer to {asked[i][0]}")
            except Exception as error:  # whatever it is, it is what is looked for
                wrong.append(f"{type(error).__name__}: {error}")
            done.add()

    begun = time.perf_counter()
    threads = [threading.Thread(target=work, args=(17 * n,)) for n in range(arguments.threads)]
    for thread in [*threads, *([rebuilding] if rebuilding else [])]:
        thread.start()
    memory: list[list[float]] = [[], [], []]  # MB, while each third of the questions is asked
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.2)
        memory[min(2, done.count * 3 // (arguments.threads * arguments.questions))].append(resident_bytes() / 1e6)
    seconds = time.perf_counter() - begun
    if rebuilding:
        rebuilding.over.set()
        rebuilding.join()
        wrong += [rebuilding.fault] if rebuilding.fault else []
    thirds = [statistics.mean(sizes) if sizes else 0.0 for sizes in memory]
    print(f"{arguments.threads} threads with {arguments.questions} questions each in {seconds:.0f} s: {len(wrong)} wrong")
    if rebuilding:
        print(f"{rebuilding.builds} builds meanwhile")
    print(f"a question: {1000 * alone:.1f} ms alone, {1000 * seconds / (arguments.threads * arguments.questions):.1f} ms together")
    print(f"memory: {before:.0f} MB before, {', '.join(f'{size:.0f}' for size in thirds)} MB by thirds, {resident_bytes() / 1e6:.0f} MB after")
    for line in wrong[:10]:
        print(line, file=sys.stderr)
    return 1 if wrong or thirds[2] > GROWTH * thirds[1] else 0


if __name__ == "__main__":
    sys.exit(main())
