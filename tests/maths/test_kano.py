"""Kano's classes and the two price questions."""

import numpy as np
import pytest

from arbitre.core.errors import UsageError
from arbitre.maths.market.kano import CLASSES, classes_of, kano
from arbitre.maths.market.price_sensitivity import demand_curve, falling, price_range


def test_every_pair_of_answers_has_its_class() -> None:
    """The table of Berger et al. 1993, row by row: like, must be, neutral, can live with it, dislike."""
    told = ["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]
    letters = dict(zip(CLASSES, "MOAIRQ", strict=True))
    with_it, without = np.divmod(np.arange(25), 5)
    found = "".join(letters[CLASSES[one]] for one in classes_of(with_it, without))
    assert found == "".join(told)


def test_a_clear_must_be() -> None:
    found = kano([1] * 40 + [0] * 5, [4] * 40 + [1] * 5)
    assert (found.leading, found.is_sure, found.stays_share) == ("must_be", True, 1.0)
    assert found.worse[0] == pytest.approx(-40 / 45)
    assert found.better[1] <= found.better[0] <= found.better[2]
    assert found.absent[0] == pytest.approx((40 * 4 - 5) / 45)


def test_one_answer_is_told_but_not_sure() -> None:
    found = kano([0], [4])
    assert (found.leading, found.answers, found.is_sure) == ("one_dimensional", 1, False)


def test_contradictory_answers_leave_no_better_or_worse() -> None:
    found = kano([0, 4], [0, 4])
    assert found.leading == "questionable"
    assert np.isnan(found.better[0])


def test_no_answers_and_wrong_answers_are_refused() -> None:
    with pytest.raises(UsageError, match="Nobody answered"):
        kano([], [])
    with pytest.raises(UsageError, match="from 0"):
        classes_of([5], [0])


def test_van_westendorp_meets_where_the_lines_cross() -> None:
    """Two people: the curves are steps, worked out by hand."""
    found = price_range([10, 20], [20, 30], [30, 40], [40, 50])
    assert (found.answers, found.contradictory) == (2, 0)
    assert found.least <= found.indifference <= found.most
    assert found.least <= found.optimal <= found.most
    assert found.indifference == pytest.approx(30.0)


def test_who_contradicts_himself_is_left_out_and_counted() -> None:
    found = price_range([10, 20, 50], [20, 30, 40], [30, 40, 30], [40, 50, 20])
    assert (found.answers, found.contradictory) == (2, 1)
    with pytest.raises(UsageError, match="Nobody named"):
        price_range([5], [4], [3], [2])
    with pytest.raises(UsageError, match="no range"):
        price_range([5, 5], [5, 5], [5, 5], [5, 5])


def test_gabor_granger_of_a_straight_demand() -> None:
    prices = np.repeat([1.0, 2.0, 3.0, 4.0], 10)
    yes = np.concatenate([np.arange(10) < count for count in (9, 7, 5, 1)])
    found = demand_curve(prices, yes, cost=1.5)
    np.testing.assert_allclose(found.share, [0.9, 0.7, 0.5, 0.1])
    assert (found.best_revenue, found.best_margin) == (3.0, 3.0)
    with pytest.raises(UsageError, match="One price"):
        demand_curve([1.0, 1.0], [True, False])


def test_the_nearest_falling_values() -> None:
    np.testing.assert_allclose(falling([3.0, 1.0, 2.0, 0.0], [1.0, 1.0, 3.0, 1.0]), [3.0, 1.75, 1.75, 0.0])
