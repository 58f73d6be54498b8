"""What each case brought and cost, and what was spent that no case caused."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.measure._cost.span import CostParams, Span
from arbitre.measure._cost.sql import LINES, WORK_DONE
from arbitre.measure._cost.stock import StockCost, stock_cost
from arbitre.tables.chain import Chain
from arbitre.tables.results.profit import COSTS

_NO_HOLDING = {**dict.fromkeys(("item", "site", "kind", "segment", "offer"), pl.String), "cost": pl.Float64}


@dataclass(frozen=True)
class Served:
    """What serving brought and cost over a span (money).

    `lines`: a row for each case, and for what each customer paid under each contract: case, customer, segment, offer,
    site, family, then list, net, goods, each kind of cost, credit. `work`: resource, activity (empty: nothing), cases,
    hours, used_share, cost: adds up to what the resources cost. `known`: the amounts that the chain says something of.
    `untraced`: what was spent on no case.
    """

    span: Span
    lines: pl.DataFrame
    work: pl.DataFrame
    stock: StockCost | None
    known: frozenset[str]
    untraced: float | None

    @property
    def unused(self) -> float | None:
        """What capacity cost that nobody used; None where no resource is known."""
        return float(self.work.filter(pl.col("activity").is_null())["cost"].sum()) if self.work.height else None

    @property
    def idle(self) -> float | None:
        """What stock cost that nobody asked for; None where no stock is known."""
        return self.stock.idle if self.stock else None


def served(chain: Chain, span: Span, params: CostParams, credit_share: float = 0.0) -> Served:
    """Trace what was brought and spent over the span to its cases.

    Raises Unsupported, with the remedy, where resources or time equations make no sense.
    """
    known = _known(chain)
    stock = stock_cost(chain, span, params.kind, params.holding_share) if "holding" in known else None
    holding = pl.DataFrame(schema=_NO_HOLDING) if stock is None else stock.units
    work = _work(chain, span)
    # Without a day of payment an invoice would look unpaid to this day.
    rate = credit_share if "credit" in known else 0.0
    rows = chain.with_(unit_holding=holding).sql(LINES, **span.days, credit_share=rate)
    nobody = pl.col("case").is_null() & pl.col("customer").is_null()
    untraced = float(rows.filter(nobody).select(pl.sum_horizontal(pl.col(COSTS).sum())).item())
    return Served(span, rows.filter(~nobody), work, stock, known, untraced if chain.has("costs") else None)


def _work(chain: Chain, span: Span) -> pl.DataFrame:
    """Return what the activities took of each resource, and last what nothing took."""
    if not chain.has("resources"):
        return pl.DataFrame(schema={"resource": pl.String, "activity": pl.String, "cases": pl.Int64,
                                    "hours": pl.Float64, "cost": pl.Float64, "used_share": pl.Float64})
    resources = chain.table("resources")
    still = resources.filter(capacity=0.0)
    if still.height:
        raise Unsupported(f"The resource {still['resource'][0]} can work 0 hours a year, so an hour of it has no cost. "
                          "Write in resources.capacity the hours it can really work.")
    done = chain.sql(WORK_DONE, **span.days)
    wrong = done.filter(pl.col("least") < 0.0)
    if wrong.height:
        raise Unsupported(f"The activity {wrong['activity'][0]} takes less than no time for the case "
                          f"{wrong['shortest'][0]}. Correct the negative minutes in time_equations.")
    used = done.group_by("resource").agg(pl.col("hours", "cost").sum())
    both = resources.join(used, on="resource", how="left", suffix="_used", maintain_order="left").fill_null(0.0)
    unused = both.select(
        "resource", activity=pl.lit(None, pl.String), cases=pl.lit(None, pl.Int64),
        hours=pl.col("capacity") * span.years - pl.col("hours"),
        cost=pl.col("cost") * span.years - pl.col("cost_used"),
    )
    spent = pl.concat([done.select(unused.columns), unused]).sort("resource", "activity", nulls_last=True)
    capacity = pl.col("resource").replace_strict(resources["resource"], resources["capacity"] * span.years)
    return spent.with_columns(used_share=pl.col("hours") / capacity)


def _known(chain: Chain) -> frozenset[str]:
    """Return the amounts that the tables of the chain say something of; of the others nothing is known, not nought."""
    known = set(chain.table("costs")["kind"]) if chain.has("costs") else set()
    if chain.has("time_equations"):
        timed = chain.table("activities").join(chain.table("time_equations"), on="activity", how="semi")
        known |= set(timed["kind"])
    if chain.has("stocks", "items"):
        known.add("holding")
    if chain.has("cases", "items") and chain.table("cases")["item"].count():
        known.add("goods")
    if chain.has("invoices"):
        invoices = chain.table("invoices")
        columns = {"net": "amount", "list": "list_amount", "credit": "paid_on"}
        known |= {name for name, column in columns.items() if invoices[column].count()}
    return frozenset(known)
