"""How far evidence supports a sentence that no rule disputes: the words that both share, or across languages their meaning."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dgqa.claims.claim import Grounds, Statement, harmless, stated
from dgqa.data import words
from dgqa.language.reading import Text
from dgqa.language.text import FUNCTION_WORDS, pairs, simplify

if TYPE_CHECKING:
    from dgqa.models.embedding import Embedder

Floats = npt.NDArray[np.float32]

# Calibrated on tests/data/support_pairs.jsonl; see eval/measure/support.py.
SHARED = 0.5  # share of a Chinese sentence's bigrams that the evidence holds
SHARED_CLAUSE = 0.3  # the same for each of its clauses
SHARED_CLOSE = 0.4  # the share that is enough for a paraphrase,
CLOSE = 0.96  # which is a sentence of this cosine with its evidence; also needed where a verb is new
CLOSE_ENGLISH = 0.81  # cosine of an English sentence with Chinese evidence or a clause of it
CLOSE_ENGLISH_VALUE = 0.785  # the same where they share a number, a date or a place
_KNOWN_WORD = 0.5  # share of a word's bigrams by which the evidence has it
_LONG = 5  # bigrams of a clause that is compared by itself



class Closeness:
    """The meaning of one answer's evidence, against which sentences are held; without an ``embedder`` it tells nothing."""

    def __init__(self, pieces: Sequence[Statement], embedder: Embedder | None) -> None:
        """Nothing is embedded yet."""
        self._texts = {piece.number: piece for piece in pieces}
        self._embedder = embedder
        self._vectors: Floats | None = None  # of the parts, whole sentences and their clauses
        self._parts: list[tuple[int, str]] = []

    def of(self, sentence: Text) -> dict[int, float]:
        """Return the cosine of the sentence with every piece of evidence, or for an English one with its nearest clause."""
        if self._embedder is None:
            return {}
        if self._vectors is None:
            self._parts = [(piece.number, part) for piece in self._texts.values() for part in parts_of(piece)]
            self._vectors = self._embedder.embed_passages([simplify(part) for _, part in self._parts])
        vector = self._embedder.embed_passages([simplify(sentence.text)])[0]
        close: dict[int, float] = {}
        for (number, part), cosine in zip(self._parts, map(float, self._vectors @ vector), strict=True):
            # A Chinese sentence is compared with whole ones: its words are compared clause by clause already.
            if sentence.english or part == self._texts[number].text:
                close[number] = max(close.get(number, -1.0), cosine)
        return close


def parts_of(text: Text) -> list[str]:
    """Return a text, its clauses, and each two that follow each other."""
    single = [clause.text for clause in text.clauses if len(clause.bigrams) >= 4]
    double = [f"{one.text}，{other.text}" for one, other in itertools.pairwise(text.clauses)]
    return list(dict.fromkeys([text.text, *single, *double]))


def support(sentence: Text, pieces: Sequence[Statement], closeness: dict[int, float]) -> float:
    """Return the share of the sentence's bigrams that the evidence or its headings hold; of an English one the highest cosine."""
    if sentence.english:
        return max(closeness.get(piece.number, 0.0) for piece in pieces)
    wanted = sentence.bigrams
    return len(wanted & _held(pieces)) / len(wanted) if wanted else 0.0


def enough(sentence: Text, grounds: Grounds, support: float, closeness: dict[int, float]) -> bool:
    """Whether a sentence with this support says no more than its evidence, as a whole, in each clause and in its words."""
    if sentence.english:
        return support >= (CLOSE_ENGLISH_VALUE if common_values(sentence, grounds.whole) else CLOSE_ENGLISH)
    if weakest_clause(sentence, grounds.pieces) < SHARED_CLAUSE:
        return False
    close = max((closeness.get(piece.number, 0.0) for piece in grounds.pieces), default=0.0)
    nouns, verbs = new_words(sentence, grounds.whole)
    if nouns or (verbs and closeness and close < CLOSE):
        return False
    return support >= SHARED or (support >= SHARED_CLOSE and close >= CLOSE)


def _held(pieces: Sequence[Statement]) -> frozenset[str]:
    return frozenset[str]().union(*(piece.held for piece in pieces))


def weakest_clause(sentence: Text, pieces: Sequence[Statement]) -> float:
    """Return the lowest share of shared bigrams among the sentence's clauses of six characters and more."""
    held = _held(pieces)
    shares = [len(clause.bigrams & held) / len(clause.bigrams) for clause in sentence.clauses if len(clause.bigrams) >= _LONG]
    return min(shares, default=1.0)


def common_values(sentence: Text, evidence: Text) -> bool:
    """Whether a sentence shares a number, a date or a place with its evidence."""
    return any(not harmless(value) and stated(value, evidence) for value in sentence.values) or bool(set(sentence.places) & set(evidence.places))


def new_words(sentence: Text, evidence: Text) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the nouns and the verbs of a Chinese sentence of which the evidence has no two neighbouring characters."""
    held = evidence.bigrams
    nouns: list[str] = []
    verbs: list[str] = []
    for word, flag in sentence.tagged:
        if len(word) < 2 or not word.isalpha() or word in FUNCTION_WORDS or word in words("words/ordinary"):
            continue
        own = pairs(word)
        if len(own & held) / len(own) >= _KNOWN_WORD:
            continue
        if flag[0] == "n" and flag != "ng":
            nouns.append(word)
        elif flag[0] == "v":
            verbs.append(word)
    return tuple(nouns), tuple(verbs)
