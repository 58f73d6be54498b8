"""How likely is each visit of a tour to start in time, when ways and work take as long as they happen to?

The crew leaves when planned and makes its stops in the planned order, each as soon as it is there and the window is
open; it rests where planned. Ways are lognormal around their planned time, each on its own, with a standard deviation
of `spread` times it; work is drawn by whoever knows its law. Replications go side by side, stop after stop.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arbitre.maths.places.tours import RELOAD, Field, Timed


@dataclass(frozen=True)
class Chances:
    """kept (stops,), share of replications in which the visit starts no later than its last window closes, 1 where it
    is no visit; back: share in which the tour is back by the end of the shift; cost: mean cost.
    """

    kept: np.ndarray
    back: float
    cost: float


def chances_of(field: Field, one: Timed, works: np.ndarray, spread: float, rng: np.random.Generator) -> Chances:
    """Return the chances of a tour.

    Args: works (stops, replications), seconds of work at each stop, ignored at reloads; spread, of ways, over their
    mean; rng.
    """
    crew, replications = field.crews[one.tour.crew], works.shape[1]
    now, here = np.full(replications, float(one.leaves_at)), crew.place
    kept, late_cost = np.ones(len(one.tour.stops)), np.zeros(replications)
    for position, stop in enumerate((*one.tour.stops, None)):
        if one.rest and one.rest[0] == position - 1 and crew.rest:
            now = np.maximum(now, one.rest[1]) + crew.rest[0]
        there = crew.home if stop is None or stop == RELOAD else field.visits[stop].place
        now = now + _ways(float(field.seconds[here, there]), spread, replications, rng)
        here = there
        if stop is None:
            break
        if stop == RELOAD:
            now = np.maximum(now + crew.turn, one.leaves[position])
            continue
        visit = field.visits[stop]
        start, in_time = _starts(visit.windows, now)
        kept[position] = in_time.mean()
        late_cost += visit.late_cost * ~in_time
        now = start + works[position]
    overtime = np.maximum(0.0, now - one.leaves_at - (crew.ends - crew.starts))
    planned_late = sum(field.visits[stop].late_cost
                       for stop, late in zip(one.tour.stops, one.late, strict=True) if late)
    more = late_cost - planned_late + (
        crew.hour_cost * (now - one.back_at) + crew.overtime_cost * (overtime - one.overtime)) / 3600.0
    return Chances(kept, float((now <= crew.ends).mean()), one.cost + float(more.mean()))


def _ways(mean: float, spread: float, replications: int, rng: np.random.Generator) -> np.ndarray:
    """Return lognormal times of a way (replications,)."""
    squared = np.log1p(spread**2)
    return mean * np.exp(rng.standard_normal(replications) * np.sqrt(squared) - squared / 2.0)


def _starts(windows: tuple[tuple[int, int], ...], now: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return when work starts and whether in a window, for crews there `now`; after the last window, at once."""
    start, in_time = now.copy(), np.zeros(len(now), dtype=bool)
    for early, late in reversed(windows):
        fits = now <= late
        start = np.where(fits, np.maximum(now, early), start)
        in_time |= fits
    return start, in_time
