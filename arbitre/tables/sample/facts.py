"""The after-sales sample: from demands and the replay of the stocks to the fact tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.tables.facts import CASES, EVENTS, MOVEMENTS
from arbitre.tables.frames import shaped
from arbitre.tables.sample.flows import Demands
from arbitre.tables.sample.market import OFFER_KEYS, Market, asset_keys, customer_keys, slipping_site
from arbitre.tables.sample.replay import Replay, on_hand
from arbitre.tables.sample.supply import CENTRAL, Network, Parts, item_keys, numbered
from arbitre.tables.sample.terms import (
    AOG,
    END,
    EXCEPTION_AFTER,
    EXCEPTION_BEFORE,
    H24,
    LEDGER_FROM,
    SLIP,
    SLIP_SHARE,
    TOLD_FROM,
    WASTE_AFTER,
    WASTE_BEFORE,
    WINDOW,
    as_times,
    month_of,
    ramp,
    to_minute,
)

_RESPONSE = np.array([2.3, 4.4, 12.0, 30.0, 2.2])  # h, median by offer: from the call to a technician on site


@dataclass(frozen=True)
class Course:
    """When each demand came to each step (h); NaN: it has no such step."""

    shipped: np.ndarray
    delivered: np.ndarray
    arrived: np.ndarray
    begun: np.ndarray
    fitted: np.ndarray
    handled: np.ndarray
    closed: np.ndarray
    month: np.ndarray


def run_course(demands: Demands, played: Replay, market: Market, network: Network, seed: int) -> Course:
    """Ship what is ready, deliver it, send technicians, and plant the first, the fourth and the fifth drift."""
    rng, n = stream(seed, "course"), len(demands.opened)
    month = month_of(demands.opened)
    transit = network.hours[demands.site, market.site[demands.customer]]
    slips = (demands.site == slipping_site(network)) & (month >= market.drifts.slip) & (rng.random(n) < SLIP_SHARE)
    has_part = demands.item >= 0
    shipped = to_minute(played.ready + 0.15 * rng.standard_exponential(n))
    delivered = to_minute(shipped + transit + 0.15 * rng.standard_exponential(n) + np.where(slips, SLIP, 0.0))
    arrived = to_minute(demands.opened + _RESPONSE[demands.base] * np.exp(0.45 * rng.standard_normal(n)))
    begun = np.where(has_part, np.maximum(arrived, delivered), arrived)
    restored = to_minute(begun + 2.5 * np.exp(0.6 * rng.standard_normal(n)))
    exception = ramp(month, market.drifts.complexity, EXCEPTION_BEFORE, EXCEPTION_AFTER)
    by_hand = ~demands.is_visit & (rng.random(n) < exception)
    handled = to_minute(demands.opened + 0.2 + 0.8 * rng.random(n))
    return Course(
        shipped=np.where(has_part, shipped, np.nan), delivered=np.where(has_part, delivered, np.nan),
        arrived=np.where(demands.is_visit, arrived, np.nan), begun=np.where(demands.is_visit, begun, np.nan),
        fitted=_fitted(demands, delivered, month, seed, market.drifts.waste),
        handled=np.where(by_hand, handled, np.nan), closed=np.where(demands.is_visit, restored, delivered), month=month,
    )


def _fitted(demands: Demands, delivered: np.ndarray, month: np.ndarray, seed: int, start: int) -> np.ndarray:
    """Return when urgent parts are fitted: soon for those who need them, days later for those who did not."""
    rng, n = stream(seed, "fitting"), len(delivered)
    wasted = rng.random(n) < ramp(month, start, WASTE_BEFORE, WASTE_AFTER)
    slower = np.where(demands.base == AOG, WINDOW[H24], 48.0)  # what the next slower offer would have taken
    idle = np.maximum(delivered, demands.opened + slower) + 120.0 * rng.random(n)
    fitted = np.where(wasted, idle, delivered + 1.5 * rng.standard_exponential(n))
    return np.where(~demands.is_visit & (demands.base <= H24), to_minute(fitted), np.nan)


def told(demands: Demands) -> np.ndarray:
    """Return the demands that the facts tell: those opened since the first year ended."""
    return np.nonzero(demands.opened >= TOLD_FROM)[0]


def case_keys(demands: Demands) -> pl.Series:
    """Return the case number of each demand told, in the order of `told`."""
    visit = pl.Series(demands.is_visit[told(demands)])
    number = numbered("", len(visit), "case")
    return pl.select(pl.when(visit).then(pl.lit("V")).otherwise(pl.lit("L")) + number).to_series().alias("case")


def past(hours: np.ndarray) -> np.ndarray:
    """Tell which times are known: neither missing nor after the end of the facts."""
    return hours < END


def case_frame(demands: Demands, course: Course, market: Market, network: Network, parts: Parts) -> pl.DataFrame:
    """Return the table cases."""
    rows = told(demands)
    item, asset, closed, base = demands.item[rows], demands.asset[rows], course.closed[rows], demands.base[rows]
    visit = demands.is_visit[rows]
    window = np.append(WINDOW, 24.0)[base]
    frame = pl.DataFrame({
        "case": case_keys(demands),
        "kind": pl.Series(["order", "intervention"])[visit.astype(int)],
        "customer": customer_keys(len(market.segment))[demands.customer[rows]],
        "offer": pl.Series(OFFER_KEYS)[demands.offer[rows]],
        "asset": _where(asset >= 0, asset_keys(len(market.owner))[np.maximum(asset, 0)]),
        "item": _where(item >= 0, item_keys(len(parts.price))[np.maximum(item, 0)]),
        "site": pl.Series(network.key)[demands.site[rows]],
        "quantity": demands.quantity[rows],
        "opened_at": as_times(demands.opened[rows]), "promised_at": as_times(demands.opened[rows] + window),
        "closed_at": _where(past(closed), pl.Series(as_times(closed))),
    })
    return shaped(CASES, frame)


def _where(known: np.ndarray, values: pl.Series) -> pl.Series:
    """Empty the values that are not known."""
    return pl.select(pl.when(pl.Series(known)).then(values)).to_series()


def event_frame(demands: Demands, course: Course, market: Market, network: Network) -> pl.DataFrame:
    """Return the table events, by case then time."""
    rows, keys = told(demands), case_keys(demands)
    near = market.site[demands.customer[rows]]
    steps = (
        ("exception", course.handled, demands.site[rows]), ("shipped", course.shipped, demands.site[rows]),
        ("delivered", course.delivered, near), ("installed", course.fitted, near),
        ("called", np.where(demands.is_visit, demands.opened, np.nan), near), ("arrived", course.arrived, near),
        ("restored", np.where(demands.is_visit, course.closed, np.nan), near),
    )
    frames = []
    for step, when, site in steps:
        happened = when[rows]
        known = np.nonzero(past(happened))[0]
        frames.append(pl.DataFrame({
            "place": known, "case": keys[known], "step": [step] * len(known), "happened_at": as_times(happened[known]),
            "site": pl.Series(network.key)[site[known]],
        }))
    return shaped(EVENTS, pl.concat(frames).sort("place", "happened_at", maintain_order=True))


def shelf(played: Replay, demands: Demands, course: Course, parts: Parts, at: float) -> np.ndarray:
    """Count the units on the shelf at a time (h), (items, sites)."""
    return on_hand(played, demands, course.shipped, parts, at)


def movement_frame(
    demands: Demands, played: Replay, course: Course, parts: Parts, network: Network,
) -> pl.DataFrame:
    """Return the table movements: a count when the last year opens, then all that came and left.

    The movements of an item at a site add up to what is on its shelf at the end.
    """
    opening = shelf(played, demands, course, parts, LEDGER_FROM)
    item, site = np.nonzero(opening > 0)
    counted = _moves(item, site, "count", opening[item, site], np.full(len(item), LEDGER_FROM))
    rows = np.nonzero((demands.item >= 0) & (course.shipped >= LEDGER_FROM) & past(course.shipped))[0]
    cases = np.searchsorted(told(demands), rows)
    early = demands.opened[rows] < TOLD_FROM  # still open after a year: its case is not told
    issued = _moves(demands.item[rows], demands.site[rows], "issue", -demands.quantity[rows], course.shipped[rows])
    issued = issued.with_columns(case=_where(~early, case_keys(demands)[np.where(early, 0, cases)]))

    bought = np.nonzero((played.bought_at >= LEDGER_FROM) & past(played.bought_at))[0]
    lots = played.bought_item[bought]
    received = _moves(lots, np.full(len(lots), CENTRAL), "receipt", parts.lot[lots], played.bought_at[bought])
    repaired = pl.Series(parts.repairable[lots])
    received = received.with_columns(kind=pl.when(repaired).then(pl.lit("repair")).otherwise("kind"))
    sent, came = _transfers(played)
    frame = pl.concat([counted, issued, received, sent, came], how="diagonal")
    frame = frame.sort("moved_at", "item", "site", "kind", "quantity", maintain_order=True)
    return shaped(MOVEMENTS, frame.with_columns(
        numbered("T", frame.height, "movement"), item=item_keys(len(parts.price))[frame["item"]],
        site=pl.Series(network.key)[frame["site"]], moved_at=pl.Series(as_times(frame["moved_at"].to_numpy())),
    ))


def _moves(item: np.ndarray, site: np.ndarray, kind: str, quantity: np.ndarray, when: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({
        "item": item, "site": site, "kind": [kind] * len(item), "quantity": quantity.astype(np.float64),
        "moved_at": when,
    })


def _transfers(played: Replay) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what left the centre for the sites and what came there, units that travel together on one row."""
    ends = []
    centre = np.full(len(played.sent_item), CENTRAL)
    for kind, sign, site, when in (
        ("issue", -1.0, centre, played.sent_at), ("receipt", 1.0, played.sent_site, played.came_at),
    ):
        rows = np.nonzero((when >= LEDGER_FROM) & past(when))[0]
        units = _moves(played.sent_item[rows], site[rows], kind, np.full(len(rows), sign), when[rows])
        keys = ["item", "site", "kind", "moved_at"]
        ends.append(units.group_by(keys, maintain_order=True).agg(pl.col("quantity").sum()).select(units.columns))
    return ends[0], ends[1]
