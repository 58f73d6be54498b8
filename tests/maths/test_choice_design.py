"""Designs that are proven best are found best, and no design beats its bound."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.core.errors import UsageError
from arbitre.maths.market.choice_design import choice_design, contrasts, information


def blank(*counts: int) -> list[np.ndarray]:
    return [np.zeros(count) for count in counts]


def determinant(levels: np.ndarray, utilities: list[np.ndarray]) -> float:
    """Written out alternative by alternative."""
    coded = [contrasts(len(own)) for own in utilities]
    total = 0.0
    for shown in levels:
        x = np.array([np.concatenate([coded[at][level] for at, level in enumerate(one)]) for one in shown])
        taken = np.exp([sum(utilities[at][level] for at, level in enumerate(one)) for one in shown])
        share = taken / taken.sum()
        total = total + x.T @ (np.diag(share) - np.outer(share, share)) @ x
    return float(np.linalg.det(total))


@pytest.mark.parametrize(("counts", "sets"), [((2, 2, 2), 4), ((2,) * 6, 8)])
def test_pairs_of_opposites_are_best(counts: tuple[int, ...], sets: int) -> None:
    """Street, Burgess & Louviere 2005: a fraction of resolution 3 beside its fold-over is fully efficient."""
    found = choice_design(blank(*counts), sets, 2)
    assert found.efficiency == pytest.approx(1.0, abs=1e-9)
    assert (found.levels[:, 0] != found.levels[:, 1]).all()


def test_three_by_three_by_three_in_nine_sets_of_three() -> None:
    """Huber & Zwerina 1996: the best 3^3/3/9 design has a D-error of 0.192 in effects coding.

    Their columns are (1, 0), (0, 1), (-1, -1), whose second moments have determinant 1/3 for each attribute where ours
    have 1; the bound is that of the best design.
    """
    found = choice_design(blank(3, 3, 3), 9, 3)
    ours = determinant(found.levels, blank(3, 3, 3)) ** (-1 / 6)
    best = ours * found.efficiency * 3 ** (1 / 2)
    assert round(best, 3) == 0.192
    assert found.efficiency > 0.98


@pytest.mark.parametrize("guess", [0.0, 0.8])
def test_no_design_of_two_sets_beats_the_bound_and_the_best_is_found(guess: float) -> None:
    utilities = [np.array([-guess, guess]), np.array([0.0, 0.0])]
    profiles = list(product(range(2), range(2)))
    pairs = [np.array(pair) for pair in combinations(profiles, 2)]
    best = max(determinant(np.array([one, other]), utilities) for one in pairs for other in pairs)
    found = choice_design(utilities, 2, 2)
    assert determinant(found.levels, utilities) == pytest.approx(best)
    assert found.efficiency <= 1.0 + 1e-12


@settings(max_examples=25)
@given(counts=st.lists(st.integers(2, 4), min_size=2, max_size=3), alternatives=st.integers(2, 3),
       slopes=st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=3), seed=st.integers(0, 99))
def test_efficiency_is_a_share_of_what_nothing_exceeds(
    counts: list[int], alternatives: int, slopes: list[float], seed: int
) -> None:
    utilities = [slope * np.linspace(-1, 1, count) for slope, count in zip(slopes, counts, strict=False)]
    found = choice_design(utilities, 9, alternatives, seed)
    assert 0.0 < found.efficiency <= 1.0 + 1e-9
    assert all(len({tuple(one) for one in shown}) == alternatives for shown in found.levels.tolist())
    again = choice_design(utilities, 9, alternatives, seed)
    np.testing.assert_array_equal(found.levels, again.levels)


def test_information_is_the_curvature_of_the_likelihood() -> None:
    x, slopes = np.random.default_rng(1).normal(size=(3, 2)), np.array([0.4, -0.3])

    def loss(at: np.ndarray) -> float:
        return float(np.log(np.exp(x @ at).sum()))

    step, told = 1e-4, information(x, x @ slopes)
    for one, other in product(range(2), repeat=2):
        ahead, aside = step * np.eye(2)[one], step * np.eye(2)[other]
        second = (loss(slopes + ahead + aside) - loss(slopes + ahead - aside) - loss(slopes - ahead + aside)
                  + loss(slopes - ahead - aside)) / (4 * step**2)
        assert told[one, other] == pytest.approx(second, abs=1e-5)


@pytest.mark.parametrize(("counts", "sets", "alternatives", "told"), [
    ((2, 1), 4, 2, "attribute 2 has 1 level"), ((), 4, 2, "no attribute"), ((2,), 4, 3, "there are 2 different ones"),
    ((4, 4, 4), 3, 2, "at least 9 are needed")])
def test_what_cannot_be_designed_is_refused(counts: tuple, sets: int, alternatives: int, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        choice_design(blank(*counts), sets, alternatives)
