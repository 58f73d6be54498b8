"""What do cases really go through, how long does each passage take, and what is done again or handed over?

The events of a case, in the order in which they ended, are its way through the process; ties and overlaps are settled
in maths.event_log, whatever the order of the rows. Then, over the cases in scope:
    steps      how many events and cases each has, how many cases do it again (rework), at once (self-loops), and how
               long its work takes where started_at says when it began;
    flows      which step directly follows which, how often, and the hours from the end of one to the start of the
               next: mean, median and 90th percentile. An empty step is the begin or the end of a case;
    variants   the ways taken, most frequent first, with the share of cases they and all before them cover;
    hand-overs from one resource to another, and how many were given straight back (ping-pong);
    batches    work of one step that a resource starts for several cases at the same instant.
Sources: W. van der Aalst, Process Mining, 2nd edition, Springer 2016; hand-overs and ping-pong as in K. Lashkevich and
others, Why am I waiting?, CAiSE 2023.

Where objects and event_objects are there (OCEL 2.0, arXiv 2403.01975), the same is counted for each kind of object, and
for each event that needs objects of several kinds: which came last? An object has come when the event before it, of
that object, ended; *synchronisation* is the time from the first object to the last, and a kind is *late* by how long it
came after all others (synchronisation and lagging time of G. Park, J. N. Adams, W. van der Aalst, OPerA: object-centric
performance analysis, ER 2022).

Hours run on the clock. Reads events; cases and customers for the scope; objects and event_objects. Writes
process_steps, process_flows, process_variants, process_handovers, process_batches, object_flows, object_delays.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.side_by_side import side_by_side
from arbitre.maths.groups import compact, quantiles, totals
from arbitre.maths.work.event_log import directly_follows, follow_keys, gaps, ping_pongs, rework, variants
from arbitre.measure._log import EventLog, Scope, encoded, encoded_objects
from arbitre.measure._process_sql import OBJECT_DELAYS
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped

READS = ("events",)
MAY_READ = ("cases", "customers", "objects", "event_objects")
WRITES = ("process_steps", "process_flows", "process_variants", "process_handovers", "process_batches",
          "object_flows", "object_delays")

_SPREAD = (0.5, 0.9)
"""The quantiles told."""
_ARROW = " → "


class Params(Scope):
    """Which cases to follow, and how much to tell."""

    most: int = Field(
        1000, ge=1, description="Variants and hand-overs told at most, the most frequent ones.",
        json_schema_extra={"unit": ""})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Tell what the cases of a chain went through."""
    whole = encoded(chain)
    kept = whole.within(params)
    log = whole.only(kept)
    if not log.events:
        raise Unsupported("No case in this scope has an event. Widen kind, segment, offer, site, since or until.")
    progress(0.4, "counting steps and flows")
    several: list[Any] = side_by_side(
        (partial(_variants, log, params.most), *(partial(each, log) for each in (_steps, flows, _handovers, _batches))))
    variant, ways = several[0]
    found = {"process_variants": ways, **dict(zip(
        ("process_steps", "process_flows", "process_handovers", "process_batches"), several[1:], strict=True))}
    progress(0.8, "following objects")
    if chain.has("objects", "event_objects"):
        touched = chain if kept.all() else chain.with_(
            events=chain.table("events").join(log.cases.select("case"), on="case", how="semi"))
        found["object_flows"] = object_flows(touched)
        found["object_delays"] = touched.sql(OBJECT_DELAYS).with_columns(
            last_share=pl.col("last_events") / pl.col("events"))
    summary = _summary(log, found, variant)
    found["process_handovers"] = found["process_handovers"].head(params.most)
    return Result(
        "measure.process",
        summary,
        {name: shaped(RESULTS[name], found[name]) if name in found else empty(RESULTS[name]) for name in WRITES},
        params=params.model_dump(mode="json"),
        seed=seed,
    )


def flows(log: EventLog) -> pl.DataFrame:
    """Return what directly follows what, most frequent first, begins and ends of cases included."""
    codes, pairs = log.flow
    everyone = np.ones(len(log.first) - 1, np.bool_)
    counts, cases, hours = log.flows(everyone)
    spread = quantiles(codes, gaps(log.first, log.started, log.ended), len(pairs), _SPREAD)
    between = pl.DataFrame({
        "from_step": [log.steps[a] for a, _ in pairs], "to_step": [log.steps[b] for _, b in pairs],
        "count": counts, "cases": cases, "mean": hours / counts, "median": spread[:, 0], "p90": spread[:, 1],
    }, schema_overrides={"from_step": pl.String, "to_step": pl.String})
    begins = _tally(log.step[log.first[:-1]], log.steps, "to_step")
    ends = _tally(log.step[log.first[1:] - 1], log.steps, "from_step")
    return pl.concat([begins, between, ends], how="diagonal").sort(
        "count", "from_step", "to_step", descending=[True, False, False], nulls_last=False)


def object_flows(chain: Chain) -> pl.DataFrame:
    """Return what directly follows what for the objects of each kind, most frequent first."""
    log = encoded_objects(chain)
    flow, pairs = log.flow
    kind = log.cases["kind"].cast(pl.Enum(kinds := log.cases["kind"].unique().sort())).to_physical().to_numpy()
    keys = np.where(flow < 0, -1, kind.astype(np.int64)[log.case] * len(pairs) + flow)
    codes, present = compact(keys, max(1, len(kinds) * len(pairs)))
    everyone = np.ones(len(log.first) - 1, np.bool_)
    counts, objects, seconds, rests = directly_follows(log.first, codes, len(present), log.started, log.ended, everyone)
    spread = quantiles(codes, gaps(log.first, log.started, log.ended), len(present), (0.5,))
    pair = [pairs[key % len(pairs)] for key in present]
    return pl.DataFrame({
        "kind": kinds.gather(present // max(len(pairs), 1)), "from_step": [log.steps[a] for a, _ in pair],
        "to_step": [log.steps[b] for _, b in pair], "count": counts, "objects": objects,
        "mean": (seconds / 3600.0 + rests / 3.6e9) / counts, "median": spread[:, 0],
    }, schema_overrides={"from_step": pl.String, "to_step": pl.String}).sort(
        "kind", "count", "from_step", "to_step", descending=[False, True, False, False])


def _tally(codes: np.ndarray, names: list[str], column: str) -> pl.DataFrame:
    """Return how many cases have each code."""
    counts = np.bincount(codes, minlength=len(names))
    frame = pl.DataFrame({column: names, "count": counts, "cases": counts}, schema_overrides={column: pl.String})
    return frame.filter(pl.col("count") > 0)


def _steps(log: EventLog) -> pl.DataFrame:
    """Return what is done, how often it is done again, and how long it takes."""
    events, cases, again, loops = rework(log.first, log.step, len(log.steps))
    took = log.ended - log.started
    known = np.where(took > 0, log.step, np.int32(-1))
    count, hours = totals(known, took, len(log.steps))
    spread = quantiles(known, took, len(log.steps), _SPREAD)
    frame = pl.DataFrame({
        "step": log.steps, "events": events, "cases": cases, "case_share": cases / (len(log.first) - 1),
        "again_cases": again, "repeats": events - cases, "self_loops": loops,
        "mean": np.divide(hours, count, out=np.full(len(count), np.nan), where=count > 0),
        "median": spread[:, 0], "p90": spread[:, 1],
    }).with_columns(pl.col("mean", "median", "p90").fill_nan(None))
    return frame.filter(pl.col("events") > 0).sort("events", "step", descending=[True, False])


def _variants(log: EventLog, most: int) -> tuple[int, pl.DataFrame]:
    """Return how many variants there are, and the most frequent ones."""
    variant, example = variants(log.first, log.step)
    lead = log.last_ended - np.minimum.reduceat(log.started, log.first[:-1])
    counts, hours = totals(variant, lead, len(example))
    told = np.lexsort((np.diff(log.first)[example], -counts))[:most]  # of equally frequent ones, the shorter first
    place = np.full(len(example), -1, np.int32)
    place[told] = np.arange(len(told))
    share = counts[told] / counts.sum()
    return len(example), pl.DataFrame({
        "variant": np.arange(1, len(told) + 1),
        "steps": [_ARROW.join(log.steps[step] for step in log.step[log.first[case]:log.first[case + 1]])
                  for case in example[told]],
        "cases": counts[told], "case_share": share, "covered_share": np.cumsum(counts[told]) / counts.sum(),
        "mean": hours[told] / counts[told], "median": quantiles(place[variant], lead, len(told), (0.5,))[:, 0],
    })


def _handovers(log: EventLog) -> pl.DataFrame:
    """Return who hands over to whom, how often it comes straight back, and how long it waits."""
    many = len(log.resources)
    codes, keys = compact(follow_keys(log.first, log.resource, many, True), many * many)
    everyone = np.ones(len(log.first) - 1, np.bool_)
    counts, cases, seconds, rests = directly_follows(log.first, codes, len(keys), log.started, log.ended, everyone)
    hours = seconds / 3600.0 + rests / 3.6e9
    names = pl.Series(log.resources, dtype=pl.String)
    frame = pl.DataFrame({
        "from_resource": names.gather(keys // max(many, 1)), "to_resource": names.gather(keys % max(many, 1)),
        "count": counts, "cases": cases, "ping_pongs": ping_pongs(log.first, log.resource, codes, len(keys)),
        "mean": hours / np.maximum(counts, 1),
    })
    return frame.sort("count", "from_resource", "to_resource", descending=[True, False, False])


def _batches(log: EventLog) -> pl.DataFrame:
    """Return who works several cases together, at which step, and how many."""
    work, names = log.work, (pl.Series(log.resources, dtype=pl.String), pl.Series(log.steps, dtype=pl.String))
    rows = np.flatnonzero(work.batch >= 0)
    sizes = pl.DataFrame({"batch": work.batch[rows], "resource": log.resource[work.order[rows]],
                          "step": work.step[rows]})
    sizes = sizes.group_by("batch", "resource", "step").agg(size=pl.len())
    found = sizes.group_by("step", "resource").agg(
        batches=pl.len(), events=pl.col("size").sum(), mean_size=pl.col("size").mean(), largest=pl.col("size").max())
    return found.with_columns(
        step=names[1].gather(found["step"]), resource=names[0].gather(found["resource"])
    ).sort("events", "step", "resource", descending=[True, False, False])


def _summary(log: EventLog, found: dict[str, pl.DataFrame], ways: int) -> dict[str, Any]:
    """Return the named numbers of the answer."""
    steps, handed = found["process_steps"], found["process_handovers"]
    lead = log.last_ended - np.minimum.reduceat(log.started, log.first[:-1])
    cases, events = len(log.first) - 1, log.events
    return {
        "cases": cases,
        "events": events,
        "steps": steps.height,
        "flows": found["process_flows"].drop_nulls(["from_step", "to_step"]).height,
        "variants": ways,
        "first_variant_share": found["process_variants"]["case_share"][0],
        "mean_lead_time": float(totals(np.zeros(cases, np.int32), lead, 1)[1][0]) / cases,
        "median_lead_time": float(np.median(lead)) / 3.6e9,
        "repeat_share": int(steps["repeats"].sum()) / events,
        "handovers": int(handed["count"].sum()),
        "ping_pongs": int(handed["ping_pongs"].sum()),
        "batches": int(found["process_batches"]["batches"].sum()),
    }
