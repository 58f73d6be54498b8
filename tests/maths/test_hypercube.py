"""Units in zones: shares add up, and the approximation stays near the states solved one by one."""

import numpy as np
import pytest

from arbitre.core.errors import UsageError
from arbitre.maths.work.hypercube import dispatch


def drawn(units: int, busy: float, zones: int = 20) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(units)
    rate, ways = rng.random(zones), np.abs(rng.random((zones, 1, 2)) - rng.random((1, units, 2))).sum(axis=2)
    return rate * busy * units / rate.sum(), np.argsort(ways, axis=1), ways


@pytest.mark.parametrize("units", [1, 4, 9])
def test_every_case_goes_somewhere_and_the_work_adds_up(units: int) -> None:
    rate, order, _ = drawn(units, 0.6)
    for exact in (True, False):
        told = dispatch(rate, order, 1.0, exact)
        assert told.share.sum(axis=1) == pytest.approx(1.0 - told.all_busy, abs=1e-9)
        assert told.busy.sum() == pytest.approx(rate.sum() * (1.0 - told.all_busy), abs=1e-6)


def test_all_units_alike_are_erlang() -> None:
    """Each zone draws its units in turn: all are as busy, whoever is asked first."""
    order = np.array([np.roll(np.arange(5), shift) for shift in range(5)])
    told = dispatch(np.full(5, 0.6), order, 1.0)
    assert told.busy == pytest.approx(np.full(5, told.busy[0]))


@pytest.mark.parametrize("units", [5, 10])
@pytest.mark.parametrize("busy", [0.3, 0.7])
def test_the_approximation_is_within_three_per_cent_of_travel(units: int, busy: float) -> None:
    rate, order, ways = drawn(units, busy)
    exact, near = (dispatch(rate, order, 1.0, kind) for kind in (True, False))
    far = [float((rate[:, None] * told.share * ways).sum() / (rate[:, None] * told.share).sum())
           for told in (exact, near)]
    assert far[1] == pytest.approx(far[0], rel=0.03)
    assert near.busy == pytest.approx(exact.busy, abs=0.04)


def test_nobody_asks_and_too_many_units() -> None:
    told = dispatch(np.zeros(2), np.array([[1, 0], [0, 1]]), 1.0)
    assert told.share.tolist() == [[0.0, 1.0], [1.0, 0.0]]
    with pytest.raises(UsageError, match="1 to 18 units"):
        dispatch(np.ones(2), np.tile(np.arange(19), (2, 1)), 1.0, True)
