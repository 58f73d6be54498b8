"""How many units must circulate, so that one is there when it is wanted? A loop: out, given back, made fit, out again.

Wanted are units that are booked, from a time to a time known ahead, and others asked for at random (Poisson). What is
given back leaves with a batch, at a time known ahead, and is fit again a random time later, all of the batch at once.
A want that finds none waits for the next unit that is fit, first come first served, and gives it back when booked all
the same. So what is out or asked for does not depend on how many units there are:

    N(t) = booked units out whose batch has not left       (certain)
         + sum over batches that left of size x [time > t - when it left]      (each independent, yes or no)
         + units asked for at random and not yet back      (Poisson of rate x mean time: Palm 1938, any law of time)

is a sum of independent parts whose law is found by convolution, without approximation, and with S units

    short of q wanted at t = E[min(q, (N(t) - S)+)],     short at random = P(N(t) >= S)   (Wolff 1982).

That is infinite room where units are made fit: batches do not wait for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arbitre.maths.work.duration_laws import DurationLaw

Floats = NDArray[Any]
Integers = NDArray[np.int64]

_NOTHING = 1e-12
"""A chance so small that nobody can tell it from none."""


@dataclass(frozen=True)
class Loop:
    """Units of one item at one place, times in hours. out (bookings,) when they are wanted; units (bookings,) how many;
    batch (bookings,) with which they leave; leaves (batches,) when; law (batches,) of the time until fit again, from
    then; at_random, the mean number of units out that were not booked; rate, of those, units an hour."""

    out: Floats
    units: Integers
    batch: Integers
    leaves: Floats
    law: Sequence[DurationLaw]
    at_random: float = 0.0
    rate: float = 0.0


def out_law(loop: Loop, times: Floats) -> Floats:
    """Which law has the number of units out or asked for, at each time, those asked for just then included?

    Args: times (n,) hours. Returns (n, numbers) chances of 0, 1, 2, ... units.
    """
    size = np.bincount(loop.batch, loop.units, minlength=len(loop.leaves)).astype(np.int64)
    random = _poisson(loop.at_random)
    most = int(loop.units.sum()) + len(random)
    found = np.zeros((len(times), most))
    for row, time in enumerate(times):
        certain = int(loop.units[(loop.out <= time) & (loop.leaves[loop.batch] > time)].sum())
        found[row, certain:certain + len(random)] = random
    for batch, (law, leaves) in enumerate(zip(loop.law, loop.leaves, strict=True)):
        away = np.where(times >= leaves, 1.0 - law.below(np.maximum(times - leaves, 0.0)), 0.0)
        rows = np.flatnonzero(away > _NOTHING)
        before, chance = found[rows], away[rows, None]
        found[rows] = (1.0 - chance) * before
        found[rows, size[batch]:] += chance * before[:, :most - size[batch]]
    return found


def _poisson(mean: float) -> Floats:
    """Return the chances of 0, 1, 2, ... of a Poisson law, as far as they can be told from none."""
    most = int(mean + 8.0 * np.sqrt(mean) + 12.0) if mean > 0.0 else 0
    logs = np.cumsum(np.log(np.maximum(mean, _NOTHING) / np.arange(1, most + 1)))
    chance = np.concatenate([[1.0], np.exp(logs)])
    return chance / chance.sum()


def short_booked(law: Floats, wanted: Integers) -> Floats:
    """How many of the units wanted at each time are not there, for each number of units held?

    Args: law (n, numbers) from `out_law`; wanted (n,) units. Returns (n, numbers): column S with S units.
    """
    above = np.cumsum(law[:, ::-1], axis=1)[:, ::-1] - law  # P(N > S)
    tail = np.concatenate([np.cumsum(above[:, ::-1], axis=1)[:, ::-1], np.zeros((len(law), 1))], axis=1)
    at = np.minimum(np.arange(law.shape[1]) + wanted[:, None], law.shape[1])
    return tail[:, :-1] - np.take_along_axis(tail, at, axis=1)


def short_at_random(law: Floats) -> Floats:
    """Which share of units asked for at random, at these times, is not there? (numbers,): column S with S units."""
    return np.cumsum(law[:, ::-1], axis=1)[:, ::-1].mean(axis=0)
