"""Which stock keeps a promised mean wait? Against enumeration with laws summed by hand."""

from itertools import product
from math import exp, factorial

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result
from arbitre.core.errors import Unreachable, Unsupported
from arbitre.optimise import stock
from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of

_DEPOT_DAYS, _WAY_HOURS, _LAST_MILE = 30.0, 48.0, 3.0
_YEAR = 365.25
_PRICES = {"a": 900.0, "b": 100.0, "c": 300.0}
_RATES = {"a": 8.0, "b": 20.0, "c": 4.0}


def _chain(hours: float | None, *, with_depot: bool = False, stocks: int | None = None, **promise: object) -> Chain:
    tables = {
        "items": [{"item": item, "price": price, "lead_time": _DEPOT_DAYS} for item, price in _PRICES.items()],
        "sites": [{"site": "depot"}, {"site": "shop", "supplier": "depot"}] if with_depot else [{"site": "shop"}],
        "demand": [{"item": item, "site": "shop", "rate": rate, "transit": _LAST_MILE} for item, rate in
                   _RATES.items()],
        "promises": [{"promise": "wait", "measure": "waiting", "window": hours} | promise],
    }
    if with_depot:
        tables["lanes"] = [{"from_site": "depot", "to_site": "shop", "duration": _WAY_HOURS}]
    if stocks is not None:
        tables["stocks"] = [{"item": item, "site": "shop", "level": stocks} for item in _PRICES]
    return chain_of(**tables)


def _decided(chain: Chain, **params: object) -> Result:
    return stock.run(chain, stock.Params(**params), 0, lambda share, doing: None)


def _poisson(mean: float) -> np.ndarray:
    return np.array([exp(-mean) * mean**n / factorial(n) for n in range(60)])


def _pipeline(rate: float, depot: int | None) -> np.ndarray:
    """The law of what the shop has on order; depot None: nothing stands between it and the supplier."""
    law = _poisson(rate / _YEAR * _DEPOT_DAYS)
    if depot is None:
        return law
    owed = np.append(law[: depot + 1].sum(), law[depot + 1 :])
    return np.convolve(owed, _poisson(rate / _YEAR * _WAY_HOURS / 24))[:60]


def _stands(rate: float, depot: int | None, shop: int) -> tuple[float, float]:
    """Units on the shelves, and units owed to customers."""
    law, n = _pipeline(rate, depot), np.arange(60)
    held = (np.maximum(shop - n, 0) * law).sum()
    if depot is not None:
        held += (np.maximum(depot - n, 0) * _poisson(rate / _YEAR * _DEPOT_DAYS)).sum()
    return float(held), float((np.maximum(n - shop, 0) * law).sum())


def _best(hours: float, *, with_depot: bool) -> float:
    """Least cost a year of all levels that keep the mean wait."""
    options = []
    for item, rate in _RATES.items():
        depots = range(5) if with_depot else [None]
        both = [_stands(rate, depot, shop) for depot in depots for shop in range(8)]
        options.append([(0.25 * _PRICES[item] * held, owed) for held, owed in both])
    total = sum(_RATES.values()) / _YEAR
    return min(sum(cost for cost, _ in chosen) for chosen in product(*options)
               if _LAST_MILE + 24 * sum(owed for _, owed in chosen) / total <= hours)


@pytest.mark.parametrize("with_depot", [False, True])
@pytest.mark.parametrize("hours", [12.0, 60.0, 200.0])
def test_the_plan_is_the_best_of_all_levels_within_its_gap(hours: float, with_depot: bool) -> None:
    found = _decided(_chain(hours, with_depot=with_depot))
    best = _best(hours, with_depot=with_depot)
    assert found.bound is not None
    assert found.bound <= best * (1 + 1e-9)
    assert best * (1 - 1e-9) <= found.summary["value"] <= best * (1 + 1e-9)
    levels = {(row["item"], row["site"]): row["level"] for row in found.tables["stock_levels"].iter_rows(named=True)}
    owed = sum(_stands(rate, levels.get((item, "depot")), levels[item, "shop"])[1] for item, rate in _RATES.items())
    told, = found.tables["promise_worth"].iter_rows(named=True)
    assert told["wait_after"] == pytest.approx(_LAST_MILE + 24 * owed * _YEAR / sum(_RATES.values()), rel=1e-9)
    assert told["wait_after"] <= hours == told["window"]


def test_a_longer_wait_never_costs_more_and_money_weighs_dear_items() -> None:
    values = [_decided(_chain(hours)).summary["value"] for hours in (6.0, 24.0, 96.0, 720.0)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < values[0]
    dear = pl.col("item") == "a"
    by_unit, by_money = (_decided(_chain(24.0), weight=weight).tables["stock_levels"].filter(dear)["level"][0]
                         for weight in ("unit", "value"))
    assert by_money > by_unit


def test_an_empty_wait_is_no_worse_than_today() -> None:
    told, = _decided(_chain(None, stocks=2)).tables["promise_worth"].iter_rows(named=True)
    assert told["wait_after"] <= told["wait_before"] * (1 + 1e-9)
    with pytest.raises(Unsupported, match="today"):
        _decided(_chain(None))


def test_a_wait_shorter_than_the_way_is_refused_with_its_length() -> None:
    with pytest.raises(Unreachable, match=r"transport alone takes 3\.0 h"):
        _decided(_chain(2.0))


def test_stocks_apart_keep_the_wait_and_other_rules_are_refused() -> None:
    told, = _decided(_chain(24.0), sharing="dedicated").tables["promise_worth"].iter_rows(named=True)
    assert told["wait_after"] <= 24.0
    with pytest.raises(Unsupported, match="mean wait"):
        _decided(_chain(24.0), sharing="promised_date")


def test_a_window_beside_a_wait_holds_both() -> None:
    chain = _chain(24.0)
    window = chain.table("promises").with_columns(promise=pl.lit("in a day"), measure=pl.lit("window"),
                                                  target_share=pl.lit(0.97))
    rows = _decided(chain.with_(promises=pl.concat([chain.table("promises"), window]))).tables["promise_worth"]
    told = {row["promise"]: row for row in rows.iter_rows(named=True)}
    assert told["wait"]["wait_after"] <= 24.0
    assert told["in a day"]["kept_after"] >= 0.97
    assert told["in a day"]["wait_after"] is None


def test_a_larger_budget_buys_a_shorter_wait() -> None:
    plan = _decided(_chain(24.0))
    capital = plan.summary["capital_after"]
    more, less = (_decided(_chain(24.0), decide="budget", budget=budget) for budget in (capital, 0.5 * capital))
    assert more.tables["promise_worth"]["wait_after"][0] < less.tables["promise_worth"]["wait_after"][0]
    assert more.summary["capital_after"] <= capital
    assert more.summary["kept_share"] <= more.summary["kept_share_most"]
