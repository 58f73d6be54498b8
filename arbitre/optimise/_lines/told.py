"""What is told of the plan of a line: heads by shift, carriers by class, cut-offs, loads and promises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.week import WEEKDAYS
from arbitre.optimise._lines.pools import LinePool, Outcome, Rank
from arbitre.optimise._lines.question import Flow, Question
from arbitre.optimise._lines.search import WEEKS, Plan, Plans
from arbitre.tables.routing import SCOPE

_SURE = 0.95
"""Chance at which slack is told."""
_CLASS = ("kind", "site", *SCOPE)


def tables_of(question: Question, plans: Plans) -> dict[str, pl.DataFrame]:
    """Return every table of the plan."""
    told: dict[str, list[dict[str, Any]]] = {
        "line_levels": [row for plan in plans.days for row in _levels(plan, plans)],
        "line_parcels": [*(row for plan in plans.days for row in _parcels(plan, question)), *_dropped(question)],
        "line_carriers": [row for plan in plans.days for row in _carriers(plan, plans)],
        "line_tours": [row for plan in plans.days for row in _tours(plan, plans)],
        "line_promises": list(_promises(question, plans)),
    }
    return {name: pl.DataFrame(rows, infer_schema_length=None) for name, rows in told.items()}


def _where(plan: Plan) -> dict[str, Any]:
    return {"line": plan.day.line, "weekday": plan.day.weekday}


def _first(plan: Plan) -> float:
    """Return the first hour of the day that the pool of the plan stands for; days that are alike share one."""
    return 24.0 * WEEKDAYS.index(plan.pool.day.weekday)


def _levels(plan: Plan, plans: Plans) -> Iterator[dict[str, Any]]:
    first = 24.0 * WEEKDAYS.index(plan.day.weekday)
    late = plan.pool.priced(plan.outcome, plans.worth) - plan.outcome.cost
    for at, (slot, heads) in enumerate(zip(plan.day.slots, plan.levels, strict=True)):
        more = plan.pool.evaluate((*plan.levels[:at], heads + 1, *plan.levels[at + 1:]), plan.carriers)
        yield {**_where(plan), "crew": slot.crew, "starts": slot.starts - first,
               "ends": (slot.ends - first - 1e-9) % 24.0 + 1e-9, "heads_before": slot.heads, "heads": heads,
               "worth": late - plan.pool.priced(more, plans.worth) + more.cost,
               "cost": slot.cost * (slot.ends - slot.starts)}


def _carrier(plan: Plan, flow: Flow) -> int:
    return plan.carriers[plan.pool.classes.index(flow.of_class)]


def _parcels(plan: Plan, question: Question) -> Iterator[dict[str, Any]]:
    """Yield who goes with whom: a row for each class, tour and promise."""
    pool, day = plan.pool, plan.pool.day
    for number, flow in enumerate(day.flows):
        tour, carrier = day.tours[flow.tour], _carrier(plan, flow)
        deadline = flow.deadline[carrier]
        come = tour.leaves + tour.lane + sum(law.mean for law in tour.laws) if tour.step else None
        rank = next((at for at, rank in enumerate(pool.ranks(plan.carriers)) if number in rank.flows), None)
        yield {
            **_where(plan), **{name: question.classes[name][flow.row] for name in _CLASS},
            "tour": tour.step or None, "leaves": tour.leaves - _first(plan) if tour.step else None,
            "promise": question.promises["promise"][flow.promise],
            "carrier_before": day.carriers[day.today[flow.of_class]], "carrier": day.carriers[carrier], "rank": rank,
            "pack_by": (deadline - _first(plan)) % 24.0 if np.isfinite(deadline) else None,
            "cases": flow.volume, "missed": plan.outcome.missed[number],
            "kept_share": 1.0 - plan.outcome.missed[number] / flow.volume,
            "slack": (deadline - come) * 60.0 if come is not None and np.isfinite(deadline) else None,
            "reason": "planned",
        }


def _dropped(question: Question) -> Iterator[dict[str, Any]]:
    for row in question.dropped:
        whose = {} if row["class"] is None else {name: question.classes[name][row["class"]] for name in _CLASS}
        yield {"weekday": row["weekday"], **whose, "tour": row["step"], "cases": row["cases"], "reason": row["reason"]}


def _carriers(plan: Plan, plans: Plans) -> Iterator[dict[str, Any]]:
    """Yield a row for each time by which something must be packed for a carrier."""
    pool, ranks = plan.pool, plan.pool.ranks(plan.carriers)
    times = sorted({(_carrier(plan, pool.day.flows[flow]), rank.deadline) for rank in ranks for flow in rank.flows})
    for carrier, deadline in times:
        up_to = [rank for rank in ranks if rank.deadline <= deadline]
        own = [flow for rank in up_to for flow in rank.flows
               if rank.deadline == deadline and _carrier(plan, pool.day.flows[flow]) == carrier]
        clear = pool.present(plan.levels, tuple(flow for rank in up_to for flow in rank.flows))[1]
        volume = sum(pool.day.flows[flow].volume for flow in own)
        gone = [_missed_at(plan, plans, rank, ranks, minute) for minute in (0.0, 1.0, -1.0)
                for rank in up_to if rank.deadline == deadline and set(rank.flows) & set(own)]
        kinds = len(gone) // 3
        now, later, sooner = (np.array(gone[at * kinds:(at + 1) * kinds]).sum(axis=0) for at in range(3))
        yield {
            **_where(plan), "carrier": pool.day.carriers[carrier], "pack_by": (deadline - _first(plan)) % 24.0,
            "cases": volume, "missed_before": _same(plan.today, own), "missed_by_means": _same(plan.means, own),
            "missed": float(plan.outcome.missed[own].sum()),
            "kept_share": 1.0 - float(plan.outcome.missed[own].sum()) / volume,
            "clear_share": pool.at(clear, deadline), "slack": _slack(pool, clear, deadline),
            "missed_per_minute": float(sooner[0] - now[0]), "hold_worth": float(now[1] - later[1]),
        }


def _same(outcome: Outcome, own: list[int]) -> float:
    """Return what another plan misses of the same cases, with the carriers it gives them."""
    return float(outcome.missed[own].sum())


def _missed_at(plan: Plan, plans: Plans, rank: Rank, ranks: list[Rank], minutes: float) -> tuple[float, float]:
    """Return cases of a rank missed, and their worth, were they to be packed by so many minutes later."""
    pool, at = plan.pool, rank.deadline + minutes / 60.0
    before = tuple(flow for other in ranks[:ranks.index(rank)] for flow in other.flows)
    mean = pool.at(pool.present(plan.levels, (*before, *rank.flows))[0], at)
    if before:
        mean -= pool.at(pool.present(plan.levels, before)[0], at)
    missed = mean + sum(pool.not_come(flow, at) for flow in rank.flows)
    return missed, missed * float(plans.worth[pool.day.flows[rank.flows[0]].promise])


def _slack(pool: LinePool, clear: np.ndarray, deadline: float) -> float | None:
    """Return the minutes by which all is packed before its time with a chance of 95 %; negative: so much too late."""
    sure = np.flatnonzero(clear >= _SURE)
    return None if not len(sure) else (deadline - pool.begins) * 60.0 - float(sure[0]) * pool.grain


def _tours(plan: Plan, plans: Plans) -> Iterator[dict[str, Any]]:
    """Yield a row for each load and the carrier that takes it."""
    pool, ranks = plan.pool, plan.pool.ranks(plan.carriers)
    for number, tour in enumerate(pool.day.tours):
        if not tour.step:
            continue
        for at, rank in enumerate(ranks):
            mine = [flow for flow in rank.flows if pool.day.flows[flow].tour == number]
            if not mine:
                continue
            before = tuple(flow for other in ranks[:at] for flow in other.flows)
            chance = pool.load_law(plan.levels, before, rank.flows, number)
            volume = sum(pool.day.flows[flow].volume for flow in mine)
            yield {
                **_where(plan), "tour": tour.step, "leaves": tour.leaves - _first(plan),
                "carrier": pool.day.carriers[_carrier(plan, pool.day.flows[mine[0]])],
                "pack_by": (rank.deadline - _first(plan)) % 24.0, "cases": volume,
                "comes": (tour.leaves + tour.lane + sum(law.mean for law in tour.laws) - _first(plan)) % 24.0,
                "come_share": 1.0 - sum(pool.not_come(flow, rank.deadline) for flow in mine) / volume,
                "chance": pool.at(chance, rank.deadline),
                "cost_of_minute": volume * float(plans.worth[pool.day.flows[mine[0]].promise])
                * (pool.at(chance, rank.deadline) - pool.at(chance, rank.deadline - 1.0 / 60.0)),
            }


def _promises(question: Question, plans: Plans) -> Iterator[dict[str, Any]]:
    """Yield a row for each promise whose cases come to a line."""
    for number, promise in enumerate(question.promises.iter_rows(named=True)):
        mine = [(plan, at) for plan in plans.days for at, flow in enumerate(plan.pool.day.flows)
                if flow.promise == number]
        volume = sum(plan.pool.day.flows[at].volume for plan, at in mine)
        if volume > 0.0:
            kept = {name: 1.0 - sum(getattr(plan, which).missed[at] for plan, at in mine) / volume
                    for name, which in (("kept_before", "today"), ("kept_by_means", "means"),
                                        ("kept_after", "outcome"))}
            yield {**{name: promise[name] for name in ("promise", *SCOPE, "window", "cut_off", "target_share")},
                   "cases": volume * WEEKS, **kept, "worth": float(plans.worth[number])}


def summary_of(question: Question, plans: Plans, tables: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """Return the summary, money and cases a year."""
    def year(which: str) -> tuple[float, float, float]:
        found = [(plan, getattr(plan, which)) for plan in plans.days]
        late = sum(plan.pool.priced(each, plans.late_cost) - each.cost for plan, each in found)
        return (WEEKS * sum(each.cost for _, each in found), WEEKS * late,
                WEEKS * sum(float(each.missed.sum()) for _, each in found))

    cost, late, missed = year("outcome")
    cost_before, late_before, missed_before = year("today")
    cost_means, late_means, missed_means = year("means")
    value, bound = cost + late, WEEKS * plans.floor
    least = tables["line_carriers"].sort("clear_share").row(0, named=True) if plans.days else None
    best = tables["line_levels"].with_columns(gain=pl.col("worth") - pl.col("cost")).sort(
        "gain", descending=True, maintain_order=True).row(0, named=True) if plans.days else None
    return {
        "value": value, "bound": bound, "gap": (value - bound) / value if value else 0.0,
        "value_before": cost_before + late_before, "value_by_means": cost_means + late_means,
        "cost": cost, "cost_before": cost_before, "cost_by_means": cost_means,
        "missed": missed, "missed_before": missed_before, "missed_by_means": missed_means,
        "dropped": float(sum(row["cases"] or 0.0 for row in question.dropped) * WEEKS),
        **{f"kept_after.{row['promise']}": row["kept_after"] for row in tables["line_promises"].iter_rows(named=True)},
        **({} if least is None else {"least_sure": f"{least['carrier']}, {least['weekday']}",
                                     "least_sure_chance": least["clear_share"]}),
        **({} if best is None else {"one_more_is_worth_most": f"{best['crew']}, {best['weekday']} "
                                    f"{best['starts']:g}-{best['ends']:g}", "one_more_there_is_worth": best["worth"],
                                    "one_more_there_costs": best["cost"]}),
    }
