"""Where does each of many numbers stand in a list of distinct ones?

Open addressing with linear probing (D. Knuth, The Art of Computer Programming 3, 6.4, algorithm L), for ten million
look-ups a second where sorting would take many times as long. Numbers are hashes already, so their low bits are spread.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def places(listed, wanted):
    """Return the place in `listed` of each number of `wanted`, -1 where it is not there; both uint64.

    The second answer tells whether the listed numbers are distinct; where they are not, the places mean nothing.
    """
    size = 16
    while size < 2 * len(listed):
        size *= 2
    mask = np.uint64(size - 1)
    table = np.full(size, -1, np.int32)
    for place in range(len(listed)):
        slot = listed[place] & mask
        while table[slot] >= 0:
            if listed[table[slot]] == listed[place]:
                return np.empty(0, np.int32), False
            slot = (slot + np.uint64(1)) & mask
        table[slot] = place
    found = np.full(len(wanted), -1, np.int32)
    for row in range(len(wanted)):
        slot = wanted[row] & mask
        while table[slot] >= 0:
            if listed[table[slot]] == wanted[row]:
                found[row] = table[slot]
                break
            slot = (slot + np.uint64(1)) & mask
    return found, True
