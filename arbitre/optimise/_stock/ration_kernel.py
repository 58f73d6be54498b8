"""Compiled loops behind `_stock.ration_pools`: which level and critical levels are best for a stock that is shared?

Held up to S, with n units on order and demand k served while the shelf allows it, a pool costs (money per year)
    holding x (S - sum of load x share) + sum of emergency x (1 - share) - sum of reward x share,
because the units on order are what is served within the replenishment time (Little 1961). So whatever the policy it is
    holding x S + sum of emergency - gain,   gain = sum of value x share,   value = reward + emergency + holding x load,
and for a given S the question is whom to admit to Erlang's loss system (Miller 1969): the best policy serves demand
k in state n exactly when value_k > load_k x toll_n, the toll rising with n. So the demands are nested by value per unit
and refused one after the other as the shelf empties: critical levels. Howard's policy iteration (1960) finds them in a
few turns, each linear in S, where trying all would take (S + K - 1 choose K - 1).

The floor does not rest on the iteration having ended. For any tolls, p the law of the state under any policy that
decides by the state, the balance p_n load_n = (n + 1) p_(n + 1) makes the tolls cancel in
    gain = sum over n of p_n (value served in n - load served in n x toll_n + n x toll_(n - 1)),
so gain <= the largest over n of sum over k of (value_k - load_k toll_n)+ + n toll_(n - 1), with no first term when all
S units are on order. This ceiling holds for every choice of critical levels, in any order.

Levels S are tried from 0 on. One is passed over when even the demands of most value, served with no unit idle, could
not beat the best so far; from S >= total load on that bound only rises, and the first S that it rules out ends it.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from arbitre.maths.stock.critical_levels import critical_level_measures

_NEGLIGIBLE = 1e-10
"""Levels rise no further once only this share of all value is left to gain. The floor counts it as gained."""
_HIGHEST_LEVEL = 10_000_000
"""Where an enumeration ends whatever happens; the floor stays proven, as it then counts everything beyond as gained."""
_LARGE = 1e200
"""Weights are scaled down beyond this, so that no load is too large for a float."""
_TURNS = 60
"""Policy iteration takes a handful of turns; the floor is proven wherever it ends."""

_LOAD, _VALUE, _LOAD_BEFORE, _VALUE_BEFORE = range(4)
"""Rows of the demands of a pool ranked by value per unit, (4, demands + 1): each one's own, and the sum of those before
it. One array, because every further one costs time to compile."""


class Ration(NamedTuple):
    """Shared stocks as the kernel reads them."""

    holding: np.ndarray  # (pools,) money per year for a unit on hand
    demand_first: np.ndarray  # (pools + 1,) where the demands of each pool start
    load: np.ndarray  # (demands,) units asked within the mean replenishment time
    emergency: np.ndarray  # (demands,) money per year if nothing asked were served from the shelf


@njit(cache=True, nogil=True, error_model="numpy")
def _rank(ration, first, last, holding, rewards, ranked, order):
    """Write the demands first .. last - 1 into `ranked`, most value per unit first, and their numbers into `order`."""
    count = last - first
    worth = np.empty(count)
    for demand in range(first, last):
        load = ration.load[demand]
        value = rewards[demand] + ration.emergency[demand] + holding * load
        # Value without load is served for nothing, so it comes first; without either, last.
        each = value / load if load > 0.0 else (np.inf if value > 0.0 else -1.0)
        slot = demand - first
        while slot > 0 and worth[slot - 1] < each:
            worth[slot], order[slot] = worth[slot - 1], order[slot - 1]
            ranked[_LOAD, slot], ranked[_VALUE, slot] = ranked[_LOAD, slot - 1], ranked[_VALUE, slot - 1]
            slot -= 1
        worth[slot], order[slot], ranked[_LOAD, slot], ranked[_VALUE, slot] = each, demand, load, value
    ranked[_LOAD_BEFORE, 0], ranked[_VALUE_BEFORE, 0] = 0.0, 0.0
    for k in range(count):
        ranked[_LOAD_BEFORE, k + 1] = ranked[_LOAD_BEFORE, k] + ranked[_LOAD, k]
        ranked[_VALUE_BEFORE, k + 1] = ranked[_VALUE_BEFORE, k] + ranked[_VALUE, k]


@njit(cache=True, nogil=True, error_model="numpy")
def _gain(ranked, admitted, level):
    """Value served a year when the first admitted[n] demands are served with n units on order."""
    weight, total, gain = 1.0, 0.0, 0.0
    for n in range(level):
        total += weight
        gain += weight * ranked[_VALUE_BEFORE, admitted[n]]
        weight *= ranked[_LOAD_BEFORE, admitted[n]] / (n + 1)
        if weight > _LARGE:
            weight /= _LARGE
            total /= _LARGE
            gain /= _LARGE
    return gain / (total + weight)


@njit(cache=True, nogil=True, error_model="numpy")
def _set_tolls(ranked, admitted, level, gain, tolls):
    """Write what a unit more on order costs, for each number n < level on order, under the policy in force.

    Both ways of solving the balance lose digits on the other's ground: upwards while less is on order than is asked,
    downwards from there.
    """
    middle = 0
    while middle < level and middle < ranked[_LOAD_BEFORE, admitted[middle]]:
        paid = ranked[_VALUE_BEFORE, admitted[middle]] - gain
        if middle > 0:
            paid += middle * tolls[middle - 1]
        tolls[middle] = paid / ranked[_LOAD_BEFORE, admitted[middle]]
        middle += 1
    if middle < level:
        tolls[level - 1] = gain / level
        for n in range(level - 1, middle, -1):
            served = ranked[_VALUE_BEFORE, admitted[n]] - ranked[_LOAD_BEFORE, admitted[n]] * tolls[n]
            tolls[n - 1] = (gain - served) / n


@njit(cache=True, nogil=True, error_model="numpy")
def _improve(ranked, tolls, level, admitted):
    """Admit whoever pays the toll. Writes `admitted`; returns the ceiling of every gain, and if any changed."""
    count = ranked.shape[1] - 1
    ceiling, changed, paying, before = level * tolls[level - 1], False, count, 0.0
    for n in range(level):
        toll = tolls[n]
        while paying < count and ranked[_VALUE, paying] > ranked[_LOAD, paying] * toll:
            paying += 1
        while paying > 0 and ranked[_VALUE, paying - 1] <= ranked[_LOAD, paying - 1] * toll:
            paying -= 1
        served = ranked[_VALUE_BEFORE, paying] - ranked[_LOAD_BEFORE, paying] * toll
        ceiling = max(ceiling, served + n * before)
        changed = changed or admitted[n] != paying
        admitted[n], before = paying, toll
    return ceiling, changed


@njit(cache=True, nogil=True, error_model="numpy")
def _best_policy(ranked, level, admitted, tolls):
    """Policy iteration from `admitted`, where the best policy is left. Returns its gain and the ceiling of all."""
    gain, ceiling = _gain(ranked, admitted, level), np.inf
    for _ in range(_TURNS):
        _set_tolls(ranked, admitted, level, gain, tolls)
        above, changed = _improve(ranked, tolls, level, admitted)
        ceiling = min(ceiling, above)
        better = _gain(ranked, admitted, level) if changed else gain
        if better <= gain:
            break
        gain = better
    return gain, max(ceiling, gain)


@njit(cache=True, nogil=True, error_model="numpy")
def _most_gain(ranked, level):
    """A gain that no policy exceeds: at most `level` units are on order, given to the demands of most value."""
    count = ranked.shape[1] - 1
    for k in range(count):
        if ranked[_LOAD_BEFORE, k + 1] > level:
            part = (level - ranked[_LOAD_BEFORE, k]) / ranked[_LOAD, k]
            return ranked[_VALUE_BEFORE, k] + part * ranked[_VALUE, k]
    return ranked[_VALUE_BEFORE, count]


@njit(cache=True, nogil=True, error_model="numpy")
def _price_pool(ration, pool, rewards, stock_level, critical_level):
    """Write the cheapest level and critical levels of one pool. Returns the floor of its objective."""
    first, last = ration.demand_first[pool], ration.demand_first[pool + 1]
    holding, count = ration.holding[pool], last - first
    ranked, order = np.empty((4, count + 1)), np.empty(count, np.int64)
    _rank(ration, first, last, holding, rewards, ranked, order)
    emergency, earned = 0.0, 0.0
    stock_level[pool] = 0
    for demand in range(first, last):
        critical_level[demand] = 0
        emergency += ration.emergency[demand]
        earned += rewards[demand]
    if emergency + earned <= 0.0:
        return 0.0
    load, value = ranked[_LOAD_BEFORE, count], ranked[_VALUE_BEFORE, count]
    # The first level tried is a likely one, so that many others need not be.
    likely = int(load + math.sqrt(load)) + 1
    size, solved, cost = 2 * likely + 16, -1, 0.0
    admitted, tolls = np.empty(size, np.int64), np.empty(size)
    best, floor = emergency, emergency
    for turn in range(_HIGHEST_LEVEL):
        level = likely if turn == 0 else turn
        cost = holding * level + emergency
        if turn == likely:
            continue
        if cost - _most_gain(ranked, level) >= best:
            if turn >= load and turn > 0:
                break
            continue
        if level > size:
            size, solved = 2 * size, -1
            admitted, tolls = np.empty(size, np.int64), np.empty(size)
        # The critical levels of one level below are a good start; else first come, first served.
        for n in range(level - 1, -1, -1):
            admitted[n] = admitted[max(n - 1, 0)] if solved == level - 1 else count
        gain, ceiling = _best_policy(ranked, level, admitted, tolls)
        solved = level
        floor = min(floor, cost - ceiling)
        if cost - gain < best:
            best = cost - gain
            stock_level[pool] = level
            for k in range(count):
                on_order = 0
                while on_order < level and admitted[on_order] > k:
                    on_order += 1
                critical_level[order[k]] = level - on_order
        if turn > 0 and value - gain <= _NEGLIGIBLE * value:
            break
    # From the last level on stock only grows dearer, and no level can earn more than everything.
    return min(floor, cost + holding - value)


@njit(cache=True, nogil=True, error_model="numpy")
def price_pools(ration, first, last, rewards, stock_level, critical_level, floor):
    """Cheapest levels and floors of pools first .. last - 1.

    Args: rewards (demands,) what each demand would earn (money per year) if all of it were served from the shelf.
    Written in place: stock_level (pools,), critical_level (demands,), floor (pools,).
    """
    for pool in range(first, last):
        floor[pool] = _price_pool(ration, pool, rewards, stock_level, critical_level)


@njit(cache=True, nogil=True, error_model="numpy")
def evaluate_pools(ration, first, last, stock_level, critical_level, on_hand, share):
    """What do pools first .. last - 1 do at given levels?

    Written in place: units on hand (pools,), share of each demand served from the shelf (demands,).
    """
    for pool in range(first, last):
        start, end = ration.demand_first[pool], ration.demand_first[pool + 1]
        on_hand[pool], _ = critical_level_measures(
            ration.load[start:end], critical_level[start:end], stock_level[pool], share[start:end]
        )
