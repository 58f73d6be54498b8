"""The after-sales sample: who takes orders and calls, at what cost, and how long it takes (the planted truth)."""

from __future__ import annotations

import numpy as np
import polars as pl

from arbitre.tables import costing
from arbitre.tables.frames import shaped
from arbitre.tables.sample.flows import month_weights
from arbitre.tables.sample.market import Market
from arbitre.tables.sample.terms import (
    AOG,
    AVAIL,
    EXCEPTION_AFTER,
    EXCEPTION_BEFORE,
    FIRST_MONTH,
    H24,
    OFFERS,
    SEGMENTS,
    VARIANTS,
    Scale,
    ramp,
)

_DESK, _SUPPORT = "DESK", "SUPPORT"
_PER_ORDER, _PER_LINE = 3.0, 4.0  # min to take an order, and each line of it
_HURRY = {AOG: 20.0, H24: 6.0}  # min more for a line that is urgent: finding the part, calling the carrier
_BY_HAND = 35.0  # min for a line handled by hand
_CALL, _KNOWN = 30.0, -10.0  # min for a call about a machine down; less where the machine is watched already


def desk_frames(scale: Scale) -> dict[str, pl.DataFrame]:
    """Return the tables resources, activities and time_equations."""
    orders, calls = scale.lines / 6_500, scale.customers / 240
    resources = pl.DataFrame({
        "resource": [_DESK, _SUPPORT], "name": ["Order desk", "Support desk"],
        "cost": [30_000.0 * orders, 11_700.0 * calls], "capacity": [640.0 * orders, 260.0 * calls],
    })
    activities = pl.DataFrame({
        "activity": ["ENTRY", "EXCEPTION", "CALL"], "name": ["Order entry", "Order handled by hand", "Call"],
        "resource": [_DESK, _DESK, _SUPPORT], "kind": ["order", "order", "support"],
    })
    rows = [
        ("ENTRY", "order", None, "order", None, _PER_ORDER), ("ENTRY", "case", None, "order", None, _PER_LINE),
        *(("ENTRY", "case", None, "order", offer, minutes) for offer, minutes in _hurried().items()),
        ("EXCEPTION", "event", "exception", None, None, _BY_HAND),
        ("CALL", "case", None, "intervention", None, _CALL),
        ("CALL", "case", None, "intervention", OFFERS[AVAIL].offer, _KNOWN),
    ]
    equations = pl.DataFrame(rows, schema=["activity", "per", "step", "kind", "offer", "minutes"], orient="row")
    return {
        "resources": shaped(costing.RESOURCES, resources), "activities": shaped(costing.ACTIVITIES, activities),
        "time_equations": shaped(costing.TIME_EQUATIONS, equations),
    }


def expected_work(flows: pl.DataFrame, market: Market) -> pl.DataFrame:
    """Return the hours a year that each activity is expected to take, by segment of who asks."""
    lines = flows.filter(kind="order").with_columns(
        minutes=_PER_ORDER + _PER_LINE + pl.col("offer").replace_strict(_hurried(), default=0.0)
    )
    entry = lines.group_by("segment").agg(hours=(pl.col("rate") * pl.col("minutes")).sum() / 60.0)
    told, weight = np.arange(FIRST_MONTH, FIRST_MONTH + 36), month_weights()[FIRST_MONTH:]
    by_hand = float((ramp(told, market.drifts.complexity, EXCEPTION_BEFORE, EXCEPTION_AFTER) * weight).sum())
    exception = lines.group_by("segment").agg(hours=pl.col("rate").sum() * by_hand * _BY_HAND / 60.0)
    contract = market.contract[market.owner]
    minutes = market.failures * np.where(contract == AVAIL, _CALL + _KNOWN, _CALL)
    calls = pl.DataFrame({
        "segment": [row.segment for row in SEGMENTS],
        "hours": np.bincount(market.segment[market.owner], minutes, len(SEGMENTS)) / 60.0,
    }).filter(pl.col("hours") > 0.0)
    frames = {"ENTRY": entry, "EXCEPTION": exception, "CALL": calls}
    parts = [frame.select(pl.lit(name).alias("activity"), "segment", "hours") for name, frame in frames.items()]
    return pl.concat(parts).with_columns(pl.col("hours").round(3)).sort("activity", "segment")


def _hurried() -> dict[str, float]:
    """Return the minutes more of a line, by offer."""
    urgent = {OFFERS[base].offer: minutes for base, minutes in _HURRY.items()}
    return urgent | {row.offer: _HURRY[row.base] for row in VARIANTS if row.base in _HURRY}
