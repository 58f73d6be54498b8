"""What does each channel still bring, how should the budget move, and which test would teach most?

Weeks of spend and outcome are explained by carry-over and saturation (`maths.market.response`), beside level, trend,
season and every other measure of observations. Draws of what the curves may be carry through everything: what a channel
brings, what one more unit of money would, and the plan, which brings most on their mean or on the worst of them, within
limits and budget, with a proven bound (`_spend.plan`). A spend is moved as a whole, spread over weeks as in the last
year.

What weeks cannot tell is said: a channel never varied, one that moves with another, one that seems to lower the
outcome, one whose interval is hardly narrower than before any week was looked at. The test that would teach most is the
one of the channel whose ignorance costs most: the mean, over draws, of the best plan for that draw less this plan.
Tests read back (lift_tests) count as rows of the fit.

Where the outcome is leads, and some were followed as cases, a lead is worth its chance to close times what it brings,
channel by channel (`_spend.leads`): many cheap leads that never close draw no money.

Reads channels and spend; observations or cases for the outcome; lift_tests; cases, events, attributes and case_chances
for the worth of leads. Writes spend_channels, spend_plan, spend_curve, spend_weeks and spend_tests. Money of the chain
a week.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import UsageError
from arbitre.core.streams import stream
from arbitre.maths.market.response import contributions, curves, fit, lagged, usual_prior
from arbitre.optimise._spend.leads import leads
from arbitre.optimise._spend.plan import Moved, Pool, move, regrets
from arbitre.optimise._spend.told import Told, channel_rows, curve_rows, plan_rows, test_rows, week_rows
from arbitre.optimise._spend.weeks import Market, market
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("channels", "spend")
MAY_READ = ("observations", "cases", "lift_tests", "events", "attributes", "case_chances")
WRITES = ("spend_channels", "spend_plan", "spend_curve", "spend_weeks", "spend_tests")

_YEAR = 52


class Params(BaseParams):
    """What spend is for, how far it may move, and how much risk is taken."""

    outcome: str = Field("sales", description="Measure that spend is to raise, or kind of case where observations do "
                         "not have it.")
    value: float = Field(1.0, gt=0, description="Money that one unit of the outcome brings: its margin.",
                         json_schema_extra={"unit": "money"})
    change_share: float = Field(0.3, ge=0, le=1, description="Most that the spend of a channel may change, as a share "
                                "of it, where the table channels sets no limit.", json_schema_extra={"unit": "share"})
    budget: float | None = Field(None, ge=0, description="Money to spend in a week; empty: as in the last year.",
                                 json_schema_extra={"unit": "money/week"})
    tail_share: float = Field(1.0, ge=0.01, le=1, description="The plan is the best on average over this share of "
                              "cases, the worst ones; 1: over all.", json_schema_extra={"unit": "share"})
    confidence: float = Field(0.9, ge=0.5, le=0.99, description="Confidence of the intervals.",
                              json_schema_extra={"unit": "share"})
    draws: int = Field(300, ge=50, le=5000, description="Draws of what the responses may be.",
                       json_schema_extra={"unit": ""})
    won: str = Field("", description="Event of a case at which a lead brings its amount times value, so that the lead "
                     "of a channel is worth its chance to close times that; empty: every unit of the outcome brings "
                     "value.")
    source: str = Field("source", description="Attribute of a case that names the channel which brought it.")
    amount: str = Field("amount", description="Attribute of a case that tells what it brings when it is won.")


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Return what channels bring, the plan and the next test.

    Raises Unsupported, with the reason, where nothing can be told; UsageError where limits exceed the budget or the
    outcome is not there.
    """
    progress(0.0, "reading weeks")
    worth = leads(chain, params.won, params.source, params.amount, params.value, params.draws,
                  stream(seed, "spend", "leads")) if params.won else None
    found = market(chain, params.outcome, worth.usual if worth else params.value)
    each = worth.of(found.channels) if worth else np.ones((params.draws, len(found.channels)))
    prior = usual_prior(len(found.channels), found.weeks.base)
    progress(0.1, "fitting responses")
    fitted = fit(found.weeks, prior, params.draws, stream(seed, "spend"))
    believed = prior.centre + prior.spread * stream(seed, "spend", "prior").standard_normal(fitted.draws.shape)
    spends = lagged(found.weeks.spend)
    recent = spends[:, -_YEAR:]
    before = found.spend[-_YEAR:].mean(axis=0)
    brings, at_first = (np.array([contributions(one, recent).mean(axis=0) for one in values])
                        for values in (fitted.draws, believed))
    told = Told(found, prior, fitted, spends, brings, at_first, each, before, params.confidence, worth)
    progress(0.7, "moving the budget")
    active = before > 0
    every = curves(fitted.draws, len(found.channels))
    pool = Pool(type(every)(*(part[:, active] for part in every)), recent[..., active], before[active],
                found.scale * each[:, active])
    lowest, highest, budget = _limits(chain, found, before, params)
    moved = move(pool, lowest, highest, budget, params.tail_share) if active.any() else None
    progress(0.9, "choosing the next test")
    names = [name for name, spends_now in zip(found.channels, active, strict=True) if spends_now]
    regret = regrets(pool, lowest, highest, budget) if moved else np.zeros(0)
    channels = channel_rows(chain, told, pool, names)
    tables: dict[str, list[dict[str, Any]]] = {
        "spend_channels": channels,
        "spend_plan": plan_rows(pool, names, moved, lowest, highest) if moved else [],
        "spend_curve": curve_rows(pool, names, lowest, highest) if moved else [],
        "spend_weeks": week_rows(told),
        "spend_tests": test_rows(told, pool, names, regret) if moved else [],
    }
    shown = {name: shaped(RESULTS[name], pl.DataFrame(rows, infer_schema_length=None)) if rows
             else shaped(RESULTS[name], pl.DataFrame(schema=dict.fromkeys(RESULTS[name].names, pl.Null)))
             for name, rows in tables.items()}
    return Result("optimise.spend", _summary(told, pool, moved, shown, budget), shown,
                  bound=moved.bound if moved else None)


def _limits(chain: Chain, found: Market, before: np.ndarray, params: Params) -> tuple[Any, Any, float]:
    """Return the least and the most of each channel that spends, and the budget; raises UsageError where they clash."""
    rows = {row["channel"]: row for row in chain.table("channels").iter_rows(named=True)}
    named = [(rows[name], spend) for name, spend in zip(found.channels, before.tolist(), strict=True) if spend > 0]
    lowest = np.array([spend * (1 - params.change_share) if row["lowest"] is None else row["lowest"]
                       for row, spend in named])
    highest = np.array([spend * (1 + params.change_share) if row["highest"] is None else row["highest"]
                        for row, spend in named])
    highest = np.maximum(highest, lowest)
    budget = float(before.sum()) if params.budget is None else params.budget
    if lowest.sum() > budget * (1 + 1e-9):
        raise UsageError(f"Channels spend at least {lowest.sum():,.0f} a week, and the budget is {budget:,.0f}. Raise "
                         "the budget or change_share, or lower the column lowest of channels.")
    return lowest, highest, budget


def _summary(told: Told, pool: Pool, moved: Moved | None, shown: dict[str, pl.DataFrame], budget: float
             ) -> dict[str, Any]:
    """Return the named numbers of the answer."""
    found, channels = told.market, shown["spend_channels"]
    left = found.weeks.outcome - told.fitted.expected
    known = np.isfinite(left)
    summary: dict[str, Any] = {
        "weeks": int(known.sum()), "weeks_missing": found.missing, "channels": len(found.channels),
        "channels_never_spent": len(found.silent), "tests_read": len(found.weeks.tests),
        "channels_told": channels.filter(verdict="told").height,
        "explained_share": 1.0 - float(left[known].var() / max(found.weeks.outcome[known].var(), 1e-300)),
        "noise": told.fitted.noise.loud * found.scale, "noise_lasts": told.fitted.noise.lasts,
        "spend": float(told.before.sum()), "budget": budget,
        "brings": float(channels["brings"].fill_null(0.0).sum()),
    }
    if moved is None:
        return summary
    gain = pool.worth(moved.spend).sum(axis=1) - pool.worth(pool.before).sum(axis=1) - (
        moved.spend.sum() - pool.before.sum())
    low, high = told.ends(gain)
    tests = shown["spend_tests"]
    return {
        **summary, "value": moved.value, "bound": moved.bound,
        "gap": (moved.bound - moved.value) / max(abs(moved.value), 1e-300), "gain": float(gain.mean()),
        "gain_low": low, "gain_high": high, "gain_chance": float((gain > 0).mean()), "worth_of_budget": moved.worth,
        "next_test": tests["channel"][0] if tests.height else None,
        "regret": float(tests["regret"][0]) if tests.height else None,
    }
