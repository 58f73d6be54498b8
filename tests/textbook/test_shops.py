"""Published queues: shops with few servers, and machines that wait for their repair."""

import numpy as np
import pytest

from arbitre.maths.stock.finite import down_pmf, fleet
from arbitre.maths.stock.repair import delayed_share, shop_pipelines, shop_waits


def test_five_patrol_cars_and_two_mechanics() -> None:
    """W. L. Winston, Operations Research, machine interference: a car fails every 30 days, a repair takes 3.

    Published, from probabilities rounded to three digits: .619 .310 .062 .009 .001 0; .465 cars down, 4.535 running,
    3.08 days for a repair.
    """
    np.testing.assert_allclose(down_pmf(5, 0, 2, 1 / 30, 3), [0.619, 0.310, 0.062, 0.009, 0.001, 0], atol=1e-3)
    found = fleet(5, 0, 2, 1 / 30, 3)
    assert found.down == pytest.approx(0.465, abs=5e-4)
    assert 5 * found.availability == pytest.approx(4.535, abs=5e-4)
    assert found.repair_wait + 3 == pytest.approx(3.08, abs=6e-3)


def test_two_thirds_busy_with_three_servers() -> None:
    """M/M/3 with load 2: 4/9 wait, 8/9 unit waits on average (Gross, Shortle, Thompson & Harris 2008, chapter 2.3)."""
    assert delayed_share(2, 3) == pytest.approx(4 / 9)
    assert shop_pipelines(2, 1, 1, 3)[0][0] == pytest.approx(2 + 8 / 9)


def test_cobham_on_one_server() -> None:
    """Two classes, exponential times: W = R / ((1 - p before)(1 - p up to)), R the mean rest of the repair at hand."""
    wait, _ = shop_waits([0.2, 0.3], [1.0, 2.0], 1, 1, [0, 1])
    rest = 0.2 * 1.0**2 + 0.3 * 2.0**2
    assert wait == pytest.approx([rest / 0.8, rest / (0.8 * 0.2)])


def test_pollaczek_and_khinchine() -> None:
    """Fixed times wait half as long as exponential ones, two exponential stages three quarters."""
    waits = [shop_waits(0.8, 1, scatter, 1)[0][0] for scatter in (1, 0, 0.5)]
    assert waits == pytest.approx([4.0, 2.0, 3.0])
