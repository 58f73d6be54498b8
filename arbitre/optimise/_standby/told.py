"""What is told of units on call: by base, by zone, by promise, and for one more or fewer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from arbitre.maths.work.standby import Answer, answered
from arbitre.optimise._standby.question import Group, Question
from arbitre.optimise._standby.search import Placed, placed
from arbitre.tables.routing import SCOPE

NOBODY, NO_WAY = "nobody is on call", "no lane leads there from a base"


@dataclass(frozen=True)
class Decided:
    """A group, what its units do today, and the plan; None where nobody is on call."""

    group: Group
    today: Answer | None
    plan: Placed | None

    @property
    def answer(self) -> Answer | None:
        """What the units do in the plan."""
        return self.plan.answer if self.plan else None

    @cached_property
    def today_value(self) -> float:
        """What is kept today, by weight."""
        return float((self.group.zones.weight * self.today.kept).sum()) if self.today else 0.0

    def late(self, kept: float) -> float:
        """Return what is late, by weight, where so much is kept."""
        return float(self.group.zones.weight.sum()) - kept


def decided_today(group: Group) -> Answer | None:
    """Return what the units do where they wait today; None where there are none."""
    return answered(group.zones, group.today) if group.today.any() else None


def levels(question: Question, found: list[Decided]) -> pl.DataFrame:
    """Return a row for each base."""
    rows = []
    for each in found:
        heads = each.plan.heads if each.plan else each.group.today
        unit = np.repeat(np.arange(len(heads)), heads)
        for base, (crew, site, cost, today) in enumerate(each.group.bases.iter_rows()):
            busy = each.answer.busy[unit == base] if each.answer else np.zeros(0)
            rows.append({"crew": crew, "site": site, "weekday": None, "starts": question.starts, "ends": question.ends,
                         "heads_before": today, "heads": int(heads[base]),
                         "busy_share": float(busy.mean()) if len(busy) else None,
                         "cost": float(heads[base] * cost * question.hours)})
    return pl.DataFrame(rows, schema_overrides={"weekday": pl.String, "busy_share": pl.Float64})


def zones(question: Question, found: list[Decided]) -> pl.DataFrame:
    """Return a row for each zone, those that nobody serves last."""
    rows = []
    for each in found:
        group, told = each.group, each.answer
        heads = each.plan.heads if each.plan else group.today
        unit = np.repeat(np.arange(len(heads)), heads)
        for zone, site in enumerate(group.places):
            row = {"site": site, "cases": group.zones.rate[zone] * question.hours}
            if told is None or each.today is None:
                rows.append({**row, "reason": NOBODY})
                continue
            way = np.where(heads > 0, group.zones.way[:, zone], np.inf)
            first = int(np.argmin(way))
            rows.append({
                **row, "first": group.bases["crew"][first], "way": way[first],
                "first_share": float(told.at_once[zone, unit == first].sum()),
                "response_before": _finite(each.today.response[zone]), "response": _finite(told.response[zone]),
                "kept_before": _kept(group, each.today, zone), "kept_share": _kept(group, told, zone), "reason": None})
    rows += [{"site": site, "cases": cases, "reason": NO_WAY} for site, cases in question.alone.items()]
    return pl.DataFrame(rows, infer_schema_length=None)


def _finite(hours: float) -> float | None:
    return float(hours) if math.isfinite(hours) else None


def _kept(group: Group, told: Answer, zone: int) -> float | None:
    """Return the share kept of all that is promised in a zone."""
    volume = group.volume[:, zone]
    return float(volume @ told.kept[:, zone] / volume.sum()) if volume.any() else None


def promises(question: Question, found: list[Decided]) -> pl.DataFrame:
    """Return a row for each promise; cases nobody comes to are late."""
    rows = []
    for number, promise in enumerate(question.promises.iter_rows(named=True)):
        asked = sum(float(each.group.volume[number].sum()) for each in found)
        if asked <= 0.0:
            continue
        kept = [sum(float(each.group.volume[number] @ told.kept[number]) for each in found
                    if (told := each.today if when == "before" else each.answer)) for when in ("before", "after")]
        rows.append({**{name: promise[name] for name in ("promise", *SCOPE, "window", "target_share")}, "cases": asked,
                     "kept_before": kept[0] / asked, "kept_after": kept[1] / asked})
    return pl.DataFrame(rows, infer_schema_length=None)


def units(question: Question, found: list[Decided], around: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return a row for each number of units on call: each best placed, the one more where it keeps most."""
    best = [{int(each.group.today.sum()): each.plan} for each in found]
    rows = [_row(question, found, best)]
    for step in (-1, 1):
        chosen = [int(each.group.today.sum()) for each in found]
        for _ in range(around):
            tried = []
            for at, each in enumerate(found):
                count = chosen[at] + step
                if count < 0 or not each.group.bases.height:
                    continue
                if count not in best[at]:
                    best[at][count] = placed(each.group.zones, count, each.group.today, rng) if count else None
                tried.append((_value(best[at][count]) - _value(best[at][chosen[at]]), -at))
            if not tried or sum(chosen) + step < 1:
                break
            chosen[-max(tried)[1]] += step
            rows.append(_row(question, found, [{count: own[count]} for own, count in zip(best, chosen, strict=True)]))
    return pl.DataFrame(rows, infer_schema_length=None).sort("units")


def _value(plan: Placed | None) -> float:
    return plan.value if plan else 0.0


def _row(question: Question, found: list[Decided], best: list[dict[int, Placed | None]]) -> dict[str, float | None]:
    """Return what so many units keep."""
    kept = asked = late = cost = reached = response = 0.0
    for each, own in zip(found, best, strict=True):
        ((_, plan),) = own.items()
        rate, volume = each.group.zones.rate, each.group.volume
        asked += float(volume.sum())
        late += each.late(_value(plan))
        if plan:
            kept += float((volume * plan.answer.kept).sum())
            cost += float(plan.heads @ each.group.bases["cost"].to_numpy()) * question.hours
            reached += float(rate.sum())
            response += float(rate @ plan.answer.response)
    many = sum(next(iter(own)) for own in best)
    is_priced = question.promises["late_cost"].fill_null(0.0).sum() > 0.0
    return {"units": many, "kept_share": kept / asked if asked else None, "late": asked - kept,
            "late_cost": late if is_priced else None, "cost": cost,
            "response": _finite(response / reached) if reached else None}
