"""Whether a sentence says that something must be, where its evidence says that it may be."""

from __future__ import annotations

from dgqa.claims.claim import Grounds, harmless
from dgqa.data import Pattern
from dgqa.language.reading import Text

_MUST = Pattern("claims/modality", "must")
_MUST_ENGLISH = Pattern("claims/modality", "must_english")
_MAY = Pattern("claims/modality", "may")


def overstated(claim: Text, grounds: Grounds) -> str:
    """Return the word by which a sentence makes a duty of what the evidence permits, proposes or encourages, "" for none."""
    if not all(map(harmless, claim.values)):
        return ""  # what must reach a number is no duty
    found = (_MUST_ENGLISH if claim.english else _MUST).search(claim.folded)
    told = grounds.said.folded
    return found[0] if found and _MAY.search(told) and not _MUST.search(told) else ""
