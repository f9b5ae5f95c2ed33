"""Rules for an English sentence and Chinese evidence: a part of it that is nearest in meaning to a clause that says otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dgqa.claims.claim import Case, harmless, stated
from dgqa.claims.polarity import negated
from dgqa.claims.roles import CONVERSE
from dgqa.data import Pattern
from dgqa.language.hearing import heard, spelled_names
from dgqa.language.names import bodies_named, foreign_names
from dgqa.language.reading import Text
from dgqa.language.text import simplify
from dgqa.language.values import Amount, Date

if TYPE_CHECKING:
    from dgqa.models.embedding import Embedder

Floats = npt.NDArray[np.float32]

_CLEARLY = 0.01  # cosine by which a clause with another value must be nearer than any with the sentence's own
_PART = re.compile(r"[,;:]\s+|\s+(?:and|but|while|whereas|although|though|because|even if|if|when)\s+")
_CONTRAST = re.compile(r"\b(?:rather than|instead of|unlike|not so much)\b", re.IGNORECASE)
_BODY = Pattern("claims/cross_lingual", "body")
_PASSIVE = re.compile(r"\b(?:by|from|receiv\w+|obtain\w+|accept\w+|jointly|together|each other)\b", re.IGNORECASE)
_LONG = 3  # bigrams of a clause, and words of a part, that say something


class CrossLingual:
    """Compares English sentences with Chinese clauses by ``embedder``; what it has embedded once it keeps."""

    def __init__(self, embedder: Embedder) -> None:
        """Nothing is embedded yet."""
        self._embedder = embedder
        self._known: dict[str, Floats] = {}

    def likeness(self, one: Sequence[str], other: Sequence[str]) -> Floats:
        """Return the cosines of each of ``one`` with each of ``other``, float32 of shape (len(one), len(other))."""
        texts = [simplify(text) for text in (*one, *other)]
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        if new:
            self._known.update(zip(new, self._embedder.embed_passages(new), strict=True))
        vectors = np.stack([self._known[text] for text in texts])
        likeness: Floats = vectors[: len(one)] @ vectors[len(one) :].T
        return likeness

    def nearer_to_others(self, part: str, told: Sequence[tuple[str, bool]]) -> bool:
        """Whether a part is nearer to a clause of other things than to all of its own."""
        row = self.likeness([part], [clause for clause, _ in told])[0]
        own = max(float(score) for score, (_, same) in zip(row, told, strict=True) if same)
        return max(map(float, row)) > own + _CLEARLY


def denied(case: Case) -> str:
    """A part of the sentence that is nearest to a clause that is negated where it is not."""
    sentence, told = case.claim.text, case.grounds.clauses
    # "Rather than" may render a negation, and need not.
    if case.across is None or _CONTRAST.search(sentence) or not any(map(negated, told)):
        return ""
    told = tuple(clause for clause in told if len(clause.bigrams) >= _LONG)
    said = [part for part in _PART.split(sentence) if len(part.split()) >= _LONG] or [sentence]
    for part, row in zip(said, case.across.likeness(said, [clause.text for clause in told]), strict=True):
        nearest = told[int(row.argmax())]
        if negated(nearest) and not negated(Text(part), english=True) and not negated(case.claim, english=True):
            return part
    return ""


def misattached(case: Case) -> str:
    """A part of the sentence that gives a year or a number to what the evidence gives another of the same kind."""
    if case.across is None:
        return ""
    told = [clause for clause in case.grounds.clauses if clause.values and len(clause.bigrams) >= _LONG]
    for part in map(Text, _PART.split(case.claim.text)):
        said = [value for value in part.values if not harmless(value)]
        if len(said) != 1 or len(part.text.split()) < _LONG:
            continue
        (value,) = said
        alike = [(clause, stated(value, clause)) for clause in told if any(_of_a_kind(value, other) for other in clause.values)]
        if len(alike) < 2 or not any(own for _, own in alike) or all(own for _, own in alike):
            continue
        if case.across.nearer_to_others(_without(part, said), [(_without(clause, clause.values), own) for clause, own in alike]):
            return part.text
    return ""


def misattributed(case: Case) -> str:
    """A part of the sentence that tells of one foreigner what the evidence tells of another."""
    if case.across is None:
        return ""
    told = [(clause, spelled) for clause in case.grounds.clauses if (spelled := [name for name in spelled_names(clause.folded) if len(name) > 1])]
    if len({name for _, names in told for name in names}) < 2:
        return ""
    for part in _PART.split(case.claim.text):
        names = foreign_names(part)
        if len(names) != 1 or len(part.split()) < _LONG:
            continue
        alike = [(clause.text, heard(names[0], clause.folded)) for clause, _ in told]
        bare = re.sub(names[0], " ", part, flags=re.IGNORECASE)
        if any(own for _, own in alike) and not all(own for _, own in alike) and case.across.nearer_to_others(bare, alike):
            return part
    return ""


def other_body(case: Case) -> str:
    """A body that only other evidence names, or two bodies in each other's place."""
    names = sorted({name for piece in case.every.pieces for name, _, _ in bodies_named(piece.whole.folded)})
    said = [" ".join(filter(None, (match[1], match[2]))).strip() for match in _BODY.finditer(case.claim.text)]
    if case.across is None or len(names) < 2 or not said:
        return ""
    nearest = [names[int(row.argmax())] for row in case.across.likeness([part.lower() for part in said], names)]
    # What several say together is about the body that the nearest names, not about one of the others.
    about = next(((piece,) for piece in case.nearest if bodies_named(piece.folded)), case.nearest)
    for piece in about:
        folded = piece.whole.folded
        if not set(nearest) <= {name for name, _, _ in bodies_named(folded)}:
            continue
        order = [folded.index(name) for name in dict.fromkeys(nearest)]
        if order == sorted(order) or len(order) != 2 or _PASSIVE.search(case.claim.text) or CONVERSE.search(folded):
            return ""
        return "" if re.search(r"\b(?:and|or)\b", case.claim.text) else said[0]
    return "" if set(nearest) <= {name for piece in about for name, _, _ in bodies_named(piece.whole.folded)} else said[0]


def _of_a_kind(one: Amount | Date, other: Amount | Date) -> bool:
    if _is_year(one) or _is_year(other):
        return _is_year(one) and _is_year(other)
    return isinstance(one, Amount) and isinstance(other, Amount) and one.kind == other.kind


def _is_year(value: Amount | Date) -> bool:
    """Whether a value is a year, which English writes as a bare number."""
    if isinstance(value, Date):
        return value.year is not None
    return value.kind == "number" and value.value.denominator == 1 and 1900 <= value.value < 2100 and len(value.surface) == 4


def _without(whole: Text, found: Sequence[Amount | Date]) -> str:
    """Return the text without its values, so that what it says of them is compared."""
    text = whole.text
    for value in found:
        text = re.sub(re.escape(value.surface), " ", Text(text).folded if value.surface not in text else text, count=1)
    return re.sub(r"\s+(?:in|on|since|by)\s*(?=[.,;]|$)", " ", re.sub(r"\s+", " ", text)).strip(" .,，。") or text
