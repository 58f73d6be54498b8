"""What is the least stock of a family of items that keeps a share of what is asked of it, all items together?

Item i is asked for with the weight q_i (they add up to 1) and held up to s_i. What has to be there in time is Poisson
with mean a_i (the demand of its lead time, less what can wait: `promised_date`), so q_i P(Poisson(a_i) < s_i) is kept;
what is on order is Poisson with mean b_i >= a_i, so s_i - b_i + E(Poisson(b_i) - s_i)+ is on the shelf. The question:

    least sum of price_i (s_i + E(Poisson(b_i) - s_i)+)   such that   sum of q_i P(Poisson(a_i) < s_i) >= share,

on the shelf plus on order, which for every choice of levels rises with a, b and the share: so its least value does, and
a value at lower loads bounds it at higher ones. Money on the shelf is that value less sum of price_i b_i.

It is a knapsack of multiple choices. Its linear relaxation, over the lower hull of each item's points (Sinha & Zoltners
1979), is the floor; few items are decided exactly, by merging them one by one and dropping what is dominated or cannot
beat the best known.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from arbitre.maths.stock.inventory import BACKORDERS, LEVEL, PMF, READY, WALK_WIDTH, start_walk, step_walk

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_SLACK = 1e-9
"""What the kept share may be short of the target: rounding of sums."""
_FEW_ITEMS = 12
_MOST_STATES = 20_000


class LeastStock(NamedTuple):
    """Levels (items,), what they cost, and a floor under the cost of all that keep the share (money)."""

    levels: Integers
    cost: float
    floor: float


class _Points(NamedTuple):
    """What each level of each item keeps and costs, item after item; `first` (items + 1,); `hull`, is it on the hull.
    """

    first: Integers
    kept: Floats
    cost: Floats
    hull: np.ndarray


def least_stock(price: Floats, weight: Floats, due: Floats, ordered: Floats, share: float) -> LeastStock:
    """Return the least stock that keeps the share, and its floor.

    Args (items,): price, money a unit; weight, parts of demand, adding up to 1; due, mean units that must be there;
    ordered, mean units on order. share, below 1. Where nothing is due nothing is held.
    """
    if not (due > 0).any():
        return LeastStock(np.zeros(len(price), np.int64), float(price @ ordered), float(price @ ordered))
    points = _points(price, weight, due, ordered)
    relaxed = _relaxed(points, share - _SLACK)
    if len(price) <= _FEW_ITEMS:
        return _exact(points, share - _SLACK, relaxed) or relaxed
    return relaxed


def stock_floor(price: Floats, weight: Floats, due: Floats, ordered: Floats, share: float) -> float:
    """Return a floor under the cost that `least_stock` tells (money), by its relaxation alone."""
    if not (due > 0).any():
        return float(price @ ordered)
    return _rounded_up(_points(price, weight, due, ordered), share - _SLACK)[1]


def _points(price: Floats, weight: Floats, due: Floats, ordered: Floats) -> _Points:
    most = (np.maximum(due, ordered) + 12.0 * np.sqrt(np.maximum(due, ordered)) + 20.0).astype(np.int64)
    kept, cost, hull = np.empty(most.sum()), np.empty(most.sum()), np.zeros(most.sum(), np.bool_)
    first = np.empty(len(price) + 1, np.int64)
    end = _fill_points(price, weight, due, ordered, first, kept, cost, hull)
    return _Points(first, kept[:end], cost[:end], hull[:end])


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_points(price, weight, due, ordered, first, kept, cost, hull):
    """Write the points of each item up to where nearly all is kept, and mark those on its lower hull."""
    walks = np.empty((2, WALK_WIDTH))
    in_time, away = np.int64(0), np.int64(1)
    at = 0
    stack = np.empty(len(kept), np.int64)
    for i in range(len(price)):
        first[i] = at
        start_walk(walks, in_time, due[i], due[i])
        start_walk(walks, away, ordered[i], ordered[i])
        top = 0
        while True:
            level = walks[in_time, LEVEL]
            kept[at] = weight[i] * walks[in_time, READY]
            cost[at] = price[i] * (level + walks[away, BACKORDERS])
            while top > 0:
                last = stack[top - 1]
                flat = kept[at] <= kept[last]
                if flat and cost[at] > cost[last]:
                    break
                if not flat and top > 1:
                    under = stack[top - 2]
                    before = (cost[last] - cost[under]) * (kept[at] - kept[last])
                    if before < (cost[at] - cost[last]) * (kept[last] - kept[under]):
                        break
                elif not flat and cost[at] > cost[last]:
                    break
                top -= 1
            if top == 0 or kept[at] > kept[stack[top - 1]]:
                stack[top] = at
                top += 1
            at += 1
            enough = 1.0 - walks[in_time, READY] < 1e-12 or (level > due[i] and walks[in_time, PMF] < 1e-15)
            if enough or at - first[i] >= len(kept):
                break
            step_walk(walks, in_time)
            step_walk(walks, away)
        for k in range(top):
            hull[stack[k]] = True
    first[len(price)] = at
    return at


def _segments(points: _Points) -> tuple[Integers, Floats, Floats, Integers, Integers]:
    """Return the steps along all hulls, steepest gain first: the point reached, kept and cost added, item; the start.
    """
    most = int(points.hull.sum())
    reached, item, start = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(len(points.first) - 1, np.int64)
    kept, cost = np.empty(most), np.empty(most)
    count = _fill_segments(*points, reached, kept, cost, item, start)
    order = np.argsort(cost[:count] / kept[:count], kind="stable")
    return reached[order], kept[order], cost[order], item[order], start


@njit(cache=True, nogil=True, error_model="numpy")
def _fill_segments(first, kept, cost, hull, reached, more, dearer, item, start):
    """Write the steps from each point of a hull to the next, item by item, and where each hull starts."""
    count = 0
    for i in range(len(start)):
        last = -1
        for at in range(first[i], first[i + 1]):
            if not hull[at]:
                continue
            if last < 0:
                start[i] = at
            else:
                reached[count], item[count] = at, i
                more[count], dearer[count] = kept[at] - kept[last], cost[at] - cost[last]
                count += 1
            last = at
    return count


def _rounded_up(points: _Points, need: float) -> tuple[Integers, float]:
    """Return the point of each item that the linear relaxation reaches, rounded up, and its floor."""
    reached, kept, cost, item, start = _segments(points)
    have, spent = float(points.kept[start].sum()), float(points.cost[start].sum())
    upto = have + np.cumsum(kept)
    taken = int(np.searchsorted(upto, need)) + 1 if have < need else 0
    taken = min(taken, len(reached))
    chosen = start.copy()
    chosen[item[:taken]] = reached[:taken]  # the last of an item's steps stands, as they come in order
    floor = spent + float(cost[:taken].sum())
    if taken:
        floor -= cost[taken - 1] * max(upto[taken - 1] - need, 0.0) / kept[taken - 1]
    return chosen, floor


def _relaxed(points: _Points, need: float) -> LeastStock:
    """Return the floor of the linear relaxation, and levels rounded up from it, then lowered where that is enough."""
    chosen, floor = _rounded_up(points, need)
    total = float(points.kept[chosen].sum())
    for which in np.argsort(-points.cost[chosen], kind="stable"):
        while chosen[which] > points.first[which]:
            lost = points.kept[chosen[which]] - points.kept[chosen[which] - 1]
            if total - lost < need:
                break
            total -= lost
            chosen[which] -= 1
    levels = chosen - points.first[:-1]
    return LeastStock(levels, float(points.cost[chosen].sum()), float(min(floor, points.cost[chosen].sum())))


def _exact(points: _Points, need: float, known: LeastStock) -> LeastStock | None:
    """Return the least cost of few items, None where there are too many ways to follow."""
    items = len(points.first) - 1
    parts = [slice(points.first[i], points.first[i + 1]) for i in range(items)]
    rest = [_best_of_rest(points, i) for i in range(items + 1)]
    kept, cost = np.zeros(1), np.zeros(1)
    trail: list[tuple[Integers, Integers]] = []
    for i, part in enumerate(parts):
        both = (kept[:, None] + points.kept[part]).ravel()
        spent = (cost[:, None] + points.cost[part]).ravel()
        reach, price = rest[i + 1]
        least = spent + np.interp(need - both, reach, price)
        possible = (need - both <= reach[-1]) & (least <= known.cost * (1 + 1e-12))
        order = np.flatnonzero(possible)
        order = order[np.lexsort((-both[order], spent[order]))]
        best = np.maximum.accumulate(both[order])
        order = order[np.r_[True, best[1:] > best[:-1]]] if len(order) else order
        if not 0 < len(order) <= _MOST_STATES:
            return None
        kept, cost = both[order], spent[order]
        trail.append(np.divmod(order, part.stop - part.start))
    at = int(np.argmin(np.where(kept >= need, cost, np.inf)))
    found, levels = float(cost[at]), np.zeros(items, np.int64)
    for i in reversed(range(items)):
        levels[i] = trail[i][1][at]
        at = trail[i][0][at]
    return LeastStock(levels, found, found)


def _best_of_rest(points: _Points, first: int) -> tuple[Floats, Floats]:
    """Return what the items from `first` on keep at most for what they cost, as corners of a convex curve."""
    rest = points._replace(first=points.first[first:] - points.first[first], kept=points.kept[points.first[first]:],
                           cost=points.cost[points.first[first]:], hull=points.hull[points.first[first]:])
    if not len(rest.kept):
        return np.zeros(1), np.zeros(1)
    _, kept, cost, _, start = _segments(rest)
    return np.r_[rest.kept[start].sum(), kept].cumsum(), np.r_[rest.cost[start].sum(), cost].cumsum()
