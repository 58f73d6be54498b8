"""What to buy for the last time, what to stop holding, and what to move or sell?

Items live and die: one is replaced by another, one can be ordered until a day and must be served until a later one,
one is held where nobody asks for it. Three answers, each an expected discounted cost at its least:

    last buys    how many units to have when an item can be ordered no more (Teunter and Klein Haneveld 2002), by the
                 dynamic program of `maths.stock.last_buy` over the months that are left;
    excess       units beyond what service and near demand need. By the same program each unit on the shelf, in the
                 order of use, has a worth: the purchase it saves when it is used, or the shortage once no more can be
                 bought, less holding. It is kept while worth what it sells for today (economic retention: Rosenfield
                 1989; Silver, Pyke and Thomas 2017), else moved to where it is worth most, sold or scrapped;
    successions  the demand of a replaced item moves to the last of its succession at once, and the units of the older
                 items, which serve that demand as well, are used first.

Reads items, sites, stocks, demand (lanes for freight and resupply; cases and movements for what was ever asked; assets
and positions for machines that leave). Writes last_buys, excess, successions. Money in the chain's currency, demand in
units a year. Today is the last day of the chain's period, or the day of its latest fact.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.optimise._life.excess import Policy, excess
from arbitre.optimise._life.last_buys import last_buys
from arbitre.optimise._life.model import MONTHS_PER_YEAR, LifeModel, life_model
from arbitre.optimise._life.worth import Terms
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("items", "sites", "stocks", "demand")
MAY_READ = ("lanes", "cases", "events", "movements", "assets", "positions")
WRITES = ("last_buys", "excess", "successions")

_MOST_ON_HAND = 10_000_000
"""Units: beyond, every unit can no longer be looked at in a moment."""


class Params(BaseParams):
    """What keeping, selling and missing a unit cost, and how long is looked ahead."""

    today: date | None = Field(None, description="Day of the decision; empty: the last day of the chain's period, or "
                               "of its facts.", json_schema_extra={"unit": "date"})
    holding_share: float = Field(0.1, ge=0, le=2, description="Yearly cost of keeping a unit, as a share of its price, "
                                 "without capital: room, insurance, care.", json_schema_extra={"unit": "1/year"})
    discount_share: float = Field(0.1, ge=0, le=1, description="Yearly cost of capital: how much less money counts a "
                                  "year later.", json_schema_extra={"unit": "1/year"})
    obsolescence_share: float = Field(0.05, ge=0, lt=1, description="Chance that an item falls out of use for good "
                                      "within a year.", json_schema_extra={"unit": "1/year"})
    salvage_share: float = Field(0.1, ge=0, lt=1, description="What a unit too many sells for, as a share of its "
                                 "price.", json_schema_extra={"unit": "share"})
    shortage_factor: float = Field(10.0, ge=1, description="Cost of a unit missing once it can no longer be ordered, "
                                   "over its price: swap, rebuild, other source.", json_schema_extra={"unit": "price"})
    shortage_cost: float = Field(0.0, ge=0, description="Cost of a unit missing once it can no longer be ordered, "
                                 "whatever its price: penalty, machine down.", json_schema_extra={"unit": "money"})
    late_factor: float | None = Field(None, ge=1, description="Price of a unit bought after its last order from "
                                      "another source, over its price; empty: there is none.",
                                      json_schema_extra={"unit": "price"})
    horizon: float = Field(10.0, gt=0, le=50, description="Years looked ahead for an item whose service has no end.",
                           json_schema_extra={"unit": "year"})
    decline_share: float = Field(0.0, ge=0, lt=1, description="Share of its demand that every item loses a year.",
                                 json_schema_extra={"unit": "1/year"})
    machine_life: float | None = Field(None, ge=0.1, description="Years a machine works on average: demand falls as "
                                       "those that hold the item leave; empty: they stay.",
                                       json_schema_extra={"unit": "year"})
    ready_share: float = Field(0.95, gt=0, le=1, description="Share of demand that must find its item on the shelf; "
                               "1: the levels of stocks are needed as they are.", json_schema_extra={"unit": "share"})
    cover: float = Field(1.0, ge=0, le=50, description="Years of demand that are never called excess.",
                         json_schema_extra={"unit": "year"})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Return the last buys, the excess and the successions of a chain.

    Raises Unsupported, naming the column and the remedy, when no unit was counted, when units are far too many to be
    told apart, or when days are to be judged and nothing says which day it is.
    """
    del seed  # nothing here is random
    stocks = chain.table("stocks")
    if stocks["on_hand"].null_count() == stocks.height:
        raise Unsupported("The column on_hand of the table stocks is empty: what is held decides what to buy and what "
                          "to sell. Fill it in, 0 where the shelf is empty.")
    terms = Terms(params.holding_share, params.discount_share, params.obsolescence_share, params.salvage_share,
                  params.shortage_factor, params.shortage_cost, params.late_factor or math.inf)
    model = life_model(chain, params.today, params.horizon, params.decline_share, params.machine_life)
    held = stocks.join(model.items, on="item", how="inner").with_columns(money=pl.col("on_hand") * pl.col("price"))
    on_hand = held.group_by("last").agg(units=pl.col("on_hand").sum())
    large = on_hand.filter(pl.col("units") > _MOST_ON_HAND)["last"].sort()
    if len(large):
        raise Unsupported(f"In the table stocks more than {_MOST_ON_HAND:,} units of {large[0]} are on_hand. Count it "
                          "in packs: in stocks, in demand and in its price.")
    progress(0.1, "last buys (the first run on a machine compiles)")
    buys, bound = last_buys(model, on_hand, terms)
    progress(0.3, "excess")
    beyond = excess(chain, model, terms, Policy(params.ready_share, params.cover))
    summary = {**_of_buys(buys, bound), **_of_stock(model, held, beyond)}
    tables = {"last_buys": buys, "excess": beyond, "successions": _successions(chain, model, held)}
    summary["items_replaced"] = tables["successions"].filter(pl.col("steps") > 0).height
    summary["today"] = str(model.today) if model.today else None
    return Result("optimise.life", summary, tables, bound=bound if buys.height else None)


def _of_buys(buys: pl.DataFrame, bound: float) -> dict[str, Any]:
    """Return the named numbers of the last buys; the gap is what whole lots cost."""
    value = float(buys["cost"].sum())
    return {
        "value": value if buys.height else None,
        "bound": bound if buys.height else None,
        "gap": (value - bound) / value if value else 0.0 if buys.height else None,
        "last_buys": buys.filter(verdict="buy").height,
        "last_buys_too_late": buys.filter(verdict="too_late").height,
        "last_buys_money": float(buys["money"].sum()),
    }


def _of_stock(model: LifeModel, held: pl.DataFrame, beyond: pl.DataFrame) -> dict[str, Any]:
    """Return the named numbers of what is on the shelf and of what is too many."""
    lives = held.join(model.lives.select("last", "rate", "was_asked"), on="last", how="left")
    kinds = {f"{advice}_money": float(beyond.filter(advice=advice)["money"].sum())
             for advice in ("keep", "use_up", "move", "sell", "scrap")}
    leaving = beyond.filter(pl.col("advice").is_in(["move", "sell", "scrap"]))
    return {
        "capital": float(held["money"].sum()),
        "capital_without_demand": float(lives.filter(rate=0.0)["money"].sum()),
        "capital_never_asked": float(lives.filter(~pl.col("was_asked"))["money"].sum()),
        "excess_money": float(beyond["money"].sum()),
        **kinds,
        "gain": float(leaving["gain"].sum()),
        "saving": float(beyond["saving"].sum()),
        "not_counted": beyond.filter(advice="count").height,
    }


def _successions(chain: Chain, model: LifeModel, held: pl.DataFrame) -> pl.DataFrame:
    """Return the table successions: the items that are replaced, and those at the ends, oldest first."""
    replaced = model.items.filter(pl.col("steps") > 0)["last"].unique()
    own = chain.table("demand").group_by("item").agg(pl.col("rate").sum())
    on_shelf = held.group_by("item").agg(pl.col("on_hand", "money").sum())
    lives = model.lives.select("last", "fade", "months_left", rate_moved="rate")
    rows = (
        model.items.filter(pl.col("last").is_in(replaced.implode()))
        .join(own, on="item", how="left", maintain_order="left")
        .join(on_shelf, on="item", how="left", maintain_order="left")
        .join(lives, on="last", how="left", maintain_order="left")
        .with_columns(pl.col("rate", "on_hand", "money").fill_null(0))
        .with_columns(first=pl.col("on_hand").cum_sum().over("last"))
    )
    used = [_used_up_in(model, row) for row in rows.iter_rows(named=True)]
    rows = rows.with_columns(used_up_in=pl.Series(used, dtype=pl.Float64),
                             rate_moved=pl.when(steps=0).then("rate_moved").otherwise(0.0))
    return shaped(RESULTS["successions"], rows)


def _used_up_in(model: LifeModel, row: dict[str, Any]) -> float | None:
    """Return the years until the units of an item, and of the older ones, are expected to be used; None: never."""
    asked = row["rate_moved"] / MONTHS_PER_YEAR * model.asked[row["fade"]]
    months = float(np.interp(row["first"], asked, np.arange(len(asked)))) if row["first"] else 0.0
    return months / MONTHS_PER_YEAR if row["first"] <= asked[-1] and months <= row["months_left"] else None
