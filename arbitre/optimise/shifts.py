"""Which shifts should be published, from when to when and for how many, so that each hour has the people it wants?

For each crew, heads are given to shifts of its patterns so that
    paid hours x cost + what those missing cost
is least over a week (`_shifts.model`: set covering in quarters of an hour, with breaks, part-time, limits of heads
and hours). Heads wanted are rows of heads_wanted; several rows of the same hours make the cost of those missing
convex, as a queue would: the first to be missing costs least. Where nobody can be, or nobody is worth their pay,
people are missing, and `shift_cover` says where and why. Shifts whose start is chosen by who works them count as
equally likely at each start; `freedom` is what that costs against giving the starts.

Cases of campaigns, planned work such as overhauls, are put where shifts leave heads unwanted, or shifts are added for
them: so many a week that a campaign is done when due, or fewer where that costs more than being late.

Reads heads_wanted (else crew_levels, what optimise.crews calls for), shift_patterns, crews; shifts, those of today,
and campaigns, with steps, routes, needs, lanes, priorities and opening_hours, where present. Writes shift_kinds and
shift_needs, which optimise.rosters reads, shift_cover and shift_breaks, planned_cases, which the twin replays, and
campaign_plans. Money and hours of a week.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.week import WEEKDAYS, week_sums
from arbitre.maths.work.roster_lines import Floats
from arbitre.optimise._shifts.campaigns import Campaign, campaigns_of, planned_cases_of, plans_of
from arbitre.optimise._shifts.model import Cover, covered
from arbitre.optimise._shifts.question import QUARTERS, WEEK, Choice, Pattern, Wanted, presence, wanted_of
from arbitre.tables.catalogue import DECLARED, INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped

READS = ("shift_patterns", "crews")
MAY_READ = ("heads_wanted", "crew_levels", "shifts", "campaigns", "steps", "durations", "routes", "needs", "lanes",
            "priorities", "opening_hours", "holidays")
WRITES = ("shift_kinds", "shift_needs", "shift_cover", "shift_breaks", "planned_cases", "campaign_plans")


class Params(BaseParams):
    """How much may be spent, and how near to the best."""

    hours_share: float | None = Field(None, ge=0, le=10, description="Most paid hours of each crew, as a share of "
                                      "those of today's shifts: 1 places the same hours better; empty: no limit.",
                                      json_schema_extra={"unit": "share"})
    gap: float = Field(0.005, ge=0, le=0.5, description="Gap to the bound at which the search may stop.",
                       json_schema_extra={"unit": "share"})
    on: date | None = Field(None, description="Campaigns that are open on this day alone are made room for; empty: all "
                            "of them at once.")


@dataclass(frozen=True)
class _Crew:
    """What is decided for a crew, beside what there is today (None: no shifts). freedom, what it costs that starts are
    chosen; without, the value without campaigns; alone, that of campaigns by people of their own."""

    name: str
    patterns: list[Pattern]
    wanted: Wanted
    campaigns: list[Campaign]
    choices: list[Choice]
    cover: Cover
    today: Floats | None
    freedom: float
    without: float
    alone: float

    @property
    def hours(self) -> float:
        """Paid hours of the week."""
        return sum(self.paid(choice) * int(heads) for choice, heads in zip(self.choices, self.cover.heads, strict=True))

    def paid(self, choice: Choice) -> float:
        return (choice.length - self.patterns[choice.pattern].rest) / 4.0


def reads(params: Params, chain: Chain) -> tuple[str, ...]:  # noqa: ARG001
    """Return the tables needed: heads that are called for, by hand or by optimise.crews."""
    return (*READS, "heads_wanted" if chain.has("heads_wanted") else "crew_levels")


def _wanted(chain: Chain) -> pl.DataFrame:
    """Return crew, weekday, starts, ends, heads, what one short costs (where none is told, as in the table) and the
    share of heads kept busy (where none is told, all)."""
    columns = ("crew", "weekday", "starts", "ends", "heads")
    if chain.has("heads_wanted"):
        return chain.table("heads_wanted").select(*columns, "short_cost", busy_share=pl.lit(1.0))
    cost = INPUTS["heads_wanted"].column("short_cost").default
    return chain.table("crew_levels").select(*columns, short_cost=pl.lit(cost, pl.Float64),
                                             busy_share=pl.col("busy_share").fill_null(1.0))


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:  # noqa: ARG001
    """Return the shifts to publish, with their bound.

    Raises Unsupported when a crew has no pattern, when the limits of patterns contradict each other, or when today's
    hours are asked for and there are no shifts.
    """
    if params.hours_share is not None and not chain.has("shifts"):
        raise Unsupported("Today's hours are not known. Add tables/shifts.csv, or leave hours_share out.")
    campaigns = campaigns_of(chain, params.on)
    names = list(dict.fromkeys([*_wanted(chain)["crew"], *(campaign.crew for campaign in campaigns)]))
    crews = []
    for at, name in enumerate(names):
        progress(at / len(names), f"placing the shifts of {name}")
        crews.append(_decided(chain, name, [campaign for campaign in campaigns if campaign.crew == name], params))
    kinds, needs, breaks = [], [], []
    for crew in crews:
        for choice, heads in zip(crew.choices, crew.cover.heads.tolist(), strict=True):
            if heads:
                kinds.append(_kind(crew, choice))
                needs.append({"shift": kinds[-1]["shift"], "weekday": WEEKDAYS[choice.day], "heads": heads,
                              **_costs(crew, choice)})
        breaks += _breaks(crew)
    given = {
        "shift_kinds": _frame("shift_kinds", kinds).unique("shift", maintain_order=True),
        "shift_needs": _frame("shift_needs", needs),
        "shift_cover": _frame("shift_cover", [row for crew in crews for row in _cover(crew)]),
        "shift_breaks": _frame("shift_breaks", breaks),
        "planned_cases": _planned_cases([row for crew in crews
                                         for row in planned_cases_of(crew.campaigns, crew.cover)]),
        "campaign_plans": _frame("campaign_plans", [row for crew in crews
                                                    for row in plans_of(crew.campaigns, crew.cover)]),
    }
    summary = _summary(crews, given)
    status = "optimal" if summary["gap"] < 1e-9 else "feasible"
    return Result("optimise.shifts", summary, given, status=status, bound=summary["bound"])


def _frame(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    table = DECLARED[name]
    return shaped(table, pl.DataFrame(rows, infer_schema_length=None)) if rows else empty(table)


def _planned_cases(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return planned cases, those of campaigns alike as one."""
    whose = ("kind", "site", "segment", "offer", "weekday", "starts")
    return _frame("planned_cases", rows).group_by(whose, maintain_order=True).agg(pl.col("cases").sum())


def _decided(chain: Chain, name: str, campaigns: list[Campaign], params: Params) -> _Crew:
    row = chain.table("crews").filter(crew=name).row(0, named=True)
    patterns = _patterns(chain, name, row["cost"])
    if not patterns:
        raise Unsupported(f"The crew {name} is wanted but no shift may be given to it. Add a row of {name} to "
                          "shift_patterns.")
    _refuse_long(campaigns, max(pattern.lengths[-1] - pattern.rest for pattern in patterns))
    levels, busy = [], np.zeros(WEEK)
    for weekday, starts, ends, heads, cost, share in _wanted(chain).filter(crew=name).drop("crew").iter_rows():
        for quarter in _quarters(weekday, starts, ends):
            levels.append((quarter % WEEK, heads, cost))
            busy[quarter % WEEK] = max(busy[quarter % WEEK], heads * share)
    wanted, today = wanted_of(levels, busy), _today(chain, row)
    most = np.inf if params.hours_share is None or today is None else params.hours_share * float(today.sum()) / 4.0
    jobs = [campaign.job for campaign in campaigns]
    choices, cover = covered(patterns, wanted, jobs, most, params.gap)
    freedom, without, alone = 0.0, cover.value, 0.0
    if any(pattern.is_flexible for pattern in patterns):
        given = [replace(pattern, is_flexible=False) for pattern in patterns]
        freedom = cover.value - covered(given, wanted, jobs, most, params.gap)[1].value
    if jobs:
        without = covered(patterns, wanted, [], most, params.gap)[1].value
        alone = covered(patterns, wanted_of([]), jobs, most, params.gap)[1].value
    return _Crew(name, patterns, wanted, campaigns, choices, cover, today, freedom, without, alone)


def _refuse_long(campaigns: list[Campaign], longest: int) -> None:
    for campaign in campaigns:
        if not campaign.job.fills and campaign.job.length > longest:
            raise Unsupported(f"A case of the campaign {campaign.row['campaign']} takes {campaign.job.length / 4:g} h "
                              f"of {campaign.crew}, and its longest shift has {longest / 4:g} h of work. Cut the work "
                              "of its steps into days, and count as many more cases.")


def _quarters(weekday: str | None, starts: float, ends: float | None) -> list[int]:
    first = round(4 * starts)
    length = 1 if ends is None else round(4 * (ends - starts)) % QUARTERS or QUARTERS
    days = range(7) if weekday is None else [WEEKDAYS.index(weekday)]
    return [day * QUARTERS + first + ahead for day in days for ahead in range(length)]


def _patterns(chain: Chain, crew: str, cost: float) -> list[Pattern]:
    found = []
    for row in chain.table("shift_patterns").filter(crew=crew).iter_rows(named=True):
        every, first, last = (round(4 * row[part]) for part in ("every", "earliest", "latest"))
        shortest, rest = round(4 * row["shortest"]), round(4 * row["break_hours"])
        longest = shortest if row["longest"] is None else round(4 * row["longest"])
        last += QUARTERS if last < first else 0
        if longest < shortest or rest >= shortest:
            raise Unsupported(f"No shift of the pattern {row['pattern']} can be: its longest must be at least its "
                              "shortest, and its break shorter. Correct shift_patterns.")
        found.append(Pattern(
            row["pattern"], tuple(range(first, last + 1, every)), tuple(range(shortest, longest + 1, every)), rest,
            every, row["least"], -1 if row["most"] is None else row["most"],
            np.inf if row["most_hours"] is None else row["most_hours"], cost if row["cost"] is None else row["cost"],
            bool(row["is_flexible"]) and last > first))
    return found


def _today(chain: Chain, crew: dict[str, Any]) -> Floats | None:
    """Return how many of today's shifts are there in each quarter of the week (WEEK,), None where there are none."""
    own = chain.table("shifts").filter(crew=crew["crew"]) if chain.has("shifts") else pl.DataFrame()
    if own.is_empty():
        return None
    rows = own.with_columns(pl.col("heads").fill_null(crew["heads"]))
    steps = week_sums(rows.select("weekday", "starts", "ends", "heads").rows())
    hours, heads = (np.array(part, dtype=float) for part in zip(*steps, strict=True))
    return heads[np.searchsorted(hours, np.arange(WEEK) / 4.0, side="right") - 1]


def _clock(quarter: int) -> str:
    return f"{quarter // 4 % 24:02d}:{quarter % 4 * 15:02d}"


def _kind(crew: _Crew, choice: Choice) -> dict[str, Any]:
    """Return a shift; one whose start is chosen goes from the first start to the end of the last."""
    first, end = choice.starts[0], min(choice.starts[-1] + choice.length, choice.starts[0] + QUARTERS)
    chosen = f" {choice.length / 4:g} h" if len(choice.starts) > 1 else ""
    return {"shift": f"{crew.patterns[choice.pattern].name} {_clock(first)}-{_clock(end)}{chosen}", "crew": crew.name,
            "starts": first / 4 % 24.0, "ends": end / 4 % 24.0, "work": crew.paid(choice)}


def _costs(crew: _Crew, choice: Choice) -> dict[str, float]:
    """Return what one head fewer in a shift would cost, and what one too many does: its pay."""
    pattern, free = crew.patterns[choice.pattern], crew.cover.free
    left = free - presence(choice, pattern)
    fewer = float(crew.wanted.missing(left).sum() - crew.wanted.missing(free).sum())
    jobs = [(job, job.quarters(start)) for job, start in
            ((crew.campaigns[at].job, start) for at, start in crew.cover.jobs)]
    lost = [job.late_cost for job, quarters in jobs if (left[quarters] < np.minimum(free[quarters], 0.0)).any()]
    idle = np.maximum(left - crew.wanted.busy, 0.0)
    lost += [job.late_cost for job, filled in zip([campaign.job for campaign in crew.campaigns], crew.cover.filled,
                                                  strict=True) if np.maximum(filled - idle, 0.0).sum() > job.size]
    return {"short_cost": max(fewer, 0.0) + min(lost, default=0.0), "spare_cost": crew.paid(choice) * pattern.cost}


def _breaks(crew: _Crew) -> list[dict[str, Any]]:
    """Give breaks to shifts, on each day the earliest to the shift that must have had it first."""
    rows = []
    for pattern, day in sorted({(pattern, day) for pattern, day, _ in crew.cover.breaks}):
        own = [(choice.breaks(crew.patterns[pattern]), choice, int(heads))
               for choice, heads in zip(crew.choices, crew.cover.heads, strict=True)
               if heads and (choice.pattern, choice.day) == (pattern, day) and len(choice.starts) == 1]
        left = {choice: heads for _, choice, heads in own}
        for slot in sorted(slot for key, of_day, slot in crew.cover.breaks if (key, of_day) == (pattern, day)):
            count = crew.cover.breaks[pattern, day, slot]
            for (first, last), choice, _ in sorted(own, key=lambda shift: shift[0][1]):
                taken = min(count, left[choice]) if first <= slot <= last else 0
                if taken:
                    rows.append({"shift": _kind(crew, choice)["shift"], "weekday": WEEKDAYS[day],
                                 "starts": slot / 4 % 24.0, "hours": crew.patterns[pattern].rest / 4, "heads": taken})
                    left[choice] -= taken
                    count -= taken
    return rows


def _cover(crew: _Crew) -> list[dict[str, Any]]:
    reached = np.zeros(WEEK, dtype=bool)
    for choice in crew.choices:
        reached |= presence(choice, crew.patterns[choice.pattern]) > 0
    cost, present, free = crew.wanted.missing(crew.cover.free), crew.cover.present, crew.cover.free
    seen = crew.wanted.most + present + (0.0 if crew.today is None else crew.today) > 0
    return [{"crew": crew.name, "weekday": WEEKDAYS[at // QUARTERS], "starts": at % QUARTERS / 4,
             "wanted": int(crew.wanted.most[at]), "present": float(present[at]), "booked": float(crew.cover.booked[at]),
             "filled": float(crew.cover.filled[:, at].sum()),
             "today": None if crew.today is None else float(crew.today[at]), "cost": float(cost[at]),
             "reason": None if free[at] >= crew.wanted.most[at] - 1e-9 else
             "not_worth" if reached[at] else "out_of_reach"} for at in np.flatnonzero(seen).tolist()]


def _summary(crews: list[_Crew], given: dict[str, pl.DataFrame]) -> dict[str, Any]:
    value, bound = sum(crew.cover.value for crew in crews), sum(crew.cover.bound for crew in crews)
    missing = [np.maximum(crew.wanted.most - crew.cover.free, 0.0).sum() / 4.0 for crew in crews]
    today = [crew for crew in crews if crew.today is not None]
    cover = given["shift_cover"]
    return {
        "value": value,
        "bound": bound,
        "gap": (value - bound) / value if value > 0 else 0.0,
        "kinds": given["shift_kinds"].height,
        "shifts_a_week": int(given["shift_needs"]["heads"].sum()),
        "hours": sum(crew.hours for crew in crews),
        "hours_missing": float(sum(missing)),
        "cost_of_missing": float(cover["cost"].sum()),
        "hours_out_of_reach": float((cover["reason"] == "out_of_reach").sum()) / 4.0,
        "hours_today": float(sum(crew.today.sum() / 4.0 for crew in today if crew.today is not None)),
        "cost_of_missing_today": float(sum(crew.wanted.missing(crew.today).sum() for crew in today
                                           if crew.today is not None)) if today else None,
        "freedom": sum(crew.freedom for crew in crews),
        **(_campaigns_summed(crews, given["campaign_plans"]) if given["campaign_plans"].height else {}),
    }


def _campaigns_summed(crews: list[_Crew], plans: pl.DataFrame) -> dict[str, Any]:
    return {
        "campaign_cases_a_week": int(plans["booked"].sum()),
        "campaign_hours": float((plans["booked"] * plans["hours"] * plans["heads"]).sum()),
        "campaign_cases_late": int(plans["late"].sum()),
        "cost_of_campaigns": sum(crew.cover.value - crew.without for crew in crews),
        "cost_of_campaigns_alone": sum(crew.alone for crew in crews),
    }
