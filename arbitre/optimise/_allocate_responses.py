"""What does more of each scarce thing bring: money of a channel, stock, hours of a team, hours of those who act?

Each kind is read from what the capability that knows it wrote. Money a year; hours a week.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from arbitre.tables.chain import Chain

_WEEKS = 365.25 / 7
_MORE = 10
"""An hour more of those who act is taken to be worth as much for so many hundredths more of those there are."""

Rows = list[dict[str, Any]]


def responses_of(chain: Chain) -> Rows:
    """Return the points of every response: kind, response, amount, cost, worth, error, is_today."""
    return [row for read in (_told_by_users, _spend, _stock, _crews, _actions) for row in read(chain)]


def _told_by_users(chain: Chain) -> Rows:
    """Return what users say more of something brings."""
    if not chain.has("responses"):
        return []
    columns = ("kind", "response", "amount", "cost", "worth", "error", "is_today")
    return chain.table("responses").select(columns).to_dicts()


def _spend(chain: Chain) -> Rows:
    """Return what more spend brings, a year."""
    if not chain.has("spend_curve"):
        return []
    return [{"kind": "spend", "response": row["channel"], "amount": row["spend"], "cost": row["spend"] * _WEEKS,
             "worth": row["worth"] * _WEEKS, "error": row["error"] * _WEEKS, "is_today": row["is_today"]}
            for row in chain.table("spend_curve").iter_rows(named=True)]


def _stock(chain: Chain) -> Rows:
    """Return what more stock brings: the late cases that it spares, at what one costs."""
    if not chain.has("stock_curve", "promise_worth", "promises"):
        return []
    late = chain.table("promises").filter(pl.col("late_cost") > 0).select("promise", "late_cost")
    asked = chain.table("promise_worth").group_by("promise").agg(pl.col("demand").sum()).join(late, on="promise")
    points = (
        chain.table("stock_curve").filter(pl.col("promise").is_not_null()).join(asked, on="promise")
        .group_by("point").agg(worth=(pl.col("kept_share") * pl.col("demand") * pl.col("late_cost")).sum(),
                               amount=pl.col("capital").first(), cost=pl.col("cost").first(),
                               is_today=pl.col("is_today").first()).sort("point")
    )
    return [{"kind": "stock", "response": "stock", "amount": row["amount"], "cost": row["cost"], "worth": row["worth"],
             "error": 0.0, "is_today": row["is_today"]} for row in points.iter_rows(named=True)]


def _crews(chain: Chain) -> Rows:
    """Return what hours of teams bring beyond what the plan's keep: period by period, the best first.

    Crews that stand in for one another are told the same rate and worth: they are one team.
    """
    if not chain.has("crew_levels"):
        return []
    teams: dict[tuple[Any, ...], list[pl.DataFrame]] = {}
    for own in chain.table("crew_levels").drop_nulls("cost").partition_by("crew", maintain_order=True):
        teams.setdefault((*own["rate"], *own["worth"]), []).append(own)
    days = pl.when(pl.col("weekday").is_null()).then(7).otherwise(1)
    hours, rows = days * (pl.col("ends") - pl.col("starts")), list[dict[str, Any]]()
    for crews in teams.values():
        there = pl.concat(crews).select(hours=(pl.col("heads") * hours).sum(),
                                        cost=(pl.col("heads") * pl.col("cost")).sum())
        more = crews[0].filter(pl.col("cost") > 0, pl.col("worth") > 0).sort(
            pl.col("worth") / pl.col("cost"), descending=True, maintain_order=True).select(
            hours=hours.cum_sum() + there["hours"], cost=pl.col("cost").cum_sum() + there["cost"],
            worth=pl.col("worth").cum_sum())
        name = ", ".join(str(own["crew"][0]) for own in crews)
        points = pl.concat([there.with_columns(worth=pl.lit(0.0)), more])
        rows += [_hours(name, point, at == 0) for at, point in enumerate(points.iter_rows(named=True))]
    return rows


def _actions(chain: Chain) -> Rows:
    """Return what hours of those who act bring: actions they have time for, the best first, and a few hours more."""
    if not chain.has("next_actions", "action_hours", "resources"):
        return []
    rows: Rows = []
    known = chain.table("action_hours").join(chain.table("resources").select("resource", "capacity", "cost"),
                                             on="resource", maintain_order="left")
    for resource in known.filter(pl.col("cost") > 0, pl.col("capacity") > 0).iter_rows(named=True):
        years, rate = resource["hours"] / resource["capacity"], resource["cost"] / resource["capacity"]
        done = chain.table("next_actions").filter(pl.col("hours") > 0, resource=resource["resource"]).sort("rank")
        taken = [(0.0, 0.0), *done.select(pl.col("hours").cum_sum(), pl.col("value").cum_sum()).iter_rows()]
        if resource["left_out"]:
            spent, value = taken[-1]
            steps = (step * resource["hours"] / 100.0 for step in range(1, _MORE + 1))
            taken += [(spent + extra, value + extra * resource["worth"]) for extra in steps]
        rows += [_hours(resource["resource"], {"hours": spent / years / _WEEKS, "cost": spent / years * rate,
                                               "worth": value / years}, at == done.height)
                 for at, (spent, value) in enumerate(taken)]
    return rows


def _hours(response: str, point: dict[str, float], is_today: bool) -> dict[str, Any]:
    """Return a point of the hours that people give."""
    return {"kind": "crew", "response": response, "amount": point["hours"], "cost": point["cost"],
            "worth": point["worth"], "error": 0.0, "is_today": is_today}
