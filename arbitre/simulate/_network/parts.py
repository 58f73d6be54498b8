"""Which networks does a chain make? Every case that comes, with the shelves, steps and crews it meets.

A class of cases is a row of demand (lines for an item at a site, by segment, offer and criticality) or of arrivals
(cases that are not about an item), or is named by planned_cases (those that come at a known hour). Where `routes` knows
its kind it walks through steps, needs crews, and takes its item and others from the shelves on its way; else it is an
order: it takes its item and travels to the customer. So is a failure of a machine, of the part that failed
(`_network.machines`).

What never meets is replayed apart: items that only orders ask for are cut into parts, those of one repair shop
together; all that has a route or comes of a machine, with the items it takes, is one part. Parts start whole years
before the clock is read, as many as the longest way from outside to a shelf takes (at least one where there are crews),
so that what was on the way at the start has come, lines have the length they have in the long run, and the same cases
come at the same hours when times change a little.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.simulate._kernel.laws import Integers, LawBook
from arbitre.simulate._kernel.model import Classes, Network, Nodes
from arbitre.simulate._network.hours import HOURS_A_BUCKET, Hours, profiles_of
from arbitre.simulate._network.machines import SCOPE as OF_MACHINES
from arbitre.simulate._network.machines import Machines, kind_of_failures, kinds_of_failures
from arbitre.simulate._network.planned_cases import cases_planned, classes_planned
from arbitre.simulate._network.process import asks_of, lanes_of, needs_of, routes_of, steps_of
from arbitre.simulate._network.promised import promised_windows
from arbitre.simulate._network.sharing import Sharing
from arbitre.simulate._network.shops import Repairs, repaired_items
from arbitre.simulate._network.stock import HOURS_PER_YEAR, laterals_of, lines_of, nodes_of, shelves
from arbitre.tables.chain import Chain
from arbitre.tables.routing import SCOPE, SHELF, Process, covered, ranks_of, zones_of

REPLAYED = ("items", "sites", "demand", "stocks", "lanes", "repair_shops", "steps", "durations", "routes", "crews",
            "shifts", "needs", "waves", "arrivals", "rhythms", "seasons", "priorities", "opening_hours", "holidays",
            "assets", "positions", "customers", "contracts", "cases")
"""Tables that every replay may read; stock_levels besides where a plan is replayed."""
_CLASSES_A_PART = 1_500
"""Small parts keep their calendar in the processor's cache, large ones are fewer to prepare."""
_LOAD_DRAWN = 10
"""A class whose sizes are drawn counts as so many more: the kernel keeps room for the largest line of each."""
_KEYS = ("item", "site", *SCOPE, "size", "dispersion", "transit", "rate")


@dataclass(frozen=True)
class Part:
    """What meets, as a network. units (classes,): what a case asks, times the quantity of its case.

    classes: kind, item, site, segment, offer, criticality, size, rate and source ("demand", arrivals included,
    "planned", "failure", or "open" of cases open at the start) of each class, in the order of the network; the classes
    of repairs follow them (`_network.shops`).
    nodes: item, site, kept_for, level, lot, supplier, hours (of resupply) of each node. steps: step and site of each
    step, step empty where no table names it. settles: hours after which it is as at a moment of no particular kind.
    crews: the first pools of the network. machines: asset, customer, segment, offer of each machine that fails, in the
    order of the network.
    """

    network: Network
    units: Integers
    classes: pl.DataFrame
    nodes: pl.DataFrame
    steps: pl.DataFrame
    settles: float
    crews: tuple[str, ...]
    machines: pl.DataFrame

    @property
    def numbers(self) -> dict[str, int]:
        """Where each step that a table names stands in the network."""
        return {step: number for number, step in enumerate(self.steps["step"]) if step is not None}


def parts_of(chain: Chain, levels: pl.DataFrame, start: datetime, hours: float, kind: str = "order", dispatch: str = "",
             waiting: pl.DataFrame | None = None, is_steady: bool = True, classes_a_part: int = _CLASSES_A_PART
             ) -> list[Part]:
    """Return the chain as networks; an item that `levels` does not name at a site is not held there (level 0, lot 1).

    Calendars and seasons are read for so many `hours` from the start. `kind` is that of the cases demand opens.
    `dispatch`: who is served first; empty: by priorities where the chain has some, else first come. `waiting` adds
    classes that no case comes of (rate 0): those of cases open at the start. `is_steady`: start early enough to settle,
    else at `start` itself.

    Raises Unsupported when there is nothing to replay, or a lot does not fit its level, and CannotReplay when a step
    has nobody to serve it.
    """
    process = Process.of(chain)
    failing = kind_of_failures(chain)
    machines = Machines.of(chain, process, start, failing)
    shared = Sharing.of(chain, levels)
    classes = shared.placed(_classes(chain, kind, machines, waiting))
    of_machines = pl.col("source").is_in(["failure", "open"]) & pl.col("kind").eq_missing(pl.lit(failing, pl.String))
    is_routed = pl.col("kind").is_in(list(process.kinds)) | of_machines
    routed = classes.filter(is_routed)
    shops = repaired_items(chain).select("item", "shop")
    routed_items = pl.concat([process.shelves_asked(routed)["item"], routed["item"]]).drop_nulls().unique()
    their_shops = shops.filter(pl.col("item").is_in(routed_items.implode()))["shop"].unique()
    # Items meet in the shop that repairs them, if nowhere else.
    together = pl.concat([routed_items, shops.filter(pl.col("shop").is_in(their_shops.implode()))["item"]]).unique()
    met = classes.filter(is_routed | pl.col("item").is_in(together.implode()))
    apart = classes.filter(~is_routed & ~pl.col("item").is_in(together.implode()))
    asked = process.shelves_asked(met)
    held = shelves(chain, pl.concat([asked, apart.select(SHELF)]), levels)
    longest = float(held.group_by("item", "kept_for").agg(pl.col("hours").sum())["hours"].max() or 0.0)  # type: ignore[arg-type]
    years = max(np.ceil(longest / HOURS_PER_YEAR), 1.0 if routed.height else 0.0) if is_steady else 0.0
    make = _Maker(chain, process, machines, start, start + timedelta(hours=hours), years * HOURS_PER_YEAR, dispatch,
                  shared)
    found = [make.part(met, held.filter(pl.col("item").is_in(asked["item"].implode())))] if met.height else []
    make = replace(make, process=process.without_routes(), machines=machines.none())
    load = apart.join(shops, on="item", how="left").group_by(group=pl.coalesce("shop", "item")).agg(
        pl.col("item").unique(), load=pl.len() + _is_drawn().sum() * _LOAD_DRAWN).sort("group")
    numbers = load.select("item", part=(pl.col("load").cum_sum() - pl.col("load")) // classes_a_part).explode("item")
    nodes = held.join(numbers, on="item").sort("part", *SHELF, nulls_last=False).partition_by(
        "part", maintain_order=True)
    lines = apart.join(numbers, on="item").sort("part", *_KEYS).partition_by("part", maintain_order=True)
    return found + [make.part(flows.drop("part"), own.drop("part")) for own, flows in zip(nodes, lines, strict=True)]


def tables_read(chain: Chain, levels: str, start: str = "steady") -> tuple[str, ...]:
    """Return the tables needed to replay a chain, by those it has: cases come from demand, arrivals and failures.

    A chain of nothing but facts has no items: its process is fitted to them (`simulate.fit` writes these tables).
    """
    is_fitted = chain.has("cases", "events") and not chain.has("items")
    by_arrivals = ("steps", "routes", "arrivals") if chain.has("arrivals") or is_fitted else ()
    if not by_arrivals and kinds_of_failures(chain):
        by_arrivals = ("steps", "routes", "assets") if chain.has("routes") else ("assets", "positions")
    if by_arrivals and not chain.has("demand"):
        return by_arrivals
    held = ("stock_levels",) if levels == "plan" else ("stocks",)
    return ("items", "sites", "demand", *held, *(("stocks",) if start == "today" else ()), *by_arrivals)


def kinds_of(chain: Chain, kind: str) -> tuple[str, ...]:
    """Return the kinds of cases that come: those of arrivals, plans, failures, and that of demand."""
    kinds = {kind for name in ("arrivals", "planned_cases") if chain.has(name) for kind in chain.table(name)["kind"]}
    kinds |= {found for found in (kind_of_failures(chain),) if found}
    return tuple(sorted(kinds | ({kind} if chain.has("demand") or not kinds else set())))


def _is_drawn() -> pl.Expr:
    return pl.col("size").is_null() & (pl.col("dispersion") > 1.0)


def _classes(chain: Chain, kind: str, machines: Machines, waiting: pl.DataFrame | None) -> pl.DataFrame:
    """Return all classes of cases, each with a name of its own, sorted."""
    rows = []
    if chain.has("demand"):
        named = pl.concat_str([pl.col(column).cast(pl.String).fill_null("") for column in _KEYS[:6]], separator="|")
        demand = machines.without(chain.table("demand"))
        rows.append(demand.filter(pl.col("rate") > 0).select(*_KEYS, kind=pl.lit(kind), name=named))
    if chain.has("arrivals"):
        arrivals = chain.table("arrivals").filter(pl.col("rate") > 0)
        named = pl.concat_str([pl.col(column).fill_null("") for column in ("kind", "site", *SCOPE)], separator="|")
        rows.append(arrivals.with_columns(name=named, dispersion=pl.lit(1.0), transit=pl.lit(0.0)))
    if machines.rows.height:
        scope = [pl.col(column).fill_null("") for column in OF_MACHINES]
        named = pl.concat_str([pl.lit("failure"), *scope, "item"], separator="|", ignore_nulls=True)
        rows.append(machines.classes().with_columns(
            name=named, source=pl.lit("failure"), rate=pl.lit(0.0), dispersion=pl.lit(1.0)))
    if chain.has("planned_cases"):
        rows.append(classes_planned(chain.table("planned_cases")))
    if not any(frame.height for frame in rows):
        raise Unsupported(f"Neither demand nor arrivals of the chain {chain.name} ask for anything: there is nothing "
                          "to replay.")
    if waiting is not None:
        rows.append(waiting.with_columns(name=pl.lit("open"), source=pl.lit("open")))
    none = pl.DataFrame(schema={"item": pl.String, "criticality": pl.String, "size": pl.Int64,
                                "cancel_after": pl.Float64, "source": pl.String})
    return pl.concat([none, *rows], how="diagonal_relaxed").with_columns(
        pl.col("source").fill_null("demand")).sort("kind", *_KEYS, "source")


@dataclass(frozen=True)
class _Maker:
    """Makes parts of one chain."""

    chain: Chain
    process: Process
    machines: Machines
    start: datetime
    until: datetime
    settles: float
    dispatch: str
    sharing: Sharing

    def part(self, classes: pl.DataFrame, nodes: pl.DataFrame) -> Part:
        """Return these classes, and the shelves they ask, as a network."""
        book, process = LawBook(), self.process
        begins = self.start - timedelta(hours=self.settles)
        hours = Hours.of(process, begins, self.until)
        shape = steps_of(process, book, hours.waves)
        size, rate = lines_of(classes, book)
        profiles, profile, peak = profiles_of(process, classes, begins, self.until)
        units = classes["size"].fill_null(1).to_numpy()
        zone_of = zones_of(process)
        zone = np.array([zone_of.get(site, -1) for site in classes["site"]], dtype=np.int64)
        entry, routes = routes_of(process, classes, shape["steps"], zone)
        needs_set, needs = needs_of(process, classes, hours.gates)
        work = np.repeat(shape["law"][:, None], classes.height, axis=1)
        work[0] = [book.constant(hours) for hours in classes["transit"]]
        cancel = np.array([-1 if hours is None else book.exponential(hours) for hours in classes["cancel_after"]])
        promised = self._promised(classes)
        spare = self.sharing.spare(classes, promised["window"])
        asks, lanes = asks_of(process, classes, nodes, units, spare), lanes_of(process, book)
        laterals = laterals_of(self.chain, nodes, book)
        held, repairs = self._flown_in(nodes_of(nodes, book), nodes, book), Repairs.of(nodes, book)
        network = Network(
            laws=book.laws(),
            classes=Classes(name=tuple(classes["name"]), entry=entry, rate=rate * peak, profile=profile, zone=zone,
                            cancel=cancel, quantity=size, **promised),
            steps=shape["steps"], work=work, needs_set=needs_set, patience=shape["patience"][:, None], routes=routes,
            pools=hours.pools, needs=needs, timetables=hours.timetables, profiles=profiles,
            profile_hours=HOURS_A_BUCKET, lanes=lanes, nodes=held, asks=asks,
            laterals=laterals, given=cases_planned(self.chain, classes, begins, self.until),
            critical=self.sharing.critical(classes, nodes), allocation=self.sharing.allocation,
            dispatch=self.dispatch or ("priority" if process.priorities.height else "first come"))
        none = pl.DataFrame({"step": [None], "site": [None]}, schema={"step": pl.String, "site": pl.String})
        told = pl.concat([none, process.steps.select("step", "site"), none])
        told_classes = classes.select("kind", "item", "site", *SCOPE, "size", "rate", "source")
        network = self.machines.added_to(repairs.added_to(network), told_classes, book)
        return Part(network, units, told_classes, nodes.select(*SHELF, "level", "lot", "supplier", "hours"), told,
                    self.settles, tuple(process.crews["crew"]), self.machines.rows)

    def _flown_in(self, held: Nodes, nodes: pl.DataFrame, book: LawBook) -> Nodes:
        """Return shelves with the time in which a unit is flown in past each that is empty.

        Where units are kept back, one is flown in in any case: in the time of an order where no other is known.
        """
        if nodes.is_empty():
            return held
        items = self.chain.table("items").select("item", "emergency_time")
        told = nodes.select("item", "kept_for", "hours").join(items, on="item", how="left", maintain_order="left")
        hours = told["emergency_time"]
        if self.sharing.reserved is not None:
            hours = told.select(pl.when(pl.col("kept_for").is_null()).then(
                pl.coalesce("emergency_time", "hours")))["emergency_time"]
        return replace(held, emergency=np.array([-1 if time is None else book.constant(time) for time in hours]))

    def _promised(self, classes: pl.DataFrame) -> dict[str, np.ndarray]:
        """Return window, penalty and priority of each class: its shortest window, and what one late case costs."""
        window, penalty = np.full(classes.height, np.inf), np.zeros(classes.height)
        if self.chain.has("promises"):
            promises = promised_windows(self.chain, tuple(classes["kind"].unique())).filter(pl.col("step").is_null())
            for mine, promise in zip(covered(promises, classes), promises.iter_rows(named=True), strict=True):
                window[mine] = np.minimum(window[mine], promise["window"])
                penalty[mine] += promise["late_cost"] or 0.0
        return {"window": window, "penalty": penalty, "priority": ranks_of(self.process.priorities, classes)}
