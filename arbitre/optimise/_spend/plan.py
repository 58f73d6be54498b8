"""Which spend brings most, how sure is that it is the best, and what would it be worth to know a channel better?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arbitre.maths.market.response import Curves, Floats, fading
from arbitre.solvers.linear import Rows, least

_GAP = 1e-4
_MOST_CUTS = 300
_STEPS = 40
"""A curve is cut into so many steps where regret is told."""
_REGRET_DRAWS = 100


class Pool:
    """Channels as they spent in the last year, each scaled up or down as a whole.

    Args: curves, of each draw (draws, channels); spends (lags, weeks, channels), in the units of the curves; before
    (channels,), money a week; scale, money that an outcome of one is, by draw and channel where they differ.
    """

    def __init__(self, curves: Curves, spends: Floats, before: Floats, scale: float | Floats) -> None:
        self.before, self.scale, self.curves = before, scale, curves
        weights = np.stack([fading(carry) for carry in curves.carry])
        self.stock = np.einsum("dlc,lwc->dwc", weights, spends)

    def worth(self, spend: Floats) -> Floats:
        """What does this spend (channels,), money a week, bring? (draws, channels), money a week."""
        return self.scale * self.outcome(spend)

    def outcome(self, spend: Floats) -> Floats:
        """How much of the outcome does this spend bring in a week? (draws, channels), in units of the curves."""
        stock = self.stock * (spend / self.before)
        return self.curves.most * (stock / (stock + self.curves.half[:, None])).mean(axis=1)

    def marginal(self, spend: Floats) -> Floats:
        """What does one more unit of money bring, spent as the rest is? (draws, channels)."""
        stock = self.stock * (spend / self.before)
        steep = (self.stock * self.curves.half[:, None] / (stock + self.curves.half[:, None]) ** 2).mean(axis=1)
        return self.scale * self.curves.most * steep / self.before


class Moved(NamedTuple):
    """The best spend found (channels,), what it brings less what it costs, a bound that no spend exceeds, what one
    more unit of budget would bring beyond its cost, and what one more unit of money brings in each channel (channels,);
    all on the mean of the draws that count."""

    spend: Floats
    value: float
    bound: float
    worth: float
    marginal: Floats


def move(pool: Pool, lowest: Floats, highest: Floats, budget: float, tail: float) -> Moved:
    """Which spend within limits and budget brings most, on the mean of the worst share `tail` of draws (1: of all)?

    By cutting planes (Kelley, Journal of SIAM 8, 1960): what a spend brings at most is the least of the tangents at
    those looked at, and a linear programme finds where that is highest. Its value there is the bound.
    """
    count = len(lowest)
    start = np.clip(pool.before, lowest, highest)
    over = start.sum() - budget
    if over > 0:
        start = start - over * (start - lowest) / max(float((start - lowest).sum()), 1e-300)
    looked: list[tuple[float, Floats]] = []
    spend, best, value, bound, worth = start, start, -np.inf, np.inf, 0.0
    while len(looked) < _MOST_CUTS:
        found, slope = _net(pool, spend, tail)
        if found > value:
            value, best = found, spend
        if bound - value <= _GAP * max(abs(value), 1e-12 * float(np.mean(pool.scale))):
            break
        looked.append((found - float(slope @ spend), slope))
        far = sum(float(np.abs(slope) @ highest) + abs(level) for level, slope in looked[:1]) + abs(value)
        # Columns: spends, then what is brought; a row for each tangent, then the budget.
        cuts = np.array([np.append(-slope, 1.0) for _, slope in looked])
        rows = np.vstack([cuts, np.append(np.ones(count), 0.0)])
        upper = np.append([level for level, _ in looked], budget)
        answer = least(np.append(np.zeros(count), -1.0), _dense(rows, upper), np.append(lowest, -10.0 * far),
                       np.append(highest, 10.0 * far), np.zeros(count + 1, dtype=bool), gap=0.0, most_nodes=1)
        bound, worth, spend = min(bound, -answer.objective), -float(answer.row_dual[-1]), answer.values[:-1]
    return Moved(best, value, max(bound, value), max(worth, 0.0), _net(pool, best, tail)[1] + 1.0)


def _net(pool: Pool, spend: Floats, tail: float) -> tuple[float, Floats]:
    """Return what a spend brings less what it costs, on the mean of the worst draws, and a tangent."""
    worth, marginal = pool.worth(spend), pool.marginal(spend)
    total = worth.sum(axis=1)
    worst = np.argsort(total, kind="stable")[: max(1, round(tail * len(total)))]
    return float(total[worst].mean() - spend.sum()), marginal[worst].mean(axis=0) - 1.0


def _dense(rows: Floats, upper: Floats) -> Rows:
    count, columns = rows.shape
    return Rows(np.arange(count + 1) * columns, np.tile(np.arange(columns), count), rows.ravel(),
                np.full(count, -np.inf), upper)


def regrets(pool: Pool, lowest: Floats, highest: Floats, budget: float) -> Floats:
    """What does it cost on average not to know each channel (channels,), money a week?

    The best spend were a channel's curve known, for each draw of it, less the best on the mean of draws; curves in
    steps, each step taken in the order of what it brings for its money.
    """
    steps = np.linspace(lowest, highest, _STEPS + 1)
    net = np.stack([pool.worth(spend)[:_REGRET_DRAWS] - spend for spend in steps])
    gains = np.diff(net, axis=0)
    price = (highest - lowest) / _STEPS
    left = budget - lowest.sum()
    mean = gains.mean(axis=1)
    flat = np.repeat(price[None, :], _STEPS, axis=0)
    usual = _taken(mean, flat, left)
    found = np.zeros(len(lowest))
    for channel in range(len(lowest)):
        for draw in range(gains.shape[1]):
            known = mean.copy()
            known[:, channel] = gains[:, draw, channel]
            found[channel] += (_taken(known, flat, left) * known).sum() - (usual * known).sum()
    return np.maximum(found / gains.shape[1], 0.0)


def _taken(gains: Floats, price: Floats, left: float) -> Floats:
    """Return which share of each step (steps, channels) is taken: if worth its money, best first, while it lasts."""
    value, cost = gains.ravel(), price.ravel()
    order = np.argsort(-value / np.maximum(cost, 1e-300), kind="stable")
    order = order[value[order] > 0]
    before = np.cumsum(cost[order]) - cost[order]
    taken = np.zeros(len(value))
    taken[order] = np.clip((left - before) / np.maximum(cost[order], 1e-300), 0.0, 1.0)
    return taken.reshape(gains.shape)
