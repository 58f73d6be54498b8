"""Uplift: planted effects found, curves by hand, unbiasedness."""

import numpy as np
import pytest

from arbitre.maths.market.uplift import LEARNERS, Tried, curve, doubly_robust, effects, left_out


def trial(rows: int, seed: int = 0, binary: bool = True) -> tuple[Tried, np.ndarray]:
    """Return a trial in which treating helps where the first feature is positive, and the true effects."""
    chance = np.random.default_rng(seed)
    features = chance.standard_normal((rows, 3))
    effect = np.where(features[:, 0] > 0, 0.3, -0.1)
    treated = chance.random(rows) < 0.4
    level = 0.4 + effect * treated
    outcome = (chance.random(rows) < level).astype(float) if binary else level + 0.5 * chance.standard_normal(rows)
    return Tried(features, treated, outcome), effect


@pytest.mark.parametrize("binary", [True, False])
def test_who_gains_is_found(binary):
    tried, effect = trial(6_000, binary=binary)
    told = left_out(tried, np.random.default_rng(1))
    robust = doubly_robust(tried, told)
    assert robust.mean() == pytest.approx(effect.mean(), abs=4 * robust.std() / np.sqrt(len(robust)))
    for learner in LEARNERS:
        assert np.corrcoef(told.effect[learner], effect)[0, 1] > 0.7
        found = curve(told.effect[learner], robust, 10)
        assert found.qini > 3 * found.qini_error
        assert found.gain[4] == pytest.approx(0.5 * 0.3, abs=5 * found.error[4])
    again = effects(tried, tried.features)
    assert np.corrcoef(again.effect["x"], again.effect["t"])[0, 1] > 0.95


def test_the_curve_by_hand():
    found = curve(np.array([3.0, 1.0, 2.0, 0.0]), np.array([1.0, 0.0, 1.0, -2.0]), 4)
    assert found.share == pytest.approx([0.25, 0.5, 0.75, 1.0])
    assert found.gain == pytest.approx([0.25, 0.5, 0.5, 0.0])
    # Weights of the order 3/8, 1/8, -1/8, -3/8 on 1, 1, 0, -2.
    assert found.qini == pytest.approx((3 / 8 + 1 / 8 + 6 / 8) / 4)


def test_an_order_by_chance_has_no_area():
    tried, _ = trial(6_000, seed=3)
    robust = doubly_robust(tried, left_out(tried, np.random.default_rng(1)))
    found = curve(np.random.default_rng(9).random(6_000), robust, 10)
    assert abs(found.qini) < 3 * found.qini_error
