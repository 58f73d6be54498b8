"""With which chance is somebody there, or a machine restored, in time: with the part at hand, or a second visit for it?

A technician is waited for, travels and works. His wait is nought with chance 1 - C, else exponential:
    P(W > t) = C exp(-2 (c - a) t / (E[S] (1 + v²))),      a = rate x E[S] < c,
with Erlang's C for c heads and v the variation of the time a visit takes: exact for exponential times (Erlang 1917),
else the exponential law of the mean of Lee & Longton (1959). With the part at hand W + way + work must be within the
window. Without it two visits must be, and the wait for the part between them; the two waits are taken as independent.
Somebody is there after W + way.
Sums of times are taken on a lattice of POINTS steps over the longest window. Hours throughout.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arbitre.maths.stock.repair import delayed_share
from arbitre.maths.work.duration_laws import DurationLaw

Floats = NDArray[np.float64]

POINTS = 480


@dataclass(frozen=True)
class Wait:
    """The wait for a technician: `delayed`, chance that there is one; `decay`, rate at which it ends (1/h)."""

    delayed: float
    decay: float

    def within(self, hours: ArrayLike) -> Floats:
        """Return the chance that it is over within these hours, 0 below nought."""
        after = np.maximum(np.asarray(hours, dtype=np.float64), 0.0)
        return np.where(np.asarray(hours) < 0.0, 0.0, 1.0 - self.delayed * np.exp(-self.decay * after))


def wait_for(heads: int, rate: float, mean: float, square: float) -> Wait | None:
    """Return the wait for one of so many heads, None where they cannot keep up.

    Args: rate, visits an hour; mean (h) and square (h²), of the time a visit takes, travel included.
    """
    if rate == 0.0:
        return Wait(0.0, 1.0)
    if rate * mean >= heads:
        return None
    return Wait(delayed_share(rate * mean, heads), 2.0 * mean * (heads - rate * mean) / square)


@dataclass(frozen=True)
class InTime:
    """The chance that all the times of one or two visits, travel apart, are within so many hours.

    `wait` is that for a technician; `step` (h) that of the lattice; one, two (POINTS,) the chances at its points; two
    is that of none where there is no visit without the part.
    """

    wait: Wait
    step: float
    one: Floats
    two: Floats | None

    def within(self, hours: ArrayLike, visits: int) -> Floats:
        """Return the chance to be done with so many visits within these hours, 0 below nought; with none: to be there.
        """
        if visits == 0:
            return self.wait.within(hours)
        chances = self.one if visits == 1 or self.two is None else self.two
        at = np.arange(POINTS + 1) * self.step
        return np.interp(np.asarray(hours, dtype=np.float64), at, np.append(0.0, chances), left=0.0)


def in_time(wait: Wait, whole: DurationLaw, visits: tuple[DurationLaw, DurationLaw] | None, longest: float) -> InTime:
    """Return the chances to be done in time.

    Args: wait, for a technician; whole, the work of a visit with the part; visits, the works of one without it and of
    the one that brings it; longest, the hours up to which chances are asked for.
    """
    step = longest / POINTS
    line = _masses(DurationLaw("erlang", 1.0 / wait.decay), step)
    late, soon = wait.delayed, 1.0 - wait.delayed
    work = _masses(whole, step)
    one = soon * _below(work, 1) + late * _below(_sum(work, line), 2)
    if visits is None:
        return InTime(wait, step, one, None)
    both = _sum(_masses(visits[0], step), _masses(visits[1], step))
    once = _sum(both, line)
    two = soon**2 * _below(both, 2) + 2 * soon * late * _below(once, 3) + late**2 * _below(_sum(once, line), 4)
    return InTime(wait, step, one, two)


def _masses(law: DurationLaw, step: float) -> Floats:
    """Return the chance of each step of the lattice (POINTS,)."""
    below = law.below(np.arange(1, POINTS + 1) * step)
    return np.diff(below, prepend=0.0)


def _sum(first: Floats, second: Floats) -> Floats:
    return np.convolve(first, second)[:POINTS]


def _below(masses: Floats, terms: int) -> Floats:
    """Return the chance to be at most at each point: the sum of so many times, each in the middle of its step."""
    so_far = np.append(0.0, np.cumsum(masses))
    at = np.arange(1, POINTS + 1, dtype=np.float64)
    return np.interp(at, np.arange(POINTS + 1) + (terms - 1) / 2.0, so_far, left=0.0)
