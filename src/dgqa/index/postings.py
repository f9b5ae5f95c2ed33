"""Tokenised passages in, each token's passages out, in the order of the tokens and in bounded memory."""

from __future__ import annotations

import heapq
import struct
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int32]
_LIMIT = 2_000_000  # postings in memory, about 100 MB with their tokens
_HEAD = struct.Struct("<II")


class Postings:
    """Gathers which passages hold a token and how often; what is too much for the memory waits in sorted files."""

    def __init__(self, folder: Path, *, limit: int | None = None) -> None:
        """Start with no passage; ``folder`` takes a file for every ``limit`` postings, by default 2,000,000."""
        self.lengths = array("i")
        self._folder = folder
        self._limit = limit or _LIMIT
        self._held = 0
        self._rows: dict[str, array[int]] = {}
        self._counts: dict[str, array[int]] = {}
        self._runs: list[Path] = []

    def add(self, tokens: Sequence[str]) -> None:
        """Add the next passage."""
        row = len(self.lengths)
        self.lengths.append(len(tokens))
        for token, count in Counter(tokens).items():
            if token not in self._rows:
                self._rows[token], self._counts[token] = array("i"), array("i")
            self._rows[token].append(row)
            self._counts[token].append(count)
            self._held += 1
        if self._held >= self._limit:
            self._spill()

    def merged(self) -> Iterator[tuple[str, Counts, Counts]]:
        """Yield each token in code point order with its passages' rows, ascending, and how often each holds it."""
        if not self._runs:
            for token in sorted(self._rows):
                yield token, np.asarray(self._rows[token], dtype=np.int32), np.asarray(self._counts[token], dtype=np.int32)
            return
        self._spill()
        # Equal tokens come in the order of the runs, which is that of the rows.
        together = heapq.merge(*map(_read, self._runs), key=itemgetter(0))
        for token, parts in groupby(together, key=itemgetter(0)):
            _, rows, counts = zip(*parts, strict=True)
            yield token, np.concatenate(rows), np.concatenate(counts)

    def _spill(self) -> None:
        run = self._folder / f"postings-{len(self._runs)}"
        with run.open("wb") as file:
            for token in sorted(self._rows):
                name = token.encode("utf-8", "surrogatepass")
                file.write(_HEAD.pack(len(name), len(self._rows[token])) + name)
                self._rows[token].tofile(file)
                self._counts[token].tofile(file)
        self._runs.append(run)
        self._held = 0
        self._rows.clear()
        self._counts.clear()


def _read(run: Path) -> Iterator[tuple[str, Counts, Counts]]:
    with run.open("rb") as file:
        while head := file.read(_HEAD.size):
            size, count = _HEAD.unpack(head)
            yield file.read(size).decode("utf-8", "surrogatepass"), _take(file, count), _take(file, count)


def _take(file: BinaryIO, count: int) -> Counts:
    return np.frombuffer(file.read(4 * count), dtype=np.int32)
