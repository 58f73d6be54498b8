"""Which teams work for whom, when, and what is promised about it? Tables in, teams and goals out.

Crews that stand in for one another (one role at a step, for the same cases) are one team. A promise that takes several
teams is a goal for each step on the way: its target to the power of 1 / steps, and the window less what the rest of the
way takes on average. Cases are taken to reach every step in the hour they come. A promise of response (ARRIVED) ends
with the way to the first step that is travelled to: the work there is not part of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.core.errors import Unreachable, Unsupported
from arbitre.core.week import HOURS_PER_WEEK, WEEKDAYS, week_means
from arbitre.maths.work.duration_laws import NO_WORK, DurationLaw
from arbitre.maths.work.queueing import station_rates
from arbitre.maths.work.staffing import offered_load
from arbitre.optimise._work_laws import work_law
from arbitre.tables.business_time import refuse_business_hours
from arbitre.tables.chain import Chain
from arbitre.tables.routing import ARRIVED, SCOPE, Process, covered, ranks_of

Floats = NDArray[Any]

_QUARTER, _HOUR, _LONG = 0.25, 1.0, 12.0
"""Heads change every quarter of an hour; every hour where no window is shorter than `_LONG`."""
_STEPS = 24
"""In so many steps the wait within a window is cut, at least."""
_HOURS_A_YEAR = 8766.0
_ROOM = 600


@dataclass(frozen=True)
class Goal:
    """A promise at a step on its way: the share of its cases that must be in time there."""

    promise: int
    step: str
    share: float


@dataclass(frozen=True)
class Team:
    """Crews that work off one line. rate (periods,) cases an hour; work, mean hours with travel; leave_rate, at which
    those who wait leave; allowed (periods,), may anybody be there; flows as in `_crews.kernel`; goal (flows,) of each
    flow; load (crews, periods), heads kept busy nearest to each.
    """

    crews: tuple[str, ...]
    cost: float
    rate: Floats
    work: float
    leave_rate: float
    allowed: Floats
    flows: tuple[Floats, ...]
    goal: NDArray[np.int64]
    late_cost: Floats
    load: Floats
    today: NDArray[np.int64]
    most: int
    room: int

    @property
    def law(self) -> tuple[Floats, float, float]:
        """Rate, work rate, rate of leaving: as the kernels take them."""
        return self.rate, 1.0 / self.work, self.leave_rate


@dataclass(frozen=True)
class Question:
    """What is to be decided. hours of a period; teams; goals; promises, a row each, those no crew works for included;
    `volume` (goals,), cases a week."""

    hours: float
    teams: tuple[Team, ...]
    goals: tuple[Goal, ...]
    promises: pl.DataFrame
    volume: Floats

    @property
    def weeks(self) -> float:
        """How often the periods come round in a year."""
        return _HOURS_A_YEAR / (self.hours * len(self.teams[0].rate))


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
class Due:
    """What must be in time for a goal: the promise's row, hours left of its window, the law of the work in them."""

    goal: int
    promise: int
    left: float
    law: DurationLaw


@dataclass
class _Flows:
    """The flows of a team, gathered by goal, rank, time left and law."""

    volume: dict[tuple[Any, ...], Floats] = field(default_factory=dict)

    def add(self, key: tuple[Any, ...], volume: Floats) -> None:
        self.volume[key] = self.volume.get(key, 0.0) + volume


def question_of(chain: Chain, kind: str) -> Question:
    """Return what is to be decided.

    Raises Unsupported where nobody comes or no promise needs a crew, Unreachable, with the reason, where people can do
    nothing about it: a skill nobody has, hours in which nobody may work, a window shorter than the way.
    """
    process = Process.of(chain)
    classes = _classes(chain, kind, process)
    promises = promises_of(chain, process, classes)
    loads = list(loads_of(process, classes))
    windows = promises["window"].to_list()
    if not loads or not windows:
        raise Unsupported(f"No promise of the chain {chain.name} is about cases that crews work for: needs must name a "
                          "crew at a step of their route, and promises a window on their kind.")
    hours = _QUARTER if min(windows) < _LONG else _HOUR
    rates = _rates(process, classes, hours)
    goals, keyed = goals_of(process, classes, promises, loads)
    if not goals:
        raise Unsupported("No promise is about cases that crews work for: the crews of needs serve other kinds, or "
                          "steps after the one that keeps the promise.")
    teams = [_team(process, crews, [load for load in loads if load.crews[0] in crews], classes, rates, keyed, promises,
                   hours) for crews in together(loads)]
    teams = _daily(teams, hours)
    volume = np.zeros(len(goals))
    for team in teams:
        np.add.at(volume, team.goal, team.flows[0].sum(axis=1) * hours)
    _refuse_the_impossible(teams, goals, promises, volume, hours)
    return Question(hours, tuple(teams), tuple(goals), promises, volume)


def _classes(chain: Chain, kind: str, process: Process) -> pl.DataFrame:
    """Return kind, site, segment, offer, criticality, rate (1/year) of the cases that have a route."""
    found = []
    if chain.has("arrivals"):
        found.append(chain.table("arrivals").select("kind", "site", *SCOPE, "rate"))
    if chain.has("demand") and kind in process.kinds:
        found.append(chain.table("demand").select(pl.lit(kind).alias("kind"), "site", *SCOPE,
                                                  pl.col("rate") / pl.col("size").fill_null(1)))
    if not found:
        raise Unsupported(f"The chain {chain.name} does not say how many cases come: bring arrivals, or cases and "
                          "events from which simulate.fit makes them.")
    return (pl.concat(found).filter(pl.col("kind").is_in(list(process.kinds)) & (pl.col("rate") > 0))
            .group_by("kind", "site", *SCOPE, maintain_order=True).agg(pl.col("rate").sum()))


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


def _rates(process: Process, classes: pl.DataFrame, hours: float) -> Floats:
    """Return (classes, periods of a week) cases an hour."""
    periods = round(HOURS_PER_WEEK / hours)
    profile = {}
    for kind in classes["kind"].unique():
        rows = process.rhythms.filter(kind=kind).select("weekday", "starts", "ends", "weight")
        week = week_means(rows.iter_rows(), hours) if rows.height else np.ones(periods)
        profile[kind] = week / week.mean() if week.any() else np.ones(periods)
    return np.array([rate / _HOURS_A_YEAR * profile[kind] for kind, rate in classes.select("kind", "rate").iter_rows()])


def visits_of(process: Process, kind: str, segment: str | None, offer: str | None,
              until: Collection[str] = ()) -> dict[str, float]:
    """Return how often such a case comes to each step on average, going no further than the steps `until`."""
    number = {step: row for row, step in enumerate(process.steps["step"])}
    outside, moves = np.zeros(len(number)), np.zeros((len(number), len(number)))
    for start, end, share in process.ways(kind, segment, offer):
        if end is None or start in until:
            continue
        if start is None:
            outside[number[end]] += share
        else:
            moves[number[start], number[end]] += share
    often = station_rates(outside.tolist(), moves)
    return {step: float(visits) for step, visits in zip(number, often, strict=True) if visits > 0}


def loads_of(process: Process, classes: pl.DataFrame) -> Iterator[Load]:
    """Yield what each class brings to the crews of each step. Raises Unreachable where nobody serves a step."""
    base = dict(process.crews.select("crew", "site").iter_rows())
    lanes = {(start, end): hours for start, end, hours in
             process.lanes.select("from_site", "to_site", "duration").iter_rows()}
    steps = {row["step"]: row for row in process.steps.iter_rows(named=True)}
    needs = process.needs.filter(pl.col("crew").is_not_null())
    for number, (kind, site, segment, offer) in enumerate(classes.select("kind", "site", *SCOPE[:2]).iter_rows()):
        for step, often in visits_of(process, kind, segment, offer).items():
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
        ways = {each: visits_of(process, classes["kind"][each], classes["segment"][each], classes["offer"][each],
                                places or {promise["step"]} - {None})
                for each in np.flatnonzero(mine).tolist()}
        steps = {load.step for each, way in ways.items() for load in by_class.get(each, []) if load.step in way}
        for each, way in ways.items():
            own = {load.step: load for load in by_class.get(each, []) if load.step in way}
            work = {step: 0.0 if step in places else own[step].work if step in own else told[step] for step in way}
            travel = {step: own[step].travel if step in own else 0.0 for step in way}
            whole = sum(often * (work[step] + travel[step]) for step, often in way.items())
            for step, load in own.items():
                if (row, step) not in number:
                    number[row, step] = len(goals)
                    goals.append(Goal(row, step, float(promise["target_share"]) ** (1.0 / len(steps))))
                rest = whole - work[step] - load.travel
                left = promise["window"] - rest - load.travel
                law = NO_WORK if step in places else load.law
                found.setdefault((step, each), []).append(Due(number[row, step], row, left, law))
    return goals, found


def _team(process: Process, crews: tuple[str, ...], loads: list[Load], classes: pl.DataFrame, rates: Floats,
          keyed: dict[tuple[str, int], list[Due]], promises: pl.DataFrame, hours: float) -> Team:
    """Return the team of these crews."""
    ranks = ranks_of(process.priorities, classes)
    own = np.array([load.visits * rates[load.of_class] for load in loads])
    rate = own.sum(axis=0)
    weight = own.sum(axis=1) / own.sum()
    work = float(weight @ [(load.work + load.travel) * load.heads for load in loads])
    leave = float(weight @ [0.0 if load.patience is None else 1.0 / max(load.patience, 1e-3) for load in loads])
    rank = np.array([ranks[load.of_class] for load in loads])
    gathered, late = _Flows(), dict[Any, float]()
    for load in loads:
        for due in keyed.get((load.step, load.of_class), []):
            key = (due.goal, int(ranks[load.of_class]), round(due.left, 9), due.law)
            gathered.add(key, rates[load.of_class])
            late[key] = promises["late_cost"].fill_null(0.0)[due.promise]
    busy = own * np.array([(load.work + load.travel) * load.heads for load in loads])[:, None]
    nearest = np.array([load.crews[0] for load in loads])
    crew_load = np.array([busy[nearest == crew].sum(axis=0) for crew in crews])
    flows = _flows(gathered, own, rank, rate, hours)
    busiest = float(offered_load(rate, work, hours).max()) if work > 0 else 0.0
    longest = max((left for _, _, left, _ in gathered.volume), default=0.0)
    waiting = rate.max() * min(longest, 24.0)
    rows = process.crews.filter(pl.col("crew").is_in(crews))
    return Team(crews, float(rows["cost"].mean()), rate, max(work, 1e-6), leave,  # type: ignore[arg-type]
                allowed_in(process, rows, hours), flows, np.array([key[0] for key in gathered.volume], np.int64),
                np.array([late[key] for key in gathered.volume]), crew_load, heads_today(process, rows, hours),
                int(busiest + 5.0 * np.sqrt(busiest)) + 4,
                min(int(busiest + waiting + 5.0 * np.sqrt(busiest + waiting)) + 10, _ROOM))


def _flows(gathered: _Flows, own: Floats, rank: Floats, rate: Floats, hours: float) -> tuple[Floats, ...]:
    """Return the flows of a team as the kernels take them."""
    steps, step, dones = [], [], []
    for _, _, left, law in gathered.volume:
        window = max(left, 0.0)
        cut = min(hours, window / _STEPS) if window > 0 else hours
        count = int(np.ceil(window / cut - 1e-9))
        begun = np.concatenate([[0.0], (np.arange(1, count + 1) - 0.5) * cut])
        dones.append(np.where(left - begun >= 0.0, law.below(np.maximum(left - begun, 0.0)), 0.0))
        steps.append(count)
        step.append(cut)
    done = np.zeros((len(dones), max(map(len, dones), default=1)))
    for row, chances in enumerate(dones):
        done[row, :len(chances)] = chances
    share = np.divide(own, rate, out=np.zeros_like(own), where=rate > 0)
    equal, better = np.ones((len(dones), len(rate))), np.zeros((len(dones), len(rate)))
    for row, key in enumerate(gathered.volume):
        if (rank > key[1]).any():
            equal[row] = np.where(rate > 0, share[rank <= key[1]].sum(axis=0), 1.0)
        better[row] = share[rank < key[1]].sum(axis=0)
    volume = np.array(list(gathered.volume.values())).reshape(len(dones), len(rate))
    return volume, equal, better, np.array(step), np.array(steps, np.int64), done


def allowed_in(process: Process, crews: pl.DataFrame, hours: float) -> Floats:
    """Return (periods,) the hours of the week in which one of the crews may work, holidays left aside."""
    found = np.zeros(round(HOURS_PER_WEEK / hours), bool)
    for name in crews["calendar"]:
        if name is None:
            return np.ones(len(found), bool)
        week = process.calendars[name].week
        rows = [(WEEKDAYS[day], opens / 60, closes / 60, 1.0) for day, spans in week.items() for opens, closes in spans]
        found |= week_means(rows, hours) >= 1.0 - 1e-9
    return found


def heads_today(process: Process, crews: pl.DataFrame, hours: float) -> NDArray[np.int64]:
    """Return (periods,) the heads there are today."""
    found = np.zeros(round(HOURS_PER_WEEK / hours))
    for row in crews.iter_rows(named=True):
        shifts = process.shifts.filter(crew=row["crew"]).with_columns(pl.col("heads").fill_null(row["heads"]))
        there = week_means(shifts.select("weekday", "starts", "ends", "heads").iter_rows(), hours) if shifts.height \
            else np.full(len(found), float(row["heads"]))
        found += there * allowed_in(process, pl.DataFrame([row], schema=crews.schema), hours)
    return np.floor(found + 1e-9).astype(np.int64)


def _daily(teams: list[Team], hours: float) -> list[Team]:
    """Return the teams with the periods of one day, where every day is like the next."""
    day = round(24.0 / hours)

    def is_daily(values: Floats) -> bool:
        return bool(np.allclose(values.reshape(*values.shape[:-1], 7, day), values[..., None, :day]))

    if not all(is_daily(values) for team in teams for values in (team.rate, team.allowed, team.today, *team.flows[:3])):
        return teams
    return [replace(team, rate=team.rate[:day], allowed=team.allowed[:day], today=team.today[:day],
                    load=team.load[:, :day],
                    flows=(*(part[:, :day].copy() for part in team.flows[:3]), *team.flows[3:])) for team in teams]


def _refuse_the_impossible(teams: list[Team], goals: list[Goal], promises: pl.DataFrame, volume: Floats, hours: float
                           ) -> None:
    """Raise Unreachable where no number of people keeps a promise, however they are spread."""
    faults, kept = list[str](), np.zeros(len(goals))
    for team in teams:
        if not team.allowed.any() and team.rate.any():
            raise Unreachable(f"Nobody of {', '.join(team.crews)} may ever work: its calendar has no hours. Open them "
                              "in opening_hours, or empty crews.calendar.")
        np.add.at(kept, team.goal, team.flows[0].sum(axis=1) * hours * team.flows[5].max(axis=1))
    for goal, most, asked in zip(goals, kept, volume, strict=True):
        if asked > 0 and most < (goal.share - 1e-9) * asked:
            promise = promises.row(goal.promise, named=True)
            faults.append(f"Promise {promise['promise']} allows {promise['window']:g} h; work and the way there alone "
                          f"let step {goal.step} be done in time for {most / asked:.1%} of its cases, where "
                          f"{promise['target_share']:.1%} are promised, however many people there are. Lengthen the "
                          "window, lower the target, or bring a crew nearer (crews.site, lanes).")
    if faults:
        raise Unreachable(" ".join(faults))
