"""How many heads does a load that changes over the day keep busy, period by period?

The heads that a load keeps busy follow it with a lag: with a rate l(t), work of mean 1/u and everybody served at once,
the modified offered load m obeys m' = l - u m (Jagerman 1975; Eick, Massey & Whitt 1993), where a stationary rule takes
l / u.
Units: hours, cases an hour.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]


def offered_load(rate: Floats, work: float, hours: float) -> Floats:
    """Return the mean of the modified offered load in each period (periods,) of a day, or week, that repeats for ever.

    Args: rate (periods,) cases an hour; work, mean hours; hours of a period.
    """
    kept = float(np.exp(-hours / work))
    load = 0.0
    for each in rate:
        load = each * work + (load - each * work) * kept
    # What one round adds to nought is known; the load that comes back to itself is the fixed point of the rounds.
    load /= 1.0 - kept ** len(rate)
    means = np.empty(len(rate))
    for t, each in enumerate(rate):
        full = each * work
        means[t] = full + (load - full) * (1.0 - kept) * work / hours
        load = full + (load - full) * kept
    return means
