"""From promises to targets: which share of which classes must be kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.optimise._pool import Floats, Targets
from arbitre.optimise._stock_model import SCOPE, covered
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
    empty is every one.
    """

    rows: pl.DataFrame
    targets: Targets


def window_promises(promises: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the promises that stock can keep: a window on cases of that kind, without a step of their own."""
    return promises.filter(
        (pl.col("measure") == "window") & (pl.col("kind") == kind) & pl.col("window").is_not_null()
        & pl.col("step").is_null()
    ).sort("promise")


def named_targets(promises: pl.DataFrame, classes: pl.DataFrame, volume: Floats, kept_today: Floats | None,
                  floors: Floors, by: str) -> NamedTargets:
    """Return what must be kept.

    `by` = "segment" holds each promise for every segment separately, "promise" on the whole. An empty target means no
    worse than today. `volume` and `kept_today` are per class. Raises Unsupported when a promise says "as today" and
    today is unknown.
    """
    rows: list[dict[str, object]] = []
    weights: list[np.ndarray] = []

    def hold(promise: str, share: float | None, group: pl.DataFrame) -> None:
        weight = np.zeros(classes.height)
        weight[group["class"].to_numpy()] = 1.0
        if share is None:
            share = _as_today(promise, weight, volume, kept_today)
        scope = {column: group[column][0] if group[column].n_unique() == 1 else None for column in SCOPED}
        rows.append({"promise": promise, **scope, "target_share": share})
        weights.append(weight)

    under = classes.filter((pl.col("demand") > 0) & pl.col("window").is_not_null())
    for promise in promises.iter_rows(named=True):
        scope = under.filter(covered(promise) & (pl.col("window") == promise["window"]))
        for group in _groups(scope, ["segment"] if by == "segment" else []):
            hold(promise["promise"], promise["target_share"], group)
    if floors.of_demand is not None:
        for group in _groups(under, [*SCOPE, "window"]):
            hold(FLOOR, floors.of_demand, group)
    if floors.of_items is not None:
        for group in _groups(under.filter(pl.col("item_class").is_not_null()), ["item_class"]):
            hold(FLOOR, floors.of_items, group)
    numbers = {"window": pl.Float64, "target_share": pl.Float64}
    schema = {"promise": pl.String, **dict.fromkeys(SCOPED, pl.String), **numbers}
    shares = np.array([row["target_share"] for row in rows], dtype=float)
    return NamedTargets(pl.DataFrame(rows, schema=schema),
                        Targets(np.array(weights).reshape(len(rows), classes.height), shares))


def _groups(under: pl.DataFrame, by: list[str]) -> list[pl.DataFrame]:
    if under.is_empty():
        return []
    return under.partition_by(by, maintain_order=True) if by else [under]


def _as_today(promise: object, weight: np.ndarray, volume: Floats, kept_today: Floats | None) -> float:
    if kept_today is None:
        raise Unsupported(f"Promise {promise} has no target_share, which means no worse than today, but the chain has "
                          "no stocks table to say what today is. Give it a target_share or add stocks.")
    return float(weight @ kept_today / (weight @ volume))
