"""What would people pay, by what they say? Van Westendorp's four questions and Gabor and Granger's ladder.

Both are stated, not paid: upper bounds.

- Van Westendorp (1976): at which price is it too cheap, cheap, dear, too dear? Of the four cumulative curves, too cheap
  meets dear at the point of marginal cheapness, cheap meets too dear at that of marginal expensiveness, between which
  prices are acceptable; cheap meets dear at the indifference price, too cheap meets too dear at the optimal one.
- Gabor and Granger (1966): would you buy at this price? The share that would falls with the price (isotonic
  regression: pooled adjacent violators, Ayer et al. 1955), and price times share, or margin times share, has its top at
  one of the prices asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arbitre.core.errors import UsageError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PriceRange:
    """Van Westendorp's four points, and how many answers were used and left out as contradictory."""

    least: float
    most: float
    indifference: float
    optimal: float
    answers: int
    contradictory: int


def price_range(too_cheap: ArrayLike, cheap: ArrayLike, dear: ArrayLike, too_dear: ArrayLike) -> PriceRange:
    """Return the acceptable prices; args (people,). Who does not answer in rising order is left out, and counted.

    Raises UsageError when nobody is left, or all answers are the same.
    """
    told = np.stack([np.asarray(one, dtype=float) for one in (too_cheap, cheap, dear, too_dear)])
    is_sound = np.isfinite(told).all(axis=0) & (np.diff(told, axis=0) >= 0).all(axis=0) & (told[0] >= 0)
    used = told[:, is_sound]
    if used.shape[1] == 0:
        raise UsageError("Nobody named four prices in rising order, from too cheap to too dear.")
    prices = np.unique(used)
    if len(prices) == 1:
        raise UsageError(f"Everybody names the one price {prices[0]:g}, four times: that is no range.")
    falls_too_cheap, falls_cheap = (_share_at_least(used[row], prices) for row in (0, 1))
    rises_dear, rises_too_dear = (1.0 - _share_above(used[row], prices) for row in (2, 3))
    return PriceRange(_meeting(prices, falls_too_cheap, rises_dear), _meeting(prices, falls_cheap, rises_too_dear),
                      _meeting(prices, falls_cheap, rises_dear), _meeting(prices, falls_too_cheap, rises_too_dear),
                      used.shape[1], int((~is_sound).sum()))


@dataclass(frozen=True)
class Demand:
    """The share that would buy at each price asked, falling, and the price of the most revenue and of the most margin.

    price, share, answers (prices,).
    """

    price: Floats
    share: Floats
    answers: NDArray[np.int64]
    best_revenue: float
    best_margin: float


def demand_curve(price: ArrayLike, would_buy: ArrayLike, cost: float = 0.0) -> Demand:
    """Return demand by price; args (answers,): the price asked, whether this person would buy; cost of one.

    Raises UsageError when nobody answered or only one price was asked.
    """
    asked, yes = np.asarray(price, dtype=float), np.asarray(would_buy, dtype=float)
    prices, which = np.unique(asked, return_inverse=True)
    if len(prices) < 2:
        raise UsageError("One price says nothing about another: ask at two or more.")
    answers = np.bincount(which)
    share = falling(np.bincount(which, yes) / answers, answers.astype(float))
    return Demand(prices, share, answers, float(prices[np.argmax(prices * share)]),
                  float(prices[np.argmax((prices - cost) * share)]))


def falling(values: ArrayLike, weight: ArrayLike) -> Floats:
    """Return the nearest values that never rise (weighted least squares; pooled adjacent violators)."""
    blocks: list[list[float]] = []
    for value, heavy in zip(np.asarray(values, dtype=float).tolist(), np.asarray(weight, dtype=float).tolist(),
                            strict=True):
        blocks.append([value, heavy, 1])
        while len(blocks) > 1 and blocks[-1][0] > blocks[-2][0]:
            last, before = blocks.pop(), blocks.pop()
            total = last[1] + before[1]
            blocks.append([(last[0] * last[1] + before[0] * before[1]) / total, total, last[2] + before[2]])
    return np.repeat([block[0] for block in blocks], [int(block[2]) for block in blocks])


def _share_at_least(answers: Floats, prices: Floats) -> Floats:
    return (answers[None, :] >= prices[:, None]).mean(axis=1)


def _share_above(answers: Floats, prices: Floats) -> Floats:
    return (answers[None, :] > prices[:, None]).mean(axis=1)


def _meeting(prices: Floats, falls: Floats, rises: Floats) -> float:
    """Return where a falling and a rising curve meet, on the straight line between two prices."""
    apart = rises - falls
    after = int(np.argmax(apart >= 0)) if (apart >= 0).any() else len(prices) - 1
    if after == 0:
        return float(prices[0])
    before = after - 1
    part = -apart[before] / (apart[after] - apart[before]) if apart[after] != apart[before] else 0.5
    return float(prices[before] + min(max(part, 0.0), 1.0) * (prices[after] - prices[before]))
