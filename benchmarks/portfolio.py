"""How near its bound is a portfolio decided, and how fast? Prints one JSON object.

    python -m benchmarks.portfolio --json
    python -m benchmarks.portfolio --json --free

Drawn after-sales chains (`benchmarks.portfolio_cases`): `small`, 4 segments, 5 regions, 3 offers, 4 sites; `medium`, 12
segments, 20 regions, 6 offers at 3 prices, 12 sites, 3 families. Sites stay as they are (`open` of them are open), or
are free: the `case`. `what_if` changes every holding cost by a tenth and begins where the case ended. `seconds` by the
clock, `processor` of the processor: on a busy machine they differ. `parts` of the gap are money a year.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from typing import Any

import numpy as np

from arbitre.capability import silent
from arbitre.optimise._portfolio.master import Rules
from arbitre.optimise._portfolio.model import Model
from arbitre.optimise._portfolio.question import question_of
from arbitre.optimise._portfolio.search import Decision, Effort, decided
from benchmarks.portfolio_cases import after_sales

CASES: dict[str, dict[str, int]] = {
    "small": {"segments": 4, "regions": 5, "offers": 3, "prices": 3, "sites": 4, "families": 2, "thin": 10},
    "medium": {},
}
_HOLDING = 0.22


def measured(model: Model, rules: Rules, effort: Effort, known: Decision | None = None
             ) -> tuple[dict[str, Any], Decision]:
    """Decide once, and tell how long it took and how near the bound it is."""
    started, worked = time.perf_counter(), time.process_time()
    decision = decided(model, rules, effort, silent, known)
    return {
        "case": "free" if rules.free_sites else "fixed",
        "value": round(decision.worth.value, 2), "bound": round(decision.bound, 2),
        "gap": round(decision.gap, 5), "seconds": round(time.perf_counter() - started, 1),
        "processor": round(time.process_time() - worked, 1), "rounds": decision.rounds,
        "ways": len(model.ways.site), "open": int(decision.plan.is_open.sum()),
        "parts": {"branches": round(decision.branches, 2), "bins": round(decision.bins, 2),
                  "items": round(decision.items, 2)},
    }, decision


def opened(model: Model, count: int) -> frozenset[int]:
    """Return so many sites, those whose lanes to all regions are shortest together, one after the other."""
    transit = np.where(np.isfinite(model.question.transit), model.question.transit, 1e3)
    could = np.flatnonzero(model.question.site_cost < 1e8)
    found: list[int] = []
    for _ in range(count):
        found.append(min((int(j) for j in could if j not in found),
                         key=lambda j: float(transit[[*found, j]].min(axis=0).sum())))
    return frozenset(found)


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="accepted for sameness: JSON is all there is")
    parser.add_argument("--free", action="store_true", help="let sites be free")
    parser.add_argument("--open", type=int, default=3, help="sites that are open where they are not free")
    parser.add_argument("--sizes", nargs="*", default=list(CASES), choices=list(CASES))
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--nodes", type=int, default=300)
    asked = parser.parse_args()
    found = []
    for name in asked.sizes:
        model = Model(question_of(after_sales(**CASES[name]), grouping="family"), "promised_date", _HOLDING, 0.0)
        rules = Rules(free_sites=True) if asked.free else Rules(open_sites=opened(model, asked.open))
        effort = Effort(0.015 if asked.free else 0.003, asked.rounds, asked.nodes)
        told, decision = measured(model, rules, effort)
        changed = replace(model, holding_share=1.1 * _HOLDING)
        again, _ = measured(changed, rules, effort, decision)
        found.append({"size": name, **told, "what_if": again})
    print(json.dumps({"cases": found}))


if __name__ == "__main__":
    main()
