"""Demand over a lead time, against its definition."""

import math

import numpy as np
import pytest

from arbitre.maths.stock.lead_time_demand import fitted_shelf, logarithmic_tails, on_hand_at, size_tails, sized_shelf


def poisson(mean: float, size: int) -> np.ndarray:
    if mean == 0.0:
        return np.eye(size)[0]
    return np.array([math.exp(x * math.log(mean) - mean - math.lgamma(x + 1)) for x in range(size)])


def on_hand(pmf: np.ndarray, position: int) -> float:
    return float(np.maximum(position - np.arange(len(pmf)), 0) @ pmf)


def compound(lines: float, sizes: np.ndarray, most_lines: int) -> np.ndarray:
    """Mix the convolution powers of the size law by the Poisson number of lines."""
    law = np.concatenate([[0.0], sizes])
    power, mixed = np.ones(1), np.zeros(most_lines * len(sizes) + 1)
    for chance in poisson(lines, most_lines + 1):
        mixed[: len(power)] += chance * power
        power = np.convolve(power, law)
    return mixed


@pytest.mark.parametrize("mean", [0.02, 1.0, 7.3, 60.0])
def test_poisson_shelf_is_the_expected_stock_on_hand(mean: float) -> None:
    pmf, shelf = poisson(mean, 300), fitted_shelf(mean, 1.0)
    for position in range(-3, 150):
        assert on_hand_at(shelf, position) == pytest.approx(on_hand(pmf, position), rel=1e-11, abs=1e-13)


@pytest.mark.parametrize(("mean", "dispersion"), [(0.3, 4.0), (5.0, 1.7), (40.0, 9.0)])
def test_negative_binomial_shelf_is_the_expected_stock_on_hand(mean: float, dispersion: float) -> None:
    size, share = mean / (dispersion - 1.0), 1.0 / dispersion
    pmf = np.array([
        math.exp(math.lgamma(size + x) - math.lgamma(size) - math.lgamma(x + 1)
                 + size * math.log(share) + x * math.log1p(-share))
        for x in range(1500)
    ])
    shelf = fitted_shelf(mean, dispersion)
    for position in range(0, 1000, 7):
        assert on_hand_at(shelf, position) == pytest.approx(on_hand(pmf, position), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("sizes", [[1.0], [0.5, 0.0, 0.5], [0.0, 0.0, 0.0, 1.0], [0.1, 0.2, 0.3, 0.4]])
@pytest.mark.parametrize("lines", [0.05, 2.5])
def test_sized_shelf_mixes_sums_of_lines(lines: float, sizes: list[float]) -> None:
    pmf, shelf = compound(lines, np.array(sizes), 40), sized_shelf(lines, np.array(sizes))
    for position in range(100):
        assert on_hand_at(shelf, position) == pytest.approx(on_hand(pmf, position), rel=1e-11, abs=1e-12)


def test_lines_of_logarithmic_sizes_add_up_to_a_negative_binomial() -> None:
    dispersion = 3.0
    tails = logarithmic_tails(dispersion)
    sizes = tails - np.append(tails[1:], 0.0)
    fitted, sized = fitted_shelf(8.0, dispersion), sized_shelf(8.0 / tails.sum(), sizes)
    assert tails.sum() == pytest.approx((dispersion - 1) / math.log(dispersion), rel=1e-11)
    for position in range(120):
        assert on_hand_at(sized, position) == pytest.approx(on_hand_at(fitted, position), rel=1e-10, abs=1e-11)


@pytest.mark.parametrize("lines", [800.0, 5000.0])
def test_very_many_lines_do_not_vanish(lines: float) -> None:
    """P(no line) is no longer a float here; the law must keep its mass, mean and variance."""
    sizes = np.array([0.7, 0.1, 0.2])
    shelf = sized_shelf(lines, sizes)
    pmf = np.diff(np.diff(shelf, prepend=0.0), append=1.0)
    units = np.arange(len(pmf))
    assert pmf.sum() == pytest.approx(1.0, abs=1e-12)
    assert pmf @ units == pytest.approx(1.5 * lines, rel=1e-9)
    assert pmf @ (units - 1.5 * lines) ** 2 == pytest.approx(2.9 * lines, rel=1e-6)


def test_tails_of_line_sizes() -> None:
    np.testing.assert_allclose(size_tails(np.array([0.5, 0.0, 0.5])), [1.0, 0.5, 0.5])
    np.testing.assert_array_equal(logarithmic_tails(1.0), [1.0])
    np.testing.assert_array_equal(logarithmic_tails(0.4), [1.0])


def test_nothing_is_asked_within_no_time() -> None:
    for shelf in (fitted_shelf(0.0, 1.0), fitted_shelf(0.0, 5.0), sized_shelf(0.0, np.array([0.5, 0.5]))):
        assert [on_hand_at(shelf, position) for position in (-2, 0, 1, 9)] == [0, 0, 1, 9]
