"""Does a share, or any series, rise or fall with time? Do two orders agree?

Cochran and Armitage (W. G. Cochran, Biometrics 10, 1954, 417-451; P. Armitage, Biometrics 11, 1955, 375-386): shares
against scores, more exact the more cases. Mann and Kendall (H. B. Mann, Econometrica 13, 1945, 245-259; M. G. Kendall,
Rank Correlation Methods, 1975): any series, its order alone, with ties and a correction for continuity.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
_NORMAL = NormalDist()


class Trend(NamedTuple):
    """The statistic in standard errors, above nought where it rises, and the chance of one as high without a trend."""

    z: float
    p_rise: float


def cochran_armitage(departed: ArrayLike, cases: ArrayLike, scores: ArrayLike | None = None) -> Trend:
    """Return whether a share rises with the scores (by default 0, 1, 2, ...).

    Args: departed and cases, counts (periods,). Without cases, or where all or none departed, there is no trend.
    """
    wrong, n = np.asarray(departed, dtype=np.float64), np.asarray(cases, dtype=np.float64)
    at = np.arange(len(n), dtype=np.float64) if scores is None else np.asarray(scores, dtype=np.float64)
    share = wrong.sum() / max(n.sum(), 1.0)
    away = at - (n * at).sum() / max(n.sum(), 1.0)
    variance = share * (1.0 - share) * (n * away**2).sum()
    return _trend(float((wrong * away).sum()), float(variance))


def mann_kendall(series: ArrayLike) -> Trend:
    """Return whether a series (periods,) rises."""
    values = np.asarray(series, dtype=np.float64)
    concordant = _agreeing(np.arange(len(values), dtype=np.float64), values)[0]
    n, ties = len(values), np.unique(values, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18.0
    return _trend(concordant - np.sign(concordant), float(variance))


def kendall_tau(one: ArrayLike, other: ArrayLike) -> float:
    """Return how far two rankings of the same things agree, from -1 to 1 (tau-b); NaN where one ranks nothing."""
    agreeing, ranked, also_ranked = _agreeing(*(np.asarray(values, dtype=np.float64) for values in (one, other)))
    scale = math.sqrt(ranked * also_ranked)
    return agreeing / scale if scale else math.nan


@njit(cache=True, nogil=True, error_model="numpy")
def _agreeing(one, other):
    """Count pairs in the same order less those in the opposite one, and the pairs that each tells apart."""
    agreeing = ranked = also_ranked = 0.0
    for later in range(len(one)):
        for earlier in range(later):
            first, second = np.sign(one[later] - one[earlier]), np.sign(other[later] - other[earlier])
            agreeing += first * second
            ranked += first * first
            also_ranked += second * second
    return agreeing, ranked, also_ranked


def _trend(statistic: float, variance: float) -> Trend:
    z = statistic / math.sqrt(variance) if variance > 0.0 else 0.0
    return Trend(z, _NORMAL.cdf(-z))
