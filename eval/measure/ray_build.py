"""Embeds articles in one process and on a Ray cluster, whose busiest worker is killed on the way: are the files the same, byte for byte?

    python eval/measure/ray_build.py NEWS [--sentences 2000] [--nodes 2] [--folder build/ray]

NEWS is a text file with one article a line. The model is the real one, lots are those of any build (2,048 sentences).
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import threading
import time
from pathlib import Path

from engines import nodes
from parts import texts_of
from scale import write_corpus

from dgqa.index.build import build_index

_MARK = "DGQA_MEASURED_BY"  # in the environment of the workers that this process started


def workers() -> list[int]:
    """Return the processes that embed for this one."""
    found = []
    for place in Path("/proc").iterdir():
        try:
            if place.name.isdigit() and b"ray::_embed" in (place / "cmdline").read_bytes() and f"{_MARK}={os.getpid()}\0".encode() in (place / "environ").read_bytes():
                found.append(int(place.name))
        except OSError:
            continue
    return found


def kill_one(killed: list[int], ended: threading.Event) -> None:
    """Kill a worker some seconds after there is one."""
    while not ended.wait(1):
        if found := workers():
            if ended.wait(5):
                return
            os.kill(found[0], signal.SIGKILL)
            killed.append(found[0])
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("news", type=Path)
    parser.add_argument("--sentences", type=int, default=2_000)
    parser.add_argument("--nodes", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=Path("build/ray"), help="where corpus and indexes are kept")
    arguments = parser.parse_args()
    os.environ[_MARK] = str(os.getpid())
    shutil.rmtree(arguments.folder, ignore_errors=True)
    corpus, one, other = (arguments.folder / name for name in ("corpus", "one", "ray"))
    write_corpus(texts_of(arguments.news, arguments.sentences), corpus)
    begin = time.perf_counter()
    report = build_index(corpus, one)
    alone = time.perf_counter() - begin
    print(f"one process: {report.sentences:,} sentences, {report.embedded:,} embedded in {alone:.0f} s", flush=True)
    killed: list[int] = []
    ended = threading.Event()
    with nodes(arguments.nodes):
        killer = threading.Thread(target=kill_one, args=(killed, ended))
        killer.start()
        begin = time.perf_counter()
        build_index(corpus, other, engine=("ray", "auto"))
        spread = time.perf_counter() - begin
        ended.set()
        killer.join()
    names = sorted(file.name for file in one.glob("g-*/*"))
    differ = [name for name in names if next(one.glob(f"g-*/{name}")).read_bytes() != next(other.glob(f"g-*/{name}")).read_bytes()]
    print(f"{arguments.nodes} nodes: {spread:.0f} s, {len(killed)} workers killed; {len(names) - len(differ)} of {len(names)} files equal byte for byte; others: {', '.join(differ) or 'none'}")


if __name__ == "__main__":
    main()
