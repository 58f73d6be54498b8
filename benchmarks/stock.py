"""How fast is stock decided, and how close to its proven bound? Prints one JSON object.

    python -m benchmarks.stock --json
    python -m benchmarks.stock --case one|groups|few|huge|deep|dozens [--measure window|waiting]

Made-up spare parts: a depot feeds places, demand is slow and uneven, prices differ a hundredfold. A target is a share
of demand served from the shelf of its place (window), or a share of the waiting without any stock that is avoided.
one: 100,000 items, 11 sites, one target. groups: 10,000 items, 30 places, a target for each place. few: 300 items, 10
places, a target for each. huge: 300,000 items, 50 sites, one target. deep: 1,000 items, a root, 3 depots below it and
4 places below each, one target. dozens: a few dozen slow items, of windows alone: `cases`, two draws of each size, a
depot where there is more than one site, every class asking for every item everywhere. What is timed is the decision:
from arrays to levels, bound and exact evaluation, with compiled code already loaded. The peak of memory is that of the
whole process.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import numpy as np

from arbitre.optimise._duality import keep_promises
from arbitre.optimise._pool import Targets
from arbitre.optimise._stock.network import StockNetwork
from arbitre.optimise._stock.pools import StockPools

CASES = {
    "one": (100_000, 10, False), "groups": (10_000, 30, True), "few": (300, 10, True), "huge": (300_000, 49, False),
    "deep": (1000, 12, False)}
DOZENS = ((12, 1, 3), (30, 1, 5), (60, 1, 10), (12, 3, 2), (30, 3, 2), (30, 6, 5))
"""Items, sites, targets."""
_DEPOTS = 3
"""Depots below the root of the deep case."""
SHARES = {"window": (0.9, 0.95, 0.98), "waiting": (0.94, 0.98, 0.995)}
"""What the places are promised, in turn."""


def network(items: int, places: int, by_place: bool, measure: str, seed: int = 0) -> StockNetwork:
    """Return items in one depot and its places, each place asking for each item."""
    rng = np.random.default_rng(seed)
    rate = rng.lognormal(-1.0, 1.3, items)[:, None] * rng.dirichlet(np.full(places, 0.7), items)
    flows = items * places
    depot_time, place_time = rng.uniform(0.5, 4.0, items), rng.uniform(0.1, 0.4, flows)
    wait = rate.ravel() * (np.repeat(depot_time, places) + place_time)
    return StockNetwork(
        unit_cost=rng.lognormal(4.0, 1.5, items),
        depot_time=depot_time,
        dispersion=np.ones(items),
        depot_lot=np.ones(items),
        place_first=np.arange(items + 1) * places,
        place_time=place_time,
        flow_first=np.arange(items + 1) * places,
        flow_place=np.arange(flows),
        flow_class=np.tile(np.arange(places), items) if by_place else np.zeros(flows),
        flow_rate=rate.ravel(),
        flow_window=np.zeros(flows),
        flow_volume=wait if measure == "waiting" else None,
        flow_waits=np.full(flows, measure == "waiting"),
    )


def deep_network(items: int, places: int, measure: str, seed: int = 0) -> StockNetwork:
    """Return the same items and demand with depots between the root and the places, half a month away."""
    flat, pools, each = network(items, places, False, measure, seed), items * (_DEPOTS + 1), places // _DEPOTS
    rank = np.arange(pools) % (_DEPOTS + 1)
    first = np.concatenate([[0], np.cumsum(np.where(rank > 0, each, 0))])
    way = np.repeat(np.repeat(0.5, items * _DEPOTS), each)
    return replace(
        flat,
        unit_cost=np.repeat(flat.unit_cost, _DEPOTS + 1),
        depot_time=np.where(rank > 0, 0.5, np.repeat(flat.depot_time, _DEPOTS + 1)),
        dispersion=np.ones(pools),
        depot_lot=np.ones(pools),
        place_first=first,
        flow_first=first,
        flow_volume=flat.flow_volume + flat.flow_rate * way if measure == "waiting" else flat.flow_volume,
        pool_above=np.where(rank > 0, np.arange(pools) - rank, -1),
    )


def few_items(items: int, sites: int, classes: int, seed: int) -> StockNetwork:
    """Return slow dear items at one site, or at a depot and its places, each asked for by all classes."""
    rng, places = np.random.default_rng(seed), sites - 1
    asking = max(places, 1) * classes
    rate = rng.lognormal(-5.0, 1.2, items)[:, None] * rng.dirichlet(np.full(asking, 0.7), items)
    flows = items * asking
    place = np.repeat(np.arange(items * places), classes) if places else np.full(flows, -1)
    return StockNetwork(
        unit_cost=rng.lognormal(6.0, 2.0, items),
        depot_time=rng.uniform(20.0, 200.0, items),
        dispersion=np.ones(items),
        depot_lot=np.ones(items),
        place_first=np.arange(items + 1) * places,
        place_time=rng.uniform(2.0, 10.0, items * places),
        flow_first=np.arange(items + 1) * asking,
        flow_place=place,
        flow_class=np.tile(np.arange(classes), items * max(places, 1)),
        flow_rate=rate.ravel(),
        flow_window=np.zeros(flows),
    )


def dozens() -> dict[str, object]:
    """Decide each size twice and return its figures."""
    keep_promises(StockPools(few_items(6, 2, 2, 0)), Targets(np.eye(2), np.full(2, 0.9)))
    return {"case": "dozens", "measure": "window",
            "cases": [{"items": items, "sites": sites, "draw": draw} | figures(few_items(items, sites, classes, draw),
                                                                              np.resize(SHARES["window"], classes))
                      for items, sites, classes in DOZENS for draw in (0, 1)]}


def decided(case: str, measure: str) -> dict[str, object]:
    """Decide one case and return its figures."""
    items, places, by_place = CASES[case]
    is_deep = case == "deep"
    warm = StockPools(deep_network(20, 6, measure) if is_deep else network(20, 2, by_place, measure))
    keep_promises(warm, Targets(np.eye(warm.classes), np.full(warm.classes, 0.9)))
    made = deep_network(items, places, measure) if is_deep else network(items, places, by_place, measure)
    share = np.resize(SHARES[measure], places) if by_place else np.array(SHARES[measure][1:2])
    return {"case": case, "measure": measure, "items": items, "sites": places + 1 + is_deep * _DEPOTS} | figures(
        made, share)


def figures(made: StockNetwork, share: np.ndarray) -> dict[str, object]:
    """Decide what is held for these shares, and return seconds, gap and the rest."""
    started = time.perf_counter()
    pools = StockPools(made)
    plan = keep_promises(pools, Targets(np.eye(pools.classes), share))
    return {
        "targets": pools.classes,
        "seconds": time.perf_counter() - started, "gap": plan.gap, "value": plan.value, "bound": plan.bound,
        "status": plan.status, "least_margin": float((plan.share - share).min()),
        "sweeps": plan.iterations,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024),
    }


def every() -> list[dict[str, object]]:
    """Decide every case by both measures, one after the other, each in a process of its own for its peak of memory."""
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as alone:
        waiting = [alone.submit(decided, case, measure) for case in CASES for measure in SHARES]
        return [one.result() for one in (*waiting, alone.submit(dozens))]


def main() -> None:
    """Decide the case asked for, or all, and print the figures."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--case", choices=(*CASES, "dozens"), help="one alone")
    asked.add_argument("--measure", choices=tuple(SHARES), default="window", help="of the case")
    asked.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    options = asked.parse_args()
    if options.case == "dozens" and options.measure == "waiting":
        asked.error("the case dozens is one of windows")
    if options.case is None:
        found: object = every()
    else:
        found = dozens() if options.case == "dozens" else decided(options.case, options.measure)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
