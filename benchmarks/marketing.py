"""How fast and how true is a budget: seconds on the Robyn weeks, what planted markets give back, how often tests fool?

    python -m benchmarks.marketing FOLDER --json [--seeds 200] [--memory 0.7] [--peers]

FOLDER is that of the real data; without robyn_weekly.csv in it the seconds are left out. PYTHON is that of an
environment with numpyro, which is then asked the same of the Robyn weeks.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from arbitre.capability import Result, silent
from arbitre.core.streams import stream
from arbitre.maths.evidence.trials import widening
from arbitre.maths.evidence.trials_in_time import synthetic_control
from arbitre.maths.market.response import LAGS, contributions, fit, lagged, usual_prior
from arbitre.optimise import spend
from arbitre.optimise._spend import weeks as _spend_weeks
from arbitre.tables.chain import Chain
from arbitre.tables.sample.marketing import CHANNELS, START, Planted, draw
from benchmarks.data import data_root
from benchmarks.peers import said_by
from benchmarks.rows import chain_of

_LOOKS, _FIRST_LOOK, _PLANNED = 5000, 100, 1000
_YEAR = 52


def robyn(folder: Path) -> Chain:
    """The 208 simulated weeks of Robyn: five channels, two controls."""
    rows = pl.read_csv(folder / "commercial" / "robyn_weekly.csv", infer_schema_length=None).to_dicts()
    names = ("tv_S", "ooh_S", "print_S", "facebook_S", "search_S")
    seen = {"sales": "revenue", "competitor": "competitor_sales_B", "newsletter": "newsletter"}
    return chain_of(
        channels=[{"channel": name} for name in names],
        spend=[{"channel": name, "from_on": date.fromisoformat(row["DATE"]), "amount": float(row[name])}
               for name in names for row in rows],
        observations=[{"measure": measure, "from_on": date.fromisoformat(row["DATE"]), "value": float(row[column])}
                      for measure, column in seen.items() for row in rows])


def planted_chain(market: Planted) -> Chain:
    """A market of one region as a chain."""
    days = [START + timedelta(weeks=week) for week in range(len(market.price))]
    return chain_of(
        channels=[{"channel": name} for name in CHANNELS],
        spend=[{"channel": name, "from_on": day, "amount": float(market.spend[week, 0, at])}
               for at, name in enumerate(CHANNELS) for week, day in enumerate(days)],
        observations=[{"measure": name, "from_on": day, "value": float(value)}
                      for name, values in (("sales", market.sales[:, 0]), ("price", market.price))
                      for day, value in zip(days, values, strict=True)])


def planted_marginal(market: Planted) -> np.ndarray:
    """What one more unit of money would truly bring, spread as in the last year (channels,)."""
    whole, step = market.spend.sum(axis=1), 1e-4
    more = market.brought(whole * (1 + step)) - market.brought(whole)
    return more[-_YEAR:].mean(axis=0) / (step * whole[-_YEAR:].mean(axis=0))


def coverage(seeds: int, draws: int, memory: float) -> dict[str, Any]:
    """How often do intervals of 90 % hold the planted marginal return, and is the planted order found?

    `memory`: the share of a week's noise that lasts into the next one.
    """
    inside, ordered, sure, sure_inside, error = [], [], [], [], []
    params = spend.Params.model_validate({"draws": draws})
    for seed in range(1, seeds + 1):
        market = draw(seed, 1, jitter=0.4, tests=False, memory=memory)
        found = spend.run(planted_chain(market), params, seed, silent).tables["spend_channels"]
        rows = {row["channel"]: row for row in found.to_dicts() if row["marginal"] is not None}
        truth = dict(zip(CHANNELS, planted_marginal(market).tolist(), strict=True))
        held = {name: row["marginal_low"] <= truth[name] <= row["marginal_high"] for name, row in rows.items()}
        inside += list(held.values())
        for name, row in rows.items():
            if row["verdict"] == "told":
                sure_inside.append(held[name])
                error.append(abs(row["marginal"] - truth[name]) / truth[name])
        for one in rows:
            for other in rows:
                if truth[one] > truth[other]:
                    right = rows[one]["marginal"] > rows[other]["marginal"]
                    ordered.append(right)
                    if rows[one]["marginal_low"] > rows[other]["marginal_high"] or \
                            rows[other]["marginal_low"] > rows[one]["marginal_high"]:
                        sure.append(right)
    return {"seeds": seeds, "coverage": float(np.mean(inside)), "coverage_told": float(np.mean(sure_inside)),
            "told_share": len(sure_inside) / len(inside), "error_told": float(np.median(error)),
            "order_right": float(np.mean(ordered)), "order_right_where_sure": float(np.mean(sure)),
            "order_sure_share": len(sure) / len(ordered)}


def false_positives(runs: int) -> float:
    """How often is a trial without effect called one by somebody who looks after every unit?"""
    units, luck, fooled = np.arange(1, _LOOKS + 1), stream(1, "peeking"), 0
    wide = widening(units, _PLANNED)
    for _ in range(runs):
        seen = luck.standard_normal(_LOOKS)
        mean = np.cumsum(seen) / units
        error = np.sqrt(np.maximum(np.cumsum(seen**2) / units - mean**2, 1e-9) / units)
        fooled += bool((np.abs(mean) > wide * error)[_FIRST_LOOK - 1:].any())
    return fooled / runs


def placebo_size(runs: int) -> float:
    """How often is a region called different where nothing was changed?"""
    luck, p = stream(1, "placebo"), []
    for run in range(runs):
        market = draw(run + 1, 20, weeks=40, tests=False)
        p.append(synthetic_control(market.sales.T, [int(luck.integers(20))], 30, luck).effect.p)
    return float(np.mean(np.array(p) <= 0.05))


def seconds(folder: Path) -> dict[str, float]:
    """How long do 300 draws on the Robyn weeks take, and a move of the budget?"""
    chain, marks = robyn(folder), list[tuple[str, float, float]]()

    def mark(_: float, doing: str) -> None:
        marks.append((doing, time.perf_counter(), time.process_time()))

    def ran() -> Result:
        marks.clear()
        result = spend.run(chain, spend.Params.model_validate({"draws": 300}), 1, mark)
        mark(1.0, "done")
        return result

    ran()
    found = ran()
    took = {one[0]: (other[1] - one[1], other[2] - one[2]) for one, other in pairwise(marks)}
    draws, moved = took["fitting responses"], took["moving the budget"]
    return {"seconds_draws": draws[0], "processor_seconds_draws": draws[1], "seconds_move": moved[0],
            "gap": found.summary["gap"]}


def beside_numpyro(folder: Path) -> dict[str, Any]:
    """What does each channel bring, by our draws and by those of NUTS on the same model and prior?"""
    weeks = _spend_weeks.market(robyn(folder), "sales", 1.0).weeks
    prior = usual_prior(weeks.spend.shape[1], weeks.base)
    drawn = fit(weeks, prior, 1000, stream(1, "spend")).draws
    ours = np.array([contributions(one, lagged(weeks.spend)).mean(axis=0) for one in drawn])
    asked = {"spend": weeks.spend.tolist(), "base": weeks.base.tolist(), "outcome": weeks.outcome.tolist(),
             "centre": prior.centre.tolist(), "spread": prior.spread.tolist(), "lags": LAGS}
    theirs = json.loads(said_by("numpyro", "numpyro_spend.py", given=json.dumps(asked)))
    mean, deviation = np.array(theirs["mean"]), np.array(theirs["deviation"])
    return {"numpyro": theirs["numpyro"], "numpyro_seconds": theirs["seconds"],
            "deviations_apart": ((ours.mean(axis=0) - mean) / deviation).tolist(),
            "deviation_ratio": (ours.std(axis=0) / deviation).tolist()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--memory", type=float, default=0.0)
    parser.add_argument("--peers", action="store_true", help="ask numpyro the same (installs it apart)")
    given = parser.parse_args()
    figures: dict[str, Any] = {}
    folder = data_root(given.folder)
    if (folder / "commercial" / "robyn_weekly.csv").exists():
        figures |= seconds(folder)
        if given.peers:
            figures |= beside_numpyro(folder)
    figures |= {"false_positives": false_positives(2000), "placebo_size": placebo_size(2000),
                **coverage(given.seeds, given.draws, given.memory)}
    print(json.dumps(figures) if given.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
