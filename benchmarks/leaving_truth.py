"""Are planted causes of leaving, and the price of a breach, within the stated intervals as often as stated?

`python -m benchmarks.leaving_truth --seeds 200 --json`: as many samples of subscriptions, each with its own truth.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

from arbitre.capability import silent
from arbitre.forecast import leaving
from arbitre.forecast._contract_periods import read_periods
from arbitre.tables.chain import Chain
from arbitre.tables.sample.subscriptions import EFFECTS, LAST, LEVEL, subscriptions
from arbitre.tables.settings import Settings


def coverage(seeds: int, breach: float = EFFECTS["breaches"]) -> dict[str, Any]:
    """Return how often each truth is within its interval of 90 %, and the mean estimates beside the truths."""
    inside: dict[str, list[bool]] = {}
    found: dict[str, list[float]] = {}
    true: dict[str, list[float]] = {}
    for seed in range(seeds):
        sample = subscriptions("small", seed, breach)
        chain = Chain(Settings.model_validate(sample.settings), sample.tables)
        result = leaving.run(chain, leaving.Params(), seed, silent)
        truth = {**EFFECTS, "breaches": breach}
        rows = [(row["driver"], np.exp(truth.get(row["driver"], 0.0)), row["odds_ratio"], row["low"], row["high"])
                for row in result.tables["leaving_drivers"].iter_rows(named=True)]
        price = result.tables["breach_price"].row(0, named=True)
        rows.append(("price of a breach", true_price(chain, truth), price["price"], price["low"], price["high"]))
        for name, value, estimate, low, high in rows:
            inside.setdefault(name, []).append(bool(low <= value <= high))
            found.setdefault(name, []).append(float(estimate))
            true.setdefault(name, []).append(float(value))
    return {name: {"inside_share": float(np.mean(inside[name])), "samples": len(inside[name]),
                   "estimate": float(np.mean(found[name])), "truth": float(np.mean(true[name]))} for name in inside}


def true_price(chain: Chain, effects: dict[str, float]) -> float:
    """Return what one more breach takes from customers under contract, payment by payment, by the planted law."""
    params = leaving.Params()
    periods = read_periods(chain, chain.settings.period["from"], LAST, params.period, params.memory, params.gap)
    now = periods.rows["back"].to_numpy() == 0
    known = periods.known.features[now]
    line = LEVEL + sum(effects.get(name, 0.0) * known[:, at] for at, name in enumerate(periods.known.names))
    years = params.period / 365.25
    lost = np.zeros(now.sum())
    there, let_down = np.ones(now.sum()), np.ones(now.sum())
    for period in range(1, round(params.worth_years / years) + 1):
        more = effects["breaches"] if period <= params.memory // params.period else 0.0
        there, let_down = there / (1.0 + np.exp(line)), let_down / (1.0 + np.exp(line + more))
        lost += (there - let_down) * years * (1.0 - params.discount_share) ** (years * period)
    return float((lost * periods.rows["price"].to_numpy()[now]).mean())


def main() -> None:
    """Print how often truths are inside."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    answer = coverage(given.seeds)
    if given.json:
        print(json.dumps(answer, indent=1))
        return
    for name, told in answer.items():
        print(f"{name}: inside {told['inside_share']:.0%}, {told['estimate']:.3f} for {told['truth']:.3f}")


if __name__ == "__main__":
    main()
