"""A closed form to reproduce: a network, how long to replay it, what to measure, and what it must be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from arbitre.simulate._kernel.laws import LawBook
from arbitre.simulate._kernel.log import Run
from arbitre.simulate._kernel.model import Classes, Needs, Network, Pools, Routes, Steps


@dataclass(frozen=True)
class Truth:
    """`measure` of a replay of `network` has the mean `exact`; `source` says where the formula comes from."""

    name: str
    source: str
    network: Network
    exact: float
    measure: Callable[[Run], float]
    horizon: float
    warm_up: float


def station(book: LawBook, work: Sequence[int], rates: Sequence[float], servers: int, **more: Any) -> Network:
    """Return a single step served by one pool: a class for each rate, with its law of work.

    `more` is any field of Network; `classes` and `steps` are dictionaries of further columns.
    """
    classes = {"rate": list(rates), **more.pop("classes", {})}
    return Network(
        laws=book.laws(),
        classes=Classes(tuple(f"class {number}" for number in range(len(rates))), entry=0, **classes),
        steps=Steps(("step",), **more.pop("steps", {})), work=[list(work)], needs_set=[[0]],
        pools=Pools(("crew",), servers), needs=Needs([0], 0, 0), **more)


def stations(
    book: LawBook, work: Sequence[int], servers: Sequence[int], routes: np.ndarray, classes: Classes, **more: Any,
) -> Network:
    """Return a network of steps with a pool each (0 servers: nobody is needed), one routing for all classes."""
    names = tuple(f"step {number}" for number in range(len(work)))
    crews = [step for step, units in enumerate(servers) if units > 0]
    step, to = np.nonzero(routes)
    needs_set = np.full((len(work), 1), -1)
    needs_set[crews, 0] = range(len(crews))
    steps = more.pop("steps", {})
    return Network(
        laws=book.laws(), classes=classes, steps=Steps(names, **steps), work=np.asarray(work)[:, None],
        needs_set=needs_set, routes=Routes(step, to, routes[step, to]),
        pools=Pools(tuple(f"crew {number}" for number in crews), [servers[number] for number in crews]),
        needs=Needs(range(len(crews)), 0, range(len(crews))), **more)


def wait(of_class: int = 0, step: int = 0) -> Callable[[Run], float]:
    """Measure the mean hours from joining a step to starting, for those who start."""
    return lambda run: run.visits[step, of_class]["waited"] / run.visits[step, of_class]["started"]


def present(step: int) -> Callable[[Run], float]:
    """Measure the mean number of cases in a step."""
    return lambda run: run.steps[step]["area"] / run.hours


def share(count: str, of_class: int = 0) -> Callable[[Run], float]:
    """Measure the share of opened cases that ended so."""
    return lambda run: run.classes[of_class][count] / run.classes[of_class]["opened"]


def flow(of_class: int = 0) -> Callable[[Run], float]:
    """Measure the mean hours from opening to closing."""
    return lambda run: run.classes[of_class]["flow"] / run.classes[of_class]["closed"]


def level(column: str, node: int = 0) -> Callable[[Run], float]:
    """Measure the mean of a level of stock over time: area (on hand), owed_area, on_order_area."""
    return lambda run: run.nodes[node][column] / run.hours


def ready(node: int = 0) -> Callable[[Run], float]:
    """Measure the share of units asked that were set aside at once."""
    return lambda run: run.nodes[node]["ready"] / run.nodes[node]["asked"]
