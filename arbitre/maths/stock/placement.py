"""Where in a network of stages is safety stock cheapest, when every stage guarantees its service time?

Guaranteed-service model (Simpson 1958; Graves & Willems, Manufacturing & Service Operations Management 2, 2000). Stage
k takes T periods once all it needs is there, waits SI for its slowest supplier, and delivers S after an order. Its
stock must cover the demand of the net time SI + T - S, which costs rate x sqrt(net time), rate being holding cost x z x
deviation. Whole service times lose nothing where the T are whole: the cost is concave in them, and the corners of what
is allowed are whole.

A tree, whichever way its arcs point, is solved exactly by taking leaves off one by one. Taking off a stage that
supplies the rest leaves f(S), its least cost and that of all taken off behind it, when it delivers in S; taking off one
that the rest supplies leaves g(SI) (the recursion of Graves & Willems for spanning trees). A supplier may deliver
sooner than its customer waits, so f counts by its least value up to the wait, g by its least from the service time on.
O(n M^2) for n stages, M the longest replenishment time.

A network with undirected loops is NP-hard; there the tree is a step of a search that only ever gets better.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from numba import njit

from arbitre.maths.stock.stages import (
    Floats,
    Integers,
    StageNetwork,
    inbound_times,
    replenishment_times,
    settled,
    spanning_forest,
)


@dataclass(frozen=True)
class Placement:
    """What is to be placed: stages that take `duration` (stages,) periods and deliver within `longest` (stages,)
    periods, at `rate` (stages,) money for covering the demand of one period.
    """

    network: StageNetwork
    duration: Integers
    longest: Integers
    rate: Floats

    @cached_property
    def replenishment(self) -> Integers:
        """The longest each stage can take, (stages,) periods."""
        return replenishment_times(self.network, self.duration)

    @property
    def work(self) -> float:
        """About how many steps one pass over a forest takes; a thousand million are about a second."""
        waits, services = (self.replenishment - self.duration + 1.0), np.minimum(self.longest, self.replenishment) + 1.0
        return float(waits @ services)

    def net_times(self, service: Integers) -> Integers:
        """Over how many periods must the stock of each stage cover demand? SI + T - S, (stages,)."""
        return inbound_times(self.network, service) + self.duration - service

    def costs(self, service: Integers) -> Floats:
        """What does each stage cost at these service times (stages,)? (stages,), in the money of `rate`."""
        return self.rate * np.sqrt(self.net_times(service))

    def settled(self, service: Integers) -> Integers:
        """Return these service times, none later than the stage can deliver anyway; no stage then costs more."""
        return settled(self.network, self.duration, service)

    def part(self, chosen: npt.NDArray[np.bool_]) -> Placement:
        """Return the question about those stages (stages,), which must not be joined to others."""
        return Placement(self.network.part(chosen), self.duration[chosen], self.longest[chosen], self.rate[chosen])


def forest_service_times(asked: Placement) -> Integers:
    """Which service times cost least on a forest? Exact.

    Returns: service (stages,) periods. Raises ValueError when stages are joined in more than one way.
    """
    service = _best_on(asked, asked.network, np.zeros_like(asked.duration), asked.longest)
    return asked.settled(service)


def relaxed_cost(asked: Placement) -> float:
    """Under which cost is no placement, on any network? Exact on a forest.

    Links that close a loop are not waited for, which only saves. Of each loop those of the slowest suppliers are kept:
    they are the ones most waited for. Returns money, as `rate`.
    """
    network = asked.network
    order = np.argsort(-asked.replenishment[network.supplier], kind="stable")
    kept = np.empty(len(order), dtype=np.bool_)
    kept[order] = spanning_forest(network.stages, network.supplier[order], network.customer[order])[0]
    relaxed = Placement(network.only(kept), asked.duration, asked.longest, asked.rate)
    return float(relaxed.costs(forest_service_times(relaxed)).sum())


def improved_service_times(asked: Placement, service: Integers, rounds: int, rng: np.random.Generator) -> Integers:
    """Which service times cost less than these, on any network?

    A round draws a spanning forest and cuts every other arc at a time between what its supplier promises and what its
    customer waits: the one may not deliver later, the other not wait less. The forest is then solved exactly. What was
    found before keeps within the cuts, so a round never loses; all answers keep every arc.

    Args: service (stages,) periods, kept by every arc; rounds, how many. Returns: service (stages,) periods.
    """
    network, best = asked.network, asked.settled(service)
    value = asked.costs(best).sum()
    for _ in range(rounds):
        order = rng.permutation(len(network.supplier))
        joined = np.empty(len(order), dtype=np.bool_)
        joined[order] = spanning_forest(network.stages, network.supplier[order], network.customer[order])[0]
        start, end = network.supplier[~joined], network.customer[~joined]
        promised, waited = best[start], inbound_times(network, best)[end]
        # The ends of the range are where corners lie; a time in between leads out of a dead end.
        cut = np.where(rng.random(len(start)) < 1 / 2, promised, waited)
        cut = np.where(rng.random(len(start)) < 1 / 4, rng.integers(promised, waited + 1), cut)
        soonest, longest = np.zeros_like(best), asked.longest.copy()
        np.maximum.at(soonest, end, cut)
        np.minimum.at(longest, start, cut)
        found = asked.settled(_best_on(asked, network.only(joined), soonest, longest))
        cost = asked.costs(found).sum()
        if cost <= value:
            best, value = found, cost
    return best


def _best_on(asked: Placement, forest: StageNetwork, soonest: Integers, longest: Integers) -> Integers:
    """Return the best service times on a forest, each stage waiting at least `soonest`, delivering within `longest`."""
    order, link = _leaves_first(forest.stages, forest.supplier, forest.customer)
    if len(order) < forest.stages:
        raise ValueError("the network is not a forest: two stages are joined in more than one way")
    most = asked.replenishment
    waits, services = most - asked.duration + 1, np.minimum(longest, most) + 1
    first_wait, first_service = (np.concatenate([[0], np.cumsum(sizes)]) for sizes in (waits, services))
    # What the stages taken off cost: those behind by the wait of the stage left, those ahead by its service time.
    behind, ahead = np.zeros(first_wait[-1]), np.zeros(first_service[-1])
    behind[np.arange(len(behind)) < np.repeat(first_wait[:-1] + soonest, waits)] = np.inf
    cover = np.sqrt(np.arange(most.max(initial=0) + 1.0))
    tree = (order, link, forest.supplier, forest.customer)
    _take_off(*tree, asked.duration, asked.rate, cover, first_wait, first_service, behind, ahead)
    return _read_back(*tree, asked.duration, asked.rate, cover, first_wait, first_service, behind, ahead)


@njit(cache=True, nogil=True, error_model="numpy")
def _leaves_first(stages, supplier, customer):
    """Order the stages so that each has at most one neighbour after it; link is the arc to that one, or -1.

    The exclusive or of the arcs at a leaf is its only arc. Stages on an undirected loop are left out.
    """
    degree, joined = np.zeros(stages, np.int64), np.zeros(stages, np.int64)
    for arc in range(len(supplier)):
        for stage in (supplier[arc], customer[arc]):
            degree[stage] += 1
            joined[stage] ^= arc
    order, link, placed = np.empty(stages, np.int64), np.full(stages, -1), 0
    for start in range(stages):
        leaf = start
        while degree[leaf] == 1:
            arc = joined[leaf]
            other = supplier[arc] + customer[arc] - leaf
            order[placed], link[leaf], degree[leaf] = leaf, arc, -1
            placed += 1
            degree[other] -= 1
            joined[other] ^= arc
            leaf = other
        if degree[leaf] == 0:
            order[placed], degree[leaf] = leaf, -1
            placed += 1
    return order[:placed], link


@njit(cache=True, nogil=True, error_model="numpy")
def _take_off(order, link, supplier, customer, duration, rate, cover, first_wait, first_service, behind, ahead):
    """Take the stages off in that order; each then holds f in its part of `ahead`, or g in its part of `behind`."""
    for stage in order:
        back = behind[first_wait[stage] : first_wait[stage + 1]]
        front = ahead[first_service[stage] : first_service[stage + 1]]
        arc = link[stage]
        if arc >= 0 and customer[arc] == stage:
            for wait in range(len(back)):
                back[wait] += _best_service(wait, duration[stage], rate[stage], cover, front)[0]
            up = supplier[arc]
            _pass_up(back, ahead[first_service[up] : first_service[up + 1]])
        else:
            for service in range(len(front)):
                front[service] += _best_wait(service, duration[stage], rate[stage], cover, back)[0]
            if arc >= 0:
                down = customer[arc]
                _pass_down(front, behind[first_wait[down] : first_wait[down + 1]])


@njit(cache=True, nogil=True, error_model="numpy")
def _read_back(order, link, supplier, customer, duration, rate, cover, first_wait, first_service, behind, ahead):
    """Put the stages back, last taken off first, each at its best service time beside the one it is joined to."""
    service, wait = np.zeros(len(order), np.int64), np.zeros(len(order), np.int64)
    for stage in order[::-1]:
        back = behind[first_wait[stage] : first_wait[stage + 1]]
        front = ahead[first_service[stage] : first_service[stage + 1]]
        arc = link[stage]
        if arc >= 0 and customer[arc] == stage:
            wait[stage] = _first_least(back, service[supplier[arc]], len(back))
            service[stage] = _best_service(wait[stage], duration[stage], rate[stage], cover, front)[1]
        else:
            latest = len(front) if arc < 0 else min(len(front), wait[customer[arc]] + 1)
            service[stage] = _first_least(front, 0, latest)
            wait[stage] = _best_wait(service[stage], duration[stage], rate[stage], cover, back)[1]
    return service


@njit(cache=True, nogil=True, error_model="numpy")
def _first_least(cost, first, end):
    """Return where the least of cost[first:end] is."""
    best = first
    for place in range(first + 1, end):
        if cost[place] < cost[best]:
            best = place
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def _best_wait(service, duration, rate, cover, behind):
    """Return the least cost of a stage that delivers in `service`, and the wait that gives it."""
    least, best = np.inf, 0
    for wait in range(max(0, service - duration), len(behind)):
        cost = rate * cover[wait + duration - service] + behind[wait]
        if cost < least:
            least, best = cost, wait
    return least, best


@njit(cache=True, nogil=True, error_model="numpy")
def _best_service(wait, duration, rate, cover, ahead):
    """Return the least cost of a stage that waits `wait`, and the service time that gives it."""
    least, best = np.inf, 0
    for service in range(min(wait + duration, len(ahead) - 1) + 1):
        cost = rate * cover[wait + duration - service] + ahead[service]
        if cost < least:
            least, best = cost, service
    return least, best


@njit(cache=True, nogil=True, error_model="numpy")
def _pass_down(cost, behind):
    """Add f of a supplier to what stands behind its customer, by the wait of the customer."""
    least = np.inf
    for wait in range(len(behind)):
        if wait < len(cost):
            least = min(least, cost[wait])
        behind[wait] += least


@njit(cache=True, nogil=True, error_model="numpy")
def _pass_up(cost, ahead):
    """Add g of a customer to what stands ahead of its supplier, by the service time of the supplier."""
    least = np.inf
    for wait in range(len(cost) - 1, -1, -1):
        least = min(least, cost[wait])
        if wait < len(ahead):
            ahead[wait] += least
