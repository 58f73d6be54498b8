"""Does where a case goes next depend on where it came from?

A twin's case remembers nothing but the step it is in. Where that is not enough, as with a step that is gone through
twice and left for the end only the second time, the step is told apart by the one before it: "test after repair" and
"test after cleaning" are two steps, with their own ways and times and the same crew. That is a Markov chain of order
two where it is needed and of order one elsewhere, decided step by step by the chi-square test of order one (P.
Billingsley, Statistical methods in Markov chains, Annals of Mathematical Statistics 32 (1961) 12-40), at SURE shared by
all steps, and only where it matters: Cramér's V, the strength of the dependence from 0 to 1, is at least STRONG.
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from arbitre.maths.work.weekly_rates import chance_of_more

SURE = 0.001
STRONG = 0.1
_LEAST_VISITS = 30
"""Visits from a step below which they are not told apart."""


def remembered(visits: pl.DataFrame) -> pl.DataFrame:
    """Return visits (case, at, step) with steps told apart by the one before where that says where cases go next."""
    own = visits.sort("case", "at").with_columns(
        before=pl.col("step").shift(1).over("case"), after=pl.col("step").shift(-1).over("case"))
    own = own.with_columns(often=pl.when(pl.len().over("step", "before") >= _LEAST_VISITS).then("before"))
    told = own.filter(pl.col("often").is_not_null(), pl.col("after").is_not_null())
    steps = told["step"].unique().sort()
    apart = [step for step in steps if _depends(told.filter(step=step), SURE / len(steps))]
    is_apart = pl.col("step").is_in(apart) & pl.col("often").is_not_null()
    named = pl.when(is_apart).then(pl.format("{} after {}", "step", "often")).otherwise("step")
    return own.with_columns(step=named).drop("before", "after", "often")


def _depends(visits: pl.DataFrame, sure: float) -> bool:
    """Tell whether the next step of these visits depends on the one before, for sure and strongly."""
    rows, row = np.unique(visits["often"].to_numpy(), return_inverse=True)
    columns, column = np.unique(visits["after"].to_numpy(), return_inverse=True)
    freedom = (len(rows) - 1) * (len(columns) - 1)
    if freedom == 0:
        return False
    count = np.zeros((len(rows), len(columns)))
    np.add.at(count, (row, column), 1.0)
    expected = count.sum(axis=1, keepdims=True) * count.sum(axis=0) / count.sum()
    square = float(((count - expected) ** 2 / expected).sum())
    strength = math.sqrt(square / count.sum() / (min(count.shape) - 1))
    return chance_of_more(square, freedom) < sure and strength >= STRONG
