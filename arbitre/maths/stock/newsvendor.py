"""Which level balances a unit too many against a unit too few?

Demand D is met from a level y, once. A unit left costs h, a unit short p: g(y) = h E[(y - D)+] + p E[(D - y)+]. The
best level is the smallest y with P(D <= y) >= p / (h + p) (Arrow, Harris & Marschak 1951). For normal demand it is
mean + z deviation, at a cost of (h + p) phi(z) deviation, with Phi(z) = p / (h + p).

The same balance with a cost K an order, for normal demand over a lead time, in the oldest approximation ("expected
inventory level": Whitin 1953; Hadley & Whitin 1963, section 4.2), with p a unit short whatever the wait:
    r = F^-1(1 - Q h / (p rate)),   Q = sqrt(2 rate (K + p E[(D - r)+]) / h), in turn.
`maths.stock.lots` finds the best lots without approximation, for demand in whole units.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from arbitre.core.errors import UsageError
from arbitre.maths.stock.lead_time_demand import MOST_DISPERSION, MOST_UNITS, fitted_shelf, on_hand_at

Floats = NDArray[np.float64]
_NORMAL_QUANTILE = np.frompyfunc(NormalDist().inv_cdf, 1, 1)
_STEADY = 1e-12
"""The approximate lot is found once it moves by less than this share of itself."""
_ROUNDS = 1000


def normal_newsvendor(holding: ArrayLike, shortage: ArrayLike, mean: ArrayLike, deviation: ArrayLike
                      ) -> tuple[Floats, Floats]:
    """Find the best level for normal demand and its cost, per item.

    Args, numbers or arrays of one shape: holding, shortage (money a unit left, a unit short, both above 0); mean and
    standard deviation of demand (units).
    Returns: levels (units), costs (money). Raises UsageError for arguments out of range.
    """
    h, p, mu, sigma = _arguments(holding, shortage, mean, deviation)
    # The smaller of the two shares keeps its digits.
    z = np.asarray(_NORMAL_QUANTILE(np.minimum(h, p) / (h + p)), dtype=np.float64) * np.where(p < h, 1.0, -1.0)
    return mu + z * sigma, (h + p) * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi) * sigma


def fitted_newsvendor(holding: ArrayLike, shortage: ArrayLike, mean: ArrayLike, dispersion: ArrayLike = 1.0
                      ) -> tuple[NDArray[np.int64], Floats]:
    """Find the best level for Poisson or negative binomial demand and its cost, per item.

    Args as in `normal_newsvendor`, but for dispersion, the variance over the mean (up to 1: Poisson).
    """
    h, p, mu, ratio = _arguments(holding, shortage, mean, dispersion)
    if (mu > MOST_UNITS).any() or (ratio > MOST_DISPERSION).any():
        raise UsageError(f"Expected a mean of at most {MOST_UNITS:,} and a dispersion of at most "
                         f"{MOST_DISPERSION:,.0f}. Count in larger units.")
    levels, costs = _best_levels(h.flatten(), p.flatten(), mu.flatten(), ratio.flatten())
    return levels.reshape(h.shape), costs.reshape(h.shape)


def discrete_newsvendor(holding: float, shortage: float, pmf: ArrayLike) -> tuple[int, float]:
    """Find the best level and its cost when demand is 0, 1, 2, ... units with the probabilities pmf (size,)."""
    h, p, chances = float(holding), float(shortage), np.asarray(pmf, dtype=np.float64)
    if chances.ndim != 1 or not ((chances >= 0.0).all() and abs(chances.sum() - 1.0) <= 1e-9):
        raise UsageError("Expected a row of probabilities of demand that are 0 or more and sum to 1.")
    _arguments(h, p, 0.0, 0.0)
    demand = np.arange(len(chances))
    # Rounding must not push the level beyond the largest demand.
    level = min(int(np.searchsorted(np.cumsum(chances), p / (h + p))), len(chances) - 1)
    left = np.maximum(level - demand, 0) @ chances
    return level, float(h * left + p * np.maximum(demand - level, 0) @ chances)


@njit(cache=True, nogil=True, error_model="numpy")
def normal_shortage(level, mean, deviation):
    """How many units does normal demand ask for above a level, E[(D - level)+]? Units; the deviation is above 0."""
    z = (level - mean) / deviation
    density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return deviation * (density - z * 0.5 * math.erfc(z / math.sqrt(2.0)))


def expected_level_lot(holding: float, shortage: float, order_cost: float, rate: float, mean: float, deviation: float
                       ) -> tuple[float, float, float]:
    """Find reorder point and lot by the expected-inventory-level approximation, for normal demand.

    Args, in one unit of time: holding (money a unit for that time), shortage (money a unit short, once), order_cost
    (money an order), rate (units), mean and standard deviation of demand over the lead time (units).
    Returns: reorder point, lot (units), approximate cost h (r - mean + Q / 2) + (K + p E[(D - r)+]) rate / Q.
    Raises UsageError when ordering is so dear that the approximation has no answer.
    """
    _arguments(holding, shortage, mean, deviation)
    if min(order_cost, rate, deviation) <= 0.0:
        raise UsageError("Expected an order cost, a rate and a deviation above 0.")
    lot = math.sqrt(2.0 * order_cost * rate / holding)
    for _ in range(_ROUNDS):
        left_short = lot * holding / (shortage * rate)
        if left_short >= 1.0:
            break
        reorder = mean - deviation * NormalDist().inv_cdf(left_short)
        short = normal_shortage(reorder, mean, deviation)
        before, lot = lot, math.sqrt(2.0 * rate * (order_cost + shortage * short) / holding)
        if abs(lot - before) <= _STEADY * lot:
            cost = holding * (reorder - mean + lot / 2.0) + (order_cost + shortage * short) * rate / lot
            return reorder, lot, cost
    raise UsageError("No lot by the expected-inventory-level approximation: an order costs too much against a unit "
                     "short. Use best_lots.")


def _arguments(holding: ArrayLike, shortage: ArrayLike, *others: ArrayLike) -> list[Floats]:
    """Return all as arrays of one shape; raises UsageError when costs are not above 0 or anything else below 0."""
    given = [np.asarray(number, dtype=np.float64) for number in (holding, shortage, *others)]
    if not all(np.isfinite(number).all() for number in given) or min(number.min() for number in given) < 0.0:
        raise UsageError("Expected finite costs, means, deviations and dispersions of 0 or more.")
    if min(given[0].min(), given[1].min()) <= 0.0:
        raise UsageError("Expected costs above 0 for a unit left and for a unit short.")
    return list(np.broadcast_arrays(*given))


@njit(cache=True, nogil=True, error_model="numpy")
def _best_levels(holding, shortage, mean, dispersion):
    levels, costs = np.empty(len(mean), np.int64), np.empty(len(mean))
    for i in range(len(mean)):
        shelf = fitted_shelf(mean[i], dispersion[i])
        level = np.int64(0)
        wanted = shortage[i] / (holding[i] + shortage[i])
        while on_hand_at(shelf, level + 1) - on_hand_at(shelf, level) < wanted:
            level += 1
        on_hand = on_hand_at(shelf, level)
        levels[i] = level
        costs[i] = holding[i] * on_hand + shortage[i] * max(mean[i] - level + on_hand, 0.0)
    return levels, costs
