"""What is told of technicians by the hour and parts: the plan, today, and what two departments would plan."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from arbitre.capability import Progress, within
from arbitre.optimise._crews.search import Staffing
from arbitre.optimise._crews.told import crew_levels, crew_promises, summary_of
from arbitre.optimise._visits.by_hour import ByHour
from arbitre.optimise._visits.model import Visits
from arbitre.optimise._visits.plans_by_hour import Plan, Search, plan_of
from arbitre.optimise._visits.told import first_time_fix, plan_rows, promise_worth, stock_levels
from arbitre.tables.routing import Process


def by_hour(visits: Visits, process: Process, kind: str, progress: Progress
            ) -> tuple[dict[str, Any], dict[str, pl.DataFrame]]:
    """Return the summary and the tables of technicians by the hour and parts.

    Raises Unreachable where no people and parts keep a promise.
    """
    progress(0.0, "bounding the cost")
    search = Search(ByHour(visits, process, kind))
    apart = search.apart(within(progress, 0.05, 0.4))
    best, today = search.together(apart, within(progress, 0.4, 1.0)), _today(search.by_hour)
    tables = {
        "stock_levels": stock_levels(visits, best.parts.levels, best.parts.on_hand,
                                     today.parts.on_hand if today else None),
        "crew_levels": crew_levels(best.crews, best.people, process),
        "promise_worth": promise_worth(visits, best.share, today.share if today else None, best.people.worth),
        "visit_plans": _visit_plans(visits, {"together": best, "apart": apart})}
    return _summary(search, best, apart, today), tables


def _today(by_hour_: ByHour) -> Plan | None:
    """Return what today's people and levels do; None where levels are unknown."""
    question = by_hour_.visits.question
    if not question.model.has_today:
        return None
    parts = by_hour_.parts(np.maximum(question.model.levels_today, question.pools.slot_lowest))
    heads = np.concatenate([team.today for team in by_hour_.crews(parts).teams])
    none = np.zeros(len(by_hour_.visits.need))
    return plan_of(by_hour_, parts, Staffing(heads, none, 0.0, 0.0, none, np.zeros((len(none), len(heads)))))


def _visit_plans(visits: Visits, plans: dict[str, Plan | None]) -> pl.DataFrame:
    return pl.DataFrame([row for name, plan in plans.items() if plan for row in plan_rows(
        visits, name, _most_at_once(plan), plan.people.value, plan.parts.cost, plan.parts.first, plan.share)])


def _most_at_once(plan: Plan) -> int:
    return int(plan.people.levels.reshape(plan.crews.pools, -1).sum(axis=0).max())


def _summary(search: Search, best: Plan, apart: Plan | None, today: Plan | None) -> dict[str, Any]:
    before = today.people.kept if today else np.full(len(best.share), np.nan)
    promises = crew_promises(best.crews, best.people, before)
    people = summary_of(best.crews, best.people, today.cost if today else np.nan, promises)
    unknown = () if today else ("kept_before", "cost_before")
    return {
        **{name: value for name, value in people.items() if not name.startswith(unknown)},
        "value": best.cost, "bound": search.bound, "gap": (best.cost - search.bound) / best.cost if best.cost else 0.0,
        "people_cost": best.people.value, "stock_cost": best.parts.cost,
        "first_time_fix": first_time_fix(search.visits, best.parts.first), "cost_apart": apart.cost if apart else None,
    }
