"""What does it cost to serve each case, customer and offer, and which capacity did nobody use?

Time-driven activity-based costing (R. S. Kaplan and S. R. Anderson, Harvard Business Review 82 (11), 2004, 131-138):
    rate of a resource = its cost / the hours it can really work (its practical capacity),
    time of an activity for a case = sum of the terms of its time equation that the case meets,
    cost of a case = sum of time x rate,
    unused = cost of the resource - what its activities took at that rate; never spread over customers.
A term (`time_equations`) counts minutes for the case, for its order (the cases of one kind that a customer opens at one
time share it equally), for each unit asked, for each event of a step, or for each hour of such events (from started_at
to happened_at); an empty condition is met by every case. Work on a case falls on the day it was opened, work on an
event on the day of the event.

To that are added the money booked on the case (`costs`: freight, emergency, labour, penalty, ...) on the day it was
spent, and what stock on the shelf costs: today's, at `holding_share` of its price a year, over the span. Stock is
shared by those who asked for the item at the site; see maths.pooling for the natural share that is counted, the
cost of a promise alone, and its marginal cost. The last two are found from the tables, with the least stock of each
item by itself that keeps the promises, not from an optimised plan.

What no case caused stays apart: unused capacity, stock that nobody asked for, costs booked on no case. A kind of cost
of which the tables say nothing has no row; the summary lists it as not known.

Reads cases; costs, resources, activities, time_equations, events, customers, items, stocks, sites, lanes and promises
where present. Writes cost_to_serve, capacity_used, stock_caused. Units: money of the chain, hours.
"""

from __future__ import annotations

from typing import Any, Literal

import polars as pl
from pydantic import Field

from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.measure._cost.lines import Served, served
from arbitre.measure._cost.span import CostParams, span_of
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped
from arbitre.tables.results.profit import COSTS

READS = ("cases",)
MAY_READ = ("costs", "resources", "activities", "time_equations", "events", "customers", "items", "stocks", "sites",
            "lanes", "promises", "invoices")
WRITES = ("cost_to_serve", "capacity_used", "stock_caused")


class Params(CostParams):
    """Which days to count, what stock costs, and how far down to tell."""

    detail: Literal["class", "case"] = Field(
        "class", description="How far down to tell what serving costs: segments, offers and customers, or each case "
        "too.", json_schema_extra={"unit": ""},
    )


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Trace what was spent to the cases it was spent on."""
    if not (chain.has("costs") or chain.has("time_equations") or chain.has("stocks", "items")):
        raise Unsupported(f"Nothing says what serving costs in the chain {chain.name}. Add tables/costs.csv, or "
                          "resources, activities and time_equations, or stocks and items.")
    progress(0.1, "tracing costs")
    answer = served(chain, span_of(chain, params), params)
    kinds = [kind for kind in COSTS if kind in answer.known]
    progress(0.8, "adding up")
    by = ("everyone", "segment", "offer", "customer", *(("case",) if params.detail == "case" else ()))
    tables = {
        "cost_to_serve": pl.concat([_spent_by(answer.lines, name, kinds) for name in by]),
        "capacity_used": answer.work,
        "stock_caused": answer.stock.promises if answer.stock else empty(RESULTS["stock_caused"]),
    }
    return Result(
        "measure.cost", _summary(answer, kinds),
        {name: shaped(RESULTS[name], table) for name, table in tables.items()},
        params=params.model_dump(mode="json"), seed=seed,
    )


def _spent_by(lines: pl.DataFrame, by: str, kinds: list[str]) -> pl.DataFrame:
    """Return what serving costs by kind, for each value of one column of the lines."""
    name = pl.lit(None, pl.String) if by == "everyone" else pl.col(by)
    sums = lines.group_by(name.alias("name")).agg(pl.col("case").count().alias("cases"), pl.col(kinds).sum())
    long = sums.unpivot(kinds, index=["name", "cases"], variable_name="kind", value_name="amount")
    order = pl.col("kind").cast(pl.Enum(kinds))
    return long.sort("name", order).select(
        pl.lit(by).alias("by"), "name", "kind", pl.col("cases").cast(pl.Int64), "amount",
        per_case=pl.when(pl.col("cases") > 0).then(pl.col("amount") / pl.col("cases")),
    ).filter((pl.col("by") != "case") | (pl.col("name").is_not_null() & (pl.col("amount") != 0.0)))


def _summary(answer: Served, kinds: list[str]) -> dict[str, Any]:
    """Return the named numbers of the answer."""
    sums = answer.lines.select(kinds).sum().row(0, named=True)
    traced, cases = sum(sums.values()), answer.lines["case"].count()
    spent = traced + (answer.untraced or 0.0)
    resources = float(answer.work["cost"].sum())
    used = resources - (answer.unused or 0.0)
    return {
        "first_on": answer.span.first.isoformat(), "last_on": answer.span.last.isoformat(), "cases": cases,
        "cost_to_serve": traced, "per_case": traced / cases if cases else None,
        **{f"cost.{kind}": amount for kind, amount in sums.items()},
        "untraced": answer.untraced, "traced_share": traced / spent if spent else None,
        "capacity": resources, "capacity_used_share": used / resources if resources else None,
        "capacity_unused": answer.unused, "stock_idle": answer.idle,
        "not_known": ", ".join(kind for kind in COSTS if kind not in kinds),
    }
