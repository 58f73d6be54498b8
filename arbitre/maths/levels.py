"""How high did a level stand on average, in each period?

A level rises by an amount when something begins and falls by it when that ends: cases open, work waiting, units on
hand. Its mean over a period is the integral of the level over it, divided by its length. An interval adds its length
to the periods it covers: two ends in part, all between in full (as running totals), so each costs the same however
long it lasts, and the sum is exact. Units: whole microseconds in; the level's own unit out.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


def mean_levels(since: NDArray[np.int64], until: NDArray[np.int64], of: NDArray[np.int32], amount: NDArray[np.float64],
                start: int, width: int, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return the mean level of each kind in each period: (periods, kinds).

    Args: since, until: when each interval begins and ends; of: its kind, negative for none; amount: what it adds;
    start: when the first period begins; width: its length; shape: how many periods and kinds. What lies outside the
    periods is cut off.
    """
    part, full = _added(since, until, of, amount, start, width, *shape)
    return part / width + np.cumsum(full, axis=0)[:-1]


@njit(cache=True, nogil=True, error_model="numpy")
def _added(since, until, of, amount, start, width, periods, kinds):
    """Return what intervals add to the periods of their ends, and, as differences, to those they cover whole."""
    part, full = np.zeros((periods, kinds)), np.zeros((periods + 1, kinds))
    end = start + periods * width
    for row in range(len(since)):
        low, high, kind = max(since[row], start), min(until[row], end), of[row]
        if kind < 0 or low >= high:
            continue
        first, last = (low - start) // width, (high - start) // width
        if first == last:
            part[first, kind] += amount[row] * (high - low)
            continue
        part[first, kind] += amount[row] * (start + (first + 1) * width - low)
        if last < periods:
            part[last, kind] += amount[row] * (high - start - last * width)
        full[first + 1, kind] += amount[row]
        full[last, kind] -= amount[row]
    return part, full
