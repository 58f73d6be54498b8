"""How many come in each stretch of a day to come, how surely, and what does the day so far say of the rest?

Counts of a day are level x factor of its weekday x profile of its weekday x what is known of the day beforehand:
- level: mean of the totals of past days over their factors, recent days counting most, single odd days held back;
  how fast days are forgotten is what would have foreseen the past days best, for the level and for the profile;
- factors of weekdays: ratios of totals to the level that was around them, most weight on recent weeks;
- profile: share of each period in the day; that of a weekday is drawn towards that of all days as far as its own counts
  are chance (gamma-Poisson credibility, `credibility`);
- conditions (events, weather): a regression of the logarithm of what is left on them, drawn towards nought (ridge).
The day itself is a factor of mean 1 and shape a, drawn by gamma, on Poisson counts in lumps: its mean after y have come
where m were expected is (a + y/lump) / (a + m/lump), so the forecast of the rest follows the day (Shen & Huang 2008,
Manufacturing & Service Operations Management 10, update by a factor of the day too). What is told of a period is the
negative binomial law with that mean and variance lump x mean + mean² / (shape of the factor then).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom, poisson

from arbitre.maths.evidence.credibility import factor_given, factor_law

Floats = NDArray[Any]
Integers = NDArray[np.int64]

WEEKDAY_LIFE = 70.0
"""Days after which a past day counts half, for the factors of weekdays and the spread."""
LEVEL_LIVES, PROFILE_LIVES = (2.0, 4.0, 8.0, 16.0), (20.0, 40.0, 80.0, 160.0)
"""Those tried for the level and for the profile."""
_LEARNT = 14
"""Days before the first that a life is judged by."""
_ODD = 0.35
"""A day whose total is further than this from what was expected, in logarithms, counts as if it were no further."""
_RIDGE = 4.0
_MOST_SHAPE = 1e4


@dataclass(frozen=True)
class DayForecast:
    """Forecast of a day: mean (periods,), shape of the factor of the day, lump (variance over mean of its counts)."""

    mean: Floats
    shape: float
    lump: float

    def after(self, seen: Floats) -> DayForecast:
        """Return the forecast of the whole day once its first periods are counted; those keep their mean."""
        first = len(seen)
        if not first:
            return self
        factor, shape = factor_given(np.array([seen.sum()]), np.array([self.mean[:first].sum()]), np.ones(1),
                                     self.shape, self.lump)
        mean = self.mean.copy()
        mean[first:] *= factor[0]
        return DayForecast(mean, float(shape[0]), self.lump)

    def quantile(self, share: float) -> Floats:
        """Return the count that each period stays at or below with this chance (periods,)."""
        return negative_binomial(self.mean, self.lump * self.mean + self.mean**2 / self.shape, share)


def negative_binomial(mean: Floats, variance: Floats, share: float) -> Floats:
    """Return the quantile of the law of that mean and variance; Poisson where the variance is no more than the mean."""
    safe = np.maximum(mean, 1e-9)
    excess = np.maximum(variance - safe, 0.0)
    is_spread = excess > 1e-6 * safe
    size = np.where(is_spread, safe**2 / np.where(is_spread, excess, 1.0), 1.0)
    found = np.where(is_spread, nbinom.ppf(share, size, size / (size + safe)), poisson.ppf(share, safe))
    return np.maximum(found, 0.0)


def forecast_day(counts: Floats, weekday: Integers, target: int, conditions: Floats | None = None,
                 then: Floats | None = None, ahead: int = 1) -> DayForecast:
    """Return the forecast of a day.

    Args: counts (days, periods) of the days before it, in order; weekday (days,), 0 to 6; target, weekday of the day;
    conditions (days, known), and then (known,) of the day; ahead, days from the last one known to the day.
    """
    totals, age = counts.sum(axis=1), np.arange(len(counts), 0, -1.0) + ahead - 1.0
    factor = _weekday_factors(totals, weekday, age)
    expected = _levels(totals, factor[weekday])
    profile_life = _profile_life(counts)
    known = 1.0
    if conditions is not None and then is not None and conditions.shape[1]:
        apart = conditions - conditions.mean(axis=0)
        slope = np.linalg.solve(apart.T @ apart + _RIDGE * np.eye(apart.shape[1]),
                                apart.T @ np.log(_held(totals, expected[:-1] * factor[weekday])))
        factors = np.exp(apart @ slope)
        expected = _levels(totals / factors, factor[weekday])
        known = float(np.exp((then - conditions.mean(axis=0)) @ slope))
        expected[:-1] *= factors
    profile = _profile(counts, weekday, target, _half(age, profile_life))
    mean = expected[-1] * factor[target] * known * profile
    shape, lump = _spread(counts, weekday, expected[:-1] * factor[weekday], age, profile_life)
    return DayForecast(mean, shape, lump)


def _half(age: Floats, life: float) -> Floats:
    return 0.5 ** (age / life)


def _held(totals: Floats, expected: Floats) -> Floats:
    """Return the ratio of totals to what was expected, odd ones held back."""
    return np.exp(np.clip(np.log(np.maximum(totals, 0.5) / np.maximum(expected, 1e-9)), -_ODD, _ODD))


def _weekday_factors(totals: Floats, weekday: Integers, age: Floats) -> Floats:
    """Return the factor of each weekday (7,): totals over those of the week around them."""
    week = np.convolve(np.pad(totals, 3, mode="reflect"), np.ones(7) / 7.0, mode="valid") if len(totals) > 3 else \
        np.full(len(totals), totals.mean())
    weight = _half(age, WEEKDAY_LIFE)
    factor = np.ones(7)
    for day in range(7):
        mine = weekday == day
        if mine.any():
            ratio = totals[mine] / np.maximum(week[mine], 1e-9)
            middle = np.median(ratio)
            clipped = np.clip(ratio, middle * np.exp(-_ODD), middle * np.exp(_ODD))
            factor[day] = weight[mine] @ clipped / weight[mine].sum()
    return np.maximum(factor, 1e-3)


def _levels(totals: Floats, factor: Floats) -> Floats:
    """Return the level expected before each day, and after the last (days + 1,), by the life that foresaw them best."""
    found = [_followed(totals, factor, life) for life in LEVEL_LIVES]
    judged = slice(min(_LEARNT, len(totals) - 1), None)
    errors = [float(np.square(np.log(_held(totals, each[:-1] * factor)[judged])).sum()) for each in found]
    return found[int(np.argmin(errors))]


def _followed(totals: Floats, factor: Floats, life: float) -> Floats:
    """Return the level expected before each day, and after the last (days + 1,), when a day counts half after `life`.
    """
    keep, found = 0.5 ** (1.0 / life), np.empty(len(totals) + 1)
    start = totals[:14] / factor[:14]
    level = found[0] = max(float(np.median(start)), 1e-9)
    weight = 3.0
    for day, (total, each) in enumerate(zip(totals, factor, strict=True)):
        now = total / each
        now = level * float(np.exp(np.clip(np.log(max(now, 1e-3 * level) / level), -_ODD, _ODD)))
        weight = weight * keep + each  # busy weekdays say most
        level += (now - level) * each / weight
        found[day + 1] = level
    return found


def _profile_life(counts: Floats) -> float:
    """Return the life of the profile under which the past days, each foreseen from those before it, are likeliest."""
    likelihood = np.zeros(len(PROFILE_LIVES))
    keep = 0.5 ** (1.0 / np.array(PROFILE_LIVES))[:, None]
    so_far = np.full((len(PROFILE_LIVES), counts.shape[1]), 1e-3)
    for day, count in enumerate(counts):
        if day >= _LEARNT:
            likelihood += np.log(so_far / so_far.sum(axis=1, keepdims=True)) @ count
        so_far = keep * so_far + count
    return PROFILE_LIVES[int(np.argmax(likelihood))]


def _profile(counts: Floats, weekday: Integers, target: int, weights: Floats) -> Floats:
    """Return the share of each period in a day of that weekday (periods,), past days (days,) by their weights."""
    weight = weights[:, None]
    everybody = (weight * counts).sum(axis=0) + 1e-6
    own = (weight * counts)[weekday == target].sum(axis=0)
    expected = everybody * own.sum() / everybody.sum()
    if own.sum() <= 0.0:
        return everybody / everybody.sum()
    mean, shape = factor_law(own, expected, np.zeros(len(own), np.int64), 1.0)
    factor, _ = factor_given(own, expected, mean, shape, 1.0)
    shares = everybody * factor
    return shares / shares.sum()


def _spread(counts: Floats, weekday: Integers, expected: Floats, age: Floats, life: float) -> tuple[float, float]:
    """Return the shape of the factor of a day, and the lump of counts, from the days whose level was foreseen."""
    weight, totals = _half(age, WEEKDAY_LIFE), counts.sum(axis=1)
    squares, chance = np.zeros(len(counts)), np.maximum(totals, 1.0)
    for day in range(7):
        mine = weekday == day
        if mine.any():
            foreseen = totals[mine, None] * _profile(counts, weekday, day, _half(age, life))
            squares[mine] = ((counts[mine] - foreseen) ** 2).sum(axis=1)
    # An odd day says little of the others: it counts as three times the middle one at most.
    lumps = np.minimum(squares / chance, 3.0 * np.median(squares / chance))
    lump = max(float(weight @ lumps) / float(weight.sum()), 1.0)
    off = np.clip(totals / np.maximum(expected, 1e-9) - 1.0, -_ODD, _ODD)
    excess = float(weight @ (off**2 - lump / np.maximum(expected, 1e-9))) / float(weight.sum())
    return min(1.0 / max(excess, 1.0 / _MOST_SHAPE), _MOST_SHAPE), lump


def pinball(counts: Floats, quantiles: Floats, shares: Floats) -> Floats:
    """Return the mean pinball loss over shares (shares,) of quantiles (shares, ...) for counts (...)."""
    short = counts - quantiles
    at = shares.reshape(-1, *([1] * counts.ndim))
    return np.maximum(at * short, (at - 1.0) * short).mean(axis=0)
