"""Where do cases wait and for what, and what would it give to take that away?

Work waits from the end of what came before it in its case to its start. Every instant of that time goes to one cause:
batching, contention, prioritisation, unavailability of the resource, or other; maths.waiting has the definitions, those
of K. Lashkevich, F. Milani, D. Chapela-Campa, I. Suvorau, M. Dumas, Why am I waiting? (CAiSE 2023). The hours in which
a resource works are discovered from when its events began and ended (maths.weekly). Needs resource for any cause but
other, and started_at for contention: work whose start nobody noted takes no time and keeps nobody waiting.

Taking a cause away, all else equal, spares each case its time on average, and lifts the efficiency
    work / (work + waiting)
to work / (work + waiting - what is taken away), cycle time efficiency as in the same paper. It is a ceiling: part of
what leaves one queue waits in the next, which only a replay tells.

Levels are integrals: the mean over a period of what is open, waiting, in work (cases.closed_at, or the last event where
no case has one; a case not closed stays open to the end), and of units on hand from movements. A count tells the level
from then on. The first and last period count as far as facts reach.

Reads events; cases and customers for the scope and for when a case was opened; movements for units on hand.
Writes waits, wait_gains, resource_use, levels. Hours run on the clock.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.side_by_side import side_by_side
from arbitre.maths.groups import HOUR, quantiles, totals
from arbitre.maths.levels import mean_levels
from arbitre.maths.work.waiting import CAUSES, calendars, enabled_at, ready_at, split
from arbitre.measure._log import EventLog, Scope, encoded
from arbitre.measure._waiting_sql import STOCK
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("events",)
MAY_READ = ("cases", "customers", "movements")
WRITES = ("waits", "wait_gains", "resource_use", "levels")

_SPREAD = (0.5, 0.9)
_WIDTHS = {"hour": HOUR, "day": 24 * HOUR, "week": 168 * HOUR}
_WHOSE = ("always", "shared", "own")
_MONDAY = -72 * HOUR
"""The Monday before 1970: where weeks are counted from."""


class Params(Scope):
    """Which cases to follow, and over which periods to take levels."""

    period: Literal["hour", "day", "week"] = Field(
        "day", description="Period over which levels are averaged.", json_schema_extra={"unit": ""})


@dataclass(frozen=True)
class Waited:
    """What each event of a log waited for, and how resources were used.

    enabled_in_case: (events,) when each was enabled, in the order of the log. In the order of its work: enabled, and
    waited (events, causes). use: (resources, 3) microseconds busy, busy while off, at work; works: (resources, 168);
    whose: (resources,).
    """

    enabled_in_case: NDArray[np.int64]
    enabled: NDArray[np.int64]
    waited: NDArray[np.int64]
    use: NDArray[np.int64]
    works: NDArray[np.bool_]
    whose: NDArray[np.int8]


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Tell what the cases of a chain waited for."""
    log = encoded(chain)
    kept = log.within(params)
    cases = int((kept & log.has_events).sum())
    if not cases:
        raise Unsupported("No case in this scope has an event. Widen kind, segment, offer, site, since or until.")
    progress(0.3, "splitting waits")
    # Others' cases keep a resource busy too, so waits are split over the whole log and told within the scope.
    found = split_waits(log)
    told = kept[log.work.case]
    progress(0.7, "adding up")
    waits, levels = side_by_side((partial(_waits, log, found, told), partial(_levels, chain, log, found, kept, params)))
    gains = _gains(log, found, told, waits, cases)
    return Result(
        "measure.waiting",
        _summary(waits, gains, levels, cases),
        {"waits": shaped(RESULTS["waits"], waits), "wait_gains": shaped(RESULTS["wait_gains"], gains),
         "resource_use": shaped(RESULTS["resource_use"], _use(log, found)),
         "levels": shaped(RESULTS["levels"], levels)},
        params=params.model_dump(mode="json"),
        seed=seed,
    )


def split_waits(log: EventLog) -> Waited:
    """Return what every event of a log waited for."""
    work = log.work
    enabled_in_case = enabled_at(log.first, log.started, log.ended, log.opened)
    enabled = enabled_in_case[work.order]
    ready = ready_at(enabled, work.batch, work.batches)
    works, whose = calendars(work.first, work.started, work.ended)
    waited, use = np.zeros((log.events, len(CAUSES)), np.int64), np.zeros((len(log.resources), 3), np.int64)
    cuts = np.searchsorted(work.first, np.linspace(0, work.first[-1], (os.cpu_count() or 1) + 1))
    cuts[0], cuts[-1] = 0, len(log.resources)
    side_by_side(partial(split, work.first, work.started, work.ended, enabled, ready, works, low, high, waited, use)
                 for low, high in pairwise(cuts))
    nobody = slice(work.first[-1], None)
    waited[nobody, -1] = work.started[nobody] - enabled[nobody]
    return Waited(enabled_in_case, enabled, waited, use, works, whose)


def _waits(log: EventLog, found: Waited, told: NDArray[np.bool_]) -> pl.DataFrame:
    """Return waiting by group."""
    work, total = log.work, log.work.started - found.enabled
    values = np.column_stack((work.ended - work.started, total, found.waited))
    segment, segments = _segments(log)
    resource = np.repeat(np.arange(len(log.resources), dtype=np.int32), np.diff(work.first))
    nobody = np.full(log.events - len(resource), -1, np.int32)
    groups = [("", np.zeros(log.events, np.int32), [None]), ("step", work.step, log.steps),
              ("resource", np.concatenate((resource, nobody)), log.resources),
              ("segment", segment[work.case], segments)]
    frames = side_by_side(partial(_group, name, np.where(told, codes, np.int32(-1)), names, values, total)
                          for name, codes, names in groups)
    return pl.concat(frames, how="diagonal").with_columns(
        mean=pl.col("waiting") / pl.col("events"), efficiency_share=_efficiency(pl.col("work"), pl.col("waiting")))


def _group(name: str, codes: NDArray[np.int32], names: list[Any], values: NDArray[np.int64],
           total: NDArray[np.int64]) -> pl.DataFrame:
    """Return the waiting of each member of one dimension, the longest first."""
    counts, hours = totals(codes, values, len(names))
    spread = quantiles(codes, total, len(names), _SPREAD)
    columns = dict(zip(("work", "waiting", *CAUSES), hours.T, strict=True))
    frame = pl.DataFrame({"events": counts, **columns, "median": spread[:, 0], "p90": spread[:, 1]})
    if name:
        frame = frame.with_columns(pl.Series(name, names, pl.String))
    by = ["waiting", *([name] if name else [])]
    return frame.filter(pl.col("events") > 0).sort(by, descending=[True, False][:len(by)])


def _efficiency(work: pl.Expr, waiting: pl.Expr) -> pl.Expr:
    """Return work over work and waiting, empty where nobody knows how long any work took."""
    return pl.when(work > 0).then(work / (work + waiting))


def _gains(log: EventLog, found: Waited, told: NDArray[np.bool_], waits: pl.DataFrame, cases: int) -> pl.DataFrame:
    """Return what each cause taken away, everywhere or at one step, would give."""
    steps = np.where(told, log.work.step, np.int32(-1))
    rows = side_by_side(partial(_of_cause, log, cause, steps, found.waited[:, place])
                        for place, cause in enumerate(CAUSES))
    work, waiting = waits["work"][0], waits["waiting"][0]
    return pl.concat(rows).filter(pl.col("events") > 0).with_columns(
        waiting_share=pl.col("waiting") / waiting,
        per_case=pl.col("waiting") / cases,
        efficiency_share=_efficiency(pl.lit(work), waiting - pl.col("waiting")).clip(0.0, 1.0),
    ).sort(pl.col("step").is_null(), "waiting", "step", "cause", descending=[True, True, False, False])


def _of_cause(log: EventLog, cause: str, steps: NDArray[np.int32], waited: NDArray[np.int64]) -> pl.DataFrame:
    """Return the events that wait for a cause, and their waiting, everywhere and by step."""
    events, hours = totals(np.where(waited > 0, steps, np.int32(-1)), waited, len(log.steps))
    return pl.DataFrame({"step": pl.Series([None, *log.steps], dtype=pl.String), "cause": cause,
                         "events": np.concatenate(([events.sum()], events)),
                         "waiting": np.concatenate(([hours.sum()], hours))})


def _segments(log: EventLog) -> tuple[NDArray[np.int32], list[str]]:
    """Return the segment of each case, -1 for none, and their names."""
    names = log.cases["segment"].drop_nulls().unique().sort()
    codes = log.cases["segment"].cast(pl.Enum(names)).to_physical().cast(pl.Int32).fill_null(-1)
    return codes.to_numpy(), names.to_list()


def _use(log: EventLog, found: Waited) -> pl.DataFrame:
    """Return how busy each resource is, over all cases."""
    busy, busy_off, duty = (found.use / HOUR).T
    frame = pl.DataFrame({
        "resource": pl.Series(log.resources, dtype=pl.String),
        "events": np.diff(log.work.first),
        "busy": busy, "on_duty": duty,
        "utilisation_share": np.divide(busy - busy_off, duty, out=np.full(len(duty), np.nan), where=duty > 0),
        "week_hours": found.works.sum(axis=1),
        "calendar": pl.Series([_WHOSE[code] for code in found.whose], dtype=pl.String),
    })
    return frame.with_columns(pl.col("utilisation_share").fill_nan(None)).sort(
        "busy", "resource", descending=[True, False])


def _levels(chain: Chain, log: EventLog, found: Waited, kept: NDArray[np.bool_], params: Params) -> pl.DataFrame:
    """Return the mean levels of each period."""
    closed = log.cases["closed_at"].to_physical()
    # Without any closing, a case is taken as open up to its last event; with them, one without is open to this day.
    until = closed.fill_null(log.ended.max()).to_numpy() if closed.count() else log.last_ended
    everyone, step = np.where(kept, 0, -1).astype(np.int32), np.where(kept[log.case], log.step, np.int32(-1))
    stock = _stock(chain, params)
    sites = stock["site"].unique().sort()
    site = stock["site"].cast(pl.Enum(sites)).to_physical().cast(pl.Int32).to_numpy()
    left = stock["next_at"].fill_null(max(log.ended.max(), stock["moved_at"].max() or 0)).to_numpy()
    one = np.ones(max(log.events, len(kept)))
    width = _WIDTHS[params.period]
    return pl.concat(side_by_side((
        partial(_level, "open", [None], log.opened, until, everyone, one, width),
        partial(_level, "waiting", log.steps, found.enabled_in_case, log.started, step, one, width),
        partial(_level, "in work", log.steps, log.started, log.ended, step, one, width),
        partial(_level, "on hand", sites.to_list(), stock["moved_at"].to_numpy(), left, site,
                stock["level"].to_numpy(), width),
    ))).sort("measure", "of", "from_at", nulls_last=False)


def _level(measure: str, names: list[Any], since: NDArray[np.int64], until: NDArray[np.int64],
           of: NDArray[np.int32], amount: NDArray[np.float64], width: int) -> pl.DataFrame:
    """Return the mean levels of one measure as rows: from its first interval to its last, for what ever has any."""
    heard = (of >= 0) & (until > since)
    if not heard.any():
        return pl.DataFrame(schema={"measure": pl.String, "of": pl.String, "from_at": pl.Datetime("us"),
                                    "mean": pl.Float64})
    start, end = int(since[heard].min()), int(until[heard].max())
    origin = _MONDAY + (start - _MONDAY) // width * width
    begins = np.arange(origin, end, width)
    means = mean_levels(since, until, of, amount, origin, width, (len(begins), len(names)))
    # The ends of the span cut their periods short.
    means *= (width / (np.minimum(begins + width, end) - np.maximum(begins, start)))[:, None]
    used = np.flatnonzero(np.bincount(of[heard], minlength=len(names)))
    return pl.DataFrame({
        "measure": pl.Series([measure], dtype=pl.String).gather(np.zeros(len(used) * len(begins), np.int64)),
        "of": pl.Series(names, dtype=pl.String).gather(np.repeat(used, len(begins))),
        "from_at": pl.Series(np.tile(begins, len(used))).cast(pl.Datetime("us")),
        "mean": means[:, used].T.ravel(),
    })


def _stock(chain: Chain, params: Params) -> pl.DataFrame:
    """Return the units on hand between movements; none where the scope is one of cases, which hold no units."""
    of_cases = params.kind or params.segment or params.offer
    frame = chain.with_(movements=chain.table("movements").clear()) if of_cases and chain.has("movements") else chain
    times = pl.col("moved_at", "next_at").cast(pl.Datetime("us")).to_physical()
    return frame.sql(STOCK, site=params.site).with_columns(times)


def _summary(waits: pl.DataFrame, gains: pl.DataFrame, levels: pl.DataFrame, cases: int) -> dict[str, Any]:
    """Return the named numbers of the answer."""
    total = waits.row(0, named=True)
    waiting = total["waiting"]
    summary = {
        "cases": cases, "events": total["events"], "waiting": waiting, "work": total["work"],
        "efficiency_share": total["efficiency_share"], "waiting_per_case": waiting / cases,
        **{f"{cause}_share": total[cause] / waiting if waiting else None for cause in CAUSES},
    }
    by_step = gains.drop_nulls("step")
    if by_step.height:
        summary |= {"first_gain_step": by_step["step"][0], "first_gain_cause": by_step["cause"][0],
                    "first_gain_per_case": by_step["per_case"][0]}
    for measure, name in (("open", "mean_open"), ("on hand", "mean_on_hand")):
        rows = levels.filter(measure=measure).group_by("from_at").agg(pl.col("mean").sum()).sort("from_at")
        if rows.height:
            summary[name] = float(rows["mean"].mean())  # type: ignore[arg-type]
    return summary
