"""What would the books of this replay say? Records of the twin in the fact tables that reality is told in.

Times are whole microseconds from the start, so that what is measured on the facts is what the replay kept. What lies
after the end has not happened: a case not closed by then is open.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.simulate._log import ALLOTTED, CLOSED, EMERGENCY, ISSUE, LATERAL, REPAIR, SHIPMENT, Run
from arbitre.simulate._promised import microseconds
from arbitre.simulate._stock_chain import StockPart
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

_LEAVES = (int(ISSUE), int(SHIPMENT), int(LATERAL))
_STEPS = {int(ALLOTTED): "shipped", int(CLOSED): "delivered"}


def stock_facts(chain: Chain, played: list[tuple[StockPart, Run]], start: datetime, hours: float, kind: str, seed: int
                ) -> dict[str, pl.DataFrame]:
    """Return cases, events and movements of parts replayed, from hour `settles` of each part on for so many hours."""
    cases, events, moves = [], [], []
    for number, (part, run) in enumerate(played):
        cases.append(_cases(part, run, hours).with_columns(part=pl.lit(number)))
        events.append(_events(part, run, hours).with_columns(part=pl.lit(number)))
        moves.append(_moves(part, run, hours).with_columns(part=pl.lit(number)))
    told = pl.concat(cases).sort("opened", "item", "site", "part", "number").with_row_index("row")
    told = told.with_columns(case=_key("S", pl.col("row"), told.height), kind=pl.lit(kind),
                             opened_at=_at(start, "opened"), closed_at=_at(start, "closed"))
    told = told.join(_customers(chain, told, seed), on="row", how="left", maintain_order="left")
    names = told.select("part", "number", "case")
    happened = pl.concat(events).join(names, on=["part", "number"], how="inner").sort("time", "case", "step")
    moved = pl.concat(moves).join(names, on=["part", "number"], how="left")
    moved = moved.sort("time", "is_count", "item", "site", "order", descending=[False, True, False, False, False])
    moved = moved.with_row_index("row").with_columns(movement=_key("M", pl.col("row"), moved.height))
    site = told.select("case", "site")
    return {
        "cases": shaped(INPUTS["cases"], told),
        "events": shaped(INPUTS["events"], happened.join(site, on="case", maintain_order="left").with_columns(
            happened_at=_at(start, "time"))),
        "movements": shaped(INPUTS["movements"], moved.with_columns(moved_at=_at(start, "time"))),
    }


def _key(letter: str, row: pl.Expr, count: int) -> pl.Expr:
    return letter + (row + 1).cast(pl.String).str.zfill(len(str(count)))


def _at(start: datetime, column: str) -> pl.Expr:
    return pl.lit(start) + pl.duration(microseconds=pl.col(column))


def _cases(part: StockPart, run: Run, hours: float) -> pl.DataFrame:
    """Return the cases opened before the end and not closed before the start, times in microseconds from the start."""
    cases, begins, end = run.cases, part.settles, int(microseconds(np.array([hours]))[0])
    opened = microseconds(cases["opened"] - begins)
    waited = microseconds(np.nan_to_num(cases["closed"] - cases["opened"]))
    frame = pl.DataFrame({
        "number": cases["case"].astype(np.int64), "of_class": cases["of_class"].astype(np.int64),
        "quantity": (cases["quantity"] * part.units[cases["of_class"]]).astype(np.float64), "opened": opened,
        "closed": opened + waited, "is_closed": ~np.isnan(cases["closed"]),
    })
    frame = frame.with_columns(closed=pl.when("is_closed", pl.col("closed") <= end).then("closed"))
    classes = part.classes.with_row_index("of_class").with_columns(pl.col("of_class").cast(pl.Int64))
    return frame.join(classes, on="of_class", maintain_order="left").filter(
        (pl.col("opened") >= 0) | (pl.col("rate") == 0), pl.col("opened") < end)


def _events(part: StockPart, run: Run, hours: float) -> pl.DataFrame:
    """Return what happened to cases, shipped when their last unit is there and delivered when they are closed."""
    log = run.log[np.isin(run.log["kind"], list(_STEPS))]
    opened = np.zeros(1 + int(run.cases["case"].max(initial=-1)))
    opened[run.cases["case"]] = run.cases["opened"]
    case = log["case"]
    time = microseconds(opened[case] - part.settles) + microseconds(log["time"] - opened[case])
    step = pl.Series(log["kind"].astype(np.int64)).replace_strict(_STEPS, return_dtype=pl.String)
    frame = pl.DataFrame({"number": case.astype(np.int64), "time": time, "step": step})
    return frame.filter(pl.col("time") <= int(microseconds(np.array([hours]))[0]), pl.col("time") >= 0)


def _moves(part: StockPart, run: Run, hours: float) -> pl.DataFrame:
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
    return pl.concat([counts.select(kept.columns), kept]).join(nodes, on="node", maintain_order="left").drop("node")


def _first_on_hand(part: StockPart, run: Run) -> np.ndarray:
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
