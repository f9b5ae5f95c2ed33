"""What a build writes that is too much for the memory: arrays from the front, and each token's passages in sorted files."""

from __future__ import annotations

import contextlib
import heapq
import io
import mmap
import struct
import tokenize
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int32]
_LIMIT = 2_000_000  # postings in memory, about 100 MB with their tokens
_HEAD = struct.Struct("<II")


class GrowingArray:
    """A .npy file of rows of numbers, written from the front and read back at any place.

    Not a memory map: when the disk is full, writing to one ends the process instead of raising an error.
    """

    def __init__(self, file: Path, dtype: npt.DTypeLike, *row: int) -> None:
        """Start an empty file; ``row`` is the shape of a row, nothing for a number."""
        self._file = file.open("w+b")
        self._dtype, self._row = np.dtype(dtype), row
        self._rows = 0
        self._header()
        self._base = self._file.tell()

    def __enter__(self) -> GrowingArray:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self._file.seek(0)
                self._header()
                self._file.flush()
        finally:
            # After a failed write, closing tries once more to write what is left, and fails again.
            with contextlib.suppress(OSError):
                self._file.close()

    def _header(self) -> None:
        # The format leaves room for the number of rows to grow to 21 digits.
        np.lib.format.write_array_header_1_0(self._file, _head(self._dtype, (self._rows, *self._row)))

    @staticmethod
    def head_size(dtype: npt.DTypeLike, *row: int) -> int:
        """Return how many bytes stand before the first row of such a file."""
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(head, _head(np.dtype(dtype), (0, *row)))
        return head.tell()

    def flush(self) -> None:
        """Hand everything to the system, so that it outlives this process."""
        self._file.flush()

    def append(self, rows: npt.NDArray[Any]) -> None:
        self._file.seek(0, 2)
        self._file.write(np.ascontiguousarray(rows, dtype=self._dtype).data)
        self._rows += len(rows)

    def read(self, start: int, stop: int) -> npt.NDArray[Any]:
        size = self._dtype.itemsize * int(np.prod(self._row, dtype=np.int64))
        self._file.seek(self._base + start * size)
        return np.frombuffer(self._file.read((stop - start) * size), dtype=self._dtype).reshape(-1, *self._row)


def map_array(file: Path) -> npt.NDArray[Any]:
    """Return the numbers in a .npy file, read as they are asked for.

    Raises:
        OSError: the file can't be read.
        ValueError: it is no such file, or not a whole one.
    """
    try:
        array: npt.NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False)
    except (EOFError, SyntaxError, tokenize.TokenError) as error:  # its head is read as a piece of Python
        raise ValueError(f"{file.name} has no readable head: {error}") from error
    # A plain view of the map: numpy's own class for maps costs as much at every slice as the slice itself.
    return np.asarray(array)


def release(array: npt.NDArray[Any]) -> None:
    """Give the pages that were read of a mapped array back to the system, where it takes them; they are read again when asked for."""
    mapping = mapping_of(array)
    if mapping is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapping.madvise(mmap.MADV_DONTNEED)


def mapping_of(array: npt.NDArray[Any]) -> mmap.mmap | None:
    """Return the map of a file that an array is a view of, None where it is in memory."""
    base: Any = array
    while base is not None and not isinstance(base, mmap.mmap):
        base = getattr(base, "base", None)
    return base


def _head(dtype: np.dtype[Any], shape: tuple[int, ...]) -> dict[str, Any]:
    return {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}


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
