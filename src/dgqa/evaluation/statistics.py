"""Means, ratios and quantiles, and how far to trust them: what questions add to a figure in, bootstrap intervals out.

None means undefined, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Parts = tuple[float, float]  # what one question adds to a figure: numerator, denominator
Array = npt.NDArray[np.float64]


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


def bootstrap(parts: Sequence[Parts], draws: Array, *, level: float = 0.95) -> tuple[float, float] | None:
    """Return the percentile bootstrap interval of a ratio (Efron 1979) over the questions' ``parts``.

    Resamples in which the ratio is undefined are left out. Undefined with fewer than two questions to
    resample. Where all questions agree the interval has no width: it can't know what it has not seen.
    """
    if sum(part[1] > 0 for part in parts) < 2:
        return None
    drawn = _ratios(parts, draws)
    drawn = drawn[~np.isnan(drawn)]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
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


def paired_bootstrap(
    before: Sequence[Parts], after: Sequence[Parts], draws: Array, *, level: float = 0.95
) -> Difference | None:
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
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    tail = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    return Difference(first, second, float(low), float(high), min(1.0, 2 * (tail + 1) / (len(drawn) + 1)))


def _ratios(parts: Sequence[Parts], draws: Array) -> Array:
    pairs = np.asarray(parts, dtype=np.float64)
    above, below = draws @ pairs[:, 0], draws @ pairs[:, 1]
    ratios: Array = np.divide(above, below, out=np.full(len(draws), np.nan), where=below > 0)
    return ratios
