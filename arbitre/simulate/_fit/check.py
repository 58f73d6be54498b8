"""Does the twin fitted to the first part of the facts reproduce the part it has not seen?

The later part is told in figures: cases that came, how long they took (quantiles, and all of them as a law), how many
were open (on average, and on the fullest days), how busy each crew was, what was kept of each promise. The same figures
are taken of R replications of the same hours. A figure is reproduced when it lies where one more replication would, had
the twin been made from as little as it was:
    mean of the replications ± t s sqrt(1 + 1/R + later/first),
s their standard deviation, t Student's quantile of R - 1 degrees of freedom at the confidence shared by all figures
(Bonferroni), so that a true twin is told to be one with that confidence; no figure is below 0. 1 is the chance of the
later part itself, 1/R that of the replications; later/first that of the part the twin was fitted to: a figure estimated
on k times the hours has 1/k of the variance. A figure that lies in an interval wider on either side than WIDEST of its
middle proves nothing: it is undecided.

All durations together are compared by the earth mover's distance (Wasserstein's): the mean distance between the two
laws, quantile by quantile, in hours. Nought is not to be expected even of the truth: its measure is the distance of
each replication from the others, scaled like the interval above.

Only durations of cases opened in the later part, and known at its end, count in either. Use is hours of work begun in
it over hours offered. Cases about an item at a site come from demand, and are left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from arbitre.maths.evidence.replications import student_quantile
from arbitre.maths.work.weekly_rates import WEEK
from arbitre.simulate._fit.crews import worked_on
from arbitre.simulate._fit.model import Model
from arbitre.simulate._fit.routes import without_item
from arbitre.simulate._fit.visits import Facts
from arbitre.simulate._kernel.laws import Floats, Integers
from arbitre.simulate._kernel.log import CLOSED, Run
from arbitre.simulate._kernel.run import replications
from arbitre.simulate._network.parts import Part, parts_of
from arbitre.simulate._network.promised import promised_windows
from arbitre.simulate._network.stock import NO_LEVELS
from arbitre.tables.business_time import refuse_business_hours
from arbitre.tables.chain import Chain
from arbitre.tables.routing import covered

_QUANTILES = {"median duration": 0.5, "80 % duration": 0.8, "95 % duration": 0.95}
_GRID = (np.arange(500) + 0.5) / 500
"""Shares at which two laws are compared."""
WIDEST = 0.5
_FULL_DAYS = 0.95
DISTANCE = "distance of durations"


@dataclass(frozen=True)
class Course:
    """What cases did in the later part: opened, ended (h from its start; inf: still open), is_done (ended closed and
    not by leaving), all of the cases opened in it or open at its start; classes (kind, segment, offer, criticality) of
    each; use of each crew.
    """

    opened: Floats
    ended: Floats
    is_done: np.ndarray
    classes: pl.DataFrame
    use: dict[str, float]


def checked(chain: Chain, facts: Facts, model: Model, split: float, gone: Sequence[str], runs: int, confidence: float,
            seed: int, workers: int) -> pl.DataFrame:
    """Return the figures of the part of the facts after `split`, observed and replayed, with their verdicts.

    `facts`: all of them. `model`: that of the part before. `gone`: steps that stand for leaving. `runs`: replications.
    """
    hours = facts.end - split
    part = _part(chain, model, facts, split)
    promises = _promises(chain, part)
    seen = _observed(facts, model, split, gone)
    played = replications(part.network, part.settles + hours, range(runs), seed, part.settles, keeps_log=True,
                          workers=workers)
    courses = [_replayed(run, part) for run in played]
    kinds = sorted({*seen.classes["kind"], *part.classes["kind"]})
    observed = _figures(seen, hours, kinds, promises)
    replayed = [_figures(course, hours, kinds, promises) for course in courses]
    # The risk is shared by all figures, the distance of durations among them.
    quantile = student_quantile(1.0 - (1.0 - confidence) / 2.0 / (len(observed) + 1), runs - 1)
    spread = math.sqrt(1.0 + 1.0 / runs + hours / (split - facts.begin))
    rows = []
    for (what, subject), value in observed.items():
        values = np.array([figures[what, subject] for figures in replayed])
        rows.append(_judged(what, subject, value, values[np.isfinite(values)], quantile * spread))
    rows.append(_distance(_law(seen, hours), [_law(course, hours) for course in courses], quantile, spread))
    return pl.DataFrame(rows, infer_schema_length=None)


def _part(chain: Chain, model: Model, facts: Facts, split: float) -> Part:
    """Return the twin, ready to be replayed from `split` on."""
    tables = {name: chain.table(name) for name in ("promises", "sites", "lanes") if name in chain.tables}
    fitted = Chain(chain.settings, {**tables, **model.tables})
    return parts_of(fitted, NO_LEVELS, facts.monday + timedelta(hours=split), facts.end - split)[0]


def _promises(chain: Chain, part: Part) -> pl.DataFrame:
    kinds = tuple(part.classes["kind"].unique())
    if not chain.has("promises"):
        return pl.DataFrame(schema={"promise": pl.String})
    promises = promised_windows(chain, kinds).filter(pl.col("step").is_null())
    refuse_business_hours(promises, "A fitted process is checked")
    return promises


def _observed(facts: Facts, model: Model, split: float, gone: Sequence[str]) -> Course:
    """Return what the facts say of the later part."""
    hours = facts.end - split
    left = facts.visits.filter(pl.col("step").is_in(list(gone))).group_by("case").agg(left=pl.col("end").min())
    cases = facts.cases.join(left, on="case", how="left", maintain_order="left").with_columns(
        ended=pl.coalesce("left", "closed", pl.lit(math.inf)) - split, opened=pl.col("opened") - split)
    cases = without_item(cases).filter(pl.col("ended") > 0, pl.col("opened") < hours)
    begun = worked_on(facts.visits, model.crews).filter(pl.col("start") >= split, pl.col("start") < facts.end)
    worked = dict(begun.group_by("crew").agg(pl.col("work").sum()).iter_rows())
    offered = {crew.name: float(_hours_of(crew.heads, split, facts.end)) for crew in model.crews}
    return Course(cases["opened"].to_numpy(), cases["ended"].to_numpy(),
                  cases["left"].is_null().to_numpy() & np.isfinite(cases["ended"].to_numpy()),
                  cases.select("kind", "segment", "offer", criticality=pl.lit(None, pl.String)),
                  {crew: worked.get(crew, 0.0) / hours for crew, hours in offered.items() if hours > 0.0})


def _hours_of(heads: Integers, begin: float, end: float) -> float:
    """Return the hours that so many heads (168,) offer from `begin` to `end`."""
    hours = np.arange(math.floor(begin), math.ceil(end))
    return float((heads[hours % WEEK] * (np.minimum(hours + 1, end) - np.maximum(hours, begin))).sum())


def _replayed(run: Run, part: Part) -> Course:
    """Return what a replication says of the same hours."""
    cases = run.cases
    ended = np.where(np.isnan(cases["closed"]), np.inf, cases["closed"]) - part.settles
    mine = ended > 0.0
    classes = part.classes.select("kind", "segment", "offer", "criticality")[cases["of_class"][mine].astype(np.int64)]
    use = {name: float(pool["area"] / pool["offered"]) for name, pool in
           zip(part.network.pools.name, run.pools, strict=True) if pool["offered"] > 0.0}
    return Course(cases["opened"][mine] - part.settles, ended[mine], cases["outcome"][mine] == CLOSED, classes, use)


def _figures(course: Course, hours: float, kinds: list[str], promises: pl.DataFrame) -> dict[tuple[str, str], float]:
    """Return the figures of a course, by what they are and of whom; nan where there is nothing to tell."""
    new = course.opened >= 0.0
    found = {("arrivals", kind): float((new & (course.classes["kind"] == kind).to_numpy()).sum()) for kind in kinds}
    took = _durations(course, hours)
    for what, share in _QUANTILES.items():
        found[what, ""] = float(np.quantile(took, share)) if len(took) else math.nan
    days = _open_cases(course, hours)
    found["open cases", ""] = float(days.mean())
    found["open cases on full days", ""] = float(np.quantile(days, _FULL_DAYS))
    found |= {("use", crew): share for crew, share in course.use.items()}
    for mine, promise in zip(covered(promises, course.classes), promises.iter_rows(named=True), strict=True):
        due = course.opened + promise["window"]
        done = course.is_done & (course.ended <= hours)
        judged = mine & new & (done | (due < hours))
        kept = judged & done & (course.ended <= due)
        found["promise kept", promise["promise"]] = kept.sum() / judged.sum() if judged.any() else math.nan
    return found


def _durations(course: Course, hours: float) -> Floats:
    """Return the hours that cases opened in the later part and done in it took."""
    told = (course.opened >= 0.0) & course.is_done & (course.ended <= hours)
    return (course.ended - course.opened)[told]


def _open_cases(course: Course, hours: float) -> Floats:
    """Return the cases open on average on each whole day."""
    edges = np.arange(0.0, max(hours, 24.0) + 1e-9, 24.0)

    def since(moments: Floats) -> Floats:
        """Return the hours since moments that are past at each edge, all together."""
        ordered = np.sort(moments[np.isfinite(moments)])
        before = np.searchsorted(ordered, edges)
        return before * edges - np.concatenate([[0.0], np.cumsum(ordered)])[before]

    return np.diff(since(np.maximum(course.opened, 0.0)) - since(course.ended)) / 24.0


def _law(course: Course, hours: float) -> Floats:
    """Return the durations at equal steps of share; nan where there are none."""
    took = _durations(course, hours)
    return np.quantile(took, _GRID) if len(took) else np.full(len(_GRID), math.nan)


def _judged(what: str, subject: str, observed: float, values: Floats, reach: float) -> dict[str, Any]:
    """Return a figure with its verdict; `reach`: half its interval, in standard deviations over replications."""
    if len(values) < 2 or not math.isfinite(observed):
        return _row(what, subject, observed, math.nan, math.nan, math.nan, "undecided")
    mean, half = float(values.mean()), reach * float(values.std(ddof=1))
    # Where all replications agree, the facts must agree with them but for rounding.
    verdict = _verdict(abs(observed - mean), half + 1e-9 * abs(mean), mean)
    return _row(what, subject, observed, mean, max(mean - half, 0.0), mean + half, verdict)


def _distance(observed: Floats, laws: list[Floats], quantile: float, spread: float) -> dict[str, Any]:
    """Return how far durations observed are from those replayed, beside how far each replication is from the rest."""
    known = np.array([law for law in laws if np.isfinite(law).all()])
    if len(known) < 3 or not np.isfinite(observed).all():
        return _row(DISTANCE, "", math.nan, math.nan, math.nan, math.nan, "undecided")
    total = known.sum(axis=0)
    apart = np.array([np.abs(law - (total - law) / (len(known) - 1)).mean() for law in known])
    distance = float(np.abs(observed - total / len(known)).mean())
    most = spread * float(apart.mean() + quantile * apart.std(ddof=1))
    verdict = _verdict(distance, most, float(observed.mean()))
    return _row(DISTANCE, "", distance, float(apart.mean()), 0.0, most, verdict)


def _verdict(off: float, allowed: float, middle: float) -> str:
    """Return the verdict on a figure that is off by so much, of what chance allows."""
    if off > allowed:
        return "not reproduced"
    return "reproduced" if allowed <= (WIDEST + 1e-9) * middle or allowed == 0.0 else "undecided"


def _row(what: str, subject: str, observed: float, replayed: float, low: float, high: float, verdict: str
         ) -> dict[str, Any]:
    return {"what": what, "subject": subject, "observed": observed, "replayed": replayed, "low": low, "high": high,
            "verdict": verdict}
