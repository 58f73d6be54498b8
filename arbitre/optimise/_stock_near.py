"""Compiled loops: every choice of levels of a stock pool that is within so much of its best.

All levels of the depot are gone through as in `_stock_price`; at each, places add up, so a choice is followed from
place to place only while what the others add at best still fits. Levels of the depot above its table cost more and keep
the same, so they are left out.
"""

import numpy as np
from numba import njit

from arbitre.optimise._stock_laws import depot_laws
from arbitre.optimise._stock_price import BLOCK, lowered, open_places, place_values, price_depot


@njit(cache=True, nogil=True, error_model="numpy")
def near_pool(laws, pool, rewards, before, change, limit, within, found):
    """Write the choices of one pool whose cost less what they earn is at most `limit` into found (most, 1 + places).

    Args: rewards, before, change as of `price_pools`; within, how much of the limit lies above the pool's floor.
    Returns how many, or -1 when there are more than `found` holds, or may be beyond the levels looked at.
    """
    own, after = laws.pools[pool], laws.pools[pool + 1]
    earns, alone, offset, local = open_places(laws, pool, rewards, before, change, within)
    earned, share, rest = 0.0, 0.0, 0.0
    for read in range(own.read_first, after.read_first):
        earned += rewards[read]
    for index in range(len(earns)):
        earned += earns[index]
        rest += alone[index]
        share += laws.places[own.place_first + index].share
    excess = before[pool] - laws.streams[own.stream_first].mean
    reached = own.unit_cost * excess < earned + change * (len(earns) + 1) + within
    pmf, held = depot_laws(laws.streams, own.stream_first, after.stream_first,
                           before[pool] if change > 0.0 and reached else 0)
    state = np.zeros((3, len(local)))  # as in `price_pools`
    for x in range(len(local)):
        state[2, x] = local[x] * own.lot
    count = 0
    for start in range(pmf.shape[1] - 1, -1, -BLOCK):
        level, owed, depot, _, least = price_depot(
            laws, pool, rewards, held, start, before[pool], change, share, rest)
        value, beyond, at = _place_tables(
            laws, pool, rewards, before, change, offset, local, state, pmf, held, owed, start)
        for row in range(len(level)):
            if least[row] <= limit:
                count = _add_choices(depot[row], value[row], beyond[row], at, limit, level[row], found, count)
                if count < 0:
                    return count
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _place_tables(laws, pool, rewards, before, change, offset, local, state, pmf, held, owed, start):
    """What does each level of each place add at so many levels of the depot?

    Returns: value (rows, levels), the places one after the other; beyond (rows, places), a floor of what higher levels
    add; at (places + 1,), where each place starts, and one past the last.
    """
    own, after, rows = laws.pools[pool], laws.pools[pool + 1], owed.shape[1]
    places, lines = after.place_first - own.place_first, laws.places[own.place_first].line_first
    at = np.zeros(places + 1, np.int64)
    for index in range(places):
        line = laws.places[own.place_first + index].line_first - lines
        at[index + 1] = at[index] + offset[line + 1] - offset[line] + 1
    value, beyond = np.empty((rows, at[-1])), np.empty((rows, places))
    for index in range(places):
        place = own.place_first + index
        slot = len(laws.pools) - 1 + place
        cdf = lowered(laws, pool, place, offset, local, state, pmf, held, start, rows)
        value[:, at[index] : at[index + 1]], beyond[:, index] = place_values(
            laws, pool, place, rewards, cdf, offset, local, held, owed, start, own.lot, 0)
        if change > 0.0:
            value[:, at[index] : at[index + 1]] += change
            if before[slot] < at[index + 1] - at[index]:
                value[:, at[index] + before[slot]] -= change
    return value, beyond, at


@njit(cache=True, nogil=True, error_model="numpy")
def _add_choices(depot, value, beyond, at, limit, level, found, count):
    """Add the choices at one level of the depot. Returns how many there are now, or -1 when there may be more."""
    places = len(at) - 1
    least_after = np.zeros(places + 1)
    for index in range(places - 1, -1, -1):
        least_after[index] = least_after[index + 1] + value[at[index] : at[index + 1]].min()
    for index in range(places):
        others = least_after[0] - (least_after[index] - least_after[index + 1])
        if depot + others + beyond[index] <= limit:
            return -1
    chosen, so_far, index = np.full(places, -1), np.full(places + 1, depot), 0
    while index >= 0:
        if index == places:
            if count == len(found):
                return -1
            found[count, 0], found[count, 1:] = level, chosen
            count, index = count + 1, index - 1
            continue
        chosen[index] += 1
        if chosen[index] == at[index + 1] - at[index]:
            chosen[index] = -1
            index -= 1
            continue
        so_far[index + 1] = so_far[index] + value[at[index] + chosen[index]]
        if so_far[index + 1] + least_after[index + 1] <= limit:
            index += 1
    return count
