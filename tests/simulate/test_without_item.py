"""A step may send a case elsewhere when its item is not on the shelf: one visit, or two."""

import polars as pl
import pytest
from scipy.stats import poisson

from arbitre.capability import silent
from arbitre.core.errors import CannotReplay
from arbitre.simulate import twin
from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of

HOURS_PER_YEAR = 365.25 * 24.0


def field(level: int, **repair) -> Chain:
    """A technician's crew large enough that nobody waits, one part resupplied in ten days."""
    return chain_of(
        sites=[{"site": "zone"}], items=[{"item": "pump", "price": 100.0, "lead_time": 10.0}],
        demand=[{"item": "pump", "site": "zone", "rate": 73.0}],
        stocks=[{"site": "zone", "item": "pump", "level": level}],
        steps=[{"step": "repair", "work": 1.0, "law": "constant", "takes_item": True, "without_item": "look", **repair},
               {"step": "look", "work": 0.5, "law": "constant"},
               {"step": "return", "work": 2.0, "law": "constant", "takes_item": True}],
        routes=[{"kind": "call", "to_step": "repair"}, {"kind": "call", "from_step": "look", "to_step": "return"}],
        crews=[{"crew": "team", "heads": 50}],
        needs=[{"step": step, "crew": "team"} for step in ("repair", "look", "return")],
        promises=[{"promise": "back", "kind": "call", "window": 24.0, "target_share": 0.5}])


def visits(level: int, days: int = 2000) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return cases that are closed, and how many events of each step there were in each."""
    found = twin.run(field(level), twin.Params(kind="call", days=days), 1, silent)
    told = found.tables["events"].group_by("case").agg(
        pl.col("step").filter(pl.col("step") == step).len().alias(step) for step in ("repair", "look", "return"))
    closed = found.tables["cases"].filter(pl.col("closed_at").is_not_null())
    return closed, closed.join(told, on="case")


def test_with_parts_without_end_one_visit_does() -> None:
    closed, told = visits(60, 300)
    assert told.height == closed.height > 40
    assert (told["repair"] == 1).all()
    assert told["look"].sum() + told["return"].sum() == 0


def test_without_a_part_there_are_two_visits_and_the_wait_between() -> None:
    closed, told = visits(0, 300)
    assert (told["repair"] == 0).all()
    assert (told["look"] == 1).all()
    assert (told["return"] == 1).all()
    hours = (closed["closed_at"] - closed["opened_at"]).dt.total_seconds() / 3600
    assert (hours - (0.5 + 240.0 + 2.0)).abs().max() < 0.01


def test_parts_are_there_as_often_as_palm_says() -> None:
    _, told = visits(3)
    share = told["repair"].sum() / told.height
    assert share == pytest.approx(poisson.cdf(2, 73.0 * 10.0 / 365.25), abs=0.06)
    assert ((told["repair"] == 1) != ((told["look"] == 1) & (told["return"] == 1))).all()


def test_the_other_step_must_be_at_the_same_site() -> None:
    with pytest.raises(CannotReplay, match="sends cases without their item to look, which is at another site"):
        twin.run(field(1, site="zone"), twin.Params(kind="call", days=10), 1, silent)
