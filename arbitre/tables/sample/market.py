"""The after-sales sample: customers, machines, offers, promises, contracts and what customers say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.tables import market as tables
from arbitre.tables.frames import shaped
from arbitre.tables.sample.supply import Network, distance, numbered
from arbitre.tables.sample.terms import (
    AOG,
    APPEAL,
    AVAIL,
    CONTRACT_SHARE,
    FIRST_MONTH,
    H24,
    MONTH_DAY,
    MONTHS,
    NEEDS,
    OFFERS,
    ORIGIN,
    PREMIUM_SHARE,
    PRICES_THOUGHT_OF,
    PROMISES,
    PUT_OFF,
    SEGMENT_NEED,
    SEGMENTS,
    VARIANT_COST,
    VARIANTS,
    Drifts,
    Promise,
    Scale,
)

OFFER_KEYS = tuple(row.offer for row in (*OFFERS, *VARIANTS))
OFFER_PRICE = np.array([row.price for row in (*OFFERS, *VARIANTS)])
_MODELS = ("Atlas 200", "Atlas 400", "Borea", "Cobalt", "Delta 7", "Delta 9")
_FAILURES = np.array([0.50, 0.25, 0.12])  # a machine and a year, by need: high, medium, low
_SEAT_PRICE = np.array([600.0, 240.0, 120.0, 0.0, 2_400.0])  # EUR a machine and a year, by contract
# By need: how much speed and price matter to a customer, out of 10.
_SPEED_MATTERS, _PRICE_MATTERS = np.array([9.0, 7.0, 4.2]), np.array([5.0, 6.8, 8.6])


@dataclass(frozen=True)
class Market:
    """Customers and machines. `contract` holds from the start, `later` from the month `moves` (48: never).

    `weight` is the share of a customer in the order lines; `owner` the customer of each machine, `failures` a year.
    `drifts` says from when on each of the five departs.
    """

    segment: np.ndarray
    site: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    weight: np.ndarray
    contract: np.ndarray
    later: np.ndarray
    moves: np.ndarray
    owner: np.ndarray
    failures: np.ndarray
    drifts: Drifts

    def contract_at(self, month: int | np.ndarray, customers: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Return the contract of each customer in each month."""
        return np.where(month >= self.moves[customers], self.later[customers], self.contract[customers])


def draw_market(scale: Scale, network: Network, seed: int, drifts: Drifts) -> Market:
    """Draw customers around the cities, few of them large, and give each a contract and machines."""
    rng, n = stream(seed, "customers"), scale.customers
    segment = rng.choice(len(SEGMENTS), n, p=[row.share for row in SEGMENTS])
    city_weight = np.array([1.5, 1.6, 1.0])[network.kind]
    city = rng.choice(len(network.key), n, p=city_weight / city_weight.sum())
    latitude = np.round(network.latitude[city] + 0.7 * rng.standard_normal(n), 2)
    longitude = np.round(network.longitude[city] + 1.0 * rng.standard_normal(n), 2)
    site = np.argmin(distance(latitude, longitude, network), axis=1)
    size = np.exp(1.25 * rng.standard_normal(n)) * np.array([row.size for row in SEGMENTS])[segment]
    weight = np.minimum(size / size.sum(), 0.04)
    need = SEGMENT_NEED[segment]
    contract = (rng.random(n)[:, None] > np.cumsum(CONTRACT_SHARE, axis=1)[need]).sum(axis=1).clip(max=AVAIL)
    later, moves = _premium_for_everybody(contract, need, seed, drifts.premium)
    owner, failures = _draw_machines(size, need, seed)
    return Market(segment, site, latitude, longitude, weight / weight.sum(), contract, later, moves, owner, failures,
                  drifts)


def _premium_for_everybody(contract: np.ndarray, need: np.ndarray, seed: int, start: int
                           ) -> tuple[np.ndarray, np.ndarray]:
    """Plant the second drift: customers of low need move up to 24 h or AOG, one after the other."""
    rng, n = stream(seed, "premium"), len(contract)
    moving = (need == 2) & (contract > H24) & (rng.random(n) < PREMIUM_SHARE) & (start < MONTHS)
    later = np.where(moving, np.where(rng.random(n) < 0.3, AOG, H24), contract)
    return later, np.where(moving, rng.integers(min(start, MONTHS - 1), MONTHS, n), MONTHS)


def _draw_machines(size: np.ndarray, need: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Give each customer about five machines, large ones more, and each machine its failures a year."""
    rng = stream(seed, "assets")
    fleet = np.sqrt(size)
    owner = np.repeat(np.arange(len(size)), 1 + rng.poisson(4.0 * fleet / fleet.mean()))
    failures = _FAILURES[need][owner] * np.exp(0.5 * rng.standard_normal(len(owner)))
    return owner, np.round(failures, 3)


def market_frames(market: Market, network: Network, seed: int) -> dict[str, pl.DataFrame]:
    """Return the market tables."""
    return {
        "segments": shaped(tables.SEGMENTS, pl.DataFrame(SEGMENTS)),
        "customers": _customer_frame(market, network, seed),
        "assets": _asset_frame(market, seed),
        "offers": _offer_frame(),
        "promises": _promise_frame(),
        "acceptance": _acceptance_frame(seed),
        "contracts": _contract_frame(market, seed),
        "answers": _answer_frame(market, network, seed),
    }


def customer_keys(count: int) -> pl.Series:
    """Return the customer numbers."""
    return numbered("C", count, "customer")


def asset_keys(count: int) -> pl.Series:
    """Return the machine numbers."""
    return numbered("M", count, "asset")


def _customer_frame(market: Market, network: Network, seed: int) -> pl.DataFrame:
    count = len(market.segment)
    keys = customer_keys(count)
    singular = pl.Series([row.name.removesuffix("s") for row in SEGMENTS])[market.segment]
    frame = pl.DataFrame({
        "customer": keys, "segment": pl.Series([row.segment for row in SEGMENTS])[market.segment],
        "name": singular + " " + keys.str.slice(1).str.strip_chars_start("0"),
        "site": pl.Series(network.key)[market.site], "latitude": market.latitude, "longitude": market.longitude,
        "since_on": np.datetime64("2004-01-01") + stream(seed, "since").integers(0, 6_500, count),
    })
    return shaped(tables.CUSTOMERS, frame)


def _asset_frame(market: Market, seed: int) -> pl.DataFrame:
    rng, count = stream(seed, "models"), len(market.owner)
    frame = pl.DataFrame({
        "asset": asset_keys(count), "customer": customer_keys(len(market.segment))[market.owner],
        "model": pl.Series(_MODELS)[rng.choice(len(_MODELS), count, p=[0.3, 0.25, 0.2, 0.1, 0.1, 0.05])],
        "installed_on": ORIGIN - rng.integers(1, 4_400, count), "failure_rate": market.failures,
    })
    return shaped(tables.ASSETS, frame)


def _offer_frame() -> pl.DataFrame:
    variants = [OFFERS[row.base]._replace(offer=row.offer, name=row.name, price=row.price, fixed_cost=VARIANT_COST)
                for row in VARIANTS]
    return shaped(tables.OFFERS, pl.DataFrame([*OFFERS, *variants]))


def _promise_frame() -> pl.DataFrame:
    """Return the promises; a variant was sold with the window and the target of the offer it varies."""
    windows = {row.offer: row for row in PROMISES if row.kind == "order"}
    offers = [OFFERS[row.offer].offer for row in PROMISES] + [row.offer for row in VARIANTS]
    rows = [*PROMISES, *(windows[row.base]._replace(promise=f"{row.offer}-{windows[row.base].window:.0f}H", penalty=0.0)
                         for row in VARIANTS)]
    frame = pl.DataFrame(rows).with_columns(
        offer=pl.Series(offers),
        name=pl.Series([_promise_name(row, offer) for row, offer in zip(rows, offers, strict=True)]),
        period=pl.lit("month"),
    )
    return shaped(tables.PROMISES, frame)


def _promise_name(row: Promise, offer: str) -> str:
    done = {None: "part delivered", "arrived": "technician on site", "restored": "machine restored"}[row.step]
    if row.measure == "availability":
        return f"Machine available {row.target_share:.0%} of the month"
    return f"{offer}: {done} within {row.window:.0f} h"


def _acceptance_frame(seed: int) -> pl.DataFrame:
    """What the sales force believes of each segment: who would take which offer at which price."""
    rng = stream(seed, "acceptance")
    rows = []
    for row in SEGMENTS:
        need = NEEDS.index(row.need)
        for offer, prices in enumerate(PRICES_THOUGHT_OF):
            odds = np.exp(APPEAL[need, offer] + 0.15 * rng.standard_normal() - PUT_OFF[need] * np.array(prices))
            for price, share in zip(prices, odds / (1 + odds), strict=True):
                rows.append({"segment": row.segment, "offer": OFFERS[offer].offer, "source": "sales", "price": price,
                             "share": round(share, 2), "low_share": round(0.8 * share, 2),
                             "high_share": round(min(1.15 * share, 0.98), 2)})
    return shaped(tables.ACCEPTANCE, pl.DataFrame(rows))


def _contract_frame(market: Market, seed: int) -> pl.DataFrame:
    """One contract a customer, a second when it moves up, and AOG for parts beside the availability contract."""
    count = len(market.contract)
    machines = np.bincount(market.owner, minlength=count)
    signed = np.datetime64("2016-01-01") + 31 * stream(seed, "signed").integers(0, 60, count)
    moved, beside = np.nonzero(market.moves < MONTHS)[0], np.nonzero(market.contract == AVAIL)[0]
    change = ORIGIN + MONTH_DAY[market.moves]
    never, later = np.datetime64("NaT"), len(moved) + len(beside)
    customer = np.concatenate([np.arange(count), moved, beside])
    offer = np.concatenate([market.contract, market.later[moved], np.full(len(beside), AOG)])
    frame = pl.DataFrame({
        "customer_at": customer, "customer": customer_keys(count)[customer], "offer": pl.Series(OFFER_KEYS)[offer],
        "from_on": np.concatenate([signed, change[moved], signed[beside]]),
        "to_on": np.concatenate([np.where(market.moves < MONTHS, change - 1, never), np.full(later, never)]),
        "price": _SEAT_PRICE[offer] * machines[customer],
    }).sort("customer_at", "from_on", maintain_order=True)
    return shaped(tables.CONTRACTS, frame.with_columns(numbered("K", frame.height, "contract")))


def _answer_frame(market: Market, network: Network, seed: int) -> pl.DataFrame:
    """A survey each November: what matters, and how satisfied customers are, from 0 to 10."""
    rng, count = stream(seed, "answers"), len(market.segment)
    need = SEGMENT_NEED[market.segment]
    late_site = market.site == slipping_site(network)
    parts = []
    for month in range(FIRST_MONTH + 10, MONTHS, 12):
        asked = np.nonzero(rng.random(count) < 0.35)[0]
        # Those whose deliveries began to slip say so; those who moved up without the need see little difference.
        slipped = np.where(late_site & (month >= market.drifts.slip), 2.0, 0.0)
        means = {
            "speed importance": _SPEED_MATTERS[need], "speed satisfaction": 7.6 - 0.9 * (need == 0) - slipped,
            "price importance": _PRICE_MATTERS[need],
            "price satisfaction": 7.0 - 1.2 * ((need == 2) & (market.moves <= month)),
        }
        day = ORIGIN + MONTH_DAY[month] + rng.integers(0, 28, count)
        parts += [
            pl.DataFrame({
                "customer": customer_keys(count)[asked], "question": [question] * len(asked), "answered_on": day[asked],
                "score": np.clip(np.rint(mean[asked] + 1.1 * rng.standard_normal(len(asked))), 0.0, 10.0),
            })
            for question, mean in means.items()
        ]
    return shaped(tables.ANSWERS, pl.concat(parts))


def slipping_site(network: Network) -> int:
    """Return the site whose deliveries slip in the last year: the last regional one."""
    return int(np.nonzero(network.kind == 1)[0][-1])


def contract_months(market: Market, sites: int, weight: np.ndarray) -> np.ndarray:
    """Add up `weight` of the customers by (month, segment, site, contract), contracts as they stand each month."""
    shape = (len(SEGMENTS), sites, len(OFFERS))
    total = np.empty((MONTHS, *shape))
    for month in range(MONTHS):
        cell = np.ravel_multi_index((market.segment, market.site, market.contract_at(month)), shape)
        total[month] = np.bincount(cell, weight, int(np.prod(shape))).reshape(shape)
    return total


