"""Is every step of the waterfall right, are losers found, and does who pays for whom add up to nought?"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result
from arbitre.core.errors import Unsupported
from arbitre.measure import profit
from arbitre.tables.chain import Chain
from arbitre.tables.results.profit import COSTS
from arbitre.tables.sample.aftersales import SAMPLES, Sample
from arbitre.tables.settings import Settings
from tests.measure.costing_chain import day, firm, rows, shelved


def ask(chain: Chain, seed: int = 1, **params: Any) -> Result:
    return profit.run(chain, profit.Params.model_validate(params), seed, lambda *_: None)


def steps(found: Result, by: str = "everyone", name: str | None = None) -> dict[str, float | None]:
    rows = found.tables["profit_waterfall"].filter(pl.col("by") == by, pl.col("name").eq_missing(pl.lit(name)))
    return dict(rows.select("step", "amount").iter_rows())


@pytest.fixture(scope="module")
def sample() -> Sample:
    return SAMPLES["aftersales"]("small", 1)


@pytest.fixture(scope="module")
def found(sample: Sample) -> Result:
    return ask(Chain(Settings.model_validate(sample.settings), sample.tables))


def test_the_waterfall_goes_from_the_list_to_what_is_left() -> None:
    everyone = steps(ask(shelved(firm())))
    held, idle = 80.0, 20.0
    assert everyone == pytest.approx({
        "list": 235.0, "discount": -30.0, "net": 205.0, "goods": -60.0, "margin": 145.0, "order": -30.0,
        "handling": None, "freight": -18.0, "emergency": None, "labour": None, "travel": None, "support": -15.0,
        "return": None, "penalty": 0.0, "other": None, "holding": -held, "credit": None,
        "contribution": 145.0 - 63.0 - held, "untraced": -9.0, "unused": -1_155.0, "idle": -idle,
        "result": 145.0 - 63.0 - held - 9.0 - 1_155.0 - idle,
    }, abs=1e-4)


def test_each_dimension_adds_up_to_the_whole(found: Result) -> None:
    table = found.tables["profit_waterfall"]
    whole = steps(found)
    for by in ("segment", "offer", "site", "family"):
        sums = table.filter(by=by).group_by("step").agg(pl.col("amount").sum())
        for step, amount in sums.iter_rows():
            assert amount == pytest.approx(whole[step] or 0.0, abs=0.005), (by, step)


def test_a_subscription_counts_under_the_offer_of_its_contract() -> None:
    found = ask(firm())
    assert steps(found, "offer", "slow")["net"] == pytest.approx(180.0)
    assert steps(found, "offer", "fast")["net"] == pytest.approx(25.0)
    assert steps(found, "site")["net"] == pytest.approx(100.0)  # what has no site


def test_credit_counts_the_days_until_an_invoice_is_paid() -> None:
    paid = firm().tables["invoices"].with_columns(paid_on=pl.lit(date(2022, 2, 4)))
    found = ask(firm(invoices=paid), credit_share=0.1)
    assert steps(found)["credit"] == pytest.approx(-205.0 * 0.1 * 30 / 365.25, abs=1e-5)
    open_still = paid.with_columns(paid_on=pl.when(pl.col("invoice") == "A").then("paid_on"))
    late = steps(ask(firm(invoices=open_still), credit_share=0.1))["credit"]
    assert late == pytest.approx(-0.1 / 365.25 * (60.0 * 30 + 145.0 * 1_092), abs=1e-5)


def test_what_no_table_tells_is_not_nought() -> None:
    """Invoices alone: net sales by customer, and nothing else is known."""
    tables = firm().tables
    bare = Chain(Settings(), {name: tables[name] for name in ("segments", "customers", "invoices")})
    bare = bare.with_(invoices=tables["invoices"].with_columns(list_amount=pl.lit(None, pl.Float64)))
    found = ask(bare)
    known = {step: amount for step, amount in steps(found).items() if amount is not None}
    assert known == {"net": 205.0, "margin": 205.0, "contribution": 205.0, "result": 205.0}
    assert "list, discount, goods" in found.summary["not_known"]
    assert dict(found.tables["customer_profit"].select("customer", "net").iter_rows()) == {"ann": 180.0, "bob": 25.0}


def test_no_sale_in_the_days_asked_is_said() -> None:
    with pytest.raises(Unsupported, match="Choose other days in since and until"):
        ask(firm(), since="2023-01-01")


def test_a_customer_gets_an_interval_and_a_verdict() -> None:
    customers = {row["customer"]: row for row in ask(firm()).tables["customer_profit"].to_dicts()}
    ann, bob = customers["ann"], customers["bob"]
    assert bob["contribution"] == pytest.approx(25.0 - 20.0 - 20.0 - 11.0, abs=1e-5)
    assert bob["high"] - bob["contribution"] == pytest.approx(1.959964 * 26.0, abs=1e-3)
    assert (bob["cases"], bob["verdict"]) == (1, "undecided")
    cases = [60.0 - 30.0 - 5.5 - 7.0, 20.0 - 10.0 - 4.5, -15.0]
    assert ann["contribution"] == pytest.approx(100.0 + sum(cases), abs=1e-5)
    assert ann["contribution"] - ann["low"] == pytest.approx(1.959964 * np.sqrt(np.square(cases).sum()), abs=1e-3)
    assert ann["verdict"] == "earns"  # her contract pays whatever happens


def test_who_pays_for_whom_adds_up_to_nought(found: Result) -> None:
    table = found.tables["cross_subsidies"]
    for by in ("segment", "offer"):
        part = table.filter(by=by)
        assert part["balance"].sum() == pytest.approx(0.0, abs=1e-6)
        assert part["paid"].sum() == pytest.approx(min(part["earned"].sum(), part["lost"].sum()))
    assert table.filter(by="segment")["lost"].sum() == pytest.approx(found.summary["lost"])
    firm_two = ask(firm()).tables["cross_subsidies"].filter(by="segment")
    balance = dict(firm_two.select("name", "balance").iter_rows())
    assert balance == pytest.approx({"big": 26.0, "small": -26.0}, abs=1e-4)


def test_the_change_between_two_years_is_explained_to_the_cent(sample: Sample, found: Result) -> None:
    chain = Chain(Settings.model_validate(sample.settings), sample.tables)
    years = [ask(chain, since=first, until=date(first.year, 12, 31)).summary["contribution"]
             for first in (date(2024, 1, 2), date(2025, 1, 1))]  # 365 days each
    table = found.tables["profit_change"]
    parts = dict(table.filter(by="everyone").select("part", "amount").iter_rows())
    before, after = parts.pop("before"), parts.pop("after")
    assert [before, after] == pytest.approx(years, abs=0.005)
    assert sum(parts.values()) == pytest.approx(after - before, abs=0.005)
    sums = table.filter(by="segment").group_by("part").agg(pl.col("amount").sum())
    assert dict(sums.iter_rows()) == pytest.approx({**parts, "before": before, "after": after}, abs=0.005)
    assert ask(firm(), since=day(1), until=day(20)).tables["profit_change"].is_empty()


def test_planted_losers_are_found_and_few_others_called_sure(sample: Sample, found: Result) -> None:
    customers = found.tables["customer_profit"]
    planted = sample.expect["truth_discounts"]
    their = planted.join(customers, on="customer", how="inner")
    assert their.height >= 8
    assert (their["contribution"] < 0.0).all()
    enough = their.filter(pl.col("cases") >= 10)
    assert (enough["verdict"] == "loses").sum() >= enough.height - 1
    others = customers.join(planted, on="customer", how="anti")
    assert others.filter(verdict="loses").height <= 2


def test_the_curve_is_that_of_the_customers(found: Result) -> None:
    customers, curve = found.tables["customer_profit"], found.tables["whale_curve"]
    total = customers["contribution"].sum()
    assert curve["contribution"].to_list()[-1] == pytest.approx(total)
    assert total == pytest.approx(found.summary["contribution"], abs=0.005)
    assert curve["of_whole"].max() <= found.summary["peak"] + 1e-12
    assert found.summary["peak"] == pytest.approx(customers["contribution"].clip(0.0).sum() / total)
    assert found.summary["peak_low"] < found.summary["peak"] < found.summary["peak_high"]
    inside = curve.filter(pl.col("low") <= pl.col("of_whole"), pl.col("of_whole") <= pl.col("high"))
    assert inside.height >= 0.95 * curve.height
    assert customers["contribution"].to_list() == sorted(customers["contribution"], reverse=True)


def test_a_firm_that_loses_has_no_shares_of_the_whole() -> None:
    dear = firm(costs=rows("costs", ("x", "1", "freight", 700.0, day(5)), names="cost case kind amount spent_on"))
    found = ask(dear)
    assert found.tables["whale_curve"]["of_whole"].null_count() == found.tables["whale_curve"].height
    assert "peak" not in found.summary


def test_the_order_of_rows_changes_nothing_and_the_seed_only_the_intervals(sample: Sample, found: Result) -> None:
    settings = Settings.model_validate(sample.settings)
    turned = {name: frame.sample(fraction=1.0, shuffle=True, seed=9) for name, frame in sample.tables.items()}
    again = ask(Chain(settings, turned))
    assert again.summary == found.summary
    for name, table in found.tables.items():
        assert table.equals(again.tables[name]), name
    other = ask(Chain(settings, sample.tables), seed=2)
    assert other.tables["customer_profit"].equals(found.tables["customer_profit"])
    assert not other.tables["whale_curve"]["low"].equals(found.tables["whale_curve"]["low"])


def test_costs_of_the_waterfall_are_those_of_measure_cost(found: Result) -> None:
    amounts = steps(found)
    assert found.summary["cost_to_serve"] == pytest.approx(-sum(amounts[kind] or 0.0 for kind in COSTS))
