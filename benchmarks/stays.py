"""Are flats ready, is linen there, does somebody come at night? The plans of a chain of stays, proved from outside.

    python -m benchmarks.stays --json

Draws the sample `stays` and prints

- ready_share: flats inspected by check-in, by the tours of optimise.routes and by naive ones (flats of a district in
  the order of their numbers, dealt to its people one after the other), lived through with the same ways and work;
- sets: linen by optimise.loops, against three sets a flat, and against the smallest number of sets a flat, the same for
  all, that is short no more often; shortage counted by handing over every set (`lived_share` beside `said_share`);
- night: what optimise.standby says is kept, and what the twin replays.
"""

from __future__ import annotations

import argparse
import heapq
import json
import time
from collections import defaultdict
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from arbitre.capability import silent
from arbitre.maths.places.location import great_circle
from arbitre.optimise import loops, routes, standby
from arbitre.simulate import proof
from arbitre.tables.chain import Chain
from arbitre.tables.new import new
from arbitre.tables.sample.stays import CHECK, CLEANED, FETCHED, FIRST, IN, OUT, WASH

WAY_SPREAD, STAGES = 0.2, 16
"""Of ways, and of cleaning and inspecting, as the tables of the chain say."""
Order = dict[tuple[str, int], list[str]]
"""Cases of each tour, in order."""


def readiness(chain: Chain, draws: int, effort: float) -> dict[str, Any]:
    """Return the share of flats ready by plan, by plan with time in hand, and by naive tours."""
    began = time.process_time()
    params = routes.Params.model_validate(
        {"kind": "turnover, inspection", "levers": "left", "effort": effort})
    found = {name: routes.run(chain, params.model_copy(update={"buffers": name}), 1, silent)
             for name in ("none", "priced")}
    told = {"plan": _order(found["none"].tables["tours"]), "plan_with_buffers": _order(found["priced"].tables["tours"]),
            "naive": _naive(chain)}
    shares = {name: _lived_tours(chain, order, draws) for name, order in told.items()}
    return {"flats": chain.table("planned_visits").height, "ready_share": shares,
            "said_share": found["none"].summary["kept_expected_share"],
            "seconds": round(time.process_time() - began, 2)}


def _order(tours: pl.DataFrame) -> Order:
    made = defaultdict(list)
    for crew, tour, case in tours.drop_nulls("case").sort("tour", "stop").select("crew", "tour", "case").iter_rows():
        made[crew, tour].append(case)
    return dict(made)


def _naive(chain: Chain) -> Order:
    """Return the flats in the order of their numbers, dealt out to the people of their district, and to the leads."""
    heads = dict(chain.table("crews").select("crew", "heads").iter_rows())
    made, dealt = defaultdict(list), defaultdict(int)
    for case, crew in chain.table("planned_visits").sort("case").select("case", "crew").iter_rows():
        for name, who in ((case, crew), (f"I{case[1:]}", "lead")):
            made[who, dealt[who] % heads[who]].append(name)
            dealt[who] += 1
    return dict(made)


def _lived_tours(chain: Chain, order: Order, draws: int) -> float:
    """Return the share of flats whose inspection ends by check-in; the same chance for every order."""
    sites = {row["site"]: row for row in chain.table("sites").iter_rows(named=True)}
    flats = {row["customer"]: row for row in chain.table("customers").iter_rows(named=True)}
    home = dict(chain.table("crews").select("crew", "site").iter_rows())
    of_case = dict(chain.table("cases").select("case", "customer").iter_rows())
    work = {case: float(value) for case, value in chain.table("attributes").select("case", "value").iter_rows()}
    rng = np.random.default_rng(11)
    cases = sorted(case for case in of_case if case in work) + sorted(f"I{case[1:]}" for case in work)
    lasts = {case: work[case] * rng.gamma(STAGES, 1 / STAGES, draws) if case in work
             else CHECK * rng.gamma(STAGES, 1 / STAGES, draws) for case in cases}
    slow = {case: rng.gamma(WAY_SPREAD**-2, WAY_SPREAD**2, draws) for case in cases}
    over: dict[str, np.ndarray] = {}
    for (crew, _), tour in sorted(order.items(), key=lambda item: item[0][0] == "lead"):
        at, now = sites[home[crew]], np.full(draws, 10.0 if crew != "lead" else OUT)
        for case in tour:
            flat = flats[of_case[case]]
            km = great_circle(*(np.array([place[name]]) for place in (at, flat) for name in ("latitude", "longitude")))
            now = now + float(km[0, 0]) * 1.3 / 30.0 * slow[case]
            opens = OUT if case in work else np.maximum(CLEANED, over.get(f"T{case[1:]}", np.full(draws, np.inf)))
            now = np.maximum(now, opens) + lasts[case]
            over[case], at = now, flat
    ready = [over.get(f"I{case[1:]}", np.full(draws, np.inf)) <= IN for case in work]
    return round(float(np.mean(ready)), 4)


def linen(chain: Chain, draws: int) -> dict[str, Any]:
    """Return the sets by plan and by rules of so many a flat, and how often each is short."""
    began = time.process_time()
    params = loops.Params.model_validate(chain.settings.capabilities["optimise.loops"])
    found = loops.run(chain, params, 1, silent).tables["loop_levels"].filter(pl.col("item") != "KEYS")
    seconds = round(time.process_time() - began, 2)
    bookings = dict(chain.table("bookings").group_by("item", "site"))
    plan = {(item, site): level for item, site, level in found.select("item", "site", "level").iter_rows()}
    flats = {(item, site): before // 3 for item, site, before in found.select("item", "site", "before").iter_rows()}
    lived = _lived_linen(bookings, plan, draws)
    said = float(np.average(found["short_share"], weights=found["wanted"]))
    for tenths in range(10, 31):
        rule = {key: int(np.ceil(count * tenths / 10)) for key, count in flats.items()}
        if (short := _lived_linen(bookings, rule, draws)) <= lived:
            break
    three = {key: 3 * count for key, count in flats.items()}
    return {"sets": sum(plan.values()), "said_share": round(said, 5), "lived_share": round(lived, 5),
            "three_a_flat": sum(three.values()), "three_lived_share": round(_lived_linen(bookings, three, draws), 5),
            "a_flat_at_equal_service": tenths / 10, "sets_at_equal_service": sum(rule.values()),
            "equal_lived_share": round(short, 5), "seconds": seconds}


def _lived_linen(bookings: dict[Any, pl.DataFrame], held: dict[Any, int], draws: int) -> float:
    """Return the share of the sets wanted that are not there, every set handed over; the same chance for every rule."""
    rng, short, wanted = np.random.default_rng(5), 0, 0
    for key in sorted(held):
        rows = bookings[key]
        out = [(at - FIRST).total_seconds() / 3600 for at in rows["out_at"]]
        fetched = [_fetched(at) for at in rows["back_at"]]
        for _ in range(draws):
            taken = {hour: hour + WASH["laundry monday" if (hour // 24) % 7 == 0 else "laundry"] * rng.gamma(25.0, 0.04)
                     for hour in sorted(set(fetched))}
            events = [(at, 1) for at in out] + [(taken[hour], 0) for hour in fetched]
            heapq.heapify(events)
            free = held[key]
            while events:
                _, wants = heapq.heappop(events)
                short += wants and free <= 0
                free += -1 if wants else 1
            wanted += len(out)
    return short / wanted


def _fetched(given: datetime) -> int:
    """Return the hour, from FIRST, at which the laundry next comes by, never on Sunday."""
    hours = (given - FIRST).total_seconds() / 3600
    day = int(np.ceil((hours - FETCHED) / 24 - 1e-9))
    return round((day + 1 if day % 7 == 6 else day) * 24 + FETCHED)


def nights(chain: Chain, replications: int) -> dict[str, Any]:
    """Return what standby says is kept, and what the twin keeps."""
    began = time.process_time()
    params = standby.Params.model_validate(chain.settings.capabilities["optimise.standby"])
    found = standby.run(chain, params, 1, silent)
    seconds = time.process_time() - began
    only = chain.with_(arrivals=chain.table("arrivals").filter(kind="incident"), **found.tables)
    asked = proof.Params.model_validate(
        {"crews": "plan", "levels": "today", "least": replications, "most": replications})
    judged = proof.run(only, asked, 1, silent)
    row = judged.tables["proofs"].filter(promise="NIGHT").row(0, named=True)
    return {"said": round(row["said_share"], 4), "replayed": round(row["share"], 4),
            "low": round(row["low_share"], 4), "high": round(row["high_share"], 4), "cases": row["cases"],
            "today": round(found.summary["kept_before.NIGHT"], 4), "seconds": round(seconds, 2)}


def main() -> None:
    """Run it and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--washes", type=int, default=100)
    parser.add_argument("--replications", type=int, default=40)
    parser.add_argument("--effort", type=float, default=1.0)
    asked = parser.parse_args()
    chain = new("stays", "small", 1)
    told = {"ready": readiness(chain, asked.draws, asked.effort), "linen": linen(chain, asked.washes),
            "night": nights(chain, asked.replications)}
    print(json.dumps(told, indent=None if asked.json else 2))


if __name__ == "__main__":
    main()
