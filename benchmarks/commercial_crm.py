"""How far is the forecast of closings from what came, at five dates of a public sales pipeline, beside the usual one?

The file has engagements from October 2016 and closings from March 2017 on, an account that is blank until the end, and
deals that nobody will ever close. None of this is told to forecast.transitions.
"""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from arbitre.capability import silent
from arbitre.forecast import transitions
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.settings import Settings

DATES = (date(2017, 5, 31), date(2017, 6, 30), date(2017, 7, 31), date(2017, 8, 31), date(2017, 9, 30))
HORIZON = 90


def pipeline(folder: Path) -> Chain:
    """Return the deals that are engaged, as cases, events and undated attributes."""
    deals = pl.read_csv(folder / "commercial" / "crm" / "sales_pipeline.csv").drop_nulls("engage_date")
    opened, closed = (pl.col(name).str.strptime(pl.Datetime("us"), "%d-%m-%y")
                      for name in ("engage_date", "close_date"))
    deals = deals.with_columns(opened=opened, closed=closed, case="opportunity_id")
    events = deals.drop_nulls("closed").select("case", step="deal_stage", happened_at="closed")
    attributes = pl.concat([deals.select("case", attribute=pl.lit(name), value=pl.col(name).cast(pl.String))
                            for name in ("account", "product", "sales_agent", "close_value")])
    cases = deals.select("case", kind=pl.lit("deal"), opened_at="opened", closed_at="closed")
    frames = {"cases": cases, "events": events, "attributes": attributes}
    return Chain(Settings(name="crm"), {name: shaped(INPUTS[name], frame) for name, frame in frames.items()})


def won_after(chain: Chain, day: date) -> int:
    """Return how many of the deals open at the end of a day were won in the 90 days after."""
    at = datetime.combine(day, datetime.max.time())
    won = chain.table("events").filter(pl.col("step") == "Won").join(chain.table("cases"), on="case")
    return won.filter((pl.col("opened_at") <= at) & (pl.col("happened_at") > at)
                      & (pl.col("happened_at") <= at + timedelta(days=HORIZON))).height


def forecasts(folder: Path) -> dict[str, Any]:
    """Return forecast and actual wins of each date, their errors, how many intervals hold, leaks and dead deals."""
    chain, found = pipeline(folder), []
    started = time.perf_counter()
    for day in DATES:
        answer = transitions.run(chain, transitions.Params(at=day, horizon=HORIZON), 1, silent)
        told = answer.tables["transition_forecasts"].filter(pl.col("exit") == "Won").row(0, named=True)
        seen = won_after(chain, day)
        found.append({"date": str(day), "seen": seen, "holds": told["low"] <= seen <= told["high"],
                      **{name: round(told[name], 1) for name in ("open", "naive", "raw", "expected", "low", "high")}})
    seconds = time.perf_counter() - started
    errors = {name: sum(abs(row[name] - row["seen"]) for row in found) / len(found)
              for name in ("naive", "raw", "expected")}
    last = transitions.run(chain, transitions.Params(), 1, silent)
    return {"dates": found, "mean_absolute_error": errors, "error_over_naive": errors["expected"] / errors["naive"],
            "intervals_that_hold": sum(row["holds"] for row in found),
            "leaks": last.tables["transition_leaks"]["attribute"].to_list(), "seconds": seconds,
            **_dead(chain, last.tables["case_chances"])}


def _dead(chain: Chain, chances: pl.DataFrame) -> dict[str, int]:
    """Return how many open deals are found dead, and how many are older than any deal that was ever closed."""
    cases = chain.table("cases")
    oldest = cases.select((pl.col("closed_at") - pl.col("opened_at")).max()).item()
    open_ones = chances.unique("case")
    older = open_ones.filter(pl.col("age") > oldest.total_seconds() / 86_400)
    return {"dead_found": open_ones["is_dead"].sum(), "older_than_any_closed": older.height,
            "dead_and_older": older["is_dead"].sum()}
