"""How long do cases take, when some are not over yet?

The product-limit estimate of S(t), the share not over by t. At each time t at which d cases of the n that were still
followed are over, S falls by the factor 1 - d/n; a case last seen open at t (censored) counts among the n up to and
including t. So a case that is open today counts for as long as it was seen, neither as over nor as lost.

Its interval is that of log(-log S) with Greenwood's variance sum d / (n (n - d)), which stays within 0 and 1; where S
is 0 or 1 it has no width.

Sources: E. L. Kaplan, P. Meier, Nonparametric estimation from incomplete observations, JASA 53 (1958) 457-481; M.
Greenwood, The natural duration of cancer (1926); J. D. Kalbfleisch, R. L. Prentice, The statistical analysis of failure
time data (1980), 1.3; J. P. Klein, M. L. Moeschberger, Survival analysis (2003), 4.5, for the mean. It holds when how
long a case is followed says nothing about how long it takes.
Times may be negative, as hours after a due date are.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Truths = NDArray[np.bool_]


class Curve(NamedTuple):
    """The share still open after each time at which a case is over, of the cases followed until then."""

    time: Floats
    followed: Integers
    over: Integers
    open_share: Floats
    low_share: Floats
    high_share: Floats

    def time_at(self, share: float) -> float:
        """Return the earliest time after which no more than this share is open; NaN when that is not reached."""
        reached = np.nonzero(self.open_share <= share + _ROUNDING)[0]
        return float(self.time[reached[0]]) if len(reached) else np.nan


_ROUNDING = 1e-12


def product_limit(times: Floats, is_over: Truths, confidence: float = 0.95) -> Curve:
    """Return the product-limit estimate.

    Args: times (cases,) at which a case was over, or last seen open; is_over (cases,).
    """
    order = np.argsort(times, kind="stable")
    time, followed, over, share, variance = _steps(times[order].astype(np.float64), is_over[order])
    z = NormalDist().inv_cdf((1.0 + confidence) / 2.0)
    inside = (share > 0) & (share < 1)
    log = np.log(share, out=np.full(len(share), -1.0), where=inside)
    half = z * np.sqrt(variance) / -log
    low, high = (np.where(inside, np.exp(log * np.exp(side * half)), share) for side in (1.0, -1.0))
    return Curve(time, followed, over, share, low, high)


def mean_interval(times: Floats, is_over: Truths, confidence: float = 0.95) -> tuple[float, float, float]:
    """Return the mean time until a case is over, and the ends of its interval; NaN where no case is over.

    Args: times (cases,), none negative, at which a case was over, or last seen open; is_over (cases,). The mean is the
    area under S up to the longest time seen: cases open beyond it would make it longer. Its variance is
    sum over steps of (area beyond)^2 d / (n (n - d)), which without open cases is the sample's over the cases.
    """
    if not is_over.any():
        return np.nan, np.nan, np.nan
    curve = product_limit(times, is_over, confidence)
    edges = np.concatenate([[0.0], curve.time, [times.max()]])
    areas = np.diff(edges) * np.append(1.0, curve.open_share)
    beyond = np.cumsum(areas[::-1])[::-1][1:]
    alive = curve.followed.astype(float)
    left = alive - curve.over
    # Where all that are followed are over, nothing lies beyond.
    variance = np.divide(beyond**2 * curve.over, alive * left, out=np.zeros(len(alive)), where=left > 0).sum()
    half = NormalDist().inv_cdf((1.0 + confidence) / 2.0) * np.sqrt(variance)
    return float(areas.sum()), max(float(areas.sum() - half), 0.0), float(areas.sum() + half)


def quantiles_beyond(times: Floats, is_over: Truths, group: Integers, groups: int, beyond: float,
                     quantiles: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Return for each group of cases the share open beyond a time, and by when these are over.

    Args: times (cases,) at which a case was over, or last seen open; is_over (cases,); group (cases,) from 0 to
    `groups` - 1; beyond, as 0 for hours after a due date, or -inf for all cases. Returns (groups,) the estimate of
    S(beyond), NaN in an empty group, and (quantiles, groups) the time by which that share of these is over, NaN where
    there are none or it is not yet known.
    """
    order = np.lexsort((times, group))
    first = np.searchsorted(group[order], np.arange(groups + 1))
    return _beyond(times[order].astype(np.float64), is_over[order], first, beyond, np.array(quantiles))


@njit(cache=True, nogil=True, error_model="numpy")
def _steps(times: Floats, is_over: Truths) -> tuple[Floats, Integers, Integers, Floats, Floats]:
    """Return the steps of cases in order of time: time, followed, over, share open after it, Greenwood's sum."""
    count = len(times)
    time, share, variance = np.empty(count), np.empty(count), np.empty(count)
    followed, over = np.empty(count, np.int64), np.empty(count, np.int64)
    steps, row, s, v = 0, 0, 1.0, 0.0
    while row < count:
        begin, dead = row, 0
        while row < count and times[row] == times[begin]:
            dead += is_over[row]
            row += 1
        if dead:
            alive = count - begin
            s *= 1.0 - dead / alive
            v += dead / (alive * (alive - dead)) if alive > dead else 0.0
            time[steps], followed[steps], over[steps], share[steps], variance[steps] = times[begin], alive, dead, s, v
            steps += 1
    return time[:steps], followed[:steps], over[:steps], share[:steps], variance[:steps]


@njit(cache=True, nogil=True, error_model="numpy")
def _beyond(times: Floats, is_over: Truths, first: Integers, beyond: float, quantiles: Floats
            ) -> tuple[Floats, Floats]:
    """Return the share open beyond a time, and its quantiles, of each group of cases sorted by group and time."""
    groups = len(first) - 1
    left, at = np.full(groups, np.nan), np.full((len(quantiles), groups), np.nan)
    for group in range(groups):
        begin, end = first[group], first[group + 1]
        if end == begin:
            continue
        time, _, _, share, _ = _steps(times[begin:end], is_over[begin:end])
        left[group] = 1.0
        for step in range(len(time)):
            if time[step] <= beyond:
                left[group] = share[step]
                continue
            for row in range(len(quantiles)):
                goal = left[group] * (1.0 - quantiles[row]) + _ROUNDING
                if np.isnan(at[row, group]) and share[step] <= goal:
                    at[row, group] = time[step]
    return left, at
