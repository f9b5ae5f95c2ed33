"""Which files of a corpus may be opened: regular ones, with names that can be written down, inside the corpus folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from dgqa.config import environment_flag
from dgqa.errors import CorpusError

FOLLOW_LINKS = "DGQA_FOLLOW_LINKS"
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
    stat.S_IFDIR: "a folder",
}


def shown(name: str) -> str:
    """Return a name as it can be written anywhere: what is not UTF-8 in it as ``\\xNN``."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def reason_to_leave_out(file: Path, root: Path, *, named: bool = False) -> str:
    """Return why a file that was found under ``root`` is not opened, "" where nothing speaks against it.

    A file that was ``named`` itself may be a link to anywhere.
    """
    if shown(str(file.name)) != file.name or shown(file.relative_to(root).as_posix()) != file.relative_to(root).as_posix():
        return "its name or that of a folder above it is not UTF-8: rename it"
    try:
        facts = file.stat()
        # It may be a link itself, or stand in a folder that is one.
        inside = named or file.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        return f"it cannot be looked at ({getattr(error, 'strerror', None) or 'a link that leads nowhere'}): remove it"
    if not inside and not environment_flag(FOLLOW_LINKS):
        return "it is a link out of the corpus folder: put what it names there, or set follow_links"
    if not stat.S_ISREG(facts.st_mode):
        return f"it is {_KINDS.get(stat.S_IFMT(facts.st_mode), 'no file')}, not a file with text: remove it"
    return ""


def open_regular(file: Path) -> BinaryIO:
    """Open a regular file for reading.

    Whoever replaces a file by a pipe between the listing and now makes nobody wait: a pipe is opened without waiting
    for a writer, and closed.

    Raises:
        OSError: it can't be opened.
        CorpusError: it is no regular file.
    """
    number = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        kind = os.fstat(number).st_mode
        if not stat.S_ISREG(kind):
            raise CorpusError(f"{shown(file.name)} is {_KINDS.get(stat.S_IFMT(kind), 'no file')}, not a file with text: remove it")
        return os.fdopen(number, "rb")
    except BaseException:
        os.close(number)
        raise
