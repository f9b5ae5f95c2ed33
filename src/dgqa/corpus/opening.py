"""Which files of a corpus may be opened: regular ones, with names that can be written down, inside the corpus folder."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import BinaryIO

from dgqa import system
from dgqa.config import environment_flag
from dgqa.errors import CorpusError

FOLLOW_LINKS = "DGQA_FOLLOW_LINKS"
# What would break a line of a table or a log, command a terminal, or turn the direction of what stands behind it.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_LEADS_OUT = "is a link out of the corpus folder: put what it names there, or set follow_links"


def shown(name: str) -> str:
    """Return a name as it can be written anywhere: what is not UTF-8 in it as ``\\xNN``, and so what is no character to be seen."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def reason_to_leave_out(file: Path, root: Path, *, named: bool = False) -> str:
    """Return why a file that was found under ``root`` is not opened, "" where nothing speaks against it.

    A file that was ``named`` itself may be a link to anywhere.
    """
    if shown(str(file.name)) != file.name or shown(file.relative_to(root).as_posix()) != file.relative_to(root).as_posix():
        return "its name or that of a folder above it is not UTF-8, or holds a control character: rename it"
    try:
        facts = file.stat()
        # It may be a link itself, or stand in a folder that is one.
        inside = named or file.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        return f"it cannot be looked at ({getattr(error, 'strerror', None) or 'a link that leads nowhere'}): remove it"
    if not inside and not environment_flag(FOLLOW_LINKS):
        return f"it {_LEADS_OUT}"
    if not stat.S_ISREG(facts.st_mode):
        return f"it is {system.kind_of(facts.st_mode)}, not a file with text: remove it"
    return ""


def open_regular(file: Path, root: Path | None = None) -> BinaryIO:
    """Open a regular file for reading, see `dgqa.system.open_regular`.

    With a ``root`` it is opened only inside that folder, unless links are followed: whoever puts a link in the place of
    a file, or of a folder above it, between the listing and now gets nothing read that lies elsewhere.

    Raises:
        OSError: it can't be opened.
        CorpusError: it is no regular file, or not inside ``root``.
    """
    try:
        if root is None or environment_flag(FOLLOW_LINKS):
            return system.open_regular(file)
        return system.open_inside(root, file)
    except system.NotAFileError as error:
        raise CorpusError(f"{shown(file.name)} is {error.kind}, not a file with text: remove it") from error
    except system.OutsideError as error:
        raise CorpusError(f"{shown(file.name)} {_LEADS_OUT}") from error
