"""How soon does somebody come, how often in time, when units wait at bases and each case takes the nearest free one?

Whoever is free and nearest goes (`maths.work.hypercube`); where nobody is, cases wait in one line for the first unit
that frees itself, any of them alike. A unit is busy for its way and its work, then free at its base again. The
hypercube asks for one mean of both, found by going round: ways follow from who goes, who goes from how long all are
busy.

    in time = sum over units of P(goes at once) P(work <= window - way)
              + P(waits) x mean over units of P(wait + work <= window - way),
with a wait, given that there is one, exponential of rate units / mean - rate of cases (M/M/c; Erlang 1917), and the
work that must be done within the window: of a response, none.

A ceiling on what any choice of bases keeps: who finds m units free is served no better than if the best m bases were
manned and its nearest one free; the number free grows as the mean of way and work falls, and that is no less than with
every nearest base free. The best m bases are bounded in turn by `maths.places.location`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arbitre.maths.places.location import Location, located
from arbitre.maths.work.duration_laws import DurationLaw
from arbitre.maths.work.hypercube import dispatch

Floats = NDArray[Any]
Integers = NDArray[np.int64]

_ROUNDS = 50
_CLOSE = 1e-9
_SLICES = 400
"""Parts into which the wait within a window is cut."""
_EFFORT = 2e7
"""Costs looked at in bounding the best m bases: a twentieth of a second."""


@dataclass(frozen=True)
class Zones:
    """What is asked. rate (zones,) cases an hour; way (bases, zones) hours from each base; law, of the work there;
    window (promises,) hours; due (promises,), laws of the work that must be done within them; weight (promises, zones),
    what a case in time is worth there, in any measure."""

    rate: Floats
    way: Floats
    law: DurationLaw
    window: Floats
    due: tuple[DurationLaw, ...]
    weight: Floats


@dataclass(frozen=True)
class Answer:
    """What becomes of the cases: kept (promises, zones), share in time; response (zones,), mean hours until somebody is
    there; at_once (zones, units) and busy (units,); waits, the share that finds nobody free; mean, hours a unit is
    away."""

    kept: Floats
    response: Floats
    at_once: Floats
    busy: Floats
    waits: float
    mean: float


def answered(zones: Zones, heads: Integers) -> Answer:
    """What is kept when so many units (bases,) wait at each base?

    Where units cannot keep up everybody waits for ever: nothing is kept, and the response is infinite.
    Raises UsageError when there is no unit (`maths.work.hypercube`).
    """
    base = np.repeat(np.arange(len(heads)), heads)
    way = zones.way[base]  # (units, zones)
    order = np.argsort(way.T, axis=1, kind="stable").astype(np.int64)
    total, units = float(zones.rate.sum()), len(base)
    share_of_zone = zones.rate / total if total > 0.0 else np.full(len(zones.rate), 1.0 / len(zones.rate))
    mean = zones.law.mean + float(share_of_zone @ way.min(axis=0, initial=math.inf)) if units else zones.law.mean
    for _ in range(_ROUNDS):
        told = dispatch(zones.rate, order, mean)
        waits = told.waited
        at_once = told.share * ((1.0 - waits) / (1.0 - told.all_busy) if told.all_busy < 1.0 else 0.0)
        reach = (at_once * way.T).sum(axis=1) + waits * way.mean(axis=0)
        new = zones.law.mean + float(share_of_zone @ reach)
        if abs(new - mean) <= _CLOSE * mean:
            break
        mean = new
    free = units / mean - total if mean > 0.0 else math.inf
    if free <= 0.0:
        none = np.zeros((len(zones.window), len(zones.rate)))
        return Answer(none, np.full(len(zones.rate), math.inf), at_once, np.ones(units), 1.0, mean)
    kept = np.array([
        (at_once * law.below(window - way.T)).sum(axis=1) + waits * _after_wait(law, window - way, free)
        for window, law in zip(zones.window, zones.due, strict=True)]).reshape(len(zones.window), len(zones.rate))
    # Erlang's line carries what loss would turn away: units are busy for all the cases.
    busy = told.busy * (1.0 - waits) / (1.0 - told.all_busy) + _full(told.all_busy, waits)
    return Answer(kept, np.asarray(reach + waits / free), at_once, busy, waits, mean)


def _full(all_busy: float, waits: float) -> float:
    """Return what the weight of "all busy" gains by the line: it is all_busy without one, waits with it."""
    return waits - all_busy * (1.0 - waits) / (1.0 - all_busy)


def _after_wait(law: DurationLaw, left: Floats, rate: float) -> Floats:
    """Return (zones,) P(wait + work <= left), mean over units; left (units, zones) hours, the wait exponential."""
    if math.isinf(rate):
        return law.below(left).mean(axis=0)
    if law.kind == "constant":
        return -np.expm1(-rate * np.maximum(left - law.mean, 0.0)).mean(axis=0)
    longest = max(float(left.max(initial=0.0)), 0.0)
    edges = np.linspace(0.0, longest, _SLICES + 1)
    chance = -np.diff(np.exp(-rate * edges))
    middle = (edges[:-1] + edges[1:]) / 2.0
    still = left[:, :, None] - middle
    done = np.where(still >= 0.0, law.below(np.maximum(still, 0.0)), 0.0)
    return (done @ chance).mean(axis=0)


def value_of(zones: Zones, heads: Integers) -> float:
    """What is kept worth, weighted as `zones` says, when so many units (bases,) wait at each base?"""
    return float((zones.weight * answered(zones, heads).kept).sum())


def ceiling(zones: Zones, units: int, rng: np.random.Generator) -> float:
    """More than which worth does no choice of bases keep, for so many units?"""
    total = float(zones.rate.sum())
    least = zones.law.mean + (float(zones.rate @ zones.way.min(axis=0)) / total if total > 0.0 else 0.0)
    load = total * least
    if load >= units:
        return 0.0
    asked = list(zip(zones.window, zones.due, strict=True))
    best = (zones.weight[:, None, :] * np.array([law.below(window - zones.way) for window, law in asked])
            ).sum(axis=0)  # (bases, zones)
    most = float(best.max(axis=0).sum())
    reach = [_best_bases(best, free, most, rng) for free in range(1, units + 1)]
    busy = np.cumprod(np.concatenate([[1.0], load / np.arange(1, units)]))
    weight = np.append(busy, busy[-1] * load / units / (1.0 - load / units))
    weight /= weight.sum()
    rate = units / least - total
    late = np.array([[_after_wait(law, window - way[None], rate) for window, law in asked]
                     for way in zones.way])
    waited = float((zones.weight * late).sum(axis=(1, 2)).max())
    return float(weight[:-1] @ reach[::-1]) + float(weight[-1]) * waited


def _best_bases(best: Floats, free: int, most: float, rng: np.random.Generator) -> float:
    """Return no less than what the best `free` bases bring when all are free; best (bases, zones)."""
    if free >= len(best):
        return most
    asked = Location(best.max(axis=0) - best, np.zeros(len(best)), np.zeros(len(best), bool), free)
    return most - located(asked, rng, _EFFORT).bound
