"""How many hours of people do pooled crews need, and crews apart, at the same service proved? Prints one JSON object.

    python -m benchmarks.pooling_people --json

Three field services of three zones with a crew each, called from 8 to 20, two peaks a day, an hour of work on average;
promised is that somebody is there within two hours for 90 % of the calls. They differ in the way to one's own zone and
to the others: `one_town` (a quarter of an hour to all), `near_zones` (three quarters to the others), `far_zones` (half
an hour; two hours). Apart, each crew serves its zone; pooled, any free one goes, the nearest first (one role in
`needs`). Both are planned by `optimise.crews`, heads staying the same for an hour, and proved by the twin on the same
calls. As the model takes pooled crews to travel as the nearest does, and has heads leave their work at the end of a
shift, the share asked of the plan is moved (MISSED), and the plan of fewest hours that is *proved* to keep the target
counts: `hours` of people a week, the share `proved` with its interval, and what the model `said`. `saving`: of pooled
against apart.
"""

from __future__ import annotations

import argparse
import json
import time
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from arbitre.capability import silent
from arbitre.core.errors import Unreachable
from arbitre.optimise import crews
from arbitre.simulate import proof
from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of

ZONES = ("north", "south", "west")
WAYS = {"one_town": (0.25, 0.25), "near_zones": (0.25, 0.75), "far_zones": (0.5, 2.0)}
"""Hours to one's own zone, and to the others."""
PEAKS = {8: 1.0, 10: 2.0, 12: 1.0, 14: 2.0, 18: 0.6}
"""Weight of the hours of a day, from each on."""
CALLS, TARGET, SEED = 2600.0, 0.9, 1
MISSED = np.geomspace(0.4, 0.0003, 12).tolist()
"""Shares that plans may miss."""


def field(own: float, other: float, is_pooled: bool) -> Chain:
    """Return the chain of a field service; pooled crews stand in for one another."""
    lanes = [{"from_site": start, "to_site": end, "duration": own if start == end else other}
             for start in ZONES for end in ZONES if is_pooled or start == end]
    hours = [*PEAKS, 20]
    return chain_of(
        sites=[{"site": zone} for zone in ZONES], lanes=lanes,
        steps=[{"step": "visit", "work": 1.0, "travels": True}], routes=[{"kind": "call", "to_step": "visit"}],
        crews=[{"crew": zone, "site": zone, "heads": 4, "cost": 40.0} for zone in ZONES],
        shifts=[{"crew": zone, "starts": 8.0, "ends": 22.0} for zone in ZONES],
        needs=[{"step": "visit", "crew": zone, "role": "technician" if is_pooled else None} for zone in ZONES],
        arrivals=[{"kind": "call", "site": zone, "rate": CALLS} for zone in ZONES],
        rhythms=[{"kind": "call", "starts": float(start), "ends": float(end), "weight": PEAKS[start]}
                 for start, end in pairwise(hours)],
        promises=[{"promise": "there", "kind": "call", "step": "arrived", "window": 2.0, "target_share": TARGET}])


def planned(given: Chain, missed: float) -> dict[str, Any] | None:
    """Return the plan that may miss such a share; None where it is not proved to keep the target."""
    promises = given.table("promises").with_columns(target_share=pl.lit(1.0 - missed))
    try:
        plan = crews.run(given.with_(promises=promises), crews.Params(hold=60), SEED, silent)
    except Unreachable:
        return None
    params = proof.Params(crews="plan", least=10, most=10)
    told = proof.run(given.with_(crew_levels=plan.tables["crew_levels"]), params, SEED, silent)
    row = told.tables["proofs"].row(0, named=True)
    return None if row["share"] < TARGET else {
        "hours": plan.summary["hours_a_week"], "said": round(plan.tables["crew_promises"]["kept_after"][0], 4),
        "proved": [round(row[name], 4) for name in ("share", "low_share", "high_share")]}


def at_target(given: Chain) -> dict[str, Any] | None:
    """Return the plan of fewest hours that is proved to keep the target: of all asked for more and more, and of some
    that may miss a little more than the loosest of these."""
    found = {missed: planned(given, missed) for missed in MISSED}
    loosest = max((missed for missed, plan in found.items() if plan), default=MISSED[0])
    nearby = np.geomspace(loosest, min(loosest * MISSED[0] / MISSED[1], 0.9), len(MISSED)).tolist()
    plans = [plan for plan in (*found.values(), *(planned(given, missed) for missed in nearby[1:])) if plan]
    return min(plans, key=lambda plan: plan["hours"], default=None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object, and nothing else")
    parser.parse_args()
    told: dict[str, Any] = {}
    for name, (own, other) in WAYS.items():
        started = time.perf_counter()
        apart, pooled = (at_target(field(own, other, is_pooled)) for is_pooled in (False, True))
        saving = 1.0 - pooled["hours"] / apart["hours"] if apart and pooled else None
        told[name] = {"apart": apart, "pooled": pooled, "saving": saving,
                      "seconds": round(time.perf_counter() - started, 1)}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
