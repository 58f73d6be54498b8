"""forecast.leaving and forecast.renewals: what was known by hand, planted causes, refusals."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.core.errors import Unsupported
from arbitre.forecast import leaving, renewals
from arbitre.forecast._contract_periods import read_periods
from arbitre.tables.chain import Chain
from arbitre.tables.sample.subscriptions import EFFECTS, subscriptions
from arbitre.tables.settings import Settings
from benchmarks.leaving_truth import true_price
from benchmarks.rows import chain_of

NOW = date(2025, 1, 1)
UNTIL = NOW - timedelta(days=1)


def at(days_ago: float) -> datetime:
    return datetime.combine(NOW, datetime.min.time()) - timedelta(days=days_ago)


def contract(customer: str, ago: int, ended_ago: int | None = None, **more: Any) -> dict[str, Any]:
    return {"contract": f"k-{customer}-{ago}", "customer": customer, "offer": "o", "price": 1200.0,
            "from_on": at(ago).date(), "to_on": None if ended_ago is None else at(ended_ago).date()} | more


def market(*customers: str) -> dict[str, list[dict[str, Any]]]:
    return {"segments": [{"segment": "s"}], "offers": [{"offer": "o"}],
            "customers": [{"customer": name, "segment": "s"} for name in customers]}


@pytest.fixture(scope="module")
def drawn() -> Chain:
    sample = subscriptions("small", 2)
    return Chain(Settings.model_validate(sample.settings), sample.tables)


def test_what_was_known_by_hand() -> None:
    """Cases and breaches of 90 days, read as of each day; a value is known from its date on."""
    cases = [
        {"case": "late", "customer": "a", "kind": "t", "opened_at": at(70), "closed_at": at(60), "promised_at": at(69)},
        {"case": "open", "customer": "a", "kind": "t", "opened_at": at(10), "promised_at": at(5)},
        {"case": "in time", "customer": "a", "kind": "t", "opened_at": at(40), "closed_at": at(39),
         "promised_at": at(38)},
        {"case": "by window", "customer": "b", "kind": "t", "opened_at": at(32), "closed_at": at(29)},
    ]
    attributes = [{"case": "k-a-200", "attribute": "use", "value": "3", "valid_from": at(100)},
                  {"case": "k-a-200", "attribute": "use", "value": "7", "valid_from": at(45)},
                  {"case": "k-b-200", "attribute": "use", "value": "1", "valid_from": at(150)},
                  {"case": "k-b-200", "attribute": "size", "value": "9"}]
    chain = chain_of(contracts=[contract("a", 200), contract("b", 200, 20)], cases=cases, attributes=attributes,
                     promises=[{"promise": "p", "kind": "t", "window": 24.0, "target_share": 0.9}], **market("a", "b"))
    periods = read_periods(chain, None, UNTIL, 30, 90, 0)
    known = {(row["customer"], row["back"]): dict(zip(periods.known.names, values, strict=True)) | {"left": left}
             for row, values, left in zip(periods.rows.iter_rows(named=True), periods.known.features, periods.left,
                                          strict=True)}
    assert (known["a", 0]["breaches"], known["a", 0]["cases"], known["a", 0]["use"]) == (2.0, 3.0, 7.0)
    assert (known["a", 1]["breaches"], known["a", 1]["use"]) == (1.0, 7.0)
    assert (known["a", 2]["breaches"], known["a", 2]["use"]) == (1.0, 3.0)
    assert known["b", 1]["breaches"] == 1.0  # opened 32 days ago, due 31 days ago, closed later
    assert known["b", 1]["left"]
    assert not known["b", 2]["left"]
    assert ("b", 0) not in known
    assert periods.known.undated == ["size"]
    assert "size" not in periods.known.names


def test_a_contract_that_follows_is_no_departure() -> None:
    rows = [contract("a", 200, 100), contract("a", 95), contract("b", 200, 100), contract("b", 80)]
    periods = read_periods(chain_of(contracts=rows, **market("a", "b")), None, UNTIL, 30, 90, 7)
    assert set(periods.rows.filter(pl.Series(periods.left))["customer"]) == {"b"}


def test_planted_causes_are_found_and_the_price_of_a_breach(drawn: Chain) -> None:
    found = leaving.run(drawn, leaving.Params(), 1, silent)
    drivers = {row["driver"]: row for row in found.tables["leaving_drivers"].iter_rows(named=True)}
    for name in ("usage", "breaches"):
        assert drivers[name]["low"] <= np.exp(EFFECTS[name]) <= drivers[name]["high"]
        assert drivers[name]["is_sure"]
    price = found.tables["breach_price"].row(0, named=True)
    assert price["low"] <= true_price(drawn, EFFECTS) <= price["high"]
    assert price["segment"] is None
    check = found.tables["leaving_check"]
    assert check["came_share"].to_list()[-1] > 2 * check["came_share"].to_list()[0]
    assert found.tables["customer_health"]["leave_share"].is_between(0, 1).all()
    assert found.summary["check.auc"] > 0.6


def test_price_is_the_sum_over_segments(drawn: Chain) -> None:
    prices = leaving.run(drawn, leaving.Params(), 1, silent).tables["breach_price"]
    of_all, parts = prices.row(0, named=True), prices.filter(pl.col("segment").is_not_null())
    assert parts["customers"].sum() == of_all["customers"]
    assert (parts["customers"] * parts["price"]).sum() / of_all["customers"] == pytest.approx(of_all["price"])


def test_who_left_before_the_tables_begin_would_else_look_immortal(drawn: Chain) -> None:
    """With periods before the first departures that are told, the effect of age is hidden: 0.25 was planted."""
    right, wrong = (leaving.run(drawn, leaving.Params(since=since), 1, silent) for since in (None, date(2022, 1, 1)))
    age = [one.tables["leaving_drivers"].filter(driver="age")["odds_ratio"].item() for one in (right, wrong)]
    assert age[0] < age[1]
    assert wrong.summary["customer_periods"] > right.summary["customer_periods"]


@pytest.mark.parametrize(("contracts", "why"), [
    ([contract("a", 400)], "0 departures of customers under contract, and 1 customers"),
    ([contract(f"c{n}", 400) for n in range(50)], "0 departures"),
    ([contract("a", 100, 200)], "1 contracts end before they begin"),
    ([contract("a", 35, 33)], "covers the first day of a period"),
    ([contract(f"c{n}", 400, 100 + n) for n in range(50)], "Nobody is under contract"),
])
def test_what_cannot_be_told_is_refused_with_its_reason(contracts: list[dict[str, Any]], why: str) -> None:
    chain = chain_of(contracts=contracts, **market(*(row["customer"] for row in contracts)))
    with pytest.raises(Unsupported, match=why):
        leaving.run(chain, leaving.Params(until=UNTIL), 1, silent)


def test_renewals_by_hand() -> None:
    """Ten leave at their first renewal, ten during the second year, ten are in their third: 30, 20 and 10 came."""
    rows = ([contract(f"a{n}", 800, 800 - 364) for n in range(10)] + [contract(f"b{n}", 800, 200) for n in range(10)]
            + [contract(f"c{n}", 800) for n in range(10)])
    chain = chain_of(contracts=rows, **market(*(row["customer"] for row in rows)))
    found = renewals.run(chain, renewals.Params(until=UNTIL, term=365), 1, silent)
    first, second = found.tables["renewals"].filter(pl.col("segment").is_null()).rows(named=True)[:2]
    assert (first["came"], first["renewed"], second["came"], second["renewed"]) == (30, 20, 20, 10)
    value = found.tables["contract_value"].row(0, named=True)
    assert value["customers"] == 10
    assert value["low"] < value["value"] < value["high"] < 3600.0


def test_too_few_missed_renewals_are_refused() -> None:
    rows = [contract(f"c{n}", 800) for n in range(30)]
    chain = chain_of(contracts=rows, **market(*(row["customer"] for row in rows)))
    with pytest.raises(Unsupported, match="0 of 60 renewals were missed"):
        renewals.run(chain, renewals.Params(until=UNTIL), 1, silent)
