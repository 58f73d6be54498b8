"""How many machines run, when the failures come from the machines themselves?

An endless source of failures (METRIC) overstates them: a machine that is down does not fail again. For one kind of
machine, exponential lives and repair times, the number of units down is a birth and death process and everything is
exact (machine repair with spares; Taylor & Jackson 1954; Gross, Shortle, Thompson & Harris 2008, chapter 2.7).

For many items on one machine the endless source stays, and availability is read from the backorders (Sherbrooke 2004,
chapter 2): a machine with Z_i places for item i runs when none of them is empty,

    A = prod over i of (1 - B_i / (N Z_i))^Z_i,     B_i backorders of item i, N machines.

It takes the empty places as independent. Whatever the dependence, an empty place stops at most one machine, so

    A >= 1 - sum over i of B_i / N,

which is also what Weierstrass' inequality says of the product. The sum is linear in the backorders: a plan that keeps a
target for it keeps the target for both.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arbitre.core.errors import UsageError

Floats = NDArray[np.float64]


class Fleet(NamedTuple):
    """What a fleet with spares and repairers does: availability, the share of its machines that runs; down, units in
    the shop; short, machines that stand for want of a unit; repair_wait and spare_wait, mean days until a repair starts
    and until a stopped machine has its unit, over all failures; full, the chance that every machine runs.
    """

    availability: float
    down: float
    short: float
    repair_wait: float
    spare_wait: float
    full: float


def down_pmf(machines: int, spares: int, servers: int, failure_rate: float, repair_time: float) -> Floats:
    """With which probability are 0, 1, ... machines + spares units down?

    Args: machines that should run; spares that replace failed units at once, and do not fail on the shelf; servers in
    the shop; failure_rate per running machine and day; repair_time, mean in days. Lives and repairs are exponential
    (with a server for every unit the shape of the repair time does not matter).
    Returns: (machines + spares + 1,). Raises UsageError on a fleet that cannot be.
    """
    if machines < 1 or spares < 0 or servers < 1 or not 0 <= failure_rate * repair_time < np.inf:
        raise UsageError("Expected at least 1 machine and 1 server; spares, failure rate and repair time not negative.")
    failing = np.minimum(machines, machines + spares - np.arange(machines + spares))
    repaired = np.minimum(np.arange(1, machines + spares + 1), servers)
    with np.errstate(divide="ignore"):
        logs = np.concatenate([[0.0], np.cumsum(np.log(failing * failure_rate * repair_time / repaired))])
    weight = np.exp(logs - logs.max())
    return weight / weight.sum()


def fleet(machines: int, spares: int, servers: int, failure_rate: float, repair_time: float) -> Fleet:
    """Which share of the machines runs? Args and errors as `down_pmf`."""
    pmf = down_pmf(machines, spares, servers, failure_rate, repair_time)
    down = np.arange(machines + spares + 1)
    short = float(pmf @ np.maximum(down - spares, 0))
    failures = (machines - short) * failure_rate
    waiting = float(pmf @ np.maximum(down - servers, 0))
    return Fleet(
        availability=1.0 - short / machines,
        down=float(pmf @ down),
        short=short,
        repair_wait=waiting / failures if failures > 0 else 0.0,
        spare_wait=short / failures if failures > 0 else 0.0,
        full=float(pmf[: spares + 1].sum()),
    )


def availability(backorders: ArrayLike, per_machine: ArrayLike, machines: float) -> tuple[float, float]:
    """Which share of the machines runs, given what is owed to them?

    Args: backorders (items,) expected units owed to these machines; per_machine (items,), how many of the item each
    machine has, at least 1; machines.
    Returns: the product form, and the proven floor 1 - sum(backorders) / machines under it; neither is below 0. To keep
    a target A by the floor is to owe at most machines x (1 - A) in all. Raises UsageError on numbers that cannot be.
    """
    owed, places = np.broadcast_arrays(np.asarray(backorders, float), np.asarray(per_machine, float))
    if not (machines > 0 and np.all(owed >= 0) and np.all(places >= 1)):
        raise UsageError("Expected backorders >= 0, at least 1 of each item on a machine, and machines > 0.")
    empty = np.minimum(owed / (machines * places), 1.0)
    return float(np.prod((1.0 - empty) ** places)), max(1.0 - float(owed.sum()) / machines, 0.0)
