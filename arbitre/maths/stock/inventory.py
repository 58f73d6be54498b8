"""How often is a stock ready, how much is owed, how much is on the shelf?

One place holds an item up to a level s and orders one for one. The units on order form its pipeline X, and everything
asked of the stock follows from X alone, for every level: the ready rate P(X < s), the backorders (X - s)+ and the stock
on hand (s - X)+. Palm: Poisson demand makes X Poisson with mean rate x time, whatever the shape of the replenishment
time. More scattered demand, or a pipeline that waits for a supplier, is fitted by a negative binomial with the same
mean and variance (Sherbrooke 2004, chapters 2 and 3).

Both laws, and the binomial used for sharing out a backlog, obey one recursion (Panjer 1981): p(x+1) = p(x) (a + b x) /
(x + 1). A *walk* carries that recursion and all measures from one level to the next; nothing is ever tabulated, so no
level is ever out of range. A walk is one row of a float array of WALK_WIDTH columns, because compiled loops keep many
walks side by side. A lone walk is row np.int64(0): for a literal 0 numba would compile every step a second time.
"""

import math

import numpy as np
from numba import njit

PMF, LOG_PMF, GROWTH, TREND, LEVEL, READY, BACKORDERS, BACKORDERS_SQUARED, ON_HAND = range(9)
WALK_WIDTH = 9

_LOWEST_LOG = -690.0
"""Below this logarithm a probability is no longer a normal float; the walk then carries only the logarithm."""
_POISSON_UP_TO = 1.0 + 1e-9
"""A variance over mean up to here counts as Poisson: beyond, the negative binomial is numerically distinct from it."""


@njit(cache=True, nogil=True, error_model="numpy")
def law_of(mean, variance):
    """Growth, trend and log p(0) of the law of a pipeline: Poisson, or negative binomial if variance > mean."""
    trend = 0.0
    if mean > 0.0 and variance > mean * _POISSON_UP_TO:
        trend = 1.0 - mean / variance
    growth = mean * (1.0 - trend)
    return growth, trend, -mean if trend == 0.0 else growth / trend * math.log1p(-trend)


@njit(cache=True, nogil=True, error_model="numpy")
def first_probability(log_none):
    """p(0) as a float: nought while it is too small for one."""
    return math.exp(log_none) if log_none > _LOWEST_LOG else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def next_probability(pmf, log_pmf, growth, trend, x):
    """From p(x) and its logarithm to those of x + 1; in logarithms for as long as p is too small for a float."""
    ratio = (growth + trend * x) / (x + 1.0)
    if pmf > 0.0:
        return pmf * ratio, log_pmf
    if ratio > 0.0:
        log_pmf += math.log(ratio)
        # Only the way up to the mode is taken in logarithms: on the way down a vanished probability stays nought.
        if log_pmf > _LOWEST_LOG and ratio > 1.0:
            return math.exp(log_pmf), log_pmf
    return 0.0, log_pmf


@njit(cache=True, nogil=True, error_model="numpy")
def start_law(walks, row, growth, trend, log_none):
    """Set a walk at x = 0 of the law with p(x+1) = p(x) (growth + trend x) / (x + 1) and log p(0) = log_none."""
    walks[row, PMF] = first_probability(log_none)
    walks[row, LOG_PMF] = log_none
    walks[row, GROWTH] = growth
    walks[row, TREND] = trend
    walks[row, LEVEL] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def step_law(walks, row):
    """Move the probability of a walk from x to x + 1."""
    x = walks[row, LEVEL]
    walks[row, PMF], walks[row, LOG_PMF] = next_probability(
        walks[row, PMF], walks[row, LOG_PMF], walks[row, GROWTH], walks[row, TREND], x)
    walks[row, LEVEL] = x + 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def start_walk(walks, row, mean, variance):
    """Open the walk of a pipeline at level 0.

    Args: walks (rows, WALK_WIDTH) array written in place; row; mean and variance of the pipeline (units, units
    squared). A variance not above the mean gives a Poisson law, a larger one a negative binomial.
    """
    growth, trend, log_none = law_of(mean, variance)
    start_law(walks, row, growth, trend, log_none)
    walks[row, READY] = 0.0
    walks[row, BACKORDERS] = mean
    walks[row, BACKORDERS_SQUARED] = max(variance, mean) + mean * mean
    walks[row, ON_HAND] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def step_walk(walks, row):
    """Move a walk from level s to s + 1; every measure follows in O(1)."""
    ready = min(walks[row, READY] + walks[row, PMF], 1.0)
    short = 1.0 - ready
    backorders = walks[row, BACKORDERS]
    walks[row, READY] = ready
    walks[row, BACKORDERS_SQUARED] = max(walks[row, BACKORDERS_SQUARED] - 2.0 * backorders + short, 0.0)
    walks[row, BACKORDERS] = max(backorders - short, 0.0)
    walks[row, ON_HAND] += ready
    step_law(walks, row)


@njit(cache=True, nogil=True, error_model="numpy")
def stock_measures(mean, variance, level):
    """What does a stock held up to `level` do, when its pipeline has this mean and variance?

    Args: mean, variance of the pipeline (units, units squared); level (units, an integer >= 0).
    Returns: ready rate P(X < level) (share of demand met from the shelf), expected backorders E[(X - level)+] (units),
    their second moment (units squared), expected stock on hand E[(level - X)+] (units).
    """
    walk, only = np.empty((1, WALK_WIDTH)), np.int64(0)
    start_walk(walk, only, mean, variance)
    for _ in range(level):
        step_walk(walk, only)
    return walk[only, READY], walk[only, BACKORDERS], walk[only, BACKORDERS_SQUARED], walk[only, ON_HAND]


@njit(cache=True, nogil=True, error_model="numpy")
def depot_measures(mean, variance, level, lot):
    """What does a depot that orders in lots do?

    Its inventory position is uniform on max(0, level - lot + 1) .. level: a lot never exceeds what the level allows, so
    level 0 means "not held, ordered on demand". Each measure is the mean over the positions (Hadley & Whitin 1963,
    chapter 4).

    Args: mean, variance of the units on order (units, units squared); level (units); lot (units, >= 1).
    Returns: ready rate, mean backlog (units), variance of the backlog (units squared), stock on hand (units).
    """
    walk, only = np.empty((1, WALK_WIDTH)), np.int64(0)
    start_walk(walk, only, mean, variance)
    lowest = max(0, level - lot + 1)
    ready, backlog, squared, on_hand = 0.0, 0.0, 0.0, 0.0
    for position in range(level + 1):
        if position > 0:
            step_walk(walk, only)
        if position >= lowest:
            ready += walk[only, READY]
            backlog += walk[only, BACKORDERS]
            squared += walk[only, BACKORDERS_SQUARED]
            on_hand += walk[only, ON_HAND]
    positions = level + 1 - lowest
    backlog /= positions
    return ready / positions, backlog, max(squared / positions - backlog * backlog, 0.0), on_hand / positions


@njit(cache=True, nogil=True, error_model="numpy")
def pipeline_pmf(mean, variance, size):
    """With which probability are 0 .. size - 1 units on order? The law is that of `start_walk`; returns (size,)."""
    pmf = np.empty(size)
    write_pmf(mean, variance, pmf)
    return pmf


@njit(cache=True, nogil=True, error_model="numpy")
def write_pmf(mean, variance, pmf):
    """Write into pmf (size,) with which probability 0 .. size - 1 units are on order."""
    growth, trend, log_p = law_of(mean, variance)
    p = first_probability(log_p)
    for x in range(len(pmf)):
        pmf[x] = p
        p, log_p = next_probability(p, log_p, growth, trend, float(x))
