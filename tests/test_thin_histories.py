"""Histories that tell next to nothing: a minimum is stated, an interval is wide, or it is refused with the reason."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

import arbitre
from arbitre.cli import app
from arbitre.core.errors import FaultsFound, Unsupported
from arbitre.tables.chain import Chain
from arbitre.tables.save import save
from benchmarks.rows import chain_of

START = datetime(2025, 1, 1)
COUNT = 30


def deals(ends: dict[int, float]) -> Chain:
    """Thirty deals, one a day, each called on the next; those named are won so many days after they were opened."""
    def day(number: float) -> datetime:
        return START + timedelta(days=number)

    closed = {n: day(n + after) for n, after in ends.items()}
    return chain_of(
        automations=[{"automation": "clean", "condition": "days_at_step > 20", "action": "close"}],
        cases=[{"case": f"c{n}", "kind": "deal", "opened_at": day(n), "closed_at": closed.get(n)}
               for n in range(COUNT)],
        events=[{"case": f"c{n}", "step": step, "happened_at": day(n + after), "resource": "ann"}
                for n in range(COUNT) for step, after in (("call", 1), *([("won", ends[n])] if n in ends else []))])


HISTORIES = {"all open": {}, "one closed": {29: 30.0}, "no loss": {n: 20.0 + n % 7 for n in range(20)},
             "all closed": {n: 20.0 + n % 7 for n in range(COUNT)}}
MISDATED = dict.fromkeys(range(3), -20.0)


@pytest.mark.parametrize("name", ["all open", "one closed"])
def test_a_forecast_states_the_least_it_needs(name: str) -> None:
    with pytest.raises(Unsupported, match=f"{len(HISTORIES[name])} of 30 cases have left on record, 5 are needed"):
        arbitre.run(deals(HISTORIES[name]), "forecast.transitions")


def test_where_nobody_ever_lost_a_loss_is_not_ruled_out() -> None:
    """All ten would be won long before the horizon: with 20 wins and no loss, one or two may yet be lost."""
    found = arbitre.run(deals(HISTORIES["no loss"]), "forecast.transitions").summary
    assert found["replays"] == 0
    assert found["won.low"] <= 8.0 < found["won.expected"] <= found["won.high"] == 10.0


def test_where_all_is_closed_nothing_is_expected_of_what_is_open() -> None:
    found = arbitre.run(deals(HISTORIES["all closed"]), "forecast.transitions").summary
    assert (found["open"], found["dead"], found["won.expected"], found["won.high"]) == (0, 0, 0.0, 0.0)


@pytest.mark.parametrize("name", list(HISTORIES))
def test_what_is_open_is_counted_and_rules_are_never_surer_than_their_past(name: str) -> None:
    chain = deals(HISTORIES[name])
    left = COUNT - len(HISTORIES[name])
    assert arbitre.run(chain, "measure.pipeline").summary["end.cases"] == left
    found = arbitre.run(chain, "measure.automations").summary
    assert found["open"] == left
    assert (found["clean.won_low"], found["clean.won_high"]) == (0.0, 1.0)


def test_a_deal_that_ends_before_it_begins_is_a_fault_with_its_rows() -> None:
    with pytest.raises(FaultsFound) as wrong:
        arbitre.run(deals(MISDATED), "forecast.transitions")
    assert {(fault.column, fault.count) for fault in wrong.value.faults} == {("closed_at", 3), ("happened_at", 3)}


def purchases(bought: list[tuple[int, int]]) -> Chain:
    """Sixty customers, who bought on such days: customer, day."""
    return chain_of(segments=[{"segment": "s"}], customers=[{"customer": f"k{n}", "segment": "s"} for n in range(60)],
                    invoices=[{"invoice": f"i{row}", "customer": f"k{who}", "amount": 10.0,
                               "invoiced_on": date(2024, 1, 1) + timedelta(days=day)}
                              for row, (who, day) in enumerate(bought)])


def contracts(to_on: Any) -> Chain:
    return chain_of(
        offers=[{"offer": "o"}], customers=[{"customer": f"k{n}", "segment": "s"} for n in range(60)],
        segments=[{"segment": "s"}],
        contracts=[{"contract": f"n{n}", "customer": f"k{n}", "offer": "o", "price": 10.0,
                    "from_on": date(2024, 1, 1) + timedelta(days=n), "to_on": to_on if n == 0 else None}
                   for n in range(60)])


@pytest.mark.parametrize("to_on", [None, date(2024, 2, 20)])
@pytest.mark.parametrize(("capability", "says"), [
    ("forecast.renewals", "needs 10"), ("forecast.leaving", "needs 10"), ("forecast.transitions", "5 are needed")])
def test_contracts_of_which_none_or_one_ended_are_refused(to_on: Any, capability: str, says: str) -> None:
    with pytest.raises(Unsupported, match=says):
        arbitre.run(contracts(to_on), capability)


@pytest.mark.parametrize("bought", [[(n, n) for n in range(60)], [(0, 7 * n) for n in range(40)]])
def test_purchases_of_which_none_or_one_customer_came_back_are_refused(bought: list[tuple[int, int]]) -> None:
    with pytest.raises(Unsupported, match="needs 30 customers, 10 of whom came back"):
        arbitre.run(purchases(bought), "forecast.buying")


WEEKLY = [(who, 7 * week) for who in range(60) for week in range(3)]
ONCE_MORE = [(who, who + later) for who in range(60) for later in ((0, 30) if who < 15 else (0,))]


@pytest.mark.parametrize(("bought", "seem"), [(WEEKLY, "nobody"), (ONCE_MORE, "everybody")])
def test_a_year_is_not_forecast_from_weeks_in_which_all_fare_alike(bought: list[tuple[int, int]], seem: str) -> None:
    with pytest.raises(Unsupported, match=f"{seem} seems to go. Bring a longer history, or look less far ahead"):
        arbitre.run(purchases(bought), "forecast.buying")
    assert arbitre.run(purchases(ONCE_MORE), "forecast.buying", {"ahead": 30}).summary["expected"] > 0.0


@pytest.mark.parametrize("amount", ["nan", "inf", "1e308"])
@pytest.mark.parametrize("capability", ["measure.pipeline", "measure.automations", "optimise.assignment"])
def test_a_worth_that_is_no_number_counts_nothing(amount: str, capability: str) -> None:
    found = deals(HISTORIES["no loss"])
    more = chain_of(attributes=[{"case": f"c{n}", "attribute": "amount", "value": amount} for n in range(COUNT)],
                    segments=[{"segment": "s"}], customers=[{"customer": "k", "segment": "s"}],
                    crews=[{"crew": "ann", "heads": 1}])
    chain = found.with_(**more.tables, cases=found.table("cases").with_columns(customer=pl.lit("k")))
    json.dumps(arbitre.run(chain, capability).summary, allow_nan=False)




@pytest.mark.parametrize(("chain", "capability", "says"), [
    (deals({}), "forecast.transitions", "0 of 30 cases have left on record, 5 are needed"),
    (deals(HISTORIES["one closed"]), "forecast.transitions", "1 of 30 cases have left on record, 5 are needed"),
    (deals(HISTORIES["one closed"]), "measure.response", "30 are needed, 5 of either outcome"),
    (deals(HISTORIES["no loss"]), "measure.response", "30 are needed, 5 of either outcome"),
    (deals(MISDATED), "forecast.transitions", "closed_at"),
    (contracts(None), "forecast.leaving", "needs 10"),
    (contracts(None), "forecast.renewals", "needs 10"),
    (purchases([(who, who) for who in range(60)]), "forecast.buying", "10 of whom came back"),
])
def test_the_command_says_why_it_refuses_and_nothing_else(chain: Chain, capability: str, says: str, tmp_path: Path
                                                         ) -> None:
    save(chain, tmp_path / "chain")
    done = CliRunner().invoke(app, ["run", str(tmp_path / "chain"), capability, "--json"])
    assert done.exit_code == 1
    assert "Traceback" not in done.stderr
    assert "error" in json.loads(done.stdout)
    assert says in done.stdout
