"""A sales desk, drawn from a seed: two years of deals from first call to won or lost, with what is planted in them.

Deals pass contacted, qualified, proposal, negotiation, and leave as won or lost from any of them. Planted: how long
each stage takes for each segment, what a source and a late first call do to the chance of winning, deals that nobody
follows any more (dead), a reason that is filled only at the end (a leak), and one team with twice the accounts of the
others. Leads come beside them, in office hours, to be answered by the reps: how many, when, what is promised and
how patient they are are rows, not facts.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.frames import shaped
from arbitre.tables.sample.aftersales import Sample, ScaleName

BEGIN = datetime(2024, 1, 1)
DAYS = 730
DEALS = {"small": 900, "medium": 9_000, "large": 90_000}
STAGES = ("contacted", "qualified", "proposal", "negotiation")
DELAYS = {"contacted": 1.5, "qualified": 8.0, "proposal": 12.0, "negotiation": 25.0}
"""Mean days before each stage, for a segment that takes as long as usual."""
SLOWNESS = {"small": 0.6, "mid": 1.0, "large": 2.0}
"""What multiplies these days in each segment."""
WON_DAYS = 30.0
LOST_RATE = 1 / 90
"""Mean days in negotiation until it is won; rate a day at which a deal is lost, at any stage."""
SOURCES = {"referral": 2.0, "web": 1.0, "fair": 0.6}
"""What multiplies the rate at which negotiations are won."""
SPEED = 0.85
"""What multiplies that rate for every day that the first call had been waited for."""
LEADS = 9_000.0
LEAD_HOURS = ((8, 10, 1.0), (10, 12, 2.0), (12, 19, 1.0))
"""Leads a year that come to a team, twice as many to the crowded one; hours of the day, and how many come in
each beside others."""
DEAD_SHARE = 0.08
TEAMS, REPS = ("north", "south", "east"), 4
CROWDED = "south"
"""The team with twice the accounts of each other one, and as many reps."""
AMOUNTS = {"small": 8_000.0, "mid": 30_000.0, "large": 120_000.0}
_PUSH_DAYS = 30
AUTOMATIONS = (
    ("close_dead", "dead = true", "close", None, 0.5),
    ("close_silent", "days_at_step > 120", "close", None, 0.5),
    ("remind_pushed", "pushed = true and days_at_step > 45", "remind", None, 0.1),
    ("route_unheard", "step = open", "reassign", "least_loaded", 0.1),
    ("referrals_first", "attribute.source = referral and attribute.amount >= 50000", "prioritise", "1", 0.0),
)
"""Clean-up and routing: name, condition, action, parameter, hours spared."""


def sales(scale: ScaleName, seed: int) -> Sample:
    """Draw two years of deals: 900 in `small`, 9,000 in `medium`, 90,000 in `large`; a seed gives the same bytes."""
    chance, count = stream(seed, "sales", scale), DEALS[scale]
    accounts = max(40, count // 8)
    segment = chance.choice(list(SLOWNESS), accounts, p=[0.5, 0.35, 0.15])
    weight = np.array([2.0 if name == CROWDED else 1.0 for name in TEAMS])
    team = chance.choice(TEAMS, accounts, p=weight / weight.sum())
    account = chance.integers(0, accounts, count)
    source = chance.choice(list(SOURCES), count, p=[0.25, 0.5, 0.25])
    opened = np.sort(chance.uniform(0.0, DAYS, count))
    slow = np.array([SLOWNESS[name] for name in segment])[account]
    amount = np.round(np.array([AMOUNTS[name] for name in segment])[account] * chance.lognormal(0.0, 0.4, count), -2)
    way = _ways(chance, opened, slow, np.array([SOURCES[name] for name in source]))
    names = [f"D{number:05d}" for number in range(1, count + 1)]
    reps = [f"{name}-{number}" for name in TEAMS for number in range(1, REPS + 1)]
    owner = [f"{name}-{number}" for name, number in zip(team[account], account % REPS + 1, strict=True)]
    events = _events(names, owner, way)
    closed = np.where(way["left"] <= DAYS, way["left"], np.nan)
    tables = {
        "sites": pl.DataFrame({"site": TEAMS}),
        "segments": pl.DataFrame({"segment": list(SLOWNESS), "name": [name.capitalize() for name in SLOWNESS]}),
        "customers": pl.DataFrame({"customer": [f"A{number:04d}" for number in range(1, accounts + 1)],
                                   "segment": segment, "site": team}),
        "cases": pl.DataFrame({"case": names, "kind": "deal", "customer": [f"A{number + 1:04d}" for number in account],
                               "opened_at": _times(opened), "closed_at": _times(closed)}),
        "events": events, "attributes": _attributes(chance, names, opened, closed, source, amount, way),
        "steps": pl.DataFrame({"step": ["contacted", "proposal", "answered"], "work": [0.5, 6.0, 0.25],
                               "patience": [48.0, None, 2.0]}),
        "routes": pl.DataFrame({"kind": ["lead"], "to_step": ["answered"]}),
        "arrivals": pl.DataFrame([{"kind": "lead", "site": name, "rate": LEADS * each}
                                  for name, each in zip(TEAMS, weight, strict=True)]),
        "rhythms": pl.DataFrame([{"kind": "lead", "starts": begins, "ends": ends, "weight": each}
                                 for begins, ends, each in LEAD_HOURS]),
        "shifts": pl.DataFrame([{"crew": rep, "starts": 9, "ends": 17} for rep in reps]),
        "promises": pl.DataFrame([{"promise": "answered", "name": "Leads answered in half an hour", "kind": "lead",
                                   "step": "answered", "window": 0.5, "target_share": 0.8, "late_cost": 60.0}]),
        "crews": pl.DataFrame([{"crew": rep, "site": rep[:-2], "heads": 1, "cost": 45.0} for rep in reps]),
        "needs": pl.DataFrame([{"step": step, "crew": rep, "quantity": 1, "role": "rep"}
                               for step in ("contacted", "proposal", "answered") for rep in reps]),
        "automations": pl.DataFrame(
            AUTOMATIONS, schema=["automation", "condition", "action", "parameter", "hours"], orient="row"),
    }
    expect = {"delays": pl.DataFrame([{"segment": name, "step": step, "mean_days": DELAYS[step] * factor}
                                      for name, factor in SLOWNESS.items() for step in STAGES]),
              "sources": pl.DataFrame({"source": list(SOURCES), "won_rate_ratio": list(SOURCES.values())}),
              "dead": pl.DataFrame({"case": [name for name, dead in zip(names, way["dead"], strict=True) if dead]}),
              "speed": pl.DataFrame({"won_rate_ratio_a_day": [SPEED]}),
              "leaks": pl.DataFrame({"attribute": ["close_reason"]})}
    return Sample({"name": "Sales", "sentence": "A sales desk: deals from first call to won or lost, three teams.",
                   "language": "en", "capabilities": {
                       "measure.automations": {}, "measure.pipeline": {}, "measure.response": {"window": 24},
                       "forecast.transitions": {}, "optimise.assignment": {}, "optimise.crews": {}}},
                  {name: _filled(name, table) for name, table in tables.items()}, expect)


def _ways(chance: np.random.Generator, opened: np.ndarray, slow: np.ndarray, pull: np.ndarray) -> dict[str, np.ndarray]:
    """Return when each deal comes to each stage, when it leaves and whether it is won; inf: never."""
    count = len(opened)
    dead_at = np.where(chance.random(count) < DEAD_SHARE, chance.integers(1, len(STAGES) + 1, count), len(STAGES) + 1)
    lost = opened + chance.exponential(1 / LOST_RATE, count)
    way, time = {}, opened.copy()
    for place, stage in enumerate(STAGES):
        time = time + chance.exponential(DELAYS[stage], count) * slow
        way[stage] = np.where((time < lost) & (place < dead_at), time, np.inf)
    waited = np.where(np.isfinite(way["contacted"]), way["contacted"] - opened, 0.0)
    won = way["negotiation"] + chance.exponential(WON_DAYS, count) / (pull * SPEED**waited)
    last = np.stack([way[stage] for stage in STAGES])
    stuck = np.array([last[place - 1, deal] if place <= len(STAGES) else np.inf for deal, place in enumerate(dead_at)])
    is_dead = np.isfinite(stuck)
    left = np.where(is_dead, np.inf, np.minimum(won, lost))
    return {**way, "left": left, "won": (won < lost) & ~is_dead, "dead": is_dead & (stuck <= DAYS)}


def _events(names: list[str], owner: list[str], way: dict[str, np.ndarray]) -> pl.DataFrame:
    parts = [pl.DataFrame({"case": names, "step": stage, "day": way[stage], "resource": owner}) for stage in STAGES]
    exits = np.where(way["won"], "won", "lost")
    parts.append(pl.DataFrame({"case": names, "step": exits, "day": way["left"], "resource": owner}))
    told = pl.concat(parts).filter(pl.col("day") <= DAYS).sort("case", "day")
    return told.with_columns(happened_at=_times(told["day"].to_numpy()))


def _attributes(chance: np.random.Generator, names: list[str], opened: np.ndarray, closed: np.ndarray,
                source: np.ndarray, amount: np.ndarray, way: dict[str, np.ndarray]) -> pl.DataFrame:
    """Return what was known: source, amount, the close expected, pushed when it passes, and the undated reason."""
    begun = _times(opened)
    text = {"source": source, "amount": [f"{each:.0f}" for each in amount]}
    parts = [pl.DataFrame({"case": names, "attribute": name, "value": value, "valid_from": begun})
             for name, value in text.items()]
    reason = pl.Series(np.where(way["won"], "fit", chance.choice(["price", "rival", "silence"], len(names))))
    parts.append(pl.DataFrame({"case": names, "attribute": "close_reason", "value": reason}).filter(
        pl.Series(np.isfinite(closed))))
    pushed, said = [], opened + chance.uniform(45, 90, len(names))
    since = opened.copy()
    ends = np.where(np.isnan(closed), DAYS, closed)
    while (alive := since <= ends).any():
        days = [str((BEGIN + timedelta(days=float(each))).date()) for each in said[alive]]
        who = [name for name, lives in zip(names, alive, strict=True) if lives]
        pushed.append(pl.DataFrame({"case": who, "attribute": "expected_close", "value": days,
                                    "valid_from": _times(since[alive])}))
        since, said = np.where(alive, said + 1, np.inf), said + _PUSH_DAYS
    return pl.concat([*parts, *pushed], how="diagonal").sort("case", "attribute", "valid_from", maintain_order=True)


def _times(days: np.ndarray) -> pl.Series:
    """Return days since the beginning as times, to the minute; empty where there is none."""
    minutes = pl.Series(days).fill_nan(None).cast(pl.Float64) * 1440
    return pl.select(pl.lit(BEGIN).cast(pl.Datetime("us")) + pl.duration(
        minutes=pl.lit(minutes.round().cast(pl.Int64)))).to_series()


def _filled(name: str, table: pl.DataFrame) -> pl.DataFrame:
    """Return the table as declared, with its defaults."""
    defaults = [pl.col(column.name).fill_null(column.default) for column in INPUTS[name].columns
                if column.default is not None]
    return shaped(INPUTS[name], table).with_columns(defaults)
