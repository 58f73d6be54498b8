"""Which method would have been the cheapest to stock by?

A level S set at an origin by the law's quantile meets the demand D of the lead time that followed. What is left over is
held; what is short is a breach, priced so that the share t asked for is worth reaching (newsvendor: a level is best
when the chance to cover is short / (short + left over)):
    cost = (S - D)+ + t / (1 - t) (D - S)+,   times price x holding share: money a year.
It is the quantile score of the law at t, so no other level could gain by lying about the law.

One item's replay says little: a handful of breaches decides. Its costs, as a share of their mean over methods, are
drawn towards those of its pattern (in money, so that dear items weigh), which are drawn towards those of all:
    score = (n own + OWN_WINDOWS pattern) / (n + OWN_WINDOWS),   n lead times replayed that do not overlap.
A method must then be cheaper than every simpler one by MARGIN. On 2,509 car, 5,000 aircraft and 6,533 refinery parts
choosing by an item's own costs alone cost up to 9 % more than one method for all; drawn like this it costs 0 to 2.6 %
less than the best one, known only afterwards (benchmarks/forecast.py). The two numbers were set there; half or twice as
much moves that by 1.5 % at most.

What "chosen" would have kept is replayed too: at each origin the method is chosen from the lead times that had ended.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arbitre.forecast._history import Floats, Integers
from arbitre.forecast._laws import Laws

OWN_WINDOWS = 100.0
_GROUP_WINDOWS = 20.0
MARGIN = 0.03
"""Share of the cost by which a method must be cheaper than a simpler one."""
_LEAST_DEMANDS = 2
"""Below as many demands a replay proves nothing: machines forecast the item, or else the simplest method."""
_LEARNT_SHARE = 1 / 3
"""First origins of an item that only teach; what is kept is counted on the later ones."""


@dataclass(frozen=True)
class Replay:
    """What every method's level would have left over and been short of, by method, item and origin; NaN: no origin.

    Where a method has no law the plain mean stands in, and `able` is false. `mean` is what was expected, `asked`
    (items, origins) what came. `closed` (items, origins) are the periods seen when the lead time had ended. `demands`
    (items, origins + 1) are the periods with demand that had been seen, the last column now.
    """

    methods: tuple[str, ...]
    left: Floats
    short: Floats
    mean: Floats
    able: np.ndarray
    asked: Floats
    origins: Integers
    closed: Integers
    demands: Integers
    horizon: Integers

    def cost(self, share: float) -> Floats:
        """Return the cost in units left over, by method, item and origin."""
        return self.left + share / (1.0 - share) * self.short


def replayed(laws: Laws, units: Floats, horizon: Integers) -> Replay:
    """Return what the levels of the laws meet in the units (items, periods) that came."""
    origins = laws.origins[:, :-1]
    there = origins >= 0
    closed = np.where(there, origins + horizon[:, None], 0)
    seen = np.concatenate([np.zeros((len(units), 1)), units.cumsum(axis=1)], axis=1)
    came = np.take_along_axis(seen, closed, axis=1) - np.take_along_axis(seen, np.maximum(origins, 0), axis=1)
    asked = np.where(there, np.maximum(came, 0.0), np.nan)
    demands = np.concatenate([np.zeros((len(units), 1), np.int64), (units > 0.0).cumsum(axis=1)], axis=1)
    demands = np.take_along_axis(demands, np.maximum(laws.origins, 0), axis=1)
    plain = laws.methods.index("mean")
    able = ~np.isnan(laws.level)
    level = np.where(able, laws.level, laws.level[plain])[:, :, :-1]
    mean = np.where(able, laws.mean, laws.mean[plain])[:, :, :-1]
    return Replay(laws.methods, np.maximum(level - asked, 0.0), np.maximum(asked - level, 0.0), mean, able, asked,
                  origins, closed, demands, horizon)


def cheapest(replay: Replay, pattern: np.ndarray, price: Floats, share: float, allowed: np.ndarray, at: Integers,
             column: int) -> Integers:
    """Return the method of each item, knowing the lead times that had ended after `at` (items,) periods.

    Args: price (items,); allowed (methods,); column, the origin to choose for: the last is now.
    """
    cost = replay.cost(share)
    there = replay.origins >= 0
    known = there & (replay.closed <= at[:, None])
    own = np.where(known, cost, 0.0).sum(axis=2)
    usual = own.mean(axis=0)
    own = own / np.where(usual > 0.0, usual, 1.0)
    spans = np.where(known, replay.origins, -1).max(axis=1) - np.where(known, replay.origins, 1 << 40).min(axis=1)
    apart = np.where(usual > 0.0, np.minimum(spans / replay.horizon + 1.0, known.sum(axis=1)), 0.0)
    drawn = _drawn(replay, pattern, price, np.where(there, cost, 0.0), at)
    score = (apart * own + OWN_WINDOWS * drawn) / (apart + OWN_WINDOWS)
    able = allowed[:, None] & replay.able[:, :, column]
    score[~able] = np.inf
    # A tie goes to the simplest: the first.
    chosen = np.argmax(score <= score.min(axis=0) * (1.0 + MARGIN), axis=0)
    silent = replay.demands[:, column] < _LEAST_DEMANDS
    chosen[silent] = able.argmax(axis=0)[silent]
    if "installed" in replay.methods:
        number = replay.methods.index("installed")
        chosen[silent & able[number]] = number
    return chosen


def _drawn(replay: Replay, pattern: np.ndarray, price: Floats, cost: Floats, at: Integers) -> Floats:
    """Return the cost of each method for the pattern of each item, known after `at` periods, over its mean."""
    weight = price if price.any() else np.ones(len(price))
    names, group = np.unique(pattern, return_inverse=True)
    latest = int(at.max())
    there = (replay.origins >= 0) & (replay.closed <= latest)
    cells = (group[:, None] * (latest + 1) + np.where(there, replay.closed, 0))[there]
    size = len(names) * (latest + 1)
    windows = np.bincount(cells, minlength=size).reshape(len(names), -1).cumsum(axis=1)
    money = np.stack([
        np.bincount(cells, (of_method * weight[:, None])[there], size).reshape(len(names), -1).cumsum(axis=1)
        for of_method in cost])
    of_all = _over_mean(money.sum(axis=1))
    of_group = _over_mean(money)
    drawn = (windows * of_group + _GROUP_WINDOWS * of_all[:, None, :]) / (windows + _GROUP_WINDOWS)
    return drawn[:, group, at]


def _over_mean(money: Floats) -> Floats:
    """Return the money of each method over the mean of them all; 1 where there is none."""
    usual = money.mean(axis=0)
    return np.where(usual > 0.0, money / np.where(usual > 0.0, usual, 1.0), 1.0)


def chosen_in_replay(replay: Replay, pattern: np.ndarray, price: Floats, share: float, allowed: np.ndarray) -> Integers:
    """Return the method chosen for each item at each origin, knowing only lead times that had ended; -1: not counted.

    The first third of an item's origins only teach. Args as in `cheapest`; pattern as it was before the first origin.
    """
    there = replay.origins >= 0
    number = there.cumsum(axis=1) - 1
    counted = there & (number >= np.ceil(there.sum(axis=1) * _LEARNT_SHARE)[:, None])
    chosen = np.full(replay.origins.shape, -1, dtype=np.int64)
    for column in range(replay.origins.shape[1]):
        rows = counted[:, column]
        if rows.any():
            at = np.where(rows, replay.origins[:, column], 0)
            chosen[rows, column] = cheapest(replay, pattern, price, share, allowed, at, column)[rows]
    return chosen
