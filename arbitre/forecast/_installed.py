"""What do the machines in service lead one to expect, and what does the history make of it?

    expected = machines of the model at the site x units in a machine x failures of a unit a year,
units being multiplied along the parents of a position down from the machine (Dekker, Pince, Zuidwijk and Jalil, IJPE
143 (2013) 536-545, on installed base forecasting). A machine serves the site of its customer from the day it was
installed; one without a date always did. Each item's factor on what is expected is learnt from history (credibility).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.core.units import DAYS_PER_YEAR
from arbitre.forecast._history import Floats, Integers, Span
from arbitre.maths.evidence.credibility import factor_given, factor_law, pooled_lump
from arbitre.tables.chain import Chain

_MOST_LEVELS = 12
"""Levels of parts within parts; more is a loop."""
_MACHINES = """
SELECT model, site, installed_on FROM assets JOIN customers USING (customer)
WHERE model IS NOT NULL AND site IS NOT NULL
"""


@dataclass(frozen=True)
class Installed:
    """Failures expected of each pair (item, site; sorted) in each period, from the machines in service at its end."""

    pairs: pl.DataFrame
    expected: Floats


def installed_base(chain: Chain, span: Span) -> Installed | None:
    """Return the failures that the machines in service lead to expect; None where the chain does not say.

    Raises Unsupported when positions contain themselves.
    """
    if not chain.has("positions", "assets", "customers"):
        return None
    rates = failures_per_machine(chain.table("positions"))
    service = _machines_in_service(chain.sql(_MACHINES), span)
    found = rates.join(service, on="model").filter(pl.col("failures") > 0)
    if not found.height:
        return None
    pairs = found.select("item", "site").unique().sort("item", "site").with_row_index("row")
    found = found.join(pairs, on=["item", "site"]).sort("row", "model")
    expected = np.zeros((pairs.height, span.periods))
    machines = found["machines"].to_numpy()
    np.add.at(expected, found["row"].to_numpy(), machines * found["failures"].to_numpy()[:, None])
    return Installed(pairs.drop("row"), expected * span.days / DAYS_PER_YEAR)


def failures_per_machine(positions: pl.DataFrame) -> pl.DataFrame:
    """Return the failures of each item a year in one machine of each model, wherever it sits in it.

    Raises Unsupported when an item is a part of itself.
    """
    seats = positions.select("model", "item", "parent", "quantity", "failure_rate")
    placed = seats.filter(pl.col("parent").is_null()).select("model", "item", "failure_rate", units="quantity")
    levels = [placed]
    while placed.height:
        if len(levels) > _MOST_LEVELS:
            looped = placed.row(0, named=True)
            raise Unsupported(f"In positions the item {looped['item']} of the model {looped['model']} lies more than "
                              f"{_MOST_LEVELS} levels deep: an item is a part of itself. Correct its parent.")
        above = placed.group_by("model", "item").agg(above=pl.col("units").sum())
        placed = seats.join(above.rename({"item": "parent"}), on=["model", "parent"]).select(
            "model", "item", "failure_rate", units=pl.col("quantity") * pl.col("above"))
        levels.append(placed)
    return pl.concat(levels).group_by("model", "item").agg(
        failures=(pl.col("units") * pl.col("failure_rate")).sum()).sort("model", "item")


def _machines_in_service(machines: pl.DataFrame, span: Span) -> pl.DataFrame:
    """Return, by model and site, how many machines are in service at the end of each period."""
    age = (pl.lit(span.to_on) - pl.col("installed_on")).dt.total_days()
    # A machine installed in the last period (age up to one period) counts from that period on.
    periods = (pl.lit(span.periods) - (age / span.days).ceil()).fill_null(0).clip(0, span.periods)
    counted = machines.with_columns(since=periods.cast(pl.Int64)).group_by("model", "site", "since").len()
    keys = counted.select("model", "site").unique().sort("model", "site").with_row_index("row")
    counted = counted.join(keys, on=["model", "site"])
    joined = np.zeros((keys.height, span.periods + 1))
    joined[counted["row"].to_numpy(), counted["since"].to_numpy()] = counted["len"].to_numpy()
    service = joined[:, : span.periods].cumsum(axis=1)
    return keys.drop("row").with_columns(machines=pl.Series(service, dtype=pl.Array(pl.Float64, span.periods)))


def installed_laws(units: Floats, expected: Floats, group: Integers, horizon: Integers, origins: Integers,
                   taught: int) -> tuple[Floats, Floats]:
    """Return the mean and variance over the lead time of each pair at each origin; NaN where no machine is.

    Args: units and expected (pairs, periods); group (pairs,) whose factors share a mean: the site; horizon (pairs,)
    periods; origins (pairs, origins) periods seen, -1 for none, the last column being now; taught, periods that the law
    of the factors is learnt from for the origins before now.
    """
    zero = np.zeros((len(units), 1))
    seen, foreseen = (np.concatenate([zero, table.cumsum(axis=1)], axis=1) for table in (units, expected))
    known = expected.sum(axis=1) > 0.0
    means = np.full(origins.shape, np.nan)
    variances = means.copy()
    for number, origin in enumerate(origins.T):
        periods = units.shape[1] if number == origins.shape[1] - 1 else taught
        rows = np.nonzero(known & (origin > 0))[0]
        if not len(rows) or periods < 1:
            continue
        lump = pooled_lump(units[known, :periods])
        mean, shape = factor_law(seen[known, periods], foreseen[known, periods], group[known], lump)
        of_all = np.ones(len(units))
        of_all[known] = mean
        at = origin[rows]
        factor, certainty = factor_given(seen[rows, at], foreseen[rows, at], of_all[rows], shape, lump)
        coming = factor * expected[rows, at - 1] * horizon[rows]
        means[rows, number] = coming
        variances[rows, number] = lump * coming + coming**2 / certainty
    return means, variances
