"""How many people does a load that changes over the day need, period by period?

The heads that a load keeps busy follow it with a lag: with a rate l(t), work of mean 1/u and everybody served at once,
the modified offered load m obeys m' = l - u m (Jagerman 1975; Eick, Massey & Whitt 1993), where a stationary rule takes
l / u. Heads for a target then follow from the stationary formulas at m. What remains wrong is corrected on the exact
transients (`transient`), period after period: with the law at the start of a period known, the least heads are taken
whose mean share delayed in it is within the target. This is the iterative staffing of Feldman, Mandelbaum, Massey &
Whitt (2008) made in one pass, as what happens in a period depends on no later one.
Units: hours, cases an hour.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from arbitre.maths.queueing import erlang_a
from arbitre.maths.transient import advance

Floats = NDArray[Any]
Integers = NDArray[np.int64]


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


def heads_for(load: Floats, work: float, patience: float, target: float) -> Integers:
    """Return the least heads (periods,) at which the share delayed is within the target in the long run (Erlang A).

    Args: load (periods,) heads kept busy; work, patience, mean hours.
    """
    found = np.zeros(len(load), np.int64)
    for t, each in enumerate(load):
        if each <= 1e-6:
            continue
        low, high = 0, int(each + 10.0 * np.sqrt(each)) + 2
        while high - low > 1:
            middle = (low + high) // 2
            met = erlang_a(middle, each / work, work, patience).delayed <= target
            low, high = (low, middle) if met else (middle, high)
        found[t] = high
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def corrected_heads(rate, work_rate, leave_rate, hours, law, target, most):
    """Return the least heads (periods,) that keep the mean share delayed of each period within the target, in turn.

    Args: rate (periods,); law (room + 1,) of cases present at the start; most, heads there can be. Periods in which
    nobody comes and nobody is left get none.
    """
    heads = np.zeros(len(rate), np.int64)
    trial, mean = np.empty(len(law)), np.empty(len(law))
    guess = 0
    for t in range(len(rate)):
        present = 0.0
        for n in range(len(law)):
            present += n * law[n]
        low, high, step = -1, most, 1
        if rate[t] <= 0.0 and present < 1e-6:
            high = 0
        low_known = guess
        while high - low > 1:
            middle = min(max(low_known, low + 1), high - 1)
            trial[:] = law
            advance(trial, rate[t], middle, work_rate, leave_rate, hours, mean)
            if mean[middle:].sum() <= target:
                high = middle
                low_known = middle - step
            else:
                low = middle
                low_known = middle + step
            step *= 2
        heads[t] = high
        guess = high
        advance(law, rate[t], high, work_rate, leave_rate, hours, mean)
    return heads
