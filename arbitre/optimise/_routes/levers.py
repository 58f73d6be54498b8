"""What would each lever, or mishap, change, planned anew from these tours?

    overtime    every tour may last an hour more;
    crew        one more head of a crew, for each crew;
    absent      one head of a crew does not come, for each crew;
    no_show     the customer of the visit that adds most to its tour is not there;
    emergency   the visit of the median customer has a twin that must start in two hours of the middle of the first
                shift, by any crew, and is worth ten times the dearest visit.
Each begins from these tours, and a visit that changes its crew costs `change_cost`: what can stay stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from arbitre.maths.places.tours import Field, Timed, Tour, plan_cost, timed
from arbitre.optimise._routes.plan import searched
from arbitre.optimise._routes.question import Question
from arbitre.optimise._routes.told import kept_of, visits_of
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.frames import shaped

_EFFORT = 0.2
"""Share of the effort that each lever takes, as it begins from tours that are good already."""
_MOST_CREWS = 6
"""Crews of which levers are tried, those with most visits."""


def tours_levers(question: Question, plan: Sequence[Timed], params: Any, seed: int) -> pl.DataFrame:
    """Return what each lever would change."""
    field = _today(question.field, plan)
    begin = [one.tour for one in plan]
    less = params.model_copy(update={"effort": params.effort * _EFFORT, "seconds": params.seconds and
                                     params.seconds * _EFFORT})
    rows = [_row("none", None, field, plan)]
    for lever, setting, asked in _asked(question, field, plan):
        rows.append(_row(lever, setting, asked, searched(asked, less, seed, _fitting(asked, begin))))
    told = pl.DataFrame(rows, infer_schema_length=None)
    return shaped(RESULTS["tours_levers"], told.with_columns(change=pl.col("cost") - pl.col("cost").first()))


def _fitting(field: Field, tours: Sequence[Tour]) -> list[Tour]:
    """Return the tours that crews still have heads for."""
    kept: list[Tour] = []
    for tour in tours:
        if sum(one.crew == tour.crew for one in kept) < field.crews[tour.crew].heads:
            kept.append(tour)
    return kept


def _today(field: Field, plan: Sequence[Timed]) -> Field:
    """Return the field in which these tours are today's plan."""
    crew_of = {visit: one.tour.crew for one in plan for visit in visits_of(one)}
    return replace(field, visits=tuple(
        replace(visit, today=frozenset({crew_of[row]}) if row in crew_of else None)
        for row, visit in enumerate(field.visits)))


def _asked(question: Question, field: Field, plan: Sequence[Timed]) -> Iterator[tuple[str, str | None, Field]]:
    """Yield each lever: its name, what it is about, and the field with it."""
    if not plan:
        return
    yield "overtime", None, replace(field, crews=tuple(
        replace(crew, overtime=crew.overtime + 3600) for crew in field.crews))
    visits = np.bincount([one.tour.crew for one in plan], [len(visits_of(one)) for one in plan], len(field.crews))
    busiest = sorted(np.argsort(-visits, kind="stable")[:_MOST_CREWS].tolist())
    for crew in busiest:
        known = field.crews[crew]
        yield "crew", question.crews[crew], _with_crew(field, crew, replace(known, heads=known.heads + 1))
        fewer = replace(known, heads=known.heads - 1) if known.heads > 1 else replace(
            known, ends=known.starts, overtime=0)
        yield "absent", question.crews[crew], _with_crew(field, crew, fewer)
    row = max((visit for one in plan for visit in visits_of(one)),
              key=lambda visit: (_saved(field, plan, visit), -visit))
    nobody = replace(field.visits[row], crews=frozenset(), worth=0.0)
    yield "no_show", question.cases["case"][row], replace(
        field, visits=(*field.visits[:row], nobody, *field.visits[row + 1:]))
    row = _median(field, plan)
    yield "emergency", question.cases["case"][row], _with_emergency(field, row)


def _with_crew(field: Field, crew: int, known: Any) -> Field:
    return replace(field, crews=(*field.crews[:crew], known, *field.crews[crew + 1:]))


def _saved(field: Field, plan: Sequence[Timed], visit: int) -> float:
    """Return what its tour costs less without a visit."""
    one = next(one for one in plan if visit in one.tour.stops)
    without = timed(field, Tour(one.tour.crew, tuple(stop for stop in one.tour.stops if stop != visit)))
    return 0.0 if without is None else one.cost - without.cost


def _median(field: Field, plan: Sequence[Timed]) -> int:
    """Return the visit nearest to all others."""
    rows = sorted(visit for one in plan for visit in visits_of(one))
    places = np.array([field.visits[row].place for row in rows])
    return rows[int(np.argmin(field.seconds[np.ix_(places, places)].sum(axis=1)))]


def _with_emergency(field: Field, row: int) -> Field:
    """Return the field with an urgent visit where that one is."""
    first = min(field.crews, key=lambda crew: crew.starts)
    middle = (first.starts + first.ends) // 2
    ways = [*range(len(field.seconds)), field.visits[row].place]
    urgent = replace(field.visits[row], place=len(field.seconds), windows=((middle, middle + 7_200),), latest=0,
                     crews=frozenset(range(len(field.crews))), today=None, load=0, ready=0,
                     worth=10.0 * max(visit.worth for visit in field.visits))
    return replace(field, visits=(*field.visits, urgent), seconds=field.seconds[np.ix_(ways, ways)],
                   km=field.km[np.ix_(ways, ways)])


def _row(lever: str, setting: str | None, field: Field, plan: Sequence[Timed]) -> dict[str, Any]:
    """Return a row of the table."""
    made = {visit for one in plan for visit in visits_of(one)}
    return {
        "lever": lever, "setting": setting, "visits": len(made), "kept": sum(kept_of(one) for one in plan),
        "dropped": sum(visit.worth > 0.0 and row not in made for row, visit in enumerate(field.visits)),
        "changed": sum(field.visits[visit].is_change(one.tour.crew) for one in plan for visit in visits_of(one)),
        "km": sum(one.km for one in plan), "hours": sum(one.back_at - one.leaves_at for one in plan) / 3600.0,
        "overtime": sum(one.overtime for one in plan) / 3600.0, "cost": plan_cost(field, plan),
    }
