"""Renewals and worth of states: by enumeration, by closed forms."""

import numpy as np
import pytest

from arbitre.maths.market.retention import fit_renewals, paid_while_there, worth_of_states


def test_missed_and_kept_shares_agree():
    law = fit_renewals(np.array([100.0, 70.0, 55.0]), np.array([30.0, 15.0, 8.0]))
    renewal = np.arange(1.0, 4.0)
    assert law.kept_share(renewal) == pytest.approx(np.cumprod(1.0 - law.missed_share(renewal)))


def test_late_entry_does_not_bias():
    """Half of the customers are first seen at their third renewal: the law found is still the one drawn from."""
    chance = np.random.default_rng(7)
    leaves = chance.beta(0.8, 3.0, 40_000)
    until = chance.geometric(leaves)
    first = np.where(np.arange(40_000) % 2, 1, 3)
    came = np.array([((first <= t) & (until >= t)).sum() for t in range(1, 9)], float)
    missed = np.array([((first <= t) & (until == t)).sum() for t in range(1, 9)], float)
    law = fit_renewals(came, missed)
    errors = np.sqrt(np.diag(law.covariance))
    assert (np.abs(np.log([law.a, law.b]) - np.log([0.8, 3.0])) < 4 * errors).all()


def test_nobody_missed_leaves_a_wide_interval():
    law = fit_renewals(np.array([20.0, 15.0]), np.zeros(2))
    assert np.sqrt(np.diag(law.covariance)).max() > 3.0


def test_worth_of_states_by_adding_up():
    passage = np.array([[0.7, 0.2], [0.1, 0.8]])
    reward = np.array([10.0, 40.0])
    there, total = np.eye(2), np.zeros(2)
    for period in range(1, 25):
        there = there @ passage
        total += 0.99**period * there @ reward
    assert worth_of_states(passage, reward, 0.99, 24) == pytest.approx(total)
    assert worth_of_states(np.stack([passage, passage]), reward, 0.99, 24) == pytest.approx(np.stack([total, total]))


def test_payments_by_the_geometric_sum():
    leaves, discount = np.array([0.1, 0.5]), 0.9
    stays = discount * (1.0 - leaves)
    assert paid_while_there(leaves, discount, 12) == pytest.approx(stays * (1 - stays**12) / (1 - stays))
    raised = paid_while_there(leaves, discount, 3, leaves + 0.1, 1)
    first = discount * (0.9 - leaves)
    assert raised == pytest.approx(first * (1.0 + stays + stays**2))
