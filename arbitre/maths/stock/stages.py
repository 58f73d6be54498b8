"""What adds up along a network of stages: costs downstream, needs upstream, times along the longest way?

A stage makes or moves something out of what its suppliers send, and sends it to its customers; an arc says how much of
the supplier's output goes into one unit of the customer's. Networks have no loops. Arcs are kept suppliers first: an
arc comes after every arc that ends where it starts, so one sweep forwards adds up what flows down, one backwards what
is asked from above.
"""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class StageNetwork:
    """`stages` stages and arcs from supplier (arcs,) to customer (arcs,), with quantity (arcs,), suppliers first."""

    stages: int
    supplier: Integers
    customer: Integers
    quantity: Floats

    def only(self, arcs: npt.NDArray[np.bool_]) -> StageNetwork:
        """Return the same stages with those arcs (arcs,) only."""
        return StageNetwork(self.stages, self.supplier[arcs], self.customer[arcs], self.quantity[arcs])

    def part(self, chosen: npt.NDArray[np.bool_]) -> StageNetwork:
        """Return those stages (stages,) only, numbered anew, with the arcs that start at them."""
        number, arcs = np.cumsum(chosen) - 1, chosen[self.supplier]
        return StageNetwork(int(chosen.sum()), number[self.supplier[arcs]], number[self.customer[arcs]],
                            self.quantity[arcs])


def stage_network(stages: int, supplier: npt.ArrayLike, customer: npt.ArrayLike, quantity: npt.ArrayLike
                  ) -> StageNetwork:
    """Return the network with its arcs suppliers first.

    Args: stages, how many; supplier, customer (arcs,) stages from 0; quantity (arcs,) units of the supplier in one of
    the customer. Raises graphlib.CycleError when the stages feed one another in a loop.
    """
    start, end = np.asarray(supplier, dtype=np.int64), np.asarray(customer, dtype=np.int64)
    order = TopologicalSorter(dict.fromkeys(range(stages), ()))
    for first, last in zip(start.tolist(), end.tolist(), strict=True):
        order.add(last, first)
    place = np.empty(stages, dtype=np.int64)
    place[list(order.static_order())] = np.arange(stages)
    arcs = np.lexsort((start, place[end]))
    return StageNetwork(stages, start[arcs], end[arcs], np.asarray(quantity, dtype=float)[arcs])


def cumulated_cost(network: StageNetwork, added: Floats) -> Floats:
    """What is a unit worth when it leaves each stage? added (stages,) money a unit; returns (stages,) money a unit."""
    worth = np.asarray(added, dtype=float).tolist()
    for start, end, quantity in _arcs(network):
        worth[end] += quantity * worth[start]
    return np.array(worth)


def total_need(network: StageNetwork, asked: Floats) -> Floats:
    """How much is asked of each stage, by customers and by stages? asked (stages,) by customers; returns (stages,)."""
    need = np.asarray(asked, dtype=float).tolist()
    for start, end, quantity in reversed(_arcs(network)):
        need[start] += quantity * need[end]
    return np.array(need)


def replenishment_times(network: StageNetwork, duration: Integers) -> Integers:
    """How long does each stage take when nothing is held before it: the longest way to it, itself included?

    duration (stages,) periods; returns (stages,) periods.
    """
    alone = np.asarray(duration, dtype=np.int64).tolist()
    longest = list(alone)
    for start, end, _ in _arcs(network):
        longest[end] = max(longest[end], longest[start] + alone[end])
    return np.array(longest, dtype=np.int64)


def inbound_times(network: StageNetwork, service: Integers) -> Integers:
    """How long does each stage wait for the slowest of its suppliers? service (stages,) periods; returns (stages,)."""
    wait = np.zeros(network.stages, dtype=np.int64)
    np.maximum.at(wait, network.customer, service[network.supplier])
    return wait


def settled(network: StageNetwork, duration: Integers, service: Integers) -> Integers:
    """Which service times never exceed wait and duration, and are otherwise those given? (stages,) periods.

    A stage that may deliver later than it can gains nothing by it; the net times of the others only shrink.
    """
    return _settled(network.supplier, network.customer, duration, service)


@njit(cache=True, nogil=True, error_model="numpy")
def _settled(supplier, customer, duration, service):
    service, wait = service.copy(), np.zeros(len(service), np.int64)
    for arc in range(len(supplier)):
        start, end = supplier[arc], customer[arc]
        service[start] = min(service[start], wait[start] + duration[start])
        wait[end] = max(wait[end], service[start])
    return np.minimum(service, wait + duration)


def pooled_deviation(network: StageNetwork, deviation: Floats, power: float) -> Floats:
    """How much does the demand scatter that reaches each stage?

    A stage that needs u(e) units for one asked of stage e has deviation (sum over e of (u(e) deviation(e))^power)^
    (1/power): power 2 pools independent demands, 1 does not pool (Graves & Willems 2000). Ways from a stage
    to the same e add up before they are pooled: they carry the same demand.

    Args: deviation (stages,) of the demand of customers at each stage, 0 where there are none. Returns (stages,).
    """
    return _pooled(network.supplier, network.customer, network.quantity, np.asarray(deviation, dtype=float), power)


@njit(cache=True, nogil=True, error_model="numpy")
def _pooled(supplier, customer, quantity, deviation, power):
    total = np.zeros(len(deviation))
    need = np.zeros(len(deviation))
    for end in range(len(deviation)):
        if deviation[end] <= 0.0:
            continue
        need[:] = 0.0
        need[end] = deviation[end]
        for arc in range(len(supplier) - 1, -1, -1):
            need[supplier[arc]] += quantity[arc] * need[customer[arc]]
        total += need**power
    return total ** (1.0 / power)


@njit(cache=True, nogil=True, error_model="numpy")
def spanning_forest(stages, supplier, customer):
    """Which arcs, taken in order, join stages that were not joined yet (Kruskal 1956)?

    Returns: kept (arcs,) True for the arcs of the forest; group (stages,) the same number for stages that are joined.
    The network is a forest when every arc is kept.
    """
    group = np.arange(stages)
    kept = np.zeros(len(supplier), dtype=np.bool_)
    for arc in range(len(supplier)):
        one, other = supplier[arc], customer[arc]
        while group[one] != one:
            group[one] = group[group[one]]
            one = group[one]
        while group[other] != other:
            group[other] = group[group[other]]
            other = group[other]
        if one != other:
            group[other] = one
            kept[arc] = True
    for stage in range(stages):
        top = stage
        while group[top] != top:
            top = group[top]
        group[stage] = top
    return kept, group


def _arcs(network: StageNetwork) -> list[tuple[int, int, float]]:
    return list(zip(network.supplier.tolist(), network.customer.tolist(), network.quantity.tolist(), strict=True))
