"""Whom does it help to treat, by how much, and what would treating just those bring?

From customers treated or not by chance. Two ways to tell the effect of treating a customer from what is known of it
(Künzel, Sekhon, Bickel and Yu, PNAS 116 (2019) 4156-4165):
    T-learner: what is expected of it treated, less what is expected of it left alone, each fitted on its own group;
    X-learner: the effect that each customer is seen to have, its outcome less what the other group leads to expect,
    fitted
        within each group, and the two put together by the share treated.
Outcomes of 0 and 1 are fitted by logistic regression, others by linear regression, both with a ridge. All that is told
of how good an order is rests on customers left out of the fit (five folds).

The gain of treating the best share of customers is the sum over them of doubly robust effects (Robins, Rotnitzky and
Zhao 1994), and the Qini coefficient (Radcliffe 2007) the area between that curve and the straight line of treating by
chance, for one customer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from arbitre.maths.evidence.logistic import fit_logistic

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

_RIDGE = 1.0
_FOLDS = 5

LEARNERS = ("t", "x")


class Effects(NamedTuple):
    """What is expected of customers: treated, left alone, and the effect of treating by each learner (rows,)."""

    treated: Floats
    alone: Floats
    effect: dict[str, Floats]


class Tried(NamedTuple):
    """Customers on whom it was tried: features (rows, features), treated and outcome (rows,)."""

    features: Floats
    treated: Truths
    outcome: Floats

    def of(self, rows: NDArray[np.intp] | Truths) -> Tried:
        """Return those rows."""
        return Tried(self.features[rows], self.treated[rows], self.outcome[rows])


class Curve(NamedTuple):
    """Gain of treating the best share of customers: share, gain, error (places,), the Qini coefficient and its error.

    gain and error are for one customer of all, treated or not.
    """

    share: Floats
    gain: Floats
    error: Floats
    qini: float
    qini_error: float


def effects(tried: Tried, features: Floats) -> Effects:
    """Return the effect of treating customers (rows, features), learnt from those on whom it was tried."""
    binary = bool(np.isin(tried.outcome, (0.0, 1.0)).all())
    treated, alone = (_expected(tried.features[group], tried.outcome[group], binary)
                      for group in (tried.treated, ~tried.treated))
    seen_treated = tried.outcome[tried.treated] - alone(tried.features[tried.treated])
    seen_alone = treated(tried.features[~tried.treated]) - tried.outcome[~tried.treated]
    share = float(tried.treated.mean())
    crossed = (share * _expected(tried.features[~tried.treated], seen_alone, False)(features)
               + (1.0 - share) * _expected(tried.features[tried.treated], seen_treated, False)(features))
    level = treated(features), alone(features)
    return Effects(*level, {"t": level[0] - level[1], "x": crossed})


def _expected(features: Floats, outcome: Floats, binary: bool) -> Callable[[Floats], Floats]:
    """Return how an outcome is expected from features."""
    if binary and 0.0 < outcome.mean() < 1.0:
        return fit_logistic(features, outcome, _RIDGE, np.arange(len(outcome))).chance
    mean, spread = features.mean(axis=0), features.std(axis=0)
    scaled = (features - mean) / np.where(spread > 1e-12, spread, 1.0)
    level = float(outcome.mean())
    slope = np.linalg.solve(scaled.T @ scaled + _RIDGE * np.eye(features.shape[1]), scaled.T @ (outcome - level))
    slope = slope / np.where(spread > 1e-12, spread, 1.0)
    return lambda others: level + (others - mean) @ slope


def left_out(tried: Tried, chance: np.random.Generator) -> Effects:
    """Return the effects of the customers it was tried on, each told by a fit that did not see it."""
    rows, fold = len(tried.outcome), np.empty(len(tried.outcome), np.int64)
    for group in (tried.treated, ~tried.treated):
        fold[group] = chance.permutation(int(group.sum())) % _FOLDS
    told = Effects(np.empty(rows), np.empty(rows), {name: np.empty(rows) for name in LEARNERS})
    for one in range(_FOLDS):
        here = fold == one
        found = effects(tried.of(~here), tried.features[here])
        told.treated[here], told.alone[here] = found.treated, found.alone
        for name in LEARNERS:
            told.effect[name][here] = found.effect[name]
    return told


def doubly_robust(tried: Tried, told: Effects) -> Floats:
    """Return an unbiased effect of treating each customer, whose mean over a choice made beforehand is its own."""
    share = tried.treated.mean()
    return (told.treated - told.alone + tried.treated * (tried.outcome - told.treated) / share
            - ~tried.treated * (tried.outcome - told.alone) / (1.0 - share))


def curve(score: Floats, effect: Floats, places: int) -> Curve:
    """Return the gain of treating the customers of highest score. Args: score, effect (rows,), doubly robust."""
    order = np.argsort(-score, kind="stable")
    rows = len(order)
    count = np.round(np.linspace(0, rows, places + 1)).astype(np.int64)[1:]
    sums, squares = np.cumsum(effect[order]), np.cumsum(effect[order] ** 2)
    gain = sums[count - 1] / rows
    error = np.sqrt(np.maximum(squares[count - 1] / rows - gain**2, 0.0) / rows)
    # A sum of cumulated sums counts the first as often as there are places, the last once.
    parts = effect[order] * (0.5 - (np.arange(rows) + 0.5) / rows)
    return Curve(count / rows, gain, error, float(parts.mean()), float(parts.std() / np.sqrt(rows)))
