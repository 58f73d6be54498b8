"""Rules of processes: cases begin somewhere and leave in the end; what steps need is there at some hour."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl

from arbitre.core.errors import Fault
from arbitre.core.week import week_sums
from arbitre.core.words import nearest
from arbitre.tables.checks._looked import Looked

_ROUNDING = 1e-9
_SCOPE = ["kind", "from_step", "segment", "offer", "item"]


def _shares(looked: Looked) -> Iterator[Fault]:
    """Shares that go on from a step add up to at most 1; those with which cases begin, to 1."""
    if not looked.has("routes") or not looked.sure("routes", "share", *_SCOPE):
        return
    routes = looked.frames["routes"]
    totals = routes.select(pl.col("share").sum().over(_SCOPE))["share"]
    is_begin = routes["from_step"].is_null()
    for rule, mask in (("route_shares_over", totals > 1 + _ROUNDING),
                       ("route_begin_short", is_begin & (totals < 1 - _ROUNDING))):
        if mask.any():
            row = routes.filter(mask).row(0, named=True)
            yield from looked.fault(("routes", "share"), rule, mask, kind=str(row["kind"]),
                                    step=row["from_step"] or "…", total=f"{totals.filter(mask)[0]:.6g}")


def _begins(looked: Looked) -> Iterator[Fault]:
    """Cases of every kind that comes begin at some step."""
    if not looked.has("routes") or not looked.sure("routes", "kind", "from_step"):
        return
    routes = looked.frames["routes"]
    known = routes.filter(pl.col("from_step").is_null(), pl.col("to_step").is_not_null())["kind"].unique()
    for table in ("arrivals", "campaigns", "planned_cases"):
        kinds = looked.frames[table]["kind"] if looked.has(table) else pl.Series([], dtype=pl.String)
        strange = kinds.is_not_null() & ~kinds.is_in(known.implode())
        if strange.any():
            first = kinds.filter(strange)[0]
            yield from looked.fault((table, "kind"), "kind_without_begin", strange, cell=first,
                                    meant=nearest(first, known.drop_nulls().sort()) or "")


def _exits(looked: Looked) -> Iterator[Fault]:
    """Whatever step cases come to, some way leads out. One kind is told at a time."""
    if not looked.has("routes") or not looked.sure("routes", "share", "to_step", *_SCOPE):
        return
    routes = looked.frames["routes"]
    inside = routes.filter(pl.col("to_step").is_not_null(), pl.col("share") > 0)
    for kind in routes["kind"].unique(maintain_order=True):
        own = inside.filter(kind=kind)
        onward = own.filter(pl.col("from_step").is_not_null())
        sums = onward.group_by(_SCOPE).agg(pl.col("share").sum())
        leaves = set(own["to_step"]) - set(onward["from_step"])
        leaves |= set(sums.filter(pl.col("share") < 1 - _ROUNDING)["from_step"])
        edges = onward.select("from_step", "to_step").rows()
        while more := {start for start, end in edges if end in leaves} - leaves:
            leaves |= more
        stuck = sorted(set(own["to_step"]) - leaves)
        if stuck:
            mask = (routes["kind"] == kind) & routes["to_step"].is_in(stuck)
            yield from looked.fault(("routes", "to_step"), "route_without_exit", mask, kind=str(kind),
                                    steps=", ".join(stuck))


def _needs(looked: Looked) -> Iterator[Fault]:
    """A need is of a crew or of an item; the crew has as many heads at some hour of the week."""
    if not looked.has("needs"):
        return
    needs = looked.frames["needs"]
    if looked.sure("needs", "crew", "item"):
        yield from looked.fault(("needs", "crew"), "need_unclear", needs["crew"].is_null() == needs["item"].is_null())
    if not looked.has("crews") or not looked.sure("crews", "crew", "heads"):
        return
    most = _most_heads(looked)
    heads = needs["crew"].replace_strict(most, default=None, return_dtype=pl.Int64)
    # Crews of one role stand in for one another: it is enough that one of them has the heads.
    short = (needs["quantity"] > heads).fill_null(value=False)
    alone = short & needs["role"].is_null()
    together = needs.with_columns(short=short).select(pl.col("short").all().over("step", "role"))["short"]
    mask = alone | (short & together)
    if mask.any():
        row = needs.filter(mask).row(0, named=True)
        yield from looked.fault(("needs", "quantity"), "need_over_heads", mask, step=str(row["step"]),
                                needed=str(row["quantity"]), cell=row["crew"], heads=str(most[row["crew"]]))


def _most_heads(looked: Looked) -> dict[str, int]:
    """Return the most heads each crew has at any hour of the week."""
    most = dict(looked.frames["crews"].select("crew", "heads").drop_nulls().iter_rows())
    if not looked.has("shifts") or not looked.sure("shifts", "crew", "weekday", "starts", "ends", "heads"):
        return most
    shifts = looked.frames["shifts"].filter(pl.col("crew").is_in(list(most)))
    shifts = shifts.with_columns(heads=pl.coalesce("heads", pl.col("crew").replace_strict(most, default=0)))
    for crew in shifts["crew"].unique():
        rows = shifts.filter(crew=crew).select("weekday", "starts", "ends", "heads").rows()
        most[crew] = int(max(heads for _, heads in week_sums(rows)))
    return most


def _steps(looked: Looked) -> Iterator[Fault]:
    """Observed work has been observed; a batch finds room."""
    if not looked.has("steps"):
        return
    steps = looked.frames["steps"]
    if looked.sure("steps", "law") and looked.sure("durations", "step"):
        seen = looked.frames["durations"]["step"] if "durations" in looked.frames else pl.Series(dtype=pl.String)
        lacks = (steps["law"] == "observed") & ~steps["step"].is_in(seen.drop_nulls().implode())
        yield from looked.fault(("steps", "law"), "law_without_durations", lacks, quote=steps["step"])
    yield from looked.fault(("steps", "batch"), "batch_over_room", steps["batch"] > steps["room"])


def _rhythms(looked: Looked) -> Iterator[Fault]:
    if looked.has("rhythms") and looked.sure("rhythms", "kind", "weight"):
        rhythms = looked.frames["rhythms"]
        never = rhythms.select((pl.col("weight").max().over("kind") <= 0).alias("never"))["never"]
        yield from looked.fault(("rhythms", "weight"), "rhythm_without_weight", never, quote=rhythms["kind"])


PROCESS: tuple[Callable[[Looked], Iterator[Fault]], ...] = (_shares, _begins, _exits, _needs, _steps, _rhythms)
