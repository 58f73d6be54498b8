"""Small chains of events for tests: rows typed as declared, and logs drawn at random."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import strategies as st

from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped
from arbitre.tables.settings import Settings

Rows = list[dict[str, Any]]
DATA = Path(os.environ.get("ARBITRE_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "events"
MONDAY = datetime(2024, 1, 1)


def at(hours: float) -> datetime:
    """Return the instant so many hours after a Monday at midnight."""
    return MONDAY + timedelta(hours=hours)


def chain(**tables: Rows) -> Chain:
    """Return a chain of the given rows, typed as declared."""
    frames = {name: shaped(INPUTS[name], pl.DataFrame(rows, infer_schema_length=None)) if rows else empty(INPUTS[name])
              for name, rows in tables.items()}
    return Chain(settings=Settings(name="tiny"), tables=frames)


def event(case: str, step: str, ended: float, **more: Any) -> dict[str, Any]:
    """Return an event that ended so many hours after Monday."""
    if "started" in more:
        more["started_at"] = at(more.pop("started"))
    return {"case": case, "step": step, "happened_at": at(ended), **more}


@st.composite
def logs(draw: st.DrawFn) -> Rows:
    """Draw the events of a few cases, with ties in time, overlaps, and work by nobody known."""
    rows = draw(st.lists(st.tuples(
        st.sampled_from("12345"), st.sampled_from("abc"), st.integers(0, 8), st.integers(0, 3),
        st.sampled_from(["x", "y", None])), min_size=1, max_size=16))
    return [event(case, step, start + length, started=start, resource=who, event=str(number))
            for number, (case, step, start, length, who) in enumerate(rows)]
