"""Which planned work is to be done in a week, by whom, and what is told of it once shifts make room for it?

A campaign is spread evenly over the whole weeks between its days: so many cases a week that it is done when due. A case
sets aside the heads that its steps need, for the mean time of their work and of the way there. Where nobody travels to
it, its work may be interrupted and all others come first in `priorities`, it takes idle time instead. Either in the
hours of its steps' calendars.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.core.week import WEEKDAYS
from arbitre.optimise._crews.loads import Load, loads_of
from arbitre.optimise._shifts.model import Cover
from arbitre.optimise._shifts.question import QUARTERS, WEEK, Job
from arbitre.tables.chain import Chain
from arbitre.tables.routing import Process, ranks_of

_DAYS = 7


@dataclass(frozen=True)
class Campaign:
    """Planned work at a site: its row of campaigns, the crew that does it, and what a week of it takes."""

    row: Mapping[str, Any]
    crew: str
    job: Job

    @property
    def weeks(self) -> int:
        """Whole weeks in which its cases may be done."""
        return _weeks(self.row)

    def ends_on(self, often: int) -> date | None:
        """Return the day by which all is done at so many cases a week, None where that is not when due."""
        if often * self.weeks < self.row["cases"]:
            return None
        return self.row["opens_on"] + timedelta(days=_DAYS * -(-self.row["cases"] // often) - 1)


def campaigns_of(chain: Chain, on: date | None) -> list[Campaign]:
    """Return the campaigns of a chain, those alone that are open on a day where one is given.

    Raises Unsupported, naming the campaign, where no crew or several would do its cases or it is open for less than a
    week, Unreachable where those who could belong to other sites.
    """
    if not chain.has("campaigns"):
        return []
    rows = chain.table("campaigns").filter(pl.col("cases") > 0).with_columns(
        criticality=pl.lit(None, pl.String)).sort("campaign", "site")
    if on is not None:
        rows = rows.filter(pl.col("opens_on") <= on, pl.col("due_on") >= on)
    process, loads = Process.of(chain), defaultdict(list)
    for load in loads_of(process, rows) if rows.height else ():
        loads[load.of_class].append(load)
    told = zip(rows.iter_rows(named=True), _gives_way(process, rows), strict=True)
    return [_campaign(row, loads[number], gives_way, process) for number, (row, gives_way) in enumerate(told)]


def _campaign(row: dict[str, Any], loads: list[Load], fills: bool, process: Process) -> Campaign:
    crews = sorted({load.crews[0] for load in loads})
    if len(crews) != 1:
        who = f"{', '.join(crews)} would" if crews else "nobody would"
        raise Unsupported(f"A case of the campaign {row['campaign']} must be done by one crew, and {who}: name a crew "
                          f"in needs at the steps of kind {row['kind']}, or make a campaign of each crew's part.")
    if _weeks(row) < 1:
        raise Unsupported(f"The campaign {row['campaign']} is open for less than a week, and shifts are published by "
                          "the week. Let it open earlier, or be due later.")
    hours = sum(load.visits * (load.work + load.travel) for load in loads)
    return Campaign(row, crews[0], Job(max(int(np.ceil(4.0 * hours - 1e-9)), 1), max(load.heads for load in loads),
                                       -(-row["cases"] // _weeks(row)), row["late_cost"], fills,
                                       _open(process, [load.step for load in loads])))


def _open(process: Process, steps: list[str]) -> np.ndarray:
    """Return (WEEK,) the quarters in which the calendars of steps are open, holidays left aside."""
    found = np.ones(WEEK, bool)
    for name in process.steps.filter(pl.col("step").is_in(steps))["calendar"].drop_nulls():
        found &= process.open_in(name, 0.25)
    return found


def _gives_way(process: Process, rows: pl.DataFrame) -> list[bool]:
    """Return whether the cases of each campaign are put down for those of others."""
    steps = process.steps.filter((pl.col("interrupted") != "never") & ~pl.col("travels"))["step"]
    found = []
    for kind, rank in zip(rows["kind"], ranks_of(process.priorities, rows).tolist(), strict=True):
        others = process.priorities.filter(pl.col("kind") != kind)["priority"]
        found.append(len(others) > 0 and bool((others < rank).all()) and process.visited(kind).issubset(steps))
    return found


def _weeks(row: Mapping[str, Any]) -> int:
    return ((row["due_on"] - row["opens_on"]).days + 1) // _DAYS


def planned_cases_of(campaigns: list[Campaign], cover: Cover) -> list[dict[str, Any]]:
    """Return a row for each time of the week at which cases of a campaign are begun; campaigns as the jobs of cover.

    One that fills idle time comes when the time it takes is reached, the first of the week at once.
    """
    begun = list(cover.jobs.items())
    for at, campaign in enumerate(campaigns):
        so_far = np.cumsum(cover.filled[at]) - cover.filled[at]
        is_hour = cover.filled[at] > 0
        for case in range(_often(campaigns, cover, at) if campaign.job.fills else 0):
            begun.append(((at, int(np.flatnonzero(is_hour & (so_far <= case * campaign.job.size + 1e-6))[-1])), 1))
    return [{**{name: campaigns[at].row[name] for name in ("kind", "site", "segment", "offer")},
             "weekday": WEEKDAYS[start // QUARTERS], "starts": start % QUARTERS / 4.0, "cases": often}
            for (at, start), often in sorted(begun)]


def _often(campaigns: list[Campaign], cover: Cover, at: int) -> int:
    """Return how many cases of a campaign a week has room for."""
    filled = float(cover.filled[at].sum()) / campaigns[at].job.size
    return int(filled + 1e-6) + sum(often for (job, _), often in cover.jobs.items() if job == at)


def plans_of(campaigns: list[Campaign], cover: Cover) -> list[dict[str, Any]]:
    """Return a row for each campaign: what a week has room for, and until when it is done."""
    rows = []
    for at, campaign in enumerate(campaigns):
        often = _often(campaigns, cover, at)
        rows.append({
            **{name: campaign.row[name] for name in ("campaign", "site", "cases", "due_on")}, "crew": campaign.crew,
            "hours": campaign.job.length / 4.0, "heads": campaign.job.heads, "is_filler": campaign.job.fills,
            "asked": campaign.job.often, "booked": often, "ends_on": campaign.ends_on(often),
            "late": max(campaign.row["cases"] - often * campaign.weeks, 0)})
    return rows
