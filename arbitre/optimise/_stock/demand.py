"""How much is asked, as decisions see it: what was measured, or what is forecast where a forecast was made."""

from __future__ import annotations

import numpy as np
import polars as pl

from arbitre.tables.chain import Chain

_SIZES = 16
"""Sizes that stand for those of lines nobody knows the size of, each for as many units asked."""


def expected_demand(chain: Chain) -> pl.DataFrame:
    """Return the demand of a chain; where `forecasts` has the item at the site, with its total and its dispersion.

    Segments, offers and sizes keep their parts of the total. An item without any measured demand has no parts, so a
    forecast of it says nothing of who will ask, and is left out.
    """
    demand = chain.table("demand")
    if not chain.has("forecasts"):
        return demand
    forecast = chain.table("forecasts").select("item", "site", total="rate", scatter="dispersion")
    measured = pl.col("rate").sum().over("item", "site")
    return (
        demand.join(forecast, on=["item", "site"], how="left", maintain_order="left")
        .with_columns(
            rate=pl.when(pl.col("total").is_not_null() & (measured > 0))
            .then(pl.col("rate") * pl.col("total") / measured).otherwise("rate"),
            dispersion=pl.coalesce("scatter", "dispersion"),
        )
        .select(demand.columns)
    )


def sized(demand: pl.DataFrame) -> pl.DataFrame:
    """Return demand with the size of each order: rows without one, where they are dispersed, become rows of several.

    A negative binomial demand of dispersion D is one of orders at random whose sizes are logarithmic with
    theta = 1 - 1 / D (Quenouille, Biometrics 5, 1949), and a unit is one of an order for k with chance
    (1 - theta) theta^(k - 1). Sizes stand at the middle of equal shares of the units.
    """
    lumpy = pl.col("size").is_null() & (pl.col("dispersion") > 1.0)
    if not demand.select(lumpy.any()).item():
        return demand
    chance = pl.DataFrame({"_below": (np.arange(_SIZES) + 0.5) / _SIZES})
    size = ((1.0 - pl.col("_below")).log() / (1.0 - 1.0 / pl.col("dispersion")).log()).ceil().clip(1.0)
    parts = demand.filter(lumpy).join(chance, how="cross", maintain_order="left_right").with_columns(
        size=size.cast(demand.schema["size"]), rate=pl.col("rate") / _SIZES)
    keys = [name for name in demand.columns if name != "rate"]
    parts = parts.group_by(keys, maintain_order=True).agg(pl.col("rate").sum()).select(demand.columns)
    return pl.concat([demand.filter(~lumpy), parts])
