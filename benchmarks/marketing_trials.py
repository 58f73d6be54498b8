"""How often are trials fooled, by whoever looks every day, and how often do their intervals hold what was planted?

    python -m benchmarks.marketing_trials --json [--runs 500]

The trials of the sample, drawn anew: without any effect, and with the planted ones.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from arbitre.capability import silent
from arbitre.measure import trials
from arbitre.tables.chain import Chain
from arbitre.tables.sample.trials import EFFECTS, draw
from arbitre.tables.settings import Settings


def told(seed: int, effects: dict[str, float]) -> Mapping[str, pl.DataFrame]:
    """Return what measure.trials tells of the sample's trials with these effects."""
    outcomes = draw(seed, 1, effects)
    return trials.run(Chain(Settings(name="trials"), {"trial_outcomes": outcomes}), trials.Params.model_validate(
        {"skip": 1}), seed, silent).tables


def figures(runs: int) -> dict[str, Any]:
    """Return shares of runs, by trial: called different at the end without an effect, at some look, and, by who stops
    at the first fixed interval without nought, at some look too; planted effect inside the intervals at the end."""
    counted: list[pl.DataFrame] = []
    for seed in range(1, runs + 1):
        none = told(seed, dict.fromkeys(EFFECTS, 0.0))
        once = none["trial_effects"].select("trial", once=(pl.col("low") > 0) | (pl.col("high") < 0),
                                            broken=pl.col("verdict") == "broken_split")
        peeked = none["trial_looks"].filter(pl.col("always_low").is_not_null()).group_by("trial").agg(
            always=((pl.col("always_low") > 0) | (pl.col("always_high") < 0)).any(),
            naive=((pl.col("low") > 0) | (pl.col("high") < 0)).any())
        planted = pl.DataFrame({"trial": list(EFFECTS), "truth": list(EFFECTS.values())})
        held = told(seed, EFFECTS)["trial_effects"].join(planted, on="trial").select(
            "trial", held=pl.col("truth").is_between("low", "high"),
            found=pl.col("verdict").is_in(["raises", "lowers"]))
        counted.append(once.join(peeked, on="trial", how="left").join(held, on="trial"))
    means = pl.concat(counted).group_by("trial").agg(pl.all().mean()).sort("trial")
    return {"runs": runs, **{row.pop("trial"): row for row in means.to_dicts()}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=500)
    given = parser.parse_args()
    found = figures(given.runs)
    print(json.dumps(found) if given.json else "\n".join(f"{name}: {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
