"""Checksums of an index's files, lot by lot: whole files are compared when an index is opened, large arrays as they are read."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dgqa.errors import IndexMismatchError
from dgqa.index.writers import map_array, mapping_of

SUMS = "checksums.bin"  # uint32, little-endian
LOT = 16_384  # bytes, about what a sentence's token vectors take
# So large that only what a search reads of them is compared.
IN_LOTS = frozenset({"vectors.npy", "tokens.npy", "posting_rows.npy", "posting_counts.npy", "posting_weights.npy"})
# Only the next build reads these, which compares the hashes of all files first.
LATER = frozenset({"sentence_keys.npy"})

Sums = npt.NDArray[np.uint32]


def write_sums(work: Path, *, but: str = "") -> None:
    """Write `SUMS` for all files in ``work``, ``but`` one: CRC-32 of each lot, the files in the order of their names.

    Raises:
        OSError: they can't be read or written.
    """
    sums = [zlib.crc32(lot) for file in sorted(work.iterdir()) if file.name not in (SUMS, but) for lot in _lots(file)]
    (work / SUMS).write_bytes(np.asarray(sums, dtype="<u4").tobytes())


def _lots(file: Path) -> Iterator[memoryview]:
    with file.open("rb") as stream:
        while block := stream.read(64 * LOT):
            yield from (memoryview(block)[start : start + LOT] for start in range(0, len(block), LOT))


class Checksums:
    """The sums of an index's files by name."""

    def __init__(self, home: Path, sizes: Mapping[str, int]) -> None:
        """Read `SUMS` in ``home``, for files of these sizes in bytes.

        Raises:
            IndexMismatchError: they can't be read, or are those of other files.
        """
        self._home = home
        try:
            sums: Sums = np.frombuffer((home / SUMS).read_bytes(), dtype="<u4")
        except (OSError, ValueError) as error:
            raise damage_in(SUMS, str(error)) from error
        counts = {name: -(-size // LOT) for name, size in sorted(sizes.items()) if name != SUMS}
        if len(sums) != sum(counts.values()):
            raise damage_in(SUMS, f"it holds {len(sums)} sums of {sum(counts.values())} lots")
        ends = np.cumsum([0, *counts.values()])
        self._sums = {name: sums[ends[i] : ends[i + 1]] for i, name in enumerate(counts)}

    def compare_whole(self) -> None:
        """Compare all files that are read as a whole.

        Raises:
            IndexMismatchError: one is not what was written.
        """
        for name, sums in self._sums.items():
            if name in IN_LOTS or name in LATER:
                continue
            try:
                found = np.fromiter((zlib.crc32(lot) for lot in _lots(self._home / name)), np.uint32)
            except OSError as error:
                raise damage_in(name, error.strerror or str(error)) from error
            if not np.array_equal(found, sums):
                raise damage_in(name)

    def array(self, name: str) -> CheckedArray:
        """Map a .npy file whose lots are compared when they are first read.

        Raises:
            IndexMismatchError: it can't be read, or its head is not what was written.
        """
        return CheckedArray(self._home / name, self._sums.get(name))


class CheckedArray:
    """An array in a file. A slice or the rows of it are read as of any other; what was not read before is compared first.

    ``dtype``, ``shape`` and the length are those of the array.
    """

    def __init__(self, file: Path, sums: Sums | None = None) -> None:
        """Map ``file``; without ``sums`` nothing is compared.

        Raises:
            IndexMismatchError: the file can't be read, or its head is not what was written.
        """
        self._file = file
        self._sums = sums
        if sums is not None:
            self._compare_head()
        try:
            self.all: npt.NDArray[Any] = map_array(file)
        except (OSError, ValueError) as error:
            raise damage_in(file.name, str(error)) from error
        self.dtype, self.shape = self.all.dtype, self.all.shape
        mapping = mapping_of(self.all)
        if sums is None or mapping is None:
            self._sums = None
            return
        self._bytes = memoryview(mapping)
        self._width = self.dtype.itemsize * int(np.prod(self.shape[1:], dtype=np.int64))
        self._base = file.stat().st_size - self.all.nbytes
        self._done = bytearray(len(sums))
        self._marks = np.frombuffer(self._done, np.uint8)

    def __len__(self) -> int:
        return len(self.all)

    def __getitem__(self, wanted: slice | npt.NDArray[np.integer[Any]]) -> npt.NDArray[Any]:
        if self._sums is not None:
            if isinstance(wanted, slice):
                start, stop, _ = wanted.indices(len(self.all))
                first, last = self._base + start * self._width, self._base + stop * self._width - 1
                # One call tells that there is nothing to do, as is so nearly always.
                if stop > start and self._done.find(0, first // LOT, last // LOT + 1) >= 0:
                    self._compare(range(first // LOT, last // LOT + 1))
            else:
                first_of = self._base + wanted.astype(np.int64) * self._width
                for step in (*range(0, self._width, LOT), self._width - 1):
                    lots = (first_of + step) // LOT
                    if not self._marks[lots].all():
                        self._compare(np.unique(lots).tolist())
        return self.all[wanted]

    def _compare(self, lots: Sequence[int]) -> None:
        sums = self._sums
        if sums is None:  # another thread has just compared the last
            return
        for lot in lots:
            if not self._done[lot]:
                if zlib.crc32(self._bytes[lot * LOT : (lot + 1) * LOT]) != sums[lot]:
                    raise damage_in(self._file.name, f"near byte {lot * LOT:,}")
                self._done[lot] = 1
        if 0 not in self._done:
            self._sums = None  # nothing is left to compare, and nothing to ask any more

    def _compare_head(self) -> None:
        """Compare the first lot, before what it says is believed."""
        assert self._sums is not None
        try:
            with self._file.open("rb") as stream:
                head = stream.read(LOT)
        except OSError as error:
            raise damage_in(self._file.name, error.strerror or str(error)) from error
        if not len(self._sums) or zlib.crc32(head) != self._sums[0]:
            raise damage_in(self._file.name, "near byte 0")


def damage_in(name: str, what: str = "") -> IndexMismatchError:
    """Return the error for a file of an index that is not what was written, with the remedy."""
    told = f" ({what})" if what else ""
    return IndexMismatchError(f"{name} of the index is damaged{told}: rebuild it with `dgqa index --rebuild`")
