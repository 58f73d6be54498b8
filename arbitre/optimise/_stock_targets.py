"""From promises to targets: which share of which classes must be kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.optimise._pool import Floats, Targets
from arbitre.optimise._stock_model import SCOPE, covered


@dataclass(frozen=True)
class NamedTargets:
    """Targets with the promises behind them: `rows` has promise, segment, offer, criticality, window, target_share."""

    rows: pl.DataFrame
    targets: Targets


def window_promises(promises: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return the promises that stock can keep: a window on cases of that kind, without a step of their own."""
    return promises.filter(
        (pl.col("measure") == "window") & (pl.col("kind") == kind) & pl.col("window").is_not_null()
        & pl.col("step").is_null()
    ).sort("promise")


def named_targets(promises: pl.DataFrame, classes: pl.DataFrame, volume: Floats, kept_today: Floats | None,
                  by: str, floor_share: float | None) -> NamedTargets:
    """Return what must be kept.

    `by` = "segment" holds each promise for every segment separately, "promise" on the whole. An empty target means no
    worse than today; `floor_share` adds, for every class under a promise, a share below which it may not fall.
    `volume` and `kept_today` are per class. Raises Unsupported when a promise says "as today" and today is unknown.
    """
    rows: list[dict[str, object]] = []
    weights: list[np.ndarray] = []
    for promise in promises.iter_rows(named=True):
        under = classes.filter(covered(promise) & (pl.col("window") == promise["window"]) & (pl.col("demand") > 0))
        for group in _groups(under, by):
            weight = np.zeros(classes.height)
            weight[group["class"].to_numpy()] = 1.0
            share = promise["target_share"]
            if share is None:
                share = _as_today(promise["promise"], weight, volume, kept_today)
            scope = {column: group[column][0] if group[column].n_unique() == 1 else None for column in SCOPE}
            rows.append({"promise": promise["promise"], **scope, "window": promise["window"], "target_share": share})
            weights.append(weight)
            if floor_share is not None:
                for row in group.iter_rows(named=True):
                    rows.append({"promise": promise["promise"], **{column: row[column] for column in SCOPE},
                                 "window": promise["window"], "target_share": floor_share})
                    weights.append(np.eye(classes.height)[row["class"]])
    schema = {"promise": pl.String, **dict.fromkeys(SCOPE, pl.String), "window": pl.Float64, "target_share": pl.Float64}
    shares = np.array([row["target_share"] for row in rows], dtype=float)
    return NamedTargets(pl.DataFrame(rows, schema=schema),
                        Targets(np.array(weights).reshape(len(rows), classes.height), shares))


def _groups(under: pl.DataFrame, by: str) -> list[pl.DataFrame]:
    if under.is_empty():
        return []
    if by == "promise":
        return [under]
    return under.partition_by("segment", maintain_order=True)


def _as_today(promise: object, weight: np.ndarray, volume: Floats, kept_today: Floats | None) -> float:
    if kept_today is None:
        raise Unsupported(f"Promise {promise} has no target_share, which means no worse than today, but the chain has "
                          "no stocks table to say what today is. Give it a target_share or add stocks.")
    return float(weight @ kept_today / (weight @ volume))
