"""How does a day of repair vans look? Boilers and heat pumps of a city, two workshops, drawn from a seed.

Vans start from two workshops and make visits in windows of two hours that customers were given; heat pumps take a van
whose people can handle gas. Today's plan was made by hand: each visit goes to the nearest workshop's vans in turn.

Planted, and told in `expect`: a customer whose address nobody knows, a window that closes before it opens, a skill that
nobody has, a window before the vans are out (dropped); a customer who has just called, and is to be offered a slot, and
a visit that is fixed to the van that knows the house (pinned).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.frames import shaped
from arbitre.tables.sample.aftersales import Sample, ScaleName

DAY = datetime(2026, 3, 9)
"""A Monday."""
MIDDLE = (47.22, -1.55)
SIZES: dict[ScaleName, tuple[int, int]] = {"small": (26, 4), "medium": (60, 8), "large": (150, 18)}
"""Visits, vans."""
WORKSHOPS = {"EAST": (4.0, 0.5), "WEST": (-4.5, -1.0)}
"""Kilometres east and north of the middle of the city."""
LATE_COST = {"HOME": 40.0, "CARE": 160.0}
SETTINGS = {
    "name": "Visits",
    "sentence": "A day of repair vans: boilers and heat pumps in windows of two hours, from two workshops.",
    "currency": "EUR", "time_zone": "Europe/Paris", "language": "en", "capabilities": {"optimise.routes": {}},
}


def visits(scale: ScaleName, seed: int) -> Sample:
    """Return the chain of a day of repair vans; the same scale and seed give the same one."""
    count, vans = SIZES[scale]
    rng = stream(seed, "sample.visits")
    homes = rng.normal(0.0, 4.0, (count, 2))
    case = pl.Series([f"V{number:03d}" for number in range(1, count + 1)])
    care, pump = rng.random(count) < 0.25, rng.random(count) < 0.3
    segment = pl.Series(np.where(care, "CARE", "HOME"))
    latitude, longitude = _degrees(homes)
    known = np.arange(count) != 0
    crews = pl.DataFrame({"crew": [f"VAN-{number}" for number in range(1, vans + 1)],
                          "site": [list(WORKSHOPS)[number % 2] for number in range(vans)], "cost": 38.0})
    tables = {
        "segments": pl.DataFrame({"segment": ["HOME", "CARE"], "name": ["Homes", "Care homes"]}),
        "customers": pl.DataFrame({
            "customer": case.str.replace("V", "C"), "segment": segment,
            "latitude": pl.Series(latitude).set(pl.Series(~known), None),
            "longitude": pl.Series(longitude).set(pl.Series(~known), None)}),
        "sites": _sites(), "crews": crews,
        "promises": pl.DataFrame({
            "promise": ["HOME-WINDOW", "CARE-WINDOW"], "segment": ["HOME", "CARE"], "kind": "visit", "step": "arrived",
            "target_share": [0.9, 0.97], "late_cost": [LATE_COST["HOME"], LATE_COST["CARE"]]}),
        "steps": pl.DataFrame({"step": ["visit"], "work": [0.75], "law": ["lognormal"], "spread": [0.4],
                               "travels": [True]}),
        "shifts": crews.select("crew", starts=pl.lit(8.0), ends=pl.lit(17.0)),
        "people": crews.select(pl.col("crew").str.replace("VAN", "P").alias("person"), "crew"),
        "skills": crews.gather_every(2).select(pl.col("crew").str.replace("VAN", "P").alias("person"),
                                               skill=pl.lit("gas")),
        "cases": pl.DataFrame({"case": case, "kind": "visit", "customer": case.str.replace("V", "C"),
                               "opened_at": DAY - timedelta(hours=14)}),
        "visit_windows": _windows(case, rng), "attributes": _attributes(case, pump),
        "planned_visits": _by_hand(case, homes, pump, crews),
    }
    return Sample(SETTINGS, {name: shaped(INPUTS[name], frame) for name, frame in tables.items()}, _expect(case))


def _degrees(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return latitude and longitude, to about a metre, of kilometres east and north (n, 2)."""
    latitude = MIDDLE[0] + places[:, 1] / 111.2
    return latitude.round(5), (MIDDLE[1] + places[:, 0] / (111.2 * np.cos(np.radians(MIDDLE[0])))).round(5)


def _sites() -> pl.DataFrame:
    latitude, longitude = _degrees(np.array(list(WORKSHOPS.values())))
    return pl.DataFrame({"site": list(WORKSHOPS), "kind": "local", "latitude": latitude, "longitude": longitude})


def _windows(case: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """Return windows of two hours, for one in five another in the afternoon; the last case has none yet."""
    opens = rng.choice([8.0, 10.0, 13.0, 15.0], len(case), p=[0.3, 0.3, 0.2, 0.2])
    closes = opens + 2.0
    opens[1], closes[1] = 12.0, 10.0
    opens[3], closes[3] = 5.0, 6.0
    second = rng.random(len(case)) < 0.2
    rows = [(name, start, end) for name, start, end in zip(case, opens, closes, strict=True)]
    rows += [(name, 15.0, 17.0) for name, start, also in zip(case, opens, second, strict=True)
             if also and 6.0 < start < 12.0]
    return pl.DataFrame(rows, schema=["case", "opens", "closes"], orient="row").filter(
        pl.col("case") != case[-1]).sort("case", "opens").select(
        "case", opens_at=DAY + pl.duration(minutes=pl.col("opens") * 60),
        closes_at=DAY + pl.duration(minutes=pl.col("closes") * 60))


def _attributes(case: pl.Series, pump: np.ndarray) -> pl.DataFrame:
    """Return the skill and the work of heat pumps; the third case takes a skill that nobody has."""
    rows = [(name, "skill", "gas") for name, is_pump in zip(case, pump, strict=True) if is_pump and name != case[2]]
    rows += [(name, "work", "1.25") for name, is_pump in zip(case, pump, strict=True) if is_pump]
    rows.append((case[2], "skill", "high voltage"))
    return pl.DataFrame(rows, schema=["case", "attribute", "value"], orient="row").sort("case", "attribute")


def _by_hand(case: pl.Series, homes: np.ndarray, pump: np.ndarray, crews: pl.DataFrame) -> pl.DataFrame:
    """Return today's plan: the vans of the nearest workshop in turn, for heat pumps those that can."""
    rows = []
    for turn, (name, home, is_pump) in enumerate(list(zip(case, homes, pump, strict=True))[4:-1]):
        near = min(WORKSHOPS, key=lambda site: float(np.hypot(*(home - np.array(WORKSHOPS[site])))))
        able = crews.gather_every(2) if is_pump else crews.filter(pl.col("site") == near)
        rows.append((name, able["crew"][turn % able.height], "fixed" if name == case[4] else "planned"))
    return pl.DataFrame(rows, schema=["case", "crew", "standing"], orient="row")


def _expect(case: pl.Series) -> dict[str, pl.DataFrame]:
    """Return what was planted."""
    return {
        "dropped": pl.DataFrame({"case": case[:4], "reason": ["nowhere", "window", "nobody_may", "never_in_time"]}),
        "pinned": pl.DataFrame({"case": [case[4], case[-1]], "what": ["fixed", "to be offered a slot"]}),
    }
