"""What would the books of this replay say? Records of the twin in the fact tables that reality is told in.

Times are whole microseconds from the start, so that what is measured on the facts is what the replay kept. What lies
after the end has not happened: a case not closed by then is open.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.simulate._kernel.log import (
    ABANDONED,
    ALLOTTED,
    CANCELLED,
    CLOSED,
    EMERGENCY,
    FINISHED,
    ISSUE,
    JOINED,
    LATERAL,
    REACHED,
    REPAIR,
    SHIPMENT,
    STARTED,
    TURNED_AWAY,
    Run,
)
from arbitre.simulate._network.parts import Part
from arbitre.simulate._network.process import ORDER
from arbitre.simulate._network.promised import microseconds
from arbitre.simulate._objects import objects_of
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.routing import ARRIVED

_LEAVES = (int(ISSUE), int(SHIPMENT), int(LATERAL))
_OF_ORDERS = {int(ALLOTTED): "shipped", int(CLOSED): "delivered"}
_LEAVING = {int(ABANDONED): "abandoned", int(CANCELLED): "cancelled", int(TURNED_AWAY): "turned away"}
LEFT = tuple(_LEAVING.values())
"""Events that say that a case left without being closed."""


def facts_of(chain: Chain, played: list[tuple[Part, Run]], start: datetime, hours: float, seed: int
             ) -> dict[str, pl.DataFrame]:
    """Return cases, events, the objects they touch and movements of parts replayed, from hour `settles` of each part on
    for so many hours."""
    is_response_promised = chain.has("promises") and ARRIVED in chain.table("promises")["step"]
    cases, events, moves = [], [], []
    for number, (part, run) in enumerate(played):
        cases.append(_cases(part, run, hours).with_columns(part=pl.lit(number)))
        arrivals = is_response_promised and ARRIVED not in part.numbers
        events.append(_events(part, run, hours, arrivals).with_columns(part=pl.lit(number)))
        moves.append(_moves(part, run, hours).with_columns(part=pl.lit(number)))
    told = pl.concat(cases).sort("opened", "item", "site", "part", "number").with_row_index("row")
    told = told.with_columns(case=_key("S", pl.col("row"), told.height),
                             opened_at=_at(start, "opened"), closed_at=_at(start, "closed"))
    told = told.join(_customers(chain, told, seed), on="row", how="left", maintain_order="left").with_columns(
        customer=pl.coalesce("owner", "customer"))
    names = told.select("part", "number", "case")
    happened = pl.concat(events).join(names, on=["part", "number"], how="inner").sort("time", "case", "order")
    moved = pl.concat(moves).join(names, on=["part", "number"], how="left")
    moved = moved.sort("time", "is_count", "item", "site", "order", descending=[False, True, False, False, False])
    moved = moved.with_row_index("row").with_columns(movement=_key("M", pl.col("row"), moved.height))
    site = told.select("case", "site")
    happened = happened.with_row_index("row").with_columns(event=_key("E", pl.col("row"), happened.height))
    cases = shaped(INPUTS["cases"], told)
    events = shaped(INPUTS["events"], happened.join(site, on="case", maintain_order="left").with_columns(
        happened_at=_at(start, "time"), started_at=_at(start, "started"), site=pl.coalesce("place", "site")))
    return {
        "cases": cases, "events": events, **objects_of(cases, events),
        "movements": shaped(INPUTS["movements"], moved.with_columns(moved_at=_at(start, "time"))),
    }


def _key(letter: str, row: pl.Expr, count: int) -> pl.Expr:
    return letter + (row + 1).cast(pl.String).str.zfill(len(str(count)))


def _at(start: datetime, column: str) -> pl.Expr:
    return pl.lit(start) + pl.duration(microseconds=pl.col(column))


def _cases(part: Part, run: Run, hours: float) -> pl.DataFrame:
    """Return the cases opened from the start on and before the end, times in microseconds from the start.

    With them those that were open at the start and are known: as given, or because a machine was down.
    """
    cases, begins, end = run.cases, part.settles, int(microseconds(np.array([hours]))[0])
    opened = microseconds(cases["opened"] - begins)
    is_closed = cases["outcome"] == CLOSED
    waited = microseconds(np.where(is_closed, cases["closed"] - cases["opened"], 0.0))
    frame = pl.DataFrame({
        "number": cases["case"].astype(np.int64), "of_class": cases["of_class"].astype(np.int64),
        "machine": cases["machine"].astype(np.int64),
        "quantity": (cases["quantity"] * part.units[cases["of_class"]]).astype(np.float64), "opened": opened,
        "closed": opened + waited, "is_closed": is_closed, "is_left": ~(cases["closed"] < begins),
    })
    frame = frame.with_columns(closed=pl.when("is_closed", pl.col("closed") <= end).then("closed"))
    classes = part.classes.with_row_index("of_class").with_columns(pl.col("of_class").cast(pl.Int64))
    machines = part.machines.select("asset", owner="customer").with_row_index("machine").with_columns(
        pl.col("machine").cast(pl.Int64))
    is_known = (pl.col("source") == "open") | (pl.col("source") == "failure") & pl.col("is_left")
    return frame.join(classes, on="of_class", maintain_order="left").join(
        machines, on="machine", how="left", maintain_order="left").filter(
        (pl.col("opened") >= 0) | is_known, pl.col("opened") < end)


def _events(part: Part, run: Run, hours: float, arrivals: bool) -> pl.DataFrame:
    """Return what happened to cases: each step finished, and each arrival where these are told; of an order,
    shipped when its last unit is there, delivered when it is closed; and how a case left that was never closed."""
    log = pl.DataFrame({name: run.log[name].astype(np.int64) for name in ("case", "step", "kind")})
    log = log.with_columns(at=pl.Series(run.log["time"]), pool=pl.Series(run.log["place"].astype(np.int64)),
                           order=pl.int_range(len(run.log)))
    of_orders = log.filter(pl.col("step") == ORDER, pl.col("kind").is_in(list(_OF_ORDERS)))
    left = log.filter(pl.col("kind").is_in(list(_LEAVING)))
    told = pl.concat([
        _visits(log, part, [int(FINISHED), int(REACHED)] if arrivals else [int(FINISHED)]),
        of_orders.with_columns(step=pl.col("kind").replace_strict(_OF_ORDERS, return_dtype=pl.String)),
        left.with_columns(step=pl.col("kind").replace_strict(_LEAVING, return_dtype=pl.String)),
    ], how="diagonal")
    opened = np.zeros(1 + int(run.cases["case"].max(initial=-1)))
    opened[run.cases["case"]] = run.cases["opened"]
    opened = opened[told["case"].to_numpy()]

    def micro(column: str) -> pl.Series:
        since = told[column].to_numpy()
        found = pl.Series(microseconds(opened - part.settles) + microseconds(np.nan_to_num(since - opened)))
        return found.set(told[column].is_null(), None)

    frame = told.select("step", "resource", "place", "order", number="case", time=micro("at"), started=micro("since"))
    return frame.filter(pl.col("time") <= int(microseconds(np.array([hours]))[0]), pl.col("time") >= 0)


def _visits(log: pl.DataFrame, part: Part, told: list[int]) -> pl.DataFrame:
    """Return each step that a table names, finished or (where `told` says so) arrived at: case, step, at, since (work
    began), resource (a crew), place."""
    visits = log.filter(pl.col("kind").is_in([int(JOINED), int(STARTED), *told])).with_columns(
        visit=(pl.col("kind") == int(JOINED)).cum_sum().over("case"))
    begun = visits.filter(kind=int(STARTED)).unique(["case", "visit"], keep="first", maintain_order=True)
    crews, is_done = dict(enumerate(part.crews)), pl.col("kind") == int(FINISHED)
    named = part.steps.with_row_index("number").select(pl.col("number").cast(pl.Int64), "step", place="site")
    return (
        visits.filter(pl.col("kind").is_in(told)).rename({"step": "number"}).drop("pool")
        .join(named.drop_nulls("step"), on="number", maintain_order="left")
        .join(begun.select("case", "visit", since="at", crew="pool"), on=["case", "visit"], how="left",
              maintain_order="left")
        .select("case", pl.when(is_done).then("step").otherwise(pl.lit(ARRIVED)).alias("step"), "at",
                pl.when(is_done).then("since").alias("since"), "order", "place",
                resource=pl.col("crew").replace_strict(crews, default=None, return_dtype=pl.String))
    )


def _moves(part: Part, run: Run, hours: float) -> pl.DataFrame:
    """Return a count of every shelf at the start, and what left it or came to it since."""
    moved = run.movements[(run.movements["cause"] != EMERGENCY) & (run.movements["units"] != 0)]
    time = microseconds(moved["time"] - part.settles)
    node = moved["node"].astype(np.int64)
    nodes = part.nodes.with_row_index("node").select(pl.col("node").cast(pl.Int64), "item", "site")
    kinds = np.where(np.isin(moved["cause"], _LEAVES), "issue", np.where(moved["cause"] == REPAIR, "repair", "receipt"))
    frame = pl.DataFrame({
        "time": time, "node": node, "kind": kinds, "quantity": moved["units"].astype(np.float64),
        "number": moved["case"].astype(np.int64), "order": np.arange(len(moved)),
        "is_count": np.zeros(len(moved), bool),
    })
    before = frame.filter(pl.col("time") < 0).group_by("node").agg(moved=pl.col("quantity").sum())
    at_first = nodes.join(before, on="node", how="left", maintain_order="left")["moved"].fill_null(0.0)
    counts = nodes.select("node").with_columns(
        time=pl.lit(0, pl.Int64), kind=pl.lit("count"), number=pl.lit(-1, pl.Int64), order=pl.lit(-1, pl.Int64),
        quantity=pl.Series(_first_on_hand(part, run) + at_first.to_numpy()), is_count=pl.lit(value=True))
    end = int(microseconds(np.array([hours]))[0])
    kept = frame.filter(pl.col("time") >= 0, pl.col("time") <= end)
    counts = counts.join(nodes, on="node", maintain_order="left").group_by(
        pl.exclude("node", "quantity"), maintain_order=True).agg(pl.col("quantity").sum())
    kept = kept.join(nodes, on="node", maintain_order="left").drop("node")
    return pl.concat([counts.select(kept.columns), kept])


def _first_on_hand(part: Part, run: Run) -> np.ndarray:
    """Return (nodes,) the units on the shelf at hour 0: what is there at the end, less all that moved."""
    moved = np.bincount(run.movements["node"], np.where(run.movements["cause"] == EMERGENCY, 0, run.movements["units"]),
                        minlength=len(part.network.nodes))
    return run.nodes["on_hand"] - moved


def _customers(chain: Chain, told: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return row and customer: any customer of the segment that asks, nobody where the segment has none."""
    if not chain.has("customers"):
        return told.select("row", customer=pl.lit(None, pl.String))
    members = chain.table("customers").select("segment", "customer").sort("segment", "customer").group_by(
        "segment", maintain_order=True).agg("customer")
    luck = stream(seed, "twin", "customers").random(told.height)
    return (
        told.select("row", "segment", luck=pl.Series(luck))
        .join(members, on="segment", how="left", maintain_order="left")
        .select("row", customer=pl.col("customer").list.get(
            (pl.col("luck") * pl.col("customer").list.len()).cast(pl.Int64), null_on_oob=True))
    )
