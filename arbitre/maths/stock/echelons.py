"""A depot feeds local places: what reaches a place when the depot runs short?

A place's pipeline is what it ordered within its transport time plus its part of the depot's backlog. Each unit of the
backlog belongs to the place with probability share = rate of the place / rate of the depot, independently (first come,
first served; Poisson demand; Simon 1971).

- METRIC (Sherbrooke 1968) takes the pipeline as Poisson with the right mean. It understates backorders.
- VARI-METRIC (Graves 1985; Sherbrooke 2004, chapter 6) fits a negative binomial to the right mean and variance.
- The exact law (Simon 1971; Graves 1985) convolves the local demand with the thinned backlog.
"""

import math

import numpy as np
from numba import njit

from arbitre.maths.stock.inventory import LEVEL, PMF, READY, WALK_WIDTH, start_law, start_walk, step_law, step_walk

_VANISHED = 1e-26
"""A probability so small that no sum of what follows it can matter."""
_NEGLIGIBLE = 1e-13
"""Probability left beyond the end of a tabulated backlog; it is put on its last value, so the law still sums to one."""


@njit(cache=True, nogil=True, error_model="numpy")
def local_pipeline(local_mean, local_variance, share, backlog_mean, backlog_variance):
    """Mean and variance of the units on order of a local place.

    Args: mean and variance of the place's demand within its transport time (units, units squared); its share of the
    depot's demand (0 to 1); mean and variance of the depot's backlog (units, units squared).
    Returns: mean (units), variance (units squared). METRIC would use the mean twice.
    """
    mean = local_mean + share * backlog_mean
    variance = local_variance + share * share * backlog_variance + share * (1.0 - share) * backlog_mean
    return mean, variance


@njit(cache=True, nogil=True, error_model="numpy")
def backlog_pmf(mean, variance, level, lot):
    """With which probability does a depot owe 0, 1, 2, ... units?

    Args: mean, variance of the depot's units on order; its level; its lot (inventory position as in `depot_measures`).
    Returns: (size,) probabilities that sum to one; the size is where less than 1e-13 is left.
    """
    walk, only = np.empty((1, WALK_WIDTH)), np.int64(0)
    start_walk(walk, only, mean, variance)
    # The second test ends the walk where rounding keeps the sum from reaching one.
    while walk[only, LEVEL] < mean or (walk[only, READY] < 1.0 - _NEGLIGIBLE and walk[only, PMF] > _VANISHED):
        step_walk(walk, only)
    most = int(walk[only, LEVEL])
    lowest = max(0, level - lot + 1)
    owed = np.zeros(max(most - lowest, 0) + 1)
    start_walk(walk, only, mean, variance)
    for x in range(most + 1):
        # The last value takes all that is left.
        probability = walk[only, PMF] if x < most else 1.0 - walk[only, READY]
        for position in range(lowest, level + 1):
            owed[max(x - position, 0)] += probability / (level + 1 - lowest)
        step_walk(walk, only)
    return owed


@njit(cache=True, nogil=True, error_model="numpy")
def thinned_pmf(pmf, share, size):
    """When each unit of a backlog is ours with probability `share`, how many are ours?

    Args: pmf (n,) of the backlog; share (0 to 1); size, how many values are wanted.
    Returns: (size,) probabilities of 0 .. size - 1.
    """
    ours = np.zeros(size)
    walk, only = np.empty((1, WALK_WIDTH)), np.int64(0)
    odds = share / (1.0 - share) if share < 1.0 else 0.0
    for backlog in range(len(pmf)):
        if pmf[backlog] <= 0.0:
            continue
        if share >= 1.0:
            if backlog < size:
                ours[backlog] += pmf[backlog]
            continue
        start_law(walk, only, backlog * odds, -odds, backlog * math.log1p(-share))
        for x in range(min(backlog + 1, size)):
            ours[x] += pmf[backlog] * walk[only, PMF]
            step_law(walk, only)
    return ours


@njit(cache=True, nogil=True, error_model="numpy")
def exact_place_measures(local_mean, local_variance, backlog, share, backlog_mean, level):
    """What does a local place held up to `level` do, its pipeline taken exactly?

    Exact for Poisson demand and fixed transport times. With more scattered demand the local demand is negative binomial
    with its own variance, while the thinning of the backlog stays binomial: an approximation, as then demands of a
    place come in bunches.

    Args: mean and variance of the place's demand within its transport time; backlog (n,) probabilities of the depot's
    backlog and its mean; share of the place in the depot's demand; level (units).
    Returns: ready rate P(X < level), expected backorders (units).
    """
    ours = thinned_pmf(backlog, share, level)
    walk, only = np.empty((1, WALK_WIDTH)), np.int64(0)
    start_walk(walk, only, local_mean, local_variance)
    # P(X = x) for x < level, by convolution with the local demand.
    pipeline = np.zeros(level)
    for local in range(level):
        for x in range(local, level):
            pipeline[x] += walk[only, PMF] * ours[x - local]
        step_law(walk, only)
    ready = 0.0
    backorders = local_mean + share * backlog_mean
    for x in range(level):
        ready = min(ready + pipeline[x], 1.0)
        backorders = max(backorders - (1.0 - ready), 0.0)
    return ready, backorders
