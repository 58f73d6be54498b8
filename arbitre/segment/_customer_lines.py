"""Who asked for what, when, and in how much time? Order lines and invoices as encoded columns, made once.

Each customer has a code, its place among their sorted keys. Units and money are whole numbers of millionths and of
hundredths of a cent, so that sums are exact, whatever the order of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.tables.chain import Chain

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

MINUTE = 60_000_000
DAY = 1440 * MINUTE
_MILLION, _CENTS = 1e6, 1e4


@dataclass(frozen=True)
class Lines:
    """The order lines of a chain, and what was invoiced.

    customers, their keys, sorted; who, the code of each line; opened, microseconds since 1970; minutes, those allowed,
    -1 where not known; units, in millionths; cost, of those units at items.price (nought without prices), in
    hundredths of a cent; item and site, codes, -1 where not given. invoices: who, day and amount of each, or None.
    """

    customers: pl.Series
    who: Integers
    opened: Integers
    minutes: Integers
    units: Floats
    cost: Floats
    item: Integers
    site: Integers
    invoices: tuple[Integers, Integers, Floats] | None

    def within(self, first: date, after: date) -> NDArray[np.bool_]:
        """Tell which lines were opened from the first day until the day after the last."""
        return (self.opened >= microseconds(first)) & (self.opened < microseconds(after))

    def invoiced(self, first: date, after: date) -> Floats:
        """Return what was invoiced to each customer in those days, NaN where nothing was; invoices must be there."""
        assert self.invoices is not None  # noqa: S101 - asked for only where there are invoices
        who, day, amount = self.invoices
        here = (day >= microseconds(first) // DAY) & (day < microseconds(after) // DAY)
        count = np.bincount(who[here], minlength=len(self.customers))
        return np.where(count > 0, np.bincount(who[here], amount[here], len(self.customers)) / _CENTS, np.nan)


def microseconds(day: date) -> int:
    """Return the microseconds from 1970 to the start of a day."""
    return (day - date(1970, 1, 1)).days * DAY


def lines_of(chain: Chain, kind: str) -> Lines:
    """Return the order lines that name a customer, and a code for every customer of the chain."""
    cases = chain.table("cases").filter(pl.col("kind") == kind, pl.col("customer").is_not_null())
    known = [cases["customer"], *([chain.table("customers")["customer"]] if chain.has("customers") else [])]
    customers = pl.concat(known).unique().sort()
    cases = cases.select(
        "customer", "item", "site", "offer", "opened_at", units=(pl.col("quantity") * _MILLION).round(),
        allowed=(pl.col("promised_at") - pl.col("opened_at")).dt.total_minutes())
    if chain.has("promises"):
        windows = chain.table("promises").filter(
            pl.col("kind") == kind, pl.col("measure") == "window", pl.col("window").is_not_null(),
            pl.col("offer").is_not_null()).group_by("offer").agg(window=(pl.col("window").min() * 60).cast(pl.Int64))
        cases = cases.join(windows, on="offer", how="left", maintain_order="left").with_columns(
            allowed=pl.coalesce("allowed", "window"))
    units, cost = cases["units"].fill_null(0.0).to_numpy(), np.zeros(cases.height)
    if chain.has("items"):
        prices = cases.select("item").join(chain.table("items").select("item", "price"), on="item", how="left",
                                           maintain_order="left")["price"]
        cost = prices.fill_null(0.0).to_numpy() * units / _MILLION * _CENTS
    return Lines(
        customers, _codes(cases["customer"], customers), cases["opened_at"].cast(pl.Int64).to_numpy(),
        cases["allowed"].clip(0).fill_null(-1).to_numpy(), units, np.rint(cost),
        _codes(cases["item"]), _codes(cases["site"]), _invoices(chain, customers))


def _invoices(chain: Chain, customers: pl.Series) -> tuple[Integers, Integers, Floats] | None:
    if not chain.has("invoices"):
        return None
    rows = chain.table("invoices")
    who = _codes(rows["customer"], customers)
    known = who >= 0
    amount = np.rint(rows["amount"].fill_null(0.0).to_numpy() * _CENTS)
    return who[known], rows["invoiced_on"].cast(pl.Int32).to_numpy().astype(np.int64)[known], amount[known]


def _codes(keys: pl.Series, known: pl.Series | None = None) -> Integers:
    """Return the place of each key among those known, by default all; -1 where it is empty or none."""
    among = keys.drop_nulls().unique() if known is None else known
    places = pl.DataFrame({"key": among}).with_row_index("place")
    found = pl.DataFrame({"key": keys}).join(places, on="key", how="left", maintain_order="left")["place"]
    return found.cast(pl.Int64).fill_null(-1).to_numpy()
