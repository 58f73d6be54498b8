"""Replay a network: one replication, or many on several workers, the same to the byte however it is cut up."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import cfunc, types

from arbitre.core.errors import CannotReplay
from arbitre.simulate._kernel import records
from arbitre.simulate._kernel.log import CASE, OPEN, Records, Run
from arbitre.simulate._kernel.loop import advance, begin, most_at_once
from arbitre.simulate._kernel.model import Network
from arbitre.simulate._kernel.pack import chained, pack
from arbitre.simulate._kernel.refusals import check, refuse_crowds
from arbitre.simulate._kernel.world import ARRAYS, World

RULE = types.float64(*[types.float64] * 8)
"""The signature of a user's own dispatch rule (see `Network.dispatch`)."""
CHUNK = 1 << 16
"""Rows the log begins with; it grows as it fills."""


@cfunc(RULE, cache=True)
def no_rule(_now, joined, _due, _priority, _work, _penalty, _of_class, _step):  # pragma: no cover (compiled)
    """Serve first come, first served; it stands in where no rule of the user's is asked."""
    return joined


def replay(network: Network, horizon: float, seed: int = 0, replication: int = 0, warm_up: float = 0.0,
           keeps_log: bool = True, chunk: int = CHUNK) -> Run:
    """What happens in this network from hour 0 to `horizon` (h)?

    `replication` numbers independent repetitions under one seed. Sums are over the time from `warm_up` (h) on; the log
    is whole. `chunk`, the rows the log begins with, changes nothing in the result.
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
    refuse_crowds(network, horizon)
    rule = no_rule if isinstance(network.dispatch, str) else network.dispatch
    world = pack(network, horizon, seed, replication, chunk if keeps_log else 0)
    begin(world)
    if warm_up > 0.0:
        _advance(world, warm_up, rule, network)
    _forget_sums(world)
    open_at_start = int(world["clock"][0]["live"])
    _advance(world, horizon, rule, network)
    _settle(world)
    return _run_of(world, network, warm_up, open_at_start)


def _run_of(world: World, network: Network, measured_from: float, open_at_start: int) -> Run:
    """Return what a world has come to."""
    clock = world["clock"][0]
    cases = world["ended"][:clock["ended"]]
    if clock["keeps_log"]:
        cases = _bytes_joined(cases, _still_open(world))
    return Run(
        log=world["log"][:clock["logged"]], cases=cases, movements=world["moved"][:clock["moved"]],
        classes=world["of_class"], visits=world["visit"].reshape(network.work.shape), steps=world["step"],
        pools=world["pool"], lines=world["line"], nodes=world["node"], fleets=world["fleet"],
        measured_from=measured_from, ended=float(clock["now"]), events=int(clock["events"]),
        open_at_start=open_at_start, open_at_end=int(clock["live"]))


def _bytes_joined(one: Records, other: Records) -> Records:
    """Return two record arrays as one, copied as bytes: numpy would copy records one by one."""
    return np.concatenate([one.view(np.uint8), other.view(np.uint8)]).view(one.dtype)


_WRITTEN = ("log", "ended", "moved")
"""Arrays the kernel writes from top to bottom; they grow with the time replayed."""
_FULL = {records.LOG_FULL: "log", records.ENDED_FULL: "ended", records.MOVES_FULL: "moved",
         records.AGENDA_FULL: "agenda", records.CASES_FULL: "case", records.DEBTS_FULL: "debt"}


def _advance(world: World, until: float, rule: Any, network: Network) -> None:
    """Carry out the calendar up to a time, making room as it is asked for."""
    while (reason := advance(world, until, rule)) != records.RUNNING:
        if reason not in _FULL:
            raise CannotReplay([_why(int(reason), world, network)])
        _make_room(world, _FULL[reason])


def _make_room(world: World, name: str) -> None:
    """Give the kernel a longer array in the place of one that is full, with at least as much as one entry may need."""
    clock, old, most = world["clock"][0], world[name], int(most_at_once(world))
    more = len(old) + 2 * most
    if name in _WRITTEN:
        # Memory that is never touched costs nothing: what the whole replay will need is asked for at once.
        share = max(float(clock["now"] / clock["horizon"]), 1 / 64)
        more = max(more, int(len(old) * (1.2 / share - 1.0)))
        longer = np.empty(len(old) + more, old.dtype)
        longer.view(np.uint8)[:old.nbytes] = old.view(np.uint8)
        world.put(name, longer)
        return
    world.put(name, _bytes_joined(old, np.zeros(more, old.dtype) if name == "agenda" else
                                  chained(more, old.dtype, len(old))))
    if name == "agenda":
        world.put("todo", np.zeros(8 * most + 4 * more, ARRAYS["todo"]))
    if name == "case":
        for seats, width in zip(("seat", "holder_next", "holder_before"), (8, 4, 4), strict=True):
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
        return f"Deadlock {hour}: full and waiting for each other for ever: {stuck}. Give one of them more room."
    place = world["case"][world["case"]["state"] != records.FREE]["step"]
    where = names[int(np.bincount(place).argmax())] if len(place) else "none"
    if reason == records.STILL:
        return f"Time stands still {hour}: cases go round through step {where} without taking any. Give it work."
    return (f"Nothing can happen any more {hour}, with {len(place)} cases open, most of them at step {where}: what "
            "they wait for never comes.")
