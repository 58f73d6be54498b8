"""How much is asked, as decisions see it: what was measured, or what is forecast where a forecast was made."""

from __future__ import annotations

import polars as pl

from arbitre.tables.chain import Chain


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


def pooled_dispersion() -> pl.Expr:
    """Return the dispersion of rows of demand taken together: each weighs by its rate; 1 where nothing is asked."""
    asked = pl.col("rate").sum()
    return pl.when(asked > 0).then((pl.col("dispersion") * pl.col("rate")).sum() / asked).otherwise(1.0)
