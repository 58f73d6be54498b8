"""What is told of the people needed: by crew and period, by promise, and who goes where when the nearest is busy."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from arbitre.core.week import WEEKDAYS
from arbitre.maths.work.transient import delayed_shares
from arbitre.optimise._crews.kernel import kept_by
from arbitre.optimise._crews.pools import CrewPools
from arbitre.optimise._crews.question import Team
from arbitre.optimise._crews.search import Staffing
from arbitre.optimise._pool import Floats, Integers
from arbitre.tables.routing import SCOPE, Process


def crew_levels(pools: CrewPools, plan: Staffing, process: Process) -> pl.DataFrame:
    """Return a row for each crew and period of the week."""
    hours, site = pools.question.hours, dict(process.crews.select("crew", "site").iter_rows())
    repeats = round(168.0 / hours / pools.periods)
    at = np.arange(round(168.0 / hours)) * hours
    clock = {"weekday": [WEEKDAYS[int(hour // 24)] for hour in at], "starts": at % 24.0, "ends": at % 24.0 + hours}
    gain = plan.worth @ plan.gain
    rows = []
    for pool, team in enumerate(pools.teams):
        slots = slice(pool * pools.periods, (pool + 1) * pools.periods)
        heads = plan.levels[slots]
        _, means, _, kept = kept_by(heads, *team.law, hours, team.room, team.flows)
        volume = team.flows[0]
        asked = volume.sum(axis=0)
        share = np.divide((volume * kept).sum(axis=0), asked, out=np.full(len(asked), np.nan), where=asked > 0)
        busy = np.minimum(np.arange(means.shape[1]), heads[:, None])
        told = {
            "rate": team.rate, "busy_share": np.divide((means * busy).sum(axis=1), heads, where=heads > 0,
                                                       out=np.full(len(heads), np.nan)),
            "delayed_share": np.where(team.rate > 0, delayed_shares(means, heads), np.nan), "kept_share": share,
            "worth": (gain[slots] + _late_saved(pools, plan, pool)) / repeats,
            "cost": np.full(len(heads), pools.head_cost(team) / repeats),
        }
        for crew, own, today in zip(team.crews, _split(team, heads), _split(team, team.today), strict=True):
            values = {**told, "heads": own, "heads_before": today}
            rows.append(pl.DataFrame({"crew": [crew] * len(at), "site": [site[crew]] * len(at), **clock,
                                      **{name: np.tile(value, repeats) for name, value in values.items()}},
                                     schema_overrides={"site": pl.String}))
    return pl.concat(rows).with_columns(pl.col(pl.Float64).fill_nan(None))


def _late_saved(pools: CrewPools, plan: Staffing, pool: int) -> Floats:
    """Return what one head more in each period saves in late cases a year, goal by goal (periods,)."""
    slots = slice(pool * pools.periods, (pool + 1) * pools.periods)
    late = np.zeros(pools.classes)
    np.maximum.at(late, pools.flow_class, pools.flow_late)
    return late @ plan.gain[:, slots]


def _split(team: Team, heads: Integers) -> Integers:
    """Return heads of each crew (crews, periods): by the load nearest to each, whole, the largest rests first."""
    load = team.load + 1e-9
    ideal = heads * load / load.sum(axis=0)
    whole = np.floor(ideal + 1e-9).astype(np.int64)
    rank = np.argsort(np.argsort(-(ideal - whole), axis=0, kind="stable"), axis=0, kind="stable")
    return whole + (rank < heads - whole.sum(axis=0))


def crew_promises(pools: CrewPools, plan: Staffing, before: Floats) -> pl.DataFrame:
    """Return a row for each promise: what is kept today and by the plan, and the worth of a point; before (goals,)."""
    question, rows = pools.question, []
    volume = question.volume / pools.days
    for number, promise in enumerate(question.promises.iter_rows(named=True)):
        goals = [row for row, goal in enumerate(question.goals) if goal.promise == number]
        if not goals:
            continue
        asked = max(volume[goals])
        rows.append({
            **{name: promise[name] for name in ("promise", *SCOPE, "window", "target_share")},
            "cases": asked * 365.25,
            "kept_before": _together(before, volume, goals), "kept_after": _together(plan.kept, volume, goals),
            "worth": float(sum(plan.worth[goal] * 0.01 * volume[goal] for goal in goals)),
        })
    return pl.DataFrame(rows, infer_schema_length=None)


def _together(kept: Floats, volume: Floats, goals: list[int]) -> float:
    """Return the share kept of a promise whose goals are taken as independent."""
    return float(np.prod([kept[goal] / volume[goal] for goal in goals]))


def summary_of(pools: CrewPools, plan: Staffing, cost_before: float, promises: pl.DataFrame) -> dict[str, Any]:
    """Return the summary of a plan."""
    weekly = 168.0 / (pools.question.hours * pools.periods) * pools.question.hours
    best = int((plan.worth @ plan.gain).argmax())
    pool, period = divmod(best, pools.periods)
    hour = period * pools.question.hours
    day = WEEKDAYS[int(hour // 24)] if pools.days > 1.0 else "every day"
    kept = {f"{when}.{row['promise']}": row[when] for row in promises.iter_rows(named=True)
            for when in ("kept_before", "kept_after")}
    return {
        "value": plan.value, "bound": plan.bound, "gap": (plan.value - plan.bound) / plan.value if plan.value else 0.0,
        "cost_before": cost_before,
        "hours_a_week": float(plan.levels.sum() * weekly),
        "hours_after_shifts": float(pools.hours_after(plan.levels).sum()) * 7.0 / pools.days,
        "hours_a_week_before": float(sum(team.today.sum() for team in pools.teams) * weekly),
        "most_at_once": int(plan.levels.reshape(pools.pools, -1).sum(axis=0).max()),
        **kept,
        "one_more_is_worth_most": f"{', '.join(pools.teams[pool].crews)}, {day} "
                                  f"{int(hour % 24):02d}:{round(hour % 1 * 60):02d}",
        "one_more_there_is_worth": float((plan.worth @ plan.gain)[best]),
        "one_more_there_costs": pools.head_cost(pools.teams[pool]),
    }
