"""Are planted customers found, is what is not known said, and does nothing depend on order, units or names?"""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported
from arbitre.flow.pipeline import run as run_by_name
from arbitre.segment import customers
from arbitre.tables.chain import Chain
from arbitre.tables.sample.aftersales import SAMPLES
from arbitre.tables.settings import Settings
from benchmarks.rows import chain_of
from benchmarks.segment import measured, orders

START = datetime(2024, 1, 1)


def told(chain: Chain, **params: Any) -> Result:
    return customers.run(chain, customers.Params(**params), 1, silent)


def lines(customer: str, days: list[int], hours: float = 120.0, **more: Any) -> list[dict[str, Any]]:
    """Order lines of a customer on these days, allowed so many hours."""
    return [{"case": f"{customer}-{at}", "customer": customer, "opened_at": START + timedelta(days=day),
             "promised_at": START + timedelta(days=day, hours=hours), "item": "P", "site": "S", **more}
            for at, day in enumerate(days)]


def member(found: Result, customer: str, school: str) -> dict[str, Any]:
    return found.tables["segment_members"].filter(customer=customer, school=school).row(0, named=True)


@pytest.fixture(scope="module")
def sample() -> Chain:
    drawn = SAMPLES["aftersales"]("small", 1)
    return Chain(Settings.model_validate(drawn.settings), drawn.tables)


@pytest.fixture(scope="module")
def found(sample: Chain) -> Result:
    return run_by_name(sample, "segment.customers")


def test_planted_kinds_are_found_from_orders_alone() -> None:
    chain, planted = orders(4_000, 1)
    answer = measured(chain, planted)
    assert answer["classes"] == 4
    assert answer["ari"] >= 0.8
    assert answer["least_stability"] > 0.75


def test_the_planted_needs_of_the_sample_are_found() -> None:
    """The medium sample: high, medium and low need, drawn into machines, answers and offers, and named nowhere else."""
    drawn = SAMPLES["aftersales"]("medium", 1)
    agreed = told(Chain(Settings.model_validate(drawn.settings), drawn.tables)).tables["segment_agreement"]
    found = agreed.filter(school="classes", other="customers.need", measure="adjusted_rand")
    assert found["value"].item() >= 0.8
    assert agreed.filter(school="classes", other="drawn again")["value"].min() >= 0.75


def test_the_sample_says_what_customers_leave_and_expect(found: Result) -> None:
    scores = found.tables["segment_scores"]
    assert set(scores["score"]) == {"potential", "profit", "projected_profit", "logistics", "expectations"}
    profit = scores.filter(pl.col("score") == "profit", pl.col("value").is_not_null())
    assert profit.height > 230
    assert profit.select(pl.corr("value", "measured", method="spearman")).item() == pytest.approx(1.0)
    silent_ones = scores.filter(score="expectations").filter(pl.col("value").is_null())
    assert silent_ones.height > 20
    assert set(silent_ones["gaps"]) == {"expects"}
    assert scores.filter(pl.col("value").is_not_null(), score="profit")["gaps"].null_count() == profit.height


def test_every_table_is_consistent(found: Result) -> None:
    members, rules = found.tables["segment_members"], found.tables["segment_rules"]
    assert members.group_by("customer", "school").len()["len"].max() == 1
    for school in ("value_need", "behaviour", "strata", "classes"):
        own = rules.filter(school=school)
        assert own["node"].to_list() == list(range(1, own.height + 1))
        ends = own.filter(pl.col("feature").is_null())
        start = own.filter(node=1)["customers"].item()
        assert ends["customers"].sum() == start
        assert own["sentence"][0] == "all customers"
        assert own["sentence_fr"][0] == "tous les clients"
    assert members["confidence"].drop_nulls().is_between(0, 1).all()
    agreed = found.tables["segment_agreement"]
    assert agreed.filter(measure="adjusted_rand")["value"].is_between(-1, 1).all()
    assert {"customers.segment", "customers.value", "customers.need", "tree", "drawn again"} <= set(agreed["other"])


def test_the_sentences_are_the_way_down_the_tree(found: Result) -> None:
    rules = found.tables["segment_rules"].filter(school="behaviour")
    end = rules.filter(pl.col("feature").is_null(), segment="dynamic")["sentence"].to_list()
    assert any("urgent share of" in sentence and sentence.endswith("% or more") for sentence in end)
    assert any("part urgente" in sentence for sentence in rules["sentence_fr"])


def test_moves_name_the_measure_that_crossed(found: Result) -> None:
    moves = found.tables["segment_moves"]
    assert moves.height > 0
    assert (moves["from_segment"] != moves["to_segment"]).all()
    crossed = moves.drop_nulls(["before", "after"])
    assert ((crossed["before"] >= crossed["threshold"]) != (crossed["after"] >= crossed["threshold"])).all()


def test_a_customer_who_turns_urgent_moves_by_its_urgent_share() -> None:
    rows = []
    for at in range(40):
        days = list(range(at % 7, 730, 14))
        rows += lines(f"U{at:02d}", days, 12.0) if at < 15 else lines(f"C{at:02d}", days, 240.0)
    rows += lines("TURN", list(range(0, 365, 14)), 240.0)
    rows += [{**row, "case": f"T2-{at}"} for at, row in enumerate(lines("TURN", list(range(366, 730, 14)), 12.0))]
    moves = told(chain_of(cases=rows)).tables["segment_moves"].filter(school="behaviour")
    only, = moves.to_dicts()
    assert (only["customer"], only["feature"], only["to_segment"], only["is_sure"]) == (
        "TURN", "urgent_share", "dynamic", True)
    assert (only["before"], only["after"]) == (0.0, 1.0)


def test_the_order_of_rows_and_the_currency_do_not_matter(sample: Chain, found: Result) -> None:
    mixed = {name: frame.sample(fraction=1.0, shuffle=True, seed=3) for name, frame in sample.tables.items()}
    for name, columns in (("invoices", ("amount", "list_amount")), ("costs", ("amount",)), ("items", ("price",))):
        mixed[name] = mixed[name].with_columns(pl.col(column) * 8.0 for column in columns)
    again = run_by_name(Chain(sample.settings, mixed), "segment.customers")
    columns = ["customer", "school", "segment"]
    # What desks cost is not in the tables scaled, so that margins, and with them values, do not scale: left out.
    one, other = (result.tables["segment_members"].filter(pl.col("school") != "value_need").select(columns)
                  for result in (found, again))
    assert one.equals(other)


def test_copies_of_a_customer_are_in_the_same_segment(sample: Chain) -> None:
    cases = sample.table("cases").filter(pl.col("kind") == "order")
    copies = cases.with_columns(pl.col("case", "customer") + "-copy")
    both = told(Chain(Settings(name="x"), {"cases": pl.concat([cases, copies])})).tables["segment_members"]
    original = both.filter(~pl.col("customer").str.ends_with("-copy"))
    copied = both.filter(pl.col("customer").str.ends_with("-copy")).with_columns(
        pl.col("customer").str.strip_suffix("-copy"))
    assert original.join(copied, on=["customer", "school", "segment"], nulls_equal=True, how="semi").height == \
        original.height


def test_one_customer() -> None:
    found = told(chain_of(cases=lines("A", [1, 40, 90])))
    assert member(found, "A", "value_need")["segment"] == "medium-medium"
    assert member(found, "A", "strata")["segment"] == "A"
    assert found.summary["not_said.1"].startswith("Latent classes")
    assert found.tables["segment_members"].filter(school="classes").is_empty()
    assert found.tables["segment_moves"].is_empty()


def test_customers_all_the_same_are_not_told_apart() -> None:
    rows = [row for at in range(40) for row in lines(f"A{at:02d}", list(range(0, 700, 50)))]
    found = told(chain_of(cases=rows))
    assert {member(found, f"A{at:02d}", "value_need")["segment"] for at in range(40)} == {"medium-medium"}
    assert "classes.segments" not in found.summary
    assert found.tables["segment_rules"].filter(school="value_need")["sentence"].to_list() == ["all customers"]


def test_a_customer_without_orders_gets_no_nought() -> None:
    rows = [row for at in range(40) for row in lines(f"A{at:02d}", list(range(at, 700, 20 + at)), 12 + 5 * at)]
    people = [{"customer": name, "segment": "X"} for name in (*(f"A{at:02d}" for at in range(40)), "NEW")]
    found = told(chain_of(cases=rows, customers=people))
    new = found.tables["segment_scores"].filter(customer="NEW")
    assert new["value"].null_count() == 5
    assert new.filter(score="logistics")["gaps"].item() == \
        "urgent_share, tolerance, variability, item_spread, site_spread, lot"
    assert new["sample"].to_list() == [0] * 5
    for school in ("behaviour", "classes", "strata"):
        # Its rate of lines is known: none. The tree says where such a one would stand, and how seldom that is right.
        placed = member(found, "NEW", school)
        assert placed["placed_by"] in ("tree", "none")
        assert (placed["segment"] is None) == (placed["confidence"] is None)


def test_one_respondent_tells_of_himself_alone() -> None:
    rows = [row for at in range(40) for row in lines(f"A{at:02d}", list(range(at, 700, 20 + at)), 12 + 5 * at)]
    answer = [{"customer": "A03", "question": "speed importance", "answered_on": date(2025, 1, 1), "score": 9.0}]
    found = told(chain_of(cases=rows, answers=answer))
    expected = found.tables["segment_scores"].filter(score="expectations")
    assert expected["value"].count() == 1
    assert expected.filter(customer="A03")["measured"].item() == 9.0


def test_few_lines_make_a_wide_answer() -> None:
    """Of two customers with the same shares, the one of a hundred lines is placed with more confidence."""
    rows = lines("FEW", [0, 200, 400], 240.0) + lines("MANY", list(range(0, 700, 7)), 240.0)
    rows += [row for at in range(30) for row in lines(f"A{at:02d}", list(range(at, 700, 20 + at)), 12 + 12 * at)]
    found = told(chain_of(cases=rows))
    assert member(found, "FEW", "behaviour")["confidence"] <= member(found, "MANY", "behaviour")["confidence"]
    assert member(found, "MANY", "behaviour")["confidence"] > 0.85
    assert member(found, "FEW", "behaviour")["sample"] == 3


def test_nobody_to_tell_apart_is_said() -> None:
    with pytest.raises(Unsupported, match=r"No case of kind order .* Fill cases.customer"):
        told(chain_of(cases=lines("A", [1, 2]), customers=[{"customer": "A", "segment": "X"}]), since=date(2030, 1, 1))
    nameless = chain_of(cases=[{"case": "1", "opened_at": START}])
    with pytest.raises(Unsupported, match=r"Fill cases.customer"):
        told(nameless)


def test_strange_numbers_do_not_break_it() -> None:
    """No dates promised, nought and huge quantities, refunds, an offer nobody promised, all at one moment."""
    rows = [{"case": f"{at}", "customer": f"A{at % 35}", "opened_at": START, "quantity": 10.0 ** (at % 14) - 1.0,
             "offer": "X"} for at in range(140)]
    money = [{"invoice": f"{at}", "customer": f"A{at % 35}", "amount": (-1.0) ** at * 1e9, "invoiced_on": START.date()}
             for at in range(70)]
    for chain in (chain_of(cases=rows), chain_of(cases=rows, invoices=money)):
        found = told(chain)
        assert found.summary["customers"] == 35
        for table in found.tables.values():
            for column in table.select(pl.selectors.float()):
                assert column.is_finite().fill_null(True).all()
    found = told(chain_of(cases=rows))
    assert any("the matrix: nothing tells it" in str(value) for value in found.summary.values())
    scores = found.tables["segment_scores"]
    assert np.isfinite(scores["value"].drop_nulls().to_numpy()).all()
