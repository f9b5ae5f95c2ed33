"""The reading of one file in; an end out, whatever the file holds: so much time and memory, and no more."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dgqa.errors import CorpusError
from dgqa.system import resident_bytes

# What no file of people needs: the costliest of forms takes a tenth of the time, and a third of the memory.
SECONDS, SECONDS_A_MB = 60.0, 15.0  # of the processor
MEMORY, MEMORY_A_BYTE = 600_000_000, 150
_LOOK = 0.1  # seconds between two looks
_AGAIN = 10  # looks after which an interruption is repeated: a callback, or foreign code, may have swallowed it


class _OverBudgetError(BaseException):
    """A reading takes too much; no ``except Exception`` of a parser may keep it."""


class _Watch(threading.Thread):
    """Interrupts the thread that made it when it has taken too much."""

    def __init__(self, seconds: float, memory: int) -> None:
        super().__init__(daemon=True, name="dgqa-budget")
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.reason = ""
        self._reader = threading.get_ident()
        self._clock = _clock_of(self._reader)
        self._end, self._seconds = self._clock() + seconds, seconds
        self._most, self._memory = resident_bytes() + memory, memory

    def run(self) -> None:
        looks = 0
        while not self.over.wait(_LOOK):
            if not self.reason:
                self.reason = self._found()
            if self.reason:
                if looks % _AGAIN == 0:
                    with self.lock:
                        if not self.over.is_set():
                            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._reader), ctypes.py_object(_OverBudgetError))
                looks += 1

    def _found(self) -> str:
        try:
            if self._clock() > self._end:
                return f"more than {self._seconds:g} s"
        except OSError:  # the thread has gone
            return ""
        return f"more than {self._memory / 1e6:,.0f} MB" if resident_bytes() > self._most else ""


@contextmanager
def budget(name: str, size: int) -> Iterator[None]:
    """Let what is done inside take so much, which grows with the ``size`` of the file in bytes.

    Time is that of the processor in this thread, so that a busy machine changes nothing; memory is by how much the
    process grows. What a library does in one go, without coming back to Python, is stopped when it comes back.

    Raises:
        CorpusError: it takes more.
    """
    watch = _Watch(SECONDS + SECONDS_A_MB * size / 1e6, MEMORY + MEMORY_A_BYTE * size)
    watch.start()
    try:
        try:
            yield
        finally:
            # An interruption that was on its way arrives in here; none is sent afterwards.
            with watch.lock:
                watch.over.set()
    except _OverBudgetError:
        watch.over.set()
        raise CorpusError(f"reading {name} takes {watch.reason}: split it into smaller files, or convert it to text") from None


def _clock_of(thread: int) -> Callable[[], float]:
    """Return a clock of the processor's time that a thread has had; where the system has none, of the time that passes."""
    try:
        clock = time.pthread_getcpuclockid(thread)
        time.clock_gettime(clock)
    except (AttributeError, OSError):
        return time.monotonic
    return lambda: time.clock_gettime(clock)
