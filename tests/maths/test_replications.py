"""Intervals over runs: published quantiles, closed forms, and the share of intervals that hold the truth."""

import math

import numpy as np
import pytest

from arbitre.core.errors import UsageError
from arbitre.maths.evidence.replications import (
    best_of,
    mean_interval,
    paired_difference,
    share_interval,
    student_quantile,
    warm_up,
)
from arbitre.maths.evidence.shares import wilson


@pytest.mark.parametrize(("share", "freedom", "published"), [
    (0.975, 1, 12.7062), (0.975, 2, 4.3027), (0.975, 3, 3.1824), (0.975, 4, 2.7764), (0.975, 9, 2.2622),
    (0.975, 19, 2.0930), (0.975, 30, 2.0423), (0.975, 120, 1.9799), (0.95, 5, 2.0150), (0.995, 10, 3.1693),
    (0.9, 3, 1.6377), (0.9995, 7, 5.4079), (0.6, 8, 0.2619), (0.75, 4, 0.7407),
])
def test_student_quantiles_are_those_of_the_tables(share: float, freedom: int, published: float) -> None:
    assert student_quantile(share, freedom) == pytest.approx(published, abs=6e-5)


def test_student_refuses_what_has_no_quantile() -> None:
    for share, freedom in ((0.3, 5), (1.0, 5), (0.9, 0)):
        with pytest.raises(UsageError, match="Student"):
            student_quantile(share, freedom)


def test_mean_interval_of_four_values_by_hand() -> None:
    found = mean_interval([1.0, 2.0, 3.0, 4.0])
    half = 3.18245 * math.sqrt(5.0 / 3.0 / 4.0)
    assert found == pytest.approx((2.5, 2.5 - half, 2.5 + half), abs=1e-4)
    assert found.half_width == pytest.approx(half, abs=1e-4)
    assert mean_interval([7.0]) == (7.0, -math.inf, math.inf)


def test_independent_cases_have_wilsons_interval_but_for_students_quantile() -> None:
    """Runs of one pattern scatter less than chance: the interval is that of independent cases, never narrower."""
    found = share_interval([9] * 50, [10] * 50)
    low, high = wilson(450, 500)
    assert found.value == 0.9
    assert found.low < low < high < found.high
    assert found.high - found.low == pytest.approx(high - low, rel=0.04)


def test_shares_without_a_doubt_keep_a_width() -> None:
    assert share_interval([5, 5, 5], [5, 5, 5]).high == 1.0
    assert 0.2 < share_interval([5, 5, 5], [5, 5, 5]).low < 0.6
    assert share_interval([0, 0], [5, 5]).low == 0.0
    assert share_interval([3], [4]) == (0.75, 0.0, 1.0)
    assert share_interval([0, 0], [0, 0])[1:] == (0.0, 1.0)


@pytest.mark.parametrize("alike", [0.0, 0.05])
def test_share_intervals_hold_the_truth_as_often_as_they_say(alike: float) -> None:
    """Runs of unequal size whose own share scatters by a beta law: 1,000 experiments of 12 runs.

    `alike` is the correlation of cases of one run; a year of a chain has far less than 0.05. At 0.3 the skew of so few
    runs lets coverage fall to 0.91.
    """
    rng, held = np.random.default_rng(5), 0
    for _ in range(1000):
        cases = rng.poisson(40, 12)
        spread = (1 - alike) / alike if alike else 0.0
        share = rng.beta(0.9 * spread, 0.1 * spread, 12) if alike else 0.9
        found = share_interval(rng.binomial(cases, share), cases)
        held += found.low <= 0.9 <= found.high
    assert 0.92 <= held / 1000 <= 0.99


def test_warm_up_is_cut_where_the_start_has_passed() -> None:
    rng = np.random.default_rng(1)
    time = np.arange(400)
    paths = 10 - 8 * np.exp(-time / 20) + rng.normal(0, 1, (30, 400))
    assert 60 <= warm_up(paths) <= 180
    assert warm_up(rng.normal(0, 1, (30, 400))) <= 130
    assert warm_up(np.zeros((3, 100))) == 10
    with pytest.raises(UsageError, match="at least 10"):
        warm_up(np.zeros((3, 9)))


def test_the_same_luck_makes_a_difference_sharp() -> None:
    rng = np.random.default_rng(2)
    luck = rng.normal(0, 10, 30)
    one, other = luck + rng.normal(1, 0.1, 30), luck + rng.normal(0, 0.1, 30)
    assert paired_difference(one, other).low > 0.9
    assert mean_interval(one).low < 0 < mean_interval(one).high


def test_the_best_is_among_those_named_as_often_as_promised() -> None:
    rng, held = np.random.default_rng(3), 0
    for _ in range(300):
        seen = rng.normal(0, 1, 15) + rng.normal(0, 1, (4, 15)) + np.array([0.3, 0.2, 0.0, -3.0])[:, None]
        best, alike = best_of(seen)
        held += 0 in alike
        assert best in alike
        assert 3 not in alike
    assert held >= 0.95 * 300
