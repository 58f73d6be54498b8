"""What was asked of each item at each site in each period, and how long resupply takes there.

Periods are counted back from the end, so that the last one is whole; what is left over at the start is dropped. A
month is a twelfth of 365.25 days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.core.errors import Unsupported
from arbitre.core.units import DAYS_PER_YEAR
from arbitre.tables.chain import Chain

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

PERIODS_PER_YEAR = {"week": 52, "month": 12}
_DAYS = {"week": 7.0, "month": DAYS_PER_YEAR / 12}

_CASES = """
SELECT item, site, opened_at AS asked_at, CAST(quantity AS DECIMAL(18, 6)) AS units
FROM cases WHERE item IS NOT NULL AND site IS NOT NULL AND quantity >= 1e-6
"""
_ISSUES = """
SELECT item, site, moved_at AS asked_at, -CAST(quantity AS DECIMAL(18, 6)) AS units FROM movements WHERE kind = 'issue'
"""

_SPAN = """
SELECT CAST(min(asked_at) AS DATE) AS first_on, CAST(max(asked_at) AS DATE) AS last_on FROM ({asked})
WHERE ($since IS NULL OR asked_at >= $since::DATE) AND ($until IS NULL OR asked_at < $until::DATE + 1)
"""
_UNITS = """
SELECT item, site, (epoch_us($to_on::TIMESTAMP) - epoch_us(asked_at) - 1) // $step AS ago,
    CAST(sum(units) AS DOUBLE) AS units
FROM ({asked}) WHERE asked_at >= $from_on::DATE AND asked_at < $to_on::DATE
GROUP BY ALL
"""
_TIMES = """
SELECT pairs.item, pairs.site, items.price,
    CASE WHEN sites.supplier IS NULL THEN items.lead_time ELSE coalesce(lanes.duration, 0.0) / 24 END AS resupply
FROM pairs JOIN items USING (item) LEFT JOIN sites ON sites.site = pairs.site
LEFT JOIN lanes ON lanes.from_site = sites.supplier AND lanes.to_site = pairs.site
ORDER BY pairs.item, pairs.site
"""


@dataclass(frozen=True)
class Span:
    """The first day of the history, the day after its last, and the whole periods in it: how many, how long (days)."""

    from_on: date
    to_on: date
    periods: int
    days: float


@dataclass(frozen=True)
class History:
    """Units asked by pair of item and site (sorted) and period; price and resupply time (days) of each pair."""

    pairs: pl.DataFrame
    units: Floats
    price: Floats
    resupply: Floats
    span: Span


def asked(chain: Chain) -> str:
    """Return the question that tells every demand: cases where any names an item and a site, else issues.

    Raises Unsupported when there is neither.
    """
    named = pl.all_horizontal(pl.col("item", "site").is_not_null())
    if chain.has("cases") and chain.table("cases").filter(named).height:
        return _CASES
    if chain.has("movements"):
        return _ISSUES
    raise Unsupported(f"The chain {chain.name} has no history of demand. Add tables/cases.csv to it, with item and "
                      "site, or tables/movements.csv with issues.")


def whole_periods(chain: Chain, period: str, since: date | None, until: date | None) -> Span:
    """Return the whole periods between the two days, by default the first and last demand.

    Raises Unsupported when there is no demand between them, or not one whole period.
    """
    days = _DAYS[period]
    found = chain.sql(_SPAN.format(asked=asked(chain)), since=since, until=until)
    first_on, last_on = found.row(0)
    if first_on is None:
        raise Unsupported(f"No units of an item are asked for at a site between {since or 'the start'} and "
                          f"{until or 'the end'}: nothing to forecast from.")
    from_on, to_on = since or first_on, (until or last_on) + timedelta(days=1)
    periods = int((to_on - from_on).days // days)
    if periods < 1:
        raise Unsupported(f"The history is shorter than one {period}. Choose a shorter period, or bring more history.")
    return Span(from_on, to_on, periods, days)


def read_history(chain: Chain, span: Span, more: pl.DataFrame) -> History:
    """Return what was asked in each whole period of each pair asked for, and of those in `more` (item, site)."""
    step = round(span.days * 86_400_000_000)
    found = chain.sql(_UNITS.format(asked=asked(chain)), from_on=span.from_on, to_on=span.to_on, step=step)
    # A pair asked for in the part of a period before the first whole one has a row, and nothing in it.
    pairs = pl.concat([found.select("item", "site"), more.select("item", "site")]).unique()
    pairs = chain.with_(pairs=pairs).sql(_TIMES).with_row_index("row")
    cells = found.filter(pl.col("ago") < span.periods).join(pairs.select("item", "site", "row"), on=["item", "site"])
    units = np.zeros((pairs.height, span.periods))
    units[cells["row"].to_numpy(), span.periods - 1 - cells["ago"].to_numpy()] = cells["units"].to_numpy()
    return History(pairs.select("item", "site"), np.maximum(units, 0.0), pairs["price"].to_numpy(),
                   pairs["resupply"].to_numpy(), span)
