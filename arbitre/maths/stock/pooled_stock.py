"""What does the stock of a place cost that serves a part of all demand, from none of it to the whole?

An item asked at rate r a year and bought in T has a load r T, mean units on order. A place that serves the part f of
all demand, every item alike, holds each item up to the level s that costs least,
    cost(f) = sum over items of min over s of  holding price E(s - X)+ + miss r f P(X >= s),   X Poisson of mean f r T,
what stands on the shelf and what is not there when asked (the newsvendor's trade-off; Hadley & Whitin 1963, chapter 4).
Levels are whole, and rare dear items are not held at all, so no square root is assumed. The cost rises less than in
proportion to f: that is what pooling saves.

Between two parts low <= f <= high a level keeps least on the shelf at high and misses least at low, so
    floor(low, high) = sum over items of min over s of  holding price E(s - X(high))+ + miss r low P(X(low) >= s)
is below cost(f) for every f between them.
"""

import numpy as np
from numba import njit

from arbitre.maths.stock.inventory import ON_HAND, READY, WALK_WIDTH, start_walk, step_walk


@njit(cache=True, nogil=True, error_model="numpy")
def _least(walks, low, high, per_unit, missed):
    """Cheapest level of one item: its shelf as with mean `high` on order, its misses as with `low`.

    Args: walks (2, WALK_WIDTH), room; low, high, mean units on order; per_unit, yearly cost of a unit on the shelf;
    missed, yearly cost if nothing is held. Returns the cost, and the units on the shelf.
    """
    first, second = np.int64(0), np.int64(1)
    start_walk(walks, first, low, low)
    start_walk(walks, second, high, high)
    best, shelf = missed, 0.0
    # More on the shelf than the best costs in all cannot be better; a unit that misses nothing more adds nothing.
    while per_unit * walks[second, ON_HAND] < best and missed * (1.0 - walks[first, READY]) > 1e-12 * missed:
        step_walk(walks, first)
        step_walk(walks, second)
        cost = per_unit * walks[second, ON_HAND] + missed * (1.0 - walks[first, READY])
        if cost < best:
            best, shelf = cost, walks[second, ON_HAND]
    return best, shelf


@njit(cache=True, nogil=True, error_model="numpy")
def pooled_cost(rates, loads, prices, holding, miss, parts):
    """What does stock cost at places that serve these parts of all demand, and how much money is on their shelves?

    Args: rates (items,) units a year; loads (items,) units; prices (items,) money; holding, yearly cost of money on
    the shelf, above 0; miss, cost of a unit not there when asked; parts (places,) from 0 to 1.
    Returns: cost a year and money, each (places,).
    """
    cost, money, walks = np.zeros(len(parts)), np.zeros(len(parts)), np.empty((2, WALK_WIDTH))
    for place in range(len(parts)):
        for item in range(len(loads)):
            load, missed = parts[place] * loads[item], miss * parts[place] * rates[item]
            least, shelf = _least(walks, load, load, holding * prices[item], missed)
            cost[place] += least
            money[place] += prices[item] * shelf
    return cost, money


@njit(cache=True, nogil=True, error_model="numpy")
def pooled_floor(rates, loads, prices, holding, miss, grid):
    """What does stock cost at least at a place that serves a part between two points of a grid?

    Args: as `pooled_cost`; grid (points,), rising from 0 to 1. Returns cost a year (points - 1,).
    """
    floor, walks = np.zeros(len(grid) - 1), np.empty((2, WALK_WIDTH))
    for cell in range(len(floor)):
        low, high = grid[cell], grid[cell + 1]
        for item in range(len(loads)):
            missed = miss * low * rates[item]
            floor[cell] += _least(walks, low * loads[item], high * loads[item], holding * prices[item], missed)[0]
    return floor
