"""Which teams work for whom, when, and what is promised about it? Tables in, teams and goals out.

Crews that stand in for one another (one role at a step, for the same cases) are one team. A promise that takes several
teams is a goal for each step on the way: its target to the power of 1 / steps, and the window less what the rest of the
way takes on average. Cases are taken to reach every step in the hour they come. A promise of response (ARRIVED) ends
with the way to the first step that is travelled to: the work there is not part of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.core.errors import Unreachable, Unsupported
from arbitre.core.week import HOURS_PER_WEEK, week_means
from arbitre.maths.work.staffing import offered_load
from arbitre.optimise._crews.loads import Due, Goal, Load, goals_of, loads_of, promises_of, together
from arbitre.tables.chain import Chain
from arbitre.tables.routing import SCOPE, Process, ranks_of

Floats = NDArray[Any]

_QUARTER, _HOUR, _LONG = 0.25, 1.0, 12.0
"""Heads change every quarter of an hour; every hour where no window is shorter than `_LONG`."""
_STEPS = 24
"""In so many steps the wait within a window is cut, at least."""
_PATIENT, _PATIENT_STEP = 24.0, 0.5
"""Cases with so many hours left are looked at in longer steps of their wait, and those of a few hours as if they came
together: to them one quarter-hour matters little."""
_HOURS_A_YEAR = 8766.0
_ROOM = 600


@dataclass(frozen=True)
class Team:
    """Crews that work off one line. rate (periods,) cases an hour; work, mean hours with travel; leave_rate, at which
    those who wait leave; finishes, does who leaves finish the case in hand; allowed (periods,), may anybody be there;
    flows as in `_crews.kernel`; goal (flows,) of each flow; load (crews, periods), heads kept busy nearest to each.
    """

    crews: tuple[str, ...]
    cost: float
    rate: Floats
    work: float
    leave_rate: float
    finishes: bool
    allowed: Floats
    flows: tuple[Floats, ...]
    goal: NDArray[np.int64]
    late_cost: Floats
    load: Floats
    today: NDArray[np.int64]
    most: int
    room: int

    @property
    def closing(self) -> NDArray[np.bool_]:
        """When nobody may work any more (periods,), if those who then go finish the case in hand: it is out of line.

        Who goes while others stay may finish it too, and is paid for it; but a plan that changed heads from hour to
        hour would count him twice, for his case and among those who come next.
        """
        return self.finishes & ~self.allowed & np.roll(self.allowed, 1)

    @property
    def law(self) -> tuple[Floats, float, float, NDArray[np.bool_]]:
        """Rate, work rate, rate of leaving, closing: as the kernels take them."""
        return self.rate, 1.0 / self.work, self.leave_rate, self.closing


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
class Gathered:
    """The flows of a team, gathered by goal, rank, time left and law: cases an hour (periods,) and what one late costs.
    """

    volume: dict[tuple[Any, ...], Floats] = field(default_factory=dict)
    late_cost: dict[tuple[Any, ...], float] = field(default_factory=dict)

    def add(self, due: Due, rank: int, volume: Floats, late_cost: float) -> int:
        """Add cases; returns the number of their flow."""
        key = (due.goal, rank, round(due.left, 9), due.law)
        self.volume[key] = self.volume.get(key, 0.0) + volume
        self.late_cost[key] = late_cost
        return list(self.volume).index(key)


@dataclass(frozen=True)
class Work:
    """What keeps a team busy, by kind of work (kinds,): rate (kinds, periods) times an hour; hours of a head that each
    takes; leave_rate, at which those who wait leave; rank, the place in line; nearest, the crew that goes first."""

    rate: Floats
    hours: Floats
    leave_rate: Floats
    rank: NDArray[np.int64]
    nearest: NDArray[Any]


def question_of(chain: Chain, kind: str, at_hand: float = 1.0) -> Question:
    """Return what is to be decided; at_hand, the chance that a case of demand finds its item at once.

    Raises Unsupported where nobody comes or no promise needs a crew, Unreachable, with the reason, where people can do
    nothing about it: a skill nobody has, hours in which nobody may work, a window shorter than the way.
    """
    process = Process.of(chain)
    classes = _classes(chain, kind, process, at_hand)
    promises = promises_of(chain, process, classes)
    loads = list(loads_of(process, classes))
    windows = promises["window"].to_list()
    if not loads or not windows:
        raise Unsupported(f"No promise of the chain {chain.name} is about cases that crews work for: needs must name a "
                          "crew at a step of their route, and promises a window on their kind.")
    hours = period_of(windows)
    rates = rates_of(process, classes, hours)
    # Who does not find the part waits for it first: promises are judged by those who do, the others are work.
    goals, keyed = goals_of(process, classes.with_columns(at_hand=1.0), promises, loads)
    if not goals:
        raise Unsupported("No promise is about cases that crews work for: the crews of needs serve other kinds, or "
                          "steps after the one that keeps the promise.")
    teams = [_team(process, crews, [load for load in loads if load.crews[0] in crews], classes, rates, keyed, promises,
                   hours) for crews in together(loads)]
    question = asked_of(teams, goals, promises, hours)
    _refuse_the_impossible(question)
    return question


def asked_of(teams: list[Team], goals: list[Goal], promises: pl.DataFrame, hours: float) -> Question:
    """Return the question of these teams, of one day where every day is like the next."""
    teams, volume = _daily(teams, hours), np.zeros(len(goals))
    for team in teams:
        np.add.at(volume, team.goal, team.flows[0].sum(axis=1) * hours)
    return Question(hours, tuple(teams), tuple(goals), promises, volume)


def _classes(chain: Chain, kind: str, process: Process, at_hand: float) -> pl.DataFrame:
    """Return kind, site, segment, offer, criticality, rate (1/year) of the cases that have a route, the items they are
    about where routes name these (a list of item, part), and the chance that they find theirs (at_hand)."""
    found = []
    if chain.has("arrivals"):
        found.append(chain.table("arrivals").select("kind", "site", *SCOPE, pl.lit(None, pl.String).alias("item"),
                                                    "rate", at_hand=pl.lit(1.0)))
    if chain.has("demand") and kind in process.kinds:
        found.append(chain.table("demand").select(pl.lit(kind).alias("kind"), "site", *SCOPE, process.routed_item(),
                                                  pl.col("rate") / pl.col("size").fill_null(1),
                                                  at_hand=pl.lit(at_hand)))
    if not found:
        raise Unsupported(f"The chain {chain.name} does not say how many cases come: bring arrivals, or cases and "
                          "events from which simulate.fit makes them.")
    return (pl.concat(found).filter(pl.col("kind").is_in(list(process.kinds)) & (pl.col("rate") > 0))
            .group_by("kind", "site", *SCOPE, "item", maintain_order=True).agg(
                pl.col("rate").sum(), at_hand=(pl.col("at_hand") * pl.col("rate")).sum() / pl.col("rate").sum())
            .group_by("kind", "site", *SCOPE, maintain_order=True).agg(
                pl.col("rate").sum(), at_hand=(pl.col("at_hand") * pl.col("rate")).sum() / pl.col("rate").sum(),
                items=pl.struct("item", part=pl.col("rate") / pl.col("rate").sum())))


def period_of(windows: list[float]) -> float:
    """Return for how many hours heads stay the same at least, for promises of these windows."""
    return _QUARTER if min(windows) < _LONG else _HOUR


def rates_of(process: Process, classes: pl.DataFrame, hours: float) -> Floats:
    """Return (classes, periods of a week) cases an hour."""
    periods = round(HOURS_PER_WEEK / hours)
    profile = {}
    for kind in classes["kind"].unique():
        rows = process.rhythms.filter(kind=kind).select("weekday", "starts", "ends", "weight")
        week = week_means(rows.iter_rows(), hours) if rows.height else np.ones(periods)
        profile[kind] = week / week.mean() if week.any() else np.ones(periods)
    return np.array([rate / _HOURS_A_YEAR * profile[kind] for kind, rate in classes.select("kind", "rate").iter_rows()])


def _team(process: Process, crews: tuple[str, ...], loads: list[Load], classes: pl.DataFrame, rates: Floats,
          keyed: dict[tuple[str, int], list[Due]], promises: pl.DataFrame, hours: float) -> Team:
    """Return the team of these crews."""
    ranks = ranks_of(process.priorities, classes)
    work = Work(np.array([load.visits * rates[load.of_class] for load in loads]),
                np.array([(load.work + load.travel) * load.heads for load in loads]),
                np.array([0.0 if load.patience is None else 1.0 / max(load.patience, 1e-3) for load in loads]),
                np.array([ranks[load.of_class] for load in loads]), np.array([load.crews[0] for load in loads]))
    gathered, late_cost = Gathered(), promises["late_cost"].fill_null(0.0)
    for load in loads:
        for due in keyed.get((load.step, load.of_class), []):
            gathered.add(due, int(ranks[load.of_class]), rates[load.of_class], late_cost[due.promise])
    return team_of(process, crews, work, gathered, hours)


def team_of(process: Process, crews: tuple[str, ...], work: Work, gathered: Gathered, hours: float) -> Team:
    """Return the team of these crews, from its work and its flows; hours of a period."""
    rate = work.rate.sum(axis=0)
    weight = work.rate.sum(axis=1) / work.rate.sum()
    mean = float(weight @ work.hours)
    busy = work.rate * work.hours[:, None]
    crew_load = np.array([busy[work.nearest == crew].sum(axis=0) for crew in crews])
    flows = _flows(gathered, work, rate, hours)
    busiest = float(offered_load(rate, mean, hours).max()) if mean > 0 else 0.0
    longest = max((left for _, _, left, _ in gathered.volume if left > 0.0), default=0.0)
    waiting = rate.max() * min(longest, 24.0)
    rows = process.crews.filter(pl.col("crew").is_in(crews))
    return Team(crews, float(rows["cost"].mean()), rate, max(mean, 1e-6),  # type: ignore[arg-type]
                float(weight @ work.leave_rate), bool((rows["shift_end"] == "finish").all()),
                allowed_in(process, rows, hours), flows, np.array([key[0] for key in gathered.volume], np.int64),
                np.array(list(gathered.late_cost.values())), crew_load, heads_today(process, rows, hours),
                int(busiest + 5.0 * np.sqrt(busiest)) + 4,
                min(int(busiest + waiting + 5.0 * np.sqrt(busiest + waiting)) + 10, _ROOM))


def _flows(gathered: Gathered, work: Work, rate: Floats, hours: float) -> tuple[Floats, ...]:
    """Return the flows of a team as the kernels take them."""
    steps, step, dones = [], [], []
    for _, _, left, law in gathered.volume:
        window = max(left, 0.0)
        cut = min(max(hours, _PATIENT_STEP) if window >= _PATIENT else hours, window / _STEPS) if window > 0 else hours
        count = int(np.ceil(window / cut - 1e-9))
        begun = np.concatenate([[0.0], (np.arange(1, count + 1) - 0.5) * cut])
        dones.append(np.where(left - begun >= 0.0, law.below(np.maximum(left - begun, 0.0)), 0.0))
        steps.append(count)
        step.append(cut)
    done = np.zeros((len(dones), max(map(len, dones), default=1)))
    for row, chances in enumerate(dones):
        done[row, :len(chances)] = chances
    share, rank = np.divide(work.rate, rate, out=np.zeros_like(work.rate), where=rate > 0), work.rank
    equal, better = np.ones((len(dones), len(rate))), np.zeros((len(dones), len(rate)))
    for row, key in enumerate(gathered.volume):
        if (rank > key[1]).any():
            equal[row] = np.where(rate > 0, share[rank <= key[1]].sum(axis=0), 1.0)
        better[row] = share[rank < key[1]].sum(axis=0)
    volume = np.array(list(gathered.volume.values())).reshape(len(dones), len(rate))
    for row, (_, _, left, _) in enumerate(gathered.volume):
        if left >= _PATIENT:  # together with those of a part of the day, a twelfth of their window at most
            every = round(max(part for part in (2, 3, 4, 6, 8, 12, 24) if part <= left / 12.0) / hours)
            whole = volume[row].reshape(-1, every).sum(axis=1)
            volume[row] = 0.0
            volume[row, ::every] = whole
    return volume, equal, better, np.array(step), np.array(steps, np.int64), done


def allowed_in(process: Process, crews: pl.DataFrame, hours: float) -> Floats:
    """Return (periods,) the hours of the week in which one of the crews may work, holidays left aside."""
    found = np.zeros(round(HOURS_PER_WEEK / hours), bool)
    for name in crews["calendar"]:
        if name is None:
            return np.ones(len(found), bool)
        found |= process.open_in(name, hours)
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


def _refuse_the_impossible(question: Question) -> None:
    """Raise Unreachable where no number of people keeps a promise, however they are spread."""
    faults, kept = list[str](), np.zeros(len(question.goals))
    for team in question.teams:
        if not team.allowed.any() and team.rate.any():
            raise Unreachable(f"Nobody of {', '.join(team.crews)} may ever work: its calendar has no hours. Open them "
                              "in opening_hours, or empty crews.calendar.")
        np.add.at(kept, team.goal, team.flows[0].sum(axis=1) * question.hours * team.flows[5].max(axis=1))
    for goal, most, asked in zip(question.goals, kept, question.volume, strict=True):
        if asked > 0 and most < (goal.share - 1e-9) * asked:
            promise = question.promises.row(goal.promise, named=True)
            faults.append(f"Promise {promise['promise']} allows {promise['window']:g} h; work and the way there alone "
                          f"let step {goal.step} be done in time for {most / asked:.1%} of its cases, where "
                          f"{promise['target_share']:.1%} are promised, however many people there are. Lengthen the "
                          "window, lower the target, or bring a crew nearer (crews.site, lanes).")
    if faults:
        raise Unreachable(" ".join(faults))
