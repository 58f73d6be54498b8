"""What do promises need of a chain to be judged, and is it there?"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from arbitre.core.calendars import Calendar
from arbitre.core.errors import Unsupported
from arbitre.measure._promises.sql import LATEST_FACT
from arbitre.tables.business_time import calendars_of
from arbitre.tables.chain import Chain


def require(chain: Chain, promises: pl.DataFrame) -> None:
    """Raise Unsupported, naming the promise and the remedy, where a promise needs what the chain does not have."""
    chain.table("cases")
    available = promises.filter(measure="availability")
    needs = (
        ("customers", promises.filter(pl.col("segment").is_not_null()), "is made to a segment"),
        ("items", promises.filter(pl.col("criticality").is_not_null()), "is made for a criticality"),
        ("events", promises.filter(pl.col("step").is_not_null()), "names a step"),
        ("movements", promises.filter(measure="fill"), "is about units issued"),
        ("contracts", available, "is about availability"),
        ("assets", available, "is about availability"),
    )
    for table, asking, why in needs:
        if asking.height and table not in chain.tables:
            name = asking["promise"].sort()[0]
            raise Unsupported(f"The promise {name} {why}, and the chain has no table {table}. Add tables/{table}.csv.")


def calendars_named(chain: Chain, promises: pl.DataFrame) -> dict[str, Calendar]:
    """Return the calendars of the chain; raises Unsupported when a promise names one without opening hours."""
    calendars = calendars_of(chain)
    for name, calendar in promises.select("promise", "calendar").sort("promise").drop_nulls().rows():
        if calendar not in calendars:
            raise Unsupported(f"The promise {name} runs in the hours of the calendar {calendar}, which has none. Add "
                              "them to tables/opening_hours.csv, or empty the cell to count day and night.")
    return calendars


def latest_fact(chain: Chain) -> datetime | None:
    """Return when the last dated fact of the chain happened, None when nothing ever did."""
    return chain.sql(LATEST_FACT).item()
