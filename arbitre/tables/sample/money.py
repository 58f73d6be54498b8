"""The after-sales sample: what each case cost and what it brought, and the penalties of the promises missed."""

from __future__ import annotations

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.tables.facts import COSTS, INVOICES
from arbitre.tables.frames import shaped
from arbitre.tables.sample.facts import Course, case_keys, past, told
from arbitre.tables.sample.flows import Demands
from arbitre.tables.sample.market import OFFER_PRICE, Market, customer_keys
from arbitre.tables.sample.supply import Network, Parts, numbered
from arbitre.tables.sample.terms import (
    AVAIL,
    CAT,
    CREEP,
    CREEP_SEGMENT,
    DISCOUNT,
    DISCOUNT_SHARE,
    END,
    FIRST_MONTH,
    MARK_UP,
    MONTH_DAY,
    MONTHS,
    OFFERS,
    PROMISES,
    SEGMENT_NEED,
    SEGMENTS,
    Promise,
    as_days,
)

_HASTE = np.array([3.2, 1.5, 1.15, 1.0, 3.2])  # freight of an offer over that of a parcel that can wait
_WAGE, _HOUR_PRICE = 62.0, 115.0  # EUR an hour of a technician: what it costs, what is asked
_TRAVEL = 1.5  # h of a technician on the road for one intervention


def cost_frame(
    demands: Demands, course: Course, market: Market, network: Network, parts: Parts, seed: int,
) -> pl.DataFrame:
    """Return the table costs: freight, handling, labour and penalties."""
    rows, keys, rng = told(demands), case_keys(demands), stream(seed, "costs")
    n, item = len(rows), np.maximum(demands.item[rows], 0)
    month, base, customer = course.month[rows], demands.base[rows], demands.customer[rows]
    creeps = np.array([row.segment == CREEP_SEGMENT for row in SEGMENTS])[market.segment[customer]]
    creep = np.where(creeps, (1.0 + CREEP) ** np.maximum(0, month - market.drifts.creep + 1), 1.0)
    lane = network.cost[demands.site[rows], market.site[customer]]
    freight = (lane * _HASTE[base] + 0.003 * parts.price[item] ** 0.9) * creep * np.exp(0.2 * rng.standard_normal(n))
    by_hand = np.where(np.isnan(course.handled[rows]), 0.0, 38.0)
    handling = (6.0 + 0.5 * demands.quantity[rows] + by_hand) * creep * np.exp(0.15 * rng.standard_normal(n))
    labour = _WAGE * (course.closed[rows] - course.begun[rows] + _TRAVEL)
    frames = []
    for kind, amount, when in (
        ("freight", freight, course.shipped[rows]), ("handling", handling, course.shipped[rows]),
        ("labour", labour, np.where(demands.is_visit[rows], course.closed[rows], np.nan)),
    ):
        known = np.nonzero(past(when))[0]
        frames.append(pl.DataFrame({
            "case": keys[known], "kind": [kind] * len(known), "amount": np.round(amount[known], 2),
            "spent_on": as_days(when[known]),
        }))
    frame = pl.concat([*frames, _penalty_frame(demands, course)], how="diagonal").sort("spent_on", maintain_order=True)
    return shaped(COSTS, frame.with_columns(numbered("E", frame.height, "cost")))


def kept(demands: Demands, course: Course, promise: Promise) -> tuple[np.ndarray, np.ndarray]:
    """Return the demands told that a window promise of `PROMISES` is about, and which of them kept it.

    A case still open counts as missed once its window is over, and is left out before.
    """
    rows = told(demands)
    rows = rows[(demands.offer[rows] == promise.offer) & (demands.is_visit[rows] == (promise.kind == "intervention"))]
    done = (course.arrived if promise.step == "arrived" else course.closed)[rows]
    judged = past(done) | (demands.opened[rows] + promise.window < END)
    rows, done = rows[judged], done[judged]
    return rows, past(done) & (done <= demands.opened[rows] + promise.window + 1e-9)


def _penalty_frame(demands: Demands, course: Course) -> pl.DataFrame:
    """Return the penalty of each promise and month in which the share kept fell short, shared by the late cases."""
    frames, keys, first = [], case_keys(demands), told(demands)[0]
    for promise in (row for row in PROMISES if row.measure == "window"):
        rows, in_time = kept(demands, course, promise)
        month = course.month[rows]
        cases, late = np.bincount(month, minlength=MONTHS), np.bincount(month, ~in_time, MONTHS)
        missed = (cases > 0) & (1.0 - late / np.maximum(cases, 1) < promise.target_share)
        paid = np.nonzero(~in_time & missed[month])[0]
        frames.append(pl.DataFrame({
            "case": keys[rows[paid] - first], "kind": ["penalty"] * len(paid),
            "amount": np.round(promise.penalty / late[month[paid]], 2),
            "spent_on": as_days(24.0 * MONTH_DAY[month[paid] + 1] - 1.0),
        }))
    return pl.concat(frames)


def invoice_frame(
    demands: Demands, course: Course, market: Market, parts: Parts, contracts: pl.DataFrame, seed: int,
) -> pl.DataFrame:
    """Return the table invoices: parts and interventions as they go, and the contracts."""
    rows, keys = told(demands), case_keys(demands)
    item, base, visit = demands.item[rows], demands.base[rows], demands.is_visit[rows]
    goods = np.where(item >= 0, MARK_UP * demands.quantity[rows] * parts.price[np.maximum(item, 0)], 0.0)
    surcharge = np.where(visit, 0.0, OFFER_PRICE[demands.offer[rows]])
    work = np.where(visit, _HOUR_PRICE * (course.closed[rows] - course.begun[rows]), 0.0)
    listed = np.where(visit & (base == AVAIL), 0.0, goods + surcharge + work)
    waived = surcharge * _waived(demands, course, market)[rows]
    amount = (listed - waived) * np.where(discounted(market, seed)[demands.customer[rows]], 1.0 - DISCOUNT, 1.0)
    known = np.nonzero(past(course.closed[rows]) & (listed > 0.0))[0]
    by_case = pl.DataFrame({
        "customer": customer_keys(len(market.segment))[demands.customer[rows][known]], "case": keys[known],
        "amount": np.round(amount[known], 2), "list_amount": np.round(listed[known], 2),
        "invoiced_on": as_days(course.closed[rows][known]),
    })
    frame = pl.concat([by_case, _contract_invoices(contracts)], how="diagonal")
    frame = frame.sort("invoiced_on", maintain_order=True)
    return shaped(INVOICES, frame.with_columns(numbered("F", frame.height, "invoice")))


def _contract_invoices(contracts: pl.DataFrame) -> pl.DataFrame:
    """Return what contracts bring: machines by the month, the others on the first of January while they run."""
    starts = pl.Series(as_days(24.0 * MONTH_DAY[FIRST_MONTH:MONTHS])).alias("invoiced_on").to_frame()
    by_month = pl.col("offer") == OFFERS[AVAIL].offer
    due = contracts.filter(pl.col("price") > 0.0).join(starts, how="cross").filter(
        pl.col("invoiced_on").is_between("from_on", pl.col("to_on").fill_null(pl.col("invoiced_on"))),
        by_month | (pl.col("invoiced_on").dt.month() == 1),
    )
    amount = pl.when(by_month).then(pl.col("price") / 12.0).otherwise("price").round(2)
    return due.select("customer", "contract", amount.alias("amount"), amount.alias("list_amount"), "invoiced_on")


def discounted(market: Market, seed: int) -> np.ndarray:
    """Tell which customers pay half of everything: some of those who never leave the catalogue."""
    stays = (market.contract == CAT) & (market.moves == MONTHS)
    return stays & (stream(seed, "discounts").random(len(stays)) < DISCOUNT_SHARE)


def discount_truth(market: Market, seed: int) -> pl.DataFrame:
    """Return the customers who pay less than what they buy costs: all that they ask for loses money."""
    customers = customer_keys(len(market.segment))
    return pl.DataFrame({"customer": customers}).filter(discounted(market, seed)).with_columns(
        discount_share=pl.lit(DISCOUNT)
    )


def _waived(demands: Demands, course: Course, market: Market) -> np.ndarray:
    """Tell which surcharges were given away: one in two to the customers of low need who moved up."""
    moved = course.month >= market.moves[demands.customer]
    return moved & (SEGMENT_NEED[market.segment[demands.customer]] == 2) & (np.arange(len(moved)) % 2 == 0)
