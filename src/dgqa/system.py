"""What the operating system has: the cores that this process may use, the bytes of a file, and why it refuses a write."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


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


_REFUSALS = {
    errno.ENOSPC: "the disk is full: free some room there, or choose a folder on another disk",
    errno.EDQUOT: "your share of the disk is used up: free some room there, or choose a folder on another disk",
    errno.EROFS: "the file system can only be read: choose a folder on another one",
    errno.ENOLCK: "the file system has no locks to give (a network drive without them): choose a folder on a local disk",
    errno.ENOTSUP: "the file system does not do what is needed, such as locks: choose a folder on a local disk",
    errno.ENOSYS: "the file system does not do what is needed, such as locks: choose a folder on a local disk",
    errno.EMFILE: "too many files are open: close some, or raise the limit (`ulimit -n`)",
}


def refusal(error: OSError) -> str:
    """Return why the system refused, with what to free or to change where that is known."""
    return _REFUSALS.get(error.errno or 0, error.strerror or str(error))
