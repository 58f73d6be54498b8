"""Has the share of cases that go wrong risen, since when, and how often would chance look like that?

The risk-adjusted cumulative sum (S. H. Steiner, R. J. Cook, V. T. Farewell, T. Treasure, Biostatistics 1, 2000,
441-452). Case i goes wrong with chance p_i while nothing has changed, and with R times its odds once something has. The
logarithm of how much likelier what happened is under the second,
    s_i = log R - log(1 - p_i + R p_i) if it went wrong, - log(1 - p_i + R p_i) otherwise,
is added up and never falls under nought: W_i = max(0, W_{i-1} + s_i). An alarm is given when W reaches a limit h; the
likeliest start of the change is then the case after W last was nought (E. S. Page, Biometrika 41, 1954, 100-115).

How often chance reaches a limit is found by a Markov chain on a grid of values of W (D. Brook and D. A. Evans,
Biometrika 59, 1972, 539-549): the mean run length to a false alarm by a linear system, the chance of one within given
cases by carrying the law of W from case to case. A value between two points of the grid is shared by both so that its
mean is kept, so few points do; the limit lies half a step above the last.

Cases that go wrong together (`lump` > 1: the variance of counts over that of independent cases) tell as much as a
lump-th of them: W is divided by `lump`, and chance is given as many fewer cases.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from arbitre.core.errors import UsageError

Floats = NDArray[np.float64]

_STATES, _FEW_STATES, _RISKS = 120, 60, 12
"""Points of the grid for a chance and for a limit, and different risks that are told apart for a limit."""
_MOST = 20_000
"""Cases carried one by one; beyond them the chance of no alarm falls by the same share from case to case."""
_NODES, _MASSES = np.polynomial.hermite_e.hermegauss(15)
_MASSES = _MASSES / _MASSES.sum()


def scores(departed: ArrayLike, risk: ArrayLike, ratio: float) -> Floats:
    """Return s_i of each case. Args: departed (cases,) whether it went wrong; risk (cases,) p_i; ratio R > 1."""
    if ratio <= 1.0:
        raise UsageError(f"Expected a ratio of odds above 1, got {ratio}.")
    wrong, chance = np.asarray(departed, dtype=np.float64), np.asarray(risk, dtype=np.float64)
    return wrong * math.log(ratio) - np.log1p(chance * (ratio - 1.0))


def path(score: Floats) -> Floats:
    """Return W after each case, from its scores (cases,)."""
    total = np.concatenate([[0.0], np.cumsum(score)])
    return (total - np.minimum.accumulate(total))[1:]


def start(walk: Floats, at: int) -> int:
    """Return the first case of the change that W tells of at case `at`: the one after W last was nought."""
    zeros = np.nonzero(walk[: at + 1] <= 0.0)[0]
    return int(zeros[-1]) + 1 if len(zeros) else 0


def run_length(steps: ArrayLike, chances: ArrayLike, limit: float, states: int = _STATES) -> float:
    """Return the mean number of steps until W, from nought, reaches the limit.

    Args: steps (values,) what W may rise or fall by; chances (values,) how likely each is, adding up to one.
    """
    law = _transitions(np.asarray(steps, np.float64), np.asarray(chances, np.float64), limit, states)
    return float(np.linalg.solve(np.eye(states) - law, np.ones(states))[0])


def limit_for(risk: Floats, ratio: float, cases: float) -> float:
    """Return the limit that chance reaches, in the mean, after so many cases like these; log R at least.

    Under log R a single case would give the alarm, however rare. Args as for `scores`.
    """
    kinds = np.unique(np.quantile(risk, np.linspace(0.0, 1.0, _RISKS), method="nearest"))
    near = np.abs(risk[:, None] - kinds).argmin(axis=1)
    often = np.bincount(near, minlength=len(kinds)) / len(risk)
    steps = np.concatenate([scores(np.ones(len(kinds)), kinds, ratio), scores(np.zeros(len(kinds)), kinds, ratio)])
    chances = np.concatenate([often * kinds, often * (1.0 - kinds)])
    goal = math.log(max(cases, 2.0))
    low = high = math.log(ratio)
    while math.log(run_length(steps, chances, high, _FEW_STATES)) < goal:
        low, high = high, 2.0 * high
    while high - low > 1e-3 * high:
        middle = (low + high) / 2.0
        is_low = math.log(run_length(steps, chances, middle, _FEW_STATES)) < goal
        low, high = (middle, high) if is_low else (low, middle)
    return high


def chance_of_reaching(risk: Floats, ratio: float, limit: float, spread: float = 0.0) -> float:
    """Return how likely W reaches the limit within these cases although nothing has changed.

    Args: risk (cases,) p_i, in the order of the cases; spread, standard error of the logarithm of the odds that risks
    were estimated with (0: they are known), over which the chance is averaged: true odds are the estimated ones times
    exp(spread z), z standard normal.
    """
    told = risk[np.linspace(0, len(risk) - 1, min(len(risk), _MOST)).astype(np.int64)]
    odds = told / (1.0 - told)
    nodes = zip(_MASSES, _NODES, strict=True) if spread > 0.0 else [(1.0, 0.0)]
    true = [(mass, odds * math.exp(spread * node)) for mass, node in nodes]
    return float(sum(mass * _within(told, ratio, each / (1.0 + each), limit, len(risk)) for mass, each in true))


def _within(risk: Floats, ratio: float, chance: Floats, limit: float, cases: int) -> float:
    """Return how likely W reaches the limit within so many cases, of which those told are a fair part."""
    up, down = scores(np.ones(len(risk)), risk, ratio), scores(np.zeros(len(risk)), risk, ratio)
    reached = _reached(up, down, chance, limit, _STATES)
    if cases == len(risk) or reached >= 1.0:
        return float(reached)
    half = len(risk) // 2
    kept = (1.0 - reached) / (1.0 - _reached(up[:half], down[:half], chance[:half], limit, _STATES))
    return float(1.0 - (1.0 - reached) * kept ** ((cases - len(risk)) / (len(risk) - half)))


def _transitions(steps: Floats, chances: Floats, limit: float, states: int) -> Floats:
    """Return the chances (from, to) of W going from point to point of the grid under the limit."""
    width = limit / (states - 0.5)
    law = np.zeros((states, states + 1))
    rows = np.arange(states)
    for step, chance in zip(steps, chances, strict=True):
        place = np.maximum(rows + step / width, 0.0)
        under = place < states - 0.5
        place = np.minimum(place, states - 1.0)
        below = np.floor(place).astype(np.int64)
        part = place - below
        np.add.at(law, (rows, below), chance * (1.0 - part) * under)
        np.add.at(law, (rows, below + 1), chance * part * under)
    return law[:, :states]


@njit(cache=True, nogil=True, error_model="numpy")
def _reached(up, down, chance, limit, states):
    """Carry the law of W through the cases; return the mass that has reached the limit."""
    width = limit / (states - 0.5)
    law, after = np.zeros(states), np.zeros(states)
    law[0] = 1.0
    out = 0.0
    top = states - 1
    for case in range(len(up)):
        after[:] = 0.0
        for way in range(2):
            step = (up[case] if way == 0 else down[case]) / width
            mass = chance[case] if way == 0 else 1.0 - chance[case]
            whole = math.floor(step)
            part = step - whole
            first, last = min(max(0, -whole), states), min(max(0, top - whole), states)
            for state in range(first):
                after[0] += law[state] * mass
            for state in range(first, last):
                after[state + whole] += law[state] * mass * (1.0 - part)
                after[state + whole + 1] += law[state] * mass * part
            for state in range(last, states):
                if state + step < top + 0.5:
                    after[top] += law[state] * mass
                else:
                    out += law[state] * mass
        law, after = after, law
    return out
