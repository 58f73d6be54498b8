"""Which orders, riders and ways are there? From tables to arrays.

Minutes count from midnight before the first day. An order that nobody can find is left out, the others are planned.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.maths.places.location import great_circle
from arbitre.optimise._dispatch.rounds import ORDER, RIDER, Day
from arbitre.tables.chain import Chain

_ORDERS = """
WITH ready AS (SELECT "case", max(happened_at) AS ready_at FROM events WHERE step = $ready GROUP BY "case"),
promised AS (
    SELECT cases."case", min(promises."window") AS "window", arg_min(promises.late_cost, promises."window") AS late_cost
    FROM cases LEFT JOIN customers USING (customer) JOIN promises ON promises.kind = cases.kind
        AND promises.measure = 'window' AND promises."window" IS NOT NULL AND promises.step IS NULL
        AND (promises.offer IS NULL OR promises.offer = cases.offer)
        AND (promises.segment IS NULL OR promises.segment = customers.segment)
    WHERE cases.kind = $kind GROUP BY cases."case"
)
SELECT cases."case", cases.site, cases.customer, cases.opened_at,
    greatest(coalesce(ready.ready_at, cases.opened_at), cases.opened_at) AS ready_at, promised."window",
    coalesce(promised.late_cost, 0) AS late_cost, from_site.latitude, from_site.longitude,
    coalesce(customers.latitude, near.latitude) AS to_latitude,
    coalesce(customers.longitude, near.longitude) AS to_longitude
FROM cases LEFT JOIN customers USING (customer) LEFT JOIN ready USING ("case") LEFT JOIN promised USING ("case")
    LEFT JOIN sites AS from_site ON from_site.site = cases.site LEFT JOIN sites AS near ON near.site = customers.site
WHERE cases.kind = $kind AND ($since IS NULL OR cases.opened_at >= $since)
    AND ($until IS NULL OR cases.opened_at < $until)
ORDER BY cases.opened_at, cases."case"
"""
_SHIFTS = """
SELECT crews.crew, crews.site, crews.cost, shifts.weekday, coalesce(shifts.starts, 0) AS starts,
    coalesce(shifts.ends, 24) AS ends, coalesce(shifts.heads, crews.heads) AS heads, sites.latitude, sites.longitude
FROM crews LEFT JOIN shifts USING (crew) LEFT JOIN sites ON sites.site = crews.site
WHERE coalesce(shifts.heads, crews.heads) > 0
    AND ($step = '' OR crews.crew IN (SELECT crew FROM needs WHERE step = $step))
ORDER BY ALL
"""
_MOST_PLACES = 8_000
"""Places beyond which the ways between them no longer fit into memory at ease."""
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Question:
    """Orders and riders, row by row those of the arrays, and the minute from which all are counted.

    orders: case, site, customer, opened_at, ready_at, window, late_cost; riders: crew, cost (money/h);
    unknown: orders left out, as nobody knows where they are.
    """

    day: Day
    start: datetime
    orders: pl.DataFrame
    riders: pl.DataFrame
    unknown: pl.DataFrame

    def at(self, minutes: np.ndarray) -> pl.Series:
        """Return times from minutes; empty where not a number."""
        microseconds = pl.Series(minutes, dtype=pl.Float64).fill_nan(None) * 60e6
        return microseconds.cast(pl.Int64).cast(pl.Duration("us")) + self.start


@dataclass(frozen=True)
class Ask:
    """Which cases and crews, and how riders travel: kilometres of road for one of the great circle, km an hour."""

    kind: str
    since: date | None
    until: date | None
    ready: str
    step: str
    detour: float
    speed: float
    order_pay: float
    age: float


def question_of(chain: Chain, ask: Ask) -> Question:
    """Return what is to be dispatched.

    Raises Unsupported when there is no case of that kind, or more places than can be looked at.
    """
    until = ask.until + timedelta(days=1) if ask.until else None
    found = chain.sql(_ORDERS, kind=ask.kind, since=ask.since, until=until, ready=ask.ready)
    if not found.height:
        between = f" between {ask.since or 'the start'} and {ask.until or 'the end'}" if ask.since or ask.until else ""
        raise Unsupported(f"No case of kind {ask.kind} is placed{between}: put --kind, --since or --until otherwise.")
    known = ~pl.any_horizontal(pl.col("latitude", "longitude", "to_latitude", "to_longitude").is_null())
    orders, unknown = found.filter(known), found.filter(~known)
    start = datetime.combine(found["opened_at"][0], time())
    orders = orders.with_columns(placed=_minutes("opened_at", start), ready=_minutes("ready_at", start))
    riders = _riders(chain, ask, orders, start)
    day, orders = _day(chain, ask, orders, riders)
    return Question(day, start, orders, riders, unknown)


def _minutes(column: str, start: datetime) -> pl.Expr:
    """Whole minutes from the start, rounded up: nothing is known before it is placed, nothing picked up unready."""
    return ((pl.col(column) - start).dt.total_microseconds() / 60e6).ceil()


def _riders(chain: Chain, ask: Ask, orders: pl.DataFrame, start: datetime) -> pl.DataFrame:
    """Return the riders on duty while there are orders: crew, site, cost, on, off (minutes), coordinates."""
    placed = orders["placed"].to_numpy()
    first, last = placed.min(initial=np.inf), placed.max(initial=0.0) + ask.age
    rows = []
    for shift in chain.sql(_SHIFTS, step=ask.step).iter_rows(named=True):
        for day in range(-1, int(last // 1440) + 1):
            weekday = _WEEKDAYS[(start + timedelta(days=day)).weekday()]
            on = day * 1440 + round(shift["starts"] * 60)
            off = day * 1440 + round(shift["ends"] * 60) + (1440 if shift["ends"] <= shift["starts"] else 0)
            if shift["weekday"] in (None, weekday) and on <= last and off >= first:
                rows += [{**shift, "on": float(on), "off": float(off)}] * shift["heads"]
    types = {"crew": pl.String, "site": pl.String, "cost": pl.Float64, "on": pl.Float64, "off": pl.Float64,
             "latitude": pl.Float64, "longitude": pl.Float64}
    return pl.DataFrame(rows, schema_overrides=types).select(list(types)) if rows else pl.DataFrame(schema=types)


def _day(chain: Chain, ask: Ask, orders: pl.DataFrame, riders: pl.DataFrame) -> tuple[Day, pl.DataFrame]:
    """Return the arrays, and the orders in their order."""
    pickups = orders.unique("site").sort("site").select("site", "latitude", "longitude")
    doors = orders.unique(["to_latitude", "to_longitude"]).sort("to_latitude", "to_longitude").select(
        latitude="to_latitude", longitude="to_longitude")
    starts = riders.unique(["latitude", "longitude"]).drop_nulls(["latitude", "longitude"]).sort(
        "latitude", "longitude").select("latitude", "longitude")
    places = pl.concat([pickups.select("latitude", "longitude"), doors, starts])
    if places.height > _MOST_PLACES:
        raise Unsupported(f"{places.height:,} places are too many for one run: at most {_MOST_PLACES:,}. Take fewer "
                          "days, with --since and --until.")
    latitude, longitude = (places[name].to_numpy().astype(float) for name in ("latitude", "longitude"))
    hours = great_circle(latitude, longitude, latitude, longitude) * ask.detour / ask.speed
    # A hair is taken off, lest rounding make 5.0000001 minutes six.
    travel = np.minimum(np.ceil(hours * 60.0 - 1e-6), np.iinfo(np.int16).max).astype(np.int16)
    at = {place: number + pickups.height for number, place in enumerate(doors.iter_rows())}
    begins = {place: number + pickups.height + doors.height for number, place in enumerate(starts.iter_rows())}
    site = {name: number for number, name in enumerate(pickups["site"])}
    asked, told = np.zeros(orders.height, ORDER), np.zeros(riders.height, RIDER)
    asked["placed"], asked["ready"] = orders["placed"].to_numpy(), orders["ready"].to_numpy()
    asked["due"] = (orders["placed"] + orders["window"].fill_null(np.inf) * 60.0).to_numpy()
    asked["late"] = orders["late_cost"].to_numpy()
    asked["pickup"] = [site[name] for name in orders["site"]]
    asked["door"] = [at[place] for place in orders.select("to_latitude", "to_longitude").iter_rows()]
    told["on"], told["off"] = riders["on"].to_numpy(), riders["off"].to_numpy()
    # Who starts nowhere in particular starts where most orders come from.
    busiest = site[orders["site"].mode().sort()[0]] if orders.height else 0
    told["place"] = [begins.get(place, busiest) for place in riders.select("latitude", "longitude").iter_rows()]
    paid = (riders["off"] - riders["on"]).to_numpy() / 60.0 * riders["cost"].to_numpy()
    told["covered"] = np.floor(paid / ask.order_pay) if ask.order_pay else np.inf
    return Day(travel, _may(chain, riders, site), asked, told), orders


def _may(chain: Chain, riders: pl.DataFrame, site: dict[str, int]) -> np.ndarray:
    """Return whether each rider serves each pick-up site: (riders, sites)."""
    may = np.ones((riders.height, max(1, len(site))), np.bool_)
    if not chain.has("lanes"):
        return may
    lanes = set(chain.table("lanes").select("from_site", "to_site").iter_rows())
    for rider, start in enumerate(riders["site"]):
        for name, number in site.items():
            may[rider, number] = start is None or start == name or (start, name) in lanes
    return may
