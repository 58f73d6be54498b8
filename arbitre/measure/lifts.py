"""What did each test of a channel bring?

In the regions of a test the spend of a channel was changed for a time (trials). What they then sold is compared with a
synthetic control: the other regions, weighted until they go the way the tested ones went before
(`maths.evidence.trials_in_time`, Abadie, Diamond and Hainmueller 2010). The error is what placebos show: the same done
to groups of regions where nothing was changed. Regions under another test in those weeks stand for nobody.

Reads trials and observations by region. Writes lift_tests, which optimise.spend reads: lay it over the chain by
chain.with_(lift_tests=...), or name measure.lifts in chain.toml. Units of the outcome.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.streams import stream
from arbitre.maths.evidence.trials_in_time import synthetic_control
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.weeks import by_week

READS = ("trials", "observations")
MAY_READ = ()
WRITES = ("lift_tests",)

_LEAST_BEFORE = 8
"""Weeks before a test that regions are compared over, at least."""


class Params(BaseParams):
    """What tests were to raise."""

    outcome: str = Field("sales", description="Measure that the tests were to move.")
    confidence: float = Field(0.9, ge=0.5, le=0.99, description="Confidence of the intervals told.",
                              json_schema_extra={"unit": "share"})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Return the effect of each test. Raises Unsupported, with the reason, where one cannot be judged."""
    rows = chain.table("observations").filter((pl.col("measure") == params.outcome) & pl.col("region").is_not_null())
    if not rows.height:
        raise Unsupported(f"No observation of {params.outcome} names a region. Tests are judged against other regions: "
                          "fill in the column region.")
    sums = by_week(rows, "value", ("region",)).pivot("region", index="week", values="value").sort("week")
    trials = chain.table("trials")
    found: list[dict[str, Any]] = []
    summary: dict[str, Any] = {}
    for (name,), tested in trials.sort("trial", "region").group_by("trial", maintain_order=True):
        progress(len(found) / trials["trial"].n_unique(), f"test {name}")
        effect, row = _judged(sums, trials, tested, params.confidence, stream(seed, "lifts", str(name)))
        found.append(row)
        summary |= {f"effect.{name}": row["effect"], f"low.{name}": effect.low, f"high.{name}": effect.high,
                    f"p.{name}": effect.p}
    return Result("measure.lifts", {"tests": len(found), **summary},
                  {"lift_tests": shaped(INPUTS["lift_tests"], pl.DataFrame(found))})


def _judged(sums: pl.DataFrame, trials: pl.DataFrame, tested: pl.DataFrame, confidence: float,
            luck: np.random.Generator) -> tuple[Any, dict[str, Any]]:
    """Return the effect of a test, over all its weeks, and its row of lift_tests."""
    name, first_on, to_on = tested["trial"][0], tested["from_on"].min(), tested["to_on"].max()
    if tested.select("channel", "from_on", "to_on", "change_share").n_unique() > 1:
        raise Unsupported(f"In trials the regions of {name} differ in channel, days or change. Give each its own name.")
    mine = tested["region"].to_list()
    absent = [region for region in mine if region not in sums.columns]
    if absent:
        raise Unsupported(f"In trials {name} names the region {absent[0]}, of which nothing was observed.")
    busy = trials.filter((pl.col("trial") != name) & (pl.col("from_on") <= to_on) & (pl.col("to_on") >= first_on))
    others = [region for region in sums.columns[1:] if region not in mine and region not in busy["region"].to_list()]
    # A test of days counts in the weeks that it fills.
    weeks = sums.filter(pl.col("week") + timedelta(days=6) <= to_on).select("week", *mine, *others).drop_nulls()
    first = int((weeks["week"] < first_on).sum())
    if first < _LEAST_BEFORE or first >= weeks.height:
        raise Unsupported(f"The test {name} has {first} weeks before it and {weeks.height - first} whole weeks in it "
                          f"in which all regions were observed. It takes {_LEAST_BEFORE} before, and one.")
    try:
        found = synthetic_control(weeks.drop("week").to_numpy().T, list(range(len(mine))), first, luck,
                                  confidence=confidence)
    except ValueError as wrong:
        raise Unsupported(f"The test {name} cannot be judged: {wrong}.") from wrong
    span = weeks.height - first
    effect = found.effect._replace(value=found.effect.value * span, error=found.effect.error * span,
                                   low=found.effect.low * span, high=found.effect.high * span)
    share = float(weeks[:first, 1 : 1 + len(mine)].to_numpy().sum() / sums.filter(
        pl.col("week").is_in(weeks["week"][:first].implode())).drop("week").fill_null(0.0).to_numpy().sum())
    return effect, {"trial": name, "channel": tested["channel"][0], "from_on": first_on, "to_on": to_on,
                    "change_share": tested["change_share"][0], "market_share": share, "effect": effect.value,
                    "error": max(effect.error, 1e-9)}
