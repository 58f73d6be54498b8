"""Linear programmes: against brute force, and what is refused."""

from itertools import product

import numpy as np
import pytest

from arbitre.solvers.linear import Infeasible, Rows, least


def dense(coefficients: list[list[float]], lower: list[float], upper: list[float]) -> Rows:
    width = len(coefficients[0])
    return Rows(
        np.arange(len(coefficients) + 1) * width, np.tile(np.arange(width), len(coefficients)),
        np.ravel(coefficients), np.array(lower), np.array(upper))


@pytest.mark.parametrize("seed", range(60))
def test_whole_numbers_cost_what_trying_all_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cost, gains = rng.uniform(1, 9, 8), rng.uniform(0, 5, (2, 8))
    need = rng.uniform(1, 12, 2)
    choices = np.array(list(product((0, 1), repeat=8)))
    kept = (choices @ gains.T >= need).all(axis=1)
    rows = dense(gains.tolist(), need.tolist(), [np.inf, np.inf])
    if not kept.any():
        with pytest.raises(Infeasible):
            least(cost, rows, np.zeros(8), np.ones(8), np.ones(8, bool), gap=0.0, most_nodes=1000)
        return
    answer = least(cost, rows, np.zeros(8), np.ones(8), np.ones(8, bool), gap=0.0, most_nodes=1000)
    optimum = (choices @ cost)[kept].min()
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(optimum, abs=1e-6)
    assert answer.bound <= optimum + 1e-6
    relaxed = least(cost, rows, np.zeros(8), np.ones(8), np.zeros(8, bool), gap=0.0, most_nodes=1)
    assert relaxed.bound <= answer.objective + 1e-9


def test_a_diet_by_hand() -> None:
    # 2x + y >= 4 and x + 3y >= 6 meet at (1.2, 1.6).
    rows = dense([[2.0, 1.0], [1.0, 3.0]], [4.0, 6.0], [np.inf, np.inf])
    answer = least(np.array([1.0, 1.0]), rows, np.zeros(2), np.full(2, 9.0), np.zeros(2, bool), gap=0.0, most_nodes=1)
    assert answer.values == pytest.approx([1.2, 1.6])
    assert answer.row_dual == pytest.approx([0.4, 0.2])
    assert answer.bound == answer.objective == pytest.approx(2.8)


def test_every_fault_is_named() -> None:
    rows = Rows(np.array([0, 3]), np.array([0, 5]), np.array([1.0, np.nan]), np.zeros(1), np.zeros(2))
    with pytest.raises(ValueError, match=r"upper has shape.*finite.*as many lower.*rise from 0 to 2.*between 0 and 1"):
        least(np.zeros(2), rows, np.zeros(2), np.ones(3), np.zeros(2, bool), gap=0.0, most_nodes=1)


def test_values_to_begin_with_are_kept_where_there_is_no_time_to_look_further() -> None:
    rng = np.random.default_rng(1)
    cost, rows = -rng.uniform(1, 9, 30), dense([rng.uniform(1, 9, 30).tolist()], [-np.inf], [40.0])
    best = least(cost, rows, np.zeros(30), np.ones(30), np.ones(30, bool), gap=0.0, most_nodes=10_000)
    again = least(cost, rows, np.zeros(30), np.ones(30), np.ones(30, bool), gap=0.0, most_nodes=1, start=best.values)
    assert again.objective == pytest.approx(best.objective)
    with pytest.raises(ValueError, match="start has shape"):
        least(cost, rows, np.zeros(30), np.ones(30), np.ones(30, bool), gap=0.0, most_nodes=1, start=np.zeros(3))
