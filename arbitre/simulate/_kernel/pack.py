"""From a network as tables to a network as the kernel's record arrays."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from arbitre.core.streams import stream
from arbitre.simulate._kernel import records
from arbitre.simulate._kernel.laws import CONSTANT, Floats, Integers
from arbitre.simulate._kernel.model import ALLOCATION, NEVER, PAUSE, Network
from arbitre.simulate._kernel.records import NOT_LISTED
from arbitre.simulate._kernel.refusals import MOST_GROUPS, MOST_RANKS, most_capacity, routes_of, rows_of_cells
from arbitre.simulate._kernel.world import World

_BEYOND = 1.0 + 1e-9


def filled(dtype: np.dtype, rows: int, **columns: Any) -> np.ndarray:
    """Return a record array with these columns set, and zero elsewhere."""
    found = np.zeros(rows, dtype=dtype)
    for name, values in columns.items():
        found[name] = values
    return found


def spans(sorted_keys: Integers, count: int) -> tuple[Integers, Integers]:
    """Return where the rows of each key 0 .. count - 1 begin and end."""
    keys = np.arange(count)
    return np.searchsorted(sorted_keys, keys), np.searchsorted(sorted_keys, keys, side="right")


def chained(rows: int, dtype: np.dtype, first: int = 0) -> np.ndarray:
    """Return free records first, first + 1, ..., each pointing to the next."""
    found = np.zeros(rows, dtype=dtype)
    found["next"] = np.arange(first + 1, first + rows + 1)
    return found


def pack(network: Network, horizon: float, seed: int, replication: int, log_rows: int) -> World:
    """Return the world at hour 0, before anything has happened; no log is kept when it has no rows."""
    levels, cell = _cells(network)
    lines = _lines(network)
    allocation = ALLOCATION.index(network.allocation)
    mode = records.BY_RULE if callable(network.dispatch) else (
        records.BY_DUE if network.dispatch in ("earliest promise", "slack") else records.BY_TIME)
    run_key = stream(seed, "replay", replication).integers(0, 2**64, dtype=np.uint64)
    clock = filled(
        records.CLOCK, 1, horizon=horizon, profile_hours=network.profile_hours, first_pool=-1, first_step=-1,
        zones=len(network.lanes), buckets=network.profiles.shape[1], keeps_log=log_rows > 0, levels=levels,
        ranks=network.critical.shape[1], key_mode=mode, allocation=allocation, classes=len(network.classes),
        may_lock=_may_lock(network), key=run_key, most_units=_most_units(network, cell), place=-1)
    cases, debts = 256, 256
    machines = np.repeat(np.arange(len(network.fleets)), network.fleets.machines)
    tables = network.timetables
    order = np.lexsort((tables.at, tables.table))
    starts = sum(map(len, (machines, network.classes, network.steps, network.pools, network.given, network.pipeline)))
    return World(
        clock=clock, agenda=np.zeros(1024 + starts, dtype=records.ENTRY), case=chained(cases, records.CASE_HELD),
        seat=np.full(cases * 2 * MOST_GROUPS, -1),
        holder_next=np.full(cases * MOST_GROUPS, -1),
        holder_before=np.full(cases * MOST_GROUPS, -1),
        cell=cell, visit=np.zeros(len(cell), dtype=records.VISIT), step=_steps(network), route=_routes(network),
        law=filled(records.LAW, len(network.laws), kind=network.laws.kind, first_number=network.laws.first_number,
                   second_number=network.laws.second_number, first=network.laws.first[:-1], end=network.laws.first[1:]),
        value=network.laws.values, **lines,
        head=np.full(levels * len(lines["line"]), -1),
        tail=np.full(levels * len(lines["line"]), -1),
        turn=filled(records.TURN, len(tables), at=tables.at[order], period=tables.period[order],
                    value=tables.value[order]),
        ask=_asks(network), node=_nodes(network, run_key),
        node_head=np.full(network.critical.shape, -1),
        node_tail=np.full(network.critical.shape, -1),
        critical=network.critical, debt=chained(debts, records.DEBT), lateral=_laterals(network),
        of_class=_classes(network, run_key), profile=network.profiles,
        fleet=filled(records.FLEET, len(network.fleets), uptime=network.fleets.uptime),
        fleet_share=_rising(network.fleet_share),
        machine=filled(records.MACHINE, len(machines), fleet=machines, key=_machine_keys(network, run_key),
                       down=np.isin(np.arange(len(machines)), network.given.machine)),
        given=filled(records.GIVEN, len(network.given), at=network.given.at, opened=network.given.opened,
                     of_class=network.given.of_class, step=network.given.step, machine=network.given.machine),
        incoming=filled(records.INCOMING, len(network.pipeline), at=network.pipeline.at, node=network.pipeline.node,
                        units=network.pipeline.units),
        todo=np.zeros(1024, records.TODO), lane=network.lanes, log=np.empty(log_rows, records.EVENT),
        ended=np.empty(log_rows, records.CASE), moved=np.empty(log_rows, records.MOVEMENT),
    )


def _rising(shares: Floats) -> Floats:
    """Return cumulative shares whose last value exceeds any draw."""
    found = np.cumsum(shares, axis=1)
    found[found > 1.0 - 1e-9] = _BEYOND
    return found


def key_of(run_key: np.uint64, *name: str) -> np.uint64:
    """Return the key of chance of a named thing: the same in every scenario, wherever it stands in its table."""
    digest = hashlib.blake2b("\x00".join(name).encode(), digest_size=8, key=int(run_key).to_bytes(8, "little"))
    return np.uint64(int.from_bytes(digest.digest(), "little"))


def _machine_keys(network: Network, run_key: np.uint64) -> list[np.uint64]:
    return [key_of(run_key, "machine", name, str(number))
            for name, machines in zip(network.fleets.name, network.fleets.machines, strict=True)
            for number in range(machines)]


def _classes(network: Network, run_key: np.uint64) -> np.ndarray:
    classes = network.classes
    return filled(records.CLASS, len(classes), entry=classes.entry, rate=classes.rate, profile=classes.profile,
                  gap=classes.gap, zone=classes.zone, priority=classes.priority, window=classes.window,
                  penalty=classes.penalty, cancel=classes.cancel, quantity=classes.quantity,
                  key=[key_of(run_key, "class", name) for name in classes.name])


def _steps(network: Network) -> np.ndarray:
    steps = network.steps
    first, end = spans(np.sort(network.timetables.table), int(max(network.timetables.table.max(initial=-1) + 1, 1)))
    waves = steps.waves >= 0
    return filled(records.STEP, len(steps), zone=steps.zone, room=steps.room, turns_away=steps.turns_away,
                  interrupted=steps.interrupted, batch=steps.batch, travels=steps.travels, without=steps.without,
                  wave_first=np.where(waves, first[steps.waves], 0), wave_end=np.where(waves, end[steps.waves], 0),
                  wave_at=np.where(waves, first[steps.waves], 0), first=-1, last=-1, wanted_first=-1, wanted_last=-1,
                  todo=NOT_LISTED)


def _routes(network: Network) -> np.ndarray:
    first, rows = routes_of(network)
    # Shares add up within a cell: a running sum, less what it was where the cell begins.
    running = np.concatenate([[0.0], np.cumsum(network.routes.share[rows])])
    up_to = running[1:] - np.repeat(running[first[:-1]], np.diff(first))
    up_to[up_to > 1.0 - 1e-9] = _BEYOND
    return filled(records.ROUTE, len(rows), up_to=up_to, to=network.routes.to[rows])


def remaining_work(network: Network) -> Floats:
    """Return (steps, classes): the mean hours of work a case has ahead of it, that of its step included."""
    means = np.append(network.laws.means(), 0.0)[network.work]
    first, rows = routes_of(network)
    cell = np.repeat(np.arange(len(first) - 1), np.diff(first))
    step, of_class = np.divmod(cell, len(network.classes))
    inside = network.routes.to[rows] >= 0
    moves = np.zeros((len(network.classes), len(network.steps), len(network.steps)))
    kept = rows[inside]
    np.add.at(moves, (of_class[inside], step[inside], network.routes.to[kept]), network.routes.share[kept])
    found = means.copy()
    for each in range(len(network.classes)):
        system = np.eye(len(network.steps)) - moves[each]
        if np.linalg.matrix_rank(system) == len(system):  # else its cases never leave: a closed network
            found[:, each] = np.linalg.solve(system, means[:, each])
    return found


def _levels(network: Network) -> tuple[int, Integers]:
    """Return how many levels a line has, and that of each (step, class), 0 served first."""
    shape = network.work.shape
    if network.dispatch == "priority":
        return int(network.classes.priority.max(initial=0)) + 1, np.broadcast_to(network.classes.priority, shape).copy()
    if network.dispatch != "penalty":
        return 1, np.zeros(shape, dtype=np.int64)
    means = np.append(network.laws.means(), 0.0)[network.work]
    with np.errstate(divide="ignore", invalid="ignore"):
        index = np.nan_to_num(network.classes.penalty / means, posinf=np.inf)  # Smith 1956: money saved per hour
    values = np.unique(index)[::-1]
    rank = np.searchsorted(-values, -index)
    return min(len(values), MOST_RANKS), rank * MOST_RANKS // max(len(values), MOST_RANKS)


def _cells(network: Network) -> tuple[int, np.ndarray]:
    levels, level = _levels(network)
    route_first, _ = routes_of(network)
    ask_first, _ = rows_of_cells(network.asks.step, network.asks.of_class, network)
    slack = callable(network.dispatch) or network.dispatch == "slack"
    allowance = remaining_work(network).ravel() if slack else 0.0
    return levels, filled(records.CELL, network.work.size, work=network.work.ravel(), line=network.needs_set.ravel(),
                          patience=network.patience.ravel(), level=level.ravel(), allowance=allowance,
                          route_first=route_first[:-1], route_end=route_first[1:], ask_first=ask_first[:-1],
                          ask_end=ask_first[1:])


def _lines(network: Network) -> dict[str, np.ndarray]:
    """Return lines, groups, options and pools, each pointing into the next."""
    needs, count = network.needs, int(network.needs.of_set.max(initial=-1)) + 1
    order = np.lexsort((np.arange(len(needs)), needs.group, needs.of_set))
    key = needs.of_set[order] * MOST_GROUPS + needs.group[order]
    groups, start = np.unique(key, return_index=True)
    group_first, group_end = spans(groups // MOST_GROUPS, count)
    option_first, option_end = spans(needs.of_set[order], count)
    pairs = np.unique(np.stack([needs.pool, needs.of_set]), axis=1)
    line_first, line_end = spans(pairs[0], len(network.pools))
    return {
        "line": filled(records.LINE, count, group_first=group_first, group_end=group_end, option_first=option_first,
                       option_end=option_end),
        "group": filled(records.GROUP, len(groups), first=start, end=np.append(start, len(needs))[1:]),
        "option": filled(records.OPTION, len(needs), pool=needs.pool[order], quantity=needs.quantity[order]),
        "pool_line": pairs[1],
        "pool": _pools(network, line_first, line_end),
    }


def _pools(network: Network, line_first: Integers, line_end: Integers) -> np.ndarray:
    pools, tables = network.pools, network.timetables
    order = np.lexsort((tables.at, tables.table))
    first, end = spans(tables.table[order], int(max(tables.table.max(initial=-1) + 1, 1)))
    pushed = network.dispatch in ("priority", "penalty") and bool((network.steps.interrupted != NEVER).any())
    found = filled(records.POOL, len(pools), capacity=pools.capacity, most=most_capacity(network), zone=pools.zone,
                   shift_end=pools.shift_end, line_first=line_first, line_end=line_end,
                   kept=(pools.shift_end == PAUSE) | pushed, first=-1, todo=NOT_LISTED)
    for row, table in enumerate(pools.timetable):
        if table >= 0:
            rows = order[first[table]:end[table]]
            begins_now = tables.at[rows[0]] == 0
            found[row]["turn_first"], found[row]["turn_end"] = first[table], end[table]
            found[row]["turn"] = first[table] + int(begins_now)
            if begins_now:
                found[row]["capacity"] = tables.value[rows[0]]
            elif tables.period[rows[0]] > 0:
                found[row]["capacity"] = tables.value[rows[-1]]
    return found


def _most_units(network: Network, cell: np.ndarray) -> int:
    """Return the most movements of stock a case can cause at a step: its units, through every node above."""
    laws = network.classes.quantity[network.classes.quantity >= 0]
    quantity = max((network.laws.largest(int(row)) for row in laws), default=1)
    _, rows = rows_of_cells(network.asks.step, network.asks.of_class, network)
    units = np.concatenate([[0], np.cumsum(network.asks.quantity[rows])])
    depth, above = 1, network.nodes.supplier
    while (above >= 0).any():
        depth, above = depth + 1, np.where(above >= 0, network.nodes.supplier[above], -1)
    return int((units[cell["ask_end"]] - units[cell["ask_first"]]).max(initial=0) * quantity) * depth


def _asks(network: Network) -> np.ndarray:
    _, rows = rows_of_cells(network.asks.step, network.asks.of_class, network)
    return filled(records.ASK, len(rows), node=network.asks.node[rows], quantity=network.asks.quantity[rows],
                  rank=network.asks.rank[rows], expedite=network.asks.expedite[rows], spare=network.asks.spare[rows])


def _nodes(network: Network, run_key: np.uint64) -> np.ndarray:
    nodes = network.nodes
    first, end = spans(np.sort(network.laterals.node), len(nodes))
    way = np.append(np.where(network.laws.kind == CONSTANT, network.laws.first_number, 0.0), 0.0)[nodes.lead]
    on_order = np.bincount(network.pipeline.node, network.pipeline.units, len(nodes)) if len(nodes) else 0
    return filled(records.NODE, len(nodes), repair_share=nodes.repair_share, reorder=nodes.reorder, lot=nodes.lot,
                  supplier=nodes.supplier, lead=nodes.lead, repair=nodes.repair, repair_class=nodes.repair_class,
                  emergency=nodes.emergency, hold_back=nodes.hold_back, rank=nodes.rank, lateral_first=first,
                  lateral_end=end, on_hand=nodes.on_hand, on_order=on_order, way=way,
                  key=[key_of(run_key, "node", name) for name in nodes.name])


def _laterals(network: Network) -> np.ndarray:
    order = np.argsort(network.laterals.node, kind="stable")
    return filled(records.LATERAL, len(order), source=network.laterals.source[order], law=network.laterals.law[order])


def _may_lock(network: Network) -> bool:
    """Could full steps ever wait for each other: along routes, or for pools held by those who wait?"""
    blocks = (network.steps.room >= 0) & ~network.steps.turns_away
    edges = np.zeros((len(network.steps), len(network.steps)), dtype=bool)
    routed = network.routes.to >= 0
    edges[network.routes.step[routed], network.routes.to[routed]] = True
    edges &= blocks[None, :]
    needs = network.needs
    users = [set(needs.pool[np.isin(needs.of_set, row[row >= 0])].tolist()) for row in network.needs_set]
    for step in np.nonzero(blocks)[0]:
        for other in range(len(users)):
            edges[step, other] |= other != step and bool(users[step] & users[other])
    paths = edges.copy()
    for _ in range(len(edges).bit_length()):
        paths |= (paths.astype(np.int64) @ paths.astype(np.int64)) > 0
    return bool(paths.diagonal().any())
