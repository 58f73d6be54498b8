"""Which customers will leave, why, and what does a broken promise cost in renewals?

A customer under contract at the start of a period (`period` days) leaves within it with chance
    h = 1 / (1 + exp(-(b_0 + b · known))),
where `known` is what was known before that day: its age, price, offer, segment, cases opened and promises broken in the
last `memory` days, latest answers and attributes of its contracts (`_customer_known`). Discrete-time hazards are
logistic regressions on customer-periods (Cox 1972; Allison, Sociological Methodology 13 (1982) 61-98), so that
customers still there, and those seen late, count for what was seen of them: from `since` on, as whoever left before
is not told. A small ridge; errors grouped by customer.

The chance to leave within `ahead` days is 1 - (1 - h)^(ahead / period), what is known held still. *Check*: the same
forecast from up to four moments of the past, each fitted on what had happened by then; from 30 departures on, chances
are set right by the line that the check gives (Cox 1958), and that line is told.

*Value*: payments of the price until the customer leaves, over `worth_years` and counted as money of today (Markov
reward). *Price of a breach*: what of it is lost when h is raised by one more breach for as long as it is remembered;
its interval (90 %) by the delta method. It is a cause only as far as customers with and without breaches are
otherwise alike in what is known. Below 10 departures, or 10 customers who stay, nothing is forecast: the reason is
told.

A promise is broken when its due date, or the shortest window promised on the clock, passes with the case still open.
Reads contracts; cases, promises, customers, answers, attributes where present. Writes customer_health, leaving_drivers,
leaving_check, breach_price. Units: days, money of the chain.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.forecast._contract_periods import ContractParams, Periods, last_day, read_periods
from arbitre.forecast._customer_known import BREACHES, undated_sentence
from arbitre.forecast._leaving_price import Worth, breach_prices, paid
from arbitre.maths.evidence.logistic import Logistic, Recalibration, auc, fit_logistic, recalibrated
from arbitre.maths.evidence.shares import NINE_IN_TEN, wilson
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped

READS = ("contracts",)
MAY_READ = ("cases", "promises", "customers", "answers", "attributes")
WRITES = ("customer_health", "leaving_drivers", "leaving_check", "breach_price")

Floats = NDArray[np.float64]

_LEAST = 10
"""Departures, and customers who stayed, below which nothing is forecast."""
_RIDGE = 1.0
_ORIGINS = 4
"""Moments of the past at which the forecast is made again and checked."""
_TO_SET_RIGHT = 30
"""Departures in the check from which the forecast is set right by it."""
_GROUPS = 5
"""Groups of customers, by their chance to leave, in the check."""
_DRIVERS = 3
"""Drivers named for each customer."""


class Params(ContractParams):
    """How far ahead to look, what is remembered, and what staying is worth."""

    ahead: int = Field(90, ge=1, le=1830, description="Days ahead within which a customer may leave.",
                       json_schema_extra={"unit": "day"})
    period: int = Field(30, ge=1, le=366, description="Days of the periods in which departures are counted.",
                        json_schema_extra={"unit": "day"})
    memory: int = Field(90, ge=1, le=1830, description="Days for which a case, or a broken promise, is remembered.",
                        json_schema_extra={"unit": "day"})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Forecast who leaves. Raises Unsupported below the least history."""
    until = params.until or last_day(chain)
    progress(0.1, "reading what was known")
    periods = read_periods(chain, _first_day(chain, params), until, params.period, params.memory, params.gap)
    told = periods.rows["back"].to_numpy() > 0
    _refuse_short(periods, told)
    progress(0.4, "fitting")
    law = _fitted(periods, told)
    progress(0.6, "checking against the past")
    check, right, of_check = _checked(periods, max(round(params.ahead / params.period), 1))
    progress(0.8, "pricing")
    now = ~told
    features, rows = periods.known.features[now], periods.rows.filter(pl.col("back") == 0)
    price = rows["price"].cast(pl.Float64).to_numpy()
    worth = Worth(periods.known.names.index(BREACHES), params.period, max(round(params.memory / params.period), 1),
                  params.ahead / params.period, params.worth_years, params.discount_share)
    health = _health(rows, features, law, right, price * paid(law.effect, features, worth), worth, periods)
    prices = breach_prices(rows["segment"].to_list(), features, price, law, worth)
    drivers = _drivers(periods, told, law)
    of_all = prices.row(0, named=True)
    summary: dict[str, Any] = {
        "until": until.isoformat(), "ahead": params.ahead, "customers": rows.height,
        "customer_periods": int(told.sum()), "departures": int(periods.left[told].sum()),
        "leaving_expected": float(health["leave_share"].sum()), "at_risk": health["at_risk"].sum(),
        "breach_price": of_all["price"], "breach_price_low": of_all["low"], "breach_price_high": of_all["high"],
        "surest_driver": drivers.row(0, named=True)["driver"], **of_check, **undated_sentence(periods.known.undated),
    }
    tables = {"customer_health": health, "leaving_drivers": drivers, "leaving_check": check, "breach_price": prices}
    return Result("forecast.leaving", summary, {name: shaped(RESULTS[name], table) for name, table in tables.items()},
                  params=params.model_dump(mode="json"), seed=seed)


def _first_day(chain: Chain, params: Params) -> date | None:
    return params.since or chain.settings.period.get("from")


def _refuse_short(periods: Periods, told: NDArray[np.bool_]) -> None:
    """Raise Unsupported, saying what is there and what is needed, where leaving cannot be told from chance."""
    departures = int(periods.left[told].sum())
    staying = periods.rows.filter(told & ~periods.left)["customer"].n_unique()
    if departures < _LEAST or staying < _LEAST:
        raise Unsupported(f"{departures} departures of customers under contract, and {staying} customers who "
                          f"stayed for a period: a forecast needs {_LEAST} of each. Bring a longer history, with "
                          "contracts.to_on of those who left.")
    if not (~told).any():
        raise Unsupported("Nobody is under contract after the last day counted: choose an earlier until.")


def _fitted(periods: Periods, used: NDArray[np.bool_]) -> Logistic:
    group = periods.rows.filter(used)["customer"].rank("dense").to_numpy().astype(np.int64) - 1
    return fit_logistic(periods.known.features[used], periods.left[used].astype(np.float64), _RIDGE, group)


def _within(chance: Floats, periods: float) -> Floats:
    """Return the chance to leave within so many periods."""
    return -np.expm1(periods * np.log1p(-np.minimum(chance, 1.0 - 1e-12)))


def _checked(periods: Periods, ahead: int) -> tuple[pl.DataFrame, Recalibration, dict[str, Any]]:
    """Return forecasts made in the past beside who left, what sets them right, and the named numbers of it."""
    back = periods.rows["back"].to_numpy()
    days = dict(periods.rows.select("back", "day").unique().iter_rows())
    chances, came = [], []
    for origin in range(ahead, ahead * (_ORIGINS + 1), ahead):
        used = back > origin
        if not (back == origin).any() or periods.left[used].sum() < _LEAST:
            break
        end = days.get(origin - ahead) if origin > ahead else None
        here = back == origin
        chances.append(_within(_fitted(periods, used).chance(periods.known.features[here]), ahead))
        to_on = periods.rows.filter(here)["to_on"]
        last = end or periods.rows.filter(here)["day"][0] + ahead * (days[origin] - days[origin + 1])
        came.append((to_on < last).to_numpy())
    if not chances:
        return (empty(RESULTS["leaving_check"]), Recalibration(0.0, 1.0),
                {"not_said.check": f"No check: fewer than {_LEAST} departures before the time to forecast."})
    chance, left = np.concatenate(chances), np.concatenate(came)
    right = recalibrated(chance, left.astype(np.float64)) if left.sum() >= _TO_SET_RIGHT else Recalibration(0.0, 1.0)
    found = []
    for group, place in enumerate(np.array_split(np.argsort(chance, kind="stable"), _GROUPS), 1):
        if not len(place):
            continue
        low, high = wilson(left[place].sum(), len(place), 0.9)
        found.append({"group": group, "customers": len(place), "told_share": float(chance[place].mean()),
                      "came_share": float(left[place].mean()), "low_share": float(low), "high_share": float(high)})
    return pl.DataFrame(found), right, {
        "check.moments": len(chances), "check.expected": float(chance.sum()), "check.left": int(left.sum()),
        "check.auc": auc(chance, left), "set_right.level": right.level, "set_right.slope": right.slope,
    }


def _health(rows: pl.DataFrame, features: Floats, law: Logistic, right: Recalibration, value: Floats, worth: Worth,
            periods: Periods) -> pl.DataFrame:
    """Return the chance of every customer to leave, its interval, what raises it and what is at risk."""
    design = np.column_stack([np.ones(len(features)), features])
    line = design @ law.effect
    width = NINE_IN_TEN * np.sqrt(np.einsum("ij,jk,ik->i", design, law.covariance, design))
    leaves, low, high = (right.of(_within(1.0 / (1.0 + np.exp(-odds)), worth.ahead))
                         for odds in (line, line - width, line + width))
    raised = (features - periods.known.features.mean(axis=0)) * law.effect[1:]
    strongest = np.argsort(-raised, axis=1, kind="stable")[:, :_DRIVERS]
    drivers = [", ".join(periods.known.names[at] for at in order if raised[row, at] > 0.0)
               for row, order in enumerate(strongest)]
    return rows.select("customer", "segment", "price").with_columns(
        leave_share=pl.Series(leaves), low_share=pl.Series(np.minimum(low, leaves)),
        high_share=pl.Series(np.maximum(high, leaves)), drivers=pl.Series(drivers, dtype=pl.String),
        breaches=pl.Series(features[:, worth.breaches].astype(np.int64)), value=pl.Series(value).fill_nan(None),
    ).with_columns(at_risk=pl.col("leave_share") * pl.col("value")).sort(
        "at_risk", "leave_share", "customer", descending=[True, True, False], nulls_last=True)


def _drivers(periods: Periods, told: NDArray[np.bool_], law: Logistic) -> pl.DataFrame:
    """Return how each driver multiplies the odds to leave, the surest first."""
    effect, error = law.effect[1:], np.sqrt(np.diag(law.covariance)[1:])
    order = np.argsort(-np.abs(effect) / np.maximum(error, 1e-12), kind="stable")
    known = periods.known.features[told]
    frame = pl.DataFrame({
        "driver": periods.known.names, "mean": known.mean(axis=0), "spread": known.std(axis=0),
        "odds_ratio": np.exp(effect),
        "low": np.exp(effect - NINE_IN_TEN * error), "high": np.exp(effect + NINE_IN_TEN * error),
    })[order.tolist()]
    return frame.with_columns(is_sure=(pl.col("low") > 1.0) | (pl.col("high") < 1.0))
