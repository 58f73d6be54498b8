"""Which work do cases bring to crews on their way, and what is due of it? Tables in, loads and goals out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.errors import Unreachable
from arbitre.maths.work.duration_laws import NO_WORK, DurationLaw
from arbitre.maths.work.queueing import station_rates
from arbitre.optimise._work_laws import work_law
from arbitre.tables.business_time import refuse_business_hours
from arbitre.tables.chain import Chain
from arbitre.tables.routing import ARRIVED, Process, covered

_NO_ITEM = ({"item": None, "part": 1.0},)


@dataclass
class Load:
    """Work that a class of cases brings to crews at a step."""

    step: str
    crews: tuple[str, ...]
    of_class: int
    visits: float
    work: float
    travel: float
    heads: int
    patience: float | None
    law: DurationLaw


@dataclass(frozen=True)
class Goal:
    """A promise at a step on its way: the share of its cases that must be in time there."""

    promise: int
    step: str
    share: float


@dataclass(frozen=True)
class Due:
    """What must be in time for a goal: the promise's row, hours left of its window, the law of the work in them."""

    goal: int
    promise: int
    left: float
    law: DurationLaw


def promises_of(chain: Chain, process: Process, classes: pl.DataFrame) -> pl.DataFrame:
    """Return the promises of a window on cases of these classes, those of response where somebody is on the way.

    Raises Unsupported where the window of one does not run day and night.
    """
    kinds = classes["kind"].unique()
    gone_to = [kind for kind in kinds if ARRIVED in process.row_of or process.goes_to(kind)]
    found = chain.table("promises").filter(
        pl.col("measure") == "window", pl.col("kind").is_in(kinds.implode()), pl.col("window").is_not_null(),
        pl.col("target_share").is_not_null(), (pl.col("step") != ARRIVED) | pl.col("kind").is_in(gone_to)
        | pl.col("step").is_null()).sort("promise")
    refuse_business_hours(found, "Crews are decided")
    return found


def visits_of(process: Process, case: Mapping[str, Any], until: Collection[str] = ()) -> dict[str, float]:
    """Return how often a case comes to each step on average, going no further than the steps `until`.

    case: kind, segment, offer; items, where it is about some; at_hand, the chance that it finds what it takes at a step
    that sends it elsewhere without (`without_item`), 1 where nothing is said.
    """
    number = {step: row for row, step in enumerate(process.steps["step"])}
    outside, moves, often = np.zeros(len(number)), np.zeros((len(number), len(number))), np.zeros(len(number))
    for about in case.get("items", _NO_ITEM):
        outside[:], moves[:] = 0.0, 0.0
        for start, end, share in process.ways(case["kind"], case["segment"], case["offer"], about["item"]):
            if end is None or start in until:
                continue
            if start is None:
                outside[number[end]] += share
            else:
                moves[number[start], number[end]] += share
        for step, other in process.steps.select("step", "without_item").drop_nulls().iter_rows():
            without = 1.0 - case.get("at_hand", 1.0)
            for into in (outside[None], moves):
                into[:, number[other]] += without * into[:, number[step]]
                into[:, number[step]] *= 1.0 - without
        often += about["part"] * np.array(station_rates(outside.tolist(), moves))
    return {step: float(visits) for step, visits in zip(number, often, strict=True) if visits > 0}


def loads_of(process: Process, classes: pl.DataFrame) -> Iterator[Load]:
    """Yield what each class brings to the crews of each step. Raises Unreachable where nobody serves a step."""
    base = dict(process.crews.select("crew", "site").iter_rows())
    lanes = {(start, end): hours for start, end, hours in
             process.lanes.select("from_site", "to_site", "duration").iter_rows()}
    steps = {row["step"]: row for row in process.steps.iter_rows(named=True)}
    needs = process.needs.filter(pl.col("crew").is_not_null())
    for number, case in enumerate(classes.iter_rows(named=True)):
        site = case["site"]
        for step, often in visits_of(process, case).items():
            told = steps[step]
            place, roles = told["site"] or site, dict[Any, list[tuple[str, int]]]()
            for crew, role, heads in needs.filter(step=step).select("crew", "role", "quantity").iter_rows():
                roles.setdefault((None if role else crew, role), []).append((crew, heads))
            law, served = work_law(told, process), False
            for able in roles.values():
                ways = {crew: _way(base[crew], place, told["travels"], lanes) for crew, _ in able}
                there = sorted((hours, crew) for crew, hours in ways.items() if hours is not None)
                if not there:  # a crew of another site
                    continue
                served = True
                yield Load(step, tuple(crew for _, crew in there), number, often, law.mean, there[0][0],
                            dict(able)[there[0][1]], told["patience"], law)
            if roles and not served:
                wanted = ", ".join(sorted({role or able[0][0] for (_, role), able in roles.items()}))
                raise Unreachable(f"Nobody serves step {step} for cases of site {place or '(none)'}: {wanted} belongs "
                                  "to other sites. Add a crew of that site to crews and needs, a lane to it where the "
                                  "step travels, or empty crews.site.")


def _way(base: str | None, place: str | None, travels: bool, lanes: dict[tuple[str, str], float]) -> float | None:
    """Return the hours a crew travels to a place, None where it does not serve it."""
    if travels and (base, place) in lanes:
        return lanes[base, place]  # type: ignore[index]
    return 0.0 if base in (None, place) else None


def together(loads: list[Load]) -> list[tuple[str, ...]]:
    """Return the crews of each team: those that stand in for one another, sorted."""
    team = {crew: {crew} for load in loads for crew in load.crews}
    for load in loads:
        whole = set[str]().union(*(team[crew] for crew in load.crews))
        for crew in whole:
            team[crew] = whole
    return sorted({tuple(sorted(members)) for members in team.values()})


def goals_of(process: Process, classes: pl.DataFrame, promises: pl.DataFrame, loads: list[Load]
           ) -> tuple[list[Goal], dict[tuple[str, int], list[Due]]]:
    """Return the goals, and what is due of each step and class."""
    told = dict(process.steps.select("step", "work").iter_rows())
    by_class: dict[int, list[Load]] = {}
    for load in loads:
        by_class.setdefault(load.of_class, []).append(load)
    goals, number, found = list[Goal](), dict[tuple[int, str], int](), dict[tuple[str, int], list[Any]]()
    for row, (mine, promise) in enumerate(zip(covered(promises, classes), promises.iter_rows(named=True), strict=True)):
        places = process.arrivals_for(promise)
        ways = {each: visits_of(process, classes.row(each, named=True), places or {promise["step"]} - {None})
                for each in np.flatnonzero(mine).tolist()}
        steps = {load.step for each, way in ways.items() for load in by_class.get(each, []) if load.step in way}
        for each, way in ways.items():
            own = {load.step: load for load in by_class.get(each, []) if load.step in way}
            work = {step: 0.0 if step in places else own[step].work if step in own else told[step] for step in way}
            travel = {step: own[step].travel if step in own else 0.0 for step in way}
            whole = sum(often * (work[step] + travel[step]) for step, often in way.items())
            is_never = bool(places) and not places.intersection(way)  # a response to those whom nobody goes to
            for step, load in own.items():
                if (row, step) not in number:
                    number[row, step] = len(goals)
                    goals.append(Goal(row, step, float(promise["target_share"]) ** (1.0 / len(steps))))
                rest = whole - work[step] - load.travel
                left = -np.inf if is_never else promise["window"] - rest - load.travel
                law = NO_WORK if step in places else load.law
                found.setdefault((step, each), []).append(Due(number[row, step], row, left, law))
    return goals, found
