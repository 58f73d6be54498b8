"""Which failures stop which machines, and how long may machines wait for parts in all?

A machine is down while a part of it is owed. With B machines waiting for parts on average among N,
    availability = 1 - (B + failures x transit) / N,
the parts of a machine being first-level positions, each failure stopping its machine (Sherbrooke 2004, chapter 2; the
product over parts of 1 - B_i / N is never below this sum). So a promise of availability is a bound on waiting: of all
the waiting there would be without any stock, a share must be avoided. Repair on site is not stock's affair: what is
promised here is availability but for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from arbitre.core.units import DAYS_PER_YEAR, HOURS_PER_DAY
from arbitre.tables.chain import Chain

_HOURS_PER_YEAR = DAYS_PER_YEAR * HOURS_PER_DAY


@dataclass(frozen=True)
class Machines:
    """What promises of availability ask of stock.

    failures: promise, segment, offer, criticality, item, site, rate (units a year), transit (hours).
    parks: promise, segment, target_share, machines, in_transit (machines waiting for a part on its way, whatever is
    held).
    """

    failures: pl.DataFrame
    parks: pl.DataFrame


_NO_FAILURES = pl.DataFrame(schema={
    "promise": pl.String, "segment": pl.String, "offer": pl.String, "criticality": pl.String, "item": pl.String,
    "site": pl.String, "rate": pl.Float64, "transit": pl.Float64})
_NO_PARKS = pl.DataFrame(schema={
    "promise": pl.String, "segment": pl.String, "target_share": pl.Float64, "machines": pl.Float64,
    "in_transit": pl.Float64})


def machines_promised(chain: Chain) -> Machines:
    """Return the machines under promises of availability; none where positions, assets or customers are missing."""
    promises = chain.table("promises").filter(
        (pl.col("measure") == "availability") & pl.col("target_share").is_not_null()).sort("promise")
    if promises.is_empty() or not chain.has("positions", "assets", "customers"):
        return Machines(_NO_FAILURES, _NO_PARKS)
    failures, parks = [], []
    for promise in promises.iter_rows(named=True):
        machines = _under(chain, promise)
        failing = _failing(chain, machines, promise["criticality"]).with_columns(
            promise=pl.lit(promise["promise"]), offer=pl.lit(promise["offer"], pl.String),
            criticality=pl.lit(promise["criticality"], pl.String))
        failures.append(failing.select(_NO_FAILURES.columns))
        waiting = failing.group_by("segment").agg(
            in_transit=(pl.col("rate") * pl.col("transit")).sum() / _HOURS_PER_YEAR)
        parks.append(
            machines.group_by("segment").agg(machines=pl.len().cast(pl.Float64))
            .join(waiting, on="segment", how="inner", nulls_equal=True)
            .select(promise=pl.lit(promise["promise"]), segment="segment",
                    target_share=pl.lit(promise["target_share"], pl.Float64), machines="machines",
                    in_transit="in_transit"))
    return Machines(pl.concat([_NO_FAILURES, *failures]), pl.concat([_NO_PARKS, *parks]).sort("promise", "segment"))


def _under(chain: Chain, promise: dict[str, object]) -> pl.DataFrame:
    """Return the machines a promise covers, with model, segment and site of their customer."""
    customers = chain.table("customers").select("customer", "segment", "site")
    machines = chain.table("assets").select("asset", "customer", "model").join(customers, on="customer", how="inner")
    if promise["segment"] is not None:
        machines = machines.filter(pl.col("segment") == promise["segment"])
    if promise["offer"] is not None:
        # A contract that has not ended is in force.
        signed = chain.table("contracts").filter((pl.col("offer") == promise["offer"]) & pl.col("to_on").is_null()) \
            if chain.has("contracts") else pl.DataFrame(schema={"customer": pl.String})
        machines = machines.join(signed, on="customer", how="semi")
    return machines


def _failing(chain: Chain, machines: pl.DataFrame, criticality: object) -> pl.DataFrame:
    """Return what fails in these machines: segment, item, site, units a year, hours from the shelf to the machine."""
    positions = chain.table("positions").filter(pl.col("parent").is_null())
    if criticality is not None:
        critical = chain.table("items").filter(pl.col("criticality") == criticality)
        positions = positions.join(critical, on="item", how="semi")
    each = machines.filter(pl.col("site").is_not_null()).join(positions, on="model", how="inner")
    failing = each.group_by("segment", "item", "site").agg(rate=(pl.col("quantity") * pl.col("failure_rate")).sum())
    mile = pl.DataFrame(schema={"site": pl.String, "transit": pl.Float64})
    if chain.has("lanes"):
        mile = chain.table("lanes").filter(pl.col("from_site") == pl.col("to_site")).select(
            site="from_site", transit="duration")
    return failing.filter(pl.col("rate") > 0).join(mile, on="site", how="left").with_columns(
        pl.col("transit").fill_null(0.0)).sort("segment", "item", "site")
