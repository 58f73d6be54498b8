"""Is a day of dispatch done by the rules, priced as stated, and told with its reasons?"""

from datetime import datetime, timedelta
from itertools import permutations

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported, UsageError
from arbitre.measure import promises
from arbitre.optimise import dispatch
from arbitre.optimise._dispatch.day import Ask, question_of
from arbitre.optimise._dispatch.minutes import AHEAD, dispatched
from arbitre.optimise._dispatch.policies import BALANCED
from arbitre.optimise._dispatch.rounds import MOST, ORDER, RIDER, Day, best_with, place_order, round_cost
from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of

NOON = datetime(2026, 3, 2, 12)
KM = 1 / 111.2
"""A kilometre in degrees of latitude."""


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def chain(orders: list[tuple[float, float, str, float]], **more: list[dict]) -> Chain:
    """A chain of orders (minute placed, minute ready, site, km north), and one rider from noon to three."""
    names = [f"K{number}" for number in range(len(orders))]
    tables = {
        "sites": [{"site": "R", "latitude": 45.0, "longitude": 5.0}, {"site": "Q", "latitude": 45.0 + 2 * KM,
                                                                     "longitude": 5.0}],
        "segments": [{"segment": "S"}], "offers": [{"offer": "O"}],
        "customers": [{"customer": name, "segment": "S", "latitude": 45.0 + north * KM, "longitude": 5.0}
                      for name, (_, _, _, north) in zip(names, orders, strict=True)],
        "cases": [{"case": name, "customer": name, "site": site, "offer": "O", "opened_at": at(placed)}
                  for name, (placed, _, site, _) in zip(names, orders, strict=True)],
        "events": [{"case": name, "step": "ready", "happened_at": at(ready)}
                   for name, (_, ready, _, _) in zip(names, orders, strict=True)],
        "promises": [{"promise": "P", "offer": "O", "window": 0.5, "target_share": 0.9, "late_cost": 7.0}],
        "crews": [{"crew": "A", "site": "R", "cost": 12.0}],
        "shifts": [{"crew": "A", "starts": 12.0, "ends": 15.0}],
    }
    return chain_of(**{**tables, **more})


def answer(asked: Chain, **params: object) -> Result:
    return dispatch.run(asked, dispatch.Params(**{"detour": 1.0, "speed": 60.0, **params}), 1, silent)


def told(result: Result) -> dict[str, dict]:
    return {row["case"]: row for row in result.tables["dispatch_orders"].iter_rows(named=True)}


def test_one_order_by_hand():
    """Ready after 10 minutes, 3 km away at a kilometre a minute: out after 2, at the door after 3 and 2 more."""
    row = told(answer(chain([(0, 10, "R", 3)]), order_pay=10.0))["K0"]
    assert (row["crew"], row["picked_up_at"], row["delivered_at"]) == ("A", at(10), at(17))
    assert (row["ready_to_pickup"], row["click_to_door"], row["is_kept"], row["reason"]) == (0.0, 17.0, True, "brought")


def test_a_rider_leaves_when_waiting_would_delay_the_pick_up():
    """Q is 2 km away and 2 minutes are walked: the rider stays where it can be told otherwise until minute 16."""
    question = question_of(chain([(0, 20, "Q", 2)]), Ask(
        "order", None, None, "ready", "", 1.0, 60.0, 0.0, 90.0))
    moves = dispatched(question.day, BALANCED).moves
    assert moves[0, 1] == 12 * 60 + 16


def test_pay_is_by_the_order_or_by_the_hour():
    few = answer(chain([(0, 10, "R", 3)]), order_pay=10.0)
    assert few.tables["dispatch_riders"]["pay"].to_list() == [36.0]
    many = answer(chain([(20 * number, 20 * number + 5, "R", 1) for number in range(5)]), order_pay=10.0)
    assert many.tables["dispatch_riders"]["pay"].to_list() == [50.0]
    assert many.summary["cost_per_order"] == 10.0


def test_orders_of_one_site_go_together_when_there_is_too_much_to_do():
    """Four orders for doors side by side, 10 minutes away: one trip, or else three more ways there and back."""
    orders = [(0, 5, "R", 10 + number / 10) for number in range(4)]
    rows = told(answer(chain(orders)))
    assert len({row["trip"] for row in rows.values()}) == 1
    alone = answer(chain(orders, policies=[{"policy": "single", "rule": "bundle", "value": 1}]), policy="single")
    assert len({row["trip"] for row in told(alone).values() if row["trip"]}) == alone.tables["dispatch_orders"].filter(
        reason="brought").height
    assert alone.summary["click_to_door"] > answer(chain(orders)).summary["click_to_door"]


def test_what_cannot_be_brought_is_told_with_the_reason_and_the_rest_is_planned():
    orders = [(0, 5, "R", 1), (1, 120, "R", 1), (2, 8, "Q", 1), (8 * 60, 8 * 60 + 5, "R", 1), (5, 9, "R", 1)]
    lost = chain(orders, lanes=[{"from_site": "R", "to_site": "R", "duration": 0.1}])
    nowhere = lost.table("customers").with_columns(
        latitude=pl.when(pl.col("customer") == "K4").then(None).otherwise("latitude"))
    rows = told(answer(lost.with_(customers=nowhere)))
    assert {name: row["reason"] for name, row in rows.items()} == {
        "K0": "brought", "K1": "never_in_time", "K2": "nobody_may", "K3": "no_rider", "K4": "nowhere"}


def test_a_day_without_riders_is_told_and_not_refused():
    result = answer(chain([(0, 5, "R", 1), (3, 9, "Q", 1)], shifts=[{"crew": "A", "starts": 2.0, "ends": 3.0}]))
    assert result.summary["lost.no_rider"] == 2
    assert result.summary["click_to_door"] is None
    assert result.tables["dispatch_riders"].height == 0


def test_nobody_is_brought_later_than_the_age_limit():
    orders = [(0, 5, "R", 20) for _ in range(8)]
    result = answer(chain(orders, policies=[{"policy": "single", "rule": "bundle", "value": 1}]), policy="single")
    assert result.summary["lost.too_busy"] > 0
    assert result.tables["dispatch_orders"]["click_to_door"].max() <= 90.0


def test_an_area_and_a_load_refuse_orders():
    orders = [(0, 5, "R", 1), (0, 5, "R", 9), (0, 5, "R", 2), (0, 5, "R", 2)]
    near = chain(orders, policies=[{"policy": "near", "rule": "reach", "value": 5}])
    assert told(answer(near, policy="near"))["K1"]["reason"] == "out_of_area"
    few = chain(orders, policies=[{"policy": "few", "rule": "load", "value": 2}])
    assert answer(few, policy="few").summary["lost.overload"] == 2


def test_who_is_promised_more_comes_first():
    """Two orders at once for one rider, far apart; only the dearer promise can be kept beside none or the other."""
    orders = [(0, 5, "R", 10), (0, 5, "Q", -8)]
    dear = [{"promise": "P", "offer": "O", "window": 0.5, "target_share": 0.9, "late_cost": 1.0},
            {"promise": "G", "offer": "GOLD", "window": 0.5, "target_share": 0.9, "late_cost": 90.0}]
    for gold in ("K0", "K1"):
        asked = chain(orders, promises=dear, offers=[{"offer": "O"}, {"offer": "GOLD"}])
        cases = asked.table("cases").with_columns(
            offer=pl.when(pl.col("case") == gold).then(pl.lit("GOLD")).otherwise("offer"))
        assert told(answer(asked.with_(cases=cases)))[gold]["is_kept"]


def test_kept_promises_are_those_measured_on_the_facts_written():
    asked = chain([(4 * number, 4 * number + 6, "RQ"[number % 2], number % 5) for number in range(12)])
    result = answer(asked)
    after = asked.with_(cases=result.tables["cases"], events=result.tables["events"])
    assert after.check() == []
    kept = promises.run(after, promises.Params(), 1, silent).tables["promises_kept"].filter(promise="P")
    assert kept["kept_share"][0] == pytest.approx(result.summary["kept_share"])


def test_levers_are_priced_on_the_same_day():
    result = answer(chain([(2 * number, 2 * number + 8, "R", number % 7) for number in range(20)]))
    levers = {row["lever"]: row for row in result.tables["dispatch_levers"].iter_rows(named=True)}
    assert levers["none"]["change"] == 0.0
    assert levers["rider"]["pay"] == levers["none"]["pay"] + 36.0
    assert levers["rider"]["click_to_door"] < levers["none"]["click_to_door"]
    assert levers["slower"]["kept_share"] >= levers["none"]["kept_share"]
    late = result.tables["dispatch_orders"].filter(~pl.col("is_kept"), reason="brought").height
    assert levers["none"]["cost"] == levers["none"]["pay"] + 7.0 * late + 50.0 * levers["none"]["lost"]


def test_what_is_not_yet_placed_changes_nothing_before():
    """The day cut off at any minute begins as the whole day does."""
    orders = [(3 * number, 3 * number + 9, "RQ"[number % 3 % 2], (5 * number) % 8) for number in range(20)]
    whole = told(answer(chain(orders), levers="left"))
    for known in (5, 12):
        until = at(orders[known][0])
        early = {name: row for name, row in told(answer(chain(orders[:known]), levers="left")).items()
                 if row["picked_up_at"] and row["picked_up_at"] < until}
        assert early
        assert early == {name: whole[name] for name in early}


def test_questions_put_wrongly():
    with pytest.raises(UsageError, match="Did you mean thrifty"):
        answer(chain([(0, 5, "R", 1)]), policy="thrify")
    with pytest.raises(Unsupported, match="kind parcel"):
        answer(chain([(0, 5, "R", 1)]), kind="parcel")


def random_day(seed: int, orders: int, riders: int) -> Day:
    """A day of three pick-up places in a square of 12 minutes; a rider is on duty all the time."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 12, (3 + orders + riders, 2))
    travel = np.ceil(np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))).astype(np.int16)
    asked, told_ = np.zeros(orders, ORDER), np.zeros(riders, RIDER)
    asked["ready"] = rng.integers(0, 20, orders)
    asked["due"], asked["late"] = 25.0, rng.integers(0, 4, orders)
    asked["pickup"], asked["door"], asked["planned"] = rng.integers(0, 3, orders), np.arange(orders) + 3, -1
    told_["off"], told_["place"], told_["covered"] = 300.0, np.arange(riders) + 3 + orders, 2.0
    return Day(travel, np.ones((riders, 3), np.bool_), asked, told_)


def all_rounds(orders: list[int], new: int, begins: list[bool]) -> list[tuple[list[int], list[bool]]]:
    """Every round that has the orders of one in their order, trips unbroken, and the new one anywhere in it."""
    trips: list[list[int]] = []
    for order, is_first in zip(orders, begins, strict=True):
        if is_first:
            trips.append([])
        trips[-1].append(order)
    found = [[*trips[:position], [new], *trips[position:]] for position in range(len(trips) + 1)]
    for number, trip in enumerate(trips):
        found += [[*trips[:number], [*trip[:position], new, *trip[position:]], *trips[number + 1 :]]
                  for position in range(len(trip) + 1)]
    return [([order for trip in round_ for order in trip],
             [position == 0 for trip in round_ for position in range(len(trip))]) for round_ in found]


def cost_by_hand(day: Day, orders: list[int], begins: list[bool]) -> float:
    """What a round of rider 0 costs from minute 0, written again from the docstring."""
    rules, here, now, cost = BALANCED, int(day.riders[0]["place"]), 0.0, 0.0
    cost += rules.extra * max(0, len(orders) - day.riders[0]["covered"])
    firsts = [number for number, is_first in enumerate(begins) if is_first]
    for first, end in zip(firsts, [*firsts[1:], len(orders)], strict=True):
        trip = orders[first:end]
        where = int(day.orders[trip[0]]["pickup"])
        if any(day.orders[order]["pickup"] != where for order in trip) or len(trip) > rules.bundle:
            return np.inf
        leaves = max(now + day.travel[here, where] + 2, *(day.orders[order]["ready"] for order in trip)) + 2
        cost += rules.ride * (day.travel[here, where] - 2)
        ride, here = 2.0, where
        for order in trip:
            ride += day.travel[here, day.orders[order]["door"]] + 4
            here = int(day.orders[order]["door"])
            delivered = leaves - 2 + ride - 2
            if delivered > rules.age:
                return np.inf
            cost += rules.wait * delivered + (day.orders[order]["late"] if delivered > day.orders[order]["due"] else 0)
        now = leaves - 2 + ride
        cost += rules.ride * (ride + 2)
    return cost


@pytest.mark.parametrize("seed", range(30))
def test_an_order_goes_where_it_costs_least_of_all_rounds(seed):
    """Against every round written out, and priced by hand."""
    day = random_day(seed, 6, 1)
    orders, riders = day.orders.copy(), day.riders.copy()
    rounds, starts = np.zeros((1, MOST + 1), np.int64), np.zeros((1, MOST + 1), np.bool_)
    scratch, scratch_starts = np.zeros((4, MOST + 1), np.int64), np.zeros((4, MOST + 1), np.bool_)
    for new in range(5):
        length = int(riders[0]["length"])
        known, begins = rounds[0, :length].tolist(), starts[0, :length].tolist()
        least = min(cost_by_hand(day, *round_) for round_ in all_rounds(known, new, begins))
        cost = best_with(BALANCED, day.travel, day.may, orders, riders, rounds, starts, scratch, scratch_starts, 0, 0,
                         new, np.inf)
        assert cost == pytest.approx(least)
        place_order(BALANCED, day.travel, day.may, orders, riders, rounds, starts, scratch, scratch_starts,
                    np.array([0]), 0, new, 1e6)
        if least == np.inf:
            assert orders[new]["planned"] == -1
            break
        again = round_cost(BALANCED, day.travel, day.may, orders, riders, 0, 0, rounds[0], starts[0], length + 1,
                           np.inf)
        assert again == pytest.approx(least)
        assert riders[0]["cost"] == pytest.approx(least)


@pytest.mark.parametrize("seed", range(12))
def test_a_day_is_not_far_from_the_best_that_everybody_can_think_of(seed):
    """Four orders known at once, two riders: within a tenth of the best of all plans, ways to wait left out."""
    day = random_day(seed, 4, 2)
    brought = dispatched(day, BALANCED).orders
    assert (brought["status"] > AHEAD).all()
    least = np.inf
    for to in np.ndindex(2, 2, 2, 2):
        total = 0.0
        for rider in (0, 1):
            mine = [order for order in range(4) if to[order] == rider]
            shifted = day._replace(riders=day.riders[rider:rider + 1])
            total += min(click_by_hand(shifted, list(orders)) for orders in permutations(mine))
        least = min(least, total)
    assert (brought["delivered"] - day.orders["placed"]).sum() <= 1.1 * least + 4.0


def click_by_hand(day: Day, orders: list[int]) -> float:
    """Minutes from click to door of orders brought one by one by rider 0."""
    here, now, total = int(day.riders[0]["place"]), 0.0, 0.0
    for order in orders:
        asked = day.orders[order]
        now = max(now + day.travel[here, asked["pickup"]] + 2, asked["ready"]) + 2
        now += day.travel[asked["pickup"], asked["door"]] + 4
        here, total = int(asked["door"]), total + now - 2
    return total
