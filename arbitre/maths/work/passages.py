"""Where will a case be in so many periods, when it passes from step to step at rates that depend on its age in each?

In a period a case leaves its step with chance 1 - exp(-sum_k rate_k), by passage k in the share of its rate; a passage
leads to another step, where its age begins at 0 in the next period, or to an exit, which it never leaves: a semi-Markov
chain in discrete time (R. Howard, Dynamic Probabilistic Systems II (1971), 10). The mass of a case is carried
forward over (step, period in which it came there), which is exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Passages(NamedTuple):
    """The passages there are. source, target (passages,): steps; a target of `steps` + e is exit e.

    base (passages, bands): rate by band of age at the step; band (ages,): band of each age, the last for all above.
    calendar (passages, periods): what each period ahead multiplies it by.
    """

    source: Integers
    target: Integers
    base: Floats
    band: Integers
    calendar: Floats


@njit(cache=True, nogil=True, error_model="numpy")
def exit_chances(passages: Passages, steps: int, exits: int, step: Integers, age: Integers, start: Integers,
                 factor: Floats) -> Floats:
    """Return (cases, exits, periods) the chance that a case has left by each exit by the end of each period.

    Args: step, age (cases,) where each stands and for how many whole periods; start (cases,) period in which it
    begins to be followed, 0 for one that is there; factor (cases, passages), what it multiplies rates by.
    """
    count, periods = len(step), passages.calendar.shape[1]
    kinds, last = len(passages.source), len(passages.band) - 1
    found = np.zeros((count, exits, periods))
    rate = np.empty(kinds)
    for case in range(count):
        came = np.zeros((steps, periods + 1))
        here, left = 1.0, np.zeros(exits)
        for period in range(start[case], periods):
            for at in range(-1, steps):
                place = step[case] if at < 0 else at
                for entry in range(period if at < 0 else start[case] + 1, period + 1):
                    mass = here if at < 0 else came[at, entry]
                    if mass <= 0.0:
                        continue
                    older = age[case] + period - start[case] if at < 0 else period - entry
                    band, total = passages.band[min(older, last)], 0.0
                    for kind in range(kinds):
                        rate[kind] = 0.0
                        if passages.source[kind] == place:
                            rate[kind] = (passages.base[kind, band] * passages.calendar[kind, period]
                                          * factor[case, kind])
                        total += rate[kind]
                    if total <= 0.0:
                        continue
                    stays = np.exp(-total)
                    for kind in range(kinds):
                        flow = mass * (1.0 - stays) * rate[kind] / total
                        if passages.target[kind] >= steps:
                            left[passages.target[kind] - steps] += flow
                        else:
                            came[passages.target[kind], period + 1] += flow
                    if at < 0:
                        here = mass * stays
                    else:
                        came[at, entry] = mass * stays
            found[case, :, period] = left
    return found
