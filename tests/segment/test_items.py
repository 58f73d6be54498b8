"""Are items classed as published, does each class call for what it should, and is what is not known said?"""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported
from arbitre.segment import items
from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of

START = datetime(2023, 1, 1)
MONTH = 365.25 / 12


def told(chain: Chain, **params: Any) -> Result:
    return items.run(chain, items.Params(**params), 1, silent)


def history(**units: list[float]) -> Chain:
    """A chain whose items are asked for by these units, month by month, the last month whole."""
    months = len(next(iter(units.values())))
    rows = [{"case": f"{item}-{at}", "item": item, "quantity": quantity,
             "opened_at": START + timedelta(days=(at + 0.5) * MONTH)}
            for item, series in units.items() for at, quantity in enumerate(series) if quantity]
    ends = [{"case": name, "item": "EDGE", "quantity": 1.0, "opened_at": START + timedelta(days=day)}
            for name, day in (("first", 0.0), ("last", months * MONTH))]
    return chain_of(cases=rows + ends)


def one(found: Result, item: str) -> dict[str, Any]:
    return found.tables["item_classes"].filter(item=item).row(0, named=True)


@pytest.fixture(scope="module")
def found() -> Result:
    steady, sizes = [10.0, 12.0] * 12, [1.0, 30.0, 1.0, 2.0] * 6
    sparse, lumpy = [0.0, 3.0] * 12, [0.0, 0.0, 1.0, 0.0, 0.0, 40.0] * 4
    return told(history(SMOOTH=steady, ERRATIC=sizes, INTERMITTENT=sparse, LUMPY=lumpy,
                        ENDED=[5.0] * 12 + [0.0] * 12, ONCE=[0.0] * 10 + [4.0] + [0.0] * 13))


def test_patterns_are_those_of_syntetos_boylan_and_croston(found: Result) -> None:
    for item in ("SMOOTH", "ERRATIC", "INTERMITTENT", "LUMPY"):
        row = one(found, item)
        assert row["pattern"] == item.lower()
        assert (row["interval"] >= 1.32) == (item in ("INTERMITTENT", "LUMPY"))
        assert (row["variation"] >= 0.49) == (item in ("ERRATIC", "LUMPY"))
    sizes = np.array([1.0, 40.0])
    assert one(found, "LUMPY")["interval"] == pytest.approx(3.0)
    assert one(found, "LUMPY")["variation"] == pytest.approx((sizes.std() / sizes.mean()) ** 2)
    assert one(found, "ONCE")["pattern"] == "single"


def test_what_classes_call_for(found: Result) -> None:
    assert (one(found, "SMOOTH")["forecast"], one(found, "SMOOTH")["life"]) == ("smoothing", "stable")
    assert one(found, "INTERMITTENT")["forecast"] == "croston"
    ended = one(found, "ENDED")
    assert (ended["life"], ended["forecast"], ended["policy"]) == ("dying", "fading", "run_down")
    assert (one(found, "ONCE")["policy"], one(found, "ONCE")["held"]) == ("on_demand", "none")
    classes, policies = found.tables["item_classes"], found.tables["item_policies"]
    assert policies["items"].sum() == classes.height
    assert set(classes["class"]) == set(policies["class"])
    for row in policies.to_dicts():
        assert row["sentence"].startswith("Forecast: ")
        assert row["sentence_fr"].startswith("Prévision : ")


def test_critical_items_are_held_nearer_and_bought_a_last_time() -> None:
    chain = history(A=[10.0, 12.0] * 12, B=[5.0] * 12 + [0.0] * 12)
    known = [{"item": name, "price": 10.0, "lead_time": 5.0, "criticality": "High"} for name in ("A", "B", "EDGE", "C")]
    found = told(chain.with_(items=chain_of(items=known).table("items")))
    assert (one(found, "A")["held"], one(found, "B")["policy"]) == ("near", "last_buy")
    assert (one(found, "C")["value_class"], one(found, "C")["life"], one(found, "C")["policy"]) == (
        "D", "none", "on_demand")
    assert found.summary["critical"] == 4


def test_value_classes_make_eighty_and_ninety_five_percent() -> None:
    luck = np.random.default_rng(1)
    names = [f"I{at:03d}" for at in range(200)]
    worth = np.sort(luck.pareto(1.2, 200) + 0.1)[::-1]
    chain = history(**{name: [1.0] * 12 for name in names})
    known = [{"item": name, "price": float(price), "lead_time": 5.0} for name, price in zip(names, worth, strict=True)]
    found = told(chain.with_(items=chain_of(items=[*known, {"item": "EDGE", "price": 0.0, "lead_time": 1.0}])
                             .table("items")))
    classes = found.tables["item_classes"].filter(pl.col("item") != "EDGE")
    share = classes.group_by("value_class").agg(pl.col("yearly_value").sum() / classes["yearly_value"].sum())
    part = dict(share.iter_rows())
    dearest = worth[0] / worth.sum()
    assert 0.8 <= part["A"] < 0.8 + dearest
    assert part["A"] + part["B"] >= 0.95
    order = classes.sort("yearly_value", descending=True)["value_class"].to_list()
    assert order == sorted(order)


def test_the_order_of_rows_and_units_do_not_matter(found: Result) -> None:
    chain = history(SMOOTH=[10.0, 12.0] * 12, LUMPY=[0.0, 0.0, 1.0, 0.0, 0.0, 40.0] * 4)
    cases = chain.table("cases").sample(fraction=1.0, shuffle=True, seed=5)
    columns = ["item", "value_class", "pattern", "life", "policy", "held"]
    again = told(chain.with_(cases=cases.with_columns(pl.col("quantity") * 1000.0)))
    assert told(chain).tables["item_classes"].select(columns).equals(again.tables["item_classes"].select(columns))


def test_what_cannot_be_told_is_said() -> None:
    with pytest.raises(Unsupported, match=r"Fill cases\.item"):
        told(chain_of(cases=[{"case": "1", "opened_at": START}]))
    with pytest.raises(Unsupported, match="Bring more"):
        told(chain_of(cases=[{"case": "1", "opened_at": START, "item": "A"}]))
    with pytest.raises(Unsupported, match="choose other days"):
        told(history(A=[1.0] * 12), since=date(2030, 1, 1))


def test_one_item_without_a_price() -> None:
    found = told(history(A=[1e12] * 12))
    assert one(found, "A")["value_class"] == "A"
    assert found.summary["items_without_price"] == 2
