"""Bound the time and memory that the reading of one file takes, whatever it holds."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from dgqa.errors import CorpusError
from dgqa.system import quiet_at_fork, resident_bytes

# What no file of people needs: the costliest of forms takes a tenth of the time, and a third of the memory.
SECONDS, SECONDS_A_MB = 60.0, 15.0  # of the processor
MEMORY, MEMORY_A_BYTE = 600_000_000, 150
_LOOK = 0.1  # seconds between two looks
_AGAIN = 10  # looks after which an interruption is repeated: a callback, or foreign code, may have swallowed it
Read = TypeVar("Read")


class _OverBudgetError(BaseException):
    """A reading takes too much; no ``except Exception`` of a parser may keep it."""


class _Reading:
    """A reading that is watched: by its thread, and what it may take; ``reason`` says what it took too much of."""

    def __init__(self, seconds: float, memory: int, resident: int) -> None:
        self.reason = ""
        self._over = False
        self._lock = threading.Lock()
        self._reader = threading.get_ident()
        # The clock itself is asked for at the first look, which most readings don't live to see.
        self._clock: Callable[[], float] | None = None
        self._begun = time.thread_time(), time.monotonic()
        self._seconds, self._memory = seconds, memory
        self._end, self._most = 0.0, resident + memory
        self._looks = 0  # since it was found to take too much

    def look(self, resident: int) -> None:
        """See what the reading has taken, where the process holds so much memory, and interrupt it where that is too much."""
        with self._lock:  # while it is held the thread can't have gone
            if self._over:
                return
            if self._clock is None:
                self._clock = _clock_of(self._reader)
                self._end = self._begun[self._clock is time.monotonic] + self._seconds
            self.reason = self.reason or self._found(self._clock(), resident)
            if self.reason:
                if self._looks % _AGAIN == 0:
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._reader), ctypes.py_object(_OverBudgetError))
                self._looks += 1

    def end(self) -> None:
        """Send no interruption from now on; one that was on its way arrives in here."""
        while not self._over:
            with suppress(_OverBudgetError), self._lock:
                self._over = True
        _readings.discard(self)

    def _found(self, now: float, resident: int) -> str:
        if now > self._end:
            return f"more than {self._seconds:g} s"
        return f"more than {self._memory / 1e6:,.0f} MB" if resident > self._most else ""


# One thread watches all readings, and goes when there was none for a while: small files are read faster than a thread is made.
_readings: set[_Reading] = set()
_watched = quiet_at_fork(threading.Lock())
_watch: threading.Thread | None = None
_resident = 0  # bytes that the process held at the last look
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_readings.clear)  # the threads of the others aren't there


def _watched_reading(seconds: float, memory: int) -> _Reading:
    """Return a reading of this thread's that is watched from now on."""
    global _watch, _resident
    with _watched:
        gone = _watch is None or not _watch.is_alive()  # as in a process that was forked
        _resident = resident_bytes() if gone else _resident
        reading = _Reading(seconds, memory, _resident)
        _readings.add(reading)
        if gone:
            _watch = threading.Thread(target=_look_again, daemon=True, name="dgqa-budget")
            _watch.start()
    return reading


def _look_again() -> None:
    global _watch, _resident
    idle = 0
    while True:
        time.sleep(_LOOK)
        _resident = resident_bytes()
        for reading in list(_readings):
            reading.look(_resident)
        with _watched:
            idle = 0 if _readings else idle + 1
            if idle >= _AGAIN:
                _watch = None
                return


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
    reading = _watched_reading(SECONDS + SECONDS_A_MB * size / 1e6, MEMORY + MEMORY_A_BYTE * size)
    try:
        try:
            made = read()
        finally:
            reading.end()
    except (_OverBudgetError, Exception):
        reading.end()
        if not reading.reason:
            raise
    if reading.reason:
        raise CorpusError(f"reading {name} takes {reading.reason}: split it into smaller files, or convert it to text", kind="large")
    return made


def _clock_of(thread: int) -> Callable[[], float]:
    """Return a clock of the processor's time that a thread has had; where the system has none, of the time that passes."""
    try:
        clock = time.pthread_getcpuclockid(thread)
        time.clock_gettime(clock)
    except (AttributeError, OSError):
        return time.monotonic
    return lambda: time.clock_gettime(clock)
