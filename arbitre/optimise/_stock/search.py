"""Compiled loops: the cheapest levels of every tree of a stock network at given worths, and a proven floor.

A pool that resupplies no other is priced by `_stock.price`. Above it every level is tried, from the highest that can
matter down; at each, the laws of the pools below are brought down from the level before, and each of them takes its
cheapest levels by the same search. A level is passed over where a floor of it is above the best found:

    what the depot itself adds + what the pools below add when nothing is owed to them - unit cost x units owed to them,

since each unit owed to a pool is on its orders and takes at most one from all shelves below, and keeps nothing.
"""

import numpy as np
from numba import njit

from arbitre.maths.stock.inventory import write_pmf
from arbitre.optimise._stock.laws import depot_laws, fed_below, fed_laws, largest_order, law_width, lower_line
from arbitre.optimise._stock.price import BLOCK, NO_BACKLOG, price_depot, price_pool, rows_to_skip


@njit(cache=True, nogil=True, error_model="numpy")
def price_trees(laws, first, last, rewards, before, change, level_of, floor):
    """Cheapest levels and floors of trees first .. last - 1.

    Args: rewards (reads,), what each read would earn (money per year) if all of it were kept; before (slots,), levels
    today; change, money per year for each level that differs. Written in place: level_of (slots,), floor (trees,).
    """
    for tree in range(first, last):
        root = laws.trees[tree]
        at_stake, is_held = _at_stake(laws, root, rewards, before)
        if at_stake <= 0.0 and laws.pools[root].lot == 1 and (change == 0.0 or not is_held):
            _hold_nothing(laws, root, level_of)
            floor[tree] = 0.0
            continue
        today = _looked_at(laws, root, at_stake, before, change)
        pmf, held = depot_laws(laws.streams, laws.pools[root].stream_first, laws.pools[root + 1].stream_first, today)
        floor[tree] = _price_tree(laws, root, pmf, held, np.empty((len(pmf), 0)), largest_order(laws, tree), rewards,
                                  before, change, level_of)


@njit(cache=True, nogil=True, error_model="numpy")
def _at_stake(laws, pool, rewards, before):
    """What can a pool and those below it earn at most, and is anything held there today?"""
    last, pools = pool + laws.pools[pool].below + 1, len(laws.pools) - 1
    place, place_last = laws.pools[pool].place_first, laws.pools[last].place_first
    total = rewards[laws.pools[pool].read_first : laws.pools[last].read_first].sum()
    total += rewards[laws.places[place].read_first : laws.places[place_last].read_first].sum()
    return total, before[pool:last].any() or before[pools + place : pools + place_last].any()


@njit(cache=True, nogil=True, error_model="numpy")
def _hold_nothing(laws, pool, level_of):
    """Write level 0 everywhere in a pool and those below it."""
    last, pools = pool + laws.pools[pool].below + 1, len(laws.pools) - 1
    level_of[pool:last] = 0
    level_of[pools + laws.pools[pool].place_first : pools + laws.pools[last].place_first] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def _looked_at(laws, pool, at_stake, before, change):
    """Today's level of a depot where keeping it could pay, else 0."""
    own, last = laws.pools[pool], pool + laws.pools[pool].below + 1
    slots = last - pool + laws.pools[last].place_first - own.place_first
    excess = before[pool] - laws.streams[own.stream_first].whole
    return before[pool] if change > 0.0 and own.unit_cost * excess < at_stake + change * slots else 0


@njit(cache=True, nogil=True, error_model="numpy")
def _price_tree(laws, pool, pmf, held, below, most, rewards, before, change, level_of):
    """Write the cheapest levels of a pool and all below it into level_of (slots,). Returns the floor.

    Args: pmf, held, below (streams, ...), the laws of its streams; most, the largest order of the tree in units.
    """
    own, last, pools = laws.pools[pool], pool + laws.pools[pool].below + 1, len(laws.pools) - 1
    if own.below == 0:
        return price_pool(laws, pool, pmf, held, below, rewards, before, change, level_of)
    offset, local = _open_pools(laws, pool, rewards, before, change)
    state = np.zeros((3, len(local)))  # what is owed, what leaves a lot, and the sum over its positions
    for x in range(len(local)):
        state[2, x] = local[x] * own.lot
    share, rest, child = 0.0, 0.0, pool + 1
    while child < last:
        alone_pmf, alone_held, alone_below = _alone(laws, pool, child, offset, local, most)
        share += laws.pools[child].share
        rest += _price_tree(laws, child, alone_pmf, alone_held, alone_below, most, rewards, before, change, level_of)
        child += laws.pools[child].below + 1
    place, place_last = pools + own.place_first, pools + laws.pools[last].place_first
    levels, place_levels = level_of[pool:last].copy(), level_of[place:place_last].copy()
    at_stake, best, floor = _at_stake(laws, pool, rewards, before)[0], np.inf, np.inf
    negligible = NO_BACKLOG * own.unit_cost / at_stake if at_stake > 0.0 else np.inf
    for start in range(pmf.shape[1] - 1, -1, -BLOCK):
        level, owed, value, _, least = price_depot(
            laws, pool, rewards, held, below, start, before[pool], change, share, rest)
        skip = rows_to_skip(held[0], start, least, best, level, before[pool], negligible)
        for row in range(len(level)):
            is_passed = row < skip or least[row] >= best
            child = pool + 1
            while child < last:
                cdf = _lowered(laws, pool, child, offset, local, state, pmf, held, start - row)
                if not is_passed:
                    fed_pmf, fed_held = fed_laws(laws, child, cdf, owed[:, row])
                    fed_rest = fed_below(laws, child, held, below, level[row], own.lot, most)
                    value[row] += _price_tree(laws, child, fed_pmf, fed_held, fed_rest, most, rewards, before, change,
                                              level_of)
                child += laws.pools[child].below + 1
            floor = min(floor, least[row] if is_passed else value[row])
            if not is_passed and value[row] < best:
                best, level_of[pool] = value[row], level[row]
                levels[:], place_levels[:] = level_of[pool:last], level_of[place:place_last]
    level_of[pool:last], level_of[place:place_last] = levels, place_levels
    return floor


@njit(cache=True, nogil=True, error_model="numpy")
def _open_pools(laws, pool, rewards, before, change):
    """The laws of the own demand of the streams that a pool feeds.

    Returns: offset (streams below + 1,) and local, one law after the other, of nothing for streams further down.
    """
    first, last = laws.pools[pool + 1].stream_first, laws.pools[pool + 1 + laws.pools[pool].below].stream_first
    offset, child = np.zeros(last - first + 1, np.int64), pool + 1
    while child <= pool + laws.pools[pool].below:
        at_stake = _at_stake(laws, child, rewards, before)[0]
        width = law_width(laws, child, _looked_at(laws, child, at_stake, before, change))
        offset[laws.pools[child].stream_first - first + 1 : laws.pools[child + 1].stream_first - first + 1] = width
        child += laws.pools[child].below + 1
    offset = np.cumsum(offset)
    local = np.empty(offset[-1])
    for row in range(last - first):
        stream = laws.streams[first + row]
        write_pmf(stream.own_mean, stream.own_variance, local[offset[row] : offset[row + 1]])
    return offset, local


@njit(cache=True, nogil=True, error_model="numpy")
def _alone(laws, pool, child, offset, local, most):
    """The laws of the streams of a fed pool when nothing is owed to it: pmf, held, below, as of `_stock.laws`."""
    first = laws.pools[pool + 1].stream_first
    begin, end = laws.pools[child].stream_first - first, laws.pools[child + 1].stream_first - first
    cdf, below = np.empty((end - begin, offset[begin + 1] - offset[begin])), np.zeros((end - begin, most + 1))
    for row in range(begin, end):
        cdf[row - begin] = np.cumsum(local[offset[row] : offset[row + 1]])
        below[row - begin, 1:] = 1.0 if laws.streams[first + row].own_mean == 0.0 else 0.0
    pmf, held = fed_laws(laws, child, cdf, np.empty(0))
    return pmf, held, below


@njit(cache=True, nogil=True, error_model="numpy")
def _lowered(laws, pool, child, offset, local, state, pmf, held, position):
    """The cumulated laws of the streams of a fed pool, (streams, width), with `state` brought down to a position."""
    own, first = laws.pools[pool], laws.pools[pool + 1].stream_first
    begin, end = laws.pools[child].stream_first - first, laws.pools[child + 1].stream_first - first
    cdf = np.empty((end - begin, offset[begin + 1] - offset[begin]))
    for row in range(begin, end):
        a, b, j = offset[row], offset[row + 1], laws.streams[first + row].above - own.stream_first
        lower_line(state[0, a:b], state[1, a:b], state[2, a:b], local[a:b], pmf[j], held[j], laws.pools[child].share,
                   own.lot, position, cdf[row - begin : row - begin + 1])
    return cdf
