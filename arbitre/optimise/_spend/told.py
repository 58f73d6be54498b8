"""What is told of channels: rows of the result tables, with how sure they are and why they are not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from arbitre.maths.evidence.trials import power, sample_size
from arbitre.maths.market.response import Fitted, Floats, Prior, contributions, curves, told_apart
from arbitre.optimise._spend.leads import Leads
from arbitre.optimise._spend.plan import Moved, Pool
from arbitre.optimise._spend.weeks import Market
from arbitre.tables.chain import Chain

_POINTS = 21
_TIMES_WIDER = 10.0**0.5
"""Weeks do not tell a channel whose error is so many times what it would be alone: a variance inflation of ten."""
_BELOW = -1.0
"""Standard errors below nought from which a channel seems to lower the outcome."""
_VARIES = 0.1
"""A spend that varies by less than this share of its mean has no other weeks to be compared with."""
_NARROWER = 0.6
"""An interval wider than this share of what it was before any week was looked at is mostly prior."""
_YEAR_OF_WEEKS = 52
_SHARE = 0.01
"""A weekly effect below this share of a week's noise is not found by any test."""
_LONGEST = 26
"""Weeks that a test may last."""
_COME = 0.9
"""A test lasts until this share of what a week of spend brings has come, at the high end of how slowly that may be:
what a shorter one finds may as well be a small channel as a slow one."""
_CHANGES = (-1.0, 1.0, 2.0)
_SAME = 1e-6


@dataclass(frozen=True)
class Told:
    """What was found: market, prior, fit, lagged spends, what channels bring in a week of the last year by draw and by
    the prior alone (draws, channels), in outcome; what that is worth (draws, channels), one where every unit is worth
    as much; what they spent then, the confidence asked for, and the leads followed, where they say the worth."""

    market: Market
    prior: Prior
    fitted: Fitted
    spends: Floats
    brings: Floats
    believed: Floats
    worth: Floats
    before: Floats
    confidence: float
    leads: Leads | None = None

    def ends(self, values: Floats) -> tuple[float, float]:
        """Return the ends of the interval of draws: those that one more draw would lie between with this confidence.

        The usual interpolation holds a share (n - 1) / (n + 1) of that only, which is much less with few draws.
        """
        low, high = np.quantile(values, [(1 - self.confidence) / 2, (1 + self.confidence) / 2], method="weibull")
        return float(low), float(high)

    def width(self, values: Floats) -> float:
        """Return the width of the interval of draws."""
        low, high = self.ends(values)
        return high - low


def channel_rows(chain: Chain, told: Told, pool: Pool, active: list[str]) -> list[dict[str, Any]]:
    """Return the rows of spend_channels."""
    found, scale = told.market, told.market.scale
    whole = abs(float(np.nanmean(found.weeks.outcome[-_YEAR_OF_WEEKS:])))
    marginal = pool.marginal(pool.before) if active else np.zeros((0, 0))
    carry = curves(told.fitted.draws, len(found.channels)).carry.mean(axis=0)
    verdicts = _verdicts(told)
    often = _frequency(chain)
    rows = []
    for at, name in enumerate(found.channels):
        each = scale * told.worth[:, at]
        brings = told.brings[:, at] * each
        low, high = told.ends(brings)
        verdict, beside = verdicts[at]
        row = {"channel": name, "verdict": verdict, "beside": beside, "spend": told.before[at],
               "brings": float(brings.mean()), "brings_low": low, "brings_high": high,
               "share": float(told.brings[:, at].mean()) / whole, "width": high - low,
               "width_before": told.width(told.believed[:, at] * each),
               "half_life": float(np.log(0.5) / np.log(carry[at])), "frequency": often.get(name)}
        if told.leads is not None:
            worth = told.worth[:, at] * told.leads.usual
            row |= {"leads_followed": told.leads.followed.get(name, 0), "lead_value": float(worth.mean())}
            row["lead_value_low"], row["lead_value_high"] = told.ends(worth)
        if name in active:
            one = marginal[:, active.index(name)]
            row["marginal"] = float(one.mean())
            row["marginal_low"], row["marginal_high"] = told.ends(one)
        rows.append(row)
    return [*rows, *({"channel": name, "verdict": "never_spent", "spend": 0.0} for name in found.silent)]


def _verdicts(told: Told) -> list[tuple[str, str | None]]:
    """Return for each channel whether it is told, or why not, and what it moves with most where that is the reason."""
    found = told.market
    z, wider = told_apart(found.weeks, told.spends, told.prior, told.fitted.noise)
    tested = {test.channel for test in found.weeks.tests}
    rows = np.hstack([contributions(told.prior.centre, told.spends), found.weeks.base[:, 1:]])
    names = [*found.channels, *found.beside[1:]]
    told_of = []
    for at in range(len(found.channels)):
        narrower = told.width(told.brings[:, at]) / max(told.width(told.believed[:, at]), 1e-300)
        spend = found.spend[:, at]
        verdict, beside = "told" if narrower <= _NARROWER else "uncertain", None
        # What a test found stands, whatever weeks alone would say.
        if at not in tested:
            if spend.std() < _VARIES * spend.mean():
                verdict = "never_varied"
            elif wider[at] > _TIMES_WIDER:
                verdict, beside = "collinear", _closest(rows, at, names)
            elif z[at] < _BELOW:
                verdict = "wrong_sign"
        told_of.append((verdict, beside))
    return told_of


def _closest(rows: Floats, at: int, names: list[str]) -> str | None:
    """Return the name of the column that moves most with this one."""
    centred = rows - rows.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    alike = np.abs(centred.T @ centred[:, at]) / np.maximum(length * length[at], 1e-300)
    alike[at] = -1.0
    return names[int(alike.argmax())]


def _frequency(chain: Chain) -> dict[str, float]:
    """Return how often a week each of the audience of a channel was shown it, over the weeks with impressions."""
    spend, channels = chain.table("spend"), chain.table("channels")
    shown = (
        spend.filter(pl.col("impressions").is_not_null()).with_columns(week=pl.col("from_on").dt.truncate("1w"))
        .group_by("channel", "week").agg(pl.col("impressions").sum()).group_by("channel")
        .agg(pl.col("impressions").mean()).join(channels.filter(pl.col("audience") > 0), on="channel")
    )
    return {row["channel"]: row["impressions"] / row["audience"] for row in shown.iter_rows(named=True)}


def plan_rows(pool: Pool, names: list[str], moved: Moved, lowest: Floats, highest: Floats) -> list[dict[str, Any]]:
    """Return the rows of spend_plan."""
    rows = []
    for at, name in enumerate(names):
        room = _SAME * max(highest[at], 1.0)
        binds = ("lowest" if moved.spend[at] <= lowest[at] + room else
                 "highest" if moved.spend[at] >= highest[at] - room else "nothing")
        rows.append({"channel": name, "before": pool.before[at], "spend": moved.spend[at], "lowest": lowest[at],
                     "highest": highest[at], "marginal": moved.marginal[at], "binds": binds})
    return rows


def curve_rows(pool: Pool, names: list[str], lowest: Floats, highest: Floats) -> list[dict[str, Any]]:
    """Return the rows of spend_curve: within the limits, today's spend among them."""
    rows = []
    steps = []
    for low, high, today in zip(lowest, highest, pool.before, strict=True):
        even = np.linspace(low, high, _POINTS)
        steps.append(np.unique(np.append(even[np.abs(even - today) > _SAME * today], today)))
    for point in range(max(len(one) for one in steps)):
        spend = np.array([one[min(point, len(one) - 1)] for one in steps])
        worth = pool.worth(spend)
        rows += [{"channel": name, "spend": spend[at], "worth": float(worth[:, at].mean()),
                  "error": float(worth[:, at].std()), "is_today": bool(spend[at] == pool.before[at])}
                 for at, name in enumerate(names) if point < len(steps[at])]
    return sorted(rows, key=lambda row: (row["channel"], row["spend"]))


def week_rows(told: Told) -> list[dict[str, Any]]:
    """Return the rows of spend_weeks."""
    found = told.market
    base = found.weeks.base @ told.fitted.values[3 * len(found.channels):]
    return [{"from_on": monday, "outcome": None if np.isnan(seen) else seen * found.scale,
             "expected": said * found.scale, "base": without * found.scale}
            for monday, seen, said, without in zip(found.mondays, found.weeks.outcome, told.fitted.expected, base,
                                                   strict=True)]


def test_rows(told: Told, pool: Pool, names: list[str], regret: Floats) -> list[dict[str, Any]]:
    """Return the rows of spend_tests: the channel changed in half of the market, against the other half.

    What two halves differ by from week to week is as noisy as the whole. The change is the one that shows soonest; the
    weeks are those that find it four times in five, and in which it has come, or as many as a test may last.
    """
    carry = curves(told.fitted.draws, len(told.market.channels)).carry
    carry = carry[:, [told.market.channels.index(name) for name in names]]
    scale = told.market.scale
    noise = told.fitted.noise.loud * scale
    now = pool.outcome(pool.before).mean(axis=0)
    moves = {change: scale * (pool.outcome(pool.before * (1.0 + change)).mean(axis=0) - now) for change in _CHANGES}
    rows = []
    for rank, at in enumerate(np.argsort(-regret, kind="stable").tolist()):
        change = max(_CHANGES, key=lambda one, at=at: abs(moves[one][at]))
        moved = 0.5 * float(moves[change][at])
        needed = sample_size(2.0 * moved, noise) if abs(moved) > _SHARE * noise else _LONGEST
        come = math.ceil(math.log(1.0 - _COME) / math.log(told.ends(carry[:, at])[1]))
        weeks = min(max(needed, come, 2), _LONGEST)
        # What the weeks before left behind: a sum of carry to the power 1 .. weeks.
        late = float((carry[:, at] * (1.0 - carry[:, at] ** weeks) / (1.0 - carry[:, at])).mean())
        effect, error = (weeks - late) * moved, noise * weeks**0.5
        rows.append({"channel": names[at], "rank": rank + 1, "regret": regret[at], "change_share": change,
                     "weeks": weeks, "effect": effect, "error": error, "chance": power(effect, error)})
    return rows
