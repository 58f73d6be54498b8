"""Who will still buy, how often and for how much, when nobody says goodbye?

A customer is told by x repeat purchases, the last of them at age t_x, and the age T today. It buys at random at a
rate of its own, drawn from a gamma law (r, alpha), until it is gone:
    BG/NBD: after each purchase it is gone with a chance of its own, drawn from a beta law (a, b)
        (Fader, Hardie and Lee, Marketing Science 24 (2005) 275-284, eq. 6 likelihood, eq. 10 expected purchases);
    Pareto/NBD: it lives for an exponential time whose rate is drawn from a gamma law (s, beta)
        (Schmittlein, Morrison and Colombo, Management Science 33 (1987) 1-24; likelihood as in Fader and Hardie, A
        note on deriving the Pareto/NBD model, 2005).
Spend on a purchase is gamma with a scale of the customer's own, drawn from a gamma law (p, q, gamma; Fader and
Hardie, The gamma-gamma model of monetary value, 2013).

Customers with the same x, t_x and T are one row with a weight. Times are in the unit of the caller, weeks in published
tables.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, expit, gammaln, hyp2f1, psi

from arbitre.maths.evidence.likelihood import Fit, likeliest, with_differences

Floats = NDArray[np.float64]

_NUDGE = 1e-6
_NOWHERE = -1e12
"""Log likelihood of parameters that cannot be told."""


class Histories(NamedTuple):
    """Customers with the same history, a row each: repeats x, age at the last one, age today and how many they are."""

    repeats: Floats
    last_age: Floats
    age: Floats
    weight: Floats


class _Distinct(NamedTuple):
    """The pairs of repeats and age that histories hold, each once; place (histories,) of a history among them.

    Customers are many, and such pairs few: what takes long is worked out for each pair once.
    """

    repeats: Floats
    age: Floats
    place: NDArray[np.intp]


def _distinct(repeats: Floats, age: Floats) -> _Distinct:
    pairs, place = np.unique(repeats + 1j * age, return_inverse=True)
    return _Distinct(pairs.real, pairs.imag, place)


def fit_beta_geometric(told: Histories) -> Fit:
    """Return r, alpha, a, b of the BG/NBD."""
    x, of_x = np.unique(told.repeats, return_inverse=True)
    many = np.bincount(of_x, told.weight)
    today, last = _distinct(told.repeats, told.age), _distinct(told.repeats, told.last_age)

    def of(logs: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = parameters = np.exp(logs)
        stayed = -(r + today.repeats) * np.log(alpha + today.age)
        odds = _left(parameters, last.repeats, last.age)[last.place] - stayed[today.place]
        gone = expit(odds) * told.weight
        gone_now, gone_last, gone_x = (np.bincount(place, gone, len(values)) for place, values in (
            (today.place, today.age), (last.place, last.age), (of_x, x)))
        here = np.bincount(today.place, told.weight, len(today.age)) - gone_now
        value = (many @ (gammaln(r + x) - gammaln(r) + r * logs[1] + betaln(a, b + x) - betaln(a, b))
                 + told.weight @ (stayed[today.place] + np.logaddexp(0.0, odds)))
        slopes = np.array([
            many @ (psi(r + x) - psi(r) + logs[1]) - here @ np.log(alpha + today.age)
            - gone_last @ np.log(alpha + last.age),
            many.sum() * r / alpha - here @ ((r + today.repeats) / (alpha + today.age))
            - gone_last @ ((r + last.repeats) / (alpha + last.age)),
            many @ (psi(a + b) - psi(a + b + x)) + gone.sum() / a,
            many @ (psi(b + x) - psi(a + b + x) - psi(b) + psi(a + b)) - gone_x @ (1.0 / _before_last(b, x)),
        ])
        return float(value), slopes * parameters

    return likeliest(of, np.log([1.0, float(np.median(told.age)) + 1e-3, 1.0, 2.0]))


def _left(parameters: Floats, repeats: Floats, last_age: Floats) -> Floats:
    """Return the log likelihood (its part of dropping out) of having gone at the last purchase; -inf where x is 0."""
    r, alpha, a, b = parameters
    left = np.log(a) - np.log(_before_last(b, repeats)) - (r + repeats) * np.log(alpha + last_age)
    return np.where(repeats > 0, left, -np.inf)


def _before_last(b: float, repeats: Floats) -> Floats:
    return b + np.maximum(repeats, 1.0) - 1.0


def fit_pareto(told: Histories) -> Fit:
    """Return r, alpha, s, beta of the Pareto/NBD."""
    x, of_x = np.unique(told.repeats, return_inverse=True)
    many = np.bincount(of_x, told.weight)
    today, last = _distinct(told.repeats, told.age), _distinct(told.repeats, told.last_age)

    def of(logs: Floats) -> float:
        r, alpha, s, beta = parameters = np.exp(logs)
        alive = -(r + today.repeats) * np.log(alpha + today.age) - s * np.log(beta + today.age)
        alive = alive - np.log(s) + np.log(r + s + today.repeats)
        gone = _gone_between(_died(parameters, last.repeats, last.age)[last.place],
                             _died(parameters, today.repeats, today.age)[today.place])
        if not np.isfinite(gone).all():  # so far out that the series cannot be added up: not where one ends
            return _NOWHERE
        value = gammaln(r + x) - gammaln(r) + r * logs[1] + s * logs[3] + logs[2] - np.log(r + s + x)
        return float(many @ value + told.weight @ np.logaddexp(alive[today.place], gone))

    typical = float(np.median(told.age)) + 1e-3
    return likeliest(with_differences(of), np.log([0.5, typical / 3.0, 0.5, typical / 3.0]))


def _died(parameters: Floats, repeats: Floats, age: Floats) -> Floats:
    """Return the log of what A_0 of the Pareto/NBD is a difference of: dying after that age.

    By Euler's transformation F(q, u; q + 1; z) = (1 - z)^(1 - u) F(1, q + 1 - u; q + 1; z), which never overflows.
    """
    r, alpha, s, beta = parameters
    larger, smaller = max(alpha, beta), min(alpha, beta)
    order = r + s + repeats
    second = s + 1.0 if alpha >= beta else r + repeats
    series = hyp2f1(1.0, order + 1.0 - second, order + 1.0, (larger - smaller) / (larger + age))
    return np.log(series) + (1.0 - second) * np.log(smaller + age) + (second - 1.0 - order) * np.log(larger + age)


def _gone_between(at_last: Floats, today: Floats) -> Floats:
    """Return log of A_0 of the Pareto/NBD: dying between the last purchase and today."""
    return at_last + np.log(-np.expm1(np.minimum(today - at_last, -1e-12)))


def alive_beta_geometric(parameters: Floats, told: Histories) -> Floats:
    """Return the chance that a customer of each row still buys; 1 of those who never came back."""
    r, alpha = parameters[:2]
    return expit(-(r + told.repeats) * np.log(alpha + told.age)
                 - _left(parameters, told.repeats, told.last_age))


def alive_pareto(parameters: Floats, told: Histories) -> Floats:
    """Return the chance that a customer of each row still buys."""
    r, alpha, s, beta = parameters
    alive = -(r + told.repeats) * np.log(alpha + told.age) - s * np.log(beta + told.age)
    last, today = (_distinct(told.repeats, age) for age in (told.last_age, told.age))
    gone = _gone_between(*(_died(parameters, one.repeats, one.age)[one.place] for one in (last, today)))
    return expit(alive - np.log(s) + np.log(r + s + told.repeats) - gone)


def expected_beta_geometric(parameters: Floats, told: Histories, ahead: float) -> Floats:
    """Return the purchases expected of a customer of each row within the time ahead."""
    r, alpha, a, b = parameters
    if abs(a - 1.0) < _NUDGE:  # the formula has a hole there and none to either side
        a = 1.0 + _NUDGE
    now = _distinct(told.repeats, told.age)
    x, until = now.repeats, alpha + now.age
    power = (r + x) * np.log(until / (until + ahead))
    series = hyp2f1(r + x, b + x, a + b + x - 1.0, ahead / (until + ahead))
    of_alive = (a + b + x - 1.0) / (a - 1.0) * (1.0 - np.exp(power) * series)
    return of_alive[now.place] * alive_beta_geometric(parameters, told)


def expected_pareto(parameters: Floats, told: Histories, ahead: float) -> Floats:
    """Return the purchases expected of a customer of each row within the time ahead."""
    r, alpha, s, beta = parameters
    shrunk = np.log((beta + told.age) / (beta + told.age + ahead))
    lived = -np.expm1((s - 1.0) * shrunk) / (s - 1.0) if abs(s - 1.0) > _NUDGE else -shrunk
    return alive_pareto(parameters, told) * (r + told.repeats) * (beta + told.age) / (alpha + told.age) * lived


def drawn_beta_geometric(parameters: Floats, told: Histories, ahead: float, chance: np.random.Generator) -> Floats:
    """Return purchases drawn within the time ahead, one customer of each row: (rows,).

    Given that it is still there, its rate is gamma (r + x, alpha + T) and its chance to be gone after a purchase beta
    (a, b + x); it then buys as often as it comes, until it is gone.
    """
    r, alpha, a, b = parameters
    rate = chance.gamma(r + told.repeats) / (alpha + told.age)
    leaves = np.maximum(chance.beta(a, b + told.repeats), 1e-12)
    bought = np.minimum(chance.poisson(rate * ahead), chance.geometric(leaves))
    return np.where(chance.random(len(rate)) < alive_beta_geometric(parameters, told), bought, 0).astype(np.float64)


def drawn_pareto(parameters: Floats, told: Histories, ahead: float, chance: np.random.Generator) -> Floats:
    """Return purchases drawn within the time ahead, one customer of each row: (rows,)."""
    r, alpha, s, beta = parameters
    rate = chance.gamma(r + told.repeats) / (alpha + told.age)
    dies = np.maximum(chance.gamma(s, size=len(rate)) / (beta + told.age), 1e-300)
    bought = chance.poisson(rate * np.minimum(ahead, chance.exponential(size=len(rate)) / dies))
    return np.where(chance.random(len(rate)) < alive_pareto(parameters, told), bought, 0).astype(np.float64)


def fit_spend(purchases: Floats, mean_spend: Floats) -> Fit:
    """Return p, q, gamma of the law of spend. Args: purchases, and their mean spend, above 0 (customers,)."""
    x, of_x = np.unique(purchases, return_inverse=True)
    many = np.bincount(of_x).astype(np.float64)
    total = purchases * mean_spend
    logs_of_total = np.bincount(of_x, np.log(total))
    untouched = float(np.log(mean_spend).sum())

    def of(logs: Floats) -> tuple[float, Floats]:
        p, q, gamma = parameters = np.exp(logs)
        shape, px = p * x + q, p * x
        scale = np.bincount(of_x, np.log(gamma + total))
        inverse = np.bincount(of_x, 1.0 / (gamma + total))
        value = many @ (gammaln(shape) - gammaln(px) - gammaln(q) + q * logs[2]) + px @ logs_of_total - shape @ scale
        slopes = np.array([
            x @ (many * (psi(shape) - psi(px)) + logs_of_total - scale),
            many @ (psi(shape) - psi(q) + logs[2]) - scale.sum(),
            many.sum() * q / gamma - shape @ inverse,
        ])
        return float(value) - untouched, slopes * parameters

    return likeliest(of, np.log([2.0, 2.0, float(np.median(mean_spend))]))


def expected_spend(parameters: Floats, purchases: Floats, mean_spend: Floats) -> Floats:
    """Return the spend expected on a purchase of customers with so many before, NaN where q is too small to tell.

    Args: purchases (customers,), 0 where none is known; mean_spend (customers,), of them.
    """
    p, q, gamma = parameters
    shape = p * purchases + q - 1.0
    total = np.where(purchases > 0, purchases * mean_spend, 0.0)
    return np.where(shape > 0.0, p * (gamma + total) / np.where(shape > 0.0, shape, 1.0), np.nan)
