"""What the operating system refuses, in words; and what a forked child may count on."""

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dgqa.system import file_hash, quiet_at_fork, readable_hash, refusal, remove_old, usable_cores

FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "disk is full: free some room"), (errno.ENOLCK, "no locks .* local disk"), (errno.EROFS, "only be read"), (errno.EDQUOT, "your share"), (errno.EFBIG, "ulimit -f")],
)
def test_a_refusal_says_what_to_free_or_to_change(number: int, words: str) -> None:
    import re

    assert re.search(words, refusal(OSError(number, "as the system says it")))


def test_any_other_refusal_is_told_as_the_system_says_it() -> None:
    assert refusal(OSError(errno.EIO, "Input/output error")) == "Input/output error"
    assert refusal(OSError("no number")) == "no number"


def test_a_file_is_known_by_its_hash(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert file_hash(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert readable_hash(tmp_path / "b") == ""
    assert usable_cores() >= 1


def test_what_killed_processes_left_is_removed_when_it_is_old_and_nothing_else(tmp_path: Path) -> None:
    for name in (".draft-a", ".draft-b", "kept"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / ".draft-c").mkdir()
    (tmp_path / ".draft-c" / "part").write_bytes(b"x")
    (tmp_path / ".draft-d").symlink_to(tmp_path / "elsewhere")
    past = time.time() - 100
    for name in (".draft-a", ".draft-c", "kept"):
        os.utime(tmp_path / name, (past, past))
    remove_old(tmp_path, ".draft-*", seconds=50)
    remove_old(tmp_path / "none", "*", seconds=0)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".draft-b", ".draft-d", "kept"]


@FORKS
def test_a_fork_waits_for_a_lock_and_the_child_finds_it_free() -> None:
    lock = quiet_at_fork(threading.Lock())
    held = threading.Event()

    def hold() -> None:
        with lock:
            held.set()
            time.sleep(0.2)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    child = os.fork()
    if child == 0:
        os._exit(0 if lock.acquire(timeout=2) else 1)
    _, status = os.waitpid(child, 0)
    holder.join()
    assert os.waitstatus_to_exitcode(status) == 0
    assert lock.acquire(timeout=1)


FORKED = """
import os, pathlib, signal, sys
import faiss
from fakes import HashingEmbedder
from dgqa.index.build import build_index
from dgqa.search.retriever import Retriever
home = pathlib.Path(sys.argv[1])
faiss.omp_set_num_threads(4)
(home / "corpus").mkdir()
for i in range(40):
    (home / "corpus" / f"{i}.txt").write_text(f"第{i}篇\\n\\n" + "\\n".join(f"第{i}座灯塔的第{j}层住着{i + j}位守塔人，每天巡查。" for j in range(20)), encoding="utf-8")
build_index(home / "corpus", home / "index", embedder=HashingEmbedder(), vector_index="ivf")
retriever = Retriever.open(home / "index", embedder=HashingEmbedder())
before = [(hit.passage.text, hit.score) for hit in retriever.search("灯塔住着多少人？", 5)]
child = os.fork()
if child == 0:
    signal.alarm(60)
    same = [(hit.passage.text, hit.score) for hit in retriever.search("灯塔住着多少人？", 5)] == before
    (home / "corpus" / "new.txt").write_text("新篇\\n\\n新灯塔今年开始使用，住着三位守塔人。", encoding="utf-8")
    report = build_index(home / "corpus", home / "index", embedder=HashingEmbedder(), vector_index="ivf")
    os._exit(0 if same and report.added == 1 else 1)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""


@FORKS
def test_a_child_forked_after_a_build_searches_and_builds(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", FORKED, str(tmp_path)], capture_output=True, text=True, timeout=600, check=False, env=environment)
    assert done.returncode == 0, done.stderr
