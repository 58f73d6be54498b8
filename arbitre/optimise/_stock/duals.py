"""Which levels do penalties or a budget call for, where targets are not what decides?

Targets, penalties and a budget are duals of one problem (`_budgets`). What a late case costs weighs each promise; a
promise without such a cost, and a floor, then count for nothing, and no share is held: what is kept of each is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from arbitre.core.errors import Unreachable, Unsupported, UsageError
from arbitre.core.units import DAYS_PER_YEAR
from arbitre.optimise._budgets import Unaffordable, best_at, within_budget
from arbitre.optimise._duality import Plan
from arbitre.optimise._pool import Floats, Pools
from arbitre.optimise._stock.curve import Stand
from arbitre.optimise._stock.targets import NamedTargets
from arbitre.tables.results.columns import FLOOR

Decide = Literal["targets", "penalties", "budget"]


@dataclass(frozen=True)
class Called:
    """The plan that penalties or a budget call for.

    weight (targets,), what one late case of each costs, or 1 for all where nothing is known; is_money, whether it is a
    cost; budget, the most capital, and most, proven: the most that it can keep, in weighted volume a day; both None for
    penalties.
    """

    plan: Plan
    weight: Floats
    is_money: bool
    budget: float | None = None
    most: float | None = None

    def told(self, named: NamedTargets, volume: Floats, before: Stand | None) -> dict[str, Any]:
        """Return what the summary says of it; `volume` (classes,) is what is asked a day."""
        asked = named.targets.weight @ volume
        whole, kept = float(self.weight @ asked), float(self.weight @ named.targets.weight @ self.plan.kept)
        told: dict[str, Any] = {"weighed_by": "late_cost" if self.is_money else "equal"}
        names = named.rows["promise"].to_list()
        uncounted = {name for name, weight in zip(names, self.weight, strict=True) if weight == 0 and name != FLOOR}
        if uncounted:
            told["not_weighed"] = ", ".join(sorted(uncounted))
        if FLOOR in names:
            told["floors"] = "not held"
        if self.budget is not None:
            told["budget"] = self.budget
        if self.most is not None and whole > 0:
            told |= {"kept_share": kept / whole, "kept_share_most": self.most / whole,
                     "kept_gap": (self.most - kept) / kept if kept > 0 else 0.0}
        if self.most is None:
            told["late_cost"] = (whole - kept) * DAYS_PER_YEAR
            if before:
                late = (whole - float(self.weight @ named.targets.weight @ before.kept)) * DAYS_PER_YEAR
                told |= {"late_cost_before": late, "cost_before": before.cost + late}
        return told


def refuse_misfits(
    decide: Decide, budget: float | None, change_cost: float, weight: str, sharing: str
) -> None:
    """Raise UsageError when what decides does not go together with the other params."""
    if sharing == "critical_levels" and decide != "targets":
        raise UsageError(f"Critical levels are decided for targets, and decide = {decide}. Leave one of the two out.")
    if sharing in ("critical_levels", "dedicated") and change_cost > 0:
        raise UsageError(f"With sharing = {sharing} no level is comparable to today's: leave change_cost out.")
    if decide == "budget" and budget is None:
        raise UsageError("decide = budget needs the money: add a budget, the most capital on the shelf, as in "
                         "--budget 500000.")
    if decide != "budget" and budget is not None:
        raise UsageError(f"A budget of {budget:,.0f} is given, but decide = {decide} does not look at it. Add --decide "
                         "budget, or leave the budget out.")
    if decide == "budget" and change_cost > 0:
        raise UsageError("A budget is capital on the shelf and change_cost is no capital: leave change_cost out with "
                         "decide = budget.")
    if decide == "penalties" and weight == "value":
        raise UsageError("late_cost is what one late case costs, and weight = value counts money: add --weight line, "
                         "or --weight unit where each late unit costs it.")


def by_penalties(pools: Pools, named: NamedTargets, promises: pl.DataFrame) -> Called:
    """Return the plan of least cost when every late case is paid for; raises Unsupported where no promise has a cost.

    `promises` are those that stock can keep. The late_cost of a promise is paid for each late one of what shares count
    (line or unit); a case that is late under two promises pays both.
    """
    weight = _late_costs(named, promises)
    if not weight.any():
        raise Unsupported("Penalties need a cost: no promise that stock can keep has a late_cost. Fill it in promises "
                          f"for at least one of {', '.join(promises['promise']) or 'them'}.")
    return Called(best_at(pools, named.targets, weight * DAYS_PER_YEAR), weight, is_money=True)


def by_budget(pools: Pools, named: NamedTargets, promises: pl.DataFrame, budget: float, holding_share: float) -> Called:
    """Return the plan that keeps most with at most `budget` of capital on the shelf.

    Each promise weighs what one late case of it costs; all weigh the same where no promise says so. Raises Unreachable
    when even the smallest lots tie up more.
    """
    weight = _late_costs(named, promises)
    is_money = bool(weight.any())
    if not is_money:
        weight = (named.rows["promise"].is_in(promises["promise"].to_list())).to_numpy().astype(float)
    if not weight.any():  # no window is promised: then mean waits count
        weight = (named.lines > 0).astype(float)
    try:
        found = within_budget(pools, named.targets, weight, budget * holding_share)
    except Unaffordable as impossible:
        raise Unreachable(f"A budget of {budget:,.0f} is less than {impossible.least / holding_share:,.0f}, what the "
                          "smallest lots tie up by themselves. Raise the budget, or lower the lot of items."
                          ) from impossible
    return Called(found.plan, weight, is_money, budget, found.most)


def _late_costs(named: NamedTargets, promises: pl.DataFrame) -> Floats:
    """Return what one late case of each target costs (targets,): nothing for floors and where no cost is given."""
    rows = named.rows.select("promise").join(promises.select("promise", "late_cost"), on="promise", how="left",
                                             maintain_order="left")
    return np.asarray(rows["late_cost"].fill_null(0.0).to_numpy(), dtype=float)
