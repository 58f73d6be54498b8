"""How does field service look from the inside? Technicians by zone, parts in their vans, promises of restoration
and, in the sample itself, of response; and campaigns: upgrades at the machines in the hours of customers, overhauls at
the base of the zone.

A depot resupplies the vans of each zone, counted as one shelf; a machine that breaks is visited by a technician of its
zone. Where the part is in the van he repairs it in one visit. Else he finds out what is wrong and comes back once the
part has come. Technicians of a zone share three shifts of eight hours a day. What varies from one such business to the
next is a `Regime`.

Planted, and told in `expect`: the mean hours a technician is busy with an intervention that finds its part and with one
that does not, and the least heads of each zone that can keep up with the work when every part is there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.core.week import WEEKDAYS
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.frames import shaped
from arbitre.tables.routing import ARRIVED
from arbitre.tables.sample.aftersales import Sample, ScaleName

KIND, DEPOT = "intervention", "DEPOT"
HOURS_PER_YEAR = 365.25 * 24.0
REPAIR, DIAGNOSE, RETURN = 2.0, 1.0, 1.5
"""Mean hours of work: of a visit with the part, of one without it, and of the one that brings it."""
RESPONSE = 8.0
"""Hours within which somebody is promised to be with premium customers."""
NO_PART = 0.25
"""Share of the interventions that need no part."""
STEPS = ("repair", "diagnose", "bring the part")
CAMPAIGNS = {"upgrade": (3.0, 0.05), "overhaul": (6.0, 0.12)}
"""Planned work: mean hours of a case, and cases for each intervention of a year."""
SHIFTS = {"early": 6.0, "late": 14.0, "night": 22.0, "day": 9.0}
"""Shifts of eight hours, by the hour at which they start: three of them go round the clock."""
PEOPLE_A_HEAD = 7
"""Technicians of a zone for each on duty day and night: a fortnight has 336 hours, and each works 24 to 80 of them."""
SITES = ("DEPOT", "NORTH", "SOUTH", "WEST")
ITEMS: dict[ScaleName, int] = {"small": 24, "medium": 120, "large": 600}


@dataclass(frozen=True)
class Regime:
    """A field service: interventions a year in each zone, hours to the machines there, price of the middle part, cost
    of a technician's hour, hours from the depot to the vans, days in which parts are bought, hours promised to premium
    and to standard customers, and the share to be kept."""

    cases: tuple[int, ...] = (2600, 1700)
    ways: tuple[float, ...] = (0.7, 1.2)
    price: float = 900.0
    hourly: float = 42.0
    resupply: float = 30.0
    days: float = 18.0
    windows: tuple[float, float] = (12.0, 24.0)
    target: float = 0.9


def fieldwork(scale: ScaleName, seed: int) -> Sample:
    """Return the chain of a field service, with a promise of response and campaigns; the same scale and seed give the
    same one."""
    regime = Regime()
    sample = drawn(regime, ITEMS[scale], seed)
    promises = sample.tables["promises"]
    answered = promises.filter(promise="PREMIUM").with_columns(
        promise=pl.lit("PREMIUM-RESP"), name=pl.lit(f"Somebody there in {RESPONSE:g} h"), step=pl.lit(ARRIVED),
        window=pl.lit(RESPONSE))
    planned = {name: shaped(INPUTS[name], frame) for name, frame in _campaigns(regime).items()}
    longer = {name: pl.concat([sample.tables[name], planned.pop(name)]) for name in ("steps", "routes", "needs")}
    return replace(sample, tables={**sample.tables, **longer, **planned,
                                   "promises": pl.concat([promises, answered, planned["promises"]])})


def _campaigns(regime: Regime) -> dict[str, pl.DataFrame]:
    """Return the tables, and rows of tables, of planned work in half a year; an overhaul is put down for a call."""
    zones, kinds = SITES[1 : 1 + len(regime.cases)], list(CAMPAIGNS)
    opens, due = date(2026, 6, 1), date(2026, 11, 29)
    return {
        "campaigns": pl.DataFrame([
            {"campaign": f"{kind} 2026", "site": zone, "kind": kind, "cases": round(cases * share), "opens_on": opens,
             "due_on": due, "late_cost": 400.0}
            for kind, (_, share) in CAMPAIGNS.items() for zone, cases in zip(zones, regime.cases, strict=True)]),
        "steps": pl.DataFrame({
            "step": kinds, "name": ["Upgrade at the machine", "Overhaul at the base"],
            "work": [hours for hours, _ in CAMPAIGNS.values()], "spread": 0.3, "law": "lognormal",
            "travels": [True, False], "calendar": ["customers", None],
            "interrupted": ["never", "resume"], "takes_item": False, "turns_away": False}),
        "routes": pl.DataFrame({"kind": kinds, "to_step": kinds, "share": 1.0}),
        "needs": pl.DataFrame([(kind, f"technicians {zone.lower()}", 1) for kind in kinds for zone in zones],
                              schema=["step", "crew", "quantity"], orient="row"),
        "opening_hours": pl.DataFrame([("customers", day, "08:00", "18:00") for day in WEEKDAYS[:5]],
                                      schema=["calendar", "weekday", "opens", "closes"], orient="row"),
        "priorities": pl.DataFrame({"kind": [KIND], "priority": [0]}),
        "promises": pl.DataFrame({
            "promise": ["OVERHAUL"], "name": ["Overhauled in two weeks"], "kind": ["overhaul"], "window": [336.0],
            "target_share": [0.9], "period": ["month"]}),
    }


def drawn(regime: Regime, items: int, seed: int) -> Sample:
    """Return the chain of a field service with so many items."""
    rng = stream(seed, "sample.fieldwork")
    zones = SITES[1 : 1 + len(regime.cases)]
    parts = _items(regime, items, rng)
    demand = _demand(regime, zones, items, rng)
    settings = {
        "name": "Field service", "sentence": "Technicians in zones, parts in their vans, machines restored in time.",
        "currency": "EUR", "time_zone": "Europe/Paris", "language": "en",
        "capabilities": {"optimise.visits": {}, "optimise.shifts": {},
                         "optimise.rosters": {"starts_on": date(2026, 6, 1), "days": 14, "rounds": 5},
                         "simulate.proof": {"kind": KIND, "crews": "plan"}},
    }
    tables = {
        "sites": pl.DataFrame({"site": [DEPOT, *zones], "kind": ["central"] + ["local"] * len(zones),
                               "supplier": [None] + [DEPOT] * len(zones)}),
        "lanes": pl.DataFrame([(DEPOT, zone, regime.resupply) for zone in zones]
                              + [(zone, zone, way) for zone, way in zip(zones, regime.ways, strict=True)],
                              schema=["from_site", "to_site", "duration"], orient="row"),
        "segments": pl.DataFrame({"segment": ["PREMIUM", "STANDARD"], "name": ["Premium", "Standard"]}),
        "items": parts, "demand": demand, "stocks": _stocks(demand, parts, regime),
        "arrivals": _without_part(regime, zones),
        "steps": _steps(), "routes": pl.DataFrame({
            "kind": KIND, "from_step": [None, STEPS[1]], "to_step": [STEPS[0], STEPS[2]]}),
        "shift_patterns": pl.DataFrame([
            {"pattern": f"{name}, {zone.lower()}", "crew": f"technicians {zone.lower()}", "earliest": hour,
             "latest": hour, "shortest": 8.0, "longest": 8.0} for zone in zones for name, hour in SHIFTS.items()]),
        "people": pl.DataFrame([
            {"person": f"{zone.lower()} {number:02d}", "crew": f"technicians {zone.lower()}", "least_hours": 24.0,
             "most_hours": 80.0, "longest_run": 5, "shortest_run": 2, "shortest_break": 2, "most_weekends": 1}
            for zone, cases, way in zip(zones, regime.cases, regime.ways, strict=True)
            for number in range(1, PEOPLE_A_HEAD * (_least_heads(cases, way) + 1) + 1)]),
        "crews": pl.DataFrame({
            "crew": [f"technicians {zone.lower()}" for zone in zones], "site": zones, "cost": regime.hourly,
            "heads": [2 + 2 * _least_heads(cases, way) for cases, way in zip(regime.cases, regime.ways, strict=True)]}),
        "needs": pl.DataFrame([(step, f"technicians {zone.lower()}") for step in STEPS for zone in zones],
                              schema=["step", "crew"], orient="row"),
        "promises": pl.DataFrame({
            "promise": ["PREMIUM", "STANDARD"], "segment": ["PREMIUM", "STANDARD"], "kind": KIND,
            "name": [f"Restored in {window:g} h" for window in regime.windows], "window": list(regime.windows),
            "target_share": regime.target, "period": "month"}),
    }
    return Sample(settings, {name: shaped(INPUTS[name], frame) for name, frame in tables.items()},
                  _expect(regime, zones))


def _items(regime: Regime, items: int, rng: np.random.Generator) -> pl.DataFrame:
    price = np.round(regime.price * rng.lognormal(0.0, 1.0, items), 2)
    return pl.DataFrame({"item": [f"P{number:03d}" for number in range(1, items + 1)], "price": price,
                         "lead_time": np.round(regime.days * rng.uniform(0.5, 1.5, items), 1)})


def _demand(regime: Regime, zones: tuple[str, ...], items: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return units a year of each item, zone and segment: few items are asked for often, most seldom."""
    popular = rng.permutation(np.arange(1, items + 1) ** -0.8)
    popular /= popular.sum()
    rows = [(f"P{number:03d}", zone, segment, round(cases * (1.0 - NO_PART) * part * popular[number - 1], 3))
            for zone, cases in zip(zones, regime.cases, strict=True)
            for number in range(1, items + 1) for segment, part in (("PREMIUM", 0.3), ("STANDARD", 0.7))]
    return pl.DataFrame(rows, schema=["item", "site", "segment", "rate"], orient="row")


def _stocks(demand: pl.DataFrame, parts: pl.DataFrame, regime: Regime) -> pl.DataFrame:
    """Return today's levels: what is asked for until it is resupplied, and its square root, whatever it costs."""
    asked = demand.group_by("item", "site").agg(pl.col("rate").sum()).join(parts, on="item")
    vans = asked.select("item", "site", load=pl.col("rate") * regime.resupply / HOURS_PER_YEAR)
    depot = asked.group_by("item").agg(pl.lit(DEPOT).alias("site"),
                                       load=pl.col("rate").sum() * pl.col("lead_time").first() / 365.25)
    return pl.concat([vans, depot]).select(
        "site", "item", level=(pl.col("load") + pl.col("load").sqrt()).ceil()).sort("site", "item")


def _without_part(regime: Regime, zones: tuple[str, ...]) -> pl.DataFrame:
    rows = [(KIND, zone, segment, round(cases * NO_PART * part, 3))
            for zone, cases in zip(zones, regime.cases, strict=True)
            for segment, part in (("PREMIUM", 0.3), ("STANDARD", 0.7))]
    return pl.DataFrame(rows, schema=["kind", "site", "segment", "rate"], orient="row")


def _steps() -> pl.DataFrame:
    return pl.DataFrame({
        "step": STEPS,
        "name": ["Visit with the part", "Visit without the part", "Second visit, with the part"],
        "work": [REPAIR, DIAGNOSE, RETURN], "law": "exponential", "travels": True,
        "takes_item": [True, False, True], "without_item": [STEPS[1], None, None]})


def _least_heads(cases: int, way: float) -> int:
    return int(cases / HOURS_PER_YEAR * (way + REPAIR)) + 1


def _expect(regime: Regime, zones: tuple[str, ...]) -> dict[str, pl.DataFrame]:
    """Return what was planted."""
    told = zip(zones, regime.cases, regime.ways, strict=True)
    return {"work": pl.DataFrame(
        [(zone, way + REPAIR, 2.0 * way + DIAGNOSE + RETURN, _least_heads(cases, way)) for zone, cases, way in told],
        schema=["site", "hours_with_part", "hours_without", "least_heads"], orient="row")}
