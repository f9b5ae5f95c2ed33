"""Measure how much of each document's title a question holds, as a hint at the document that is meant.

People name a law or a paper by a part of its title: 仲裁法 for 中华人民共和国仲裁法, 浙江法援 for 浙江省法律援助条例. Each
character of a title counts by how rare it is among the titles, and a title by the share of it that the question holds. An
English question holds what the title has of the Chinese words that its phrases may stand for, each as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from pathlib import PurePosixPath

import numpy as np
import numpy.typing as npt

from dgqa.index.queries import Entry
from dgqa.language.text import HAN, fold

_NEW = 0.3  # of the Chinese characters of a file's name that its title lacks, where the name tells more
WEIGHT = 0.1  # of a title that a question holds whole, in a passage's score


@lru_cache(4_096)
def known_as(title: str, path: str) -> str:
    """Return the title of a document, with the name of its file where that says in Chinese what the title does not.

    >>> known_as("常见问题", "docs/海滨大学宿舍常见问题.html")
    '常见问题（海滨大学宿舍常见问题）'
    >>> known_as("海滨大学章程", "海滨大学章程_2019.md")
    '海滨大学章程'
    """
    name = PurePosixPath(path).stem
    told = re.findall(HAN, fold(name))
    new = set(told) - set(fold(title))
    return f"{title}（{name}）" if len(told) >= 4 and len(new) >= _NEW * len(set(told)) else title


class Titles:
    """The titles of the documents of an index, by their characters."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._numbers = np.asarray([entry.number for entry in entries], np.int64)
        titles = fold("\n".join(known_as(entry.title, entry.path).replace("\n", " ") for entry in entries)).split("\n")[: len(entries)]
        self._places = _places(set(filter(str.isalnum, title)) for title in titles)
        self._pairs = _places(set(_pairs(title)) for title in titles)
        self._rarity = {char: float(np.log((len(titles) + 1) / (len(held) + 0.5))) for char, held in self._places.items()}
        whole = np.zeros(len(titles), np.float32)
        for char, held in self._places.items():
            whole[held] += self._rarity[char]
        self._whole = np.maximum(whole, np.float32(1e-6))

    def named(self, question: str, words: Iterable[str] = ()) -> npt.NDArray[np.float32]:
        """Return the share of each title that a question, or those of the ``words`` that stand in it, hold, between 0 and 1, in the order of the documents."""
        held = np.zeros(len(self._whole), np.float32)
        asked = set(fold(question)) & self._places.keys()
        for char in sorted(asked):
            held[self._places[char]] += np.float32(self._rarity[char])
        told: dict[int, set[str]] = {}
        for word in words:
            for place in self._having(word):
                told.setdefault(place, set()).update(word)
        for place, chars in told.items():
            held[place] += np.float32(sum(self._rarity[char] for char in sorted(chars & self._rarity.keys() - asked)))
        return np.asarray(held / self._whole, np.float32)

    def _having(self, word: str) -> list[int]:
        """Return the places of the titles that have every pair of neighbouring characters of a word."""
        nowhere = np.empty(0, np.int64)
        pairs = [self._pairs.get(pair, nowhere) for pair in _pairs(word)]
        return reduce(np.intersect1d, sorted(pairs, key=len)).tolist() if pairs else []

    def bonus(self, question: str, words: Iterable[str], documents: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return what passages of documents, given by their numbers, gain by their titles."""
        return np.float32(WEIGHT) * self.named(question, words)[np.searchsorted(self._numbers, documents)]


def _pairs(text: str) -> list[str]:
    return [text[at : at + 2] for at in range(len(text) - 1)]


def _places(parts: Iterable[set[str]]) -> dict[str, npt.NDArray[np.int64]]:
    """Return for each part of the titles the places of those that have it."""
    found: dict[str, list[int]] = {}
    for place, held in enumerate(parts):
        for part in held:
            found.setdefault(part, []).append(place)
    return {part: np.asarray(places, np.int64) for part, places in found.items()}
