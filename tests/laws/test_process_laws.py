"""Laws that hold for the facts of any process, whatever its tables: what is told could have happened."""

from datetime import timedelta
from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.capability import silent
from arbitre.simulate import twin
from benchmarks.rows import chain_of

STEPS = ("look", "mend", "test")
SITES = ("north", "south")
ROUNDING = timedelta(microseconds=2)
"""Times are rounded from the opening of each case on, so two cases may tell one instant a microsecond apart."""
HOURS = st.sampled_from([0.2, 0.5, 1.0, 2.0])


@st.composite
def workshops(draw: st.DrawFn):
    """Three steps one after the other with ways back and out, two crews, shifts or none, two sites."""
    back, out = draw(st.sampled_from([0.0, 0.2, 0.4])), draw(st.sampled_from([0.0, 0.3]))
    laws = st.sampled_from(["constant", "exponential", "erlang", "lognormal"])
    night = {"crew": "inside", "weekday": draw(st.sampled_from([None, "tuesday"])),
             "starts": draw(st.sampled_from([0.0, 6.5, 22.0])), "ends": draw(st.sampled_from([0.0, 5.25, 24.0]))}
    shifts = [night] if draw(st.booleans()) else []
    return chain_of(**{
        "sites": [{"site": site} for site in SITES],
        "steps": [{"step": step, "work": draw(HOURS), "law": draw(laws), "spread": 0.6,
                   "patience": draw(st.sampled_from([None, 3.0])), "interrupted": draw(
                       st.sampled_from(["never", "resume", "restart"]))} for step in STEPS],
        "routes": [{"kind": "job", "to_step": "look"},
                   {"kind": "job", "from_step": "look", "to_step": "mend", "share": 1.0 - out},
                   {"kind": "job", "from_step": "mend", "to_step": "test"},
                   {"kind": "job", "from_step": "test", "to_step": "mend", "share": back}],
        "crews": [{"crew": "inside", "heads": draw(st.integers(1, 3)), "shift_end": draw(
                      st.sampled_from(["finish", "pause"]))},
                  {"crew": "outside", "heads": draw(st.integers(1, 2))}],
        "needs": [{"step": "look", "crew": "outside"}, {"step": "mend", "crew": "inside"},
                  *({"step": "test", "crew": crew, "role": "any"} for crew in ("inside", "outside"))],
        "arrivals": [{"kind": "job", "site": site, "rate": draw(st.integers(200, 4000)), "cancel_after": draw(
            st.sampled_from([None, 12.0]))} for site in SITES],
        **({"shifts": shifts} if shifts else {}),
        **({"priorities": [{"kind": "job", "priority": 1}]} if draw(st.booleans()) else {}),
    })


@settings(max_examples=30, deadline=None)
@given(workshops(), st.integers(0, 1000))
def test_what_is_told_could_have_happened(made, seed: int) -> None:
    found = twin.run(made, twin.Params(start="today", days=30), seed, silent)
    cases, events = found.tables["cases"], found.tables["events"]
    opened = dict(cases.select("case", "opened_at").iter_rows())
    closed = dict(cases.select("case", "closed_at").iter_rows())
    ways = set(made.table("routes").filter(pl.col("share") > 0).select("from_step", "to_step").iter_rows())
    leaves = {"look", "test"}
    for (case,), told in events.group_by("case", maintain_order=True):
        steps = told["step"].to_list()
        done = [step for step in steps if step in STEPS]
        assert steps[:len(done)] == done
        assert all(way in ways for way in pairwise([None, *done]))
        moments = [opened[case], *told["happened_at"]]
        assert all(one <= other for one, other in pairwise(moments))
        begun, ended = told["started_at"].to_list()[:len(done)], told["happened_at"].to_list()[:len(done)]
        assert all(since <= start <= end for since, start, end in zip(moments[:len(done)], begun, ended, strict=True))
        if closed[case] is not None:
            assert (steps[-1], told["happened_at"][-1]) == (done[-1], closed[case])
            assert steps[-1] in leaves
    # Every case is open, closed, or told to have left: none is lost.
    left = events.filter(~pl.col("step").is_in(STEPS))["case"]
    assert left.n_unique() == left.len()
    assert not set(left) & set(cases.drop_nulls("closed_at")["case"])
    kept_on = made.table("steps")["interrupted"].to_list() == ["never"] * 3 or "priorities" not in made.tables
    if kept_on and "shifts" not in made.tables:
        heads = dict(made.table("crews").select("crew", "heads").iter_rows())
        for crew, most in heads.items():
            own = events.filter(resource=crew)
            changes = pl.concat([own.select(at="started_at", by=pl.lit(1)),
                                 own.select(at=pl.col("happened_at") - ROUNDING, by=pl.lit(-1))])
            assert (changes.sort("at", "by")["by"].cum_sum().max() or 0) <= most


@settings(max_examples=20, deadline=None)
@given(st.floats(0.2, 0.95), st.integers(1, 4), st.integers(0, 1000))
def test_littles_law_and_nobody_waits_beside_an_idle_head(load: float, heads: int, seed: int) -> None:
    """Cases in line, moment by moment, make the waits told (L = rate x W); a line means that all are at work."""
    made = chain_of(steps=[{"step": "fix", "work": 1.0}], routes=[{"kind": "job", "to_step": "fix"}],
                 crews=[{"crew": "team", "heads": heads}], needs=[{"step": "fix", "crew": "team"}],
                 arrivals=[{"kind": "job", "rate": load * heads * 8766.0}])
    found = twin.run(made, twin.Params(start="today", days=60), seed, silent)
    cases = found.tables["cases"].join(found.tables["events"].select("case", "started_at"), on="case", how="left")
    # Of a case still open at the end nobody knows yet when its work began: look until the first of them came.
    cut = cases.filter(pl.col("closed_at").is_null())["opened_at"].min() or cases["closed_at"].max()
    cases = cases.filter(pl.col("opened_at") < cut)
    path = pl.concat([
        cases.select(at="opened_at", line=pl.lit(1), busy=pl.lit(0)),
        cases.select(at="started_at", line=pl.lit(-1), busy=pl.lit(1)),
        cases.select(at=pl.col("closed_at") - ROUNDING, line=pl.lit(0), busy=pl.lit(-1)),
    ]).group_by("at").sum().sort("at").filter(pl.col("at") <= cut)
    path = path.with_columns(pl.col("line", "busy").cum_sum(), hours=(
        pl.col("at").shift(-1, fill_value=cut) - pl.col("at")).dt.total_microseconds() / 3_600e6)
    assert path["busy"].max() <= heads
    assert path["line"].min() >= 0
    assert path.filter(pl.col("line") > 0, pl.col("busy") < heads, pl.col("hours") > 1e-8).is_empty()
    waited = (pl.min_horizontal("started_at", pl.lit(cut)) - pl.col("opened_at")).dt.total_microseconds() / 3_600e6
    area = (path["line"] * path["hours"]).sum()
    assert abs(area - cases.select(waited).to_series().sum()) < 1e-6 * max(area, 1.0)
