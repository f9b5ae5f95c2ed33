"""Make expressions of the words that articles and web pages are told apart by, which stand in ``dgqa/data/corpus``."""

from __future__ import annotations

from dgqa.data import table


def listed(name: str, section: str) -> list[str]:
    """Return the lines of a section of ``dgqa/data/corpus/NAME.toml``."""
    lines: list[str] = table(f"corpus/{name}")[section]
    return lines


def one_of(name: str, section: str) -> str:
    """Return a regular expression, in a group, for any line of a section."""
    return f"(?:{'|'.join(listed(name, section))})"
