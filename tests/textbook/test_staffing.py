"""Published answers on crews: Erlang's formulas, Larson's two units, and the day of two peaks."""

import numpy as np
import pytest

from arbitre.maths.stock.loss import loss_measures
from arbitre.maths.stock.repair import delayed_share
from arbitre.maths.work.hypercube import dispatch
from arbitre.maths.work.queueing import erlang_a, mean_wait
from arbitre.maths.work.transient import advance
from benchmarks.staffing import measured


@pytest.mark.parametrize(("lines", "load", "blocked"), [(10, 5.0, 0.0184), (20, 12.0, 0.0098), (1, 1.0, 0.5)])
def test_erlang_b_tables(lines: int, load: float, blocked: float) -> None:
    assert loss_measures(load, lines)[0] == pytest.approx(blocked, abs=5e-5)


def test_transients_settle_on_erlang_c_and_a() -> None:
    law, mean = np.zeros(201), np.empty(201)
    for leave_rate, expected in ((0.0, delayed_share(8.0, 10)), (0.5, erlang_a(10, 8.0, 1.0, 2.0).delayed)):
        law[:] = 0.0
        law[0] = 1.0
        for _ in range(200):
            advance(law, 8.0, 10, 1.0, leave_rate, 1.0, mean)
        assert mean[10:].sum() == pytest.approx(expected, rel=1e-6)
        waiting = float(mean @ np.maximum(np.arange(201) - 10, 0))
        if leave_rate == 0.0:
            assert waiting / 8.0 == pytest.approx(mean_wait(10, 8.0, 1.0), rel=1e-6)


@pytest.mark.parametrize("units", [3, 8, 14])
def test_all_units_busy_is_erlang_b_whatever_the_zones(units: int) -> None:
    rng = np.random.default_rng(units)
    order = np.argsort(rng.random((30, units)), axis=1)
    told = dispatch(np.full(30, 0.5 * units / 30), order, 1.0)
    assert 1.0 - told.share.sum(axis=1) == pytest.approx(np.full(30, loss_measures(0.5 * units, units)[0]), abs=1e-6)
    assert told.waited == pytest.approx(delayed_share(0.5 * units, units), rel=1e-9)


def test_two_units_have_their_closed_form() -> None:
    """Zones of rates a and b, each with a unit of its own first, work of mean 1: the four states by hand (Larson)."""
    a, b = 0.7, 0.4
    total = a + b
    moves = np.array([[-total, a, b, 0], [1, -1 - total, 0, total], [1, 0, -1 - total, total], [0, 1, 1, -2]])
    law = np.linalg.lstsq(np.vstack([moves.T, np.ones(4)]), np.array([0, 0, 0, 0, 1.0]), rcond=None)[0]
    told = dispatch(np.array([a, b]), np.array([[0, 1], [1, 0]]), 1.0)
    assert told.busy == pytest.approx([law[1] + law[3], law[2] + law[3]], abs=1e-8)
    assert told.share[0] == pytest.approx([law[0] + law[2], law[1]], abs=1e-8)


def test_the_day_of_two_peaks() -> None:
    """The stationary rule leaves 0.855 of the worst quarter-hour delayed where a fifth was aimed at."""
    told = measured()
    assert told["stationary"]["worst_quarter"] == pytest.approx(0.855, abs=5e-4)
    assert told["hours_stationary_core"] == pytest.approx(441.0)
    assert told["worst_quarter"] <= 0.22
    assert told["hours"] <= told["hours_stationary"]
