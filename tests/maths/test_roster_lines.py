"""The line that costs least, against trying every line."""

from itertools import pairwise, product

import numpy as np
import pytest

from arbitre.maths.work import roster_lines
from arbitre.maths.work.roster_lines import OFF, LineRules, TooManyStates, cheapest_line, ending


def rules(rng: np.random.Generator) -> LineRules:
    days = 6
    end_cost = rng.integers(0, 4, (7, 2)).astype(float)
    end_cost[: int(rng.integers(0, 4))] = np.inf
    return LineRules(
        may_work=rng.random((days, 2)) < 0.85, group=np.array([0, 1]),
        follows=np.array([[True, rng.random() < 0.5], [rng.random() < 0.5, True]]), longest_run=int(rng.integers(1, 5)),
        shortest_run=int(rng.integers(1, 3)), shortest_break=int(rng.integers(1, 3)),
        most=rng.integers(-1, 3, 2), work=np.array([1, 2]), weekend=np.array([0, 1, 2, 0, 1, 2]), end_cost=end_cost)


def keeps(given: LineRules, line: tuple[int, ...]) -> bool:
    """Every rule, as it is said."""
    days, on = len(line), [shift != OFF for shift in line]
    if any(shift != OFF and not given.may_work[day, shift] for day, shift in enumerate(line)):
        return False
    if any(0 <= given.most[shift] < line.count(shift) for shift in (0, 1)):
        return False
    if any(OFF not in pair and not given.follows[pair[0], pair[1]] for pair in pairwise(line)):
        return False
    first = 0
    for day in range(1, days + 1):
        if day == days or on[day] != on[first]:
            length, inside = day - first, first > 0 and day < days
            least = given.shortest_run if on[first] else given.shortest_break
            if (on[first] and length > given.longest_run) or (inside and length < least):
                return False
            first = day
    units = sum(given.work[shift] for shift in line if shift != OFF)
    weekends = sum(any(on[day:day + 2]) for day in (1, 4))
    return units < len(given.end_cost) and weekends < given.end_cost.shape[1]


@pytest.mark.parametrize("seed", range(40))
def test_no_line_costs_less(seed: int) -> None:
    rng = np.random.default_rng(seed)
    given, cost = rules(rng), rng.integers(-5, 4, (6, 2)).astype(float)
    told = {}
    for line in product((OFF, 0, 1), repeat=6):
        if keeps(given, line):
            days = [day for day in range(6) if line[day] != OFF]
            units = sum(given.work[line[day]] for day in days)
            weekends = sum(any(line[day] != OFF for day in pair) for pair in ((1, 2), (4, 5)))
            told[line] = sum(cost[day, line[day]] for day in days) + given.end_cost[units, weekends]
    least, line = cheapest_line(given, cost)
    assert least == min(told.values(), default=np.inf)
    if least < np.inf:
        assert told[tuple(line.tolist())] == least
        units, weekends = ending(given, line)
        assert least == cost[np.flatnonzero(line != OFF), line[line != OFF]].sum() + given.end_cost[units, weekends]


def test_too_many_limits_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster_lines, "MOST_STATES", 10)
    with pytest.raises(TooManyStates):
        cheapest_line(rules(np.random.default_rng(1)), np.zeros((6, 2)))
