"""Last buys, against enumeration of every policy, sums over the law, and the closed form of slow Poisson demand."""

import itertools
import math
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from arbitre.maths.stock.inventory import pipeline_pmf
from arbitre.maths.stock.last_buy import life_costs, newsvendor

NEVER = math.inf


class Case(NamedTuple):
    means: tuple[float, ...]
    dispersion: float
    prices: tuple[float, ...]
    shorts: tuple[float, ...]
    holding: float = 0.0
    discount: float = 1.0
    survival: float = 1.0
    salvage: float = 0.0


CASES = {
    "one price, then none": Case((0.8, 0.5, 0.3), 1.0, (1.0, NEVER, NEVER), (4.0,) * 3, 0.05, 0.95, 1.0, 0.2),
    "a dearer source later": Case((0.8, 0.5, 0.3), 1.0, (1.0, 2.0, 2.5), (6.0,) * 3, 0.1, 0.9, 1.0, 0.1),
    "lumpy, and it may die": Case((0.6, 0.6, 0.6), 2.5, (1.0, 1.5, NEVER), (5.0, 5.0, 7.0), 0.02, 0.97, 0.8, 0.3),
    "no order today": Case((0.4, 0.9), 1.0, (NEVER, 1.2), (3.0, 3.0), 0.0, 1.0, 0.9, 0.0),
    "missing costs less than buying": Case((1.0, 1.0), 1.0, (2.0, 2.0), (1.5, 1.5), 0.0, 1.0, 1.0, 0.1),
}


def costs_of(case: Case, most: int) -> tuple[np.ndarray, np.ndarray]:
    means, prices, shorts = (np.array(column) for column in (case.means, case.prices, case.shorts))
    return life_costs(means, case.dispersion, prices, shorts, *case[4:], most)


def law(case: Case, period: int, size: int = 120) -> np.ndarray:
    return pipeline_pmf(case.means[period], case.dispersion * case.means[period], size)


def of_policy(case: Case, policy: dict[tuple[int, int], int], units: int) -> float:
    """The expected cost of a policy, (period, units) -> level, from `units` after buying in the first period.

    Straight from the definition: every path of demand, its probability, what is paid on it.
    """

    def paid(period: int, level: int) -> float:
        total = 0.0
        for asked, chance in enumerate(law(case, period)):
            left = max(level - asked, 0)
            alive = -case.salvage * left
            if period + 1 < len(case.means):
                after = policy[period + 1, left]
                bought = after - left
                alive = paid(period + 1, after) + (case.prices[period + 1] * bought if bought else 0.0)
            dead = -case.salvage * left
            later = case.survival * alive + (1 - case.survival) * dead
            total += chance * (case.shorts[period] * max(asked - level, 0) + case.holding * left
                               + case.discount * later)
        return total

    paid = cache(paid)
    return paid(0, units)


def policies(case: Case, most: int) -> list[dict[tuple[int, int], int]]:
    """Every way to buy in the later periods, up to `most` units on the shelf."""
    states = [(period, units) for period in range(1, len(case.means)) for units in range(most + 1)]
    choices = [range(units, most + 1) if math.isfinite(case.prices[period]) else [units] for period, units in states]
    return [dict(zip(states, levels, strict=True)) for levels in itertools.product(*choices)]


@pytest.mark.parametrize("name", CASES)
def test_the_program_is_the_best_of_every_policy(name: str) -> None:
    case, most = CASES[name], 2
    costs, _ = costs_of(case, most)
    for units in range(most + 1):
        best = min(of_policy(case, policy, units) for policy in policies(case, most))
        assert costs[units] == pytest.approx(best, rel=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_the_levels_found_bring_the_costs_found(name: str) -> None:
    case, most = CASES[name], 8
    costs, levels = costs_of(case, most)
    up_to = {(period, units): max(units, int(levels[period])) for period in range(1, len(levels))
             for units in range(most + 1)}
    for units in range(most + 1):
        assert costs[units] == pytest.approx(of_policy(case, up_to, units), rel=1e-12)
    if math.isfinite(case.prices[0]):
        assert levels[0] == np.argmin(costs + case.prices[0] * np.arange(most + 1))


def test_without_later_buys_a_unit_is_worth_what_it_saves_when_it_is_used() -> None:
    """The k-th unit goes in the period in which the sum of demands reaches k: sums over the law, without recursion."""
    means, dispersion, short, holding, discount, survival, salvage = np.full(9, 0.7), 1.8, 5.0, 0.1, 0.95, 0.9, 0.3
    costs, _ = life_costs(means, dispersion, np.full(9, NEVER), np.full(9, short), holding, discount, survival,
                          salvage, 12)
    for unit in range(1, 13):
        reached = np.array([1 - pipeline_pmf(m, dispersion * m, unit).sum() for m in np.cumsum(means)])
        used = np.diff(reached, prepend=0.0)
        left = 1 - reached
        kept = discount ** np.arange(9) * survival ** np.arange(9)
        worth = (kept * (short * used - holding * left)).sum()
        worth += (kept * discount * (1 - survival) * salvage * left).sum()
        worth += kept[-1] * discount * survival * salvage * left[-1]
        assert costs[unit - 1] - costs[unit] == pytest.approx(worth, rel=1e-10)


def test_fine_periods_come_to_the_closed_form_of_poisson_demand() -> None:
    """Rosenfield 1989: the k-th unit waits for k arrivals, E exp(-r wait) = (rate / (rate + r))^k; here over 80 years.

    Holding h a year until it is used costs h (1 - that) / r, and what is left after so long counts for nothing.
    """
    rate, yearly, holding, price = 0.9, 0.15, 0.05, 1.0
    per_year = 200
    periods = 80 * per_year
    costs, _ = life_costs(np.full(periods, rate / per_year), 1.0, np.full(periods, NEVER), np.full(periods, price),
                          holding / per_year, math.exp(-yearly / per_year), 1.0, 0.0, 6)
    for unit in range(1, 7):
        waits = (rate / (rate + yearly)) ** unit
        exact = price * waits - holding * (1 - waits) / yearly
        assert costs[unit - 1] - costs[unit] == pytest.approx(exact, abs=0.002)


@pytest.mark.parametrize(("mean", "variance"), [(0.0, 0.0), (0.2, 0.2), (3.0, 3.0), (3.0, 11.0), (800.0, 2400.0)])
@pytest.mark.parametrize(("under", "over"), [(1.0, 9.0), (3.0, 1.0), (99.0, 1.0), (0.0, 1.0)])
def test_newsvendor_is_the_least_level_that_covers(mean: float, variance: float, under: float, over: float) -> None:
    covered = np.cumsum(pipeline_pmf(mean, variance, int(mean + 60 * math.sqrt(variance)) + 80))
    assert newsvendor(mean, variance, under, over) == np.argmax(covered >= under / (under + over) - 1e-13)


def test_newsvendor_ends_when_a_unit_too_many_costs_nothing() -> None:
    assert 20 < newsvendor(4.0, 4.0, 1.0, 0.0) < 60


def test_a_single_period_is_the_newsvendor() -> None:
    """Buying at 1, missing 8, left over 0.3: too few cost 7, too many 0.7."""
    costs, levels = costs_of(Case((6.5,), 1.7, (1.0,), (8.0,), salvage=0.3), 60)
    assert levels[0] == newsvendor(6.5, 1.7 * 6.5, 7.0, 0.7) == np.argmin(costs + np.arange(61))


def test_large_demand_is_counted_to_the_last_unit() -> None:
    """Sums of backorders: E(D - y)+ of a normal-like law of mean 900 at its mean is about 0.4 standard deviations."""
    costs, _ = life_costs(np.array([900.0]), 1.0, np.array([NEVER]), np.array([1.0]), 0.0, 1.0, 1.0, 0.0, 1000)
    assert costs[0] == pytest.approx(900.0)
    assert costs[900] == pytest.approx(30 / math.sqrt(2 * math.pi), rel=1e-3)
    assert 0 <= costs[1000] < 0.1
