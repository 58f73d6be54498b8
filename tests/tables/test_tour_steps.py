"""Do steps take as long as the tours that were planned for them, and the line and the twin see that?"""

from datetime import datetime, timedelta

import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.optimise import lines, routes
from arbitre.simulate._staffed import staffed
from arbitre.tables.chain import Chain
from arbitre.tables.new import new
from arbitre.tables.tour_steps import with_tours
from benchmarks.rows import chain_of

MONDAY = datetime(2026, 3, 2)


def toured(backs: dict[int, tuple[str, float]], law: str = "lognormal") -> Chain:
    """A chain of two places, whose waves leave at 14 on Monday and 9 on Tuesday; tours by site and hour of return."""
    stops = [row for number, (site, back) in backs.items() for row in (
        {"tour": number, "stop": 1, "kind": "visit", "case": f"v{number}", "site": site,
         "starts_at": MONDAY + timedelta(hours=14.2)},
        {"tour": number, "stop": 2, "kind": "end", "arrives_at": MONDAY + timedelta(hours=back)})]
    steps = [{"step": f"tour {site}", "site": site, "work": 1.0, "law": law, "spread": 0.3} for site in ("A", "B")]
    waves = [{"step": f"tour {site}", "weekday": day, "leaves": leaves} for site in ("A", "B")
             for day, leaves in (("monday", 14.0), ("tuesday", 9.0))]
    return chain_of(sites=[{"site": "A"}, {"site": "B"}], steps=steps, waves=waves).with_(
        tours=pl.DataFrame(stops, infer_schema_length=None))


def works(chain: Chain) -> list[float]:
    return with_tours(chain).table("steps").sort("step")["work"].to_list()


def test_a_load_is_there_when_the_last_tour_of_its_site_is_back_and_other_sites_keep_their_time() -> None:
    assert works(toured({1: ("A", 15.5), 2: ("A", 16.25)})) == pytest.approx([2.25, 1.0])


def test_what_was_seen_stays_and_so_does_a_tour_that_is_back_before_it_left() -> None:
    assert works(toured({1: ("A", 16.0)}, law="observed")) == [1.0, 1.0]
    assert works(toured({1: ("A", 13.0)})) == [1.0, 1.0]


def test_planned_pick_ups_set_when_loads_come_at_the_line_and_in_the_twin() -> None:
    chain = new("parcels")
    tours = routes.run(chain, routes.Params(kind="pick-up", levers="left"), 1, silent)
    assert tours.summary["made"] == tours.summary["visits"] == chain.table("cases").filter(kind="pick-up").height
    planned = chain.with_(tours=tours.tables["tours"])
    found = lines.run(planned, lines.Params(boxes=0), 1, silent).tables
    stops = tours.tables["tours"]
    back = stops.filter(kind="end").select("tour", "arrives_at").join(
        stops.filter(kind="visit").select("tour", "site").unique(), on="tour").group_by("site").agg(
        pl.col("arrives_at").max())
    dock = 3.0 / 60.0
    for site, at in back.iter_rows():
        comes = found["line_tours"].filter(tour=f"tour {site}", weekday="monday")["comes"][0]
        assert comes == pytest.approx(at.hour + at.minute / 60.0 + at.second / 3600.0 + dock, abs=1e-3)
    lived = staffed(planned.with_(**found), "plan").table("steps")
    assert lived.equals(with_tours(planned).table("steps"))
    assert not lived.equals(chain.table("steps"))
