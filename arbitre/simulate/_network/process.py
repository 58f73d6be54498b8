"""Which steps, routes and crews do the tables of a chain describe? Tables in, the arrays of a network out.

Cases of a kind that `routes` knows begin at the step of its row without from_step and go where their segment, offer and
item send them; cases of any other kind are orders: one step, at which they take their item and travel to the customer.
A crew works at its site; where the step travels, also at the sites that a lane leads to from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.errors import CannotReplay
from arbitre.simulate._kernel.laws import Floats, Integers, LawBook
from arbitre.simulate._kernel.model import NEVER, RESTART, RESUME, Asks, Needs, Routes, Steps
from arbitre.tables.routing import SHELF, Process, zones_of

ORDER, BEGIN = 0, -1
"""Steps that no table names: an order as a whole, and (the last one) where cases wait to be let into their first step.
"""
_HIDDEN = "(begin)"
_INTERRUPTED = {"never": NEVER, "resume": RESUME, "restart": RESTART}
_MOST_STAGES, _SMALLEST_SPREAD = 250, 1e-3


def steps_of(process: Process, book: LawBook, waves: Integers) -> dict[str, Any]:
    """Return the network's steps with the law of their work and their patience; waves (steps of the table,)."""
    table, site_of = process.steps, zones_of(process)
    alone = np.where(waves >= 0, 0, 1)
    law, patience = np.full(table.height, -1), np.full(table.height, -1)
    for row, step in enumerate(table.iter_rows(named=True)):
        law[row] = _work(step, process.durations, book)
        if step["patience"] is not None:
            patience[row] = book.exponential(step["patience"])

    def around(values: Any, order: Any = -1, begin: Any = -1) -> np.ndarray:
        return np.concatenate([[order], values, [begin]])

    steps = Steps(
        name=("order", *table["step"], _HIDDEN),
        zone=around([site_of.get(site, -1) for site in table["site"]]),
        room=around(table["room"].fill_null(-1)), turns_away=around(table["turns_away"], False, False),
        interrupted=around([_INTERRUPTED[word] for word in table["interrupted"]], NEVER, NEVER),
        batch=around(np.where(table["batch"].is_null(), alone, table["batch"].fill_null(1)), 1, 1),
        waves=around(waves), travels=around(table["travels"], False, False),
        without=around(_without(process)))
    return {"steps": steps, "law": around(law), "patience": around(patience)}


def _without(process: Process) -> Integers:
    """Return where cases go from each step when their item is not there, -1 where they wait (steps of the table,).

    Raises CannotReplay where that is another place, or one that may be full.
    """
    table, row_of = process.steps, process.row_of
    other = {step["step"]: step for step in table.iter_rows(named=True)}
    sent = table.filter(pl.col("without_item").is_not_null())
    faults = [f"Step {step} sends cases without their item to {to}, which is at another site or has limited room. "
              "Give both the same site, and empty the room of the second."
              for step, to, site in sent.select("step", "without_item", "site").iter_rows()
              if other[to]["site"] != site or other[to]["room"] is not None]
    if faults:
        raise CannotReplay(faults)
    return np.array([row_of.get(step, -1) for step in table["without_item"]], dtype=np.int64)


def _work(step: Mapping[str, Any], durations: pl.DataFrame, book: LawBook) -> int:
    """Return the law of the work of a step."""
    mean, spread = step["work"], step["spread"]
    if step["law"] == "observed":
        return book.observed(durations.filter(step=step["step"])["work"].to_numpy())
    if mean == 0.0:
        return -1
    if step["law"] == "exponential":
        return book.exponential(mean)
    if step["law"] == "constant" or spread < _SMALLEST_SPREAD:
        return book.constant(mean)
    if step["law"] == "erlang":
        return book.erlang(mean, int(np.clip(round(spread**-2), 1, _MOST_STAGES)))
    return book.lognormal(mean, spread)


def lanes_of(process: Process, book: LawBook) -> Integers:
    """Return (zones, zones) the law of each lane, -1 where there is none."""
    zone = zones_of(process)
    found = np.full((len(zone), len(zone)), -1)
    for start, end, duration in process.lanes.select("from_site", "to_site", "duration").iter_rows():
        found[zone[start], zone[end]] = book.constant(duration)
    return found


def routes_of(process: Process, classes: pl.DataFrame, shape: Steps, zone: Integers) -> tuple[Integers, Routes]:
    """Return the step each class enters, and the routes of all."""
    entry, rows = np.zeros(classes.height, dtype=np.int64), list[tuple[int, int, float, int]]()
    row_of, hidden, kinds = process.row_of, len(shape) - 1, process.kinds
    known: dict[tuple[Any, ...], list[tuple[int, int, float]]] = {}
    for number, scope in enumerate(classes.select("kind", "segment", "offer", process.routed_item()).iter_rows()):
        if scope[0] not in kinds:
            entry[number] = ORDER
            continue
        if scope not in known:
            known[scope] = [(hidden if start is None else row_of[start], -1 if end is None else row_of[end], share)
                            for start, end, share in process.ways(*scope)]
        begins = [to for start, to, _ in known[scope] if start == hidden]
        if not begins:
            raise CannotReplay([f"No row of routes says where cases of kind {scope[0]} begin: add one with that kind, "
                                "an empty from_step and the first step as to_step."])
        to = begins[0]
        is_open = len(begins) == 1 and to >= 0 and (shape.room[to] < 0 or bool(shape.turns_away[to]))
        is_here = shape.zone[to] in (-1, zone[number])
        entry[number] = to if is_open and is_here else hidden
        rows += [(start, end, share, number) for start, end, share in known[scope]]
    table = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    step, to, of_class = table[[0, 1, 3]].astype(np.int64)
    return entry, Routes(step=step, to=to, share=table[2], of_class=of_class)


def needs_of(process: Process, classes: pl.DataFrame, gates: Integers) -> tuple[Integers, Needs]:
    """Return (steps, classes) the set of pools each class needs at each step, and the sets.

    gates (steps of the table,): pool that stands for the calendar of each step, -1 where it has none.

    Raises CannotReplay, naming step and site, where all the crews that a step needs belong to other sites.
    """
    found = np.full((process.steps.height + 2, classes.height), -1)
    sets: dict[tuple[tuple[int, int, int], ...], int] = {}
    crew_of = {crew: (row, site) for row, (crew, site) in enumerate(process.crews.select("crew", "site").iter_rows())}
    ways = {(start, end): hours for start, end, hours in
            process.lanes.select("from_site", "to_site", "duration").iter_rows()}
    faults = list[str]()
    groups = classes.with_row_index("row").group_by("kind", "site", maintain_order=True).agg("row")
    for row, (step, at, travels) in enumerate(process.steps.select("step", "site", "travels").iter_rows(), start=1):
        needs = process.needs.filter(pl.col("step") == step, pl.col("crew").is_not_null())
        gate = int(gates[row - 1])
        for kind, site, members in groups.iter_rows() if needs.height or gate >= 0 else ():
            if step not in process.visited(kind):
                continue
            place, roles = at or site, dict[tuple[str | None, str | None], int]()
            able = list[tuple[int, float, int, int]]()
            for crew, role, quantity in needs.select("crew", "role", "quantity").iter_rows():
                pool, base = crew_of[crew]
                if base in (None, place) or (travels and (base, site) in ways):
                    group = roles.setdefault((None if role else crew, role), len(roles))
                    able.append((group, ways.get((base, site), 0.0) if travels else 0.0, pool, quantity))
            # Where the step travels the nearest goes first; of those as near, the first of the rows.
            chosen = [(group, pool, quantity) for group, _, pool, quantity in sorted(able, key=lambda crew: crew[:2])]
            if needs.height and not chosen:
                faults.append(f"Nobody serves step {step} for cases of site {site or '(none)'}: its crews in needs "
                              "belong to other sites. Add a crew of that site to crews and needs, or empty crews.site.")
                continue
            if gate >= 0:  # last, as the first pool is the one that travels
                chosen.append((len(roles), gate, 1))
            found[row, members] = sets.setdefault(tuple(chosen), len(sets))
    if faults:
        raise CannotReplay(faults)
    told = [(number, *need) for content, number in sets.items() for need in content]
    of_set, group, pool, quantity = np.array(told, dtype=np.int64).reshape(-1, 4).T
    return found, Needs(of_set=of_set, group=group, pool=pool, quantity=quantity)


def asks_of(process: Process, classes: pl.DataFrame, shelves: pl.DataFrame, units: Integers, spare: Floats) -> Asks:
    """Return what each class takes from which shelf at which step; spare (classes,), hours until an order is due."""
    node_of = {key: row for row, key in enumerate(shelves.select(SHELF).iter_rows())}
    kinds = process.kinds
    takes = {kind: [row for row, (step, own) in enumerate(process.steps.select("step", "takes_item").iter_rows(), 1)
                    if own and step in process.visited(kind)] for kind in kinds}
    used = {kind: [(process.row_of[step], item, quantity, at) for step, item, quantity, at in
                   process.needs.filter(pl.col("item").is_not_null()).join(
                       process.steps.select("step", at="site"), on="step", maintain_order="left")
                   .select("step", "item", "quantity", "at").iter_rows() if step in process.visited(kind)]
            for kind in kinds}
    rows = list[tuple[int, int, int, int]]()
    for number, (kind, item, site, whom, rank) in enumerate(classes.select("kind", *SHELF, "rank").iter_rows()):
        if item is not None:
            steps = takes[kind] if kind in kinds else [ORDER]
            rows += [(step, node_of[item, site, whom], int(units[number]), number, rank) for step in steps]
        rows += [(step, node_of[other, at or site, None], quantity, number, 0) for step, other, quantity, at in
                 used.get(kind, []) if (other, at or site, None) in node_of]
    step, node, quantity, of_class, rank = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    return Asks(step=step, node=node, quantity=quantity, of_class=of_class, expedite=np.ones(len(step), dtype=bool),
                rank=rank, spare=np.where(step == ORDER, spare[of_class], 0.0))
