"""Chances that one and two visits are in time: against closed forms and against drawn times."""

import numpy as np
import pytest

from arbitre.maths.work.duration_laws import DurationLaw
from arbitre.maths.work.queueing import mean_wait, single_server_wait, wait_exceeds
from arbitre.maths.work.visits import Wait, in_time, wait_for


def test_the_wait_is_that_of_the_closed_forms() -> None:
    wait = wait_for(3, 1.2, 2.0, 8.0)  # exponential: the square is twice the squared mean
    assert wait
    assert wait.delayed * np.exp(-wait.decay * 1.5) == pytest.approx(wait_exceeds(3, 1.2, 2.0, 1.5), rel=1e-12)
    assert wait.delayed / wait.decay == pytest.approx(mean_wait(3, 1.2, 2.0), rel=1e-12)
    fixed = wait_for(1, 0.4, 2.0, 4.0)  # one head: Pollaczek and Khinchine, whatever the law
    assert fixed
    assert fixed.delayed / fixed.decay == pytest.approx(single_server_wait(0.4, 2.0, 4.0), rel=1e-12)


def test_heads_that_cannot_keep_up_and_work_that_never_comes() -> None:
    assert wait_for(2, 1.0, 2.0, 8.0) is None
    assert wait_for(0, 0.0, 0.0, 0.0) == Wait(0.0, 1.0)


@pytest.mark.parametrize("law", [DurationLaw("erlang", 2.0), DurationLaw("lognormal", 2.0, 0.7),
                                 DurationLaw("erlang", 2.0, 0.5, 4), DurationLaw("observed", 2.0, values=(1.0, 3.0))])
def test_one_and_two_visits_are_in_time_as_often_as_drawn_ones(law: DurationLaw) -> None:
    rng, wait, draws = np.random.default_rng(1), Wait(0.4, 0.5), 200_000

    def waits() -> np.ndarray:
        return np.where(rng.random(draws) < wait.delayed, rng.exponential(1 / wait.decay, draws), 0.0)

    def works() -> np.ndarray:
        if law.kind == "observed":
            return rng.choice(law.values, draws)
        if law.kind == "lognormal":
            scale = np.sqrt(np.log1p(law.variation**2))
            return law.mean * np.exp(scale * rng.standard_normal(draws) - scale**2 / 2)
        return rng.gamma(law.stages, law.mean / law.stages, draws)

    told = in_time(wait, law, (law, law), 16.0)
    one, two = waits() + works(), waits() + works() + waits() + works()
    for hours in (1.7, 4.2, 9.3, 16.0):
        assert told.within(hours, 1) == pytest.approx((one <= hours).mean(), abs=0.005)
        assert told.within(hours, 2) == pytest.approx((two <= hours).mean(), abs=0.005)
    assert told.within(-1.0, 1) == 0.0


def test_the_square_of_a_law_is_that_of_its_kind() -> None:
    assert DurationLaw("constant", 3.0).square == 9.0
    assert DurationLaw("erlang", 3.0, 0.5, 4).square == pytest.approx(9.0 * 1.25)
    assert DurationLaw("lognormal", 3.0, 2.0).square == pytest.approx(45.0)
    assert DurationLaw("observed", 2.0, values=(1.0, 3.0)).square == 5.0
