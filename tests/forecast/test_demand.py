"""forecast.demand: on small chains by hand, its edges, its refusals, its machines."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported, UsageError
from arbitre.flow.pipeline import checked_params
from arbitre.forecast import demand
from arbitre.forecast._installed import failures_per_machine
from arbitre.forecast.demand import Params
from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped
from arbitre.tables.settings import Settings

Rows = list[dict[str, Any]]
DEFAULTS: dict[str, dict[str, Any]] = {
    name: {column.name: column.default for column in table.columns} for name, table in INPUTS.items()
}
MONTH = 365.25 / 12
END = datetime(2025, 1, 1)
MONTHS = {"since": date(2021, 1, 1), "until": date(2024, 12, 31)}  # 1461 days: 48 months
ITEMS = [{"item": "bolt", "price": 2.0, "lead_time": 60.0}, {"item": "pump", "price": 900.0, "lead_time": 90.0},
         {"item": "seal", "price": 0.0, "lead_time": 0.0}, {"item": "hull", "price": 5.0, "lead_time": 3000.0}]


def tiny(**tables: Rows) -> Chain:
    """Return a chain of the given rows, typed as declared, defaults filled in as the readers do."""
    frames = {
        name: shaped(INPUTS[name], pl.DataFrame([DEFAULTS[name] | row for row in rows], infer_schema_length=None))
        if rows else empty(INPUTS[name])
        for name, rows in tables.items()
    }
    return Chain(settings=Settings(name="tiny"), tables=frames)


def asked(item: str, month: int, quantity: float = 1.0, site: str = "lyon", months: int = 48) -> dict[str, Any]:
    """A case in the middle of a month, counted from 0, that many months before the end."""
    at = END - timedelta(days=(months - month - 0.5) * MONTH)
    return {"item": item, "site": site, "quantity": quantity, "opened_at": at}


def numbered(rows: Rows) -> Rows:
    return [{"case": f"c{number}"} | row for number, row in enumerate(rows)]


def forecast(chain: Chain, seed: int = 1, **params: Any) -> Result:
    return demand.run(chain, Params(**(MONTHS | params)), seed, silent)


def rows_of(result: Result) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["item"], row["site"]): row for row in result.tables["forecasts"].to_dicts()}


def regular(item: str = "bolt", units: float = 4.0) -> Rows:
    return [asked(item, month, units) for month in range(48)]


def test_a_steady_demand_is_forecast_as_it_is() -> None:
    """4 a month for 48 months: 48 a year, 8 over the two months of the lead time, and nothing uncertain but counts."""
    result = forecast(tiny(cases=numbered(regular()), items=ITEMS), methods="mean")
    row = rows_of(result)["bolt", "lyon"]
    assert (row["pattern"], row["method"], row["periods"], row["demands"]) == ("smooth", "mean", 48, 48)
    assert (row["rate"], row["mean"]) == (pytest.approx(48.0), pytest.approx(8.0))
    assert (row["dispersion"], row["kept_share"], row["origins"]) == (1.0, 1.0, 12)
    assert row["lead_time"] == pytest.approx(2 * MONTH)
    assert row["low"] == 4.0  # Poisson of mean 8: P(X <= 3) = 0.042, P(X <= 4) = 0.100
    assert row["high"] == 13.0  # P(X <= 12) = 0.936, P(X <= 13) = 0.966
    # 5 left over of 13 in every replay, at 2 each and 0.25 a year.
    assert row["cost"] == row["cost_mean"] == pytest.approx(5 * 2 * 0.25)


def test_the_tables_are_as_declared_and_the_methods_are_all_there() -> None:
    result = forecast(tiny(cases=numbered(regular()), items=ITEMS))
    assert tuple(result.tables) == demand.WRITES
    for name, table in result.tables.items():
        assert table.columns == list(RESULTS[name].names)
    methods = result.tables["forecast_methods"]
    assert methods["method"].to_list() == ["chosen", "mean", "moving", "ses", "croston", "sba", "tsb", "seasonal",
                                           "blend", "blocks", "willemain"]
    # Demand that never varies: the blocks know it and leave nothing over, a law of counts does not.
    chosen, mean = methods.row(0, named=True), methods.row(1, named=True)
    assert (chosen["items"], chosen["kept_share"], chosen["cost"]) == (1, 1.0, 0.0)
    assert (mean["items"], mean["kept_share"], mean["cost"]) == (0, 1.0, pytest.approx(2.5))
    assert (mean["bias"], mean["error"]) == (pytest.approx(0.0, abs=1e-12), pytest.approx(0.0, abs=1e-12))
    assert result.summary["items.blocks"] == 1
    assert (result.summary["best_single"], result.summary["cost_best_single"]) == ("blocks", 0.0)
    assert result.summary["cost_mean"] == pytest.approx(2.5)


def test_the_replay_is_of_the_lead_time_and_not_of_one_period() -> None:
    """6 units every third month, a lead time of three: every window holds 6, so blocks keep all with nothing left."""
    cases = [asked("pump", month, 6.0) for month in range(2, 48, 3)]
    row = rows_of(forecast(tiny(cases=numbered(cases), items=ITEMS), methods="blocks"))["pump", "lyon"]
    assert (row["mean"], row["low"], row["high"], row["dispersion"]) == (6.0, 6.0, 6.0, 1.0)
    assert (row["cost"], row["kept_share"], row["rate"]) == (0.0, 1.0, pytest.approx(24.0))


def test_the_edges_have_answers() -> None:
    """One demand, a lead time longer than history, a price and a lead time of 0, a demand outside the span."""
    cases = [asked("pump", 40, 3.0), *regular("hull", 2.0), asked("seal", 3), asked("seal", 30, 2.0),
             asked("bolt", -20)]
    rows = rows_of(forecast(tiny(cases=numbered(cases), items=ITEMS)))
    assert set(rows) == {("pump", "lyon"), ("hull", "lyon"), ("seal", "lyon")}  # the bolt was asked for before
    pump, hull, seal = (rows[item, "lyon"] for item in ("pump", "hull", "seal"))
    assert (pump["pattern"], pump["method"], pump["rate"]) == ("single", "mean", pytest.approx(0.75))
    assert (hull["origins"], hull["kept_share"], hull["cost"]) == (0, None, None)
    assert (hull["rate"], hull["mean"]) == (pytest.approx(24.0), pytest.approx(2.0 * 99))
    assert (seal["lead_time"], seal["cost"]) == (pytest.approx(MONTH), 0.0)
    assert seal["mean"] >= 0.0


def test_what_was_asked_before_the_first_whole_period_has_a_row_of_nothing() -> None:
    cases = [asked("bolt", 0) | {"opened_at": END - timedelta(days=48.4 * MONTH)}, *regular("pump")]
    row = rows_of(forecast(tiny(cases=numbered(cases), items=ITEMS), since=None))["bolt", "lyon"]
    assert (row["pattern"], row["method"], row["rate"], row["dispersion"]) == ("none", "mean", 0.0, 1.0)
    assert (row["mean"], row["low"], row["high"], row["kept_share"], row["cost"]) == (0.0, 0.0, 0.0, None, 0.0)


def test_nothing_replayed_is_said_and_not_counted() -> None:
    summary = forecast(tiny(cases=numbered(regular("hull")), items=ITEMS)).summary
    assert (summary["kept_share"], summary["cost"], summary["replayed"]) == (None, None, 0)


def test_the_review_lengthens_what_is_covered() -> None:
    chain = tiny(cases=numbered(regular()), items=ITEMS)
    assert rows_of(forecast(chain, review=61.0))["bolt", "lyon"]["mean"] == pytest.approx(16.0)


def test_a_supplied_site_waits_for_the_lane_and_a_root_for_the_supplier() -> None:
    sites = [{"site": "lyon"}, {"site": "nice", "supplier": "lyon"}, {"site": "pau", "supplier": "lyon"}]
    lanes = [{"from_site": "lyon", "to_site": "nice", "duration": 24.0 * 100}]
    cases = [asked("bolt", month, 1.0, site) for month in range(48) for site in ("lyon", "nice", "pau")]
    rows = rows_of(forecast(tiny(cases=numbered(cases), items=ITEMS, sites=sites, lanes=lanes)))
    assert [row["lead_time"] / MONTH for row in rows.values()] == pytest.approx([2, 4, 1])


def test_what_left_the_shelves_tells_where_there_are_no_cases() -> None:
    movements = [{"movement": f"m{number}", "site": row["site"], "item": row["item"], "kind": "issue",
                  "quantity": -row["quantity"], "moved_at": row["opened_at"]} for number, row in enumerate(regular())]
    movements.append(movements[-1] | {"movement": "r", "kind": "receipt", "quantity": 500.0})
    calls = [{"case": "t1", "kind": "call", "opened_at": END - timedelta(days=9)}]
    by_issues = forecast(tiny(movements=movements, items=ITEMS, cases=calls))  # a case without item tells no demand
    by_cases = forecast(tiny(cases=numbered(regular()), items=ITEMS))
    assert by_issues.tables["forecasts"].equals(by_cases.tables["forecasts"])


def test_weeks() -> None:
    cases = [asked("bolt", 0, 1.0) | {"opened_at": END - timedelta(days=7 * week + 3)} for week in range(100)]
    row = rows_of(forecast(tiny(cases=numbered(cases), items=ITEMS), period="week", since=date(2023, 2, 1)))
    assert row["bolt", "lyon"]["periods"] == 100
    assert row["bolt", "lyon"]["rate"] == pytest.approx(365.25 / 7)
    assert row["bolt", "lyon"]["lead_time"] == 63.0


@pytest.mark.parametrize(("tables", "params", "sentence"), [
    ({"items": ITEMS}, {}, "has no history of demand. Add tables/cases.csv"),
    ({"items": ITEMS, "cases": numbered(regular())}, {"since": date(2030, 1, 1), "until": None},
     "No units of an item are asked for at a site between 2030-01-01 and the end"),
    ({"items": ITEMS, "cases": numbered(regular())}, {"since": date(2024, 12, 10)}, "shorter than one month"),
])
def test_refusals_say_what_to_do(tables: dict[str, Rows], params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Unsupported, match=sentence):
        forecast(tiny(**tables), **params)


def test_an_unknown_method_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="no method crostom; choose from mean"):
        checked_params(Params, {"methods": "mean, crostom"}, "forecast.demand")


def test_only_allowed_methods_are_chosen() -> None:
    random = np.random.default_rng(2)
    cases = [asked("bolt", month, float(units)) for month in range(48) if (units := random.poisson(0.7))]
    result = forecast(tiny(cases=numbered(cases), items=ITEMS), methods="croston,sba")
    assert rows_of(result)["bolt", "lyon"]["method"] in ("croston", "sba")


def test_the_seed_moves_the_bootstrap_and_nothing_else() -> None:
    random = np.random.default_rng(2)
    cases = [asked("bolt", month, float(units)) for month in range(48) if (units := random.poisson(0.7))]
    chain = tiny(cases=numbered(cases), items=ITEMS)
    drawn = [forecast(chain, seed, methods="willemain").tables["forecasts"]["mean"][0] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    fitted = [forecast(chain, seed, methods="croston,blocks").tables["forecasts"] for seed in (1, 2)]
    assert fitted[0].equals(fitted[1])


SITES_OF = [{"customer": "k1", "segment": "s", "site": "lyon"}, {"customer": "k2", "segment": "s", "site": "nice"},
            {"customer": "k3", "segment": "s"}]


def fleet(old: int, new: int = 0) -> Rows:
    """Machines at Lyon since ever, and others put to work a month before the end."""
    late = (END - timedelta(days=20)).date()
    return [{"asset": f"m{number}", "customer": "k1", "model": "A", "installed_on": None if number < old else late}
            for number in range(old + new)]


def test_failures_multiply_down_the_parents() -> None:
    """A machine has 2 pumps; a pump has 3 seals, and the machine one more: seals fail 2 x 3 x 0.1 + 1 x 0.5."""
    positions = tiny(positions=[
        {"model": "A", "item": "pump", "quantity": 2.0, "failure_rate": 0.2},
        {"model": "A", "item": "seal", "parent": "pump", "quantity": 3.0, "failure_rate": 0.1},
        {"model": "A", "item": "seal", "quantity": 1.0, "failure_rate": 0.5},
        {"model": "B", "item": "seal", "parent": "pump", "quantity": 9.0, "failure_rate": 9.0},
    ]).table("positions")
    found = {(row["model"], row["item"]): row["failures"] for row in failures_per_machine(positions).to_dicts()}
    assert found == {("A", "pump"): pytest.approx(0.4), ("A", "seal"): pytest.approx(1.1)}


def test_an_item_within_itself_is_refused() -> None:
    positions = tiny(positions=[{"model": "A", "item": "pump", "failure_rate": 0.2},
                                {"model": "A", "item": "seal", "parent": "pump", "failure_rate": 0.1},
                                {"model": "A", "item": "pump", "parent": "seal", "failure_rate": 0.1}])
    with pytest.raises(Unsupported, match="is a part of itself"):
        failures_per_machine(positions.table("positions"))


def test_a_new_part_is_forecast_from_its_machines() -> None:
    """Never asked for, 50 machines put to work a month ago: their rate, hardly moved by one month without a failure.

    50 machines x 0.24 failures a year are 12 a year, 1 in the month seen.
    """
    chain = tiny(cases=numbered(regular()), items=ITEMS, customers=SITES_OF, assets=fleet(0, 50),
                 positions=[{"model": "A", "item": "pump", "failure_rate": 0.24}])
    row = rows_of(forecast(chain))["pump", "lyon"]
    assert (row["pattern"], row["method"], row["demands"]) == ("none", "installed", 0)
    # One failure expected, none seen, one added at the expected rate: the factor's mean is (0 + 1) / (1 + 1).
    assert 12.0 * 0.3 < row["rate"] <= 12.0 * 0.5 + 1e-9
    assert row["mean"] == pytest.approx(row["rate"] * 3 / 12)
    assert row["high"] >= 1.0


def test_a_growing_fleet_raises_the_forecast_and_history_the_factor() -> None:
    """40 machines fail once a year each, and twice as many are put to work at the end: 40 a year become 120."""
    random = np.random.default_rng(8)
    cases = [asked("bolt", month, float(units)) for month in range(48) if (units := random.poisson(40 / 12))]
    positions = [{"model": "A", "item": "bolt", "failure_rate": 2.0}]  # twice what they do: history corrects it
    chain = tiny(cases=numbered(cases), items=ITEMS, customers=SITES_OF, assets=fleet(40, 80), positions=positions)
    total = sum(case["quantity"] for case in cases) / 4
    grown = rows_of(forecast(chain, methods="installed"))["bolt", "lyon"]
    assert grown["rate"] == pytest.approx(3 * total, rel=0.06)
    still = tiny(cases=numbered(cases), items=ITEMS, customers=SITES_OF, assets=fleet(40), positions=positions)
    assert rows_of(forecast(still, methods="installed"))["bolt", "lyon"]["rate"] == pytest.approx(total, rel=0.02)


def test_machines_of_customers_without_a_site_serve_nowhere() -> None:
    assets = [{"asset": "m", "customer": "k3", "model": "A"}]
    chain = tiny(cases=numbered(regular()), items=ITEMS, customers=SITES_OF, assets=assets,
                 positions=[{"model": "A", "item": "pump", "failure_rate": 1.0}])
    assert set(rows_of(forecast(chain))) == {("bolt", "lyon")}
