"""Units that go round: what the tables say of waves and laws, and what cannot be."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from arbitre.capability import Result, silent
from arbitre.core.errors import Unsupported
from arbitre.optimise import loops
from arbitre.tables.chain import Chain
from benchmarks.rows import chain_of

MONDAY = datetime(2026, 3, 2)
WASHED = [{"step": "wash", "crew": "wash room"}]


def booked(number: int, day: float, back: float, quantity: int = 1) -> dict[str, Any]:
    return {"booking": f"B{number}", "item": "SET", "site": "S", "quantity": quantity,
            "out_at": MONDAY + timedelta(days=day), "back_at": MONDAY + timedelta(days=back)}


def chain(bookings: list[dict[str, Any]], **changes: list[dict[str, Any]]) -> Chain:
    tables: dict[str, list[dict[str, Any]]] = {
        "items": [{"item": "SET", "price": 100.0, "lead_time": 1.0, "emergency_cost": 40.0}],
        "sites": [{"site": "S"}], "stocks": [{"site": "S", "item": "SET", "level": 2}],
        **({"bookings": bookings} if bookings else {}),
        "steps": [{"step": "wash", "work": 20.0, "law": "constant"}, {"step": "slow", "work": 44.0, "law": "constant"}],
        "waves": [{"step": "wash", "weekday": day, "leaves": 18} for day in ("tuesday", "wednesday", "thursday")]
        + [{"step": "slow", "weekday": "monday", "leaves": 18}],
    }
    return chain_of(**{**tables, **changes})


def run(asked: Chain, **params: Any) -> Result:
    return loops.run(asked, loops.Params(**params), 1, silent)


@pytest.mark.parametrize(("back", "next_out", "needed"), [
    (1.5, 2.5, 1),  # given back on Tuesday noon, washed by Wednesday 14:00... wanted at noon: too late
    (1.5, 2.7, 1),
    (0.5, 2.5, 1),  # on Monday: gone for 44 hours, until Wednesday 14:00
    (0.5, 2.7, 1),
])
def test_what_leaves_on_monday_comes_later(back: float, next_out: float, needed: int) -> None:
    found = run(chain([booked(1, 0.0, back), booked(2, next_out, 5.0)]), step="wash, slow")
    at = 2.0 + 14.0 / 24.0  # Wednesday 14:00, either way
    assert found.tables["loop_levels"]["level"].item() == (needed if next_out >= at else 2)


@pytest.mark.parametrize(("load", "needed"), [(None, 4), (2.0, 4), (1.0, 6), (0.5, 7)])
def test_a_full_wash_lets_wait_who_came_last(load: float | None, needed: int) -> None:
    """Four units, given back on Monday by two bookings, are wanted again on Thursday noon; two heads wash.

    The wave of Tuesday takes 2 x load of them, fit on Wednesday; what leaves on Wednesday is too late by two hours.
    """
    asked = chain([booked(1, 0.0, 0.5, 2), booked(2, 0.0, 0.6, 2), booked(3, 3.5, 5.0, 4)],
                  crews=[{"crew": "wash room", "heads": 2, "load": load}], needs=WASHED)
    assert run(asked, step="wash", short_share=0.01).tables["loop_levels"]["level"].item() == needed


def test_a_wash_without_room_is_refused_and_another_step_takes_all() -> None:
    asked = chain([booked(1, 0.0, 0.5), booked(2, 2.7, 5.0)], needs=WASHED,
                  crews=[{"crew": "wash room", "heads": 0, "load": 9.0}])
    with pytest.raises(Unsupported, match="Nobody takes what leaves with wash"):
        run(asked, step="wash")
    assert run(asked, step="wash, slow").summary["units"] == 1


def test_without_steps_it_takes_the_lead_time_of_the_item() -> None:
    assert run(chain([booked(1, 0.0, 1.0), booked(2, 1.9, 5.0)])).summary["units"] == 2
    assert run(chain([booked(1, 0.0, 1.0), booked(2, 2.0, 5.0)])).summary["units"] == 1


def test_short_by_day_and_what_one_more_saves() -> None:
    found = run(chain([booked(1, 0.0, 3.0, 2), booked(2, 1.0, 3.0, 2)]), short_share=0.3)
    row = found.tables["loop_levels"].row(0, named=True)
    assert (row["before"], row["level"], row["short_before"], row["short_share"]) == (2, 3, 0.5, 0.25)
    assert row["worth"] == pytest.approx(40.0 * 365.25 / 2)
    assert found.tables["loop_days"]["short_before"].to_list() == [0.0, 1.0]
    assert found.tables["loop_days"]["needed"].to_list() == [2, 4]
    curve = found.tables["loop_curve"]
    assert curve.filter(level=4)["short_share"].item() == 0.0
    assert curve["short_share"].is_sorted(descending=True)


def test_what_nobody_booked_is_asked_at_random() -> None:
    random = [{"item": "SET", "site": "S", "rate": 2.0 * 365.25}]
    returned = [{"item": "SET", "price": 100.0, "lead_time": 1.0, "is_repairable": True}]
    found = run(chain([], demand=random, items=returned), short_share=0.1)
    # Two out on average, Poisson: P(N >= 4) = 0.143, P(N >= 5) = 0.053.
    assert found.tables["loop_levels"].select("level", "out_mean").row(0) == (5, pytest.approx(2.0))
    assert found.summary["short_share"] == pytest.approx(0.0527, abs=1e-4)


def test_what_cannot_be_is_said_and_the_rest_planned() -> None:
    found = run(chain([booked(1, 0.0, 1.0), booked(2, 3.0, 2.0)]))
    assert (found.summary["bookings_left_out"], found.summary["units"]) == (1, 1)
    with pytest.raises(Unsupported, match="no step rinse"):
        run(chain([booked(1, 0.0, 1.0)]), step="rinse")
    with pytest.raises(Unsupported, match="Nothing goes round"):
        run(chain([booked(1, 1.0, 0.0)]))
