"""Replay a network: one replication, or many on several workers, the same to the byte however it is cut up."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import cfunc, types

from arbitre.core.errors import CannotReplay
from arbitre.simulate import _records as records
from arbitre.simulate._kernel import MARGIN, advance, begin
from arbitre.simulate._log import CASE, EVENT, MOVEMENT, OPEN, Records, Run
from arbitre.simulate._model import Network
from arbitre.simulate._pack import chained, pack
from arbitre.simulate._records import World
from arbitre.simulate._refusals import check

RULE = types.float64(*[types.float64] * 8)
"""The signature of a user's own dispatch rule (see `Network.dispatch`)."""
CHUNK = 1 << 18
"""Rows of the log the kernel writes before it hands them over."""


@cfunc(RULE, cache=True)
def no_rule(_now, joined, _due, _priority, _work, _penalty, _of_class, _step):  # pragma: no cover (compiled)
    """Serve first come, first served; it stands in where no rule of the user's is asked."""
    return joined


def replay(network: Network, horizon: float, seed: int = 0, replication: int = 0, warm_up: float = 0.0,
           keeps_log: bool = True, chunk: int = CHUNK) -> Run:
    """What happens in this network from hour 0 to `horizon` (h)?

    `replication` numbers independent repetitions under one seed. Sums are over the time from `warm_up` (h) on; the log
    is whole. `chunk` (rows) changes nothing in the result.
    Raises CannotReplay when the network cannot run, or comes to a stop on the way.
    """
    check(network)
    return _replay(network, horizon, seed, replication, warm_up, keeps_log, chunk)


def replications(network: Network, horizon: float, numbers: Sequence[int], seed: int = 0, warm_up: float = 0.0,
                 keeps_log: bool = False, workers: int = 1) -> list[Run]:
    """Return the replications with these numbers, in their order; `workers` threads change nothing in the result."""
    check(network)

    def one(number: int) -> Run:
        return _replay(network, horizon, seed, number, warm_up, keeps_log, CHUNK)

    if workers == 1:
        return [one(number) for number in numbers]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, numbers))


def _replay(network: Network, horizon: float, seed: int, replication: int, warm_up: float, keeps_log: bool, chunk: int
            ) -> Run:
    if not 0.0 <= warm_up <= horizon < np.inf:
        raise ValueError("A replay needs 0 <= warm_up <= horizon, and an end.")
    rule = no_rule if isinstance(network.dispatch, str) else network.dispatch
    kept = _Kept(keeps_log, chunk)
    world = kept.buffers(pack(network, horizon, seed, replication, keeps_log))
    begin(world)
    world = _advance(world, warm_up, rule, network, kept) if warm_up > 0.0 else world
    _forget_sums(world)
    open_at_start, events = int(world.clock[0]["live"]), int(world.clock[0]["events"])
    world = _advance(world, horizon, rule, network, kept)
    _settle(world)
    return kept.run(world, network, warm_up, events, open_at_start)


class _Kept:
    """What the kernel handed over so far, in order: chunks of the log, of the cases and of the movements."""

    def __init__(self, keeps_log: bool, chunk: int) -> None:
        self.rows = max(chunk, 4 * MARGIN) if keeps_log else 0
        self.log: list[Records] = []
        self.ended: list[Records] = []
        self.moved: list[Records] = []

    def buffers(self, world: World) -> World:
        """Give a new world its first arrays to write into."""
        return world._replace(log=np.zeros(self.rows, EVENT), ended=np.zeros(self.rows, CASE),
                              moved=np.zeros(self.rows, MOVEMENT))

    def take(self, world: World, array: str, counter: str) -> World:
        """Take over what the kernel wrote into an array; it gets a larger one where even an empty one is too small."""
        clock = world.clock[0]
        found = getattr(world, array)
        getattr(self, array).append(found[:clock[counter]].copy())
        clock[counter] = 0
        needed = 2 * (4 * int(clock["live"]) + MARGIN + 4 * int(clock["most_units"]))
        return world._replace(**{array: np.zeros(needed, found.dtype)}) if needed > len(found) else world

    def run(self, world: World, network: Network, measured_from: float, events: int, open_at_start: int) -> Run:
        """Return the replication."""
        for array, counter in (("log", "logged"), ("ended", "ended"), ("moved", "moved")):
            world = self.take(world, array, counter)
        clock = world.clock[0]
        if clock["keeps_log"]:
            self.ended.append(_still_open(world))
        return Run(
            log=np.concatenate(self.log), cases=np.concatenate(self.ended), movements=np.concatenate(self.moved),
            classes=world.of_class, visits=world.visit.reshape(network.work.shape), steps=world.step, pools=world.pool,
            lines=world.line, nodes=world.node, fleets=world.fleet, measured_from=measured_from,
            ended=float(clock["now"]), events=int(clock["events"]), open_at_start=open_at_start,
            open_at_end=int(clock["live"]))


def _advance(world: World, until: float, rule: Any, network: Network, kept: _Kept) -> World:
    """Carry out the calendar up to a time, making room as it is asked for."""
    while True:
        reason = advance(world, until, rule)
        if reason == records.RUNNING:
            return world
        if reason == records.LOG_FULL:
            world = kept.take(world, "log", "logged")
        elif reason == records.ENDED_FULL:
            world = kept.take(world, "ended", "ended")
        elif reason == records.MOVES_FULL:
            world = kept.take(world, "moved", "moved")
        elif reason == records.AGENDA_FULL:
            world = world._replace(agenda=_longer(world.agenda, world, 0))
        elif reason == records.DEBTS_FULL:
            world = world._replace(debt=_longer(world.debt, world, 1))
        elif reason == records.CASES_FULL:
            case = _longer(world.case, world, 1)
            world = world._replace(case=case, **{name: _seats(getattr(world, name), len(case))
                                                 for name in ("seat", "holder_next", "holder_before")})
        else:
            raise CannotReplay([_why(reason, world, network)])


def _longer(array: Records, world: World, is_chain: int) -> Records:
    """Return the array with twice the room at least; the new rows of a chain of free records follow the old ones."""
    clock = world.clock[0]
    needed = 4 * int(clock["live"]) + MARGIN + 4 * int(clock["most_units"])
    longer = chained(2 * len(array) + needed, array.dtype) if is_chain else np.zeros(2 * len(array) + needed, array.dtype)
    longer[:len(array)] = array
    return longer


def _seats(array: Records, rows: int) -> Records:
    longer = np.full((rows, array.shape[1]), -1, dtype=array.dtype)
    longer[:len(array)] = array
    return longer


def _still_open(world: World) -> Records:
    """Return the cases still open, by number."""
    held = world.case[world.case["state"] != records.FREE]
    held = held[np.argsort(held["number"])]
    found = np.zeros(len(held), CASE)
    for name in ("ordinal", "opened", "due", "of_class", "machine", "quantity"):
        found[name] = held[name]
    found["case"], found["closed"], found["outcome"] = held["number"], np.nan, OPEN
    return found


_SUMS = {
    "of_class": ("area", "flow", "opened", "closed", "abandoned", "cancelled", "turned_away", "kept"),
    "visit": ("waited", "worked", "joined", "started", "finished"),
    "step": ("area", "blocked_area"),
    "pool": ("area", "offered"),
    "line": ("area",),
    "node": ("area", "owed_area", "on_order_area", "asked", "ready", "expedited", "ordered", "requests", "met"),
    "fleet": ("area", "failures"),
}


def _forget_sums(world: World) -> None:
    """Begin to measure now."""
    for array, names in _SUMS.items():
        for name in names:
            getattr(world, array)[name] = 0
        if array != "visit":
            getattr(world, array)["since"] = world.clock[0]["now"]


_COUNTS = (
    ("of_class", "area", "open"), ("step", "area", "inside"), ("step", "blocked_area", "blocked"),
    ("pool", "area", "busy"), ("pool", "offered", "capacity"), ("line", "area", "count"), ("node", "area", "on_hand"),
    ("node", "owed_area", "owed"), ("node", "on_order_area", "on_order"), ("fleet", "area", "down"),
)


def _settle(world: World) -> None:
    """Bring all sums over time up to the end."""
    now = world.clock[0]["now"]
    for array, area, count in _COUNTS:
        rows = getattr(world, array)
        rows[area] += rows[count] * (now - rows["since"])
    for array in {array for array, _, _ in _COUNTS}:
        getattr(world, array)["since"] = now


def _why(reason: int, world: World, network: Network) -> str:
    """Return the sentence that says why the replay came to a stop, and where."""
    clock, names = world.clock[0], network.steps.name
    hour = f"at hour {clock['now']:.6g}"
    if reason == records.DEADLOCK:
        stuck = ", ".join(names[step] for step in np.nonzero(world.step["stuck"])[0])
        return f"Deadlock {hour}: the steps {stuck} are full and wait for each other for ever. Give one of them more room."
    place = world.case[world.case["state"] != records.FREE]["step"]
    where = names[int(np.bincount(place).argmax())] if len(place) else "none"
    if reason == records.STILL:
        return f"Time stands still {hour}: cases go round through step {where} without taking any. Give it work."
    return f"Nothing can happen any more {hour}, with {len(place)} cases open, most of them at step {where}: what they " \
           "wait for never comes."
