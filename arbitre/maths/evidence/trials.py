"""What did a change bring, how sure is that, and how many must be watched to know?

A trial compares units under a change with units without it. Every comparison here ends in an `Effect`: a difference of
means with its standard error; what differs is what a unit is.

- Two means: Welch (Biometrika 34, 1947).
- A ratio of sums (sales per visit, late lines per order): each unit counts by its linearised value, (above - ratio x
  below) / mean below (delta method; Deng, Knoblich and Lu, KDD 2018).
- Clusters (regions, sites, crews): what was drawn by cluster is judged by cluster: sums over those of a cluster, as a
  ratio (Cochran, Sampling Techniques, 1977, chapter 9).
- CUPED: what a unit did before the trial explains part of what it does in it, whatever the change (Deng, Xu, Kohavi and
  Walker, WSDM 2013). It serves where both are the same measure.
- Who looks every day and stops when it looks good is wrong far more often than one time in twenty. A confidence
  sequence holds at all times at once (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Annals of Statistics 52, 2024,
  equation 9): the error is widened by a factor that depends on how many were seen, least near the number planned.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, stdtr, stdtrit

Floats = NDArray[np.float64]
_NORMAL = NormalDist()


class Effect(NamedTuple):
    """What a change brought: value, its standard error, the ends of its interval, and the chance p of a difference as
    large were there none."""

    value: float
    error: float
    low: float
    high: float
    p: float


def difference(treated: ArrayLike, control: ArrayLike, confidence: float = 0.95) -> Effect:
    """By how much do the means of two groups differ?

    Args: treated, control, one value per unit, at least two each. Returns treated less control (Welch). Raises
    ValueError for fewer.
    """
    one, other = _values(treated), _values(control)
    return _welch(float(one.mean() - other.mean()), _squared_error(one), len(one), _squared_error(other), len(other),
                  confidence)


def ratio_difference(treated: tuple[ArrayLike, ArrayLike], control: tuple[ArrayLike, ArrayLike],
                     confidence: float = 0.95) -> Effect:
    """By how much do two ratios of sums differ?

    Args: treated, control, (above, below), one value of each per unit. Returns sum above / sum below of the treated
    less that of the control. Raises ValueError where what is below sums to nought.
    """
    (one, mine), (other, theirs) = _linearised(*treated), _linearised(*control)
    return _welch(one - other, _squared_error(mine), len(mine), _squared_error(theirs), len(theirs), confidence)


def cluster_difference(values: ArrayLike, cluster: ArrayLike, is_treated: ArrayLike,
                       confidence: float = 0.95) -> Effect:
    """By how much do means differ where whole clusters were drawn?

    Args: values (units,); cluster (units,), whole numbers; is_treated (units,), the same within a cluster. Raises
    ValueError for a cluster in both groups, or fewer than two clusters in one.
    """
    numbers = np.unique(np.asarray(cluster), return_inverse=True)[1]
    sums, sizes = np.bincount(numbers, _values(values)), np.bincount(numbers)
    share = np.bincount(numbers, np.asarray(is_treated, dtype=float)) / sizes
    if ((share > 0) & (share < 1)).any():
        raise ValueError("a cluster is under the change or it is not, never in part")
    on = share == 1
    return ratio_difference((sums[on], sizes[on]), (sums[~on], sizes[~on]), confidence)


def adjusted(values: ArrayLike, before: ArrayLike) -> tuple[Floats, float]:
    """What would each unit have done, had all been alike before the trial?

    Args: values, before (units,) of both groups together. Returns the values to compare, and the share of the variance
    that is gone (CUPED).
    """
    after, known = _values(values), _values(before)
    spread = float(known.var(ddof=1))
    if spread == 0 or float(after.var()) == 0:
        return after, 0.0
    slope = float(np.cov(after, known)[0, 1]) / spread
    left = after - slope * (known - known.mean())
    return left, 1.0 - float(left.var() / after.var())


def at_all_times(effect: Effect, seen: int, planned: int, confidence: float = 0.95) -> Effect:
    """How sure is an effect to somebody who looks as often as he likes, and stops when he likes?

    Args: effect, as found so far; seen, units so far; planned, units at which the interval is to be narrowest. The
    first look should have some 100 units. Returns the effect with the ends of its confidence sequence, and a p that
    holds at all times. Raises ValueError for fewer than two units.
    """
    if seen < 2 or planned < 2:
        raise ValueError("a sequence needs two units at least, seen and planned")
    weight = seen * _tuning(planned, confidence)
    half = effect.error * float(widening(seen, planned, confidence))
    if effect.error == 0:
        return effect._replace(low=effect.value, high=effect.value)
    z = effect.value / effect.error
    p = min(1.0, math.sqrt(weight + 1.0) * math.exp(-0.5 * z * z * weight / (weight + 1.0)))
    return effect._replace(low=effect.value - half, high=effect.value + half, p=p)


def widening(seen: ArrayLike, planned: int, confidence: float = 0.95) -> Floats:
    """How many standard errors wide is a confidence sequence on either side, once so many units are seen?"""
    weight = np.asarray(seen, dtype=float) * _tuning(planned, confidence)
    return np.sqrt(2.0 * (weight + 1.0) / weight * np.log(np.sqrt(weight + 1.0) / (1.0 - confidence)))


def sample_size(effect: float, spread: float, power: float = 0.8, confidence: float = 0.95,
                treated_share: float = 0.5) -> int:
    """How many units, of both groups together, find an effect of this size with this chance?

    Args: effect, not nought; spread, standard deviation of a unit; treated_share, between 0 and 1. Normal, two-sided.
    """
    if effect == 0 or not 0 < treated_share < 1:
        raise ValueError("an effect of nought is never found, and both groups need units")
    sure = _NORMAL.inv_cdf((1.0 + confidence) / 2.0) + _NORMAL.inv_cdf(power)
    return math.ceil((sure * spread / effect) ** 2 / (treated_share * (1.0 - treated_share)))


def power(effect: float, error: float, confidence: float = 0.95) -> float:
    """With which chance is an effect of this size found, when its standard error is this?"""
    limit, z = _NORMAL.inv_cdf((1.0 + confidence) / 2.0), abs(effect) / error
    return _NORMAL.cdf(z - limit) + _NORMAL.cdf(-z - limit)


def mismatch(counts: ArrayLike, shares: ArrayLike) -> float:
    """What is the chance of groups as far from the shares they were drawn by? Below 0.001 the draw is broken."""
    found, expected = np.asarray(counts, dtype=float), np.asarray(shares, dtype=float)
    expected = found.sum() * expected / expected.sum()
    return float(chdtrc(len(found) - 1, ((found - expected) ** 2 / expected).sum()))


def _tuning(planned: int, confidence: float) -> float:
    """Return rho squared, which makes the sequence narrowest near the number planned."""
    wide = -2.0 * math.log(1.0 - confidence)
    return (wide + math.log(wide + 1.0)) / planned


def _values(given: ArrayLike) -> Floats:
    values = np.asarray(given, dtype=float)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise ValueError("a group needs two finite values at least, one per unit")
    return values


def _squared_error(values: Floats) -> float:
    return float(values.var(ddof=1)) / len(values)


def _linearised(above: ArrayLike, below: ArrayLike) -> tuple[float, Floats]:
    """Return the ratio, and what each unit counts towards it."""
    top, bottom = _values(above), _values(below)
    if bottom.sum() == 0:
        raise ValueError("a ratio needs something below it: its units sum to nought")
    ratio = float(top.sum() / bottom.sum())
    return ratio, (top - ratio * bottom) / bottom.mean()


def _welch(value: float, one: float, units: int, other: float, others: int, confidence: float) -> Effect:
    """Return the effect, with Student's quantile at Satterthwaite's degrees of freedom."""
    error = math.sqrt(one + other)
    if error == 0:
        return Effect(value, 0.0, value, value, float(value == 0))
    freedom = (one + other) ** 2 / (one**2 / (units - 1) + other**2 / (others - 1))
    half = float(stdtrit(freedom, (1.0 + confidence) / 2.0)) * error
    return Effect(value, error, value - half, value + half, 2.0 * float(stdtr(freedom, -abs(value) / error)))
