"""Rows of numbers in, one part after another, a .npy file of all of them out."""

from __future__ import annotations

import contextlib
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt


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
        header = {"descr": np.lib.format.dtype_to_descr(self._dtype), "fortran_order": False, "shape": (self._rows, *self._row)}
        np.lib.format.write_array_header_1_0(self._file, header)

    def append(self, rows: npt.NDArray[Any]) -> None:
        self._file.seek(0, 2)
        self._file.write(np.ascontiguousarray(rows, dtype=self._dtype).data)
        self._rows += len(rows)

    def read(self, start: int, stop: int) -> npt.NDArray[Any]:
        size = self._dtype.itemsize * int(np.prod(self._row, dtype=np.int64))
        self._file.seek(self._base + start * size)
        return np.frombuffer(self._file.read((stop - start) * size), dtype=self._dtype).reshape(-1, *self._row)
