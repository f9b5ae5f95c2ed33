"""What is not code: words, names and expressions in files beside this module, and the one loader of each kind of file.

A ``.txt`` holds a word on each line, a ``.tsv`` columns between tabs, a ``.toml`` tables of expressions or of rows. Lines
that begin with # say what the others are. Everything is read when it is first used.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Any

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # what stands in a class of Chinese characters
_AMOUNT = r"(?:\d[\d,.]*|[一二三四五六七八九十百千两]+)\s*[余多]?\s*[万亿]?\s*(?:个)?"
_PART = re.compile(r"@([A-Z]+)@")


def content(name: str) -> str:
    """Return what a file holds, named with its ending."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _lines(name: str) -> Iterator[str]:
    return (line for line in content(name).split("\n") if line.strip() and not line.startswith("#"))


@functools.cache
def words(name: str) -> frozenset[str]:
    """Return the words of a list, ``NAME.txt``."""
    return frozenset(line.strip() for line in _lines(f"{name}.txt"))


@functools.cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the rows of ``NAME.tsv``, each as its columns."""
    return tuple(tuple(line.split("\t")) for line in _lines(f"{name}.tsv"))


@functools.cache
def table(name: str) -> Mapping[str, Any]:
    """Return what ``NAME.toml`` holds."""
    return tomllib.loads(content(f"{name}.toml"))


def surnames(*kinds: str) -> str:
    """Return the surnames of these kinds, see `words/surnames.tsv`, as one text."""
    return "".join(names for kind, names in rows("words/surnames") if kind in kinds)


@functools.cache
def _part(name: str) -> str:
    """Return what an expression may name between two @, so that it is written once."""
    parts = {
        "CJK": lambda: CJK,
        "AMOUNT": lambda: _AMOUNT,
        "SURNAMES": lambda: surnames("anywhere"),
        "BODIES": lambda: "|".join(_lines("words/body_endings.txt")),
        "POLITE": lambda: f"(?:{'|'.join(_lines('words/polite.txt'))})*",
        "EVIDENCE": lambda: str(table("drafting")["evidence"]),
        "HOW": lambda: f"(?:的?形式|的?方式|地)?(?:来|來)?(?:{'|'.join(_lines('words/answering.txt'))})?(?:我)?(?:一下|出来|即可|就行)?",
    }
    return parts[name]()


def expression(alternatives: str | list[str]) -> re.Pattern[str]:
    """Compile what a file gives for an expression: its alternatives, behind "(?i)" where case says nothing."""
    given = [alternatives] if isinstance(alternatives, str) else alternatives
    flags = re.IGNORECASE if given[0] == "(?i)" else re.NOFLAG
    return re.compile(_PART.sub(lambda match: _part(match[1]), "|".join(given[1:] if flags else given)), flags)


class Pattern:
    """A regular expression of a file, ``table(file)[name]``, compiled when it is first used; see `re.Pattern` for its methods."""

    def __init__(self, file: str, name: str) -> None:
        """Nothing is read yet."""
        self.file, self.name = file, name

    @functools.cached_property
    def compiled(self) -> re.Pattern[str]:
        """The expression itself."""
        return expression(table(self.file)[self.name])

    def search(self, text: str) -> re.Match[str] | None:
        return self.compiled.search(text)

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        return self.compiled.match(text, start)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        return self.compiled.fullmatch(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return self.compiled.finditer(text)

    def findall(self, text: str) -> list[Any]:
        return self.compiled.findall(text)

    def split(self, text: str) -> list[str]:
        return self.compiled.split(text)

    def sub(self, by: str | Callable[[re.Match[str]], str], text: str) -> str:
        return self.compiled.sub(by, text)
