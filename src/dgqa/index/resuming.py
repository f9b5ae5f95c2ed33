"""The folder of a build that was cut off in; what it had embedded out, as far as its bytes are those that it wrote."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dgqa.index.growing import GrowingArray
from dgqa.index.manifest import unfinished
from dgqa.index.texts import Keys, Layout
from dgqa.system import readable_hash

logger = logging.getLogger(__name__)

JOURNAL = "embedded.jsonl"

Codes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Sentences that need not be embedded again: their keys by row, how many of them have a vector, and what gives both kinds."""

    keys: Keys
    vectors: int
    stored: Callable[[npt.NDArray[np.int64]], npt.NDArray[Any]]
    token_vectors: Callable[[int], Codes]


@dataclass(frozen=True, slots=True)
class Terms:
    """What two builds must have in common for one to take over from the other.

    ``anew`` tells that nothing is taken from an older index; one that does may take over from one that does not.
    """

    fingerprint: str
    dim: int
    settings: dict[str, Any]
    anew: bool


class Journal:
    """Writes down, after each lot of sentences, that its vectors are in the files, and what their bytes are.

    The files themselves are all that is kept: nothing is written twice.
    """

    def __init__(self, work: Path, terms: Terms, layout: Layout) -> None:
        """Begin; the keys of the sentences must have been saved."""
        self._file = (work / JOURNAL).open("w", encoding="utf-8")
        self._write([terms.fingerprint, terms.dim, terms.settings, terms.anew, layout.vectors, readable_hash(work / "sentence_keys.npy")])

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, vectors: npt.NDArray[np.float16], tokens: Codes, counts: Sequence[int]) -> None:
        """Tell of the next sentences, ``counts`` token vectors each; what they are must have left this process."""
        self._write([len(vectors), list(counts), _digest(vectors, tokens, np.asarray(counts, np.int64))])

    def _write(self, record: Sequence[Any]) -> None:
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()


def longest(folder: Path) -> Path | None:
    """Return the folder of the build cut off in ``folder`` that had written down the most, None where none had any."""
    lots = {work: (work / JOURNAL).read_bytes().count(b"\n") for work in sorted(unfinished(folder)) if (work / JOURNAL).is_file()}
    # the first line only tells the terms
    return max((work for work, lines in lots.items() if lines > 1), key=lots.__getitem__, default=None)


def take_over(work: Path, terms: Terms) -> Held | None:
    """Return what a build that was cut off had embedded in ``work`` on the same terms, up to the first damage; None for nothing."""
    try:
        return _read(work, terms)
    except (OSError, ValueError, TypeError, EOFError) as error:
        logger.warning("what the build in %s had embedded cannot be read (%s): it is embedded again", work, error)
        return None


def _read(work: Path, terms: Terms) -> Held | None:
    lines = (work / JOURNAL).read_bytes().split(b"\n")
    fingerprint, dim, settings, anew, own, keys_hash = json.loads(lines[0])
    if (fingerprint, dim, settings) != (terms.fingerprint, terms.dim, terms.settings) or (terms.anew and not anew):
        return None
    if readable_hash(work / "sentence_keys.npy") != keys_hash:
        return None
    keys: Keys = np.load(work / "sentence_keys.npy", allow_pickle=False)
    vectors, tokens = _rows(work / "vectors.npy", np.dtype(np.float16), dim), _rows(work / "tokens.npy", np.dtype(np.int8), dim)
    counts: list[int] = []
    done = used = 0
    for line in lines[1:-1]:  # what stands behind the last line break is no whole line
        record = _record(line)
        if record is None:
            break
        with_vector, lot, digest = record
        size = sum(lot)
        found = vectors[done : done + with_vector], tokens[used : used + size]
        if (len(found[0]), len(found[1])) != (with_vector, size) or _digest(*found, np.asarray(lot, np.int64)) != digest:
            break
        counts += lot
        done, used = done + with_vector, used + size
    if not counts or len(counts) > len(keys) or done != min(own, len(counts)):
        return None
    offsets = np.concatenate([[0], np.cumsum(counts)])
    logger.info("%d of %d sentences were embedded by the build in %s, which was cut off", len(counts), len(keys), work)
    return Held(keys[: len(counts)], done, lambda rows: vectors[rows], lambda row: tokens[offsets[row] : offsets[row + 1]])


def _record(line: bytes) -> tuple[int, list[int], str] | None:
    try:
        with_vector, counts, digest = json.loads(line)
        return int(with_vector), [int(count) for count in counts], str(digest)
    except (ValueError, TypeError):
        return None


def _rows(file: Path, dtype: npt.DTypeLike, dim: int) -> npt.NDArray[Any]:
    """Map the rows of a .npy file that has not been ended, whose head says that it has none."""
    base = GrowingArray.head_size(dtype, dim)
    width = np.dtype(dtype).itemsize * dim
    rows = max(0, file.stat().st_size - base) // width
    if not rows:
        return np.empty((0, dim), dtype)
    return np.asarray(np.memmap(file, dtype, mode="r", offset=base, shape=(rows, dim)))


def _digest(*arrays: npt.NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
