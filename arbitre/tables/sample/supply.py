"""The after-sales sample: places, lanes, parts, and how firms set their stocks today."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.tables.frames import shaped
from arbitre.tables.sample.terms import CRITICALITIES, ITEM_CRITICALITY, MARK_UP, Scale
from arbitre.tables.supply import ITEMS, LANES, SITES, STOCKS

CENTRAL = 0
KINDS = ("central", "regional", "local")
_FIXED_COST = np.array([90_000.0, 30_000.0, 12_000.0])  # EUR a year open, by rank
_CITIES = {
    "central": (("ORL", "Orléans", 47.90, 1.91),),
    "regional": (
        ("FRA", "Frankfurt", 50.11, 8.68), ("MIL", "Milan", 45.46, 9.19), ("MAD", "Madrid", 40.42, -3.70),
        ("BHX", "Birmingham", 52.48, -1.90), ("WAW", "Warsaw", 52.23, 21.01), ("VIE", "Vienna", 48.21, 16.37),
    ),
    "local": (
        ("LYS", "Lyon", 45.76, 4.84), ("MUC", "Munich", 48.14, 11.58), ("BCN", "Barcelona", 41.39, 2.17),
        ("HAM", "Hamburg", 53.55, 9.99), ("BRU", "Brussels", 50.85, 4.35), ("ROM", "Rome", 41.90, 12.50),
        ("TLS", "Toulouse", 43.60, 1.44), ("LON", "London", 51.51, -0.13), ("AMS", "Amsterdam", 52.37, 4.90),
        ("BER", "Berlin", 52.52, 13.40), ("ZRH", "Zurich", 47.38, 8.54), ("LIS", "Lisbon", 38.72, -9.14),
        ("PRG", "Prague", 50.08, 14.44), ("CPH", "Copenhagen", 55.68, 12.57), ("NTE", "Nantes", 47.22, -1.55),
        ("MRS", "Marseille", 43.30, 5.37), ("SVQ", "Seville", 37.39, -5.98), ("KRK", "Krakow", 50.06, 19.94),
        ("BUD", "Budapest", 47.50, 19.04), ("MAN", "Manchester", 53.48, -2.24),
    ),
}
# family, noun: from cheap to dear
_FAMILIES = (
    ("fasteners", "Screw"), ("seals", "Seal"), ("filters", "Filter"), ("bearings", "Bearing"), ("sensors", "Sensor"),
    ("hydraulics", "Pump"), ("electronics", "Controller"), ("drives", "Gearbox"), ("engines", "Engine"),
)
_FAMILY_PRICE = np.array([3.0, 12.0, 40.0, 120.0, 400.0, 1_500.0, 5_000.0, 20_000.0])  # EUR, where the next one starts
_LOTS = np.array([1, 2, 5, 10, 20, 50, 100, 200, 500])
_LINE_PRICE = np.array([5.0, 30.0, 200.0, 2_000.0])  # EUR: above, fewer units on a line
_UNITS_PER_LINE = np.array([2.5, 1.7, 1.15, 1.0, 1.0])

_BAND_PRICE = np.array([20.0, 200.0, 2_000.0, 15_000.0])  # EUR: how firms sort parts before they set levels
# By price band: safety factor at the central site; share of the demand of a rank of sites whose items are held there.
_CENTRAL_SAFETY = np.array([1.2, 0.5, 0.2, 0.1, -0.2])
_HELD_SHARE = {1: np.array([0.90, 0.86, 0.79, 0.60, 0.35]), 2: np.array([0.80, 0.72, 0.62, 0.42, 0.18])}
_SPARE_LINES = np.array([3.0, 3.0, 1.3, 0.0, 0.0])  # ordinary lines held on top, by price band
_COVER = {1: 30.0, 2: 60.0}  # days of demand held on a regional and on a local site: too much on the local ones


@dataclass(frozen=True)
class Network:
    """Places: `kind` 0 central, 1 regional, 2 local; `hub` the site that serves 24 and 48 h; lanes in h, NaN: none."""

    key: tuple[str, ...]
    name: tuple[str, ...]
    kind: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    hub: np.ndarray
    hours: np.ndarray
    cost: np.ndarray


@dataclass(frozen=True)
class Parts:
    """Parts: `share` of the lines of their criticality (0: nobody asks any more), mean `units` on a line."""

    price: np.ndarray
    lead_time: np.ndarray
    lot: np.ndarray
    repairable: np.ndarray
    criticality: np.ndarray
    share: np.ndarray
    units: np.ndarray


def distance(latitude: np.ndarray, longitude: np.ndarray, network: Network) -> np.ndarray:
    """Return the kilometres from each point to each site, on a map flat enough for one continent."""
    north = latitude[:, None] - network.latitude[None, :]
    east = (longitude[:, None] - network.longitude[None, :]) * np.cos(np.radians(47.0))
    return 111.2 * np.hypot(north, east)


def draw_network(scale: Scale, seed: int) -> Network:
    """Place the sites and lay the lanes: from the centre to all, from a hub to its own, from each site to itself."""
    cities = (*_CITIES["central"], *_CITIES["regional"][:scale.regional], *_CITIES["local"][:scale.local])
    kind = np.repeat([0, 1, 2], [1, scale.regional, scale.local])
    latitude, longitude = np.array([row[2] for row in cities]), np.array([row[3] for row in cities])
    bare = Network(tuple(row[0] for row in cities), tuple(row[1] for row in cities), kind, latitude, longitude,
                   kind, np.empty(0), np.empty(0))
    far = distance(latitude, longitude, bare)
    own = np.arange(len(cities))
    hub = np.where(kind == 2, np.argmin(far[:, :scale.regional + 1], axis=1), own)
    hours, cost = np.full(far.shape, np.nan), np.full(far.shape, np.nan)
    hours[CENTRAL], cost[CENTRAL] = np.clip(7.0 + far[CENTRAL] / 55.0, 8.0, 30.0), 12.0 + far[CENTRAL] / 60.0
    hours[hub, own], cost[hub, own] = np.clip(4.0 + far[hub, own] / 60.0, 5.0, 16.0), 10.0 + far[hub, own] / 60.0
    hours[own, own] = 1.0 + 1.5 * stream(seed, "network").random(len(cities))
    cost[own, own] = 22.0
    return Network(bare.key, bare.name, kind, latitude, longitude, hub, np.round(hours, 1), np.round(cost, 2))


def site_frames(network: Network) -> dict[str, pl.DataFrame]:
    """Return the tables sites and lanes."""
    sites = pl.DataFrame({
        "site": network.key, "name": network.name, "kind": [KINDS[k] for k in network.kind],
        "supplier": [None if k == 0 else network.key[CENTRAL] for k in network.kind],
        "fixed_cost": _FIXED_COST[network.kind], "latitude": network.latitude, "longitude": network.longitude,
    })
    start, end = np.nonzero(~np.isnan(network.hours))
    lanes = pl.DataFrame({
        "from_site": [network.key[j] for j in start], "to_site": [network.key[j] for j in end],
        "duration": network.hours[start, end], "cost": network.cost[start, end],
    })
    return {"sites": shaped(SITES, sites), "lanes": shaped(LANES, lanes)}


def draw_parts(scale: Scale, seed: int) -> Parts:
    """Draw the parts: prices over five decades, dear ones asked less, one in twenty asked no more."""
    rng, n = stream(seed, "items"), scale.items
    cheap = rng.standard_normal(n)
    price = np.round(np.clip(75.0 * np.exp(2.2 * cheap), 0.2, 80_000.0), 2)
    lead_time = np.round(np.clip(45.0 * np.exp(0.65 * rng.standard_normal(n) + 0.12 * cheap), 10.0, 270.0))
    urgency = rng.standard_normal(n) + 0.3 * cheap
    edges = np.quantile(urgency, np.cumsum(ITEM_CRITICALITY[::-1])[:2])
    criticality = 2 - np.searchsorted(edges, urgency, side="right")
    asked = np.exp(1.05 * rng.standard_normal(n) - 0.3 * cheap) * (rng.random(n) >= 0.05)
    share = asked / np.bincount(criticality, asked, 3)[criticality]
    units = _UNITS_PER_LINE[np.searchsorted(_LINE_PRICE, price, side="right")]
    repairable = (price > 800.0) & (rng.random(n) < 0.40)
    yearly = share * units * scale.lines / 9.0
    economic = np.minimum(np.sqrt(2.0 * yearly * 30.0 / (0.2 * price)), yearly + 1.0)
    lot = np.where(price < 60.0, _LOTS[np.searchsorted(_LOTS, economic, side="right").clip(1) - 1], 1)
    return Parts(price, lead_time, lot, repairable, criticality, share, units)


def item_keys(count: int) -> pl.Series:
    """Return the item numbers."""
    return numbered("P", count, "item")


def numbered(prefix: str, count: int, name: str) -> pl.Series:
    """Return `count` keys, the prefix followed by 1, 2, ... all of one width."""
    frame = pl.select(pl.int_range(1, count + 1).cast(pl.String).str.zfill(len(str(count))).alias(name))
    return frame.select(pl.lit(prefix) + pl.col(name)).to_series().alias(name)


def item_frame(parts: Parts) -> pl.DataFrame:
    """Return the table items."""
    family = np.searchsorted(_FAMILY_PRICE, parts.price, side="right")
    keys = item_keys(len(parts.price))
    frame = pl.DataFrame({
        "item": keys,
        "name": pl.Series([noun for _, noun in _FAMILIES])[family] + " " + keys.str.slice(1).str.strip_chars_start("0"),
        "family": pl.Series([name for name, _ in _FAMILIES])[family],
        "criticality": pl.Series(CRITICALITIES)[parts.criticality],
        "price": parts.price, "sales_price": np.round(MARK_UP * parts.price, 1), "lead_time": parts.lead_time,
        "lot": parts.lot, "is_repairable": parts.repairable,
    })
    return shaped(ITEMS, frame)


def set_levels(parts: Parts, network: Network, rates: np.ndarray, seed: int) -> np.ndarray:
    """Set levels (items, sites) as firms do: one rule for a price band, no regard for what a promise is worth.

    `rates` (items, sites) are the units asked a year at each site. Cheap parts are over-stocked, dear ones starved,
    local sites hold twice the days of regional ones, and parts nobody asks for keep the stock they once had.
    """
    band = np.searchsorted(_BAND_PRICE, parts.price, side="right")
    scatter = 2.0 * parts.units - 1.0  # variance over mean of the units asked, for geometric lines
    pipeline = rates.sum(axis=1) * parts.lead_time / 365.0
    central = np.ceil(pipeline + _CENTRAL_SAFETY[band] * np.sqrt(pipeline * scatter)) + _SPARE_LINES[band] * parts.units
    levels = np.zeros(rates.shape, dtype=np.int32)
    levels[:, CENTRAL] = np.where(rates.sum(axis=1) > 0.0, np.maximum(np.rint(central), 1) + parts.lot - 1, 0)
    for rank in (1, 2):
        columns = np.nonzero(network.kind == rank)[0]
        asked = rates[:, columns] * _COVER[rank] / 365.0
        usual = np.ceil(asked + np.sqrt(asked * scatter[:, None]) + (_SPARE_LINES[band] * parts.units)[:, None])
        usual = np.where(band[:, None] >= 3, np.maximum(1.0, np.ceil(asked)), usual)
        levels[:, columns] = np.where(_held(asked, band, _HELD_SHARE[rank]), usual, 0.0)
    return _with_dead_stock(levels, parts, seed)


def _held(asked: np.ndarray, band: np.ndarray, held_share: np.ndarray) -> np.ndarray:
    """Tell which items are held where: in each price band, those most asked, up to a share of the demand."""
    held = np.zeros(asked.shape, dtype=bool)
    for b, share in enumerate(held_share):
        rows = np.nonzero(band == b)[0]
        flat = asked[rows].ravel()
        order = np.argsort(-flat, kind="stable")
        before = np.concatenate([[0.0], np.cumsum(flat[order])])
        keep = np.zeros(len(flat), dtype=bool)
        keep[order] = before[:-1] < share * before[-1]
        held[rows] = keep.reshape(len(rows), -1)
    return held


def _with_dead_stock(levels: np.ndarray, parts: Parts, seed: int) -> np.ndarray:
    """Leave a few units of the items without demand at the centre and on some sites."""
    rng = stream(seed, "dead stock")
    dead = np.nonzero(parts.share == 0.0)[0]
    units = 1 + rng.poisson(np.minimum(8.0, 1.0 + 60.0 / parts.price[dead])[:, None], (len(dead), levels.shape[1]))
    where = rng.random(units.shape) < np.where(np.arange(levels.shape[1]) == CENTRAL, 1.0, 0.25)
    levels[dead] = np.where(where, units, 0)
    levels[dead, CENTRAL] += (parts.lot[dead] - 1).astype(np.int32)
    return levels


def stock_frame(parts: Parts, network: Network, levels: np.ndarray, on_hand: np.ndarray) -> pl.DataFrame:
    """Return the table stocks: one row where something is held or meant to be."""
    item, site = np.nonzero((levels > 0) | (on_hand > 0))
    level = levels[item, site].astype(np.int64)
    frame = pl.DataFrame({
        "site": pl.Series(network.key)[site], "item": item_keys(len(parts.price))[item],
        "on_hand": on_hand[item, site], "level": level,
        # The centre buys by the lot; a site asks for each unit as it goes.
        "reorder_level": np.where(site == CENTRAL, level - parts.lot[item] + 1, level),
    })
    return shaped(STOCKS, frame)
