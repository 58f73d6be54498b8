"""The after-sales sample: who asks for what, in expectation (the planted truth) and as drawn."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.tables.sample.market import OFFER_KEYS, Market, contract_months
from arbitre.tables.sample.supply import CENTRAL, Network, Parts, item_keys
from arbitre.tables.sample.terms import (
    AOG,
    AVAIL,
    CAT,
    CRITICALITIES,
    DAYS,
    FIRST_MONTH,
    GROWTH,
    HOUR,
    HOUR_DOWN,
    LAST_YEAR,
    LINE_CRITICALITY,
    LINE_OFFER,
    MONTH_DAY,
    MONTHS,
    OFFERS,
    ORIGIN,
    PART_SHARE,
    SEASON,
    SEGMENTS,
    VARIANT_SHARE,
    VARIANTS,
    VISIT_CRITICALITY,
    WEEKDAY,
    Scale,
    month_of,
)


@dataclass(frozen=True)
class Demands:
    """Order lines and interventions, by time of opening (h). `base` is the offer that a variant varies; -1: none."""

    opened: np.ndarray
    is_visit: np.ndarray
    customer: np.ndarray
    asset: np.ndarray
    offer: np.ndarray
    base: np.ndarray
    item: np.ndarray
    site: np.ndarray
    quantity: np.ndarray


def month_weights() -> np.ndarray:
    """Return the share of each month in the order lines, so that the months told add up to one."""
    months = np.arange(MONTHS)
    weight = SEASON[months % 12] * GROWTH ** (months / 12.0)
    return weight / weight[FIRST_MONTH:].sum()


def serving_site(network: Network, base: np.ndarray | int, site: np.ndarray) -> np.ndarray:
    """Return the site that serves: the nearest for machines down, its hub for 24 and 48 h, else the centre."""
    fast = (np.asarray(base) == AOG) | (np.asarray(base) == AVAIL)
    return np.where(fast, site, np.where(np.asarray(base) == CAT, CENTRAL, network.hub[site]))


def _variants_at(month: np.ndarray | int, start: int) -> np.ndarray:
    """Return, for each month and variant, its share of the lines of the offer it varies."""
    first = np.array([start + row.after for row in VARIANTS])
    return np.where(np.asarray(month)[..., None] >= first, VARIANT_SHARE, 0.0)


def expected_flows(scale: Scale, market: Market, network: Network) -> pl.DataFrame:
    """Return the lines expected a year by kind, serving site, segment, offer and criticality of the item.

    `rate` is the mean of the three years told, `rate_last` that of the last one.
    """
    sites = len(network.key)
    visits = np.bincount(market.owner, market.failures, len(market.segment)) * PART_SHARE / 12.0
    lines = contract_months(market, sites, market.weight) * (scale.lines * month_weights())[:, None, None, None]
    parts = contract_months(market, sites, visits)
    # (month, segment, site, criticality, offer)
    ordered = np.einsum("mgso,ock,c->mgsck", lines, LINE_OFFER, LINE_CRITICALITY)
    varied = np.zeros((*ordered.shape[:-1], len(OFFER_KEYS)))
    varied[..., :CAT + 1] = ordered
    for v, variant in enumerate(VARIANTS):
        share = _variants_at(np.arange(MONTHS), market.drifts.complexity)[:, v]
        moved = ordered[..., variant.base] * share[:, None, None, None]
        varied[..., len(OFFERS) + v] += moved
        varied[..., variant.base] -= moved
    needed = np.einsum("mgso,c->mgsco", parts, VISIT_CRITICALITY)
    frame = pl.concat([_flow_rows("order", varied, network), _flow_rows("intervention", needed, network)])
    keys = ["kind", "site", "segment", "offer", "criticality"]
    # In the order of the rows: sums in any other order differ in their last digit.
    summed = frame.group_by(keys, maintain_order=True).agg(pl.col("rate", "rate_last").sum().round(4))
    return summed.filter(pl.col("rate") > 0.0).sort(keys)


def _flow_rows(kind: str, flow: np.ndarray, network: Network) -> pl.DataFrame:
    """Lay out lines by (month, segment, customers' site, criticality, offer) as rows by serving site."""
    yearly, last = flow[FIRST_MONTH:].sum(axis=0) / 3.0, flow[LAST_YEAR:].sum(axis=0)
    segment, site, criticality, offer = np.nonzero(yearly > 0.0)
    base = np.array([*range(len(OFFERS)), *(row.base for row in VARIANTS)])[offer]
    served = site if kind == "intervention" else serving_site(network, base, site)
    return pl.DataFrame({
        "kind": [kind] * len(offer), "site": pl.Series(network.key)[served],
        "segment": pl.Series([row.segment for row in SEGMENTS])[segment], "offer": pl.Series(OFFER_KEYS)[offer],
        "criticality": pl.Series(CRITICALITIES)[criticality],
        "rate": yearly[segment, site, criticality, offer], "rate_last": last[segment, site, criticality, offer],
    })


def item_truth(parts: Parts, flows: pl.DataFrame, network: Network) -> pl.DataFrame:
    """Return, for each item, its share of the lines of its criticality, the units on an order line and a year."""
    return pl.DataFrame({
        "item": item_keys(len(parts.share)), "criticality": pl.Series(CRITICALITIES)[parts.criticality],
        "share": parts.share.round(12), "units": parts.units,
        "rate": site_rates(parts, flows, network).sum(axis=1).round(4),
    })


def site_rates(parts: Parts, flows: pl.DataFrame, network: Network) -> np.ndarray:
    """Return the units expected a year, (items, sites): several on an order line, one for an intervention."""
    lines = np.zeros((2, len(CRITICALITIES), len(network.key)))
    asked = flows.group_by("kind", "criticality", "site", maintain_order=True).agg(pl.col("rate").sum())
    for kind, criticality, site, rate in asked.iter_rows():
        lines[int(kind == "intervention"), CRITICALITIES.index(criticality), network.key.index(site)] = rate
    ordered, repaired = lines[:, parts.criticality]
    return parts.share[:, None] * (parts.units[:, None] * ordered + repaired)


def draw_demands(scale: Scale, market: Market, network: Network, parts: Parts, seed: int) -> Demands:
    """Draw the order lines and the interventions of the four years, in order of opening."""
    both = [_draw_orders(scale, market, network, parts, seed), _draw_visits(market, parts, seed)]
    merged = [np.concatenate([getattr(part, field.name) for part in both]) for field in fields(Demands)]
    order = np.argsort(merged[0], kind="stable")
    return Demands(*(column[order] for column in merged))


def _draw_orders(scale: Scale, market: Market, network: Network, parts: Parts, seed: int) -> Demands:
    rng = stream(seed, "orders")
    weight = month_weights()
    n = rng.poisson(scale.lines * weight.sum())
    month = _pick(rng, np.cumsum(weight), n)
    customer = _pick(rng, np.cumsum(market.weight), n)
    criticality = _pick(rng, np.cumsum(LINE_CRITICALITY), n)
    chance = np.cumsum(LINE_OFFER, axis=2)[market.contract_at(month, customer), criticality]
    base = (rng.random(n)[:, None] > chance).sum(axis=1).clip(max=CAT)
    item = _pick_items(rng, parts, criticality)
    return Demands(
        opened=_draw_times(month, base, seed), is_visit=np.zeros(n, dtype=bool), customer=customer,
        asset=np.full(n, -1), offer=_draw_variants(month, base, seed, market.drifts.complexity), base=base, item=item,
        site=serving_site(network, base, market.site[customer]), quantity=rng.geometric(1.0 / parts.units[item]),
    )


def _draw_visits(market: Market, parts: Parts, seed: int) -> Demands:
    rng = stream(seed, "visits")
    asset = np.repeat(np.arange(len(market.owner)), rng.poisson(market.failures * MONTHS / 12.0))
    n = len(asset)
    opened = rng.integers(0, DAYS * 24 * 60, n) / 60.0
    customer = market.owner[asset]
    offer = market.contract_at(month_of(opened), customer)
    item = _pick_items(rng, parts, _pick(rng, np.cumsum(VISIT_CRITICALITY), n))
    return Demands(
        opened=opened, is_visit=np.ones(n, dtype=bool), customer=customer, asset=asset, offer=offer, base=offer,
        item=np.where(rng.random(n) < PART_SHARE, item, -1), site=market.site[customer],
        quantity=np.ones(n, dtype=np.int64),
    )


def _pick(rng: np.random.Generator, cumulated: np.ndarray, count: int) -> np.ndarray:
    """Draw `count` places of a list, given the running total of their weights."""
    return np.searchsorted(cumulated, rng.random(count) * cumulated[-1], side="right").clip(max=len(cumulated) - 1)


def _pick_items(rng: np.random.Generator, parts: Parts, criticality: np.ndarray) -> np.ndarray:
    """Draw an item of the given criticality for each line."""
    item = np.zeros(len(criticality), dtype=np.int64)
    for c in range(len(CRITICALITIES)):
        lines, choices = np.nonzero(criticality == c)[0], np.nonzero((parts.criticality == c) & (parts.share > 0.0))[0]
        item[lines] = choices[_pick(rng, np.cumsum(parts.share[choices]), len(lines))]
    return item


def _draw_variants(month: np.ndarray, base: np.ndarray, seed: int, start: int) -> np.ndarray:
    """Plant the fourth drift: a few lines of an offer go to the variants of it that exist by then."""
    luck = stream(seed, "variants").random(len(base))
    varies = base[:, None] == np.array([row.base for row in VARIANTS])
    reach = np.cumsum(_variants_at(month, start) * varies, axis=1)
    first = (luck[:, None] >= reach).sum(axis=1)
    return np.where(first < len(VARIANTS), first + len(OFFERS), base)


def _draw_times(month: np.ndarray, base: np.ndarray, seed: int) -> np.ndarray:
    """Draw the opening of each line in its month: office hours, but round the clock for machines down."""
    rng = stream(seed, "times")
    weekday = (np.arange(DAYS) + ORIGIN.astype(int) + 3) % 7  # day 0 of numpy, 1970-01-01, was a Thursday
    opened = np.zeros(len(month))
    for lines, day_weight, hour_weight in (
        (np.nonzero(base == AOG)[0], np.ones(DAYS), HOUR_DOWN), (np.nonzero(base != AOG)[0], WEEKDAY[weekday], HOUR),
    ):
        passed = np.concatenate([[0.0], np.cumsum(day_weight)])
        start, end = passed[MONTH_DAY[month[lines]]], passed[MONTH_DAY[month[lines] + 1]]
        day = np.searchsorted(passed, start + rng.random(len(lines)) * (end - start), side="right") - 1
        minute = 60 * _pick(rng, np.cumsum(hour_weight), len(lines)) + rng.integers(0, 60, len(lines))
        opened[lines] = 24.0 * day + minute / 60.0
    return opened
