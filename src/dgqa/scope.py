"""What a search found in; the probability that the question has nothing to do with the corpus out."""

from __future__ import annotations

import math

from dgqa.phrases import Language
from dgqa.retrieval import Retrieval

# Fitted by eval/calibrate.py on the dev questions against questions on other worlds (bias, then one weight a feature).
# Cosines of another model lie elsewhere, so they hold for this one alone.
CALIBRATED_MODEL = "multilingual-e5-small"
_WEIGHTS = {
    "Hans": (53.61, -26.25, -5.97, -37.03, 3.16),
    "Latn": (38.08, -29.09, -3.51, -27.15, 5.35),
}


def features(found: Retrieval) -> tuple[float, float, float, float]:
    """Return cosine, coverage, late interaction and the share of the question's words that the corpus never has."""
    words = {token for token in found.tokens if "\u0001" not in token}
    unseen = {token for token in found.unseen if "\u0001" not in token}
    return (*found.signals, len(unseen) / max(1, len(words)))


def off_topic_probability(found: Retrieval, language: Language) -> float:
    """Return the probability, in 0..1, by a logistic model for Chinese and one for English."""
    bias, *weights = _WEIGHTS["Latn" if language == "Latn" else "Hans"]
    return 1 / (1 + math.exp(-(bias + sum(w * x for w, x in zip(weights, features(found), strict=True)))))
