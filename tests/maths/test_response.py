"""Responses: derivatives are right, what is linear is the posterior, what was planted is found."""

import numpy as np
import pytest

from arbitre.maths.market.response import (
    LAGS,
    LiftTest,
    Prior,
    Weeks,
    _Problem,
    contributions,
    curves,
    fit,
    lagged,
    usual_prior,
)


def market(weeks: int = 104, seed: int = 1, noise: float = 0.03, tests: tuple[LiftTest, ...] = ()
           ) -> tuple[Weeks, np.ndarray]:
    """Two channels in bursts, with carry-over .5 and .2, half-saturation .4 and .7, most .3 and .15."""
    luck = np.random.default_rng(seed)
    spend = luck.uniform(size=(weeks, 2)) * (luck.random((weeks, 2)) < 0.5)
    base = np.column_stack([np.ones(weeks), np.linspace(-0.5, 0.5, weeks)])
    truth = np.array([0.0, np.log(0.25), np.log(0.4), np.log(0.7), np.log(0.3), np.log(0.15), 1.0, 0.2])
    outcome = base @ truth[6:] + contributions(truth, lagged(spend)).sum(axis=1) + noise * luck.standard_normal(weeks)
    return Weeks(spend, outcome, base, tests), truth


def test_derivatives_are_those_of_what_is_told() -> None:
    tests = LiftTest(1, 10, 16, -1.0, 0.3, -0.1, 0.02), LiftTest(0, 20, 25, 1.0, 1.0, 0.2, 0.1)
    weeks, truth = market(40, tests=tests)
    problem = _Problem(weeks, usual_prior(2, weeks.base))
    _, slopes = problem.told(truth)
    for at in range(len(truth)):
        step = np.zeros(len(truth))
        step[at] = 1e-6
        rise = (problem.told(truth + step)[0] - problem.told(truth - step)[0]) / 2e-6
        np.testing.assert_allclose(slopes[:, at], rise, atol=1e-7)


def test_carry_over_sums_to_what_was_spent_and_starts_from_the_first_quarter() -> None:
    spends = lagged(np.ones((30, 1)))
    assert spends.shape == (LAGS, 30, 1)
    assert (spends == 1.0).all()
    values = np.array([0.3, np.log(0.5), np.log(2.0)])
    np.testing.assert_allclose(contributions(values, spends), 2.0 / 1.5)
    pulse = np.zeros((30, 1))
    pulse[20] = 1.0
    assert lagged(pulse)[3, 23, 0] == 1.0
    assert curves(values, 1).half == pytest.approx(0.5)


def test_draws_of_what_is_linear_are_the_posterior() -> None:
    """A channel that hardly brings anything: level and trend are a linear regression with a normal prior."""
    luck = np.random.default_rng(2)
    base = np.column_stack([np.ones(300), np.linspace(-0.5, 0.5, 300)])
    weeks = Weeks(np.ones((300, 1)), base @ [1.0, 0.3] + 0.1 * luck.standard_normal(300), base)
    prior = Prior(np.array([0.0, 0.0, -20.0, 1.0, 0.0]), np.array([1.0, 1.0, 0.1, 0.5, 0.05]))
    found = fit(weeks, prior, 600, np.random.default_rng(3))
    assert found.noise.loud == pytest.approx(0.1, rel=0.1)
    assert abs(found.noise.lasts) < 0.15
    alike = np.linalg.inv(found.noise.lasts ** np.abs(np.subtract.outer(np.arange(300), np.arange(300))))
    precision = base.T @ alike @ base / found.noise.loud**2 + np.diag(1.0 / prior.spread[3:] ** 2)
    seen, believed = base.T @ alike @ weeks.outcome / found.noise.loud**2, prior.centre[3:] / prior.spread[3:] ** 2
    mean = np.linalg.solve(precision, seen + believed)
    error = np.sqrt(np.diag(np.linalg.inv(precision)))
    np.testing.assert_allclose(found.values[3:], mean, atol=1e-4)
    assert (np.abs(found.draws[:, 3:].mean(axis=0) - mean) < 0.25 * error).all()
    np.testing.assert_allclose(found.draws[:, 3:].std(axis=0), error, rtol=0.25)


def test_draws_of_what_bends_are_the_posterior() -> None:
    """One channel that little is known of: beside 200,000 values drawn from the prior, weighed by what weeks say."""
    luck = np.random.default_rng(5)
    spend = luck.uniform(size=(20, 1)) * (luck.random((20, 1)) < 0.5)
    truth = np.array([0.0, np.log(0.4), np.log(0.3), 1.0])
    noise = 0.1 * np.convolve(luck.standard_normal(80), 0.6 ** np.arange(40))[40:60]
    base, spends = np.ones((20, 1)), lagged(spend)
    weeks = Weeks(spend, 1.0 + contributions(truth, spends)[:, 0] + noise, base)
    prior = Prior(np.array([0.0, -0.5, -1.5, 1.0]), np.array([1.0, 0.8, 1.0, 0.1]))
    found = fit(weeks, prior, 400, np.random.default_rng(6))
    ours = np.array([contributions(one, spends).mean() for one in found.draws])
    values = prior.centre + prior.spread * luck.standard_normal((200_000, 4))
    loud, lasts = np.exp(luck.uniform(-4.0, -0.7, 200_000)), luck.uniform(-0.4, 0.95, 200_000)
    carry, half, most = curves(values, 1)
    faded = carry ** np.arange(LAGS)
    stock = (faded / faded.sum(axis=1, keepdims=True)) @ spends[:, :, 0]
    brought = most * stock / (stock + half)
    left = weeks.outcome - values[:, 3:] - brought
    news = (left[:, 1:] - lasts[:, None] * left[:, :-1]) / np.sqrt(1 - lasts[:, None] ** 2)
    squares = left[:, 0] ** 2 + (news**2).sum(axis=1)
    likely = -0.5 * squares / loud**2 - 20 * np.log(loud) - 9.5 * np.log(1 - lasts**2)
    weighs, brings = np.exp(likely - likely.max()), brought.mean(axis=1)
    assert weighs.sum() ** 2 / (weighs**2).sum() > 1000
    order = np.argsort(brings)
    below = np.cumsum(weighs[order]) / weighs.sum()
    for share in (0.1, 0.5, 0.9):
        reached = float(np.interp(np.quantile(ours, share), brings[order], below))
        assert reached == pytest.approx(share, abs=0.06), share


def test_noise_that_lasts_is_found_and_widens_what_is_told() -> None:
    weeks, _ = market(156)
    luck, widths, lasts = np.random.default_rng(7), [], []
    for memory in (0.0, 0.8):
        noise = 0.05 * luck.standard_normal(156)
        for week in range(1, 156):
            noise[week] = memory * noise[week - 1] + np.sqrt(1 - memory**2) * noise[week]
        found = fit(Weeks(weeks.spend, weeks.outcome + noise, weeks.base), usual_prior(2, weeks.base), 100, luck)
        lasts.append(found.noise.lasts)
        widths.append(found.draws[:, 7].std())
    assert abs(lasts[0]) < 0.2 < 0.55 < lasts[1]
    assert widths[1] > 1.5 * widths[0]


def test_what_was_planted_is_found_and_a_gap_widens_it() -> None:
    weeks, truth = market()
    planted = contributions(truth, lagged(weeks.spend)).mean(axis=0)
    errors = []
    for kept in (slice(None), slice(0, 40)):
        outcome = np.full(len(weeks.outcome), np.nan)
        outcome[kept] = weeks.outcome[kept]
        found = fit(Weeks(weeks.spend, outcome, weeks.base), usual_prior(2, weeks.base), 100, np.random.default_rng(1))
        brings = np.array([contributions(one, lagged(weeks.spend)).mean(axis=0) for one in found.draws])
        assert (np.abs(brings.mean(axis=0) - planted) < 2.5 * brings.std(axis=0)).all()
        assert np.nanstd(found.expected - outcome) < 0.04
        errors.append(brings.std(axis=0))
    assert (errors[1] > errors[0]).all()


def test_a_lift_test_narrows_the_channel_it_was_of() -> None:
    weeks, truth = market(60, noise=0.08)
    sure = LiftTest(0, 20, 30, -1.0, 1.0, 0.0, 1.0)
    given = Weeks(weeks.spend, weeks.outcome, weeks.base, (sure,))
    without, _ = _Problem(given, usual_prior(2, weeks.base)).told(truth)
    tested = Weeks(weeks.spend, weeks.outcome, weeks.base, (LiftTest(0, 20, 30, -1.0, 1.0, float(without[-1]), 0.05),))
    spread = []
    for given in (weeks, tested):
        found = fit(given, usual_prior(2, weeks.base), 120, np.random.default_rng(4))
        brings = np.array([contributions(one, lagged(weeks.spend)).mean(axis=0) for one in found.draws])
        spread.append(brings.std(axis=0))
    assert spread[1][0] < 0.7 * spread[0][0]


def test_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match="two known weeks"):
        fit(Weeks(np.ones((1, 1)), np.ones(1), np.ones((1, 1))), usual_prior(1, np.ones((1, 1))), 1,
            np.random.default_rng(1))
