"""What a search found in; the probability that the question has nothing to do with the corpus, or that it isn't answered there, out."""

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
# From these probabilities on a question is refused, chosen by cross-validation: 1.00 of the Chinese and 0.89 of the English
# questions on other worlds at 0.00 and 0.07 of those in scope; 0.31 of the near misses at 0.03 of the answerable ones,
# most of the others being known by what they name or ask for.
OFF_TOPIC = {"Hans": 0.5, "Hant": 0.5, "Latn": 0.6}
OPEN = 0.85
# Answerable questions against near misses, in Chinese; in English these features tell nothing.
_OPEN_WEIGHTS = (53.1, -69.46, 53.24, -45.09)


def features(found: Retrieval) -> tuple[float, float, float, float]:
    """Return cosine, coverage, late interaction and the share of the question's words that the corpus never has."""
    words = {token for token in found.tokens if "\u0001" not in token}
    unseen = {token for token in found.unseen if "\u0001" not in token}
    return (*found.signals, len(unseen) / max(1, len(words)))


def off_topic_probability(found: Retrieval, language: Language) -> float:
    """Return the probability, in 0..1, by a logistic model for Chinese and one for English."""
    bias, *weights = _WEIGHTS["Latn" if language == "Latn" else "Hans"]
    return _logistic(bias, weights, features(found))


def open_features(found: Retrieval, rows: set[int]) -> tuple[float, float, float]:
    """Return cosine, late interaction and the best match of the least matched token among the passages ``rows``."""
    weakest = [weak for hit, weak in zip(found.hits, found.weakest, strict=True) if hit.passage.row in rows]
    return found.signals.cosine, found.signals.late, max(weakest, default=0.0)


def open_probability(found: Retrieval, rows: set[int]) -> float:
    """Return the probability, in 0..1, that a Chinese question on the topic isn't answered by the passages ``rows``.

    It was fitted on as many near misses as answerable questions, so it is no share of what people ask.
    """
    bias, *weights = _OPEN_WEIGHTS
    return _logistic(bias, weights, open_features(found, rows))


def _logistic(bias: float, weights: list[float], values: tuple[float, ...]) -> float:
    return 1 / (1 + math.exp(-(bias + sum(w * x for w, x in zip(weights, values, strict=True)))))
