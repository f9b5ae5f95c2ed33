"""What the operating system has: the cores that this process may use, the bytes of a file, and why it refuses a write."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import sys
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def resident_bytes() -> int:
    """Return how much of the memory this process holds; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):  # AttributeError: Windows
        return 0


_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
}


class NotAFileError(OSError):
    """What was to be read is a pipe, a device, a socket or a folder; ``kind`` says which."""

    def __init__(self, mode: int) -> None:
        self.kind = kind_of(mode)
        super().__init__(errno.EINVAL, f"it is {self.kind}, not a file")


def kind_of(mode: int) -> str:
    """Return what something is that is no regular file."""
    return _KINDS.get(stat.S_IFMT(mode), "no file")


class OutsideError(OSError):
    """What was to be read lies outside of the folder that it was looked for in."""


_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def open_regular(file: Path) -> BinaryIO:
    """Open a regular file for reading.

    Whoever replaces a file by a pipe between the listing and now makes nobody wait: a pipe is opened without waiting
    for a writer, and closed.

    Raises:
        OSError: it can't be opened; `NotAFileError` where it is no regular file.
    """
    return _regular(os.open(file, _READING))


def open_inside(root: Path, file: Path) -> BinaryIO:
    """Open a regular file for reading that lies in a folder, wherever links inside of it lead to.

    What it is once all links are followed is opened folder by folder without following any, so that none that is put
    there meanwhile is; where the system can't do that it is opened by its name.

    Raises:
        OSError: it can't be opened; `NotAFileError` where it is no regular file, `OutsideError` where it lies elsewhere.
    """
    top, real = os.path.realpath(root), os.path.realpath(file)
    try:
        *folders, name = Path(real).relative_to(top).parts
    except ValueError:
        raise OutsideError(errno.EXDEV, "it leads out of its folder") from None
    if os.open not in os.supports_dir_fd or not hasattr(os, "O_NOFOLLOW"):
        return open_regular(Path(real))
    folder = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in folders:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        return _regular(os.open(name, _READING | os.O_NOFOLLOW, dir_fd=folder))
    finally:
        os.close(folder)


def _regular(number: int) -> BinaryIO:
    """Return the stream of an opened file, which is closed where it is no regular one."""
    try:
        mode = os.fstat(number).st_mode
        if not stat.S_ISREG(mode):
            raise NotAFileError(mode)
        return os.fdopen(number, "rb")
    except BaseException:
        os.close(number)
        raise


def file_hash(file: Path) -> str:
    """Return the SHA-256 of a file's bytes in hex.

    Raises:
        OSError: it can't be read.
    """
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def readable_hash(file: Path) -> str:
    """Return the SHA-256 of a file's bytes in hex, "" where it can't be read."""
    try:
        return file_hash(file)
    except OSError:
        return ""


def remove_old(folder: Path, pattern: str, *, seconds: float) -> None:
    """Remove what a folder holds by names of a pattern and nobody has written to for so long: what killed processes left, and former versions.

    What can't be removed, for example because another process has it open, stays.
    """
    before = time.time() - seconds
    for path in folder.glob(pattern):
        with suppress(OSError):
            if path.lstat().st_mtime >= before:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


# A child that was forked has the memory of its parent and one of its threads. Locks that another thread held stay held
# in it for ever, and pools of threads that libraries keep have nobody in them.
_QUIET: weakref.WeakSet[Any] = weakref.WeakSet()
_WAIT = 5.0  # seconds for a lock; who holds one longer does not keep the process from forking
_taken: list[Any] = []
_POOLED = ("faiss", "torch")
_TOKENIZERS = "TOKENIZERS_PARALLELISM"  # "true" has them wait for threads that only the parent has
_lost: set[str] = set()


def quiet_at_fork(lock: threading.Lock) -> threading.Lock:
    """Return ``lock``; from now on a fork waits until nobody holds it. No other lock may be taken within it."""
    _QUIET.add(lock)
    return lock


def lost_its_pool(library: str) -> bool:
    """Tell whether this process was forked from one that had a library loaded whose pool of threads it hasn't got: "faiss" or "torch".

    What the library computes in several threads would wait for them for ever.
    """
    return library in _lost


def _before_fork() -> None:
    _taken.extend(lock for lock in list(_QUIET) if lock.acquire(timeout=_WAIT))


def _after_fork() -> None:
    while _taken:
        _taken.pop().release()


def _in_child() -> None:
    _lost.update(name for name in _POOLED if name in sys.modules)
    if "tokenizers" in sys.modules and _TOKENIZERS in os.environ:  # without a wish they do so by themselves
        os.environ[_TOKENIZERS] = "false"
    _after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child)


_REFUSALS = {
    errno.ENOSPC: "the disk is full: free some room there, or choose a folder on another disk",
    errno.EDQUOT: "your share of the disk is used up: free some room there, or choose a folder on another disk",
    errno.EFBIG: "a file would be larger than this process or the file system may have it (`ulimit -f`): raise the limit, or choose another folder",
    errno.EROFS: "the file system can only be read: choose a folder on another one",
    errno.ENOLCK: "the file system has no locks to give (a network drive without them): choose a folder on a local disk",
    errno.ENOTSUP: "the file system does not do what is needed, such as locks: choose a folder on a local disk",
    errno.ENOSYS: "the file system does not do what is needed, such as locks: choose a folder on a local disk",
    errno.EMFILE: "too many files are open: close some, or raise the limit (`ulimit -n`)",
}


def refusal(error: OSError) -> str:
    """Return why the system refused, with what to free or to change where that is known."""
    return _REFUSALS.get(error.errno or 0, error.strerror or str(error))
