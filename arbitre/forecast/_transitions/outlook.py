"""What will leave within the horizon: by case, in all and by segment, with intervals and the chance of a target?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.forecast._transitions.attributes import Attribute
from arbitre.forecast._transitions.backtest import Replay, open_chances, scale_of
from arbitre.forecast._transitions.model import DAY, FIRST_ATTRIBUTE, PERIODS, Model, moment
from arbitre.forecast._transitions.stays import OPEN

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_WORK = 4e8
"""Products of rates that the draws together may take."""
_DRAWS = (8, 64)
_TURNS = 25
"""Times chance is played in each draw of the rates."""
_OLD_SHARE = 0.99
_NEXT_TO_NONE = 0.1
"""A dead case is older at its step than this share of those that left it, and has this part of the usual chance."""
_REASONS = 3


class Outlook(NamedTuple):
    """Chances ahead: open (cases, exits, periods) and before recalibration, of new cases (cases, exits).

    value, new_value: what open and new cases are worth. count, total (plays, exits, groups): exits of open cases, and
    worth of exits of all, in each play of chance; groups are all cases and each of `segments`.
    """

    open: Floats
    raw: Floats
    new: Floats
    value: Floats
    new_value: Floats
    segments: list[str]
    count: Floats
    total: Floats
    is_worth: bool


def outlook(model: Model, replay: Replay, ahead: int, worth: Attribute | None, chance: np.random.Generator) -> Outlook:
    """Return what lies ahead of the cases that are open, and of those to come."""
    stays = model.stays
    case = stays.case[stays.lasting]
    fresh, start, codes = _to_come(model, ahead)
    scale = scale_of(stays, replay.bias)
    raw = open_chances(model, ahead, model.effects, np.zeros(len(stays.exits)))
    likely = open_chances(model, ahead, model.effects, replay.bias)
    new = _of_new(model, start, codes, ahead, model.effects, scale)
    value, new_value = (np.ones(len(who)) if worth is None else worth.numbers(who, np.full(len(who), stays.at))
                        for who in (case, fresh))
    segment = stays.cases["segment"]
    segments = segment.drop_nulls().unique().sort().to_list()
    groups = [np.ones(stays.cases.height, np.bool_), *((segment == name).fill_null(value=False).to_numpy()
                                                      for name in segments)]
    member = np.stack(groups, axis=1).astype(np.float64)
    cost = (len(case) + len(fresh)) * ahead * (1 + (len(stays.steps) - 1) * ahead / 2) * len(model.pairs)
    draws = int(np.clip(_WORK / max(cost, 1), *_DRAWS))
    counts, totals = [], []
    exits = int(stays.leaves.sum())
    for effects in model.draws(draws, chance):
        # Where all left alike, another way out may only be unseen: Jeffreys' law of its share.
        alike = 1.0 - chance.beta(0.5, exits + 0.5) if len(stays.exits) == 1 else 1.0
        bias = replay.bias + replay.spread * chance.standard_normal(len(stays.exits))
        drawn = alike * open_chances(model, ahead, effects, bias)[:, :, -1]
        expected = alike * _of_new(model, start, codes, ahead, effects, scale_of(stays, bias))
        for _ in range(_TURNS):
            left = _left(drawn, chance)
            came = chance.poisson(expected)
            counts.append(left.T @ member[case])
            totals.append((left * value[:, None]).T @ member[case] + (came * new_value[:, None]).T @ member[fresh])
    return Outlook(likely, raw, new, value, new_value, segments, np.array(counts), np.array(totals), worth is not None)


def _to_come(model: Model, ahead: int) -> tuple[Integers, Integers, Integers]:
    """Return the cases of the last horizon as those of the next: who, in which period they come, their levels."""
    stays, length = model.stays, PERIODS[model.period]
    opened = stays.cases["opened"].to_numpy()
    begin = stays.at - ahead * length
    place = stays.steps.index(OPEN) if OPEN in stays.steps else 0
    first = np.flatnonzero(np.concatenate(([True], stays.case[1:] != stays.case[:-1])) & (stays.step == place))
    fresh = stays.case[first]
    fresh = fresh[(opened[fresh] > begin) & (opened[fresh] <= stays.at)]
    start = np.minimum(((opened[fresh] - begin) / length).astype(np.int64), ahead - 1)
    return fresh, start, model.attribute_codes(fresh, opened[fresh])


def _of_new(model: Model, start: Integers, codes: Integers, ahead: int, effects: dict[int, Floats], scale: Floats
            ) -> Floats:
    """Return (cases, exits) the chance of cases to come to have left by the horizon."""
    place = model.stays.steps.index(OPEN) if OPEN in model.stays.steps else 0
    nothing = np.zeros(len(start), np.int64)
    return model.chances(nothing + place, nothing, start, codes, ahead, effects, scale)[:, :, -1]


def _left(chances: Floats, chance: np.random.Generator) -> Floats:
    """Return (cases, exits) 1 where a case leaves by an exit, in one play of chance."""
    place = chance.random(len(chances))[:, None]
    upto = np.cumsum(chances, axis=1)
    return ((place < upto) & (place >= upto - chances)).astype(np.float64)


def forecasts(model: Model, seen: Outlook, target: float | None, confidence: float) -> pl.DataFrame:
    """Return the exits expected, in all and by segment, with intervals."""
    stays, tail = model.stays, (1.0 - confidence) / 2.0
    case = stays.case[stays.lasting]
    fresh = _to_come(model, seen.open.shape[2])[0]
    past = np.bincount(stays.to[stays.leaves] - len(stays.steps), minlength=len(stays.exits))
    segment = stays.cases["segment"].to_numpy()
    found = []
    for group, name in enumerate([None, *seen.segments]):
        here = np.ones(len(case), np.bool_) if name is None else segment[case] == name
        coming = np.ones(len(fresh), np.bool_) if name is None else segment[fresh] == name
        for e, way in enumerate(stays.exits):
            count, total = seen.count[:, e, group], seen.total[:, e, group]
            row = {"exit": way, "segment": name, "open": int(here.sum()), "expected": seen.open[here, e, -1].sum(),
                   "low": np.quantile(count, tail), "high": np.quantile(count, 1.0 - tail),
                   "raw": seen.raw[here, e, -1].sum(), "naive": here.sum() * past[e] / past.sum(),
                   "new": seen.new[coming, e].sum(),
                   "target_share": None if target is None else float((total >= target).mean())}
            if seen.is_worth:
                row |= {"value": float(seen.open[here, e, -1] @ seen.value[here]
                                       + seen.new[coming, e] @ seen.new_value[coming]),
                        "value_low": np.quantile(total, tail), "value_high": np.quantile(total, 1.0 - tail)}
            found.append(row)
    return pl.DataFrame(found, infer_schema_length=None, schema_overrides={"segment": pl.String})


def case_chances(model: Model, seen: Outlook) -> pl.DataFrame:
    """Return each open case with its chances, the likeliest to leave first."""
    stays = model.stays
    lasting = stays.lasting
    case, step, came = stays.case[lasting], stays.step[lasting], stays.came[lasting]
    dead, late = _dead(model, seen), _late(model, seen, case)
    parts = []
    for e, name in enumerate(stays.exits):
        parts.append(pl.DataFrame({
            "case": stays.cases["case"].gather(case), "exit": name,
            "step": pl.Series(stays.steps, dtype=pl.String).gather(step),
            "came_at": pl.Series([moment(each) for each in came], dtype=pl.Datetime("us")),
            "age": (stays.at - came) / DAY, "chance_share": np.minimum(seen.open[:, e, -1], 1.0),
            "value": pl.Series(seen.value if seen.is_worth else [None] * len(case), dtype=pl.Float64),
            "breach_share": pl.Series(late).fill_nan(None), "is_dead": dead, "reasons": _reasons(model, e, case)}))
    return pl.concat(parts).sort("chance_share", "case", descending=[True, False])


def _dead(model: Model, seen: Outlook) -> NDArray[np.bool_]:
    """Tell which open cases have no chance left: older than nearly all that passed on, and unlikely to."""
    stays = model.stays
    lasting = stays.lasting
    step, age = stays.step[lasting], stays.at - stays.came[lasting]
    chance, found = seen.open[:, :, -1].sum(axis=1), np.zeros(len(age), np.bool_)
    for place in range(len(stays.steps)):
        passed = (stays.step == place) & ~lasting
        here = step == place
        if not passed.any() or not here.any():
            continue
        oldest = np.quantile(stays.left[passed] - stays.came[passed], _OLD_SHARE)
        spent = np.minimum(stays.left, stays.at) - np.maximum(stays.came, stays.since)
        young = (stays.step == place) & (stays.came >= stays.since)
        rate = passed.sum() / max(np.minimum(spent[young], oldest).sum(), 1.0)
        usual = 1.0 - np.exp(-rate * seen.open.shape[2] * PERIODS[model.period])
        found |= here & (age > oldest) & (chance < _NEXT_TO_NONE * usual)
    return found


def _late(model: Model, seen: Outlook, case: Integers) -> Floats:
    """Return the chance of each open case to be open still at the date promised, NaN without one within the horizon."""
    promised = model.stays.cases["promised"].fill_null(np.nan).to_numpy()[case]
    ahead = (promised - model.stays.at) / PERIODS[model.period]
    periods = seen.open.shape[2]
    done = np.concatenate((np.zeros((len(case), 1)), seen.open.sum(axis=1)), axis=1)
    place = np.clip(np.nan_to_num(ahead), 0.0, periods)
    low = np.minimum(place.astype(np.int64), periods - 1)
    rows = np.arange(len(case))
    by_then = done[rows, low] + (place - low) * (done[rows, low + 1] - done[rows, low])
    return np.where(np.isnan(ahead) | (ahead > periods), np.nan, np.clip(1.0 - by_then, 0.0, 1.0))


def _reasons(model: Model, exit_place: int, case: Integers) -> list[str]:
    """Return for each case the levels that set its rate of an exit most apart."""
    law = model.laws.get(len(model.stays.steps) + exit_place)
    if law is None or not model.attributes:
        return [""] * len(case)
    codes = model.attribute_codes(case, np.full(len(case), model.stays.at))
    names, apart = [], np.empty(codes.shape)
    for number, attribute in enumerate(model.attributes):
        effect = law.of(FIRST_ATTRIBUTE + number)
        followed = np.bincount(model.cells.codes[:, FIRST_ATTRIBUTE + number], model.cells.exposure, len(effect))
        apart[:, number] = (effect - effect @ followed / followed.sum())[codes[:, number]]
        names.append(attribute)
    strongest = np.argsort(-np.abs(apart), axis=1, kind="stable")[:, :_REASONS]
    return ["; ".join(f"{names[n].name} = {names[n].levels[codes[row, n]]} (x {np.exp(apart[row, n]):.2f})"
                      for n in strongest[row] if abs(apart[row, n]) > np.log(1.05)) for row in range(len(case))]
