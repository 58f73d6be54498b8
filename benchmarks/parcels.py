"""What does it bring to plan a packing line by chance and not by means, at equal cost, in the twin?

    python -m benchmarks.parcels --json [--seed 1] [--replications 10] [--margins 0.2 0.4 0.6]

The chain is `arbitre new parcels`, its tours planned first: loads come when they are back.

The planner by means takes tours and work as they are on average and counts with a
margin of so many more parcels (what one does against bad days); the planner by chance may spend no more than that plan
costs, people and carriers. Both are replayed in the twin on the same luck; nothing of the model is used there.

`missed`: parcels a year that miss their cut-off, with the interval of 95 %; `said`: what the model foretold; `cost`: a
year. `seconds`: a week planned for the first time in a process that has compiled, floor under any plan (`boxes`
400) included; `replanned`: one day planned again, without; `tours`: its pick-ups planned.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import polars as pl

from arbitre.capability import silent
from arbitre.optimise import lines, routes
from arbitre.simulate import proof
from arbitre.tables.chain import Chain
from arbitre.tables.new import new


def missed(chain: Chain, replications: int, seed: int) -> dict[str, float]:
    """Return the parcels a year that miss their cut-off in the twin."""
    params = proof.Params(crews="plan", least=replications, most=replications, precision=1e-4)
    told = proof.run(chain, params, seed, silent).tables["proofs"].filter(pl.col("promise") != "OTIF")
    cases = told["cases"] / replications
    return {name: float(((1.0 - told[of]) * cases).sum())
            for name, of in (("missed", "share"), ("missed_low", "high_share"), ("missed_high", "low_share"))}


def compared(chain: Chain, margin: float, replications: int, seed: int) -> dict[str, Any]:
    """Return both plans at one margin."""
    told: dict[str, Any] = {}
    for name, by in (("means", "means"), ("chance", "cost of means")):
        found = lines.run(chain, lines.Params(by=by, margin=margin, boxes=0), seed, silent)
        told[name] = {"cost": found.summary["cost"], "said": found.summary["missed"],
                      **missed(chain.with_(**found.tables), replications, seed)}
    told["share_of_missed"] = told["chance"]["missed"] / told["means"]["missed"]
    return told


def only(chain: Chain, weekday: str) -> Chain:
    """Return the chain with the waves of one day."""
    return chain.with_(waves=chain.table("waves").filter(weekday=weekday))


def seconds(chain: Chain, params: lines.Params) -> float:
    """Return how long planning takes."""
    started = time.perf_counter()
    lines.run(chain, params, 1, silent)
    return time.perf_counter() - started


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replications", type=int, default=10)
    parser.add_argument("--margins", type=float, nargs="+", default=[0.2, 0.4, 0.6])
    asked = parser.parse_args()
    chain = new("parcels", "small", asked.seed)
    started = time.perf_counter()
    tours = routes.run(chain, routes.Params(kind="pick-up", levers="left"), asked.seed, silent).tables["tours"]
    toured = time.perf_counter() - started
    chain = chain.with_(tours=tours)
    lines.run(chain, lines.Params(boxes=0), 1, silent)
    told = {
        "tours": toured,
        "seconds": seconds(chain, lines.Params()),
        "replanned": seconds(only(chain, "tuesday"), lines.Params(boxes=0)),
        "margins": {str(margin): compared(chain, margin, asked.replications, asked.seed) for margin in asked.margins},
    }
    print(json.dumps(told, indent=None if asked.json else 2))


if __name__ == "__main__":
    main()
