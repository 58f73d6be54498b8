"""What do the promises of offers ask, hour by hour and in money?"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported
from arbitre.core.units import PERIODS_PER_YEAR
from arbitre.maths.evidence.missed_periods import chance_of_missing
from arbitre.optimise._pool import Floats, Integers

_TOLD = 5


def promised(promises: pl.DataFrame, segments: list[str], offers: list[str], criticalities: list[str | None]
              ) -> tuple[Floats, Floats]:
    """Return the tightest window (h) and the highest target promised to each, (S, O, C)."""
    without = pl.col("target_share").is_null() | (pl.col("target_share") >= 1.0)
    open_ended = promises.filter(without)["promise"].to_list()
    if open_ended:
        raise Unsupported(f"Promises {listed(open_ended)} have no target_share below 1, which no stock can be sized "
                          "for. Give them one.")
    window = np.full((len(segments), len(offers), len(criticalities)), np.inf)
    target = np.zeros(window.shape)
    for promise in promises.iter_rows(named=True):
        to = _covered(promise, segments, offers, criticalities)
        window[to] = np.minimum(window[to], promise["window"])
        target[to] = np.maximum(target[to], promise["target_share"])
    return window, target


def _covered(promise: dict[str, Any], segments: list[str], offers: list[str], criticalities: list[str | None]) -> Any:
    """Return what a promise covers, as an index of (S, O, C)."""
    return np.ix_(*([k for k, name in enumerate(names) if promise[column] in (None, name)] for column, names in (
        ("segment", segments), ("offer", offers), ("criticality", criticalities))))


def hours_up(hours: Floats, lines: Floats, window: Floats) -> Floats:
    """Return the hours a year that machines are up at the least, (S, O): a case stops one for no more than its window.

    hours (S,), lines (S, C) a year, window (S, O, C); where nothing is promised no hour is sure. What a late case costs
    beyond its window is its late_cost.
    """
    asked = np.broadcast_to(lines[:, None, :], window.shape)
    down = np.multiply(asked, window, out=np.zeros(window.shape), where=asked > 0).sum(axis=2)
    return np.maximum(hours[:, None] - down, 0.0)


def costly_offers(promises: pl.DataFrame, offers: list[str]) -> list[bool]:
    """Say of each offer whether missing a promise of it costs money."""
    costly = promises.filter((pl.col("penalty") > 0) | (pl.col("late_cost").fill_null(0.0) > 0))["offer"].to_list()
    return [offer in costly or None in costly for offer in offers]


def penalties_of(promises: pl.DataFrame, segments: list[str], offers: list[str], criticalities: list[str | None],
               choice_offer: Integers, accept: Floats, planned: Floats, lines: Floats) -> Floats:
    """Return what missing promises costs each segment's choice a year (S, P), segment by segment.

    A period is missed by the binomial of its lines, kept with the planned share; each late line costs late_cost.
    """
    total = np.where(np.isnan(accept), np.nan, 0.0)
    for promise in promises.iter_rows(named=True):
        if not promise["late_cost"] and not promise["penalty"]:
            continue
        whom, what, which = (set(index.ravel()) for index in _covered(promise, segments, offers, criticalities))
        columns = sorted(which)
        for segment, choice in zip(*np.nonzero(accept > 0), strict=True):
            asked = lines[segment][:, columns].sum()
            if segment not in whom or choice_offer[choice] not in what or asked <= 0:
                continue
            cases, kept = accept[segment, choice] * asked, float(planned[segment, choice][columns].min())
            total[segment, choice] += penalty_of(promise, cases, kept)
    return total


def penalty_of(promise: dict[str, Any], cases: float, kept: float) -> float:
    """Return what missing a promise costs a year, so many cases kept with this share."""
    periods = PERIODS_PER_YEAR[promise["period"]]
    missed = chance_of_missing(cases / periods, kept, promise["target_share"])
    return periods * promise["penalty"] * missed + cases * (1 - kept) * (promise["late_cost"] or 0.0)


def listed(names: list[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return ", ".join(names[:_TOLD]) + more
