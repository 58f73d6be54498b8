"""Credibility: by hand, at its limits, and from simulated factors."""

import numpy as np
import pytest

from arbitre.maths.evidence.credibility import factor_given, factor_law, pooled_lump


def test_a_factor_by_hand() -> None:
    """Mean 2, shape 3, single units: after 5 units where 4 were expected (3 + 5) / (3/2 + 4) = 16/11."""
    factor, shape = factor_given(np.array([5.0]), np.array([4.0]), np.array([2.0]), 3.0, 1.0)
    assert (factor[0], shape[0]) == (pytest.approx(16 / 11), 8.0)


def test_lumps_of_five_prove_a_fifth() -> None:
    five, _ = factor_given(np.array([25.0]), np.array([20.0]), np.array([2.0]), 3.0, 5.0)
    assert five[0] == pytest.approx(16 / 11)


def test_between_what_is_expected_and_what_was_seen() -> None:
    units, expected = np.array([0.0, 0.0, 5000.0]), np.array([0.0, 10.0, 10_000.0])
    factor, _ = factor_given(units, expected, np.ones(3), 2.0, 1.0)
    assert factor[0] == 1.0
    assert factor[1] == pytest.approx(2 / 12)
    assert factor[2] == pytest.approx(0.5, rel=1e-3)


def test_the_law_of_factors_is_found_again() -> None:
    """Gamma factors of mean 0.8 in one group and 2 in another, shape 4; Poisson counts around them."""
    random = np.random.default_rng(4)
    group = np.repeat([0, 1], 4000)
    mean = np.where(group == 0, 0.8, 2.0)
    expected = random.uniform(0.5, 6.0, 8000)
    units = random.poisson(random.gamma(4.0, mean / 4.0) * expected).astype(float)
    found, shape = factor_law(units, expected, group, 1.0)
    assert found[[0, -1]] == pytest.approx([0.8, 2.0], rel=0.03)
    assert shape == pytest.approx(4.0, rel=0.15)


def test_no_failures_expected_none_seen() -> None:
    mean, shape = factor_law(np.zeros(2), np.zeros(2), np.zeros(2, np.int64), 1.0)
    assert mean.tolist() == [1.0, 1.0]
    assert 0.05 <= shape <= 1e6


def test_pooled_lump() -> None:
    random = np.random.default_rng(6)
    assert pooled_lump(random.poisson(0.7, (3000, 24)).astype(float)) == pytest.approx(1.0, abs=0.02)
    assert pooled_lump(5.0 * random.poisson(0.7, (3000, 24))) == pytest.approx(5.0, rel=0.02)
    assert pooled_lump(np.zeros((3, 4))) == 1.0
