"""What a search found in; the probability that the question has nothing to do with the corpus out."""

from __future__ import annotations

import math

from dgqa.phrases import Language
from dgqa.retrieval import Retrieval

# Fitted by eval/calibrate.py (bias, then one weight a feature). Cosines of another model lie elsewhere, so the weights
# hold for this one alone.
CALIBRATED_MODEL = "multilingual-e5-small"
# Questions that are in scope against questions on other worlds.
_WEIGHTS = {
    "Hans": (146.87, -90.35, -23.55, -82.6, 7.4),
    "Latn": (61.86, -2.26, 25.07, -115.22, 26.32),
}
# From these probabilities on a question is refused. By cross-validation that refuses 1.00 of the Chinese and 0.89 of the
# English questions on other worlds (many of the latter on government and history), and 0.00 and 0.07 of those in scope.
OFF_TOPIC = {"Hans": 0.5, "Hant": 0.5, "Latn": 0.6}


def features(found: Retrieval) -> tuple[float, float, float, float]:
    """Return cosine, coverage, late interaction and the share of the question's words that the corpus never has."""
    words = {token for token in found.tokens if "\u0001" not in token}
    unseen = {token for token in found.unseen if "\u0001" not in token}
    return (*found.signals, len(unseen) / max(1, len(words)))


def off_topic_probability(found: Retrieval, language: Language) -> float:
    """Return the probability, in 0..1, by a logistic model for Chinese and one for English."""
    bias, *weights = _WEIGHTS["Latn" if language == "Latn" else "Hans"]
    return 1 / (1 + math.exp(-(bias + sum(w * x for w, x in zip(weights, features(found), strict=True)))))
