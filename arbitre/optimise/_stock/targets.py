"""From promises to targets: which share of which classes must be kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from arbitre.core.errors import Unreachable, Unsupported
from arbitre.core.units import DAYS_PER_YEAR, HOURS_PER_DAY
from arbitre.optimise._pool import Floats, Pools, Targets
from arbitre.optimise._stock.model import SCOPE, covered
from arbitre.tables.business_time import refuse_business_hours
from arbitre.tables.results.columns import FLOOR

SCOPED = [*SCOPE, "window", "item_class"]


@dataclass(frozen=True)
class Floors:
    """Shares below which nobody may fall: any class of demand under a promise, any class of items."""

    of_demand: float | None
    of_items: float | None


@dataclass(frozen=True)
class NamedTargets:
    """Targets with the promises behind them.

    `rows` has promise ("floor" for a floor), segment, offer, criticality, item_class, window and target_share; what is
    empty is every one. Of a promise of availability `machines` counts the machines and `in_transit` those that wait
    for a part on its way whatever is held. Of one of a mean wait target_share is the share of waiting to be avoided,
    `lines` the volume a day that its mean is taken over, and `in_transit` what of it is on its way at any time. Else
    they are 0.
    """

    rows: pl.DataFrame
    targets: Targets
    machines: Floats
    lines: Floats
    in_transit: Floats

    def told(self, share: Floats, asked: Floats) -> Floats:
        """Return shares kept (targets,) as they were promised: of availability, machines not waiting for a part."""
        down = self.in_transit + (1.0 - share) * asked
        return np.where(self.machines > 0, 1.0 - down / np.maximum(self.machines, 1.0), share)

    def waits(self, share: Floats, asked: Floats) -> Floats:
        """Return the mean waits (targets,) in hours, NaN where none is promised: what waits over its rate (Little)."""
        days = np.divide(self.in_transit + (1.0 - share) * asked, self.lines, out=np.full(len(share), np.nan),
                         where=self.lines > 0)
        return days * HOURS_PER_DAY

    def told_per_volume(self, pools: Pools) -> Floats:
        """Return by how much the share as it was promised rises with each volume more that is kept (targets,)."""
        asked = self.targets.weight @ np.bincount(pools.flow_class, pools.flow_volume, minlength=pools.classes)
        whole = np.where(self.machines > 0, self.machines, asked)
        return np.divide(1.0, whole, out=np.zeros(len(whole)), where=whole > 0)

    def worth_told(self, worth_per_point: Floats, asked: Floats) -> Floats:
        """Return what one more point as it was promised costs a year (targets,)."""
        per_asked = np.divide(self.machines, asked, out=np.ones(len(asked)), where=(self.machines > 0) & (asked > 0))
        return worth_per_point * per_asked


def window_promises(promises: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the promises that stock can keep: a window on cases of that kind, without a step of their own.

    Raises Unsupported where the window of one does not run day and night.
    """
    found = promises.filter(
        (pl.col("measure") == "window") & (pl.col("kind") == kind) & pl.col("window").is_not_null()
        & pl.col("step").is_null()
    ).sort("promise")
    refuse_business_hours(found, "Stock is decided")
    return found


def waiting_promises(promises: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the promises of a mean wait on cases of that kind, without a step of their own.

    Raises Unsupported where the hours of one do not run day and night.
    """
    found = promises.filter(pl.col("step").is_null(), measure="waiting", kind=kind).sort("promise")
    refuse_business_hours(found, "Stock is decided")
    return found


def named_targets(promises: pl.DataFrame, classes: pl.DataFrame, parks: pl.DataFrame, volume: Floats,
                  kept_today: Floats | None, floors: Floors, by: str) -> NamedTargets:
    """Return what must be kept.

    `by` = "segment" holds each promise for every segment separately, "promise" on the whole. An empty target, or an
    empty mean wait, means no worse than today. `volume` and `kept_today` are per class. Raises Unsupported when a
    promise says "as today" and today is unknown, Unreachable where transport alone takes too long.
    """
    rows: list[dict[str, object]] = []
    weights: list[np.ndarray] = []
    shares, machines, lines, in_transit = [], [], [], []

    def hold(promise: str, share: float | None, group: pl.DataFrame) -> None:
        weight = np.zeros(classes.height)
        weight[group["class"].to_numpy()] = 1.0
        if share is None:
            share = _as_today(promise, weight, volume, kept_today)
        scope = {column: group[column][0] if group[column].n_unique() == 1 else None for column in SCOPED}
        rows.append({"promise": promise, **scope, "target_share": share})
        weights.append(weight)
        shares.append(share)
        machines.append(0.0)
        lines.append(0.0)
        in_transit.append(0.0)

    under = classes.filter((pl.col("demand") > 0) & pl.col("window").is_not_null())
    waiting = classes.filter(pl.col("lines").is_not_null())
    for promise in promises.filter(measure="waiting").iter_rows(named=True):
        for group in _groups(waiting.filter(covered(promise)), ["segment"] if by == "segment" else []):
            rate, moving = (float(group[name].sum()) / DAYS_PER_YEAR for name in ("lines", "in_transit"))
            share = None if promise["window"] is None else _shortened(
                promise["promise"], promise["window"], rate, moving, float(volume[group["class"].to_numpy()].sum()))
            hold(promise["promise"], share, group)
            rows[-1]["window"], lines[-1], in_transit[-1] = promise["window"], rate, moving
    for promise in promises.filter(measure="window").iter_rows(named=True):
        scope = under.filter(covered(promise) & (pl.col("window") == promise["window"]))
        for group in _groups(scope, ["segment"] if by == "segment" else []):
            hold(promise["promise"], promise["target_share"], group)
    if floors.of_demand is not None:
        for group in _groups(under, [*SCOPE, "window"]):
            hold(FLOOR, floors.of_demand, group)
    if floors.of_items is not None:
        for group in _groups(under.filter(pl.col("item_class").is_not_null()), ["item_class"]):
            hold(FLOOR, floors.of_items, group)
    for group in _groups(parks.with_row_index("park"), ["promise", "segment"] if by == "segment" else ["promise"]):
        weight = np.isin(classes["park"].fill_null(-1).to_numpy(), group["park"].to_numpy()).astype(float)
        count, moving = float(group["machines"].sum()), float(group["in_transit"].sum())
        target = group["target_share"][0]
        segment = group["segment"][0] if group["segment"].n_unique() == 1 else None
        rows.append({"promise": group["promise"][0], "segment": segment, "target_share": target})
        weights.append(weight)
        shares.append(_avoided(group["promise"][0], target, count, moving, float(weight @ volume)))
        machines.append(count)
        lines.append(0.0)
        in_transit.append(moving)
    numbers = {"window": pl.Float64, "target_share": pl.Float64}
    schema = {"promise": pl.String, **dict.fromkeys(SCOPED, pl.String), **numbers}
    targets = Targets(np.array(weights).reshape(len(rows), classes.height), np.array(shares, dtype=float))
    return NamedTargets(pl.DataFrame(rows, schema=schema), targets, np.array(machines), np.array(lines),
                        np.array(in_transit))


def _shortened(promise: str, hours: float, rate: float, in_transit: float, waiting: float) -> float:
    """Return the share of waiting that must be avoided; raises Unreachable when transport alone takes too long."""
    allowed = rate * hours / HOURS_PER_DAY - in_transit
    if allowed <= 0.0 < waiting or allowed < 0.0:
        raise Unreachable(
            f"No stock keeps {promise}: transport alone takes {in_transit / rate * HOURS_PER_DAY:.1f} h on average, "
            f"and a mean wait of {hours:g} h is promised. Promise a longer one, or serve from nearer.")
    return max(1.0 - allowed / waiting, 0.0) if waiting > 0 else 0.0


def _avoided(promise: str, target: float, machines: float, in_transit: float, waiting: float) -> float:
    """Return the share of waiting that must be avoided; raises Unreachable when transport alone takes too long."""
    allowed = machines * (1.0 - target) - in_transit
    if allowed <= 0.0:
        raise Unreachable(
            f"No stock keeps {promise}: of {machines:g} machines {in_transit:.2f} always wait for a part on its way, "
            f"and {target:.1%} available leaves {machines * (1 - target):.2f}. Lower the target or serve from nearer.")
    return max(1.0 - allowed / waiting, 0.0) if waiting > 0 else 0.0


def _groups(under: pl.DataFrame, by: list[str]) -> list[pl.DataFrame]:
    if under.is_empty():
        return []
    return under.partition_by(by, maintain_order=True) if by else [under]


def _as_today(promise: object, weight: np.ndarray, volume: Floats, kept_today: Floats | None) -> float:
    if kept_today is None:
        raise Unsupported(f"Promise {promise} has no target_share, which means no worse than today, but the chain has "
                          "no stocks table to say what today is. Give it a target_share or add stocks.")
    return float(weight @ kept_today / (weight @ volume))
