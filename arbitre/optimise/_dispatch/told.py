"""What was dispatched, told as tables: orders, riders, hours, and the facts that the day will leave."""

from __future__ import annotations

import numpy as np
import polars as pl

from arbitre.optimise._dispatch.day import Question
from arbitre.optimise._dispatch.minutes import DONE, LOST, OUT_OF_AREA, REFUSED, Log
from arbitre.optimise._dispatch.rounds import Policy
from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

PICKED_UP = "picked up"
"""The step that tells when an order is picked up; work on it began when the order was ready."""


def dispatch_orders(question: Question, policy: Policy, log: Log) -> pl.DataFrame:
    """Return who brings each order when, or why nobody does; orders that nobody can find last."""
    done = log.orders["status"] == DONE
    rider = np.where(done, log.orders["rider"], 0)
    crew = question.riders["crew"].gather(rider) if question.riders.height else pl.Series([None] * len(done))
    told = question.orders.with_columns(
        reason=pl.Series(_reasons(question, policy, log), dtype=pl.String),
        crew=crew, rider=pl.Series(log.orders["rider"] + 1), trip=pl.Series(log.orders["trip"] + 1),
        picked_up_at=question.at(log.orders["picked"]), delivered_at=question.at(log.orders["delivered"]),
        ready_to_pickup=_number(log.orders["picked"] - question.day.orders["ready"]),
        click_to_door=_number(log.orders["delivered"] - question.day.orders["placed"]),
        is_kept=pl.Series(log.orders["delivered"] <= question.day.orders["due"]),
    ).with_columns(
        # A comparison with what is not a number is false: an order not brought breaks its promise.
        is_kept=pl.when(pl.col("window").is_not_null()).then("is_kept"),
        **{name: pl.when(pl.Series(done)).then(name) for name in ("crew", "rider", "trip")})
    lost = question.unknown.with_columns(reason=pl.lit("nowhere"),
                                         is_kept=pl.when(pl.col("window").is_not_null()).then(False))
    return shaped(RESULTS["dispatch_orders"], pl.concat([told, lost], how="diagonal_relaxed"))


def _number(values: np.ndarray) -> pl.Series:
    return pl.Series(values, dtype=pl.Float64).fill_nan(None)


def _reasons(question: Question, policy: Policy, log: Log) -> list[str]:
    """Say of each order why it was brought or not."""
    day = question.day
    ride = policy.pick / 2.0 + day.travel[day.orders["pickup"], day.orders["door"]] + policy.drop / 2.0
    late = day.orders["ready"] + ride > day.orders["placed"] + policy.age
    reasons = {DONE: "brought", OUT_OF_AREA: "out_of_area", REFUSED: "overload"}
    told = []
    for order, status in enumerate(log.orders["status"].tolist()):
        may = day.may[:, day.orders[order]["pickup"]]
        placed = day.orders[order]["placed"]
        on_duty = may & (day.riders["on"] <= placed + policy.age) & (day.riders["off"] >= day.orders[order]["ready"])
        if status != LOST:
            told.append(reasons[status])
        elif late[order]:
            told.append("never_in_time")
        elif len(may) and not may.any():
            told.append("nobody_may")
        else:
            told.append("too_busy" if on_duty.any() else "no_rider")
    return told


def pay_of(question: Question, log: Log, order_pay: float) -> np.ndarray:
    """Return what each rider is paid: by the order, or by the hour where that is more."""
    done = log.orders["rider"] >= 0
    served = np.bincount(log.orders["rider"][done], minlength=question.riders.height)
    hours = (question.day.riders["off"] - question.day.riders["on"]) / 60.0
    return np.maximum(order_pay * served, hours * question.riders["cost"].to_numpy())


def dispatch_riders(question: Question, policy: Policy, log: Log, order_pay: float) -> pl.DataFrame:
    """Return what each rider does in its shift."""
    riders, brought = question.day.riders, log.orders[log.orders["rider"] >= 0]
    trips = np.unique(brought[["rider", "trip"]])
    ways = np.bincount(log.moves[:, 0], weights=question.day.travel[log.moves[:, 2], log.moves[:, 3]],
                       minlength=len(riders))
    orders = np.bincount(brought["rider"], minlength=len(riders))
    trips = np.bincount(trips["rider"], minlength=len(riders))
    return shaped(RESULTS["dispatch_riders"], question.riders.select(
        "crew", rider=pl.int_range(1, pl.len() + 1), starts_at=question.at(riders["on"]),
        ends_at=question.at(riders["off"]), orders=pl.Series(orders), trips=pl.Series(trips),
        busy_share=pl.Series((ways + orders * policy.drop + trips * policy.pick) / (riders["off"] - riders["on"])),
        pay=pl.Series(pay_of(question, log, order_pay))))


def dispatch_hours(question: Question, policy: Policy, log: Log) -> pl.DataFrame:
    """Return how hour follows hour."""
    day = question.day
    hour = (day.orders["placed"] // 60).astype(np.int64)
    hours = np.unique(hour)
    starts = hours * 60.0
    shared = [np.clip(np.minimum(day.riders["off"], start + 60) - np.maximum(day.riders["on"], start), 0, None).sum()
              for start in starts]
    ride = policy.pick + day.travel[day.orders["pickup"], day.orders["door"]] + policy.drop
    rows = []
    for start, minutes in zip(hours, shared, strict=True):
        there = hour == start
        taken = (log.orders["delivered"] - day.orders["placed"])[there & (log.orders["status"] == DONE)]
        rows.append((int(there.sum()), minutes / 60.0, ride[there].sum() / minutes if minutes else None,
                     taken.mean() if len(taken) else None, int((there & (log.orders["status"] != DONE)).sum())))
    told = pl.DataFrame(rows, schema={"orders": pl.Int64, "riders": pl.Float64, "load": pl.Float64,
                                      "click_to_door": pl.Float64, "lost": pl.Int64}, orient="row")
    return shaped(RESULTS["dispatch_hours"], told.with_columns(starts_at=question.at(starts)))


def facts(chain: Chain, kind: str, orders: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the cases of that kind as they will be closed, and the events that tell of it.

    An order not brought stays open. Events of the cases that a day of dispatch makes anew replace what was there.
    """
    told = orders.select("case", "crew", "site", "ready_at", "picked_up_at", "delivered_at")
    cases = chain.table("cases").filter(kind=kind).drop("closed_at").join(told, on="case", maintain_order="left")
    events = chain.table("events").join(told, on="case", how="semi").filter(pl.col("step") != PICKED_UP) \
        if chain.has("events") else None
    picked = told.drop_nulls("picked_up_at").select(
        "case", "site", step=pl.lit(PICKED_UP), happened_at="picked_up_at", started_at="ready_at", resource="crew",
        event=pl.lit(None, pl.String))
    both = [picked] if events is None else [events, picked]
    return {
        "cases": shaped(INPUTS["cases"], cases.with_columns(closed_at="delivered_at")),
        "events": shaped(INPUTS["events"], pl.concat(both, how="diagonal_relaxed").sort("happened_at", "case", "step")),
    }


def hardest_hours(question: Question, log: Log, hours: int) -> float:
    """Return the minute from which so many hours hold most of what orders lost, or wait."""
    age = np.where(log.orders["status"] == DONE, log.orders["picked"] - question.day.orders["ready"], 60.0)
    placed = question.day.orders["placed"] // 60
    starts = np.unique(placed)
    weight = [age[(placed >= start) & (placed < start + hours)].sum() for start in starts]
    return float(starts[int(np.argmax(weight))] * 60.0)

