"""What do the periods that miss a promise cost a year: on average, in a bad year, and were every period the mean one?

A promise is kept or missed in each of its own periods, and a mean share tells little of that: machines that are up
98 % of the time on average may miss 97 % in every other month. So penalties are counted in the periods replayed,
    expected = penalty x share of periods missed x periods a year,
with the interval of that share over replications; `bad_year` is what one year in twenty of those replayed exceeds at
most. `said` is what would be paid if every period were like the share that the optimiser said: all or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arbitre.core.units import PERIODS_PER_YEAR
from arbitre.maths.evidence.replications import Estimate

_BAD = 0.95


def penalties(promise: Mapping[str, Any], missed: NDArray[np.bool_], kept: Estimate, years: int) -> dict[str, Any]:
    """Return what is paid a year for a promise.

    Args: missed (replications, periods), of so many years each; kept, share of the periods that were kept.
    """
    price = promise["penalty"] * PERIODS_PER_YEAR[promise["period"]]
    spans = np.array_split(missed[:, :int(PERIODS_PER_YEAR[promise["period"]] * years)], years, axis=1)
    by_year = np.concatenate([span.sum(axis=1) for span in spans]) * promise["penalty"]
    said, target = promise["said_share"], promise["target_share"]
    return {
        "penalty": price * (1.0 - kept.value), "penalty_low": price * (1.0 - kept.high),
        "penalty_high": price * (1.0 - kept.low),
        "penalty_bad_year": float(np.quantile(by_year, _BAD, method="inverted_cdf")),
        "said_penalty": None if said is None or target is None else price * float(said < target),
    }
