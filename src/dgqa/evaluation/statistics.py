"""Means, ratios and quantiles, how far to trust them (bootstrap intervals), and scores judged as predictions (ROC, reliability).

None means undefined, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

Parts = tuple[float, float]  # what one question adds to a figure: numerator, denominator
Array = npt.NDArray[np.float64]
_BOUNDS = 0.025, 0.975  # of the 95% intervals


def mean(numbers: Sequence[float]) -> float | None:
    """Return the arithmetic mean, None of nothing."""
    return sum(numbers) / len(numbers) if numbers else None


def ratio(parts: Iterable[Parts]) -> float | None:
    """Return the sum of the numerators over the sum of the denominators, None over 0."""
    pairs = list(parts)
    below = sum(pair[1] for pair in pairs)
    return sum(pair[0] for pair in pairs) / below if below else None


def quantile(numbers: Sequence[float], q: float) -> float | None:
    """Return the ``q`` quantile, linear between the neighbours (type 7 of Hyndman and Fan 1996)."""
    return float(np.quantile(numbers, q)) if numbers else None


def resamples(n: int, *, samples: int = 1000, seed: int = 0) -> Array:
    """Return how often each of ``n`` questions is drawn in each resample, float64 of shape (samples, n).

    Every row draws n questions with replacement; the same seed gives the same rows.
    """
    rng = np.random.default_rng(seed)
    draws: Array = rng.multinomial(n, np.full(n, 1 / n), size=samples).astype(np.float64)
    return draws


def bootstrap(parts: Sequence[Parts], draws: Array) -> tuple[float, float] | None:
    """Return the percentile bootstrap interval of a ratio (Efron 1979) over the questions' ``parts``.

    Resamples in which the ratio is undefined are left out. Undefined with fewer than two questions to
    resample. Where all questions agree the interval has no width: it can't know what it has not seen.
    """
    if sum(part[1] > 0 for part in parts) < 2:
        return None
    drawn = _ratios(parts, draws)
    drawn = drawn[~np.isnan(drawn)]
    low, high = np.quantile(drawn, _BOUNDS)
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference ``after - before`` of a figure with its interval; ``p`` is two-sided."""

    before: float
    after: float
    low: float
    high: float
    p: float

    @property
    def value(self) -> float:
        """The difference itself."""
        return self.after - self.before


def paired_bootstrap(before: Sequence[Parts], after: Sequence[Parts], draws: Array) -> Difference | None:
    """Compare two runs over the same questions, drawn together (Koehn 2004; Efron and Tibshirani 1993).

    ``p`` = 2 · min(share of resamples with a difference <= 0, share with one >= 0), one added to
    every count, at most 1. Undefined where a figure is undefined or fewer than two questions measure it.
    """
    first, second = ratio(before), ratio(after)
    measured = sum(a[1] > 0 or b[1] > 0 for a, b in zip(before, after, strict=True))
    if first is None or second is None or measured < 2:
        return None
    drawn = _ratios(after, draws) - _ratios(before, draws)
    drawn = drawn[~np.isnan(drawn)]
    low, high = np.quantile(drawn, _BOUNDS)
    tail = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    return Difference(first, second, float(low), float(high), min(1.0, 2 * (tail + 1) / (len(drawn) + 1)))


def _ratios(parts: Sequence[Parts], draws: Array) -> Array:
    pairs = np.asarray(parts, dtype=np.float64)
    above, below = draws @ pairs[:, 0], draws @ pairs[:, 1]
    ratios: Array = np.divide(above, below, out=np.full(len(draws), np.nan), where=below > 0)
    return ratios


# --- scores as predictions ------------------------------------------------------------------------------------


def roc(scores: Sequence[float], positive: Sequence[bool]) -> tuple[tuple[float, float], ...]:
    """Return the ROC curve's points (false positive rate, true positive rate) from (0, 0) to (1, 1).

    The threshold falls from the highest score down; equal scores make one step (Fawcett 2006). Empty where
    one of the classes is.
    """
    p, n = sum(positive), len(positive) - sum(positive)
    if not p or not n:
        return ()
    points, tp, fp = [(0.0, 0.0)], 0, 0
    ranked = sorted(zip(scores, positive, strict=True), key=lambda pair: -pair[0])
    for i, (score, label) in enumerate(ranked):
        tp, fp = tp + label, fp + (not label)
        if i + 1 == len(ranked) or ranked[i + 1][0] != score:
            points.append((fp / n, tp / p))
    return tuple(points)


def auc(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """Return the chance that a positive scores above a negative, ties counting half (Hanley and McNeil 1982)."""
    points = roc(scores, positive)
    if not points:
        return None
    return sum((x1 - x0) * (y0 + y1) / 2 for (x0, y0), (x1, y1) in pairwise(points))


@dataclass(frozen=True, slots=True)
class Bin:
    """The questions whose score lies in ``low..high``: their count, mean score and share of right ones."""

    low: float
    high: float
    n: int
    score: float
    right: float


def reliability(
    scores: Sequence[float],
    right: Sequence[bool],
    *,
    bins: int = 10,
    equal: Literal["width", "count"] = "width",
) -> tuple[Bin, ...]:
    """Return the reliability diagram's bins, empty ones left out (Niculescu-Mizil and Caruana 2005).

    Bins of equal ``width`` divide 0..1, the highest with 1.0 in it; bins of equal ``count`` divide the ranked
    scores, for scores that are no probabilities.
    """
    pairs = sorted(zip(scores, right, strict=True), key=lambda pair: pair[0])
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for i, pair in enumerate(pairs):
        place = int(pair[0] * bins) if equal == "width" else i * bins // len(pairs)
        groups[min(max(place, 0), bins - 1)].append(pair)
    made: list[Bin] = []
    for i, group in enumerate(groups):
        if group:
            low, high = (i / bins, (i + 1) / bins) if equal == "width" else (group[0][0], group[-1][0])
            n = len(group)
            made.append(Bin(low, high, n, sum(s for s, _ in group) / n, sum(ok for _, ok in group) / n))
    return tuple(made)


def calibration_error(bins: Sequence[Bin]) -> float | None:
    """Return the expected calibration error: the mean over questions of |score - share of right ones| by bin.

    Guo et al. 2017, "On Calibration of Modern Neural Networks".
    """
    total = sum(bin_.n for bin_ in bins)
    return sum(bin_.n * abs(bin_.score - bin_.right) for bin_ in bins) / total if total else None
