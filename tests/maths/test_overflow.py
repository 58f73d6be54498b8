"""Overflow between sites: what the approximation misses against the exact chain of two sites, as its docstring says."""

import itertools

import numpy as np
import pytest

from arbitre.maths.stock.loss import loss_measures
from arbitre.maths.stock.overflow import overflow_measures

FULL, PARTIAL = np.array([[1], [0]]), np.array([[-1], [0]])
"""Both ask each other; only the second, a regular, asks the first, a main."""


def exact(loads: np.ndarray, levels: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Shares (2, own shelf | other | emergency) of two sites with exponential times of one, by linear algebra."""
    states = list(itertools.product(range(levels[0] + 1), range(levels[1] + 1)))
    number = {state: index for index, state in enumerate(states)}
    generator = np.zeros((len(states), len(states)))
    source = np.full((len(states), 2), 2)
    for state, site in itertools.product(states, range(2)):
        here = number[state]
        for choice, place in enumerate([site, *asked[site][asked[site] >= 0]]):
            if state[place] > 0:
                source[here, site] = choice
                generator[here, number[tuple(state[s] - (s == place) for s in range(2))]] += loads[site]
                break
        if state[site] < levels[site]:
            after = tuple(state[s] + (s == site) for s in range(2))
            generator[here, number[after]] += levels[site] - state[site]
    generator -= np.diag(generator.sum(axis=1))
    generator[:, 0] = 1.0
    chance = np.linalg.solve(generator.T, np.eye(len(states))[0])
    return np.array([[chance[source[:, site] == choice].sum() for choice in range(3)] for site in range(2)])


def errors(asked: np.ndarray, parts: tuple[float, ...]) -> np.ndarray:
    """(cases, site, source) approximation less truth, over levels 1 to 4 and loads as parts of the levels."""
    found = []
    for levels in itertools.product(range(1, 5), repeat=2):
        for part in itertools.product(parts, repeat=2):
            loads, held = np.array(part) * levels, np.array(levels)
            found.append(overflow_measures(loads, np.ones(2), held, asked)[0] - exact(loads, held, asked))
    return np.array(found)


@pytest.mark.parametrize(
    ("parts", "own", "lateral", "emergency"),
    [
        ((0.05, 0.2, 0.4), (-0.020, 0.006), (-0.001, 0.040), (-0.028, 1e-9)),
        ((0.05, 0.2, 0.4, 0.6, 0.9), (-0.102, 0.017), (-0.002, 0.130), (-0.037, 1e-9)),
    ],
)
def test_the_error_lies_in_the_interval_the_docstring_states(
    parts: tuple[float, ...], own: tuple[float, float], lateral: tuple[float, float], emergency: tuple[float, float]
) -> None:
    full, partial = errors(FULL, parts), errors(PARTIAL, parts)
    for low, high, found in (
        (*own, np.concatenate([full[:, :, 0].ravel(), partial[:, :, 0].ravel()])),
        (*lateral, np.concatenate([full[:, :, 1].ravel(), partial[:, 1, 1]])),
        (*emergency, np.concatenate([full[:, :, 2].ravel(), partial[:, 1, 2]])),
    ):
        assert low <= found.min()
        assert found.max() <= high


def test_a_regular_that_nobody_asks_is_exact_on_its_own_shelf() -> None:
    np.testing.assert_allclose(errors(PARTIAL, (0.1, 0.9))[:, 1, 0], 0.0, atol=1e-10)


def test_sites_that_ask_nobody_are_erlangs_loss() -> None:
    rates, times, levels = np.array([0.1, 0.4]), np.array([20.0, 5.0]), np.array([3, 2])
    shares, on_hand = overflow_measures(rates, times, levels, np.full((2, 1), -1))
    for site in range(2):
        lost, shelf = loss_measures(rates[site] * times[site], levels[site])
        assert (shares[site, 2], shares[site, 0], on_hand[site]) == pytest.approx((lost, 1 - lost, shelf))


def test_a_site_without_stock_hands_its_demand_down_its_list() -> None:
    rates, levels = np.array([0.5, 0.0, 0.0]), np.array([0, 2, 1])
    shares, _ = overflow_measures(rates, np.ones(3), levels, np.array([[1, 2], [-1, -1], [-1, -1]]))
    first = loss_measures(0.5, 2)[0]
    second = loss_measures(0.5 * first, 1)[0]
    assert shares[0] == pytest.approx([0.0, 1 - first, first * (1 - second), first * second])
