"""A sentence that a model wrote and numbered evidence in; which evidence supports it and how far, or why none does, out.

No one test can tell a true sentence from a false one, so each lie has to pass all of them: its values and names must
stand in the evidence, beside the same things as there; clause by clause it must say yes or no as the evidence does; and it
must share its words, or across languages its meaning, with it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dgqa.claims.amounts import longer_list, other_range, other_unit, reversed_change, wrong_amount
from dgqa.claims.claim import Ground, clauses, common_values, harmless, shared, weakest_clause
from dgqa.claims.cross_lingual import Crossing
from dgqa.claims.places_dates import misdated, misplaced
from dgqa.claims.polarity import contradicts, overstates
from dgqa.claims.roles import better_claimed, crossed, merged, swapped, turned
from dgqa.claims.strength import overdrawn
from dgqa.language.names import bodies_named, missing_names
from dgqa.language.places import places
from dgqa.language.tagging import new_words
from dgqa.language.text import bigrams, detect_script, fold, simplify, squeezed
from dgqa.language.values import Date, stands_for, values
from dgqa.question.parsing import Slots

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
_BETTER = 0.1  # how much better other evidence must be to take the place of what the model cited
_ADDS = 0.05  # how much a further piece of evidence must add
_NEAREST = 0.02  # how near in meaning to the nearest other evidence must be to take its place for an English sentence
_LEAST = 6  # letters and characters of a sentence without a number
_PAIRED = 4  # the best pieces that are tried in pairs

_CHINESE_PAIRINGS = (crossed, wrong_amount, turned, swapped, better_claimed, misdated)
_CONTRADICTED = ("negation", "pairing", "scope")


@dataclass(frozen=True, slots=True)
class Checked:
    """The ``numbers`` of the evidence that supports a sentence and how far, in 0..1; or ``fault``, why none does.

    A fault is "value", "name", "pairing", "negation", "scope", "entity" or "support".
    """

    numbers: tuple[int, ...] = ()
    support: float = 0.0
    fault: str = ""


class Checker:
    """Checks the sentences of one answer against its evidence."""

    def __init__(self, grounds: Sequence[Ground], *, slots: Slots | None = None, embedder: Embedder | None = None) -> None:
        """``slots`` are what the question names; without an ``embedder`` only shared words count, and no English sentence passes."""
        self._grounds = {ground.number: ground for ground in grounds}
        self._slots = slots or Slots()
        self._embedder = embedder
        self._crossing = None if embedder is None else Crossing(embedder)
        self._vectors: Floats | None = None  # of the parts, whole sentences and their clauses
        self._owners: list[int] = []
        self._parts: list[str] = []

    def check(self, sentence: str, cited: Sequence[int]) -> Checked:
        """Return what supports ``sentence``, preferring the evidence ``cited`` by the model where that does."""
        # A scrap, such as two words that an article tells its reader to say, states nothing.
        scrap = sum(map(str.isalnum, sentence)) < _LEAST and all(map(harmless, values(sentence)))
        if scrap or not bigrams(sentence) or not self._grounds:
            return Checked(fault="support")
        english = detect_script(sentence) == "Latn"
        closeness = self._closeness(sentence, english)
        known = tuple(dict.fromkeys(number for number in cited if number in self._grounds))
        singles = sorted(((self._try(sentence, (number,), closeness, english)) for number in self._grounds), key=lambda made: (bool(made.fault), -made.support))
        best = singles[0]
        if known:
            given = self._try(sentence, known, closeness, english)
            if not given.fault and (best.fault or best.support < given.support + _BETTER):
                return self._trimmed(sentence, given, closeness, english)
        nearest = max(self._grounds, key=lambda number: self._support(sentence, (number,), closeness, english))
        near = self._try(sentence, (nearest,), closeness, english)
        if near.fault in _CONTRADICTED or (english and near.fault):
            # What the nearest evidence contradicts, no other makes true.
            rival = self._support(sentence, best.numbers, closeness, english)
            within = 0.0 if near.fault == "pairing" else _NEAREST
            if near.fault == "negation" or best.fault or rival < near.support - within:
                return Checked(fault=near.fault) if near.fault in _CONTRADICTED or not best.fault else self._paired(sentence, known, closeness, english)
        if not best.fault:
            return best
        return self._paired(sentence, known, closeness, english)

    def _paired(self, sentence: str, known: tuple[int, ...], closeness: dict[int, float], english: bool) -> Checked:
        """Return what two pieces of evidence support together, or why no two do."""
        likely = sorted(self._grounds, key=lambda number: -self._support(sentence, (number,), closeness, english))[:_PAIRED]
        for pair in sorted(itertools.combinations(sorted({*likely, *known[:2]}), 2), key=lambda pair: -self._support(sentence, pair, closeness, english)):
            both = self._try(sentence, pair, closeness, english)
            if not both.fault:
                return self._trimmed(sentence, both, closeness, english)
        return Checked(fault=self._try(sentence, known or (likely[0],), closeness, english).fault or "support")

    def _try(self, sentence: str, numbers: tuple[int, ...], closeness: dict[int, float], english: bool) -> Checked:
        grounds = [self._grounds[number] for number in numbers]
        support = self._support(sentence, numbers, closeness, english)
        fault = _fault(sentence, grounds, english) or self._wrong_entity(sentence, grounds)
        if not english and not fault and len(grounds) > 1 and merged(sentence, grounds):
            fault = "pairing"
        if english and not fault:
            fault = self._said_otherwise(sentence, sorted(grounds, key=lambda ground: -closeness.get(ground.number, 0.0)))
        if not fault and not self._enough(sentence, grounds, support, closeness, english):
            fault = "support"
        return Checked(numbers, round(min(1.0, max(0.0, support)), 4), fault)

    def _support(self, sentence: str, numbers: Sequence[int], closeness: dict[int, float], english: bool) -> float:
        if english:
            return max(closeness.get(number, 0.0) for number in numbers)
        return shared(sentence, [self._grounds[number] for number in numbers])

    def _enough(self, sentence: str, grounds: Sequence[Ground], support: float, closeness: dict[int, float], english: bool) -> bool:
        if english:
            texts = "\n".join(ground.whole for ground in grounds)
            return support >= (CLOSE_ENGLISH_VALUE if common_values(sentence, texts) else CLOSE_ENGLISH)
        if weakest_clause(sentence, grounds) < SHARED_CLAUSE:
            return False
        close = max((closeness.get(ground.number, 0.0) for ground in grounds), default=0.0)
        nouns, verbs = new_words(sentence, "\n".join(ground.whole for ground in grounds))
        if nouns or (verbs and closeness and close < CLOSE):
            return False
        return support >= SHARED or (support >= SHARED_CLOSE and close >= CLOSE)

    def _trimmed(self, sentence: str, made: Checked, closeness: dict[int, float], english: bool) -> Checked:
        """Leave out cited evidence that adds nothing."""
        kept = made
        for number in sorted(made.numbers, key=lambda number: self._support(sentence, (number,), closeness, english)):
            rest = tuple(other for other in kept.numbers if other != number)
            if rest:
                without = self._try(sentence, rest, closeness, english)
                if not without.fault and without.support >= kept.support - _ADDS:
                    kept = without
        return kept

    def _closeness(self, sentence: str, english: bool) -> dict[int, float]:
        """Return the cosine of the sentence with every piece of evidence, or for an English one with its nearest clause."""
        if self._embedder is None:
            return {}
        if self._vectors is None:
            parts = [(ground.number, part) for ground in self._grounds.values() for part in _parts(ground.text)]
            self._owners = [number for number, _ in parts]
            self._parts = [part for _, part in parts]
            self._vectors = self._embedder.embed_passages([simplify(part) for part in self._parts])
        vector = self._embedder.embed_passages([simplify(sentence)])[0]
        close: dict[int, float] = {}
        for number, part, cosine in zip(self._owners, self._parts, map(float, self._vectors @ vector), strict=True):
            # A Chinese sentence is compared with whole ones: its words are compared clause by clause already.
            if english or part == self._grounds[number].text:
                close[number] = max(close.get(number, -1.0), cosine)
        return close

    def _said_otherwise(self, sentence: str, grounds: Sequence[Ground]) -> str:
        """Return the fault of an English sentence that is nearest in meaning to what says otherwise; the nearest evidence comes first."""
        if self._crossing is None:
            return ""
        texts = [ground.text for ground in grounds]
        if self._crossing.denied(sentence, texts):
            return "negation"
        # What several say together is about the body that the nearest names, not about one of the others.
        about = next(([ground.whole] for ground in grounds if bodies_named(fold(ground.text))), [ground.whole for ground in grounds])
        if self._crossing.misattached(sentence, texts) or self._crossing.misattributed(sentence, texts) or self._crossing.other_body(sentence, about, [ground.whole for ground in self._grounds.values()]):
            return "pairing"
        return ""

    def _wrong_entity(self, sentence: str, grounds: Sequence[Ground]) -> str:
        """Whether the sentence, which names no place or year itself, rests on another place or year than the question's."""
        whole = "\n".join(ground.whole for ground in grounds)
        there = set(places(whole))
        wanted = set(self._slots.places)
        if wanted and there and not wanted & there and not places(sentence):
            return "entity"
        years = {date.year for date in self._slots.dates}
        stated = {value.year for value in values("\n".join(ground.text for ground in grounds)) if isinstance(value, Date) and value.year}
        if years and stated and not years & stated and not any(isinstance(value, Date) for value in values(sentence)):
            return "entity"
        return ""


def _fault(sentence: str, grounds: Sequence[Ground], english: bool) -> str:
    texts = "\n".join(ground.text for ground in grounds)
    whole = "\n".join(ground.whole for ground in grounds)
    stated = values(whole)
    if any(not harmless(value) and not any(stands_for(value, found) for found in stated) for value in values(sentence)):
        return "value"
    if missing_names(sentence, whole, english=english):
        return "name"
    if squeezed(sentence) in squeezed(texts):
        return ""  # word for word
    if misplaced(sentence, grounds) or reversed_change(sentence, texts):
        return "pairing"
    if other_unit(sentence, texts) or other_range(sentence, texts) or longer_list(sentence, texts):
        return "pairing"
    if not english and any(test(sentence, texts) for test in _CHINESE_PAIRINGS):
        return "pairing"
    if contradicts(sentence, [ground.text for ground in grounds], english=english):
        return "negation"
    return "scope" if overstates(sentence, whole) or overdrawn(sentence, [ground.text for ground in grounds], english=english) else ""


def _parts(text: str) -> list[str]:
    """Return a text, its clauses, and each two that follow each other."""
    single = [clause for clause in clauses(text) if len(bigrams(clause)) >= 4]
    double = [f"{one}，{other}" for one, other in itertools.pairwise(clauses(text))]
    return list(dict.fromkeys([text, *single, *double]))
