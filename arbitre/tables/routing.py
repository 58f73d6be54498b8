"""What do the tables of a process say? Steps, routes and crews as they are written, and which rows are about whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.calendars import Calendar
from arbitre.core.week import WEEKDAYS, week_means
from arbitre.tables.business_time import calendars_of
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty

_TABLES = ("steps", "durations", "routes", "crews", "shifts", "needs", "waves", "rhythms", "seasons", "priorities",
           "lanes")
SCOPE = ("segment", "offer", "criticality")
"""Columns that say about whom a row is; empty: everyone."""
SHELF = ("item", "site", "kept_for")
"""What tells a shelf from others; kept_for: whom it is kept apart for, null for everyone."""
ARRIVED = "arrived"
"""What a promise of response names as its step: a crew is where the case is (`steps.travels`). A step of this very name
is that step."""
_LAST = 59
"""The last priority there is."""


Ways = list[tuple[str | None, str | None, float]]
"""From step, to step, share."""


@dataclass(frozen=True)
class Process:
    """The tables of a process, empty where the chain lacks them; each is named as in `arbitre.tables.process`.

    calendars: those of the chain, by name, where a step or crew keeps one.
    """

    steps: pl.DataFrame
    durations: pl.DataFrame
    routes: pl.DataFrame
    crews: pl.DataFrame
    shifts: pl.DataFrame
    needs: pl.DataFrame
    waves: pl.DataFrame
    rhythms: pl.DataFrame
    seasons: pl.DataFrame
    priorities: pl.DataFrame
    lanes: pl.DataFrame
    calendars: Mapping[str, Calendar]
    _known: dict[tuple[str | None, ...], Ways] = field(init=False, default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, chain: Chain) -> Process:
        """Return the process of a chain. Raises Unsupported when crews keep a calendar and its time zone is unknown."""
        tables = [chain.tables.get(name, empty(INPUTS[name])) for name in _TABLES]
        named = any(chain.tables[name]["calendar"].count() for name in ("steps", "crews") if name in chain.tables)
        return cls(*tables, calendars=calendars_of(chain) if named else {})

    def without_routes(self) -> Process:
        """Return the process of orders: they come in their rhythm, and that is all."""
        none = {name: getattr(self, name).clear() for name in _TABLES if name not in ("rhythms", "seasons")}
        return replace(self, **none)

    @property
    def kinds(self) -> set[str]:
        """Kinds of cases that have a route."""
        return set(self.routes["kind"])

    @property
    def row_of(self) -> dict[str, int]:
        """Where each step stands in the network: after ORDER."""
        return {step: row + 1 for row, step in enumerate(self.steps["step"])}

    def ways(self, kind: str, segment: str | None, offer: str | None, item: str | None = None) -> Ways:
        """Return (from step, to step, share) for such a case: at each step the rows that name most of what it is."""
        key = kind, segment, offer, item
        if key not in self._known:
            self._known[key] = self._ways(*key)
        return self._known[key]

    def _ways(self, kind: str, segment: str | None, offer: str | None, item: str | None) -> Ways:
        chosen: dict[str | None, tuple[int, Ways]] = {}
        about = pl.col("item").is_null() | pl.col("item").eq_missing(pl.lit(item, pl.String))
        for row in self.routes.filter(about, kind=kind).iter_rows(named=True):
            if row["segment"] not in (None, segment) or row["offer"] not in (None, offer):
                continue
            rank = 4 * (row["item"] is not None) + 2 * (row["segment"] is not None) + (row["offer"] is not None)
            way = (row["from_step"], row["to_step"], row["share"])
            known, ways = chosen.get(row["from_step"], (-1, []))
            if rank > known:
                chosen[row["from_step"]] = (rank, [way])
            elif rank == known:
                ways.append(way)
        return [way for _, ways in chosen.values() for way in ways]

    def routed_item(self) -> pl.Expr:
        """Return the item of each case that has rows of its own in routes, null for all others: they go alike."""
        return pl.when(pl.col("item").is_in(self.routes["item"].drop_nulls().unique().implode())).then("item").alias(
            "item")

    def visited(self, kind: str) -> set[str]:
        """Return the steps that cases of a kind may come to."""
        steps = set(self.routes.filter(kind=kind)["to_step"].drop_nulls())
        return steps | set(self.steps.filter(pl.col("step").is_in(steps))["without_item"].drop_nulls())

    def goes_to(self, kind: str) -> bool:
        """Does anybody travel to cases of a kind?"""
        return bool(self.visited(kind).intersection(self.steps.filter("travels")["step"]))

    def open_in(self, calendar: str, hours: float) -> np.ndarray:
        """Return which stretches of so many hours of the week a calendar is open in, holidays left aside."""
        rows = [(WEEKDAYS[day], opens / 60, closes / 60, 1.0)
                for day, spans in self.calendars[calendar].week.items() for opens, closes in spans]
        return np.asarray(week_means(rows, hours) >= 1.0 - 1e-9)

    def arrivals_for(self, promise: Mapping[str, Any]) -> frozenset[str]:
        """Return the steps at which somebody arrives and so keeps a promise of response; of other promises, none."""
        is_response = promise["step"] == ARRIVED and ARRIVED not in self.row_of
        return frozenset(self.steps.filter("travels")["step"]) if is_response else frozenset()

    def shelves_asked(self, classes: pl.DataFrame) -> pl.DataFrame:
        """Return item, site, kept_for of the shelves that cases take units from; items of steps are for everyone."""
        asked = [classes.filter(pl.col("item").is_not_null()).select(SHELF)]
        items = self.needs.filter(pl.col("item").is_not_null()).join(self.steps.select("step", at="site"), on="step")
        for step, item, at in items.select("step", "item", "at").iter_rows():
            kinds = [kind for kind in self.kinds if step in self.visited(kind)]
            places = classes.filter(pl.col("kind").is_in(kinds)).select(
                item=pl.lit(item), site=pl.coalesce(pl.lit(at, pl.String), "site"), kept_for=pl.lit(None, pl.String))
            asked.append(places)
        return pl.concat(asked).drop_nulls(["item", "site"]).unique(maintain_order=True)


def zones_of(process: Process) -> dict[str, int]:
    """Return a number for each site that lanes, steps or crews name."""
    sites = [process.lanes["from_site"], process.lanes["to_site"], process.steps["site"], process.crews["site"]]
    return {site: row for row, site in enumerate(pl.concat(sites).drop_nulls().unique().sort())}


def covered(rows: pl.DataFrame, classes: pl.DataFrame) -> np.ndarray:
    """Return (rows, classes): is the row (a promise, a priority) about the class? Both have a kind and a scope."""
    found = np.ones((rows.height, classes.height), dtype=bool)
    for at, row in enumerate(rows.iter_rows(named=True)):
        for column in ("kind", *SCOPE):
            if row[column] is not None:
                found[at] &= (classes[column] == row[column]).fill_null(value=False).to_numpy()
    return found


def ranks_of(priorities: pl.DataFrame, classes: pl.DataFrame) -> np.ndarray:
    """Return the place in line of each class (classes,): that of the row that says most about it, else the last."""
    found = np.full(classes.height, min(int(priorities["priority"].max() or 0) + 1, _LAST))  # type: ignore[arg-type]
    scope = pl.sum_horizontal(pl.col(*SCOPE).is_not_null())
    # The rows that say least come first, so that those that say more have the last word.
    ranked = priorities.sort(scope, -pl.col("priority"))
    for mine, priority in zip(covered(ranked, classes), ranked["priority"], strict=True):
        found[mine] = priority
    return found
