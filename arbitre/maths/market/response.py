"""What does each channel bring, week by week, and how sure is that?

A week's outcome is a base (level, trend, season, controls) and what each channel brings:

    outcome_t = base_t . beta + sum_c  b_c A_ct / (A_ct + k_c) + noise,     A_ct = sum_l a_c^l x_c,t-l / sum_l a_c^l,

carry-over that fades by a_c a week, and a response that saturates, half of b_c at k_c (Jin, Wang, Sun, Chan and
Koehler, Bayesian methods for media mix modeling, Google, 2017; slope 1, so that it is concave). Everything has a prior,
normal on logit a, log k, log b and beta; a lift test is one row more: what the curve says of the change made, less what
was found, over its error. The most likely values are least squares of all these residuals, with their analytic
derivatives.

What disturbs a week lasts into the next (an autoregression of order one), so neighbouring weeks tell less than as many
apart: weeks are compared after what the week before leaves expected is taken from each (Prais and Winsten, Trabajos de
Estadística 1954; over a gap by the power of its length). How loud noise is and how long it lasts are told by their
posterior on a grid, with the response taken as straight about the most likely values and integrated over its prior
(restricted likelihood; Harville, JASA 72, 1977): so what is slow in the weeks, and the fit would take for channels, is
not taken out of the noise.

Uncertainty: randomise, then optimise (Bardsley, Solonen, Haario and Laine, SIAM Journal on Scientific Computing 36,
2014). Each draw takes a noise from that posterior and moves what weeks, tests and prior miss, along the axes in which
values move them, to a normal aim; where the model is linear these draws are the posterior, and where it bends the
density with which they come is known. So each is weighed by the posterior over that density, and of three times as many
as asked those kept are drawn by weight.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

Floats = NDArray[np.float64]
LAGS = 13
"""Weeks that a week of spend still works."""
_MEMORIES = np.linspace(-0.4, 0.95, 55)
"""Shares of a week's noise that may last into the next one."""
_LOUDER = np.exp(np.linspace(-1.0, 1.0, 81))
"""Noises looked at, over the one found so far."""
_ROUNDS = 4
_SAME = 1e-9
"""What of a column may be its own without counting."""
_FIRST_NOISE = 0.15
_MOST_STEPS = 400
_UNSOLVED = 0.01
"""Standard deviations by which a draw may miss its aim."""
_TRIED = 3
"""Values tried for each draw that is kept."""


@dataclass(frozen=True)
class LiftTest:
    """A lift test in the units of `Weeks`: in weeks first to last (excluded) the spend of a channel was changed by
    `change` (-1: switched off) where a share `market` of the outcome comes from, and `effect` was found, give or take
    `error`. Of a part of the market the weeks have it in them; one of the whole of it is an answer told beside them."""

    channel: int
    first: int
    last: int
    change: float
    market: float
    effect: float
    error: float


@dataclass(frozen=True)
class Weeks:
    """What is known.

    spend (weeks, channels), without what tests changed, 1 for the largest week of each; outcome (weeks,), about 1, nan
    where it is not known; base (weeks, columns), level first; tests.
    """

    spend: Floats
    outcome: Floats
    base: Floats
    tests: tuple[LiftTest, ...] = ()


@dataclass(frozen=True)
class Prior:
    """What is believed before: centre and spread (3 channels + columns,), normal, of logit a, log k, log b, beta."""

    centre: Floats
    spread: Floats


class Curves(NamedTuple):
    """Carry-over, half-saturation and most that a channel brings: each (..., channels)."""

    carry: Floats
    half: Floats
    most: Floats


def usual_prior(channels: int, base: Floats) -> Prior:
    """What is believed of any market: carry-over about a half, half-saturation somewhat below the largest week, a
    twentieth of the outcome at most from a channel; a level about one, and a base that moves by some tenths.

    Wide: a factor of twenty either way holds 95 % of what is believed of the most a channel brings, so that small
    channels are not talked up.
    """
    columns = base.shape[1]
    centre = np.concatenate([np.repeat([0.0, -0.5, -3.0], channels), np.eye(columns)[0]])
    spread = np.concatenate([np.repeat([1.0, 0.8, 1.5], channels), np.full(columns, 0.4)])
    return Prior(centre, spread)


def curves(values: Floats, channels: int) -> Curves:
    """Return the curves that parameters (..., parameters) stand for."""
    return Curves(1.0 / (1.0 + np.exp(-values[..., :channels])), np.exp(values[..., channels : 2 * channels]),
                  np.exp(values[..., 2 * channels : 3 * channels]))


def lagged(spend: Floats) -> Floats:
    """Return spend (lags, weeks, channels) as it was so many weeks ago; before the first, as in the first quarter."""
    ahead = np.repeat(spend[:LAGS].mean(axis=0, keepdims=True), LAGS - 1, axis=0)
    whole = np.concatenate([ahead, spend])
    return np.stack([whole[LAGS - 1 - lag : len(whole) - lag] for lag in range(LAGS)])


def fading(carry: Floats) -> Floats:
    """Return what each lag weighs (lags, channels), in sum one."""
    weights = carry[None, :] ** np.arange(LAGS)[:, None]
    return weights / weights.sum(axis=0)


def contributions(values: Floats, spends: Floats) -> Floats:
    """Return what each channel brings (weeks, channels); spends as `lagged` gives them."""
    carry, half, most = curves(values, spends.shape[2])
    stock = np.einsum("lc,lwc->wc", fading(carry), spends)
    return most * stock / (stock + half)


class Noise(NamedTuple):
    """What disturbs a week: its standard deviation, and the share of it that lasts into the next week."""

    loud: float
    lasts: float


@dataclass(frozen=True)
class Fitted:
    """The most likely values, and draws of what else they may be.

    values (parameters,); noise of a week; expected (weeks,), what values say of the outcome, known
    or not; draws (draws, parameters).
    """

    values: Floats
    noise: Noise
    expected: Floats
    draws: Floats


def fit(weeks: Weeks, prior: Prior, draws: int, luck: np.random.Generator) -> Fitted:
    """What do channels bring?

    Args: weeks; prior; draws, how many; luck. Returns the fit. Raises ValueError with fewer than two known weeks.
    """
    problem = _Problem(weeks, prior)
    if problem.known.sum() < 2:
        raise ValueError("a response needs two known weeks at least")
    values, noise = prior.centre, Noise(_FIRST_NOISE, 0.0)
    chances, louder = np.ones((1, 1)), np.array([noise.loud])
    for _ in range(_ROUNDS):
        values = problem.least(values, noise)
        chances, louder = problem.noises(values, noise.loud)
        noise = Noise(float(np.exp((chances * np.log(louder)).sum())), float((chances.sum(axis=1) * _MEMORIES).sum()))
    drawn, weights = np.empty((_TRIED * draws, len(values))), np.empty(_TRIED * draws)
    taken = luck.choice(chances.size, len(drawn), p=chances.ravel())
    for one, (lasting, loud) in enumerate(zip(*np.unravel_index(taken, chances.shape), strict=True)):
        own = Noise(float(louder[loud]), float(_MEMORIES[lasting]))
        drawn[one], weight = problem.drawn(values, own, luck)
        weights[one] = weight - math.log(chances[lasting, loud])
    return Fitted(values, noise, problem.expected(values)[0], drawn[_resampled(weights, draws, luck)])


def _resampled(weights: Floats, draws: int, luck: np.random.Generator) -> NDArray[np.int64]:
    """Return which of those tried are the draws, by the logarithms of their weights (tried,).

    No weight counts for more than the root of their number (Ionides, JCGS 17, 2008).
    """
    weighs = np.exp(weights - weights.max())
    weighs = np.minimum(weighs, math.sqrt(len(weights)) * weighs.mean())
    steps = (luck.random() + np.arange(draws)) / draws
    return np.searchsorted(np.cumsum(weighs) / weighs.sum(), steps)


def told_apart(weeks: Weeks, spends: Floats, prior: Prior, noise: Noise) -> tuple[Floats, Floats]:
    """What would plain least squares say of each channel, with the shapes believed before and no belief in its sign?

    Returns (channels,) how many standard errors its most lies from nought, and how many times its error is larger than
    were it alone (the square root of its variance inflation factor).
    """
    known = np.isfinite(weeks.outcome)
    channels = weeks.spend.shape[1]
    gaps = np.diff(np.flatnonzero(known))
    rows = _news(np.hstack([contributions(prior.centre, spends)[known], weeks.base[known]]), noise.lasts, gaps)
    rows = rows / np.maximum(np.linalg.norm(rows, axis=0), 1e-12)
    # What is told of a channel beside the level is what it varies by.
    level = rows[:, [channels]]
    alone = np.linalg.norm(rows - level * (level.T @ rows), axis=0)[:channels]
    # A pseudo-inverse would take two columns that are the same for sure ones.
    covariance = np.linalg.inv(rows.T @ rows + _SAME * np.eye(rows.shape[1]))
    found = covariance @ rows.T @ _news(weeks.outcome[known], noise.lasts, gaps)
    error = np.sqrt(np.maximum(np.diag(covariance), 1e-12))[:channels]
    return found[:channels] / (error * noise.loud), error * alone


class _Problem:
    """Residuals of weeks and tests with their derivatives."""

    def __init__(self, weeks: Weeks, prior: Prior) -> None:
        self.weeks, self.prior, self.known = weeks, prior, np.isfinite(weeks.outcome)
        self.outcome = weeks.outcome[self.known]
        self.error = np.array([test.error for test in weeks.tests])
        self.seen = np.append(self.outcome, [test.effect for test in weeks.tests])
        self.believed = np.diag(1.0 / prior.spread)
        self.gaps = np.diff(np.flatnonzero(self.known))
        self.spends = _by_channel(weeks.spend)
        self.changed = []
        for test in weeks.tests:
            spend = weeks.spend[:, [test.channel]].copy()
            spend[test.first : test.last] *= 1.0 + test.change
            self.changed.append(_by_channel(spend))

    def expected(self, values: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return what values say of every week (weeks,), then of the tests (tests,), each with its derivatives."""
        channels = self.weeks.spend.shape[1]
        brought, slopes = _brought(values, self.spends)
        rows = np.concatenate([slopes, self.weeks.base.T]).T
        said = self.weeks.base @ values[3 * channels :] + brought.sum(axis=0)
        tests, test_rows = np.zeros(len(self.changed)), np.zeros((len(self.changed), len(values)))
        for at, (test, spends) in enumerate(zip(self.weeks.tests, self.changed, strict=True)):
            own = test.channel + channels * np.arange(3)
            after, after_slopes = _brought(values[own], spends)
            more = test.market * (after[0] - brought[test.channel])
            more_slopes = test.market * (after_slopes - slopes[own]).T
            span = slice(test.first, test.last)
            tests[at], test_rows[at, own] = more[span].sum(), more_slopes[span].sum(axis=0)
            if test.market < 1.0:
                said += more
                rows[:, own] += more_slopes
        return said, rows, tests, test_rows

    def told(self, values: Floats) -> tuple[Floats, Floats]:
        """Return what values say of the known weeks, then of the tests, and the derivatives."""
        said, rows, tests, test_rows = self.expected(values)
        return np.append(said[self.known], tests), np.vstack([rows[self.known], test_rows])

    def sides(self, values: Floats, noise: Noise) -> tuple[Floats, Floats]:
        """Return by how many standard deviations each week, test and belief is missed (..,), and the derivatives."""
        said, rows = self.told(values)
        count = len(self.outcome)
        both = np.column_stack([rows, said - self.seen])
        believed = np.column_stack([self.believed, (values - self.prior.centre) / self.prior.spread])
        both = np.concatenate([_news(both[:count], noise.lasts, self.gaps) / noise.loud,
                               both[count:] / self.error[:, None], believed])
        return both[:, -1], both[:, :-1]

    def noises(self, values: Floats, loud: float) -> tuple[Floats, Floats]:
        """Return the chance of each memory and noise (memories, noises) about these values, and the noises."""
        said, rows = self.told(values)
        count = len(self.outcome)
        left = self.outcome - said[:count] + rows[:count] @ (values - self.prior.centre)
        return _noises(left, rows[:count] * self.prior.spread, self.gaps, loud)

    def least(self, start: Floats, noise: Noise) -> Floats:
        """Return the values with the least sum of squares."""
        return _solved(lambda values: self.sides(values, noise), start)

    def drawn(self, start: Floats, noise: Noise, luck: np.random.Generator) -> tuple[Floats, float]:
        """Return a draw about the start, and the logarithm of its weight."""
        axes = np.linalg.qr(self.sides(start, noise)[1])[0].T
        aim = luck.standard_normal(len(start))

        def along(values: Floats) -> tuple[Floats, Floats]:
            missed, slopes = self.sides(values, noise)
            return axes @ missed - aim, axes @ slopes

        values = _solved(along, start)
        missed, slopes = self.sides(values, noise)
        if np.abs(axes @ missed - aim).max() > _UNSOLVED:
            return values, -math.inf
        weight = 0.5 * float(aim @ aim - missed @ missed) - float(np.linalg.slogdet(axes @ slopes)[1])
        return values, weight - len(self.outcome) * math.log(noise.loud) - 0.5 * float(
            np.log(1.0 - noise.lasts ** (2 * self.gaps)).sum())


def _solved(sides: Callable[[Floats], tuple[Floats, Floats]], start: Floats) -> Floats:
    """Return the values with the least sum of squares of sides, which come with their derivatives."""
    looked: dict[bytes, tuple[Floats, Floats]] = {}

    def at(values: Floats) -> tuple[Floats, Floats]:
        key = values.tobytes()
        if key not in looked:
            looked.clear()
            looked[key] = sides(np.clip(values, -30.0, 30.0))
        return looked[key]

    slopes: Any = lambda values: at(values)[1]  # noqa: E731
    return least_squares(lambda values: at(values)[0], start, slopes, method="lm", ftol=1e-5, xtol=1e-5,
                         max_nfev=_MOST_STEPS).x


def _by_channel(spend: Floats) -> Floats:
    """Return spend (channels, weeks, lags) as it was so many weeks ago."""
    return np.ascontiguousarray(lagged(spend).transpose(2, 1, 0))


def _brought(values: Floats, spends: Floats) -> tuple[Floats, Floats]:
    """Return what channels bring (channels, weeks), and its derivatives by the logit a, the log k and the log b of each
    (3 channels, weeks); spends as `_by_channel` gives them."""
    carry, half, most = curves(values, len(spends))
    lag = np.arange(LAGS)[:, None]
    weights = fading(carry)
    # d weight / d logit a = weight (1 - a) (lag - mean lag)
    turned = weights * (1.0 - carry) * (lag - (lag * weights).sum(axis=0))
    stock, moved = (spends @ np.stack([weights.T, turned.T], axis=-1)).transpose(2, 0, 1)
    full = stock + half[:, None]
    brought = most[:, None] * stock / full
    steep = (most * half)[:, None] / full**2
    return brought, np.concatenate([steep * moved, -steep * stock, brought])


def _news(rows: Floats, lasts: float, gaps: NDArray[np.int64]) -> Floats:
    """Return what is new in each known week (weeks, ...), as loud as the whole; gaps, weeks from one to the next."""
    kept = (lasts**gaps).reshape(-1, *[1] * (rows.ndim - 1))
    return np.concatenate([rows[:1], (rows[1:] - kept * rows[:-1]) / np.sqrt(1.0 - kept**2)])


def _noises(left: Floats, spread: Floats, gaps: NDArray[np.int64], loud: float) -> tuple[Floats, Floats]:
    """Return the chance of each memory and each noise (memories, noises), and the noises.

    Args: left (weeks,), the outcome less what the prior's centre says of it; spread (weeks, parameters), what it says
    moves by, a standard deviation of each parameter; gaps; loud, about how loud noise is.
    """
    noises = np.maximum(loud, 1e-6) * _LOUDER
    likely = np.empty((len(_MEMORIES), len(noises)))
    for at, lasts in enumerate(_MEMORIES):
        axes, sizes, _ = np.linalg.svd(_news(spread, lasts, gaps), full_matrices=False)
        news = _news(left, lasts, gaps)
        along = axes.T @ news
        beside = max(float(news @ news - along @ along), 0.0)
        variances = noises[:, None] ** 2 + sizes**2
        likely[at] = -0.5 * (np.log(variances) + along**2 / variances).sum(axis=1) - beside / (2.0 * noises**2) - (
            len(left) - len(sizes)) * np.log(noises) - 0.5 * np.log(1.0 - lasts ** (2 * gaps)).sum()
    chances = np.exp(likely - likely.max())
    return chances / chances.sum(), noises
