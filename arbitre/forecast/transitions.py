"""Which cases will leave, how and by when: what will close, be late, be lost, or churn?

A case stands at a step from an event on (`open` before the first) and passes to another step or to an exit: a step that
nothing follows once a case is closed. The rate of each passage is learnt from every period in which a case was
followed: by step, age at the step, place in the calendar and attributes as they were known when the period began,
competing exits side by side, cases counted from when they are on record and as long as they were seen (maths.hazards);
levels of which little is known, as a small segment, are drawn towards the others. Carried ahead (maths.passages) the
rates give the chance of each open case to leave by each exit within a horizon, and to be open still at the date it was
promised.

A forecast is worth what it was worth before: it is replayed at up to six moments of the past, and corrected by the
bias found there; its interval holds the chance of each case, what is not known of the rates, and how far the replays
were off (_transitions_backtest). Attributes that tell what nobody could have known are refused
(_transitions_attributes). Cases yet to come are taken to be as many, and alike, as those of the last horizon.

Beside it stands what is usually done: open cases times the share of past exits that were this one.

Reads cases and events, or contracts (kind `contract`: each is open until its last day); attributes, customers. Writes
transition_steps, transition_drivers, case_chances, transition_forecasts, transition_backtest, transition_calibration,
transition_leaks. Units: days, cases, money.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import Field

from arbitre import capability
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.streams import stream
from arbitre.forecast._transitions.attributes import Attribute, Leak, leaks, read_attributes
from arbitre.forecast._transitions.backtest import Replay, replayed
from arbitre.forecast._transitions.model import DAY, PERIODS, crude_exits, learnt, rows_of, usual_period
from arbitre.forecast._transitions.outlook import case_chances, forecasts, outlook
from arbitre.forecast._transitions.stays import Stays, read_stays
from arbitre.forecast._transitions.told import drivers, funnel
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ()
MAY_READ = ("cases", "events", "contracts", "attributes", "customers")
WRITES = ("transition_steps", "transition_drivers", "case_chances", "transition_forecasts", "transition_backtest",
          "transition_calibration", "transition_leaks")

LEAST_EXITS = 5
"""Exits without which nothing is forecast."""


class Params(capability.Params):
    """Which cases to follow, and how far ahead to look."""

    kind: str | None = Field(
        None, description="Kind of case followed; contract: those of the table contracts. Empty: every case.")
    horizon: float = Field(90.0, gt=0, le=3660, description="How far ahead to look.",
                           json_schema_extra={"unit": "day"})
    at: date | None = Field(
        None, description="Day at whose end the forecast is made, with what was known then; empty: the last on record.",
        json_schema_extra={"unit": "date"})
    period: Literal["hour", "day", "week", "month"] | None = Field(
        None, description="Length of the periods in which cases are followed; empty: the longest of which half of the "
        "cases that ended lasted three.")
    exits: str = Field(
        "", description="Exits, separated by commas; empty: steps that come last in closed cases, and nowhere else.")
    value: str = Field("amount", description="Attribute that tells what a case is worth; where there is none each "
                       "counts 1.")
    target: float | None = Field(
        None, ge=0, description="Worth of exits whose chance to be reached is told; empty: none.",
        json_schema_extra={"unit": "money"})
    confidence: float = Field(0.95, gt=0, lt=1, description="Chance that an interval holds the truth.",
                              json_schema_extra={"unit": "share"})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Forecast the exits of open cases."""
    progress(0.0, "following cases (the first run on a machine compiles)")
    stays = _followed(chain, params)
    period = params.period or usual_period(stays)
    rows = rows_of(stays, PERIODS[period])
    known = read_attributes(chain, stays)
    leaking = leaks(known, stays, rows, crude_exits(stays, rows))
    attributes = [one for one in known if one.name not in {leak.attribute for leak in leaking}]
    progress(0.2, "learning rates")
    model = learnt(stays, rows, period, attributes)
    ahead = max(1, round(params.horizon * DAY / PERIODS[period]))
    progress(0.5, "replaying the past")
    replay = replayed(stays, period, attributes, ahead, params.confidence)
    progress(0.8, "looking ahead")
    worth = next((one for one in known if one.name == params.value), None)
    seen = outlook(model, replay, ahead, worth, stream(seed, "forecast.transitions"))
    tables = {
        "transition_steps": funnel(model, rows, params.confidence),
        "transition_drivers": drivers(model, params.confidence),
        "case_chances": case_chances(model, seen),
        "transition_forecasts": forecasts(model, seen, params.target, params.confidence),
        "transition_backtest": replay.table,
        "transition_calibration": replay.calibration,
        "transition_leaks": pl.DataFrame(leaking, schema=list(Leak._fields), orient="row"),
    }
    told = {name: shaped(RESULTS[name], tables[name]) for name in WRITES}
    return Result("forecast.transitions", _summary(stays, period, ahead, told, replay, worth), told,
                  params=params.model_dump(mode="json"), seed=seed)


def _followed(chain: Chain, params: Params) -> Stays:
    """Return the stays of the cases in question; raises Unsupported where too few of them have left."""
    if not chain.has("cases") and not chain.has("contracts"):
        raise Unsupported("There is no case to follow. Add tables/cases.csv, with events, or tables/contracts.csv.")
    at = None if params.at is None else datetime.combine(params.at, time.max, UTC).timestamp()
    named = tuple(name.strip() for name in params.exits.split(",") if name.strip())
    stays = read_stays(chain, params.kind, named, at)
    left = int(stays.leaves.sum())
    if left < LEAST_EXITS:
        why = f" {stays.misdated} end before they begin and are left out." if stays.misdated else ""
        raise Unsupported(f"{left} of {stays.cases.height} cases have left on record, {LEAST_EXITS} are needed to say "
                          f"when the others will.{why} Give closed_at in cases, or name the exits.")
    return stays


def _summary(stays: Stays, period: str, ahead: int, tables: dict[str, pl.DataFrame], replay: Replay,
             worth: Attribute | None) -> dict[str, Any]:
    """Return the named numbers of the answer."""
    every = tables["transition_forecasts"].filter(pl.col("segment").is_null())
    chances = tables["case_chances"]
    found: dict[str, Any] = {
        "cases": stays.cases.height - stays.misdated, "misdated": stays.misdated, "open": int(stays.lasting.sum()),
        "dead": chances.filter("is_dead")["case"].n_unique(), "period": period,
        "horizon": ahead * PERIODS[period] / DAY, "leaks": tables["transition_leaks"].height,
        "replays": replay.table["at"].n_unique(),
    }
    for row in every.iter_rows(named=True):
        names = ("expected", "low", "high", "naive", "new", *(("value",) if worth else ()), "target_share")
        found |= {f"{row['exit']}.{name}": row[name] for name in names if row[name] is not None}
    for e, name in enumerate(stays.exits):
        found[f"{name}.correction"] = float(np.exp(replay.bias[e]))
    return found
