"""The search for sites: enumeration on small cases, bounds that hold, distances on the globe."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from arbitre.maths.places.location import EARTH_RADIUS, Location, great_circle, located, value_of


def drawn(seed: int, sites: int = 9, places: int = 20, most: int = 3, opening: float = 0.0) -> Location:
    rng = np.random.default_rng(seed)
    points, asked = rng.random((sites, 2)), rng.random((places, 2))
    cost = np.linalg.norm(points[:, None] - asked[None], axis=2) * rng.integers(1, 9, places)
    return Location(cost, opening * rng.random(sites), np.zeros(sites, dtype=np.bool_), most)


def cheapest(asked: Location) -> float:
    """The least value over all choices of sites."""
    every = range(len(asked.opening))
    choices = (np.isin(every, choice) for count in range(1, asked.most + 1) for choice in combinations(every, count))
    return min(value_of(asked, is_open) for is_open in choices if is_open[asked.kept].all())


def solve(asked: Location, effort: float = 1e7) -> Any:
    return located(asked, np.random.default_rng(1), effort)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("most", "opening"), [(1, 0.0), (3, 0.0), (9, 5.0), (4, 20.0)])
def test_the_value_is_that_of_enumeration_and_the_bound_is_below(seed: int, most: int, opening: float) -> None:
    asked = drawn(seed, most=most, opening=opening)
    choice = solve(asked)
    assert choice.value == pytest.approx(cheapest(asked), rel=1e-12)
    assert choice.value == value_of(asked, choice.is_open)
    assert choice.bound <= choice.value
    assert choice.bound >= 0.9 * choice.value


@pytest.mark.parametrize("seed", range(6))
def test_kept_sites_stay_open_whatever_they_cost(seed: int) -> None:
    asked = drawn(seed, most=4, opening=30.0)
    kept = np.arange(9) < 2
    held = Location(asked.cost, asked.opening, kept, 4)
    choice = solve(held)
    assert choice.is_open[kept].all()
    assert choice.value == pytest.approx(cheapest(held), rel=1e-12)
    assert choice.bound <= choice.value


def test_whole_costs_close_the_gap_that_fractions_leave() -> None:
    """Three places round a triangle of sites: half of each serves all at 1.5, whole sites at 2 of which no less."""
    cost = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    whole = solve(Location(cost, np.ones(3), np.zeros(3, dtype=np.bool_), 3))
    assert (whole.value, whole.bound) == (2.0, 2.0)
    part = solve(Location(1.1 * cost, 1.1 * np.ones(3), np.zeros(3, dtype=np.bool_), 3))
    assert part.value == pytest.approx(2.2)
    assert part.bound == pytest.approx(1.65, rel=1e-2)


def test_a_single_site_and_as_many_as_there_are() -> None:
    asked = drawn(1)
    one = solve(Location(asked.cost[:1], asked.opening[:1], asked.kept[:1], 1))
    assert (one.value, one.bound) == (pytest.approx(asked.cost[0].sum()), pytest.approx(asked.cost[0].sum()))
    every = solve(Location(asked.cost, asked.opening, asked.kept, 9))
    assert every.value == pytest.approx(asked.cost.min(axis=0).sum())


def test_great_circles_of_known_length() -> None:
    """A quarter of the equator, pole to pole, and Paris to New York (5,837 km between the city centres)."""
    ends = great_circle(np.array([0.0, 90.0, 48.8566]), np.array([0.0, 0.0, 2.3522]),
                        np.array([0.0, -90.0, 40.7128]), np.array([90.0, 0.0, -74.0060]))
    assert ends[0, 0] == pytest.approx(np.pi / 2 * EARTH_RADIUS)
    assert ends[1, 1] == pytest.approx(np.pi * EARTH_RADIUS)
    assert ends[2, 2] == pytest.approx(5837, abs=2)
