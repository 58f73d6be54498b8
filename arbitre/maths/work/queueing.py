"""How long do cases wait for a crew, and how many are lost? The closed forms of queueing.

Erlang's B is `loss.loss_measures`, his C `repair.delayed_share`, machine repair `finite.down_pmf`. Rates are in cases
per unit of time, times in the same unit. Sources: Kleinrock (1975, volume 1), Gross & Harris (1998), Cooper (1981),
Buzen (1973), Garnett, Mandelbaum & Reiman (2002).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from arbitre.maths.stock.repair import delayed_share

Floats = npt.NDArray[np.float64]

_VANISHED = 1e-16
"""A probability, against the largest, below which what follows no longer matters."""


def mean_wait(servers: int, rate: float, work: float) -> float:
    """Return the mean wait of M/M/c, first come, first served. Raises UsageError when the servers cannot keep up."""
    return delayed_share(rate * work, servers) * work / (servers - rate * work)


def wait_exceeds(servers: int, rate: float, work: float, time: float) -> float:
    """Return the share of cases that wait longer than `time` in M/M/c, first come, first served."""
    return delayed_share(rate * work, servers) * math.exp(-(servers / work - rate) * time)


def birth_death(up: Callable[[int], float], down: Callable[[int], float], most: int = 1_000_000) -> Floats:
    """Return the stationary law of a chain that moves one up at rate up(n) and one down at rate down(n).

    It ends at state `most`, where up(n) is 0, or where the law has vanished.
    """
    weights, top = [1.0], 1.0
    for n in range(most):
        rate = up(n)
        if rate <= 0.0:
            break
        weights.append(weights[-1] * rate / down(n + 1))
        top = max(top, weights[-1])
        if weights[-1] < _VANISHED * top and weights[-1] < weights[-2]:
            break
    law = np.array(weights)
    return law / law.sum()


def limited_room(servers: int, room: int, rate: float, work: float) -> Floats:
    """Return the law of the number of cases in M/M/c/K with K = room; its last value is the share turned away."""
    return birth_death(lambda n: rate if n < room else 0.0, lambda n: min(n, servers) / work)


@dataclass(frozen=True)
class Impatient:
    """M/M/c with exponential patience: `abandoned`, share that leaves; `wait`, mean wait of all; `waiting`, mean number
    in line; `delayed`, share that does not start at once."""

    abandoned: float
    wait: float
    waiting: float
    delayed: float


def erlang_a(servers: int, rate: float, work: float, patience: float) -> Impatient:
    """What becomes of cases that wait no longer than an exponential patience (M/M/c+M; Palm 1957)?"""
    law = birth_death(lambda _n: rate, lambda n: min(n, servers) / work + max(n - servers, 0) / patience)
    waiting = float((np.maximum(np.arange(len(law)) - servers, 0) * law).sum())
    return Impatient(waiting / patience / rate, waiting / rate, waiting, float(law[servers:].sum()))


def single_server_wait(rate: float, work: float, work_squared: float) -> float:
    """Return the mean wait of M/G/1 (Pollaczek 1930, Khinchine 1932) from the two first moments of the work."""
    return rate * work_squared / (2.0 * (1.0 - rate * work))


def renewal_arrivals_wait(transform: Callable[[float], float], work: float) -> float:
    """Return the mean wait of G/M/1 from the Laplace transform of the gaps between arrivals (Kendall 1953).

    The share that finds the server busy is the root s in (0, 1) of s = transform((1 - s) / work).
    """
    low, high = 0.0, 1.0 - 1e-9
    for _ in range(200):
        middle = (low + high) / 2.0
        # Below the root the transform lies above the diagonal.
        low, high = (middle, high) if transform((1.0 - middle) / work) > middle else (low, middle)
    return work * low / (1.0 - low)


def fixed_work_wait(servers: int, rate: float, work: float) -> float:
    """Return the mean wait of M/D/c (Crommelin 1932), first come, first served.

    Cases present at a time and one work later obey n' = max(n - c, 0) + Poisson(rate x work): its stationary law is
    found by iteration.
    """
    load = rate * work
    size = int(servers + 40 * (1 + load) / (servers - load) + 12 * math.sqrt(load) + 40)
    arrivals = np.exp([n * math.log(load) - load - math.lgamma(n + 1) for n in range(size)])
    law = np.zeros(size)
    law[0] = 1.0
    for _ in range(1_000_000):
        left = np.concatenate([[law[:servers + 1].sum()], law[servers + 1:]])
        following = np.convolve(left, arrivals)[:size]
        following /= following.sum()
        done = np.abs(following - law).max() < 1e-15
        law = following
        if done:
            break
    return float((np.maximum(np.arange(size) - servers, 0) * law).sum()) / rate


def priority_waits(
    rates: Sequence[float], work: Sequence[float], work_squared: Sequence[float], preemptive: bool = False,
) -> Floats:
    """Return the mean time until the first start (or, preemptive, the mean wait over the work) of each class of M/G/1.

    Class 0 is served first. Not preemptive: Cobham (1954). Preemptive resume: mean time in the system less the mean
    work (Kleinrock 1976, volume 2, equation 3.39).
    """
    lam, mean, square = (np.asarray(x, dtype=np.float64) for x in (rates, work, work_squared))
    used = np.concatenate([[0.0], np.cumsum(lam * mean)])
    if not preemptive:
        return (lam * square).sum() / 2.0 / ((1.0 - used[:-1]) * (1.0 - used[1:]))
    residual = np.cumsum(lam * square) / 2.0
    return mean / (1.0 - used[:-1]) + residual / ((1.0 - used[:-1]) * (1.0 - used[1:])) - mean


def priority_waits_servers(servers: int, rates: Sequence[float], work: float) -> Floats:
    """Return the mean wait of each class of M/M/c, not preemptive, all with the same work (Kella & Yechiali 1985)."""
    used = np.concatenate([[0.0], np.cumsum(rates)]) * work / servers
    together = delayed_share(sum(rates) * work, servers) * work / servers
    return together / ((1.0 - used[:-1]) * (1.0 - used[1:]))


def station_rates(outside: Sequence[float], routes: npt.ArrayLike) -> Floats:
    """Return the rate through each station: outside arrivals (stations,), routes (stations, stations) shares."""
    moves = np.asarray(routes, dtype=np.float64)
    found = np.linalg.solve(np.eye(len(moves)) - moves.T, np.asarray(outside, dtype=np.float64))
    return found.astype(np.float64)


def open_network(outside: Sequence[float], routes: npt.ArrayLike, work: Sequence[float], servers: Sequence[int]
                 ) -> Floats:
    """Return the mean number of cases at each station of an open network of M/M/c stations (Jackson 1957)."""
    rates = station_rates(outside, routes)
    return np.array([rate * (mean + mean_wait(crew, rate, mean))
                     for rate, mean, crew in zip(rates, work, servers, strict=True)])


def closed_network(cases: int, visits: Sequence[float], work: Sequence[float], servers: Sequence[int]
                   ) -> tuple[float, Floats]:
    """What does a fixed number of cases do that go round for ever (Gordon & Newell 1967; convolution, Buzen 1973)?

    visits (stations,) relative; servers (stations,), 0 for a delay without line.
    Returns: cycles per unit of time (per relative visit), and the mean number of cases at each station.
    """
    factors = []
    for visit, mean, crew in zip(visits, work, servers, strict=True):
        ways = np.ones(cases + 1)
        for n in range(1, cases + 1):
            ways[n] = ways[n - 1] * visit * mean / (n if crew == 0 else min(n, crew))
        factors.append(ways)

    def together(parts: list[Floats]) -> Floats:
        found = np.zeros(cases + 1)
        found[0] = 1.0
        for part in parts:
            found = np.convolve(found, part)[:cases + 1]
        return found

    constants = together(factors)
    means = [float((np.arange(cases + 1) * ways * together(factors[:row] + factors[row + 1:])[::-1]).sum())
             / constants[cases] for row, ways in enumerate(factors)]
    return float(constants[cases - 1] / constants[cases]), np.array(means)
