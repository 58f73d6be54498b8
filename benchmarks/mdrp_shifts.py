"""What do better shifts of as many hours bring on the Grubhub instances of the meal delivery routing problem?

    python -m benchmarks.mdrp_shifts ../shared/data/mdrp --json

Each instance with the historical shifts (s1) is dispatched by the same policy with its own shifts, with those of
`optimise.shifts`, told to place no more paid hours than there are (hours_share 1), with those it places where riders
wanted less than one time in fifty are left out (fewer hours), and with the better shifts of the instances (s2).

What is wanted, quarter by quarter: were riders without number, as many would be busy as orders are between a rider's
leaving for the restaurant and the end at the door. One rider missing at the k-th costs as much as a rider wanted is
worth, times the chance that k or more are busy (Poisson, with that mean). Shifts last 1.5 to 4 hours and start on any
quarter, as in the instances; each begins where a rider of the historical shifts of about that hour does. As in the
better shifts of the instances, the orders of the day are known to who plans it.

Published (Reyes and others 2018, Tables 5 to 8): undelivered 0.42 to 0.16 %, click-to-door 33.7 to 32.38,
ready-to-pickup 2.79 to 1.64, cost an order 11.58 to 11.22.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import poisson

from arbitre.capability import silent
from arbitre.optimise import shifts
from arbitre.optimise._dispatch.minutes import dispatched
from arbitre.optimise._dispatch.rounds import Day
from arbitre.tables.catalogue import DECLARED
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.settings import Settings
from benchmarks.mdrp import Instance, column, day_of, figures, policy_of, read, solution_of
from benchmarks.mdrp_rules import broken

WORTH = 2e5
"""What an hour of a rider who is wanted is worth, in money: so much more than its pay that every hour is placed."""
RARE = {"same hours": 1e-4, "fewer hours": 0.02}
"""Riders wanted less often than this are not asked for."""
TOLD = ("hours", "undelivered_share", "click_to_door", "click_to_door_p90", "ready_to_pickup", "cost_per_order")


def busy(day: Day, rules: dict[str, float]) -> np.ndarray:
    """Return how many riders would be busy on average in each quarter of the day, were there riders without number."""
    ready = day.orders["ready"].astype(float)
    way = day.travel[day.orders["pickup"], day.orders["door"]].astype(float)
    pick, drop = rules["pickup service minutes"], rules["dropoff service minutes"]
    # A rider who is free stands at a door, about as far from a restaurant as restaurants are from doors.
    leaves, ends = ready - pick / 2.0 - way, ready + pick / 2.0 + way + drop
    return np.array([np.clip(np.minimum(ends, low + 15.0) - np.maximum(leaves, low), 0.0, None).sum() / 15.0
                     for low in np.arange(0.0, 1440.0, 15.0)])


def chain_of(instance: Instance, day: Day, rare: float) -> Chain:
    """Return the day as a chain: riders wanted on a Monday, the shifts there are, and those that may be given."""
    wanted = [{"crew": "riders", "weekday": "monday", "starts": quarter / 4.0, "heads": heads,
               "short_cost": WORTH * float(poisson.pmf(heads, mean))}
              for quarter, mean in enumerate(busy(day, instance.rules).tolist())
              for heads in range(1, 1 + int(poisson.isf(rare, mean)))]
    own = [{"crew": "riders", "weekday": "monday", "starts": on / 60.0, "ends": off / 60.0, "heads": 1}
           for on, off in zip(day.riders["on"].tolist(), day.riders["off"].tolist(), strict=True)]
    pattern = {"pattern": "rider", "crew": "riders", "earliest": 0.0, "latest": 20.0, "every": 0.25, "shortest": 1.5,
               "longest": 4.0}
    crew = {"crew": "riders", "heads": 1, "cost": instance.rules["guaranteed pay per hour"]}
    rows = {"heads_wanted": wanted, "shifts": own, "shift_patterns": [pattern], "crews": [crew]}
    return Chain(Settings(name=instance.name),
                 {name: shaped(DECLARED[name], pl.DataFrame(each, infer_schema_length=None))
                  for name, each in rows.items()})


def better(instance: Instance, rare: float) -> Instance:
    """Return the instance with the shifts that optimise.shifts publishes in place of its own."""
    found = shifts.run(chain_of(instance, day_of(instance), rare), shifts.Params(hours_share=1.0), 0, silent).tables
    kinds = {row["shift"]: row for row in found["shift_kinds"].iter_rows(named=True)}
    times = sorted((60 * kinds[row["shift"]]["starts"], 60 * kinds[row["shift"]]["work"])
                   for row in found["shift_needs"].iter_rows(named=True) for _ in range(row["heads"]))
    there = sorted(instance.riders, key=lambda row: float(row["on_time"]))
    riders = [{**there[at * len(there) // len(times)], "courier": f"n{at}", "on_time": str(round(start)),
               "off_time": str(round(start + length))} for at, (start, length) in enumerate(times)]
    return replace(instance, riders=riders)


def dispatched_figures(instance: Instance, place: Path | None) -> dict[str, float]:
    """Return the figures of an instance, and its hours; where its folder is given, no rule of it may be broken."""
    day = day_of(instance)
    log = dispatched(day, policy_of(instance))
    if place and (faults := broken(place, solution_of(instance, log))):
        raise SystemExit(f"{instance.name} breaks rules: {faults[:3]}")
    hours = float((column(instance.riders, "off_time") - column(instance.riders, "on_time")).sum()) / 60.0
    return {"hours": hours, **figures(instance, day, log, 0.0)}


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path, help="folder of the instances")
    options.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    folder = options.parse_args().folder
    found: dict[str, list[dict[str, float]]] = {who: [] for who in ("own", *RARE, "s2")}
    for place in sorted(path for path in folder.iterdir() if "s1" in path.name):
        instance = read(place)
        found["own"].append(dispatched_figures(instance, place))
        for who, rare in RARE.items():
            found[who].append(dispatched_figures(better(instance, rare), None))
        found["s2"].append(dispatched_figures(read(place.with_name(place.name.replace("s1", "s2"))), None))
    told: dict[str, Any] = {who: {key: round(float(np.mean([row[key] for row in rows])), 4) for key in TOLD}
                            for who, rows in found.items()}
    print(json.dumps({"instances": len(found["own"]), **told}, indent=2))


if __name__ == "__main__":
    main()
