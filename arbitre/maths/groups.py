"""What do whole numbers add up to in each group, and how are they spread?

A group is a code from 0 on; a negative code belongs to none. Sums are exact whatever the order of the rows: seconds
and microseconds are summed apart, as whole numbers. Quantiles are linear between order statistics (definition 7 of
R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996) 361-365).
Units: microseconds in, hours out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

HOUR = 3_600_000_000
"""Microseconds in an hour."""
_MOST_DENSE = 1 << 22
"""Codes are counted in an array up to this many; beyond, they are sorted."""


def totals(codes: NDArray[np.int32], values: Ints, groups: int) -> tuple[Ints, Floats]:
    """Return how many values each group has, and their sums in hours.

    Args: codes, (rows,); values, (rows,) or (rows, columns), not negative. Sums are (groups,) or (groups, columns).
    """
    table = values.reshape(len(codes), -1)
    counts, seconds, rests = _sums(codes, table, groups)
    return counts, (seconds / 3600.0 + rests / HOUR).reshape((groups, *values.shape[1:]))


def quantiles(codes: NDArray[np.int32], values: Ints, groups: int, probabilities: Sequence[float]) -> Floats:
    """Return the quantiles of each group, in hours: (groups, probabilities), NaN for a group without values."""
    first, gathered = _gathered(codes, values, groups)
    found, at = np.full((groups, len(probabilities)), np.nan), np.asarray(probabilities)
    for group in np.flatnonzero(np.diff(first)):
        mine = gathered[first[group]:first[group + 1]]
        below, part = np.divmod(at * (len(mine) - 1), 1.0)
        low = below.astype(np.int64)
        high = np.minimum(low + 1, len(mine) - 1)
        mine.partition(np.concatenate((low, high)))
        found[group] = mine[low] + part * (mine[high] - mine[low])
    return found / HOUR


def compact(keys: Ints, most: int) -> tuple[NDArray[np.int32], Ints]:
    """Return a code for each key, and the keys in order of code: those that occur, ascending. Negative: code -1.

    `most` is one more than the largest key there could be.
    """
    if most > _MOST_DENSE:
        present = np.unique(keys)
        present = present[present >= 0]
        return np.where(keys < 0, -1, np.searchsorted(present, keys)).astype(np.int32), present
    present = np.flatnonzero(_occurs(keys, most))
    codes = np.full(most + 1, -1, dtype=np.int32)  # the last place is that of a negative key
    codes[present] = np.arange(len(present))
    return codes[keys], present


@njit(cache=True, nogil=True, error_model="numpy")
def _sums(codes, values, groups):
    """Return for each group its number of rows, the whole seconds of each column in them, and the microseconds left."""
    columns = values.shape[1]
    counts = np.zeros(groups, np.int64)
    seconds, rests = np.zeros((groups, columns), np.int64), np.zeros((groups, columns), np.int64)
    for row in range(len(codes)):
        code = codes[row]
        if code >= 0:
            counts[code] += 1
            for column in range(columns):
                whole = values[row, column] // 1_000_000
                seconds[code, column] += whole
                rests[code, column] += values[row, column] - whole * 1_000_000
    return counts, seconds, rests


@njit(cache=True, nogil=True, error_model="numpy")
def _gathered(codes, values, groups):
    """Return the values group after group, and where each group starts: (groups + 1)."""
    first = np.zeros(groups + 1, np.int64)
    for code in codes:
        if code >= 0:
            first[code + 1] += 1
    for group in range(groups):
        first[group + 1] += first[group]
    place, gathered = first[:-1].copy(), np.empty(first[groups], np.int64)
    for row in range(len(codes)):
        code = codes[row]
        if code >= 0:
            gathered[place[code]] = values[row]
            place[code] += 1
    return first, gathered


@njit(cache=True, nogil=True, error_model="numpy")
def _occurs(keys, most):
    """Tell which keys from 0 to `most` occur."""
    found = np.zeros(most, np.bool_)
    for key in keys:
        if key >= 0:
            found[key] = True
    return found
