"""Do the choice models print the published numbers, and how fast? Prints one JSON object.

    python -m benchmarks.choice ../shared/data/commercial --json
    python -m benchmarks.choice ../shared/data/commercial --surveys 200

The folder holds swissmetro.csv.gz and electricity_long.csv. Seconds are processor seconds, of the second call.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from arbitre.capability import silent
from arbitre.maths.market.choice import fit_logit
from arbitre.maths.market.choice_bayes import fit_people
from arbitre.maths.market.choice_classes import best_classes
from arbitre.maths.market.choice_mixed import fit_mixed_logit
from arbitre.segment import offers
from benchmarks.choice_data import ELECTRICITY, electricity, swissmetro
from benchmarks.surveys import WORTH, survey


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what the work finds, and its processor seconds."""
    started = time.process_time()
    found = work()
    return found, round(time.process_time() - started, 3)


def covered(surveys: int) -> list[dict[str, Any]]:
    """Return how often the 90 % interval of each worth holds what was planted, and all of them, and mean estimates."""
    rows = [{**row, "planted": WORTH[row["segment"]][row["subject"]]}
            for seed in range(surveys)
            for row in offers.run(survey(people=40, tasks=8, seed=seed, methods=("choice",)),
                                  offers.Params(turns=3000, classes=1), 1, silent).tables["offer_worth"].to_dicts()
            if row["segment"]]
    found = pl.DataFrame(rows).with_columns(held=pl.col("planted").is_between("low", "high"))
    told = [pl.len().alias("intervals"), pl.col("held").mean().alias("covered_share")]
    each = found.group_by("segment", "subject", maintain_order=True).agg(*told, pl.col("planted", "value").mean())
    return [*each.to_dicts(), {"segment": "all", **found.select(told).row(0, named=True)}]


def main() -> None:
    """Fit and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path, help="where the two published data sets are")
    asked.add_argument("--surveys", type=int, default=0, help="made-up surveys to count how often worths are covered")
    asked.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    given = asked.parse_args()
    power, trips = electricity(given.folder), swissmetro(given.folder)
    fit_logit(power)
    published: list[dict[str, Any]] = []

    def told(name: str, value: float, ours: float, tolerance: float) -> None:
        published.append({"name": name, "published": value, "ours": round(ours, 4), "tolerance": tolerance,
                          "is_met": abs(ours - value) <= tolerance})

    swiss, swiss_seconds = timed(lambda: fit_logit(trips))
    plain, plain_seconds = timed(lambda: fit_logit(power))
    told("Swissmetro logit, log likelihood", -5331.252, swiss.log_likelihood, 1e-3)
    told("Electricity logit, log likelihood", -4958.649, plain.log_likelihood, 1e-3)
    mixed, mixed_seconds = timed(lambda: fit_mixed_logit(power, dict.fromkeys(ELECTRICITY, "normal"), draws=600))
    told("Electricity mixed logit of 600 draws, log likelihood", -3888.4, mixed.log_likelihood, 15.0)
    worth = (-mixed.mean[1:] / mixed.mean[0]).tolist()
    for name, mean, ours in zip(ELECTRICITY[1:], (-0.220, 2.290, 1.694, -9.675, -9.696), worth, strict=True):
        told(f"Electricity mixed logit, worth of {name} (cents)", mean / 0.997, ours, abs(mean / 0.997) / 20)
    _, bayes_seconds = timed(lambda: fit_people(power))
    classes, class_seconds = timed(lambda: best_classes(power, most=4, starts=4))
    print(json.dumps({
        "published": published,
        "seconds": {"swissmetro_logit": swiss_seconds, "electricity_logit": plain_seconds,
                    "electricity_mixed_logit": mixed_seconds, "electricity_bayes": bayes_seconds,
                    "electricity_classes": class_seconds},
        **({"surveys": covered(given.surveys)} if given.surveys else {}),
        "classes": len(classes.share), "classes_log_likelihood": round(classes.log_likelihood, 2),
    }, indent=2))


if __name__ == "__main__":
    main()
