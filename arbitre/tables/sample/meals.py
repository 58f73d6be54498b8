"""How does a restaurant delivery look from the inside? A city in three zones, drawn from a seed, with planted truths.

A city 12 km wide has a hub of riders in each zone; riders serve the sites that a lane joins to their hub: those of
their zone and of the centre. Orders come from Thursday to Saturday, at noon and in the evening, one in four of a
member, who is promised more. As people dispatched by hand, an order waited HAND_WAIT minutes for its rider on average.

Planted, and told in `expect`: on the second evening SICK riders of the centre are missing (crunch); one site lies where
no lane leads, one customer's address was never found, some orders are ready too late, and on the last day, a Sunday,
nobody is on duty (lost).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.frames import shaped
from arbitre.tables.sample.aftersales import Sample, ScaleName

FIRST = datetime(2026, 3, 5)
"""A Thursday."""
ZONES = {"NORTH": (0.0, 3.0), "CENTRE": (0.0, 0.0), "SOUTH": (0.5, -3.5)}
"""Hub of each zone: kilometres east and north of the middle of the city."""
MIDDLE = (45.76, 4.84)
DAYS = 3
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
SIZES: dict[ScaleName, tuple[int, int]] = {"small": (8, 220), "medium": (30, 700), "large": (60, 2000)}
"""Restaurants of a zone, orders of a day."""
SHIFTS = (("11", 11.0, 15.0, 1.0), ("18", 18.0, 23.0, 1.0), ("19", 19.0, 22.0, 0.4))
"""Name of a crew, hours, and its part of the riders of the zone in the evening."""
ORDERS_EACH = 9.0
"""Orders of an evening for each rider of its longest shift."""
SICK = 0.5
"""Share of the riders of the centre missing on the second evening."""
HAND_WAIT = 9.0
MEMBER_SHARE = 0.25
UNKNOWN, SLOW, SUNDAY, BARRED = 1, 3, 5, 4
"""Orders to an address nobody knows, ready too late, placed on Sunday, and from the site nobody serves."""
SETTINGS = {
    "name": "Meals",
    "sentence": "A city's restaurant delivery: riders in three zones, members who are promised 35 minutes.",
    "currency": "EUR", "time_zone": "Europe/Paris", "language": "en", "capabilities": {"optimise.dispatch": {}},
}


def meals(scale: ScaleName, seed: int) -> Sample:
    """Return the chain of a restaurant delivery; the same scale and seed give the same one."""
    each, orders = SIZES[scale]
    rng = stream(seed, "sample.meals")
    sites, at = _sites(each, rng)
    placed = _orders(orders, sites, rng)
    doors = np.array([at[name] for name in placed["site"]]) + rng.normal(0.0, 1.2, (placed.height, 2))
    cases = placed.with_columns(
        case=_named("K", placed.height), customer=_named("C", placed.height),
        segment=pl.Series(np.where(rng.random(placed.height) < MEMBER_SHARE, "MEMBER", "GUEST")),
    ).with_columns(offer=pl.col("segment").replace_strict({"MEMBER": "CLUB", "GUEST": "BASIC"}))
    known = np.arange(placed.height) >= UNKNOWN
    latitude, longitude = _degrees(doors)
    customers = cases.select("customer", "segment", latitude=pl.when(pl.Series(known)).then(pl.Series(latitude)),
                             longitude=pl.when(pl.Series(known)).then(pl.Series(longitude)))
    crews, shifts = _riders(orders)
    tables = {
        "sites": sites, "lanes": _lanes(sites, at), "customers": customers, "crews": crews, "shifts": shifts,
        "segments": pl.DataFrame({"segment": ["GUEST", "MEMBER"], "name": ["Guests", "Members"]}),
        "offers": pl.DataFrame({"offer": ["BASIC", "CLUB"], "price": [3.5, 1.0]}),
        "promises": pl.DataFrame({
            "promise": ["BASIC-45", "CLUB-35"], "offer": ["BASIC", "CLUB"], "window": [45 / 60, 35 / 60],
            "target_share": [0.9, 0.9], "period": ["week", "week"], "late_cost": [3.0, 8.0]}),
        "metrics": _metrics(), **_facts(cases, doors, at, rng),
    }
    return Sample(SETTINGS, {name: shaped(INPUTS[name], frame) for name, frame in tables.items()}, _expect())


def _named(letter: str, count: int) -> pl.Series:
    return pl.Series([f"{letter}{number:05d}" for number in range(1, count + 1)])


def _degrees(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return latitude and longitude, to about a metre, of kilometres east and north (n, 2)."""
    latitude = MIDDLE[0] + places[:, 1] / 111.2
    return latitude.round(5), (MIDDLE[1] + places[:, 0] / (111.2 * np.cos(np.radians(MIDDLE[0])))).round(5)


def _sites(each: int, rng: np.random.Generator) -> tuple[pl.DataFrame, dict[str, np.ndarray]]:
    """Return hubs and restaurants, and where each is; the last one lies across the river, where no lane leads."""
    at = {zone: np.array(hub) for zone, hub in ZONES.items()}
    for zone, hub in ZONES.items():
        at |= {f"{zone[0]}{number:02d}": hub + rng.normal(0.0, 1.0, 2) for number in range(1, each + 1)}
    at["ISLE"] = np.array([5.5, 1.0])
    latitude, longitude = _degrees(np.array(list(at.values())))
    return pl.DataFrame({"site": list(at), "kind": "local", "latitude": latitude, "longitude": longitude}), at


def _lanes(sites: pl.DataFrame, at: dict[str, np.ndarray]) -> pl.DataFrame:
    """Return the ways from each hub to the sites that its riders serve."""
    rows = [(zone, site, round(float(np.hypot(*(at[zone] - at[site])) * 1.3 / 20.0), 4))
            for zone in ZONES for site in sites["site"] if site[0] in (zone[0], "C") and site not in ZONES]
    return pl.DataFrame(rows, schema=["from_site", "to_site", "duration"], orient="row")


def _riders(orders: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return crews and their shifts, never on Sunday."""
    evening = orders * 0.6 / ORDERS_EACH / len(ZONES)
    rows = []
    for zone in ZONES:
        for name, starts, ends, part in SHIFTS:
            heads = max(1, round(evening * part))
            rows += [(f"{zone}-{name}", zone, day, starts, ends,
                      round(heads * (1 - SICK)) if (zone, day, starts >= 18) == ("CENTRE", "friday", True) else heads)
                     for day in WEEKDAYS]
    shifts = pl.DataFrame(rows, schema=["crew", "site", "weekday", "starts", "ends", "heads"], orient="row")
    return shifts.unique("crew", maintain_order=True).select("crew", "site", cost=pl.lit(12.0)), shifts.drop("site")


def _orders(orders: int, sites: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return when each order is placed, when it is ready and where, in the order they come."""
    served = sites.filter(~pl.col("site").is_in([*ZONES, "ISLE"]))["site"].to_list()
    noon = rng.random(DAYS * orders) < 0.4
    minute = np.where(noon, rng.normal(12.6 * 60, 35, noon.size), rng.normal(19.9 * 60, 50, noon.size))
    minute = np.clip(minute, 11 * 60 + 5, np.where(noon, 14 * 60, 21.75 * 60))
    minute += np.repeat(np.arange(DAYS), orders) * 1440
    site = rng.choice(np.array(served, dtype=object), noon.size)
    ready = np.maximum(5.0, rng.gamma(6.0, 2.6, noon.size))
    odd = rng.choice(np.flatnonzero(~noon), SLOW + BARRED, replace=False)
    ready[odd[:SLOW]] = 120.0
    site[odd[SLOW:]] = "ISLE"
    sunday = (6 - FIRST.weekday()) * 1440 + np.linspace(19 * 60, 20 * 60, SUNDAY)
    minute, ready = np.append(minute, sunday).round(), np.append(ready, np.full(SUNDAY, 12.0)).round()
    frame = pl.DataFrame({"minute": minute, "ready": ready, "site": np.append(site, served[:SUNDAY])})
    return frame.sort("minute", maintain_order=True).select(
        "site", opened_at=FIRST + pl.duration(minutes=pl.col("minute")),
        ready_at=FIRST + pl.duration(minutes=pl.col("minute") + pl.col("ready")))


def _facts(cases: pl.DataFrame, doors: np.ndarray, at: dict[str, np.ndarray], rng: np.random.Generator
           ) -> dict[str, pl.DataFrame]:
    """Return cases and events as they were when people dispatched."""
    ride = np.hypot(*(doors - np.array([at[name] for name in cases["site"]])).T) * 1.3 / 20.0 * 60.0 + 4.0
    wait = rng.exponential(HAND_WAIT, cases.height)
    told = cases.with_columns(
        wait=pl.Series((wait * 60.0).round()), ride=pl.Series((ride * 60.0).round())).with_columns(
        picked_up_at=(pl.col("ready_at") + pl.duration(seconds="wait")).dt.truncate("1m")).with_columns(
        closed_at=(pl.col("picked_up_at") + pl.duration(seconds="ride")).dt.truncate("1m"))
    ready = told.select("case", "site", step=pl.lit("ready"), happened_at="ready_at")
    picked = told.select("case", "site", step=pl.lit("picked up"), happened_at="picked_up_at", started_at="ready_at")
    events = pl.concat([ready, picked], how="diagonal").sort("happened_at", "case", "step")
    return {"cases": told.with_columns(kind=pl.lit("order"), quantity=1.0), "events": events}


def _metrics() -> pl.DataFrame:
    """Return the measures the trade names."""
    return pl.DataFrame([
        {"metric": "click_to_door", "name": "Click to door", "kind": "simple", "table": "cases",
         "measure": "closed_at - opened_at", "aggregation": "mean", "unit": "h", "better": "lower"},
        {"metric": "ready_to_pickup", "name": "Ready to pick-up", "kind": "simple", "table": "events",
         "measure": "happened_at - started_at", "aggregation": "mean", "filter": "step = picked up", "unit": "h",
         "better": "lower"},
        {"metric": "members_in_time", "name": "Members in time", "kind": "promise", "promise": "CLUB-35",
         "better": "higher", "unit": "share", "target": 0.9},
    ])


def _expect() -> dict[str, pl.DataFrame]:
    """Return what was planted."""
    return {
        "lost": pl.DataFrame({"reason": ["nowhere", "never_in_time", "nobody_may", "no_rider"],
                              "orders": [UNKNOWN, SLOW, BARRED, SUNDAY]}),
        "crunch": pl.DataFrame({"day": [(FIRST + timedelta(days=1)).date()], "hours_from": [18.0], "hours_to": [22.0],
                                "site": ["CENTRE"], "missing_share": [SICK]}),
    }
