"""Which steps, routes and crews do the tables of a chain describe? Tables in, the arrays of a network out.

Cases of a kind that `routes` knows begin at the step of its row without from_step and go where their segment and offer
send them; cases of any other kind are orders: one step, at which they take their item and travel to the customer.
A crew works at its site; where the step travels, also at the sites that a lane leads to from there. Hours of the week
are those of the chain's own clock, which this replay never sets forward or back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.errors import CannotReplay
from arbitre.core.week import HOURS_PER_WEEK, week_hours, week_sums
from arbitre.simulate._laws import Floats, Integers, LawBook
from arbitre.simulate._model import FINISH, NEVER, PAUSE, RESTART, RESUME, Asks, Needs, Pools, Routes, Steps, Timetables
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty

ORDER, BEGIN = 0, -1
"""Steps that no table names: an order as a whole, and (the last one) where cases wait to be let into their first step.
"""
_HIDDEN = "(begin)"
_INTERRUPTED = {"never": NEVER, "resume": RESUME, "restart": RESTART}
_SHIFT_END = {"finish": FINISH, "pause": PAUSE}
HOURS_A_BUCKET = 0.25
"""How finely the rhythm of arrivals is cut."""
_TABLES = ("steps", "durations", "routes", "crews", "shifts", "needs", "waves", "rhythms", "priorities", "lanes")
_MOST_STAGES, _SMALLEST_SPREAD = 250, 1e-3


@dataclass(frozen=True)
class Process:
    """The tables of a process, empty where the chain lacks them; each is named as in `arbitre.tables.process`."""

    steps: pl.DataFrame
    durations: pl.DataFrame
    routes: pl.DataFrame
    crews: pl.DataFrame
    shifts: pl.DataFrame
    needs: pl.DataFrame
    waves: pl.DataFrame
    rhythms: pl.DataFrame
    priorities: pl.DataFrame
    lanes: pl.DataFrame

    @classmethod
    def of(cls, chain: Chain) -> Process:
        """Return the process of a chain."""
        return cls(*(chain.tables.get(name, empty(INPUTS[name])) for name in _TABLES))

    @classmethod
    def none(cls) -> Process:
        """Return the process of a chain that only takes orders."""
        return cls(*(empty(INPUTS[name]) for name in _TABLES))

    @property
    def kinds(self) -> set[str]:
        """Kinds of cases that have a route."""
        return set(self.routes["kind"])

    @property
    def row_of(self) -> dict[str, int]:
        """Where each step stands in the network: after ORDER."""
        return {step: row + 1 for row, step in enumerate(self.steps["step"])}

    def ways(self, kind: str, segment: str | None, offer: str | None) -> list[tuple[str | None, str | None, float]]:
        """Return (from step, to step, share) for such a case: at each step the rows that name most of what it is."""
        chosen: dict[str | None, tuple[int, list[tuple[str | None, str | None, float]]]] = {}
        for row in self.routes.filter(kind=kind).iter_rows(named=True):
            if row["segment"] not in (None, segment) or row["offer"] not in (None, offer):
                continue
            rank = 2 * (row["segment"] is not None) + (row["offer"] is not None)
            way = (row["from_step"], row["to_step"], row["share"])
            known, ways = chosen.get(row["from_step"], (-1, []))
            if rank > known:
                chosen[row["from_step"]] = (rank, [way])
            elif rank == known:
                ways.append(way)
        return [way for _, ways in chosen.values() for way in ways]

    def visited(self, kind: str) -> set[str]:
        """Return the steps that cases of a kind may come to."""
        return set(self.routes.filter(kind=kind)["to_step"].drop_nulls())

    def shelves_asked(self, classes: pl.DataFrame) -> pl.DataFrame:
        """Return item, site of the shelves that cases take units from."""
        asked = [classes.filter(pl.col("item").is_not_null()).select("item", "site")]
        items = self.needs.filter(pl.col("item").is_not_null()).join(self.steps.select("step", at="site"), on="step")
        for step, item, at in items.select("step", "item", "at").iter_rows():
            kinds = [kind for kind in self.kinds if step in self.visited(kind)]
            places = classes.filter(pl.col("kind").is_in(kinds)).select(
                item=pl.lit(item), site=pl.coalesce(pl.lit(at, pl.String), "site"))
            asked.append(places)
        return pl.concat(asked).drop_nulls().unique(maintain_order=True)


def steps_of(process: Process, book: LawBook, begins: datetime) -> tuple[dict[str, Any], Timetables]:
    """Return the network's steps with the law of their work and their patience, and the timetables of their waves."""
    table, site_of = process.steps, zones_of(process)
    waves, tables = np.full(table.height, -1), list[tuple[int, float]]()
    for row, step in enumerate(table["step"]):
        hours = {hour % HOURS_PER_WEEK for weekday, leaves in
                 process.waves.filter(step=step).select("weekday", "leaves").iter_rows()
                 for hour in week_hours(weekday, leaves)}
        if hours:
            waves[row] = 1 + max((number for number, _ in tables), default=-1)
            tables += [(int(waves[row]), at) for at in sorted(_on_clock(hour, begins) for hour in hours)]
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
        waves=around(waves), travels=around(table["travels"], False, False))
    shape = {"steps": steps, "law": around(law), "patience": around(patience)}
    turns = np.array(tables).reshape(-1, 2)
    return shape, Timetables(turns[:, 0].astype(np.int64), turns[:, 1], period=np.full(len(turns), HOURS_PER_WEEK))


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


def zones_of(process: Process) -> dict[str, int]:
    """Return a number for each site that lanes, steps or crews name."""
    sites = [process.lanes["from_site"], process.lanes["to_site"], process.steps["site"], process.crews["site"]]
    return {site: row for row, site in enumerate(pl.concat(sites).drop_nulls().unique().sort())}


def lanes_of(process: Process, book: LawBook) -> Integers:
    """Return (zones, zones) the law of each lane, -1 where there is none."""
    zone = zones_of(process)
    found = np.full((len(zone), len(zone)), -1)
    for start, end, duration in process.lanes.select("from_site", "to_site", "duration").iter_rows():
        found[zone[start], zone[end]] = book.constant(duration)
    return found


def pools_of(process: Process, begins: datetime, tables: Timetables) -> tuple[Pools, Timetables]:
    """Return crews as pools, with the timetables of their shifts after those given."""
    crews, zone = process.crews, zones_of(process)
    number = 1 + int(tables.table.max(initial=-1))
    timetable, rows = np.full(crews.height, -1), list[tuple[int, float, int]]()
    for row, (crew, heads) in enumerate(crews.select("crew", "heads").iter_rows()):
        own = process.shifts.filter(crew=crew).with_columns(pl.col("heads").fill_null(heads))
        if own.height:
            turns = week_sums(own.select("weekday", "starts", "ends", "heads").iter_rows())
            rows += [(number, at, int(value)) for at, value in sorted((_on_clock(hour, begins), value)
                                                                      for hour, value in turns)]
            timetable[row], number = number, number + 1
    pools = Pools(name=tuple(crews["crew"]), capacity=crews["heads"].to_numpy(), timetable=timetable,
                  zone=np.array([zone.get(site, -1) for site in crews["site"]], dtype=np.int64),
                  shift_end=np.array([_SHIFT_END[word] for word in crews["shift_end"]], dtype=np.int64))
    joined = Timetables(table=np.append(tables.table, [table for table, _, _ in rows]).astype(np.int64),
                        at=np.append(tables.at, [at for _, at, _ in rows]),
                        value=np.append(tables.value, [value for _, _, value in rows]).astype(np.int64),
                        period=np.append(tables.period, np.full(len(rows), HOURS_PER_WEEK)))
    return pools, joined


def _on_clock(hour: float, begins: datetime) -> float:
    """Return when an hour of the week first comes, in hours from the beginning of the replay."""
    first = 24.0 * begins.weekday() + begins.hour + begins.minute / 60 + begins.second / 3600
    return round((hour - first) % HOURS_PER_WEEK, 9) % HOURS_PER_WEEK


def profiles_of(process: Process, classes: pl.DataFrame, begins: datetime) -> tuple[Floats, Integers, Floats]:
    """Return profiles (kinds, quarters of hours), the profile of each class, and its busiest rate over its mean."""
    profiles, of_class, peak = list[np.ndarray](), np.full(classes.height, -1), np.ones(classes.height)
    count = round(HOURS_PER_WEEK / HOURS_A_BUCKET)
    for kind in sorted(set(process.rhythms["kind"]) & set(classes["kind"])):
        rows = process.rhythms.filter(kind=kind).select("weekday", "starts", "ends", "weight")
        hours, weights = (np.array(x) for x in zip(*week_sums(rows.iter_rows()), strict=True))
        so_far = np.concatenate([[0.0], np.cumsum(weights * np.diff(hours, append=HOURS_PER_WEEK))])
        edges = np.arange(count + 1) * HOURS_A_BUCKET
        held = np.diff(np.interp(edges, np.append(hours, HOURS_PER_WEEK), so_far))
        first = round((HOURS_PER_WEEK - _on_clock(0.0, begins)) / HOURS_A_BUCKET) % count
        mine = (classes["kind"] == kind).to_numpy()
        of_class[mine], peak[mine] = len(profiles), held.max() / held.mean()
        profiles.append(np.roll(held / held.max(), -first))
    return (np.array(profiles) if profiles else np.ones((0, 1))), of_class, peak


def routes_of(process: Process, classes: pl.DataFrame, shape: Steps, zone: Integers) -> tuple[Integers, Routes]:
    """Return the step each class enters, and the routes of all."""
    entry, rows = np.zeros(classes.height, dtype=np.int64), list[tuple[int, int, float, int]]()
    row_of, hidden, kinds = process.row_of, len(shape) - 1, process.kinds
    known: dict[tuple[Any, ...], list[tuple[int, int, float]]] = {}
    for number, scope in enumerate(classes.select("kind", "segment", "offer").iter_rows()):
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


def needs_of(process: Process, classes: pl.DataFrame) -> tuple[Integers, Needs]:
    """Return (steps, classes) the set of crews each class needs at each step, and the sets.

    Raises CannotReplay, naming step and site, where all the crews that a step needs belong to other sites.
    """
    found = np.full((process.steps.height + 2, classes.height), -1)
    sets: dict[tuple[tuple[int, int, int], ...], int] = {}
    crew_of = {crew: (row, site) for row, (crew, site) in enumerate(process.crews.select("crew", "site").iter_rows())}
    ways, faults = set(process.lanes.select("from_site", "to_site").iter_rows()), list[str]()
    groups = classes.with_row_index("row").group_by("kind", "site", maintain_order=True).agg("row")
    for row, (step, at, travels) in enumerate(process.steps.select("step", "site", "travels").iter_rows(), start=1):
        needs = process.needs.filter(pl.col("step") == step, pl.col("crew").is_not_null())
        for kind, site, members in groups.iter_rows() if needs.height else ():
            if step not in process.visited(kind):
                continue
            place, roles, chosen = at or site, dict[tuple[str | None, str | None], int](), list[tuple[int, int, int]]()
            for crew, role, quantity in needs.select("crew", "role", "quantity").iter_rows():
                pool, base = crew_of[crew]
                if base in (None, place) or (travels and (base, site) in ways):
                    group = roles.setdefault((None if role else crew, role), len(roles))
                    chosen.append((group, pool, quantity))
            if not chosen:
                faults.append(f"Nobody serves step {step} for cases of site {site or '(none)'}: its crews in needs "
                              "belong to other sites. Add a crew of that site to crews and needs, or empty crews.site.")
                continue
            found[row, members] = sets.setdefault(tuple(chosen), len(sets))
    if faults:
        raise CannotReplay(faults)
    told = [(number, *need) for content, number in sets.items() for need in content]
    of_set, group, pool, quantity = np.array(told, dtype=np.int64).reshape(-1, 4).T
    return found, Needs(of_set=of_set, group=group, pool=pool, quantity=quantity)


def asks_of(process: Process, classes: pl.DataFrame, shelves: pl.DataFrame, units: Integers) -> Asks:
    """Return what each class takes from which shelf at which step."""
    node_of = {key: row for row, key in enumerate(shelves.select("item", "site").iter_rows())}
    kinds = process.kinds
    takes = {kind: [row for row, (step, own) in enumerate(process.steps.select("step", "takes_item").iter_rows(), 1)
                    if own and step in process.visited(kind)] for kind in kinds}
    used = {kind: [(process.row_of[step], item, quantity, at) for step, item, quantity, at in
                   process.needs.filter(pl.col("item").is_not_null()).join(
                       process.steps.select("step", at="site"), on="step", maintain_order="left")
                   .select("step", "item", "quantity", "at").iter_rows() if step in process.visited(kind)]
            for kind in kinds}
    rows = list[tuple[int, int, int, int]]()
    for number, (kind, item, site) in enumerate(classes.select("kind", "item", "site").iter_rows()):
        if item is not None:
            steps = takes[kind] if kind in kinds else [ORDER]
            rows += [(step, node_of[item, site], int(units[number]), number) for step in steps]
        rows += [(step, node_of[other, at or site], quantity, number) for step, other, quantity, at in
                 used.get(kind, []) if (other, at or site) in node_of]
    step, node, quantity, of_class = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return Asks(step=step, node=node, quantity=quantity, of_class=of_class)
