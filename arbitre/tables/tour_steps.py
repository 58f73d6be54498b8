"""How long does a tour take that was planned? Steps as planned tours (`tours`) have them.

A step that leaves in waves and has a site is a tour of that site: its load is there when the last of the tours that
visit the site is back. The plan says how long that is on average, `steps` how far it varies around it: planned tours
know nothing of a jam that holds everybody up. The day planned stands for every day.
"""

from __future__ import annotations

import polars as pl

from arbitre.core.week import WEEKDAYS
from arbitre.tables.chain import Chain


def with_tours(chain: Chain) -> Chain:
    """Return the chain whose tours take as long as planned, from their wave until the last is back (h).

    A step whose law is observed keeps what was seen of it, and one whose site no tour visits what `steps` says; so
    does a tour without a wave, on the day planned, before it is back.
    """
    if not chain.has("tours", "steps", "waves"):
        return chain
    stops = chain.table("tours")
    ends = stops.filter(kind="end").select("tour", back="arrives_at")
    back = stops.filter(kind="visit").select("tour", "site", day=pl.col("starts_at").dt.truncate("1d")).join(
        ends, on="tour").group_by("site").agg(pl.col("day").min(), pl.col("back").max())
    left = chain.table("waves").join(chain.table("steps").select("step", "site"), on="step").join(
        back, on="site").filter(
        pl.col("weekday").is_null()
        | (pl.col("weekday") == pl.col("day").dt.weekday().replace_strict(dict(enumerate(WEEKDAYS, 1)),
                                                                          return_dtype=pl.String)))
    hours = (pl.col("back") - pl.col("day")).dt.total_seconds() / 3600.0 - pl.col("leaves")
    planned = left.with_columns(hours=hours).filter(pl.col("hours") > 0.0).group_by("step").agg(pl.col("hours").min())
    steps = chain.table("steps").join(planned, on="step", how="left", maintain_order="left").with_columns(
        work=pl.when(pl.col("law") == "observed").then("work").otherwise(pl.coalesce("hours", "work"))).drop("hours")
    return chain.with_(steps=steps)
