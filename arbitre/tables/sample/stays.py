"""How do furnished flats in a city look from the inside? Three districts, drawn from a seed, with planted truths.

Flats are let for some nights and turned over between two stays: cleaned by a team of their district, then inspected
by a lead who goes round the city. Sets of linen go out with a stay and come back through the laundry, which fetches
them in the evening, never on Sunday. At night units on call go to guests who are locked out, or have a leak; a spare
key goes with some, and is back a day or two later. Six weeks of facts end with FIRST, the day whose visits are still
open: inspections in the last hours before check-in, when the cleaning is over. Bookings go on for LEADS days.

Planted, and told in `expect`: the team of LATE_AT begins LATE hours late; what the laundry fetches on Monday takes
twice as long; one key too few lies in SHORT_AT; and both units on call wait in one district.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.core.week import WEEKDAYS
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.frames import shaped
from arbitre.tables.sample.aftersales import Sample, ScaleName

FIRST = datetime(2026, 3, 9)
"""A Monday."""
PAST, LEADS = 42, 14
DISTRICTS = {"OLD": (0.0, 0.0), "HILL": (-1.5, 3.0), "QUAY": (3.5, -2.0)}
"""Store of each district: kilometres east and north of the middle of the city."""
MIDDLE = (43.61, 3.88)
FLATS: dict[ScaleName, int] = {"small": 20, "medium": 60, "large": 200}
"""Flats of a district."""
SIZES = {"SET-S": (1.2, 60.0), "SET-L": (1.8, 110.0)}
"""Linen of small and large flats: hours of cleaning, price of a set."""
OUT, CLEANED, IN = 11.0, 15.0, 17.0
"""Hours of check-out, by which flats are cleaned and may be inspected, and of check-in."""
CHECK = 0.3
"""Hours of an inspection."""
LATE_AT, LATE, SHORT_AT = "QUAY", 2.2, "HILL"
WASH = {"laundry": 20.0, "laundry monday": 40.0}
"""Hours from fetched to back."""
FETCHED = 18.0
NIGHTS = {"OLD": (4.0, 1.2), "HILL": (1.6, 0.5), "QUAY": (1.6, 0.5)}
"""Incidents a week in each district, and how many of them take a key."""
KEY_DAYS, KEY_SHORT = 1.5, 0.02
NIGHTS_STAYED = np.array([0.08, 0.22, 0.26, 0.18, 0.1, 0.06, 0.1])
"""How often guests stay one night, two, ... seven; half as often again if that takes them to a Monday."""
ASKED = 40.0
"""Messages a day."""
SETTINGS = {
    "name": "Stays", "sentence": "Furnished flats in three districts: turned over between stays, with help at night.",
    "currency": "EUR", "time_zone": "Europe/Paris", "language": "en",
    "capabilities": {
        "optimise.routes": {"kind": "turnover, inspection", "buffers": "priced"},
        "optimise.loops": {"step": "laundry, laundry monday"},
        "optimise.standby": {"starts": 22.0, "ends": 7.0},
        "simulate.proof": {"crews": "plan", "levels": "today", "least": 8, "most": 8},
    },
}


def stays(scale: ScaleName, seed: int) -> Sample:
    """Return the chain of furnished flats; the same scale and seed give the same one."""
    rng = stream(seed, "sample.stays")
    flats, sites = _flats(FLATS[scale], rng)
    lets = _lets(flats, rng)
    turns, visits = _turnovers(lets.join(flats.select("customer", "segment"), on="customer"), rng)
    cases, events = _facts(turns, lets, FLATS[scale] / FLATS["small"], rng)
    crews, shifts = _people(FLATS[scale])
    taken = {site: week * FLATS[scale] / FLATS["small"] for site, (_, week) in NIGHTS.items()}
    keys = {site: _keys(week) for site, week in taken.items()}
    tables = {
        "segments": pl.DataFrame({"segment": ["CITY", "PRIME"], "name": ["City flats", "Prime homes"]}),
        "sites": sites, "customers": flats.select("customer", "segment", "site", "latitude", "longitude"),
        "lanes": _lanes(), "items": _items(), "stocks": _stocks(flats, keys),
        "demand": pl.DataFrame([{"item": "KEYS", "site": site, "rate": round(week * 365.25 / 7.0, 2)}
                                for site, week in taken.items()]),
        "bookings": _bookings(lets), "promises": _promises(), "metrics": _metrics(),
        "crews": crews, "shifts": shifts, **_process(FLATS[scale] / FLATS["small"]),
        "cases": cases, "events": events, **visits,
    }
    return Sample(SETTINGS, {name: shaped(INPUTS[name], frame) for name, frame in tables.items()}, _expect(keys))


def _flats(each: int, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the flats (with their linen) and the sites: a store in each district."""
    places = np.concatenate([np.array(at) + rng.normal(0.0, 0.7, (each, 2)) for at in DISTRICTS.values()])
    latitude, longitude = _degrees(places)
    large = rng.random(len(places)) < 0.4
    flats = pl.DataFrame({
        "customer": [f"F{number:03d}" for number in range(1, len(places) + 1)],
        "segment": np.where(large & (rng.random(len(places)) < 0.6), "PRIME", "CITY"),
        "site": np.repeat(list(DISTRICTS), each), "latitude": latitude, "longitude": longitude,
        "item": np.where(large, "SET-L", "SET-S")})
    latitude, longitude = _degrees(np.array(list(DISTRICTS.values())))
    return flats, pl.DataFrame({"site": list(DISTRICTS), "kind": "local", "latitude": latitude, "longitude": longitude})


def _degrees(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return latitude and longitude, to about a metre, of kilometres east and north (n, 2)."""
    latitude = MIDDLE[0] + places[:, 1] / 111.2
    return latitude.round(5), (MIDDLE[1] + places[:, 0] / (111.2 * np.cos(np.radians(MIDDLE[0])))).round(5)


def _lanes() -> pl.DataFrame:
    """Return the ways at night between the stores, and from each to the flats around it."""
    return pl.DataFrame([
        {"from_site": start, "to_site": end, "cost": 0.0,
         "duration": round(0.15 + float(np.hypot(*(np.array(at) - there))) * 1.3 / 22.0, 3)}
        for start, at in DISTRICTS.items() for end, there in DISTRICTS.items()])


def _lets(flats: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return the stays in each flat, one after the other: from and to, in days from FIRST."""
    rows = []
    for flat in flats.iter_rows(named=True):
        day = -PAST - int(rng.integers(0, 5))
        while day < LEADS:
            often = NIGHTS_STAYED * np.where((day + np.arange(1, 8)) % 7 == 0, 1.5, 1.0)
            nights = int(rng.choice(np.arange(1, 8), p=often / often.sum()))
            rows.append((*(flat[name] for name in ("customer", "site", "item")), day, day + nights))
            day += nights + (0 if rng.random() < 0.6 else int(rng.integers(1, 4)))
    return pl.DataFrame(rows, schema=["customer", "site", "item", "first", "last"], orient="row")


def _hour(day: pl.Expr, hour: float | pl.Expr) -> pl.Expr:
    """Return the time, to the minute, of an hour of a day."""
    return FIRST + pl.duration(minutes=(day * 1440 + hour * 60).round())


def _bookings(lets: pl.DataFrame) -> pl.DataFrame:
    """Return which linen goes out with which stay: made up before the guests come, given back when they leave."""
    return lets.sort("first", "customer").with_columns(
        booking=pl.format("B{}", pl.int_range(1, pl.len() + 1)), quantity=pl.lit(1),
        out_at=_hour(pl.col("first"), OUT + 1.0), back_at=_hour(pl.col("last"), OUT))


def _turnovers(lets: pl.DataFrame, rng: np.random.Generator
                ) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """Return each turnover until the day still open, cleaned and inspected when, and what is known of its visits."""
    turns = lets.sort("customer", "first").with_columns(then=pl.col("first").shift(-1).over("customer")).filter(
        pl.col("then").is_not_null(), pl.col("last") <= 0, pl.col("last") >= -PAST).sort("last", "customer")
    work = turns["item"].replace_strict({item: hours for item, (hours, _) in SIZES.items()}, return_dtype=pl.Float64)
    begins = OUT + 0.2 + rng.exponential(0.8, turns.height) + np.where(turns["site"] == LATE_AT, LATE, 0.0)
    cleaned = begins + work.to_numpy() * rng.gamma(16.0, 1 / 16.0, turns.height)
    turns = turns.with_columns(
        turn=pl.format("T{}", pl.int_range(1, pl.len() + 1)), work=work, begins=pl.Series(begins),
        cleaned=pl.Series(cleaned), inspected=pl.Series(cleaned + 0.1 + rng.exponential(0.35, turns.height) + CHECK))
    today = turns.filter(last=0)
    # Nobody waits for the other: flats are inspected from an hour on by which all are cleaned.
    clean = today.select(case="turn", opens_at=_hour(pl.col("last"), OUT),
                         closes_at=_hour(pl.col("last"), CLEANED - pl.col("work")))
    check = today.select(case=pl.format("I{}", pl.col("turn").str.slice(1)),
                         opens_at=_hour(pl.col("last"), CLEANED), closes_at=_hour(pl.col("last"), IN - 1.5 * CHECK))
    planned = today.select(case="turn", crew=pl.format("team {}", "site"), standing=pl.when(
        pl.col("segment") == "PRIME").then(pl.lit("fixed")).otherwise(pl.lit("planned")))
    work = today.select(case="turn", attribute=pl.lit("work"), value=pl.col("work").cast(pl.String))
    return turns, {"visit_windows": pl.concat([clean, check]), "planned_visits": planned, "attributes": work}


def _facts(turns: pl.DataFrame, lets: pl.DataFrame, scale: float, rng: np.random.Generator
           ) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return cases and events: turnovers and inspections, nights, messages, what the laundry fetched."""
    is_done = pl.col("last") < 0
    turned = turns.select(
        "customer", "site", case="turn", kind=pl.lit("turnover"), opened_at=_hour(pl.col("last"), OUT),
        promised_at=_hour(pl.col("then"), IN),
        closed_at=pl.when(is_done).then(_hour(pl.col("last"), pl.col("inspected"))),
        begins=_hour(pl.col("last"), pl.col("begins")), cleaned=_hour(pl.col("last"), pl.col("cleaned")))
    checks = turns.filter(last=0).select(
        "customer", "site", case=pl.format("I{}", pl.col("turn").str.slice(1)), kind=pl.lit("inspection"),
        opened_at=_hour(pl.col("last"), OUT), promised_at=_hour(pl.col("last"), IN))
    done = turned.filter(pl.col("closed_at").is_not_null())
    clean = done.select("case", "site", step=pl.lit("clean"), started_at="begins", happened_at="cleaned",
                        resource=pl.format("team {}", "site"))
    check = done.select("case", "site", step=pl.lit("inspect"), happened_at="closed_at", resource=pl.lit("lead"))
    nights = _nights(scale, rng)
    helped = nights.select("case", "site", step=pl.lit("help"), happened_at="closed_at")
    cases = pl.concat([turned.drop("begins", "cleaned"), checks, nights, _messages(scale, rng), _loads(lets, rng)],
                      how="diagonal")
    events = pl.concat([clean, check, helped], how="diagonal").sort("happened_at", "case", "step")
    return cases.sort("opened_at", "case").with_columns(quantity=pl.lit(1.0)), events


def _nights(scale: float, rng: np.random.Generator) -> pl.DataFrame:
    """Return the incidents of the weeks past."""
    rows = []
    for site, (week, _) in NIGHTS.items():
        for _ in range(rng.poisson(week * scale * PAST / 7.0)):
            opened = round((rng.integers(-PAST, 0) + (22.0 + 9.0 * rng.random()) / 24.0) * 1440.0)
            rows.append((site, opened, opened + round(60.0 * (0.35 + 0.5 * rng.gamma(4.0, 0.25)))))
    return pl.DataFrame(sorted(rows, key=lambda row: row[1]), schema=["site", "opened", "closed"], orient="row").select(
        "site", case=pl.format("N{}", pl.int_range(1, pl.len() + 1)), kind=pl.lit("incident"),
        opened_at=FIRST + pl.duration(minutes="opened"), closed_at=FIRST + pl.duration(minutes="closed"))


def _messages(scale: float, rng: np.random.Generator) -> pl.DataFrame:
    """Return the messages of the last week, and when each was answered."""
    count = rng.poisson(ASKED * scale * 7)
    opened = np.sort((rng.integers(-7, 0, count) * 1440 + (8.0 + 14.0 * rng.beta(2.0, 1.6, count)) * 60.0).round())
    taken = np.maximum(1.0, rng.gamma(1.6, 4.5, count)).round()
    return pl.DataFrame({"opened": opened, "taken": taken}).select(
        case=pl.format("M{}", pl.int_range(1, pl.len() + 1)), kind=pl.lit("message"),
        opened_at=FIRST + pl.duration(minutes="opened"),
        closed_at=FIRST + pl.duration(minutes=pl.col("opened") + pl.col("taken")))


def _loads(lets: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return what the laundry fetched from each district, and when it was back."""
    given = lets.filter(pl.col("last") < -1, pl.col("last") >= -PAST).with_columns(
        day=pl.when(pl.col("last") % 7 == 6).then(pl.col("last") + 1).otherwise("last"))  # never on Sunday
    loads = given.filter(pl.col("day") < -1).group_by("day", "site").len("sets").sort("day", "site")
    taken = loads["day"].map_elements(lambda day: WASH[_washed(day)], return_dtype=pl.Float64).to_numpy() * rng.gamma(
        25.0, 1 / 25.0, loads.height)
    return loads.with_columns(taken=pl.Series(taken)).select(
        "site", case=pl.format("L{}", pl.int_range(1, pl.len() + 1)), kind=pl.lit("load"),
        opened_at=_hour(pl.col("day"), FETCHED), closed_at=_hour(pl.col("day"), FETCHED + pl.col("taken")))


def _washed(day: int) -> str:
    return "laundry monday" if day % 7 == 0 else "laundry"


def _items() -> pl.DataFrame:
    return pl.DataFrame([
        *({"item": item, "name": f"Linen of a {size} flat", "family": "linen", "price": price, "lead_time": 1.5,
           "emergency_cost": 25.0, "is_repairable": True}
          for (item, (_, price)), size in zip(SIZES.items(), ("small", "large"), strict=True)),
        {"item": "KEYS", "name": "Spare keys of a district", "family": "keys", "price": 35.0, "lead_time": KEY_DAYS,
         "emergency_cost": 180.0, "is_repairable": True}])


def _keys(week: float) -> int:
    """Return the fewest keys with which no more than KEY_SHORT of those asked for are out (Poisson)."""
    mean = week / 7.0 * KEY_DAYS
    held, chance, fewer = 0, float(np.exp(-mean)), 0.0
    while 1.0 - fewer > KEY_SHORT:
        held, fewer = held + 1, fewer + chance
        chance *= mean / held
    return held


def _stocks(flats: pl.DataFrame, keys: dict[str, int]) -> pl.DataFrame:
    """Return what lies in the stores: three sets a flat, as everybody does, and the keys, one too few in SHORT_AT."""
    sets = flats.group_by("site", "item").len().select("site", "item", level=pl.col("len") * 3)
    held = pl.DataFrame([{"site": site, "item": "KEYS", "level": count - (site == SHORT_AT)}
                         for site, count in keys.items()], schema_overrides={"level": pl.Int64})
    return pl.concat([sets.cast({"level": pl.Int64}), held]).sort("site", "item").with_columns(on_hand=pl.col("level"))


def _promises() -> pl.DataFrame:
    return pl.DataFrame([
        {"promise": "READY", "name": "Ready at check-in", "kind": "turnover", "target_share": 0.97, "late_cost": 90.0},
        {"promise": "NIGHT", "name": "Helped at night within the hour", "kind": "incident", "window": 1.0,
         "target_share": 0.85, "late_cost": 120.0},
        {"promise": "REPLY", "name": "Message answered in a quarter of an hour", "kind": "message", "window": 0.25,
         "target_share": 0.9, "late_cost": 4.0},
        {"promise": "WASHED", "name": "Linen back in a day", "kind": "load", "window": 26.0, "target_share": 0.95},
    ]).with_columns(measure=pl.lit("window"), period=pl.lit("month"), counts=pl.lit("line"))


def _people(each: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return crews and shifts: teams and lead by day, units on call by night, both at OLD and none elsewhere."""
    teams = max(2, round(each / 7))
    rows: list[dict[str, Any]] = [{"crew": f"team {site}", "site": site, "cost": 19.0, "heads": teams, "starts": 10.0,
                                   "ends": 18.0} for site in DISTRICTS]
    rows += [{"crew": "lead", "site": "OLD", "cost": 26.0, "heads": teams + 1, "starts": 11.0, "ends": 18.0},
             {"crew": "concierge", "site": None, "cost": 22.0, "heads": 2, "starts": 8.0, "ends": 22.0}]
    rows += [{"crew": f"night {site}", "site": site, "cost": 24.0, "heads": 2 if site == "OLD" else 0, "starts": 22.0,
              "ends": 7.0} for site in DISTRICTS]
    frame = pl.DataFrame(rows)
    return frame.select("crew", "site", "cost", "heads"), frame.select("crew", "starts", "ends", "heads")


def _process(scale: float) -> dict[str, pl.DataFrame]:
    """Return steps, needs, routes, waves, arrivals and rhythms."""
    steps = [
        {"step": "clean", "work": 1.5, "law": "erlang", "spread": 0.25, "travels": True},
        {"step": "inspect", "work": CHECK, "law": "erlang", "spread": 0.25, "travels": True},
        {"step": "help", "work": 0.5, "law": "erlang", "spread": 0.5, "travels": True},
        {"step": "answer", "work": 0.08, "law": "exponential", "travels": False},
        *({"step": step, "work": hours, "law": "erlang", "spread": 0.2, "travels": False}
          for step, hours in WASH.items()),
    ]
    needs = [*({"step": "clean", "crew": f"team {site}", "role": "cleaner"} for site in DISTRICTS),
             {"step": "inspect", "crew": "lead", "role": None}, {"step": "answer", "crew": "concierge", "role": None},
             *({"step": "help", "crew": f"night {site}", "role": "on call"} for site in DISTRICTS)]
    routes = [("turnover", "clean"), ("inspection", "inspect"), ("incident", "help"), ("message", "answer")]
    year = 365.25 / 7.0
    return {
        "steps": pl.DataFrame(steps).with_columns(interrupted=pl.lit("never"), turns_away=False, takes_item=False),
        "needs": pl.DataFrame(needs).with_columns(quantity=1),
        "routes": pl.DataFrame([{"kind": kind, "to_step": step, "share": 1.0} for kind, step in routes]),
        "waves": pl.DataFrame([{"step": "laundry monday" if day == "monday" else "laundry", "weekday": day,
                                "leaves": FETCHED} for day in WEEKDAYS if day != "sunday"]),
        "arrivals": pl.DataFrame([*({"kind": "incident", "site": site, "rate": round(week * scale * year, 2)}
                                    for site, (week, _) in NIGHTS.items()),
                                  {"kind": "message", "site": None, "rate": round(ASKED * scale * 365.25, 2)}]),
        "rhythms": pl.DataFrame([{"kind": "incident", "starts": 22.0, "ends": 7.0, "weight": 1.0},
                                 {"kind": "message", "starts": 8.0, "ends": 12.0, "weight": 0.7},
                                 {"kind": "message", "starts": 12.0, "ends": 22.0, "weight": 1.12}]),
    }


def _metrics() -> pl.DataFrame:
    """Return the measures the trade names."""
    return pl.DataFrame([
        {"metric": "ready_at_check_in", "name": "Ready at check-in", "kind": "promise", "promise": "READY",
         "better": "higher", "unit": "share", "target": 0.97},
        {"metric": "slack_at_check_in", "name": "Slack at check-in", "kind": "simple", "table": "cases",
         "measure": "promised_at - closed_at", "aggregation": "mean", "filter": "kind = turnover", "unit": "h",
         "better": "higher"},
        {"metric": "night_response", "name": "Response at night", "kind": "simple", "table": "cases",
         "measure": "closed_at - opened_at", "aggregation": "mean", "filter": "kind = incident", "unit": "h",
         "better": "lower"},
        {"metric": "reply", "name": "Time to reply", "kind": "simple", "table": "cases",
         "measure": "closed_at - opened_at", "aggregation": "mean", "filter": "kind = message", "unit": "h",
         "better": "lower"},
    ])


def _expect(keys: dict[str, int]) -> dict[str, pl.DataFrame]:
    """Return what was planted."""
    return {
        "late_team": pl.DataFrame({"site": [LATE_AT], "hours": [LATE]}),
        "laundry": pl.DataFrame({"step": list(WASH), "hours": list(WASH.values())}),
        "keys": pl.DataFrame([{"site": site, "needed": count, "held": count - (site == SHORT_AT)}
                              for site, count in keys.items()]),
        "on_call": pl.DataFrame({"site": list(DISTRICTS), "heads": [2, 0, 0]}),
    }
