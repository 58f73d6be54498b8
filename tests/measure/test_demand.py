"""measure.demand: by hand, by brute force, its laws."""

import csv
import os
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported
from arbitre.measure import demand
from arbitre.measure.demand import Params
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped
from arbitre.tables.settings import Settings

Rows = list[dict[str, Any]]
DATA = Path(os.environ.get("ARBITRE_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "promises"
START = datetime(2023, 1, 1)
KEY = ["item", "site", "segment", "offer", "criticality", "size"]
DEFAULTS: dict[str, dict[str, Any]] = {
    name: {column.name: column.default for column in table.columns} for name, table in INPUTS.items()
}
CUSTOMERS = [{"customer": "k1", "segment": "gold", "site": "lyon"},
             {"customer": "k2", "segment": "basic", "site": "nice"}, {"customer": "k3", "segment": "basic"}]
ITEMS = [{"item": "vital", "criticality": "H", "price": 1.0, "lead_time": 1.0},
         {"item": "trim", "criticality": "L", "price": 1.0, "lead_time": 1.0}]
LANES = [{"from_site": start, "to_site": end, "duration": duration} for start, end, duration in (
    ("lyon", "lyon", 2.0), ("lyon", "nice", 8.0), ("nice", "nice", 3.0), ("nice", "lyon", 9.0))]


def tiny(**tables: Rows) -> Chain:
    """Return a chain of the given rows, typed as declared, defaults filled in as the readers do."""
    frames = {
        name: shaped(INPUTS[name], pl.DataFrame([DEFAULTS[name] | row for row in rows], infer_schema_length=None))
        if rows else empty(INPUTS[name])
        for name, rows in tables.items()
    }
    return Chain(settings=Settings(name="tiny"), tables=frames)


def measured(chain: Chain, **params: Any) -> Result:
    return demand.run(chain, Params(**params), 0, silent)


def rows_of(result: Result) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {tuple(row[name] for name in KEY): row for row in result.tables["demand"].to_dicts()}


def asked(number: int, day: float, quantity: float = 1.0, **more: Any) -> dict[str, Any]:
    return {"case": f"c{number}", "item": "vital", "site": "lyon", "customer": "k1", "quantity": quantity,
            "opened_at": START + timedelta(days=day)} | more


def test_items_that_take_longer_to_replace_than_the_history_lasts_are_counted() -> None:
    cases = [asked(1, 0.5), asked(2, 9.5), asked(3, 5.0, item="trim")]
    items = [{**item, "lead_time": days} for item, days in zip(ITEMS, (30.0, 10.0), strict=True)]
    found = measured(tiny(cases=cases, customers=CUSTOMERS, items=items, lanes=LANES)).summary
    assert found["years"] == pytest.approx(10 / 365.25)
    assert found["items_without_a_lead_time_of_history"] == 1


TWO_YEARS = {"since": date(2023, 1, 1), "until": date(2024, 12, 31)}  # 731 days: 2.001369 years, 24 months


def test_rates_and_transit_by_hand() -> None:
    """Gold asks 3 units at Lyon; basic 1 unit at Nice (8 h away) and 3 units nearby (2 h).

    A case of another kind takes its unit from the same shelf, under no offer.
    """
    cases = [asked(1, 10, 3, offer="fast"), asked(2, 20, 1, customer="k2"), asked(3, 30, 3, customer="k3"),
             asked(4, 40, kind="stay", offer="fast"), asked(5, 50, item=None), asked(6, 900)]
    result = measured(tiny(cases=cases, customers=CUSTOMERS, items=ITEMS, lanes=LANES), **TWO_YEARS)
    rows = rows_of(result)
    assert list(rows) == [("vital", "lyon", "basic", None, "H", 1), ("vital", "lyon", "basic", None, "H", 3),
                          ("vital", "lyon", "gold", None, "H", 1), ("vital", "lyon", "gold", "fast", "H", 3)]
    far, near, stay, gold = rows.values()
    assert stay["rate"] == pytest.approx(365.25 / 731)
    assert gold["rate"] == pytest.approx(3 * 365.25 / 731)
    assert (far["rate"], near["rate"]) == (pytest.approx(365.25 / 731), pytest.approx(3 * 365.25 / 731))
    assert (far["transit"], near["transit"], gold["transit"]) == (8.0, 2.0, 2.0)
    assert (result.summary["cases"], result.summary["cases_left_out"]) == (4, 1)
    assert result.summary["units_per_year"] == pytest.approx(8 * 365.25 / 731)
    assert (result.summary["items"], result.summary["slow_share"]) == (1, 0.0)


def test_dispersion_by_hand() -> None:
    """One case of 5 units and one of 1, 24 months: mean 1/4, sum of squares 26.

    index = (26 - 24/16) / (23 x 1/4) = 24.5/5.75 = 4.26087; sizes alone 26/6 = 4.33333; f = 2 cases;
    dispersion = (2 x 4.33333 + 2 x 4.26087) / 4 = 4.29710.
    """
    result = measured(tiny(cases=[asked(1, 10, 5), asked(2, 400, customer="k2")], customers=CUSTOMERS), **TWO_YEARS)
    expected = pytest.approx((2 * 26 / 6 + 2 * 24.5 / 5.75) / 4)
    assert [row["dispersion"] for row in rows_of(result).values()] == [expected] * 2
    raw = measured(tiny(cases=[asked(1, 10, 5), asked(2, 400)]), prior_months=0.0, **TWO_YEARS)
    assert raw.summary["mean_dispersion"] == pytest.approx(24.5 / 5.75)


def test_one_unit_alone_is_poisson_and_one_case_of_five_is_not() -> None:
    """Of one case alone the index is its quantity, whatever the span: (q² - q²/N) / ((N - 1) q/N) = q = q²/q."""
    assert measured(tiny(cases=[asked(1, 10)]), **TWO_YEARS).summary["mean_dispersion"] == pytest.approx(1.0)
    alone = measured(tiny(cases=[asked(1, 10, 5)]), **TWO_YEARS)
    assert alone.summary["mean_dispersion"] == pytest.approx(5.0)


def test_within_one_month_only_the_sizes_tell() -> None:
    result = measured(tiny(cases=[asked(1, 0, 5), asked(2, 9, 50)]))
    assert (result.summary["mean_dispersion"], result.summary["years"]) == (pytest.approx(2525 / 55), 10 / 365.25)


def test_the_index_finds_the_dispersion_of_compound_demand() -> None:
    """Poisson arrivals of 1 or 5 units: E[q²]/E[q] = (1 + 25)/(1 + 5) = 13/3; Poisson of single units: 1."""
    random = np.random.default_rng(7)
    cases = [asked(number, day, float(random.choice([1, 5])), item=f"i{random.integers(100)}")
             for number, day in enumerate(np.sort(random.uniform(0, 3650, 20_000)))]
    lumpy = measured(tiny(cases=cases)).summary["mean_dispersion"]
    assert lumpy == pytest.approx(13 / 3, rel=0.06)
    single = measured(tiny(cases=[case | {"quantity": 1.0} for case in cases])).summary["mean_dispersion"]
    assert single == pytest.approx(1.0, abs=0.06)  # above 1: an index below 1 counts as 1


def test_what_is_held_and_never_asked_for() -> None:
    stocks = [{"site": "lyon", "item": "vital", "level": 1}, {"site": "nice", "item": "trim", "level": 2}]
    chain = tiny(cases=[asked(1, 10)], stocks=stocks, items=ITEMS, lanes=LANES, customers=CUSTOMERS)
    assert list(rows_of(measured(chain, **TWO_YEARS))) == [("vital", "lyon", "gold", None, "H", 1)]
    rows = rows_of(measured(chain, prior_units=0.5, **TWO_YEARS))
    quiet = rows["trim", "nice", None, None, "L", None]
    assert len(rows) == 2
    assert (quiet["rate"], quiet["dispersion"], quiet["transit"]) == (pytest.approx(0.5 * 365.25 / 731), 1.0, 3.0)


def test_a_missing_lane_is_named() -> None:
    chain = tiny(cases=[asked(1, 1, customer="k2")], customers=CUSTOMERS, lanes=LANES[:1])
    with pytest.raises(Unsupported, match="lacks 1 of the lanes that cases need: lyon to nice"):
        measured(chain)


@pytest.mark.parametrize(("cases", "params"), [
    ([asked(1, 1, 0), asked(2, 1, 0, kind="visit")], {}),
    ([asked(1, 1)], {"since": date(2030, 1, 1)}),
])
def test_refuses_when_nothing_was_asked(cases: Rows, params: dict[str, Any]) -> None:
    with pytest.raises(Unsupported, match="no demand can be measured"):
        measured(tiny(cases=cases), **params)


CASE = st.fixed_dictionaries({
    "item": st.sampled_from(["vital", "trim"]), "site": st.sampled_from(["lyon", "nice"]),
    "customer": st.sampled_from([None, "k1", "k2", "k3"]), "offer": st.sampled_from([None, "A", "B"]),
    "quantity": st.integers(0, 9).map(float), "day": st.integers(0, 700),
})
CASES = st.lists(CASE, min_size=1, max_size=15).filter(lambda cases: any(case["quantity"] for case in cases))


SIZES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 4, 6: 4, 7: 4, 8: 8, 9: 8}


def random_chain(cases: Rows, start: datetime = START) -> Chain:
    return tiny(
        cases=[{name: case[name] for name in ("item", "site", "customer", "offer", "quantity")}
               | {"case": f"c{number}", "opened_at": start + timedelta(days=case["day"], hours=12)}
               for number, case in enumerate(cases)],
        customers=CUSTOMERS, items=ITEMS, lanes=LANES,
    )


def by_hand(cases: Rows) -> dict[tuple[Any, ...], tuple[float, float, float]]:
    """Return rate, dispersion and transit of each key, counted one case at a time."""
    segment_of = {row["customer"]: row["segment"] for row in CUSTOMERS}
    site_of = {row["customer"]: row.get("site") for row in CUSTOMERS}
    hours_of = {(lane["from_site"], lane["to_site"]): lane["duration"] for lane in LANES}
    criticality_of = {row["item"]: row["criticality"] for row in ITEMS}
    cases = [case for case in cases if case["quantity"]]
    first, last = min(case["day"] for case in cases), max(case["day"] for case in cases)
    days = last - first + 1
    months = max(1, round(days * 12 / 365.25))
    units: dict[tuple[Any, ...], float] = defaultdict(float)
    travelled: dict[tuple[Any, ...], float] = defaultdict(float)
    together: dict[tuple[Any, ...], list[float]] = defaultdict(list)
    monthly: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * months)
    number: dict[tuple[str, str], int] = defaultdict(int)
    squares: dict[tuple[str, str], float] = defaultdict(float)
    for case in cases:
        place = case["item"], case["site"]
        whose = segment_of.get(case["customer"]), case["offer"], criticality_of[case["item"]]
        key = (*place, *whose, SIZES[case["quantity"]])
        together[key].append(case["quantity"])
        units[key] += case["quantity"]
        travelled[key] += case["quantity"] * hours_of[case["site"], site_of.get(case["customer"]) or case["site"]]
        monthly[place][int((case["day"] - first + 0.5) * months / days)] += case["quantity"]
        number[place] += 1
        squares[place] += case["quantity"] ** 2

    def dispersion(place: tuple[str, str]) -> float:
        freedom = min(months - 1, number[place])
        at_random = squares[place] / sum(monthly[place])
        index = float(np.var(monthly[place], ddof=1) / np.mean(monthly[place])) if months > 1 else 1.0
        return max(1.0, (2 * at_random + freedom * index) / (2 + freedom))

    return {
        (*key[:5], max(1, int(np.mean(together[key]) + 0.5))):
            (total * 365.25 / days, dispersion(key[:2]), travelled[key] / total)
        for key, total in units.items()
    }


@settings(max_examples=30, deadline=None)
@given(CASES)
def test_as_by_brute_force(cases: Rows) -> None:
    rows = rows_of(measured(random_chain(cases)))
    expected = by_hand(cases)
    assert rows.keys() == expected.keys()
    for key, row in rows.items():
        assert (row["rate"], row["dispersion"], row["transit"]) == pytest.approx(expected[key], rel=1e-12)


@settings(max_examples=15, deadline=None)
@given(CASES, st.randoms(), st.integers(-5000, 5000))
def test_the_order_of_rows_and_the_date_of_the_start_change_nothing(cases: Rows, random: Any, days: int) -> None:
    expected = measured(random_chain(cases))
    shuffled = list(cases)
    random.shuffle(shuffled)
    result = measured(random_chain(shuffled, START + timedelta(days=days)))
    # Sums taken in another order may differ in the last digit, and in nothing else.
    assert_frame_equal(result.tables["demand"], expected.tables["demand"], rel_tol=1e-12, abs_tol=0.0)
    assert result.summary == pytest.approx(expected.summary, rel=1e-12)


@settings(max_examples=15, deadline=None)
@given(CASES)
def test_units_are_conserved(cases: Rows) -> None:
    result = measured(random_chain(cases))
    total = result.tables["demand"]["rate"].sum() * result.summary["years"]
    assert total == pytest.approx(sum(case["quantity"] for case in cases))
    dispersions = result.tables["demand"].group_by("item", "site").agg(pl.col("dispersion").n_unique())
    assert dispersions["dispersion"].to_list() == [1] * dispersions.height


@settings(max_examples=15, deadline=None)
@given(CASES)
def test_twice_the_quantity_is_twice_the_rate_and_no_less_dispersed(cases: Rows) -> None:
    doubled = [case | {"quantity": 2 * case["quantity"]} for case in cases]
    once, twice = (
        measured(random_chain(asked)).tables["demand"].group_by(KEY[:-1], maintain_order=True).agg(
            pl.col("rate").sum(), pl.col("dispersion").first())
        for asked in (cases, doubled)
    )
    assert twice["rate"].to_list() == pytest.approx((2 * once["rate"]).to_list())
    assert (twice["dispersion"] >= once["dispersion"] - 1e-12).all()


def test_writes_a_table_that_joins_the_chain() -> None:
    chain = tiny(cases=[asked(1, 10)])
    result = measured(chain)
    assert tuple(result.tables) == demand.WRITES
    assert result.tables["demand"].schema == empty(INPUTS["demand"]).schema
    assert chain.with_(**result.tables).has("demand")


def test_scms_quantities() -> None:
    """Every pack of the 10,324 real delivery lines is in the rates, and they are far from Poisson."""
    path = DATA / "scms_delivery_history.csv"
    if not path.is_file():
        pytest.skip(f"{path} is not at hand: set ARBITRE_DATA to the folder that holds promises/{path.name}")
    with path.open(encoding="utf-8-sig", newline=None) as file:
        lines = list(csv.DictReader(file))
    cases = [{"case": line["ID"], "kind": "order", "item": line["Item Description"], "site": line["Country"],
              "quantity": float(line["Line Item Quantity"]),
              "opened_at": datetime.strptime(line["Scheduled Delivery Date"], "%d-%b-%y")} for line in lines]
    result = measured(tiny(cases=cases))
    packs = sum(case["quantity"] for case in cases)
    assert result.summary["units_per_year"] * result.summary["years"] == pytest.approx(packs, rel=1e-12)
    assert (result.summary["cases"], result.summary["cases_left_out"]) == (10324, 0)
    assert result.summary["mean_dispersion"] > 100
