"""Sites against every choice of them, with capacities, feeding, promises and stock; and what more sites can only do."""

from dataclasses import replace
from itertools import pairwise, product
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.core.errors import Unreachable
from arbitre.maths.stock.pooled_stock import pooled_floor
from arbitre.optimise._sites.model import Question, Target, decided, parts_of
from arbitre.optimise._sites.stock import Response
from arbitre.solvers.linear import Infeasible, Rows, least

SITES = 4
RATES, LOADS, PRICES = np.array([30.0, 5.0, 1.0]), np.array([4.0, 0.8, 0.2]), np.array([20.0, 200.0, 900.0])


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


@st.composite
def questions(draw: st.DrawFn, feeding: bool = True) -> Question:
    """Draw four sites, some of them fed by the first, and up to five classes, with promises and capacities or not."""
    classes = draw(st.integers(1, 5))
    whole = np.random.default_rng(draw(st.integers(0, 10_000)))
    cost = whole.integers(0, 30, (SITES, classes)).astype(float)
    cost[whole.random(cost.shape) < draw(st.sampled_from([0.0, 0.2]))] = np.inf
    fed_by = np.array([-1, *whole.choice([-1, 0], SITES - 1)]) if feeding else np.full(SITES, -1)
    passes = np.eye(SITES, dtype=np.bool_)
    passes[fed_by == 0, 0] = True
    units = whole.integers(1, 10, classes).astype(float)
    capacity = np.where(whole.random(SITES) < draw(st.sampled_from([0.0, 0.7])), whole.integers(2, 25, SITES), np.inf)
    shipments = np.where(whole.random(classes) < 0.7, units, 0.0)
    targets = (Target("t", (whole.random(cost.shape) < 0.6) & (shipments > 0), shipments,
                      draw(st.sampled_from([0.3, 0.5, 0.9, 1.0]))),) if shipments.any() and draw(st.booleans()) else ()
    kept = whole.random(SITES) < 0.1
    return Question(cost, np.arange(SITES), fed_by, passes, whole.integers(0, 25, SITES).astype(float), capacity, kept,
                    np.zeros(SITES, dtype=np.bool_), draw(st.integers(max(1, int(kept.sum())), SITES)), units, targets)


def served(asked: Question, is_open: np.ndarray) -> float:
    """The least cost of serving from these sites, a programme of its own with a dense matrix; inf: they cannot."""
    if any(is_open[site] and feeder >= 0 and not is_open[feeder] for site, feeder in enumerate(asked.fed_by)):
        return np.inf
    usable = is_open[:, None] & np.isfinite(asked.cost)
    classes = asked.cost.shape[1]
    rows, low, high = [], [], []
    for of_class in range(classes):
        row = np.zeros(asked.cost.shape)
        row[:, of_class] = 1.0
        rows, low, high = [*rows, row], [*low, 1.0], [*high, 1.0]
    for site in np.flatnonzero(np.isfinite(asked.capacity)):
        rows.append(asked.passes[:, site][:, None] * asked.units)
        low, high = [*low, -np.inf], [*high, asked.capacity[site]]
    for target in asked.targets:
        rows.append(target.in_time * target.shipments)
        low, high = [*low, target.share * target.total], [*high, np.inf]
    matrix = np.array(rows).reshape(len(rows), -1)
    cells = matrix.shape[1]
    dense = Rows(np.arange(len(rows) + 1) * cells, np.tile(np.arange(cells), len(rows)), matrix.ravel(), np.array(low),
                 np.array(high))
    try:
        cost = np.where(usable, asked.cost, 0.0).ravel()
        return least(cost, dense, np.zeros(cells), usable.ravel().astype(float), np.zeros(cells, dtype=np.bool_),
                     gap=0.0, most_nodes=1).objective
    except Infeasible:
        return np.inf


def enumerated(asked: Question) -> float:
    choices = (np.array(choice) for choice in product([False, True], repeat=SITES))
    return min((float(asked.opening[is_open].sum()) + served(asked, is_open) for is_open in choices
                if 1 <= is_open.sum() <= asked.most and is_open[asked.kept].all()), default=np.inf)


@settings(max_examples=80)
@given(asked=questions())
def test_the_plan_costs_what_enumeration_says_or_nothing_can_serve(asked: Question) -> None:
    least_cost = enumerated(asked)
    if np.isinf(asked.cost).all(axis=0).any():
        return  # refused by name before it comes here
    if np.isinf(least_cost):
        with pytest.raises(Unreachable, match=r"too few|No choice"):
            decided(asked, rng())
        return
    found = decided(asked, rng())
    assert found.value == pytest.approx(least_cost, abs=1e-4)
    assert found.bound <= found.value
    assert found.bound == pytest.approx(least_cost, abs=1e-4)
    assert found.is_open.sum() <= asked.most
    assert found.share.sum(axis=0) == pytest.approx(np.ones(asked.cost.shape[1]))
    assert (found.share[~found.is_open] == 0).all()
    for target in asked.targets:
        assert target.kept(found.share) >= target.share - 1e-6


@settings(max_examples=40)
@given(asked=questions(), factor=st.sampled_from([1 / 1024, 64.0]))
def test_more_sites_are_never_worse_and_units_of_money_do_not_matter(asked: Question, factor: float) -> None:
    values = []
    for most in range(max(1, int(asked.kept.sum())), SITES + 1):
        try:
            values.append(decided(replace(asked, most=most), rng()).value)
        except Unreachable:
            values.append(np.inf)
    assert all(more <= fewer + 1e-4 for fewer, more in pairwise(values))
    if np.isfinite(values[-1]):
        scaled = replace(asked, cost=asked.cost * factor, opening=asked.opening * factor, most=SITES)
        assert decided(scaled, rng()).value == pytest.approx(values[-1] * factor, abs=1e-4 * factor)


def response() -> Response:
    grid = np.concatenate([[0.0], np.geomspace(1e-3, 1.0, 700)])
    return Response(RATES, LOADS, PRICES, 0.25, 60.0, grid, pooled_floor(RATES, LOADS, PRICES, 0.25, 60.0, grid))


@settings(max_examples=30)
@given(asked=questions(feeding=False))
def test_with_stock_the_bound_is_below_every_whole_assignment_and_the_plan_near_it(asked: Question) -> None:
    """Every class goes wholly to one site in the enumeration: the plan may split, so it may only cost less."""
    asked = replace(asked, targets=(), capacity=np.full(SITES, np.inf), stock=response(),
                    cost=np.where(np.isfinite(asked.cost), asked.cost, 40.0))
    found, best = decided(asked, rng()), np.inf
    for of_class in product(range(SITES), repeat=asked.cost.shape[1]):
        is_open = asked.kept | np.isin(np.arange(SITES), of_class)
        if is_open.sum() <= asked.most:
            share = (np.arange(SITES)[:, None] == np.array(of_class)).astype(float)
            stock = cast(Any, asked.stock).at(parts_of(asked, share))[0].sum()
            best = min(best, float(asked.opening[is_open].sum() + (share * asked.cost).sum() + stock))
    assert found.bound <= best + 1e-6
    assert found.bound <= found.value
    assert found.value <= best * 1.05


def test_lines_lie_below_the_cost_of_every_part() -> None:
    stock = response()
    ends, base, slope = stock.lines
    for low, high, start, rise in zip(ends[:-1], ends[1:], base, slope, strict=True):
        parts = np.linspace(low, high, 50)
        assert (start + rise * parts <= stock.at(parts)[0] * (1 + 1e-9)).all()
    assert base[-1] + slope[-1] >= 0.9 * stock.at(np.ones(1))[0][0]
