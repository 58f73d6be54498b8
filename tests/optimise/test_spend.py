"""A budget is moved to where it brings most; what weeks cannot tell is said, not guessed."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported, UsageError
from arbitre.maths.market.response import Curves, lagged
from arbitre.optimise import spend
from arbitre.optimise._spend.plan import Pool, move, regrets
from arbitre.tables.chain import Chain
from arbitre.tables.sample.marketing import CHANNELS, draw
from benchmarks.marketing import planted_chain, planted_marginal
from benchmarks.marketing_loop import one_round
from benchmarks.rows import chain_of

MONDAY = date(2024, 1, 1)


def told(chain: Chain, **params: Any) -> Result:
    return spend.run(chain, spend.Params(**{"draws": 60, **params}), 1, silent)


def chain_from(columns: dict[str, Any], sales: Any, skip: tuple[int, ...] = (), **channel: Any) -> Chain:
    """Weeks of spend by channel and of sales; weeks to skip have no sales row."""
    days = [MONDAY + timedelta(weeks=week) for week in range(len(sales))]
    return chain_of(
        channels=[{"channel": name, **channel} for name in columns],
        spend=[{"channel": name, "from_on": day, "amount": float(value)}
               for name, values in columns.items() for day, value in zip(days, values, strict=True)],
        observations=[{"measure": "sales", "from_on": day, "value": float(value)}
                      for week, (day, value) in enumerate(zip(days, sales, strict=True)) if week not in skip])


def bursts(weeks: int = 80, seed: int = 1) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Two channels in bursts, one three times as good as the other."""
    luck = np.random.default_rng(seed)
    on = {name: 100 * luck.uniform(0.3, 1, weeks) * (luck.random(weeks) < 0.6) for name in ("good", "poor")}
    brought = {name: most * spent / (spent + 60) for (name, spent), most in zip(on.items(), (600, 200), strict=True)}
    return on, 1000 + sum(brought.values()) + 25 * luck.standard_normal(weeks)


def verdicts(result: Result) -> dict[str, str]:
    return dict(result.tables["spend_channels"].select("channel", "verdict").iter_rows())


def pool(channels: int = 3, draws: int = 40, seed: int = 1) -> Pool:
    luck = np.random.default_rng(seed)
    shape = (draws, channels)
    parts = Curves(luck.uniform(0.1, 0.7, shape), luck.uniform(0.2, 1.5, shape), luck.uniform(0.05, 0.4, shape))
    return Pool(parts, lagged(luck.random((20, channels))), luck.uniform(50, 100, channels), 3000.0)


@pytest.mark.parametrize("tail", [1.0, 0.2])
def test_no_spend_on_a_grid_beats_the_plan_and_all_lie_below_the_bound(tail: float) -> None:
    for seed in range(4):
        given = pool(seed=seed)
        lowest, highest, budget = 0.4 * given.before, 1.8 * given.before, float(given.before.sum())
        found = move(given, lowest, highest, budget, tail)
        assert found.spend.sum() <= budget * (1 + 1e-6)
        assert found.bound - found.value <= 1.01e-4 * abs(found.value)
        share = np.linspace(0, 1, 12)
        best = -np.inf
        for one in share:
            for other in share:
                for third in share:
                    spent = lowest + np.array([one, other, third]) * (highest - lowest)
                    if spent.sum() <= budget:
                        total = np.sort(given.worth(spent).sum(axis=1))[: round(tail * 40)]
                        best = max(best, float(total.mean() - spent.sum()))
        assert best <= found.bound
        assert found.value >= best - 1e-3 * abs(best)


def test_margins_are_equal_where_nothing_binds_and_are_the_worth_of_the_budget() -> None:
    given = pool(seed=7)
    found = move(given, 0.05 * given.before, 5 * given.before, float(given.before.sum()), 1.0)
    free = (found.spend > 0.06 * given.before) & (found.spend < 4.9 * given.before)
    assert free.sum() >= 2
    assert np.ptp(found.marginal[free]) < 0.05 * found.marginal[free].mean()
    more = move(given, 0.05 * given.before, 5 * given.before, float(given.before.sum()) * 1.01, 1.0)
    gained = (more.value - found.value) / (0.01 * given.before.sum())
    assert found.worth == pytest.approx(gained, abs=0.15 * found.marginal[free].mean())


def test_what_is_known_for_sure_is_never_regretted() -> None:
    given = pool()
    same = Curves(*(np.repeat(part[:1], 40, axis=0) for part in given.curves))
    sure = Pool(same, lagged(np.random.default_rng(1).random((20, 3))), given.before, 3000.0)
    limits = 0.5 * given.before, 1.5 * given.before, float(given.before.sum())
    assert regrets(sure, *limits).max() == pytest.approx(0.0, abs=1e-9)
    assert regrets(given, *limits).min() > 0


def test_what_was_planted_is_found() -> None:
    """Six markets; 200 are in `python -m benchmarks.marketing`."""
    inside = []
    for seed in range(1, 7):
        market = draw(seed, 1, jitter=0.4, tests=False)
        truth = dict(zip(CHANNELS, planted_marginal(market).tolist(), strict=True))
        for row in told(planted_chain(market)).tables["spend_channels"].to_dicts():
            inside.append(row["marginal_low"] <= truth[row["channel"]] <= row["marginal_high"])
    assert np.mean(inside) >= 0.75


def test_money_goes_from_the_poor_channel_to_the_good_one() -> None:
    on, sales = bursts()
    result = told(chain_from(on, sales))
    plan = {row["channel"]: row for row in result.tables["spend_plan"].to_dicts()}
    assert plan["good"]["spend"] > plan["good"]["before"]
    assert plan["poor"]["spend"] < plan["poor"]["before"]
    assert verdicts(result) == {"good": "told", "poor": "told"}
    assert 0 <= result.summary["gap"] <= 1e-4
    assert result.summary["gain_low"] > 0
    assert result.tables["spend_tests"]["rank"].to_list() == [1, 2]
    today = result.tables["spend_curve"].filter("is_today")
    assert today["channel"].to_list() == ["good", "poor"]
    assert result.tables["spend_weeks"].height == 80
    same = told(chain_from(on, sales))
    assert all(same.tables[name].equals(table) for name, table in result.tables.items())


def test_a_channel_never_varied_or_never_used_is_said_to_be_so() -> None:
    on, sales = bursts()
    result = told(chain_from({**on, "always": np.full(80, 50.0), "never": np.zeros(80)}, sales))
    assert verdicts(result) | {"always": "never_varied", "never": "never_spent"} == verdicts(result)
    rows = {row["channel"]: row for row in result.tables["spend_channels"].to_dicts()}
    assert rows["always"]["width"] > 2 * rows["good"]["width"]
    assert "never" not in result.tables["spend_plan"]["channel"].to_list()


def test_channels_that_move_together_are_said_to_be_one_until_a_test_tells_them_apart() -> None:
    on, sales = bursts()
    luck = np.random.default_rng(2)
    twin = on["good"] * (1 + 0.02 * luck.standard_normal(80))
    chain = chain_from({**on, "twin": twin}, sales)
    result = told(chain)
    assert verdicts(result)["good"] == verdicts(result)["twin"] == "collinear"
    rows = {row["channel"]: row for row in result.tables["spend_channels"].to_dicts()}
    assert rows["good"]["beside"] == "twin"
    effect = -float((600 * on["good"] / (on["good"] + 60))[40:50].sum())
    tested = chain.with_(lift_tests=chain_of(lift_tests=[{
        "trial": "off", "channel": "good", "from_on": MONDAY + timedelta(weeks=40),
        "to_on": MONDAY + timedelta(weeks=50, days=-1), "change_share": -1.0, "effect": effect, "error": 40.0,
    }]).table("lift_tests"))
    after = told(tested)
    rows_after = {row["channel"]: row for row in after.tables["spend_channels"].to_dicts()}
    assert rows_after["good"]["verdict"] == "told"
    assert rows_after["good"]["width"] < 0.6 * rows["good"]["width"]
    assert rows_after["twin"]["brings"] < 0.5 * rows_after["good"]["brings"]
    assert after.summary["tests_read"] == 1


def test_a_channel_that_is_always_so_many_times_another_is_not_told_from_it() -> None:
    on, sales = bursts()
    assert verdicts(told(chain_from({**on, "twin": 2.0 * on["good"]}, sales))) == {
        "good": "collinear", "poor": "told", "twin": "collinear"}


def test_a_channel_that_seems_to_lower_sales_is_not_believed() -> None:
    on, sales = bursts()
    luck = np.random.default_rng(3)
    odd = 100 * luck.random(80)
    result = told(chain_from({**on, "odd": odd}, sales - 2.0 * odd))
    assert verdicts(result)["odd"] == "wrong_sign"


def test_returns_gaps_and_days_are_read() -> None:
    on, sales = bursts()
    sales = sales - 900.0
    sales[10:14] = -300.0
    result = told(chain_from(on, sales, skip=(20, 21, 22)))
    assert result.summary["weeks_missing"] == 3
    assert result.tables["spend_weeks"]["outcome"].null_count() == 3
    days = [MONDAY + timedelta(days=day) for day in range(2, 7 * 80)]
    daily = chain_from(on, sales).with_(observations=chain_of(observations=[
        {"measure": "sales", "from_on": day, "value": float(sales[(day - MONDAY).days // 7] / 7)} for day in days
    ]).table("observations"))
    assert told(daily).summary["weeks"] == 79


def test_too_little_is_refused_with_the_reason() -> None:
    on, sales = bursts()
    with pytest.raises(Unsupported, match=r"known in 1 weeks\. A response is told from 26"):
        told(chain_from({name: values[:1] for name, values in on.items()}, sales[:1]))
    with pytest.raises(Unsupported, match="no money spent"):
        told(chain_from({"good": np.zeros(80)}, sales))
    with pytest.raises(Unsupported, match="nought in every week"):
        told(chain_from(on, np.zeros(80)))
    with pytest.raises(UsageError, match=r"no measure leads\. It has sales"):
        told(chain_from(on, sales), outcome="leads")
    with pytest.raises(UsageError, match="Raise the budget"):
        told(chain_from(on, sales), budget=1.0)
    with pytest.raises(Unsupported, match="not months"):
        told(chain_from({"good": np.ones(400)}, np.ones(400), tuple(week for week in range(400) if week % 4)))
    lone = chain_from(on, sales)
    with pytest.raises(Unsupported, match="Add the table observations"):
        told(Chain(lone.settings, {name: lone.table(name) for name in ("channels", "spend")}))


def test_cases_are_an_outcome_and_limits_are_kept() -> None:
    on, sales = bursts()
    lone = chain_from(on, sales, lowest=10.0, highest=70.0)
    cases = [{"case": f"{week}-{one}", "kind": "lead", "opened_at": pl.datetime(2024, 1, 1)}
             for week in range(80) for one in range(round(sales[week] / 40))]
    opened = chain_of(cases=[{**case, "opened_at": MONDAY + timedelta(weeks=int(case["case"].split("-")[0]))}
                             for case in cases]).table("cases")
    result = told(Chain(lone.settings, {"channels": lone.table("channels"), "spend": lone.table("spend"),
                                        "cases": opened}), outcome="lead", value=40.0)
    assert result.summary["weeks"] == 80
    plan = result.tables["spend_plan"]
    assert plan["lowest"].to_list() == [10.0, 10.0]
    assert plan["spend"].max() <= 70.0 + 1e-6


def test_a_test_that_is_asked_for_and_read_back_narrows_the_interval_and_moves_the_plan() -> None:
    """Thirty markets are in `python -m benchmarks.marketing_loop`."""
    rounds = [one_round(seed, 60) for seed in (1, 3)]
    assert all(one.width_after < 0.7 * one.width_before for one in rounds)
    assert all(one.held and abs(one.off) < 2.5 for one in rounds)
    moved = [abs(one.plan_after[one.channel] / one.plan_before[one.channel] - 1) for one in rounds]
    assert max(moved) > 0.1, "what a test confirms stays where it is"


def test_a_test_in_a_part_of_the_market_is_not_taken_for_a_change_of_the_whole() -> None:
    """Half a market without a channel for ten weeks brings half as much, not what half of the spend would."""
    on, sales = bursts()
    response = 600 * on["good"] / (on["good"] + 60)
    sales[40:50] -= 0.5 * response[40:50]
    recorded = on["good"].copy()
    recorded[40:50] *= 0.5
    chain = chain_from({**on, "good": recorded}, sales)
    row = {"trial": "off", "channel": "good", "from_on": MONDAY + timedelta(weeks=40),
           "to_on": MONDAY + timedelta(weeks=50, days=-1), "change_share": -1.0, "market_share": 0.5,
           "effect": -0.5 * float(response[40:50].sum()), "error": 20.0}
    tested = chain.with_(lift_tests=chain_of(channels=[{"channel": "good"}], lift_tests=[row]).table("lift_tests"))
    found = told(tested)
    good = found.tables["spend_channels"].filter(channel="good").row(0, named=True)
    assert good["spend"] == pytest.approx(on["good"][-52:].mean())
    assert good["brings"] == pytest.approx(response[-52:].mean(), rel=0.15)
    weeks = found.tables["spend_weeks"]
    left = (weeks["outcome"] - weeks["expected"]).to_numpy()
    assert abs(left[40:50].mean()) < 3 * 25 / np.sqrt(10)
