"""Read the words that articles and web pages are told apart by from the files in ``dgqa/data``."""

from __future__ import annotations

import functools
import re
from importlib.resources import files


@functools.cache
def sections(name: str) -> dict[str, tuple[str, ...]]:
    """Return the lines of a data file under each of its ``[section]`` lines; "#" lines and empty ones are left out."""
    found: dict[str, list[str]] = {}
    for line in (files("dgqa") / "data" / name).read_text(encoding="utf-8").splitlines():
        if re.fullmatch(r"\[[a-z_]+\]", line):
            found[line[1:-1]] = []
        elif line.strip() and not line.startswith("#"):
            found[next(reversed(found))].append(line)
    return {section: tuple(lines) for section, lines in found.items()}


def one_of(name: str, section: str) -> str:
    """Return a regular expression, in a group, for any line of a section."""
    return f"(?:{'|'.join(sections(name)[section])})"
