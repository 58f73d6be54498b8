"""Can this network be replayed? Every reason why not, each with its place and what to do.

Refused beforehand: numbers out of range; a step nobody serves; a crew without hours; a loop without exit; stock that is
never replenished. A deadlock of full steps depends on chance and is told by the replay when it happens.
"""

from __future__ import annotations

import numpy as np

from arbitre.core.errors import CannotReplay
from arbitre.simulate._kernel.laws import Integers
from arbitre.simulate._kernel.model import ALLOCATION, DISPATCH, FINISH, NEVER, PAUSE, RESTART, Network

_ROUNDING = 1e-9
MOST_CASES = 100_000_000
MOST_GROUPS = 4
MOST_RANKS = 60
"""A case remembers the pool it holds for each of at most four groups; ranks of a line fit in one machine word."""


def check(network: Network) -> None:
    """Raise CannotReplay with every reason why this network cannot be replayed."""
    faults = _index_faults(network) or (_number_faults(network) + _service_faults(network) + _route_faults(network)
                                        + _stock_faults(network))
    if faults:
        raise CannotReplay(faults)


def refuse_crowds(network: Network, horizon: float) -> None:
    """Raise CannotReplay where more cases come until `horizon` (h) than memory could hold."""
    classes = network.classes
    share = np.append(network.profiles.mean(axis=1), 1.0)[classes.profile]
    coming = classes.rate * share * horizon
    if coming.sum() + len(network.given) > MOST_CASES:
        most = int(np.argmax(coming))
        raise CannotReplay([f"{coming.sum():.3g} cases would come in {horizon:,.0f} hours, most of them of "
                            f"{classes.name[most]}, and a replay holds {MOST_CASES:,}. Correct the rates of arrivals, "
                            "demand or failures, count in larger units, or replay a shorter time."])


def routes_of(network: Network) -> tuple[Integers, Integers]:
    """Return the rows of `routes` that hold for each (step, class), as `rows_of_cells` does."""
    return rows_of_cells(network.routes.step, network.routes.of_class, network)


def rows_of_cells(step: Integers, of_class: Integers, network: Network) -> tuple[Integers, Integers]:
    """Return which rows hold for each cell = step x classes + class: (first, rows), rows[first[cell]:first[cell + 1]].

    A class with a row of its own at a step takes none of the rows of every class there.
    """
    classes = len(network.classes)
    own = np.nonzero(of_class >= 0)[0]
    own_cell = step[own] * classes + of_class[own]
    shared = np.nonzero(of_class < 0)[0]
    shared_cell = (step[shared, None] * classes + np.arange(classes)).ravel()
    shared = np.repeat(shared, classes)
    kept = ~np.isin(shared_cell, own_cell)
    cell, row = np.concatenate([own_cell, shared_cell[kept]]), np.concatenate([own, shared[kept]])
    order = np.lexsort((row, cell))
    first = np.searchsorted(cell[order], np.arange(len(network.steps) * classes + 1))
    return first.astype(np.int64), row[order].astype(np.int64)


def most_capacity(network: Network) -> Integers:
    """Return the most units each pool ever offers."""
    found = network.pools.capacity.copy()
    for pool, table in enumerate(network.pools.timetable):
        if table >= 0:
            rows = network.timetables.table == table
            values = network.timetables.value[rows]
            repeats = (network.timetables.period[rows] > 0).any()
            found[pool] = values.max(initial=0) if repeats else max(found[pool], values.max(initial=0))
    return found


def moves_of(network: Network) -> tuple[Integers, Integers, Integers]:
    """Return the moves that can happen, as (from step, class, to step)."""
    first, rows = routes_of(network)
    step, of_class = np.divmod(np.repeat(np.arange(len(first) - 1), np.diff(first)), len(network.classes))
    kept = (network.routes.to[rows] >= 0) & (network.routes.share[rows] > 0)
    return step[kept], of_class[kept], network.routes.to[rows][kept]


def reachable(network: Network) -> np.ndarray:
    """Return (steps, classes): can a case of the class ever come to the step?"""
    seen = np.zeros(network.work.shape, dtype=bool)
    classes, given = network.classes, network.given
    opened = (classes.rate > 0) | (classes.gap >= 0) | (network.fleet_share > 0).any(axis=0)
    opened[network.nodes.repair_class[network.nodes.repair_class >= 0]] = True
    seen[classes.entry[opened], np.nonzero(opened)[0]] = True
    seen[np.where(given.step >= 0, given.step, classes.entry[given.of_class]), given.of_class] = True
    step, of_class, to = moves_of(network)
    for _ in range(len(network.steps)):
        np.logical_or.at(seen, (to, of_class), seen[step, of_class])
    return seen


def _index_faults(network: Network) -> list[str]:
    """Every index points to something."""
    laws, classes, steps, pools = (len(x) for x in (network.laws, network.classes, network.steps, network.pools))
    nodes, zones, ranks = len(network.nodes), len(network.lanes), network.critical.shape[1]
    machines = int(network.fleets.machines.sum())
    tables, sets = network.timetables.table.max(initial=-1) + 1, network.needs.of_set.max(initial=-1) + 1
    limits = [
        ("work", network.work, laws, -1), ("needs_set", network.needs_set, sets, -1),
        ("patience", network.patience, laws, -1), ("lanes", network.lanes, laws, -1),
        ("timetables.table", network.timetables.table, tables, 0), ("needs.of_set", network.needs.of_set, sets, 0),
        ("needs.group", network.needs.group, MOST_GROUPS, 0), ("fleets.uptime", network.fleets.uptime, laws, 0),
    ]
    for table, columns in {
        "classes": {"entry": (steps, 0), "profile": (len(network.profiles), -1), "gap": (laws, -1),
                    "zone": (zones, -1), "priority": (MOST_RANKS, 0), "cancel": (laws, -1), "quantity": (laws, -1)},
        "steps": {"zone": (zones, -1), "waves": (tables, -1), "interrupted": (RESTART + 1, NEVER)},
        "routes": {"step": (steps, 0), "to": (steps, -1), "of_class": (classes, -1)},
        "pools": {"timetable": (tables, -1), "zone": (zones, -1), "shift_end": (PAUSE + 1, FINISH)},
        "needs": {"pool": (pools, 0)},
        "nodes": {"supplier": (nodes, -1), "lead": (laws, -1), "repair": (laws, -1), "repair_class": (classes, -1),
                  "emergency": (laws, -1), "rank": (ranks, 0)},
        "asks": {"step": (steps, 0), "node": (nodes, 0), "of_class": (classes, -1), "rank": (ranks, 0)},
        "laterals": {"node": (nodes, 0), "source": (nodes, 0), "law": (laws, 0)},
        "given": {"of_class": (classes, 0), "step": (steps, -1), "machine": (machines, -1)},
        "pipeline": {"node": (nodes, 0)},
    }.items():
        limits += [(f"{table}.{name}", getattr(getattr(network, table), name), limit, least)
                   for name, (limit, least) in columns.items()]
    faults = [f"{name} must lie between {least} and {limit - 1}." for name, values, limit, least in limits
              if (values < least).any() or (values >= limit).any()]
    if isinstance(network.dispatch, str) and network.dispatch not in DISPATCH:
        faults.append(f"dispatch must be one of {', '.join(DISPATCH)}, or a compiled rule; not {network.dispatch!r}.")
    if network.allocation not in ALLOCATION:
        faults.append(f"allocation must be one of {', '.join(ALLOCATION)}; not {network.allocation!r}.")
    return faults


def _number_faults(network: Network) -> list[str]:
    """Every number is of a size that means something."""
    classes, steps, nodes, tables = network.classes, network.steps, network.nodes, network.timetables
    rules = {
        "classes.rate must be at least 0": np.isfinite(classes.rate) & (classes.rate >= 0),
        "classes.window must be a number": ~np.isnan(classes.window),
        "classes.penalty must be at least 0": np.isfinite(classes.penalty) & (classes.penalty >= 0),
        "profiles must lie between 0 and 1": (network.profiles >= 0) & (network.profiles <= 1),
        "profiles must have an hour above 0": (network.profiles > 0).any(axis=1),
        "profile_hours must be above 0": np.array([network.profile_hours > 0]),
        "routes.share must lie between 0 and 1": (network.routes.share >= 0) & (network.routes.share <= 1),
        "steps.room must be at least 1, or -1 for no limit": (steps.room >= 1) | (steps.room == -1),
        "steps.batch must be at least 1, or 0 with waves":
            (steps.batch >= 1) | ((steps.batch == 0) & (steps.waves >= 0)),
        "steps.batch must not exceed the room of the step": (steps.room < 0) | (steps.batch <= steps.room),
        "pools.capacity must be at least 0": network.pools.capacity >= 0,
        "needs.quantity must be at least 1": network.needs.quantity >= 1,
        "asks.quantity must be at least 1": network.asks.quantity >= 1,
        "timetables.at must be at least 0, and below the period where there is one":
            (tables.at >= 0) & ((tables.period == 0) | (tables.at < tables.period)),
        "timetables.value and period must be at least 0": (tables.value >= 0) & (tables.period >= 0),
        "nodes.on_hand and hold_back must be at least 0": (nodes.on_hand >= 0) & (nodes.hold_back >= 0),
        "nodes.lot must be at least 1": nodes.lot >= 1,
        "nodes.reorder must be at least -lot": nodes.reorder >= -nodes.lot,
        "nodes.repair_share must lie between 0 and 1": (nodes.repair_share >= 0) & (nodes.repair_share <= 1),
        "nodes.repair_share needs lots of 1": (nodes.repair_share == 0) | (nodes.lot == 1),
        "fleets.machines must be at least 1": network.fleets.machines >= 1,
        "fleet_share must add up to 1 for each fleet": np.abs(network.fleet_share.sum(axis=1) - 1) < _ROUNDING,
        "given.at must be at least 0": network.given.at >= 0,
        "pipeline.at must be at least 0, units at least 1": (network.pipeline.at >= 0) & (network.pipeline.units >= 1),
    }
    faults = [f"{rule}." for rule, kept in rules.items() if not kept.all()]
    for row in np.unique(classes.quantity[classes.quantity >= 0]):
        values = network.laws.values[network.laws.first[row]:network.laws.first[row + 1]]
        values = values if len(values) else network.laws.first_number[[row]]
        if not np.isfinite(network.laws.largest(int(row))) or (values != np.floor(values)).any() or (values < 1).any():
            faults.append("classes.quantity must be a constant or observed law of whole numbers of at least 1.")
    for table in range(tables.table.max(initial=-1) + 1):
        rows = tables.table == table
        if not rows.any() or len(np.unique(tables.period[rows])) > 1 or (np.diff(tables.at[rows]) <= 0).any():
            faults.append(f"timetable {table} must have rows that rise in time and share one period.")
    return faults


def _service_faults(network: Network) -> list[str]:
    """Every step a case can reach is served by somebody, some time."""
    faults, most, seen = [], most_capacity(network), reachable(network)
    needs = network.needs
    for of_set in np.unique(network.needs_set[seen & (network.needs_set >= 0)]):
        step = network.steps.name[int(np.nonzero((seen & (network.needs_set == of_set)).any(axis=1))[0][0])]
        rows = np.nonzero(needs.of_set == of_set)[0]
        if len(rows) == 0:
            faults.append(f"Nobody serves step {step}: give it a pool, or no need.")
        if len(np.unique(needs.pool[rows])) < len(rows):
            faults.append(f"Step {step} names a pool twice: state how many units it needs in one row.")
        for group in np.unique(needs.group[rows]):
            pools = rows[needs.group[rows] == group]
            if (most[needs.pool[pools]] < needs.quantity[pools]).all():
                names = ", ".join(network.pools.name[pool] for pool in needs.pool[pools])
                units = needs.quantity[pools].min()
                faults.append(f"Step {step} needs {units} of {names}, which never offers as many: give it hours or "
                              "units.")
    return faults


def _route_faults(network: Network) -> list[str]:
    """Shares add up, and every case of an open class can come to an end."""
    names = network.classes.name
    first, rows = routes_of(network)
    totals = np.add.reduceat(np.append(network.routes.share[rows], 0.0), first[:-1]) * (np.diff(first) > 0)
    totals = totals.reshape(network.work.shape)
    seen = reachable(network)
    faults = [f"Routes of class {names[of_class]} from step {network.steps.name[step]} add up to more than 1."
              for step, of_class in np.argwhere(totals > 1 + _ROUNDING)]
    leaves = totals < 1 - _ROUNDING
    step, of_class, to = moves_of(network)
    out = np.nonzero((network.routes.to[rows] < 0) & (network.routes.share[rows] > 0))[0]
    leaves.flat[np.searchsorted(first, out, side="right") - 1] = True
    for _ in range(len(network.steps)):
        np.logical_or.at(leaves, (step, of_class), leaves[to, of_class])
    # A machine may circulate for ever: that is a closed network.
    endless = (seen & ~leaves)[:, (network.classes.rate > 0) | (network.classes.gap >= 0)]
    faults += [f"Cases that come to step {network.steps.name[step]} never leave: give the loop an exit."
               for step in np.nonzero(endless.any(axis=1))[0]]
    return faults


def _stock_faults(network: Network) -> list[str]:
    """Every node that is asked is replenished, and supply has no loop."""
    nodes, faults = network.nodes, []
    used = np.zeros(len(nodes), dtype=bool)
    used[network.asks.node] = True
    for start in np.nonzero(used)[0]:
        chain, node = [int(start)], int(nodes.supplier[start])
        while node >= 0 and node not in chain:
            chain.append(node)
            node = int(nodes.supplier[node])
        used[chain] = True
        if node >= 0:
            faults.append(f"Node {nodes.name[node]} supplies itself through its suppliers: break the loop.")
    bought = used & (nodes.supplier < 0) & (nodes.lead < 0) & (nodes.repair_share < 1)
    faults += [f"Node {nodes.name[node]} is never replenished: give it a supplier or a lead time."
               for node in np.nonzero(bought)[0]]
    repaired = (nodes.repair_share > 0) & (nodes.repair < 0) & (nodes.repair_class < 0)
    faults += [f"Node {nodes.name[node]} repairs units but has no repair time: give it a law or a class of repairs."
               for node in np.nonzero(repaired)[0]]
    return faults
