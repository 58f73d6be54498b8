"""A small firm whose costs and profits can be found by hand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl

from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.settings import Settings

PERIOD = {"from": date(2021, 1, 1), "to": date(2024, 12, 31)}
"""Four years: 1,461 days of which 365.25 make one."""


def rows(table: str, *values: tuple[Any, ...], names: str) -> pl.DataFrame:
    schema = names.split()
    return shaped(INPUTS[table], pl.DataFrame(list(values), schema=schema, orient="row", infer_schema_length=None))


def day(number: int) -> date:
    return date(2022, 1, number)


def firm(**other: pl.DataFrame) -> Chain:
    """Ann buys two lines in one order and calls once; Bob buys one line in haste and pays half."""
    at = datetime(2022, 1, 3, 9)
    tables = {
        "segments": rows("segments", ("big",), ("small",), names="segment"),
        "customers": rows("customers", ("ann", "big"), ("bob", "small"), names="customer segment"),
        "offers": rows("offers", ("fast",), ("slow",), names="offer"),
        "contracts": rows("contracts", ("K", "ann", "slow", date(2020, 1, 1)), names="contract customer offer from_on"),
        "items": rows("items", ("nut", "metal", 10.0, 20.0), names="item family price lead_time"),
        "sites": rows("sites", ("hub",), names="site"),
        "cases": rows(
            "cases", ("1", "order", "ann", "slow", "nut", "hub", 3.0, at, at),
            ("2", "order", "ann", "slow", "nut", "hub", 1.0, at, at),
            ("3", "order", "bob", "fast", "nut", "hub", 2.0, at, at),
            ("4", "call", "ann", "slow", None, None, None, at, at),
            names="case kind customer offer item site quantity opened_at closed_at"),
        "events": rows(
            "events", ("4", "talk", datetime(2022, 1, 4, 11), datetime(2022, 1, 4, 10, 30)),
            ("3", "packed", datetime(2022, 1, 4, 8), None), names="case step happened_at started_at"),
        "invoices": rows(
            "invoices", ("A", "ann", "1", None, 60.0, 60.0, day(5)), ("B", "ann", "2", None, 20.0, 25.0, day(5)),
            ("C", "bob", "3", None, 25.0, 50.0, day(5)), ("D", "ann", None, "K", 100.0, 100.0, day(5)),
            names="invoice customer case contract amount list_amount invoiced_on"),
        "costs": rows("costs", ("x", "1", "freight", 7.0, day(5)), ("y", "3", "freight", 11.0, day(5)),
                      ("z", None, "penalty", 9.0, day(5)), names="cost case kind amount spent_on"),
        # 30 an hour, half a unit of money a minute; 40 hours and 1,200 in the four years
        "resources": rows("resources", ("desk", 300.0, 10.0), names="resource cost capacity"),
        "activities": rows("activities", ("entry", "desk", "order"), ("talk", "desk", "support"),
                           names="activity resource kind"),
        "time_equations": rows(
            "time_equations", ("entry", "order", None, "order", None, 8.0), ("entry", "case", None, "order", None, 4.0),
            ("entry", "unit", None, "order", None, 1.0), ("entry", "case", None, "order", "fast", 20.0),
            ("entry", "event", "packed", None, None, 6.0), ("talk", "hour", "talk", None, None, 60.0),
            names="activity per step kind offer minutes"),
    }
    return Chain(Settings.model_validate({"name": "firm", "period": PERIOD}), {**tables, **other})


def shelved(chain: Chain, on_hand: int = 8) -> Chain:
    """The firm with nuts on its shelf, and bolts that nobody asks for."""
    items = rows("items", ("nut", "metal", 10.0, 20.0), ("bolt", "metal", 5.0, 20.0),
                 names="item family price lead_time")
    stocks = rows("stocks", ("hub", "nut", on_hand, on_hand), ("hub", "bolt", 4, 4), names="site item on_hand level")
    promises = rows("promises", ("P", "fast", 24.0, 0.99), ("Q", "slow", 240.0, 0.9),
                    names="promise offer window target_share")
    return chain.with_(items=items, stocks=stocks, promises=promises)
