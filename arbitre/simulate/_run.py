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
from arbitre.simulate._log import CASE, OPEN, Records, Run
from arbitre.simulate._model import Network
from arbitre.simulate._pack import chained, pack
from arbitre.simulate._refusals import MOST_GROUPS, check
from arbitre.simulate._world import ARRAYS, World

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
    world = pack(network, horizon, seed, replication, keeps_log)
    kept.begin(world)
    begin(world)
    if warm_up > 0.0:
        _advance(world, warm_up, rule, network, kept)
    _forget_sums(world)
    open_at_start, events = int(world["clock"][0]["live"]), int(world["clock"][0]["events"])
    _advance(world, horizon, rule, network, kept)
    _settle(world)
    return kept.run(world, network, warm_up, events, open_at_start)


class _Kept:
    """What the kernel handed over so far, in order: chunks of the log, of the cases and of the movements."""

    def __init__(self, keeps_log: bool, chunk: int) -> None:
        self.rows = max(chunk, 4 * MARGIN) if keeps_log else 0
        self.log: list[Records] = []
        self.ended: list[Records] = []
        self.moved: list[Records] = []

    def begin(self, world: World) -> None:
        """Give a new world its first arrays to write into."""
        for array in _HANDED_OVER:
            world.put(array, np.zeros(self.rows, ARRAYS[array]))

    def take(self, world: World, array: str) -> None:
        """Take over what the kernel wrote into an array; it gets a larger one where even an empty one is too small."""
        clock, counter = world["clock"][0], _HANDED_OVER[array]
        getattr(self, array).append(world[array][:clock[counter]])
        clock[counter] = 0
        if self.rows:
            world.put(array, np.empty(max(self.rows, 2 * _most_at_once(world)), ARRAYS[array]))

    def run(self, world: World, network: Network, measured_from: float, events: int, open_at_start: int) -> Run:
        """Return the replication."""
        for array in _HANDED_OVER:
            self.take(world, array)
        clock = world["clock"][0]
        if clock["keeps_log"]:
            self.ended.append(_still_open(world))
        return Run(
            log=_joined(self.log), cases=_joined(self.ended), movements=_joined(self.moved),
            classes=world["of_class"], visits=world["visit"].reshape(network.work.shape), steps=world["step"],
            pools=world["pool"], lines=world["line"], nodes=world["node"], fleets=world["fleet"], measured_from=measured_from,
            ended=float(clock["now"]), events=int(clock["events"]), open_at_start=open_at_start,
            open_at_end=int(clock["live"]))


def _joined(chunks: list[Records]) -> Records:
    """Return the chunks as one array, copied as bytes: numpy would copy records one by one."""
    return np.concatenate([chunk.view(np.uint8) for chunk in chunks]).view(chunks[0].dtype)


_HANDED_OVER = {"log": "logged", "ended": "ended", "moved": "moved"}
"""Arrays the kernel fills and hands over, and the counter of the clock that says how far."""
_FULL = {records.LOG_FULL: "log", records.ENDED_FULL: "ended", records.MOVES_FULL: "moved", records.AGENDA_FULL: "agenda",
         records.CASES_FULL: "case", records.DEBTS_FULL: "debt"}


def _most_at_once(world: World) -> int:
    """Return how many rows of any array one entry of the calendar may need (as `_kernel` reckons)."""
    clock = world["clock"][0]
    return 4 * int(clock["live"]) + MARGIN + 4 * int(clock["most_units"])


def _advance(world: World, until: float, rule: Any, network: Network, kept: _Kept) -> None:
    """Carry out the calendar up to a time, making room as it is asked for."""
    while (reason := advance(world, until, rule)) != records.RUNNING:
        if reason not in _FULL:
            raise CannotReplay([_why(reason, world, network)])
        name = _FULL[reason]
        if name in _HANDED_OVER:
            kept.take(world, name)
            continue
        old, more = world[name], len(world[name]) + _most_at_once(world)
        world.put(name, np.append(old, np.zeros(more, old.dtype) if name == "agenda" else chained(more, old.dtype, len(old))))
        if name == "agenda":
            world.put("todo", np.zeros(4 * more, ARRAYS["todo"]))
        if name == "case":
            for seats, width in (("seat", 2 * MOST_GROUPS), ("holder_next", MOST_GROUPS), ("holder_before", MOST_GROUPS)):
                world.put(seats, np.append(world[seats], np.full(more * width, -1)))


def _still_open(world: World) -> Records:
    """Return the cases still open, by number."""
    held = world["case"][world["case"]["state"] != records.FREE]
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
            world[array][name] = 0
        if array != "visit":
            world[array]["since"] = world["clock"][0]["now"]


_COUNTS = (
    ("of_class", "area", "open"), ("step", "area", "inside"), ("step", "blocked_area", "blocked"),
    ("pool", "area", "busy"), ("pool", "offered", "capacity"), ("line", "area", "count"), ("node", "area", "on_hand"),
    ("node", "owed_area", "owed"), ("node", "on_order_area", "on_order"), ("fleet", "area", "down"),
)


def _settle(world: World) -> None:
    """Bring all sums over time up to the end."""
    now = world["clock"][0]["now"]
    for array, area, count in _COUNTS:
        rows = world[array]
        rows[area] += rows[count] * (now - rows["since"])
    for array in {array for array, _, _ in _COUNTS}:
        world[array]["since"] = now


def _why(reason: int, world: World, network: Network) -> str:
    """Return the sentence that says why the replay came to a stop, and where."""
    clock, names = world["clock"][0], network.steps.name
    hour = f"at hour {clock['now']:.6g}"
    if reason == records.DEADLOCK:
        stuck = ", ".join(names[step] for step in np.nonzero(world["step"]["stuck"])[0])
        return f"Deadlock {hour}: the steps {stuck} are full and wait for each other for ever. Give one of them more room."
    place = world["case"][world["case"]["state"] != records.FREE]["step"]
    where = names[int(np.bincount(place).argmax())] if len(place) else "none"
    if reason == records.STILL:
        return f"Time stands still {hour}: cases go round through step {where} without taking any. Give it work."
    return f"Nothing can happen any more {hour}, with {len(place)} cases open, most of them at step {where}: what they " \
           "wait for never comes."
