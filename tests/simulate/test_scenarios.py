"""Scenarios on the same luck: differences are those of the scenario, and the ranking says how sure it is."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.core.errors import FaultsFound, Unsupported, UsageError
from arbitre.simulate import scenarios
from arbitre.tables.settings import Settings
from tests.simulate.workshops import after_sales, queue

CHANGES = {
    "more": [{"table": "crews", "filter": "crew = north", "column": "heads", "change": "+ 1"}],
    "later": [{"table": "shifts", "column": "ends", "change": "+ 2"}],
    "stock": [{"table": "stocks", "filter": "site = north", "column": "level", "change": "+ 2"}],
    "same": [{"table": "crews", "filter": "crew = desk", "column": "heads", "change": "+ 9"}],
}


def with_changes(chain, **changes):
    return replace(chain, settings=Settings.model_validate({"name": "test", "scenarios": changes}))


def compared(chain, seed=1, **params):
    return scenarios.run(chain, scenarios.Params(**{"replications": 10, **params}), seed, silent)


@pytest.fixture(scope="module")
def found():
    return compared(with_changes(after_sales(), **CHANGES))


def of(found, scenario: str, promise: str = "fast-24h"):
    return found.tables["scenario_promises"].filter(scenario=scenario, promise=promise).row(0, named=True)


def test_more_of_anything_keeps_more_and_surely_so(found) -> None:
    base = of(found, "base")
    for name in ("more", "later", "stock"):
        row = of(found, name)
        assert row["cases"] == base["cases"], "the same cases come"
        assert 0 < row["difference_low"] <= row["difference"] <= row["difference_high"]
        assert row["difference"] == pytest.approx(row["share"] - base["share"], abs=0.01)
        # Apart, the two intervals would leave it open; together they do not.
        assert row["difference_high"] - row["difference_low"] < row["high_share"] - row["low_share"]
    assert found.summary["pairing_gain"] > 3


def test_a_scenario_that_changes_nothing_that_matters_differs_by_nothing(found) -> None:
    row = of(found, "same")
    assert (row["difference"], row["difference_low"], row["difference_high"]) == (0.0, 0.0, 0.0)
    ranks = found.tables["scenario_ranks"]
    told = ranks.filter(pl.col("scenario").is_in(["base", "same"])).select("cost", "kept_share").rows()
    assert told[0] == told[1]


def test_the_ranking_counts_penalties_late_cases_and_wages(found) -> None:
    ranks = found.tables["scenario_ranks"]
    assert ranks["cost"].is_sorted()
    assert ranks["rank"].to_list() == [1, 2, 3, 4, 5]
    assert found.summary["best"] == ranks["scenario"][0]
    assert found.summary["may_be_best"].split(", ")[0] == found.summary["best"]
    assert ranks.filter("may_be_best").height < 5
    paid = after_sales()
    paid = paid.with_(crews=paid.table("crews").with_columns(cost=pl.when(pl.col("crew") == "north").then(30.0)
                                                             .otherwise(0.0)))
    costly = compared(with_changes(paid, more=CHANGES["more"])).tables["scenario_ranks"]
    free, wages = ranks.filter(scenario="base")["cost"][0], 30.0 * 9 * 261
    assert costly.filter(scenario="base")["cost"][0] - free == pytest.approx(wages, rel=0.01)
    assert costly["scenario"].to_list() == ["base", "more"]


def test_without_any_cost_shares_decide() -> None:
    free = queue(heads=1, rate=0.8, promises=[{"promise": "day", "kind": "repair", "window": 6.0, "target_share": 0.9}])
    found = compared(with_changes(free, two=[{"table": "crews", "column": "heads", "change": "= 2"}]), replications=4)
    assert found.summary["ranked_by"] == "kept"
    assert found.summary["best"] == "two"


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    given, answers = with_changes(after_sales(), more=CHANGES["more"]), []
    for workers in (1, 3):
        monkeypatch.setattr(scenarios, "cores", lambda workers=workers: workers)
        answers.append(compared(given, replications=4))
    assert answers[0].summary == answers[1].summary
    for name, table in answers[0].tables.items():
        assert table.equals(answers[1].tables[name])


def test_common_luck_is_shared_by_case_whatever_crews_do() -> None:
    given = after_sales()
    rate = given.table("demand").with_columns(pl.col("rate") * np.array([1.0, 1.2]))
    one, other = (compared(with_changes(chain, more=CHANGES["more"]), replications=2)
                  for chain in (given, given.with_(demand=rate)))
    assert of(one, "base")["cases"] == of(other, "base")["cases"]
    assert of(one, "base", "slow-96h")["cases"] < of(other, "base", "slow-96h")["cases"]


def test_refusals() -> None:
    with pytest.raises(Unsupported, match="has no scenario"):
        compared(after_sales())
    given = with_changes(after_sales(), **CHANGES, nobody=[{"table": "crews", "column": "heads", "change": "= 0"}])
    with pytest.raises(UsageError, match="No scenario les"):
        compared(given, scenarios="les, more")
    with pytest.raises(FaultsFound):
        compared(given, scenarios="nobody")
    with pytest.raises(Unsupported, match="promises no window"):
        compared(with_changes(queue(promises=[{"promise": "x", "window": 1.0, "target_share": 0.5}]), **CHANGES))
