"""Which cases are open at a moment, where do they stand since when, and what is wrong with them?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.tables.chain import Chain
from arbitre.tables.conditions import FLAGS

DAY = 86_400_000_000
"""Microseconds."""
OPEN = "open"
"""Step of a case before its first event."""
_STUCK_SHARE = 0.95
_USUAL_SHARE = 0.9
_PUSHES = 2
_OTHER_EXIT = "closed"


def cases_of(chain: Chain, kind: str | None) -> pl.DataFrame:
    """Return the cases of a kind with their exit: the step of the last event of a closed one."""
    cases = chain.table("cases").select("case", "kind", "opened_at", "closed_at")
    cases = cases if kind is None else cases.filter(pl.col("kind") == kind)
    if not cases.height:
        raise Unsupported(f"No case is of kind {kind}. Name another kind, or none.")
    ends = chain.table("events").sort("happened_at", maintain_order=True).group_by("case", maintain_order=True).agg(
        exit=pl.col("step").last())
    return cases.join(ends, on="case", how="left", maintain_order="left").with_columns(
        exit=pl.when(pl.col("closed_at").is_not_null()).then(pl.col("exit").fill_null(_OTHER_EXIT)))


def known(chain: Chain, attribute: str, at: datetime) -> pl.DataFrame:
    """Return the value of an attribute of each case as it was known at a moment."""
    if not chain.has("attributes"):
        return pl.DataFrame(schema={"case": pl.String, "known": pl.String})
    rows = chain.table("attributes").filter((pl.col("attribute") == attribute)
                                            & (pl.col("valid_from").is_null() | (pl.col("valid_from") <= at)))
    rows = rows.sort("valid_from", nulls_last=False, maintain_order=True)
    return rows.group_by("case", maintain_order=True).agg(known=pl.col("value").last())


def open_at(at: datetime) -> pl.Expr:
    """Return whether a case is open at a moment."""
    return (pl.col("opened_at") <= at) & (pl.col("closed_at").is_null() | (pl.col("closed_at") > at))


def as_day(name: str) -> pl.Expr:
    """Return the day that a text begins with, empty where it begins with none."""
    return pl.col(name).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def standing(stays: pl.DataFrame, cases: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Return where each open case stands: the last of the stays known by a moment, its age in days, its worth."""
    last = stays.group_by("case", maintain_order=True).last()
    return last.join(cases.filter(open_at(at)).select("case", value="after"), on="case").with_columns(
        age=(pl.lit(at) - pl.col("came")).dt.total_microseconds() / DAY)


def hygiene(chain: Chain, stays: pl.DataFrame, now: pl.DataFrame, expected: str, at: datetime,
            rules: Collection[str] = FLAGS) -> pl.DataFrame:
    """Return what is wrong with the open cases at a moment: a row for each rule asked, of `stays_by` and `standing`."""
    found = {"stuck": lambda: _stuck(stays, now), "skipped": lambda: _skipped(stays, now),
             "dead": lambda: _dead(chain, now), "overdue": lambda: _overdue(chain, now, expected, at),
             "pushed": lambda: now.join(_pushes(chain, expected, at), on="case")}
    parts = [found[rule]().with_columns(rule=pl.lit(rule)) for rule in FLAGS if rule in rules]
    return pl.concat(parts, how="diagonal").sort("rule", "case")


def _stuck(stays: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Return the cases that stand at their step for longer than nearly all that passed on."""
    usual = stays.drop_nulls("left").group_by("step").agg(
        longest=((pl.col("left") - pl.col("came")).dt.total_microseconds() / DAY).quantile(_STUCK_SHARE))
    return now.join(usual, on="step").filter(pl.col("age") > pl.col("longest"))


def _dead(chain: Chain, now: pl.DataFrame) -> pl.DataFrame:
    """Return the cases that forecast.transitions found without a chance."""
    if not chain.has("case_chances"):
        return now.clear()
    return now.join(chain.table("case_chances").filter("is_dead").select("case").unique(), on="case", how="semi")


def _overdue(chain: Chain, now: pl.DataFrame, expected: str, at: datetime) -> pl.DataFrame:
    """Return the cases that were expected to be closed by now."""
    due = now.join(known(chain, expected, at).select("case", due=as_day("known")), on="case")
    return due.filter(pl.col("due") < at.date())


def stays_by(chain: Chain, cases: pl.DataFrame, end: datetime) -> pl.DataFrame:
    """Return each case at each step: case, step, who brought it there, when it came, when it went on."""
    events = chain.table("events").filter(pl.col("happened_at") <= end).select(
        "case", "step", "resource", came="happened_at")
    opened = cases.filter(pl.col("opened_at") <= end).select("case", step=pl.lit(OPEN), came="opened_at")
    every = pl.concat([opened, events.join(cases.select("case"), on="case", how="semi")], how="diagonal").sort(
        "case", "came", maintain_order=True)
    return every.with_columns(left=pl.col("came").shift(-1).over("case"))


def _skipped(stays: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Return the open cases that lack a step which most of those that came as far had taken before."""
    place = stays.with_columns(place=pl.col("came").cum_count().over("case"))
    pairs = place.join(place.select("case", before="step", earlier="place"), on="case").filter(
        pl.col("earlier") < pl.col("place"))
    reached = stays.group_by("step").agg(cases=pl.col("case").n_unique())
    usual = pairs.group_by("step", "before").agg(met=pl.col("case").n_unique()).join(reached, on="step").filter(
        (pl.col("met") >= _USUAL_SHARE * pl.col("cases")) & (pl.col("before") != pl.col("step")))
    asked = now.join(usual.select("step", "before"), on="step")
    taken = stays.select("case", before="step").unique()
    return asked.join(taken, on=["case", "before"], how="anti").with_columns(step="before").unique("case", keep="first")


def _pushes(chain: Chain, expected: str, end: datetime) -> pl.DataFrame:
    """Return how often the expected day of each case was moved back, where that was often."""
    if not chain.has("attributes"):
        return pl.DataFrame(schema={"case": pl.String, "times": pl.Int64})
    rows = chain.table("attributes").filter((pl.col("attribute") == expected) & (pl.col("valid_from") <= end))
    rows = rows.sort("case", "valid_from").with_columns(later=as_day("value") > as_day("value").shift(1).over("case"))
    return rows.group_by("case").agg(times=pl.col("later").sum().cast(pl.Int64)).filter(pl.col("times") >= _PUSHES)
