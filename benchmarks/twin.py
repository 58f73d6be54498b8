"""How fast does the twin replay, and how much do paired scenarios save? Prints one JSON object.

    python -m benchmarks.twin --json
    python -m benchmarks.twin --json --peers

The network: twelve stations, four classes, three priorities, shifts, arrivals by the hour, four kinds of work. An
event is an entry of the calendar carried out (an arrival, an end of work, a change of shift); each writes one to four
lines of the log. The chains are those of `arbitre new aftersales`: how long a replication of a year of the medium one
takes, and how much pairing saves when every third stock of the small one holds a unit more. Seconds are processor
seconds of one core, the best of several runs. With `--peers` the same network runs in SimPy and Ciw, and M/M/3 in
Cimba, each in an environment of its own: ratios are of visits (for M/M/3 of cases) a second.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import time
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

import arbitre
from arbitre.flow.pipeline import supplied
from arbitre.simulate._kernel.model import Network
from arbitre.simulate._kernel.run import replay, replications
from arbitre.simulate._network.parts import parts_of
from arbitre.simulate._network.promised import next_month, promised_windows
from arbitre.simulate._network.stock import levels_of
from arbitre.simulate._replay import Replay, cores
from benchmarks.peers import said_by
from benchmarks.truth.twelve import numbers, one_line, twelve

YEAR, RUNS = 24.0 * 365, 5


def best(network: Network, horizon: float, keeps_log: bool) -> dict[str, float]:
    """Replay several times; return the rates of the fastest."""
    run, seconds = replay(network, horizon, 3, keeps_log=keeps_log), math.inf
    for _ in range(RUNS):
        started = time.process_time()
        run = replay(network, horizon, 3, keeps_log=keeps_log)
        seconds = min(seconds, time.process_time() - started)
    visits = run.visits["finished"].sum()
    return {"events": run.events, "log_lines": len(run.log), "visits": int(visits), "seconds": round(seconds, 4),
            "events_per_second": round(run.events / seconds), "log_lines_per_second": round(len(run.log) / seconds),
            "visits_per_second": round(visits / seconds),
            "cases_per_second": round(run.classes["closed"].sum() / seconds),
            "mean_wait": round(run.visits["waited"].sum() / run.visits["started"].sum(), 5)}


def paired(count: int = 40) -> dict[str, float]:
    """By how much do common random numbers cut the variance of a scenario's effect (one more at work everywhere)?"""
    def waits(extra: int, first: int) -> np.ndarray:
        runs = replications(twelve(extra), 24.0 * 28, range(first, first + count), 1)
        return np.array([run.visits["waited"].sum() / run.visits["started"].sum() for run in runs])

    today = waits(0, 0)
    together, apart = today - waits(1, 0), today - waits(1, count)
    return {"replications": count, "effect": round(float(together.mean()), 6),
            "variance_ratio": round(float(apart.var(ddof=1) / together.var(ddof=1)), 2)}


def replayed(scale: str, more: int = 0) -> Replay:
    """Return the after-sales chain as a replay of today's levels, every third of them `more` units higher."""
    chain, _ = supplied(arbitre.new("aftersales", scale, 1), "optimise.stock", 1)
    levels = levels_of(chain, "today").sort("item", "site").with_row_index()
    levels = levels.with_columns(level=pl.col("level") + more * (pl.col("index") % 3 == 0)).drop("index")
    parts = parts_of(chain, levels, datetime.combine(next_month(chain), datetime.min.time()), YEAR)
    return Replay.of(chain, parts, promised_windows(chain, ("order",)), 1, "line", 1)


def chains(count: int = 40) -> dict[str, Any]:
    """How long does a replication of a chain take, and by how much does pairing cut the variance of a change?"""
    medium = replayed("medium")
    list(medium.runs([0], 1))
    started, wall = time.process_time(), time.perf_counter()
    (tally,) = medium.runs([1], cores())
    found: dict[str, Any] = {"medium": {"seconds": round(time.perf_counter() - wall, 2), "cases": tally.cases,
                                        "processor_seconds": round(time.process_time() - started, 2)}}

    def kept(more: int, first: int) -> np.ndarray:
        """Return (count, promises + 1) shares kept, of each promise and of all together."""
        tallies = list(replayed("small", more).runs(range(first, first + count), cores()))
        told = np.array([tally.judged.weight for tally in tallies])
        held = np.array([tally.judged.weight_kept for tally in tallies])
        return np.column_stack([held / np.maximum(told, 1.0), held.sum(axis=1) / told.sum(axis=1)])

    today = kept(0, 0)
    together, apart = kept(1, 0) - today, kept(1, count) - today
    changed = together.var(axis=0) > 0
    ratio = apart[:, changed].var(axis=0, ddof=1) / together[:, changed].var(axis=0, ddof=1)
    found["small_paired"] = {"replications": count, "effect": round(float(together[:, -1].mean()), 4),
                             "variance_ratio": round(float(ratio[-1]), 1),
                             "variance_ratio_of_promises": [round(float(cut), 1) for cut in ratio[:-1]]}
    return found


def peer(name: str, script: str, given: dict[str, Any]) -> dict[str, Any]:
    """Run a rival; that it fails is told, not raised."""
    try:
        return json.loads(said_by(name, script, given=json.dumps(given)))
    except subprocess.CalledProcessError as failed:
        return {"failed": str(failed)}


def beside_peers() -> dict[str, Any]:
    """How many times faster than each rival, on the same network, measured in one sitting?"""
    given = numbers()
    variance = math.log1p(given["variation"] ** 2)
    given["log"] = [[(math.log(mean) - variance / 2, math.sqrt(variance)) for mean in row] for row in given["mean"]]
    given["rising"] = np.cumsum(given["routes"], axis=2).tolist()
    found: dict[str, Any] = {}
    for name, script, horizon in (("simpy", "simpy_network.py", 24.0 * 60), ("ciw", "ciw_network.py", 24.0 * 20)):
        theirs = peer(name, script, {**given, "horizon": horizon})
        ours = best(twelve(), YEAR, True)
        if "failed" not in theirs:
            theirs["ratio"] = round(ours["visits_per_second"] / (theirs["visits"] / theirs["seconds"]), 1)
            theirs["mean_wait_of_ours"] = best(twelve(), horizon, True)["mean_wait"]
        found[name] = theirs
    theirs = peer("cimba", "cimba_line.py", {"horizon": 400_000.0})
    ours = best(one_line(), 400_000.0, False)
    if "failed" not in theirs:
        theirs["ratio"] = round(ours["cases_per_second"] / (theirs["cases"] / theirs["seconds"]), 2)
        theirs["ratio_with_log"] = round(
            best(one_line(), 400_000.0, True)["cases_per_second"] / (theirs["cases"] / theirs["seconds"]), 2)
    found["cimba"] = theirs
    return found


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    asked.add_argument("--peers", action="store_true", help="measure SimPy, Ciw and Cimba too (installs them apart)")
    given = asked.parse_args()
    started = time.perf_counter()
    replay(one_line(), 10.0)
    first = time.perf_counter() - started
    logged = best(twelve(), YEAR, True)
    found: dict[str, Any] = {
        "python": sys.version.split()[0], "events_per_second": logged["events_per_second"],
        "first_call_seconds": round(first, 2), "with_log": logged, "without_log": best(twelve(), YEAR, False),
        "one_line_with_log": best(one_line(), 400_000.0, True), "one_line": best(one_line(), 400_000.0, False),
        "paired": paired(), "chains": chains(),
    }
    if given.peers:
        found["peers"] = beside_peers()
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
