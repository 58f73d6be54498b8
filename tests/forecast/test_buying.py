"""forecast.buying: histories by hand, refusals, whose totals agree."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from arbitre.capability import silent
from arbitre.core.errors import Unsupported
from arbitre.forecast import buying
from benchmarks.commercial_buying import many_customers
from benchmarks.rows import chain_of

START = date(2024, 1, 1)


def invoice(customer: str, day: int, amount: float = 10.0, **more: Any) -> dict[str, Any]:
    return {"invoice": f"{customer}-{day}-{amount}-{len(more)}", "customer": customer, "amount": amount,
            "invoiced_on": START + timedelta(days=day)} | more


def crowd(customers: int = 60, back: int = 20) -> list[dict[str, Any]]:
    """Return customers who buy once, some of whom come back after 30 days."""
    rows = [invoice(f"c{number:03}", number % 28) for number in range(customers)]
    return rows + [invoice(f"c{number:03}", number % 28 + 30, 5.0 + number) for number in range(back)]


def test_a_day_is_a_purchase_and_credit_notes_and_contracts_are_none() -> None:
    rows = [*crowd(), invoice("c000", 30, 7.0), invoice("c000", 50, -9.0), invoice("c059", 40, contract="k1"),
            invoice("c001", 99, 0.0)]
    found = buying.run(chain_of(invoices=rows), buying.Params(ahead=30), 1, silent)
    told = {row["customer"]: row for row in found.tables["buying"].iter_rows(named=True)}
    assert found.summary["customers"] == 60
    assert (told["c000"]["purchases"], told["c000"]["last_on"]) == (2, START + timedelta(days=30))
    assert (told["c001"]["purchases"], told["c001"]["last_on"]) == (3, START + timedelta(days=99))
    assert told["c059"]["purchases"] == 1
    assert found.tables["buying"]["expected"].sum() == pytest.approx(found.summary["expected"])
    assert (found.tables["buying"]["alive_low"] <= found.tables["buying"]["alive_share"]).all()
    assert (found.tables["buying"]["expected_high"] >= found.tables["buying"]["expected"]).all()


def test_cases_stand_in_for_invoices() -> None:
    rows = [{"case": str(at), "kind": "order", "customer": row["customer"],
             "opened_at": datetime.combine(row["invoiced_on"], datetime.min.time())} for at, row in enumerate(crowd())]
    found = buying.run(chain_of(cases=rows), buying.Params(ahead=30), 1, silent)
    assert found.summary["customers"] == 60
    assert found.summary["value"] is None
    with pytest.raises(Unsupported, match="no case of kind visit"):
        buying.run(chain_of(cases=rows), buying.Params(kind="visit"), 1, silent)


@pytest.mark.parametrize(("rows", "there"), [([invoice("c1", 1)], "1 customers have bought and 0"),
                                             (crowd(60, 9), "60 customers have bought and 9"),
                                             (crowd(20, 15), "20 customers have bought and 15")])
def test_too_short_a_history_is_refused_with_what_is_there(rows: list[dict[str, Any]], there: str) -> None:
    with pytest.raises(Unsupported, match=there):
        buying.run(chain_of(invoices=rows), buying.Params(), 1, silent)


def test_customers_who_buy_as_planted_are_forecast_within_the_interval() -> None:
    """Nine in ten intervals hold what followed; of six, two or more outside come about once in ten."""
    params = buying.Params(ahead=91, until=START + timedelta(days=39 * 7), law="beta_geometric")
    checks = []
    for seed in range(6):
        chain = many_customers(1_000, seed)
        found = buying.run(chain, params, 1, silent)
        checks.append(found.tables["buying_check"].filter(purchases="all").row(0, named=True))
    assert np.sum([row["low"] <= row["actual"] <= row["high"] for row in checks]) >= 5
    assert buying.run(chain, params, 1, silent).summary == found.summary
