"""Rules of networks of stages: no stage waits for itself, and demand has both its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import polars as pl

from arbitre.core.errors import Fault
from arbitre.tables.checks._looked import Looked


def stage_loops(looked: Looked) -> Iterator[Fault]:
    """Stages that need one another in a loop never deliver. One loop is told at a time, with its links."""
    if not looked.has("stage_links") or not looked.sure("stage_links", "from_stage", "to_stage"):
        return
    links = looked.frames["stage_links"].select("from_stage", "to_stage")
    order: TopologicalSorter[str] = TopologicalSorter()
    for start, end in links.drop_nulls().iter_rows():
        order.add(end, start)
    try:
        order.prepare()
    except CycleError as found:
        loop: list[str] = found.args[1]
        pairs = pl.DataFrame(list(pairwise(loop)), schema=["from_stage", "to_stage"], orient="row")
        inside = links.join(pairs.with_columns(inside=pl.lit(value=True)), on=["from_stage", "to_stage"], how="left",
                            maintain_order="left")["inside"]
        yield from looked.fault(("stage_links", "to_stage"), "stage_loop", inside, loop=" → ".join(loop))


def stage_demand(looked: Looked) -> Iterator[Fault]:
    """A stage that faces customers has a mean and a deviation, and a target that stock can reach."""
    if not looked.has("stages"):
        return
    stages = looked.frames["stages"]
    if looked.sure("stages", "demand_mean", "demand_deviation"):
        for given, lacking in (("demand_mean", "demand_deviation"), ("demand_deviation", "demand_mean")):
            half = stages[given].is_not_null() & stages[lacking].is_null()
            yield from looked.fault(("stages", lacking), "half_a_demand", half, given=given)
    yield from looked.fault(("stages", "target_share"), "certain_target", stages["target_share"] == 1)
