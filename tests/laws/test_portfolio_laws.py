"""What holds of every portfolio: the bound lies above, and more to choose from is never worse."""

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.capability import silent
from arbitre.optimise._portfolio.master import Rules
from arbitre.optimise._portfolio.model import Model
from arbitre.optimise._portfolio.question import question_of
from arbitre.optimise._portfolio.search import Decision, Effort, decided
from benchmarks.portfolio_truth import drawn


def model_of(seed: int) -> Model:
    """A small market without commitments, so that a plan always is."""
    instance = drawn(seed)
    rows: dict[str, Any] = {**instance.rows, "commitments": []}
    return Model(question_of(replace(instance, rows=rows).chain), instance.sharing, 0.25, 0.5)  # type: ignore[arg-type]


def solve(model: Model, rules: Rules, effort: Effort | None = None) -> Decision:
    return decided(model, rules, effort or Effort(gap=0.0, rounds=40, nodes=5_000), silent)


@settings(max_examples=6, deadline=None)
@given(st.integers(1_000, 2_000), st.integers(1, 4))
def test_the_bound_lies_above_after_any_number_of_rounds(seed: int, rounds: int) -> None:
    model = model_of(seed)
    early, best = solve(model, Rules(free_sites=True), Effort(0.0, rounds, 50)), solve(model, Rules(free_sites=True))
    assert early.worth.value <= best.worth.value + 1e-6 <= early.bound + 1e-5 * max(abs(early.bound), 100)
    parts = early.branches + early.bins + early.items
    assert abs(parts - (early.bound - early.worth.value)) <= 1e-6 * max(abs(early.bound), 1)


@settings(max_examples=6, deadline=None)
@given(st.integers(1_000, 2_000), st.integers(0, 3))
def test_more_to_choose_from_is_never_worse(seed: int, left_out: int) -> None:
    model = model_of(seed)
    allowed = np.ones(model.question.accept.shape, bool)
    allowed[:, left_out % allowed.shape[1]] = False
    whole = solve(model, Rules(free_sites=True)).worth.value
    slack = 1e-5 * max(abs(whole), 100)
    assert solve(model, Rules(free_sites=True, allowed=allowed)).worth.value <= whole + slack
    assert solve(model, Rules(free_sites=False)).worth.value <= whole + slack
    assert solve(model, Rules(free_sites=True, most_offers=1)).worth.value <= whole + slack


@settings(max_examples=4, deadline=None)
@given(st.integers(1_000, 2_000), st.floats(0.1, 0.9))
def test_a_budget_is_kept_and_costs_something(seed: int, part: float) -> None:
    model = model_of(seed)
    free = solve(model, Rules(free_sites=True))
    budget = max(part * free.worth.tied, 1.0)
    bound = solve(model, Rules(free_sites=True, budget=budget))
    assert bound.worth.tied <= budget * (1 + 1e-9)
    assert bound.worth.value <= free.worth.value + 1e-5 * max(abs(free.worth.value), 100)


@settings(max_examples=4, deadline=None)
@given(st.integers(1_000, 2_000), st.floats(0.7, 1.4))
def test_a_search_that_goes_on_from_an_answer_finds_as_much(seed: int, factor: float) -> None:
    model, rules = model_of(seed), Rules(free_sites=True)
    changed = replace(model, holding_share=factor * model.holding_share)
    fresh = solve(changed, rules)
    on = decided(changed, rules, Effort(gap=0.0, rounds=40, nodes=5_000), silent, solve(model, rules))
    slack = 1e-5 * max(abs(fresh.worth.value), 100)
    assert abs(on.worth.value - fresh.worth.value) <= slack
    assert on.bound >= fresh.worth.value - slack
