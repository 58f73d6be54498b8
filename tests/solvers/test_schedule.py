"""The child process of CP-SAT: what it answers, and what is said when it cannot."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from arbitre.core.errors import SolverStopped, UsageError
from arbitre.solvers import schedule
from arbitre.solvers.schedule import Model, solve

needs_ortools = pytest.mark.skipif(find_spec("ortools") is None, reason='no ortools: pip install "arbitre[schedule]"')


def knapsack() -> Model:
    """At most 10 of weight, things of weight 4, 3, 5 worth 5, 4, 7, at most two of each."""
    model = Model()
    taken = [model.integer(0, 2) for _ in range(3)]
    model.between(None, dict(zip(taken, (4, 3, 5), strict=True)), 10)
    model.objective = dict(zip(taken, (-5, -4, -7), strict=True))
    return model


@needs_ortools
def test_the_best_choice_comes_with_its_proof() -> None:
    answer = solve(knapsack(), 10)
    assert (answer.status, answer.values, answer.value, answer.bound, answer.gap) == ("optimal", [0, 0, 2], -14, -14, 0)


@needs_ortools
def test_an_element_reads_a_table() -> None:
    model = Model()
    place, found = model.integer(0, 3), model.integer(0, 100)
    model.element([9, 4, 7, 4], place, found)
    model.between(2, {place: 1}, None)
    model.objective = {found: 10, place: 1}
    answer = solve(model, 10, hint=[2, 7])
    assert (answer.values, answer.value) == ([3, 4], 43)


@needs_ortools
def test_rules_that_exclude_one_another_have_no_values() -> None:
    model = knapsack()
    model.between(11, {0: 4, 1: 3, 2: 5}, None)
    answer = solve(model, 10)
    assert (answer.status, answer.values, answer.value, answer.gap) == ("infeasible", [], None, None)


@needs_ortools
def test_a_search_without_memory_says_so() -> None:
    with pytest.raises(SolverStopped, match="may use 40 MB"):
        solve(knapsack(), 10, megabytes=40)


@needs_ortools
def test_a_model_beyond_numbers_is_refused() -> None:
    model = knapsack()
    model.objective = {0: 2**62, 1: 2**62, 2: 2**62}
    with pytest.raises(ValueError, match="not valid"):
        solve(model, 10)


def child(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """Put another script in the place of the child."""
    (folder / "child.py").write_text(script, encoding="utf-8")
    monkeypatch.setattr(schedule, "_CHILD", folder / "child.py")


def test_a_missing_extra_is_told_with_its_install_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run = f"runpy.run_path({str(schedule._CHILD)!r}, run_name='__main__')"
    child(monkeypatch, tmp_path, f"import sys, runpy; sys.modules['ortools'] = None; {run}")
    with pytest.raises(UsageError, match=r'pip install "arbitre\[schedule\]"'):
        solve(knapsack(), 10)


def test_a_child_that_dies_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    child(monkeypatch, tmp_path, "import os; os.abort()")
    with pytest.raises(SolverStopped, match="died"):
        solve(knapsack(), 10)


def test_a_child_that_does_not_stop_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    child(monkeypatch, tmp_path, "import time; time.sleep(60)")
    monkeypatch.setattr(schedule, "_GRACE", 0.0)
    with pytest.raises(SolverStopped, match="did not stop"):
        solve(knapsack(), 0.5)


def test_ortools_stays_out_of_this_process() -> None:
    assert "ortools" not in sys.modules
