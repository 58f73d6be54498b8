"""How many technicians and which parts, decided together, so that machines are restored in time?

An intervention takes one visit where its part is at hand (in a van), else two with the wait for the part between them.
So parts save technicians, and technicians at hand save parts. Where these are on duty day and night heads are
enumerated; for each choice of heads parts are decided as any stock is, and a floor is proven under all choices
(`_visits.search`). Where some have shifts or a calendar, heads of each half-hour are staffed and parts decided beside
one another (`_visits.plans_by_hour`). Beside it stands what the two cost when each is planned to a target of its own
(`_visits.apart`).

    kept = share in one visit x P(wait + way + work <= window)
         + share in two x P(two waits, ways and works + wait for the part <= window),
           of a response (step = arrived) P(wait + way <= window),
    value = heads x hours x cost + holding_share x money on the shelf

The wait for technicians is that of a line whose visits count the second ones (`maths.work.visits`, `_visits.model`);
parts come by the exact law of supply in trees (`_stock.pools`). What is approximated the twin tells: `simulate.proof
--crews plan`.

Reads steps, routes, crews, needs, items, sites, demand, promises; lanes, arrivals, durations, stocks, repair_shops,
shifts, rhythms, opening_hours and holidays where present.
Writes stock_levels, crew_levels, promise_worth, visit_plans. Hours, the chain's currency, a year.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result, within
from arbitre.optimise._pool import Floats
from arbitre.optimise._visits.apart import Departments
from arbitre.optimise._visits.model import Kept, Visits
from arbitre.optimise._visits.question import HOURS_PER_YEAR, question_of
from arbitre.optimise._visits.search import Choice, Found, together
from arbitre.optimise._visits.told import first_time_fix, plan_rows, promise_worth, stock_levels
from arbitre.optimise._visits.told_by_hour import by_hour
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.routing import Process

READS = ("steps", "routes", "crews", "needs", "items", "sites", "demand", "promises")
MAY_READ = ("lanes", "arrivals", "durations", "stocks", "repair_shops", "shifts", "rhythms", "opening_hours",
            "holidays")
WRITES = ("stock_levels", "crew_levels", "promise_worth", "visit_plans")

_PROVEN = 1e-3
"""Gap at which a plan counts as optimal."""


class Params(BaseParams):
    """Whose interventions, and what a part on the shelf costs."""

    kind: str = Field("intervention", description="Kind of the cases that demand opens.")
    holding_share: float = Field(0.25, gt=0, le=2, description="Yearly cost of a unit on the shelf, as a share of its "
                                 "price: capital, room, insurance, ageing.", json_schema_extra={"unit": "1/year"})


def run(chain: Chain, params: Params, _seed: int, progress: Progress) -> Result:
    """Return technicians and parts together.

    Raises Unsupported where the tables tell of no such visits, Unreachable where no heads and parts keep a promise.
    """
    progress(0.0, "reading visits and parts (the first run on a machine compiles)")
    process, visits = Process.of(chain), Visits(question_of(chain, params.kind, params.holding_share))
    if _have_hours(process, visits):
        summary, tables = by_hour(visits, process, params.kind, within(progress, 0.05, 1.0))
    else:
        summary, tables = _day_and_night(visits, progress)
    return Result("optimise.visits", summary, {name: shaped(RESULTS[name], table) for name, table in tables.items()},
                  status="optimal" if summary["gap"] <= _PROVEN else "feasible", bound=summary["bound"])


def _have_hours(process: Process, visits: Visits) -> bool:
    """Do some of those who go have shifts, or hours in which they may work?"""
    going = visits.question.crews.filter(pl.Series(np.isin(np.arange(visits.teams), visits.question.team)))
    return going["calendar"].is_not_null().any() or going["crew"].is_in(process.shifts["crew"].implode()).any()


def _day_and_night(visits: Visits, progress: Progress) -> tuple[dict[str, Any], dict[str, pl.DataFrame]]:
    """Return the summary and the tables of heads that are on duty day and night."""
    found = together(visits, within(progress, 0.1, 0.8))
    progress(0.8, "planning each apart")
    departments = Departments(visits)
    plans = {"together": found.best, "apart": departments.usual(visits.need),
             "apart_best_split": departments.best(visits.need)}
    today, best = _today(visits), found.best
    tables = {
        "stock_levels": stock_levels(visits, best.levels, best.kept.on_hand, today.on_hand if today else None),
        "crew_levels": _crew_levels(visits, found),
        "promise_worth": promise_worth(visits, best.kept.share, today.share if today else None, best.worth),
        "visit_plans": _visit_plans(visits, plans)}
    return _summary(visits, found, plans, today), tables


def _today(visits: Visits) -> Kept | None:
    """Return what today's heads and levels keep; None where they are unknown or cannot keep up."""
    question = visits.question
    if not question.model.has_today:
        return None
    return visits.evaluate(question.crews["heads"].to_numpy(),
                           np.maximum(question.model.levels_today, question.pools.slot_lowest))


def _crew_levels(visits: Visits, found: Found) -> pl.DataFrame:
    """Return the heads of each crew, on duty at any hour."""
    best, crews = found.best, visits.question.crews
    rates = [visits.line(team, float(first))[0] for team, first in enumerate(best.kept.first)]
    return crews.select(
        "crew", "site", heads_before="heads", starts=pl.lit(0.0), ends=pl.lit(24.0), heads=pl.Series(best.heads),
        rate=pl.Series(rates), busy_share=pl.Series(best.kept.busy), delayed_share=pl.Series(best.kept.delayed),
        kept_share=pl.Series(_kept_by_team(visits, best)), worth=pl.Series(found.saved),
        cost=pl.Series(visits.hourly * HOURS_PER_YEAR))


def _kept_by_team(visits: Visits, best: Choice) -> Floats:
    """Return the share kept of what is promised to the cases of each team (teams,), NaN where nothing is."""
    question, pools = visits.question, visits.question.pools
    there = np.bincount(pools.flow_class, pools.evaluate(best.levels).kept, minlength=pools.classes)
    shares = []
    for team in range(visits.teams):
        mine = question.team == team
        own, alone = visits.weights(best.heads, best.kept.first, mine) or (np.zeros((1, len(there))), np.zeros(1))
        asked = float((question.covers * np.where(mine, question.volume + question.on_site, 0.0)).sum())
        shares.append(float((own @ there + alone).sum()) / asked if asked else np.nan)
    return np.array(shares)


def _visit_plans(visits: Visits, plans: dict[str, Choice | None]) -> pl.DataFrame:
    return pl.DataFrame([row for name, choice in plans.items() if choice for row in plan_rows(
        visits, name, int(choice.heads.sum()), choice.kept.people, choice.kept.stock, choice.kept.first,
        choice.kept.share)])


def _summary(visits: Visits, found: Found, plans: dict[str, Choice | None], today: Kept | None) -> dict[str, Any]:
    best, question = found.best, visits.question
    kept = dict(zip((f"kept_after.{name}" for name in question.promises["promise"]), best.kept.share.tolist(),
                    strict=True))
    best_unit, earns, costs = _one_more_unit(visits, best)
    team = int(np.argmax(found.saved))
    return {
        "value": best.cost, "bound": found.bound, "gap": (best.cost - found.bound) / best.cost if best.cost else 0.0,
        "people_cost": best.kept.people, "stock_cost": best.kept.stock,
        "cost_before": today.cost if today else None,
        "heads": int(best.heads.sum()), "heads_before": int(question.crews["heads"].sum()),
        "hours_a_week": float(best.heads.sum() * 168.0),
        "first_time_fix": first_time_fix(visits, best.kept.first),
        **kept,
        **{f"cost_{name}": choice.cost if choice else None for name, choice in plans.items() if name != "together"},
        "one_more_technician_saves_most": question.crews["crew"][team],
        "one_more_technician_saves": float(found.saved[team]),
        "one_more_technician_costs": float(visits.hourly[team] * HOURS_PER_YEAR),
        "one_more_unit_is_worth_most": best_unit, "one_more_unit_earns": earns, "one_more_unit_costs": costs,
        "heads_tried": found.tried,
    }


def _one_more_unit(visits: Visits, best: Choice) -> tuple[str, float, float]:
    """Return the shelf where one unit more earns most beside its cost, what it earns in kept promises and costs.

    Parts of different items do not meet, so one evaluation a site judges all its shelves.
    """
    question, pools = visits.question, visits.question.pools
    told = visits.weights(best.heads, best.kept.first)
    worth = best.worth @ told[0] + best.worth_at_once @ visits.at_once if told else np.zeros(pools.classes)
    now, slots = pools.evaluate(best.levels), question.model.slots
    found = []
    for site in slots["site"].unique(maintain_order=True):
        here = (slots["site"] == site).to_numpy()
        then = pools.evaluate(best.levels + here)
        earned = np.bincount(pools.flow_pool, (then.kept - now.kept) * worth[pools.flow_class], minlength=pools.pools)
        paid = then.cost - now.cost
        found += [(earned[pools.slot_pool[slot]] - paid[pools.slot_pool[slot]], int(slot),
                   float(earned[pools.slot_pool[slot]]), float(paid[pools.slot_pool[slot]]))
                  for slot in np.flatnonzero(here)]
    _, slot, earns, costs = max(found)
    return f"{slots['item'][slot]}, {slots['site'][slot]}", earns, costs
