"""How likely is yes, given what is known, how sure is each driver, and is the chance told the share that comes?

    chance = 1 / (1 + exp(-(b_0 + features · b)))
with a ridge on the effects of standardised features (le Cessie and van Houwelingen, Applied Statistics 41 (1992)
191-201), found by Newton's method. The covariance is the sandwich over groups of rows (Liang and Zeger, Biometrika 73
(1986) 13-22), since rows of one customer are not independent.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_ROUNDS = 60
_SETTLED = 1e-9


class Logistic(NamedTuple):
    """The law found: effect (1 + features,), the level first, and its covariance, in the units of the features."""

    effect: Floats
    covariance: Floats

    def chance(self, features: Floats) -> Floats:
        """Return the chance of yes of each row (rows, features)."""
        return expit(self.effect[0] + features @ self.effect[1:])


def fit_logistic(features: Floats, yes: Floats, ridge: float, group: Integers) -> Logistic:
    """Fit the chance of yes.

    Args: features (rows, features); yes (rows,) 0 or 1, or a share; ridge, the weight of the squares of standardised
    effects, above 0 (half of it times their sum is taken from the log likelihood); group (rows,), codes from 0 of the
    rows that belong together.
    """
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 1e-12, spread, 1.0)
    design = np.column_stack([np.ones(len(features)), (features - mean) / spread])
    penalty = np.diag([0.0, *[ridge] * features.shape[1]])
    share = np.clip(yes.mean(), 1e-6, 1.0 - 1e-6)
    effect = np.zeros(design.shape[1])
    effect[0] = np.log(share / (1.0 - share))
    objective = _penalised(design, yes, effect, penalty)
    for _ in range(_ROUNDS):
        chance = expit(design @ effect)
        slope = design.T @ (yes - chance) - penalty @ effect
        information = (design * (chance * (1.0 - chance))[:, None]).T @ design + penalty
        move = np.linalg.solve(information, slope)
        while (moved := _penalised(design, yes, effect + move, penalty)) < objective - 1e-9:
            move = move / 2.0
        effect, gained, objective = effect + move, moved - objective, moved
        if gained < _SETTLED:
            break
    chance = expit(design @ effect)
    information = (design * (chance * (1.0 - chance))[:, None]).T @ design + penalty
    scores = np.zeros((int(group.max(initial=0)) + 1, design.shape[1]))
    np.add.at(scores, group, design * (yes - chance)[:, None])
    inverse = np.linalg.inv(information)
    return _in_units(effect, inverse @ (scores.T @ scores) @ inverse, mean, spread)


def _penalised(design: Floats, yes: Floats, effect: Floats, penalty: Floats) -> float:
    """Return the log likelihood less what the ridge takes."""
    line = design @ effect
    return float(yes @ line - np.logaddexp(0.0, line).sum() - effect @ penalty @ effect / 2.0)


def _in_units(effect: Floats, covariance: Floats, mean: Floats, spread: Floats) -> Logistic:
    """Return the law in the units of the features, from that of standardised ones."""
    back = np.diag(np.concatenate([[1.0], 1.0 / spread]))
    back[0, 1:] = -mean / spread
    return Logistic(back @ effect, back @ covariance @ back.T)


def auc(score: Floats, yes: NDArray[np.bool_]) -> float:
    """Return the chance that a yes scores above a no, ties counting half (Hanley and McNeil 1982); NaN without both."""
    positives, negatives = int(yes.sum()), int((~yes).sum())
    if not positives or not negatives:
        return float("nan")
    return float((rankdata(score)[yes].sum() - positives * (positives + 1) / 2.0) / (positives * negatives))



class Recalibration(NamedTuple):
    """The line that turns log odds told into log odds that come: level + slope x log odds; 0 and 1 where all is
    well."""

    level: float
    slope: float

    def of(self, chance: Floats) -> Floats:
        """Return the chances, set right."""
        return expit(self.level + self.slope * log_odds(chance))


def log_odds(chance: Floats) -> Floats:
    """Return log(chance / (1 - chance)), kept finite."""
    kept = np.clip(chance, 1e-9, 1.0 - 1e-9)
    return np.log(kept / (1.0 - kept))


def recalibrated(chance: Floats, yes: Floats) -> Recalibration:
    """Return what sets chances right (Cox, Biometrika 45 (1958) 562-565), drawn a little towards a slope of 1."""
    line = log_odds(chance)
    effect, prior = np.array([0.0, 1.0]), np.diag([0.1, 1.0])
    design = np.column_stack([np.ones(len(line)), line])
    for _ in range(_ROUNDS):
        now = expit(design @ effect)
        slope = design.T @ (yes - now) - prior @ (effect - (0.0, 1.0))
        information = (design * (now * (1.0 - now))[:, None]).T @ design + prior
        move = np.clip(np.linalg.solve(information, slope), -1.0, 1.0)
        effect = effect + move
        if np.abs(move).max() < _SETTLED:
            break
    return Recalibration(float(effect[0]), float(effect[1]))
