"""From what was counted to shares with intervals, verdicts, and how long it took, cases still open included."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import polars as pl

from arbitre.maths.evidence.shares import score_interval, share
from arbitre.maths.evidence.survival import mean_interval, product_limit, quantiles_beyond

_QUANTILES = (0.5, 0.9)
_STEPS = 100
"""Steps of a curve that are kept: one for each hundredth of the cases."""


def judged(counted: pl.DataFrame, confidence: float, machines_share: float) -> pl.DataFrame:
    """Add to counted promises the share kept, its interval, and the verdict.

    Units of one line are late together: with n units in all and squares the sum of the squares of what each line
    counts, they tell as much as n²/squares lines that count one (Kish 1965), which is what the interval takes. A mean
    wait is judged by its own interval, against the window.
    """
    cases, squares = counted["cases"].to_numpy(), counted["squares"].to_numpy()
    kept_share = share(counted["kept"].to_numpy(), cases)
    alike = np.divide(cases**2, squares, out=np.zeros_like(cases), where=squares > 0)
    z = NormalDist().inv_cdf((1.0 + confidence) / 2.0)
    low, high = score_interval(np.minimum(np.nan_to_num(kept_share) * alike, alike), alike, z)
    with_share = counted.with_columns(
        kept_share=pl.Series(kept_share).fill_nan(None), low_share=pl.Series(low), high_share=pl.Series(high),
        last_kept_share=pl.Series(share(counted["last_kept"].fill_null(0), counted["last_judged"].fill_null(0)))
        .fill_nan(None),
        # Of a promise without a target nothing can be said, availability or window.
        objective=pl.when(pl.col("measure") == "availability", pl.col("target_share").is_not_null())
        .then(pl.lit(machines_share)).otherwise(pl.col("target_share")),
    )
    is_wait = pl.col("measure") == "waiting"
    return with_share.with_columns(
        verdict=pl.when(pl.when(is_wait).then(pl.col("high_wait") <= pl.col("window"))
                        .otherwise(pl.col("low_share") >= pl.col("objective"))).then(pl.lit("kept"))
        .when(pl.when(is_wait).then(pl.col("low_wait") > pl.col("window"))
              .otherwise(pl.col("high_share") < pl.col("objective"))).then(pl.lit("missed"))
        .otherwise(pl.lit("undecided"))
    )


def timed(followed: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return how long the cases under each promise took, by some of their columns.

    Columns: promise, those of `by`, followed_share (on time, by the product limit), lateness_50 and lateness_90 (hours
    by which half, and nine in ten, of the late cases are late), taken_50 and taken_90 (hours by which half, and nine in
    ten, of all cases are done).
    """
    keys = ["promise", *by]
    groups = followed.select(keys).unique(maintain_order=True)
    group = followed.select(keys).join(groups.with_row_index("group"), on=keys, how="left", nulls_equal=True,
                                       maintain_order="left")["group"].cast(pl.Int64).to_numpy()
    is_over, is_due = followed["done"].is_not_null().to_numpy(), followed["due"].is_not_null().to_numpy()
    late, lateness = quantiles_beyond(followed["lateness"].to_numpy()[is_due], is_over[is_due], group[is_due],
                                      groups.height, 0.0, _QUANTILES)
    _, taken = quantiles_beyond(followed["taken"].to_numpy(), is_over, group, groups.height, -np.inf, _QUANTILES)
    found = {"followed_share": 1.0 - late, "lateness_50": lateness[0], "lateness_90": lateness[1],
             "taken_50": taken[0], "taken_90": taken[1]}
    return groups.with_columns(pl.Series(name, values).fill_nan(None) for name, values in found.items())


def waited(followed: pl.DataFrame, by: Sequence[str], confidence: float) -> pl.DataFrame:
    """Return the mean wait of the cases under each promise of one, by some of their columns, with its interval.

    Columns: promise, those of `by`, mean_wait, low_wait and high_wait, in the hours of the promise's calendar, by the
    product limit: cases still open are followed as far as they are.
    """
    keys = ["promise", *by]
    rows = [
        (*key, *mean_interval(own["taken"].to_numpy(), own["done"].is_not_null().to_numpy(), confidence))
        for key, own in followed.filter(measure="waiting").group_by(keys, maintain_order=True)]
    waits = ("mean_wait", "low_wait", "high_wait")
    schema = {name: followed.schema[name] for name in keys} | dict.fromkeys(waits, pl.Float64)
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col(waits).fill_nan(None))


def curves(followed: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """Return for each promise the share of its cases not yet done after so many hours, by the product limit."""
    parts = []
    for (promise,), own in followed.group_by("promise", maintain_order=True):
        curve = product_limit(own["taken"].to_numpy(), own["done"].is_not_null().to_numpy(), confidence)
        hundredths = np.floor(curve.open_share * _STEPS)
        shown = np.ones(len(hundredths), bool)  # the last step of each hundredth
        shown[:-1] = hundredths[1:] != hundredths[:-1]
        parts.append(pl.DataFrame({
            "promise": pl.Series([promise] * int(shown.sum()), dtype=pl.String),
            "taken": curve.time[shown], "followed": curve.followed[shown], "open_share": curve.open_share[shown],
            "low_share": curve.low_share[shown], "high_share": curve.high_share[shown]}))
    return pl.concat(parts) if parts else pl.DataFrame(schema={"promise": pl.String})
