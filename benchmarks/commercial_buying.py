"""Repeat buying, renewals, health, uplift and next actions: published numbers, planted truths, speed.

`python -m benchmarks.commercial_buying --data ../shared/data/commercial --json`
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from arbitre.capability import silent
from arbitre.core.streams import stream
from arbitre.forecast import buying
from arbitre.forecast import uplift as uplifts
from arbitre.maths.evidence.logistic import auc, fit_logistic
from arbitre.maths.market import repeat_buying, retention, uplift
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.sample.aftersales import Sample
from arbitre.tables.sample.subscriptions import CALL_EFFECT, subscriptions
from arbitre.tables.settings import Settings

_CDNOW_END = date(1997, 9, 30)
_START = date(2024, 1, 1)
_WEEKS = 39
_HIGH_END = (1000, 869, 743, 653, 593, 551, 517, 491)
_REGULAR = (1000, 631, 468, 382, 326, 289, 262, 241)
"""Customers still there after each of seven years (Fader and Hardie 2007, figure 1)."""

Rows = list[dict[str, Any]]


def row(name: str, published: float, ours: float, tolerance: float) -> dict[str, Any]:
    """Return one published number beside ours."""
    return {"name": name, "published": published, "ours": ours, "tolerance": tolerance}


def published(folder: Path) -> Rows:
    """Return every published number whose data are in the folder, or in the paper itself."""
    return [*_cdnow(folder), *_renewals(), *_telco(folder), *_hillstrom(folder)]


def cdnow(folder: Path) -> Chain:
    """Return the purchases of the 2,357 customers as a chain of invoices."""
    lines = [line.split() for line in (folder / "cdnow_sample.txt").read_text().splitlines() if line.strip()]
    invoices = pl.DataFrame({
        "invoice": [str(number) for number in range(len(lines))], "customer": [line[1] for line in lines],
        "amount": [float(line[4]) for line in lines],
        "invoiced_on": [date(int(line[2][:4]), int(line[2][4:6]), int(line[2][6:])) for line in lines],
    })
    return Chain(Settings(name="cdnow"), {"invoices": shaped(INPUTS["invoices"], invoices)})


def _cdnow(folder: Path) -> Rows:
    found = buying.run(cdnow(folder), buying.Params(until=_CDNOW_END, ahead=273), 1, silent).summary
    names = {
        "beta_geometric": {"r": 0.2426, "alpha": 4.4135, "a": 0.7929, "b": 2.4257},
        "pareto": {"r": 0.5533, "alpha": 10.578, "s": 0.6063, "beta": 11.671}, "spend": {"p": 6.25, "q": 3.74},
    }
    # The published ones are of ages rounded to a hundredth of a week.
    tolerance = {"beta_geometric": 5e-4, "pareto": 5e-3, "spend": 5e-3}
    rows = [row(f"cdnow {law} {name}", value, found[f"{law}.{name}"], tolerance[law])
            for law, values in names.items() for name, value in values.items()]
    rows.append(row("cdnow spend gamma", 15.44, found["spend.gamma"], 1e-2))
    rows += [row(f"cdnow {law} log likelihood", value, found[f"{law}.log_likelihood"], 1e-2)
             for law, value in (("beta_geometric", -9582.43), ("pareto", -9594.97))]
    summary = pl.read_csv(folder / "cdnow_summary.csv")
    repeats, recency, age = (summary[name].to_numpy().astype(np.float64) for name in ("frequency", "recency", "T"))
    told = repeat_buying.Histories(repeats, recency, age, np.ones(summary.height))
    fit = repeat_buying.fit_beta_geometric(told)
    rows.append(row("cdnow published histories log likelihood", -9582.43, fit.log_likelihood, 1e-2))
    rows += [row(f"cdnow published histories {name}", value, float(ours), 1e-4)
             for (name, value), ours in zip(names["beta_geometric"].items(), fit.parameters, strict=True)]
    return rows


def _renewals() -> Rows:
    rows = []
    for name, still, a, b in (("high end", _HIGH_END, 0.668, 3.806), ("regular", _REGULAR, 0.704, 1.182)):
        there = np.array(still, dtype=np.float64)
        fit = retention.fit_renewals(there[:-1], there[:-1] - there[1:])
        rows += [row(f"renewals {name} {letter}", value, ours, 5e-4)
                 for letter, value, ours in (("alpha", a, fit.a), ("beta", b, fit.b))]
    return rows


def _telco(folder: Path) -> Rows:
    """Who left a telephone company: area under the curve of five folds, told by customers left out."""
    table = pl.read_csv(folder / "telco_churn.csv", infer_schema_length=None)
    left = (table["Churn"] == "Yes").to_numpy().astype(np.float64)
    numbers = ["tenure", "MonthlyCharges", "SeniorCitizen"]
    features = _as_numbers(table.drop("customerID", "Churn", "TotalCharges"), numbers)
    fold = stream(1, "telco").permutation(len(left)) % 5
    areas = []
    for one in range(5):
        out = fold == one
        law = fit_logistic(features[~out], left[~out], 1.0, np.arange(int((~out).sum())))
        areas.append(auc(law.chance(features[out]), left[out] > 0))
    return [row("telco customers", 7043, len(left), 0), row("telco left", 1869, float(left.sum()), 0),
            row("telco area under the curve, five folds", 0.8433, float(np.mean(areas)), 4e-3)]


def _as_numbers(table: pl.DataFrame, numbers: list[str]) -> np.ndarray:
    """Return numbers as they are, and whether each other column is each of its values but one."""
    others = table.drop(numbers).to_dummies(drop_first=True)
    return pl.concat([table.select(numbers), others], how="horizontal").cast(pl.Float64).to_numpy()


def _hillstrom(folder: Path) -> Rows:
    """Three arms of an e-mail campaign by lot: who visited, bought and spent; whom the women's e-mail helped."""
    table = pl.read_csv(folder / "hillstrom.csv", infer_schema_length=None)
    rows = []
    arms = (("No E-Mail", 0.10617, 0.00573, 0.653), ("Mens E-Mail", 0.18276, 0.01253, 1.423),
            ("Womens E-Mail", 0.15140, 0.00884, 1.077))
    for arm, visit, conversion, spend in arms:
        part = table.filter(segment=arm)
        rows += [row(f"hillstrom {arm} {name}", value, float(part[name].mean()), tolerance)  # type: ignore[arg-type]
                 for name, value, tolerance in (("visit", visit, 5e-5), ("conversion", conversion, 5e-5),
                                                ("spend", spend, 5e-4))]
    return [*rows, *_helped(folder)]


def _helped(folder: Path) -> Rows:
    """Whom the women's e-mail helped. Lots of folds differ: what is told is their mean, with an error."""
    told = best_of_women(folder)
    names = (("best 10 %", 0.077), ("best 30 %", 0.063), ("best half", 0.076), ("all", 0.0452))
    rows = [row(f"hillstrom women's e-mail, visits added to {name}", value, gain, 1.96 * error)
            for (name, value), (gain, error) in zip(names, told, strict=False)]
    return [*rows, row("hillstrom women's e-mail, Qini area", 0.0074, told[-1][0], 5e-4)]


def best_of_women(folder: Path, lots: int = 12) -> list[tuple[float, float]]:
    """Return the visits added for a customer of the best 10, 30, 50 and 100 %, and the Qini area, each with its error.

    Who is best is told by customers left out, five folds; the mean over so many lots of folds is returned, with the
    mean error of one: lots are of the same customers, so that more of them make nothing surer.
    """
    table = pl.read_csv(folder / "hillstrom.csv", infer_schema_length=None)
    both = table.filter(pl.col("segment") != "Mens E-Mail")
    features = _as_numbers(both.select("recency", "history", "mens", "womens", "newbie", "zip_code", "channel"),
                           ["recency", "history", "mens", "womens", "newbie"])
    tried = uplift.Tried(features, (both["segment"] == "Womens E-Mail").to_numpy(),
                         both["visit"].to_numpy().astype(np.float64))
    found = []
    for lot in range(1, lots + 1):
        told = uplift.left_out(tried, stream(lot, "hillstrom"))
        curve = uplift.curve(told.effect["t"], uplift.doubly_robust(tried, told), 10)
        places = [(curve.gain[at] / curve.share[at], curve.error[at] / curve.share[at]) for at in (0, 2, 4, 9)]
        found.append([*places, (curve.qini, curve.qini_error)])
    return [(float(gain), float(error)) for gain, error in np.mean(found, axis=0)]


def many_customers(customers: int, seed: int) -> Chain:
    """Return the purchases of so many customers who buy as those of CDNOW do (BG/NBD), day by day."""
    chance = stream(seed, "many_customers")
    rate, leaves = chance.gamma(0.2426, size=customers) / 4.4135, chance.beta(0.7929, 2.4257, size=customers)
    birth = chance.integers(0, 12 * 7, size=customers)
    left = 7.0 * _WEEKS - birth
    here, at, days, whom = np.arange(customers), birth.astype(np.float64), [birth], [np.arange(customers)]
    while len(here):
        at = at + 7.0 * chance.exponential(size=len(here)) / np.maximum(rate[here], 1e-12)
        bought = at < birth[here] + left[here]
        here, at = here[bought], at[bought]
        days.append(np.floor(at).astype(np.int64))
        whom.append(here)
        stays = chance.random(len(here)) >= leaves[here]
        here, at = here[stays], at[stays]
    customer, day = np.concatenate(whom), np.concatenate(days)
    # Spend is gamma-gamma: 6.25 times a scale of the customer's own.
    spend = chance.gamma(6.25, size=len(day)) * (15.44 / chance.gamma(3.74, size=customers))[customer]
    frame = pl.DataFrame({"number": np.arange(len(day)), "customer": customer, "day": day, "amount": spend}).select(
        "amount", invoice=pl.col("number").cast(pl.String), customer=pl.col("customer").cast(pl.String),
        invoiced_on=pl.lit(_START) + pl.duration(days=pl.col("day")))
    return Chain(Settings(name="many"), {"invoices": shaped(INPUTS["invoices"], frame)})


def speeds(customers: int = 1_000_000) -> dict[str, Any]:
    """Return the seconds of each job, and the parameters that were planted beside those found."""
    chain = many_customers(customers, 1)
    found: dict[str, Any] = {"transactions": chain.table("invoices").height}
    until = _START + timedelta(days=7 * _WEEKS)
    for law in ("beta_geometric", "likelier"):
        started, worked = time.perf_counter(), time.process_time()
        summary = buying.run(chain, buying.Params(until=until, law=law), 1, silent).summary  # type: ignore[arg-type]
        found[f"buying.{law}.seconds"] = time.perf_counter() - started
        found[f"buying.{law}.processor_seconds"] = time.process_time() - worked
        found["histories"] = summary["histories"]
    found["parameters"] = [summary[f"beta_geometric.{name}"] for name in ("r", "alpha", "a", "b")]
    found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def coverage(seeds: int) -> dict[str, float]:
    """Return how often intervals of 90 % hold what came (purchases of a quarter) or was planted (effect of a call)."""
    held: dict[str, list[bool]] = {"purchases of a quarter": [], "effect of a call": []}
    params = buying.Params(ahead=91, until=_START + timedelta(days=7 * _WEEKS), law="beta_geometric")
    for seed in range(seeds):
        told = buying.run(many_customers(1_000, seed), params, seed, silent).summary
        held["purchases of a quarter"].append(told["check.low"] <= told["check.actual"] <= told["check.high"])
        sample = subscriptions("small", seed)
        trial = uplifts.run(Chain(Settings.model_validate(sample.settings), sample.tables), uplifts.Params(), seed,
                            silent).summary
        held["effect of a call"].append(trial["call.effect_low"] <= _planted(sample) <= trial["call.effect_high"])
    return {"seeds": seeds, **{name: float(np.mean(each)) for name, each in held.items()}}


def _planted(sample: Sample) -> float:
    """Return the mean effect of a call on those of the trial, by how much they used when it was made."""
    whose = sample.tables["contracts"].select("customer", case="contract")
    usage = sample.tables["attributes"].filter(attribute="usage").join(whose, on="case").select(
        "customer", at="valid_from", usage=pl.col("value").cast(pl.Float64)).sort("at")
    tried = sample.tables["exposures"].select("customer", at="exposed_at").sort("at").join_asof(
        usage, on="at", by="customer", check_sortedness=False)
    little, much = CALL_EFFECT
    return float(tried.select(pl.when(pl.col("usage") < 0.0).then(little).otherwise(much).mean()).item())


def main() -> None:
    """Print what is published beside ours, the planted truths, and the seconds taken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/commercial"))
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--seeds", type=int, default=40, help="samples with planted truths")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    answer = {"published": published(given.data), "speeds": speeds(given.customers), "coverage": coverage(given.seeds)}
    if given.json:
        print(json.dumps(answer, indent=1))
        return
    for one in answer["published"]:
        held = abs(one["ours"] - one["published"]) <= one["tolerance"]
        print(f"{'held' if held else 'NOT '} {one['name']}: {one['published']} {one['ours']:.4f}")
    print(answer["speeds"], answer["coverage"])


if __name__ == "__main__":
    main()
