"""Does a process fitted to facts reproduce what it has not seen? Prints one JSON object.

    python -m benchmarks.fit --data ../shared/data

- planted: a shop is replayed and fitted again and again (`years` times half a year): the share of 95 % intervals that
  hold what was planted, and the share of fits in which every figure is told reproduced, as they should be in 95 %.
- logs: event logs of others, one case each a trace, closed at its last event; what the fit says of each. Needs --data.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from arbitre.capability import silent
from arbitre.simulate import fit, twin
from arbitre.tables.chain import Chain
from benchmarks.real_logs import Trace, traces
from benchmarks.rows import chain_of

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
PLANTED = {("arrivals", "repair"): 8766.0, ("work", "counter"): 0.5, ("work", "bench"): 1.0,
           ("route", "repair: counter > bench"): 0.8, ("route", "repair: bench > counter"): 0.3,
           ("patience", "counter"): 3.0}
"""What the shop is made of, as the table estimates names it."""
LOGS = ("repair_example", "helpdesk", "bpic2013_incidents")


def shop() -> Chain:
    """A counter of two shifts to which a third come back, a bench of two, and a parcel that takes a day and nobody."""
    late = [{"crew": "clerks", "weekday": day, "starts": 16.0, "ends": 20.0, "heads": 2} for day in WEEK]
    return chain_of(
        sites=[{"site": "here"}],
        steps=[{"step": "counter", "work": 0.5, "law": "exponential", "patience": 3.0},
               {"step": "bench", "work": 1.0, "spread": 0.5, "law": "erlang"},
               {"step": "parcel", "work": 24.0, "law": "constant"}],
        routes=[{"kind": "repair", "to_step": "counter"},
                {"kind": "repair", "from_step": "counter", "to_step": "bench", "share": 0.8},
                {"kind": "repair", "from_step": "bench", "to_step": "counter", "share": 0.3},
                {"kind": "repair", "from_step": "bench", "to_step": "parcel", "share": 0.7},
                {"kind": "repair", "from_step": "parcel"}],
        crews=[{"crew": "clerks", "heads": 3}, {"crew": "fitters", "heads": 2}],
        shifts=[{"crew": "clerks", "weekday": day, "starts": 8.0, "ends": 16.0} for day in WEEK] + late,
        needs=[{"step": "counter", "crew": "clerks"}, {"step": "bench", "crew": "fitters"}],
        arrivals=[{"kind": "repair", "site": "here", "rate": 8766.0}],
        rhythms=[{"kind": "repair", "weekday": day, "starts": 7.0, "ends": 20.0} for day in WEEK],
    )


def replayed(given: Chain, days: int, replication: int = 0) -> Chain:
    """Return a chain that knows nothing but the facts of its twin."""
    facts = twin.run(given, twin.Params(days=days, replication=replication), 1, silent).tables
    return Chain(given.settings, {"sites": given.table("sites"), "cases": facts["cases"], "events": facts["events"]})


def log_of(path: Path) -> Chain:
    """Return the traces of an XES log; what a step's `start` says is when work on its `complete` began."""
    cases, events = [], []
    for number, (_, told) in enumerate(traces(path)):
        rows = _events(f"C{number}", told)
        cases.append({"case": f"C{number}", "kind": "case",
                      "opened_at": min(row["started_at"] or row["happened_at"] for row in rows),
                      "closed_at": max(row["happened_at"] for row in rows)})
        events += rows
    return chain_of(cases=cases, events=events)


def _events(case: str, trace: Trace) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    begun: dict[str, list[datetime]] = {}
    for told in trace:
        step = told["concept:name"]
        at = datetime.fromisoformat(told["time:timestamp"]).replace(tzinfo=None)
        if told.get("lifecycle:transition") == "start":
            begun.setdefault(step, []).append(at)
            continue
        rows.append({"case": case, "step": step, "happened_at": at, "resource": told.get("org:resource"),
                     "started_at": begun[step].pop(0) if begun.get(step) else None})
    return rows


def planted(years: int) -> dict[str, Any]:
    """Return how often the truth is found again."""
    held, true, figures = 0, 0, 0
    for year in range(years):
        found = fit.run(replayed(shop(), 182, year), fit.Params(), year, silent)
        for row in found.tables["estimates"].iter_rows(named=True):
            value = PLANTED.get((row["what"], row["subject"]))
            held += value is not None and row["low"] <= value <= row["high"]
        true += found.summary["reproduced"] == found.tables["fits"].height
        figures += found.tables["fits"].height
    return {"years": years, "intervals_hold": held / years / len(PLANTED), "true_twins_told_true": true / years,
            "figures": figures / years}


def told(chain: Chain) -> dict[str, Any]:
    """Return what the fit says of a log."""
    began = time.perf_counter()
    found = fit.run(chain, fit.Params(), 1, silent)
    rows = found.tables["fits"].select("what", "subject", "observed", "replayed", "low", "high", "verdict")
    return {**found.summary, "seconds": round(time.perf_counter() - began, 1), "figures": rows.to_dicts()}


def main() -> None:
    """Fit what was planted, and the logs that are there, and print how well they are reproduced."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--data", type=Path, default=Path("../shared/data"))
    asked.add_argument("--years", type=int, default=20)
    asked.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    given = asked.parse_args()
    paths = {name: given.data / "events" / f"{name}.xes.gz" for name in LOGS}
    print(json.dumps({"planted": planted(given.years),
                      "logs": {name: told(log_of(path)) for name, path in paths.items() if path.exists()}}))


if __name__ == "__main__":
    main()
