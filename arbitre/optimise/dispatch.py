"""Who brings which order, and when, as orders come in minute by minute, and which lever helps when there are too many?

Every minute the orders placed by then are fitted into the rounds of the riders: each goes where it makes a round dearer
by least, alone or picked up with others of its site; then each is tried elsewhere, and riders swap rounds. A rider is
told only what can wait no longer: it leaves for a pick-up when waiting would delay it, and what a trip holds is settled
at the pick-up. A rider with nothing to do moves once to a site near by that orders of late have been far from. Nothing
not yet placed is looked at. The problem is that of Reyes, Erera, Savelsbergh, Sahasrabudhe and O'Neil (The Meal
Delivery Routing Problem, 2018); fitting replaces their assignment and their bundles of procedure 1.

    cost of a round = sum over its orders of wait x minutes from click to door + what being late costs
                      + ride x minutes under way + extra x orders beyond those that the hours paid for cover
A policy holds these prices and what is not done at all: an age limit, an area, orders picked up at once, a load from
which orders are refused. Being late costs `late_cost` of the promise, and `overdue` for each minute more, so that older
ones come first. An order is lost when no round takes it in time for less than `lost`.

Levers are tried on the same day, with the same orders: a smaller area, a slower promise, refusals, one more rider.
There is no bound: the best of all plans would have to know what is not yet placed.

Reads cases, sites, customers, crews; shifts, needs, lanes, promises, events, policies where present. Writes
dispatch_orders, dispatch_riders, dispatch_hours, dispatch_levers, and the facts of the day (cases, events): what is
kept is measured by measure.promises on chain.with_(cases=..., events=...). Minutes, the chain's currency.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.optimise._dispatch.day import Ask, Question, question_of
from arbitre.optimise._dispatch.levers import dispatch_levers
from arbitre.optimise._dispatch.minutes import dispatched
from arbitre.optimise._dispatch.policies import policy_of
from arbitre.optimise._dispatch.told import dispatch_hours, dispatch_orders, dispatch_riders, facts
from arbitre.tables.chain import Chain

READS = ("cases", "crews", "customers", "sites")
MAY_READ = ("events", "lanes", "needs", "policies", "promises", "shifts")
WRITES = ("dispatch_orders", "dispatch_riders", "dispatch_hours", "dispatch_levers", "cases", "events")


class Params(BaseParams):
    """Which orders and riders, by which policy, and how riders travel."""

    policy: str = Field("balanced", description="Policy by which riders are told: balanced, prompt, thrifty, or one of "
                        "the table policies.", json_schema_extra={"unit": ""})
    kind: str = Field("order", description="Kind of case that is brought.", json_schema_extra={"unit": ""})
    since: date | None = Field(None, description="First day dispatched; empty: that of the first order.",
                               json_schema_extra={"unit": "date"})
    until: date | None = Field(None, description="Last day dispatched; empty: that of the last order.",
                               json_schema_extra={"unit": "date"})
    ready: str = Field("ready", description="Step whose event tells when an order can be picked up, known when it is "
                       "placed; an order without it is ready at once.", json_schema_extra={"unit": ""})
    step: str = Field("", description="Step whose crews (needs) are the riders; empty: every crew.",
                      json_schema_extra={"unit": ""})
    detour: float = Field(1.3, ge=1, le=5, description="Road kilometres for one of the great circle.",
                          json_schema_extra={"unit": ""})
    speed: float = Field(20.0, gt=0, le=1000, description="Kilometres an hour on the road.",
                         json_schema_extra={"unit": "km/h"})
    pick: int = Field(4, ge=0, le=120, multiple_of=2, description="Minutes at a pick-up, half of them before.",
                      json_schema_extra={"unit": "min"})
    drop: int = Field(4, ge=0, le=120, multiple_of=2, description="Minutes at a door, half of them before.",
                      json_schema_extra={"unit": "min"})
    order_pay: float = Field(0.0, ge=0, description="Pay of a rider for an order; the hours of the shift are paid at "
                             "least (cost of crews).", json_schema_extra={"unit": "money"})
    levers: Literal["tried", "left"] = Field("tried", description="Whether levers against overload are tried.",
                                             json_schema_extra={"unit": ""})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Dispatch the orders of the chain.

    Raises Unsupported when there are no orders or too many places, UsageError when nobody knows the policy.
    """
    progress(0.0, "reading orders and riders")
    policy = policy_of(chain, params.policy, params.pick, params.drop)
    for name in READS:
        chain.table(name)
    question = question_of(chain, Ask(
        params.kind, params.since, params.until, params.ready, params.step, params.detour, params.speed,
        params.order_pay, policy.age))
    progress(0.2, "dispatching")
    log = dispatched(question.day, policy)
    orders = dispatch_orders(question, policy, log)
    tables = {
        "dispatch_orders": orders,
        "dispatch_riders": dispatch_riders(question, policy, log, params.order_pay),
        "dispatch_hours": dispatch_hours(question, policy, log),
    }
    if params.levers == "tried":
        progress(0.5, "trying levers")
        tables["dispatch_levers"] = dispatch_levers(question, policy, log, params.order_pay)
    return Result("optimise.dispatch", _summary(question, tables),
                  {**tables, **facts(chain, params.kind, orders)},
                  params=params.model_dump(mode="json"), seed=seed)


def _summary(question: Question, tables: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """Return the named numbers of the answer."""
    orders, riders = tables["dispatch_orders"], tables["dispatch_riders"]
    brought = orders.drop_nulls("delivered_at")
    pay, promised = riders["pay"].sum(), orders.drop_nulls("is_kept")
    lost = orders.filter(pl.col("reason") != "brought")["reason"].value_counts(sort=True).sort("reason")
    told = brought["click_to_door"].to_numpy()
    return {
        "orders": orders.height,
        "riders": question.riders.height,
        "undelivered_share": 1.0 - brought.height / orders.height,
        "click_to_door": brought["click_to_door"].mean(),
        "click_to_door_p90": float(np.percentile(told, 90)) if len(told) else None,
        "ready_to_pickup": brought["ready_to_pickup"].mean(),
        "kept_share": promised["is_kept"].mean() if promised.height else None,
        "cost_per_order": pay / brought.height if brought.height else None,
        "orders_per_trip": brought.height / brought["trip"].n_unique() if brought.height else None,
        **{f"lost.{reason}": count for reason, count in lost.iter_rows()},
    }
