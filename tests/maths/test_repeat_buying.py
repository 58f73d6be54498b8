"""Repeat buying: slopes by differences, forecasts by drawing customers, spend by drawing it."""

import numpy as np
import pytest

from arbitre.maths.market import repeat_buying as laws
from arbitre.maths.market.repeat_buying import Histories

BETA_GEOMETRIC = np.array([0.6, 6.0, 0.8, 2.5])
PARETO = np.array([0.6, 8.0, 0.7, 12.0])


def lived(law: str, customers: int, age: float, ahead: float) -> tuple[Histories, np.ndarray, np.ndarray]:
    """Return histories drawn purchase by purchase, what each bought in the time ahead, and whether it still buys."""
    chance = np.random.default_rng(5)
    r, alpha, a, b = BETA_GEOMETRIC if law == "beta_geometric" else PARETO
    repeats, last, more = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    alive = np.ones(customers, bool)
    for row in range(customers):
        rate, at = chance.gamma(r) / alpha, 0.0
        leaves = chance.beta(a, b)
        dies = np.inf if law == "beta_geometric" else chance.exponential() / (chance.gamma(a) / b)
        while True:
            at += chance.exponential() / rate
            if at > min(age + ahead, dies):
                alive[row] = alive[row] and dies > age
                break
            if at <= age:
                repeats[row], last[row] = repeats[row] + 1, at
            else:
                more[row] += 1
            if law == "beta_geometric" and chance.random() < leaves:
                alive[row] = at > age
                break
    return Histories(repeats, last, np.full(customers, age), np.ones(customers)), more, alive


@pytest.mark.parametrize(("law", "truth"), [("beta_geometric", BETA_GEOMETRIC), ("pareto", PARETO)])
def test_customers_drawn_one_by_one_buy_as_expected(law, truth):
    told, more, alive = lived(law, 20_000, 30.0, 20.0)
    expected = getattr(laws, f"expected_{law}")(truth, told, 20.0)
    chance = getattr(laws, f"alive_{law}")(truth, told)
    for group in (told.repeats == 0, told.repeats == 1, told.repeats > 1):
        error = more[group].std() / np.sqrt(group.sum())
        assert expected[group].mean() == pytest.approx(more[group].mean(), abs=4 * error)
        assert chance[group].mean() == pytest.approx(alive[group].mean(), abs=4 * 0.5 / np.sqrt(group.sum()))
    drawn = getattr(laws, f"drawn_{law}")(truth, told, 20.0, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(expected.mean(), abs=5 * drawn.std() / np.sqrt(len(drawn)))


@pytest.mark.parametrize(("law", "truth"), [("beta_geometric", BETA_GEOMETRIC), ("pareto", PARETO)])
def test_planted_parameters_are_within_four_errors(law, truth):
    told, _, _ = lived(law, 6_000, 30.0, 0.0)
    fit = getattr(laws, f"fit_{law}")(told)
    errors = np.sqrt(np.diag(fit.covariance))
    assert (np.abs(np.log(fit.parameters) - np.log(truth)) < 4 * errors).all()


@pytest.mark.parametrize("law", ["beta_geometric", "pareto"])
def test_equal_histories_may_be_counted_together(law):
    told, _, _ = lived("beta_geometric", 500, 30.0, 0.0)
    rounded = Histories(told.repeats, np.round(told.last_age), told.age, told.weight)
    rows, count = np.unique(np.column_stack(rounded[:3]), axis=0, return_counts=True)
    together = Histories(*rows.T, count.astype(float))
    fits = [getattr(laws, f"fit_{law}")(one) for one in (rounded, together)]
    assert fits[0].log_likelihood == pytest.approx(fits[1].log_likelihood, rel=1e-9)


def test_who_never_came_back_has_not_gone_by_the_beta_geometric_law_and_may_have_by_the_other():
    told = Histories(np.zeros(1), np.zeros(1), np.full(1, 40.0), np.ones(1))
    assert laws.alive_beta_geometric(BETA_GEOMETRIC, told)[0] == 1.0
    assert 0.0 < laws.alive_pareto(PARETO, told)[0] < 1.0


def test_expected_purchases_have_no_hole_where_the_formula_has_one():
    told = Histories(np.array([0.0, 3.0]), np.array([0.0, 20.0]), np.full(2, 30.0), np.ones(2))
    around = [laws.expected_beta_geometric(np.array([0.6, 6.0, a, 2.5]), told, 20.0) for a in (0.999, 1.0, 1.001)]
    assert around[1] == pytest.approx((around[0] + around[2]) / 2, rel=1e-4)
    pareto = [laws.expected_pareto(np.array([0.6, 8.0, s, 12.0]), told, 20.0) for s in (0.999, 1.0, 1.001)]
    assert pareto[1] == pytest.approx((pareto[0] + pareto[2]) / 2, rel=1e-4)


def test_spend_is_found_again_and_drawn_towards_the_mean_where_little_is_known():
    chance = np.random.default_rng(3)
    purchases = chance.integers(1, 6, 4_000).astype(float)
    scale = 15.0 / chance.gamma(4.0, size=4_000)
    mean = chance.gamma(6.0 * purchases) / purchases * scale
    fit = laws.fit_spend(purchases, mean)
    assert (np.abs(np.log(fit.parameters) - np.log([6.0, 4.0, 15.0])) < 4 * np.sqrt(np.diag(fit.covariance))).all()
    few, many, none = laws.expected_spend(fit.parameters, np.array([1.0, 20.0, 0.0]), np.array([100.0, 100.0, 0.0]))
    assert none < few < many < 100.0
