"""From the tables of people and shifts to the question of who works when."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.errors import Unsupported, UsageError
from arbitre.core.week import WEEKDAYS
from arbitre.maths.work.roster_lines import Floats, Integers, LineRules, Truths, cheapest_line
from arbitre.optimise._rosters_search import Question
from arbitre.tables.chain import Chain

_FINE = 5
"""Minutes to which worked time is rounded."""
_DAYS = 28
"""Days planned where nothing says how many."""
_SATURDAY, _SUNDAY = 5, 6


@dataclass(frozen=True)
class Terms:
    """What is asked beside the tables: first day and number of days, hours of rest from shift to shift, what it costs
    (money) not to keep a settled day or an hour below the least, and weekends and hours spread unevenly, squared."""

    first: date | None
    days: int
    rest: float
    settled_cost: float
    even_weekends: float
    even_hours: float


@dataclass(frozen=True)
class Asked:
    """A question with the names in it: shifts (S,) are the rows of `kinds`, with their length and hours; people (P,),
    days; away (P, days), may (P, S) who may work what; asks, requests day by day; least_hours (P,)."""

    question: Question
    people: list[str]
    days: list[date]
    kinds: pl.DataFrame
    away: Truths
    may: Truths
    asks: list[tuple[int, int, str, int | None]]
    least_hours: Floats


def asked_of(chain: Chain, terms: Terms) -> Asked:
    """Return the question of a chain.

    Raises UsageError when no days are given, Unsupported when nobody is there, no shift is, or rules are too many.
    """
    kinds, people = chain.table("shift_kinds"), chain.table("people")
    if people.is_empty() or kinds.is_empty():
        empty = "people" if people.is_empty() else "shift_kinds"
        raise Unsupported(f"There is nobody to plan, or nothing: the table {empty} is empty. Fill it.")
    days = _days(chain, terms)
    shifts = {name: number for number, name in enumerate(kinds["shift"])}
    names = {name: number for number, name in enumerate(people["person"])}
    need, short, spare, worked = _needs(chain, days, shifts)
    may, most = _allowed(chain, people, kinds, names, shifts)
    away, wish, constant, asks = _requests(chain, (names, shifts), days, terms.settled_cost)
    settled = np.zeros_like(wish, dtype=np.bool_)
    for person, day, kind, shift in asks:
        settled[person, day, slice(None) if shift is None else shift] |= kind == "works"
    kinds = kinds.with_columns(
        length=24.0 - (pl.col("starts") - pl.col("ends")) % 24.0).with_columns(work=pl.coalesce("work", "length"))
    minutes = np.maximum(np.rint(kinds["work"].to_numpy() * 60 / _FINE).astype(np.int64) * _FINE, 0)
    unit = max(int(np.gcd.reduce(minutes)), 1)
    weekend = weekend_of(days)
    follows = _follows(chain, kinds, shifts, terms.rest)
    shared = _share(people, float((need.sum(axis=0) * minutes).sum()) / 60)
    rules = []
    for row in people.iter_rows(named=True):
        at = names[row["person"]]
        classes, group = np.unique(follows[at] if at in follows else follows[-1], axis=0, return_inverse=True)
        plain = LineRules(
            may_work=may[at] & (worked | settled[at]) & ~away[at][:, None],
            group=group.astype(np.int64).ravel(), follows=classes,
            longest_run=min(row["longest_run"], len(days)), shortest_run=row["shortest_run"],
            shortest_break=min(row["shortest_break"], len(days)), most=most[at], work=minutes // unit,
            weekend=weekend, end_cost=np.zeros((1, 1)))
        rules.append(_ended(plain, row, unit / 60, shared[at], terms))
    question = Question(rules, wish, constant, need, short, spare)
    return Asked(question, list(names), days, kinds, away, may, asks, people["least_hours"].to_numpy())


def weekend_of(days: list[date]) -> Integers:
    """Return 1 for Saturdays, 2 for Sundays, 0 for other days."""
    return np.array([{_SATURDAY: 1, _SUNDAY: 2}.get(day.weekday(), 0) for day in days])


def _days(chain: Chain, terms: Terms) -> list[date]:
    dated: list[date] = chain.table("shift_needs")["day"].drop_nulls().to_list()
    if terms.first is None and not dated:
        raise UsageError("Which days are to be planned? Say the first: --starts_on 2026-06-01, or give shift_needs a "
                         "day.")
    first = terms.first or min(dated)
    count = terms.days or ((max(*dated, first) - first).days + 1 if dated else _DAYS)
    return [first + timedelta(days=ahead) for ahead in range(count)]


def _needs(chain: Chain, days: list[date], shifts: dict[str, int]) -> tuple[Floats, Floats, Floats, Truths]:
    """Return people needed, what one missing and one too many costs, and whether the shift is worked at all (days, S).

    The row that says most counts; a day of which no row tells is not worked.
    """
    need, short, spare = (np.zeros((len(days), len(shifts))) for _ in range(3))
    worked = np.zeros(need.shape, dtype=np.bool_)
    said: dict[tuple[str, Any], dict[str, Any]] = {}
    for row in chain.table("shift_needs").iter_rows(named=True):
        said[row["shift"], row["day"] or row["weekday"]] = row
    closed = _closed(chain)
    for shift, at in shifts.items():
        for ahead, day in enumerate(days):
            row = said.get((shift, day))
            if row is None and (shift, day) not in closed:
                row = said.get((shift, WEEKDAYS[day.weekday()])) or said.get((shift, None))
            if row is not None:
                need[ahead, at], short[ahead, at], spare[ahead, at] = row["heads"], row["short_cost"], row["spare_cost"]
                worked[ahead, at] = True
    return need, short, spare, worked


def _closed(chain: Chain) -> set[tuple[str, date]]:
    """Return the days on which a shift is not worked: the holidays of its crew's calendar that have no hours."""
    if not chain.has("holidays", "crews"):
        return set()
    shut = chain.table("holidays").filter(pl.col("opens").is_null())
    every = set(shut.filter(pl.col("calendar").is_null())["day"])
    calendar = dict(chain.table("crews").select("crew", "calendar").iter_rows())
    closed = set()
    for shift, crew in chain.table("shift_kinds").select("shift", "crew").iter_rows():
        if calendar.get(crew) is not None:
            own = set(shut.filter(calendar=calendar[crew])["day"])
            closed |= {(shift, day) for day in own | every}
    return closed


def _allowed(chain: Chain, people: pl.DataFrame, kinds: pl.DataFrame, names: dict[str, int],
             shifts: dict[str, int]) -> tuple[Truths, Integers]:
    """Return which shifts each may work (P, S), by crew, skill and limits of nought; and the limits, -1 for none."""
    has = {(person, skill) for person, skill in chain.table("skills").select("person", "skill").iter_rows()} \
        if chain.has("skills") else set()
    may = np.ones((len(names), len(shifts)), dtype=np.bool_)
    for at, (person, crew) in enumerate(people.select("person", "crew").iter_rows()):
        for place, (of_crew, skill) in enumerate(kinds.select("crew", "skill").iter_rows()):
            may[at, place] = (None in (crew, of_crew) or crew == of_crew) and (
                skill is None or (person, skill) in has)
    most = np.full(may.shape, -1, dtype=np.int64)
    if chain.has("shift_rules"):
        limits = chain.table("shift_rules").filter(pl.col("next_shift").is_null(), pl.col("most").is_not_null())
        for person, shift, times in limits.sort("person", nulls_last=False).select(
                "person", "shift", "most").iter_rows():
            most[slice(None) if person is None else names[person], shifts[shift]] = times
    return may & (most != 0), most


def _follows(chain: Chain, kinds: pl.DataFrame, shifts: dict[str, int], rest: float) -> dict[int, Truths]:
    """Return which shift may come on the day after which (S, S): for everyone under -1, and for whom rules differ."""
    starts = kinds["starts"].to_numpy()
    over = starts + kinds["length"].to_numpy()
    everyone = starts[None, :] + 24.0 - over[:, None] >= rest - 1e-9
    follows = {-1: everyone}
    if chain.has("shift_rules"):
        people = {name: number for number, name in enumerate(chain.table("people")["person"])}
        barred = chain.table("shift_rules").filter(pl.col("next_shift").is_not_null()).sort("person", nulls_last=False)
        for person, shift, after in barred.select("person", "shift", "next_shift").iter_rows():
            at = -1 if person is None else people[person]
            follows.setdefault(at, follows[-1].copy())[shifts[shift], shifts[after]] = False
    return follows


def _requests(chain: Chain, known: tuple[dict[str, int], dict[str, int]], days: list[date],
              settled_cost: float) -> tuple[Truths, Floats, float, list[tuple[int, int, str, int | None]]]:
    """Return who is away (P, days), what working costs by wishes (P, days, S), all wishes, and each wish on its day."""
    names, shifts = known
    away = np.zeros((len(names), len(days)), dtype=np.bool_)
    wish, constant, asks = np.zeros((len(names), len(days), len(shifts))), 0.0, []
    for row, day in _by_day(chain, days):
        person, kind = names[row["person"]], row["kind"]
        if kind == "away":
            away[person, day] = True
            continue
        shift = None if row["shift"] is None else shifts[row["shift"]]
        weight = settled_cost if kind == "works" else row["weight"]
        where = slice(None) if shift is None else shift
        wish[person, day, where] += weight if kind == "avoids" else -weight
        constant += 0.0 if kind == "avoids" else weight
        asks.append((person, day, kind, shift))
    return away, wish, constant, asks


def _by_day(chain: Chain, days: list[date]) -> Iterator[tuple[dict[str, Any], int]]:
    if chain.has("requests"):
        for row in chain.table("requests").iter_rows(named=True):
            until = row["until_on"] or row["from_on"]
            yield from ((row, ahead) for ahead, day in enumerate(days) if row["from_on"] <= day <= until)


def _share(people: pl.DataFrame, hours: float) -> Floats:
    """Return the hours that fall to each, by what their contract allows (P,), from the hours needed in all."""
    most = people["most_hours"].fill_null(np.inf).to_numpy()
    weight = np.where(np.isfinite(most), most, max(most[np.isfinite(most)], default=1.0))
    return np.clip(hours * weight / max(weight.sum(), 1e-9), people["least_hours"].to_numpy(), most)


def _ended(rules: LineRules, row: dict[str, Any], unit: float, share: float, terms: Terms) -> LineRules:
    """Return the rules with what it costs to end with so many hours and weekends; the least of hours gives way, at a
    cost, only where no line can keep it."""
    least, most, weekends = row["least_hours"], row["most_hours"], row["most_weekends"]
    days, watched = len(rules.weekend), least > 0 or most is not None or terms.even_hours > 0
    work = rules.work if watched else np.zeros_like(rules.work)
    ceiling = days * int(work.max())
    units = np.arange(min(ceiling, math.floor(most / unit + 1e-9) if most is not None else ceiling) + 1)
    apart = terms.even_hours * (units * unit - share) ** 2 if terms.even_hours else np.zeros(len(units))
    if terms.even_weekends == 0.0 and weekends is None:
        rules, ends = replace(rules, weekend=np.zeros_like(rules.weekend)), np.zeros(1)
    else:
        counted = days // 7 + 2
        ends = np.arange((counted if weekends is None else min(weekends, counted)) + 1)
    free = apart[:, None] + terms.even_weekends * ends[None, :] ** 2.0
    missing = np.maximum(least - units * unit, 0.0)[:, None]
    kept = np.where(missing > 1e-9, np.inf, free)
    if np.isfinite(kept).any():
        strict = replace(rules, work=work, end_cost=kept)
        if np.isfinite(cheapest_line(strict, np.zeros(rules.may_work.shape))[0]):
            return strict
    return replace(rules, work=work, end_cost=free + terms.settled_cost * missing)
