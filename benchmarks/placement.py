"""How fast is safety stock placed in a network of stages, and how near its bound? Prints one JSON object.

    python -m benchmarks.placement --json

`trees`: milliseconds from arcs to service times, exact, the median of the runs and the first (which compiles). `knots`:
networks whose stages are joined in many ways; the search before CP-SAT, then both together, within `seconds` each; left
out without ortools. Nothing is read: networks are drawn from one seed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from importlib.util import find_spec
from typing import Any

import numpy as np

from arbitre.maths.stock.placement import Placement, forest_service_times, improved_service_times
from arbitre.maths.stock.stages import cumulated_cost, pooled_deviation, stage_network
from arbitre.optimise._placement_model import decided

SEED = 1


def drawn_tree(stages: int, longest: int = 5) -> tuple[list[int], list[int], np.ndarray, np.ndarray]:
    """Draw a tree whose arcs point anywhere: supplier, customer, duration up to `longest`, cost added."""
    rng = np.random.default_rng([SEED, stages])
    arcs = [(int(rng.integers(0, stage)), stage) for stage in range(1, stages)]
    turned = rng.random(len(arcs)) < 1 / 2
    supplier, customer = zip(*(arc[::-1] if turn else arc for arc, turn in zip(arcs, turned, strict=True)), strict=True)
    return list(supplier), list(customer), rng.integers(1, longest + 1, stages), rng.integers(1, 11, stages)


def drawn_knot(stages: int, more: float) -> Placement:
    """Draw five tiers; a stage takes from one stage of any tier before, and from `more` others on average."""
    rng = np.random.default_rng([SEED, stages])
    tier = np.sort(rng.integers(0, 5, stages))
    arcs: set[tuple[int, int]] = set()
    for stage in range(stages):
        before = np.flatnonzero(tier < tier[stage])
        if len(before):
            taken = rng.choice(before, min(len(before), 1 + rng.poisson(more)), replace=False)
            arcs |= {(int(supplier), stage) for supplier in taken}
    supplier, customer = map(list, zip(*sorted(arcs), strict=True))
    return asked(supplier, customer, rng.integers(1, 11, stages), rng.exponential(5.0, stages))


def asked(supplier: list[int], customer: list[int], duration: np.ndarray, added: np.ndarray) -> Placement:
    """Return the placement in which every last stage faces customers, at once, with deviation 10."""
    network = stage_network(len(duration), supplier, customer, np.ones(len(supplier)))
    last = ~np.isin(np.arange(len(duration)), network.supplier)
    deviation = pooled_deviation(network, np.where(last, 10.0, 0.0), 2.0)
    rate = 1.645 * cumulated_cost(network, added) * deviation
    return Placement(network, duration, np.where(last, 0, duration.sum()), rate)


def trees(sizes: tuple[int, ...], runs: int = 21) -> list[dict[str, Any]]:
    """Time the exact placement on trees."""
    found = []
    for stages in sizes:
        drawn, seconds, cost = drawn_tree(stages), [], 0.0
        for _ in range(runs):
            started = time.perf_counter()
            question = asked(*drawn)
            cost = float(question.costs(forest_service_times(question)).sum())
            seconds.append(time.perf_counter() - started)
        found.append({"stages": stages, "longest_way": int(question.replenishment.max()), "cost": cost, "runs": runs,
                      "first_ms": round(1e3 * seconds[0], 3), "ms": round(1e3 * statistics.median(seconds[1:]), 3)})
    return found


def knots(sizes: tuple[tuple[int, float], ...], limit: float) -> list[dict[str, Any]]:
    """Time the search on networks that are not trees, and tell how far from its bound it ends."""
    found = []
    for stages, more in sizes:
        question = drawn_knot(stages, more)
        started = time.perf_counter()
        quick = improved_service_times(question, np.zeros(stages, np.int64), 2_000, np.random.default_rng(SEED))
        searched = time.perf_counter() - started
        told: dict[str, Any] = {
            "stages": stages, "links": len(question.network.supplier),
            "search_value": float(question.costs(quick).sum()), "search_seconds": round(searched, 3),
        }
        if find_spec("ortools"):
            started = time.perf_counter()
            decision = decided(question, limit, SEED)
            value = float(question.costs(decision.service).sum())
            told |= {"value": value, "bound": decision.bound, "gap": (value - decision.bound) / value,
                     "proven": decision.proven, "seconds": round(time.perf_counter() - started, 2)}
        found.append(told)
    return found


def main() -> None:
    """Print both."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=30.0, help="limit of CP-SAT on each knotted network")
    options.add_argument("--data", help="not needed: nothing is read")
    options.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    limit = options.parse_args().seconds
    print(json.dumps({"trees": trees((10, 30, 60, 1000)),
                      "knots": knots(((30, 0.5), (60, 0.5), (120, 0.5), (250, 0.5)), limit)}, indent=2))


if __name__ == "__main__":
    main()
