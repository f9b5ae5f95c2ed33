"""Ask many questions from many threads at once: the same answers as one after another, and how much memory that takes.

    python eval/measure/threads.py eval/questions/dev.jsonl [--index index] [--threads 8] [--questions 400]
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import threading
import time
from pathlib import Path

from dgqa import Assistant


def resident_mb() -> float:
    """Return the memory of this process in MB; 0 where the system doesn't tell."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS")), 0.0)


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
    """Print what was found; return 1 where an answer differs or a thread failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set")
    parser.add_argument("--index", default="index")
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--questions", type=int, default=400, help="of each thread")
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in Path(arguments.set).read_text(encoding="utf-8").splitlines() if line.strip()]
    asked = [(row["question"], [(turn["q"], turn["a"]) for turn in row.get("history") or []]) for row in rows]
    assistant = Assistant.open(arguments.index)
    begun = time.perf_counter()
    expected = [assistant.ask(question, history).text for question, history in asked]
    alone = (time.perf_counter() - begun) / len(asked)
    before = resident_mb()
    wrong: list[str] = []
    done = Count()

    def work(offset: int) -> None:
        order = itertools.islice(itertools.cycle(range(len(asked))), offset, offset + arguments.questions)
        for i in order:
            try:
                if assistant.ask(*asked[i]).text != expected[i]:
                    wrong.append(f"another answer to {asked[i][0]}")
            except Exception as error:  # whatever it is, it is what is looked for
                wrong.append(f"{type(error).__name__}: {error}")
            done.add()

    begun = time.perf_counter()
    threads = [threading.Thread(target=work, args=(17 * n,)) for n in range(arguments.threads)]
    for thread in threads:
        thread.start()
    memory: list[float] = []  # when each quarter of the questions has been asked
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.2)
        if len(memory) < 4 and done.count >= (len(memory) + 1) * arguments.threads * arguments.questions / 4:
            memory.append(resident_mb())
    for thread in threads:
        thread.join()
    together = (time.perf_counter() - begun) / (arguments.threads * arguments.questions)
    print(f"{arguments.threads} threads with {arguments.questions} questions each: {len(wrong)} wrong")
    print(f"a question: {1000 * alone:.1f} ms alone, {1000 * together:.1f} ms together")
    print(f"memory: {before:.0f} MB before, {', '.join(f'{size:.0f}' for size in memory)} MB by quarters, {resident_mb():.0f} MB after")
    for line in wrong[:10]:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
