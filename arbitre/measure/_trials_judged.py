"""Which comparison fits the way a trial was run, and what does it say?

Who was under the change when tells how a trial was run. Where each unit was with or without it all the time, units are
compared: by what they did, by a ratio where it is counted over something, by cluster where clusters were drawn. Where
units went to and fro, stretches of time are (switchback). Where some places took the change up and kept it, they are
compared with the others, before and after; few of them with a synthetic control.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.maths.evidence.trials import Effect, Floats, adjusted, cluster_difference, difference, ratio_difference
from arbitre.maths.evidence.trials_in_time import difference_in_differences, switchback, synthetic_control

FEW = 5
"""Places on either side from which before and after are compared by their means."""


@dataclass(frozen=True)
class Judged:
    """What a trial found.

    treated and alone, pieces drawn (units, clusters, stretches, places) with and without the change; usual, outcome
    without it; explained, share of the variance known before; design_effect of clusters; drawn, share of pieces that
    were to be treated, None where it is not known.
    """

    method: str
    effect: Effect
    treated: int
    alone: int
    usual: float
    explained: float | None = None
    design_effect: float | None = None
    drawn: float | None = None

    @property
    def seen(self) -> int:
        """Pieces seen."""
        return self.treated + self.alone


def method_of(name: str, rows: pl.DataFrame) -> str:
    """Return how a trial is judged. Raises Unsupported where nobody was left without the change to compare with."""
    turns = rows.sort("unit", "seen_at").group_by("unit", maintain_order=True).agg(
        turns=(pl.col("is_treated") != pl.col("is_treated").shift()).sum(), starts=pl.col("is_treated").first())
    if (turns["turns"] == 0).all():
        return "clusters" if rows["cluster"].is_not_null().any() else "ratio" if rows["over"].is_not_null().any() \
            else "units"
    if (turns["turns"] > 1).any() or (turns["starts"] & (turns["turns"] == 1)).any():
        return "switchback"
    changed = turns.filter(pl.col("turns") == 1).height
    if changed == turns.height:
        raise Unsupported(f"In trial_outcomes every unit of {name} was put under the change: nobody is left to compare "
                          "with. Bring some that never were.")
    return "before_after" if min(changed, turns.height - changed) >= FEW else "synthetic_control"


def judged(method: str, rows: pl.DataFrame, luck: np.random.Generator, skip: int, confidence: float) -> Judged:
    """Return what rows of a trial say, by this method. Raises ValueError where they are too few."""
    if method == "switchback":
        return _switched(rows, luck, skip, confidence)
    if method in ("before_after", "synthetic_control"):
        return _rolled_out(method, rows, luck, confidence)
    return _drawn(method, rows, confidence)


def _drawn(method: str, rows: pl.DataFrame, confidence: float) -> Judged:
    """Judge units that were with the change or without it all the time."""
    units = rows.group_by("unit", maintain_order=True).agg(
        pl.col("is_treated").first(), pl.col("outcome", "over").sum(), pl.col("before").drop_nulls().first(),
        pl.col("cluster", "drawn_share").first())
    on, outcome = units["is_treated"].to_numpy(), units["outcome"].to_numpy()
    is_ratio = rows["over"].is_not_null().any()
    below = units["over"].to_numpy().astype(float) if is_ratio else np.ones(len(on))
    explained = None
    if not is_ratio and units["before"].is_not_null().any():
        outcome, explained = adjusted(outcome, units["before"].fill_null(strategy="mean").to_numpy())
    by_unit = _compared(outcome, below, on, is_ratio, confidence)
    usual = float(outcome[~on].sum() / below[~on].sum())
    drawn = units["drawn_share"].mean()
    found = Judged(method, by_unit, int(on.sum()), int((~on).sum()), usual, explained,
                   drawn=None if drawn is None else float(drawn))  # type: ignore[arg-type]
    if method != "clusters":
        return found
    names = units.select(pl.coalesce("cluster", "unit"))["cluster"].to_numpy()
    treated, others = len(np.unique(names[on])), len(np.unique(names[~on]))
    if is_ratio:
        sums = units.with_columns(cluster=pl.Series(names)).group_by("cluster", "is_treated", maintain_order=True).agg(
            pl.col("outcome", "over").sum())
        together = _compared(sums["outcome"].to_numpy(), sums["over"].to_numpy(), sums["is_treated"].to_numpy(), True,
                             confidence)
    else:
        together = cluster_difference(outcome, names, on, confidence)
    price = (together.error / by_unit.error) ** 2 if by_unit.error else None
    return replace(found, effect=together, treated=treated, alone=others, design_effect=price)


def _compared(outcome: Floats, below: Floats, on: np.ndarray, is_ratio: bool, confidence: float) -> Effect:
    """Return the difference of two groups, of ratios or of means."""
    if is_ratio:
        return ratio_difference((outcome[on], below[on]), (outcome[~on], below[~on]), confidence)
    return difference(outcome[on], outcome[~on], confidence)


def _switched(rows: pl.DataFrame, luck: np.random.Generator, skip: int, confidence: float) -> Judged:
    """Judge stretches of time with and without the change."""
    told = _valued(rows).sort("unit", "seen_at").with_columns(
        run=(pl.col("is_treated") != pl.col("is_treated").shift()).fill_null(True).cum_sum().over("unit")
    ).with_columns(window=pl.coalesce("cluster", pl.format("{} {}", "unit", "run"))).sort("seen_at", "unit")
    # The last stretch may have only begun.
    told = told.filter(pl.len().over("window") > skip)
    sides = told.group_by("window").agg(pl.col("is_treated", "drawn_share").first())
    effect = switchback(told["value"].to_numpy(), told["window"].to_numpy(), told["is_treated"].to_numpy(), luck, skip,
                        confidence=confidence)
    treated, drawn = int(sides["is_treated"].sum()), sides["drawn_share"].mean()
    return Judged("switchback", effect, treated, sides.height - treated, float(
        told.filter(~pl.col("is_treated"))["value"].mean()),  # type: ignore[arg-type]
        drawn=None if drawn is None else float(drawn))  # type: ignore[arg-type]


def _rolled_out(method: str, rows: pl.DataFrame, luck: np.random.Generator, confidence: float) -> Judged:
    """Judge places that took the change up and kept it; the effect a place and period."""
    told = _valued(rows)
    starts = told.filter("is_treated").group_by("unit").agg(pl.col("seen_at").min())
    if starts["seen_at"].n_unique() != 1:
        raise ValueError("its places took the change up at different times, or none has yet; give each wave its own "
                         "name")
    panel = told.group_by("unit", "seen_at").agg(pl.col("value").mean()).sort("seen_at").pivot(
        "seen_at", index="unit", values="value").sort("unit")
    kept = [name for name in panel.columns[1:] if not panel[name].null_count()]
    moments = told.select(pl.col("seen_at").unique().sort()).select(
        "seen_at", pl.col("seen_at").cast(pl.String).alias("name"))
    first = moments.filter(pl.col("name").is_in(kept), pl.col("seen_at") < starts["seen_at"][0]).height
    values, on = panel.select(kept).to_numpy(), panel["unit"].is_in(starts["unit"].implode()).to_numpy()
    treated = int(on.sum())
    if method == "before_after":
        effect = difference_in_differences(values, on, first, confidence)
    else:
        found = synthetic_control(values, np.flatnonzero(on).tolist(), first, luck, confidence=confidence).effect
        effect = Effect(*(part / treated for part in found[:4]), p=found.p)
    usual = float(values[on][:, first:].mean()) - effect.value
    return Judged(method, effect, treated, len(on) - treated, usual)


def _valued(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with their value: the outcome, over what it is counted where that is told."""
    return rows.filter(pl.col("over").is_null() | (pl.col("over") > 0)).with_columns(
        value=pl.col("outcome") / pl.col("over").fill_null(1.0))
