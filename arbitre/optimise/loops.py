"""How many units must circulate, so that one is there when it is wanted?

Units go out when they are booked for, come back, are made fit again in batches, and go out once more. Bookings are
known ahead, day by day; what is asked for beside them comes at random. How many are out at each hour is a sum of
independent parts, so its law is exact, whatever the law of the time until a unit is fit again (`maths.work.loops`):

    short share = units wanted that are not there / units wanted,   level = least units with a short share allowed

This is what optimise.stock cannot say: its demand is a rate, the same on every day, known to nobody beforehand.
A wave takes no more than its crews carry; batches that have left do not wait for each other. Who finds none waits for
the next unit, and gives it back when booked all the same. `worth` is what one more unit saves of emergency_cost (items)
in a year like these days.

Reads items, and bookings or demand (of items that come back, is_repairable); stocks for what there is today; steps,
waves and durations for the way back. Writes loop_levels, loop_days, loop_curve. Units, hours, the chain's currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.units import DAYS_PER_YEAR, HOURS_PER_DAY
from arbitre.maths.work.loops import Loop, out_law, short_at_random, short_booked
from arbitre.optimise._loops_question import Circling, Floats, Question, question_of
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("items",)
MAY_READ = ("bookings", "demand", "stocks", "steps", "waves", "durations", "crews", "lanes", "needs", "routes",
            "opening_hours", "holidays", "sites")
WRITES = ("loop_levels", "loop_days", "loop_curve")

_AROUND = 6
"""Levels told above and below plan and today."""


class Params(BaseParams):
    """How they come back, and how often one may be missing."""

    step: str = Field("", description="Steps by which booked units come back, separated by commas: each leaves with "
                      "the next wave of any; empty: in the lead time of the item.", json_schema_extra={"unit": ""})
    short_share: float = Field(0.02, gt=0, lt=1, description="Share of the units wanted that may be missing.",
                               json_schema_extra={"unit": "share"})


@dataclass(frozen=True)
class _Told:
    """What is short: hours (n,) looked at, day (n,) of each, wanted (n,) units then, short (n, numbers) of them with
    each number held, out (n,) units out on average."""

    hours: Floats
    day: Floats
    wanted: Floats
    short: Floats
    out: Floats

    def least(self, allowed: float, days: Floats | None = None) -> int:
        """Return the least units with a short share allowed, on these days (flags of rows)."""
        rows = slice(None) if days is None else days
        wanted = self.wanted[rows].sum()
        return int(np.argmax(self.short[rows].sum(axis=0) <= allowed * wanted)) if wanted > 0 else 0

    def share(self, level: int | None, days: Floats | None = None) -> float | None:
        """Return the short share with so many units."""
        rows = slice(None) if days is None else days
        wanted = self.wanted[rows].sum()
        if level is None or wanted <= 0:
            return None
        return float(self.short[rows, min(level, self.short.shape[1] - 1)].sum() / wanted)


def run(chain: Chain, params: Params, _seed: int, progress: Progress) -> Result:
    """Return the units needed of each item at each site.

    Raises Unsupported where nothing goes round or a step is not there.
    """
    progress(0.0, "reading bookings")
    question = question_of(chain, [step.strip() for step in params.step.split(",") if step.strip()])
    levels, days, curve = [], [], []
    for at, each in enumerate(question.loops):
        progress(at / len(question.loops), f"{each.item} at {each.site}")
        told = _told(each.loop, question.days)
        level = told.least(params.short_share)
        levels.append(_level(question, each, told, level))
        days += _days(question, each, told, level, params.short_share)
        curve += _curve(question, each, told, level)
    tables = {name: shaped(RESULTS[name], pl.DataFrame(rows, infer_schema_length=None))
              for name, rows in (("loop_levels", levels), ("loop_days", days), ("loop_curve", curve))}
    return Result("optimise.loops", _summary(question, tables["loop_levels"]), tables)


def _told(loop: Loop, days: int) -> _Told:
    """Return what is short at every hour at which units are wanted: booked ones, and at random at every full hour."""
    times, at = np.unique(loop.out, return_inverse=True)
    wanted = np.bincount(at, loop.units, minlength=len(times)).astype(np.int64)
    hours = np.arange(0.5, days * HOURS_PER_DAY) if loop.rate > 0 else np.zeros(0)
    law = out_law(loop, np.concatenate([times, hours]))
    short = short_booked(law[:len(times)], wanted)
    if loop.rate > 0:
        random = np.array([short_at_random(row[None]) for row in law[len(times):]]) * loop.rate
        short = np.concatenate([short, random])
    hours = np.concatenate([times, hours])
    return _Told(hours, hours // HOURS_PER_DAY, np.concatenate([wanted, np.full(len(hours) - len(times), loop.rate)]),
                 short, law @ np.arange(law.shape[1]))


def _level(question: Question, each: Circling, told: _Told, level: int) -> dict[str, Any]:
    """Return the row of loop_levels."""
    fullest = int(told.out.argmax())
    return {
        "item": each.item, "site": each.site, "before": each.before, "level": level, "wanted": told.wanted.sum(),
        "out_mean": _mean_out(each.loop, question.days), "out_most": told.out[fullest],
        "fullest_at": question.start + timedelta(hours=float(told.hours[fullest])),
        "short_before": told.share(each.before), "short_share": told.share(level),
        "worth": _short_cost(question, each, told, level) - _short_cost(question, each, told, level + 1),
        "price": each.price, "capital_before": None if each.before is None else each.before * each.price,
        "capital": level * each.price,
    }


def _mean_out(loop: Loop, days: int) -> float:
    """Return the units out on average over the days, by full hours."""
    law = out_law(loop, np.arange(0.5, days * HOURS_PER_DAY))
    return float((law @ np.arange(law.shape[1])).mean())


def _short_cost(question: Question, each: Circling, told: _Told, level: int) -> float:
    """Return what it costs in a year to fly in what is short with so many units."""
    short = told.short[:, min(level, told.short.shape[1] - 1)].sum()
    return float(short * each.short_cost * DAYS_PER_YEAR / question.days)


def _days(question: Question, each: Circling, told: _Told, level: int, allowed: float) -> list[dict[str, Any]]:
    """Return the rows of loop_days."""
    rows = []
    for day in np.unique(told.day):
        there = told.day == day
        rows.append({
            "item": each.item, "site": each.site, "day": (question.start + timedelta(days=float(day))).date(),
            "wanted": told.wanted[there].sum(), "out_most": told.out[there].max(),
            "needed": told.least(allowed, there), "short_before": told.share(each.before, there),
            "short_share": told.share(level, there)})
    return rows


def _curve(question: Question, each: Circling, told: _Told, level: int) -> list[dict[str, Any]]:
    """Return the rows of loop_curve, around plan and today."""
    known = [level] if each.before is None else [level, each.before]
    first, last = max(min(known) - _AROUND, 0), max(known) + _AROUND
    return [{"item": each.item, "site": each.site, "level": units, "short_share": told.share(units),
             "short_cost": _short_cost(question, each, told, units), "capital": units * each.price}
            for units in range(first, last + 1)]


def _summary(question: Question, levels: pl.DataFrame) -> dict[str, Any]:
    """Return the named numbers of the answer."""
    def short(name: str) -> float | None:
        known = levels.drop_nulls(name)
        return float(np.average(known[name], weights=known["wanted"])) if known.height else None

    return {
        "loops": levels.height, "days": question.days, "units": levels["level"].sum(),
        "units_before": levels["before"].sum(),
        "short_share": short("short_share"), "short_before": short("short_before"),
        "capital": levels["capital"].sum(), "capital_before": levels["capital_before"].sum(),
        "too_few_before": levels.filter(pl.col("before") < pl.col("level")).height,
        "bookings_left_out": question.senseless,
    }
