"""Logit, mixed logit, latent classes and hierarchical Bayes find what made-up people want, and say when they cannot."""

import numpy as np
import pytest

from arbitre.core.errors import UsageError
from arbitre.maths.market.choice import Choices, fit_logit, shares
from arbitre.maths.market.choice_bayes import fit_people
from arbitre.maths.market.choice_classes import best_classes, fit_classes
from arbitre.maths.market.choice_mixed import fit_mixed_logit, halton_normals
from arbitre.maths.market.maxdiff import best_worst
from benchmarks.choice_data import electricity
from tests.choice_data import DATA, made_up, needs_data


def test_one_constant_is_the_log_odds() -> None:
    """With two alternatives and a constant the fit is in closed form."""
    taken = np.array([[True, False]] * 30 + [[False, True]] * 10).ravel()
    fit = fit_logit(Choices.of(np.tile([1.0, 0.0], 40), np.repeat(np.arange(40), 2), taken,
                               np.repeat(np.arange(40), 2), ["first"]))
    assert fit.coefficients[0] == pytest.approx(np.log(3), rel=1e-9)
    assert fit.log_likelihood == pytest.approx(30 * np.log(0.75) + 10 * np.log(0.25), rel=1e-12)
    assert fit.errors[0] == pytest.approx(np.sqrt(1 / 30 + 1 / 10) * np.sqrt(40 / 39), rel=1e-6)


def test_intervals_cover_the_truth() -> None:
    truth = np.array([-1.0, 0.5])
    covered = []
    for seed in range(200):
        fit = fit_logit(made_up(np.tile(truth, (60, 1)), 4, seed))
        covered.append(np.abs(fit.coefficients - truth) <= 1.645 * fit.errors)
    assert 0.85 <= np.mean(covered) <= 0.95


def test_units_and_row_order_do_not_matter() -> None:
    choices = made_up(np.tile([-1.0, 0.5], (40, 1)), 5, 3)
    fit = fit_logit(choices)
    scaled = fit_logit(Choices(choices.attributes * [1e6, 1e-6], choices.first, choices.taken, choices.person,
                               choices.names))
    np.testing.assert_allclose(scaled.coefficients * [1e6, 1e-6], fit.coefficients, rtol=1e-9)
    situation = np.repeat(np.arange(choices.situations), 3)
    taken = np.isin(np.arange(len(situation)), choices.taken)
    order = np.random.default_rng(1).permutation(len(situation))
    mixed = Choices.of(choices.attributes[order], situation[order], taken[order], choices.person[situation][order],
                       choices.names)
    np.testing.assert_allclose(fit_logit(mixed).coefficients, fit.coefficients, rtol=1e-9)


@pytest.mark.parametrize(("spoil", "match"), [
    (lambda x: np.column_stack([x, x[:, 0] * 2]), "apart"),
    (lambda x: np.column_stack([x, np.ones(len(x))]), "never differ"),
])
def test_features_that_say_nothing_are_named(spoil, match: str) -> None:
    choices = made_up(np.tile([-1.0, 0.5], (40, 1)), 5, 3)
    with pytest.raises(UsageError, match=match):
        fit_logit(Choices(spoil(choices.attributes), choices.first, choices.taken, choices.person,
                          (*choices.names, "more")))


def test_perfect_separation_is_refused_by_name() -> None:
    price = np.tile([1.0, 2.0], 20)
    with pytest.raises(UsageError, match=r"price decides every choice"):
        fit_logit(Choices.of(price, np.repeat(np.arange(20), 2), price == 1.0, np.repeat(np.arange(20), 2), ["price"]))


def test_a_situation_without_a_choice_is_refused() -> None:
    with pytest.raises(UsageError, match="1 of 2 have none"):
        Choices.of([1.0, 2.0, 3.0, 4.0], [0, 0, 1, 1], [True, False, False, False], [0, 0, 0, 0], ["x"])


def test_shares_of_a_menu() -> None:
    np.testing.assert_allclose(shares([0.0, 0.0]), [0.5, 0.5])
    np.testing.assert_allclose(shares([[1e4, 0.0]]), [[1.0, 0.0]])


def test_mixed_logit_finds_how_people_differ() -> None:
    rng = np.random.default_rng(5)
    wants = np.column_stack([-np.exp(rng.normal(0.0, 0.5, 600)), rng.normal(1.0, 0.8, 600)])
    fit = fit_mixed_logit(made_up(wants, 10, 6), {"x0": "falls", "x1": "normal"}, draws=100)
    truth = np.array([0.0, 1.0, 0.5, 0.8])
    found = np.concatenate([fit.mean, fit.spread])
    assert (np.abs(found - truth) < 3.5 * np.sqrt(np.diag(fit.covariance))).all()
    assert (fit.people(rng.normal(size=(50, 2)))[:, 0] < 0).all()


def test_mixed_logit_of_alike_people_is_the_logit() -> None:
    choices = made_up(np.tile([-1.0, 0.5], (300, 1)), 8, 7)
    fit, plain = fit_mixed_logit(choices, {"x1": "normal"}, draws=50), fit_logit(choices)
    assert fit.spread[1] < 0.25
    np.testing.assert_allclose(fit.mean, plain.coefficients, atol=0.05)
    assert fit.log_likelihood >= plain.log_likelihood - 0.5


def test_halton_points_are_evenly_normal() -> None:
    points = halton_normals(20_000, 6)
    np.testing.assert_allclose(points.mean(axis=0), 0.0, atol=0.01)
    np.testing.assert_allclose(np.cov(points.T), np.eye(6), atol=0.02)


def test_one_class_is_the_logit_and_two_are_found() -> None:
    one = fit_classes(made_up(np.tile([-1.0, 0.5], (50, 1)), 5, 3), 1)
    assert one.log_likelihood == pytest.approx(fit_logit(made_up(np.tile([-1.0, 0.5], (50, 1)), 5, 3)).log_likelihood)
    wants = np.concatenate([np.tile([-2.0, 0.0], (120, 1)), np.tile([-0.3, 1.5], (80, 1))])
    found = best_classes(made_up(wants, 10, 4), most=4, starts=3)
    assert len(found.share) == 2
    np.testing.assert_allclose(found.share, [0.6, 0.4], atol=0.06)
    np.testing.assert_allclose(found.logits[0].coefficients, [-2.0, 0.0], atol=0.35)
    is_first = found.belongs[:, 0] > 0.5
    assert (is_first == (np.arange(200) < 120)).mean() > 0.95


def test_people_are_found_one_by_one() -> None:
    rng = np.random.default_rng(8)
    wants = np.column_stack([-np.exp(rng.normal(0.3, 0.4, 150)), rng.normal(1.0, 1.0, 150)])
    found = fit_people(made_up(wants, 15, 9), {"x0": "falls"}, turns=2000)
    assert np.corrcoef(found.draws.mean(axis=0)[:, 1], wants[:, 1])[0, 1] > 0.85
    worth = found.worth("x0")["x1"].mean(axis=1)  # over people, one value a draw
    assert np.quantile(worth, 0.001) < np.mean(-wants[:, 1] / wants[:, 0]) < np.quantile(worth, 0.999)
    np.testing.assert_array_equal(found.draws, fit_people(made_up(wants, 15, 9), {"x0": "falls"}, turns=2000).draws)


def test_worth_over_a_price_that_somebody_likes_is_refused() -> None:
    found = fit_people(made_up(np.tile([-0.2, 1.0], (20, 1)), 4, 9), turns=400)
    with pytest.raises(UsageError, match="price that nobody likes"):
        found.worth("x0")


def test_too_few_people_for_the_features_are_refused() -> None:
    with pytest.raises(UsageError, match="more than 2 people"):
        fit_people(made_up(np.tile([-0.5, 0.5], (2, 1)), 20, 9))


@needs_data
def test_people_of_the_electricity_survey() -> None:
    """Worth by ratio of means: a local supplier 2.3 cents, a year of contract -0.22 (the published mixed logit)."""
    found = fit_people(electricity(DATA))
    mean = found.mean.mean(axis=(0, 1)) / found.reach
    assert -mean[2] / mean[0] == pytest.approx(2.30, rel=0.08)
    assert -mean[1] / mean[0] == pytest.approx(-0.22, rel=0.15)


def test_best_and_worst() -> None:
    rng = np.random.default_rng(2)
    truth = np.array([0.0, 1.0, 2.0, -1.0, 0.5])
    task, person, item, answer = [], [], [], []
    for one in range(400):
        shown = rng.choice(5, 4, replace=False)
        best = int(np.argmax(truth[shown] + rng.gumbel(size=4)))
        left = np.delete(np.arange(4), best)
        worst = int(left[np.argmax(-truth[shown][left] + rng.gumbel(size=3))])
        task += [one] * 4
        person += [one // 8] * 4
        item += [f"i{number}" for number in shown]
        answer += [1 if at == best else -1 if at == worst else 0 for at in range(4)]
    found = best_worst(task, person, item, answer)
    assert found.items == ("i0", "i1", "i2", "i3", "i4")
    fit = fit_logit(found.choices)
    assert (np.abs(fit.coefficients - truth[1:]) < 3.5 * fit.errors).all()
    assert np.corrcoef(found.score, truth)[0, 1] > 0.98
    assert found.shown.sum() == 1600
    with pytest.raises(UsageError, match="1 of 400"):
        best_worst(task, person, item, [0, *answer[1:]] if answer[0] else [1, *answer[1:]])
