"""Erlang's loss system against its definition."""

import math

import pytest

from arbitre.maths.stock.loss import loss_measures


@pytest.mark.parametrize("load", [0.0, 0.1, 1.0, 4.5, 20.0])
@pytest.mark.parametrize("level", [0, 1, 4, 15])
def test_the_recursion_is_the_truncated_poisson_law(load: float, level: int) -> None:
    weights = [load**units / math.factorial(units) for units in range(level + 1)]
    lost, on_hand = loss_measures(load, level)
    assert lost == pytest.approx(weights[-1] / sum(weights), rel=1e-12, abs=1e-300)
    expected = sum(weight * (level - units) for units, weight in enumerate(weights)) / sum(weights)
    assert on_hand == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_load_of_one_on_four_units() -> None:
    assert 1 - loss_measures(1.0, 4)[0] == pytest.approx(64 / 65)


def test_a_load_beyond_any_factorial() -> None:
    # In heavy traffic the loss tends to sqrt(2 / (pi a)) where the level equals the load (Jagerman 1974).
    assert loss_measures(1e6, 1_000_000)[0] == pytest.approx(math.sqrt(2 / (math.pi * 1e6)), rel=1e-3)
