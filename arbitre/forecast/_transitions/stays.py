"""Where was each case, from when to when, where did it go next, and since when is that on record?

A stay is one case in one step. The events of a case say which; before the first it is `open`. An exit is a step that
nothing follows once a case is closed. Times are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from arbitre.core.errors import Unsupported
from arbitre.tables.chain import Chain

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

OPEN = "open"
CLOSED = "closed"
CONTRACT = "contract"
ENDED = "ended"
_FINAL_SHARE = 0.98
"""Share of its occurrences that come last, and of the cases they end that are closed, which makes a step an exit."""
_MISSED = 10.0
"""Exits expected before the first one seen, above which the record is taken to begin with that one."""


@dataclass(frozen=True)
class Stays:
    """Stays in the order of cases and time.

    case (stays,): row in `cases`; step: place in `steps`; came, left: from when to when, inf while it lasts; to: place
    in `steps` of the next one, len(steps) + place in `exits` of an exit, -1 while it lasts. resource: who brought the
    case there. since: no exit before is on record. misdated: cases left out, as they end before they begin.
    """

    cases: pl.DataFrame
    case: Integers
    step: Integers
    came: Floats
    left: Floats
    to: Integers
    resource: pl.Series
    steps: tuple[str, ...]
    exits: tuple[str, ...]
    since: float
    at: float
    misdated: int

    @property
    def targets(self) -> tuple[str, ...]:
        """Every step and exit that a case may pass to."""
        return self.steps + self.exits

    def seen_by(self, at: float) -> Stays:
        """Return what was known at a moment: later stays are unknown, and what ended later lasts."""
        kept = self.came <= at
        over = self.left[kept] <= at
        return replace(
            self, case=self.case[kept], step=self.step[kept], came=self.came[kept], at=at,
            left=np.where(over, self.left[kept], np.inf), to=np.where(over, self.to[kept], -1),
            resource=self.resource.filter(pl.Series(kept)))

    @property
    def lasting(self) -> NDArray[np.bool_]:
        """Which stays last: the cases that are open."""
        return np.isinf(self.left)

    @property
    def leaves(self) -> NDArray[np.bool_]:
        """Which stays end in an exit."""
        return self.to >= len(self.steps)


def read_stays(chain: Chain, kind: str | None, exits: tuple[str, ...], at: float | None) -> Stays:
    """Return the stays of the cases of a kind; raises Unsupported when there are none, or when none has ended."""
    cases = _contracts(chain) if _is_contract(chain, kind) else _cases(chain, kind)
    if not cases.height:
        raise Unsupported(f"No case is of kind {kind}. Name another kind, or none." if kind else
                          "The table cases has no rows: nothing passes from step to step.")
    events = _events(chain, cases)
    wrong = (events.filter(pl.col("time") < pl.col("opened"))["row"].unique().to_list()
             + cases.filter(pl.col("ended") < pl.col("opened"))["row"].to_list())
    bad = pl.col("row").is_in(sorted(set(wrong)))
    events = events.filter(~bad)
    named = exits or _found_exits(events, cases)
    told = _told(events, cases.filter(~bad), named)
    last = _last_moment(told, cases) if at is None else at
    found = _stays(cases, told, named, last, len(set(wrong)))
    seen = found.seen_by(last)
    return replace(seen, since=_recorded_since(seen))


def _is_contract(chain: Chain, kind: str | None) -> bool:
    """Tell whether contracts are asked for."""
    if not chain.has("cases"):
        return kind in (CONTRACT, None)
    return kind == CONTRACT and chain.has("contracts") and not (chain.table("cases")["kind"] == CONTRACT).any()


def _seconds(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Datetime("us")).dt.epoch("us") / 1e6


def _cases(chain: Chain, kind: str | None) -> pl.DataFrame:
    cases = chain.table("cases")
    if kind is not None:
        cases = cases.filter(pl.col("kind") == kind)
    return _placed(chain, cases.select(
        "case", "kind", "customer", "offer", "item", "site", promised=_seconds("promised_at"),
        opened=_seconds("opened_at"), ended=_seconds("closed_at")), CLOSED)


def _contracts(chain: Chain) -> pl.DataFrame:
    """Return contracts as cases that are open from their first day and end on their last."""
    nothing = [pl.lit(None, pl.String).alias(name) for name in ("item", "site")]
    return _placed(chain, chain.table("contracts").select(
        "customer", "offer", *nothing, case="contract", kind=pl.lit(CONTRACT), promised=pl.lit(None, pl.Float64),
        opened=_seconds("from_on"), ended=_seconds("to_on")), ENDED)


def _placed(chain: Chain, cases: pl.DataFrame, end: str) -> pl.DataFrame:
    """Return cases with the segment of their customer, the exit of those that no event ends, and their row."""
    segment = pl.lit(None, pl.String).alias("segment")
    if chain.has("customers"):
        cases = cases.join(chain.table("customers").select("customer", "segment"), on="customer", how="left",
                           maintain_order="left")
    else:
        cases = cases.with_columns(segment)
    return cases.filter(pl.col("opened").is_not_null()).with_columns(end=pl.lit(end)).with_row_index("row")


def _events(chain: Chain, cases: pl.DataFrame) -> pl.DataFrame:
    """Return the events of these cases, in the order of time: row, step, time, resource, opened."""
    if not chain.has("events"):
        return pl.DataFrame(schema={"row": pl.UInt32, "opened": pl.Float64, "step": pl.String, "time": pl.Float64,
                                    "resource": pl.String})
    events = chain.table("events").select("case", "step", "resource", time=_seconds("happened_at"))
    joined = events.join(cases.select("case", "row", "opened"), on="case", how="inner", maintain_order="left")
    return joined.select("row", "opened", "step", "time", "resource").sort("row", "time", maintain_order=True)


def _found_exits(events: pl.DataFrame, cases: pl.DataFrame) -> tuple[str, ...]:
    """Return the steps that come last in closed cases, and nowhere else."""
    followed = events.with_columns(last=pl.col("row") != pl.col("row").shift(-1).fill_null(-1))
    closed = cases.select("row", closed=pl.col("ended").is_not_null())
    by_step = followed.join(closed, on="row").group_by("step").agg(
        last=pl.col("last").mean(), closed=pl.col("closed").filter(pl.col("last")).mean())
    final = by_step.filter((pl.col("last") >= _FINAL_SHARE) & (pl.col("closed") >= _FINAL_SHARE))
    return tuple(final["step"].sort())


def _told(events: pl.DataFrame, cases: pl.DataFrame, exits: tuple[str, ...]) -> pl.DataFrame:
    """Return every arrival of a case at a step or exit: its opening, its events up to an exit, its end."""
    begins = cases.select("row", step=pl.lit(OPEN), time="opened", resource=pl.lit(None, pl.String))
    done = events.with_columns(
        over=pl.col("step").is_in(exits).cast(pl.Int32).cum_sum().shift(1).over("row").fill_null(0))
    done = done.filter(pl.col("over") == 0).select("row", "step", "time", "resource")
    by_event = done.filter(pl.col("step").is_in(exits)).select("row")
    ends = cases.filter(pl.col("ended").is_not_null()).join(by_event, on="row", how="anti").select(
        "row", step="end", time="ended", resource=pl.lit(None, pl.String))
    return pl.concat([begins, done, ends]).sort("row", "time", maintain_order=True)


def _last_moment(told: pl.DataFrame, cases: pl.DataFrame) -> float:
    """Return the last moment on record; the end of a contract may lie ahead, its beginning does not."""
    if (cases["kind"] == CONTRACT).all():
        ended = told.filter((pl.col("step") != ENDED) | (pl.col("time") <= cases["opened"].max()))
        return float(ended["time"].max())  # type: ignore[arg-type]
    return float(told["time"].max())  # type: ignore[arg-type]


def _stays(cases: pl.DataFrame, told: pl.DataFrame, exits: tuple[str, ...], at: float, misdated: int) -> Stays:
    """Return the stays between one arrival and the next; coming again to the same step is no arrival."""
    told = told.filter((pl.col("step") != pl.col("step").shift(1)).fill_null(value=True)
                       | (pl.col("row") != pl.col("row").shift(1)).fill_null(value=True))
    out = tuple(dict.fromkeys([*exits, *cases["end"].unique()]))
    out = tuple(name for name in out if (told["step"] == name).any())
    same = (pl.col("row") == pl.col("row").shift(-1)).fill_null(value=False)
    stays = told.with_columns(left=pl.when(same).then(pl.col("time").shift(-1)),
                              next=pl.when(same).then(pl.col("step").shift(-1)))
    stays = stays.filter(~pl.col("step").is_in(out))
    steps = tuple(stays["step"].unique(maintain_order=True))
    place = {name: number for number, name in enumerate(steps + out)}
    return Stays(
        cases, stays["row"].cast(pl.Int64).to_numpy(),
        stays["step"].replace_strict(place, return_dtype=pl.Int64).to_numpy(), stays["time"].to_numpy(),
        stays["left"].fill_null(np.inf).to_numpy(),
        stays["next"].replace_strict(place, default=-1, return_dtype=pl.Int64).fill_null(-1).to_numpy(),
        stays["resource"], steps, out, -np.inf, at, misdated)


def _recorded_since(stays: Stays) -> float:
    """Return when exits begin to be on record.

    Where cases were open long before the first exit, at ages at which cases later left, and so many exits are missing
    that chance cannot tell it, those that left earlier were never recorded: cases count from the first exit on.
    """
    ends = stays.left[stays.leaves]
    if not len(ends):
        return -np.inf
    first, upto = float(ends.min()), np.minimum(stays.left, stays.at)
    opened = stays.cases["opened"].to_numpy()[stays.case]
    edges = np.unique(np.quantile(ends - opened[stays.leaves], np.linspace(0.0, 1.0, 21)))
    edges[0] = 0.0
    expected = 0.0
    for low, high in pairwise(edges):
        begin, end = np.maximum(stays.came, opened + low), np.minimum(upto, opened + high)
        before = np.maximum(np.minimum(end, first) - begin, 0.0).sum()
        after = np.maximum(end - np.maximum(begin, first), 0.0).sum()
        age = stays.left[stays.leaves] - opened[stays.leaves]
        inside = int(((age > low) & (age <= high)).sum())
        expected += before * inside / after if after > 0.0 else 0.0
    return first if expected > _MISSED else -np.inf
