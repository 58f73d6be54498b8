"""Heads for a load that changes over the day."""

import numpy as np
import pytest

from arbitre.maths.work.queueing import erlang_a
from arbitre.maths.work.staffing import offered_load
from arbitre.maths.work.transient import delayed_shares, laws_over
from benchmarks.staffing import corrected_heads, heads_for


def test_offered_load_is_that_of_an_endless_crew() -> None:
    rate = np.array([0.0, 12.0, 3.0, 7.0])
    law = np.zeros(81)
    law[0] = 1.0
    for _ in range(20):  # heads for everybody: the number present has the modified offered load as its mean
        starts, means = laws_over(rate, np.full(4, 80), 2.0, 0.0, 0.5, law)
        law = starts[-1]
    assert offered_load(rate, 0.5, 0.5) == pytest.approx(means @ np.arange(81), rel=1e-6)


def test_a_steady_load_is_rate_times_work() -> None:
    assert offered_load(np.full(6, 8.0), 0.75, 0.25) == pytest.approx(np.full(6, 6.0))


def test_least_heads_keep_the_target_and_one_less_does_not() -> None:
    heads = heads_for(np.array([0.0, 0.4, 6.0, 33.0]), 0.5, 1.5, 0.2)
    assert heads[0] == 0
    for load, each in zip((0.4, 6.0, 33.0), heads[1:], strict=True):
        assert erlang_a(int(each), load / 0.5, 0.5, 1.5).delayed <= 0.2
        assert erlang_a(int(each) - 1, load / 0.5, 0.5, 1.5).delayed > 0.2


def test_corrected_heads_keep_the_target_in_every_period_with_no_head_to_spare() -> None:
    rate, law = np.array([0.0, 8.0, 40.0, 5.0, 0.0, 30.0]), np.zeros(101)
    law[0] = 1.0
    heads = corrected_heads(rate, 2.0, 1.0, 0.25, law.copy(), 0.2, 100)

    def delayed(chosen: np.ndarray) -> np.ndarray:
        return delayed_shares(laws_over(rate, chosen, 2.0, 1.0, 0.25, law)[1], chosen)

    assert heads[0] == 0
    assert (delayed(heads)[1:] <= 0.2).all()
    for period in np.flatnonzero(heads):
        fewer = heads.copy()
        fewer[period] -= 1
        assert delayed(fewer)[period] > 0.2
