"""A software house that sells subscriptions: who joins, who is let down, who leaves, and what was planted in it.

Every 30 days a customer leaves with a chance whose log odds add up: a level, its age, the promises broken to it in
the last 90 days, how much it uses, its segment. A call changes the chance to renew when asked, by
how much a customer uses. `expect` says by how much.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.core.streams import stream
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.frames import shaped
from arbitre.tables.sample.aftersales import Sample, ScaleName

CUSTOMERS: dict[ScaleName, int] = {"small": 500, "medium": 5_000, "large": 50_000}
LAST = date(2025, 12, 31)
PERIODS, PERIOD, MEMORY = 24, 30, 90
_GAP = 7
"""Days before the end of the facts at which the last period ends: who stops then may yet sign again."""
_NOW = datetime(LAST.year, LAST.month, LAST.day) + timedelta(days=1)
_BEGIN = _NOW - timedelta(days=_GAP + PERIODS * PERIOD)

SEGMENTS = ("SMALL", "MID", "LARGE")
_SEGMENT_SHARE = (0.6, 0.3, 0.1)
_SEGMENT_PRICE = (1_200.0, 6_000.0, 30_000.0)
LEVEL = -3.0
EFFECTS = {"age": -0.25, "breaches": 0.55, "usage": -0.6, "segment: MID": -0.3, "segment: LARGE": -0.6}
"""What one more of each adds to the log odds of leaving within a period."""
_TICKETS = 0.5
_TICKET_WINDOW, _ONBOARDING_WINDOW = 24.0, 336.0
_UPGRADE = 0.02
CALL_EFFECT = (0.25, -0.05)
"""What a call adds to the chance to renew when asked of those who use little, and of the others."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class _Lives(NamedTuple):
    """When each customer joins and leaves, in days from the beginning (inf: still there), and upgrades (inf: never)."""

    joins: Floats
    leaves: Floats
    upgrades: Floats


class _Asks(NamedTuple):
    """Cases: whose, of which kind (1 onboarding), opened and closed in days, and whether late."""

    customer: Integers
    onboarding: NDArray[np.bool_]
    opened: Floats
    closed: Floats
    late: NDArray[np.bool_]


def subscriptions(scale: ScaleName, seed: int, breach: float = EFFECTS["breaches"]) -> Sample:
    """Draw two years of a software house; `breach` is what a broken promise adds to the log odds of leaving.

    `expect` holds truth_leaving (driver, effect) and truth_calls (group of customers, what a call adds to renewing).
    """
    count = CUSTOMERS[scale]
    chance = stream(seed, "subscriptions")
    segment = chance.choice(len(SEGMENTS), count, p=_SEGMENT_SHARE)
    price = 10.0 * np.round(np.array(_SEGMENT_PRICE)[segment] / 10.0 * np.exp(0.3 * chance.standard_normal(count)))
    usage = _usage(count, chance)
    lives, asks = _lived(segment, usage, {**EFFECTS, "breaches": breach}, chance)
    tables = {**_market(segment, lives, price, chance), "cases": _cases(asks), "attributes": _attributes(usage, lives),
              **_called(usage, lives, chance)}
    effects = {"level": LEVEL, **EFFECTS, "breaches": breach}
    expect = {
        "truth_leaving": pl.DataFrame({"driver": list(effects), "effect": list(effects.values())}),
        "truth_calls": pl.DataFrame({"group": ["usage below 0", "others"], "effect": list(CALL_EFFECT)}),
    }
    return Sample(_SETTINGS, {name: shaped(INPUTS[name], table) for name, table in tables.items()}, expect)


def _usage(count: int, chance: np.random.Generator) -> Floats:
    """Return how much each customer uses, told once a quarter: (customers, quarters), around 0."""
    quarters = PERIODS * PERIOD // 90 + 1
    values = np.empty((count, quarters))
    values[:, 0] = chance.standard_normal(count)
    for quarter in range(1, quarters):
        values[:, quarter] = 0.8 * values[:, quarter - 1] + 0.6 * chance.standard_normal(count)
    return np.round(values, 2)


def _lived(segment: Integers, usage: Floats, effects: Mapping[str, float],
           chance: np.random.Generator) -> tuple[_Lives, _Asks]:
    """Play period after period: who joins, asks, is let down, and leaves."""
    count = len(segment)
    joins = np.floor(chance.uniform(-360, PERIODS * PERIOD - 60, count))
    leaves, upgrades = np.full(count, np.inf), np.full(count, np.inf)
    asks = [_onboarded(joins, chance)]
    for period in range(PERIODS):
        start, end = float(period * PERIOD), float((period + 1) * PERIOD)
        here = (joins <= start) & (leaves >= start)
        broken = _broken(asks, count, start)
        line = (LEVEL + effects["age"] * np.log1p(np.maximum(start - joins, 0.0) / 30.0) + effects["breaches"] * broken
                + effects["usage"] * usage[:, _quarter(start)] + effects["segment: MID"] * (segment == 1)
                + effects["segment: LARGE"] * (segment == 2))
        gone = here & (chance.random(count) < 1.0 / (1.0 + np.exp(-line)))
        leaves[gone] = start + np.floor(chance.uniform(0, PERIOD, gone.sum()))
        moved = here & ~gone & np.isinf(upgrades) & (chance.random(count) < _UPGRADE)
        upgrades[moved] = start + PERIOD / 2
        asks.append(_asked(joins, leaves, start, end, chance))
    asks.append(_asked(joins, leaves, float(PERIODS * PERIOD), float(PERIODS * PERIOD + _GAP), chance))
    return _Lives(joins, leaves, upgrades), _Asks(*(np.concatenate(part) for part in zip(*asks, strict=True)))


def _quarter(day: float) -> int:
    """Return the quarter whose usage is known by that day: it is written down the evening before each begins."""
    return int(day // 90)


def _onboarded(joins: Floats, chance: np.random.Generator) -> _Asks:
    """Return the onboarding of each customer who joins while facts are told."""
    who = np.flatnonzero(joins >= 0)
    days = np.round(8.0 * np.exp(0.5 * chance.standard_normal(len(who))), 2)
    return _Asks(who, np.ones(len(who), bool), joins[who], joins[who] + days, days * 24 > _ONBOARDING_WINDOW)


def _asked(joins: Floats, leaves: Floats, start: float, end: float, chance: np.random.Generator) -> _Asks:
    """Return the tickets of customers under contract from a day to another."""
    who = np.repeat(np.arange(len(joins)), chance.poisson(_TICKETS * (end - start) / PERIOD, len(joins)))
    opened = np.round(chance.uniform(start, end, len(who)), 2)
    late = chance.random(len(who)) < 0.25
    hours = np.where(late, _TICKET_WINDOW * (1.05 + chance.exponential(1.0, len(who))),
                     _TICKET_WINDOW * chance.uniform(0.05, 0.95, len(who)))
    here = (opened >= joins[who]) & (opened < leaves[who] + 1)
    closed = opened + np.round(hours / 24.0, 3)
    return _Asks(who[here], np.zeros(here.sum(), bool), opened[here], closed[here], late[here])


def _broken(asks: list[_Asks], count: int, day: float) -> Floats:
    """Return how many promises to each customer came due in the 90 days before, and were not kept."""
    total = np.zeros(count)
    for part in asks:
        due = part.opened + np.where(part.onboarding, _ONBOARDING_WINDOW, _TICKET_WINDOW) / 24.0
        here = part.late & (due >= day - MEMORY) & (due < day)
        total += np.bincount(part.customer[here], minlength=count)
    return total


def _when(days: Floats) -> pl.Series:
    """Return moments, empty where infinite."""
    minutes = pl.Series(np.where(np.isfinite(days), np.round(days * 1440), np.nan)).fill_nan(None).cast(pl.Int64)
    return pl.DataFrame({"minutes": minutes}).select(pl.lit(_BEGIN) + pl.duration(minutes="minutes")).to_series()


def _market(segment: Integers, lives: _Lives, price: Floats, chance: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Return segments, offers, promises, customers and contracts: a second contract follows an upgrade."""
    who = np.arange(len(segment))
    pro = chance.random(len(segment)) < 0.3
    end = _NOW - timedelta(days=1)
    signed = pl.DataFrame({
        "number": who, "pro": pro, "price": price, "from_on": _when(lives.joins).dt.date(),
        "to_on": _when(lives.leaves).dt.date(), "upgrade_on": _when(np.where(pro, np.inf, lives.upgrades)).dt.date(),
    }).filter(pl.col("from_on") <= end.date())
    first = signed.select(
        "number", "price", "from_on", offer=pl.when("pro").then(pl.lit("PRO")).otherwise(pl.lit("BASIC")),
        to_on=pl.when(pl.col("upgrade_on").is_not_null()).then(pl.col("upgrade_on") - pl.duration(days=1))
        .otherwise(pl.col("to_on")))
    second = signed.filter(pl.col("upgrade_on").is_not_null()).select(
        "number", "to_on", price=pl.col("price") * 1.5, from_on="upgrade_on", offer=pl.lit("PRO"))
    contracts = pl.concat([first, second.select(first.columns)]).sort("number", "from_on", maintain_order=True)
    contracts = contracts.with_columns(place=pl.int_range(pl.len()).over("number")).with_columns(
        contract=_contract(pl.col("number"), pl.col("place")), customer=_customer(pl.col("number")))
    promised = {"promise": ["ONBOARD-14D", "REPLY-24H"], "name": ["Started within 14 days", "Answered within 24 hours"],
                "measure": "window", "kind": ["onboarding", "ticket"], "window": [_ONBOARDING_WINDOW, _TICKET_WINDOW],
                "target_share": [0.9, 0.9], "period": "quarter", "penalty": 0.0, "counts": "line"}
    customers = signed.select(customer=_customer(pl.col("number")), since_on="from_on",
                              segment=pl.Series(np.array(SEGMENTS)[segment])).sort("customer")
    return {
        "segments": pl.DataFrame({"segment": SEGMENTS, "name": ["Small firms", "Mid-sized firms", "Large firms"],
                                  "value": ["low", "medium", "high"], "need": ["medium", "medium", "high"]}),
        "offers": pl.DataFrame({"offer": ["BASIC", "PRO"], "name": ["Basic", "Pro"],
                                "is_differentiating": [False, True], "billing": "subscription", "fixed_cost": 0.0,
                                "case_cost": 0.0}),
        "promises": pl.DataFrame(promised), "customers": customers, "contracts": contracts,
    }


def _customer(number: pl.Expr) -> pl.Expr:
    return pl.format("C{}", number.cast(pl.String).str.zfill(5))


def _contract(number: pl.Expr, place: pl.Expr) -> pl.Expr:
    return pl.format("K{}-{}", number.cast(pl.String).str.zfill(5), place + 1)


def _cases(asks: _Asks) -> pl.DataFrame:
    """Return onboardings and tickets opened while facts are told; those closed later are still open."""
    frame = pl.DataFrame({"number": asks.customer, "onboarding": asks.onboarding, "opened_at": _when(asks.opened),
                          "closed_at": _when(asks.closed)}).filter(pl.col("opened_at") < _NOW)
    return frame.sort("opened_at", "number", maintain_order=True).with_row_index("row").select(
        "opened_at", case=pl.format("T{}", pl.col("row").cast(pl.String).str.zfill(6)),
        kind=pl.when("onboarding").then(pl.lit("onboarding")).otherwise(pl.lit("ticket")),
        customer=_customer(pl.col("number")), quantity=pl.lit(1.0),
        closed_at=pl.when(pl.col("closed_at") < _NOW).then("closed_at"))


def _attributes(usage: Floats, lives: _Lives) -> pl.DataFrame:
    """Return the usage of each contract, the evening before each quarter while it runs, and before it begins."""
    rows = []
    for quarter in range(usage.shape[1]):
        day = 90.0 * quarter
        known = (lives.joins < day + 90) & (lives.leaves >= day)
        rows.append(pl.DataFrame({"number": np.flatnonzero(known), "value": usage[known, quarter],
                                  "valid_from": _when(np.full(known.sum(), day - 0.25))}))
    return pl.concat(rows).filter(pl.col("valid_from") < _NOW).sort("number", "valid_from").select(
        "valid_from", case=_contract(pl.col("number"), pl.lit(0)), attribute=pl.lit("usage"),
        value=pl.col("value").cast(pl.String))


def _called(usage: Floats, lives: _Lives, chance: np.random.Generator) -> dict[str, pl.DataFrame]:
    """Return who was called by the toss of a coin, once a quarter of the last year, and who then renewed when asked;
    and what a call takes."""
    trials = []
    for ago in (12, 9, 6, 3):
        day = float((PERIODS - ago) * PERIOD)
        who = np.flatnonzero((lives.joins < day) & (lives.leaves >= day))
        treated = chance.random(len(who)) < 0.5
        effect = np.where(usage[who, _quarter(day)] < 0.0, *CALL_EFFECT)
        renewed = chance.random(len(who)) < 0.4 + effect * treated
        trials.append(pl.DataFrame({"number": who, "is_treated": treated, "exposed_at": _when(np.full(len(who), day)),
                                    "outcome": renewed.astype(np.float64)}))
    exposures = pl.concat(trials).select("is_treated", "exposed_at", "outcome", customer=_customer(pl.col("number")),
                                         lever=pl.lit("call"))
    return {
        "exposures": exposures,
        "resources": pl.DataFrame({"resource": ["SUCCESS"], "name": ["Customer success"], "cost": [60_000.0],
                                   "capacity": [1_300.0]}),
        "levers": pl.DataFrame({"lever": ["call"], "name": ["Call by customer success"], "resource": ["SUCCESS"],
                                "hours": [1.5], "cost": [0.0]}),
    }


_SETTINGS: dict[str, Any] = {
    "name": "Subscriptions",
    "sentence": "Subscriptions to a software: onboarding, tickets, usage, and who leaves.",
    "currency": "EUR",
    "time_zone": "Europe/Paris",
    "language": "en",
    "period": {"from": _BEGIN.date(), "to": LAST},
    "capabilities": {
        "forecast.leaving": {}, "forecast.renewals": {}, "forecast.uplift": {}, "optimise.actions": {}},
}
