"""Who is handed which unit of a plan's stock? The rules of sharing that plans are decided with, as a replay has them.

- first_come: whoever asks first.
- promised_date: whoever is promised first, not before his date; the unit that replaces it is ordered when he asks
  (Hariharan & Zipkin 1995). What is not promised is due at once.
- critical_levels: whoever matters most; the others only while more than so many units are there, else theirs is flown
  in (Kranenburg & van Houtum 2007). Demand of which nothing is kept back at a stock that others share waits as long as
  a unit takes to come: it gets the one that is ordered for it.
- dedicated: whom a stock is kept for.

Today's stock is first come, first served whatever the rule of the plan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from arbitre.simulate._kernel.laws import Floats, Integers
from arbitre.simulate._kernel.model import ALLOCATION
from arbitre.tables.chain import Chain
from arbitre.tables.routing import SCOPE, SHELF

_ORDERED = "ordered when asked"
"""Whom a shelf is kept for that holds nothing: those who wait for the unit ordered for them."""


@dataclass(frozen=True)
class Sharing:
    """A rule, and what a plan decided for it.

    kept_for: whom stocks are kept apart for. reserved: item, site, segment, offer, criticality and the units on the
    shelf down to which that demand is served.
    """

    rule: str
    kept_for: pl.Series
    reserved: pl.DataFrame | None

    @classmethod
    def of(cls, chain: Chain, levels: pl.DataFrame) -> Sharing:
        """Return how levels, of `_stock_chain.levels_of`, are shared."""
        rule = levels["sharing"][0] if levels.height else "first_come"
        reserved = chain.table("stock_reserved") if rule == "critical_levels" else None
        return cls(rule, levels["kept_for"].drop_nulls().unique(),
                   None if reserved is None else reserved.select("item", "site", *SCOPE, "reserved"))

    @property
    def allocation(self) -> str:
        """The rule as a network knows it; stocks kept apart are each first come, first served."""
        name = self.rule.replace("_", " ")
        return name if name in ALLOCATION else ALLOCATION[0]

    def placed(self, classes: pl.DataFrame) -> pl.DataFrame:
        """Return classes with the shelf each asks (kept_for), its rank there, and the units kept back from it."""
        if self.reserved is None:
            whole = pl.concat_str(SCOPE, separator=" / ", ignore_nulls=True)
            broad = pl.concat_str(SCOPE[:2], separator=" / ", ignore_nulls=True)  # no promise names a criticality
            named = [pl.when(whom.is_in(self.kept_for.implode())).then(whom) for whom in (whole, broad)]
            return classes.with_columns(kept_for=pl.coalesce(*named), rank=pl.lit(0), reserved=pl.lit(0))
        keys = ["item", "site", *SCOPE]
        broad = self.reserved.filter(pl.col("criticality").is_null()).drop("criticality")
        told = classes.join(self.reserved, on=keys, how="left", nulls_equal=True, maintain_order="left").join(
            broad, on=keys[:-1], how="left", nulls_equal=True, maintain_order="left", suffix="_broad")
        back = pl.coalesce("reserved", "reserved_broad")
        told = told.with_columns(
            kept_for=pl.when(back.is_null() & pl.col("item").is_not_null()).then(pl.lit(_ORDERED)),
            rank=(back.rank("dense").over("item", "site") - 1).fill_null(0).cast(pl.Int64), reserved=back.fill_null(0))
        return told.drop("reserved_broad")

    def critical(self, classes: pl.DataFrame, nodes: pl.DataFrame) -> Integers:
        """Return (nodes, ranks) the units kept back from asks of each rank; classes as `placed` returns them."""
        found = np.zeros((nodes.height, int(classes["rank"].max() or 0) + 1), np.int64)  # type: ignore[arg-type]
        at = nodes.with_row_index("node").select(*SHELF, "node")
        told = classes.join(at, on=SHELF, nulls_equal=True)
        found[told["node"].to_numpy(), told["rank"].to_numpy()] = told["reserved"].to_numpy()
        return found

    def spare(self, classes: pl.DataFrame, window: Floats) -> Floats:
        """Return the hours (classes,) for which what a class asks is not due: its window, but for the way."""
        left = np.maximum(window - classes["transit"].fill_null(0.0).to_numpy(), 0.0)
        return np.where(np.isfinite(left) & (self.rule == "promised_date"), left, 0.0)
