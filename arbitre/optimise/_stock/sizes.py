"""Which size do the lines of a demand have whose size nobody knows?"""

from __future__ import annotations

import polars as pl

from arbitre.maths.stock.line_sizes import sizes_of_units

_SIZES = 16
"""Sizes that stand for those of lines nobody knows the size of, each for as many units asked."""


def sized(demand: pl.DataFrame) -> pl.DataFrame:
    """Return demand with the size of each line: rows without one, where they are dispersed, become rows of several."""
    lumpy = pl.col("size").is_null() & (pl.col("dispersion") > 1.0)
    if not demand.select(lumpy.any()).item():
        return demand
    unsized = demand.filter(lumpy)
    sizes = pl.Series(sizes_of_units(unsized["dispersion"].to_numpy(), _SIZES).tolist(), dtype=pl.List(pl.Float64))
    parts = unsized.with_columns(size=sizes, rate=pl.col("rate") / _SIZES).explode("size").with_columns(
        pl.col("size").cast(demand.schema["size"]))
    keys = [name for name in demand.columns if name != "rate"]
    parts = parts.group_by(keys, maintain_order=True).agg(pl.col("rate").sum()).select(demand.columns)
    return pl.concat([demand.filter(~lumpy), parts])
