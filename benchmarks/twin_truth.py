"""Does the twin reproduce what is known exactly? Prints one JSON object.

    python -m benchmarks.twin_truth --json

Each closed form is measured on independent replications; its z is the distance of their mean from the exact value, in
standard errors, brought to the normal scale through Student's law. If the twin is right the z's together are standard
normal: `ks_p` is the p-value of the Kolmogorov-Smirnov test. `coverage` is the share of 95 % intervals, made of eight
replications each, that hold the exact value.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from typing import Any

import numpy as np

from arbitre.simulate._kernel.run import replications
from benchmarks.truth import queues, stock
from benchmarks.truth.case import Truth

REPLICATIONS, GROUP = 64, 8
NEEDS_LOG = ("wait beyond", "help each other")
STUDENT_95 = 2.364624
"""The 97.5 % point of Student's law with 7 degrees of freedom."""


def student_to_normal(t: float, freedom: int) -> float:
    """Return the normal score with the tail of t: the law of Student is integrated numerically."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)
    grid = np.linspace(abs(t), abs(t) + 60.0, 600_001)
    density = scale * (1 + grid**2 / freedom) ** (-(freedom + 1) / 2)
    tail = float(np.trapezoid(density, grid))
    return math.copysign(-statistics.NormalDist().inv_cdf(max(tail, 1e-300)), t)


def ks_p(scores: list[float]) -> float:
    """Return the p-value of the test that the scores are standard normal (Kolmogorov 1933, Stephens 1970)."""
    ordered, count = np.sort(scores), len(scores)
    shares = np.array([statistics.NormalDist().cdf(score) for score in ordered])
    gap = max((np.arange(1, count + 1) / count - shares).max(), (shares - np.arange(count) / count).max())
    reach = (math.sqrt(count) + 0.12 + 0.11 / math.sqrt(count)) * gap
    return min(1.0, 2 * sum((-1) ** (k - 1) * math.exp(-2 * k * k * reach * reach) for k in range(1, 101)))


def measured(truth: Truth, seed: int, workers: int = 1) -> dict[str, Any]:
    """Replay a closed form; return its z and how many of its intervals hold the exact value."""
    logged = any(part in truth.name for part in NEEDS_LOG)
    runs = replications(truth.network, truth.horizon, range(REPLICATIONS), seed, truth.warm_up, logged, workers)
    values = np.array([truth.measure(run) for run in runs])
    error = values.std(ddof=1) / math.sqrt(REPLICATIONS)
    groups = values.reshape(-1, GROUP)
    half = STUDENT_95 * groups.std(axis=1, ddof=1) / math.sqrt(GROUP)
    held = int((np.abs(groups.mean(axis=1) - truth.exact) <= half).sum())
    return {"name": truth.name, "source": truth.source, "exact": truth.exact, "found": float(values.mean()),
            "error": float(error), "z": student_to_normal((values.mean() - truth.exact) / error, REPLICATIONS - 1),
            "held": held, "events": sum(run.events for run in runs)}


def main() -> None:
    """Replay every closed form and print how far each is from the truth."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--workers", type=int, default=1)
    given = asked.parse_args()
    started = time.perf_counter()
    truths = [*queues.truths(), *stock.truths()]
    found = [measured(truth, 1000 * given.seed + number, given.workers) for number, truth in enumerate(truths)]
    scores = [row["z"] for row in found]
    worst = max(found, key=lambda row: abs(row["z"]))
    intervals = len(found) * REPLICATIONS // GROUP
    print(json.dumps({
        "cases": len(found), "largest_z": round(max(map(abs, scores)), 3), "largest_z_of": worst["name"],
        "ks_p": round(ks_p(scores), 4), "coverage": round(sum(row["held"] for row in found) / intervals, 4),
        "intervals": intervals, "events": sum(row["events"] for row in found),
        "seconds": round(time.perf_counter() - started, 1),
        "truths": [{**row, **{key: float(f"{row[key]:.6g}") for key in ("exact", "found", "error", "z")}}
                   for row in found],
    }, indent=2))


if __name__ == "__main__":
    main()
