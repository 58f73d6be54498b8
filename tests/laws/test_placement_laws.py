"""Placement against every possible one, on hundreds of tiny trees and knotted networks; and CP-SAT against trees."""

from importlib.util import find_spec
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.maths.stock.placement import Placement, forest_service_times, improved_service_times, relaxed_cost
from arbitre.maths.stock.stages import spanning_forest, stage_network
from arbitre.optimise import _placement_model
from arbitre.optimise._placement_model import decided

needs_ortools = pytest.mark.skipif(find_spec("ortools") is None, reason='no ortools: pip install "arbitre[schedule]"')


@st.composite
def placements(draw: st.DrawFn, tree: bool, most: int = 5) -> Placement:
    """Draw up to `most` stages: a forest whose arcs point anywhere, or any network without loops."""
    stages = draw(st.integers(1, most))
    name = draw(st.permutations(range(stages)))
    if tree:
        joined = [(draw(st.integers(0, stage - 1)), stage) for stage in range(1, stages) if draw(st.integers(0, 5))]
        arcs = [arc if draw(st.booleans()) else arc[::-1] for arc in joined]
    else:
        arcs = [arc for arc in combinations(range(stages), 2) if draw(st.booleans())]
    whole = st.integers(0, 2)
    rate = st.sampled_from([0.0, 0.5, 1.0, 3.0, 10.0])
    return Placement(
        stage_network(stages, [name[start] for start, _ in arcs], [name[end] for _, end in arcs], [1.0] * len(arcs)),
        np.array([draw(whole) for _ in range(stages)]),
        np.array([draw(st.sampled_from([0, 0, 1, 3, 99])) for _ in range(stages)]),
        np.array([draw(rate) for _ in range(stages)]))


def least_cost(asked: Placement) -> float:
    """Return the least cost over all whole service times, from the definition alone."""
    latest = np.minimum(asked.longest, asked.duration.sum())
    service = np.stack(np.meshgrid(*(np.arange(end + 1) for end in latest), indexing="ij")).reshape(len(latest), -1)
    wait = np.zeros_like(service)
    for start, end in zip(asked.network.supplier, asked.network.customer, strict=True):
        wait[end] = np.maximum(wait[end], service[start])
    net = wait + asked.duration[:, None] - service
    possible = (net >= 0).all(axis=0)
    return float((asked.rate @ np.sqrt(net[:, possible])).min())


def keeps_its_word(asked: Placement, service: np.ndarray) -> bool:
    return bool((asked.net_times(service) >= 0).all() and (service >= 0).all() and (service <= asked.longest).all())


@settings(max_examples=400)
@given(placements(tree=True))
def test_a_forest_costs_the_least_there_is(asked: Placement) -> None:
    service = forest_service_times(asked)
    assert keeps_its_word(asked, service)
    assert asked.costs(service).sum() == pytest.approx(least_cost(asked), rel=1e-12, abs=1e-12)


@settings(max_examples=200)
@given(placements(tree=False), st.integers(0, 9))
def test_the_search_keeps_every_link_and_only_gets_better(asked: Placement, seed: int) -> None:
    service, cost = np.zeros_like(asked.duration), np.inf
    for rounds in (0, 1, 5):
        service = improved_service_times(asked, service, rounds, np.random.default_rng(seed))
        assert keeps_its_word(asked, service)
        assert asked.costs(service).sum() <= cost + 1e-12
        cost = asked.costs(service).sum()
    assert cost >= least_cost(asked) - 1e-12


@settings(max_examples=200)
@given(placements(tree=False))
def test_the_relaxed_cost_is_a_floor(asked: Placement) -> None:
    least = least_cost(asked)
    assert relaxed_cost(asked) <= least + 1e-12
    if spanning_forest(asked.network.stages, asked.network.supplier, asked.network.customer)[0].all():
        assert relaxed_cost(asked) == pytest.approx(least)


def side_by_side(many: list[Placement]) -> Placement:
    """Return one placement of all: networks that are not joined."""
    first = np.cumsum([0, *(len(asked.duration) for asked in many)])
    supplier, customer = ([stage + begin for begin, asked in zip(first[:-1], many, strict=True)
                           for stage in getattr(asked.network, end)] for end in ("supplier", "customer"))
    return Placement(stage_network(int(first[-1]), supplier, customer, [1.0] * len(supplier)),
                     *(np.concatenate([getattr(asked, name) for asked in many])
                       for name in ("duration", "longest", "rate")))


@needs_ortools
@settings(max_examples=4)
@given(st.lists(placements(tree=False), min_size=40, max_size=60))
def test_knots_and_trees_side_by_side_cost_the_least_there_is(many: list[Placement]) -> None:
    asked, least = side_by_side(many), sum(map(least_cost, many))
    decision = decided(asked, seconds=20, seed=1)
    assert decision.proven
    assert keeps_its_word(asked, decision.service)
    assert asked.costs(decision.service).sum() == pytest.approx(least, rel=1e-7)
    assert decision.bound <= least * (1 + 1e-12)
    assert decision.bound == pytest.approx(least, rel=1e-6)


@needs_ortools
@settings(max_examples=3)
@given(st.lists(placements(tree=True, most=12), min_size=10, max_size=20))
def test_cp_sat_agrees_with_the_tree(many: list[Placement]) -> None:
    """CP-SAT is given trees as if they were knots, without the search and the bound before it."""
    asked = side_by_side(many)
    least = float(asked.costs(forest_service_times(asked)).sum())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_placement_model, "_ROUNDS", 0)
        patch.setattr(_placement_model, "relaxed_cost", lambda _: 0.0)
        decision = _placement_model._searched(asked, seconds=20, seed=1)
    assert decision.proven
    assert asked.costs(decision.service).sum() == pytest.approx(least, rel=1e-7)
    assert decision.bound <= least * (1 + 1e-12)
    assert decision.bound == pytest.approx(least, rel=1e-6)
