"""What would each scenario change, before and after, on the same random demand?

The chain as it is ("base") and each of its scenarios (named changes of rows, in chain.toml) are replayed event by
event, as in `simulate.twin`, with the same luck: a case that comes in both comes at the same hour, takes the same time
at each step and the same way. So what differs is the scenario, and few replications are enough: difference = share (or
cost) of the scenario less that of the base, run by run, with Student's interval over replications
(`maths.evidence.replications`).

The cost of a year = penalties of the periods missed + late_cost of each late case + hours of crews (heads in their
shifts) x crews.cost. Scenarios are ranked by it (`by` = cost), or by the share of all promised cases kept (`by` =
kept; also where nothing has a cost). `may_be_best`: with the stated confidence the true best of them is among those
marked (Bonferroni over the differences to the best seen; Nelson and Matejcik, Management Science 41, 1995).
`pairing_gain`: how many times more replications the change of the share of all promised cases would take without common
luck (the median over scenarios that change it).

Reads what simulate.twin reads, and promises. Writes scenario_promises and scenario_ranks. Shares from 0 to 1, hours,
money in the chain's currency a year. The same seed gives the same bytes on any number of workers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Literal

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import FaultsFound, Unsupported
from arbitre.maths.evidence.replications import Estimate, best_of, mean_interval, paired_difference, share_interval
from arbitre.simulate._kernel.laws import Floats
from arbitre.simulate._network.parts import REPLAYED, kinds_of, parts_of, tables_read
from arbitre.simulate._network.promised import next_month, objective, promised
from arbitre.simulate._network.stock import HOURS_PER_YEAR, levels_of
from arbitre.simulate._replay import Replay, Tally, cores
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.scenario import with_scenario

READS = ("promises",)
MAY_READ = (*REPLAYED, "stock_levels", "stock_reserved")
WRITES = ("scenario_promises", "scenario_ranks")

BASE = "base"
_EXACT = 1e-9


class Params(BaseParams):
    """Which scenarios are replayed, how often, and what ranks them."""

    scenarios: str = Field("", description="Names of scenarios, with commas between them; empty: all of chain.toml.")
    by: Literal["cost", "kept"] = Field("cost", description="What ranks scenarios: the cost of a year, or the share of "
                                        "promised cases kept.")
    replications: int = Field(20, ge=2, le=10_000, description="Replications of each scenario.",
                              json_schema_extra={"unit": ""})
    years: int = Field(1, ge=1, le=20, description="Years in one replication.", json_schema_extra={"unit": "year"})
    confidence: float = Field(0.95, ge=0.5, le=0.999, description="Confidence of the intervals and of the ranking.",
                              json_schema_extra={"unit": "share"})
    machines_share: float = Field(0.95, gt=0, le=1, description="Share of machine-periods that must reach an "
                                  "availability promised to each.", json_schema_extra={"unit": "share"})
    levels: Literal["today", "plan"] = Field("today", description="Whose levels: those of stocks, or those of the plan "
                                             "(stock_levels).")
    dispatch: Literal["", "first come", "priority", "earliest promise", "slack", "penalty"] = Field(
        "", description="Whose turn comes first at a crew; empty: by priorities where the chain has some, else first "
        "come.")
    kind: str = Field("order", description="Kind of the cases that demand opens.")


def reads(params: Params, chain: Chain) -> tuple[str, ...]:
    """Return the tables needed, given what the chain has."""
    return (*READS, *tables_read(chain, params.levels))


@dataclass(frozen=True)
class _Played:
    """One scenario: its promises and, run by run, their cases and those kept (runs, promises), and the cost (runs,)."""

    promises: pl.DataFrame
    cases: Floats
    kept: Floats
    cost: Floats

    def shares(self, promise: str) -> Floats:
        """Return (runs,) the share kept of a promise, nan where no case came."""
        at = self.promises["promise"].to_list().index(promise)
        with np.errstate(invalid="ignore"):
            return self.kept[:, at] / self.cases[:, at]

    def kept_shares(self) -> Floats:
        """Return (runs,) the share of all promised cases kept."""
        return self.kept.sum(axis=1) / np.maximum(self.cases.sum(axis=1), 1.0)


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Replay the chain and its scenarios on the same luck.

    Raises Unsupported when nothing is promised or there is no scenario, UsageError for a scenario that is not there or
    changes nothing, FaultsFound when a scenario makes the chain unsound.
    """
    names = [name.strip() for name in params.scenarios.split(",") if name.strip()] or sorted(chain.settings.scenarios)
    if not names:
        raise Unsupported(f"The chain {chain.name} has no scenario. Write one in chain.toml, under [[scenarios.NAME]]: "
                          "table, filter, column and change.")
    played: dict[str, _Played] = {}
    for turn, name in enumerate([BASE, *names]):
        progress(turn / (len(names) + 1), name)
        played[name] = _played(chain if name == BASE else _sound(with_scenario(chain, name)), params, seed)
    promises = _promises(played, params.confidence)
    ranked_by = params.by if any(one.cost.any() for one in played.values()) else "kept"
    ranks = _ranks(played, ranked_by, params.confidence)
    base = played[BASE].kept_shares()
    gains = [gain for name in names if (gain := _gain(played[name].kept_shares(), base)) is not None]
    summary: dict[str, Any] = {
        "scenarios": len(names), "replications": params.replications, "ranked_by": ranked_by,
        "best": ranks["scenario"][0], "may_be_best": ", ".join(ranks.filter("may_be_best")["scenario"]),
        "confidence": params.confidence, "pairing_gain": float(np.median(gains)) if gains else None,
    }
    return Result("simulate.scenarios", summary, {
        "scenario_promises": shaped(RESULTS["scenario_promises"], promises),
        "scenario_ranks": shaped(RESULTS["scenario_ranks"], ranks)})


def _sound(chain: Chain) -> Chain:
    faults = chain.check()
    if faults:
        raise FaultsFound(faults, chain.language)
    return chain


def _played(chain: Chain, params: Params, seed: int) -> _Played:
    kinds = kinds_of(chain, params.kind)
    promises = promised(chain, kinds).with_columns(objective=objective(params.machines_share))
    if promises.is_empty():
        raise Unsupported(f"The chain {chain.name} promises no window on cases of kind {', '.join(kinds)}: there is "
                          "nothing to compare. Write one in promises, or change the parameter kind.")
    start = datetime.combine(next_month(chain), time())
    hours = (params.years + 1) * HOURS_PER_YEAR  # a year more: what is late is still worked on
    parts = parts_of(chain, levels_of(chain, params.levels), start, hours, params.kind, params.dispatch)
    replayed = Replay.of(chain, parts, promises, params.years, "line", seed)
    tallies = list(replayed.runs(range(params.replications), cores()))
    cases, kept = (np.array([getattr(tally.judged, name).sum(axis=1) for tally in tallies], dtype=np.float64)
                   for name in ("cases", "kept"))
    wages = dict(chain.table("crews").select("crew", "cost").iter_rows()) if "crews" in chain.tables else {}
    cost = np.array([_penalties(tally, promises) + _wages(tally, wages) for tally in tallies])
    late = (cases - kept) @ promises["late_cost"].fill_null(0.0).to_numpy()
    return _Played(promises, cases, kept, (cost + late) / params.years)


def _penalties(tally: Tally, promises: pl.DataFrame) -> float:
    """Return what the periods missed cost."""
    cases, kept = tally.judged.cases, tally.judged.kept
    target = promises["objective"].fill_null(0.0).to_numpy()[:, None]
    missed = ((kept < (target - _EXACT) * cases) & (cases > 0)).sum(axis=1)
    return float(missed @ promises["penalty"].to_numpy())


def _wages(tally: Tally, wages: Mapping[str, float]) -> float:
    """Return what the hours of all crews cost: those of their shifts."""
    return math.fsum(there * wages.get(crew, 0.0) for crew, (_, there) in tally.crews.items())


def _promises(played: Mapping[str, _Played], confidence: float) -> pl.DataFrame:
    """Return each promise in each scenario, with its difference to the base."""
    rows, base = [], played[BASE]
    known = set(base.promises["promise"])
    for name, one in played.items():
        for at, promise in enumerate(one.promises["promise"]):
            share = share_interval(one.kept[:, at], one.cases[:, at], confidence)
            row = {"scenario": name, "promise": promise, "target_share": one.promises["target_share"][at],
                   "share": share.value, "low_share": share.low, "high_share": share.high,
                   "cases": int(one.cases[:, at].sum())}
            if name != BASE and promise in known:
                after, before = one.shares(promise), base.shares(promise)
                both = ~np.isnan(after + before)
                if both.sum() >= 2:
                    found = paired_difference(after[both], before[both], confidence)
                    row |= {"difference": found.value, "difference_low": found.low, "difference_high": found.high}
            rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.col("share").fill_nan(None))


def _gain(one: Floats, other: Floats) -> float | None:
    """Return how many times more replications the difference would need if both had luck of their own."""
    paired = float(np.var(one - other))
    return float(np.var(one) + np.var(other)) / paired if paired > 0.0 else None


def _ranks(played: Mapping[str, _Played], by: str, confidence: float) -> pl.DataFrame:
    """Return the scenarios from the best to the worst, with those that may be the best."""
    names, base = list(played), played[BASE]
    worth = np.array([-one.cost if by == "cost" else one.kept_shares() for one in played.values()])
    _, alike = best_of(worth, confidence)
    rows = []
    for at, (name, one) in enumerate(played.items()):
        cost, saved = mean_interval(one.cost, confidence), paired_difference(one.cost, base.cost, confidence)
        kept = mean_interval(one.kept_shares(), confidence)
        more = paired_difference(one.kept_shares(), base.kept_shares(), confidence)
        if name == BASE:
            saved = more = Estimate(math.nan, math.nan, math.nan)
        rows.append({
            "scenario": name, "worth": float(worth[at].mean()), "may_be_best": at in alike, "cost": cost.value,
            "cost_low": cost.low, "cost_high": cost.high, "cost_difference": saved.value,
            "cost_difference_low": saved.low, "cost_difference_high": saved.high, "kept_share": kept.value,
            "kept_difference": more.value, "kept_difference_low": more.low, "kept_difference_high": more.high})
    ordered = pl.DataFrame(rows).fill_nan(None).sort("worth", descending=True, maintain_order=True)
    return ordered.with_columns(rank=pl.int_range(1, len(names) + 1))
