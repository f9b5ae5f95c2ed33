"""Find which of many names stand in a text, or are meant by a quoted title, in a time that does not grow with their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_SHORTEST = 4  # characters of a title that a part of another may be
_PART = 7  # tenths of a title that such a part must be


class NameIndex:
    """Finds which of many names a text holds: for each of their lengths, every piece of the text is looked up."""

    def __init__(self, names: Iterable[str]) -> None:
        """Take the names, whose order is that of what is found; empty ones stand in no text."""
        self._places = {name: place for place, name in enumerate(dict.fromkeys(name for name in names if name))}
        self._lengths = sorted(set(map(len, self._places)))
        # No name has a line break in it, so that one does not go on in the next.
        self._joined = "\n".join(("", *self._places, ""))

    def within(self, text: str) -> list[str]:
        """Return the names that stand anywhere in ``text``, each once."""
        return self._ordered(self._pieces(text, min(self._lengths, default=0)))

    def alike(self, title: str) -> list[str]:
        """Return the names that are ``title``, or of which either is at least seven tenths of the other and stands in it."""
        if len(title) < _SHORTEST:
            return []
        shorter = (name for name in self._pieces(title, _SHORTEST) if 10 * len(name) >= _PART * len(title))
        longer = (name for name in self._around(title) if 10 * len(title) >= _PART * len(name))
        return self._ordered({*shorter, *longer})

    def _pieces(self, text: str, shortest: int) -> set[str]:
        return {
            text[start : start + length]
            for length in self._lengths
            if length >= shortest
            for start in range(len(text) - length + 1)
            if text[start : start + length] in self._places
        }

    def _around(self, part: str) -> Iterator[str]:
        """Yield the names that hold ``part``."""
        at = self._joined.find(part)
        while at >= 0:
            begin, end = self._joined.rfind("\n", 0, at) + 1, self._joined.find("\n", at)
            yield self._joined[begin:end]
            at = self._joined.find(part, end)

    def _ordered(self, names: Iterable[str]) -> list[str]:
        return sorted(names, key=self._places.__getitem__)
