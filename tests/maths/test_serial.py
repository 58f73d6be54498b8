"""Stages in a row, against direct sums and integrals over what every stage may be asked."""

import itertools
import math

import numpy as np
import pytest

from arbitre.core.errors import UsageError
from arbitre.maths.stock.newsvendor import normal_newsvendor, normal_shortage
from arbitre.maths.stock.serial import SerialPlan, best_serial, serial_cost
from tests.maths.test_lead_time_demand import poisson


def poisson_cost(levels: tuple[int, ...], holding: list[float], times: list[float], shortage: float, rate: float
                 ) -> float:
    """Go down the stages: what reaches one is the less of its level and what is left of the one above."""
    pmfs = [poisson(rate * time, 30) for time in times]
    chances = {levels[-1]: 1.0}
    total = 0.0
    for stage in range(len(levels) - 1, -1, -1):
        after: dict[int, float] = {}
        for position, chance in chances.items():
            for asked, probability in enumerate(pmfs[stage]):
                after[position - asked] = after.get(position - asked, 0.0) + chance * probability
        total += holding[stage] * sum(chance * left for left, chance in after.items())
        if stage == 0:
            total += (shortage + sum(holding)) * sum(chance * max(-left, 0) for left, chance in after.items())
        else:
            chances = {}
            for left, chance in after.items():
                position = min(left, levels[stage - 1])
                chances[position] = chances.get(position, 0.0) + chance
    return total


def normal_cost(levels: list[float], holding: list[float], times: list[float], shortage: float, rate: float,
                deviation: float) -> float:
    """Go up the stages by Gauss-Legendre sums, split where a level binds."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    owed = shortage + sum(holding)

    def below(stage: int, position: float) -> float:
        mean, spread = rate * times[stage], deviation * math.sqrt(times[stage])
        if stage == 0:
            return holding[0] * (position - mean) + owed * normal_shortage(position, mean, spread)
        low, high = mean - 8.0 * spread, mean + 8.0 * spread
        split = min(max(position - levels[stage - 1], low), high)
        total = holding[stage] * (position - mean)
        for start, end in ((low, split), (split, high)):
            for node, weight in zip(nodes, weights, strict=True):
                demand = start + (end - start) * (node + 1) / 2
                density = math.exp(-0.5 * ((demand - mean) / spread) ** 2) / (spread * math.sqrt(2 * math.pi))
                if weight * density * (end - start) > 1e-13:
                    reached = min(levels[stage - 1], position - demand)
                    total += (end - start) / 2 * weight * density * below(stage - 1, reached)
        return total

    return below(len(levels) - 1, levels[-1])


POISSON = [
    ([1.0, 2.0], [1.0, 0.5], 12.0, 3.0),
    ([3.0, 0.5], [0.3, 1.5], 40.0, 2.0),
    ([2.0, 1.0, 0.5], [0.5, 0.7, 0.4], 20.0, 1.5),
    ([2.0, 1.0, 1.0], [0.5, 0.0, 0.8], 20.0, 2.0),
]


@pytest.mark.parametrize(("holding", "times", "shortage", "rate"), POISSON)
def test_no_poisson_levels_cost_less(holding: list[float], times: list[float], shortage: float, rate: float) -> None:
    plan = best_serial(holding, times, shortage, rate)
    best = tuple(int(level) for level in plan.levels)
    assert plan.cost == pytest.approx(poisson_cost(best, holding, times, shortage, rate), rel=1e-9)
    for change in itertools.product((-1, 0, 1), repeat=len(holding)):
        levels = tuple(int(level) + step for level, step in zip(plan.levels, change, strict=True))
        cost = poisson_cost(levels, holding, times, shortage, rate)
        assert plan.cost <= cost + 1e-9
        assert serial_cost(levels, holding, times, shortage, rate) == pytest.approx(cost, rel=1e-9)


@pytest.mark.parametrize("levels", [(-3, 2), (9, 4), (4, 40), (0, -2)])
def test_far_levels_cost_what_they_cost(levels: tuple[int, int]) -> None:
    holding, times, shortage, rate = POISSON[0]
    assert serial_cost(levels, holding, times, shortage, rate) == pytest.approx(
        poisson_cost(levels, holding, times, shortage, rate), rel=1e-9)


@pytest.mark.parametrize(("holding", "times"), [([3.0, 2.0], [1.0, 2.0]), ([3.0, 2.0, 2.0], [1.0, 1.0, 2.0])])
def test_normal_costs_equal_nested_integrals(holding: list[float], times: list[float]) -> None:
    arguments = (holding, times, 37.12, 5.0, 1.0)
    plan = best_serial(*arguments)
    assert plan.cost == pytest.approx(normal_cost(list(plan.levels), *arguments), rel=1e-8)
    for stage, step in itertools.product(range(len(holding)), (-0.05, 0.05)):
        levels = list(plan.levels)
        levels[stage] += step
        assert plan.cost < normal_cost(levels, *arguments)
    far = [plan.levels[0] - 1.0, plan.levels[1] + 2.0, *plan.levels[2:]]
    assert serial_cost(far, *arguments) == pytest.approx(normal_cost(far, *arguments), rel=1e-4)


def test_one_stage_is_a_newsvendor() -> None:
    plan = best_serial([2.0], [4.0], 30.0, 5.0, 1.5)
    level, cost = normal_newsvendor(2.0, 30.0, 20.0, 3.0)
    assert plan.levels[0] == pytest.approx(float(level), rel=1e-8)
    assert plan.cost == pytest.approx(float(cost), rel=1e-9)


@pytest.mark.parametrize("deviation", [None, 8.0])
def test_a_last_stage_without_lead_time_holds_nothing_and_changes_nothing(deviation: float | None) -> None:
    plan = best_serial([2.0, 3.0], [0.0, 1.0], 24.0, 64.0, deviation)
    alone = best_serial([3.0], [1.0], 24.0, 64.0, deviation)
    assert plan == SerialPlan((0.0, *alone.levels), alone.cost)


def test_a_last_stage_with_hardly_any_lead_time_is_near() -> None:
    alone = best_serial([3.0], [1.0], 24.0, 64.0, 8.0)
    assert best_serial([2.0, 3.0], [1e-12, 1.0], 24.0, 64.0, 8.0).cost == pytest.approx(alone.cost, rel=1e-4)


def test_without_demand_or_time_nothing_is_held() -> None:
    assert best_serial([2.0, 3.0], [1.0, 1.0], 24.0, 0.0) == SerialPlan((0.0, 0.0), 0.0)
    assert best_serial([2.0, 3.0], [0.0, 0.0], 24.0, 64.0, 8.0) == SerialPlan((0.0, 0.0), 0.0)


def test_a_level_above_the_next_never_binds() -> None:
    assert SerialPlan((9.0, 7.0, 12.0), 0.0).local_levels == (7.0, 0.0, 5.0)


@pytest.mark.parametrize(
    ("levels", "arguments", "said"),
    [
        (None, ([1.0, 1.0], [1.0], 1.0, 1.0), "for each stage"),
        (None, ([], [], 1.0, 1.0), "for each stage"),
        (None, ([1.0, 0.0], [1.0, 1.0], 1.0, 1.0), "above 0"),
        (None, ([1.0], [1.0], 1.0, 1.0, 0.0), "above 0"),
        (None, ([1.0], [math.inf], 1.0, 1.0), "finite"),
        (None, ([1.0], [1.0], 1.0, 1e9), "as normal"),
        ([1.0, 2.0], ([1.0], [1.0], 1.0, 1.0), "level for each stage"),
        ([1.5], ([1.0], [1.0], 1.0, 1.0), "whole levels"),
        ([1.0], ([1.0], [0.0], 1.0, 1.0), "Leave out"),
    ],
)
def test_wrong_questions_are_told(levels: list[float] | None, arguments: tuple, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        best_serial(*arguments) if levels is None else serial_cost(levels, *arguments)
