"""Where demand arises, under which promises, and how far it is from each site: from tables to arrays.

A place is a customer where cases tell who asks, else the site that `demand` names. Its demand is told by class: the
place and the promises made about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.maths.places.location import Floats, great_circle
from arbitre.tables.chain import Chain

_OF_CASES = """
SELECT cases.customer AS place, cases.offer, customers.segment, items.criticality, cases.item,
    count(*) / $years AS shipments, CAST(sum(CAST(coalesce(cases.quantity, 1) AS DECIMAL(18, 6))) AS DOUBLE) / $years
    AS units
FROM cases JOIN customers USING (customer) LEFT JOIN items USING (item)
WHERE cases.kind = $kind
GROUP BY ALL
"""
_OF_DEMAND = """
SELECT site AS place, offer, segment, criticality, item,
    CAST(sum(CAST(rate / coalesce(size, 1) AS DECIMAL(18, 6))) AS DOUBLE) / $years AS shipments,
    CAST(sum(CAST(rate AS DECIMAL(18, 6))) AS DOUBLE) / $years AS units
FROM demand
WHERE $kind IS NOT NULL AND rate > 0
GROUP BY ALL
"""
_YEARS = """
SELECT (date_diff('day', min(opened_at), max(opened_at)) + 1) / 365.25 AS years
FROM cases JOIN customers USING (customer) WHERE kind = $kind
"""
_PROMISED = """
WITH classes AS (SELECT DISTINCT offer, segment, criticality FROM asked),
made AS (
    SELECT classes.*, list(promise ORDER BY promise) AS promises, min("window") AS "window"
    FROM classes JOIN promises ON promises.kind = $kind AND promises.measure = 'window'
        AND promises."window" IS NOT NULL
        AND (promises.offer IS NULL OR promises.offer = classes.offer)
        AND (promises.segment IS NULL OR promises.segment = classes.segment)
        AND (promises.criticality IS NULL OR promises.criticality = classes.criticality)
    GROUP BY classes.offer, classes.segment, classes.criticality
)
SELECT asked.place, coalesce(array_to_string(made.promises, ', '), '') AS promised, made.promises, made."window",
    asked.item, asked.shipments, asked.units
FROM asked LEFT JOIN made ON asked.offer IS NOT DISTINCT FROM made.offer
    AND asked.segment IS NOT DISTINCT FROM made.segment AND asked.criticality IS NOT DISTINCT FROM made.criticality
ORDER BY ALL
"""
_NAMED = 5
"""Rows named in a sentence to the user."""


@dataclass(frozen=True)
class Demand:
    """What is asked in a year, where and under which promises.

    classes, by number: place, promised (text), promises (list), window (h, the shortest), shipments, units; items:
    item and units, in many rows; source, the table that places are rows of.
    """

    classes: pl.DataFrame
    items: pl.DataFrame
    source: Literal["customers", "sites"]


@dataclass(frozen=True)
class Ways:
    """From site to place: kilometres, hours and cost of one shipment, (sites, places); inf where there is no way."""

    distance: Floats
    hours: Floats
    cost: Floats


@dataclass(frozen=True)
class Travel:
    """How a distance becomes time and money: road over great circle, km an hour, hours before leaving, money a km."""

    detour: float
    speed: float
    handling: float
    cost_per_km: float


def demand_of(chain: Chain, kind: str) -> Demand:
    """Return what is asked in a year. Raises Unsupported when neither cases of known customers nor `demand` tell."""
    years = chain.sql(_YEARS, kind=kind)["years"].item() if chain.has("cases", "customers") else None
    if years is None and not chain.has("demand"):
        raise Unsupported(f"Nothing says where demand arises: no case of kind {kind} names a customer, and there is no "
                          "table demand. Fill customer in cases, or bring demand.")
    asked = chain.sql(_OF_DEMAND if years is None else _OF_CASES, kind=kind, years=years or 1.0)
    rows = chain.sql_with({"asked": asked}, _PROMISED, kind=kind)
    rows = rows.with_columns(number=pl.struct("place", "promised").rank("dense").cast(pl.Int64) - 1)
    classes = rows.group_by("number").agg(
        pl.col("place", "promised", "promises", "window").first(), pl.col("shipments", "units").sum()).sort("number")
    items = rows.drop_nulls("item").select("item", "units")
    return Demand(classes, items, "customers" if years is not None else "sites")


def places_of(chain: Chain, demand: Demand) -> pl.DataFrame:
    """Return the place of each class: place, near (site), latitude, longitude; those of the site where not its own."""
    sites = chain.table("sites").select("site", "latitude", "longitude")
    own = sites.select(place="site", near="site", latitude="latitude", longitude="longitude")
    if demand.source == "customers":
        own = chain.table("customers").select(
            place="customer", near="site", latitude="latitude", longitude="longitude")
    near = sites.rename({"site": "near", "latitude": "near_latitude", "longitude": "near_longitude"})
    placed = pl.col("latitude").is_not_null() & pl.col("longitude").is_not_null()
    return (
        demand.classes.select("place").join(own, on="place", how="left", maintain_order="left")
        .join(near, on="near", how="left", maintain_order="left")
        .select("place", "near", latitude=pl.when(placed).then("latitude").otherwise("near_latitude"),
                longitude=pl.when(placed).then("longitude").otherwise("near_longitude"))
    )


def ways_of(chain: Chain, sites: pl.DataFrame, places: pl.DataFrame, by: Literal["coordinates", "lanes"],
            travel: Travel) -> Ways:
    """Return the ways from the sites to the places, by coordinates or by lanes.

    Raises Unsupported that names the sites or places whose coordinates, or whose site, are missing.
    """
    if by == "coordinates":
        return _over_ground(sites, places, travel)
    _refuse_missing(places, "place", ["near"], "customers", "site")
    lanes = chain.table("lanes").select("from_site", "to_site", "duration", "cost")
    at = {name: number for number, name in enumerate(sites["site"])}
    hours, cost = (np.full((sites.height, sites.height), np.inf) for _ in range(2))
    for start, end, duration, money in lanes.iter_rows():
        hours[at[start], at[end]], cost[at[start], at[end]] = duration, money
    end = [at[name] for name in places["near"]]
    distance = np.full((sites.height, places.height), np.nan)
    if not sites.select(pl.any_horizontal(pl.col("latitude", "longitude").is_null()).any()).item():
        distance = _kilometres(sites, places) * travel.detour
    return Ways(distance, hours[:, end], cost[:, end])


def _over_ground(sites: pl.DataFrame, places: pl.DataFrame, travel: Travel) -> Ways:
    _refuse_missing(sites, "site", ["latitude", "longitude"], "sites", "latitude and longitude")
    _refuse_missing(places, "place", ["latitude", "longitude"], "customers", "latitude and longitude, or site")
    distance = _kilometres(sites, places) * travel.detour
    return Ways(distance, travel.handling + distance / travel.speed, distance * travel.cost_per_km)


def _kilometres(sites: pl.DataFrame, places: pl.DataFrame) -> Floats:
    return great_circle(*(frame[name].to_numpy().astype(float) for frame in (sites, places)
                          for name in ("latitude", "longitude")))


def _refuse_missing(frame: pl.DataFrame, key: str, columns: list[str], table: str, what: str) -> None:
    absent = frame.filter(pl.any_horizontal(pl.col(columns).is_null()))[key].unique().sort().to_list()
    if absent:
        raise Unsupported(f"Nobody knows where {len(absent)} are: {named(absent)}. Fill {what} in {table}.")


def named(names: list[str]) -> str:
    """Return a few of the names, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
