"""Units in a loop: against Poisson where nothing is booked, and against a day lived unit by unit."""

import heapq

import numpy as np
import pytest

from arbitre.maths.work.duration_laws import DurationLaw
from arbitre.maths.work.loops import Loop, out_law, short_at_random, short_booked

NONE = np.zeros(0)
NO = np.zeros(0, np.int64)


def test_nothing_booked_is_palm() -> None:
    law = out_law(Loop(NONE, NO, NO, NONE, (), at_random=2.0, rate=1.0), np.array([5.0]))
    chances = np.exp(-2.0) * np.array([1.0, 2.0, 2.0, 4.0 / 3.0])
    assert law[0, :4] == pytest.approx(chances)
    assert short_at_random(law)[1] == pytest.approx(1.0 - chances[0])


def test_all_known_is_a_count() -> None:
    fixed = DurationLaw("constant", 10.0)
    loop = Loop(np.array([0.0, 5.0, 30.0]), np.array([2, 3, 1]), np.array([0, 0, 1]), np.array([20.0, 50.0]),
                (fixed, fixed))
    law = out_law(loop, np.array([0.0, 5.0, 25.0, 30.0]))
    assert law.argmax(axis=1).tolist() == [2, 5, 5, 1]  # the batch that left at 20 is back at 30
    short = short_booked(law, np.array([2, 3, 0, 1]))
    assert short[:, 3].tolist() == [0.0, 2.0, 0.0, 0.0]
    assert short[:, 0].tolist() == [2.0, 3.0, 0.0, 1.0]


def lived(loop: Loop, held: int, rng: np.random.Generator) -> float:
    """Units short when wanted, counted by handing over every unit: wants wait in line, batches come back at once."""
    back = [(float(leaves + rng.exponential(law.mean)), batch)
            for batch, (leaves, law) in enumerate(zip(loop.leaves, loop.law, strict=True))]
    events = [(out, 1, number) for number, out in enumerate(loop.out)] + [(at, 0, batch) for at, batch in back]
    heapq.heapify(events)
    free, waiting, short = held, 0, 0
    while events:
        _, kind, number = heapq.heappop(events)
        if kind == 0:
            free += int(loop.units[loop.batch == number].sum())
            served = min(waiting, free)
            waiting, free = waiting - served, free - served
        else:
            here = min(int(loop.units[number]), free)
            short += int(loop.units[number]) - here
            free, waiting = free - here, waiting + int(loop.units[number]) - here
    return short


def test_a_week_lived_unit_by_unit_says_the_same() -> None:
    rng = np.random.default_rng(7)
    out = np.sort(rng.uniform(0.0, 168.0, 40)).round()
    given = out + rng.integers(1, 4, 40) * 12.0
    leaves = np.arange(1, 12) * 24.0
    batch = np.searchsorted(leaves, given)
    used, batch = np.unique(batch, return_inverse=True)
    loop = Loop(out, rng.integers(1, 4, 40), batch, leaves[used], [DurationLaw("exponential", 20.0, 1.0)] * len(used))
    times, at = np.unique(out, return_inverse=True)
    wanted = np.bincount(at, loop.units).astype(np.int64)
    law = out_law(loop, times)
    short = short_booked(law, wanted).sum(axis=0)
    assert law.sum(axis=1) == pytest.approx(1.0)
    for held in (15, 22, 30):
        seen = [lived(loop, held, rng) for _ in range(3000)]
        assert short[held] == pytest.approx(np.mean(seen), abs=4.0 * np.std(seen) / np.sqrt(3000))
        assert short[held] > 0.1
