"""Does every quarter-hour of a day with two peaks keep its target, and for how many hours? Prints one JSON object.

    python -m benchmarks.staffing --json

The day: couriers at noon and in the evening, 4 + 22 exp(-((q - 50) / 6)^2) + 34 exp(-((q - 78) / 7)^2) orders in each
quarter-hour q from 40 (10 h) to 95 (24 h), none before; 26 minutes of work, customers patient for 30 minutes on
average, no more than a fifth of the orders of any quarter-hour to be delayed. Three rules are replayed on the exact
transients (`maths.work.transient`): stationary (Erlang A at the rate of the quarter-hour), modified offered load, and
corrected: with the law at the start of a period known, the least heads are taken whose mean share delayed in it is
within the target (the iterative staffing of Feldman, Mandelbaum, Massey & Whitt 2008 made in one pass).
`worst_quarter`, `hours`: the last one, over all quarter-hours with orders; `core`: the same from half past ten to half
past eleven at night, as the published figures count.
`hypercube`: by number of units, seconds of the exact answer and the error of the approximation against it, on drawn
zones: of the mean travel (part) and of the chance that a unit is busy (largest).
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np
from numba import njit

from arbitre.maths.stock.loss import loss_measures
from arbitre.maths.work.hypercube import dispatch
from arbitre.maths.work.queueing import erlang_a
from arbitre.maths.work.staffing import offered_load
from arbitre.maths.work.transient import advance, delayed_shares, laws_over

WORK, PATIENCE, HOURS, TARGET = 26 / 60, 30 / 60, 0.25, 0.2
OPEN, CORE = slice(40, 96), slice(42, 94)
ROOM, MOST = 160, 120


def day() -> np.ndarray:
    """Orders an hour in each quarter-hour."""
    quarter = np.arange(96)
    orders = 4 + 22 * np.exp(-(((quarter - 50) / 6) ** 2)) + 34 * np.exp(-(((quarter - 78) / 7) ** 2))
    return np.where(quarter >= OPEN.start, orders, 0.0) / HOURS


def heads_for(load: np.ndarray, work: float, patience: float, target: float) -> np.ndarray:
    """Return the least heads (periods,) at which the share delayed is within the target in the long run (Erlang A).

    Args: load (periods,) heads kept busy; work, patience, mean hours.
    """
    found = np.zeros(len(load), np.int64)
    for t, each in enumerate(load):
        if each <= 1e-6:
            continue
        low, high = 0, int(each + 10.0 * np.sqrt(each)) + 2
        while high - low > 1:
            middle = (low + high) // 2
            met = erlang_a(middle, each / work, work, patience).delayed <= target
            low, high = (low, middle) if met else (middle, high)
        found[t] = high
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def corrected_heads(rate, work_rate, leave_rate, hours, law, target, most):
    """Return the least heads (periods,) that keep the mean share delayed of each period within the target, in turn.

    Args: rate (periods,); law (room + 1,) of cases present at the start; most, heads there can be. Periods in which
    nobody comes and nobody is left get none.
    """
    heads = np.zeros(len(rate), np.int64)
    trial, mean = np.empty(len(law)), np.empty(len(law))
    guess = 0
    for t in range(len(rate)):
        present = 0.0
        for n in range(len(law)):
            present += n * law[n]
        low, high, step = -1, most, 1
        if rate[t] <= 0.0 and present < 1e-6:
            high = 0
        low_known = guess
        while high - low > 1:
            middle = min(max(low_known, low + 1), high - 1)
            trial[:] = law
            advance(trial, rate[t], middle, work_rate, leave_rate, hours, mean)
            if mean[middle:].sum() <= target:
                high = middle
                low_known = middle - step
            else:
                low = middle
                low_known = middle + step
            step *= 2
        heads[t] = high
        guess = high
        advance(law, rate[t], high, work_rate, leave_rate, hours, mean)
    return heads


def measured() -> dict[str, Any]:
    """Replay the three rules."""
    rate, empty = day(), np.zeros(ROOM + 1)
    empty[0] = 1.0
    corrected_heads(rate[:1], 1 / WORK, 1 / PATIENCE, HOURS, empty.copy(), TARGET, MOST)  # compiles
    started = time.perf_counter()
    corrected = corrected_heads(rate, 1 / WORK, 1 / PATIENCE, HOURS, empty.copy(), TARGET, MOST)
    seconds = time.perf_counter() - started
    rules = {
        "stationary": heads_for(rate * WORK, WORK, PATIENCE, TARGET),
        "modified_load": heads_for(offered_load(rate, WORK, HOURS), WORK, PATIENCE, TARGET),
        "corrected": corrected,
    }
    told: dict[str, Any] = {}
    for name, heads in rules.items():
        means = laws_over(rate, heads, 1 / WORK, 1 / PATIENCE, HOURS, empty)[1]
        delayed = delayed_shares(means, heads)
        told[name] = {
            **{f"{what}_quarter{end}": round(float(getattr(np, of)(delayed[part])), 3)
               for end, part in (("", OPEN), ("_core", CORE))
               for what, of in (("least", "min"), ("mean", "mean"), ("worst", "max"))},
            "hours": float(heads[OPEN].sum() * HOURS), "hours_core": float(heads[CORE].sum() * HOURS),
            "peak": int(heads.max()),
        }
    return {"worst_quarter": told["corrected"]["worst_quarter"], "hours": told["corrected"]["hours"],
            "hours_stationary": told["stationary"]["hours"], "hours_stationary_core": told["stationary"]["hours_core"],
            "seconds": round(seconds, 4), **told}


def spread(units: int, busy: float, zones: int = 40) -> dict[str, float]:
    """Compare exact and approximate dispatch of so many units over drawn zones."""
    rng = np.random.default_rng(units)
    ways = np.abs(rng.random((zones, 1, 2)) - rng.random((1, units, 2))).sum(axis=2)
    rate = rng.random(zones)
    rate *= busy * units / rate.sum()
    order = np.argsort(ways, axis=1)
    started = time.perf_counter()
    exact = dispatch(rate, order, 1.0, True)
    seconds = time.perf_counter() - started
    near = dispatch(rate, order, 1.0, False)
    travel = [float((rate[:, None] * told.share * ways).sum() / (rate[:, None] * told.share).sum())
              for told in (exact, near)]
    erlang = loss_measures(busy * units, units)[0]
    return {"units": units, "busy": busy, "seconds": round(seconds, 3),
            "erlang_error": float(np.abs(1.0 - exact.share.sum(axis=1) - erlang).max()),
            "travel_error": round(travel[1] / travel[0] - 1.0, 4),
            "busy_error": round(float(np.abs(near.busy - exact.busy).max()), 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object, and nothing else")
    parser.parse_args()
    dispatch(np.ones(2), np.array([[0, 1], [1, 0]]), 1.0)  # compiles
    cubes = [spread(units, busy) for units in (6, 12, 15) for busy in (0.3, 0.5, 0.8)] + [spread(18, 0.5)]
    print(json.dumps({**measured(), "hypercube": cubes}))


if __name__ == "__main__":
    main()
