"""Does a line cost more to serve than lines of its kind did, and how much rests on customers who lose money?"""

from __future__ import annotations

import math
from datetime import timedelta

import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.maths.evidence.shares import wilson
from arbitre.maths.evidence.trends import kendall_tau
from arbitre.measure._cost.lines import served
from arbitre.measure._cost.span import CostParams, span_of
from arbitre.measure._drifts.charts import Alarm, Finding, Span, charts
from arbitre.tables.chain import Chain
from arbitre.tables.results.profit import COSTS

COST = "cost_not_mastered"
_DEAR = 0.75
"""A line is dear when it costs more than this share of the lines of its kind did in the reference."""
_LEAST = 20
"""Lines of a kind in the reference, for it to be a kind of its own."""
_WHOLE = CostParams.model_validate({})
_APART = ("penalty", "holding")
"""What is no work done for a line: the price of a promise missed, and stock, which is not dated."""


def lines_served(chain: Chain, span: Span) -> pl.DataFrame | str:
    """Return the cases done, with what they brought and what work on them cost; else the table that is missing."""
    if not chain.has("costs") and not chain.has("time_equations"):
        return "costs"
    try:
        lines = served(chain, span_of(chain, _WHOLE), _WHOLE).lines
    except Unsupported:
        return "resources"
    work = pl.sum_horizontal(kind for kind in COSTS if kind not in _APART)
    done = chain.table("cases").filter(pl.col("opened_at") <= span.now, pl.col("closed_at") <= span.now)
    known = done.select("case", "kind", "opened_at").join(
        lines.drop_nulls("case").with_columns(spent=work), on="case", how="inner").sort("opened_at", "case")
    return known if (known["spent"] > 0.0).any() else "costs"


def dear_lines(chain: Chain, known: pl.DataFrame | str, span: Span, alarm: Alarm) -> list[Finding]:
    """Return whether lines become dear, by segment: dearer than those of the same kind, offer and steps were.

    Says as well how far customers keep their rank by what their cases leave, from the year before to the last.
    """
    if isinstance(known, str):
        return [Finding(COST, name, missing=known) for name in ("dear_rise", "rank_stability")]
    dear = _dear(chain, known.filter(pl.col("spent") > 0.0), span)
    return [*charts(dear, COST, "dear_rise", [(), ("segment",)], span, alarm), *_ranks(known, span)]


def _dear(chain: Chain, known: pl.DataFrame, span: Span) -> pl.DataFrame:
    """Tell which lines are dear for their kind; customers differ, so each has its own risk."""
    steps = chain.table("events").group_by("case").agg(steps=pl.col("step").sort().str.join(">")) if chain.has(
        "events") else pl.DataFrame(schema={"case": pl.String, "steps": pl.String})
    kinds = known.join(steps, on="case", how="left").with_columns(
        way=pl.format("{}|{}|{}", "kind", pl.col("offer").fill_null(""), pl.col("steps").fill_null("")))
    early = kinds.filter(pl.col("opened_at") < span.reference_end(kinds["opened_at"].sort()[0]))
    limits = [early.group_by(key).agg(pl.col("spent").quantile(_DEAR, "linear").alias(f"dear_{key}"),
                                      pl.col("spent").mean().alias(f"mean_{key}"), pl.len().alias(f"of_{key}"))
              for key in ("way", "kind")]
    for limit in limits:
        kinds = kinds.join(limit, on=limit.columns[0], how="left")
    own = pl.col("of_way").fill_null(0) >= _LEAST
    return kinds.with_columns(
        dear=pl.when(own).then("dear_way").otherwise("dear_kind"),
        usual=pl.when(own).then("mean_way").otherwise("mean_kind"),
    ).drop_nulls("dear").select(
        "segment", at="opened_at", departed=pl.col("spent") > pl.col("dear"), mix="customer",
        stake=(pl.col("spent") - pl.col("usual")).clip(0.0),
    )


def profit_shape(chain: Chain) -> list[Finding]:
    """Return how much of the cost is traced, how high the whale curve rises, and who loses money.

    Told from what measure.profit wrote; nothing here has a limit that holds for every trade.
    """
    if not chain.has("customer_profit", "profit_waterfall", "whale_curve"):
        return [Finding(COST, name, missing="invoices") for name in ("traced_share", "whale_peak", "losing_share")]
    amounts = dict(chain.table("profit_waterfall").filter(by="everyone").select("step", "amount").iter_rows())
    traced = -sum(amounts.get(kind) or 0.0 for kind in COSTS)
    whole = traced - (amounts.get("untraced") or 0.0)
    found = [Finding(COST, "traced_share", value=traced / whole)] if whole > 0.0 else []
    curve = chain.table("whale_curve").drop_nulls("of_whole")
    if curve.height:
        peak = curve.sort("of_whole").row(-1, named=True)
        found.append(Finding(COST, "whale_peak", value=peak["of_whole"], low=peak["low"], high=peak["high"]))
    customers = chain.table("customer_profit")
    losing = customers.filter(pl.col("contribution") < 0.0)
    low, high = wilson(losing.height, customers.height)
    lost = -float(losing["contribution"].sum()) / span_of(chain, _WHOLE).years
    return [*found, Finding(COST, "losing_share", value=losing.height / customers.height, low=float(low),
                            high=float(high), money=lost)]


def _ranks(known: pl.DataFrame, span: Span) -> list[Finding]:
    """Return Kendall's tau between what the cases of each customer left last year, and the year before."""
    year = timedelta(days=365)
    left = pl.col("net") - pl.col("goods") - pl.col("spent")
    last, before = (pl.col("opened_at").is_between(span.now - (ago + 1) * year, span.now - ago * year, closed="right")
                    for ago in (0, 1))
    both = known.filter(pl.col("customer").is_not_null()).group_by("customer").agg(
        last=left.filter(last).sum(), before=left.filter(before).sum(), told=last.any() & before.any()).filter("told")
    tau = kendall_tau(both["before"].to_numpy(), both["last"].to_numpy()) if both.height > 2 else math.nan
    return [Finding(COST, "rank_stability", missing="cases" if math.isnan(tau) else None,
                    value=None if math.isnan(tau) else tau)]
