"""Shares of a budget: whole steps against every combination, the bound never below."""

from itertools import product

import numpy as np
import pytest

from arbitre.maths.market.shares_of_budget import Response, shared


def test_the_hull_leaves_out_what_is_never_worth_its_money() -> None:
    response = Response(np.array([0.0, 1, 2, 3, 4, 5]), np.array([0.0, 1, 4, 4.5, 6, 5]))
    assert response.hull() == [0, 2, 4]
    assert response.margins(0) == (None, 2.0)
    assert response.margins(2) == (2.0, 1.0)
    assert response.margins(4) == (1.0, None)


def test_every_combination_lies_below_the_bound_and_concave_ones_close_to_the_plan() -> None:
    luck = np.random.default_rng(1)
    for trial in range(60):
        responses = []
        for _ in range(3):
            cost = np.cumsum(luck.integers(1, 4, 5)).astype(float)
            worth = np.cumsum(np.sort(luck.random(5))[::-1]) if trial % 2 else luck.random(5) * 4
            responses.append(Response(cost, worth))
        least = sum(one.cost[0] for one in responses)
        budget = least + luck.uniform(0, 15)
        found = shared(responses, budget)
        best = max(sum(one.worth[at] for one, at in zip(responses, points, strict=True))
                   for points in product(range(5), repeat=3)
                   if sum(one.cost[at] for one, at in zip(responses, points, strict=True)) <= budget)
        plan = sum(one.worth[at] for one, at in zip(responses, found.points, strict=True))
        assert sum(one.cost[at] for one, at in zip(responses, found.points, strict=True)) <= budget + 1e-9
        assert plan <= best + 1e-9 <= found.bound + 2e-9


def test_the_worth_of_the_budget_is_what_one_more_unit_brings() -> None:
    responses = [Response(np.arange(11.0), 10 * np.sqrt(np.arange(11.0))), Response(np.arange(11.0), np.arange(11.0))]
    found = shared(responses, 8.0)
    assert found.points == [8, 0]
    assert found.worth == pytest.approx(shared(responses, 8.5).bound * 2 - found.bound * 2)
    assert shared(responses, 30.0).worth == 0.0
    with pytest.raises(ValueError, match="more than the budget"):
        shared([Response(np.array([2.0, 3.0]), np.array([1.0, 2.0]))], 1.0)
