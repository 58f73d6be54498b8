"""What does each rule of sharing one stock cost, when all keep the same promises? Prints one JSON object.

    python -m benchmarks.allocation --json

Items of a synthetic chain are asked for by three classes: at once (5 % of demand, promised for 98 %), within a day
(20 %, 95 %) and within ten days (75 %, 95 %), each over all items. The rules: a stock for each class (separate); one
stock, the first promise made to everybody (round_up); one stock first come first served (first_come), at the promised
date (promised_date), or with critical levels (critical_levels). A `central` stock replaces a unit in 20 to 60 days, a
`forward` one in 3 to 10. The mix of classes is the same for each item (`even`) or not (`varied`): then first come can
keep more of the items asked for at once. And two answers to an empty shelf:

- `emergency`: what cannot be served on its date is flown in and its order called off; cost of stock on hand and of
  emergencies. Exact for Poisson demand; with critical levels, for exponential replenishment times. Nobody waits, so
  first come and critical levels serve at once, and their windows bring nothing; but with critical levels a class whose
  window is as long as a unit takes to come waits for its own.
- `waiting`: everybody waits for the next unit; cost of stock on hand, and nothing for waiting. Exact for Poisson demand
  and fixed replenishment times. No closed form with critical levels, so they are left out.

`saving` compares the cost with that of round_up, `gap` is the certified one of each decision. `policies_per_second` is
how many policies of three critical levels, of levels 2 to 7, one core evaluates in a second of its own time.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from arbitre.maths.stock.critical_levels import critical_level_measures
from arbitre.optimise._duality import keep_promises
from arbitre.optimise._pool import Floats, Pools, Targets
from arbitre.optimise._stock.pools import StockNetwork, StockPools
from arbitre.optimise._stock.ration_pools import RationNetwork, RationPools

MIX = np.array([0.05, 0.20, 0.75])
WINDOWS = np.array([0.0, 1.0, 10.0])
PROMISED = np.array([0.98, 0.95, 0.95])
CLASSES = len(MIX)
HOLDING_SHARE = 0.2
DAYS = {"central": (20.0, 60.0), "forward": (3.0, 10.0)}
MIXES = ("even", "varied")
POLICIES = 2_000_000


@dataclass(frozen=True)
class Items:
    """rate (items, classes) units per day; price and emergency cost (items,) money per unit; time (items,) days."""

    rate: Floats
    price: Floats
    emergency: Floats
    time: Floats


def drawn(count: int, days: tuple[float, float], mix: str, seed: int) -> Items:
    """Items with a few units a year to a few a week; a flight costs a fixed amount and a little of the price."""
    rng = np.random.default_rng(seed)
    total, price, days_each = rng.lognormal(-4, 1.2, count), rng.lognormal(5, 1.3, count), rng.uniform(*days, count)
    mixes = np.tile(MIX, (count, 1)) if mix == "even" else rng.dirichlet(8.0 * MIX, count)
    return Items(total[:, None] * mixes, price, 20.0 + 0.02 * price, days_each)


def rationed(items: Items, demand_rate: Floats, mean_time: Floats, windows: Floats) -> RationPools:
    """Stocks that fly in what they lack; demand_rate (pools, demands) per item or per item and class."""
    pools, demands = demand_rate.shape
    each = pools // len(items.price)
    return RationPools(RationNetwork(
        unit_cost=HOLDING_SHARE * np.repeat(items.price, each),
        time=mean_time,
        emergency_cost=np.repeat(items.emergency, each),
        demand_first=demands * np.arange(pools + 1),
        demand_rate=demand_rate.ravel(),
        flow_demand=np.repeat(np.arange(pools * demands), items.rate.size // (pools * demands)),
        flow_class=np.tile(np.arange(CLASSES), len(items.price)),
        flow_window=np.tile(windows, len(items.price)),
        flow_volume=items.rate.ravel(),
    ))


def stocked(items: Items, windows: Floats, dates: Floats, each: int = 1) -> StockPools:
    """Stocks for which everybody waits: one per item, or one per item and class (each = classes)."""
    pools = each * len(items.price)
    return StockPools(StockNetwork(
        unit_cost=HOLDING_SHARE * np.repeat(items.price, each),
        depot_time=np.repeat(items.time, each),
        dispersion=np.ones(pools),
        depot_lot=np.ones(pools),
        place_first=np.zeros(pools + 1),
        place_time=[],
        flow_first=np.arange(pools + 1) * (CLASSES // each),
        flow_place=np.full(items.rate.size, -1),
        flow_class=np.tile(np.arange(CLASSES), len(items.price)),
        flow_rate=items.rate.ravel(),
        flow_window=np.tile(windows, len(items.price)),
        flow_date=np.tile(dates, len(items.price)),
    ))


def rules(items: Items) -> dict[str, dict[str, tuple[Pools, Floats]]]:
    """For each answer to an empty shelf, the pools of each rule and the shares it has to keep."""
    total, left = items.rate.sum(axis=1), np.maximum(items.time[:, None] - WINDOWS, 0.0)
    # Taken at the promised date, a unit is away from the shelf for what its window leaves of the time.
    away = (items.rate * left).sum(axis=1) / total
    premium, at_once = np.full(CLASSES, PROMISED[0]), np.zeros(CLASSES)
    pooled = rationed(items, total[:, None], items.time, at_once)
    return {
        "emergency": {
            "separate": (rationed(items, items.rate.reshape(-1, 1), left.ravel(), at_once), PROMISED),
            "round_up": (pooled, premium),
            "first_come": (pooled, PROMISED),
            "promised_date": (rationed(items, total[:, None], away, at_once), PROMISED),
            "critical_levels": (rationed(items, items.rate, items.time, WINDOWS), PROMISED),
        },
        "waiting": {
            "separate": (stocked(items, WINDOWS, at_once, each=CLASSES), PROMISED),
            "round_up": (stocked(items, at_once, at_once), premium),
            "first_come": (stocked(items, WINDOWS, at_once), PROMISED),
            "promised_date": (stocked(items, WINDOWS, WINDOWS), PROMISED),
        },
    }


def decided(pools: Pools, shares: Floats) -> dict[str, Any]:
    """The decision under one rule: its cost with the certified gap, and what each class receives."""
    started = time.perf_counter()
    plan = keep_promises(pools, Targets(np.eye(CLASSES), shares))
    seconds = time.perf_counter() - started
    return {
        "cost": round(plan.value),
        "bound": round(plan.bound),
        "gap": round(plan.gap, 6),
        "kept": [round(float(share), 4) for share in plan.share],
        "seconds": round(seconds, 2),
    }


@njit
def _evaluate(policies: int) -> float:
    """Evaluate so many policies; the sum of what they hold keeps the compiler from leaving them out."""
    loads, critical, shares, held = np.array([0.1, 0.3, 0.6]), np.array([0, 1, 2]), np.empty(3), 0.0
    for policy in range(policies):
        held += critical_level_measures(loads, critical, 2 + policy % 6, shares)[0]
    return held


def policies_per_second() -> int:
    """How many policies of three critical levels does one core evaluate in a second? The best of three runs."""
    _evaluate(1)
    best = float("inf")
    for _ in range(3):
        started = time.thread_time()
        _evaluate(POLICIES)
        best = min(best, time.thread_time() - started)
    return round(POLICIES / best)


def compared(items: Items) -> dict[str, Any]:
    """Every rule under both answers to an empty shelf, with its saving against round_up."""
    found: dict[str, Any] = {}
    for answer, by_rule in rules(items).items():
        costs = {rule: decided(pools, shares) for rule, (pools, shares) in by_rule.items()}
        reference = costs["round_up"]["cost"]
        found[answer] = {
            rule: {"saving": round(1.0 - cost["cost"] / reference, 4), **cost} for rule, cost in costs.items()
        }
    return found


def main() -> None:
    """Decide under every rule and print what was found."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--items", type=int, default=2000, help="how many items")
    asked.add_argument("--seed", type=int, default=1, help="of the synthetic items")
    asked.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    given = asked.parse_args()
    found: dict[str, Any] = {"items": given.items, "policies_per_second": policies_per_second()}
    for setting, days in DAYS.items():
        found[setting] = {mix: compared(drawn(given.items, days, mix, given.seed)) for mix in MIXES}
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
