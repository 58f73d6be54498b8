"""Which tours bring what to which line, who works there, and by when must it be where? Tables in, days of lines out.

A case goes the way of its routes to the first step that needs a crew and from which waves leave: the line. The last
step with waves before it is its tour: what has gathered there when a wave leaves comes as one load, after the work of
the tour and of the steps that follow (one draw for the whole load), and the lane to the line. Cases without a tour come
one by one. After the line it goes to one of the steps that a row of routes leads to (a share of 0 is a choice too):
the carriers. It must be packed when the last wave leaves that is not after the due time of its promise, less the lane.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.core.calendars import HOUR, due, minutes
from arbitre.core.errors import Unsupported
from arbitre.core.week import HOURS_PER_WEEK, WEEKDAYS, week_hours, week_means
from arbitre.maths.work.duration_laws import DurationLaw
from arbitre.optimise._work_laws import work_law
from arbitre.tables.business_time import calendars_of
from arbitre.tables.chain import Chain
from arbitre.tables.routing import SCOPE, Process, covered

Floats = NDArray[np.float64]

_QUARTER, _DAY, _HOURS_A_YEAR = 0.25, 24.0, 8766.0
_MONDAY = 978_307_200_000_000
"""Midnight before Monday, 1 January 2001, in microseconds: the week whose cut-offs stand for those of every week."""
_TAIL = 1e-5
"""Ends of the law of a tour that are left out."""


@dataclass(frozen=True)
class Tour:
    """A load on its way. step, empty where cases come one by one; leaves, hour of the week; laws of its way, lane (h).
    """

    step: str
    leaves: float
    laws: tuple[DurationLaw, ...]
    lane: float

    def comes(self, begins: float, count: int, grain: float, at_mean: bool) -> Floats:
        """Return (count,) the chance that it comes in each stretch of `grain` hours from hour `begins` on."""
        edges = begins + (np.arange(count + 1) - 0.5) * grain - self.leaves - self.lane
        mean = sum(law.mean for law in self.laws)
        fixed = sum(law.mean for law in self.laws if law.kind == "constant")
        random = [law for law in self.laws if law.kind != "constant"]
        if at_mean or not random:
            return np.diff((edges >= mean).astype(np.float64))
        below = random[0].below(np.maximum(edges - fixed, 0.0)) * (edges - fixed >= 0.0)
        for law in random[1:]:
            fine = np.diff(law.below(np.arange(count + 1) * grain), prepend=0.0)
            below = np.convolve(below, fine)[:len(below)]
        below = np.where(below < _TAIL, 0.0, np.where(below > 1.0 - _TAIL, 1.0, below))
        return np.diff(below)


@dataclass(frozen=True)
class Flow:
    """Cases of a class with a tour. row, of the class; of_class, the first class of the same kind, segment and offer:
    routes send them the same way. volume of a day; promise, its row; deadline (h of the week) to be packed for each
    carrier, nan where it cannot be in time, inf where there is more than a day; opened, hour and volume of those that
    come one by one, empty for a tour."""

    row: int
    of_class: int
    tour: int
    volume: float
    promise: int
    deadline: tuple[float, ...]
    opened: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Slot:
    """A shift of a crew at the line. starts, ends, hours of the week; heads of today; cost of an hour."""

    crew: str
    starts: float
    ends: float
    heads: int
    cost: float


@dataclass(frozen=True)
class Day:
    """A line on a weekday. cost (classes, carriers), nan where a class may not; today (classes,), carrier of most."""

    line: str
    weekday: str
    work: float
    spread: float
    slots: tuple[Slot, ...]
    tours: tuple[Tour, ...]
    flows: tuple[Flow, ...]
    carriers: tuple[str, ...]
    cost: Floats
    today: NDArray[np.int64]

    @property
    def likeness(self) -> tuple[Any, ...]:
        """What makes days alike: hours of the day, not of the week."""
        first = 24.0 * WEEKDAYS.index(self.weekday)
        return (self.line, tuple((s.crew, s.starts - first, s.ends - first, s.heads) for s in self.slots),
                tuple((t.step, t.leaves - first, t.lane) for t in self.tours),
                tuple((f.row, f.tour, round(f.volume, 9), f.promise,
                       str([round(at - first, 6) for at in f.deadline])) for f in self.flows))


@dataclass(frozen=True)
class Question:
    """classes: kind, site, segment, offer, criticality, rate; promises; days of lines; dropped: class (its row, null
    for none), tour, weekday, volume and reason of what nobody can plan."""

    classes: pl.DataFrame
    promises: pl.DataFrame
    days: tuple[Day, ...]
    dropped: list[dict[str, Any]]


@dataclass(frozen=True)
class _Way:
    """The way of a class: steps before the line, the line, and the steps after it with the share that goes there."""

    before: tuple[str, ...]
    line: str
    after: tuple[tuple[str, float], ...]


def question_of(chain: Chain) -> Question:
    """Return what is to be decided. Raises Unsupported where no case comes to a line."""
    process = Process.of(chain)
    classes = chain.table("arrivals").filter(pl.col("kind").is_in(list(process.kinds))).select(
        "kind", "site", *SCOPE, "rate")
    promises = chain.table("promises").filter(measure="window").filter(pl.col("window").is_not_null()).sort("promise")
    reader = _Reader(chain, process, classes, promises)
    ways = {number: way for number, row in enumerate(classes.iter_rows(named=True))
            if (way := reader.way(row)) is not None}
    if not ways:
        raise Unsupported(f"No case of the chain {chain.name} comes to a line: a step that needs a crew (needs), from "
                          "which routes lead to a step with waves (a carrier and its cut-offs). Add them.")
    days = tuple(reader.day(line, ways, weekday) for line in sorted({way.line for way in ways.values()})
                 for weekday in WEEKDAYS)
    return Question(classes, promises, tuple(day for day in days if day.flows), reader.dropped)


class _Reader:
    """Reads the days of lines from the tables of a chain."""

    def __init__(self, chain: Chain, process: Process, classes: pl.DataFrame, promises: pl.DataFrame) -> None:
        self.process, self.classes, self.promises = process, classes, promises
        self.steps = {row["step"]: row for row in process.steps.iter_rows(named=True)}
        self.needs = process.needs.filter(pl.col("crew").is_not_null())
        self.lanes = {(start, end): (hours, cost) for start, end, hours, cost in
                      process.lanes.select("from_site", "to_site", "duration", "cost").iter_rows()}
        self.waves: dict[str, list[float]] = defaultdict(list)
        for step, weekday, leaves in process.waves.select("step", "weekday", "leaves").iter_rows():
            self.waves[step] = sorted({*self.waves[step], *week_hours(weekday, leaves)})
        self.about = covered(promises, classes)
        whose = list(classes.select("kind", "segment", "offer").iter_rows())
        self.first = [whose.index(row) for row in whose]
        self.calendars = calendars_of(chain) if promises["calendar"].count() else {}
        self.dropped: list[dict[str, Any]] = []

    def way(self, case: dict[str, Any]) -> _Way | None:
        """Return the way of a class to its line, None where it comes to none."""
        ways: dict[str | None, list[tuple[str, float]]] = defaultdict(list)
        for start, end, share in self.process.ways(case["kind"], case["segment"], case["offer"]):
            if end is not None:
                ways[start].append((end, share))
        crewed = set(self.needs["step"])
        at, before = None, list[str]()
        while ways.get(at):
            if at in crewed and any(self.waves.get(end) for end, _ in ways[at]):
                return _Way(tuple(before[:-1]), at, tuple(ways[at]))  # type: ignore[arg-type]
            at = max(ways[at], key=lambda way: way[1])[0]
            if at in before:
                return None
            before.append(at)
        return None

    def day(self, line: str, ways: dict[int, _Way], weekday: str) -> Day:
        """Return a line on a weekday."""
        mine = {number: way for number, way in ways.items() if way.line == line}
        carriers = tuple(sorted({carrier for way in mine.values() for carrier, _ in way.after}))
        cost, today = np.full((self.classes.height, len(carriers)), np.nan), np.zeros(self.classes.height, np.int64)
        for number, way in mine.items():
            for carrier, _ in way.after:
                cost[number, carriers.index(carrier)] = self._lane(self._place(line, number), carrier, number)[1]
            today[number] = carriers.index(max(way.after, key=lambda after: after[1])[0])
        tours: dict[tuple[Any, ...], int] = {}
        made, flows = list[Tour](), list[Flow]()
        for number, way in mine.items():
            for tour, begins in self._tours(number, way, weekday):
                key = (tour.step, tour.leaves, tour.lane, *((number,) if not tour.step else ()))
                if key not in tours:
                    tours[key] = len(made)
                    made.append(tour)
                flows += self._flows(number, tours[key], tour, begins, way, carriers, cost[number], weekday)
        told = self.steps[line]
        law = work_law(told, self.process)
        spread = law.variation
        if law.kind == "observed" and law.mean > 0.0:
            spread = float(np.std(law.values) / law.mean)
        slots = tuple(self._slots(line, weekday))
        if flows and not slots:
            self._drop(None, line, weekday, sum(flow.volume for flow in flows), "nobody")
            flows = []
        return Day(line, weekday, law.mean, spread, slots, tuple(made), tuple(flows), carriers, cost, today)

    def _place(self, step: str, number: int) -> str | None:
        """Return the site of a step for a class."""
        return self.steps[step]["site"] or self.classes["site"][number]

    def _lane(self, place: str | None, step: str, number: int) -> tuple[float, float]:
        """Return hours and cost from a place to where a step is done; nought where it is there, nan without a lane."""
        to = self._place(step, number)
        return (0.0, 0.0) if place is None or to in (None, place) else self.lanes.get((place, to), (np.nan, np.nan))

    def _tours(self, number: int, way: _Way, weekday: str) -> Iterator[tuple[Tour, float]]:
        """Yield the tours of a class that leave on a weekday, and the hour since which they have gathered."""
        waved = [at for at, step in enumerate(way.before) if self.waves.get(step)]
        named = [step for step in way.before if step in set(self.process.waves["step"])]
        first, last = (24.0 * (WEEKDAYS.index(weekday) + after) for after in (0, 1))
        own = way.before[waved[-1]:] if waved else way.before
        place, lane = self.classes["site"][number], 0.0
        for step in (*own, way.line):
            lane += self._lane(place, step, number)[0]
            place = self._place(step, number) or place
        laws = tuple(law for step in own if (law := work_law(self.steps[step], self.process)).mean > 0.0)
        if np.isnan(lane):
            if many := self._opened(number, weekday):
                self._drop(number, own[0] if own else way.line, weekday, many, "no_way")
            return
        if not waved:
            if named:
                self._drop(number, named[-1], weekday, None, "never_comes")
                return
            yield Tour("", first, laws, lane), first
            return
        leaves = self.waves[own[0]]
        for at, wave in enumerate(leaves):
            if first <= wave < last:
                yield Tour(own[0], wave, laws, lane), leaves[at - 1] - (0.0 if at else HOURS_PER_WEEK)

    def _flows(self, number: int, at: int, tour: Tour, begins: float, way: _Way, carriers: tuple[str, ...],
               cost: Floats, weekday: str) -> Iterator[Flow]:
        """Yield what a class sends with a tour, by when it is due; what nobody can bring in time is dropped."""
        opened = np.arange(begins, tour.leaves if tour.step else begins + _DAY, _QUARTER) + _QUARTER / 2.0
        volume = self._rate(number)[np.floor(opened / _QUARTER).astype(np.int64) % round(HOURS_PER_WEEK / _QUARTER)]
        promise, hours_due = self._due(number, opened)
        gathered: dict[tuple[int, float], list[tuple[float, float]]] = defaultdict(list)
        for of, by, at_hour, many in zip(promise.tolist(), hours_due.tolist(), opened.tolist(),
                                         (volume * _QUARTER).tolist(), strict=True):
            gathered[of, by].append((at_hour, many))
        if not volume.any():
            self._drop(number, tour.step or way.line, weekday, None, "never_comes")
        for (of, by), told in gathered.items():
            many = sum(each for _, each in told)
            if many <= 0.0 or of < 0:
                continue
            deadlines = tuple(self._deadline(carrier, by, way.line, number, tour, cost[at_carrier])
                              for at_carrier, carrier in enumerate(carriers))
            if np.isnan(deadlines).all():
                is_barred = np.isnan(cost).all()
                self._drop(number, tour.step or way.line, weekday, many, "nobody_may" if is_barred else "too_early")
                continue
            yield Flow(number, self.first[number], at, many, of, deadlines, () if tour.step else tuple(told))

    def _rate(self, number: int) -> Floats:
        """Return cases an hour of a class in each quarter of an hour of the week."""
        rows = self.process.rhythms.filter(kind=self.classes["kind"][number]).select("weekday", "starts", "ends",
                                                                                    "weight")
        week = week_means(rows.iter_rows(), _QUARTER) if rows.height else np.ones(round(HOURS_PER_WEEK / _QUARTER))
        return self.classes["rate"][number] / _HOURS_A_YEAR * (week / week.mean() if week.any() else week)

    def _opened(self, number: int, weekday: str) -> float:
        """Return how many cases of a class are opened on a weekday."""
        quarters = round(_DAY / _QUARTER)
        first = quarters * WEEKDAYS.index(weekday)
        return float(self._rate(number)[first:first + quarters].sum()) * _QUARTER

    def _due(self, number: int, opened: Floats) -> tuple[NDArray[np.int64], Floats]:
        """Return the promise of cases opened at these hours that is due first, -1 for none, and when (h)."""
        found, which = np.full(len(opened), np.inf), np.full(len(opened), -1)
        starts = _MONDAY + np.rint((opened + HOURS_PER_WEEK) * HOUR).astype(np.int64)
        dearest_first = np.argsort(-self.promises["late_cost"].fill_null(0.0).to_numpy(), kind="stable")
        for row in dearest_first[self.about[dearest_first, number]].tolist():
            promise = self.promises.row(row, named=True)
            calendar = None if promise["calendar"] is None else self.calendars[promise["calendar"]]
            cut_off = None if promise["cut_off"] is None else minutes(promise["cut_off"])
            by = (due(starts, promise["window"], calendar, cut_off) - _MONDAY) / HOUR - HOURS_PER_WEEK
            which = np.where(by < found, row, which)
            found = np.minimum(found, by)
        return which, np.round(found, 6).astype(np.float64)

    def _deadline(self, carrier: str, by: float, line: str, number: int, tour: Tour, cost: float) -> float:
        """Return the hour by which it must be packed for a carrier: nan for never, inf for whenever."""
        way = self._lane(self._place(line, number), carrier, number)[0]
        if np.isnan(cost) or np.isnan(way):
            return np.nan
        if carrier in set(self.process.waves["step"]):
            waves = np.array([wave + week for wave in self.waves[carrier] for week in (-HOURS_PER_WEEK, 0.0,
                                                                                       HOURS_PER_WEEK)])
            waves = waves[waves <= by + 1e-6]
            by = float(waves.max()) if len(waves) else -np.inf
        latest = by - way
        if latest > tour.leaves + _DAY + (0.0 if tour.step else _DAY):
            return np.inf
        return latest if latest > tour.leaves + tour.lane else np.nan

    def _slots(self, line: str, weekday: str) -> Iterator[Slot]:
        """Yield the shifts of the crews of a line that begin on a weekday."""
        first = 24.0 * WEEKDAYS.index(weekday)
        for crew in self.needs.filter(step=line)["crew"]:
            row = self.process.crews.filter(crew=crew).row(0, named=True)
            shifts = self.process.shifts.filter(crew=crew)
            if shifts.is_empty():
                yield Slot(crew, first, first + _DAY, row["heads"], row["cost"])
            for shift in shifts.filter(pl.col("weekday").is_null() | (pl.col("weekday") == weekday)).sort(
                    "starts").iter_rows(named=True):
                ends = shift["ends"] + (0.0 if shift["ends"] > shift["starts"] else _DAY)
                heads = row["heads"] if shift["heads"] is None else shift["heads"]
                yield Slot(crew, first + shift["starts"], first + ends, heads, row["cost"])

    def _drop(self, number: int | None, step: str, weekday: str, volume: float | None, reason: str) -> None:
        self.dropped.append({"class": number, "step": step, "weekday": weekday, "cases": volume, "reason": reason})
