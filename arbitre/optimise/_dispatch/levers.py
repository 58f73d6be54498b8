"""What would each lever against overload gain, tried on the same day with the same orders?

    area    orders with the longest quarter of the rides are not taken;
    slower  every promise, and the age limit, is longer by a quarter of the median window (of the limit without any);
    refuse  orders are refused from two open ones for each rider on duty;
    rider   one more rider, where most orders come from, in the hardest three hours.
Each is priced alike: pay of the riders, late orders at the `late_cost` of their promise, lost ones at `lost`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from arbitre.optimise._dispatch.day import Question
from arbitre.optimise._dispatch.minutes import DONE, Log, dispatched
from arbitre.optimise._dispatch.rounds import Policy
from arbitre.optimise._dispatch.told import hardest_hours, pay_of
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.frames import shaped

_FAR_SHARE = 0.75
_OPEN_EACH = 2.0
_HOURS = 3


def dispatch_levers(question: Question, policy: Policy, log: Log, order_pay: float) -> pl.DataFrame:
    """Return what each lever would change."""
    rows = [_priced("none", None, question, policy, log, order_pay)]
    day = question.day
    if len(day.orders):
        rides = day.travel[day.orders["pickup"], day.orders["door"]]
        reach = float(np.quantile(rides, _FAR_SHARE, method="lower"))
        longer = _longer(question, policy)
        orders = day.orders.copy()
        orders["due"] += longer
        slower = replace(question, day=day._replace(orders=orders))
        tried = [
            ("area", reach, question, policy._replace(reach=min(policy.reach, reach))),
            ("slower", longer, slower, policy._replace(age=policy.age + longer)),
            ("refuse", _OPEN_EACH, question, policy._replace(load=min(policy.load, _OPEN_EACH))),
            *([_reinforced(question, policy, log)] if len(day.riders) else []),
        ]
        rows += [_priced(lever, setting, asked, rules, dispatched(asked.day, rules), order_pay)
                 for lever, setting, asked, rules in tried]
    told = pl.DataFrame(rows, infer_schema_length=None)
    return shaped(RESULTS["dispatch_levers"], told.with_columns(change=pl.col("cost") - pl.col("cost").first()))


def _longer(question: Question, policy: Policy) -> float:
    """Return by how many minutes a slower promise is slower."""
    windows = question.orders["window"].drop_nulls().to_numpy() * 60.0
    return float(np.ceil((np.median(windows) if len(windows) else policy.age) / 4.0))


def _reinforced(question: Question, policy: Policy, log: Log) -> tuple[str, float, Question, Policy]:
    """Return the lever of one more rider: the hour of the day it starts, and the question with it."""
    starts = hardest_hours(question, log, _HOURS)
    riders, may = question.day.riders, question.day.may
    one = riders[:1].copy()
    one["on"], one["off"] = starts, starts + 60.0 * _HOURS
    one["place"] = np.bincount(question.day.orders["pickup"]).argmax()
    one["covered"] = np.floor(riders["covered"][0] / (riders["off"][0] - riders["on"][0]) * 60.0 * _HOURS)
    day = question.day._replace(riders=np.concatenate([riders, one]),
                                may=np.concatenate([may, np.ones((1, may.shape[1]), np.bool_)]))
    return ("rider", starts / 60.0 % 24.0,
            replace(question, day=day, riders=pl.concat([question.riders, question.riders[:1]])), policy)


def _priced(lever: str, setting: float | None, question: Question, policy: Policy, log: Log, order_pay: float
            ) -> dict[str, object]:
    """Return a row of the table."""
    orders, done = question.day.orders, log.orders["status"] == DONE
    in_time = done & (log.orders["delivered"] <= orders["due"])
    promised = np.isfinite(orders["due"])
    pay = float(pay_of(question, log, order_pay).sum())
    late = float(orders["late"][done & ~in_time].sum())
    return {
        "lever": lever, "setting": setting, "orders": int(done.sum()), "lost": int((~done).sum()),
        "click_to_door": float((log.orders["delivered"] - orders["placed"])[done].mean()) if done.any() else None,
        "kept_share": float(in_time[promised].mean()) if promised.any() else None,
        "pay": pay, "cost": pay + late + policy.lost * float((~done).sum()),
    }
