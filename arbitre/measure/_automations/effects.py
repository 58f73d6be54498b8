"""What came of the cases that each rule would have touched, and what it would bring?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import polars as pl
from scipy.stats import betabinom

from arbitre.core.units import DAYS_PER_YEAR
from arbitre.maths.evidence.replications import student_quantile
from arbitre.maths.evidence.shares import score_interval, wilson
from arbitre.maths.work.weekly_rates import count_interval
from arbitre.measure._automations.replay import Replay, Rule
from arbitre.measure._open_cases import DAY
from arbitre.tables.chain import Chain

_JEFFREYS = 0.5


def effects(chain: Chain, rules: Sequence[Rule], replay: Replay, first: pl.DataFrame, follow: timedelta, way_out: str,
            confidence: float) -> pl.DataFrame:
    """Return a row a rule. first: when each rule touched each case for the first time."""
    now = replay.moments[-1]
    old = first.filter(pl.col("moment") + follow <= now)
    judged = _followed(chain, replay, old, follow, way_out)
    usual = _followed(chain, replay, replay.open_ones.filter(pl.col("moment") + follow <= now), follow, way_out)
    usual_share = usual["won"].mean() if usual.height else None
    rows = []
    for rule in rules:
        here = replay.touched.filter(pl.col("moment") == now, pl.col("rule") == rule.name).join(
            replay.now.select("case", "value"), on="case")
        row = {"automation": rule.name, "action": rule.action, "cases": here.height, "value": here["value"].sum()}
        if rule.has_past:
            own = judged.filter(rule=rule.name)
            fired = first.filter(pl.col("rule") == rule.name, pl.col("moment") > replay.moments[0]).height
            row |= {"usual_share": usual_share, **_rate(rule, fired, len(replay.moments) - 1, confidence),
                    **_outcome(own, here.height, confidence), **_quiet(own, follow, confidence)}
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


def _followed(chain: Chain, replay: Replay, touched: pl.DataFrame, follow: timedelta, way_out: str) -> pl.DataFrame:
    """Return the cases touched with whether each was won within the time followed, and days until its next event."""
    cases = replay.cases.select("case", "closed_at", "exit")
    told = touched.join(cases, on="case", how="left", maintain_order="left").sort("moment", "case")
    events = chain.table("events").select("case", "happened_at").drop_nulls().sort("happened_at")
    # strict: what happens at the very end of the day was known when the rule was asked.
    told = told.with_columns(after=pl.col("moment") + timedelta(microseconds=1)).join_asof(
        events, left_on="after", right_on="happened_at", by="case", strategy="forward", check_sortedness=False)
    until = pl.min_horizontal(pl.col("happened_at") - pl.col("moment"), pl.col("closed_at") - pl.col("moment"),
                              pl.lit(follow))
    return told.with_columns(
        won=((pl.col("exit") == way_out) & (pl.col("closed_at") <= pl.col("moment") + follow)).fill_null(value=False),
        quiet=until.dt.total_microseconds() / DAY)


def _rate(rule: Rule, fired: int, weeks: int, confidence: float) -> dict[str, Any]:
    """Return how often a rule would have fired a week, and the hours that spares a year, with intervals."""
    if not weeks:
        return {"fired": fired}
    low, high = count_interval(fired, confidence)
    hours = rule.hours * DAYS_PER_YEAR / 7.0
    weekly = {"weekly": fired / weeks, "weekly_low": low / weeks, "weekly_high": high / weeks}
    return {"fired": fired, **weekly, **{name.replace("weekly", "hours"): each * hours
                                         for name, each in weekly.items()}}


def _outcome(own: pl.DataFrame, touched: int, confidence: float) -> dict[str, Any]:
    """Return the share won of the cases judged, and the wins to expect among those touched now."""
    judged, won = own.height, int(own["won"].sum())
    low, high = (float(end) for end in wilson(won, judged, confidence))
    told: dict[str, Any] = {"judged": judged, "won": won, "won_low": low, "won_high": high,
                            "won_share": won / judged if judged else None, "forgone_low": 0.0,
                            "forgone_high": float(touched)}
    if judged and touched:
        law = betabinom(touched, won + _JEFFREYS, judged - won + _JEFFREYS)
        told |= {"forgone": float(law.mean()), "forgone_low": float(law.ppf((1.0 - confidence) / 2.0)),
                 "forgone_high": float(law.ppf((1.0 + confidence) / 2.0))}
    return told


def _quiet(own: pl.DataFrame, follow: timedelta, confidence: float) -> dict[str, Any]:
    """Return the mean days until anything happened, with its interval; nothing where fewer than two.

    Most of what is followed may last to its end, so the mean is taken as a share of the time followed: Wilson's
    interval on as many cases as its scatter stands for (as `maths.evidence.replications`), with Student's quantile.
    """
    judged = own.height
    if judged < 2:
        return {}
    days = follow / timedelta(days=1)
    part = own["quiet"].to_numpy() / days
    mean, scatter = min(float(part.mean()), 1.0), float(part.var(ddof=1))
    alike = judged * mean * (1.0 - mean) / scatter if scatter > 0.0 else float(judged)
    low, high = score_interval(mean * alike, alike, student_quantile((1.0 + confidence) / 2.0, judged - 1))
    return {"quiet": mean * days, "quiet_low": float(low) * days, "quiet_high": float(high) * days}
