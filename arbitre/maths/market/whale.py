"""How much of the profit do the best customers make, how many lose money, and how sure is that?

Customers are put in order of profit, the best first; the curve tells what the first share u of them make together. It
rises while customers earn and falls while they lose: its peak over its end is how much more there would be without
those who lose (the whale curve: R. S. Kaplan and V. G. Narayanan, Journal of Cost Management 15 (5), 2001, 5-15).

How sure: the customers are one sample of those who could have been. They are drawn again, with replacement, as many as
there are, and the curve is taken again each time; the quantiles over the draws bound it (B. Efron, Annals of Statistics
7, 1979; percentile method). What is drawn is customers, so the width tells how much rests on few of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Whale(NamedTuple):
    """The curve at the shares of a grid (..., points), its end and its peak (...), all in the unit of profit."""

    curve: Floats
    whole: Floats
    peak: Floats


def whale_curve(profits: Floats, grid: Floats) -> Whale:
    """Return the curve of these customers.

    Args: profits (customers,), in any order; grid (points,), shares of the customers from 0 to 1. Between two customers
    the curve is a straight line.
    """
    return _curve(np.sort(profits)[::-1], np.ones(len(profits)), grid)


def resampled_curves(profits: Floats, grid: Floats, draws: int, rng: np.random.Generator) -> Whale:
    """Return the curves of as many customers drawn with replacement, `draws` times on the first axis. Args as above."""
    best_first, n = np.sort(profits)[::-1], len(profits)
    again = [_curve(best_first, np.bincount(rng.integers(0, n, n), minlength=n), grid) for _ in range(draws)]
    return Whale(*(np.stack(part) for part in zip(*again, strict=True)))


def percentile_interval(values: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Return the two quantiles over the draws (first axis) that hold `confidence` between them."""
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail], axis=0)
    return low, high


def _curve(best_first: Floats, times: NDArray[np.number], grid: Floats) -> Whale:
    """Return the curve when each customer counts so many times."""
    people = np.concatenate([[0.0], np.cumsum(times)]) / len(best_first)
    money = np.concatenate([[0.0], np.cumsum(times * best_first)])
    return Whale(np.interp(grid, people, money), money[-1], money.max())
