"""Which customers and offers earn or lose money once they are served, how sure is that, and who pays for whom?

The waterfall, for the cases and contracts of the span:
    price list - discounts = net sales (invoices); - goods (units delivered at items.price) = margin; - cost to serve,
    kind by kind (as measure.cost traces it) - credit (net sales x credit_share x years until paid) = contribution;
    - what no case caused (costs of no case, unused capacity, stock nobody asked for) = result.
Each amount counts on its own day: invoiced, closed, spent, opened. A step of which the tables say nothing has no
amount, and is listed as not known: it is never taken for nought without saying so. An invoice without a list amount
counts as sold at list where others have one.

*Customers* are put in order of contribution. The whale curve, its peak and the share of customers who lose money tell
how much rests on whom: the first two with a bootstrap over customers (maths.whale), the share with its Wilson interval.
Each customer also gets an interval over the chance of cases (compound Poisson), and a verdict at that confidence.

*Who pays for whom*: all that losing customers lose is paid by those who earn, in proportion to what they earn; summed
over segments and offers, the balances add up to nought.

*Change*: the contribution of the last days against as many before, split exactly into volume, mix, price, goods and
cost to serve (maths.change), with segments, offers and families of items as classes.

Reads invoices; the rest as measure.cost, and contracts where present. Writes profit_waterfall, customer_profit,
whale_curve, cross_subsidies, profit_change. Units: money of the chain.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.streams import stream
from arbitre.maths.evidence.shares import wilson
from arbitre.maths.market.whale import Whale, percentile_interval
from arbitre.measure._cost.lines import Served, served
from arbitre.measure._cost.span import CostParams, Span, span_of
from arbitre.measure._profit_tables import by_customer, change, subsidies, waterfall, whale, with_contribution
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped
from arbitre.tables.results.profit import COSTS

READS = ("invoices",)
MAY_READ = ("cases", "costs", "resources", "activities", "time_equations", "events", "customers", "contracts", "items",
            "stocks", "sites", "lanes", "promises")
WRITES = ("profit_waterfall", "customer_profit", "whale_curve", "cross_subsidies", "profit_change")


class Params(CostParams):
    """Which days to count and compare, what stock and credit cost, and how sure to be."""

    credit_share: float = Field(
        0.06, ge=0.0, le=1.0, description="Yearly cost of money that customers owe.",
        json_schema_extra={"unit": "1/year"},
    )
    change_days: int = Field(
        365, ge=1, le=3660, description="Length of the periods compared: the last days counted, and as many before.",
        json_schema_extra={"unit": "day"},
    )
    draws: int = Field(
        400, ge=50, le=10_000, description="Times the customers are drawn again for the interval of the whale curve.",
        json_schema_extra={"unit": ""},
    )
    confidence: float = Field(
        0.95, ge=0.5, le=0.999, description="Confidence of the intervals and of the verdicts.",
        json_schema_extra={"unit": "share"},
    )


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Trace sales and costs to customers, and tell who earns and who loses."""
    span = span_of(chain, params)
    progress(0.05, "tracing sales and costs")
    answer = served(chain, span, params, params.credit_share)
    lines = with_contribution(answer.lines)
    if not lines["customer"].count():
        raise Unsupported(f"No invoice and no case of the chain {chain.name} falls from {span.first} to {span.last}. "
                          "Choose other days in since and until.")
    progress(0.5, "comparing periods")
    changed = _changed(chain, span, params)
    progress(0.8, "drawing customers again")
    customers = by_customer(lines, params.confidence)
    profits = customers["contribution"].to_numpy()
    curve, again = whale(profits, params.draws, params.confidence, stream(seed, "whale curve"))
    tables = {
        "profit_waterfall": waterfall(answer, lines), "customer_profit": customers, "whale_curve": curve,
        "cross_subsidies": subsidies(lines), "profit_change": changed,
    }
    return Result(
        "measure.profit", _summary(answer, tables, again, params),
        {name: shaped(RESULTS[name], table) for name, table in tables.items()},
        params=params.model_dump(mode="json"), seed=seed,
    )


def _changed(chain: Chain, span: Span, params: Params) -> pl.DataFrame:
    """Return why the contribution changed; nothing where the days counted do not hold two periods."""
    days = timedelta(days=params.change_days)
    middle = span.last - days
    if middle + timedelta(days=1) - days < span.first:
        return empty(RESULTS["profit_change"])
    periods = (Span(middle + timedelta(days=1) - days, middle), Span(middle + timedelta(days=1), span.last))
    before, after = (with_contribution(served(chain, part, params, params.credit_share).lines) for part in periods)
    return change(before, after) if before.height or after.height else empty(RESULTS["profit_change"])


def _summary(answer: Served, tables: dict[str, pl.DataFrame], again: Whale, params: Params) -> dict[str, Any]:
    """Return the named numbers of the answer."""
    customers, steps = tables["customer_profit"], tables["profit_waterfall"].filter(by="everyone")
    amounts = dict(steps.select("step", "amount").iter_rows())
    profits = customers["contribution"].to_numpy()
    losing = int((profits < 0.0).sum())
    low, high = wilson(losing, len(profits), params.confidence)
    parts = dict(tables["profit_change"].filter(by="everyone").select("part", "amount").iter_rows())
    return {
        "first_on": answer.span.first.isoformat(), "last_on": answer.span.last.isoformat(),
        **{name: amounts[name] for name in ("net", "margin", "contribution", "result")},
        "cost_to_serve": sum(-(amounts[kind] or 0.0) for kind in (*COSTS, "credit")),
        "customers": len(profits), "customers_losing": losing, "losing_share": losing / len(profits),
        "losing_low_share": float(low), "losing_high_share": float(high),
        "customers_surely_losing": customers.filter(verdict="loses").height,
        "lost": float(-profits.clip(max=0.0).sum()),
        **_peak(profits, again, params.confidence),
        **{f"change.{part}": amount for part, amount in parts.items() if part not in ("before", "after")},
        "not_known": ", ".join(steps.filter(pl.col("amount").is_null())["step"]),
    }


def _peak(profits: np.ndarray, again: Whale, confidence: float) -> dict[str, float]:
    """Return how high the whale curve rises over its end, with its interval; nothing where it ends in a loss."""
    whole, earning = profits.sum(), again.whole > 0.0
    if whole <= 0.0:
        return {}
    low, high = percentile_interval(again.peak[earning] / again.whole[earning], confidence)
    return {"peak": float(profits.clip(0.0).sum() / whole), "peak_low": float(low), "peak_high": float(high)}
