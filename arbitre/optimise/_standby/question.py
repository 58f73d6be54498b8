"""Which units wait where, for which zones, and what is promised there? Tables in, groups of bases and zones out.

A crew of the step looked at is a base: its heads on duty are units that set out from its site. A zone is a site at
which cases of that kind come. Bases and zones that lanes join, one through the other, are a group, decided
by itself. A zone that no lane leads to is told apart, and the rest is still decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from arbitre.core.errors import Unsupported
from arbitre.core.week import HOURS_PER_WEEK, week_means
from arbitre.maths.work.duration_laws import NO_WORK, DurationLaw
from arbitre.maths.work.standby import Zones
from arbitre.optimise._work_laws import work_law
from arbitre.tables.business_time import refuse_business_hours
from arbitre.tables.chain import Chain
from arbitre.tables.routing import SCOPE, Process, covered

Floats = NDArray[Any]
Integers = NDArray[np.int64]

_HOURS_A_YEAR = 8766.0
_QUARTER = 0.25


@dataclass(frozen=True)
class Group:
    """Bases that stand in for one another. bases: crew, site, cost (money/h), heads today; places (zones,), names;
    volume (promises, zones), cases a year under each promise; zones, as `maths.work.standby` asks for them."""

    bases: pl.DataFrame
    places: list[str]
    volume: Floats
    zones: Zones

    @property
    def today(self) -> Integers:
        """Units at each base today (bases,)."""
        return self.bases["heads"].to_numpy().astype(np.int64)


@dataclass(frozen=True)
class Question:
    """What is to be decided: groups; promises, a row each; alone, the zones nobody may serve, with cases a year; starts
    and ends, hours of the day looked at; hours of them in a year."""

    groups: tuple[Group, ...]
    promises: pl.DataFrame
    alone: dict[str, float]
    starts: float
    ends: float
    hours: float


def question_of(chain: Chain, kind: str, starts: float, ends: float) -> Question:
    """Return what is to be decided, of cases that come from `starts` to `ends` o'clock (on the next day, if no later).

    Raises Unsupported, saying what to fill in, where no case comes then, no crew or no promise is about them, the heads
    of a crew change in these hours, or a base reaches some zones of its group and not others.
    """
    process = Process.of(chain)
    hours = (ends - starts) % 24.0 or 24.0
    classes = _classes(chain, process, kind, starts, ends, hours)
    promises = _promises(chain, kind)
    step = _step(process, kind)
    crews = _bases(process, step, kind, starts, ends)
    law = work_law(process.steps.row(by_predicate=pl.col("step") == step, named=True), process)
    places = classes["site"].unique(maintain_order=True).to_list()
    rate = np.array([classes.filter(site=place)["rate"].sum() for place in places])
    about = covered(promises, classes)
    volume = np.array([[about[row] @ np.where(classes["site"] == place, classes["rate"], 0.0) for place in places]
                       for row in range(promises.height)])
    way = _ways(process, crews, places)
    alone = {place: float(rate[at]) for at, place in enumerate(places) if np.isinf(way[:, at]).all()}
    due = tuple(NO_WORK if process.arrivals_for(promise) else law for promise in promises.iter_rows(named=True))
    watched = hours / 24.0 * _HOURS_A_YEAR
    groups = tuple(_group(crews, places, mine, its, way, rate / watched, volume, promises, law, due)
                   for mine, its in _together(way))
    return Question(groups, promises, alone, starts, ends, watched)


def _classes(chain: Chain, process: Process, kind: str, starts: float, ends: float, hours: float) -> pl.DataFrame:
    """Return the cases a year that come in the hours looked at: kind, site, scope, rate."""
    found = chain.table("arrivals").filter(pl.col("kind") == kind, pl.col("rate") > 0, pl.col("site").is_not_null())
    rows = process.rhythms.filter(kind=kind).select("weekday", "starts", "ends", "weight")
    profile = week_means(rows.iter_rows(), _QUARTER) if rows.height else np.ones(round(HOURS_PER_WEEK / _QUARTER))
    watched = week_means([(None, starts, ends if hours < 24.0 else starts, 1.0)], _QUARTER)
    share = float(profile @ watched / profile.sum()) if profile.any() else 0.0
    found = found.with_columns(rate=pl.col("rate") * share).filter(pl.col("rate") > 0)
    if not found.height:
        raise Unsupported(f"No case of kind {kind} comes to a site between {starts:g} and {ends:g} o'clock: fill "
                          "arrivals (kind, site, rate) and rhythms, or ask with --kind, --starts and --ends.")
    return found.group_by("kind", "site", *SCOPE, maintain_order=True).agg(pl.col("rate").sum()).sort("site")


def _promises(chain: Chain, kind: str) -> pl.DataFrame:
    found = chain.table("promises").filter(pl.col("measure") == "window", pl.col("kind") == kind,
                                           pl.col("window").is_not_null()).sort("promise")
    refuse_business_hours(found, "Standby is decided")
    if not found.height:
        raise Unsupported(f"Nothing is promised about cases of kind {kind}: add a row to promises with measure window, "
                          f"kind {kind} and a window.")
    return found


def _step(process: Process, kind: str) -> str:
    """Return the step of that kind that a crew travels to. Raises Unsupported unless there is just one."""
    crewed = set(process.needs.filter(pl.col("crew").is_not_null())["step"])
    found = [step for step, travels in process.steps.select("step", "travels").iter_rows()
             if travels and step in process.visited(kind) and step in crewed]
    if len(found) != 1:
        several = f"several ({', '.join(found)})" if found else "none"
        raise Unsupported(f"One step of the way of a case of kind {kind} must be travelled to by a crew, and there is "
                          f"{several}: see steps.travels, needs and routes.")
    return found[0]


def _bases(process: Process, step: str, kind: str, starts: float, ends: float) -> pl.DataFrame:
    """Return the crews that wait, with their heads on duty in the hours looked at: crew, site, cost, heads."""
    named = process.needs.filter(step=step)["crew"].drop_nulls().unique(maintain_order=True)
    found = process.crews.filter(pl.col("crew").is_in(named.implode()))
    heads, changing = [], list[str]()
    watched = week_means([(None, starts, ends, 1.0)], _QUARTER) > 0
    for row in found.iter_rows(named=True):
        shifts = process.shifts.filter(crew=row["crew"]).with_columns(pl.col("heads").fill_null(row["heads"]))
        there = week_means(shifts.select("weekday", "starts", "ends", "heads").iter_rows(), _QUARTER)[watched] \
            if shifts.height else np.array([float(row["heads"])])
        heads.append(round(float(there.min())))
        changing += [row["crew"]] if np.ptp(there) > 0 else []
    if changing:
        raise Unsupported(f"The heads of {', '.join(changing)} change between {starts:g} and {ends:g} o'clock, or from "
                          "day to day: ask for hours in which they stay the same, with --starts and --ends.")
    homeless = found.filter(pl.col("site").is_null())["crew"].to_list()
    if homeless:
        raise Unsupported(f"Nobody knows where {', '.join(homeless)} waits: fill crews.site.")
    if not found.height or not sum(heads):
        raise Unsupported(f"Nobody is on call for cases of kind {kind} between {starts:g} and {ends:g} o'clock: give a "
                          "crew of needs heads, in crews or shifts, in these hours.")
    return found.select("crew", "site", pl.col("cost").fill_null(0.0), heads=pl.Series(heads, dtype=pl.Int64))


def _ways(process: Process, crews: pl.DataFrame, places: list[str]) -> Floats:
    """Return (bases, zones) hours of the way, infinite where no lane leads."""
    lanes = {(start, end): hours for start, end, hours in
             process.lanes.select("from_site", "to_site", "duration").iter_rows()}
    return np.array([[lanes.get((base, place), 0.0 if base == place else np.inf) for place in places]
                     for base in crews["site"]])


def _together(way: Floats) -> list[tuple[Integers, Integers]]:
    """Return the bases and the zones of each group, by number."""
    bases, zones = way.shape
    joined = np.zeros((bases + zones, bases + zones))
    joined[:bases, bases:] = np.isfinite(way)
    _, group = connected_components(csr_array(joined), directed=False)
    found = [(np.flatnonzero(group[:bases] == number), np.flatnonzero(group[bases:] == number))
             for number in np.unique(group)]
    return [(mine, its) for mine, its in found if len(mine) and len(its)]


def _group(crews: pl.DataFrame, places: list[str], mine: Integers, its: Integers, way: Floats, rate: Floats,
           volume: Floats, promises: pl.DataFrame, law: DurationLaw, due: tuple[DurationLaw, ...]) -> Group:
    """Return the group of these bases and zones. Raises Unsupported where a base reaches only some of the zones."""
    own = way[np.ix_(mine, its)]
    short = [(crews["crew"][int(mine[base])], places[its[zone]]) for base, zone in np.argwhere(np.isinf(own))]
    if short:
        crew, place = short[0]
        raise Unsupported(f"Crew {crew} waits beside others that serve {place}, and no lane leads it there: add the "
                          f"lane (and those of {len(short) - 1} more pairs), or take away the lanes that join both.")
    late_cost = promises["late_cost"].fill_null(0.0).to_numpy()
    # Where no lateness costs anything each late case counts 1.
    weight = volume[:, its] * (late_cost if late_cost.any() else np.ones(len(late_cost)))[:, None]
    zones = Zones(rate[its], own, law, promises["window"].to_numpy().astype(float), due, weight)
    return Group(crews[mine.tolist()], [places[zone] for zone in its], volume[:, its], zones)
