"""Arrays that grow in a file and are read back from a map of it."""

import re
from pathlib import Path

import numpy as np
import pytest

from dgqa.index.writers import GrowingArray, map_array, release

STATUS = Path("/proc/self/status")


def mapped() -> int:
    """Return how many kilobytes of files this process has in memory."""
    found = re.search(r"^RssFile:\s+(\d+) kB", STATUS.read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def test_pages_given_back_are_read_again_and_hold_the_same(tmp_path: Path) -> None:
    rows = np.arange(3000, dtype=np.int32).reshape(1000, 3)
    np.save(tmp_path / "rows.npy", rows)
    array = map_array(tmp_path / "rows.npy")
    held = array[10:20]
    for _ in range(2):
        assert (array == rows).all() and (held == rows[10:20]).all()
        release(array)


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells what a process has mapped")
def test_pages_given_back_are_no_longer_in_memory(tmp_path: Path) -> None:
    with GrowingArray(tmp_path / "rows.npy", np.int8, 1024) as file:
        file.append(np.ones((64 * 1024, 1024), np.int8))
    array = map_array(tmp_path / "rows.npy")
    before = mapped()
    assert array.sum(dtype=np.int64) == 64 * 1024 * 1024
    full = mapped()
    release(array)
    assert full - before > 60_000 and mapped() - before < 10_000


def test_giving_back_an_array_that_is_not_mapped_does_nothing() -> None:
    array = np.arange(5)
    release(array)
    assert array.tolist() == [0, 1, 2, 3, 4]
