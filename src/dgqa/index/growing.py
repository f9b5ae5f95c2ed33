"""Rows of numbers in, one part after another, a .npy file of all of them out, and such a file mapped into memory."""

from __future__ import annotations

import contextlib
import io
import mmap
import tokenize
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
    base: Any = array
    while base is not None and not isinstance(base, mmap.mmap):
        base = getattr(base, "base", None)
    if base is not None and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)


def _head(dtype: np.dtype[Any], shape: tuple[int, ...]) -> dict[str, Any]:
    return {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
