"""How long would they have waited, when most were served before they gave up?

A wait that ended in service says only that patience was longer (censored). With times waited t_i, some of which ended
by leaving:
- the share still patient after t is the product over the times u <= t at which somebody left of 1 - left(u)/waiting(u)
  (E. L. Kaplan and P. Meier, JASA 53 (1958) 457-481), with Greenwood's variance on the scale of ln(-ln) so that its
  interval stays within 0 and 1 (J. D. Kalbfleisch and R. L. Prentice, The Statistical Analysis of Failure Time Data,
  1980, section 1.4);
- patience without memory has mean sum t_i / left (B. Epstein and M. Sobel, JASA 48 (1953) 486-502), the interval being
  that of the count of those who left (`weekly_rates.count_interval`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arbitre.core.errors import UsageError
from arbitre.maths.work.weekly_rates import count_interval

Floats = NDArray[Any]


@dataclass(frozen=True)
class Patience:
    """Patience without memory: mean (h) with its interval, how many left, and how many waited; largest_gap between its
    share still patient and that of Kaplan and Meier. Nobody left: the mean is infinite, and `low` what can be said.
    """

    mean: float
    low: float
    high: float
    left: int
    waited: int
    largest_gap: float


def still_patient(waits: ArrayLike, has_left: ArrayLike, confidence: float = 0.95
                  ) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the times at which somebody left, and the share still patient after each, with its interval.

    Args: waits (cases,) hours; has_left (cases,), true where the wait ended by leaving.
    """
    times, gone = _checked(waits, has_left)
    at = np.unique(times[gone])
    waiting = len(times) - np.searchsorted(np.sort(times), at)
    left = np.searchsorted(np.sort(times[gone]), at, side="right") - np.searchsorted(np.sort(times[gone]), at)
    share = np.cumprod(1.0 - left / waiting)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(left / (waiting * (waiting - left)))
        spread = NormalDist().inv_cdf((1.0 + confidence) / 2.0) * np.sqrt(variance) / np.abs(np.log(share))
        low, high = share ** np.exp(spread), share ** np.exp(-spread)
    nobody = share == 0.0
    return at, share, np.where(nobody, 0.0, low), np.where(nobody, 1.0, high)


def patience(waits: ArrayLike, has_left: ArrayLike, confidence: float = 0.95) -> Patience:
    """Return patience without memory; args as in `still_patient`."""
    times, gone = _checked(waits, has_left)
    total, left = math.fsum(times), int(gone.sum())
    few, many = count_interval(left, confidence)
    mean = total / left if left else math.inf
    gap = 0.0
    if left:
        at, share, _, _ = still_patient(times, gone)
        before = np.concatenate([[1.0], share[:-1]])
        law = np.exp(-at / mean) if mean > 0.0 else np.zeros(len(at))
        gap = float(max(np.abs(share - law).max(), np.abs(before - law).max()))
    return Patience(mean, total / many, total / few if few > 0.0 else math.inf, left, len(times), gap)


def _checked(waits: ArrayLike, has_left: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    times, gone = np.asarray(waits, dtype=np.float64), np.asarray(has_left, dtype=bool)
    if not (len(times) and len(times) == len(gone) and np.isfinite(times).all() and times.min() >= 0.0):
        raise UsageError("Expected at least one wait, none negative or missing, and for each whether it was left.")
    return times, gone
