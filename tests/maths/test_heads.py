"""Work that so many heads can take: against the queue formulas, and monotone."""

import math
from itertools import pairwise

import pytest

from arbitre.maths.work.duration_laws import DurationLaw
from arbitre.maths.work.heads import most_load
from arbitre.maths.work.queueing import wait_exceeds

NO_WORK = DurationLaw("constant", 0.0)


def test_at_the_most_load_the_share_that_waits_too_long_is_what_may() -> None:
    load = most_load(7, 0.5, 0.1, 0.9, NO_WORK)
    assert wait_exceeds(7, load / 0.5, 0.5, 0.1) == pytest.approx(0.1, abs=1e-8)


def test_one_head_alone_follows_the_closed_form_of_time_in_the_system() -> None:
    # M/M/1: P(wait + work <= t) = 1 - exp(-(1 - a) t / work), so a = 1 + work ln(1 - share) / t.
    load = most_load(1, 2.0, 8.0, 0.75, DurationLaw("erlang", 2.0, 1.0, 1))
    assert load == pytest.approx(1 + 2.0 * math.log(0.25) / 8.0, rel=2e-4)


def test_more_heads_take_more_and_a_tighter_promise_less() -> None:
    loads = [most_load(heads, 1.0, 2.0, 0.8, DurationLaw("erlang", 1.0, 0.5, 4)) for heads in range(1, 9)]
    assert all(later > earlier for earlier, later in pairwise(loads))
    assert most_load(5, 1.0, 1.5, 0.8, NO_WORK) < most_load(5, 1.0, 2.0, 0.8, NO_WORK)
    assert most_load(5, 1.0, 2.0, 0.9, NO_WORK) < most_load(5, 1.0, 2.0, 0.8, NO_WORK)


@pytest.mark.parametrize(("window", "law"), [(-1.0, NO_WORK), (0.5, DurationLaw("constant", 1.0)),
                                             (1.0, DurationLaw("erlang", 1.0, 1.0, 1))])
def test_what_no_head_can_keep_leaves_no_load(window: float, law: DurationLaw) -> None:
    assert most_load(50, 1.0, window, 0.8, law) == 0.0
