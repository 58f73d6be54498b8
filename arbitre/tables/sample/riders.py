"""How does a meal delivery staff its riders? Meals by zone and hour, today's shifts, and the people who could ride.

Each zone has kitchens whose meals its own riders bring, most at noon and in the evening. Members of the club go first
and are promised their meal in 45 minutes, guests theirs within the hour; who waits an hour leaves.

Planted, and told in `expect`: the hours of work a week that meals bring to each zone, the hours paid today, which are
many more as shifts last all day, and the share of the day's meals in each hour.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.core.units import DAYS_PER_YEAR
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.frames import shaped
from arbitre.tables.sample.aftersales import Sample, ScaleName

ZONES: dict[ScaleName, tuple[str, ...]] = {
    "small": ("north", "south"), "medium": ("north", "south", "east", "west", "centre", "harbour"),
    "large": tuple(f"zone {number:02d}" for number in range(1, 21))}
MEALS = {"north": 22_000.0, "south": 10_500.0}
"""A year; those of other zones are drawn."""
CLUB = {"north": 7_000.0, "south": 3_500.0}
WAY = {"north": 0.1, "south": 0.12}
"""Hours from the kitchen to the door."""
WORK, SPREAD, PATIENCE, WAGE = 0.33, 0.5, 1.0, 16.0
DAY = {10: 1.5, 11: 3.0, 12: 5.5, 13: 5.0, 14: 2.5, 15: 1.5, 16: 1.5, 17: 2.5, 18: 5.0, 19: 8.0, 20: 8.5, 21: 6.0,
       22: 3.0, 23: 1.0}
"""Weight of each hour of the day."""
OPENS, CLOSES, RUSHES = 10.0, 24.0, ((11.0, 14.0), (18.0, 22.0))
HEADS = {"north": (4, 2), "south": (2, 2)}
"""Today: all day, and added when it rushes."""
MONDAY, DAYS = date(2026, 6, 1), 7
_FULL, _PART = (28.0, 36.0), (14.0, 24.0)
"""Hours of a week at least and at most."""
_FIRST = ("Ada", "Bo", "Cem", "Dina", "Eli", "Fay", "Gus", "Hana", "Ivo", "Jo", "Kim", "Lea", "Max", "Noa")
_LAST = ("Adler", "Bright", "Costa", "Diaz", "Evers", "Faye", "Gupta", "Haas")


def riders(scale: ScaleName, seed: int) -> Sample:
    """Return the chain of a meal delivery's riders; the same scale and seed give the same one."""
    rng = stream(seed, "sample.riders")
    zones = [_zone(name, rng) for name in ZONES[scale]]
    crews = [f"riders {zone['site']}" for zone in zones]
    people = [row for zone, crew in zip(zones, crews, strict=True) for row in _people(zone, crew, rng)]
    settings = {
        "name": "Riders", "language": "en", "time_zone": "Europe/Paris", "currency": "EUR",
        "sentence": "Meals brought by riders in their zones, with a peak at noon and one in the evening.",
        "capabilities": {"optimise.crews": {}, "optimise.shifts": {},
                         "optimise.rosters": {"starts_on": MONDAY, "days": DAYS, "rounds": 5},
                         "simulate.proof": {"crews": "plan"}},
    }
    tables = {
        "sites": pl.DataFrame({"site": [zone["site"] for zone in zones],
                               "name": [zone["site"].capitalize() for zone in zones]}),
        "segments": pl.DataFrame({"segment": ["club", "guest"], "name": ["Club members", "Guests"]}),
        "lanes": pl.DataFrame([(zone["site"], zone["site"], zone["way"], 0.0) for zone in zones],
                              schema=["from_site", "to_site", "duration", "cost"], orient="row"),
        "arrivals": pl.DataFrame([("meal", zone["site"], segment, zone[segment]) for zone in zones
                                  for segment in ("club", "guest")],
                                 schema=["kind", "site", "segment", "rate"], orient="row"),
        "rhythms": pl.DataFrame([("meal", float(hour), hour + 1.0, weight) for hour, weight in DAY.items()],
                                schema=["kind", "starts", "ends", "weight"], orient="row"),
        "steps": pl.DataFrame({"step": ["deliver"], "name": ["From the kitchen to the door"], "work": [WORK],
                               "spread": [SPREAD], "law": ["lognormal"], "patience": [PATIENCE], "travels": [True]}),
        "routes": pl.DataFrame({"kind": ["meal"], "to_step": ["deliver"], "share": [1.0]}),
        "crews": pl.DataFrame({"crew": crews, "name": [crew.capitalize() for crew in crews],
                               "site": [zone["site"] for zone in zones], "heads": [zone["heads"] for zone in zones],
                               "cost": WAGE}),
        "needs": pl.DataFrame({"step": "deliver", "crew": crews, "quantity": 1}),
        "priorities": pl.DataFrame({"kind": "meal", "segment": ["club", "guest"], "priority": [0, 1]}),
        "promises": pl.DataFrame({
            "promise": ["club", "guest"], "name": ["Club meals in 45 minutes", "Meals within the hour"],
            "segment": ["club", "guest"], "kind": "meal", "window": [0.75, 1.0], "target_share": 0.85,
            "period": "month", "penalty": 0.0}),
        "shifts": pl.DataFrame([row for zone, crew in zip(zones, crews, strict=True) for row in _today(zone, crew)],
                               schema=["crew", "starts", "ends", "heads"], orient="row"),
        "shift_patterns": pl.DataFrame([row for crew in crews for row in _patterns(crew)]),
        "people": pl.DataFrame(people), "requests": _requests(people, rng),
    }
    return Sample(settings, {name: shaped(INPUTS[name], frame) for name, frame in tables.items()}, _expect(zones))


def _zone(name: str, rng: np.random.Generator) -> dict[str, Any]:
    meals = MEALS.get(name, float(np.round(15_000.0 * rng.lognormal(0.0, 0.3), -2)))
    club = CLUB.get(name, float(np.round(meals / 3.0, -2)))
    # As many all day as the work of an even day asks for, which is too many at three and too few at eight.
    heads, more = HEADS.get(name, (2 + int(meals * WORK / DAYS_PER_YEAR / (CLOSES - OPENS)), 2))
    return {"site": name, "club": club, "guest": meals - club, "way": WAY.get(name, 0.1), "heads": heads, "more": more}


def _today(zone: dict[str, Any], crew: str) -> list[tuple[str, float, float, int]]:
    return [(crew, OPENS, CLOSES, zone["heads"]), *((crew, *rush, zone["more"]) for rush in RUSHES)]


def _patterns(crew: str) -> list[dict[str, Any]]:
    """Return what may be published: a day with a break, and a rush by the hour, which costs more."""
    return [{"pattern": f"day, {crew}", "crew": crew, "earliest": 10.0, "latest": 15.5, "every": 0.5, "shortest": 7.5,
             "longest": 8.5, "break_hours": 0.5},
            {"pattern": f"rush, {crew}", "crew": crew, "earliest": 10.0, "latest": 20.0, "every": 0.5, "shortest": 3.0,
             "longest": 4.0, "break_hours": 0.0, "cost": WAGE + 2.0}]


def _people(zone: dict[str, Any], crew: str, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Return riders whose contracts cover about a third more hours than the work takes."""
    hours, count = 1.75 * _work(zone), 0.0
    rows: list[dict[str, Any]] = []
    while count < hours:
        least, most = _FULL if len(rows) % 5 < 2 else _PART
        count += (least + most) / 2.0
        rows.append({"person": f"{zone['site']} {len(rows) + 1:02d}", "crew": crew, "least_hours": least,
                     "name": f"{rng.choice(_FIRST)} {rng.choice(_LAST)}", "most_hours": most, "longest_run": 6,
                     "shortest_run": 2, "shortest_break": 1, "most_weekends": 1})
    return rows


def _requests(people: list[dict[str, Any]], rng: np.random.Generator) -> pl.DataFrame:
    """Return a day that every third rider wishes to be free."""
    rows = [(row["person"], MONDAY + timedelta(days=int(rng.integers(0, DAYS))), "avoids", 20.0)
            for row in people[::3]]
    return pl.DataFrame(rows, schema=["person", "from_on", "kind", "weight"], orient="row")


def _work(zone: dict[str, Any]) -> float:
    """Hours a week that meals take riders, ways included."""
    return float((zone["club"] + zone["guest"]) * 7.0 / DAYS_PER_YEAR * (WORK + zone["way"]))


def _expect(zones: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    """Return what was planted."""
    rush = sum(ends - starts for starts, ends in RUSHES)
    total = sum(DAY.values())
    return {
        "hours": pl.DataFrame([(zone["site"], round(_work(zone), 2),
                                7.0 * (zone["heads"] * (CLOSES - OPENS) + zone["more"] * rush)) for zone in zones],
                              schema=["site", "work_a_week", "paid_today"], orient="row"),
        "day": pl.DataFrame({"hour": list(DAY), "share": [round(weight / total, 5) for weight in DAY.values()]}),
    }
