"""A rule on names: one in a sentence that neither the evidence nor what it stands under holds."""

from __future__ import annotations

from dgqa.claims.claim import Case
from dgqa.language.names import missing_names


def unstated(case: Case) -> str:
    """A place, person, body, title, term or Latin name that the evidence does not hold."""
    return next(iter(missing_names(case.claim, case.grounds.whole, english=case.claim.english)), "")
