"""What do the tables say of interventions: which visits they take, who goes where, which parts they need?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.core.errors import Unreachable, Unsupported
from arbitre.core.units import DAYS_PER_YEAR, HOURS_PER_DAY
from arbitre.maths.work.duration_laws import DurationLaw
from arbitre.optimise._pool import Floats, Integers
from arbitre.optimise._stock.model import SCOPE, StockModel, stock_model
from arbitre.optimise._stock.pools import StockPools
from arbitre.optimise._stock.sizes import sized
from arbitre.optimise._work_laws import work_law
from arbitre.tables.business_time import refuse_business_hours
from arbitre.tables.chain import Chain
from arbitre.tables.expected import expected_demand
from arbitre.tables.routing import ARRIVED, Process, covered

Flags = NDArray[np.bool_]

HOURS_PER_YEAR = DAYS_PER_YEAR * HOURS_PER_DAY
_ROUNDING = 1e-9
_POINTS = 7
"""Waits for a part that are told apart, beside none and the ways from the depots."""


@dataclass(frozen=True)
class Steps:
    """The visits of a kind of case: with its part; without it, and the one that then brings it (None where a case waits
    for its part before anybody goes); that of the cases repaired on site, which need no part."""

    names: tuple[str, ...]
    whole: DurationLaw
    second: tuple[DurationLaw, DurationLaw] | None
    on_site: DurationLaw


@dataclass(frozen=True)
class Question:
    """What is to be decided.

    groups: kind, site, segment, offer, criticality of cases that are alike, a row each; with (groups,) team, the row of
    crews; way, the hours there; parts and alone, cases a day of the exchange that need a part and that need none;
    on_site, those repaired on site. waits
    (waits,): hours of waiting for a part that are told apart, from 0 on. Class group x waits + wait of the pools is
    what is there within that wait. promises, a row each, is made to the groups of its row of covers (promises, groups);
    there (promises,) tells those of response, kept once somebody has come.
    """

    steps: Steps
    crews: pl.DataFrame
    groups: pl.DataFrame
    team: Integers
    way: Floats
    parts: Floats
    alone: Floats
    on_site: Floats
    waits: Floats
    promises: pl.DataFrame
    covers: Floats
    there: Flags
    model: StockModel
    pools: StockPools

    @property
    def volume(self) -> Floats:
        """Cases a day of each group that go the way of an exchange (groups,)."""
        return self.parts + self.alone


def question_of(chain: Chain, kind: str, holding_share: float) -> Question:
    """Return what is to be decided.

    Raises Unsupported where the tables tell of no such visits, or of more than is decided here; Unreachable where a
    window is shorter than the way, or a site has nobody who goes there.
    """
    process = Process.of(chain)
    steps = _steps(process, kind)
    promises = _promises(chain, process, kind)
    demand = _exchanged(process, steps, kind, expected_demand(chain).filter(pl.col("rate") > 0))
    groups = _groups(chain, process, steps, kind, demand, promises)
    team, way = _served(process, steps, groups)
    covers = covered(promises, groups).astype(np.float64)
    _refuse_short_windows(promises, covers, groups, way, steps)
    longest = float(promises["window"].max())  # type: ignore[arg-type]
    model = _model(chain, promises, _waits(process, groups, longest, way, steps), holding_share, demand)
    waits = np.array(sorted(model.classes["window"].unique().drop_nulls()))
    pools = _by_group(model, groups, waits)
    asked = np.bincount(pools.flow_class, pools.flow_volume, minlength=pools.classes).astype(np.float64)
    parts = asked.reshape(-1, len(waits))[:, 0]
    alone, on_site = (groups[name].to_numpy() / DAYS_PER_YEAR for name in ("alone", "on_site"))
    there = promises["step"].is_not_null().to_numpy()
    return Question(steps, process.crews, groups.drop("alone", "on_site"), team, way, parts, alone, on_site, waits,
                    promises, covers, there, model, pools)


def _steps(process: Process, kind: str) -> Steps:
    """Return the visits of a kind of case."""
    steps = {row["step"]: row for row in process.steps.iter_rows(named=True)}
    ways = process.routes.filter(pl.col("to_step").is_not_null(), pl.col("share") > 0, kind=kind)
    pairs = set(ways.select("from_step", "to_step").iter_rows())
    onward = {start: end for start, end in pairs if start is not None}
    begins = sorted((end for start, end in pairs if start is None), key=lambda step: not steps[step]["takes_item"])
    if [steps[step]["takes_item"] for step in begins] not in ([True], [True, False]):
        raise Unsupported(f"Cases of kind {kind} do not begin at a step that takes their item. Write it in routes (an "
                          "empty from_step) and steps (takes_item, travels), and the step of a visit without the part "
                          "in without_item; one more first step may repair on site, without an item; or change the "
                          "parameter kind.")
    first = steps[begins[0]]
    names = [first["step"]]
    if first["without_item"] is not None:
        back = steps.get(onward.get(first["without_item"]) or "")
        if back is None or not back["takes_item"]:
            raise Unsupported(f"After the step {first['without_item']}, a visit without the part, no step of routes "
                              "takes the item: write the visit that brings it.")
        names += [first["without_item"], back["step"]]
    apart = begins[1:]
    if len(pairs) - len(begins) > len(names) // 2:
        raise Unsupported(f"Cases of kind {kind} go through more than their visits ({', '.join(names + apart)}). "
                          "Replay them with simulate.twin: only these visits are decided.")
    laws = [work_law(steps[name], process) for name in names]
    return Steps((*names, *apart), laws[0], (laws[1], laws[2]) if len(laws) > 1 else None,
                 work_law(steps[apart[0]], process) if apart else laws[0])


def _exchanged(process: Process, steps: Steps, kind: str, cases: pl.DataFrame) -> pl.DataFrame:
    """Return cases (segment, offer, item) with the share of each row that goes the way of an exchange (exchanged).

    Raises Unsupported where routes do not say how some of them begin.
    """
    scopes = cases.select("segment", "offer", process.routed_item())
    found = dict[tuple[str | None, ...], float]()
    for scope in scopes.unique(maintain_order=True).iter_rows():
        begins = {end: share for start, end, share in process.ways(kind, *scope) if start is None}
        if sum(begins.values()) < 1.0 - _ROUNDING:
            raise Unsupported(f"Only {sum(begins.values()):.1%} of the cases of kind {kind} of segment, offer, item "
                              f"{', '.join(name or 'any' for name in scope)} begin somewhere: add rows to routes with "
                              "an empty from_step whose shares add up to 1.")
        found[scope] = begins.get(steps.names[0], 0.0)
    return cases.with_columns(exchanged=pl.Series([found[scope] for scope in scopes.iter_rows()], dtype=pl.Float64))


def _groups(chain: Chain, process: Process, steps: Steps, kind: str, demand: pl.DataFrame, promises: pl.DataFrame
            ) -> pl.DataFrame:
    """Return the cases that are alike for the promises, with those a year that are exchanged though they need no part
    (alone), and those repaired on site (on_site)."""
    keys, lines = ["kind", "site", *SCOPE], pl.col("rate") / pl.col("size").fill_null(1)
    found = [sized(demand).select(pl.lit(kind).alias("kind"), *keys[1:], alone=pl.lit(0.0),
                                  on_site=lines * (1.0 - pl.col("exchanged")))]
    if chain.has("arrivals"):
        others = chain.table("arrivals").filter(pl.col("rate") > 0)
        strange = others.filter((pl.col("kind") != kind) & pl.col("kind").is_in(list(process.kinds)))
        if strange.height:
            raise Unsupported(f"Cases of kind {strange['kind'][0]} come beside those of kind {kind}: what they take of "
                              "the technicians is not decided here. Leave them out of arrivals.")
        own = others.filter(kind=kind).with_columns(item=pl.lit(None, pl.String))
        found.append(_exchanged(process, steps, kind, own).select(
            *keys, alone=pl.col("rate") * pl.col("exchanged"), on_site=pl.col("rate") * (1.0 - pl.col("exchanged"))))
    cases = pl.concat(found)
    if promises["criticality"].null_count() == promises.height:
        cases = cases.with_columns(criticality=pl.lit(None, pl.String))
    groups = cases.group_by(keys).agg(pl.col("alone", "on_site").sum()).sort(keys, nulls_last=False)
    if groups.is_empty():
        raise Unsupported(f"Nobody asks for an intervention in the chain {chain.name}: all rates of demand and of "
                          f"arrivals of kind {kind} are nought. There is nothing to decide.")
    return groups


def _promises(chain: Chain, process: Process, kind: str) -> pl.DataFrame:
    """Return the promises of restoration, and those of response where somebody travels."""
    answers = [ARRIVED] if process.goes_to(kind) and ARRIVED not in process.row_of else []
    found = chain.table("promises").filter(
        pl.col("measure") == "window", pl.col("kind") == kind, pl.col("step").is_null() | pl.col("step").is_in(answers),
        pl.col("window").is_not_null(), pl.col("target_share").is_not_null()).sort("promise")
    if found.is_empty():
        raise Unsupported(f"The chain {chain.name} promises no restoration of cases of kind {kind}: write a window and "
                          "a target_share in promises, with that kind and an empty step (or arrived, for a response).")
    refuse_business_hours(found, "Visits are decided")
    return found


def _served(process: Process, steps: Steps, groups: pl.DataFrame) -> tuple[Integers, Floats]:
    """Return the crew that goes to each group, and the hours there. Raises Unreachable where nobody does."""
    able = process.needs.filter(pl.col("crew").is_not_null(), pl.col("step").is_in(steps.names))
    bases = dict(process.crews.select("crew", "site").iter_rows())
    row = {crew: number for number, crew in enumerate(process.crews["crew"])}
    lanes = {(start, end): hours for start, end, hours in
             process.lanes.select("from_site", "to_site", "duration").iter_rows()}
    travels = set(process.steps.filter("travels")["step"])
    served: dict[str | None, tuple[int, float]] = {}
    for site in groups["site"].unique(maintain_order=True):
        crews = set[tuple[str, ...]]()
        for step in steps.names:
            here = [crew for crew in able.filter(step=step)["crew"]
                    if bases[crew] in (None, site) or (step in travels and (bases[crew], site) in lanes)]
            crews.add(tuple(here))
        if () in crews:
            raise Unreachable(f"Nobody goes to site {site or '(none)'}: the crews that {', '.join(steps.names)} need "
                              "belong to other sites. Add a crew of that site, or a lane to it from theirs.")
        if len(crews) > 1 or len(next(iter(crews))) > 1:
            raise Unsupported(f"Several crews go to site {site or '(none)'}: "
                              f"{', '.join(sorted(set().union(*crews)))}. Technicians and parts are decided for one "
                              "crew a site; make one crew of them.")
        crew = next(iter(crews))[0]
        is_fast = not travels.intersection(steps.names)
        served[site] = row[crew], 0.0 if is_fast else lanes.get((bases[crew], site), 0.0)  # type: ignore[arg-type]
    team = np.array([served[site][0] for site in groups["site"]], dtype=np.int64)
    return team, np.array([served[site][1] for site in groups["site"]])


def _refuse_short_windows(promises: pl.DataFrame, covers: Floats, groups: pl.DataFrame, way: Floats, steps: Steps
                          ) -> None:
    """Raise Unreachable where a window ends before anybody can be there."""
    for row, promise in enumerate(promises.iter_rows(named=True)):
        if not covers[row].any():
            raise Unsupported(f"Nobody asks for what {promise['promise']} promises: no row of demand or arrivals has "
                              "its segment, offer and criticality. Correct one of them, or leave the promise out.")
        late = np.flatnonzero((covers[row] > 0) & (way >= promise["window"]))
        if len(late):
            raise Unreachable(f"{promise['promise']} promises {promise['window']:g} h, and the way to site "
                              f"{groups['site'][int(late[0])]} alone takes {way[late[0]]:g} h: lengthen the window, or "
                              f"post technicians nearer to it, who then can do {', '.join(steps.names)} in time.")


def _waits(process: Process, groups: pl.DataFrame, longest: float, way: Floats, steps: Steps) -> Floats:
    """Return the waits for a part that are told apart: none, the ways of resupply, and some between."""
    most = longest - (2.0 if steps.second else 1.0) * float(way.min())
    lanes = process.lanes.filter(pl.col("to_site").is_in(groups["site"].unique().implode()),
                                 pl.col("from_site") != pl.col("to_site"))["duration"].to_numpy()
    spread = np.linspace(0.0, max(most, 0.0), _POINTS + 1)
    return np.unique(np.concatenate([spread, lanes[lanes < most]]).round(6))


def _model(chain: Chain, promises: pl.DataFrame, waits: Floats, holding_share: float, demand: pl.DataFrame
           ) -> StockModel:
    """Return the pools of parts, each demand (of the share exchanged) judged by being there within each of the waits.
    """
    scopes = pl.concat([promises.select(SCOPE), pl.DataFrame({name: [None] for name in SCOPE},
                                                             schema=dict.fromkeys(SCOPE, pl.String))]).unique()
    judged = scopes.join(pl.DataFrame({"window": waits}), how="cross").sort(*SCOPE, "window").with_columns(
        measure=pl.lit("window"))
    needed = demand.with_columns(pl.col("rate") * pl.col("exchanged"), transit=pl.lit(0.0)).drop("exchanged")
    parts = chain.with_(demand=needed.filter(pl.col("rate") > 0), forecasts=pl.DataFrame(),  # they are in demand
                        promises=chain.table("promises").filter(pl.col("measure") == "window"))
    return stock_model(parts, judged, "line", "price", holding_share)


def _by_group(model: StockModel, groups: pl.DataFrame, waits: Floats) -> StockPools:
    """Return the pools of parts with a class for each group and wait."""
    network = model.network
    slot = np.where(network.flow_place >= 0, network.pools + network.flow_place, network.flow_pool)
    place = model.slots["site"].to_numpy()[slot]
    scope = model.classes.select(*SCOPE, "window").rows()
    number = {key: row for row, key in enumerate(groups.select("site", *SCOPE).iter_rows())}
    at = {wait: row for row, wait in enumerate(waits.tolist())}
    told = [number[site, *scope[each][:-1]] * len(waits) + at[scope[each][-1]]
            for site, each in zip(place, network.flow_class.tolist(), strict=True)]
    return StockPools(replace(network, flow_class=np.array(told, dtype=np.int64)), groups.height * len(waits))
