"""Which forecasts keep most for the same money, on real spare parts? Prints one JSON object.

    python -m benchmarks.forecast --data ../shared/data --json

`replay`: forecast.demand's own judgement on each set: a level for a target of 95 % of lead times set by each method
from up to twelve moments of the past, met with what came; `chosen` is picked at each moment from what had ended.

`published`: the protocol of a public study of the aircraft parts (K. Nguyen, Erasmus University, 2023, after D. de Haan
2021), as its scripts tell it. 84 months, the first 59 to learn from, 25 replayed. At the start of each month every item
is filled up at once to the least level R whose expected shortage over that month is at most (1 - target) x expected
demand, capped at the largest month seen; what is above stays, what is short waits. Cost: 0.25 x price x stock before
demand, mean over the months, summed over items. Fill: units at once over units asked, mean over items (`average`) or
all units together (`total`). The study takes gamma laws whose variance is that of the history; ours are negative
binomial with the variance of lead_time_law. Each published point (9 methods x 25 targets, where the .Rda is there)
is compared with our curve at its cost; `least_gain` is the worst of the differences.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from python_calamine import CalamineWorkbook

from arbitre.capability import silent
from arbitre.core.streams import stream
from arbitre.forecast._choice import cheapest, chosen_in_replay, replayed
from arbitre.forecast._laws import ALL_METHODS, Demand, fitted_alphas, lead_time_laws, patterns_before
from arbitre.maths.stock.intermittent import METHODS
from arbitre.maths.stock.inventory import BACKORDERS, LEVEL, WALK_WIDTH, start_walk, step_walk
from arbitre.maths.stock.lead_time_law import fitted_laws, willemain_laws
from benchmarks.data import r_frame

MONTH_DAYS = 30.4375
SHARE = 0.95
FILL_SHARE = 0.996
"""Chance to cover a month that a fill of 95 % takes where demand is rare: that of the levels of the plain mean."""
HOLDING = 0.25
"""What the study charges for a unit of stock, as a share of its price."""
TARGETS = np.concatenate([np.arange(0.3, 0.75, 0.05), np.arange(75, 100) / 100, [0.995, 0.999]])
ROWS = {"Croston": 0.95, "SBA": 0.95, "TSB": 0.95, "Willemain": 0.95, "LightGBM": 0.95}


def number(cell: Any) -> float:
    try:
        return max(float(cell), 0.0)
    except (TypeError, ValueError):
        return 0.0


def aircraft(data: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Units (items, months), price and lead time (months) of the aircraft parts."""
    rows = CalamineWorkbook.from_path(data / "spares" / "raf.xls").get_sheet_by_index(0).to_python()[1:]
    table = np.array([[number(cell) for cell in row[2:88]] for row in rows])
    return table[:, 2:], table[:, 1], table[:, 0]


def refinery(data: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same of the refinery parts that were ever used; November 1997 is left out, as its publisher asks."""
    header, *rows = CalamineWorkbook.from_path(data / "spares" / "oil.xls").get_sheet_by_name("Data 1b").to_python()
    months = [place for place in range(len(header) - 1, 9, -1) if not str(header[place]).startswith("1997-11")]
    units = np.array([[number(row[place]) for place in months] for row in rows])
    price, days = (np.array([number(row[place]) for row in rows]) for place in (5, 1))
    used = units.sum(axis=1) > 0
    return units[used], price[used], days[used] / MONTH_DAYS


def cars(data: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same of the car parts with 51 whole months; they have no price (1) and no lead time (2 months)."""
    with (data / "spares" / "carparts.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in list(csv.reader(file))[1:] if "" not in row]
    units = np.array([[number(cell) for cell in row[1:]] for row in rows])
    return units, np.ones(len(units)), np.full(len(units), 2.0)


def replay(units: np.ndarray, price: np.ndarray, months: np.ndarray) -> dict[str, Any]:
    """What does each method keep and cost in forecast.demand's replay, and what the chosen one?"""
    horizon = np.maximum(np.ceil(months - 1e-9), 1).astype(np.int64)
    started = time.perf_counter()
    laws = lead_time_laws(Demand(units, horizon, 12), ALL_METHODS, SHARE, 1, silent)
    seconds = time.perf_counter() - started
    met = replayed(laws, units, horizon)
    allowed = np.ones(len(laws.methods), dtype=bool)
    then = chosen_in_replay(met, laws.pattern_then, price, SHARE, allowed)
    counted = then >= 0
    origins = np.maximum(counted.sum(axis=1), 1)[:, None]
    rows, columns = np.ogrid[: then.shape[0], : then.shape[1]]
    found = {}
    for place, name in [*enumerate(laws.methods), (np.maximum(then, 0), "chosen")]:
        left, short = (table[place, rows, columns] for table in (met.left, met.short))
        money = np.where(counted, left + SHARE / (1 - SHARE) * short, 0.0) / origins * price[:, None] * HOLDING
        asked = met.asked[counted].sum()
        found[name] = {"kept_share": round(float(1 - short[counted].sum() / asked), 4), "cost": round(money.sum()),
                       "covered_share": round(float((short[counted] <= 0).mean()), 4)}
    single = min(found[name]["cost"] for name in laws.methods)
    number_of = np.bincount(then[counted], minlength=len(laws.methods))
    return {"items": len(units), "periods": units.shape[1], "seconds": round(seconds, 2), "methods": found,
            "chosen_over_best_single": round(found["chosen"]["cost"] / single, 4),
            "mix": {name: round(count / number_of.sum(), 3)
                    for name, count in zip(laws.methods, number_of.tolist(), strict=True) if count}}


@njit(cache=True, nogil=True, error_model="numpy")
def fill_levels(mean, variance, most, targets):
    """Least levels (targets, items, months) whose expected shortage is at most (1 - target) mean, up to `most`."""
    levels = np.zeros((len(targets), *mean.shape))
    walk, only = np.empty((1, WALK_WIDTH)), np.int64(0)
    for item in range(mean.shape[0]):
        for month in range(mean.shape[1]):
            start_walk(walk, only, mean[item, month], variance[item, month])
            for place, target in enumerate(targets):
                while (walk[only, BACKORDERS] > (1.0 - target) * mean[item, month]
                       and walk[only, LEVEL] < most[item, month]):
                    step_walk(walk, only)
                levels[place, item, month] = walk[only, LEVEL]
    return levels


def curve(levels: np.ndarray, asked: np.ndarray, price: np.ndarray) -> np.ndarray:
    """Return cost, average fill and total fill (targets, 3) of the levels under the protocol."""
    found = []
    for level in levels:
        stock, met, cost = np.full(len(asked), -np.inf), np.zeros(len(asked)), 0.0
        for month in range(asked.shape[1]):
            stock = np.maximum(stock, level[:, month])
            met += np.minimum(stock, asked[:, month])
            cost += float((HOLDING * np.maximum(stock, 0.0) * price).sum())
            stock = stock - asked[:, month]
        total = asked.sum(axis=1)
        fill = np.divide(met, total, out=np.zeros(len(total)), where=total > 0)
        found.append((cost / asked.shape[1], fill.mean(), met.sum() / total.sum()))
    return np.array(found)


def study(units: np.ndarray, price: np.ndarray) -> dict[str, np.ndarray]:
    """Return the curve of each method under the protocol of the study, and that of the one chosen before its months."""
    learnt = round(units.shape[1] * 0.7)
    origins = np.tile(np.arange(learnt, units.shape[1]), (len(units), 1))
    horizon = np.ones(len(units), dtype=np.int64)
    demand = Demand(units, horizon, 12)
    first = np.full(len(units), learnt)
    alphas = fitted_alphas(demand, first, patterns_before(units, first), set(METHODS))
    most = np.maximum.accumulate(units, axis=1)[:, learnt - 1:-1]
    laws = {name: fitted_laws(code, alphas.get(name, np.zeros(len(units))), units, 12, horizon, origins)
            for code, name in enumerate(METHODS)}
    four = [laws[name] for name in ("mean", "ses", "sba", "tsb")]
    means = np.stack([law[0] for law in four])
    laws["blend"] = means.mean(axis=0), np.stack([law[1] for law in four]).mean(axis=0) + means.var(axis=0)
    random = stream(1, "benchmark")
    laws["willemain"] = willemain_laws(units, horizon, origins, SHARE, random.random((1, 400)),
                                       random.random((1, 400)), random.standard_normal((1, 400)))[:2]
    known = Demand(units[:, :learnt], horizon, 12)
    past = lead_time_laws(known, tuple(laws), FILL_SHARE, 1, silent)
    met = replayed(past, known.units, horizon)
    allowed = np.ones(len(past.methods), dtype=bool)
    chosen = cheapest(met, past.pattern, price, FILL_SHARE, allowed, first, -1)
    rows = np.arange(len(units))
    mean, variance = (np.stack([laws[name][part] for name in past.methods])[chosen, rows] for part in (0, 1))
    laws["chosen"] = mean, variance
    return {name: curve(fill_levels(mean, np.maximum(variance, mean), most, TARGETS), units[:, learnt:], price)
            for name, (mean, variance) in laws.items()}


def published(data: Path) -> list[dict[str, Any]]:
    """Return the points of the study: method, target, cost, average and total fill."""
    frame = r_frame(data / "spares" / "erasmus_service_levels.Rda", "SL_BRAF")
    columns = ("Method", "TargetFillRates", "HoldingCosts", "AchievedFillRates_Avg", "AchievedFillRates_Total")
    return frame.select(columns).rename(dict(zip(columns, ("method", "target", "cost", "average", "total"),
                                                 strict=True))).to_dicts()


def against(points: list[dict[str, Any]], ours: np.ndarray) -> dict[str, Any]:
    """Return our fill less theirs at the same cost: at the rows of 95 %, and the least over every published point."""
    cost = np.array([point["cost"] for point in points])
    gains = np.stack([np.interp(cost, ours[:, 0], ours[:, column]) - [point[name] for point in points]
                      for column, name in ((1, "average"), (2, "total"))])
    rows = {}
    for point, gain in zip(points, gains.T, strict=True):
        if ROWS.get(point["method"]) == round(point["target"], 4):
            rows[point["method"]] = {"cost": round(point["cost"]), "published": [round(point["average"], 4),
                                     round(point["total"], 4)], "gain": gain.round(4).tolist()}
    return {"least_gain": gains.min(axis=1).round(4).tolist(), "better_points": int((gains >= 0).all(axis=0).sum()),
            "points": len(points), "rows": rows}


def main() -> None:
    """Run every comparison and print what was found."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--data", type=Path, default=Path("../shared/data"), help="where the real data are")
    asked.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    data = asked.parse_args().data
    sets = {"aircraft": aircraft(data), "refinery": refinery(data), "cars": cars(data)}
    found: dict[str, Any] = {"replay": {name: replay(*of_set) for name, of_set in sets.items()}}
    units, price, _ = sets["aircraft"]
    curves, points = study(units, price), published(data)
    found["published"] = {
        name: {"at_target_95": dict(zip(("cost", "average", "total"), of_name[np.searchsorted(TARGETS, SHARE)].round(4)
                                        .tolist(), strict=True)),
               **(against(points, of_name) if points else {})}
        for name, of_name in curves.items()}
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
