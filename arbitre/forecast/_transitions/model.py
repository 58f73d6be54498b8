"""At what rates do the cases of a chain pass from step to step, and where will each be?

Tables to the rates of maths.hazards and the chances of maths.passages: stays become periods of age, their factors are
step, step and age, place in the calendar, and the attributes as they were known when the period began.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.forecast._transitions.attributes import Attribute
from arbitre.forecast._transitions.stays import Stays
from arbitre.maths.evidence.hazards import Cells, Rates, cells_of, fitted
from arbitre.maths.work.passages import Passages, exit_chances

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DAY = 86_400.0
PERIODS = {"hour": 3600.0, "day": DAY, "week": 7 * DAY, "month": 30.4375 * DAY}
"""Lengths in seconds."""
_LEAST_PERIODS = 3
"""Periods that half of the cases last, where the period is not given."""
_SINGLE_AGES = 26
_WIDER = 1.25
LEAST_PASSAGES = 10
"""Passages of a kind, below which attributes and calendar tell nothing of it."""
_ROUNDING = 1e-6
_INSTANT = 1e-3
"""Part of a period that a passage at once is taken to need."""
STEP, AGE, CALENDAR, FIRST_ATTRIBUTE = 0, 1, 2, 3
_CYCLES = {"hour": ("%H", 24, DAY), "day": ("%w", 7, 7 * DAY), "week": ("%m", 3, 91.3 * DAY),
           "month": ("%m", 12, 365.25 * DAY)}
"""Where in its cycle a period lies: hour of the day, day of the week, month of the quarter, month of the year."""


class Rows(NamedTuple):
    """Periods in which cases were followed: (rows,) stay, age in periods, when it begins, part followed, passage."""

    stay: Integers
    age: Integers
    time: Floats
    exposure: Floats
    passage: Integers


def usual_period(stays: Stays) -> str:
    """Return the longest period of which half of the cases that ended lasted three or more."""
    opened = stays.cases["opened"].to_numpy()[stays.case[stays.leaves]]
    typical = float(np.median(stays.left[stays.leaves] - opened))
    return next((name for name in ("month", "week", "day") if typical >= _LEAST_PERIODS * PERIODS[name]), "hour")


def rows_of(stays: Stays, period: float) -> Rows:
    """Cut stays into periods of age, from when they are on record until they end or are last seen."""
    begin, end = np.maximum(stays.came, stays.since), np.minimum(stays.left, stays.at)
    kept = np.flatnonzero((end >= begin) & ((end > begin) | (stays.to >= 0)))
    came, begin, end = stays.came[kept], begin[kept], end[kept]
    first = np.floor((begin - came) / period + _ROUNDING).astype(np.int64)
    many = np.maximum(np.ceil((end - came) / period - _ROUNDING).astype(np.int64) - first, 1)
    stay = np.repeat(np.arange(len(kept)), many)
    age = np.arange(len(stay)) - np.repeat(np.cumsum(many) - many, many) + first[stay]
    start = np.maximum(came[stay] + age * period, begin[stay])
    stop = np.minimum(came[stay] + (age + 1) * period, end[stay])
    last = np.concatenate((stay[1:] != stay[:-1], [True])) if len(stay) else np.zeros(0, np.bool_)
    passage = np.where(last, stays.to[kept][stay], -1)
    exposure = np.maximum((stop - start) / period, np.where(passage >= 0, _INSTANT, 0.0))
    return Rows(kept[stay], age, start, exposure, passage)


def bands(oldest: int) -> Integers:
    """Return the band of each age: single periods first, then wider and wider."""
    edges = [*range(_SINGLE_AGES)]
    while edges[-1] <= oldest:
        edges.append(int(np.ceil((edges[-1] + 1) * _WIDER)))
    return np.searchsorted(np.array(edges), np.arange(oldest + 1), side="right") - 1


def calendar_codes(time: Floats, period: str) -> Integers:
    """Return where in its cycle each moment lies."""
    shown, many, _ = _CYCLES[period]
    told = pl.from_epoch(pl.Series(np.floor(time).astype(np.int64)), time_unit="s").dt.strftime(shown)
    return told.cast(pl.Int64).to_numpy() % many


@dataclass(frozen=True)
class Model:
    """The rates of the passages of a chain, as learnt from `rows`.

    attributes: those that are used. band: of each age. levels: how many each factor has. laws: by target. pairs: each
    passage as (step, target). scale (targets,): what later history multiplies rates by.
    """

    stays: Stays
    period: str
    attributes: list[Attribute]
    band: Integers
    levels: tuple[int, ...]
    laws: dict[int, Rates]
    pairs: list[tuple[int, int]]
    cells: Cells

    def attribute_codes(self, case: Integers, time: Floats) -> Integers:
        """Return (cases, attributes) the levels as known at a time."""
        codes = [attribute.codes(case, time) for attribute in self.attributes]
        return np.stack(codes, axis=1) if codes else np.zeros((len(case), 0), np.int64)

    def chances(self, step: Integers, age: Integers, start: Integers, codes: Integers, periods: int,
                effects: dict[int, Floats], scale: Floats) -> Floats:
        """Return (cases, exits, periods) the chance to have left by each exit by the end of each period ahead.

        Args: step, age, start, codes (cases, ...); effects, of each target's law; scale (targets,) of its rates.
        """
        ahead = self.stays.at + PERIODS[self.period] * np.arange(periods)
        phase, many = calendar_codes(np.asarray(ahead, np.float64), self.period), int(self.band[-1]) + 1
        base = np.empty((len(self.pairs), many))
        calendar, factor = np.empty((len(self.pairs), periods)), np.empty((len(step), len(self.pairs)))
        for number, (source, target) in enumerate(self.pairs):
            first, effect = self.laws[target].first, effects[target]
            ages = first[AGE] + source * many + np.arange(many)
            base[number] = scale[target] * np.exp(effect[0] + effect[first[STEP] + source] + effect[ages])
            calendar[number] = np.exp(effect[first[CALENDAR] + phase])
            places = first[FIRST_ATTRIBUTE:-1] + codes
            factor[:, number] = np.exp(effect[places].sum(axis=1))
        source, target = (np.array(part, np.int64) for part in zip(*self.pairs, strict=True))
        passages = Passages(source, target, base, self.band, calendar)
        return exit_chances(passages, len(self.stays.steps), len(self.stays.exits), step, age, start, factor)

    @property
    def effects(self) -> dict[int, Floats]:
        """The likeliest effects of each target's law."""
        return {target: law.effect for target, law in self.laws.items()}

    def draws(self, count: int, chance: np.random.Generator) -> list[dict[int, Floats]]:
        """Return draws of the effects given what was seen."""
        drawn = {target: law.draws(count, chance) for target, law in self.laws.items()}
        return [{target: effects[number] for target, effects in drawn.items()} for number in range(count)]


def learnt(stays: Stays, rows: Rows, period: str, attributes: list[Attribute]) -> Model:
    """Return the rates that these periods tell of."""
    band = bands(int(rows.age.max(initial=0)))
    many, targets = int(band[-1]) + 1, len(stays.targets)
    step, case = stays.step[rows.stay], stays.case[rows.stay]
    codes: list[np.ndarray] = [step, step * many + band[rows.age], calendar_codes(rows.time, period),
             *(attribute.codes(case, rows.time) for attribute in attributes)]
    cycle = _CYCLES[period]
    levels = (len(stays.steps), len(stays.steps) * many, cycle[1], *(len(one.levels) for one in attributes))
    cells = cells_of(codes, levels, rows.exposure, rows.passage, targets)
    seen = np.zeros((len(stays.steps), targets), np.int64)
    np.add.at(seen, (step[rows.passage >= 0], rows.passage[rows.passage >= 0]), 1)
    is_cyclic = rows.time.max() - rows.time.min() >= 2 * cycle[2]
    laws = {}
    for target in np.flatnonzero(seen.sum(axis=0)):
        there = seen[cells.codes[:, STEP], target] > 0
        of = Cells(cells.codes[there], cells.exposure[there], cells.passages[there])
        enough = seen[:, target].sum() >= LEAST_PASSAGES
        used = np.array([True, True, enough and is_cyclic, *(enough for _ in attributes)])
        laws[int(target)] = fitted(of, int(target), levels, used)
    pairs = [(int(a), int(b)) for a, b in np.argwhere(seen)]
    return Model(stays, period, attributes, band, levels, laws, pairs, cells)


def crude_exits(stays: Stays, rows: Rows) -> Floats:
    """Return (rows, exits) the exits expected of cases as old in the same step, whatever else they are."""
    band = bands(int(rows.age.max(initial=0)))
    place = stays.step[rows.stay] * (int(band[-1]) + 1) + band[rows.age]
    count, many = len(stays.steps) * (int(band[-1]) + 1), len(stays.steps)
    followed = np.maximum(np.bincount(place, rows.exposure, count), 1e-12)
    ends = [np.bincount(place[rows.passage == many + e], minlength=count) for e in range(len(stays.exits))]
    return np.stack([(end / followed)[place] * rows.exposure for end in ends], axis=1)


def moment(seconds: float) -> datetime:
    """Return a time as tables hold it."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
