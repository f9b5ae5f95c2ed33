"""The built-in reader by itself."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

FORKED = """
import os, signal, sys
from dgqa.models.readers.opening import open_reader
from dgqa.models.readers.reader import Page
reader = open_reader("auto", "multilingual-e5-small")
pages = [Page("灯塔记", (f"灯塔建于一八{number}年，住着三位守塔人。", "每天巡查两次。")) for number in range(60, 66)]
before = reader.read("灯塔是哪一年建成的？", pages)
child = os.fork()
if child == 0:
    signal.alarm(100)
    os._exit(0 if reader.read("灯塔是哪一年建成的？", pages) == before else 1)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""


@pytest.mark.model
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_forked_after_a_reading_reads_the_same() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=600, check=False, env=environment)
    assert done.returncode == 0, done.stderr
