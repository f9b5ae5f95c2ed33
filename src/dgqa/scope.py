"""What a search found in; the probability that the question has nothing to do with the corpus out."""

from __future__ import annotations

import math

from dgqa.phrases import Language
from dgqa.retrieval import Retrieval

_WEIGHTS = {"Hans": (0.0, 0.0, 0.0, 0.0, 0.0), "Latn": (0.0, 0.0, 0.0, 0.0, 0.0)}


def features(found: Retrieval) -> tuple[float, float, float, float]:
    """Return cosine, coverage, late interaction and the share of the question's words that the corpus never has."""
    words = [token for token in found.tokens if "\u0001" not in token]
    unseen = [token for token in found.unseen if "\u0001" not in token]
    return (*found.signals, len(set(unseen)) / max(1, len(set(words))))


def off_topic_probability(found: Retrieval, language: Language) -> float:
    """Return the probability, by a logistic model for Chinese and one for English, fitted by eval/calibrate.py."""
    bias, *weights = _WEIGHTS["Latn" if language == "Latn" else "Hans"]
    return 1 / (1 + math.exp(-(bias + sum(w * x for w, x in zip(weights, features(found), strict=True)))))
