"""The split of waiting: against its definition, instant by instant, and on logs whose causes are planted."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.maths.work.waiting import CAUSES, batches, by_resource, calendars, enabled_at, ready_at, split
from arbitre.maths.work.weekly_rates import WEEK

HALF = 1_800_000_000
"""Half an hour: the grain of time in these logs, so that hours of a calendar are met in the middle."""


class Work(NamedTuple):
    """A piece of work; times in half-hours."""

    case: int
    step: int
    resource: int
    start: int
    end: int


def sorted_log(works: Sequence[Work]) -> list[Work]:
    return sorted(works, key=lambda work: (work.case, work.end, work.start, work.step, work.resource))


def waited(works: list[Work], opened: list[int], calendar: np.ndarray | None = None) -> np.ndarray:
    """Return the split of a sorted log in half-hours, by the kernels; a calendar (resources, 168) or the found ones."""
    case, step, resource, start, end = (np.array(column) for column in zip(*works, strict=True))
    first = np.searchsorted(case, np.arange(len(opened) + 1))
    step, resource = step.astype(np.int32), resource.astype(np.int32)
    started, ended = start * HALF, end * HALF
    many = int(resource.max()) + 1 if len(resource) else 0
    order, mine = by_resource(resource, many, started, step)
    enabled = enabled_at(first, started, ended, np.array(opened) * HALF)[order]
    started, ended = started[order], ended[order]
    ready = ready_at(enabled, *batches(mine, started, step[order], case[order]))
    hours = calendars(mine, started, ended)[0] if calendar is None else calendar
    table, use = np.zeros((len(works), len(CAUSES)), np.int64), np.zeros((many, 3), np.int64)
    split(mine, started, ended, enabled, ready, hours, 0, many, table, use)
    found = np.empty_like(table)
    found[order] = table
    return found / HALF


def by_definition(works: list[Work], opened: list[int], calendar: np.ndarray) -> np.ndarray:
    """Return the same, asking of every half-hour of every wait which cause comes first."""
    enabled = []
    for place, work in enumerate(works):
        before = [other.end for other in works[:place] if other.case == work.case and other.end <= work.start]
        enabled.append(max(before) if before else min(opened[work.case], work.start))
    table = np.zeros((len(works), len(CAUSES)))
    for place, work in enumerate(works):
        if work.resource < 0:
            continue
        batch = [other for other, mate in enumerate(works)
                 if (mate.resource, mate.step, mate.start) == (work.resource, work.step, work.start)]
        several = len({works[other].case for other in batch}) > 1
        ready = max(enabled[other] for other in batch) if several else enabled[place]
        for instant in range(enabled[place], work.start):
            busy = [other for other, mate in enumerate(works)
                    if mate.resource == work.resource and mate.start <= instant < mate.end]
            if instant < ready:
                cause = 0
            elif any(enabled[other] <= ready for other in busy):
                cause = 1
            elif busy:
                cause = 2
            elif not calendar[work.resource, (instant // 2 + 72) % WEEK]:
                cause = 3
            else:
                cause = 4
            table[place, cause] += 1
    return table


works = st.builds(lambda case, step, resource, start, length: Work(case, step, resource, start, start + length),
                  st.integers(0, 4), st.integers(0, 1), st.integers(-1, 1), st.integers(0, 24), st.integers(0, 6))


@settings(max_examples=400)
@given(st.lists(works, min_size=1, max_size=12), st.lists(st.integers(-5, 30), min_size=5, max_size=5),
       st.integers(0, 2**32 - 1))
def test_split_is_its_definition(drawn: list[Work], opened: list[int], seed: int) -> None:
    log = sorted_log(drawn)
    calendar = np.random.default_rng(seed).random((2, WEEK)) < 0.6
    assert waited(log, opened, calendar).tolist() == by_definition(log, opened, calendar).tolist()


def always(resources: int = 1) -> np.ndarray:
    return np.ones((resources, WEEK), np.bool_)


def served(arrivals: list[int], lengths: list[int], *, last_first: bool) -> list[Work]:
    """Return what one server does with a queue, first come first or last come first."""
    waiting, log, free, left = [], [], 0, list(range(len(arrivals)))
    while left or waiting:
        waiting += [case for case in left if arrivals[case] <= free]
        left = [case for case in left if arrivals[case] > free]
        if not waiting:
            free = min(arrivals[case] for case in left)
            continue
        case = waiting.pop(-1 if last_first else 0)
        log.append(Work(case, 0, 0, free, free + lengths[case]))
        free += lengths[case]
    return sorted_log(log)


def test_a_queue_is_contention() -> None:
    rng = np.random.default_rng(1)
    arrivals, lengths = sorted(rng.choice(400, 80, replace=False).tolist()), rng.integers(2, 8, 80).tolist()
    log = served(arrivals, lengths, last_first=False)
    total = sum(work.start - arrivals[work.case] for work in log)
    assert total > 0
    assert waited(log, arrivals, always()).sum(axis=0).tolist() == [0, total, 0, 0, 0]


def test_last_come_first_served_is_prioritisation_past_the_work_in_hand() -> None:
    """Who waits does so for the work in hand on arrival (contention), then for those who came later."""
    rng = np.random.default_rng(2)
    arrivals, lengths = sorted(rng.choice(400, 80, replace=False).tolist()), rng.integers(2, 8, 80).tolist()
    log = served(arrivals, lengths, last_first=True)
    in_hand = sum(other.end - arrivals[work.case] for work in log for other in log
                  if other.start <= arrivals[work.case] < other.end and other.case != work.case)
    total = sum(work.start - arrivals[work.case] for work in log)
    assert in_hand < total
    assert waited(log, arrivals, always()).sum(axis=0).tolist() == [0, in_hand, total - in_hand, 0, 0]


def test_work_started_together_waited_for_its_batch() -> None:
    """Five arrive at 0, 3, 4, 8, 10 and are all started at 12: batching until 10, and two more for nothing seen."""
    arrivals = [0, 3, 4, 8, 10]
    log = sorted_log([Work(case, 0, 0, 12, 14) for case in range(5)])
    split_ = waited(log, arrivals, always())
    assert split_[:, 0].tolist() == [10, 7, 6, 2, 0]
    assert split_[:, 4].tolist() == [2] * 5
    assert split_.sum() == sum(12 - arrival for arrival in arrivals)


def test_nights_and_weekends_are_unavailability() -> None:
    """A clerk at work from 9 to 17, Monday to Friday, takes up at once what comes, and next morning what came after."""
    rng = np.random.default_rng(3)
    log, opened, expected = [], [], 0
    for week in range(40):
        for day in range(7):
            midnight = ((week * 7 + day) - 3) * 48  # weeks from a Monday
            for hour in rng.choice(24, 4, replace=False):
                arrival, case = midnight + 2 * int(hour), len(opened)
                opening = midnight + 18 if day < 5 and hour < 9 else midnight + (48 if day < 4 else 48 * (7 - day)) + 18
                start = arrival if day < 5 and 9 <= hour < 17 else opening
                log.append(Work(case, case, 0, start, start + 1))
                opened.append(arrival)
                expected += start - arrival
    split_ = waited(sorted_log(log), opened)
    assert expected > 0
    # Work of other steps begun at the same opening runs beside it, after the wait: nothing but the hours stands in.
    assert split_.sum(axis=0).tolist() == [0, 0, 0, expected, 0]


def test_an_idle_hour_is_other() -> None:
    log = sorted_log([Work(0, 0, 0, 4, 6), Work(0, 1, 0, 10, 12)])
    assert waited(log, [0], always()).tolist() == [[0, 0, 0, 0, 4], [0, 0, 0, 0, 4]]


def test_parallel_work_does_not_wait_for_its_sibling() -> None:
    """B runs beside A: it was enabled by the opening, C by the end of both."""
    log = sorted_log([Work(0, 0, 0, 0, 6), Work(0, 1, 1, 2, 4), Work(0, 2, 1, 7, 8)])
    assert waited(log, [0], always(2)).sum(axis=1).tolist() == [2, 0, 1]
