"""Which shifts should be published, from when to when and for how many, so that each hour has the people it wants?

For each crew, heads are given to shifts of its patterns so that
    paid hours x cost + what those missing cost
is least over a week (`_shifts_model`: set covering in quarters of an hour, with breaks, part-time, limits of heads
and hours). Heads wanted are rows of heads_wanted; several rows of the same hours make the cost of those missing
convex, as a queue would: the first to be missing costs least. Where nobody can be, or nobody is worth their pay,
people are missing, and `shift_cover` says where and why. Shifts whose start is chosen by who works them count as
equally likely at each start; `freedom` is what that costs against giving the starts.

Reads heads_wanted (else crew_levels, what optimise.crews calls for), shift_patterns, crews; shifts, those of today,
where present. Writes shift_kinds and shift_needs, which optimise.rosters reads, shift_cover and shift_breaks. Money
and hours of a week.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.week import WEEKDAYS, week_sums
from arbitre.maths.work.roster_lines import Floats
from arbitre.optimise._shifts_model import (
    QUARTERS,
    WEEK,
    Choice,
    Cover,
    Pattern,
    Wanted,
    covered,
    presence,
    wanted_of,
)
from arbitre.tables.catalogue import DECLARED, INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped

READS = ("shift_patterns", "crews")
MAY_READ = ("heads_wanted", "crew_levels", "shifts")
WRITES = ("shift_kinds", "shift_needs", "shift_cover", "shift_breaks")


class Params(BaseParams):
    """How much may be spent, and how near to the best."""

    hours_share: float | None = Field(None, ge=0, le=10, description="Most paid hours of each crew, as a share of "
                                      "those of today's shifts: 1 places the same hours better; empty: no limit.",
                                      json_schema_extra={"unit": "share"})
    gap: float = Field(0.005, ge=0, le=0.5, description="Gap to the bound at which the search may stop.",
                       json_schema_extra={"unit": "share"})


@dataclass(frozen=True)
class _Crew:
    """What is decided for a crew, beside what there is today (None: no shifts)."""

    name: str
    patterns: list[Pattern]
    wanted: Wanted
    choices: list[Choice]
    cover: Cover
    today: Floats | None
    freedom: float

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
    """Return crew, weekday, starts, ends, heads and the cost of one short; where none is told, that of the table."""
    columns = ("crew", "weekday", "starts", "ends", "heads")
    if chain.has("heads_wanted"):
        return chain.table("heads_wanted").select(*columns, "short_cost")
    cost = INPUTS["heads_wanted"].column("short_cost").default
    return chain.table("crew_levels").select(*columns, short_cost=pl.lit(cost, pl.Float64))


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:  # noqa: ARG001
    """Return the shifts to publish, with their bound.

    Raises Unsupported when a crew has no pattern, when the limits of patterns contradict each other, or when today's
    hours are asked for and there are no shifts.
    """
    if params.hours_share is not None and not chain.has("shifts"):
        raise Unsupported("Today's hours are not known. Add tables/shifts.csv, or leave hours_share out.")
    names = _wanted(chain)["crew"].unique(maintain_order=True).to_list()
    crews = []
    for at, name in enumerate(names):
        progress(at / len(names), f"placing the shifts of {name}")
        crews.append(_decided(chain, name, params))
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
    }
    summary = _summary(crews, given)
    status = "optimal" if summary["gap"] < 1e-9 else "feasible"
    return Result("optimise.shifts", summary, given, status=status, bound=summary["bound"])


def _frame(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    table = DECLARED[name]
    return shaped(table, pl.DataFrame(rows, infer_schema_length=None)) if rows else empty(table)


def _decided(chain: Chain, name: str, params: Params) -> _Crew:
    row = chain.table("crews").filter(crew=name).row(0, named=True)
    patterns = _patterns(chain, name, row["cost"])
    if not patterns:
        raise Unsupported(f"The crew {name} is wanted but no shift may be given to it. Add a row of {name} to "
                          "shift_patterns.")
    levels = [(quarter % WEEK, heads, cost) for weekday, starts, ends, heads, cost in _wanted(chain).filter(
        crew=name).drop("crew").iter_rows()
        for quarter in _quarters(weekday, starts, ends)]
    wanted, today = wanted_of(levels), _today(chain, row)
    most = np.inf if params.hours_share is None or today is None else params.hours_share * float(today.sum()) / 4.0
    choices, cover = covered(patterns, wanted, most, params.gap)
    freedom = 0.0
    if any(pattern.is_flexible for pattern in patterns):
        given = [replace(pattern, is_flexible=False) for pattern in patterns]
        freedom = cover.value - covered(given, wanted, most, params.gap)[1].value
    return _Crew(name, patterns, wanted, choices, cover, today, freedom)


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
    pattern = crew.patterns[choice.pattern]
    there = presence(choice, pattern)
    fewer = crew.wanted.missing(crew.cover.present - there).sum() - crew.wanted.missing(crew.cover.present).sum()
    return {"short_cost": float(max(fewer, 0.0)), "spare_cost": crew.paid(choice) * pattern.cost}


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
    cost, present = crew.wanted.missing(crew.cover.present), crew.cover.present
    seen = crew.wanted.most + present + (0.0 if crew.today is None else crew.today) > 0
    return [{"crew": crew.name, "weekday": WEEKDAYS[at // QUARTERS], "starts": at % QUARTERS / 4,
             "wanted": int(crew.wanted.most[at]), "present": float(present[at]),
             "today": None if crew.today is None else float(crew.today[at]), "cost": float(cost[at]),
             "reason": None if present[at] >= crew.wanted.most[at] - 1e-9 else
             "not_worth" if reached[at] else "out_of_reach"} for at in np.flatnonzero(seen).tolist()]


def _summary(crews: list[_Crew], given: dict[str, pl.DataFrame]) -> dict[str, Any]:
    value, bound = sum(crew.cover.value for crew in crews), sum(crew.cover.bound for crew in crews)
    missing = [np.maximum(crew.wanted.most - crew.cover.present, 0.0).sum() / 4.0 for crew in crews]
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
    }
