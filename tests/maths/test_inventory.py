"""Formulas of one place and of two echelons, against the definitions they shorten."""

import math

import numpy as np
import pytest

from arbitre.maths.stock.echelons import backlog_pmf, exact_place_measures, local_pipeline, thinned_pmf
from arbitre.maths.stock.inventory import depot_measures, pipeline_pmf, stock_measures

LAWS = [(0.0, 0.0), (0.3, 0.3), (2.5, 2.5), (2.5, 6.0), (40.0, 40.0), (40.0, 300.0), (900.0, 900.0), (900.0, 2000.0)]


def poisson(mean: float, size: int) -> np.ndarray:
    """Poisson probabilities straight from the definition."""
    if mean == 0:
        return (np.arange(size) == 0).astype(float)
    return np.array([math.exp(x * math.log(mean) - mean - math.lgamma(x + 1)) for x in range(size)])


def negative_binomial(mean: float, variance: float, size: int) -> np.ndarray:
    """Negative binomial probabilities straight from the definition."""
    shape, success = mean * mean / (variance - mean), mean / variance
    logs = [
        math.lgamma(shape + x) - math.lgamma(shape) - math.lgamma(x + 1)
        + shape * math.log(success) + x * math.log1p(-success)
        for x in range(size)
    ]
    return np.exp(logs)


def law(mean: float, variance: float, size: int) -> np.ndarray:
    return poisson(mean, size) if variance <= mean else negative_binomial(mean, variance, size)


@pytest.mark.parametrize(("mean", "variance"), LAWS)
def test_pmf_is_the_definition_even_where_it_starts_below_the_smallest_float(mean: float, variance: float) -> None:
    size = int(mean + 12 * math.sqrt(variance)) + 20
    np.testing.assert_allclose(pipeline_pmf(mean, variance, size), law(mean, variance, size), rtol=1e-8, atol=1e-14)


@pytest.mark.parametrize(("mean", "variance"), LAWS)
@pytest.mark.parametrize("part", [0.0, 0.5, 1.0, 1.3])
def test_measures_are_sums_over_the_pmf(mean: float, variance: float, part: float) -> None:
    level = int(part * mean) + (part == 1.3)
    pmf = law(mean, variance, int(mean + 40 * math.sqrt(variance)) + 60)
    units = np.arange(len(pmf))
    ready, backorders, squared, on_hand = stock_measures(mean, variance, level)
    short = np.maximum(units - level, 0)
    assert ready == pytest.approx(pmf[:level].sum(), abs=1e-10)
    assert backorders == pytest.approx((short * pmf).sum(), rel=1e-7, abs=1e-8)
    assert squared == pytest.approx((short**2 * pmf).sum(), rel=1e-6, abs=1e-6)
    assert on_hand == pytest.approx((np.maximum(level - units, 0) * pmf).sum(), rel=1e-7, abs=1e-9)


def test_a_lot_averages_over_the_inventory_positions() -> None:
    parts = np.array([stock_measures(4.0, 7.0, position) for position in (3, 4, 5)]).mean(axis=0)
    ready, backlog, variance, on_hand = depot_measures(4.0, 7.0, 5, 3)
    assert (ready, backlog, on_hand) == pytest.approx((parts[0], parts[1], parts[3]))
    assert variance == pytest.approx(parts[2] - parts[1] ** 2)


def test_a_lot_never_exceeds_what_the_level_allows() -> None:
    assert depot_measures(4.0, 4.0, 0, 9) == pytest.approx(depot_measures(4.0, 4.0, 0, 1))
    assert depot_measures(4.0, 4.0, 2, 9) == pytest.approx(depot_measures(4.0, 4.0, 2, 3))


@pytest.mark.parametrize(
    ("mean", "variance", "level", "lot"), [(3.0, 3.0, 2, 1), (3.0, 9.0, 4, 3), (800.0, 800.0, 790, 1)]
)
def test_backlog_has_the_moments_of_the_recursion(mean: float, variance: float, level: int, lot: int) -> None:
    pmf = backlog_pmf(mean, variance, level, lot)
    _, backlog, spread, _ = depot_measures(mean, variance, level, lot)
    units = np.arange(len(pmf))
    assert pmf.sum() == pytest.approx(1.0)
    assert (units * pmf).sum() == pytest.approx(backlog, rel=1e-8)
    assert (units**2 * pmf).sum() - backlog**2 == pytest.approx(spread, rel=1e-6)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.7, 1.0])
def test_thinning_is_binomial(share: float) -> None:
    backlog = np.array([0.5, 0.2, 0.2, 0.1])
    expected = np.zeros(4)
    for units, probability in enumerate(backlog):
        for ours in range(units + 1):
            expected[ours] += probability * math.comb(units, ours) * share**ours * (1 - share) ** (units - ours)
    np.testing.assert_allclose(thinned_pmf(backlog, share, 4), expected, atol=1e-15)


def test_thinning_a_huge_backlog_does_not_vanish() -> None:
    backlog = np.zeros(5001)
    backlog[5000] = 1.0
    ours = thinned_pmf(backlog, 0.5, 5001)
    assert ours.sum() == pytest.approx(1.0)
    assert (ours * np.arange(5001)).sum() == pytest.approx(2500.0)


def test_without_depot_backlog_the_exact_place_is_a_single_place() -> None:
    ready, backorders = exact_place_measures(1.7, 1.7, np.array([1.0]), 0.3, 0.0, 3)
    assert (ready, backorders) == pytest.approx(stock_measures(1.7, 1.7, 3)[:2])


def test_the_only_place_below_an_empty_depot_waits_the_sum_of_both_times() -> None:
    backlog = backlog_pmf(2.0, 2.0, 0, 1)
    exact = exact_place_measures(0.5, 0.5, backlog, 1.0, 2.0, 4)
    assert exact == pytest.approx(stock_measures(2.5, 2.5, 4)[:2])
    assert local_pipeline(0.5, 0.5, 1.0, 2.0, 2.0) == pytest.approx((2.5, 2.5))
