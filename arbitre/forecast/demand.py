"""What will be asked of each item at each site, and how uncertain is it over the lead time?

Demand is counted by week or month, at the site that serves it, whoever asks. Every method gives the law of the demand
over the time to cover (resupply and review, in whole periods), standing at up to twelve moments of the past: the plain
mean, a moving year, simple exponential smoothing, Croston, SBA, TSB, seasonal smoothing, the blend of four of them
(formulas and sources in maths.intermittent, their variance over a lead time in maths.lead_time_law), the blocks of the
history (Porras and Dekker 2008), Willemain's bootstrap (2004), and the machines in service where positions, assets and
customers tell them (gamma-Poisson credibility, maths.credibility). Smoothing parameters are fitted by pattern before
the first of those moments.

The method of an item is the one that would have been the cheapest to stock by, not the one with the least error: its
level meets the demand that came, and what is left over or short is priced so that `target_share` is worth reaching.
Few replays prove little, so an item's costs are drawn towards those of its pattern. An item asked for at most once has
nothing to replay: the machines it sits in forecast it, or else the simplest method, the mean. One whose history is
shorter than the time to cover takes the method of its pattern. A price of 0 costs nothing; a resupply time of 0 still
covers one period.

A site supplied from outside waits the item's lead time; one with a supplier, the lane from it (0 without one).

Reads items and cases (movements, where the chain has no cases); positions, assets and customers for the machines;
sites and lanes for resupply. Writes forecasts and forecast_methods. Units: unit/year, units, days, money/year.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import Field, field_validator

from arbitre import capability
from arbitre.capability import Progress, Result
from arbitre.core.units import DAYS_PER_YEAR
from arbitre.forecast._choice import Replay, cheapest, chosen_in_replay, replayed
from arbitre.forecast._history import PERIODS_PER_YEAR, Floats, History, read_history, whole_periods
from arbitre.forecast._installed import Installed, installed_base
from arbitre.forecast._laws import ALL_METHODS, Demand, Laws, expected_units, lead_time_laws, lead_time_quantiles
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("items",)
MAY_READ = ("cases", "movements", "positions", "assets", "customers", "sites", "lanes")
WRITES = ("forecasts", "forecast_methods")

_TAIL = 0.05
"""Chance of less than low, and of more than high."""


class Params(capability.Params):
    """What to forecast from, how far ahead, and how methods are judged."""

    period: Literal["week", "month"] = Field("month", description="Length of the periods that demand is counted in.")
    since: date | None = Field(None, description="First day counted; empty: the day of the first demand.",
                               json_schema_extra={"unit": "date"})
    until: date | None = Field(None, description="Last day counted; empty: the day of the last demand.",
                               json_schema_extra={"unit": "date"})
    review: float = Field(0.0, ge=0, le=366, description="Time between two looks at the stock, covered as the resupply "
                          "time is.", json_schema_extra={"unit": "day"})
    target_share: float = Field(0.95, ge=0.5, le=0.999, description="Chance, over the time to cover, that the level of "
                                "the replay should suffice.", json_schema_extra={"unit": "share"})
    holding_share: float = Field(0.25, gt=0, le=2, description="Yearly cost of a unit on the shelf, as a share of its "
                                 "price: capital, room, insurance, ageing.", json_schema_extra={"unit": "1/year"})
    methods: str = Field("", description="Methods to choose from, separated by commas; empty: all.")

    @field_validator("methods")
    @classmethod
    def _known(cls, given: str) -> str:
        wrong = [name for name in _named(given) if name not in ALL_METHODS]
        if wrong:
            raise ValueError(f"there is no method {', '.join(wrong)}; choose from {', '.join(ALL_METHODS)}")
        return given


def _named(methods: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in methods.split(",") if name.strip()) or ALL_METHODS


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Forecast the demand of every item at every site."""
    progress(0.0, "counting units (the first run on a machine compiles)")
    span = whole_periods(chain, params.period, params.since, params.until)
    machines = installed_base(chain, span)
    more = machines.pairs if machines else pl.DataFrame(schema={"item": pl.String, "site": pl.String})
    history = read_history(chain, span, more)
    demand = _demand(history, machines, params)
    methods = _named(params.methods)
    laws = lead_time_laws(demand, methods, params.target_share, seed,
                          lambda share, doing: progress(0.1 + 0.7 * share, doing))
    progress(0.8, "choosing methods")
    replay = replayed(laws, history.units, demand.horizon)
    allowed = np.array([name in methods for name in laws.methods])
    if not allowed.any():
        allowed[laws.methods.index("mean")] = True
    now = np.full(len(history.units), span.periods, dtype=np.int64)
    chosen = cheapest(replay, laws.pattern, history.price, params.target_share, allowed, now, -1)
    then = chosen_in_replay(replay, laws.pattern_then, history.price, params.target_share, allowed)
    forecasts = _forecasts(history, demand, laws, replay, chosen, params, seed)
    judged = _methods(replay, then, chosen, history.price, params)
    tables = {"forecasts": forecasts, "forecast_methods": judged}
    return Result("forecast.demand", _summary(forecasts, judged, history, params),
                  {name: shaped(RESULTS[name], table) for name, table in tables.items()},
                  params=params.model_dump(mode="json"), seed=seed)


def _demand(history: History, machines: Installed | None, params: Params) -> Demand:
    """Return what is to be forecast, with the lead times in periods and what the machines lead to expect."""
    days = history.resupply + params.review
    horizon = np.maximum(np.ceil(days / history.span.days - 1e-9), 1.0).astype(np.int64)
    season = PERIODS_PER_YEAR[params.period]
    if machines is None:
        return Demand(history.units, horizon, season)
    rows = machines.pairs.join(history.pairs.with_row_index("row"), on=["item", "site"], how="left",
                               maintain_order="left")["row"].to_numpy()
    expected = np.zeros(history.units.shape)
    expected[rows] = machines.expected
    group = history.pairs["site"].rank("dense").to_numpy().astype(np.int64) - 1
    return Demand(history.units, horizon, season, expected, group)


def _forecasts(history: History, demand: Demand, laws: Laws, replay: Replay, chosen: np.ndarray, params: Params,
               seed: int) -> pl.DataFrame:
    rows = np.arange(len(chosen))
    mean, variance = laws.mean[chosen, rows, -1], laws.variance[chosen, rows, -1]
    safe = np.where(mean > 0.0, mean, 1.0)
    low, high = (lead_time_quantiles(demand, laws, chosen, share, seed) for share in (_TAIL, 1.0 - _TAIL))
    days = demand.horizon * history.span.days
    a_unit = history.price * params.holding_share
    cost = replay.cost(params.target_share)
    plain = laws.methods.index("mean")
    return history.pairs.with_columns(
        pattern=pl.Series(laws.pattern), method=pl.Series(np.array(laws.methods)[chosen]),
        rate=pl.Series(expected_units(demand, laws, chosen) * DAYS_PER_YEAR / history.span.days),
        dispersion=pl.Series(np.where(mean > 0.0, np.maximum(variance / safe, 1.0), 1.0)),
        lead_time=pl.Series(days), mean=pl.Series(mean), low=pl.Series(low), high=pl.Series(high),
        periods=pl.lit(history.span.periods), demands=pl.Series((history.units > 0.0).sum(axis=1)),
        origins=pl.Series((replay.origins >= 0).sum(axis=1)),
        kept_share=pl.Series(_kept(replay.short[chosen, rows], replay.asked, axis=1)),
        cost=pl.Series(_average(cost[chosen, rows]) * a_unit), cost_mean=pl.Series(_average(cost[plain]) * a_unit),
    ).with_columns(pl.col("kept_share", "cost", "cost_mean").fill_nan(None))


def _kept(short: Floats, asked: Floats, axis: int | None) -> Any:
    """Return the share of what was asked that was not short; NaN where nothing was asked."""
    total = np.nansum(asked, axis=axis)
    return np.where(total > 0.0, 1.0 - np.nansum(short, axis=axis) / np.where(total > 0.0, total, 1.0), np.nan)


def _average(cost: Floats) -> Floats:
    """Return the mean cost of each item over its origins; NaN without any."""
    origins = (~np.isnan(cost)).sum(axis=1)
    return np.where(origins > 0, np.nansum(cost, axis=1) / np.maximum(origins, 1), np.nan)


def _methods(replay: Replay, then: np.ndarray, chosen: np.ndarray, price: Floats, params: Params) -> pl.DataFrame:
    """Return what each method, and the chosen one, would have kept and cost at the origins that are counted."""
    counted = then >= 0
    rows, columns = np.ogrid[: then.shape[0], : then.shape[1]]
    a_unit = price * params.holding_share
    ratio = params.target_share / (1.0 - params.target_share)
    asked = np.where(counted, replay.asked, np.nan)

    def judged(name: str, items: int, method: Any) -> dict[str, Any]:
        left, short, mean = (np.where(counted, table[method, rows, columns], np.nan)
                             for table in (replay.left, replay.short, replay.mean))
        total = float(np.nansum(asked)) or np.nan
        return {
            "method": name, "items": items, "kept_share": float(_kept(short, asked, None)),
            "cost": float(np.nansum(_average(left + ratio * short) * a_unit)),
            "holding": float(np.nansum(_average(left) * a_unit)),
            "bias": float(np.nansum(mean - asked)) / total, "error": float(np.nansum(np.abs(mean - asked))) / total,
        }

    found = [judged("chosen", len(chosen), np.maximum(then, 0))]
    found += [judged(name, int((chosen == number).sum()), number) for number, name in enumerate(replay.methods)]
    replayed_any = pl.lit(bool(counted.any()))
    return pl.DataFrame(found).with_columns(
        pl.col("kept_share", "bias", "error").fill_nan(None), pl.when(replayed_any).then(pl.col("cost", "holding")))


def _summary(forecasts: pl.DataFrame, judged: pl.DataFrame, history: History, params: Params) -> dict[str, Any]:
    single = judged.filter(pl.col("method") != "chosen").sort("cost", maintain_order=True).row(0, named=True)
    chosen = judged.row(0, named=True)
    plain = judged.filter(method="mean").row(0, named=True)
    return {
        "units_per_year": forecasts["rate"].sum(),
        "forecasts": forecasts.height,
        "items": forecasts["item"].n_unique(),
        "periods": history.span.periods,
        "target_share": params.target_share,
        "kept_share": chosen["kept_share"],
        "cost": chosen["cost"],
        "best_single": single["method"],
        "cost_best_single": single["cost"],
        "cost_mean": plain["cost"],
        "replayed": forecasts.filter(pl.col("origins") > 0).height,
        **{f"items.{row['method']}": row["items"] for row in judged.iter_rows(named=True)
           if row["items"] and row["method"] != "chosen"},
    }
