"""The product-limit estimate: published figures, plain counting where nothing is open, and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.maths.evidence.survival import mean_interval, product_limit, quantiles_beyond


def test_remissions_under_6_mercaptopurine() -> None:
    """Freireich et al. (1963), the example of Kalbfleisch and Prentice and of Collett: weeks, + still in remission."""
    told = ["6", "6", "6", "6+", "7", "9+", "10", "10+", "11+", "13", "16", "17+", "19+", "20+", "22", "23", "25+",
            "32+", "32+", "34+", "35+"]
    curve = product_limit(np.array([float(week.rstrip("+")) for week in told]),
                          np.array([not week.endswith("+") for week in told]))
    assert curve.time.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.followed.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert curve.open_share == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4)
    # log-log limits as printed by R's survfit(conf.type = "log-log")
    assert curve.low_share == pytest.approx([0.620, 0.563, 0.503, 0.432, 0.368, 0.268, 0.188], abs=1e-3)
    assert curve.high_share == pytest.approx([0.952, 0.923, 0.889, 0.849, 0.805, 0.747, 0.680], abs=1e-3)
    assert curve.time_at(0.5) == 23
    assert np.isnan(curve.time_at(0.4))


def test_the_mean_remission_under_6_mercaptopurine() -> None:
    """The same, up to week 35: 23.29 weeks, standard error 2.83 (Klein & Moeschberger 2003, section 4.5)."""
    weeks = np.array([6.0, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35])
    is_over = np.isin(np.arange(21), [0, 1, 2, 4, 6, 9, 10, 14, 15])
    mean, low, high = mean_interval(weeks, is_over, 0.95)
    assert mean == pytest.approx(23.29, abs=5e-3)
    assert ((mean - low) / 1.96, (high - mean) / 1.96) == pytest.approx((2.83, 2.83), abs=5e-3)


def test_without_open_cases_the_mean_is_the_samples() -> None:
    times = np.random.default_rng(1).exponential(3.0, 400).round(1)  # with ties
    mean, low, high = mean_interval(times, np.ones(400, bool), 0.95)
    assert mean == pytest.approx(times.mean())
    assert (high - low) / (2 * 1.959964) == pytest.approx(times.std() / 20, rel=1e-6)
    assert np.isnan(mean_interval(times, np.zeros(400, bool))).all()


CASES = st.lists(st.tuples(st.integers(-6, 8), st.booleans(), st.integers(0, 2)), min_size=1, max_size=25)


@settings(max_examples=60, deadline=None)
@given(CASES)
def test_shares_beyond_as_by_hand(cases: list[tuple[int, bool, int]]) -> None:
    """S by the definition, case by case; each group by itself."""
    times, is_over, group = (np.array(column) for column in zip(*cases, strict=True))
    late, at = quantiles_beyond(times.astype(float), is_over, group, 3, 0.0, (0.5, 0.9))
    for number in range(3):
        own = [(time, over) for time, over, of in cases if of == number]
        if not own:
            assert np.isnan(late[number])
            continue

        def share(until: float, own: list[tuple[int, bool]] = own) -> float:
            left = 1.0
            for moment in sorted({time for time, over in own if over and time <= until}):
                left *= 1 - own.count((moment, True)) / sum(time >= moment for time, _ in own)
            return left

        assert late[number] == pytest.approx(share(0))
        for row, quantile in enumerate((0.5, 0.9)):
            reached = [time for time in range(1, 9) if share(time) <= share(0) * (1 - quantile) + 1e-12
                       and (time, True) in own]
            if reached:
                assert at[row, number] == min(reached)
            else:
                assert np.isnan(at[row, number])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=30))
def test_where_nothing_is_open_it_is_a_plain_count(times: list[int]) -> None:
    group = np.zeros(len(times), np.int64)
    late, _ = quantiles_beyond(np.array(times, float), np.ones(len(times), bool), group, 1, 0.0, (0.5,))
    assert late[0] == pytest.approx(sum(time > 0 for time in times) / len(times))
