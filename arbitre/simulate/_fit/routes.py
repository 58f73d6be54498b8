"""How do cases come, where do they go next, and when do they give up? Arrivals, rhythms, routes and patience.

Routes are shares of the cases that left a step, by kind of case. A case still open has not left its last step: it is
not an exit, and is left out there. Steps named as giving up (`left`) or as calling off (`cancelled`) are no steps: a
case that gave up was waiting for the step that others wait for longest, all together, from where it was, and its wait
counts as patience that ran out there; the waits of those who were served count as patience that was longer.

A class of cases (site, segment, offer) has arrivals of its own when LEAST_CASES of it came; what is rarer is counted
together, first without its site, then without its offer, then without its segment. All classes of a kind share one
rhythm, chosen by `maths.work.weekly_rates`. Cases about an item at a site come from demand, and are not counted here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from arbitre.core.week import WEEKDAYS
from arbitre.maths.work.patience import Patience, patience
from arbitre.maths.work.weekly_rates import DAY, WeeklyRate, count_interval, weekly_rate
from arbitre.simulate._fit.visits import CLASS, UNATTENDED, Facts

LEAST_CASES = 30
HOURS_PER_YEAR = 8766.0


@dataclass(frozen=True)
class Ways:
    """How cases go through steps.

    routes: kind, from_step, to_step, cases that went this way, of (all that left from_step). patience: by step.
    called_off: by kind, open cases being called off without memory.
    """

    routes: pl.DataFrame
    patience: dict[str, Patience]
    called_off: dict[str, Patience]


def ways_of(facts: Facts, left: tuple[str, ...], cancelled: tuple[str, ...], confidence: float) -> Ways:
    """Return where cases go, with the names of the steps that stand for giving up and for calling off."""
    gone = facts.visits.filter(pl.col("step").is_in([*left, *cancelled]))
    stays = facts.visits.join(gone.select("case", "at"), on=["case", "at"], how="anti", maintain_order="left")
    kinds = facts.cases.select("case", "kind", "opened", is_done=pl.col("closed").is_not_null()).join(
        gone.group_by("case").agg(gone_at=pl.col("end").min()), on="case", how="left", maintain_order="left")
    steps = stays.sort("case", "at").join(kinds, on="case", maintain_order="left").select(
        "case", "kind", "step", "gone_at", "is_done", before=pl.col("step").shift(1).over("case"),
        after=pl.col("step").shift(-1).over("case"))
    enters = steps.filter(pl.col("before").is_null()).select(
        "kind", from_step=pl.lit(None, pl.String), to_step="step")
    goes = steps.filter(pl.col("after").is_not_null() | (pl.col("is_done") & pl.col("gone_at").is_null())).select(
        "kind", from_step="step", to_step="after")
    lost = gone.filter(pl.col("step").is_in(list(left))).join(
        _last_before(stays, gone), on="case", how="left", maintain_order="left").join(
        kinds.select("case", "kind"), on="case", maintain_order="left").join(
        _awaited(stays, kinds), on=["kind", "from_step"], nulls_equal=True, maintain_order="left")
    to_waits = lost.select("kind", "from_step", to_step="awaited").filter(pl.col("to_step").is_not_null())
    counted = pl.concat([enters, goes, to_waits]).group_by("kind", "from_step", "to_step").agg(cases=pl.len())
    counted = counted.with_columns(of=pl.col("cases").sum().over("kind", "from_step")).sort(
        "kind", "from_step", "to_step", nulls_last=False)
    return Ways(counted, _patience(stays, lost, confidence) if left else {},
                _called_off(facts, gone, cancelled, confidence) if cancelled else {})


def _awaited(stays: pl.DataFrame, kinds: pl.DataFrame) -> pl.DataFrame:
    """Return the step for which cases wait longest, all together, from each step on: kind, from_step, awaited."""
    waits = stays.sort("case", "at").join(kinds.select("case", "kind"), on="case", maintain_order="left").select(
        "kind", from_step=pl.col("step").shift(1).over("case"), awaited="step", wait=pl.col("start") - pl.col("ready"))
    total = waits.group_by("kind", "from_step", "awaited").agg(pl.col("wait").sum()).filter(pl.col("wait") > 0.0)
    return total.sort("wait", "awaited", descending=[True, False]).group_by(
        "kind", "from_step", maintain_order=True).agg(pl.col("awaited").first())


def _last_before(stays: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """Return the step each case that is gone was at last: case, from_step."""
    return stays.join(gone.group_by("case").agg(until=pl.col("at").max()), on="case").filter(
        pl.col("at") < pl.col("until")).sort("case", "at").group_by("case", maintain_order=True).agg(
        from_step=pl.col("step").last())


def _patience(stays: pl.DataFrame, lost: pl.DataFrame, confidence: float) -> dict[str, Patience]:
    found = {}
    for step in lost["awaited"].drop_nulls().unique().sort():
        served = stays.filter(pl.col("step") == step, pl.col("how") != UNATTENDED)
        given_up = lost.filter(pl.col("awaited") == step)
        waits = np.concatenate([(served["start"] - served["ready"]).to_numpy(),
                                (given_up["end"] - given_up["ready"]).to_numpy()])
        has_left = np.repeat([False, True], [served.height, given_up.height])
        found[str(step)] = patience(np.maximum(waits, 0.0), has_left, confidence)
    return found


def _called_off(facts: Facts, gone: pl.DataFrame, cancelled: tuple[str, ...], confidence: float
                ) -> dict[str, Patience]:
    off = gone.filter(pl.col("step").is_in(list(cancelled))).group_by("case").agg(off_at=pl.col("end").min())
    told = facts.cases.join(off, on="case", how="left", maintain_order="left").with_columns(
        open_for=(pl.coalesce("off_at", "closed", pl.lit(facts.end)) - pl.col("opened")).clip(0.0))
    return {str(kind): patience(part["open_for"].to_numpy(), part["off_at"].is_not_null().to_numpy(), confidence)
            for (kind,), part in told.group_by("kind", maintain_order=True)}


def rates_of(facts: Facts, confidence: float) -> dict[str, WeeklyRate]:
    """Return by kind the rate at which cases without item come."""
    asked = without_item(facts.cases)
    # The last opening counts; of a log of less than a day no more is known than its day.
    end = max(float(np.nextafter(facts.end, math.inf)), facts.begin + DAY)
    return {str(kind): weekly_rate(part["opened"].to_numpy(), facts.begin, end, confidence)
            for (kind,), part in asked.sort("opened").group_by("kind", maintain_order=True)}


def without_item(cases: pl.DataFrame) -> pl.DataFrame:
    """Return the cases that do not come from demand."""
    return cases.filter(pl.col("item").is_null() | pl.col("site").is_null())


def classes_of(facts: Facts, rates: dict[str, WeeklyRate], confidence: float) -> pl.DataFrame:
    """Return the classes that the cases carry: kind, site, segment, offer, rate, low, high (1/year), cases."""
    asked = without_item(facts.cases)
    for lost in (("site",), ("offer",), ("segment",)):
        few = pl.len().over(CLASS) < LEAST_CASES
        asked = asked.with_columns(pl.when(few).then(None).otherwise(pl.col(name)).alias(name) for name in lost)
    counted = asked.group_by(CLASS).agg(cases=pl.len()).sort(CLASS, nulls_last=False)
    of_kind = dict(counted.group_by("kind").agg(pl.col("cases").sum()).iter_rows())
    rows = []
    for row in counted.iter_rows(named=True):
        rate = rates[row["kind"]]
        each = rate.rate / of_kind[row["kind"]] * HOURS_PER_YEAR
        low, high = count_interval(row["cases"], confidence, max(rate.dispersion, 1.0))
        rows.append({**row, "rate": each * row["cases"], "low": each * low, "high": each * high})
    return pl.DataFrame(rows, schema={**counted.schema, "rate": pl.Float64, "low": pl.Float64, "high": pl.Float64})


def rhythms_of(rates: dict[str, WeeklyRate]) -> pl.DataFrame:
    """Return the table rhythms; none where cases come evenly."""
    rows = []
    for kind, rate in rates.items():
        days = rate.profile.reshape(7, DAY)
        same = bool(np.ptp(days, axis=0).max() == 0.0)
        if np.ptp(days) == 0.0:
            continue
        for day in range(1 if same else 7):
            cuts = [0, *(np.nonzero(np.diff(days[day]))[0] + 1).tolist(), DAY]
            rows += [{"kind": kind, "weekday": None if same else WEEKDAYS[day], "starts": float(begins),
                      "ends": float(ends), "weight": round(float(days[day, begins]), 6)}
                     for begins, ends in pairwise(cuts)]
    return pl.DataFrame(rows, schema={"kind": pl.String, "weekday": pl.String, "starts": pl.Float64,
                                      "ends": pl.Float64, "weight": pl.Float64})


def process_tables(ways: Ways, classes: pl.DataFrame, rates: dict[str, WeeklyRate]) -> dict[str, pl.DataFrame]:
    """Return the tables routes, arrivals and rhythms."""
    off = {kind: found.mean for kind, found in ways.called_off.items() if math.isfinite(found.mean)}
    return {
        "routes": ways.routes.with_columns(share=pl.col("cases") / pl.col("of")),
        "arrivals": classes.with_columns(cancel_after=pl.col("kind").replace_strict(
            off, default=None, return_dtype=pl.Float64)),
        "rhythms": rhythms_of(rates),
    }
