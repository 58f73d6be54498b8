"""Depots feed depots feed places, to any depth: what reaches each of them?

Every slot, one item held at one site, has units of its own on order or in repair, and besides a part of what other
slots owe: its supplier, and, for a repair that waits for parts, the slots of those parts. Each unit of such a backlog
is its own with probability share, independently. So mean and variance go down from slot to slot,

    E[X]   = own + sum of share E[B]
    Var[X] = own + sum of share² Var[B] + share (1 - share) E[B],

a negative binomial is fitted to them, and it gives the slot's own backlog (VARI-METRIC: Graves 1985; Sherbrooke 2004,
chapters 5 and 6; the backlogs a slot waits for are taken as independent). For a depot and its places this is
`echelons.local_pipeline` and no more.

In a pure tree of supply the whole law can be carried down instead of two moments (Simon 1971, step by step). That is
exact for Poisson demand, orders one for one and fixed transport times, since a backlog served first come, first served
consists of the last orders, and who placed them does not depend on how many they are.

Slots are in one row, over all items and sites; what feeds a slot comes before it.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from arbitre.maths.stock.echelons import backlog_pmf, exact_place_measures, local_pipeline, thinned_pmf
from arbitre.maths.stock.inventory import depot_measures

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Measures(NamedTuple):
    """What every slot does, arrays (slots,): mean and variance of its pipeline (units, units squared), ready rate,
    expected backorders and their variance (units, units squared), stock on hand (units).
    """

    mean: Floats
    variance: Floats
    ready: Floats
    backorders: Floats
    spread: Floats
    on_hand: Floats


@njit(cache=True, nogil=True, error_model="numpy")
def tree_demand(supplier, rate, repaired):
    """What is each slot asked for, and which share of its supplier's demand is that?

    Args: supplier (slots,), the slot that feeds it or -1, always an earlier one; rate (slots,), units per day asked of
    the slot itself by customers or machines; repaired (slots,), share of its demand that it repairs itself (0 to 1).
    Returns: demand (slots,) in units per day, with that of the slots it feeds; share (slots,), 0 without supplier.
    Raises ValueError when a supplier does not come first.
    """
    demand = rate.copy()
    share = np.zeros(len(rate))
    for slot in range(len(rate) - 1, -1, -1):
        if supplier[slot] >= slot:
            raise ValueError("a supplier must come before the slots it feeds")
        if supplier[slot] >= 0:
            demand[supplier[slot]] += demand[slot] * (1.0 - repaired[slot])
    for slot in range(len(rate)):
        if supplier[slot] >= 0 and demand[supplier[slot]] > 0.0:
            share[slot] = demand[slot] * (1.0 - repaired[slot]) / demand[supplier[slot]]
    return demand, share


@njit(cache=True, nogil=True, error_model="numpy")
def network_measures(first, source, share, own_mean, own_variance, lot, level):
    """What does every slot do, when it waits for any number of others?

    Args: first (slots + 1,), index of each slot's first link, and one past the last; source (links,), the slot waited
    for, always an earlier one; share (links,) of its backlog that is ours (0 to 1); own_mean, own_variance (slots,) of
    the units the slot has on order or in repair apart from that (units, units squared); lot (slots,), units per order
    as in `inventory.depot_measures`, 1 where there are links; level (slots,) in units.
    Returns: Measures. Raises ValueError when a source does not come first, or a lot stands where there are links.
    """
    slots = len(level)
    found = np.empty((6, slots))
    for slot in range(slots):
        mean, variance = own_mean[slot], own_variance[slot]
        for link in range(first[slot], first[slot + 1]):
            above = source[link]
            if above < 0 or above >= slot or lot[slot] != 1:
                raise ValueError("a slot that waits for another must come after it and order one for one")
            mean, variance = local_pipeline(mean, variance, share[link], found[3, above], found[4, above])
        found[0, slot], found[1, slot] = mean, variance
        found[2, slot], found[3, slot], found[4, slot], found[5, slot] = depot_measures(
            mean, variance, level[slot], lot[slot]
        )
    return Measures(found[0], found[1], found[2], found[3], found[4], found[5])


@njit(cache=True, nogil=True, error_model="numpy")
def tree_measures(supplier, share, own_mean, own_variance, lot, level):
    """What does every slot of a tree of supply do, two moments carried down?

    Args: supplier, share (slots,) as in and from `tree_demand`; the rest as `network_measures`. Without repair at the
    site, own_mean is demand x transport time; at a root, demand x time to procure or repair, or what
    `repair.shop_pipelines` finds.
    Returns: Measures. Raises ValueError as `network_measures`.
    """
    fed = supplier >= 0
    first = np.zeros(len(supplier) + 1, np.int64)
    first[1:] = np.cumsum(fed)
    return network_measures(first, supplier[fed], share[fed], own_mean, own_variance, lot, level)


@njit(cache=True, nogil=True, error_model="numpy")
def passed_backlog(local_mean, local_variance, backlog, share, level):
    """With which probability does a slot that waits for another owe 0, 1, 2, ... units?

    Args: mean and variance of the slot's own units on order; backlog (n,) probabilities of what its supplier owes; its
    share of that; its level. Returns: probabilities that sum to one, as `echelons.backlog_pmf`.
    """
    own = backlog_pmf(local_mean, local_variance, 0, 1)
    pipeline = np.convolve(own, thinned_pmf(backlog, share, len(backlog)))
    owed = np.zeros(max(len(pipeline) - level, 1))
    owed[0] = pipeline[: level + 1].sum()
    owed[1:] = pipeline[level + 1 :]
    return owed


@njit(cache=True, nogil=True, error_model="numpy")
def exact_tree_measures(supplier, share, own_mean, own_variance, lot, level):
    """What does every slot of a tree of supply do, whole laws carried down? Args and errors as `tree_measures`.

    Exact under what the module says; with an own variance above the mean, as exact as
    `echelons.exact_place_measures`. Returns: ready rate, expected backorders, stock on hand, (slots,) each.
    """
    slots = len(level)
    feeds = np.zeros(slots, np.bool_)
    feeds[supplier[supplier >= 0]] = True
    ready, backorders, on_hand = np.empty(slots), np.empty(slots), np.empty(slots)
    owed = [np.ones(1)] * slots
    for slot in range(slots):
        above, mean, variance = supplier[slot], own_mean[slot], own_variance[slot]
        if above < 0:
            ready[slot], backorders[slot], _, on_hand[slot] = depot_measures(mean, variance, level[slot], lot[slot])
            if feeds[slot]:
                owed[slot] = backlog_pmf(mean, variance, level[slot], lot[slot])
            continue
        if above >= slot or lot[slot] != 1:
            raise ValueError("a slot that waits for another must come after it and order one for one")
        ready[slot], backorders[slot] = exact_place_measures(
            mean, variance, owed[above], share[slot], backorders[above], level[slot]
        )
        pipeline = mean + share[slot] * backorders[above]
        on_hand[slot] = max(level[slot] - pipeline + backorders[slot], 0.0)
        if feeds[slot]:
            owed[slot] = passed_backlog(mean, variance, owed[above], share[slot], level[slot])
    return ready, backorders, on_hand
