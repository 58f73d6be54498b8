"""Logistic regression: its own equations, planted effects, groups of rows, ranks."""

import numpy as np
import pytest
from scipy.special import expit

from arbitre.maths.evidence.logistic import auc, fit_logistic, recalibrated


def test_the_slope_is_nought_where_it_stops():
    chance = np.random.default_rng(1)
    features = chance.normal([0.0, 50.0], [1.0, 20.0], (400, 2))
    yes = (chance.random(400) < 0.3).astype(float)
    law = fit_logistic(features, yes, 2.0, np.arange(400))
    spread = features.std(axis=0)
    left = yes - law.chance(features)
    assert left.sum() == pytest.approx(0.0, abs=1e-5)
    scaled = (features - features.mean(axis=0)) / spread
    assert left @ scaled == pytest.approx(2.0 * law.effect[1:] * spread, abs=1e-4)


def test_planted_effects_are_inside_and_rows_said_twice_are_not_known_twice():
    chance = np.random.default_rng(2)
    features = chance.standard_normal((3_000, 2))
    yes = (chance.random(3_000) < expit(-1.0 + features @ (0.8, -0.4))).astype(float)
    once = fit_logistic(features, yes, 1e-6, np.arange(3_000))
    error = np.sqrt(np.diag(once.covariance))
    assert (np.abs(once.effect - (-1.0, 0.8, -0.4)) < 4 * error).all()
    twice = fit_logistic(np.vstack([features, features]), np.tile(yes, 2), 1e-6, np.tile(np.arange(3_000), 2))
    assert np.sqrt(np.diag(twice.covariance)) == pytest.approx(error, rel=1e-4)


def test_parted_groups_do_not_run_away():
    features = np.linspace(-1, 1, 40)[:, None]
    law = fit_logistic(features, (features[:, 0] > 0).astype(float), 1.0, np.arange(40))
    assert np.isfinite(law.effect).all()
    assert law.chance(np.array([[1.0]]))[0] < 0.999


def test_area_by_counting_pairs():
    score, yes = np.array([0.1, 0.4, 0.4, 0.8, 0.3]), np.array([False, True, False, True, False])
    pairs = [(a > b) + 0.5 * (a == b) for a in score[yes] for b in score[~yes]]
    assert auc(score, yes) == pytest.approx(np.mean(pairs))
    assert np.isnan(auc(score, np.zeros(5, bool)))


def test_chances_told_too_boldly_are_set_right():
    chance = np.random.default_rng(4)
    line = chance.standard_normal(20_000)
    yes = (chance.random(20_000) < expit(0.5 * line - 1.0)).astype(float)
    right = recalibrated(expit(line), yes)
    assert (right.level, right.slope) == (pytest.approx(-1.0, abs=0.06), pytest.approx(0.5, abs=0.06))
