"""Which objects do the events of a replay touch? The shape of OCEL 2.0 (arXiv 2403.01975): objects, and who was where.

An event touches its case (an object of the kind of the case), the item and the machine that the case is about, and the
crew that did it. Objects of different kinds never share a number: each begins with its kind.
"""

from __future__ import annotations

import polars as pl

from arbitre.tables.catalogue import INPUTS
from arbitre.tables.frames import shaped

_ROLES = ("case", "item", "machine", "crew")


def objects_of(cases: pl.DataFrame, events: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the tables objects and event_objects of events (event, case, resource) of cases (case, kind, item, asset).
    """
    about = cases.select("case", "item", machine="asset", of="kind")
    touched = events.select("event", "case", crew="resource").join(about, on="case", how="left", maintain_order="left")
    parts = []
    for role in _ROLES:
        kind = pl.col("of") if role == "case" else pl.lit(role)
        parts.append(touched.filter(pl.col(role).is_not_null()).select(
            "event", kind=kind, object=pl.concat_str(kind, pl.lit(" "), role), role=pl.lit(role)))
    relations = pl.concat(parts)
    objects = relations.select("object", "kind").unique(maintain_order=True)
    return {"objects": shaped(INPUTS["objects"], objects),
            "event_objects": shaped(INPUTS["event_objects"], relations.sort("event", "object"))}
