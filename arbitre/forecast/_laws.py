"""The law of the demand over the lead time, by every method, from every moment of the past that is replayed.

Moments are *origins*: periods of history seen. Each item is replayed from up to ORIGINS of them, evenly spaced over the
second half of its history, late ones leaving a whole lead time to see what came. The last column is now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from arbitre.core.streams import stream
from arbitre.forecast._history import Floats, Integers
from arbitre.forecast._installed import installed_laws
from arbitre.maths.stock.intermittent import MEAN, METHODS, SEASONAL, SMOOTHED, patterns
from arbitre.maths.stock.lead_time_law import (
    block_laws,
    fitted_laws,
    fitted_levels,
    smoothing_errors,
    willemain_laws,
)

ORIGINS = 12
REPLICATES = 400
ALL_METHODS = (*METHODS, "blend", "blocks", "willemain", "installed")
"""Simplest first: a tie goes to the first."""
BLENDED = ("mean", "ses", "sba", "tsb")
_ALPHAS = np.array([0.02, 0.05, 0.1, 0.2, 0.3])
_OFTEN = ("smooth", "erratic")
"""Patterns asked for in most periods."""
_LEAST_SEEN = 4
"""Periods to have seen before a forecast is judged."""
_ROWS = 20_000
"""Items worked on at a time, which bounds memory."""


@dataclass(frozen=True)
class Demand:
    """What is to be forecast: units (items, periods), the lead time of each in periods, periods in a year, and what
    machines lead to expect (items, periods), with the group whose factor on it is shared."""

    units: Floats
    horizon: Integers
    season: int
    expected: Floats | None = None
    group: Integers | None = None


@dataclass(frozen=True)
class Laws:
    """Means, variances (units, units squared) and levels by method, item and origin; NaN where a method has nothing.

    `alphas` are the smoothing parameters of each item, by method; `pattern` of each item, and `pattern_then`, before
    its first origin.
    """

    methods: tuple[str, ...]
    alphas: dict[str, Floats]
    origins: Integers
    pattern: np.ndarray
    pattern_then: np.ndarray
    mean: Floats
    variance: Floats
    level: Floats


def replay_origins(horizon: Integers, periods: int) -> Integers:
    """Return the origins of each item (items, ORIGINS + 1), -1 where there are fewer; the last column is now."""
    last = periods - horizon
    first = np.maximum(np.minimum(periods // 2, last), _LEAST_SEEN)
    spread = first[:, None] + (last - first)[:, None] * np.arange(ORIGINS) / (ORIGINS - 1)
    origins = np.rint(spread).astype(np.int64)
    again = np.diff(origins, axis=1, prepend=-1) == 0
    origins[again | (last < _LEAST_SEEN)[:, None]] = -1
    return np.column_stack([origins, np.full(len(horizon), periods)])


def lead_time_laws(demand: Demand, methods: Iterable[str], share: float, seed: int,
                   progress: Callable[[float, str], None]) -> Laws:
    """Return the laws of the methods; "mean" is always among them, and stands in where another has nothing.

    Args: share, of the demand over the lead time that the levels cover; seed, of the bootstrap.
    """
    asked = set(methods) | {"mean"}
    if demand.expected is None:
        asked -= {"installed"}
    named = tuple(name for name in ALL_METHODS if name in asked)
    items, periods = demand.units.shape
    origins = replay_origins(demand.horizon, periods)
    first = np.where(origins[:, 0] > 0, origins[:, 0], periods)
    pattern, pattern_then = patterns(demand.units), patterns_before(demand.units, first)
    alphas = fitted_alphas(demand, first, pattern_then, asked)
    mean, variance, level = (np.full((len(named), *origins.shape), np.nan) for _ in range(3))
    tables = _random_tables(demand, seed)
    for start in range(0, items, _ROWS):
        rows = slice(start, start + _ROWS)
        found = _laws_of_rows(demand, rows, origins[rows], named, {name: alphas[name][rows] for name in alphas}, share,
                              tables)
        for number, name in enumerate(named):
            if name in found:
                mean[number, rows], variance[number, rows], level[number, rows] = found[name]
        progress(min(1.0, (start + _ROWS) / items), "replaying the past")
    if "installed" in named and demand.expected is not None and demand.group is not None:
        laws = installed_laws(demand.units, demand.expected, demand.group, demand.horizon, origins, periods // 2)
        number = named.index("installed")
        mean[number], variance[number] = laws
        level[number] = fitted_levels(*laws, share)
    if "seasonal" in named:
        # Where demand is rare the places of the year differ by chance.
        rare = np.column_stack([*[~np.isin(pattern_then, _OFTEN)] * ORIGINS, ~np.isin(pattern, _OFTEN)])
        for table in (mean, variance, level):
            table[named.index("seasonal")][rare] = np.nan
    return Laws(named, alphas, origins, pattern, pattern_then, mean, variance, level)


def _random_tables(demand: Demand, seed: int) -> list[Floats]:
    """Return chances, picks and jitters (periods, replicates): all items share them, whatever the longest lead time."""
    shape = int(demand.horizon.max()), REPLICATES
    chances, picks, jitters = (stream(seed, "forecast.demand", name) for name in ("chances", "picks", "jitters"))
    return [chances.random(shape), picks.random(shape), jitters.standard_normal(shape)]


def lead_time_quantiles(demand: Demand, laws: Laws, chosen: Integers, share: float, seed: int) -> Floats:
    """Return the units that each item's demand over the lead time from now stays within with chance `share`."""
    rows = np.arange(len(chosen))
    mean, variance = laws.mean[chosen, rows, -1:], laws.variance[chosen, rows, -1:]
    quantiles = fitted_levels(mean, variance, share)[:, 0]
    for name in {"blocks", "willemain"} & set(laws.methods):
        by_name = np.nonzero(chosen == laws.methods.index(name))[0]
        given = demand.units[by_name], demand.horizon[by_name], laws.origins[by_name, -1:], share
        sampled = block_laws(*given) if name == "blocks" else willemain_laws(*given, *_random_tables(demand, seed))
        quantiles[by_name] = sampled[2][:, 0]
    return quantiles


def expected_units(demand: Demand, laws: Laws, chosen: Integers) -> Floats:
    """Return the units a period that the chosen method of each item expects; of a season, over the coming year."""
    rows = np.arange(len(chosen))
    units = laws.mean[chosen, rows, -1] / demand.horizon
    if "seasonal" in laws.methods:
        of_season = np.nonzero(chosen == laws.methods.index("seasonal"))[0]
        year = np.full(len(of_season), demand.season)
        now = np.full((len(of_season), 1), demand.units.shape[1])
        mean, _ = fitted_laws(SEASONAL, laws.alphas["seasonal"][of_season], demand.units[of_season], demand.season,
                              year, now)
        units[of_season] = mean[:, 0] / demand.season
    return units


def fitted_alphas(demand: Demand, first: Integers, pattern: np.ndarray, methods: set[str]) -> dict[str, Floats]:
    """Return the smoothing parameter of each method for each item: the best one of its pattern before the replay.

    Errors over the lead time, as a share of those of the plain mean, are averaged over the items of a pattern; periods
    after an item's first origin are not looked at; items never asked for before it take the best one of all.
    """
    plain = smoothing_errors(MEAN, demand.units, demand.season, demand.horizon, first, _ALPHAS[:1])
    alphas: dict[str, Floats] = {}
    for code in SMOOTHED:
        if METHODS[code] not in methods and not ("blend" in methods and METHODS[code] in BLENDED):
            continue
        errors = smoothing_errors(code, demand.units, demand.season, demand.horizon, first, _ALPHAS)
        relative = errors / np.where(plain > 0.0, plain, np.inf)
        chosen = np.full(len(first), _ALPHAS[relative.mean(axis=0).argmin()])
        for name in np.unique(pattern[pattern != "none"]):
            of_name = pattern == name
            chosen[of_name] = _ALPHAS[relative[of_name].mean(axis=0).argmin()]
        alphas[METHODS[code]] = chosen
    return alphas


def patterns_before(units: Floats, first: Integers) -> np.ndarray:
    """Return the pattern of each item in its first so many periods."""
    pattern = np.empty(len(first), dtype="<U12")
    for periods in np.unique(first):
        rows = first == periods
        pattern[rows] = patterns(units[rows, :periods])
    return pattern


def _laws_of_rows(demand: Demand, rows: slice, origins: Integers, methods: tuple[str, ...], alphas: dict[str, Floats],
                  share: float, tables: list[Floats]) -> dict[str, tuple[Floats, Floats, Floats]]:
    """Return mean, variance and level (items, origins) by method of some items; not of the installed base."""
    units, horizon = demand.units[rows], demand.horizon[rows]
    found: dict[str, tuple[Floats, Floats, Floats]] = {}
    unused = np.zeros(len(units))
    for code, name in enumerate(METHODS):
        if name in methods or ("blend" in methods and name in BLENDED):
            mean, variance = fitted_laws(code, alphas.get(name, unused), units, demand.season, horizon, origins)
            found[name] = mean, variance, fitted_levels(mean, variance, share)
    if "blend" in methods:
        means = np.stack([found[name][0] for name in BLENDED])
        mean = means.mean(axis=0)
        # The law of a draw from one of the four: the mean of their variances, and the variance of their means.
        variance = np.stack([found[name][1] for name in BLENDED]).mean(axis=0) + means.var(axis=0)
        found["blend"] = mean, variance, fitted_levels(mean, variance, share)
    if "blocks" in methods:
        found["blocks"] = block_laws(units, horizon, origins, share)
    if "willemain" in methods:
        found["willemain"] = willemain_laws(units, horizon, origins, share, *tables)
    return found


