"""Laws that last buys obey whatever the numbers."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.maths.stock.last_buy import life_costs, newsvendor

law = settings(derandomize=True, deadline=None, max_examples=60)

MOST = 60
lives = st.fixed_dictionaries({
    "means": st.lists(st.floats(0.0, 1.5), min_size=1, max_size=8).map(np.array),
    "dispersion": st.floats(1.0, 3.0),
    "holding": st.floats(0.0, 0.2),
    "discount": st.floats(0.8, 1.0),
    "survival": st.floats(0.7, 1.0),
    "salvage": st.floats(0.0, 0.6),
})
shortages = st.floats(1.1, 8.0)


def costs_of(life: dict, short: float, late: float = math.inf) -> tuple[np.ndarray, np.ndarray]:
    periods = len(life["means"])
    prices = np.array([1.0] + [late] * (periods - 1))
    return life_costs(life["means"], life["dispersion"], prices, np.full(periods, short), life["holding"],
                      life["discount"], life["survival"], life["salvage"], MOST)


@law
@given(lives, shortages)
def test_each_unit_is_worth_no_more_than_the_one_before(life: dict, short: float) -> None:
    costs, _ = costs_of(life, short)
    assert (np.diff(costs, 2) >= -1e-10).all()


@law
@given(lives, shortages, st.floats(0.0, 4.0))
def test_a_dearer_shortage_buys_no_fewer_units(life: dict, short: float, more: float) -> None:
    (costs, levels), (dearer, higher) = costs_of(life, short), costs_of(life, short + more)
    assert higher[0] >= levels[0]
    assert (dearer >= costs - 1e-10).all()


@law
@given(lives, shortages)
def test_time_only_lowers_the_newsvendor(life: dict, short: float) -> None:
    total = float(life["means"].sum())
    most = newsvendor(total, life["dispersion"] * total, short - 1.0, 1.0 - life["salvage"])
    assert costs_of(life, short)[1][0] <= most
    timeless = {**life, "holding": 0.0, "discount": 1.0, "survival": 1.0}
    assert abs(costs_of(timeless, short)[1][0] - most) <= 1  # equal but for units worth their price to the last digit


@law
@given(lives, st.floats(2.0, 8.0), st.floats(1.0, 2.0))
def test_a_later_source_costs_no_more_and_is_used_ever_less(life: dict, short: float, late: float) -> None:
    """With demand, prices and shortages that do not change, the levels fall as the end comes nearer."""
    life = {**life, "means": np.full(len(life["means"]), life["means"][0])}
    without, (costs, levels) = costs_of(life, short)[0], costs_of(life, short, late)
    assert (costs <= without + 1e-10).all()
    assert costs_of(life, short)[1][0] >= levels[0]
    assert (np.diff(levels) <= 0).all()


@law
@given(lives, shortages)
def test_what_no_unit_can_save_is_sold(life: dict, short: float) -> None:
    """A unit that demand never reaches brings at best what it is sold for at once, whatever the time."""
    costs, _ = costs_of({**life, "means": 0.0 * life["means"]}, short)
    assert (costs[:-1] - costs[1:] <= life["salvage"] + 1e-12).all()
