"""maths.hazards and maths.passages: known rates recovered, closed forms, and enumeration on tiny chains."""

import numpy as np
import pytest

from arbitre.maths.evidence.hazards import cells_of, fitted
from arbitre.maths.work.passages import Passages, exit_chances


def test_rows_with_the_same_codes_add_up() -> None:
    codes = [np.array([0, 1, 0, 0]), np.array([2, 0, 2, 1])]
    cells = cells_of(codes, (2, 3), np.array([1.0, 0.5, 1.0, 1.0]), np.array([-1, 0, 1, 1]), 2)
    told = {tuple(code): (exposure, tuple(passages)) for code, exposure, passages
            in zip(cells.codes.tolist(), cells.exposure, cells.passages.tolist(), strict=True)}
    assert told == {(0, 1): (1.0, (0.0, 1.0)), (0, 2): (2.0, (0.0, 1.0)), (1, 0): (0.5, (1.0, 0.0))}


def test_more_codes_than_a_key_holds_still_make_the_same_cells() -> None:
    codes = [np.array([0, 5, 0, 5])] * 12
    cells = cells_of(codes, (10_000,) * 12, np.ones(4), np.array([0, -1, 0, -1]), 1)
    assert sorted(zip(cells.exposure, cells.passages[:, 0], strict=True)) == [(2.0, 0.0), (2.0, 2.0)]


def test_without_factors_the_rate_is_passages_over_time() -> None:
    cells = cells_of([np.zeros(50, int)], (1,), np.full(50, 2.0), np.where(np.arange(50) < 10, 0, -1), 1)
    law = fitted(cells, 0, (1,), np.array([False]))
    assert np.exp(law.effect[0]) == pytest.approx(10 / 100, rel=1e-3)
    assert law.covariance[0, 0] == pytest.approx(1 / 10, rel=1e-3)  # the variance of the logarithm of a Poisson rate


def test_effects_of_two_factors_are_found_and_one_that_tells_nothing_fades() -> None:
    chance = np.random.default_rng(5)
    rows = 200_000
    one, two, nothing = (chance.integers(0, many, rows) for many in (2, 3, 20))
    rate = 0.05 * np.exp(np.array([0.0, 0.7])[one] + np.array([-0.5, 0.0, 0.5])[two])
    passage = np.where(chance.random(rows) < 1 - np.exp(-rate), 0, -1)
    exposure = np.where(passage == 0, 0.5, 1.0)
    law = fitted(cells_of([one, two, nothing], (2, 3, 20), exposure, passage, 1), 0, (2, 3, 20), np.ones(3, bool))
    assert law.of(0)[1] - law.of(0)[0] == pytest.approx(0.7, abs=0.06)
    assert np.diff(law.of(1)) == pytest.approx([0.5, 0.5], abs=0.08)
    assert np.abs(law.of(2)).max() < np.abs(law.of(0)).max() / 3


def test_a_level_seen_little_is_drawn_towards_the_others() -> None:
    """One passage in one period is no proof of a rate of 1 where twenty others have 0.1."""
    code = np.concatenate((np.repeat(np.arange(20), 100), [20]))
    passage = np.concatenate((np.tile(np.where(np.arange(100) < 10, 0, -1), 20), [0]))
    law = fitted(cells_of([code], (21,), np.ones(2001), passage, 1), 0, (21,), np.ones(1, bool))
    assert 0.1 < np.exp(law.effect[0] + law.of(0)[20]) < 0.3


def test_a_constant_rate_leaves_exponentially() -> None:
    passages = Passages(np.array([0, 0]), np.array([1, 2]), np.array([[0.1], [0.2]]), np.zeros(1, np.int64),
                        np.ones((2, 12)))
    found = exit_chances(passages, 1, 2, np.array([0]), np.array([3]), np.array([0]), np.ones((1, 2)))
    assert found[0].sum(axis=0) == pytest.approx(1 - np.exp(-0.3 * np.arange(1, 13)))
    assert found[0, 1] == pytest.approx(2 * found[0, 0])


def test_two_steps_with_ages_are_what_enumeration_of_all_ways_gives() -> None:
    """Step 0 leads to step 1, which leads out at rates of its age: sum over the period in which it came there."""
    first, out = np.array([0.2, 0.5, 0.9]), np.array([0.1, 0.4, 1.5])
    passages = Passages(np.array([0, 1]), np.array([1, 2]), np.stack([first, out]), np.array([0, 1, 2]),
                        np.ones((2, 5)))
    found = exit_chances(passages, 2, 1, np.array([0]), np.array([1]), np.array([0]), np.ones((1, 2)))
    age = [1, 2, 2, 2, 2]
    chance, still = 0.0, 1.0
    for period in range(5):
        comes = still * (1 - np.exp(-first[age[period]]))
        still *= np.exp(-first[age[period]])
        left = 1 - np.exp(-sum(out[min(later, 2)] for later in range(5 - period - 1)))
        chance += comes * left
    assert found[0, 0, -1] == pytest.approx(chance)


def test_a_case_yet_to_come_waits_for_its_period() -> None:
    passages = Passages(np.array([0]), np.array([1]), np.full((1, 1), 0.5), np.zeros(1, np.int64), np.ones((1, 4)))
    found = exit_chances(passages, 1, 1, np.array([0]), np.array([0]), np.array([2]), np.ones((1, 1)))
    assert found[0, 0] == pytest.approx([0, 0, 1 - np.exp(-0.5), 1 - np.exp(-1.0)])
