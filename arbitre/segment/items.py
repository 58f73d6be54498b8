"""What is each item like, in value, pattern, criticality and life, and what does that call for?

Demand is counted by month over the days from the first line to the last, back from the end, so that the last month is
whole; all sites together.
- *Value*: A, the items that make 80 % of what is asked in money (units at items.price); B, up to 95 %; C, the others;
  D, what nobody asked for.
- *Pattern*: smooth, erratic, intermittent or lumpy by the months a month with demand stands for (1.32) and the squared
  coefficient of variation of the months with demand (0.49) (Syntetos, Boylan and Croston, Journal of the Operational
  Research Society 56 (2005) 495-503); one month alone, or none, has no pattern yet.
- *Criticality*, as the chain names it; critical are those of a name in `critical`.
- *Life* (`maths.stock.life_cycle`): dying, silent for longer than chance explains; new, first asked within the last
`young`
  months and not by chance; growing or declining, where Mann's test of trend is beyond chance; else stable. Fewer than
  four months with demand tell nothing: unsure.

What a class calls for (`item_policies`, with the reason in words): which forecast, which stock policy, where to hold.
These are where to start; optimise.stock and forecast.demand decide by money.

Reads cases; items where present. Writes item_classes and item_policies. Units: unit/year, money/year, months.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre import capability
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.units import DAYS_PER_YEAR
from arbitre.maths.stock.intermittent import patterns
from arbitre.maths.stock.life_cycle import life_of
from arbitre.segment._item_calls import called_for, policies
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("cases",)
MAY_READ = ("items",)
WRITES = ("item_classes", "item_policies")

_STEP = round(DAYS_PER_YEAR / 12 * 86_400_000_000)
_STRATA = (0.8, 0.95)

_SPAN = """
SELECT CAST(max(opened_at) AS DATE) AS last_on, CAST(min(opened_at) AS DATE) AS first_on FROM cases
WHERE item IS NOT NULL AND quantity >= 1e-6
    AND ($since IS NULL OR opened_at >= $since::DATE) AND ($until IS NULL OR opened_at < $until::DATE + 1)
"""
_MONTHS = """
SELECT item, (epoch_us($to_on::TIMESTAMP) - epoch_us(opened_at) - 1) // $step AS ago,
    CAST(sum(CAST(least(quantity, 1e20) AS DECIMAL(38, 6))) AS DOUBLE) AS units
FROM cases
WHERE item IS NOT NULL AND quantity >= 1e-6 AND opened_at >= $from_on::DATE AND opened_at < $to_on::DATE
GROUP BY ALL
"""


class Params(capability.Params):
    """Which days to count, which items are critical, and how long one is new."""

    since: date | None = Field(
        None, description="First day counted; empty: the day of the first case.", json_schema_extra={"unit": "date"}
    )
    until: date | None = Field(
        None, description="Last day counted; empty: the day of the last case.", json_schema_extra={"unit": "date"}
    )
    critical: str = Field(
        "high, critical, vital, nogo", description="Names of items.criticality that are critical, separated by commas.",
        json_schema_extra={"unit": ""},
    )
    young: int = Field(
        12, ge=1, le=120, description="Months from its first demand during which an item is new.",
        json_schema_extra={"unit": "month"},
    )


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Classify the items of a chain. Raises Unsupported when no case asks for units of an item for a whole month."""
    progress(0.1, "counting months")
    keys, units, criticality, price = _history(chain, params)
    progress(0.5, "classifying")
    months = units.shape[1]
    asked = (units > 0.0).sum(axis=1)
    yearly = units.sum(axis=1) * 12.0 / months
    money = yearly * price.fill_null(1.0).to_numpy()
    life, trend = life_of(units, params.young)
    critical = {name.strip().lower() for name in params.critical.split(",")}
    frame = pl.DataFrame({
        "item": keys, "value_class": _strata(money, yearly), "pattern": patterns(units), "criticality": criticality,
        "life": life, "yearly_value": money, "units": yearly,
        "interval": pl.Series(np.where(asked > 0, months / np.maximum(asked, 1), np.nan)).fill_nan(None),
        "variation": pl.Series(_variation(units, asked)).fill_nan(None), "trend": pl.Series(trend).fill_nan(None),
        "months": asked,
    }).with_columns(is_critical=pl.col("criticality").str.to_lowercase().is_in(list(critical)).fill_null(False))
    frame = called_for(frame)
    tables = {"item_classes": frame, "item_policies": policies(frame)}
    counts = {f"{column}.{name}": count for column in ("value_class", "pattern", "life", "policy", "held")
              for name, count in frame.group_by(column).len().sort(column).iter_rows()}
    summary: dict[str, Any] = {"items": frame.height, "months": months,
                               "critical": int(frame["is_critical"].sum()), **counts}
    if price.null_count():
        summary["items_without_price"] = price.null_count()
    return Result("segment.items", summary, {name: shaped(RESULTS[name], table) for name, table in tables.items()},
                  params=params.model_dump(mode="json"), seed=seed)


def _history(chain: Chain, params: Params) -> tuple[pl.Series, np.ndarray, pl.Series, pl.Series]:
    """Return the items, sorted; units (items, months); criticality and price of each, empty where not told."""
    last_on, first_on = chain.sql(_SPAN, since=params.since, until=params.until).row(0)
    between = f"between {params.since or 'the start'} and {params.until or 'the end'}"
    if last_on is None:
        raise Unsupported(f"No case of the chain {chain.name} asks for units of an item {between}: there is nothing to "
                          "tell items apart by. Fill cases.item and cases.quantity, or choose other days.")
    from_on, to_on = params.since or first_on, (params.until or last_on) + timedelta(days=1)
    months = (to_on - from_on).days * 86_400_000_000 // _STEP
    if months < 1:
        raise Unsupported(f"The cases {between} last less than a month: there is no pattern to tell. Bring more.")
    found = chain.sql(_MONTHS, from_on=from_on, to_on=to_on, step=_STEP).filter(pl.col("ago") < months)
    known = found.select("item")
    if chain.has("items"):
        known = pl.concat([known, chain.table("items").select("item")])
    items = known.unique().sort("item").with_row_index("row")
    cells = found.join(items, on="item")
    units = np.zeros((items.height, months))
    units[cells["row"].to_numpy(), months - 1 - cells["ago"].to_numpy()] = cells["units"].to_numpy()
    told = items
    if chain.has("items"):
        told = items.join(chain.table("items").select("item", "criticality", "price"), on="item", how="left",
                          maintain_order="left")
    empty = {"criticality": pl.lit(None, pl.String), "price": pl.lit(None, pl.Float64)}
    told = told.with_columns(**{name: value for name, value in empty.items() if name not in told.columns})
    return told["item"], units, told["criticality"], told["price"]


def _strata(money: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Return A, B, C or D: the item needed to reach a share is in it; equals keep the order of their keys."""
    order = np.argsort(-money, kind="stable")
    before = np.empty(len(money))
    before[order] = np.cumsum(money[order]) - money[order]
    whole = max(float(money.sum()), np.finfo(float).tiny)
    named = np.select([before < share * whole * (1.0 - 1e-12) for share in _STRATA], ["A", "B"], "C")
    return np.where(units > 0.0, named, "D")


def _variation(units: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return the squared coefficient of variation of the months with demand (items,), NaN without any."""
    mean = np.divide(units.sum(axis=1), asked, out=np.full(len(units), np.nan), where=asked > 0)
    squares = np.divide((units**2).sum(axis=1), asked, out=np.full(len(units), np.nan), where=asked > 0)
    return np.maximum(squares / mean**2 - 1.0, 0.0)
