"""Are times and costs of tours right, and the floor a floor? Against every order and every minute of leaving."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, combinations, pairwise, permutations, product

import numpy as np
import pytest

from arbitre.maths.places.tour_chances import chances_of
from arbitre.maths.places.tours import (
    NEVER,
    RELOAD,
    Crew,
    Field,
    Tour,
    Visit,
    insertions,
    lowest_cost,
    plan_cost,
    timed,
)
from arbitre.solvers.routes import Search, tours_of


def field(seed: int, visits: int = 4, crews: int = 2) -> Field:
    """A small field in minutes (a second is a minute): windows, some twice, lateness at a price, overtime, changes."""
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 12, (crews + visits, 2)).astype(float)
    ways = np.ceil(np.linalg.norm(points[:, None] - points[None], axis=2))
    told = []
    for row in range(visits):
        opens = int(rng.integers(0, 30))
        windows = ((opens, opens + 6), (opens + 12, opens + 15)) if rng.random() < 0.4 else ((opens, opens + 6),)
        may = frozenset(range(crews)) if rng.random() < 0.7 else frozenset({int(rng.integers(crews))})
        late = rng.random() < 0.5
        told.append(Visit(crews + row, int(rng.integers(1, 6)), windows, may, float(rng.integers(5, 60)),
                          late_cost=7.0, latest=windows[-1][1] + 8 if late else 0,
                          today=frozenset({int(rng.integers(crews))}) if rng.random() < 0.5 else None))
    crew = [Crew(row, row, 2 * row, 45, overtime=10, is_paid_by_shift=bool(seed % 2 and row), hour_cost=3600.0 * 0.4,
                 overtime_cost=3600.0 * 0.3) for row in range(crews)]
    return Field(tuple(told), tuple(crew), ways, ways, 1.0, change_cost=2.0)


def slowly(asked: Field, crew: int, stops: tuple[int, ...]) -> float:
    """Return the least cost of a tour over every minute of leaving and every window of every visit."""
    known, best = asked.crews[crew], np.inf
    if any(crew not in asked.visits[stop].crews for stop in stops):
        return best
    places = [known.place, *(asked.visits[stop].place for stop in stops), known.home]
    km = sum(asked.km[one, other] for one, other in pairwise(places))
    kinds = [[*asked.visits[stop].windows, None] for stop in stops]
    leaving = [known.starts] if known.is_paid_by_shift else range(known.starts, known.ends)
    for leave, chosen in product(leaving, product(*kinds)):
        now, here, cost = leave, known.place, km * asked.km_cost
        for stop, window in zip(stops, chosen, strict=True):
            visit = asked.visits[stop]
            now, here = now + asked.seconds[here, visit.place], visit.place
            early, end = (visit.windows[-1][1] + 1, visit.latest) if window is None else window
            now = max(now, early)
            if now > end:
                break
            cost += visit.late_cost * (window is None) + asked.change_cost * (
                visit.today is not None and crew not in visit.today)
            now += visit.work
        else:
            now += asked.seconds[here, known.home]
            if now <= known.ends + known.overtime:
                beyond = max(0.0, now - leave - (known.ends - known.starts))
                best = min(best, cost + (known.hour_cost * (now - leave) + known.overtime_cost * beyond) / 3600.0)
    return best


def orders(visits: int) -> Iterator[tuple[int, ...]]:
    """Yield every order of every choice of visits."""
    rows = range(visits)
    return chain.from_iterable(permutations(some) for size in range(1, visits + 1) for some in combinations(rows, size))


@pytest.mark.parametrize("seed", range(8))
def test_times_of_a_tour_are_the_best_of_every_minute_and_window(seed: int) -> None:
    asked = field(seed, visits=3)
    for crew, stops in product(range(2), orders(3)):
        found, least = timed(asked, Tour(crew, stops)), slowly(asked, crew, stops)
        assert (found is None) == (least == np.inf), (crew, stops)
        if found is not None:
            assert found.cost == pytest.approx(least), (crew, stops)


@pytest.mark.parametrize("seed", range(6))
def test_the_search_finds_the_best_of_all_plans_and_the_floor_is_below(seed: int) -> None:
    asked = field(seed)
    cost_of = {(crew, frozenset(stops)): np.inf for crew in range(2) for stops in orders(4)}
    for crew, stops in product(range(2), orders(4)):
        found = timed(asked, Tour(crew, stops))
        key = (crew, frozenset(stops))
        cost_of[key] = min(cost_of[key], np.inf if found is None else found.cost)
    best = np.inf
    for who in product((None, 0, 1), repeat=4):
        sets = [frozenset(row for row in range(4) if who[row] == crew) for crew in range(2)]
        cost = sum(cost_of[crew, rows] for crew, rows in enumerate(sets) if rows)
        best = min(best, cost + sum(asked.visits[row].worth for row in range(4) if who[row] is None))
    found = tours_of(asked, Search(150), 1)
    assert plan_cost(asked, found) == pytest.approx(best)
    assert lowest_cost(asked) <= best + 1e-9


def test_without_a_visit_the_others_never_cost_more_and_wider_windows_never_do() -> None:
    for seed in range(3):
        asked = field(seed)
        full = plan_cost(asked, tours_of(asked, Search(150), 1))
        gone = replace(asked, visits=(replace(asked.visits[0], crews=frozenset(), worth=0.0), *asked.visits[1:]))
        wide = replace(asked, visits=tuple(
            replace(visit, windows=((visit.windows[0][0], visit.windows[-1][1]),)) for visit in asked.visits))
        assert plan_cost(gone, tours_of(gone, Search(150), 1)) <= full + 1e-9
        assert plan_cost(wide, tours_of(wide, Search(150), 1)) <= full + 1e-9


def test_insertions_are_all_places_and_their_cost_is_what_the_plan_gains() -> None:
    asked = replace(field(2), visits=tuple(replace(visit, crews=frozenset({0, 1})) for visit in field(2).visits))
    one = timed(asked, Tour(0, (1,)))
    assert one is not None
    ways = list(insertions(asked, [one], 0))
    tours = [Tour(0, (0, 1)), Tour(0, (1, 0)), Tour(1, (0,))]
    possible = [found for tour in tours if (found := timed(asked, tour)) is not None]
    assert [found for _, found, _ in ways] == possible
    for adds, found, row in ways:
        assert adds == pytest.approx(found.cost - (one.cost if row == 0 else 0.0))


def test_trips_reload_and_wait_for_what_they_bring() -> None:
    ways = np.array([[0.0, 10.0, 10.0], [10.0, 0.0, 5.0], [10.0, 5.0, 0.0]])
    visits = tuple(Visit(place, 5, ((0, 500),), frozenset({0}), 99.0, load=2, ready=ready)
                   for place, ready in ((1, 0), (2, 100)))
    asked = Field(visits, (Crew(0, 0, 0, 300, room=3, reloads=1, turn=4),), ways, ways, 1.0)
    assert timed(asked, Tour(0, (0, 1))) is None
    found = timed(asked, Tour(0, (0, RELOAD, 1)))
    assert found is not None
    assert (found.leaves[1], found.arrives[2], found.back_at, found.km) == (100, 110, 125, 40.0)
    assert timed(replace(asked, crews=(replace(asked.crews[0], reloads=0),)), Tour(0, (0, RELOAD, 1))) is None


def test_no_way_is_no_way() -> None:
    ways = np.array([[0.0, NEVER], [NEVER, 0.0]])
    asked = Field((Visit(1, 5, ((0, 500),), frozenset({0}), 99.0),), (Crew(0, 0, 0, 300),), ways, ways * 0, 1.0)
    assert timed(asked, Tour(0, (0,))) is None
    assert lowest_cost(asked) == 99.0
    assert tours_of(asked, Search(20), 1) == []


def test_chances_are_sure_without_spread_and_one_half_where_the_window_closes_at_the_median() -> None:
    ways = np.array([[0.0, 100.0], [100.0, 0.0]])
    median = 100.0 / np.sqrt(1.0 + 0.3**2)
    asked = Field((Visit(1, 5, ((0, 100),), frozenset({0}), 99.0, late_cost=8.0),),
                  (Crew(0, 0, 0, 300, is_paid_by_shift=True),), ways, ways, 1.0)
    one = timed(asked, Tour(0, (0,)))
    assert one is not None
    works, rng = np.full((1, 20_000), 5.0), np.random.default_rng(1)
    sure = chances_of(asked, one, works, 0.0, rng)
    assert (sure.kept.tolist(), sure.back, sure.cost) == ([1.0], 1.0, one.cost)
    tight = replace(asked, visits=(replace(asked.visits[0], windows=((0, round(median)),)),))
    chance = chances_of(tight, one, works, 0.3, rng)
    assert chance.kept[0] == pytest.approx(0.5, abs=0.02)
    assert chance.cost == pytest.approx(one.cost + 8.0 * (1.0 - chance.kept[0]))
