"""Who works together, when, and how long does each step take them? Crews, shifts, needs and laws of work from visits.

Resources that do the same steps at the same sites are one crew (`maths.work.crews`). Each has the calendar of the
moments at which it began something; who is seen too rarely has that of its crew, and a crew that is seen too rarely
works at all hours. The heads of a crew in an hour are those of its resources, each counted for the share of the weeks
in which it was seen at all: who came for a month is not there all year.

Work that ends in hours its crew does not work was finished after the shift; work that began in one stretch of hours and
ended in another was put down in between. Whichever is seen more often is the rule of the crew, and tells in which hours
its work is measured: on the clock, or in hours of its calendar.

A case that was ready while a head was free, and still was not begun, waited for something else: a thing nobody wrote
down (D. Chapela-Campa and M. Dumas, Enhancing business process simulation models with extraneous activity delays,
Information Systems 122 (2024) 102346). Where that comes to more than LEAST_DELAY of the work, the step gets another one
before it, which takes that time and nobody; the waits of cases that were ready at such moments are its law.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from arbitre.core.week import WEEKDAYS
from arbitre.maths.evidence.replications import mean_interval
from arbitre.maths.work.crews import SAME, crews, heads
from arbitre.maths.work.duration_laws import Choice, choose_law
from arbitre.maths.work.weekly import Flags, Integers, calendar, worked_hours
from arbitre.maths.work.weekly_rates import DAY, WEEK
from arbitre.simulate._fit.visits import INFERRED, TOLD, UNATTENDED, Facts

LEAST_DELAY = 0.05
_LEAST_READY = 30
"""Cases ready while a head was free from which a delay is told."""
_WHOLE = 1e-9


@dataclass(frozen=True)
class Crew:
    """A crew: its name, its resources, its heads in each hour of the week (168,), whether work is put down when a shift
    ends, and the visits it made; is_known: its calendar was seen and not assumed.
    """

    name: str
    resources: tuple[str, ...]
    heads: Integers
    pauses: bool
    visits: int
    is_known: bool


@dataclass(frozen=True)
class Work:
    """Work at a step: how its time is known, the law chosen, and the mean with its interval (h)."""

    step: str
    how: str
    choice: Choice
    low: float
    high: float


def crews_of(facts: Facts) -> list[Crew]:
    """Return the crews, the busiest first."""
    attended = facts.visits.filter(pl.col("how") != UNATTENDED, pl.col("resource").is_not_null())
    found: list[Crew] = []
    if attended.height:
        members = attended.join(_members(attended), on="resource", maintain_order="left")
        for _, part in members.group_by("number", maintain_order=True):
            found.append(_crew(part, facts, {crew.name for crew in found}))
    return sorted(found, key=lambda crew: -crew.visits)


def worked_on(visits: pl.DataFrame, found: list[Crew]) -> pl.DataFrame:
    """Return visits with their crew (empty: nobody of one) and work (h): on the clock, or in hours of its calendar."""
    crew_of = {resource: crew.name for crew in found for resource in crew.resources}
    attended = pl.col("how") != UNATTENDED
    told = visits.with_columns(
        crew=pl.when(attended).then(pl.col("resource").replace_strict(crew_of, default=None, return_dtype=pl.String)))
    work = (told["end"] - told["start"]).to_numpy().copy()
    for crew in found:
        if crew.pauses:
            mine = (told["crew"] == crew.name).fill_null(value=False).to_numpy()
            work[mine] = worked_hours(told["start"].to_numpy()[mine], told["end"].to_numpy()[mine], crew.heads > 0)
    return told.with_columns(work=pl.Series(np.maximum(work, 0.0)))


def _members(attended: pl.DataFrame) -> pl.DataFrame:
    """Return resource and number of its crew."""
    done = attended.group_by("resource", "step", "place").len().sort("resource", "step", "place")
    resources = done["resource"].unique(maintain_order=True)
    skills = done.select("step", "place").unique(maintain_order=True).with_row_index("skill")
    placed = done.join(skills, on=["step", "place"], nulls_equal=True, maintain_order="left")
    work = np.zeros((len(resources), skills.height))
    row = placed["resource"].rle_id().to_numpy()
    work[row, placed["skill"].to_numpy()] = placed["len"].to_numpy()
    return pl.DataFrame({"resource": resources, "number": crews(work)})


def _crew(visits: pl.DataFrame, facts: Facts, taken: set[str]) -> Crew:
    """Return the crew that made these visits."""
    together = calendar(visits["start"].to_numpy())
    works = np.ones(WEEK, dtype=bool) if together is None else together
    weeks = max(math.ceil(facts.end / WEEK) - math.floor(facts.begin / WEEK), 1)
    total = np.zeros(WEEK)
    resources = []
    for (resource,), part in visits.group_by("resource", maintain_order=True):
        resources.append(str(resource))
        start = part["start"].to_numpy()
        own = calendar(start)
        present = len(np.unique(np.floor(start / WEEK))) / weeks
        total += present * heads(part["ready"].to_numpy(), start, part["end"].to_numpy(), works if own is None else own)
    count = np.where(works, np.maximum(np.rint(total), 1), np.rint(total)).astype(np.int64)
    return Crew(_name(visits, resources, taken), tuple(sorted(resources)), count, _pauses(visits, count > 0),
                visits.height, together is not None)


def _pauses(visits: pl.DataFrame, works: Flags) -> bool:
    """Tell whether work that meets the end of a shift is more often resumed with the next one than finished late."""
    start, end = visits["start"].to_numpy(), visits["end"].to_numpy()
    meets = worked_hours(start, end, works) < end - start - _WHOLE
    # An end on the stroke of the hour belongs to the hour before it.
    ends_on = works[np.floor(end - _WHOLE).astype(np.int64) % WEEK]
    return bool((meets & ends_on).sum() > (meets & ~ends_on).sum())


def _name(visits: pl.DataFrame, resources: list[str], taken: set[str]) -> str:
    """Return the name of the resource, or of the steps that those of a crew mostly do."""
    if len(resources) == 1:
        name = resources[0]
    else:
        steps = visits["step"].value_counts(sort=True)
        main = steps.filter(pl.col("count") >= visits.height / 10)["step"].head(3)
        name = " + ".join(sorted(main)) or steps["step"][0]
    return name if name not in taken else f"{name} ({sum(other.startswith(name) for other in taken) + 1})"


def works_of(visits: pl.DataFrame, confidence: float) -> list[Work]:
    """Return the work at each step; visits as `worked_on` returns them."""
    found = []
    for (step,), part in visits.group_by("step", maintain_order=True):
        mean = mean_interval(part["work"].to_numpy(), confidence)
        ways = part["how"].unique().to_list()
        how = INFERRED if INFERRED in ways else part["how"].mode().sort()[0]
        found.append(Work(str(step), how, choose_law(part["work"].to_numpy()), mean.low, mean.high))
    return sorted(found, key=lambda work: work.step)


def delays_of(visits: pl.DataFrame, found: list[Crew], confidence: float) -> list[Work]:
    """Return what cases wait for before a step though a head is free, by step; visits as `worked_on` returns them."""
    waits = pl.concat([_not_begun(visits.filter(how=TOLD, crew=crew.name), crew) for crew in found] or [
        pl.DataFrame(schema={"step": pl.String, "wait": pl.Float64, "work": pl.Float64})])
    told = []
    for (step,), part in waits.sort("step").group_by("step", maintain_order=True):
        wait = part["wait"].to_numpy()
        if len(wait) >= _LEAST_READY and wait.mean() > LEAST_DELAY * part["work"].to_numpy().mean():
            mean = mean_interval(wait, confidence)
            told.append(Work(str(step), UNATTENDED, choose_law(wait), mean.low, mean.high))
    return told


def _not_begun(visits: pl.DataFrame, crew: Crew) -> pl.DataFrame:
    """Return step, wait and work of the visits of a crew that were ready while it had a head free."""
    ready, start, end = (visits[name].to_numpy() for name in ("ready", "start", "end"))
    # In doubt (two things in one second) the head is not free.
    in_hand = (np.searchsorted(np.sort(start), ready + SAME, side="right") - (start <= ready + SAME)
               - np.searchsorted(np.sort(end), ready - SAME, side="right"))
    is_free = in_hand < crew.heads[np.floor(ready).astype(np.int64) % WEEK]
    return visits.select("step", "work", wait=(pl.col("start") - pl.col("ready")).clip(0.0)).filter(
        pl.Series(is_free))


def crew_tables(found: list[Crew], visits: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the tables crews, shifts and needs."""
    crews_ = pl.DataFrame(
        [{"crew": crew.name, "site": _site(visits.filter(crew=crew.name)), "heads": int(crew.heads.max()),
          "shift_end": "pause" if crew.pauses else "finish"} for crew in found],
        schema={"crew": pl.String, "site": pl.String, "heads": pl.Int64, "shift_end": pl.String})
    rows = [{"crew": crew.name, **shift} for crew in found for shift in shifts_of(crew.heads)]
    shifts = pl.DataFrame(rows, schema={"crew": pl.String, "weekday": pl.String, "starts": pl.Float64,
                                        "ends": pl.Float64, "heads": pl.Int64})
    served = visits.filter(pl.col("crew").is_not_null()).group_by("step", "crew").len()
    part = pl.col("len") / pl.col("len").sum().over("step")
    needs = served.filter(part >= 0.05).sort("step", "len", "crew", descending=[False, True, False])
    return {"crews": crews_, "shifts": shifts, "needs": needs.select(
        "step", "crew", quantity=pl.lit(1), role=pl.when(pl.len().over("step") > 1).then(pl.lit("crew")))}


def _site(visits: pl.DataFrame) -> str | None:
    """Return the one site at which a crew works, if there is one."""
    places = visits["place"].unique()
    return places[0] if len(places) == 1 else None


def shifts_of(heads_: Integers) -> list[dict[str, object]]:
    """Return the rows of shifts that give these heads (168,); none where they never change."""
    days = heads_.reshape(7, DAY)
    if (heads_ == heads_[0]).all():
        return []
    same = (days == days[0]).all()
    return [
        {"weekday": None if same else WEEKDAYS[day], "starts": float(begins), "ends": float(ends), "heads": int(count)}
        for day in range(1 if same else 7) for begins, ends, count in _runs(days[day]) if count > 0
    ]


def _runs(values: Integers) -> list[tuple[int, int, int]]:
    """Return the stretches of equal values: where each begins and ends, and its value."""
    cuts = [0, *(np.nonzero(np.diff(values))[0] + 1).tolist(), len(values)]
    return [(begins, ends, int(values[begins])) for begins, ends in pairwise(cuts)]
