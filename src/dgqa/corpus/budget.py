"""The reading of one file in; an end out, whatever the file holds: so much time and memory, and no more."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from dgqa.errors import CorpusError
from dgqa.system import resident_bytes

# What no file of people needs: the costliest of forms takes a tenth of the time, and a third of the memory.
SECONDS, SECONDS_A_MB = 60.0, 15.0  # of the processor
MEMORY, MEMORY_A_BYTE = 600_000_000, 150
_LOOK = 0.1  # seconds between two looks
_AGAIN = 10  # looks after which an interruption is repeated: a callback, or foreign code, may have swallowed it
Read = TypeVar("Read")


class _OverBudgetError(BaseException):
    """A reading takes too much; no ``except Exception`` of a parser may keep it."""


class _Watch(threading.Thread):
    """Interrupts the thread that made it when it has taken too much; ``reason`` says so, whatever became of the interruption."""

    def __init__(self, seconds: float, memory: int) -> None:
        super().__init__(daemon=True, name="dgqa-budget")
        self.reason = ""
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._reader = threading.get_ident()
        self._clock = _clock_of(self._reader)
        self._end, self._seconds = self._clock() + seconds, seconds
        self._most, self._memory = resident_bytes() + memory, memory

    def run(self) -> None:
        looks = 0
        while not self._over.wait(_LOOK):
            if not self.reason:
                self.reason = self._found()
            if self.reason:
                if looks % _AGAIN == 0:
                    with self._lock:
                        if not self._over.is_set():
                            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._reader), ctypes.py_object(_OverBudgetError))
                looks += 1

    def end(self) -> None:
        """Send no interruption from now on; one that was on its way arrives in here."""
        while not self._over.is_set():
            with suppress(_OverBudgetError), self._lock:
                self._over.set()

    def _found(self) -> str:
        try:
            if self._clock() > self._end:
                return f"more than {self._seconds:g} s"
        except OSError:  # the thread has gone
            return ""
        return f"more than {self._memory / 1e6:,.0f} MB" if resident_bytes() > self._most else ""


def within_budget(name: str, size: int, read: Callable[[], Read]) -> Read:
    """Return what ``read`` returns, as long as it takes no more than so much, which grows with the ``size`` of the file in bytes.

    Time is that of the processor in this thread, so that a busy machine changes nothing; memory is by how much the
    process grows. What a library does in one go, without coming back to Python, is stopped when it comes back. Where
    an interruption is lost, in a callback or by an ``except`` of foreign code, it is repeated; who ends before the next
    is over the budget all the same.

    A function, and no context manager: an interruption between a block and the end of its context would be nobody's.

    Raises:
        CorpusError: it takes more.
    """
    watch = _Watch(SECONDS + SECONDS_A_MB * size / 1e6, MEMORY + MEMORY_A_BYTE * size)
    try:
        try:
            watch.start()
            made = read()
        finally:
            watch.end()
    except (_OverBudgetError, Exception):
        watch.end()
        if not watch.reason:
            raise
    if watch.reason:
        raise CorpusError(f"reading {name} takes {watch.reason}: split it into smaller files, or convert it to text")
    return made


def _clock_of(thread: int) -> Callable[[], float]:
    """Return a clock of the processor's time that a thread has had; where the system has none, of the time that passes."""
    try:
        clock = time.pthread_getcpuclockid(thread)
        time.clock_gettime(clock)
    except (AttributeError, OSError):
        return time.monotonic
    return lambda: time.clock_gettime(clock)
