"""Are published rosters solved to their best known values, how fast, and with which bound?

    python -m benchmarks.rosters ../shared/data/rosters --json

Shift scheduling instances of Curtois & Qu (2014), InstanceN.txt: people with contracts, shifts, days off, requests and
cover. Each is written as tables, decided by `optimise.rosters` and judged by `broken` and `cost`, which read the
instance and the table `roster` alone. `instances`: value, bound, best known, rules broken (none) and seconds of each.
`--only 1,2,3` leaves others out (`--only ""` all), `--rounds` says how long is sought.

`covering`: shifts published by `optimise.shifts` for a drawn week of 96 quarter-hours a day, open from six to midnight
with peaks at noon and in the evening, from 400 shifts a day that may be published (40 starts, 10 lengths).
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from arbitre.capability import silent
from arbitre.core.week import WEEKDAYS
from arbitre.optimise import rosters, shifts
from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of

BEST_KNOWN = {1: 607, 2: 828, 3: 1001, 4: 1716, 5: 1143, 6: 1950, 7: 1056, 8: 1300, 9: 439, 10: 4631}
MONDAY = date(2024, 1, 1)
SEED = 1

Lines = dict[str, dict[int, str]]
"""By person, the shift of each day worked."""


@dataclass(frozen=True)
class Instance:
    """An instance as it is written: the days, and the rows of each section."""

    days: int
    shifts: list[list[str]]
    staff: list[list[str]]
    days_off: list[list[str]]
    wants: list[list[str]]
    avoids: list[list[str]]
    cover: list[list[str]]


def read(path: Path) -> Instance:
    """Read an instance."""
    sections: dict[str, list[list[str]]] = defaultdict(list)
    rows = list[list[str]]()
    for line in path.read_text(encoding="ascii").splitlines():
        if line.startswith("SECTION_"):
            rows = sections[line.strip()]
        elif line.strip() and not line.startswith("#"):
            rows.append([cell.strip() for cell in line.split(",")])
    return Instance(int(sections["SECTION_HORIZON"][0][0]), sections["SECTION_SHIFTS"], sections["SECTION_STAFF"],
                    sections["SECTION_DAYS_OFF"], sections["SECTION_SHIFT_ON_REQUESTS"],
                    sections["SECTION_SHIFT_OFF_REQUESTS"], sections["SECTION_COVER"])


def as_chain(instance: Instance) -> Chain:
    """Write an instance as tables. Shifts start at midnight, so that rules alone bar one from following another."""
    def day(text: str) -> date:
        return MONDAY + timedelta(days=int(text))

    rules = [{"shift": shift, "next_shift": after} for shift, _, barred in instance.shifts
             for after in barred.split("|") if after]
    people = []
    for name, limits, most, least, longest, shortest, off, weekends in instance.staff:
        rules += [{"person": name, "shift": shift, "most": int(times)}
                  for shift, times in (limit.split("=") for limit in limits.split("|"))]
        people.append({"person": name, "least_hours": int(least) / 60, "most_hours": int(most) / 60,
                       "longest_run": int(longest), "shortest_run": int(shortest), "shortest_break": int(off),
                       "most_weekends": int(weekends)})
    requests = [{"person": name, "kind": "away", "from_on": day(text)} for name, *days in instance.days_off
                for text in days]
    for kind, rows in (("wants", instance.wants), ("avoids", instance.avoids)):
        requests += [{"person": name, "kind": kind, "from_on": day(at), "shift": shift, "weight": float(weight)}
                     for name, at, shift, weight in rows]
    return chain_of(
        people=people, requests=requests, shift_rules=rules,
        shift_kinds=[{"shift": shift, "starts": 0.0, "ends": int(minutes) / 60} for shift, minutes, _ in
                     instance.shifts],
        shift_needs=[{"shift": shift, "day": day(at), "heads": int(heads), "short_cost": float(under),
                      "spare_cost": float(over)} for at, shift, heads, under, over in instance.cover])


def lines_of(roster: pl.DataFrame) -> Lines:
    """Return a roster by person and number of the day."""
    lines: Lines = defaultdict(dict)
    for person, day, shift in roster.select("person", "day", "shift").iter_rows():
        lines[person][(day - MONDAY).days] = shift
    return lines


def broken(instance: Instance, lines: Lines) -> list[str]:
    """Return the rules that a roster breaks, one sentence each."""
    minutes = {shift: int(length) for shift, length, _ in instance.shifts}
    barred = {shift: set(after.split("|")) - {""} for shift, _, after in instance.shifts}
    off = {name: {int(day) for day in days} for name, *days in instance.days_off}
    told = []
    for name, limits, most, least, longest, shortest, pause, weekends in instance.staff:
        line = lines.get(name, {})
        work = sum(minutes[shift] for shift in line.values())
        if not int(least) <= work <= int(most):
            told.append(f"{name}: {work} minutes")
        worked = Counter(line.values())
        told += [f"{name}: {worked[shift]} x {shift}" for shift, times in (limit.split("=") for limit in
                 limits.split("|")) if worked[shift] > int(times)]
        told += [f"{name}: works day {day}" for day in off.get(name, set()) & set(line)]
        told += [f"{name}: {line[day + 1]} after {line[day]}" for day in line if line.get(day + 1) in
                 barred[line[day]]]
        if sum(1 for first in range(5, instance.days, 7) if first in line or first + 1 in line) > int(weekends):
            told.append(f"{name}: too many weekends")
        told += [f"{name}: {length} days {'on' if on else 'off'} from {first}"
                 for on, first, length in _runs(line, instance.days)
                 if (on and length > int(longest)) or (first > 0 and first + length < instance.days
                                                       and length < int(shortest if on else pause))]
    return told


def _runs(line: dict[int, str], days: int) -> list[tuple[bool, int, int]]:
    """Return the runs of days worked and off: whether worked, the first day, the length."""
    runs, first = [], 0
    for day in range(1, days + 1):
        if day == days or (day in line) != (first in line):
            runs.append((first in line, first, day - first))
            first = day
    return runs


def cost(instance: Instance, lines: Lines) -> int:
    """Return what a roster costs: wishes not granted, cover missing and too much."""
    total = sum(int(weight) for name, day, shift, weight in instance.wants
                if lines.get(name, {}).get(int(day)) != shift)
    total += sum(int(weight) for name, day, shift, weight in instance.avoids
                 if lines.get(name, {}).get(int(day)) == shift)
    there = Counter((day, shift) for line in lines.values() for day, shift in line.items())
    for day, shift, heads, under, over in instance.cover:
        missing = int(heads) - there[int(day), shift]
        total += int(under) * max(missing, 0) + int(over) * max(-missing, 0)
    return total


def decided(path: Path, rounds: int) -> dict[str, Any]:
    """Decide an instance; return its figures."""
    instance, number = read(path), int(path.stem.removeprefix("Instance"))
    started = time.perf_counter()
    found = rosters.run(as_chain(instance), rosters.Params(rounds=rounds), SEED, silent)
    seconds = time.perf_counter() - started
    lines = lines_of(found.tables["roster"])
    return {"instance": number, "value": cost(instance, lines), "bound": found.bound, "best_known": BEST_KNOWN[number],
            "told": found.summary["value"], "broken": broken(instance, lines), "seconds": round(seconds, 1)}


def covering() -> dict[str, Any]:
    """Publish the shifts of a week; return their figures."""
    quarter, rng = np.arange(24, 96), np.random.default_rng(SEED)
    mean = 4 + 12 * np.exp(-(((quarter - 50) / 6) ** 2)) + 18 * np.exp(-(((quarter - 78) / 7) ** 2))
    wanted = [{"crew": "desk", "weekday": day, "starts": at / 4, "ends": (at + 1) / 4, "heads": int(heads),
               "short_cost": 60.0}
              for day in WEEKDAYS for at, heads in zip(quarter, rng.poisson(mean), strict=True) if heads]
    chain = chain_of(crews=[{"crew": "desk", "heads": 1, "cost": 16.0}], heads_wanted=wanted,
                     shift_patterns=[{"pattern": "any", "crew": "desk", "earliest": 6.0, "latest": 15.75, "every": 0.25,
                                      "shortest": 6.0, "longest": 8.25, "break_hours": 0.5}])
    started = time.perf_counter()
    found = shifts.run(chain, shifts.Params(), SEED, silent)
    return {"value": found.summary["value"], "bound": found.bound, "gap": found.summary["gap"],
            "seconds": round(time.perf_counter() - started, 2)}


def main() -> None:
    """Print them all."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path, nargs="?", help="folder of the instances")
    options.add_argument("--data", type=Path, default=Path("../shared/data"), help="where no folder is given")
    options.add_argument("--only", default="1,2,3,4,5,6,7", help="numbers of the instances")
    options.add_argument("--rounds", type=int, default=rosters.Params().rounds, help="as of optimise.rosters")
    options.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    given = options.parse_args()
    folder = given.folder or given.data / "rosters"
    numbers = [number for number in given.only.split(",") if number]
    instances = [decided(folder / f"Instance{number}.txt", given.rounds) for number in numbers]
    print(json.dumps({"covering": covering(), "instances": instances,
                      "all_rules_kept": not any(row["broken"] for row in instances)}, indent=2))


if __name__ == "__main__":
    main()
