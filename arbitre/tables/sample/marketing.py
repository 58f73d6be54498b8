"""The marketing sample: what a maker of garden goods spends in five channels, and what it sells, by week and region.

Each channel has a planted response, carry-over and saturation as in `maths.market.response`; television and radio come
in flights, search follows demand, social grows, print is small. Two tests are in it: search switched off in some
regions, and television doubled in others. `expect/truth.csv` holds the planted responses.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.core.streams import stream
from arbitre.tables import marketing as declared
from arbitre.tables.frames import shaped
from arbitre.tables.sample.aftersales import Sample, ScaleName

Floats = NDArray[np.float64]
CHANNELS = ("tv", "search", "social", "radio", "print")
START = date(2023, 1, 2)
SALES = 1_000_000.0
"""Sold in a usual week without any channel."""
_LARGEST = np.array([120_000.0, 30_000.0, 45_000.0, 30_000.0, 15_000.0])
_CARRY = np.array([0.6, 0.1, 0.4, 0.3, 0.2])
_HALF = np.array([0.5, 0.4, 0.8, 0.6, 0.5])
_MOST = np.array([0.25, 0.25, 0.2, 0.1, 0.04])
_WEEKS = 130
_REGIONS: dict[ScaleName, int] = {"small": 12, "medium": 40, "large": 100}
_PRICE = -0.03
_TIDE, _LOCAL = 0.02, 0.03
_TESTS = (("search_off", "search", -1.0, 96, 106, 4), ("tv_double", "tv", 1.0, 112, 122, 4))
"""Name, channel, change, first week, week after the last, regions."""


@dataclass(frozen=True)
class Planted:
    """A market drawn from a seed: spend (weeks, regions, channels) and sales (weeks, regions), money; price (weeks,);
    the planted carry-over, half-saturation (money a week) and most (money a week) of each channel (channels,); tested,
    regions of each test."""

    spend: Floats
    sales: Floats
    price: Floats
    carry: Floats
    half: Floats
    most: Floats
    tested: list[list[int]]

    def brought(self, spend: Floats, share: float | Floats = 1.0) -> Floats:
        """Return what spend (weeks, ..., channels) brings where this share of the market is."""
        stock = np.zeros_like(spend)
        kept = np.zeros(spend.shape[1:])
        for week, spent in enumerate(spend):
            kept = self.carry * kept + (1.0 - self.carry) * spent
            stock[week] = kept
        return self.most * share * stock / (stock + self.half * share)


def draw(seed: int, regions: int, weeks: int = _WEEKS, jitter: float = 0.0, tests: bool = True,
         memory: float = 0.0) -> Planted:
    """Draw a market; `jitter` spreads the planted responses (standard deviation of their logarithms), `memory` is the
    share of a week's noise that lasts into the next one."""
    luck = stream(seed, "marketing")
    carry = np.clip(_CARRY * np.exp(0.5 * jitter * luck.standard_normal(5)), 0.02, 0.85)
    half = _LARGEST * _HALF * np.exp(jitter * luck.standard_normal(5))
    most = SALES * _MOST * np.exp(jitter * luck.standard_normal(5))
    turns = 2.0 * np.pi * np.arange(weeks) / 52.18
    season = 0.12 * np.sin(turns - 1.0) + 0.04 * np.cos(2.0 * turns)
    spend = _pattern(luck, weeks, season)
    size = luck.dirichlet(np.full(regions, 8.0))
    local = spend[:, None] * size[:, None] * np.exp(0.08 * luck.standard_normal((weeks, regions, 5)))
    tested: list[list[int]] = []
    if tests:
        order = luck.permutation(regions).tolist()
        for _, channel, change, first, last, count in _TESTS:
            tested.append(sorted(order[:count]))
            order = order[count:]
            local[first:last, tested[-1], CHANNELS.index(channel)] *= 1.0 + change
    price = 1.0 + 0.05 * np.repeat(luck.standard_normal(weeks // 6 + 1), 6)[:weeks]
    tide = 1.0 + 0.1 * (np.arange(weeks) / weeks - 0.5) + season + _PRICE / 0.05 * (price - 1.0)
    market = Planted(local, local[..., 0], price, carry, half, most, tested)
    noise = _TIDE * luck.standard_normal((weeks, 1)) + _LOCAL * luck.standard_normal((weeks, regions))
    noise[1:] *= np.sqrt(1.0 - memory**2)
    for week in range(1, weeks):
        noise[week] += memory * noise[week - 1]
    sales = SALES * size * (tide[:, None] + noise) + market.brought(local, size[:, None]).sum(axis=-1)
    return Planted(local, sales, price, carry, half, most, tested)


def _pattern(luck: np.random.Generator, weeks: int, season: Floats) -> Floats:
    """Return the spend (weeks, channels) of the whole market: flights, what follows demand, what grows in steps."""
    def flights(on: int, off: int) -> Floats:
        heights: list[float] = []
        while len(heights) < weeks:
            heights += [luck.uniform(0.4, 1.0)] * int(luck.integers(on // 2, on + 1))
            heights += [0.0] * int(luck.integers(off // 2, off + 1))
        return np.array(heights[:weeks])

    steps = np.repeat(luck.uniform(0.3, 1.0, weeks // 9 + 1), 9)[:weeks]
    shares = np.column_stack([
        flights(6, 5), 0.6 + 1.5 * season + 0.15 * luck.standard_normal(weeks), steps, flights(4, 4), flights(2, 8),
    ])
    return _LARGEST * np.clip(shares, 0.0, 1.0) * np.exp(0.1 * luck.standard_normal((weeks, 5)))


def marketing(scale: ScaleName, seed: int) -> Sample:
    """Draw the sample; `small` has 12 regions, `medium` 40, `large` 100, over 130 weeks."""
    market = draw(seed, _REGIONS[scale])
    weeks, regions, _ = market.spend.shape
    names = [f"R{number + 1:02}" for number in range(regions)]
    days = [START + timedelta(weeks=week) for week in range(weeks)]
    people = {"social": 900_000.0, "tv": 2_500_000.0}
    grid = {"from_on": [day for day in days for _ in names], "region": names * weeks}
    spend = pl.concat([
        pl.DataFrame({"channel": [name] * (weeks * regions), **grid,
                      "amount": market.spend[..., at].round(0).ravel()}) for at, name in enumerate(CHANNELS)
    ]).filter(pl.col("amount") > 0).with_columns(
        impressions=pl.when(channel="social").then((pl.col("amount") * 110).round()))
    sales = pl.DataFrame({"measure": ["sales"] * (weeks * regions), **grid, "value": market.sales.round(0).ravel()})
    price = pl.DataFrame({"measure": ["price"] * weeks, "from_on": days, "region": [None] * weeks,
                          "value": market.price.round(4)}, schema_overrides={"region": pl.String})
    trials = [{"trial": trial, "region": names[region], "channel": channel, "from_on": days[first],
               "to_on": days[last] - timedelta(days=1), "change_share": change}
              for (trial, channel, change, first, last, _), tested in zip(_TESTS, market.tested, strict=True)
              for region in tested]
    channels = [{"channel": name, "name": name.capitalize(), "audience": people.get(name)} for name in CHANNELS]
    truth = pl.DataFrame({"channel": CHANNELS, "carry": market.carry, "half": market.half, "most": market.most})
    settings: dict[str, Any] = {
        "name": "Marketing", "currency": "EUR", "time_zone": "Europe/Paris", "language": "en",
        "sentence": "What a maker of garden goods spends in five channels, and sells, by week and region.",
        "capabilities": {"measure.lifts": {}, "optimise.spend": {"value": 0.4}, "optimise.allocate": {}},
    }
    tables = {
        "channels": shaped(declared.CHANNELS, pl.DataFrame(channels)), "spend": shaped(declared.SPEND, spend),
        "observations": shaped(declared.OBSERVATIONS, pl.concat([sales, price])),
        "trials": shaped(declared.TRIALS, pl.DataFrame(trials)),
    }
    return Sample(settings, tables, {"truth": truth})
