"""What does every amount of money on the shelf keep, and where do the plan and today's stock stand?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from arbitre.optimise._budgets import curve
from arbitre.optimise._pool import Floats, Pools
from arbitre.optimise._stock.targets import NamedTargets
from arbitre.tables.results.columns import FLOOR

_SWEEPS, _SWEEPS_OF_MANY = 8, 5
"""How often all pools are asked: enough for a smooth curve, few enough beside the search for the plan."""
_MANY = 8000
_SAME = 1e-9
_SCHEMA = {"point": pl.Int64, "promise": pl.String, "cost": pl.Float64, "capital": pl.Float64,
           "kept_share": pl.Float64, "bound": pl.Float64, "is_plan": pl.Boolean, "is_today": pl.Boolean}


@dataclass(frozen=True)
class Stand:
    """Where some levels stand: cost, of holding the stock (money per year); kept (classes,), volume."""

    cost: float
    kept: Floats


def stock_curve(pools: Pools, named: NamedTargets, worth: Floats, holding_share: float, plan: Stand,
                today: Stand | None) -> pl.DataFrame:
    """Return the curve with the plan and today's stock on it, by rising cost: the whole first, then every promise.

    `worth` (targets,) is what keeping counts for in the plan, and what the whole is weighed by; all targets count the
    same where nothing weighs. `bound` is the lowest cost proven for keeping as much of the whole.
    """
    targets = named.targets
    if not len(targets.share):
        return pl.DataFrame(schema=_SCHEMA)
    ray = worth if worth.any() else np.full(len(worth), pools.typical_worth())
    found = curve(pools, targets, ray, sweeps=_SWEEPS if pools.pools < _MANY else _SWEEPS_OF_MANY)
    asked = targets.weight @ np.bincount(pools.flow_class, pools.flow_volume, minlength=pools.classes)
    stands = [(point.value, point.bound, point.gain, False, False) for point in found.points
              if abs(point.value - plan.cost) > _SAME * plan.cost]
    for stand, is_today in ((plan, False), (today, True)):
        if stand is not None:
            gain = targets.weight @ stand.kept
            stands.append((stand.cost, found.bound(gain), gain, not is_today, is_today))
    stands.sort(key=lambda stand: stand[:2])
    names = [name for name in named.rows["promise"].unique(maintain_order=True) if name != FLOOR]
    rows = [
        {"point": number, "promise": name, "cost": cost, "capital": cost / holding_share,
         "kept_share": share, "bound": bound, "is_plan": is_plan, "is_today": is_today}
        for number, (cost, bound, gain, is_plan, is_today) in enumerate(stands, 1)
        for name, share in zip([None, *names], _shares(named, names, ray, asked, gain), strict=True)
    ]
    return pl.DataFrame(rows, schema=_SCHEMA)


def _shares(named: NamedTargets, names: list[str], ray: Floats, asked: Floats, gain: Floats) -> list[float]:
    """Return the share kept of the whole, then of each promise over all it is made to, as it was promised."""
    whole = float(ray @ gain / (ray @ asked)) if ray @ asked > 0 else 1.0
    kept = np.divide(gain, asked, out=np.ones(len(asked)), where=asked > 0)
    # With next to no stock more machines would wait than there are.
    told = np.maximum(named.told(kept, asked), 0.0)
    size = np.maximum(np.where(named.machines > 0, named.machines, asked), 1e-300)
    members = [(named.rows["promise"] == name).to_numpy() for name in names]
    return [whole, *(float(np.average(told[each], weights=size[each])) for each in members)]
