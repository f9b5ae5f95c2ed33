"""An English sentence and Chinese evidence in; whether a part of it is nearest in meaning to a clause that says otherwise, out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dgqa.claims.claim import clauses, harmless
from dgqa.claims.polarity import negated
from dgqa.language.hearing import heard, spelled_names
from dgqa.language.names import bodies_named, foreign_names
from dgqa.language.text import bigrams, fold, simplify
from dgqa.language.values import Amount, Date, stands_for, values

if TYPE_CHECKING:
    from dgqa.models.embedding import Embedder

Floats = npt.NDArray[np.float32]

_CLEARLY = 0.01  # cosine by which a clause with another value must be nearer than any with the sentence's own
_PART = re.compile(r"[,;:]\s+|\s+(?:and|but|while|whereas|although|though|because|even if|if|when)\s+")
_CONTRAST = re.compile(r"\b(?:rather than|instead of|unlike|not so much)\b", re.IGNORECASE)
_BODY = re.compile(
    r"\b((?:(?!the\b|an?\b|of\b|by\b|and\b|to\b|from\b|its\b|in\b|for\b)[a-z][a-z'-]+ ){0,3}"
    r"(?:bureau|department|office|cent(?:er|re)|commission|committee|authority|administration|agency|archives?|company|university|library|hospital|court|procuratorate|council|association|institute))\b"
    r"(?: of ((?:[a-z]+ )?[a-z]+))?",
    re.IGNORECASE,
)
_PASSIVE = re.compile(r"\b(?:by|from|receiv\w+|obtain\w+|accept\w+|jointly|together|each other)\b", re.IGNORECASE)
_CONVERSE = re.compile(r"[被由受从]|接收|收到|获得|得到|来自|相互|互相|共同|联合")


class Crossing:
    """Compares English sentences with Chinese clauses by ``embedder``; what it has embedded once it keeps."""

    def __init__(self, embedder: Embedder) -> None:
        """Nothing is embedded yet."""
        self._embedder = embedder
        self._known: dict[str, Floats] = {}

    def denied(self, sentence: str, evidence: Sequence[str]) -> bool:
        """Whether a part of the sentence is nearest to a clause that is negated where it is not."""
        # "Rather than" may render a negation, and need not.
        if _CONTRAST.search(sentence) or not any(negated(part) for text in evidence for part in clauses(text)):
            return False
        stated = [part for text in evidence for part in clauses(text) if len(bigrams(part)) >= 3]
        said = [part for part in _PART.split(sentence) if len(part.split()) >= 3] or [sentence]
        for part, row in zip(said, self._likeness(said, stated), strict=True):
            nearest = stated[int(row.argmax())]
            if negated(nearest) and not negated(part, english=True) and not negated(sentence, english=True):
                return True
        return False

    def misattached(self, sentence: str, evidence: Sequence[str]) -> bool:
        """Whether a part of the sentence gives a year or a number to what the evidence gives another of the same kind."""
        stated = [(part, found) for text in evidence for part in clauses(text) if (found := values(part)) and len(bigrams(part)) >= 3]
        for part in _PART.split(sentence):
            said = [value for value in values(part) if not harmless(value)]
            if len(said) != 1 or len(part.split()) < 3:
                continue
            (value,) = said
            alike = [(clause, any(stands_for(value, other) for other in found)) for clause, found in stated if any(_of_a_kind(value, other) for other in found)]
            if len(alike) < 2 or not any(own for _, own in alike) or all(own for _, own in alike):
                continue
            if self._nearer_to_others(_without(part, said), [(_without(clause, values(clause)), own) for clause, own in alike]):
                return True
        return False

    def misattributed(self, sentence: str, evidence: Sequence[str]) -> bool:
        """Whether a part of the sentence tells of one foreigner what the evidence tells of another."""
        stated = [(part, spelled) for text in evidence for part in clauses(text) if (spelled := [name for name in spelled_names(fold(part)) if len(name) > 1])]
        if len({name for _, names in stated for name in names}) < 2:
            return False
        for part in _PART.split(sentence):
            names = foreign_names(part)
            if len(names) != 1 or len(part.split()) < 3:
                continue
            alike = [(clause, heard(names[0], fold(clause))) for clause, _ in stated]
            if any(own for _, own in alike) and not all(own for _, own in alike) and self._nearer_to_others(re.sub(names[0], " ", part, flags=re.IGNORECASE), alike):
                return True
        return False

    def _nearer_to_others(self, part: str, stated: Sequence[tuple[str, bool]]) -> bool:
        """Whether a part is nearer to a clause of other things than to all of its own."""
        row = self._likeness([part], [clause for clause, _ in stated])[0]
        own = max(float(score) for score, (_, same) in zip(row, stated, strict=True) if same)
        return max(map(float, row)) > own + _CLEARLY

    def other_body(self, sentence: str, evidence: Sequence[str], all_evidence: Sequence[str]) -> bool:
        """Whether the sentence is about a body that only other evidence names, or has two bodies in each other's place."""
        names = sorted({name for text in all_evidence for name, _, _ in bodies_named(fold(text))})
        said = [" ".join(filter(None, (match[1], match[2]))).strip() for match in _BODY.finditer(sentence)]
        if len(names) < 2 or not said:
            return False
        nearest = [names[int(row.argmax())] for row in self._likeness([part.lower() for part in said], names)]
        for text in evidence:
            folded = fold(text)
            if not set(nearest) <= {name for name, _, _ in bodies_named(folded)}:
                continue
            order = [folded.index(name) for name in dict.fromkeys(nearest)]
            if order == sorted(order) or len(order) != 2 or _PASSIVE.search(sentence) or _CONVERSE.search(folded):
                return False
            return re.search(r"\b(?:and|or)\b", sentence) is None
        return not set(nearest) <= {name for text in evidence for name, _, _ in bodies_named(fold(text))}

    def _likeness(self, one: Sequence[str], other: Sequence[str]) -> Floats:
        """Return the cosines of each of ``one`` with each of ``other``."""
        texts = [simplify(text) for text in (*one, *other)]
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        if new:
            self._known.update(zip(new, self._embedder.embed_passages(new), strict=True))
        vectors = np.stack([self._known[text] for text in texts])
        likeness: Floats = vectors[: len(one)] @ vectors[len(one) :].T
        return likeness


def _of_a_kind(one: Amount | Date, other: Amount | Date) -> bool:
    if _is_year(one) or _is_year(other):
        return _is_year(one) and _is_year(other)
    return isinstance(one, Amount) and isinstance(other, Amount) and one.kind == other.kind


def _is_year(value: Amount | Date) -> bool:
    """Whether a value is a year, which English writes as a bare number."""
    if isinstance(value, Date):
        return value.year is not None
    return value.kind == "number" and value.value.denominator == 1 and 1900 <= value.value < 2100 and len(value.surface) == 4


def _without(text: str, found: Sequence[Amount | Date]) -> str:
    """Return the text without its values, so that what it says of them is compared."""
    for value in found:
        text = re.sub(re.escape(value.surface), " ", fold(text) if value.surface not in text else text, count=1)
    return re.sub(r"\s+(?:in|on|since|by)\s*(?=[.,;]|$)", " ", re.sub(r"\s+", " ", text)).strip(" .,，。") or text
