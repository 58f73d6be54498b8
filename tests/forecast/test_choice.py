"""The replay and the choice: by hand, by brute force, and that nothing is known before its time."""

import numpy as np
import pytest

from arbitre.capability import silent
from arbitre.forecast._choice import MARGIN, Replay, cheapest, chosen_in_replay, replayed
from arbitre.forecast._laws import (
    ALL_METHODS,
    ORIGINS,
    Demand,
    expected_units,
    fitted_alphas,
    lead_time_laws,
    patterns_before,
    replay_origins,
)

SHARE = 0.9


def drawn(items: int = 60, periods: int = 48, seed: int = 1) -> np.ndarray:
    random = np.random.default_rng(seed)
    chance = random.uniform(0.05, 0.9, (items, 1))
    return (random.random((items, periods)) < chance) * random.integers(1, 6, (items, periods)).astype(float)


def test_origins_leave_a_whole_lead_time_and_are_evenly_spread() -> None:
    origins = replay_origins(np.array([1, 20, 30, 45, 60]), 48)
    assert origins[:, -1].tolist() == [48] * 5
    assert origins[0, :-1].tolist() == np.rint(np.linspace(24, 47, ORIGINS)).tolist()
    assert origins[1, :-1][origins[1, :-1] >= 0].tolist() == [24, 25, 26, 27, 28]
    assert origins[2, :-1][origins[2, :-1] >= 0].tolist() == [18]  # 18 + 30 periods are all there is
    assert (origins[3:, :-1] == -1).all()  # fewer than four periods would have been seen


def test_the_replay_as_by_brute_force() -> None:
    units, horizon = drawn(8), np.array([1, 2, 3, 5, 8, 13, 21, 40])
    laws = lead_time_laws(Demand(units, horizon, 12), ALL_METHODS, SHARE, 1, silent)
    met = replayed(laws, units, horizon)
    assert laws.methods == ALL_METHODS[:-1]
    for item in range(8):
        for number, origin in enumerate(laws.origins[item, :-1]):
            if origin < 0:
                assert np.isnan(met.asked[item, number])
                continue
            came = units[item, origin: origin + horizon[item]].sum()
            assert met.asked[item, number] == pytest.approx(came)
            assert met.closed[item, number] == origin + horizon[item]
            assert met.demands[item, number] == (units[item, :origin] > 0).sum()
            for method in range(len(laws.methods)):
                level = laws.level[method, item, number]
                stands_in = laws.level[0, item, number] if np.isnan(level) else level
                assert met.left[method, item, number] == pytest.approx(max(stands_in - came, 0.0))
                assert met.short[method, item, number] == pytest.approx(max(came - stands_in, 0.0))
                assert met.able[method, item, number] == (not np.isnan(level))


def test_a_law_at_an_origin_knows_nothing_of_what_comes_after() -> None:
    """Changing what came after the last origin of all changes no law before it."""
    units, horizon = drawn(20), np.full(20, 6)
    origin = replay_origins(horizon, 48)[0, 4]
    changed = units.copy()
    changed[:, origin:] = 99.0
    first = lead_time_laws(Demand(units, horizon, 12), ALL_METHODS, SHARE, 1, silent)
    second = lead_time_laws(Demand(changed, horizon, 12), ALL_METHODS, SHARE, 1, silent)
    np.testing.assert_array_equal(first.level[:, :, :5], second.level[:, :, :5])
    assert (first.level[:, :, 6:12] != second.level[:, :, 6:12]).any()


def test_what_is_chosen_at_an_origin_knows_only_lead_times_that_ended() -> None:
    units, horizon = drawn(30), np.full(30, 6)
    changed = units.copy()
    origin = replay_origins(horizon, 48)[0, 8]
    changed[:, origin:] = units[::-1, origin:] * 7.0
    allowed, price = np.ones(len(ALL_METHODS) - 1, dtype=bool), np.linspace(1.0, 50.0, 30)
    then = []
    for demand in (units, changed):
        laws = lead_time_laws(Demand(demand, horizon, 12), ALL_METHODS, SHARE, 1, silent)
        then.append(chosen_in_replay(replayed(laws, demand, horizon), laws.pattern_then, price, SHARE, allowed))
    np.testing.assert_array_equal(then[0][:, :9], then[1][:, :9])
    assert (then[0][:, 9:] != then[1][:, 9:]).any()
    assert (then[0][:, :4] == -1).all()  # the first third only teaches
    assert (then[0][:, 4:] >= 0).all()


def by_costs(left: list[list[float]], short: list[list[float]], demands: int = 9) -> Replay:
    """A replay of one item, 3 methods (mean, ses, installed), with the given units left and short by origin."""
    origins = np.array([[10, 20, 30, 40]])
    return Replay(("mean", "ses", "installed"), np.array(left)[:, None, :], np.array(short)[:, None, :],
                  np.zeros((3, 1, 4)), np.ones((3, 1, 5), dtype=bool), np.ones((1, 4)), origins, origins + 5,
                  np.full((1, 5), demands), np.array([5]))


def chosen(replay: Replay, allowed: list[bool] | None = None, at: int = 48) -> str:
    number = cheapest(replay, np.array(["lumpy"]), np.array([2.0]), SHARE, np.array(allowed or [True] * 3),
                      np.array([at]), -1)
    return replay.methods[int(number[0])]


def test_the_cheapest_to_stock_by_is_chosen_and_short_costs_more_than_left() -> None:
    """At 90 % a unit short costs 9 left over: 1 short (9) loses to 5 left over."""
    assert chosen(by_costs([[0.0] * 4, [5.0] * 4, [8.0] * 4], [[1.0] * 4, [0.0] * 4, [0.0] * 4])) == "ses"
    assert chosen(by_costs([[0.0] * 4, [5.0] * 4, [8.0] * 4], [[0.1] * 4, [0.0] * 4, [0.0] * 4])) == "mean"
    assert chosen(by_costs([[5.0] * 4, [9.0] * 4, [1.0] * 4], [[0.0] * 4] * 3), [True, True, False]) == "mean"


def test_a_tie_goes_to_the_simplest() -> None:
    none = [[0.0] * 4] * 3
    assert chosen(by_costs([[5.0] * 4, [5.0] * 4, [5.0] * 4], none)) == "mean"
    assert chosen(by_costs([[5.0] * 4, [5.0 - 2.0 * MARGIN] * 4, [5.0] * 4], none)) == "mean"
    assert chosen(by_costs([[5.0] * 4, [5.0 - 7.0 * MARGIN] * 4, [5.0] * 4], none)) == "ses"
    assert chosen(by_costs(none, none)) == "mean"


def test_only_ended_lead_times_count() -> None:
    replay = by_costs([[5.0] * 4, [9.0, 1.0, 1.0, 1.0], [20.0] * 4], [[0.0] * 4] * 3)
    assert chosen(replay) == "ses"
    assert chosen(replay, at=24) == "mean"  # only the first had ended
    assert chosen(replay, at=25) == "mean"  # 10 for both in two: a tie


def test_machines_forecast_what_history_cannot() -> None:
    none = [[0.0] * 4] * 3
    dear = [[0.0] * 4, [0.0] * 4, [9.0] * 4]
    assert chosen(by_costs(dear, none)) == "mean"
    assert chosen(by_costs(dear, none, demands=1)) == "installed"
    assert chosen(by_costs(dear, none, demands=1), [False, True, False]) == "ses"


def test_few_windows_lean_on_the_pattern_and_money_weighs() -> None:
    """99 items for which ses is cheaper carry one whose three windows say otherwise, unless it is worth them all."""
    units, horizon = drawn(100, seed=3), np.full(100, 4)
    laws = lead_time_laws(Demand(units, horizon, 12), ("mean", "ses"), SHARE, 1, silent)
    met = replayed(laws, units, horizon)
    met.left[0], met.left[1] = 4.0, 3.0
    met.short[:] = 0.0
    met.left[0, 7], met.left[1, 7] = 3.0, 4.0
    same, now = np.full(100, "lumpy"), np.full(100, 48)
    allowed = np.array([True, True])
    pooled = cheapest(met, same, np.ones(100), SHARE, allowed, now, -1)
    assert pooled.tolist() == [1] * 100
    dear = np.ones(100)
    dear[7] = 1e6
    assert cheapest(met, same, dear, SHARE, allowed, now, -1)[7] == 0


def test_smoothing_is_fitted_before_the_replay_and_follows_what_moves() -> None:
    """Demand that doubles every year asks for a quick parameter, demand at random for a slow one."""
    random = np.random.default_rng(9)
    moving = random.poisson(4.0 * 2.0 ** (np.arange(48) / 8.0), (40, 48)).astype(float)
    still = random.poisson(4.0, (40, 48)).astype(float)
    first, horizon = np.full(40, 24), np.ones(40, np.int64)
    fitted = {}
    for name, units in (("moving", moving), ("still", still)):
        alphas = fitted_alphas(Demand(units, horizon, 12), first, patterns_before(units, first), {"ses"})
        fitted[name] = float(np.median(alphas["ses"]))
        after = units.copy()
        after[:, 24:] = 0.0
        again = fitted_alphas(Demand(after, horizon, 12), first, patterns_before(after, first), {"ses"})
        np.testing.assert_array_equal(again["ses"], alphas["ses"])
    assert fitted["still"] <= 0.05 < 0.2 <= fitted["moving"]


def test_the_yearly_units_of_a_season_are_those_of_the_whole_year() -> None:
    year = np.array([0.0, 0, 0, 0, 0, 0, 6, 12, 6, 12, 18, 12])
    units = np.tile(year + 3.0, (5, 6))
    demand = Demand(units, np.full(5, 2), 12)
    laws = lead_time_laws(demand, ("mean", "seasonal"), SHARE, 1, silent)
    seasonal = np.full(5, laws.methods.index("seasonal"))
    assert expected_units(demand, laws, seasonal) == pytest.approx(np.full(5, 8.5), rel=0.03)
    assert laws.mean[seasonal[0], 0, -1] < 0.7 * 2 * 8.5  # the coming two months are of the low season
