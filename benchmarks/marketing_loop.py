"""What does a test teach that is asked for, run and read back? Planted markets, one round each.

    python -m benchmarks.marketing_loop --json [--rounds 10]

optimise.spend sees the first weeks of a market of twelve regions, plans and names a test. The test is run on what was
planted, measure.lifts reads it, optimise.spend reads what it found and plans again.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from arbitre.capability import silent
from arbitre.measure import lifts
from arbitre.optimise import spend
from arbitre.tables.chain import Chain
from arbitre.tables.sample.marketing import CHANNELS, START, Planted, draw
from benchmarks.marketing import planted_marginal
from benchmarks.rows import chain_of

REGIONS, TESTED = 12, 6
_SEEN, _WEEKS, _MARGIN = 104, 130, 0.4


class Round(NamedTuple):
    """One round: the channel tested; by how many standard errors the effect found is off the planted one; the interval
    of what it brings in a week, as a share of that, before the test and after; whether that of its marginal return then
    holds what was planted; the plans."""

    channel: str
    off: float
    width_before: float
    width_after: float
    held: bool
    plan_before: dict[str, float]
    plan_after: dict[str, float]


def one_round(seed: int, draws: int = 100) -> Round:
    """Plan, test, read back and plan again on a planted market."""
    market = draw(seed, REGIONS, _WEEKS, jitter=0.4, tests=False)
    params = spend.Params.model_validate({"draws": draws, "value": _MARGIN})
    first = spend.run(_chain(market, _SEEN), params, seed, silent)
    asked = first.tables["spend_tests"].row(0, named=True)
    channel, change, weeks = asked["channel"], asked["change_share"], int(asked["weeks"])
    tested, brought = _tested(market, CHANNELS.index(channel), change, weeks)
    trials = [{"trial": "next", "region": f"R{region:02}", "channel": channel, "change_share": change,
               "from_on": START + timedelta(weeks=_SEEN), "to_on": START + timedelta(weeks=_SEEN + weeks, days=-1)}
              for region in range(TESTED)]
    after = _chain(tested, _SEEN + weeks).with_(
        trials=chain_of(channels=[{"channel": channel}], trials=trials).table("trials"))
    found = lifts.run(after, lifts.Params.model_validate({}), seed, silent).tables["lift_tests"]
    again = spend.run(after.with_(lift_tests=found), params, seed, silent)
    usual = replace(tested, spend=market.spend[: _SEEN + weeks])
    rows = [one.tables["spend_channels"].filter(channel=channel).row(0, named=True) for one in (first, again)]
    before, width = ((row["brings_high"] - row["brings_low"]) / row["brings"] for row in rows)
    truth = _MARGIN * float(planted_marginal(usual)[CHANNELS.index(channel)])
    plans = [dict(one.tables["spend_plan"].select("channel", "spend").iter_rows()) for one in (first, again)]
    return Round(channel, float((found["effect"] - brought)[0] / found["error"][0]), before, width,
                 rows[1]["marginal_low"] <= truth <= rows[1]["marginal_high"], plans[0], plans[1])


def _chain(market: Planted, weeks: int) -> Chain:
    """Return the first weeks of a market as a chain."""
    days = [START + timedelta(weeks=week) for week in range(weeks)]
    names = [f"R{region:02}" for region in range(REGIONS)]
    grid = {"from_on": [day for day in days for _ in names], "region": names * weeks}
    spent = pl.concat([pl.DataFrame({"channel": [name] * len(grid["region"]), **grid,
                                     "amount": market.spend[:weeks, :, at].ravel()})
                       for at, name in enumerate(CHANNELS)])
    sold = pl.DataFrame({"measure": ["sales"] * len(grid["region"]), **grid, "value": market.sales[:weeks].ravel()})
    price = [{"measure": "price", "from_on": day, "value": float(value)}
             for day, value in zip(days, market.price, strict=False)]
    return chain_of(channels=[{"channel": name} for name in CHANNELS], spend=spent.to_dicts(),
                    observations=[*sold.to_dicts(), *price])


def _tested(market: Planted, at: int, change: float, weeks: int) -> tuple[Planted, float]:
    """Return the market with a test in its first regions, and what the test truly brought in them."""
    share = market.sales[:_SEEN].sum(axis=0) / market.sales[:_SEEN].sum()
    changed = market.spend.copy()
    changed[_SEEN : _SEEN + weeks, :TESTED, at] *= 1.0 + change
    more = market.brought(changed, share[:, None]) - market.brought(market.spend, share[:, None])
    cut = slice(0, _SEEN + weeks)
    tested = replace(market, spend=changed[cut], sales=(market.sales + more.sum(axis=-1))[cut], price=market.price[cut])
    return tested, float(more[_SEEN : _SEEN + weeks, :TESTED].sum())


def _moved(one: Round) -> float:
    """Return the largest change of a channel from the plan before to the one after, as a share of the larger."""
    return max(abs(one.plan_after[name] - before) / max(one.plan_after[name], before)
               for name, before in one.plan_before.items())


def told(rounds: int, draws: int) -> dict[str, Any]:
    """Return what rounds of as many markets show."""
    found = [one_round(seed, draws) for seed in range(1, rounds + 1)]
    return {"rounds": rounds, "width_ratio": float(np.median([one.width_after / one.width_before for one in found])),
            "held": float(np.mean([one.held for one in found])),
            "effect_off": float(np.sqrt(np.mean([one.off**2 for one in found]))),
            "moved_share": float(np.mean([_moved(one) for one in found])),
            "tested": {name: sum(one.channel == name for one in found) for name in CHANNELS}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--draws", type=int, default=100)
    given = parser.parse_args()
    figures = told(given.rounds, given.draws)
    print(json.dumps(figures) if given.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
