"""Which units go round, when are they wanted, and how do they come back? Tables in, loops out.

Times are hours from midnight of the first day on which a booked unit goes out. What is given back leaves with the next
wave of one of the steps named and is fit again after the work of that step; without steps it leaves at once and takes
the lead time of the item. A wave of a step that needs crews with a `load` takes so many units for each head, from all
sites together: who is given back first leaves first, and what is over waits for the next wave. What is asked for at
random is out for the lead time on average.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.core.errors import Unsupported
from arbitre.core.units import HOURS_PER_DAY
from arbitre.core.week import HOURS_PER_WEEK, week_hours
from arbitre.maths.work.duration_laws import DurationLaw
from arbitre.maths.work.loops import Loop
from arbitre.optimise._work_laws import work_law
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty
from arbitre.tables.routing import Process

Floats = NDArray[Any]
_HOURS_A_YEAR = 8766.0


@dataclass(frozen=True)
class Circling:
    """A loop and what is known of it: item, site, units today (None: not known), price, and cost of one flown in."""

    item: str
    site: str
    before: int | None
    price: float
    short_cost: float
    loop: Loop


@dataclass(frozen=True)
class Question:
    """What is to be decided: loops; start, of the hours; days looked at; senseless, how many bookings end before they
    begin and are left out."""

    loops: tuple[Circling, ...]
    start: datetime
    days: int
    senseless: int


def question_of(chain: Chain, steps: list[str]) -> Question:
    """Return what is to be decided.

    Raises Unsupported, saying what to fill in, where nothing goes round, or a step is not there.
    """
    found = chain.tables.get("bookings", empty(INPUTS["bookings"]))
    bookings = found.filter(pl.col("back_at") >= pl.col("out_at"))
    items = {row["item"]: row for row in chain.table("items").iter_rows(named=True)}
    random = _random(chain, items, bookings)
    places = pl.concat([bookings.select("item", "site"), random.select("item", "site")]).unique().sort("item", "site")
    if not places.height:
        raise Unsupported(f"Nothing goes round in the chain {chain.name}: fill bookings, or demand of items whose "
                          "is_repairable says that they come back.")
    start = datetime.combine(bookings["out_at"].min(), time()) if bookings.height else datetime(2000, 1, 3)  # type: ignore[arg-type]
    last = bookings["out_at"].max()
    days = (last - start).days + 1 if bookings.height else 7  # type: ignore[operator]
    ways = _Ways(chain, steps, start)
    stocks = chain.tables.get("stocks", empty(INPUTS["stocks"])).select("site", "item", "level")
    today = {(site, item): level for site, item, level in stocks.iter_rows()}
    loops, parts = [], ways.leaving(bookings)
    for item, site in places.iter_rows():
        rate = float(random.filter(item=item, site=site)["rate"].sum()) / _HOURS_A_YEAR
        mean = items[item]["lead_time"] * HOURS_PER_DAY
        loop = ways.loop(parts.filter(item=item, site=site), DurationLaw("constant", mean), rate * mean, rate)
        loops.append(Circling(item, site, today.get((site, item)), items[item]["price"],
                              items[item]["emergency_cost"] or 0.0, loop))
    return Question(tuple(loops), start, days, found.height - bookings.height)


def _random(chain: Chain, items: dict[str, dict[str, Any]], bookings: pl.DataFrame) -> pl.DataFrame:
    """Return item, site, rate a year of what is asked for at random, of items that come back."""
    if not chain.has("demand"):
        return pl.DataFrame(schema={"item": pl.String, "site": pl.String, "rate": pl.Float64})
    round_ = {item for item, row in items.items() if row["is_repairable"]} | set(bookings["item"])
    return chain.table("demand").select("item", "site", "rate").filter(
        pl.col("item").is_in(list(round_)), pl.col("rate") > 0)


class _Ways:
    """How what is given back becomes fit again."""

    def __init__(self, chain: Chain, steps: list[str], start: datetime) -> None:
        process = Process.of(chain)
        known = {row["step"]: row for row in process.steps.iter_rows(named=True)}
        missing = [step for step in steps if step not in known]
        if missing:
            raise Unsupported(f"There is no step {missing[0]} by which units come back: name one of steps "
                              f"({', '.join(sorted(known)) or 'which is empty'}) with --step, or none.")
        self.laws = [work_law(known[step], process) for step in steps]
        self.rooms = [_room(process, step) for step in steps]
        monday = start - timedelta(days=start.weekday())
        self.since = (start - monday).total_seconds() / 3600.0
        self.waves = sorted((hour, law) for law, step in enumerate(steps) if self.rooms[law] > 0
                            for day, leaves in process.waves.filter(step=step).select("weekday", "leaves").iter_rows()
                            for hour in week_hours(day, leaves))
        if steps and not max(self.rooms):
            raise Unsupported(f"Nobody takes what leaves with {', '.join(steps)}: give the crews that needs names for "
                              "these steps heads, and a load of a unit at least, or none for no limit.")
        self.start = start

    def leaving(self, bookings: pl.DataFrame) -> pl.DataFrame:
        """Return bookings in parts that leave together: item, site, out (h), units, wave, leaves (h), law (its number).
        """
        given = bookings.sort("back_at", "out_at", "site", "item").select(
            "item", "site", *((pl.col(name) - self.start).dt.total_microseconds().truediv(3.6e9).alias(hours)
                              for name, hours in (("out_at", "out"), ("back_at", "leaves"))), units="quantity")
        if not self.waves:
            return given.with_columns(wave=pl.int_range(pl.len()), law=pl.lit(0))
        parts = [(row, units, wave, *self._at(wave)) for row, wave, units in self._boarded(
            self._next_wave(given["leaves"].to_numpy()).tolist(), given["units"].to_list())]
        told = pl.DataFrame(parts, orient="row", schema={"row": pl.Int64, "units": pl.Int64, "wave": pl.Int64,
                                                         "leaves": pl.Float64, "law": pl.Int64})
        return pl.concat([given.select("item", "site", "out")[told["row"]], told], how="horizontal")

    def loop(self, parts: pl.DataFrame, alone: DurationLaw, at_random: float, rate: float) -> Loop:
        """Return the loop of these parts of bookings; alone, the law of the time back where no step says it."""
        out, units, wave, leaves, law = (parts[name].to_numpy() for name in ("out", "units", "wave", "leaves", "law"))
        _, first, batch = np.unique(wave, return_index=True, return_inverse=True)
        laws = self.laws or [alone]
        return Loop(out, units, batch, leaves[first], [laws[number] for number in law[first]], at_random, rate)

    def _boarded(self, waves: list[int], units: list[int]) -> Iterator[tuple[int, int, int]]:
        """Yield row, wave and units of what leaves together; rows in the order in which they are given back."""
        taken: dict[int, int] = {}
        full = -1
        for row, (wave, left) in enumerate(zip(waves, units, strict=True)):
            while left > 0:
                wave = max(wave, full + 1)
                room = self.rooms[self.waves[wave % len(self.waves)][1]] - taken.get(wave, 0)
                now = int(min(left, room))
                taken[wave], left = taken.get(wave, 0) + now, left - now
                full = wave if now == room else full
                yield row, wave, now

    def _at(self, wave: int) -> tuple[float, int]:
        """Return when a wave leaves, and by which step."""
        week, at = divmod(wave, len(self.waves))
        hour, law = self.waves[at]
        return week * HOURS_PER_WEEK + hour - self.since, law

    def _next_wave(self, back: Floats) -> NDArray[np.int64]:
        """Return the number of the wave that leaves next; the first of the week of the start is number 0."""
        week, hour = np.divmod(back + self.since, HOURS_PER_WEEK)
        at = np.searchsorted([hour for hour, _ in self.waves], hour - 1e-9)
        return week.astype(np.int64) * len(self.waves) + at


def _room(process: Process, step: str) -> float:
    """Return the units that a wave of a step takes: heads times load of the crews it needs, infinite without a load."""
    crews = process.needs.filter(step=step).select("crew").drop_nulls().join(process.crews, on="crew")
    if not crews.height or crews["load"].null_count():
        return np.inf
    return math.floor(crews.select((pl.col("heads") * pl.col("load")).sum()).item())
