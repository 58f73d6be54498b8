"""How much should each stage of a chain of stages hold?

Stage 1 serves customers, stage j + 1 supplies stage j, the last orders from outside. Each stage keeps its *echelon*
position (its own stock and all below it, less what is owed) at a level S_j. With echelon holding costs h_j (what a unit
costs more to hold here than one stage up) and p for a unit owed, both per unit of time, the best levels follow one
stage after the other, D_j being the demand over the lead time of stage j (Clark & Scarf 1960; Federgruen & Zipkin 1984;
Chen & Zheng 1994):
    G_1(y) = E[h_1 (y - D_1) + (p + h_1 + ... + h_N) (D_1 - y)+],
    G_j(y) = E[h_j (y - D_j) + G_(j-1)(min(S_(j-1), y - D_j))],   S_j = argmin G_j, and G_N(S_N) is the cost.
Units under way between stages are part of it. G_j is convex, falls with a known slope below the table and is linear
above S_j, so it is tabulated on a lattice:
- Poisson demand: whole units, exact but for probabilities below 1e-13;
- normal demand: a lattice of 1/64 of the smallest deviation, where sums of a smooth function under a normal density
  equal its integrals to the last digits. What is left is the bend at S_j: some 1e-9 of the cost at the best levels,
  where it is slight, some 1e-5 at others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from arbitre.core.errors import UsageError
from arbitre.maths.stock.inventory import pipeline_pmf
from arbitre.maths.stock.lead_time_demand import MOST_UNITS, fitted_shelf
from arbitre.maths.stock.newsvendor import normal_shortage

Floats = NDArray[np.floating]
_STEPS_PER_DEVIATION = 64
_MOST_DEVIATIONS = 100
"""A stage whose deviation is a smaller part of that of all stages together does not make the lattice finer."""
_WIDTH = 8.5
"""Deviations at each side beyond which a normal law is left out (2e-17)."""


@dataclass(frozen=True)
class SerialPlan:
    """Echelon levels, the stage that serves customers first (units), and their cost (money per unit of time)."""

    levels: tuple[float, ...]
    cost: float

    @property
    def local_levels(self) -> tuple[float, ...]:
        """What each stage itself is to hold: an echelon level above one further up never binds."""
        binding = np.minimum.accumulate(self.levels[::-1])[::-1]
        return tuple(np.diff(binding, prepend=0.0).tolist())


@dataclass(frozen=True)
class _Table:
    """A convex cost of positions lowest, lowest + 1, ... steps, linear before (slope `below`) and after (`above`)."""

    values: Floats
    lowest: int
    below: float
    above: float

    def between(self, first: int, last: int) -> Floats:
        """Return the cost of the positions first .. last."""
        at = np.arange(first, last + 1) - self.lowest
        end = len(self.values) - 1
        return self.values[np.clip(at, 0, end)] + self.below * np.minimum(at, 0) + self.above * np.maximum(at - end, 0)

    def at(self, position: float) -> float:
        """Return the cost of a position between two steps, by the polynomial through the five nearest."""
        middle = round(position)
        return float(np.polyval(self._nearby(middle), position - middle))

    def best(self, whole: bool) -> float:
        """Return the position of least cost."""
        middle = self.lowest + int(np.argmin(self.values))
        if whole:
            return middle
        flat = np.roots(np.polyder(self._nearby(middle)))
        return middle + float(flat[np.argmin(abs(flat))].real)

    def _nearby(self, middle: int) -> Floats:
        around = np.arange(-2, 3)
        return np.linalg.solve(np.vander(around), self.between(middle - 2, middle + 2))


@dataclass(frozen=True)
class _Demand:
    """Demand over the lead times, on a lattice of `step` units from lowest to highest.

    certain: (stages,) units asked in any case; first: (stages,) fewest steps asked beyond these; chances: (stages,) of
    first, first + 1, ... steps; short: expected shortage of stage 1 at each position (units).
    """

    step: float
    lowest: int
    highest: int
    certain: Sequence[float]
    first: Sequence[int]
    chances: Sequence[Floats]
    short: Floats


def best_serial(holding: Sequence[float], lead_times: Sequence[float], shortage: float, rate: float,
                deviation: float | None = None) -> SerialPlan:
    """Find the echelon levels of least cost.

    Args, in one unit of time: holding (stages,) echelon holding costs, the stage that serves customers first (money a
    unit, above 0); lead_times (stages,); shortage (money a unit owed, above 0); rate (units); deviation, the standard
    deviation of normal demand over one unit of time (above 0), or None for Poisson demand.
    Raises UsageError for arguments out of range.
    """
    _check(holding, lead_times, shortage, rate, deviation)
    # The last stages without lead time hold nothing: each passes its cost on to those it would make wait.
    idle = next((stage for stage, time in enumerate(lead_times) if time > 0.0), len(lead_times))
    if idle == len(lead_times) or (rate == 0.0 and deviation is None):
        return SerialPlan((0.0,) * len(lead_times), 0.0)
    plan = _plan(holding[idle:], lead_times[idle:], shortage, rate, deviation, None)
    return SerialPlan((0.0,) * idle + plan.levels, plan.cost)


def serial_cost(levels: Sequence[float], holding: Sequence[float], lead_times: Sequence[float], shortage: float,
                rate: float, deviation: float | None = None) -> float:
    """Tell what given echelon levels (stages,) cost; other arguments as in `best_serial`.

    Raises UsageError also where the stage that serves customers has no lead time, and for Poisson demand where a level
    is not whole.
    """
    _check(holding, lead_times, shortage, rate, deviation)
    if len(levels) != len(holding) or not all(math.isfinite(level) for level in levels):
        raise UsageError("Expected a level for each stage.")
    if deviation is None and any(level != math.floor(level) for level in levels):
        raise UsageError("Expected whole levels: Poisson demand comes in units.")
    if lead_times[0] == 0.0:
        raise UsageError("Leave out the last stages without lead time: they hold nothing.")
    return _plan(holding, lead_times, shortage, rate, deviation, levels).cost


def _check(holding: Sequence[float], lead_times: Sequence[float], shortage: float, rate: float,
           deviation: float | None) -> None:
    numbers = [*holding, *lead_times, shortage, rate, *([] if deviation is None else [deviation])]
    if not 0 < len(holding) == len(lead_times) or not all(math.isfinite(n) and n >= 0.0 for n in numbers):
        raise UsageError("Expected a holding cost and a lead time for each stage, all finite and 0 or more.")
    if min(*holding, shortage) <= 0.0 or (deviation is not None and deviation <= 0.0):
        raise UsageError("Expected costs and a deviation above 0.")
    if deviation is None and rate * math.fsum(lead_times) > MOST_UNITS:
        raise UsageError(f"Expected at most {MOST_UNITS:,} units over all lead times: take the demand as normal.")


def _plan(holding: Sequence[float], lead_times: Sequence[float], shortage: float, rate: float,
          deviation: float | None, given: Sequence[float] | None) -> SerialPlan:
    """Walk up the stages; `given` levels are taken as they are. Positions are in steps beyond the certain demand."""
    demand = _poisson(lead_times, rate) if deviation is None else _normal(lead_times, rate, deviation)
    step, lowest, highest = demand.step, demand.lowest, demand.highest
    owed = shortage + math.fsum(holding)
    slope, certain, level, levels, table = -owed, 0.0, 0.0, [], None
    for stage, unit_cost in enumerate(holding):
        if table is None:
            beyond = np.arange(lowest, highest + 1) * step + demand.certain[0] - rate * lead_times[0]
            values = unit_cost * beyond + owed * demand.short
        else:
            chances, first = demand.chances[stage], demand.first[stage]
            left, right = lowest - first - len(chances) + 1, highest - first
            reached = np.arange(left, right + 1)
            below = np.where(reached < level, table.between(left, right), table.at(level))
            values = _expected(unit_cost * (certain + reached * step) + below, chances)
        certain, slope = certain + demand.certain[stage], slope + unit_cost
        table = _Table(values, lowest, slope * step, unit_cost * step)
        level = table.best(deviation is None) if given is None else (given[stage] - certain) / step
        levels.append(certain + level * step)
    return SerialPlan(tuple(levels), table.at(level) if table else 0.0)


def _expected(values: Floats, chances: Floats) -> Floats:
    """Return the mean of values[i + last - k] over k with these chances, for every i that has them all."""
    size = 1 << (len(values) - 1).bit_length()
    mixed = np.fft.irfft(np.fft.rfft(values, size) * np.fft.rfft(chances, size), size)
    return mixed[len(chances) - 1 : len(values)]


def _poisson(lead_times: Sequence[float], rate: float) -> _Demand:
    highest = len(fitted_shelf(rate * math.fsum(lead_times), 1.0))
    means = [rate * time for time in lead_times]
    chances = [pipeline_pmf(mean, mean, len(fitted_shelf(mean, 1.0))) for mean in means]
    # Everything is linear at and below nought: one position below shows the slope.
    positions = np.arange(-1, highest + 1)
    on_hand = _Table(fitted_shelf(means[0], 1.0), 0, 0.0, 1.0).between(-1, highest)
    short = np.maximum(means[0] - positions + on_hand, 0.0)
    return _Demand(1.0, -1, highest, [0.0] * len(means), [0] * len(means), chances, short)


def _normal(lead_times: Sequence[float], rate: float, deviation: float) -> _Demand:
    spreads = [deviation * math.sqrt(time) for time in lead_times]
    whole = deviation * math.sqrt(math.fsum(lead_times))
    smallest = min(spread for spread in spreads if spread > 0.0)
    step = max(smallest, whole / _MOST_DEVIATIONS) / _STEPS_PER_DEVIATION
    halves = [math.ceil(_WIDTH * spread / step) for spread in spreads]
    chances = [_density(half, spread / step) for half, spread in zip(halves, spreads, strict=True)]
    highest = math.ceil(_WIDTH * whole / step)
    short = _normal_shortages(np.arange(-highest, highest + 1) * step, spreads[0])
    return _Demand(step, -highest, highest, [rate * time for time in lead_times], [-half for half in halves], chances,
                   short)


def _density(half: int, spread: float) -> Floats:
    if half == 0:
        return np.ones(1)
    weights = np.exp(-0.5 * (np.arange(-half, half + 1) / spread) ** 2)
    return weights / weights.sum()


@njit(cache=True, nogil=True, error_model="numpy")
def _normal_shortages(positions, deviation):
    short = np.empty(len(positions))
    for i in range(len(positions)):
        short[i] = normal_shortage(positions[i], 0.0, deviation)
    return short
