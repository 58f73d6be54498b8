"""When is each stop of a tour made, what does the tour cost, and where does one more visit fit?

A tour is a crew and its stops in order: rows of `visits`, or RELOAD where it comes back to its site between two trips.
Times are whole seconds. Every tour is made as early as it can be,
    start_i = the first moment of a window of i at or after leave_{i-1} + travel(i-1, i),    leave_i = start_i + work_i,
and then leaves its site as late as keeps its end (Savelsbergh 1992: forward time slack): so it is as short as it can
be. A visit that comes after its last window is late, up to `latest`. A trip leaves when all it brings is at the site.
    cost = km_cost x km + hour_cost x hours + overtime_cost x hours beyond those of the shift
           + late_cost of late visits + change_cost of visits by another crew than today's plan says
The rest of a crew is taken after a stop, where the tour then costs least.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import shortest_path

RELOAD = -1
"""A stop at the crew's site between two trips."""
NEVER = 1e12
"""Seconds of a way that there is not."""


@dataclass(frozen=True)
class Visit:
    """A visit to make, where it is worth it.

    place: row of the ways, its own; work: seconds; windows: when it may start, in order and apart; crews: rows that may
    make it; worth: what not making it costs; late_cost, latest: what starting after the last window costs, and until
    when one may; load: units on the trip; ready: when its trip may leave; today: the crews that today's plan gives it
    to, or None.
    """

    place: int
    work: int
    windows: tuple[tuple[int, int], ...]
    crews: frozenset[int]
    worth: float
    late_cost: float = 0.0
    latest: int = 0
    load: int = 0
    ready: int = 0
    today: frozenset[int] | None = None

    def is_change(self, crew: int) -> bool:
        """Return whether today's plan gives it to another crew."""
        return self.today is not None and crew not in self.today

    def start_after(self, time: int) -> tuple[int, bool] | None:
        """Return when it starts if the crew is there at `time`, and whether that is late; None where it is too late."""
        for early, late in self.windows:
            if time <= late:
                return max(time, early), False
        return (time, True) if time <= self.latest else None

    def start_before(self, time: int, is_late: bool) -> int:
        """Return the last moment at which it may start, up to `time`, late or not; there is one."""
        if is_late:
            return min(time, self.latest)
        return max(min(time, late) for early, late in self.windows if early <= time)


@dataclass(frozen=True)
class Crew:
    """A crew on a shift: `heads` tours at most, each from its place back to it (`home`).

    starts, ends, overtime: seconds; is_paid_by_shift: its tours begin with the shift, else when it pays; hour_cost,
    overtime_cost: money an hour of tour, and on top beyond the length of the shift; room: units on a trip, None without
    limit; reloads, turn: times it may come back between trips, and the seconds that takes; rest: seconds, and between
    which times it begins.
    """

    place: int
    home: int
    starts: int
    ends: int
    overtime: int = 0
    heads: int = 1
    is_paid_by_shift: bool = False
    hour_cost: float = 0.0
    overtime_cost: float = 0.0
    room: int | None = None
    reloads: int = 0
    turn: int = 0
    rest: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Field:
    """All that tours are made of; seconds (NEVER where there is none) and km (places, places) of the ways."""

    visits: tuple[Visit, ...]
    crews: tuple[Crew, ...]
    seconds: np.ndarray
    km: np.ndarray
    km_cost: float
    change_cost: float = 0.0


@dataclass(frozen=True)
class Tour:
    """A crew (row) and its stops in order."""

    crew: int
    stops: tuple[int, ...]


@dataclass(frozen=True)
class Timed:
    """A tour with its times (stops,): arrives, starts, leaves; late, flags; rest: the stop it comes after (-1: before
    the first) and when, None without; leaves_at, back_at: from and at the site; overtime: seconds; cost: money.
    """

    tour: Tour
    arrives: tuple[int, ...]
    starts: tuple[int, ...]
    leaves: tuple[int, ...]
    late: tuple[bool, ...]
    rest: tuple[int, int] | None
    leaves_at: int
    back_at: int
    km: float
    overtime: int
    cost: float


def timed(field: Field, tour: Tour) -> Timed | None:
    """Return the tour with its times, at least cost; None where it cannot be made."""
    crew = field.crews[tour.crew]
    if not _may(field, crew, tour):
        return None
    plain = _run(field, tour, None)
    if plain is None or crew.rest is None:
        return plain
    length, first, last = crew.rest
    if plain.leaves_at >= first or plain.back_at <= last + length:
        return plain
    rested = [found for after in range(-1, len(tour.stops)) if (found := _run(field, tour, after)) is not None]
    return min(rested, key=lambda found: (found.cost, found.back_at), default=None)


def left_earlier(field: Field, one: Timed, seconds: int) -> Timed:
    """Return the tour that leaves so much earlier, as far as its shift and what it brings let it."""
    leave = max(one.leaves_at - seconds, field.crews[one.tour.crew].starts, _released(field, one.tour.stops, 0))
    found = _forward(field, one.tour, leave, one.rest[0] if one.rest else None) if leave < one.leaves_at else None
    return one if found is None else found


def plan_cost(field: Field, tours: Sequence[Timed]) -> float:
    """Return what tours cost, and what the visits cost that none of them makes."""
    made = {stop for one in tours for stop in one.tour.stops}
    return sum(one.cost for one in tours) + sum(
        visit.worth for row, visit in enumerate(field.visits) if row not in made)


def _may(field: Field, crew: Crew, tour: Tour) -> bool:
    """May this crew make these visits, in trips that it can carry?"""
    if tour.stops.count(RELOAD) > crew.reloads:
        return False
    on_board = 0
    for stop in tour.stops:
        if stop == RELOAD:
            on_board = 0
            continue
        on_board += field.visits[stop].load
        if tour.crew not in field.visits[stop].crews or (crew.room is not None and on_board > crew.room):
            return False
    return True


def _released(field: Field, stops: Sequence[int], start: int) -> int:
    """Return when the trip that begins with this stop may leave."""
    ready = 0
    for stop in stops[start:]:
        if stop == RELOAD:
            break
        ready = max(ready, field.visits[stop].ready)
    return ready


def _run(field: Field, tour: Tour, rest_after: int | None) -> Timed | None:
    """Return the tour with a rest after that stop (None: without one), or None where that cannot be."""
    crew = field.crews[tour.crew]
    early = _forward(field, tour, max(crew.starts, _released(field, tour.stops, 0)), rest_after)
    if early is None:
        return None
    if crew.is_paid_by_shift:
        return replace(early, **_costs(field, early, crew.starts), leaves_at=crew.starts)
    leave = _latest_leave(field, early)
    late = _forward(field, tour, leave, rest_after) if leave > early.leaves_at else early
    return late if late is not None else early


def _forward(field: Field, tour: Tour, leave: int, rest_after: int | None) -> Timed | None:
    """Return the tour that leaves then, made as early as it can be."""
    crew, here, now, km, rest = field.crews[tour.crew], field.crews[tour.crew].place, leave, 0.0, None
    arrives, starts, leaves, late = [], [], [], []
    for position, stop in enumerate((*tour.stops, None)):
        if rest_after is not None and rest_after == position - 1 and crew.rest:
            begins = max(now, crew.rest[1])
            if begins > crew.rest[2]:
                return None
            rest, now = (rest_after, begins), begins + crew.rest[0]
        there = crew.home if stop is None or stop == RELOAD else field.visits[stop].place
        if field.seconds[here, there] >= NEVER:
            return None
        now, km, here = now + int(field.seconds[here, there]), km + float(field.km[here, there]), there
        if stop is None:
            break
        if stop == RELOAD:
            found, work = (now, False), 0
            leaves_reload = max(now + crew.turn, _released(field, tour.stops, position + 1))
            work = leaves_reload - now
        else:
            found, work = field.visits[stop].start_after(now), field.visits[stop].work
        if found is None:
            return None
        arrives.append(now)
        starts.append(found[0])
        leaves.append(found[0] + work)
        late.append(found[1])
        now = found[0] + work
    if now > crew.ends + crew.overtime:
        return None
    one = Timed(tour, tuple(arrives), tuple(starts), tuple(leaves), tuple(late), rest, leave, now, km, 0, 0.0)
    return replace(one, **_costs(field, one, leave))


def _costs(field: Field, one: Timed, leave: int) -> dict[str, Any]:
    """Return overtime and cost of a tour that leaves then."""
    crew = field.crews[one.tour.crew]
    overtime = max(0, one.back_at - leave - (crew.ends - crew.starts))
    cost = field.km_cost * one.km + (
        crew.hour_cost * (one.back_at - leave) + crew.overtime_cost * overtime) / 3600.0
    for stop, is_late in zip(one.tour.stops, one.late, strict=True):
        if stop != RELOAD:
            visit = field.visits[stop]
            cost += visit.late_cost * is_late
            cost += field.change_cost * visit.is_change(one.tour.crew)
    return {"overtime": overtime, "cost": cost}


def _latest_leave(field: Field, one: Timed) -> int:
    """Return the latest moment to leave at which the tour still ends when it does, and nothing more is late."""
    crew = field.crews[one.tour.crew]
    bound, there = one.back_at, crew.home
    for position in range(len(one.tour.stops) - 1, -1, -1):
        if one.rest and one.rest[0] == position and crew.rest:
            bound = min(bound - int(field.seconds[_place(field, one.tour, position), there]) - crew.rest[0],
                        crew.rest[2])
        else:
            bound -= int(field.seconds[_place(field, one.tour, position), there])
        stop, work = one.tour.stops[position], one.leaves[position] - one.starts[position]
        bound -= crew.turn if stop == RELOAD else work
        if stop != RELOAD:
            bound = field.visits[stop].start_before(bound, one.late[position])
        there = _place(field, one.tour, position)
    bound -= int(field.seconds[crew.place, there])
    if one.rest and one.rest[0] == -1 and crew.rest:
        bound = min(bound - crew.rest[0], crew.rest[2])
    return max(one.leaves_at, bound)


def _place(field: Field, tour: Tour, position: int) -> int:
    stop = tour.stops[position]
    return field.crews[tour.crew].home if stop == RELOAD else field.visits[stop].place


def insertions(field: Field, tours: Sequence[Timed], visit: int) -> Iterator[tuple[float, Timed, int | None]]:
    """Yield every way to make one more visit: what it adds, the tour it makes, and the row of the tour it takes the
    place of (None: a crew that has nothing to do yet). All others keep their tour and their order, though it may come
    back to its site before or after the new one; times are exact.
    """
    for row, one in enumerate(tours):
        for position in range(len(one.tour.stops) + 1):
            before, after = one.tour.stops[:position], one.tour.stops[position:]
            ways = [(visit,)]
            if field.crews[one.tour.crew].reloads:
                ways += [(RELOAD, visit)] * bool(before) + [(visit, RELOAD)] * bool(after)
            for new in ways:
                found = timed(field, Tour(one.tour.crew, (*before, *new, *after)))
                if found is not None:
                    yield found.cost - one.cost, found, row
    for crew, known in enumerate(field.crews):
        if sum(one.tour.crew == crew for one in tours) < known.heads:
            found = timed(field, Tour(crew, (visit,)))
            if found is not None:
                yield found.cost, found, None


def lowest_cost(field: Field) -> float:
    """Return a floor under the cost of every plan: each visit is left out at its worth, or comes after the visit, or
    the departure, that it is cheapest to come after, each of them followed by one visit at most.

    This is the assignment relaxation: it forgets that tours start and end somewhere, carry so much, and cannot wait.
    Ways that no window allows are left out. Returns money.
    """
    count, heads = len(field.visits), sum(crew.heads for crew in field.crews)
    if not count:
        return 0.0
    ways, first, last = _cheapest_ways(field)
    matrix = np.full((count + heads, count + heads), NEVER)
    matrix[:count, :count] = ways
    matrix[np.arange(count), np.arange(count)] = [visit.worth for visit in field.visits]
    matrix[:count, count:] = last[:, None]
    matrix[count:, :count] = first[None, :]
    matrix[count:, count:] = 0.0
    rows, columns = linear_sum_assignment(matrix)
    return float(matrix[rows, columns].sum())


def _cheapest_ways(field: Field) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the least cost of coming to a visit (second) from a visit, to it from a site, and from it to one."""
    visits = field.visits
    place, work = np.array([v.place for v in visits]), np.array([v.work for v in visits])
    ways = np.full((len(visits), len(visits)), NEVER)
    first, last = np.full(len(visits), NEVER), np.full(len(visits), NEVER)
    opens = np.array([v.windows[0][0] if v.windows else NEVER for v in visits])
    window_ends = np.array([v.windows[-1][1] if v.windows else -1 for v in visits])
    ends = np.array([max(v.latest, v.windows[-1][1] if v.windows else -1) for v in visits])
    late_cost = np.array([v.late_cost for v in visits])
    # A way by other places may be shorter than the direct one.
    soonest = shortest_path(np.where(field.seconds >= NEVER, np.inf, field.seconds) + 1e-9)
    for row, crew in enumerate(field.crews):
        may = np.array([row in v.crews for v in visits])
        change = np.array([field.change_cost * v.is_change(row) for v in visits])
        seconds, money = field.seconds, field.km * field.km_cost + field.seconds * (crew.hour_cost / 3600.0)
        own = change + work * (crew.hour_cost / 3600.0)
        starts = np.maximum(opens, np.floor(crew.starts + soonest[crew.place, place] - 1e-3))
        able = may & (starts <= ends) & (
            starts + work + soonest[place, crew.home] - 1e-3 <= crew.ends + crew.overtime)
        late = starts > window_ends
        first = np.minimum(first, np.where(able, money[crew.place, place] + own + late * late_cost, NEVER))
        last = np.minimum(last, np.where(able, money[place, crew.home], NEVER))
        between = money[np.ix_(place, place)]
        lasts = seconds[np.ix_(place, place)]
        if crew.reloads:
            between = np.minimum(between, money[place, crew.home][:, None] + money[crew.home, place][None, :])
            lasts = np.minimum(lasts, seconds[place, crew.home][:, None] + seconds[crew.home, place][None, :])
        comes = (starts + work)[:, None] + lasts
        fits = able[:, None] & able[None, :] & (comes <= ends[None, :])
        cost = between + own[None, :] + (comes > window_ends[None, :]) * late_cost[None, :]
        ways = np.minimum(ways, np.where(fits, cost, NEVER))
    return ways, first, last
