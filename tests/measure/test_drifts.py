"""Are planted drifts found near their first day, is nothing found where nothing departs, do all chains answer?"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result
from arbitre.core.errors import Unsupported
from arbitre.measure import drifts
from arbitre.measure._drifts.charts import Alarm, Span, charts
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty
from arbitre.tables.results.drifts import DRIFTS_OF_SERVICE
from arbitre.tables.sample.aftersales import aftersales
from arbitre.tables.sample.terms import NO_DRIFTS
from arbitre.tables.settings import Settings
from benchmarks.rows import chain_of

START = datetime(2023, 1, 1)
_NO_NAME = Settings.model_validate({"name": "none"})


def ask(chain: Chain, **params: Any) -> Result:
    return drifts.run(chain, drifts.Params.model_validate(params), 1, lambda *_: None)


def drawn(sample: Any) -> Chain:
    return Chain(Settings.model_validate(sample.settings), sample.tables)


@pytest.fixture(scope="module")
def chain() -> Chain:
    return drawn(aftersales("small", 1))


@pytest.fixture(scope="module")
def found(chain: Chain) -> Result:
    return ask(chain)


@pytest.fixture(scope="module")
def part(chain: Chain) -> Chain:
    """What one site serves."""
    return chain.with_(cases=chain.table("cases").filter(site="MAD"))


@pytest.fixture(scope="module")
def part_found(part: Chain) -> Result:
    return ask(part)


def row(result: Result, statistic: str, **place: str) -> dict[str, Any]:
    rows = result.tables["drifts"].filter(statistic=statistic)
    rows = rows.filter(pl.col(name).eq_missing(pl.lit(place.get(name))) for name in ("promise", "segment", "site"))
    return (rows.filter(offer=place["offer"]) if "offer" in place else rows).row(0, named=True)


def orders(count: int, **columns: Any) -> list[dict[str, Any]]:
    """Three years of cases, one after the other, each done in an hour."""
    step = timedelta(days=1_090) / max(count, 1)
    return [{"case": f"c{i:04}", "opened_at": START + i * step, "closed_at": START + i * step + timedelta(hours=1),
             **{name: value(i) if callable(value) else value for name, value in columns.items()}} for i in range(count)]


# Found


@pytest.mark.parametrize(("drift", "statistic", "place", "late"), [
    ("value_not_challenged", "urgency_waste", {}, 150), ("premium_for_everybody", "premium_rise", {}, 150),
    ("cost_not_mastered", "dear_rise", {"segment": "LOGIS"}, 150), ("complexity", "exceptions_rise", {}, 60),
    ("service_below_promise", "misses_rise", {"site": "MAD"}, 45),
])
def test_a_planted_drift_is_found_near_its_first_day(found, drift, statistic, place, late):
    planted = {"value_not_challenged": date(2024, 7, 1), "premium_for_everybody": date(2024, 4, 1),
               "cost_not_mastered": date(2024, 10, 1), "complexity": date(2024, 1, 1),
               "service_below_promise": date(2025, 3, 1)}[drift]
    told = row(found, statistic, **place)
    assert (told["drift"], told["verdict"]) == (drift, "under way")
    assert abs((told["starts_on"] - planted).days) <= late  # three of them rise slowly from nothing
    assert 0 <= (told["alarm_on"] - planted).days <= 180
    assert told["adjusted_p"] <= 0.05
    assert told["value"] > told["limit"]
    assert told["money"] > 0.0


def test_the_lever_the_scenario_and_the_summary(found):
    waste = row(found, "urgency_waste", offer="AOG")
    assert (waste["lever"], waste["hint"]) == ("slower promise", "promises: offer = AOG, window = 24")
    assert [found.summary[name] for name in DRIFTS_OF_SERVICE] == ["under way"] * 5
    going = found.tables["drifts"].filter(verdict="under way").drop_nulls("money")
    assert going["money"].is_sorted(descending=True)


def test_offers_follow_needs_less_than_they_did(found):
    told = row(found, "offer_follows_need")
    assert told["verdict"] == "measured"
    assert told["value"] < 0.7 * told["limit"]


def test_what_stands_beside_each_chart_adds_up(found):
    table, evidence = found.tables["drifts"], found.tables["drift_evidence"]
    own = evidence.filter(pl.col("site") == "MAD", statistic="misses_rise").filter(pl.col("promise").is_null())
    last = own.filter(pl.col("month_on") >= date(2025, 1, 1))
    told = row(found, "misses_rise", site="MAD")
    assert last["departed"].sum() / last["cases"].sum() == pytest.approx(told["value"])
    assert last["expected"].sum() / last["cases"].sum() == pytest.approx(told["limit"])
    assert own.filter(pl.col("month_on") < date(2024, 1, 1))["walk"].null_count() == 12
    charted = table.filter(pl.col("statistic").str.ends_with("_rise"), pl.col("verdict") != "cannot tell")
    keys = ["statistic", "promise", "offer", "segment", "site"]
    assert charted.join(evidence, on=keys, how="anti", nulls_equal=True).height == 0


def test_nothing_is_found_where_nothing_departs():
    """Shares kept below their target and offers few ask for are true of the sample without any drift; nothing else."""
    table = ask(drawn(aftersales("small", 2, NO_DRIFTS))).tables["drifts"]
    assert table["p_value"].count() > 100
    assert set(table.filter(verdict="under way")["statistic"]) <= {"kept_share", "below_break_even"}


# By hand


def test_urgency_is_wasted_when_the_slower_promise_would_have_done():
    """Of four urgent lines one is used at once, two after the slower window, and one never."""
    def used(i: int) -> dict[str, Any]:
        case = opened[i]
        return {"case": case["case"], "step": "installed",
                "happened_at": case["opened_at"] + timedelta(hours=2 if i % 4 == 0 else 30)}

    opened = orders(120, offer="fast")
    chain = chain_of(cases=opened, events=[used(i) for i in range(120) if i % 4 != 3],
                     offers=[{"offer": "fast", "price": 50.0}, {"offer": "slow", "price": 10.0}],
                     promises=[{"promise": "f", "offer": "fast", "window": 4.0}, {"promise": "s", "offer": "slow",
                                                                                  "window": 24.0}])
    told = row(ask(chain), "urgency_waste")
    assert told["value"] == pytest.approx(0.75, abs=0.02)
    assert told["verdict"] == "under way"
    last = [case for case in opened if case["opened_at"] > opened[-1]["opened_at"] + timedelta(hours=30, days=-365)]
    assert told["money"] == pytest.approx(40.0 * told["value"] * len(last), rel=0.06)  # 50 less 10 each


def test_what_came_late_itself_says_nothing_of_urgency():
    late = orders(120, offer="fast")
    for case in late:
        case["closed_at"] = case["opened_at"] + timedelta(hours=40)
    events = [{"case": case["case"], "step": "installed", "happened_at": case["closed_at"]} for case in late]
    chain = chain_of(cases=late, events=events, promises=[
        {"promise": "f", "offer": "fast", "window": 4.0}, {"promise": "s", "offer": "slow", "window": 24.0}])
    assert row(ask(chain), "urgency_waste")["verdict"] == "cannot tell"


def test_open_and_overdue_counts_as_missed_and_the_first_date_counts():
    def opened_late(i: int) -> datetime:
        return START + i * timedelta(days=1_090) / 300

    lines = orders(300, promised_at=lambda i: opened_late(i) + timedelta(hours=8))
    for case in lines[200:]:  # promised anew each time, and never done
        case["closed_at"] = None
    events = [{"case": case["case"], "step": "delayed", "happened_at": case["opened_at"] + timedelta(hours=1),
               "promised_at": case["opened_at"] + timedelta(days=9_000)} for case in lines[200:]]
    chain = chain_of(cases=lines, events=events, promises=[{"promise": "dated", "target_share": 0.9}])
    result = ask(chain)
    missed, anew = row(result, "misses_rise"), row(result, "promised_anew_rise")
    assert (missed["verdict"], anew["verdict"]) == ("under way", "under way")
    for told in (missed, anew):
        assert abs((told["starts_on"] - lines[200]["opened_at"].date()).days) <= 4
    assert row(result, "kept_share", promise="dated")["verdict"] == "under way"
    assert row(result, "chance_of_missing", promise="dated")["value"] > 0.95


def test_premium_given_away_is_counted():
    lines = orders(400, offer="gold", customer="ann")
    invoices = [{"invoice": f"i{i}", "case": case["case"], "customer": "ann", "list_amount": 100.0,
                 "amount": 60.0 if i >= 300 and i % 2 else 100.0, "invoiced_on": case["opened_at"].date()}
                for i, case in enumerate(lines)]
    chain = chain_of(cases=lines, invoices=invoices, offers=[{"offer": "gold", "is_differentiating": True}],
                     customers=[{"customer": "ann", "segment": "big"}], segments=[{"segment": "big", "need": "high"}])
    told = row(ask(chain), "leakage_rise")
    assert told["verdict"] == "under way"
    assert told["money"] == pytest.approx(40.0 * 50, rel=0.05)
    assert abs((told["starts_on"] - lines[300]["opened_at"].date()).days) <= 4


def test_an_offer_that_does_not_earn_its_fixed_cost_is_told_with_the_cases_it_lacks():
    """Each case brings 100 and costs 60: 365 or so of a year earn 14,600 for one, a tenth of them for the other."""
    lines = orders(1_210, offer=lambda i: "odd" if i % 11 == 0 else "usual", customer="ann")
    told = [{"case": case["case"], "customer": "ann", "amount": 100.0, "list_amount": 100.0,
             "invoiced_on": case["opened_at"].date()} for case in lines]
    chain = chain_of(
        cases=lines, invoices=[{"invoice": f"i{i}", **row} for i, row in enumerate(told)],
        costs=[{"cost": f"k{i}", "case": row["case"], "kind": "freight", "amount": 60.0, "spent_on": row["invoiced_on"]}
               for i, row in enumerate(told)],
        offers=[{"offer": "usual", "fixed_cost": 6_000.0}, {"offer": "odd", "fixed_cost": 6_000.0},
                {"offer": "seat", "fixed_cost": 6_000.0, "billing": "subscription"}],
        customers=[{"customer": "ann", "segment": "all"}], segments=[{"segment": "all"}])
    found = ask(chain)
    odd, usual = (row(found, "below_break_even", offer=offer) for offer in ("odd", "usual"))
    assert (odd["verdict"], usual["verdict"]) == ("under way", "not seen")
    assert odd["limit"] == usual["limit"] == pytest.approx(6_000.0 / 40.0)
    assert odd["money"] == pytest.approx(6_000.0 - 40.0 * odd["value"])
    assert usual["money"] == 0.0
    assert found.tables["drifts"].filter(statistic="below_break_even").height == 2


def test_ways_that_nobody_took_are_seen_to_multiply():
    """In the last third every fourth case takes a way of its own."""
    lines = orders(1_200)
    own = [f"way {i}" if i >= 800 and i % 4 == 0 else "pack" for i in range(1_200)]
    events = [{"event": f"e{i}", "case": case["case"], "step": step, "happened_at": case["closed_at"]}
              for i, (case, step) in enumerate(zip(lines, own, strict=True))]
    found = ask(chain_of(cases=lines, events=events))
    risen, various = row(found, "ways_rise"), row(found, "effective_ways")
    assert risen["verdict"] == "under way"
    assert abs((risen["starts_on"] - lines[800]["opened_at"].date()).days) <= 7
    assert risen["value"] == pytest.approx(0.25, abs=0.02)
    # 3/4 of the cases share one way: the entropy of n cases is 3/4 log(4/3) + 1/4 log(n).
    assert various["value"] == pytest.approx(np.exp(0.75 * np.log(4 / 3) + 0.25 * np.log(400)), rel=0.05)
    assert various["limit"] == 1.0


def test_stock_at_two_places_wants_more_by_the_root_of_two():
    lines = orders(1_200, item=lambda i: "bolt" if i % 2 else "axle", site=lambda i: "west" if i % 4 < 2 else "east")
    held = [("bolt", "west"), ("bolt", "east"), ("axle", "west")]
    chain = chain_of(cases=lines, sites=[{"site": "west"}, {"site": "east"}],
                     items=[{"item": "bolt", "price": 5.0}, {"item": "axle", "price": 5.0}],
                     stocks=[{"item": item, "site": site, "level": 2} for item, site in held])
    told = row(ask(chain), "stock_fragments")
    # Both sites ask for n bolts, one site alone for n axles: (2 sqrt n + sqrt n) / (sqrt 2n + sqrt n).
    assert told["value"] == pytest.approx(3.0 / (1.0 + np.sqrt(2.0)), rel=0.01)
    assert (told["verdict"], told["lever"]) == ("measured", "fewer shelves")


def test_a_chart_holds_each_kind_of_case_against_its_own_risk():
    """More and more of the risky kind are asked for, each kind as before: nothing rises."""
    rng = np.random.default_rng(4)
    n = 3_000
    risky = rng.random(n) < np.linspace(0.1, 0.9, n)
    frame = pl.DataFrame({
        "at": [START + i * timedelta(days=1_090) / n for i in range(n)],
        "departed": rng.random(n) < np.where(risky, 0.4, 0.05), "mix": np.where(risky, "risky", "safe"),
        "stake": np.ones(n),
    })
    span, alarm = Span(datetime(2025, 12, 31), 12), Alarm(2.0, 12.0)
    adjusted, = charts(frame, "complexity", "tail_rise", [()], span, alarm)
    blind, = charts(frame.with_columns(mix=pl.lit("all")), "complexity", "tail_rise", [()], span, alarm)
    assert adjusted.p_value is not None
    assert adjusted.p_value > 0.05
    assert blind.p_value is not None
    assert blind.p_value < 1e-4


# Every chain answers


def test_no_case_is_said():
    with pytest.raises(Unsupported, match="no rows"):
        ask(Chain(_NO_NAME, {"cases": empty(INPUTS["cases"])}))
    with pytest.raises(Unsupported, match="no table cases"):
        ask(Chain(_NO_NAME, {}))


def test_cases_alone_say_what_is_missing():
    table = ask(chain_of(cases=orders(5))).tables["drifts"]
    assert set(table["verdict"]) == {"cannot tell"}
    assert set(table["drift"]) == set(DRIFTS_OF_SERVICE)
    assert {"promises", "offers", "costs", "events", "invoices"} <= set(table["missing"])


@pytest.mark.parametrize("months", [1, 14])
def test_a_short_history_answers(part, months):
    until = datetime(2023 + months // 12, months % 12 + 1, 1)
    tables = dict(part.tables)
    tables["cases"] = tables["cases"].filter(pl.col("opened_at") < until)
    for name, column in (("events", "happened_at"), ("movements", "moved_at")):
        tables[name] = tables[name].filter(pl.col(column) < until)
    result = ask(Chain(part.settings, tables))
    risen = result.tables["drifts"].filter(pl.col("statistic").str.ends_with("_rise"))
    assert (set(risen["verdict"]) == {"cannot tell"}) == (months <= 12)


def test_one_offer_one_site_one_customer_answers():
    chain = chain_of(
        cases=orders(200, offer="only", customer="ann", site="here"), offers=[{"offer": "only"}],
        customers=[{"customer": "ann", "segment": "all"}], segments=[{"segment": "all"}], sites=[{"site": "here"}],
        promises=[{"promise": "p", "offer": "only", "window": 8.0, "target_share": 0.9}],
        costs=[{"cost": f"k{i}", "case": f"c{i:04}", "kind": "freight", "amount": 10.0,
                "spent_on": date(2024, 1, 1)} for i in range(200)],
    )
    result = ask(chain)
    assert result.summary["under_way"] == 0
    assert result.summary["service_below_promise"] == "not seen"


# Laws


def test_the_order_of_rows_changes_nothing(part, part_found):
    mixed = Chain(part.settings, {name: table.sample(fraction=1.0, shuffle=True, seed=3)
                                  for name, table in part.tables.items()})
    for name, table in ask(mixed).tables.items():
        for column in table.columns:
            ours, theirs = part_found.tables[name][column], table[column]
            if ours.dtype == pl.Float64:
                assert theirs.to_numpy() == pytest.approx(ours.to_numpy(), rel=1e-9, abs=1e-12, nan_ok=True), column
            else:
                assert theirs.equals(ours), (name, column)


def test_in_cents_all_money_is_a_hundredfold_and_nothing_else_changes(part, part_found):
    cents = {name: table.with_columns(pl.col(column.name) * 100.0 for column in INPUTS[name].columns
                                      if column.unit.startswith("money"))
             for name, table in part.tables.items()}
    told, ours = ask(Chain(part.settings, cents)).tables["drifts"], part_found.tables["drifts"]
    assert told["money"].to_numpy() == pytest.approx(100.0 * ours["money"].to_numpy(), rel=1e-6, nan_ok=True)
    # Money is rounded to a millionth, in cents as in euros.
    assert told["p_value"].to_numpy() == pytest.approx(ours["p_value"].to_numpy(), abs=1e-7, nan_ok=True)
    assert told["verdict"].equals(ours["verdict"])
