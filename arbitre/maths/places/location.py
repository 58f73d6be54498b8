"""Which sites, at most so many of them, serve all places at least cost, and how low could any choice be?

A place is served by the cheapest open site, whatever others are served there:
    value(S) = sum over open j of opening_j + sum over places i of min over open j of cost_ji.
With nought to open and distances this is the p-median; with opening costs the uncapacitated facility location; with
costs of 0 in reach and 1 out of it, the largest covering.

Found by descent: swap, open or close one site, judged for all closing ones in one pass by the closest and the second
closest open site of each place (Whitaker 1983; Resende & Werneck 2004), then again from the best choice with a few
sites exchanged at random. Bounded by Lagrangian relaxation of "every place is served" (Cornuejols, Fisher & Nemhauser,
Management Science 23, 1977): for any prices u
    bound(u) = sum u_i + the cheapest choice of sites at reduced costs opening_j + sum over i of min(0, cost_ji - u_i),
raised by subgradient steps (Held, Wolfe & Crowder 1974). Its cheapest choices are starts for the descent.

Costs are held by site (sites, places), money or kilometres, finite.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

EARTH_RADIUS = 6371.0088
"""Mean radius of the earth in kilometres (IUGG)."""
_STEPS = 60
"""Subgradient steps between two descents from what they choose."""
_PATIENCE = 15
"""Steps without a higher bound after which steps are halved."""
_SHORTEST = 1e-3
"""Steps are not made shorter than this part of the Polyak step: the bound hardly rises any more."""
_DEAR, _BEGINNING = 4.0, 1e5
"""A cost looked at in a descent takes as long as so many in a step of the bound; and so many to begin a descent."""
_SAME = 1e-9
"""Part of a value that nobody can tell."""


@dataclass(frozen=True)
class Location:
    """What is asked: cost (sites, places), opening (sites,), kept (sites,) those that stay open, most open at once."""

    cost: Floats
    opening: Floats
    kept: Flags
    most: int


@dataclass(frozen=True)
class Choice:
    """Open sites (sites,), what they cost, and a proven floor under the cost of all choices."""

    is_open: Flags
    value: float
    bound: float


def great_circle(latitude: Floats, longitude: Floats, to_latitude: Floats, to_longitude: Floats) -> Floats:
    """How far is each point from each other point, over the ground?

    Args: degrees, (n,) and (m,). Returns kilometres (n, m), by the haversine on a sphere (Sinnott 1984).
    """
    north, east = np.radians(latitude)[:, None], np.radians(longitude)[:, None]
    to_north, to_east = np.radians(to_latitude)[None, :], np.radians(to_longitude)[None, :]
    half = np.sin((to_north - north) / 2) ** 2 + np.cos(north) * np.cos(to_north) * np.sin((to_east - east) / 2) ** 2
    return 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))


def value_of(asked: Location, is_open: Flags) -> float:
    """What do these open sites (sites,) cost, each place served by the cheapest?"""
    return float(asked.opening[is_open].sum() + asked.cost[is_open].min(axis=0).sum())


def located(asked: Location, rng: np.random.Generator, effort: float, start: Flags | None = None) -> Choice:
    """Which sites serve all places at least cost?

    Args: asked, with `most` at least one and at least as many as are kept; rng; effort, how many costs may be looked
    at: five hundred million take about a second; start (sites,), a choice to begin with, of at most as many sites as
    may be open, those kept among them. Returns Choice; the search ends sooner when the bound is met.
    """
    cost, opening = np.ascontiguousarray(asked.cost, dtype=float), np.ascontiguousarray(asked.opening, dtype=float)
    # Opening costs of sites that stay open anyway are paid at the end.
    paid, free = float(opening[asked.kept].sum()), np.where(asked.kept, 0.0, opening)
    search = _Search(cost, free, asked.kept, min(asked.most, len(free)), rng,
                     _is_whole(cost) and _is_whole(free))
    search.descend((asked.kept if start is None else start).copy())
    search.raise_bound(effort / 2)
    search.shake(effort)
    is_open = np.zeros(len(free), dtype=np.bool_)
    is_open[search.best] = True
    value = value_of(asked, is_open)
    return Choice(is_open, value, min(search.bound + paid, value))


def _is_whole(numbers: Floats) -> bool:
    return bool((numbers == np.rint(numbers)).all())


class _Search:
    """The best choice met and the highest bound, with the costs looked at so far."""

    def __init__(self, cost: Floats, opening: Floats, kept: Flags, most: int, rng: np.random.Generator,
                 is_whole: bool) -> None:
        self.cost, self.opening, self.kept, self.most = cost, opening, kept, most
        self.rng, self.is_whole = rng, is_whole
        self.best, self.value, self.bound, self.work = np.empty(0, np.int64), np.inf, -np.inf, 0.0

    @property
    def is_over(self) -> bool:
        return self.value - self.bound <= _SAME * abs(self.value)

    def descend(self, is_open: Flags) -> None:
        """Descend from a choice, to which sites are added until one is open; the best choice met is kept."""
        if not is_open.any():
            is_open[np.argmin(self.opening + self.cost.sum(axis=1))] = True
            self.work += self.cost.size
        sites = np.flatnonzero(is_open)
        first = int(self.rng.integers(len(is_open)))
        found, looked = descent(self.cost, self.opening, self.kept, self.most, sites, first)
        value = float(self.opening[found].sum() + self.cost[found].min(axis=0).sum())
        self.work += _BEGINNING + looked * _DEAR * self.cost.shape[1]
        if value <= self.value:
            self.best, self.value = found, value

    def raise_bound(self, effort: float) -> None:
        """Raise the bound until steps are too short, descending from what they choose."""
        rank = min(1, len(self.opening) - 1)
        price, length, floor = np.partition(self.cost, rank, axis=0)[rank].copy(), 2.0, -np.inf
        while length > _SHORTEST and self.work < effort and not self.is_over:
            price, length, floor, chosen, looked = raised(
                self.cost, self.opening, self.kept, self.most, price, length, floor, self.value, _STEPS)
            self.work += looked * float(self.cost.size)
            # Where all costs are whole no choice lies between two whole numbers.
            self.bound = max(self.bound, np.ceil(floor - 1e-6) if self.is_whole else floor)
            self.descend(chosen)

    def shake(self, effort: float) -> None:
        """Exchange a few sites of the best choice at random and descend again, until the effort is spent."""
        may_close = np.flatnonzero(~self.kept[self.best])
        while self.work < effort and not self.is_over and len(may_close) and len(self.best) < len(self.opening):
            is_open = np.zeros(len(self.opening), dtype=np.bool_)
            is_open[self.best] = True
            closed, leaving = np.flatnonzero(~is_open), self.best[~self.kept[self.best]]
            most = max(1, min(len(leaving), len(closed), 1 + len(leaving) // 4))
            count = int(self.rng.integers(1, most + 1))
            is_open[self.rng.choice(leaving, count, replace=False)] = False
            is_open[self.rng.choice(closed, count, replace=False)] = True
            self.descend(is_open)
            may_close = np.flatnonzero(~self.kept[self.best])


@njit(cache=True, nogil=True, error_model="numpy")
def descent(cost, opening, kept, most, start, first):
    """Which choice is reached by the first swap, opening or closing that pays, again and again, until none does?

    Args: cost (sites, places); opening, kept (sites,); most; start, open sites; first, site that is tried first.
    Returns the open sites, and how many sites were tried.
    """
    count_sites, places = cost.shape
    sites, count = np.empty(max(most, len(start)), np.int64), len(start)
    sites[:count] = start
    is_open = np.zeros(count_sites, np.bool_)
    is_open[sites[:count]] = True
    near, best, second = np.empty(places, np.int64), np.empty(places), np.empty(places)
    closest(cost, sites, count, near, best, second)
    loss, tried, since, turn = np.empty(len(sites)), 0, 0, first
    # The turn after the last site stands for "none": a site is closed and none opened.
    while since <= count_sites:
        site = turn % (count_sites + 1)
        turn += 1
        since += 1
        if site < count_sites and is_open[site]:
            continue
        tried += 1
        gain, leaves = best_exchange(cost, opening, kept, most, sites, count, near, best, second, site, loss)
        if gain <= _SAME * best.sum():
            continue
        if leaves >= 0:
            is_open[sites[leaves]] = False
            if site < count_sites:
                sites[leaves] = site
            else:
                count -= 1
                sites[leaves] = sites[count]
        else:
            sites[count] = site
            count += 1
        if site < count_sites:
            is_open[site] = True
        closest(cost, sites, count, near, best, second)
        tried += count
        since = 0
    return np.sort(sites[:count]), tried


@njit(cache=True, nogil=True, error_model="numpy")
def closest(cost, sites, count, near, best, second):
    """Write for each place the position of its closest open site, its cost, and that of the second closest."""
    best[:] = np.inf
    second[:] = np.inf
    for k in range(count):
        row = cost[sites[k]]
        for i in range(len(best)):
            if row[i] < best[i]:
                second[i] = best[i]
                best[i] = row[i]
                near[i] = k
            elif row[i] < second[i]:
                second[i] = row[i]


@njit(cache=True, nogil=True, error_model="numpy")
def best_exchange(cost, opening, kept, most, sites, count, near, best, second, site, loss):
    """Which open site had best be closed when `site` is opened (`site` one past the last: when none is)?

    Returns what it saves, and the position of the one that closes, -1: none. `loss` is room for one number per site.
    """
    loss[:count] = 0.0
    gain = 0.0
    if site < len(opening):
        row = cost[site]
        gain = -opening[site]
        for i in range(len(best)):
            if row[i] < best[i]:
                gain += best[i] - row[i]
            else:
                loss[near[i]] += min(row[i], second[i]) - best[i]
    elif count > 1:
        for i in range(len(best)):
            loss[near[i]] += second[i] - best[i]
    else:
        return 0.0, -1
    saved, leaves = -np.inf, -1
    if site < len(opening) and count < most:
        saved = gain
    for k in range(count):
        other = gain - loss[k] + opening[sites[k]]
        if other > saved and not kept[sites[k]]:
            saved, leaves = other, k
    return saved, leaves


@njit(cache=True, nogil=True, error_model="numpy")
def raised(cost, opening, kept, most, price, length, floor, value, steps):
    """How high a bound do so many subgradient steps prove?

    Args: cost (sites, places); opening, kept (sites,); most; price (places,) to start from; length, part of the Polyak
    step; floor, highest bound so far; value of a known choice.
    Returns: prices, length, highest bound, the sites chosen at it, steps taken.
    """
    count_sites, places = cost.shape
    prices, top = price.copy(), price.copy()
    chosen, top_chosen, reduced = np.zeros(count_sites, np.bool_), kept.copy(), np.empty(count_sites)
    idle, taken, served = 0, 0, np.empty(places)
    for _ in range(steps):
        taken += 1
        for j in range(count_sites):
            row, total = cost[j], opening[j]
            for i in range(places):
                total += min(row[i] - prices[i], 0.0)
            reduced[j] = total
        bound = prices.sum() + cheapest(reduced, kept, most, chosen)
        if bound > floor:
            floor, idle = bound, 0
            top[:], top_chosen[:] = prices, chosen
        else:
            idle += 1
        served[:] = 1.0
        for j in range(count_sites):
            if chosen[j]:
                row = cost[j]
                for i in range(places):
                    if row[i] < prices[i]:
                        served[i] -= 1.0
        norm = (served * served).sum()
        if norm == 0.0 or value - floor <= _SAME * abs(value):
            break
        if idle >= _PATIENCE:
            length, idle = length / 2.0, 0
            prices[:] = top
            continue
        prices += length * (value - bound) / norm * served
    return top, length, floor, top_chosen, taken


@njit(cache=True, nogil=True, error_model="numpy")
def cheapest(reduced, kept, most, chosen):
    """Choose the cheapest sites at reduced costs, in place: those kept, and others while they cost less than nought.

    At least one is chosen, at most `most`. Returns what they cost.
    """
    total, count = 0.0, 0
    for j in range(len(reduced)):
        chosen[j] = kept[j]
        if kept[j]:
            total += reduced[j]
            count += 1
    for j in np.argsort(reduced):
        if count >= most or (reduced[j] >= 0.0 and count > 0):
            break
        if not chosen[j]:
            chosen[j] = True
            total += reduced[j]
            count += 1
    return total
