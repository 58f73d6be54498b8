"""How fast is the arithmetic of stock beside stockpyl's, and are the answers the same? Prints one JSON object.

    python -m benchmarks.stock_peers

stockpyl needs numpy below 2: with a later one its stages in a row fail. Both sides are timed in processor seconds on
one thread, imports left out, after one question asked beforehand (so our kernels are compiled).

A question is a name in QUESTIONS (its cases, our answer to all of them, when two answers agree, the ratio asked for)
and the same name in `stockpyl_answers.ANSWERS`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from arbitre.core.units import DAYS_PER_YEAR
from arbitre.maths.stock.lots import best_lots
from arbitre.maths.stock.newsvendor import fitted_newsvendor, normal_newsvendor
from arbitre.maths.stock.placement import forest_service_times
from arbitre.maths.stock.serial import best_serial, serial_cost
from benchmarks import placement
from benchmarks.peers import PACKAGES, said_by

SEED = 1
LEAST_SECONDS = 0.5
"""Ours is asked again until this much processor time is spent: one question alone is too short to time."""
MANY = 300_000

Cases = list[tuple[Any, ...]]
Answers = list[list[float]]


class Question(NamedTuple):
    """Each case and each answer is a row of numbers that both sides read alike."""

    cases: Callable[[np.random.Generator], Cases]
    ours: Callable[[Cases], Answers]
    agree: Callable[[tuple[Any, ...], list[float], list[float]], bool]
    at_least: float | None = None


def spare_parts(rng: np.random.Generator, items: int) -> list[np.ndarray]:
    """Draw items: units a year, years of lead time, money an order, money a unit and year held and owed."""
    holding = rng.lognormal(1, 1, items)
    return [rng.lognormal(1.5, 1.2, items), rng.uniform(0.02, 1.0, items), rng.uniform(10, 80, items), holding,
            holding * rng.uniform(3, 60, items)]


def rows(columns: list[np.ndarray]) -> Cases:
    return list(zip(*(column.tolist() for column in columns), strict=True))


def our_lots(cases: Cases) -> Answers:
    rate, years, order, holding, shortage = np.array(cases).T
    found = best_lots(rate / DAYS_PER_YEAR, years * DAYS_PER_YEAR, order, holding, shortage)
    return np.stack([found.reorder, found.lot, found.cost], axis=1).tolist()


def normal_demands(rng: np.random.Generator) -> Cases:
    mean = rng.lognormal(3, 1, 300)
    return rows([rng.uniform(0.1, 5, 300), rng.uniform(1, 90, 300), mean, mean * rng.uniform(0.05, 0.4, 300)])


def our_normal_levels(cases: Cases) -> Answers:
    return np.stack(normal_newsvendor(*np.array(cases).T), axis=1).tolist()


def poisson_demands(rng: np.random.Generator) -> Cases:
    return rows([rng.uniform(0.1, 5, 300), rng.uniform(1, 90, 300), rng.lognormal(1, 1.5, 300)])


def our_poisson_levels(cases: Cases) -> Answers:
    return np.stack(fitted_newsvendor(*np.array(cases).T), axis=1).tolist()


def stages(items: int, deviation: float | None) -> Callable[[np.random.Generator], Cases]:
    """Draw rows of three stages; the deviation is a share of the rate, None for Poisson demand."""
    def draw(rng: np.random.Generator) -> Cases:
        rates = rng.uniform(4, 30, items).tolist()
        return [(rng.uniform(0.2, 3, 3).tolist(), rng.uniform(0.2, 1, 3).tolist(), rng.uniform(9, 99), rate,
                 None if deviation is None else deviation * rate) for rate in rates]
    return draw


def our_stages(cases: Cases) -> Answers:
    plans = [best_serial(*case) for case in cases]
    return [[*plan.levels, plan.cost] for plan in plans]


def trees(_rng: np.random.Generator) -> Cases:
    """Draw three trees of stages: arcs, durations, costs added."""
    return [tuple(np.asarray(part).tolist() for part in placement.drawn_tree(stages)) for stages in (58, 59, 60)]


def our_trees(cases: Cases) -> Answers:
    asked = [placement.asked(supplier, customer, np.array(duration), np.array(added))
             for supplier, customer, duration, added in cases]
    return [[float(question.costs(forest_service_times(question)).sum())] for question in asked]


def equal(_case: tuple[Any, ...], ours: list[float], theirs: list[float]) -> bool:
    return bool(np.allclose(ours, theirs, rtol=1e-9, atol=1e-9))


def same_levels(_case: tuple[Any, ...], ours: list[float], theirs: list[float]) -> bool:
    """Same levels; the costs to a thousandth, for stockpyl leaves out what Poisson demand asks beyond 4 deviations."""
    return ours[:-1] == theirs[:-1] and bool(np.isclose(ours[-1], theirs[-1], rtol=1e-3))


def near_levels(case: tuple[Any, ...], ours: list[float], theirs: list[float]) -> bool:
    """Their levels, off a lattice, cost no less than ours and at most a thousandth more, both costed without it."""
    return bool(ours[-1] * (1 - 1e-8) <= serial_cost(theirs[:-1], *case) <= ours[-1] * (1 + 1e-3))


QUESTIONS = {
    "lots": Question(lambda rng: rows(spare_parts(rng, 300)), our_lots, equal, 1000),
    "guaranteed service on trees": Question(trees, our_trees, equal, 100),
    "normal newsvendor": Question(normal_demands, our_normal_levels, equal),
    "Poisson newsvendor": Question(poisson_demands, our_poisson_levels, equal),
    "Poisson stages in a row": Question(stages(30, None), our_stages, same_levels),
    "normal stages in a row": Question(stages(3, 0.3), our_stages, near_levels),
}


def peer_answers(cases: dict[str, Cases]) -> dict[str, dict[str, Any]]:
    """Ask the peer; returns its answers and seconds by question."""
    with tempfile.TemporaryDirectory() as place:
        asked, answered = Path(place) / "cases.json", Path(place) / "answers.json"
        asked.write_text(json.dumps(cases), encoding="utf-8")
        said_by("stockpyl", "stockpyl_answers.py", str(asked), str(answered))
        return json.loads(answered.read_text(encoding="utf-8"))


def our_seconds(question: Question, cases: Cases) -> float:
    """Return our processor seconds for all cases."""
    question.ours(cases)
    rounds, started = 0, time.process_time()
    while time.process_time() - started < LEAST_SECONDS:
        question.ours(cases)
        rounds += 1
    return (time.process_time() - started) / rounds


def compared(question: Question, cases: Cases, peer: dict[str, Any]) -> dict[str, Any]:
    """Return seconds per case of both, their ratio, and how many answers differ."""
    seconds, answers = our_seconds(question, cases), question.ours(cases)
    differ = sum(not question.agree(*three) for three in zip(cases, answers, peer["answers"], strict=True))
    ratio = peer["seconds"] / seconds
    found = {"cases": len(cases), "same": differ == 0, "different": differ, "seconds": seconds / len(cases),
             "peer_seconds": peer["seconds"] / len(cases), "ratio": round(ratio)}
    return found if question.at_least is None else {
        **found, "ratio_asked": question.at_least, "reached": ratio >= question.at_least}


def many_items() -> dict[str, float]:
    """How many seconds do the lots of very many items take, on one thread?"""
    rng = np.random.default_rng(SEED)
    rate, years, *costs = spare_parts(rng, MANY)
    demands = {"poisson": {}, "dispersed": {"dispersion": 1 + rng.exponential(1, MANY)},
               "line_sizes": {"sizes": rng.dirichlet(np.ones(5), MANY)}}
    seconds: dict[str, float] = {"items": MANY}
    for name, demand in demands.items():
        started = time.process_time()
        best_lots(rate / DAYS_PER_YEAR, years * DAYS_PER_YEAR, *costs, **demand)
        seconds[name] = round(time.process_time() - started, 3)
    return seconds


def main() -> None:
    """Ask both sides every question and print what was found."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    asked.parse_args()
    rng = np.random.default_rng(SEED)
    cases = {name: question.cases(rng) for name, question in QUESTIONS.items()}
    theirs = peer_answers(cases)
    found = {name: compared(question, cases[name], theirs[name]) for name, question in QUESTIONS.items()}
    print(json.dumps({"peer": PACKAGES["stockpyl"][0], "questions": found, "many_lots": many_items()}, indent=2))


if __name__ == "__main__":
    main()
