"""Where is demand in its life: new, growing, stable, declining, dying?

*Dying*: silent for longer than chance explains. Were nothing to change, the t months with demand that follow the first
would lie anywhere among the m months after it, so that the last k of them are empty with the chance
    C(m - k, t) / C(m, t),
and below 1 % that is taken as an end. *New*: first asked within the last months, and the months before it empty by a
chance below 1 %, told likewise. *Growing, declining*: Mann's test of trend (Econometrica 13 (1945) 245-259): S, the
pairs of months of which the later has more less those of which it has less, has mean nought without a trend and, with
ties (Kendall, Rank Correlation Methods, 1975), the variance
    (n (n - 1) (2 n + 5) - sum over groups of t equal months of t (t - 1) (2 t + 5)) / 18;
beyond 1.96 standard deviations (S drawn one towards nought) it is a trend. *Trend* is the slope of least squares over
the mean. *Unsure*: fewer than four months with demand. *None*: nobody asked.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LIVES = ("new", "growing", "stable", "declining", "dying", "unsure", "none")
_FEWEST, _BY_CHANCE, _BEYOND = 4, 0.01, 1.96
_ROWS = 4096


def life_of(units: Floats, young: int) -> tuple[NDArray[np.str_], Floats]:
    """Return where each item is in its life, and its trend: change a year over the mean.

    Args: units (items, months), the last month last; young, months from the first demand during which one is new.
    """
    items, months = units.shape
    asked = units > 0.0
    times = asked.sum(axis=1)
    first, silent = asked.argmax(axis=1), asked[:, ::-1].argmax(axis=1)
    is_dying = (times > 1) & (_empty_by_chance(months - first - 1, silent, times - 1) < _BY_CHANCE)
    is_new = (months - first <= young) & (_empty_by_chance(np.full(items, months), first, times) < _BY_CHANCE)
    score = np.concatenate([_mann(units[at:at + _ROWS]) for at in range(0, items, _ROWS)]) if items else np.zeros(0)
    named = np.select(
        [times == 0, is_dying, is_new, times < _FEWEST, score > _BEYOND, score < -_BEYOND],
        ["none", "dying", "new", "unsure", "growing", "declining"], "stable")
    month = np.arange(months) - (months - 1) / 2.0
    spread = float((month**2).sum())
    mean = units.mean(axis=1)
    slope = units @ month / spread if spread else np.full(items, np.nan)
    return named, np.divide(12.0 * slope, mean, out=np.full(items, np.nan), where=mean > 0.0)


def _empty_by_chance(months: Integers, empty: Integers, times: Integers) -> Floats:
    """Return the chance (items,) that so many months at one end are empty, where `times` lie anywhere among them."""
    chance = np.ones(len(months))
    for taken in range(int(times.max(initial=0))):
        left = np.maximum(months - taken, 1)
        chance *= np.where(taken < times, np.maximum(left - empty, 0) / left, 1.0)
    return chance


def _mann(units: Floats) -> Floats:
    """Return Mann's S over its standard deviation (items,), 0 where all months are equal."""
    n = units.shape[1]
    total, equal = np.zeros(len(units)), np.ones(units.shape)
    for back in range(1, n):
        later, earlier = units[:, back:], units[:, :-back]
        total += np.sign(later - earlier).sum(axis=1)
        same = later == earlier
        equal[:, back:] += same
        equal[:, :-back] += same
    # Each of t equal months counts (t - 1)(2 t + 5): t of them make t (t - 1)(2 t + 5).
    ties = ((equal - 1.0) * (2.0 * equal + 5.0)).sum(axis=1)
    deviation = np.sqrt(np.maximum(n * (n - 1.0) * (2.0 * n + 5.0) - ties, 0.0) / 18.0)
    drawn = np.sign(total) * np.maximum(np.abs(total) - 1.0, 0.0)
    return np.divide(drawn, deviation, out=np.zeros(len(units)), where=deviation > 0.0)
