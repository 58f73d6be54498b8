"""The after-sales sample: its calendar, its market, its promises and the five drifts planted in it.

Everything a reader may want to change is here; the other parts only draw from it. Time runs in hours from `ORIGIN`,
months from 0; the first year is not told, it only brings the stocks to a steady state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

ORIGIN = np.datetime64("2022-01-01")
MONTHS = 48
FIRST_MONTH, LAST_YEAR = 12, 36  # facts are told from month 12; the stock ledger from month 36
MONTH_DAY = (np.arange("2022-01", "2026-02", dtype="datetime64[M]").astype("datetime64[D]") - ORIGIN).astype(int)
DAYS = int(MONTH_DAY[-1])
TOLD_FROM, LEDGER_FROM, END = (24.0 * float(MONTH_DAY[m]) for m in (FIRST_MONTH, LAST_YEAR, MONTHS))  # hours


@dataclass(frozen=True)
class Scale:
    """How large a sample is: counts of sites, items, customers, and order lines told over three years."""

    regional: int
    local: int
    items: int
    customers: int
    lines: int


SCALES = {
    "small": Scale(regional=3, local=6, items=730, customers=240, lines=6_500),
    "medium": Scale(regional=4, local=8, items=20_000, customers=3_000, lines=150_000),
    "large": Scale(regional=6, local=20, items=200_000, customers=30_000, lines=1_500_000),
}


class Segment(NamedTuple):
    """A segment: its share of the customers, and how large one of them is beside another."""

    segment: str
    name: str
    value: str
    need: str
    share: float
    size: float


class Offer(NamedTuple):
    """An offer (EUR): the price of a line, or of a machine and a year when billed by subscription; what having it costs
    a year, and what a line costs."""

    offer: str
    name: str
    is_differentiating: bool
    price: float
    billing: str
    fixed_cost: float
    case_cost: float


class Variant(NamedTuple):
    """An exception that became an offer: the one it varies (`base`), the price of a line, its first month (`after`
    that of the complexity drift)."""

    offer: str
    name: str
    base: int
    price: float
    after: int


class Promise(NamedTuple):
    """A promise of an offer: window in h, share of the cases, EUR for each month it is missed and each late case."""

    promise: str
    offer: int
    measure: str
    kind: str
    step: str | None
    window: float
    target_share: float
    penalty: float
    late_cost: float | None


SEGMENTS = tuple(Segment(*row) for row in (
    ("HOSP", "Hospitals", "high", "high", 0.06, 2.2),
    ("AIR", "Airline ground services", "high", "high", 0.04, 3.0),
    ("CHIP", "Chip plants", "high", "high", 0.03, 3.0),
    ("DATA", "Data centres", "medium", "high", 0.06, 1.5),
    ("FOOD", "Food plants", "high", "medium", 0.10, 1.8),
    ("PHARM", "Medicine plants", "high", "medium", 0.05, 2.0),
    ("PORT", "Ports and terminals", "medium", "medium", 0.06, 1.4),
    ("AUTO", "Car plants", "medium", "medium", 0.07, 1.6),
    ("LOGIS", "Warehouses", "medium", "low", 0.13, 0.9),
    ("RENT", "Rental fleets", "medium", "low", 0.10, 0.8),
    ("BUILD", "Builders", "low", "low", 0.17, 0.5),
    ("FARM", "Farm cooperatives", "low", "low", 0.13, 0.4),
))
NEEDS = ("high", "medium", "low")
SEGMENT_NEED = np.array([NEEDS.index(row.need) for row in SEGMENTS])

CRITICALITIES = ("high", "medium", "low")
ITEM_CRITICALITY = np.array([0.14, 0.34, 0.52])  # share of the items
LINE_CRITICALITY = np.array([0.26, 0.36, 0.38])  # share of the order lines: critical items fail more often
VISIT_CRITICALITY = np.array([0.60, 0.40, 0.00])  # share of the parts that interventions use

AOG, H24, H48, CAT, AVAIL = range(5)
OFFERS = tuple(Offer(*row) for row in (
    ("AOG", "Machine down, part in 4 hours", True, 190.0, "act", 30_000.0, 60.0),
    ("H24", "Part in 24 hours", True, 45.0, "act", 12_000.0, 15.0),
    ("H48", "Part in 48 hours", False, 18.0, "act", 6_000.0, 8.0),
    ("CAT", "Catalogue, part in 10 days", False, 0.0, "act", 4_000.0, 5.0),
    ("AVAIL", "Machine available 97 % of the time", True, 2_400.0, "subscription", 20_000.0, 0.0),
))
# The complexity drift: one more every quarter.
VARIANTS = tuple(Variant(*row) for row in (
    ("H24SAT", "Part in 24 hours, Saturdays too", H24, 60.0, 0),
    ("CATKIT", "Catalogue, packed as kits", CAT, 4.0, 3),
    ("H48LAB", "Part in 48 hours, own labels", H48, 20.0, 6),
    ("H24DOCK", "Part in 24 hours, to the dock", H24, 52.0, 9),
    ("CATPLT", "Catalogue, own pallets", CAT, 5.0, 12),
    ("H48NIT", "Part in 48 hours, at night", H48, 30.0, 15),
))
VARIANT_COST = 3_000.0  # EUR a year in the catalogue
VARIANT_SHARE = 0.02  # of the lines of the offer it varies
WINDOW = np.array([4.0, 24.0, 48.0, 240.0])  # h

PROMISES = tuple(Promise(*row) for row in (
    ("AOG-4H", AOG, "window", "order", None, 4.0, 0.95, 12_000.0, 1_800.0),
    ("H24-24H", H24, "window", "order", None, 24.0, 0.95, 6_000.0, 450.0),
    ("H48-48H", H48, "window", "order", None, 48.0, 0.93, 2_500.0, 150.0),
    ("CAT-10D", CAT, "window", "order", None, 240.0, 0.90, 1_000.0, 40.0),
    ("AVAIL-RESP", AVAIL, "window", "intervention", "arrived", 4.0, 0.90, 5_000.0, None),
    ("AVAIL-REST", AVAIL, "window", "intervention", "restored", 24.0, 0.85, 5_000.0, None),
    ("AOG-RESP", AOG, "window", "intervention", "arrived", 4.0, 0.85, 3_000.0, None),
    ("H24-RESP", H24, "window", "intervention", "arrived", 8.0, 0.85, 1_500.0, None),
    ("H48-RESP", H48, "window", "intervention", "arrived", 24.0, 0.85, 500.0, None),
    ("AVAIL-97", AVAIL, "availability", "intervention", None, 0.0, 0.97, 20_000.0, None),
))

# Share of the customers of a need (row) under a contract (AOG, H24, H48, CAT, AVAIL).
CONTRACT_SHARE = np.array([
    [0.32, 0.25, 0.08, 0.05, 0.30],
    [0.08, 0.35, 0.28, 0.17, 0.12],
    [0.02, 0.06, 0.27, 0.65, 0.00],
])
# Share of the lines under an offer (AOG, H24, H48, CAT), by contract (row) and criticality of the item (column).
_TOP = [[0.80, 0.12, 0.00, 0.08], [0.12, 0.50, 0.18, 0.20], [0.00, 0.12, 0.33, 0.55]]
LINE_OFFER = np.array([
    _TOP,
    [[0.00, 0.80, 0.05, 0.15], [0.00, 0.58, 0.17, 0.25], [0.00, 0.15, 0.30, 0.55]],
    [[0.00, 0.00, 0.75, 0.25], [0.00, 0.00, 0.55, 0.45], [0.00, 0.00, 0.30, 0.70]],
    [[0.00, 0.00, 0.00, 1.00], [0.00, 0.00, 0.00, 1.00], [0.00, 0.00, 0.00, 1.00]],
    _TOP,
])

# What would make a customer of a need (row) take an offer (AOG, H24, H48, CAT), and how an EUR of its price puts him
# off: log odds. Prices thought of are parts of the list price; the catalogue is free today.
APPEAL = np.array([[2.4, 1.1, 0.2, -0.6], [1.2, 1.5, 0.9, 0.1], [0.2, 0.9, 1.1, 0.8]])
PUT_OFF = np.array([0.006, 0.012, 0.030])
PRICES_THOUGHT_OF = ((150.0, 190.0, 240.0), (35.0, 45.0, 60.0), (14.0, 18.0, 24.0), (0.0, 6.0))

MARK_UP = 1.65  # price of a part over its cost

SEASON = np.array([1.02, 1.00, 1.08, 1.04, 1.02, 1.06, 0.98, 0.82, 1.05, 1.06, 1.00, 0.87])  # months of a year
GROWTH = 1.03  # a year
WEEKDAY = np.array([1.20, 1.15, 1.10, 1.10, 0.95, 0.08, 0.02])  # Monday first; orders that can wait
HOUR = np.array([0, 0, 0, 0, 0, 0.1, 0.4, 1.5, 3, 4, 4, 3.5, 2, 2.5, 3.5, 3.5, 3, 2, 0.8, 0.3, 0.2, 0.1, 0, 0])
HOUR_DOWN = np.array([2.0] * 6 + [3.0, 4.0] + [5.0] * 10 + [4.0, 4.0, 3.0, 3.0, 2.0, 2.0])  # machines stop at any time
PART_SHARE = 0.4  # of the interventions use a part from the shelf

DISCOUNT_SHARE, DISCOUNT = 0.15, 0.50  # share of the customers under CAT for good that pay half, and lose money surely

# The five drifts of the trade.
WASTE_BEFORE, WASTE_AFTER = 0.12, 0.40  # urgent parts fitted later than a slower offer would bring
PREMIUM_SHARE = 0.65  # share of low-need customers that move up until the end
CREEP_SEGMENT, CREEP = "LOGIS", 0.03  # freight and handling, a month
EXCEPTION_BEFORE, EXCEPTION_AFTER = 0.02, 0.12  # share of lines handled by hand
SLIP_SHARE, SLIP = 0.30, 24.0  # share of shipments of one site that leave a day (h) late


class Drifts(NamedTuple):
    """The first month of each drift; MONTHS where it is not planted."""

    waste: int = 30
    premium: int = 27
    creep: int = 33
    complexity: int = 24
    slip: int = 38


PLANTED, NO_DRIFTS = Drifts(), Drifts(*[MONTHS] * len(Drifts()))


def month_of(hours: np.ndarray) -> np.ndarray:
    """Return the month, from 0, in which each time (hours from `ORIGIN`) falls."""
    return np.searchsorted(MONTH_DAY, hours / 24.0, side="right") - 1


def ramp(month: np.ndarray, start: int, before: float, after: float) -> np.ndarray:
    """Rise from `before` to `after`, evenly from the month `start` to the last one."""
    return before + (after - before) * np.clip((month - start + 1) / max(MONTHS - start, 1), 0.0, 1.0)


def as_times(hours: np.ndarray) -> np.ndarray:
    """Return hours from `ORIGIN` as times, to the minute."""
    return ORIGIN.astype("datetime64[us]") + np.rint(hours * 60.0).astype(np.int64) * np.timedelta64(60_000_000, "us")


def as_days(hours: np.ndarray) -> np.ndarray:
    """Return the days in which hours from `ORIGIN` fall."""
    return ORIGIN + np.floor(hours / 24.0 + 1e-9).astype(np.int64)


def to_minute(hours: np.ndarray) -> np.ndarray:
    """Round hours to the minute, so that what is counted agrees with what is written."""
    return np.rint(hours * 60.0) / 60.0


def month_start(month: int) -> str:
    """Return the first day of a month, written as a date."""
    return str(ORIGIN + MONTH_DAY[month])
