"""A sentence that a model wrote and numbered evidence in; which evidence supports it and how far, or why none does, out.

No one test can tell a true sentence from a false one, so each lie has to pass all the rules; and what no rule disputes must
share its words, or across languages its meaning, with the evidence.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from dgqa.claims.claim import Case, Fault, Grounds, Statement, harmless
from dgqa.claims.cross_lingual import CrossLingual
from dgqa.claims.marks.support import Closeness, enough, support
from dgqa.claims.rules import disputes
from dgqa.language.reading import Text
from dgqa.question.parsing import Question

if TYPE_CHECKING:
    from dgqa.models.embedding import Embedder

_BETTER = 0.1  # how much better other evidence must be to take the place of what the model cited
_ADDS = 0.05  # how much a further piece of evidence must add
_NEAREST = 0.02  # how near in meaning to the nearest other evidence must be to take its place for an English sentence
_LEAST = 6  # letters and characters of a sentence without a number
_PAIRED = 4  # the best pieces that are tried in pairs

_CONTRADICTED = ("negation", "pairing", "scope")


@dataclass(frozen=True, slots=True)
class Checked:
    """The ``numbers`` of the evidence that supports a sentence and how far, in 0..1; or ``fault``, why none does.

    A fault is "value", "name", "pairing", "negation", "scope", "entity" or "support", or one that callers add; ``rule`` is the
    name of the rule that found it, "" where the sentence has too little support.
    """

    numbers: tuple[int, ...] = ()
    support: float = 0.0
    fault: Fault | Literal["", "language"] = ""
    rule: str = ""


class Checker:
    """Checks the sentences of one answer against its evidence."""

    def __init__(
        self, pieces: Sequence[Statement], *, question: Question | None = None, embedder: Embedder | None = None, without: frozenset[str] = frozenset()
    ) -> None:
        """Take the evidence and the question; ``without`` names rules that are left out.

        Without an ``embedder`` only shared words count, and no English sentence passes.
        """
        self._pieces = {piece.number: piece for piece in pieces}
        self._every = Grounds(tuple(pieces))
        self._question = question or Question("")
        self._across = None if embedder is None else CrossLingual(embedder)
        self._closeness = Closeness(pieces, embedder)
        self._without = without
        self._grounds = lru_cache(maxsize=256)(self._together)

    def check(self, sentence: str, cited: Sequence[int]) -> Checked:
        """Return what supports ``sentence``, preferring the evidence ``cited`` by the model where that does."""
        claim = Text(sentence)
        # A scrap, such as two words that an article tells its reader to say, states nothing.
        scrap = sum(map(str.isalnum, sentence)) < _LEAST and all(map(harmless, claim.values))
        if scrap or not claim.bigrams or not self._pieces:
            return Checked(fault="support")
        return _Check(self, claim).result(tuple(dict.fromkeys(number for number in cited if number in self._pieces)))

    def _together(self, numbers: tuple[int, ...]) -> Grounds:
        return Grounds(tuple(self._pieces[number] for number in numbers))


class _Check:
    """One sentence, tried with one piece of evidence after the other, then with two."""

    def __init__(self, checker: Checker, claim: Text) -> None:
        self._checker = checker
        self._claim = claim
        self._closeness = checker._closeness.of(claim)
        self._tried: dict[tuple[int, ...], Checked] = {}

    def result(self, known: tuple[int, ...]) -> Checked:
        numbers = self._checker._pieces
        best = min((self._try((number,)) for number in numbers), key=lambda made: (bool(made.fault), -made.support))
        if known:
            given = self._try(known)
            if not given.fault and (best.fault or best.support < given.support + _BETTER):
                return self._trimmed(given)
        near = self._try((max(numbers, key=lambda number: self._support((number,))),))
        if near.fault in _CONTRADICTED or (self._claim.english and near.fault):
            # What the nearest evidence contradicts, no other makes true.
            rival = self._support(best.numbers)
            within = 0.0 if near.fault == "pairing" else _NEAREST
            if near.fault == "negation" or best.fault or rival < near.support - within:
                return Checked(fault=near.fault, rule=near.rule) if near.fault in _CONTRADICTED or not best.fault else self._paired(known)
        return self._paired(known) if best.fault else best

    def _support(self, numbers: tuple[int, ...]) -> float:
        return support(self._claim, self._checker._grounds(numbers).pieces, self._closeness)

    def _try(self, numbers: tuple[int, ...]) -> Checked:
        if numbers not in self._tried:
            self._tried[numbers] = self._judged(numbers)
        return self._tried[numbers]

    def _judged(self, numbers: tuple[int, ...]) -> Checked:
        checker, claim = self._checker, self._claim
        grounds = checker._grounds(numbers)
        how_far = self._support(numbers)
        nearest = tuple(sorted(grounds.pieces, key=lambda piece: -self._closeness.get(piece.number, 0.0)))
        case = Case(claim, grounds, checker._question, checker._every, checker._across, nearest)
        rule, _ = next(disputes(case, "sentence", without=checker._without, literal=claim.squeezed in grounds.said.squeezed), (None, ""))
        fault: Fault | Literal[""] = rule.fault if rule else "" if enough(claim, grounds, how_far, self._closeness) else "support"
        return Checked(numbers, round(min(1.0, max(0.0, how_far)), 4), fault, rule.name if rule else "")

    def _paired(self, known: tuple[int, ...]) -> Checked:
        """Return what two pieces of evidence support together, or why no two do."""
        likely = sorted(self._checker._pieces, key=lambda number: -self._support((number,)))[:_PAIRED]
        for pair in sorted(itertools.combinations(sorted({*likely, *known[:2]}), 2), key=lambda pair: -self._support(pair)):
            both = self._try(pair)
            if not both.fault:
                return self._trimmed(both)
        failed = self._try(known or (likely[0],))
        return Checked(fault=failed.fault or "support", rule=failed.rule)

    def _trimmed(self, made: Checked) -> Checked:
        """Leave out cited evidence that adds nothing."""
        kept = made
        for number in sorted(made.numbers, key=lambda number: self._support((number,))):
            rest = tuple(other for other in kept.numbers if other != number)
            if rest:
                without = self._try(rest)
                if not without.fault and without.support >= kept.support - _ADDS:
                    kept = without
        return kept
