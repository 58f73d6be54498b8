"""Who goes where, when the nearest is busy? Units spread over zones, each zone with its order of preference.

Cases come from zones in Poisson streams and are given to the first free unit of the zone's order; work is exponential,
of one mean. A state says which units are busy (the hypercube, R. C. Larson, Computers & Operations Research 1 (1974)
67-95): 2^units balance equations, solved by Gauss-Seidel up to MOST_EXACT units. When all are busy a case waits in one
line (or is lost); as all units work at one rate the states below are in the same proportions either way, and only the
weight of "all busy" differs: Erlang C (or B).

Above, the approximation of Larson (Operations Research 23 (1975) 845-868) in the form of J. P. Jarvis (Management
Science 31 (1985) 235-239): the chance that the k first units of an order are busy and the next one free is taken as
the product of their own chances, times a factor Q(k) that is exact for units drawn at random from Erlang's loss system.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from arbitre.core.errors import UsageError

Floats = NDArray[Any]
Integers = NDArray[np.int64]

MOST_EXACT = 18
"""Units up to which the states are solved one by one."""
_CLOSE = 1e-9


@dataclass(frozen=True)
class Dispatch:
    """What becomes of the cases: share (zones, units), of the cases of each zone, that go at once to each unit; busy
    (units,), chance that each is busy; all_busy, chance that nobody is free. All three as if cases that find nobody
    were lost; `waited` is that chance where they wait in line instead (1 where units cannot keep up)."""

    share: Floats
    busy: Floats
    all_busy: float
    waited: float


def dispatch(rate: Floats, order: Integers, work: float, is_exact: bool | None = None) -> Dispatch:
    """Return who serves whom.

    Args: rate (zones,) cases an hour; order (zones, units) units in order of preference; work, mean hours, travel
    included; is_exact, None for as long as there are MOST_EXACT units or fewer.
    Raises UsageError when there are no units, or too many to be exact.
    """
    zones, units = order.shape
    exact = units <= MOST_EXACT if is_exact is None else is_exact
    if units < 1 or (exact and units > MOST_EXACT):
        raise UsageError(f"A hypercube needs from 1 to {MOST_EXACT} units, not {units}.")
    load = float(rate.sum()) * work
    if load <= 0.0:
        share = np.zeros((zones, units))
        share[np.arange(zones), order[:, 0]] = 1.0
        return Dispatch(share, np.zeros(units), 0.0, 0.0)
    law = _loss_law(load, units)
    if exact:
        counts = np.array([bin(state).count("1") for state in range(1 << units)])
        # Begin with what would hold if every unit were as busy as the next.
        chance = (law / np.bincount(counts))[counts]
        _solved(chance, order, rate, work)
        share, busy = _told(chance, order)
    else:
        share, busy = _approximate(order, rate, work, _factors(law), law[-1])
    waited = 1.0 if load >= units else float(law[-1] / (1.0 - load / units * (1.0 - law[-1])))
    return Dispatch(share, busy, float(law[-1]), waited)


def _loss_law(load: float, units: int) -> Floats:
    """Return the law of the number of busy units of Erlang's loss system (units + 1,)."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(load / np.arange(1, units + 1)))])
    weight = np.exp(logs - logs.max())
    return weight / weight.sum()


def _factors(law: Floats) -> Floats:
    """Return Q(k) (units,): chance that k units drawn are busy and the next free, over that of independent units."""
    units = len(law) - 1
    present = np.arange(units + 1)
    busy = float(law @ present) / units
    found, drawn = np.empty(units), law.copy()
    for k in range(units):
        found[k] = drawn @ ((units - present) / (units - k)) / (busy**k * (1.0 - busy))
        drawn = drawn * np.maximum(present - k, 0) / (units - k)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _first_free(order, zone, state):
    for unit in order[zone]:
        if not (state >> unit) & 1:
            return unit
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def _solved(chance, order, rate, work):
    """Solve the balance of all states in place (2^units,), by Gauss-Seidel."""
    zones, units = order.shape
    states = 1 << units
    into = np.zeros((states, units))
    for state in range(states - 1):
        for zone in range(zones):
            into[state, _first_free(order, zone, state)] += rate[zone] * work
    change = 1.0
    while change > _CLOSE:
        change = 0.0
        for state in range(states):
            leaving, coming = 0.0, 0.0
            for unit in range(units):
                other = state ^ (1 << unit)
                if (state >> unit) & 1:
                    leaving += 1.0
                    coming += chance[other] * into[other, unit]
                else:
                    leaving += into[state, unit]
                    coming += chance[other]
            value = coming / leaving
            change += abs(value - chance[state])
            chance[state] = value
        chance /= chance.sum()


@njit(cache=True, nogil=True, error_model="numpy")
def _told(chance, order):
    """Return the shares (zones, units) and the chance that each unit is busy (units,)."""
    zones, units = order.shape
    share, busy = np.zeros((zones, units)), np.zeros(units)
    for state in range(len(chance)):
        for unit in range(units):
            if (state >> unit) & 1:
                busy[unit] += chance[state]
        if state < len(chance) - 1:
            for zone in range(zones):
                share[zone, _first_free(order, zone, state)] += chance[state]
    return share, busy


@njit(cache=True, nogil=True, error_model="numpy")
def _approximate(order, rate, work, factors, all_busy):
    """Return shares and chances to be busy by Jarvis' iteration."""
    zones, units = order.shape
    busy, share = np.full(units, min(rate.sum() * work * (1.0 - all_busy) / units, 0.999)), np.zeros((zones, units))
    for _ in range(1000):
        offered = np.zeros(units)
        for zone in range(zones):
            before, total = 1.0, 0.0
            for k in range(units):
                unit = order[zone, k]
                share[zone, unit] = factors[k] * before
                total += factors[k] * before * (1.0 - busy[unit])
                before *= busy[unit]
            for unit in range(units):  # somebody is sent unless all are busy
                share[zone, unit] *= (1.0 - all_busy) / total
                offered[unit] += rate[zone] * work * share[zone, unit]
        new = offered / (1.0 + offered)
        change = np.abs(new - busy).max()
        for zone in range(zones):
            for unit in range(units):
                share[zone, unit] *= 1.0 - busy[unit]
        busy = new
        if change < _CLOSE:
            break
    return share, busy
