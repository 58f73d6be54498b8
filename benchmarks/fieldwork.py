"""What do technicians and parts cost decided together and apart, at the same service proved? Prints one JSON object.

    python -m benchmarks.fieldwork --json

Three field services drawn from a seed (`tables/sample/fieldwork`, 24 parts, two zones, promises in two windows): parts
cheap and people dear; the reverse; zones far away. Each is planned three ways (`optimise.visits`): together; apart, the
promise split evenly between parts and technicians; apart, split as is best in hindsight. What a plan keeps is proved by
the twin, on the same cases for all. The share asked of each way of planning is moved until what is *proved* is as
little above the target as its steps allow, and the cheapest plan that is proved to keep it counts: `cost`, with the
share of each promise and its interval. `saving`: of together against each of the others. `gap` of the plan together at
the target, by the model; `off`: by how much the model told its share too high (points). `seconds` of deciding together.

`by_hour`: the same service when technicians may work from 6 to 22 alone: heads of each half-hour and parts together,
and what two departments plan (the even split), costs a year and bound; shares said and proved.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from arbitre.capability import silent
from arbitre.core.week import WEEKDAYS
from arbitre.optimise import visits
from arbitre.optimise._pool import Floats
from arbitre.optimise._visits.apart import Departments
from arbitre.optimise._visits.model import Visits
from arbitre.optimise._visits.question import Question, question_of
from arbitre.optimise._visits.search import Choice, together
from arbitre.simulate import proof
from arbitre.tables.catalogue import DECLARED, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.sample.fieldwork import KIND, Regime, drawn
from arbitre.tables.settings import Settings

REGIMES = {
    "people_dear": Regime(cases=(5200, 3400), price=250.0, hourly=60.0),
    "parts_dear": Regime(cases=(10400, 6800), price=4000.0, hourly=18.0),
    "far_zones": Regime(cases=(2600, 1700), ways=(3.0, 4.5), price=1500.0, hourly=35.0, resupply=48.0,
                        windows=(24.0, 48.0)),
}
ITEMS, SEED, HOLDING, TURNS = 24, 1, 0.25, 4
Planner = Callable[[Floats], Choice | None]


def planners(question: Question) -> dict[str, Planner]:
    """Return the ways of planning for a share of each promise."""
    departments = Departments(Visits(question))
    return {"together": lambda need: together(Visits(question, need), silent).best, "apart": departments.usual,
            "apart_best_split": departments.best}


def proved(chain: Chain, question: Question, choice: Choice) -> pl.DataFrame:
    """Return what the twin keeps of each promise with these heads and levels."""
    levels = question.model.slots.select("item", "site", level=pl.Series(choice.levels), lot=pl.lit(1),
                                         sharing=pl.lit("first_come"))
    staffed = chain.with_(stock_levels=shaped(RESULTS["stock_levels"], levels),
                          crews=chain.table("crews").with_columns(heads=pl.Series(choice.heads)))
    found = proof.run(staffed, proof.Params.model_validate({"kind": KIND, "least": 8, "most": 8}), SEED, silent)
    return found.tables["proofs"].sort("promise")


def at_target(chain: Chain, question: Question, plan: Planner) -> dict[str, Any] | None:
    """Return the cheapest plan met whose proved shares reach the targets."""
    target = question.promises["target_share"].to_numpy()
    need, best, seen = target.copy(), None, set[tuple[int, ...]]()
    for _ in range(TURNS):
        choice = plan(need)
        if choice is None:
            break
        key = (*choice.heads.tolist(), *choice.levels.tolist())
        if key in seen:
            break
        seen.add(key)
        told = proved(chain, question, choice)
        share = told["share"].to_numpy()
        if (share >= target).all() and (best is None or choice.cost < best["cost"]):
            best = _told(choice, told)
        # Who is kept well by the others' plan asks for nothing.
        off = choice.kept.share - share
        need = np.clip(np.where(share < target, np.maximum(need, target + off), target + off), 0.5, 0.999)
    return best


def _told(choice: Choice, told: pl.DataFrame) -> dict[str, Any]:
    return {"cost": round(choice.cost), "people": round(choice.kept.people), "stock": round(choice.kept.stock),
            "heads": choice.heads.tolist(), "first_time_fix": np.round(choice.kept.first, 4).tolist(),
            "model": np.round(choice.kept.share, 4).tolist(),
            "proved": [[round(value, 4) for value in row] for row in
                       told.select("share", "low_share", "high_share").iter_rows()]}


def measured(regime: Regime) -> dict[str, Any]:
    """Plan and prove one field service."""
    sample = drawn(regime, ITEMS, SEED)
    chain = Chain(Settings.model_validate(sample.settings), sample.tables)
    question = question_of(chain, KIND, HOLDING)
    started = time.perf_counter()
    found = together(Visits(question), silent)
    seconds = time.perf_counter() - started
    off = found.best.kept.share - proved(chain, question, found.best)["share"].to_numpy()
    told: dict[str, Any] = {
        "target": regime.target, "value": round(found.best.cost), "bound": round(found.bound),
        "gap": round(1.0 - found.bound / found.best.cost, 5), "off": np.round(100.0 * off, 2).tolist(),
        "seconds": round(seconds, 1), "heads_tried": found.tried,
        **{name: at_target(chain, question, plan) for name, plan in planners(question).items()}}
    for name in ("apart", "apart_best_split"):
        both = told["together"], told[name]
        told[f"saving_{name}"] = round(1.0 - both[0]["cost"] / both[1]["cost"], 4) if all(both) else None
    return told


def by_hour(regime: Regime) -> dict[str, Any]:
    """Plan and prove one field service whose technicians may work in the hours of the day."""
    sample = drawn(regime, ITEMS, SEED)
    crews = sample.tables["crews"].with_columns(calendar=pl.lit("day"))
    hours = pl.DataFrame([("day", day, "06:00", "22:00") for day in WEEKDAYS], orient="row",
                         schema=["calendar", "weekday", "opens", "closes"])
    chain = Chain(Settings.model_validate(sample.settings), {
        name: table for name, table in sample.tables.items() if name not in ("campaigns", "planned_cases")} | {
            "crews": crews, "opening_hours": shaped(DECLARED["opening_hours"], hours)})
    started = time.perf_counter()
    result = visits.run(chain, visits.Params(), SEED, silent)
    seconds = time.perf_counter() - started
    planned = chain.with_(**{name: result.tables[name] for name in ("stock_levels", "crew_levels")})
    params = proof.Params.model_validate({"kind": KIND, "crews": "plan", "levels": "plan", "least": 8, "most": 8})
    told = proof.run(planned, params, SEED, silent).tables["proofs"].sort("promise")
    names = ("value", "bound", "gap", "cost_apart", "hours_a_week", "hours_after_shifts")
    return {**{name: round(result.summary[name], 4) for name in names},
            "saving_apart": round(1.0 - result.summary["value"] / result.summary["cost_apart"], 4),
            "said": [round(result.summary[f"kept_after.{name}"], 4) for name in told["promise"]],
            "proved": [[round(value, 4) for value in row]
                       for row in told.select("share", "low_share", "high_share").iter_rows()],
            "seconds": round(seconds, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object, and nothing else")
    parser.parse_args()
    print(json.dumps({name: {**measured(regime), "by_hour": by_hour(regime)} for name, regime in REGIMES.items()}))


if __name__ == "__main__":
    main()
