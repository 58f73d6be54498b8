"""What was known of each customer under contract at the start of each period, and did it leave within it?

A stay is a run of contracts of a customer with at most `gap` days between one and the next. Days go back from the end
in steps of a period; a customer whose stay covers a day is a row, told by what was known before that day and by
nothing that came later: an end that is planned is not used, nor is an attribute without a date.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from arbitre import capability
from arbitre.core.errors import Unsupported
from arbitre.forecast._customer_known import Known, read_known
from arbitre.tables.chain import Chain


class ContractParams(capability.Params):
    """Which stays count, from when to when, and what is paid later."""

    gap: int = Field(7, ge=0, le=366, description="Days between two contracts up to which the customer never left.",
                     json_schema_extra={"unit": "day"})
    worth_years: float = Field(3.0, gt=0.0, le=30.0, description="Years over which payments count.",
                               json_schema_extra={"unit": "year"})
    discount_share: float = Field(0.1, ge=0.0, le=1.0, description="What money a year later loses.",
                                  json_schema_extra={"unit": "1/year"})
    since: date | None = Field(None, description="First day from which departures are told: customers who left before "
                               "are not in the tables; empty: the first day of the chain's period.",
                               json_schema_extra={"unit": "date"})
    until: date | None = Field(None, description="Last day counted; empty: the last day of which the tables tell.",
                               json_schema_extra={"unit": "date"})


_NEVER = "DATE '9000-01-01'"

_STAYS = f"""
WITH signed AS (
    SELECT customer, from_on, coalesce(to_on, {_NEVER}) AS to_on,
        max(coalesce(to_on, {_NEVER})) OVER (PARTITION BY customer ORDER BY from_on, to_on
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_on
    FROM contracts
), numbered AS (
    SELECT *, sum(CASE WHEN before_on IS NULL OR from_on > before_on + $gap + 1 THEN 1 ELSE 0 END)
        OVER (PARTITION BY customer ORDER BY from_on, to_on) AS stay
    FROM signed
), stays AS (
    SELECT customer, stay, min(from_on) AS from_on, max(to_on) AS to_on FROM numbered GROUP BY customer, stay
)
SELECT customer, segment, back, day, from_on, to_on
FROM stays JOIN days ON from_on <= day AND to_on >= day LEFT JOIN customers USING (customer)
ORDER BY back DESC, customer
"""  # noqa: S608 - a constant


class Periods(NamedTuple):
    """Customers at the start of periods, a row each.

    rows: customer, segment, back (periods before the end; 0: now), day, from_on, to_on, price, offer; left (rows,)
    within the period; known, of each.
    """

    rows: pl.DataFrame
    left: NDArray[np.bool_]
    known: Known


def last_day(chain: Chain) -> date:
    """Return the last day of the period of the chain, else the last of which facts tell: ends may be planned ones."""
    if "to" in chain.settings.period:
        return chain.settings.period["to"]
    told = chain.sql("""
        SELECT max(day) AS day FROM (
            SELECT max(from_on) AS day FROM contracts UNION ALL SELECT max(CAST(opened_at AS DATE)) FROM cases
            UNION ALL SELECT max(CAST(closed_at AS DATE)) FROM cases UNION ALL SELECT max(invoiced_on) FROM invoices
            UNION ALL SELECT max(answered_on) FROM answers)""")["day"].item()
    if told is None:
        raise Unsupported(f"The chain {chain.name} has no contract: nobody can leave. Fill contracts.")
    return told


def read_periods(chain: Chain, since: date | None, until: date, period: int, memory: int, gap: int) -> Periods:
    """Return every customer under contract at the start of every period, and now.

    Args: since, first day from which departures are told (empty: the first contract); until, last day counted; period,
    memory, gap, in days. Raises Unsupported for contracts that end before they begin, and where there are none.
    """
    contracts = chain.table("contracts")
    if turned := contracts.filter(pl.col("to_on") < pl.col("from_on")).height:
        raise Unsupported(f"{turned} contracts end before they begin: correct contracts.from_on or contracts.to_on.")
    now = until + timedelta(days=1)
    first = min(contracts["from_on"].drop_nulls().to_list(), default=now)
    if first > until:
        raise Unsupported(f"No contract of the chain {chain.name} begins by {until}: nobody can have left.")
    told = now - timedelta(days=gap)
    backs = range(1, max((told - max(first, since or first)).days // period, 0) + 1)
    days = pl.DataFrame({"back": [0, *backs], "day": [now, *(told - timedelta(days=period * back) for back in backs)]},
                        schema={"back": pl.Int64, "day": pl.Date})
    rows = chain.sql_with({"days": days}, _STAYS, gap=gap).with_row_index("number")
    if not rows.height:
        raise Unsupported(f"No contract of the chain {chain.name} covers the first day of a period of {period} days: "
                          "nobody can be followed. Shorten the period.")
    known = read_known(chain, rows.select("number", "customer", "segment", "from_on", "day"), memory)
    rows = rows.with_columns(known.price, known.offer)
    left = rows.select(pl.col("to_on") < pl.col("day") + pl.duration(days=period)).to_series().to_numpy()
    return Periods(rows, left & (rows["back"].to_numpy() > 0), known)
