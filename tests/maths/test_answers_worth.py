"""More answers are worth what the textbook says where payoffs are normal, and never less for being more."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitre.maths.market.answers_worth import worth_of_answers


def unit_normal_loss(away: float) -> float:
    """Raiffa and Schlaifer (1961, section 5.4): the mean of what a standard normal lies beyond a point."""
    return NormalDist().pdf(away) - away * (1 - NormalDist().cdf(away))


@pytest.mark.parametrize(("mean", "deviation", "known", "more"), [(0.0, 1.0, 10, 10), (1.5, 2.0, 40, 160),
                                                                  (-3.0, 2.0, 25, 75), (0.5, 0.7, 8, math.inf)])
def test_two_choices_with_a_normal_payoff_have_a_closed_form(mean: float, deviation: float, known: int,
                                                             more: float) -> None:
    quantiles = (np.arange(20_000) + 0.5) / 20_000
    drawn = np.array([NormalDist(mean, deviation).inv_cdf(one) for one in quantiles])
    found, = worth_of_answers(np.column_stack([drawn, np.zeros_like(drawn)]), known, [more])
    told = deviation * (1.0 if math.isinf(more) else math.sqrt(more / (more + known)))
    assert found == pytest.approx(told * unit_normal_loss(abs(mean) / told), rel=2e-3)


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 500))
def test_more_is_never_worth_less_and_never_more_than_knowing_all(seed: int, choices: int, known: int) -> None:
    payoffs = np.random.default_rng(seed).normal(size=(50, choices)) * 10
    found = worth_of_answers(payoffs, known, [0, 1, 10, 100, 10_000, math.inf])
    assert found[0] == pytest.approx(0.0, abs=1e-9)
    assert (np.diff(found) >= -1e-9).all()
    assert found[-1] == pytest.approx(payoffs.max(axis=1).mean() - payoffs.mean(axis=0).max())


def test_draws_that_rest_on_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        worth_of_answers(np.zeros((3, 2)), 0, [1])
