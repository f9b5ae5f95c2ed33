"""A question in; out how much of each document's title it holds, as a hint at the document that is meant.

People name a law or a paper by a part of its title: 仲裁法 for 中华人民共和国仲裁法, 浙江法援 for 浙江省法律援助条例. Each
character of a title counts by how rare it is among the titles, and a title by the share of it that the question holds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dgqa.index.queries import Entry
from dgqa.language.text import fold

WEIGHT = 0.1  # of a title that a question holds whole, in a passage's score


class Titles:
    """The titles of the documents of an index, by their characters."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._numbers = np.asarray([entry.number for entry in entries], np.int64)
        titles = fold("\n".join(entry.title.replace("\n", " ") for entry in entries)).split("\n")[: len(entries)]
        places: dict[str, list[int]] = {}
        for place, title in enumerate(titles):
            for char in set(title):
                if char.isalnum():
                    places.setdefault(char, []).append(place)
        self._places = {char: np.asarray(held, np.int64) for char, held in places.items()}
        self._rarity = {char: float(np.log((len(titles) + 1) / (len(held) + 0.5))) for char, held in places.items()}
        whole = np.zeros(len(titles), np.float32)
        for char, held in self._places.items():
            whole[held] += self._rarity[char]
        self._whole = np.maximum(whole, np.float32(1e-6))

    def named(self, question: str) -> npt.NDArray[np.float32]:
        """Return the share of each title that a question holds, between 0 and 1, in the order of the documents."""
        held = np.zeros(len(self._whole), np.float32)
        for char in sorted(set(fold(question)) & self._places.keys()):
            held[self._places[char]] += np.float32(self._rarity[char])
        return np.asarray(held / self._whole, np.float32)

    def bonus(self, question: str, documents: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return what passages of documents, given by their numbers, gain by their titles."""
        return np.float32(WEIGHT) * self.named(question)[np.searchsorted(self._numbers, documents)]
