"""Is the split of each trial sound, what did the change bring, and may one stop now?

A trial is judged by the way it was run, which its rows tell (`_trials_judged`): units, ratios, clusters, stretches of
time, places before and after. What was known of units before the trial is taken out of what they differ by. A split
that is further from what was drawn than one in a thousand would be is broken, and so is what it says. Who looks before
the end reads the confidence sequence, which holds at all times at once: the fixed interval is for one look at a planned
end. Roll-outs are judged at their end. Formulas: `maths.evidence.trials`, `maths.evidence.trials_in_time`.

A trial in which nobody is treated yet is split by lot, to tell how many it takes.

Reads trial_outcomes, or exposures, where a lever was tried on customers. Writes trial_effects, trial_looks. Units of
the outcome.
"""

from __future__ import annotations

from datetime import date, timedelta
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.streams import stream
from arbitre.maths.evidence.trials import Effect, at_all_times, mismatch, power, sample_size
from arbitre.measure._trials_judged import Judged, judged, method_of
from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ()
MAY_READ = ("trial_outcomes", "exposures")
WRITES = ("trial_effects", "trial_looks")

_BROKEN = 0.001
_LOOKS = 40
"""Days at most at which a trial is looked at again."""
_FIRST_LOOK = {"units": 100, "ratio": 100, "clusters": 20, "switchback": 20}
"""Pieces from which the confidence sequence holds; it is one of large numbers."""
_NARROWEST = {"units": 1000, "ratio": 1000, "clusters": 50, "switchback": 100}


class Params(BaseParams):
    """How sure one wants to be, and of what."""

    confidence: float = Field(0.95, ge=0.5, le=0.999, description="Confidence of the intervals told.",
                              json_schema_extra={"unit": "share"})
    least_share: float = Field(0.05, gt=0, le=10, description="Smallest effect worth finding, as a share of the "
                               "outcome without the change.", json_schema_extra={"unit": "share"})
    power: float = Field(0.8, ge=0.5, le=0.99, description="Chance with which a trial is to find it.",
                         json_schema_extra={"unit": "share"})
    planned: int | None = Field(None, ge=2, description="Units, clusters or stretches at which who looks all the time "
                                "is to know most, chosen before the trial; empty: 1,000 units, 50 clusters, 100 "
                                "stretches.", json_schema_extra={"unit": ""})
    skip: int = Field(0, ge=0, description="Rows at the head of each stretch of time that are left out, while what the "
                      "one before left behind goes away.", json_schema_extra={"unit": ""})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Return what each trial found. Raises Unsupported, with the reason, where one cannot be judged."""
    rows = _rows(chain)
    effects: list[dict[str, Any]] = []
    looks: list[dict[str, Any]] = []
    trials = rows.partition_by("trial", as_dict=True, maintain_order=True)
    for (name,), own in trials.items():
        progress(len(effects) / len(trials), f"trial {name}")
        row, looked = _told(str(name), own, params, seed)
        effects.append(row)
        looks += looked
    frame = shaped(RESULTS["trial_effects"], pl.DataFrame(effects, infer_schema_length=None))
    over_time = shaped(RESULTS["trial_looks"], pl.DataFrame(looks, infer_schema_length=None) if looks else
                       pl.DataFrame(schema=dict.fromkeys(RESULTS["trial_looks"].names, pl.Null)))
    summary: dict[str, Any] = {"trials": frame.height}
    for row in frame.iter_rows(named=True):
        summary |= {f"{key}.{row['trial']}": row[key] for key in ("verdict", "effect", "low", "high") if
                    row[key] is not None}
    return Result("measure.trials", summary, {"trial_effects": frame, "trial_looks": over_time})


def _rows(chain: Chain) -> pl.DataFrame:
    """Return the outcomes of all trials, a lever tried on customers among them, in order of time."""
    names = INPUTS["trial_outcomes"].names
    parts = [chain.table("trial_outcomes").select(names)] if chain.has("trial_outcomes") else []
    if chain.has("exposures"):
        parts.append(shaped(INPUTS["trial_outcomes"], chain.table("exposures").select(
            pl.col("lever").alias("trial"), pl.format("{} {}", "customer", "exposed_at").alias("unit"),
            pl.col("exposed_at").alias("seen_at"), "is_treated", "outcome")))
    if not parts or not (rows := pl.concat(parts)).height:
        raise Unsupported("Nothing was tried: add the table trial_outcomes, a row for what each unit did.")
    return rows.sort("trial", "seen_at", "unit")


def _told(name: str, rows: pl.DataFrame, params: Params, seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the row of trial_effects of a trial, and those of trial_looks."""
    begun = bool(rows["is_treated"].any())
    if not begun:
        rows = _by_lot(rows, stream(seed, "trials", name, "lot"))
    method = method_of(name, rows)

    def judge(part: pl.DataFrame) -> Judged:
        return judged(method, part, stream(seed, "trials", name), params.skip, params.confidence)

    try:
        found = judge(rows)
    except ValueError as wrong:
        raise Unsupported(f"The trial {name} cannot be judged: {wrong}.") from wrong
    always = _at_all_times(found, params)
    chance = None if found.drawn is None or not 0 < found.drawn < 1 else mismatch(
        [found.treated, found.alone], [found.drawn, 1.0 - found.drawn])
    least = params.least_share * abs(found.usual)
    row: dict[str, Any] = {"trial": name, "method": method, "treated": found.treated, "alone": found.alone,
                           "usual": found.usual, "explained_share": found.explained, "least": least,
                           "design_effect": found.design_effect, **_power(found, rows, least, params)}
    if not begun:
        return {**row, "verdict": "not_begun", "treated": 0, "alone": found.seen}, []
    row |= {"verdict": _verdict(found, always, chance, least), "split_chance": chance,
            "effect_share": found.effect.value / found.usual if found.usual else None, **_interval(found, always),
            "p": found.effect.p, "always_p": always.p if always else None}
    looks = []
    for day in _days(rows):
        try:
            seen = judge(rows.filter(pl.col("seen_at").dt.date() <= day))
        except ValueError:
            continue
        looks.append({"trial": name, "looked_on": day, "seen": seen.seen,
                      **_interval(seen, _at_all_times(seen, params))})
    return row, looks


def _by_lot(rows: pl.DataFrame, luck: np.random.Generator) -> pl.DataFrame:
    """Return rows of which half of what would be drawn is called treated."""
    whole = pl.coalesce("cluster", "unit")
    drawn = rows.select(whole.unique(maintain_order=True)).to_series()
    half = drawn.gather(luck.permutation(len(drawn))[: len(drawn) // 2])
    return rows.with_columns(is_treated=whole.is_in(half.implode()))


def _at_all_times(found: Judged, params: Params) -> Effect | None:
    """Return the effect to who looks as often as he likes; None before the first look, and for roll-outs."""
    if found.seen < _FIRST_LOOK.get(found.method, found.seen + 1):
        return None
    effect = found.effect
    if effect.error:
        # A few clusters are known by Student's law, not by the normal one.
        usual = NormalDist().inv_cdf((1.0 + params.confidence) / 2.0) * effect.error
        effect = effect._replace(error=effect.error * (effect.high - effect.value) / usual)
    return at_all_times(effect, found.seen, params.planned or _NARROWEST[found.method], params.confidence)


def _verdict(found: Judged, always: Effect | None, chance: float | None, least: float) -> str:
    """Return what to make of a trial."""
    if chance is not None and chance < _BROKEN:
        return "broken_split"
    if always is None and found.method in _FIRST_LOOK:
        return "too_early"
    sure = always or found.effect
    if sure.low > 0 or sure.high < 0:
        return "raises" if sure.low > 0 else "lowers"
    return "too_small" if -least < sure.low and sure.high < least else "go_on"


def _power(found: Judged, rows: pl.DataFrame, least: float, params: Params) -> dict[str, Any]:
    """Return how likely the least effect is found, and how many it takes."""
    error = found.effect.error
    if not least or not error:
        return {}
    told: dict[str, Any] = {"chance": power(least, error, params.confidence)}
    if found.method in _FIRST_LOOK:
        share = found.treated / found.seen
        spread = error * (found.seen * share * (1.0 - share)) ** 0.5
        told["needed"] = sample_size(least, spread, params.power, params.confidence, found.drawn or 0.5)
    if found.method in _FIRST_LOOK and found.method != "clusters":
        days = (rows["seen_at"].max() - rows["seen_at"].min()) / timedelta(days=1) + 1.0  # type: ignore[operator]
        told["days_left"] = max(told["needed"] - found.seen, 0) * days / found.seen
    return told


def _interval(found: Judged, always: Effect | None) -> dict[str, float | None]:
    """Return the effect with its intervals."""
    return {"effect": found.effect.value, "low": found.effect.low, "high": found.effect.high,
            "always_low": always.low if always else None, "always_high": always.high if always else None}


def _days(rows: pl.DataFrame) -> list[date]:
    """Return the days at which a trial is looked at, the last among them."""
    days = rows["seen_at"].dt.date().unique().sort().to_list()
    return [days[at] for at in np.unique(np.linspace(0, len(days) - 1, _LOOKS).round().astype(int))]
