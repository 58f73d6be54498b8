"""How does a first mile of parcels look from the inside? Shops, tours, a packing line, carriers; drawn from a seed.

Shops of four regions hand parcels over until two in the afternoon. A tour of each region brings them to the hub, where
they are scanned at the dock and packed, those of NEXT first, and handed to a carrier when its lorry leaves: Swift at
half past five and Road at half past six, or, at more cost, Late at a quarter to eight. The day after the last is to be
planned: vans of the hub pick up at every shop (optimise.routes), and the line awaits them (optimise.lines).

Planted, and told in `expect`: the tour of one region is much less punctual than the others (tours); at the hours at
which loads come fewer people pack than in the quiet hours before (shifts); Swift leaves too early for two regions,
whose parcels it takes nonetheless (cut_offs).
"""

from __future__ import annotations

import heapq
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.frames import shaped
from arbitre.tables.sample.aftersales import Sample, ScaleName

FIRST = datetime(2026, 3, 2)
"""A Monday."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
SIZES: dict[ScaleName, tuple[int, int]] = {"small": (110, 2), "medium": (300, 4), "large": (900, 8)}
"""Parcels of a day, weeks."""
REGIONS = {"NORTH": (14.0, 1.0, 0.15), "WEST": (14.25, 1.25, 0.15), "EAST": (14.5, 2.0, 0.35),
           "SOUTH": (15.0, 1.75, 0.15)}
"""Hour at which the tour leaves, mean hours it takes, and their spread."""
AWAY = {"NORTH": (0.0, 8.0), "WEST": (-13.0, 0.0), "EAST": (30.0, 0.0), "SOUTH": (0.0, -24.5)}
"""Kilometres east and north of the hub, so that tours take about as long as they did."""
HUB, APART = (48.72, 2.36), 0.6
"""Latitude and longitude; spread of the shops of a region (km)."""
VISITED, WINDOW, LOAD = 5, 1.0, 40.0
"""Shops of a tour, hours in which their pick-up may start, parcels in a van."""
LATE_TOUR = "EAST"
TOO_EARLY_FOR = ("EAST", "SOUTH")
SHARE = {"NEXT": 0.4, "BASIC": 0.6}
CARRIERS = {"Swift": (17.5, 2.4), "Road": (18.5, 1.9), "Late": (19.75, 3.4)}
"""Hour at which the lorry leaves the hub, and what it costs for a parcel."""
CUT_OFF = {"NEXT": 20.0, "BASIC": 20.0}
USED = {"NEXT": ("Swift", "Late"), "BASIC": ("Road", "Late")}
"""Carriers that may take an offer; all goes with the first today."""
LATE_COST = {"NEXT": 40.0, "BASIC": 8.0}
PACK, PACK_SPREAD, DOCK, STOP = 6.0, 0.5, 3.0, 5.0
"""Minutes of work on a parcel, their spread, minutes from the dock to the line, and minutes of a pick-up."""
SHIFTS = ((13.0, 16.0, 0.035), (16.0, 18.0, 0.02), (18.0, 20.0, 0.035))
"""From, until, and heads for each parcel of a day: fewest when loads come."""
SETTINGS = {
    "name": "Parcels",
    "sentence": "First mile of parcels: tours of four regions, a packing line, and the cut-offs of three carriers.",
    "currency": "EUR", "time_zone": "Europe/Paris", "language": "en",
    "capabilities": {"optimise.routes": {"kind": "pick-up", "levers": "left"}, "optimise.lines": {"boxes": 1500},
                     "simulate.proof": {"crews": "plan", "years": 1, "most": 10}},
}


def parcels(scale: ScaleName, seed: int) -> Sample:
    """Return the chain of a first mile; the same scale and seed give the same one."""
    each, weeks = SIZES[scale]
    rng = stream(seed, "sample.parcels")
    shops = [(f"{region[0]}{number:02d}", region) for region in REGIONS for number in range(1, max(each // 20, 4) + 1)]
    tables = {
        "segments": pl.DataFrame({"segment": list(REGIONS), "name": [f"Shops of the {region.lower()}"
                                                                     for region in REGIONS]}),
        "offers": pl.DataFrame({"offer": list(SHARE), "name": ["Next day", "Two days"], "price": [9.5, 6.0]}),
        "sites": pl.DataFrame([("HUB", "central", *HUB),
                               *((name, "local", None, None) for name in (*REGIONS, *CARRIERS))],
                              schema=["site", "kind", "latitude", "longitude"], orient="row"),
        "lanes": pl.DataFrame([*((region, "HUB", 0.0, 0.0) for region in REGIONS),
                               *(("HUB", name, 0.0, cost) for name, (_, cost) in CARRIERS.items())],
                              schema=["from_site", "to_site", "duration", "cost"], orient="row"),
        "promises": _promises(), "metrics": _metrics(), **_process(each, len(shops)), **_facts(each, weeks, shops, rng),
        "customers": _shops(shops, seed),
    }
    tables |= _pick_ups(each, shops, FIRST + timedelta(days=7 * weeks), tables["cases"])
    return Sample(SETTINGS, {name: shaped(INPUTS[name], frame) for name, frame in tables.items()}, _expect(each))


def _process(each: int, shops: int) -> dict[str, pl.DataFrame]:
    """Return steps, routes, waves, crews and what comes."""
    tours = [{"step": f"tour {region}", "site": region, "work": mean, "spread": spread, "law": "lognormal"}
             for region, (_, mean, spread) in REGIONS.items()]
    line = [{"step": "dock", "site": "HUB", "work": DOCK / 60.0, "law": "constant"},
            {"step": "pack", "site": "HUB", "work": PACK / 60.0, "spread": PACK_SPREAD, "law": "lognormal"},
            {"step": "pick-up", "work": STOP / 60.0, "spread": 0.4, "law": "lognormal", "travels": True}]
    hands = [{"step": f"hand to {name}", "site": name, "work": 0.0, "law": "constant"} for name in CARRIERS]
    ways = [(None, f"tour {region}", region, None, 1.0) for region in REGIONS]
    ways += [(f"tour {region}", "dock", region, None, 1.0) for region in REGIONS] + [("dock", "pack", None, None, 1.0)]
    ways += [("pack", f"hand to {name}", region, offer, float(name == USED[offer][0]))
             for region in REGIONS for offer in SHARE for name in USED[offer]]
    waves = [(f"tour {region}", day, told[0]) for region, told in REGIONS.items() for day in WEEKDAYS]
    waves += [(f"hand to {name}", day, told[0]) for name, told in CARRIERS.items() for day in WEEKDAYS]
    comes = [("parcel", region, region, offer, each / len(REGIONS) * share * 5 * 365.25 / 7)
             for region in REGIONS for offer, share in SHARE.items()]
    return {
        "steps": pl.DataFrame([*tours, *line, *hands], infer_schema_length=None),
        "routes": pl.DataFrame(ways, schema=["from_step", "to_step", "segment", "offer", "share"], orient="row",
                               infer_schema_length=None).with_columns(kind=pl.lit("parcel")),
        "waves": pl.DataFrame(waves, schema=["step", "weekday", "leaves"], orient="row"),
        "crews": pl.DataFrame({"crew": ["packers", "vans"], "name": ["Packers", "Vans"], "site": "HUB",
                               "cost": [21.0, 26.0], "load": [None, LOAD], "heads": [1, -(-shops // VISITED)]}),
        "shifts": pl.DataFrame([("packers", day, starts, ends, _heads(part, each)) for day in WEEKDAYS
                                for starts, ends, part in SHIFTS] + [("vans", None, 12.0, 18.0, None)],
                               schema=["crew", "weekday", "starts", "ends", "heads"], orient="row"),
        "needs": pl.DataFrame({"step": ["pack", "pick-up"], "crew": ["packers", "vans"]}),
        "priorities": pl.DataFrame({"kind": ["parcel"], "offer": ["NEXT"], "priority": [0]}),
        "arrivals": pl.DataFrame(comes, schema=["kind", "site", "segment", "offer", "rate"], orient="row"),
        "rhythms": pl.DataFrame([("parcel", day, 9.0, 14.0, 1.0) for day in WEEKDAYS],
                                schema=["kind", "weekday", "starts", "ends", "weight"], orient="row"),
    }


def _shops(shops: list[tuple[str, str]], seed: int) -> pl.DataFrame:
    """Return the shops of the regions, each with its place to about a metre."""
    places = np.array([AWAY[region] for _, region in shops]) + stream(seed, "sample.parcels.shops").normal(
        0.0, APART, (len(shops), 2))
    return pl.DataFrame(shops, schema=["customer", "segment"], orient="row").with_columns(
        site="segment", latitude=pl.Series((HUB[0] + places[:, 1] / 111.2).round(5)),
        longitude=pl.Series((HUB[1] + places[:, 0] / (111.2 * np.cos(np.radians(HUB[0])))).round(5)))


def _pick_ups(each: int, shops: list[tuple[str, str]], day: datetime, cases: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the cases, those of the next day's pick-ups added, and when each shop may be called at."""
    whose = pl.DataFrame(shops, schema=["customer", "site"], orient="row").with_columns(
        case=pl.format("U-{}", "customer"), kind=pl.lit("pick-up"), quantity=pl.lit(each / len(shops)),
        opened_at=pl.lit(day + timedelta(hours=9)))
    opens = pl.lit(day) + pl.duration(minutes=60.0 * pl.col("site").replace_strict(
        {region: told[0] for region, told in REGIONS.items()}))
    windows = whose.select("case", opens_at=opens, closes_at=opens + pl.duration(minutes=60.0 * WINDOW))
    return {"cases": pl.concat([cases, whose], how="diagonal_relaxed"), "visit_windows": windows.sort("case")}


def _heads(part: float, each: int) -> int:
    return max(1, round(part * each))


def _promises() -> pl.DataFrame:
    def clock(hour: float) -> str:
        return f"{int(hour):02d}:{round(hour % 1 * 60):02d}"

    return pl.DataFrame([
        *({"promise": f"{offer}-OUT", "name": f"Out the same day, {offer.lower()}", "offer": offer, "kind": "parcel",
           "window": 0.0, "cut_off": clock(CUT_OFF[offer]), "target_share": share, "period": "week",
           "late_cost": LATE_COST[offer]} for offer, share in (("NEXT", 0.97), ("BASIC", 0.85))),
        {"promise": "OTIF", "name": "On time and in full", "kind": "parcel", "window": 0.0, "cut_off": clock(20.0),
         "target_share": 0.8, "period": "week", "counts": "order"}], infer_schema_length=None)


def _facts(each: int, weeks: int, shops: list[tuple[str, str]], rng: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Return cases and events of so many weeks, day by day as it went."""
    cases, events = list[dict[str, object]](), list[dict[str, object]]()
    for week in range(weeks):
        for day in range(len(WEEKDAYS)):
            midnight = FIRST + timedelta(days=7 * week + day)
            for parcel in _day(each, shops, rng):
                name = f"P{len(cases) + 1:06d}"
                at = {key: midnight + timedelta(minutes=round(float(parcel[key])))  # type: ignore[arg-type]
                      for key in ("opened", "comes", "docked", "begun", "packed", "handed") if parcel[key] is not None}
                due = midnight + timedelta(hours=CUT_OFF[str(parcel["offer"])])
                cases.append({"case": name, "kind": "parcel", "customer": parcel["shop"], "offer": parcel["offer"],
                              "site": parcel["region"], "opened_at": at["opened"], "promised_at": due,
                              "closed_at": at.get("handed"), "order": f"{parcel['shop']}-{midnight:%m%d}"})
                events += [{"case": name, "step": "dock", "happened_at": at["docked"], "started_at": at["comes"]},
                           {"case": name, "step": "pack", "happened_at": at["packed"], "started_at": at["begun"]}]
                if "handed" in at:
                    events.append({"case": name, "step": parcel["hand"], "happened_at": at["handed"]})
    told = pl.DataFrame(events, infer_schema_length=None).sort("happened_at", "case", "step")
    return {"cases": pl.DataFrame(cases, infer_schema_length=None).with_columns(quantity=1.0), "events": told}


def _day(each: int, shops: list[tuple[str, str]], rng: np.random.Generator) -> list[dict[str, object]]:
    """Return the parcels of a day with the minutes of all that happened to them; what missed its lorry goes next day.
    """
    comes = {}
    for region, (leaves, mean, spread) in REGIONS.items():
        sigma = np.sqrt(np.log1p(spread**2))
        comes[region] = 60.0 * (leaves + float(rng.lognormal(np.log(mean) - sigma**2 / 2.0, sigma)))
    found = list[dict[str, object]]()
    for place in rng.integers(0, len(shops), rng.poisson(each)):
        shop, region = shops[int(place)]
        offer = "NEXT" if rng.random() < SHARE["NEXT"] else "BASIC"
        found.append({"shop": shop, "region": region, "offer": offer, "opened": 60.0 * rng.uniform(9.0, 14.0),
                      "comes": comes[region], "docked": comes[region] + DOCK, "hand": f"hand to {USED[offer][0]}"})
    found.sort(key=lambda parcel: float(parcel["docked"]))  # type: ignore[arg-type]
    _packed(found, each, rng)
    for parcel in found:
        leaves = 60.0 * CARRIERS[USED[str(parcel["offer"])][0]][0]
        parcel["handed"] = leaves + (0.0 if float(parcel["packed"]) <= leaves else 24.0 * 60.0)  # type: ignore[arg-type]
    return found


def _packed(parcels_in: list[dict[str, object]], each: int, rng: np.random.Generator) -> None:
    """Fill in when each parcel is begun and packed: NEXT first, by who is free, no more at once than the shift has."""
    sigma = np.sqrt(np.log1p(PACK_SPREAD**2))
    waiting, busy, at, coming = list[tuple[int, int]](), list[float](), 0.0, 0
    while coming < len(parcels_in) or waiting:
        while coming < len(parcels_in) and float(parcels_in[coming]["docked"]) <= at:  # type: ignore[arg-type]
            heapq.heappush(waiting, (int(parcels_in[coming]["offer"] != "NEXT"), coming))
            coming += 1
        busy = [until for until in busy if until > at]
        heads = next((_heads(part, each) for starts, ends, part in SHIFTS if starts <= at / 60.0 < ends),
                     _heads(SHIFTS[-1][2], each))
        if waiting and len(busy) < heads:
            parcel = parcels_in[heapq.heappop(waiting)[1]]
            parcel["begun"] = at
            parcel["packed"] = at + float(rng.lognormal(np.log(PACK) - sigma**2 / 2.0, sigma))
            busy.append(float(parcel["packed"]))  # type: ignore[arg-type]
            continue
        times = [*busy, *([float(parcels_in[coming]["docked"])] if coming < len(parcels_in) else [])]  # type: ignore[arg-type]
        at = min([time for time in times if time > at] or [at + 1.0])


def _metrics() -> pl.DataFrame:
    """Return the measures the trade names."""
    return pl.DataFrame([
        {"metric": "cut_off_compliance", "name": "Cut-off compliance, next day", "kind": "promise",
         "promise": "NEXT-OUT", "unit": "share", "better": "higher", "target": 0.97},
        {"metric": "otif", "name": "On time and in full", "kind": "promise", "promise": "OTIF", "unit": "share",
         "better": "higher", "target": 0.8},
        {"metric": "dock_to_stock", "name": "Dock to stock", "kind": "simple", "table": "events",
         "measure": "happened_at - started_at", "aggregation": "mean", "filter": "step = dock", "unit": "h",
         "better": "lower"},
        {"metric": "slack_at_cut_off", "name": "Slack at cut-off, 5 % of parcels", "kind": "percentile",
         "table": "cases", "measure": "promised_at - closed_at", "quantile": 0.05, "unit": "h", "better": "higher"},
    ])


def _expect(each: int) -> dict[str, pl.DataFrame]:
    """Return what was planted."""
    return {
        "tours": pl.DataFrame({"region": [LATE_TOUR], "tour": [f"tour {LATE_TOUR}"],
                               "spread": [REGIONS[LATE_TOUR][2]]}),
        "shifts": pl.DataFrame({"starts": [SHIFTS[1][0]], "ends": [SHIFTS[1][1]],
                                "heads": [_heads(SHIFTS[1][2], each)]}),
        "cut_offs": pl.DataFrame({"carrier": ["hand to Swift"] * 2, "region": list(TOO_EARLY_FOR),
                                  "offer": ["NEXT"] * 2}),
    }
