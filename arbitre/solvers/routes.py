"""Which crew makes which visits, in which order, at least cost?

PyVRP (Wouda, Lan and Kool, INFORMS Journal on Computing 36 (2024) 943-955) searches by iterated local search; the
search ends after so many iterations, not seconds, so that the same input gives the same tours. It has neither skills,
nor several windows, nor lateness at a price: a skill is a load that only some crews have room for, and a visit with
several windows, or one that may be late, is a group of which at most one is made. It knows no rests: their length is
kept free. Tours seen on the way are timed with their rests and put together anew, exactly, by `solvers.linear` (set
partitioning over the pool of tours: Rochat and Taillard 1995).
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from arbitre.core.errors import UsageError
from arbitre.maths.places.tours import NEVER, RELOAD, Crew, Field, Timed, Tour, Visit, plan_cost, timed
from arbitre.solvers import linear

_pyvrp: Any = None
try:
    import pyvrp
    import pyvrp.exceptions
    import pyvrp.search
    _pyvrp = pyvrp
except ImportError:  # the extra is not installed
    pass

_SCALE = 10_000.0
"""Units of the search for one unit of money."""
_FAR = 10_000_000
"""Seconds of a way that there is not."""
_SKILL = 1_000
"""Load of a skill, so heavy that no search keeps it where there is no room."""
_NEIGHBOURS = 100
_MOST_KICKS = 8
_POOLED = 4_000
"""Tours put together at most, the last ones seen."""
_KEPT = 400
"""Of these, those kept for the whole programme, by reduced cost."""
_NODES = 30
_SLACK = 0.01
_UPDATES = 50


@dataclass(frozen=True)
class Search:
    """How long to search: iterations, and processor seconds where these are to stop it; `parts`: how often the tours
    seen are put together anew.
    """

    iterations: int
    seconds: float | None = None
    parts: int = 10

    def shares(self) -> Iterator[float]:
        """Yield how much of the search is over, before each iteration, until it is."""
        began = time.thread_time()
        for done in range(self.iterations):
            over = 0.0 if self.seconds is None else (time.thread_time() - began) / self.seconds
            if over >= 1.0:
                return
            yield max(done / self.iterations, over)


def tours_of(field: Field, search: Search, seed: int, start: Sequence[Tour] = ()) -> list[Timed]:
    """Return the best tours found, with their times; visits in none of them are left out.

    `start` are tours to begin with. Stopped by iterations, the answer depends on field, search, seed and start alone.
    Raises UsageError when pyvrp is not installed.
    """
    if _pyvrp is None:
        raise UsageError('Tours need an extra. Run: pip install "arbitre[routes]"')
    if not any(visit.crews and (visit.windows or visit.latest) for visit in field.visits):
        return []
    with warnings.catch_warnings():
        # That a rule is hard to keep is no news to whoever reads the plan: what breaks it is left out, with its reason.
        warnings.simplefilter("ignore", _pyvrp.exceptions.PenaltyBoundWarning)
        best = _Model(field).searched(search, seed, _known(field, start))
    return sorted(best, key=lambda one: (one.tour.crew, one.leaves_at, one.tour.stops))


def _known(field: Field, start: Sequence[Tour]) -> list[Timed]:
    """Return the tours to begin with, without those that cannot be made."""
    return [found for tour in start if tour.stops and (found := timed(field, tour)) is not None]


def _rest(crew: Crew) -> int:
    """Return the seconds to keep free for the rest of a crew whose tours begin when they pay."""
    if crew.rest is None or crew.is_paid_by_shift or crew.starts >= crew.rest[1] or crew.ends <= sum(crew.rest[::2]):
        return 0
    return crew.rest[0]


class _Model:
    """The problem in the words of pyvrp; `visit_of` says which visit each of its clients is."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.visit_of: list[int] = []
        self.known: dict[Tour, Timed | None] = {}
        self.skills = sorted({tuple(sorted(visit.crews)) for visit in field.visits
                              if visit.crews and len(visit.crews) < len(field.crews)})
        clients, groups = self._clients()
        homes = sorted({place for crew in field.crews for place in (crew.place, crew.home)})
        self.depot_of = {place: row for row, place in enumerate(homes)}
        seconds = np.minimum(field.seconds, _FAR).astype(np.int64)
        np.fill_diagonal(seconds, 0)
        self.data = _pyvrp.ProblemData(
            [_pyvrp.Location(0, 0) for _ in range(len(field.seconds))], clients,
            [_pyvrp.Depot(place) for place in homes],
            [self._vehicle(row) for row in range(len(field.crews))],
            [self._money(row) for row in range(len(field.crews))],  # pyrefly: ignore[bad-argument-type]
            [seconds] * len(field.crews), groups)  # pyrefly: ignore[bad-argument-type]
        known = (field.seconds < NEVER) & (field.seconds > 0)
        money = field.km[known].mean() * field.km_cost + field.seconds[known].mean() / 3600.0 * np.mean(
            [crew.hour_cost + crew.overtime_cost for crew in field.crews]) if known.any() else 1.0
        self.unit = max(1.0, _SCALE * money / max(1.0, field.seconds[known].mean() if known.any() else 1.0))

    def _clients(self) -> tuple[list, list]:
        """Return a client for each window of a visit, and one for being late; those of one visit are a group."""
        clients, groups = [], []
        for row, visit in enumerate(self.field.visits):
            ways = [(early, late, visit.worth) for early, late in visit.windows] if visit.crews else []
            after = max((late for _, late, _ in ways), default=-1) + 1
            if visit.crews and visit.latest >= after and visit.worth > visit.late_cost:
                ways.append((after, visit.latest, visit.worth - visit.late_cost))
            group = len(groups) if len(ways) > 1 else None
            if group is not None:
                groups.append(_pyvrp.ClientGroup(list(range(len(clients), len(clients) + len(ways))), required=False))
            for early, late, worth in ways:
                clients.append(_pyvrp.Client(
                    visit.place, pickup=self._load(visit), service_duration=visit.work, tw_early=early, tw_late=late,
                    release_time=visit.ready, prize=round(worth * _SCALE), required=False, group=group))
                self.visit_of.append(row)
        return clients, groups

    def _load(self, visit: Visit) -> list[int]:
        needed = tuple(sorted(visit.crews))
        return [visit.load, *(_SKILL * (needed == skill) for skill in self.skills)]

    def _vehicle(self, row: int) -> Any:
        crew = self.field.crews[row]
        room = sum(visit.load for visit in self.field.visits) if crew.room is None else crew.room
        able = [_SKILL * len(self.field.visits) * (row in skill) for skill in self.skills]
        return _pyvrp.VehicleType(
            crew.heads, [room, *able], self.depot_of[crew.place], self.depot_of[crew.home], tw_early=crew.starts,
            tw_late=crew.ends + crew.overtime, shift_duration=max(1, crew.ends - crew.starts - _rest(crew)),
            max_overtime=crew.overtime,
            start_late=crew.starts if crew.is_paid_by_shift else None, profile=row,
            unit_duration_cost=round(crew.hour_cost / 3600.0 * _SCALE),
            unit_overtime_cost=round(crew.overtime_cost / 3600.0 * _SCALE),
            reload_depots=[self.depot_of[crew.home]] if crew.reloads else [], max_reloads=crew.reloads)

    def _money(self, row: int) -> np.ndarray:
        """Return what each way costs a crew: its kilometres, and on ways to visits the change of today's plan."""
        field = self.field
        money = field.km * field.km_cost
        for visit in field.visits:
            if visit.is_change(row):
                money[:, visit.place] += field.change_cost
        np.fill_diagonal(money, 0.0)
        return np.rint(money * _SCALE).astype(np.int64)

    def searched(self, search: Search, seed: int, start: Sequence[Timed]) -> list[Timed]:
        """Return the best tours of a search.

        Iterated local search that goes on from what costs little more than the best known, and ever less more as a
        part goes on (record-to-record travel: Dueck 1993). Each part begins with what the tours seen make when put
        together anew.
        """
        rng = _pyvrp.RandomNumberGenerator(seed=seed % 2**31)
        local, penalties = self._tools(rng)
        current = self._solution(start) if start else local(
            _pyvrp.Solution.make_random(self.data, rng), penalties.max_cost_evaluator(), exhaustive=True)
        pool, best, part = _Pool(self), current, 0
        pool.add(current)
        for over in search.shares():
            costs = penalties.cost_evaluator()
            candidate = local(current, costs, exhaustive=False)
            penalties.register(candidate)
            if costs.cost(candidate) < costs.cost(best):
                better = local(candidate, costs, exhaustive=True)
                best = candidate = better if costs.cost(better) < costs.cost(candidate) else candidate
            within = over * search.parts - part
            allowed = costs.penalised_cost(best) * (1.0 + _SLACK * max(0.0, 1.0 - within))
            if costs.penalised_cost(candidate) <= max(allowed, costs.penalised_cost(current)):
                current = candidate
                pool.add(candidate)
            if within >= 1.0:
                part += 1
                best = current = self._solution(pool.together(best))
        return pool.together(best)

    def _tools(self, rng: Any) -> tuple[Any, Any]:
        """Return the local search, and what breaking a rule costs it."""
        near = _pyvrp.search.compute_neighbours(
            self.data, _pyvrp.search.NeighbourhoodParams(num_neighbours=_NEIGHBOURS))
        kicks = _pyvrp.search.PerturbationManager(_pyvrp.search.PerturbationParams(1, _MOST_KICKS))
        local = _pyvrp.search.LocalSearch(self.data, rng, near, kicks)
        for operator in _pyvrp.search.OPERATORS:
            if operator.supports(self.data):
                local.add_operator(operator(self.data))
        rules = _pyvrp.PenaltyParams(min_penalty=0.1, max_penalty=10_000.0 * self.unit,
                                    solutions_between_updates=_UPDATES)
        first = [100.0 * self.unit] * (self.data.num_load_dimensions + 2)
        return local, _pyvrp.PenaltyManager((first[:-2], first[-2], first[-1]), rules)

    def made(self, solution: Any) -> list[Timed]:
        """Return those tours of a solution that keep every rule."""
        tours = [self._tour(route) for route in solution.routes() if route.is_feasible()]
        for tour in tours:
            if tour not in self.known:
                self.known[tour] = timed(self.field, tour)
        return [found for tour in tours if (found := self.known[tour]) is not None]

    def _tour(self, route: Any) -> Tour:
        """Return a route of pyvrp as a tour."""
        stops = [self.visit_of[one.idx] if one.is_client() else RELOAD for one in route.schedule()]
        return Tour(route.vehicle_type(), tuple(stops[1:-1]))

    def _solution(self, tours: Sequence[Timed]) -> Any:
        """Return tours as a solution of pyvrp: of the clients of a visit, the one in whose window it starts."""
        routes = []
        for one in tours:
            home = self.depot_of[self.field.crews[one.tour.crew].home]
            activities = [
                _pyvrp.Activity(_pyvrp.ActivityType.DEPOT, home) if stop == RELOAD else
                _pyvrp.Activity(_pyvrp.ActivityType.CLIENT, self._client(stop, start))
                for stop, start in zip(one.tour.stops, one.starts, strict=True)]
            routes.append(_pyvrp.Route(self.data, activities, one.tour.crew))
        return _pyvrp.Solution(self.data, routes)

    def _client(self, visit: int, start: int) -> int:
        rows = [row for row, known in enumerate(self.visit_of) if known == visit]
        return next((row for row in rows if self.data.client(row).tw_late >= start), rows[-1])


class _Pool:
    """The tours seen, the last ones last."""

    def __init__(self, model: _Model) -> None:
        self.model = model
        self.tours: dict[Tour, Timed] = {}

    def add(self, solution: Any) -> None:
        """Remember the tours of a solution."""
        for one in self.model.made(solution):
            self.tours[one.tour] = one

    def together(self, best: Any) -> list[Timed]:
        """Return the cheapest plan of all tours seen."""
        self.add(best)
        return _together(self.model.field, list(self.tours.values())[-_POOLED:], self.model.made(best))


def _together(field: Field, pool: Sequence[Timed], best: Sequence[Timed]) -> list[Timed]:
    """Return the cheapest plan that tours of the pool make: each visit at most once, no crew more often than it has
    heads. Only tours that may be in a better plan are looked at: those whose reduced cost in the relaxation is below
    the gap between it and the best plan known.
    """
    tours = list(dict.fromkeys([*best, *pool]))
    if len(tours) == len(best):
        return list(best)
    value = plan_cost(field, best)
    cost, rows = _programme(field, tours)
    size = len(cost)
    relaxed = linear.least(cost, rows, np.zeros(size), np.ones(size), np.zeros(size, bool), gap=0.0, most_nodes=0)
    reduced = cost - np.bincount(rows.column, weights=np.repeat(relaxed.row_dual, np.diff(rows.first)), minlength=size)
    order = np.argsort(reduced[:len(tours)], kind="stable")
    kept = [tours[column] for column in order[:_KEPT] if reduced[column] < value - relaxed.objective]
    kept = list(dict.fromkeys([*best, *kept]))
    cost, rows = _programme(field, kept)
    made = {stop for one in best for stop in one.tour.stops}
    start = np.array([float(column < len(best)) for column in range(len(kept))]
                     + [float(row not in made) for row in range(len(field.visits))])
    whole = np.ones(len(cost), bool)
    try:
        answer = linear.least(cost, rows, np.zeros(len(cost)), np.ones(len(cost)), whole, gap=1e-6, most_nodes=_NODES,
                              start=start)
    except linear.Unsolved:
        return list(best)
    return [one for one, share in zip(kept, answer.values[:len(kept)], strict=True) if share > 0.5]


def _programme(field: Field, tours: Sequence[Timed]) -> tuple[np.ndarray, linear.Rows]:
    """Return the cost of tours, then of leaving each visit out; and the rows that visits and crews make."""
    count, visits = len(tours), len(field.visits)
    entries: list[list[int]] = [[] for _ in range(visits + len(field.crews))]
    for column, one in enumerate(tours):
        for row in (*(stop for stop in one.tour.stops if stop != RELOAD), visits + one.tour.crew):
            entries[row].append(column)
    for visit in range(visits):
        entries[visit].append(count + visit)
    lengths = [len(row) for row in entries]
    return (np.array([one.cost for one in tours] + [visit.worth for visit in field.visits]), linear.Rows(
        np.concatenate([[0], np.cumsum(lengths)]), np.concatenate(entries).astype(np.int64), np.ones(sum(lengths)),
        np.array([1.0] * visits + [0.0] * len(field.crews)),
        np.array([1.0] * visits + [float(crew.heads) for crew in field.crews])))
