"""What would the same forecast have said at moments of the past, was it calibrated, and what does that correct?

Each moment is forecast with what was known then. The logarithm of exits seen over exits expected is a draw around a
bias that lasts, with the chance of counts and a departure of its own period; bias and departures come from normal laws
of standard deviation `USUAL` before anything is seen. Moments whose horizons overlap count for as many as fit side by
side. The forecast of today is multiplied by the bias that is left likely; its interval holds both uncertainties.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.forecast._transitions.attributes import Attribute
from arbitre.forecast._transitions.model import PERIODS, Model, Rows, learnt, moment, rows_of
from arbitre.forecast._transitions.stays import Stays
from arbitre.maths.evidence.shares import wilson

Floats = NDArray[np.float64]

USUAL = 0.3
"""How far rates of one time depart from those of another before any is seen: by a third."""
_MOST_ORIGINS = 6
_LEAST_EXITS = 10
_LEAST_LEARNT = 4
"""Periods, and exits, that a moment must have behind it."""
_TENTHS = 10


class Replay(NamedTuple):
    """Forecasts of the past: the table, the chances given (by exit) and what came, and what corrects today's.

    bias, spread (exits,): mean and standard deviation of the logarithm of what multiplies the rates of an exit.
    """

    table: pl.DataFrame
    calibration: pl.DataFrame
    bias: Floats
    spread: Floats


def replayed(stays: Stays, period: str, attributes: list[Attribute], periods: int, confidence: float) -> Replay:
    """Return what the forecast of so many periods would have said, where history is long enough."""
    length, exits = PERIODS[period], len(stays.exits)
    first = _first_origin(stays, length)
    room = int((stays.at - first) / length) if np.isfinite(first) else 0
    ahead = min(periods, int(room / 1.5))
    if ahead < 1:
        return Replay(_table([], stays), _calibration([], [], stays, confidence), np.zeros(exits),
                      np.full(exits, USUAL * np.sqrt(2.0)))
    back = np.unique(np.linspace(ahead, room, min(_MOST_ORIGINS, room - ahead + 1)).astype(np.int64))
    origins = stays.at - back[::-1] * length
    found, given, came = [], [], []
    for origin in origins:
        row = _one(stays, float(origin), period, attributes, ahead)
        found.append(row)
        given.append(row["given"])
        came.append(row["came"])
    table = _table(found, stays)
    bias, spread = _correction(np.array([row["expected"] for row in found]), np.array([row["seen"] for row in found]),
                               min(len(origins), room / ahead))
    return Replay(table, _calibration(given, came, stays, confidence), bias, spread)


def _first_origin(stays: Stays, length: float) -> float:
    """Return the first moment with enough behind it, inf without one."""
    ends = np.sort(stays.left[stays.leaves & (stays.left >= stays.since)])
    if len(ends) < _LEAST_EXITS:
        return np.inf
    begins = max(float(stays.came.min(initial=np.inf)), stays.since)
    return max(begins + _LEAST_LEARNT * length, float(ends[_LEAST_EXITS - 1]))


def _one(stays: Stays, origin: float, period: str, attributes: list[Attribute], ahead: int) -> dict:
    """Return what the forecast of a moment would have said, and what came."""
    known = stays.seen_by(origin)
    rows: Rows = rows_of(known, PERIODS[period])
    model = learnt(known, rows, period, attributes)
    chances = open_chances(model, ahead, model.effects, np.zeros(len(stays.exits)))[:, :, -1]
    stands = known.case[known.lasting]
    left = stays.leaves & (stays.left > origin) & (stays.left <= origin + ahead * PERIODS[period])
    exit_of = np.full(stays.cases.height, -1, np.int64)
    exit_of[stays.case[left]] = stays.to[left] - len(stays.steps)
    came = exit_of[stands][:, None] == np.arange(len(stays.exits))
    past = np.bincount(known.to[known.leaves] - len(stays.steps), minlength=len(stays.exits))
    return {"at": origin, "horizon": ahead * PERIODS[period] / 86_400.0, "open": len(stands),
            "expected": chances.sum(axis=0), "naive": len(stands) * past / max(past.sum(), 1), "seen": came.sum(axis=0),
            "given": chances, "came": came}


def open_chances(model: Model, ahead: int, effects: dict[int, Floats], bias: Floats) -> Floats:
    """Return (open cases, exits, periods) the chances of the cases that are open."""
    stays = model.stays
    lasting = stays.lasting
    age = np.floor((stays.at - stays.came[lasting]) / PERIODS[model.period]).astype(np.int64)
    codes = model.attribute_codes(stays.case[lasting], np.full(int(lasting.sum()), stays.at))
    return model.chances(stays.step[lasting], age, np.zeros(len(age), np.int64), codes, ahead, effects,
                         scale_of(stays, bias))


def scale_of(stays: Stays, bias: Floats) -> Floats:
    """Return what multiplies the rate of each target: that of an exit by its bias."""
    return np.exp(np.concatenate((np.zeros(len(stays.steps)), bias)))


def _correction(expected: Floats, seen: Floats, moments: float) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of the logarithm of seen over expected in the time to come.

    Args: expected, seen (origins, exits); moments, how many of them stand side by side.
    """
    log = np.log((seen + 0.5) / (expected + 0.5))
    by_chance = 1.0 / (np.minimum(seen, expected) + 0.5)
    share = 1.0 / by_chance
    mean = (log * share).sum(axis=0) / share.sum(axis=0)
    sampled = 1.0 / (share.sum(axis=0) * moments / len(log))
    excess = np.maximum(((log - mean) ** 2 - by_chance).mean(axis=0), 0.0) * moments
    departure = (USUAL**2 + excess) / moments if moments > 1.0 else np.full(len(mean), USUAL**2)
    told = departure / moments + sampled
    weight = USUAL**2 / (USUAL**2 + told)
    return weight * mean, np.sqrt(weight * told + departure)


def _table(found: list[dict], stays: Stays) -> pl.DataFrame:
    return pl.DataFrame(
        [{"at": moment(row["at"]), "exit": name, "horizon": row["horizon"], "open": row["open"],
          "expected": row["expected"][e], "naive": row["naive"][e], "seen": int(row["seen"][e])}
         for row in found for e, name in enumerate(stays.exits)],
        schema={"at": pl.Datetime("us"), "exit": pl.String, "horizon": pl.Float64, "open": pl.Int64,
                "expected": pl.Float64, "naive": pl.Float64, "seen": pl.Int64})


def _calibration(given: list[Floats], came: list[NDArray[np.bool_]], stays: Stays, confidence: float) -> pl.DataFrame:
    """Return how many left of the cases in each tenth of the chances given."""
    found = []
    for e, name in enumerate(stays.exits):
        chance = np.concatenate([part[:, e] for part in given]) if given else np.zeros(0)
        left = np.concatenate([part[:, e] for part in came]) if came else np.zeros(0, np.bool_)
        order = np.argsort(chance, kind="stable")
        for band, part in enumerate(np.array_split(order, min(_TENTHS, len(order))) if len(order) else []):
            low, high = wilson(left[part].sum(), len(part), confidence)
            found.append({"exit": name, "band": band + 1, "cases": len(part), "chance_share": chance[part].mean(),
                          "seen_share": left[part].mean(), "low": float(low), "high": float(high)})
    numbers = dict.fromkeys(("chance_share", "seen_share", "low", "high"), pl.Float64)
    return pl.DataFrame(found, schema={"exit": pl.String, "band": pl.Int64, "cases": pl.Int64, **numbers})
