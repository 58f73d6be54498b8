"""Who will still buy, how often and for how much, and did such a forecast come true?

For customers bound by nothing: nobody tells when one is gone. A purchase is a day with invoices of no contract (with
cases of one kind, where the chain has no such invoices; credit notes are none). From the purchases of each customer,
the day of the last and the days since the first, two laws are fitted and the likelier one is taken
(`maths.market.repeat_buying`):
    BG/NBD: gone, if at all, right after a purchase (Fader, Hardie and Lee 2005);
    Pareto/NBD: gone at any moment (Schmittlein, Morrison and Colombo 1987).
Spend on a purchase follows the gamma-gamma law (Fader and Hardie 2013), fitted on repeat purchases; value is purchases
expected x spend expected. Intervals hold 90 %: of a mean by the delta method; of a sum over customers with the chance
of each, drawn.

*Check*: where the history is long enough, the same forecast is made as of `ahead` days before its end, and laid beside
what followed. Below 30 customers, or 10 who came back, nothing is forecast: the reason is told. Nor is it
where the likelier law says that nobody goes, or everybody, and the time ahead is longer than that on record.

Reads invoices or cases. Writes buying, buying_check. Units: days, money of the chain.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from arbitre import capability
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.streams import stream
from arbitre.maths.evidence.likelihood import Fit, slopes
from arbitre.maths.evidence.shares import NINE_IN_TEN
from arbitre.maths.market import repeat_buying as laws
from arbitre.maths.market.repeat_buying import Histories
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped

READS = ()
MAY_READ = ("invoices", "cases")
WRITES = ("buying", "buying_check")

Floats = NDArray[np.float64]

_WEEK = 7.0
"""Days of the unit of time in which parameters are published."""
_LEAST_CUSTOMERS, _LEAST_REPEATERS = 30, 10
_DRAWS = 1_000_000
"""Purchases drawn to tell the chance of a sum."""
_NOBODY = 1e-4
"""Share below which a law says that nobody goes, or that everybody does: then its interval says nothing of who goes."""
_GROUPS = 7
"""Customers are told by 1, 2, ... purchases, and so many or more."""

_BOUGHT = {
    "invoices": "SELECT customer, invoiced_on AS day, amount FROM invoices WHERE contract IS NULL AND amount >= 0",
    "cases": "SELECT customer, CAST(opened_at AS DATE) AS day, NULL::DOUBLE AS amount FROM cases "
             "WHERE kind = $kind AND customer IS NOT NULL",
}
# Amounts are summed as decimals: exact, whatever the order of the rows.
_HISTORIES = """
WITH days AS (
    SELECT customer, day, sum(CAST(amount AS DECIMAL(18, 6))) AS amount FROM ({bought})
    WHERE ($since IS NULL OR day >= $since::DATE) AND day <= $until::DATE
    GROUP BY customer, day
)
SELECT customer, count(*) - 1 AS repeats, min(day) AS first_on, max(day) AS last_on,
    CAST(sum(amount) - arg_min(amount, day) AS DOUBLE) / nullif(count(*) - 1, 0) AS mean_spend
FROM days GROUP BY customer ORDER BY customer
"""


class Params(capability.Params):
    """Which purchases to count, and how far ahead to look."""

    ahead: int = Field(365, ge=1, le=3660, description="Days ahead over which purchases are forecast.",
                       json_schema_extra={"unit": "day"})
    law: Literal["likelier", "beta_geometric", "pareto"] = Field(
        "likelier", description="When customers go: after a purchase (beta_geometric), at any moment (pareto), or "
        "what is likelier.")
    kind: str = Field("order", description="Kind of case that is a purchase, where no invoices tell.",
                      json_schema_extra={"unit": ""})
    since: date | None = Field(None, description="First day counted; empty: the day of the first purchase.",
                               json_schema_extra={"unit": "date"})
    until: date | None = Field(None, description="Last day counted; empty: the day of the last purchase.",
                               json_schema_extra={"unit": "date"})


class _Law(NamedTuple):
    """A law of repeat buying: how it is fitted, what it says; stays: the share of customers that a purchase
    (beta_geometric), or the time ahead (pareto), leaves there."""

    name: str
    parameters: tuple[str, ...]
    fit: Callable[[Histories], Fit]
    alive: Callable[[Floats, Histories], Floats]
    expected: Callable[[Floats, Histories, float], Floats]
    drawn: Callable[[Floats, Histories, float, np.random.Generator], Floats]
    stays: Callable[[Floats, float], float]


_LAWS = (
    _Law("beta_geometric", ("r", "alpha", "a", "b"), laws.fit_beta_geometric, laws.alive_beta_geometric,
         laws.expected_beta_geometric, laws.drawn_beta_geometric, lambda law, _: law[3] / (law[2] + law[3])),
    _Law("pareto", ("r", "alpha", "s", "beta"), laws.fit_pareto, laws.alive_pareto, laws.expected_pareto,
         laws.drawn_pareto, lambda law, ahead: (law[3] / (law[3] + ahead)) ** law[2]),
)


class _Seen(NamedTuple):
    """Customers (a row each: customer, repeats, first_on, last_on, mean_spend) and the distinct histories among them.

    row (customers,): the history of each.
    """

    customers: pl.DataFrame
    told: Histories
    row: NDArray[np.int64]


class _Forecast(NamedTuple):
    """What is said of each distinct history, and of any sum over them; spread is its variance of chance, each."""

    law: _Law
    fit: Fit
    expected: Floats
    slope: Floats
    spread: Floats

    def interval_of(self, count: Floats) -> tuple[float, float, float]:
        """Return the purchases expected of so many customers of each history together, and their interval."""
        total, slope = float(count @ self.expected), count @ self.slope
        width = NINE_IN_TEN * float(np.sqrt(slope @ self.fit.covariance @ slope + count @ self.spread))
        return total, max(total - width, 0.0), total + width


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Forecast the purchases of every customer. Raises Unsupported below the least history."""
    source = _source(chain)
    last = chain.sql(f"SELECT max(day) AS day FROM ({_BOUGHT[source]})", **_named(source, params))["day"].item()  # noqa: S608
    until = params.until or last
    if until is None:
        raise Unsupported(f"The chain {chain.name} has no purchase: no invoice of no contract, and no case of kind "
                          f"{params.kind} with a customer. Fill invoices, or name another kind.")
    progress(0.1, "counting purchases")
    seen = _seen(chain, source, params, until)
    _refuse_short(seen)
    progress(0.4, "fitting")
    forecast, fits = _forecast(seen, params, seed)
    progress(0.7, "checking against what followed")
    check, why = _checked(chain, source, params, until, seed)
    table, spend = _table(seen, forecast)
    total, low, high = forecast.interval_of(seen.told.weight)
    summary: dict[str, Any] = {
        "customers": len(seen.row), "histories": len(seen.told.age), "until": until.isoformat(), "ahead": params.ahead,
        "law": forecast.law.name, "expected": total, "expected_low": low, "expected_high": high,
        "alive": float(table["alive_share"].sum()), "value": table["value"].sum() if spend else None,
    }
    for law, fit in fits:
        summary[f"{law.name}.log_likelihood"] = fit.log_likelihood
        summary |= {f"{law.name}.{name}": float(value) for name, value in zip(law.parameters, fit.parameters,
                                                                               strict=True)}
    if spend:
        summary |= {f"spend.{name}": float(value) for name, value in zip(("p", "q", "gamma"), spend.parameters,
                                                                         strict=True)}
    if why:
        summary["not_said"] = why
    else:
        overall = check.filter(purchases="all").row(0, named=True)
        summary |= {"check.expected": overall["expected"], "check.low": overall["low"], "check.high": overall["high"],
                    "check.actual": overall["actual"]}
    return Result("forecast.buying", summary, {"buying": shaped(RESULTS["buying"], table),
                                               "buying_check": shaped(RESULTS["buying_check"], check)},
                  params=params.model_dump(mode="json"), seed=seed)


def _source(chain: Chain) -> str:
    """Return which table tells of purchases."""
    if chain.has("invoices") and chain.table("invoices")["contract"].null_count():
        return "invoices"
    chain.table("cases")
    return "cases"


def _named(source: str, params: Params) -> dict[str, Any]:
    return {"kind": params.kind} if source == "cases" else {}


def _seen(chain: Chain, source: str, params: Params, until: date) -> _Seen:
    """Return the histories of customers up to the end of a day; equal ones, purchases aside, are one row."""
    customers = chain.sql(_HISTORIES.format(bought=_BOUGHT[source]), since=params.since, until=until,
                          **_named(source, params))
    key = customers.select(
        "repeats", last_age=(pl.col("last_on") - pl.col("first_on")).dt.total_days(),
        age=(pl.lit(until) - pl.col("first_on")).dt.total_days())
    distinct = key.group_by("repeats", "last_age", "age").len().sort("repeats", "last_age", "age").with_row_index("row")
    row = key.join(distinct, on=["repeats", "last_age", "age"], how="left", maintain_order="left")["row"]
    floats = [distinct[name].to_numpy().astype(np.float64) for name in ("repeats", "last_age", "age", "len")]
    told = Histories(floats[0], floats[1] / _WEEK, floats[2] / _WEEK, floats[3])
    return _Seen(customers, told, row.to_numpy().astype(np.int64))


def _refuse_short(seen: _Seen) -> None:
    """Raise Unsupported, saying what is there and what is needed, where a law cannot be told from chance."""
    repeaters = int((seen.told.weight * (seen.told.repeats > 0)).sum())
    if len(seen.row) < _LEAST_CUSTOMERS or repeaters < _LEAST_REPEATERS:
        raise Unsupported(f"{len(seen.row)} customers have bought and {repeaters} of them came back on another day. A "
                          f"forecast needs {_LEAST_CUSTOMERS} customers, {_LEAST_REPEATERS} of whom came back: bring a "
                          "longer history.")


def _forecast(seen: _Seen, params: Params, seed: int) -> tuple[_Forecast, list[tuple[_Law, Fit]]]:
    """Return the forecast of the law asked for, or the likelier, and every law fitted."""
    asked = [law for law in _LAWS if params.law in ("likelier", law.name)]
    fits = [(law, law.fit(seen.told)) for law in asked]
    law, fit = max(fits, key=lambda one: one[1].log_likelihood)
    ahead, told = params.ahead / _WEEK, seen.told
    expected = law.expected(fit.parameters, told, ahead)
    stays, oldest = law.stays(fit.parameters, ahead), float(told.age.max())
    if not np.isfinite(expected).all() or (min(stays, 1.0 - stays) < _NOBODY and ahead > oldest):
        raise Unsupported(f"Customers fare so alike in the {oldest * _WEEK:.0f} days on record that they do not tell "
                          f"how many will be gone in {params.ahead} days: {'nobody' if stays > 0.5 else 'everybody'} "
                          "seems to go. Bring a longer history, or look less far ahead.")
    slope = slopes(lambda parameters: law.expected(parameters, told, ahead), fit)
    chance = stream(seed, "forecast.buying", "drawn")
    draws = int(np.clip(_DRAWS // len(told.age), 1, 200))
    spread = sum(((law.drawn(fit.parameters, told, ahead, chance) - expected) ** 2 for _ in range(draws)),
                 np.zeros(len(expected))) / draws
    return _Forecast(law, fit, expected, slope, spread), fits


def _checked(chain: Chain, source: str, params: Params, until: date, seed: int) -> tuple[pl.DataFrame, str]:
    """Return the forecast made `ahead` days before the end beside what followed; or why there is none."""
    then = until - timedelta(days=params.ahead)
    before = _seen(chain, source, params, then)
    try:
        _refuse_short(before)
        forecast, _ = _forecast(before, params, seed)
    except Unsupported as why:
        return empty(RESULTS["buying_check"]), f"No check: by {then}, {why}"
    now = _seen(chain, source, params, until).customers.select("customer", now="repeats")
    did = before.customers.join(now, on="customer", how="left", maintain_order="left")
    did = did.with_columns(row=pl.Series(before.row), more=pl.col("now") - pl.col("repeats"),
                           group=pl.col("repeats").clip(0, _GROUPS - 1))
    found = []
    for group in (None, *range(_GROUPS)):
        part = did if group is None else did.filter(group=group)
        if not part.height:
            continue
        count = np.bincount(part["row"].to_numpy(), minlength=len(before.told.age)).astype(np.float64)
        total, low, high = forecast.interval_of(count)
        name = "all" if group is None else str(group + 1) + ("+" if group == _GROUPS - 1 else "")
        found.append({"purchases": name, "customers": part.height, "expected": total, "low": low, "high": high,
                      "actual": float(part["more"].sum())})
    return pl.DataFrame(found), ""


def _table(seen: _Seen, forecast: _Forecast) -> tuple[pl.DataFrame, Fit | None]:
    """Return a row for each customer, and the law of spend where amounts tell it."""
    law, fit, told = forecast.law, forecast.fit, seen.told
    alive = np.clip(law.alive(fit.parameters, told), 0.0, 1.0)
    moved = slopes(lambda parameters: law.alive(parameters, told), fit)
    # On the scale of log odds an interval stays between 0 and 1; on that of logarithms, above 0.
    room = np.maximum(alive * (1.0 - alive), 1e-12)
    odds = np.log(np.maximum(alive, 1e-12)) - np.log(np.maximum(1.0 - alive, 1e-12))
    width = NINE_IN_TEN * _error(moved / room[:, None], fit)
    relative = forecast.slope / np.maximum(forecast.expected, 1e-12)[:, None]
    factor = np.exp(np.minimum(NINE_IN_TEN * _error(relative, fit), 50.0))
    told_of = {
        "alive_share": alive, "alive_low": np.minimum(1.0 / (1.0 + np.exp(np.minimum(width - odds, 700.0))), alive),
        "alive_high": np.maximum(1.0 / (1.0 + np.exp(-np.minimum(width + odds, 700.0))), alive),
        "expected": forecast.expected, "expected_low": forecast.expected / factor,
        "expected_high": forecast.expected * factor,
    }
    table = seen.customers.with_columns(
        pl.col("repeats").alias("purchases") + 1, *(pl.Series(name, values[seen.row])
                                                    for name, values in told_of.items()))
    spend, law_of_spend = _spend(seen.customers)
    return table.with_columns(spend=spend, value=spend * pl.col("expected")), law_of_spend


def _error(slope: Floats, fit: Fit) -> Floats:
    return np.sqrt(np.einsum("ij,jk,ik->i", slope, fit.covariance, slope))


def _spend(customers: pl.DataFrame) -> tuple[pl.Series, Fit | None]:
    """Return the spend expected on a purchase of each customer, empty where amounts do not tell, and their law."""
    repeats = customers["repeats"].to_numpy().astype(np.float64)
    mean = customers["mean_spend"].cast(pl.Float64).to_numpy()
    known = (repeats > 0) & (np.nan_to_num(mean) > 0.0)
    if known.sum() < _LEAST_REPEATERS or np.ptp(mean[known]) < 1e-6 * mean[known].max():
        return pl.Series([None] * len(repeats), dtype=pl.Float64), None
    fit = laws.fit_spend(repeats[known], mean[known])
    spend = laws.expected_spend(fit.parameters, np.where(known, repeats, 0.0), np.where(known, mean, 0.0))
    return pl.Series(spend).fill_nan(None), fit
