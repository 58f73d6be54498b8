"""Chains of steps and crews, from tables to facts: against closed forms, and against what the tables say."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.core.errors import CannotReplay, Unsupported
from arbitre.maths.evidence.replications import mean_interval
from arbitre.maths.work import queueing
from arbitre.measure import promises
from arbitre.simulate import proof, twin
from arbitre.tables.routing import Process
from tests.simulate.workshops import after_sales, queue

RUNS = range(8)
CONFIDENCE = 0.999
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def facts(given, seed=1, **params):
    return twin.run(given, twin.Params(**params), seed, silent)


def without(given, *tables: str):
    return given.with_(**{name: given.table(name).clear() for name in tables})


def hours(column: str, since: str) -> pl.Expr:
    return (pl.col(column) - pl.col(since)).dt.total_microseconds() / 3_600e6


def holds(values, exact: float) -> None:
    found = mean_interval(values, CONFIDENCE)
    assert found.low <= exact <= found.high, (found, exact)
    assert found.half_width < 0.2 * exact, "too little was replayed to tell"


def waits(found, *by: str) -> pl.DataFrame:
    """Return the mean hours from opening to the start of the first step."""
    told = found.tables["events"].group_by("case").agg(pl.col("started_at").min())
    cases = found.tables["cases"].join(told, on="case")
    return cases.group_by(*by or ("kind",)).agg(wait=hours("started_at", "opened_at").mean()).sort(*by or ("kind",))


def test_one_crew_waits_as_erlang_says() -> None:
    found = [facts(queue(), replication=run, days=700) for run in RUNS]
    holds([one.summary["wait.fix"] for one in found], queueing.mean_wait(2, 1.5, 1.0))
    holds([waits(one)["wait"][0] for one in found], queueing.mean_wait(2, 1.5, 1.0))
    holds([one.summary["used_share.team"] for one in found], 0.75)


def on_site(**more):
    """One crew that travels; a response promised within one hour and a half."""
    return queue(**{"sites": [{"site": "zone"}], "crews": [{"crew": "team", "site": "zone", "heads": 2}],
                    "steps": [{"step": "fix", "work": 1.0, "travels": True}],
                    "arrivals": [{"kind": "repair", "site": "zone", "rate": 1.5 * 8766.0}],
                    "promises": [{"promise": "there", "kind": "repair", "step": "arrived", "window": 1.5,
                                  "target_share": 0.5}], **more})


def test_somebody_is_there_as_soon_as_erlang_says() -> None:
    exact = 1.0 - queueing.wait_exceeds(2, 1.5, 1.0, 1.5)
    found = [facts(on_site(), replication=run, days=700) for run in RUNS]
    holds([one.summary["kept_share.there"] for one in found], exact)


def test_a_response_ends_with_the_way_and_not_with_the_work() -> None:
    lanes = [{"from_site": "zone", "to_site": "zone", "duration": 1.25}]
    many = on_site(lanes=lanes, crews=[{"crew": "team", "site": "zone", "heads": 60}])
    assert facts(many, days=60).summary["kept_share.there"] == 1.0
    restored = many.with_(promises=many.table("promises").with_columns(step=pl.lit("fix")))
    assert facts(restored, days=60).summary["kept_share.there"] < 0.5


def test_those_who_do_not_wait_leave_as_palm_says() -> None:
    impatient = queue(steps=[{"step": "fix", "work": 1.0, "patience": 2.0}])
    exact = queueing.erlang_a(2, 1.5, 1.0, 2.0)
    found = [facts(impatient, replication=run, days=500) for run in RUNS]
    left = [one.tables["events"].filter(step="abandoned") for one in found]
    holds([events.height / one.summary["cases"] for events, one in zip(left, found, strict=True)], exact.abandoned)
    assert found[0].tables["cases"].join(left[0], on="case")["closed_at"].null_count() == left[0].height


@pytest.mark.parametrize("interrupted", ["never", "resume"])
def test_priorities_wait_as_cobham_says(interrupted: str) -> None:
    rates, work = [0.3, 0.4], 1.0
    served = queue(
        heads=1, steps=[{"step": "fix", "work": work, "interrupted": interrupted}],
        segments=[{"segment": "big"}, {"segment": "small"}],
        arrivals=[{"kind": "repair", "segment": segment, "rate": rate * 8766.0}
                  for segment, rate in zip(("big", "small"), rates, strict=True)],
        priorities=[{"kind": "repair", "priority": 5}, {"kind": "repair", "segment": "big", "priority": 1}],
        customers=[{"customer": "b", "segment": "big"}, {"customer": "s", "segment": "small"}])
    exact = queueing.priority_waits(rates, [work] * 2, [2 * work**2] * 2, preemptive=interrupted == "resume")
    stays = list[pl.Series]()
    for run in RUNS:
        cases = facts(served, replication=run, days=1800).tables["cases"].drop_nulls("closed_at")
        stay = cases.group_by("customer").agg(stay=hours("closed_at", "opened_at").mean())
        stays.append(stay.sort("customer")["stay"])
    for row, wait in enumerate(exact):
        holds([stay[row] - work for stay in stays], wait)
    assert exact[0] < exact[1] / 2


def in_shifts(moments: pl.Series) -> np.ndarray:
    """Return the hours of work there have been up to each moment: 8 to 17 on weekdays, counted day by day."""
    first = datetime(2024, 12, 30)
    since = (moments - first).dt.total_microseconds().to_numpy() / 3_600e6
    day, hour = np.divmod(since, 24.0)
    week, weekday = np.divmod(day, 7)
    return (week * 5 + np.minimum(weekday, 5)) * 9.0 + np.where(weekday < 5, np.clip(hour - 8.0, 0.0, 9.0), 0.0)


def test_a_queue_that_sleeps_at_night_is_a_queue_in_its_own_hours() -> None:
    """Cases come, and work goes on, in the shifts alone: on the clock of shifts this is M/M/1, however time is cut."""
    shifts = [{"weekday": day, "starts": 8.0, "ends": 17.0} for day in WEEKDAYS]
    hourly, work = 0.7, 1.0
    sleepy = queue(1, hourly * 45.0 / 168.0, work, crews=[{"crew": "team", "heads": 1, "shift_end": "pause"}],
                   shifts=[{"crew": "team", **row} for row in shifts],
                   rhythms=[{"kind": "repair", **row} for row in shifts])
    means = []
    for run in RUNS:
        cases = facts(sleepy, replication=run, days=3650).tables["cases"].drop_nulls("closed_at")
        assert cases["opened_at"].dt.weekday().max() == 5
        stay = in_shifts(cases["closed_at"]) - in_shifts(cases["opened_at"])
        means.append(stay.mean() - work)
    holds(means, queueing.mean_wait(1, hourly, work))


def test_a_case_waits_for_the_shift_and_a_paused_one_for_the_next() -> None:
    """Enough heads for all, 8 hours a day, 2 hours of work: the rest is the clock."""
    daily = queue(1, 0.5, crews=[{"crew": "team", "heads": 50, "shift_end": "pause"}],
                  steps=[{"step": "fix", "work": 2.0, "law": "constant"}],
                  shifts=[{"crew": "team", "starts": 22.0, "ends": 6.0}])
    cases = facts(daily, days=2000).tables["cases"].drop_nulls("closed_at")
    into = (cases["opened_at"] - datetime(2025, 1, 1) + timedelta(hours=2)).dt.total_microseconds().to_numpy() / 3_600e6
    shift_hour = into % 24.0
    stay = cases.select(hours("closed_at", "opened_at")).to_series().to_numpy()
    exact = np.where(shift_hour < 6.0, 2.0, np.where(shift_hour < 8.0, 18.0, 26.0 - shift_hour))
    assert stay == pytest.approx(exact, abs=1e-6)


def test_a_wave_takes_all_that_has_gathered() -> None:
    leaving = queue(1, 2.0, steps=[{"step": "fix", "work": 0.0}],
                    waves=[{"step": "fix", "leaves": 17.5}, {"step": "fix", "weekday": "saturday", "leaves": 9.0}])
    closed = facts(without(leaving, "needs"), days=700).tables["cases"]["closed_at"].drop_nulls().dt.round("1s")
    told = set(zip(closed.dt.weekday(), closed.dt.hour(), closed.dt.minute(), strict=True))
    assert told == {*((day, 17, 30) for day in range(1, 8)), (6, 9, 0)}


def test_a_step_without_crew_that_takes_its_item_is_an_order() -> None:
    """The same lines, the same shelves, the same way to the customer: the same cases, to the microsecond."""
    given = without(after_sales(steps=[{"step": "send", "work": 3.0, "law": "constant", "takes_item": True}],
                                routes=[{"kind": "order", "to_step": "send"}]), "needs", "crews", "shifts", "rhythms")
    orders = without(given.with_(demand=given.table("demand").with_columns(transit=pl.lit(3.0))), "routes")
    one, other = facts(given, days=700), facts(orders, days=700)
    assert one.tables["cases"].equals(other.tables["cases"])
    assert one.tables["movements"].equals(other.tables["movements"])
    assert one.tables["events"]["step"].unique().to_list() == ["send"]


def test_a_visit_needs_the_part_and_the_technician() -> None:
    found = facts(after_sales(), days=730)
    visits = found.tables["events"].filter(step="visit").join(found.tables["cases"], on="case", suffix="_of_case")
    assert (visits["resource"] == visits["site"]).all()
    assert (visits["site"] == visits["site_of_case"]).all()
    begun = (visits["started_at"] + timedelta(seconds=1)).dt
    assert begun.weekday().max() <= 5
    assert (begun.hour().min(), begun.hour().max()) == (8, 16)
    issued = found.tables["movements"].filter(pl.col("case").is_not_null(), kind="issue")
    asked = issued.group_by("case").agg(items=pl.col("item").unique().sort(), units=-pl.col("quantity").sum())
    done = visits.group_by("case").len().join(asked, on="case")
    assert done["items"].to_list() == [["pump", "seal"]] * done.height
    assert (done["units"] >= 2 * done["len"]).all()
    bare = after_sales(stocks=[{"site": site, "item": item, "level": 0} for site in ("hub", "north", "south")
                               for item in ("pump", "seal")])
    assert facts(bare, days=730).summary["kept_share.slow-96h"] == 0.0
    idle = after_sales(crews=[{"crew": name, "site": site, "heads": 50} for name, site in (
        ("desk", None), ("north", "north"), ("south", "south"))], shifts=[])
    shares = [facts(chain, days=730).summary["kept_share.fast-24h"] for chain in (after_sales(), idle)]
    assert shares[0] < shares[1] < 1.0


@pytest.mark.parametrize("params", [{}, {"start": "today"}, {"days": 20}, {"dispatch": "earliest promise"}])
def test_measure_finds_on_the_facts_what_the_twin_kept(params) -> None:
    given = after_sales(arrivals=[{"kind": "call", "rate": 3000.0, "segment": "small", "cancel_after": 2.0}],
                        routes=[*after_sales().table("routes").to_dicts(), {"kind": "call", "to_step": "plan"}])
    promised = pl.concat([given.table("promises"), given.table("promises").head(1).with_columns(
        promise=pl.lit("call-15min"), kind=pl.lit("call"), offer=None, window=pl.lit(0.2501))])
    given = given.with_(promises=promised)
    found = facts(given, **params)
    told = twin.told(given, found.tables)
    assert told.check() == []
    now = datetime.fromisoformat(found.summary["until"])
    measured = promises.run(told, promises.Params(now=now), 1, silent).tables["promises_kept"]
    everyone = measured.filter(pl.col("segment").is_null())
    assert everyone.height == 4
    for row in everyone.iter_rows(named=True):
        assert row["cases"] == found.summary[f"cases.{row['promise']}"]
        assert row["kept_share"] == found.summary[f"kept_share.{row['promise']}"]


def test_rows_of_an_item_stand_in_for_those_of_every_one() -> None:
    begins: list[dict[str, str | float]] = [
        {"to_step": "see", "share": 1.0}, {"segment": "big", "to_step": "call", "share": 1.0},
        {"item": "pump", "to_step": "see", "share": 0.3}, {"item": "pump", "to_step": "mend", "share": 0.7}]
    chain = queue(routes=[{"kind": "repair", **row} for row in begins], items=[{"item": "pump"}, {"item": "seal"}],
                  steps=[{"step": step} for step in ("see", "call", "mend")])
    process = Process.of(chain)
    assert process.ways("repair", "big", None, "pump") == [(None, "see", 0.3), (None, "mend", 0.7)]
    assert process.ways("repair", "big", None, "seal") == [(None, "call", 1.0)]
    assert process.ways("repair", None, None) == [(None, "see", 1.0)]
    alike = pl.DataFrame({"item": ["pump", "seal", None]}).select(process.routed_item())
    assert alike["item"].to_list() == ["pump", None, None]
    short = chain.with_(routes=chain.table("routes").filter(pl.col("to_step") != "mend"))
    assert [fault.rule for fault in short.check() if fault.table == "routes"] == ["route_begin_short"]
    assert [fault.rule for fault in chain.check() if fault.table == "routes"] == []


def test_today_goes_on_from_the_step_that_was_done() -> None:
    def case(name: str, **more):
        return {"case": name, "kind": "order", "customer": "b1", "offer": "fast", "item": "pump", "site": "north",
                "quantity": 1.0, "opened_at": datetime(2025, 3, 3, 8), **more}

    cases = [case("new"), case("planned"), case("gone"), case("done", closed_at=datetime(2025, 3, 4))]
    events = [{"case": "planned", "step": "plan", "happened_at": datetime(2025, 3, 3, 9)},
              {"case": "gone", "step": "abandoned", "happened_at": datetime(2025, 3, 3, 9)}]
    quiet = after_sales().table("demand").with_columns(rate=pl.lit(1e-6))
    found = facts(after_sales(cases=cases, events=events).with_(demand=quiet), start="today", days=60)
    steps = found.tables["events"].sort("happened_at").group_by("case", maintain_order=True).agg("step")["step"]
    assert found.tables["cases"]["opened_at"].to_list() == [datetime(2025, 3, 3, 8)] * 2
    assert sorted(told[:2] for told in steps.to_list())[0] == ["plan", "visit"]
    assert sorted(told[0] for told in steps.to_list()) == ["plan", "visit"]


def test_the_proof_judges_what_the_twin_plays() -> None:
    found = proof.run(after_sales(), proof.Params(levels="today", least=5, most=5), 1, silent)
    proofs = found.tables["proofs"]
    assert proofs["promise"].to_list() == ["fast-24h", "planned-4h", "slow-96h"]
    assert proofs.filter(promise="planned-4h")["share"][0] > 0.99
    years = [facts(after_sales(), replication=run).summary["kept_share.fast-24h"] for run in range(5)]
    assert proofs["share"][0] == pytest.approx(np.mean(years), abs=0.01)


def test_refusals_say_where() -> None:
    given = after_sales()
    with pytest.raises(CannotReplay, match="Nobody serves step visit for cases of site south"):
        facts(given.with_(needs=given.table("needs").filter(pl.col("crew").ne_missing("south"))))
    with pytest.raises(CannotReplay, match="kind repair begin: add one"):
        facts(queue(routes=[{"kind": "repair", "from_step": "fix", "to_step": "fix", "share": 0.5}]))
    with pytest.raises(CannotReplay, match="Step fix needs 1 of team"):
        facts(queue(shifts=[{"crew": "team", "starts": 8.0, "ends": 9.0, "heads": 0}]))
    with pytest.raises(CannotReplay, match="step fix never leave"):
        facts(queue(routes=[{"kind": "repair", "to_step": "fix"},
                            {"kind": "repair", "from_step": "fix", "to_step": "fix"}]))
    with pytest.raises(Unsupported, match="nothing to replay"):
        facts(queue(rate=0.0))
