"""At what rate do things arrive, hour by hour of the week, and is it chance alone that makes days differ?

Arrivals are taken as Poisson with a rate that repeats every week: level x profile, the profile having one factor for
each of the 168 hours from Monday 0:00, 1 on average. Four profiles, coarsest first:
    level           1 all week;
    hour            f(hour of day);
    day and hour    d(weekday) f(hour of day);
    hour of week    g(hour of week) d(weekday) f(hour of day).
Every factor is drawn towards the coarser profile by gamma-Poisson credibility, as far as its own count is chance (see
`credibility`). Each profile is estimated on four fifths of the days and judged on the other fifth, in turn, by the
likelihood of the counts,  sum n ln r - r  over hours (n arrivals where r are expected); the coarsest profile is chosen
that is within one standard error of the likeliest, day by day.

Whether chance alone makes days differ is told by Fisher's index of dispersion of the days (R. A. Fisher, Statistical
Methods for Research Workers, 1925): index = sum (n_d - r_d)² / r_d over its degrees of freedom, 1 on average for a
Poisson stream, whose chance of more is that of a chi-square (E. B. Wilson and M. M. Hilferty, PNAS 17 (1931) 684-688).
Above 1 there are good days and bad days that no hour of the week explains: a season, a trend, batches.
Units: hours, arrivals an hour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arbitre.core.errors import UsageError
from arbitre.maths.evidence.credibility import factor_given, factor_law

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
Integers = NDArray[np.int64]

WEEK = 168
DAY = 24
PROFILES = ("level", "hour", "day and hour", "hour of week")
"""Names, coarsest first."""
_FOLDS = 5
_KEYS = (np.zeros(WEEK, np.int64), np.arange(WEEK) % DAY, np.arange(WEEK) // DAY, np.arange(WEEK))
"""Which factor each hour of the week takes: one for all, one per hour of day, per weekday, per hour of the week."""


@dataclass(frozen=True)
class WeeklyRate:
    """What arrives: rate, arrivals an hour on average over a week, with its interval; profile (168,), factors from
    Monday 0:00, 1 on average; kind, one of PROFILES; dispersion, Fisher's index of the days, and the chance of one as
    large if chance alone made days differ; arrivals, the count it was estimated on.
    """

    rate: float
    low: float
    high: float
    profile: Floats
    kind: str
    dispersion: float
    chance: float
    arrivals: int


def weekly_rate(arrivals: ArrayLike, begin: float, end: float, confidence: float = 0.95) -> WeeklyRate:
    """Return the rate at which things arrived from `begin` to `end`.

    Args: all times in hours since a Monday 0:00; arrivals (arrivals,), those outside are left out.
    Raises UsageError when nothing arrived, or less than a day was looked at.
    """
    at = np.asarray(arrivals, dtype=np.float64)
    at = at[(at >= begin) & (at < end)]
    if not (len(at) and end - begin >= DAY):
        raise UsageError("A rate needs at least one arrival and a day to look at.")
    first, last = math.floor(begin), math.ceil(end)
    hours = np.arange(first, last)
    counts = np.bincount(np.floor(at).astype(np.int64) - first, minlength=len(hours)).astype(np.float64)
    seen = np.minimum(hours + 1.0, end) - np.maximum(hours, begin)
    slot, day = hours % WEEK, hours // DAY - first // DAY
    held_out = np.array([_held_out(kind, counts, seen, slot, day) for kind in range(len(PROFILES))])
    best = int(held_out.sum(axis=1).argmax())
    short = held_out[best] - held_out
    chance = np.sqrt(((short - short.mean(axis=1, keepdims=True)) ** 2).sum(axis=1))
    kind = int(np.argmax(short.sum(axis=1) <= chance))
    profile = _profile(kind, counts, seen, slot)
    level = len(at) / float((profile[slot] * seen).sum())
    dispersion, share = _dispersion(np.bincount(day, counts), np.bincount(day, level * profile[slot] * seen))
    low, high = count_interval(len(at), confidence, max(dispersion, 1.0))
    scale = level / len(at)
    return WeeklyRate(level, low * scale, high * scale, profile, PROFILES[kind], dispersion, share, len(at))


def count_interval(count: float, confidence: float = 0.95, dispersion: float = 1.0) -> tuple[float, float]:
    """Return the interval of the mean of a Poisson count: the score interval, every mean that a test would not reject.

    `dispersion`: variance over mean of the count, 1 for Poisson.
    """
    z2 = NormalDist().inv_cdf((1.0 + confidence) / 2.0) ** 2 * dispersion
    half = math.sqrt(z2 * count + z2**2 / 4.0)
    return count + z2 / 2.0 - half, count + z2 / 2.0 + half


def chance_of_more(square: float, freedom: int) -> float:
    """Return the chance that a chi-square of so many degrees of freedom exceeds a value (Wilson and Hilferty)."""
    z = ((square / freedom) ** (1.0 / 3.0) - 1.0 + 2.0 / (9.0 * freedom)) / math.sqrt(2.0 / (9.0 * freedom))
    return 1.0 - NormalDist().cdf(z)


def _profile(kind: int, counts: Floats, seen: Floats, slot: Integers) -> Floats:
    """Return the factors (168,), 1 on average, of a profile estimated on hours: counts, seen, slot (hours,)."""
    n, exposed = np.bincount(slot, counts, WEEK), np.bincount(slot, seen, WEEK)
    profile = np.ones(WEEK)
    for keys in (_KEYS[:0], _KEYS[1:2], _KEYS[1:3], _KEYS[1:])[kind]:
        expected = profile * exposed * n.sum() / max(float((profile * exposed).sum()), 1e-300)
        profile = profile * _factors(np.bincount(keys, n), np.bincount(keys, expected))[keys]
    return profile / profile.mean()


def _factors(count: Numbers, expected: Numbers) -> Floats:
    """Return the factor by which each count exceeds what was expected, drawn towards 1 as far as that is chance."""
    mean, shape = factor_law(count, expected, np.zeros(len(count), np.int64), 1.0)
    return factor_given(count, expected, mean, shape, 1.0)[0]


def _held_out(kind: int, counts: Floats, seen: Floats, slot: Integers, day: Integers) -> Floats:
    """Return (days,) the log likelihood of each day's counts under the profile estimated without it."""
    found = np.zeros(int(day[-1]) + 1)
    for fold in range(_FOLDS):
        out = day % _FOLDS == fold
        if not out.any() or not counts[~out].sum():
            continue
        profile = _profile(kind, counts[~out], seen[~out], slot[~out])
        level = counts[~out].sum() / (profile[slot[~out]] * seen[~out]).sum()
        expected = np.maximum(level * profile[slot[out]] * seen[out], 1e-12)
        found += np.bincount(day[out], counts[out] * np.log(expected) - expected, len(found))
    return found


def _dispersion(count: Numbers, expected: Numbers) -> tuple[float, float]:
    """Return Fisher's index of the days, and the chance of one as large under Poisson; 1 and 1 for too few days."""
    judged = expected > 0.0
    freedom = int(judged.sum()) - 1
    if freedom < 1:
        return 1.0, 1.0
    square = float(((count[judged] - expected[judged]) ** 2 / expected[judged]).sum())
    return square / freedom, chance_of_more(square, freedom)
