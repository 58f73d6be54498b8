"""Weeks of spend, outcome and what else was seen, from tables to arrays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported, UsageError
from arbitre.maths.market.response import Floats, LiftTest, Weeks
from arbitre.tables.chain import Chain
from arbitre.tables.weeks import by_week, every_week

LEAST_WEEKS = 26
_YEAR = 365.25 / 7
_SEASONS = 2
"""A year's season has two waves, told from a year of weeks on."""


@dataclass(frozen=True)
class Market:
    """What was spent and what came of it.

    channels, those with any spend, and silent ones; mondays; spend (weeks, channels), money, without what tests changed
    in a part of the market; weeks, the same in the
    units of `maths.market.response`; scale, the outcome's unit in money; beside, names of the columns of the base.
    """

    channels: list[str]
    silent: list[str]
    mondays: list[date]
    spend: Floats
    weeks: Weeks
    scale: float
    beside: list[str]

    @property
    def missing(self) -> int:
        """Weeks whose outcome is not known."""
        return int(np.isnan(self.weeks.outcome).sum())


def market(chain: Chain, outcome: str, value: float) -> Market:
    """Return the weeks of a chain.

    `outcome` is the measure that spend is to raise, or a kind of case where there are no observations of it; `value`,
    money that one unit of it brings. Raises UsageError when nothing is called so, Unsupported, with the reason, when
    there are too few weeks to tell anything or nothing was ever spent.
    """
    found = _outcome(chain, outcome)
    mondays = every_week(found["week"].min(), found["week"].max())  # type: ignore[arg-type]
    if found.height < LEAST_WEEKS:
        raise Unsupported(f"The outcome {outcome} is known in {found.height} weeks. A response is told from "
                          f"{LEAST_WEEKS} weeks on: bring more of them, or run a test and write it in lift_tests.")
    if 2 * found.height < len(mondays):
        raise Unsupported(f"The outcome {outcome} is known in {found.height} of {len(mondays)} weeks. Bring days or "
                          "weeks, not months.")
    sums = _by_monday(found, "value", mondays) * value
    scale = float(np.nanmean(np.abs(sums)))
    if scale == 0:
        raise Unsupported(f"The outcome {outcome} is nought in every week: nothing can be told of what raised it.")
    spend, channels, silent = _spend(chain, mondays)
    base, beside = _base(chain, outcome, mondays)
    tests = _tests(chain, channels, mondays, scale / value)
    for test in tests:
        if test.market < 1:
            spend[test.first : test.last, test.channel] /= 1 + test.market * test.change
    largest = spend.max(axis=0)
    return Market(channels, silent, mondays, spend, Weeks(spend / largest, sums / scale, base, tests), scale, beside)


def _outcome(chain: Chain, outcome: str) -> pl.DataFrame:
    """Return the sums (week, value) of the outcome."""
    if chain.has("observations"):
        rows = chain.table("observations")
        known = rows["measure"].unique().sort().to_list()
        if outcome in known:
            return by_week(rows.filter(measure=outcome), "value")
        if not chain.has("cases"):
            raise UsageError(f"The table observations has no measure {outcome}. It has {', '.join(known)}: choose the "
                             "outcome among them.")
    if not chain.has("cases"):
        raise Unsupported("Nothing says what spend brought. Add the table observations, or cases.")
    cases = chain.table("cases")
    kinds = cases["kind"].unique().sort().to_list()
    if outcome not in kinds:
        raise UsageError(f"No case is of kind {outcome}, and no observation is called so. Kinds: {', '.join(kinds)}.")
    counted = cases.filter(kind=outcome).select(from_on=pl.col("opened_at").dt.date(), value=pl.lit(1.0))
    sums = by_week(counted, "value")
    every = pl.DataFrame({"week": every_week(sums["week"].min(), sums["week"].max())})  # type: ignore[arg-type]
    return every.join(sums, on="week", how="left", maintain_order="left").with_columns(pl.col("value").fill_null(0.0))


def _spend(chain: Chain, mondays: list[date]) -> tuple[Floats, list[str], list[str]]:
    """Return the spend (weeks, channels) of channels that spent in these weeks, their names, and the others'."""
    sums = chain.table("spend").with_columns(week=pl.col("from_on").dt.truncate("1w"))
    names = chain.table("channels")["channel"].to_list()
    columns = {name: _by_monday(sums.filter(channel=name).group_by("week").agg(pl.col("amount").sum()), "amount",
                                mondays) for name in names}
    spent = {name: np.nan_to_num(column) for name, column in columns.items() if np.nansum(column) > 0}
    if not spent:
        raise Unsupported("The table spend has no money spent in the weeks whose outcome is known.")
    return np.column_stack(list(spent.values())), list(spent), [name for name in names if name not in spent]


def _base(chain: Chain, outcome: str, mondays: list[date]) -> tuple[Floats, list[str]]:
    """Return what moves the outcome beside spend (weeks, columns): level, trend, season, other measures."""
    weeks = len(mondays)
    trend = np.arange(weeks) / max(weeks - 1, 1) - 0.5
    columns, names = [np.ones(weeks), trend], ["level", "trend"]
    if weeks >= _YEAR:
        turns = 2.0 * np.pi * np.arange(weeks) / _YEAR
        for wave in range(1, _SEASONS + 1):
            columns += [np.sin(wave * turns), np.cos(wave * turns)]
            names += ["season", "season"]
    if chain.has("observations"):
        rows = chain.table("observations").filter(pl.col("measure") != outcome)
        seen = rows.with_columns(week=pl.col("from_on").dt.truncate("1w")).group_by("measure", "week").agg(
            pl.col("value").mean())
        for name in sorted(seen["measure"].unique().to_list()):
            column = _by_monday(seen.filter(measure=name), "value", mondays)
            if np.isnan(column).all() or np.nanstd(column) == 0:
                continue
            columns.append(np.nan_to_num((column - np.nanmean(column)) / np.nanstd(column)))
            names.append(name)
    return np.column_stack(columns), names


def _tests(chain: Chain, channels: list[str], mondays: list[date], unit: float) -> tuple[LiftTest, ...]:
    """Return the lift tests of channels that spend, in weeks; `unit`, the outcome that counts as one."""
    if not chain.has("lift_tests"):
        return ()
    found = []
    for row in chain.table("lift_tests").sort("trial").iter_rows(named=True):
        first = (row["from_on"] - mondays[0]).days // 7
        last = (row["to_on"] - mondays[0] + timedelta(days=1)).days // 7
        if row["channel"] not in channels:
            continue
        if not 0 <= first < last <= len(mondays):
            raise Unsupported(f"In lift_tests {row['trial']} is not a week or more within the weeks whose outcome is "
                              f"known, {mondays[0]} to {mondays[-1]}. Leave it out, or bring those weeks.")
        found.append(LiftTest(channels.index(row["channel"]), first, last, row["change_share"], row["market_share"],
                          row["effect"] / unit, row["error"] / unit))
    return tuple(found)


def _by_monday(sums: pl.DataFrame, value: str, mondays: list[date]) -> Floats:
    """Return the value of each week, nan where there is none."""
    every = pl.DataFrame({"week": mondays}).join(sums, on="week", how="left", maintain_order="left")
    return every[value].cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
