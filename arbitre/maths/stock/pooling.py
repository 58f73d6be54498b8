"""Who causes the stock that several promises share: its natural share, alone, and at the margin?

One place holds an item for classes of demand k, each promised within w_k for a share a_k of its cases, and receives a
unit L after ordering it. Served at the promised date, all classes are ready with the same P(X < s), X the units taken
and not yet replaced, of mean m = sum of m_k, m_k = rate_k (L - w_k)+ (`promised_date`). So the stock that keeps every
promise is the least level s with P(X < s) >= the largest a_k, and the units on its shelf are shared three ways:

- natural: what the least target would need is shared by m_k; what raising the target to the next one adds is shared by
  m_k among those who asked for as much (the airport game: Littlechild & Owen 1973; within a step, Aumann & Shapley
  1974, as X depends on the sum alone). It adds up to the whole.
- alone: what class k would need with a stock of its own. Adds up to more than the whole, as pooling saves.
- marginal: the whole less what would do without class k. Adds up to less; it is below nought where a class takes units
  off a shelf that must stand there anyway.

X is Poisson, or negative binomial where units come in lumps (`inventory`). Units: loads and stock in units.
"""

import numpy as np
from numba import njit

from arbitre.maths.stock.inventory import BACKORDERS, LEVEL, ON_HAND, PMF, READY, WALK_WIDTH, start_walk, step_walk


@njit(cache=True, nogil=True, error_model="numpy")
def least_on_hand(load, dispersion, share):
    """How many units stand on the shelf at the least level ready with probability `share`?

    Args: load, mean units taken and not yet replaced; dispersion, variance over mean (>= 1); share, below 1; nought
    asks for no stock. Returns the mean units on hand.
    """
    walk, only = np.empty((1, WALK_WIDTH)), np.int64(0)
    start_walk(walk, only, load, load * dispersion)
    # The second test ends the walk where rounding keeps the sum from reaching a share close to one.
    while walk[only, READY] < share and (walk[only, LEVEL] < load or walk[only, PMF] > 0.0):
        step_walk(walk, only)
    return walk[only, ON_HAND]


@njit(cache=True, nogil=True, error_model="numpy")
def share_pools(starts, loads, shares, dispersions):
    """How is the stock of each pool shared by its classes?

    Args: starts (pools + 1,), where the classes of each pool begin; loads (classes,) units; shares (classes,) promised,
    0: asks for no stock; dispersions (pools,), variance over mean. Returns natural, alone and marginal, each (classes,)
    in units on hand.
    """
    natural, alone, marginal = np.zeros(len(loads)), np.empty(len(loads)), np.empty(len(loads))
    for pool in range(len(starts) - 1):
        first, last, scatter = starts[pool], starts[pool + 1], dispersions[pool]
        own, asked = loads[first:last], shares[first:last]
        whole = _share_steps(own, asked, scatter, natural[first:last])
        for k in range(first, last):
            alone[k] = least_on_hand(loads[k], scatter, shares[k])
            rest, most = own.sum() - loads[k], 0.0
            for other in range(first, last):
                if other != k:
                    most = max(most, shares[other])
            marginal[k] = whole - least_on_hand(max(rest, 0.0), scatter, most)
    return natural, alone, marginal


@njit(cache=True, nogil=True, error_model="numpy")
def _share_steps(loads, shares, dispersion, natural):
    """Share one pool from the least target to the largest, in place; returns its units on hand."""
    load, below, target = loads.sum(), 0.0, 0.0
    while target < shares.max():
        target = shares[shares > target].min()
        on_hand = least_on_hand(load, dispersion, target)
        wanting = shares >= target
        weights = loads * wanting
        if weights.sum() <= 0.0:  # promised later than a unit takes to come: all cause as much
            weights = wanting * 1.0
        natural += (on_hand - below) * weights / weights.sum()
        below = on_hand
    return below


@njit(cache=True, nogil=True, error_model="numpy")
def mean_owed(loads, dispersions, levels):
    """How many units does each stock owe on average? Args: loads (stocks,) units on order; dispersions; levels."""
    owed = np.empty(len(loads))
    walk, only = np.empty((1, WALK_WIDTH)), np.int64(0)
    for k in range(len(loads)):
        start_walk(walk, only, loads[k], loads[k] * dispersions[k])
        for _ in range(levels[k]):
            step_walk(walk, only)
        owed[k] = walk[only, BACKORDERS]
    return owed
