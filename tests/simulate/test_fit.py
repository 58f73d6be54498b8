"""Fit: what was planted in the twin's own facts is found again, and an ill-fitting log is told to be one."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported
from arbitre.flow import pipeline
from arbitre.simulate import fit, twin
from arbitre.simulate._fit.crews import shifts_of
from arbitre.simulate._fit.memory import remembered
from arbitre.simulate._fit.model import estimates_of, model_of
from arbitre.simulate._fit.visits import INFERRED, TOLD, UNATTENDED, facts_of
from arbitre.tables.chain import Chain
from benchmarks.fit import PLANTED, WEEK, log_of, replayed, shop
from benchmarks.rows import chain_of

MONDAY = datetime(2024, 1, 1)
DATA = Path(os.environ.get("ARBITRE_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "events"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no event logs in {DATA}: set ARBITRE_DATA")


def fitted(given: Chain, **params: Any) -> Result:
    return fit.run(given, fit.Params(**params), 1, silent)


def estimate(result: Result, what: str, subject: str) -> dict[str, Any]:
    return result.tables["estimates"].filter(what=what, subject=subject).row(0, named=True)


@pytest.fixture(scope="module")
def found() -> Result:
    return fitted(replayed(shop(), 364))


def test_the_tables_that_were_replayed_are_found_again(found: Result) -> None:
    laws = dict(found.tables["steps"].select("step", "law").iter_rows())
    assert laws == {"counter": "exponential", "bench": "erlang", "parcel": "constant"}
    bench = found.tables["steps"].filter(step="bench").row(0, named=True)
    assert round(bench["spread"] ** -2) == 4
    assert estimate(found, "work", "parcel")["value"] == pytest.approx(24.0)


def test_intervals_cover_what_was_planted() -> None:
    """Thirty years of the shop, six intervals each: 95 % of them hold what was planted, of none fewer than 25."""
    held = dict.fromkeys(PLANTED, 0)
    given = shop()
    for replication in range(30):
        model = model_of(facts_of(replayed(given, 180, replication), None), ("abandoned",), ("cancelled",), 0.95)
        for row in estimates_of(model, 0.95).iter_rows(named=True):
            key = row["what"], row["subject"]
            if key in held:
                held[key] += row["low"] <= PLANTED[key] <= row["high"]
    assert min(held.values()) >= 25, held
    assert sum(held.values()) >= 0.92 * 180, held


def test_shifts_and_needs_are_found_again(found: Result) -> None:
    """Of the fitters, who are always there, nothing shows in the small hours in which nothing comes."""
    shifts = {(row["weekday"], row["starts"], row["ends"], row["heads"])
              for row in found.tables["shifts"].filter(crew="clerks").iter_rows(named=True)}
    assert shifts == {(day, *rest) for day in WEEK for rest in ((8.0, 16.0, 3), (16.0, 20.0, 2))}
    assert dict(found.tables["crews"].select("crew", "heads").iter_rows()) == {"clerks": 3, "fitters": 2}
    assert found.tables["shifts"].filter(crew="fitters")["heads"].unique().to_list() == [2]
    needs = {("counter", "clerks"), ("bench", "fitters")}
    assert set(found.tables["needs"].select("step", "crew").iter_rows()) == needs


def test_hours_without_arrivals_are_found_again(found: Result) -> None:
    rhythm = np.zeros((7, 24))
    for row in found.tables["rhythms"].iter_rows(named=True):
        days = range(7) if row["weekday"] is None else [(*WEEK, "sunday").index(row["weekday"])]
        for day in days:
            rhythm[day, int(row["starts"]):int(row["ends"])] = row["weight"]
    planted = np.zeros((7, 24))
    planted[:6, 7:20] = 168 / (6 * 13)
    assert np.abs(rhythm - planted).mean() < 0.1


def test_the_twin_of_a_twin_reproduces_it(found: Result) -> None:
    assert found.summary["told"] == "The twin reproduces 9 of 9 figures of the part it has not seen."
    assert found.tables["fits"]["verdict"].unique().to_list() == ["reproduced"]


def test_what_was_fitted_can_be_replayed(found: Result) -> None:
    tables = {name: frame for name, frame in found.tables.items() if name not in ("estimates", "fits")}
    again = chain_of(sites=[{"site": "here"}]).with_(**tables)
    assert again.check() == []
    told = twin.run(again, twin.Params(days=28), 1, silent)
    assert told.summary["cases"] == pytest.approx(28 * 24, rel=0.15)


def test_a_chain_of_nothing_but_facts_can_be_replayed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ARBITRE_CACHE", str(tmp_path))
    told = pipeline.run(replayed(shop(), 90), "simulate.twin", {"days": 28})
    assert told.summary["cases"] == pytest.approx(28 * 24, rel=0.2)


def test_a_process_that_changed_is_told(found: Result) -> None:
    """The second half of the year with work that takes half as long again."""
    slow = shop()
    slow = slow.with_(steps=slow.table("steps").with_columns(work=pl.col("work") * 1.5))
    before, after = replayed(shop(), 182), replayed(slow, 182, 1)
    later = [pl.col(name) + timedelta(days=182) for name in ("opened_at", "closed_at", "promised_at")]
    joined = chain_of().with_(
        cases=pl.concat([before.table("cases"), after.table("cases").with_columns(
            *later, case="T" + pl.col("case"))]),
        events=pl.concat([before.table("events"), after.table("events").with_columns(
            pl.col("happened_at", "started_at") + timedelta(days=182), case="T" + pl.col("case"))]))
    result = fitted(joined, first_share=0.5)
    verdicts = dict(result.tables["fits"].select(pl.concat_str("what", "subject"), "verdict").iter_rows())
    assert verdicts["usefitters"] == "not reproduced"
    assert verdicts["arrivalsrepair"] == "reproduced"
    assert "and not these" in result.summary["told"]


def _log(rows: list[tuple[str, str, float | None, float, str | None]], closed: bool = True) -> Chain:
    """Return a chain of events (case, step, began, ended, by whom), in hours."""
    at = [None if row[2] is None else MONDAY + timedelta(hours=row[2]) for row in rows]
    events = [{"case": row[0], "step": row[1], "started_at": began, "happened_at": MONDAY + timedelta(hours=row[3]),
               "resource": row[4]} for row, began in zip(rows, at, strict=True)]
    first: dict[str, float] = {}
    last: dict[str, float] = {}
    for case, _, began, ended, _ in rows:
        first[case] = min(first.get(case, 1e9), ended if began is None else began)
        last[case] = max(last.get(case, 0.0), ended)
    return chain_of(cases=[{"case": case, "opened_at": MONDAY + timedelta(hours=first[case]),
                         "closed_at": MONDAY + timedelta(hours=last[case]) if closed else None} for case in first],
                 events=events)


def test_steps_that_ran_at_once_count_once() -> None:
    """A call during the repair takes none of the case's time; what is told afterwards takes what is left."""
    given = _log([("a", "repair", 0.0, 4.0, "x"), ("a", "call", None, 1.0, None), ("a", "bill", None, 6.0, None)])
    visits = facts_of(given, None).visits
    assert visits.select("step", "how").rows() == [("repair", TOLD), ("call", UNATTENDED), ("bill", UNATTENDED)]
    assert (visits["end"] - visits["start"]).to_list() == pytest.approx([4.0, 0.0, 2.0])


def test_without_starts_work_is_what_the_busy_could_do() -> None:
    """One person: the second case came at 1 and was done at 5, the first at 3, so it took 2."""
    given = _log([("a", "in", None, 0.0, None), ("b", "in", None, 1.0, None), ("a", "do", None, 3.0, "x"),
                  ("b", "do", None, 5.0, "x")])
    visits = facts_of(given, None).visits.filter(step="do")
    assert visits["how"].to_list() == [INFERRED, INFERRED]
    assert (visits["end"] - visits["start"]).to_list() == pytest.approx([3.0, 2.0])
    assert (visits["start"] - visits["ready"]).to_list() == pytest.approx([0.0, 2.0])


def test_work_inferred_without_starts_is_that_planted() -> None:
    """The shop's bench with one fitter and no started_at anywhere: exponential work of an hour is found."""
    one = shop()
    one = one.with_(steps=one.table("steps").with_columns(
        law=pl.when(pl.col("step") == "bench").then(pl.lit("exponential")).otherwise("law"), patience=None),
        crews=one.table("crews").with_columns(heads=pl.lit(1, pl.Int64)), shifts=one.table("shifts").clear(),
        arrivals=one.table("arrivals").with_columns(rate=pl.lit(4000.0)))
    blind = replayed(one, 200)
    blind = blind.with_(events=blind.table("events").with_columns(started_at=pl.lit(None, pl.Datetime("us"))))
    result = fitted(blind)
    told = estimate(result, "work", "bench")
    assert (told["choice"], told["how"]) == ("exponential", INFERRED)
    assert told["low"] * 0.98 <= 1.0 <= told["high"] * 1.02
    assert result.summary["steps_inferred"] >= 2


def test_waits_that_no_crew_explains_become_a_step() -> None:
    """Work begins an hour after it could, though nobody is busy."""
    rng = np.random.default_rng(3)
    rows = []
    for n in range(200):
        begins = 8.0 * n + rng.random()
        rows += [(f"c{n}", "look", begins, begins + 0.5, "x"), (f"c{n}", "mend", begins + 1.5, begins + 2.5, "y")]
    result = fitted(_log(rows))
    delay = estimate(result, "delay", "mend")
    assert delay["value"] == pytest.approx(1.0, rel=1e-6)
    ways = result.tables["routes"].select("from_step", "to_step").rows()
    assert ("look", "before mend") in ways
    assert ("before mend", "mend") in ways
    assert result.tables["estimates"].filter(what="delay").height == 1


def test_steps_are_told_apart_by_the_one_before_where_that_matters() -> None:
    """After A comes always X, after B always Y: B1 is told apart; where chance alone decides nothing is."""
    rng = np.random.default_rng(5)

    def visits(bound: bool) -> pl.DataFrame:
        rows = []
        for case in range(400):
            first = "AB"[int(rng.integers(2))]
            then = "XY"["AB".index(first)] if bound else "XY"[int(rng.integers(2))]
            rows += [{"case": str(case), "at": at, "step": step} for at, step in enumerate((first, "M", then))]
        return pl.DataFrame(rows)

    assert set(remembered(visits(True))["step"]) == {"A", "B", "X", "Y", "M after A", "M after B"}
    assert set(remembered(visits(False))["step"]) == {"A", "B", "X", "Y", "M"}


def test_shifts_told_as_rows() -> None:
    assert shifts_of(np.full(168, 3)) == []
    day = np.tile(np.where((np.arange(24) >= 8) & (np.arange(24) < 12), 2, 0), 7)
    assert shifts_of(day) == [{"weekday": None, "starts": 8.0, "ends": 12.0, "heads": 2}]
    day[-1] = 1
    assert len(shifts_of(day)) == 8


def test_rare_classes_are_counted_together() -> None:
    """A segment of 500 cases keeps its arrivals, one of 5 joins the rest; no case is lost."""
    given = replayed(shop(), 40)
    cases = given.table("cases").with_row_index("row")
    customers = [{"customer": "big", "segment": "many"}, {"customer": "small", "segment": "few"}]
    cases = cases.with_columns(customer=pl.when(pl.col("row") < 5).then(pl.lit("small")).otherwise(pl.lit("big")))
    told = fitted(given.with_(cases=cases.drop("row"), **{
        "customers": chain_of(customers=customers).table("customers")}))
    arrivals = told.tables["arrivals"].select("segment", "rate").sort("segment", nulls_last=False)
    assert arrivals["segment"].to_list() == [None, "many"]
    assert arrivals["rate"].sum() == pytest.approx(estimate(told, "arrivals", "repair")["value"])


@pytest.mark.parametrize("seed", range(12))
def test_odd_facts_never_crash(seed: int) -> None:
    """Work that ends before it begins, cases opened after their events, nobody, everybody, all at once."""
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(int(rng.integers(1, 40))):
        for _ in range(int(rng.integers(1, 5))):
            ended = float(np.round(rng.random() * 40.0 * rng.integers(1, 6)))
            began = None if rng.random() < 0.3 else ended - float(np.round(rng.normal(1.0, 2.0)))
            rows.append((f"c{n}", "abc"[int(rng.integers(3))], began, ended, [None, "x", "y"][int(rng.integers(3))]))
    given = _log(rows)
    late = given.table("cases").with_columns(pl.col("opened_at") + timedelta(hours=seed))
    result = fitted(given.with_(cases=late), replications=5, left="a" if seed % 2 else "")
    assert set(result.tables) == set(fit.WRITES)
    tables = {name: result.tables[name] for name in fit.WRITES if name not in ("estimates", "fits")}
    assert chain_of(sites=[{"site": "here"}]).with_(**tables).check() == []


def test_facts_that_tell_nothing_are_refused() -> None:
    with pytest.raises(Unsupported, match="has events"):
        fitted(_log([("a", "do", 0.0, 1.0, "x")]), kind="other")
    with pytest.raises(Unsupported, match="closed_at"):
        fitted(_log([("a", "do", 0.0, 1.0, "x")], closed=False))
    few = fitted(_log([(str(n), "do", 30.0 * n, 30.0 * n + 1.0, "x") for n in range(10)]))
    assert few.tables["fits"].is_empty()
    assert few.summary["told"].startswith("The twin could not be judged: there are fewer than 20 cases or a day")


@needs_data
def test_a_public_repair_log() -> None:
    """Its six testers and two lots of three repairers are found, and most of what it has not seen is reproduced."""
    result = fitted(log_of(DATA / "repair_example.xes.gz"))
    heads = dict(result.tables["crews"].select("crew", "heads").iter_rows())
    assert heads == {"Analyze Defect + Test Repair": 6, "Repair (Complex)": 3, "Repair (Simple)": 3}
    assert result.summary["reproduced"] >= 9


@needs_data
def test_a_public_log_that_no_twin_reproduces() -> None:
    """Incidents of two years of which nearly all came in the last months: told, and not trusted."""
    result = fitted(log_of(DATA / "bpic2013_incidents.xes.gz"), replications=5)
    assert result.summary["not_reproduced"] >= 5
    assert "arrivals (case)" in result.summary["told"]
