"""Which people does a portfolio call for? Crews that keep promises of response, and the channels cases come through.

Cases of other kinds than those that stock serves (calls, visits) go their routes, under each offer its own: by phone,
by portal, on site. A step may need a crew, and a promise of the offer may be due there. Crews that stand in for one
another are one team. Like a shelf, a team answers one question, monotone in all its arguments:

    least heads(load, promises) = least n such that load <= most load(n, promise) for each promise made there,

with load, heads kept busy, linear in who is made what, and `most_load` of `maths.work.heads`: cases come evenly over
the hours the team works, first come, first served. A promise that meets several teams is shared between them as in
optimise.crews, and one of response is kept, as there, once somebody has come.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.core.units import DAYS_PER_YEAR, HOURS_PER_DAY
from arbitre.maths.work.duration_laws import DurationLaw
from arbitre.maths.work.heads import most_load
from arbitre.optimise._crews.loads import Load, goals_of, loads_of, promises_of, together, visits_of
from arbitre.optimise._crews.question import allowed_in, heads_today
from arbitre.optimise._pool import Floats, Integers
from arbitre.optimise._portfolio.promises import penalty_of
from arbitre.tables.chain import Chain
from arbitre.tables.routing import SCOPE, Process

_HOURS_A_YEAR = DAYS_PER_YEAR * HOURS_PER_DAY
_most_load = lru_cache(maxsize=1 << 16)(most_load)


@dataclass(frozen=True)
class Tier:
    """A promise at a team: hours from when the case is ready, the share in time, the law of the work in them."""

    promise: str
    left: float
    share: float
    law: DurationLaw


@dataclass(frozen=True)
class Team:
    """Crews that work off one line, each with its site; cost of a head, money a year; heads today; work, mean hours on
    a case; there (168,), whether it works in each hour of the week; the promises that may be made there."""

    crews: tuple[tuple[str, str | None], ...]
    cost: float
    today: int
    work: float
    there: NDArray[np.bool_]
    tiers: tuple[Tier, ...]

    @property
    def name(self) -> str:
        """Its crews in words."""
        return ", ".join(crew for crew, _ in self.crews)

    @property
    def hours(self) -> float:
        """Hours it works in a year."""
        return float(np.mean(self.there)) * _HOURS_A_YEAR

    def most(self, heads: int, tier: int) -> float:
        """Return how much load so many heads take under a promise; -1: none."""
        if tier < 0:
            return float(heads)
        one = self.tiers[tier]
        return _most_load(int(heads), self.work, one.left, one.share, one.law)

    def heads(self, load: float, tiers: Iterable[int]) -> int:
        """Return the least heads that do the work and keep the promises."""
        kept = (-1, *map(int, tiers))
        heads = int(np.ceil(load - 1e-9))
        while min(self.most(heads, tier) for tier in kept) < load * (1 - 1e-9):
            heads += 1
        return heads


@dataclass(frozen=True)
class People:
    """Teams T; load (S, O, T), heads kept busy if all of the segment took the offer; asks (S, O, T, K), which promises
    that makes; channel (S, O), what its cases cost on their way, money a year; fines, (segment, offer, promise, cases a
    year) of promises whose miss costs money; never (segment, offer), why no number of heads keeps it;
    calls, cases a year by kind, site, segment and offer if all of the segment took it."""

    teams: tuple[Team, ...]
    load: Floats
    asks: NDArray[np.bool_]
    channel: Floats
    fines: tuple[tuple[int, int, dict[str, Any], float], ...] = ()
    never: dict[tuple[int, int], str] = field(default_factory=dict)
    calls: pl.DataFrame = field(default_factory=pl.DataFrame)

    def of(self, row: Integers) -> People:
        """Return what the segments in these rows call for, in their order and as often."""
        return replace(
            self, load=self.load[row], asks=self.asks[row], channel=self.channel[row],
            fines=tuple((int(at), o, promise, cases) for s, o, promise, cases in self.fines
                        for at in np.flatnonzero(row == s)),
            never={(int(at), o): why for (s, o), why in self.never.items() for at in np.flatnonzero(row == s)})

    def could_ask(self, team: int, tier: int) -> bool:
        """Say whether a promise may be made at a team: enough heads keep it."""
        return not _is_never(self.teams[team].tiers[tier])

    def called_for(self, accept: Floats, offer: Integers) -> tuple[Floats, list[list[int]]]:
        """Return heads kept busy (T,) and the promises made at each team, where segments (S,), of which the shares
        accept (S,) take them, are made offers of these numbers (S,), -1 none."""
        made = np.flatnonzero(offer >= 0)
        busy = np.einsum("s,st->t", accept[made], self.load[made, offer[made]])
        asked = np.asarray(self.asks[made, offer[made]].any(axis=0))
        return busy, [np.flatnonzero(asked[t]).tolist() for t in range(len(self.teams))]

    def penalties(self, accept: Floats, choice_offer: Integers) -> Floats:
        """Return what promises of response, kept as planned, still cost (S, P), money a year; nan where accept is."""
        total = np.where(np.isnan(accept), np.nan, 0.0)
        for s, o, promise, cases in self.fines:
            for p in np.flatnonzero((choice_offer == o) & (accept[s] > 0)):
                total[s, p] += penalty_of(promise, accept[s, p] * cases, promise["target_share"])
        return total


def people_of(chain: Chain, kind: str, segments: list[str], regions: list[str], offers: list[str], part: Floats
              ) -> People:
    """Return who is needed for the cases of other kinds than `kind`; part (S, R), of a segment's cases by region.

    Raises Unreachable where nobody serves a step at all.
    """
    process = Process.of(chain)
    classes = _classes(chain, process, kind, segments, regions, offers, part)
    channel = np.zeros((len(segments), len(offers)))
    nobody = People((), np.zeros((*channel.shape, 0)), np.zeros((*channel.shape, 0, 0), bool), channel)
    if classes.is_empty():
        return nobody
    pairs = [(segments.index(s), offers.index(o)) for s, o in classes.select("segment", "offer").iter_rows()]
    who = np.array(pairs, np.int64)
    np.add.at(channel, (who[:, 0], who[:, 1]), _channel_cost(chain, process, classes))
    loads = list(loads_of(process, classes))
    promises = promises_of(chain, process, classes)
    goals, keyed = goals_of(process, classes, promises, loads)
    names = promises["promise"].to_list()
    aims = {key: [Tier(names[due.promise], round(due.left, 9), goals[due.goal].share, due.law) for due in found]
            for key, found in keyed.items()}
    found = [_team(process, crews, [load for load in loads if load.crews[0] in crews], classes, aims)
             for crews in together(loads)]
    most = max((len(team.tiers) for team, _, _ in found), default=0)
    load, asks = np.zeros((*channel.shape, len(found))), np.zeros((*channel.shape, len(found), most), bool)
    never: dict[tuple[int, int], str] = {}
    for t, (team, busy, asking) in enumerate(found):
        np.add.at(load[:, :, t], (who[:, 0], who[:, 1]), busy)
        for each, tier in asking:
            s, o = map(int, who[each])
            asks[s, o, t, tier] = True
            if _is_never(team.tiers[tier]):
                reason = "nobody goes to these cases" if np.isinf(team.tiers[tier].left) else \
                    "work and the way there alone take too long"
                never[s, o] = (f"{offers[o]} promises {segments[s]} what no number of heads of {team.name} keeps "
                               f"({team.tiers[tier].promise}): {reason}")
    rates = classes["rate"].to_numpy()
    fines = tuple((s, o, promise, float(rates[own].sum()))
                  for promise in promises.iter_rows(named=True) if promise["penalty"] or promise["late_cost"]
                  for s, o in sorted(set(pairs))
                  for own in [_about(promise, classes) & (who[:, 0] == s) & (who[:, 1] == o)] if own.any())
    return People(tuple(team for team, _, _ in found), load, asks, channel, fines, never, classes)


def _classes(chain: Chain, process: Process, kind: str, segments: list[str], regions: list[str], offers: list[str],
             part: Floats) -> pl.DataFrame:
    """Return kind, site, segment, offer, criticality, rate (1/year) of the cases there would be under each offer if all
    of a segment took it: as many as under all its offers today."""
    schema = {"kind": pl.String, "site": pl.String, "segment": pl.String, "offer": pl.String, "criticality": pl.String,
              "rate": pl.Float64}
    if not chain.has("arrivals"):
        return pl.DataFrame(schema=schema)
    calls = chain.table("arrivals").filter(
        pl.col("kind").is_in(sorted(process.kinds - {kind})), pl.col("segment").is_in(segments), pl.col("rate") > 0
    ).group_by("kind", "segment").agg(pl.col("rate").sum()).sort("kind", "segment")
    return pl.DataFrame([
        (what, regions[r], segment, offer, None, rate * part[segments.index(segment), r])
        for what, segment, rate in calls.iter_rows() for offer in offers
        for r in np.flatnonzero(part[segments.index(segment)])], schema=schema, orient="row")


def _team(process: Process, crews: tuple[str, ...], loads: list[Load], classes: pl.DataFrame,
          aims: dict[tuple[str, int], list[Tier]]
          ) -> tuple[Team, Floats, list[tuple[int, int]]]:
    """Return a team, the heads that each class keeps busy (classes,), and which class asks for which promise."""
    rows = process.crews.filter(pl.col("crew").is_in(crews))
    today = heads_today(process, rows, 1.0)
    there = np.asarray(today > 0 if today.any() else allowed_in(process, rows, 1.0), bool)
    hours = float(np.mean(there)) * _HOURS_A_YEAR
    rates = classes["rate"].to_numpy()
    calls = np.array([load.visits * rates[load.of_class] for load in loads])
    work = np.array([(load.work + load.travel) * load.heads for load in loads])
    busy, asking, number = np.zeros(len(rates)), set[tuple[int, int]](), dict[Tier, int]()
    for load, worked in zip(loads, calls * work, strict=True):
        busy[load.of_class] += worked / max(hours, 1e-9)
        for tier in aims.get((load.step, load.of_class), []) if worked > 0 else []:
            asking.add((load.of_class, number.setdefault(tier, len(number))))
    cost = float(rows["cost"].mean()) * hours  # type: ignore[arg-type]
    mean = max(float(calls @ work / calls.sum()), 1e-6)
    sites = dict(rows.select("crew", "site").iter_rows())
    named = tuple((crew, sites[crew]) for crew in crews)
    return Team(named, cost, int(today.max()), mean, there, tuple(number)), busy, sorted(asking)


def _is_never(tier: Tier) -> bool:
    return tier.left < 0 or float(tier.law.below(np.array([tier.left]))[0]) <= tier.share


def _about(promise: dict[str, Any], classes: pl.DataFrame) -> np.ndarray:
    """Say of each class whether a promise is about it (classes,)."""
    return np.array([all(promise[name] in (None, row[name]) for name in ("kind", *SCOPE))
                     for row in classes.iter_rows(named=True)], bool)


def _channel_cost(chain: Chain, process: Process, classes: pl.DataFrame) -> Floats:
    """Return what the cases of each class cost a year by `time_equations`: minutes of a case, and of the steps on its
    way, at what an hour of the resource costs; of resources that are crews the heads are paid."""
    if not all(map(chain.has, ("time_equations", "activities", "resources"))):
        return np.zeros(classes.height)
    hour = pl.col("cost") / pl.col("capacity") / 60.0
    rows = (chain.table("time_equations").filter(pl.col("per").is_in(["case", "event"]))
            .join(chain.table("activities").select("activity", "resource"), on="activity")
            .join(chain.table("resources").select("resource", minute=hour), on="resource")
            .filter(~pl.col("resource").is_in(process.crews["crew"].implode()))).to_dicts()
    found = np.zeros(classes.height)
    for each, case in enumerate(classes.iter_rows(named=True)):
        visits = visits_of(process, case)
        for row in rows:
            scope = all(row[name] in (None, case[name]) for name in ("kind", "segment", "offer", "criticality", "site"))
            often = 1.0 if row["per"] == "case" and row["step"] is None else visits.get(row["step"], 0.0)
            found[each] += case["rate"] * scope * often * row["minutes"] * row["minute"]
    return found
