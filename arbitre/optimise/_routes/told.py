"""What was planned, told as tables: tours, crews, visits not made, and the facts that the days will leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from arbitre.maths.places.tour_chances import Chances
from arbitre.maths.places.tours import RELOAD, Timed, insertions
from arbitre.optimise._routes.question import Question
from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped
from arbitre.tables.routing import ARRIVED


def table(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return rows as the declared table, which may have none."""
    return shaped(RESULTS[name], pl.DataFrame(rows, infer_schema_length=None)) if rows else empty(RESULTS[name])


def tours(question: Question, plan: Sequence[Timed], chances: Sequence[Chances]) -> pl.DataFrame:
    """Return the stops of each tour."""
    rows: list[dict[str, Any]] = []
    for number, (one, chance) in enumerate(zip(plan, chances, strict=True), 1):
        stops = _stops(question, one, chance)
        rows += [{**stop, "tour": number, "stop": place, "crew": question.crews[one.tour.crew]}
                 for place, stop in enumerate(stops)]
    return table("tours", rows)


def _stops(question: Question, one: Timed, chance: Chances) -> list[dict[str, Any]]:
    """Return the rows of a tour, from its start to its end."""
    field, crew, site = question.field, question.field.crews[one.tour.crew], question.sites[one.tour.crew]
    leaves = one.leaves_at + (crew.rest[0] if one.rest and one.rest[0] == -1 and crew.rest else 0)
    first = {"kind": "start", "site": site, "trip": 1, "arrives_at": question.at(one.leaves_at),
             "leaves_at": question.at(one.leaves_at), "km": 0.0}
    rows, trip, here = [first], 1, crew.place
    if leaves > one.leaves_at:
        rows.append(_rest(question, one, 1))
    for position, stop in enumerate(one.tour.stops):
        there = crew.home if stop == RELOAD else field.visits[stop].place
        times = {"arrives_at": question.at(one.arrives[position]), "starts_at": question.at(one.starts[position]),
                 "leaves_at": question.at(one.leaves[position]), "km": float(field.km[here, there])}
        if stop == RELOAD:
            trip += 1
            rows.append({"kind": "reload", "site": site, "trip": trip, **times})
        else:
            rows.append({**_visit(question, one, position), "trip": trip, **times,
                         "kept_chance": float(chance.kept[position])})
        if one.rest and one.rest[0] == position:
            rows.append(_rest(question, one, trip))
        here = there
    rows.append({"kind": "end", "site": site, "trip": trip, "arrives_at": question.at(one.back_at),
                 "km": float(field.km[here, crew.home])})
    return rows


def _rest(question: Question, one: Timed, trip: int) -> dict[str, Any]:
    rest = question.field.crews[one.tour.crew].rest
    begins, length = (one.rest or (0, 0))[1], (rest or (0, 0, 0))[0]
    return {"kind": "rest", "trip": trip, "starts_at": question.at(begins), "leaves_at": question.at(begins + length),
            "km": 0.0}


def _visit(question: Question, one: Timed, position: int) -> dict[str, Any]:
    """Return what is told of a visit beside its times."""
    row = one.tour.stops[position]
    visit, case = question.field.visits[row], question.cases.row(row, named=True)
    late = (one.starts[position] - case["last"]) / 60.0 if one.late[position] else 0.0
    return {"kind": "visit", "case": case["case"], "customer": case["customer"], "site": case["site"],
            "wait": (one.starts[position] - one.arrives[position]) / 60.0, "late": late,
            "load": float(visit.load), "is_pinned": case["pinned"], "is_changed": visit.is_change(one.tour.crew)}


def visits_of(one: Timed) -> list[int]:
    """Return the visits of a tour in order."""
    return [stop for stop in one.tour.stops if stop != RELOAD]


def kept_of(one: Timed) -> int:
    """Return how many of its visits start in a window."""
    return sum(stop != RELOAD and not late for stop, late in zip(one.tour.stops, one.late, strict=True))


def tours_crews(question: Question, plan: Sequence[Timed], chances: Sequence[Chances]) -> pl.DataFrame:
    """Return what each tour is."""
    rows = [{
        "tour": number, "crew": question.crews[one.tour.crew], "starts_at": question.at(one.leaves_at),
        "ends_at": question.at(one.back_at), "trips": one.tour.stops.count(RELOAD) + 1, "visits": len(visits_of(one)),
        "kept": kept_of(one), "km": one.km, "hours": (one.back_at - one.leaves_at) / 3600.0,
        "kept_expected": float(sum(kept for stop, kept in zip(one.tour.stops, chance.kept, strict=True)
                                   if stop != RELOAD)),
        "back_chance": chance.back, "overtime": one.overtime / 3600.0, "cost": one.cost,
    } for number, (one, chance) in enumerate(zip(plan, chances, strict=True), 1)]
    return table("tours_crews", rows)


def tours_dropped(question: Question, plan: Sequence[Timed]) -> pl.DataFrame:
    """Return the visits that are not made, each with its reason."""
    made = {visit for one in plan for visit in visits_of(one)} | {*question.begun.values(), *question.aside}
    rows = []
    for row, case in enumerate(question.cases.iter_rows(named=True)):
        if row in made:
            continue
        least = None
        if case["impossible"] is None:
            least = min((adds for adds, _, _ in insertions(question.field, plan, row)), default=None)
        rows.append({"case": case["case"], "customer": case["customer"],
                     "reason": case["impossible"] or ("too_busy" if least is None else "not_worth"),
                     "worth": question.field.visits[row].worth, "least_cost": least})
    return table("tours_dropped", rows)


def facts(chain: Chain, question: Question, stops: pl.DataFrame, latest: dict[str, datetime]
          ) -> dict[str, pl.DataFrame]:
    """Return the cases as the days will leave them, and the events that tell of it.

    A case visited is closed when the crew leaves; without a date promised, the end of its last window is one. It gets
    an event of its step (started_at: when work starts, happened_at: when it is done) and one of ARRIVED when work
    starts, both of the crew. Cases not visited stay open.
    """
    visits = stops.filter(kind="visit").select("case", "crew", "starts_at", "leaves_at", "arrives_at").join(
        question.cases.select("case", "step"), on="case", maintain_order="left")
    ends = pl.DataFrame({"case": list(latest), "until": list(latest.values())},
                        schema={"case": pl.String, "until": pl.Datetime("us")})
    cases = chain.table("cases").join(visits.select("case", "leaves_at"), on="case", how="left", maintain_order="left"
                                      ).join(ends, on="case", how="left", maintain_order="left")
    told = cases.with_columns(closed_at=pl.coalesce("closed_at", "leaves_at"),
                              promised_at=pl.coalesce("promised_at", "until"))
    done = visits.select("case", "step", happened_at="leaves_at", started_at="starts_at", resource="crew").filter(
        pl.col("step").is_not_null())
    there = visits.select("case", step=pl.lit(ARRIVED), happened_at="starts_at", started_at="arrives_at",
                          resource="crew")
    known = [chain.table("events")] if chain.has("events") else []
    return {"cases": shaped(INPUTS["cases"], told), "events": shaped(INPUTS["events"], pl.concat(
        [*known, there, done], how="diagonal_relaxed").sort("happened_at", "case", "step"))}
