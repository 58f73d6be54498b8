"""Which visits, crews and ways are there? From tables to a field of tours.

Seconds count from midnight of the first day. A visit that cannot be made is told with its reason, the others are
planned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported, UsageError
from arbitre.core.week import WEEKDAYS
from arbitre.maths.places.location import great_circle
from arbitre.maths.places.tours import NEVER, Crew, Field, Tour, Visit, timed
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty

_ALL_DAY = {"weekday": None, "starts": 0.0, "ends": 24.0, "heads": None}
_CASES = """
WITH promised AS (
    SELECT cases."case", max(promises.late_cost) AS late_cost, min(CASE
        WHEN promises."window" IS NOT NULL AND promises.calendar IS NULL AND promises.cut_off IS NULL
        THEN cases.opened_at + to_seconds(CAST(round(promises."window" * 3600) AS BIGINT))
        ELSE cases.promised_at END) AS due
    FROM cases LEFT JOIN customers USING (customer) JOIN promises ON promises.kind = cases.kind
        AND promises.measure = 'window' AND (promises.offer IS NULL OR promises.offer = cases.offer)
        AND (promises.segment IS NULL OR promises.segment = customers.segment)
    GROUP BY cases."case"
), ready AS (SELECT "case", max(happened_at) AS ready_at FROM events WHERE step = $ready GROUP BY "case")
SELECT cases."case", cases.kind, cases.customer, cases.site, cases.quantity, cases.opened_at,
    coalesce(promised.due, cases.promised_at) AS due, promised.late_cost, ready.ready_at,
    CASE WHEN customers.latitude IS NULL OR customers.longitude IS NULL THEN coalesce(customers.site, cases.site) END
        AS at_site,
    coalesce(customers.latitude, near.latitude) AS latitude, coalesce(customers.longitude, near.longitude) AS longitude
FROM cases LEFT JOIN customers USING (customer) LEFT JOIN promised USING ("case") LEFT JOIN ready USING ("case")
    LEFT JOIN sites AS near ON near.site = coalesce(customers.site, cases.site)
WHERE cases.closed_at IS NULL ORDER BY cases."case"
"""
_MOST_VISITS = 1_500
"""Visits beyond which one run would take too long."""


@dataclass(frozen=True)
class Ask:
    """Which cases and days, and what things cost; named as the parameters of the capability."""

    kind: str
    on: date | None
    days: int
    now: datetime | None
    ready: str
    work: float
    detour: float
    speed: float
    km_cost: float
    pay: str
    overtime: float
    overtime_factor: float
    worth: float
    late: float
    late_cost: float
    change_cost: float
    reloads: int
    turn: float
    rest: float
    rest_from: float
    rest_until: float


@dataclass(frozen=True)
class Question:
    """A field, and what its rows stand for.

    start: midnight from which seconds count; cases: row by row those of field.visits (case, customer, site, step,
    pinned, impossible: the reason, or null; last: the second after which it is late); crews: names, row by row those of
    field.crews; sites: theirs; begun: the visit (row) that a crew (row) is at when it starts; aside: visits that are
    only offered slots.
    """

    field: Field
    start: datetime
    cases: pl.DataFrame
    crews: tuple[str, ...]
    sites: tuple[str | None, ...]
    steps: pl.DataFrame
    durations: pl.DataFrame
    begun: dict[int, int]
    aside: frozenset[int] = frozenset()

    def rows_of(self, cases: str) -> list[int]:
        """Return the rows of cases named with commas between them; raises UsageError where one is not to be visited."""
        rows = {case: row for row, case in enumerate(self.cases["case"])}
        named = [name.strip() for name in cases.split(",") if name.strip()]
        for name in named:
            if name not in rows:
                raise UsageError(f"There is no open case {name} to visit in these days: name one in slots, or leave it "
                                 "out.")
        return [rows[name] for name in named]

    def without(self, cases: str) -> Question:
        """Return the question without these cases, which are offered slots."""
        rows = self.rows_of(cases)
        visits = tuple(replace(visit, crews=frozenset(), worth=0.0) if row in rows else visit
                       for row, visit in enumerate(self.field.visits))
        return replace(self, field=replace(self.field, visits=visits), aside=frozenset(rows))

    def ends(self) -> dict[str, datetime]:
        """Return when the last window of each case ends."""
        return {case: self.start + timedelta(seconds=visit.windows[-1][1])
                for case, visit in zip(self.cases["case"], self.field.visits, strict=True) if visit.windows}

    def at(self, seconds: float | None) -> datetime | None:
        """Return a time from seconds."""
        return None if seconds is None else self.start + timedelta(seconds=seconds)


def question_of(chain: Chain, ask: Ask) -> Question:
    """Return what is to be planned.

    Raises Unsupported when nothing is to be visited, or too much; UsageError when a skill or a number is not one.
    """
    steps = _table(chain, "steps")
    kinds = [name.strip() for name in ask.kind.split(",") if name.strip()]
    found = chain.sql(_CASES, ready=ask.ready).filter(pl.col("kind").is_in(kinds))
    windows = _table(chain, "visit_windows").join(found.select("case"), on="case", how="semi")
    if not found.height:
        raise Unsupported(f"No case of kind {ask.kind} is open: there is nobody to visit. Put --kind otherwise.")
    start = datetime.combine(ask.on or _first_day(found, windows, ask.now), time())
    rows = _visits(chain, ask, found, windows, start, {kind: _step_of(chain, kind, steps) for kind in kinds}, steps)
    if len(rows) > _MOST_VISITS:
        raise Unsupported(f"{len(rows):,} visits are too many for one run: at most {_MOST_VISITS:,}. Take fewer days, "
                          "or one kind at a time.")
    planned = {row["case"]: row for row in _table(chain, "planned_visits").iter_rows(named=True)}
    return _assembled(chain, ask, start, rows, planned)


def _table(chain: Chain, name: str) -> pl.DataFrame:
    return chain.table(name) if chain.has(name) else empty(INPUTS[name])


def _first_day(cases: pl.DataFrame, windows: pl.DataFrame, now: datetime | None) -> date:
    """Return the day of `now`, of the first window, or of the latest opening."""
    first = now or windows["opens_at"].min() or cases["opened_at"].max()
    return first.date()  # type: ignore[union-attr]


def _step_of(chain: Chain, kind: str, steps: pl.DataFrame) -> str | None:
    """Return the step that a visit of this kind is: the first its routes lead to that travels, or that of its name."""
    travelling = steps.filter(pl.col("travels"))["step"].to_list()
    led = _table(chain, "routes").filter(kind=kind)["to_step"].to_list()
    return next((step for step in led if step in travelling), kind if kind in steps["step"].to_list() else None)


def _visits(chain: Chain, ask: Ask, cases: pl.DataFrame, windows: pl.DataFrame, start: datetime,
            step_of: dict[str, str | None], steps: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the visits of these days: the case, its windows (seconds), work, worth, and why it is impossible."""
    told = _attributes(chain)
    work_of = dict(steps.select("step", "work").iter_rows())
    open_when = defaultdict(list)
    for case, opens, closes in windows.select("case", "opens_at", "closes_at").iter_rows():
        open_when[case].append(((opens - start).total_seconds(), (closes - start).total_seconds()))
    end, rows = ask.days * 86_400, []
    for row in cases.iter_rows(named=True):
        opened = max(0.0, (row["opened_at"] - start).total_seconds())
        due = None if row["due"] is None else (row["due"] - start).total_seconds()
        mine = open_when.get(row["case"]) or [(opened, end - 1.0 if due is None else due)]
        closed_first = all(closes < opens for opens, closes in mine) and row["case"] in open_when
        kept = _apart([(max(opens, opened), min(closes, end - 1.0)) for opens, closes in mine])
        overdue = row["case"] not in open_when and due is not None and due < opened
        if opened >= end or not (kept or closed_first or overdue):
            continue  # not of these days
        last = kept[-1][1] if kept else -1
        own = told.get(row["case"], {})
        late_cost = ask.late_cost if row["late_cost"] is None else row["late_cost"]
        step = step_of.get(row["kind"])
        work = own.get("work", work_of[step] if step else ask.work)
        rows.append({
            **row, "step": step, "windows": kept, "work": int(np.ceil(work * 3600.0 - 1e-6)),
            "skills": own.get("skill", ()), "worth": own.get("worth", ask.worth + late_cost), "late_cost": late_cost,
            "latest": end - 1 if overdue else int(last + ask.late * 3600.0) if kept and ask.late else 0,
            "impossible": "window" if closed_first else None, "last": last if kept else due,
            "released": 0 if row["ready_at"] is None else max(0, int((row["ready_at"] - start).total_seconds()))})
    if not rows:
        raise Unsupported(f"No case of kind {ask.kind} can be visited in {ask.days} day(s) from {start:%Y-%m-%d}: put "
                          "--on or --days otherwise.")
    return rows


def _apart(windows: list[tuple[float, float]]) -> tuple[tuple[int, int], ...]:
    """Return windows in order, whole seconds, those that touch made one, those without room left out."""
    told: list[tuple[int, int]] = []
    for opens, closes in sorted((int(np.ceil(opens)), int(closes)) for opens, closes in windows if opens <= closes):
        if told and opens <= told[-1][1] + 1:
            told[-1] = (told[-1][0], max(told[-1][1], closes))
        else:
            told.append((opens, closes))
    return tuple(told)


def _attributes(chain: Chain) -> dict[str, dict[str, Any]]:
    """Return of each case the skills it takes, its work (h) and its worth, the last known of each."""
    told: dict[str, dict[str, Any]] = defaultdict(dict)
    rows = _table(chain, "attributes").filter(pl.col("attribute").is_in(["skill", "work", "worth"])).sort(
        "valid_from", nulls_last=False)
    for case, attribute, value in rows.select("case", "attribute", "value").drop_nulls("value").iter_rows():
        if attribute == "skill":
            told[case]["skill"] = tuple(skill.strip() for skill in value.split(",") if skill.strip())
            continue
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0.0 <= number < 1e9:
            raise UsageError(f"The {attribute} of case {case} in attributes is {value!r}: write a number, none below "
                             "zero.")
        told[case][attribute] = number
    return told


def _crews(chain: Chain, ask: Ask, start: datetime) -> list[tuple[str, str, Crew]]:
    """Return name, site and shift of each crew (its place is numbered later); those without a site start nowhere."""
    shifts = {name: part for (name,), part in _table(chain, "shifts").group_by("crew", maintain_order=True)}
    now = 0 if ask.now is None else int(np.ceil((ask.now - start).total_seconds()))
    crews = chain.table("crews").drop_nulls("site").sort("crew").iter_rows(named=True)
    return [(crew["crew"], crew["site"], _crew(ask, crew, max(begins, now), ends, heads))
            for crew in crews
            for begins, ends, heads in _stretches(shifts.get(crew["crew"]), crew["heads"], start, ask.days)
            if heads > 0 and max(begins, now) < ends]


def _stretches(shifts: pl.DataFrame | None, heads: int, start: datetime, days: int) -> list[tuple[int, int, int]]:
    """Return from when until when (seconds) how many of a crew work."""
    told = []
    for day in range(days):
        rows: Iterable[dict[str, Any]] = [_ALL_DAY] if shifts is None else \
            shifts.sort("starts").iter_rows(named=True)
        for shift in rows:
            if shift["weekday"] in (None, WEEKDAYS[(start + timedelta(days=day)).weekday()]):
                begins = day * 86_400 + round(shift["starts"] * 3600)
                ends = day * 86_400 + round(shift["ends"] * 3600) + 86_400 * (shift["ends"] <= shift["starts"])
                told.append((begins, ends, heads if shift["heads"] is None else shift["heads"]))
    return told


def _crew(ask: Ask, crew: dict[str, Any], begins: int, ends: int, heads: int) -> Crew:
    """Return a crew on one shift."""
    by_shift, hour = ask.pay == "shift", crew["cost"]
    midnight = begins - begins % 86_400
    rest = (round(ask.rest * 60), midnight + round(ask.rest_from * 3600), midnight + round(ask.rest_until * 3600))
    return Crew(
        -1, -1, begins, ends, round(ask.overtime * 3600), heads, by_shift, 0.0 if by_shift else hour,
        hour * (ask.overtime_factor if by_shift else ask.overtime_factor - 1.0),
        None if crew["load"] is None else int(crew["load"]), ask.reloads if crew["load"] is not None else 0,
        round(ask.turn * 60), rest if ask.rest else None)


def _assembled(chain: Chain, ask: Ask, start: datetime, rows: list[dict[str, Any]], planned: dict[str, Any]
               ) -> Question:
    """Put visits, crews and ways together."""
    manned = _crews(chain, ask, start)
    homes = sorted({site for _, site, _ in manned})
    manned = [(name, site, replace(crew, place=homes.index(site), home=homes.index(site)))
              for name, site, crew in manned]
    manned, begun = _under_way(manned, rows, planned, start, len(homes))
    seconds, km = _ways(chain, ask, homes, rows)
    field = Field((), tuple(crew for _, _, crew in manned), seconds, km, ask.km_cost, ask.change_cost)
    names, crews_of, skills = [name for name, _, _ in manned], _crews_of(chain), _skills_of(chain)
    visits = []
    for at, row in enumerate(rows):
        plan = planned.get(row["case"])
        row["pinned"] = plan is not None and plan["standing"] != "planned"
        may = frozenset(
            number for number, name in enumerate(names)
            if name in crews_of.get(row["step"], {name}) and set(row["skills"]) <= skills.get(name, set())
            and (plan is None or not row["pinned"] or plan["crew"] == name)
            and _has_room(field.crews[number], row["quantity"]))
        today = None if plan is None else frozenset(number for number, name in enumerate(names) if name == plan["crew"])
        visit = Visit(len(homes) + at, row["work"], row["windows"], may, row["worth"], row["late_cost"], row["latest"],
                      int(np.ceil(row["quantity"])), row["released"], today)
        if at in begun.values():
            visits.append(replace(visit, crews=frozenset(), worth=0.0))
            continue
        row["impossible"] = row["impossible"] or _impossible(field, visit, row)
        visits.append(replace(visit, crews=frozenset()) if row["impossible"] else visit)
    told = ("case", "customer", "site", "step", "impossible", "pinned", "last")
    cases = pl.DataFrame({name: [row[name] for row in rows] for name in told},
                         schema=dict.fromkeys(told, pl.String) | {"pinned": pl.Boolean, "last": pl.Float64})
    return Question(replace(field, visits=tuple(visits)), start, cases, tuple(names),
                    tuple(site for _, site, _ in manned), _table(chain, "steps"), _table(chain, "durations"), begun)


def _has_room(crew: Crew, quantity: float) -> bool:
    return crew.room is None or quantity <= crew.room


def _impossible(field: Field, visit: Visit, row: dict[str, Any]) -> str | None:
    """Return why nobody can make a visit, were it the only one; None where somebody can."""
    if row["latitude"] is None and row["at_site"] is None:
        return "nowhere"
    if not visit.crews:
        return "nobody_may"
    alone = replace(field, visits=(visit,))
    return None if any(timed(alone, Tour(crew, (0,))) for crew in visit.crews) else "never_in_time"


def _under_way(manned: list[tuple[str, str, Crew]], rows: list[dict[str, Any]], planned: dict[str, Any],
               start: datetime, first: int) -> tuple[list[tuple[str, str, Crew]], dict[int, int]]:
    """Return the crews, one head of those under way starting where and when its visit is over; and those visits."""
    begun: dict[int, int] = {}
    told = list(manned)
    for at, row in enumerate(rows):
        plan = planned.get(row["case"])
        if plan is None or plan["standing"] != "begun" or plan["starts_at"] is None:
            continue
        over = int((plan["starts_at"] - start).total_seconds()) + row["work"]
        for number, (name, site, crew) in enumerate(told):
            if name == plan["crew"] and number not in begun and over < crew.ends and crew.heads:
                if crew.heads > 1:
                    told.append((name, site, replace(crew, heads=crew.heads - 1)))
                told[number] = (name, site, replace(crew, heads=1, place=first + at, starts=max(crew.starts, over)))
                begun[number] = at
                break
    return told, begun


def _crews_of(chain: Chain) -> dict[str, set[str]]:
    """Return the crews that a step names, any of which may do it."""
    needs = _table(chain, "needs").drop_nulls("crew")
    return {str(step): set(part["crew"]) for (step,), part in needs.group_by("step")}


def _skills_of(chain: Chain) -> dict[str, set[str]]:
    """Return what the people of each crew can do."""
    people = _table(chain, "people").select("person", "crew").drop_nulls("crew")
    able = _table(chain, "skills").join(people, on="person")
    return {str(crew): set(part["skill"]) for (crew,), part in able.group_by("crew")}


def _ways(chain: Chain, ask: Ask, homes: list[str], rows: list[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
    """Return seconds and kilometres between sites of crews and visits: by lane where both ends are sites that one
    joins, else over the ground.
    """
    sites = {row["site"]: row for row in chain.table("sites").iter_rows(named=True)}
    ends = [(home, sites[home]["latitude"], sites[home]["longitude"]) for home in homes]
    ends += [(row["at_site"], row["latitude"], row["longitude"]) for row in rows]
    latitude, longitude = (np.array([np.nan if end[at] is None else end[at] for end in ends], float) for at in (1, 2))
    km = great_circle(latitude, longitude, latitude, longitude) * ask.detour
    # A hair is taken off, lest rounding make 300.0000001 seconds 301.
    seconds = np.ceil(km / ask.speed * 3600.0 - 1e-6)
    for (one, other), hours in {(lane["from_site"], lane["to_site"]): lane["duration"]
                                for lane in _table(chain, "lanes").iter_rows(named=True)}.items():
        leaving, arriving = (np.array([end[0] == site for end in ends]) for site in (one, other))
        joined = leaving[:, None] & arriving[None, :]
        seconds[joined] = np.ceil(hours * 3600.0)
        km[joined & np.isnan(km)] = hours * ask.speed
    return np.where(np.isnan(seconds), NEVER, seconds), np.nan_to_num(km)
