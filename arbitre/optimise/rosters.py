"""Who works which shift on which day, within their rules, and what stays uncovered?

Named rosters: each person gets a line of shifts and days off that keeps the rules of their contract (hours, weekends,
days in a row, rest from shift to shift, limits and skills); the roster costs
    sum of wishes not granted + sum of people missing or too many x what one costs + unevenness,
and the best is sought by column generation, dives and a large neighbourhood search (`_rosters_search`), with a bound.
Rules are never broken; needs may be, at their cost, so that there is always a roster: `roster_cover` says what is
missing and why, `roster_people` which hours and settled days no roster could give.

Reads people, shift_kinds, shift_needs; requests, skills, shift_rules, holidays and crews where present. Writes roster,
roster_people, roster_cover. Money as in the tables, over the days planned.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.streams import stream
from arbitre.maths.work.roster_lines import OFF, Integers, TooManyStates
from arbitre.optimise._rosters_question import Asked, Terms, asked_of, weekend_of
from arbitre.optimise._rosters_search import Found, searched
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("people", "shift_kinds", "shift_needs")
MAY_READ = ("requests", "skills", "shift_rules", "holidays", "crews")
WRITES = ("roster", "roster_people", "roster_cover")


class Params(BaseParams):
    """Which days are planned, and what matters beside the tables."""

    starts_on: date | None = Field(None, description="First day planned; empty: the first in shift_needs.",
                                   json_schema_extra={"unit": "day"})
    days: int = Field(0, ge=0, le=92, description="Days planned; 0: to the last in shift_needs, or four weeks where it "
                      "names no day.", json_schema_extra={"unit": "day"})
    rest: float = Field(11.0, ge=0, le=24, description="Rest from the end of a shift to the start of the next.",
                        json_schema_extra={"unit": "h"})
    even_weekends: float = Field(0.0, ge=0, description="Cost of the squared weekends of each person: the higher, the "
                                 "more evenly weekends are spread.", json_schema_extra={"unit": "money"})
    even_hours: float = Field(0.0, ge=0, description="Cost of the squared hours of each person from a fair share: the "
                              "higher, the more evenly hours are spread.", json_schema_extra={"unit": "money/h²"})
    settled_cost: float = Field(10_000.0, gt=0, description="What it costs not to keep a settled day, or an hour below "
                                "the least of a contract; only where rules leave no choice.",
                                json_schema_extra={"unit": "money"})
    rounds: int = Field(60, ge=0, le=10_000, description="How often some people are freed to better the roster.",
                        json_schema_extra={"unit": ""})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Return the cheapest roster found, with its bound.

    Raises UsageError when no days are given, Unsupported when there is nobody or nothing to plan.
    """
    progress(0.0, "reading rules and wishes")
    terms = Terms(params.starts_on, params.days, params.rest, params.settled_cost, params.even_weekends,
                  params.even_hours)
    try:
        asked = asked_of(chain, terms)
        progress(0.1, "seeking lines for people (the first run on a machine compiles)")
        found = searched(asked.question, params.rounds, stream(seed, "optimise.rosters"), progress)
    except TooManyStates:
        raise Unsupported("A person has more limits in shift_rules than can be watched at once. Keep in the column "
                          "most those that matter.") from None
    given = {"roster": _roster(asked, found.lines), "roster_people": _people(asked, found.lines),
             "roster_cover": _cover(asked, found.lines)}
    tables = {name: shaped(RESULTS[name], frame) for name, frame in given.items()}
    return Result("optimise.rosters", _summary(asked, found, tables), tables,
                  status="optimal" if found.value - found.bound < 1e-6 else "feasible", bound=found.bound)


def _summary(asked: Asked, found: Found, tables: dict[str, pl.DataFrame]) -> dict[str, Any]:
    cover, people = tables["roster_cover"], tables["roster_people"]
    return {
        "value": found.value,
        "bound": found.bound,
        "gap": (found.value - found.bound) / found.value if found.value > 0 else 0.0,
        "from": asked.days[0].isoformat(),
        "until": asked.days[-1].isoformat(),
        "people": len(asked.people),
        "shifts_needed": int(cover["needed"].sum()),
        "shifts_given": tables["roster"].height,
        "shifts_missing": int(cover["missing"].sum()),
        "hours": float(people["hours"].sum()),
        "wishes": int(people["wishes"].sum()),
        "wishes_kept": int(people["wishes_kept"].sum()),
        "hours_missing": float(people["hours_missing"].sum()),
        "unsettled": int(people["unsettled"].sum()),
    }


def _roster(asked: Asked, lines: Integers) -> pl.DataFrame:
    names, starts, length, hours = (asked.kinds[name].to_list() for name in ("shift", "starts", "length", "work"))
    said = {(person, day): kind for person, day, kind, shift in asked.asks
            if shift is None or lines[person, day] == shift}
    rows = []
    for person, day in zip(*np.nonzero(lines != OFF), strict=True):
        shift = int(lines[person, day])
        begins = datetime.combine(asked.days[day], time()) + timedelta(hours=starts[shift])
        rows.append({"person": asked.people[person], "day": asked.days[day], "shift": names[shift],
                     "starts_at": begins, "ends_at": begins + timedelta(hours=length[shift]), "hours": hours[shift],
                     "asked": said.get((int(person), int(day)))})
    return pl.DataFrame(rows, schema=["person", "day", "shift", "starts_at", "ends_at", "hours", "asked"],
                        infer_schema_length=None)


def _people(asked: Asked, lines: Integers) -> pl.DataFrame:
    hours, weekend, rows = asked.kinds["work"].to_numpy(), weekend_of(asked.days), []
    kept = [(person, kind, _granted(kind, shift, int(lines[person, day])))
            for person, day, kind, shift in asked.asks]
    for person, name in enumerate(asked.people):
        line = lines[person]
        worked = float(hours[line[line != OFF]].sum())
        wishes = [good for who, kind, good in kept if who == person and kind != "works"]
        settled = [good for who, kind, good in kept if who == person and kind == "works"]
        rows.append({
            "person": name, "shifts": int((line != OFF).sum()), "hours": worked,
            "weekends": _weekends(line, weekend), "wishes": len(wishes), "wishes_kept": sum(wishes),
            "hours_missing": max(float(asked.least_hours[person]) - worked, 0.0),
            "unsettled": len(settled) - sum(settled)})
    return pl.DataFrame(rows)


def _granted(kind: str, shift: int | None, worked: int) -> bool:
    hit = worked != OFF and shift in (None, worked)
    return not hit if kind == "avoids" else hit


def _weekends(line: Integers, weekend: Integers) -> int:
    """Return the weekends with a day worked."""
    on = line != OFF
    return int(((weekend == 1) & on).sum() + ((weekend == 2) & on & ~np.concatenate([[False], on[:-1]])).sum())


def _cover(asked: Asked, lines: Integers) -> pl.DataFrame:
    question, rows = asked.question, []
    present = question.present(lines)
    for day, shift in zip(*np.nonzero((question.need > 0) | (present > 0)), strict=True):
        missing = int(question.need[day, shift] - present[day, shift])
        rows.append({
            "day": asked.days[day], "shift": asked.kinds["shift"][int(shift)],
            "needed": int(question.need[day, shift]), "present": int(present[day, shift]), "missing": max(missing, 0),
            "cost": float(question.short[day, shift] * max(missing, 0) + question.spare[day, shift] * max(-missing, 0)),
            "reason": _reason(asked, int(day), int(shift)) if missing > 0 else None})
    names = ["day", "shift", "needed", "present", "missing", "cost", "reason"]
    return pl.DataFrame(rows, schema=names, infer_schema_length=None)


def _reason(asked: Asked, day: int, shift: int) -> str:
    """Say why somebody is missing."""
    may = asked.may[:, shift]
    there = may & ~asked.away[:, day]
    if not may.any():
        return "nobody_may"
    if not there.any():
        return "all_away"
    return "too_few" if there.sum() < asked.question.need[day, shift] else "rules"
