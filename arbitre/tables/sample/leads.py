"""The leads sample: what a maker of machines spends in three channels, the leads of a week, and some of them followed.

A directory brings many leads for little money, and hardly any of them buys; a fair brings few, which buy often and
much. Leads of a week are counted by region; one in eight is followed to its end, as a deal of the sales chain is:
called, qualified, won or lost. A test is in it: the directory, switched off in half of the regions for ten weeks.
`expect/truth.csv` holds the planted responses, chances and worths.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.frames import shaped
from arbitre.tables.sample.aftersales import Sample, ScaleName
from arbitre.tables.sample.marketing import START, Planted

CHANNELS = ("search", "directory", "fair")
_LARGEST = np.array([6_000.0, 3_000.0, 9_000.0])
_CARRY = np.array([0.1, 0.2, 0.5])
_HALF = np.array([0.8, 1.2, 0.8])
_MOST = np.array([30.0, 60.0, 24.0])
CLOSES = {"search": 0.25, "directory": 0.04, "fair": 0.40, "word of mouth": 0.30}
"""Chance that a lead buys."""
AMOUNTS = {"search": 6_000.0, "directory": 4_000.0, "fair": 12_000.0, "word of mouth": 8_000.0}
MARGIN = 0.4
_ALONE = 30.0
"""Leads of a usual week that no channel brought."""
_SIZES: dict[ScaleName, int] = {"small": 1, "medium": 8, "large": 64}
_WEEKS, _FOLLOWED = 120, 8
_REGIONS, _FIRST, _LAST = 8, 96, 106
_STEPS = (("called", 3.0), ("qualified", 12.0))
_END_DAYS = 25.0


def leads(scale: ScaleName, seed: int) -> Sample:
    """Draw 120 weeks; a market of `medium` is eight times as large as that of `small`, of `large` 64 times."""
    luck, size = stream(seed, "leads"), _SIZES[scale]
    heights = np.repeat(luck.choice([0.0, 0.3, 0.6, 1.0], (_WEEKS // 3 + 1, 3)), 3, axis=0)[:_WEEKS]
    shares = luck.dirichlet(np.full(_REGIONS, 20.0))
    spend = size * _LARGEST * heights[:, None] * shares[:, None] * np.exp(
        0.1 * luck.standard_normal((_WEEKS, _REGIONS, 3)))
    tested = sorted(luck.permutation(_REGIONS)[: _REGIONS // 2].tolist())
    spend[_FIRST:_LAST, tested, CHANNELS.index("directory")] = 0.0
    spend = spend.round(0)
    none = np.zeros((_WEEKS, _REGIONS))
    market = Planted(spend, none, none[:, 0], _CARRY, size * _HALF * _LARGEST, size * _MOST, [tested])
    brought = market.brought(spend, shares[:, None])
    turns = 2.0 * np.pi * np.arange(_WEEKS) / 52.18
    alone = size * _ALONE * np.outer(1.0 + 0.15 * np.sin(turns), shares)
    counts = luck.poisson(np.dstack([brought, alone]))
    days = [START + timedelta(weeks=week) for week in range(_WEEKS)]
    names = [f"R{number + 1}" for number in range(_REGIONS)]
    grid = {"from_on": [day for day in days for _ in names], "region": names * _WEEKS}
    tables = {
        "channels": pl.DataFrame({"channel": CHANNELS, "name": [name.capitalize() for name in CHANNELS]}),
        "spend": pl.concat([pl.DataFrame({"channel": name, **grid, "amount": spend[..., at].ravel()})
                            for at, name in enumerate(CHANNELS)]).filter(pl.col("amount") > 0),
        "observations": pl.DataFrame({"measure": "leads", **grid, "value": counts.sum(axis=2).ravel()}),
        "trials": pl.DataFrame({"trial": "directory_off", "region": [names[region] for region in tested],
                                "channel": "directory", "from_on": days[_FIRST],
                                "to_on": days[_LAST] - timedelta(days=1), "change_share": -1.0}),
        **_followed(luck, counts.sum(axis=1)),
    }
    truth = pl.DataFrame({
        "channel": CHANNELS, "carry": market.carry, "half": market.half, "most": market.most,
        "chance": [CLOSES[name] for name in CHANNELS],
        "lead_value": [MARGIN * CLOSES[name] * AMOUNTS[name] for name in CHANNELS]})
    settings = {
        "name": "Leads", "currency": "EUR", "time_zone": "Europe/Paris", "language": "en",
        "sentence": "What a maker of machines spends to be found, the leads it brings, and how some of them ended.",
        "capabilities": {"measure.lifts": {"outcome": "leads"},
                         "forecast.transitions": {"kind": "lead", "horizon": 365.0},
                         "optimise.spend": {"outcome": "leads", "won": "won", "value": MARGIN, "change_share": 0.5},
                         "optimise.allocate": {}},
    }
    return Sample(settings, {name: shaped(INPUTS[name], table) for name, table in tables.items()}, {"truth": truth})


def _followed(luck: np.random.Generator, counts: np.ndarray) -> dict[str, pl.DataFrame]:
    """Return cases, events and attributes of the leads followed."""
    sources = list(CLOSES)
    end = datetime.combine(START, datetime.min.time()) + timedelta(weeks=_WEEKS)
    cases, events, told = [], [], []
    for week, source in zip(*np.nonzero(counts), strict=True):
        for _ in range(int(luck.binomial(counts[week, source], 1 / _FOLLOWED))):
            name = f"L{len(cases) + 1:05d}"
            opened = datetime.combine(START, datetime.min.time()) + timedelta(
                weeks=int(week), minutes=int(luck.integers(7 * 1440)))
            at, closed = opened, None
            kind = sources[source]
            last = "won" if luck.random() < CLOSES[kind] else "lost"
            for step, mean in (*_STEPS, (last, _END_DAYS)):
                at += timedelta(minutes=int(luck.exponential(mean * 1440)) + 1)
                if at >= end:
                    break
                events.append({"case": name, "step": step, "happened_at": at})
                closed = at if step == last else None
            amount = AMOUNTS[kind] * luck.lognormal(-0.08, 0.4)
            told += [{"case": name, "attribute": attribute, "value": value, "valid_from": opened}
                     for attribute, value in (("source", kind), ("amount", f"{amount:.0f}"))]
            cases.append({"case": name, "kind": "lead", "quantity": 1.0, "opened_at": opened, "closed_at": closed})
    return {"cases": pl.DataFrame(cases, infer_schema_length=None), "events": pl.DataFrame(events),
            "attributes": pl.DataFrame(told)}
