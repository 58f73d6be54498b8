"""optimise.actions: against every choice on tiny cases, the bound, refusals."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from arbitre.capability import silent
from arbitre.core.errors import Unsupported
from arbitre.optimise import actions
from benchmarks.rows import chain_of

DAYS = 36.525  # a tenth of a year


def chain(scores: list[tuple[str, str, float]], levers: dict[str, tuple[float, float, float | None]],
          hours: float) -> Any:
    """Return a chain of scores (customer, lever, uplift) and levers (hours, cost, worth) of one resource."""
    return chain_of(
        uplift_scores=[{"customer": who, "lever": lever, "uplift": value, "low": value / 2, "high": value * 2}
                       for who, lever, value in scores],
        levers=[{"lever": name, "resource": "r", "hours": takes, "cost": cost, "worth": worth}
                for name, (takes, cost, worth) in levers.items()],
        resources=[{"resource": "r", "cost": 1.0, "capacity": hours * 10}])


@pytest.mark.parametrize("seed", range(8))
def test_against_every_choice(seed: int) -> None:
    chance = np.random.default_rng(seed)
    levers = {"call": (1.0, 5.0, 100.0), "visit": (3.0, 20.0, 100.0)}
    uplift = chance.uniform(-0.2, 1.0, (5, 2))
    hours = float(chance.integers(2, 8))
    scores = [(f"c{who}", lever, float(uplift[who, at])) for who in range(5) for at, lever in enumerate(levers)]
    best = 0.0
    for choice in product((None, 0, 1), repeat=5):
        takes = sum((1.0, 3.0)[one] for one in choice if one is not None)
        if takes <= hours:
            best = max(best, sum(100.0 * uplift[who, one] - (5.0, 20.0)[one] for who, one in enumerate(choice)
                                 if one is not None))
    found = actions.run(chain(scores, levers, hours), actions.Params(days=DAYS), 1, silent)
    assert found.bound is not None
    assert found.summary["value"] <= best + 1e-6 <= found.bound + 1e-5
    assert found.summary["value"] >= 0.8 * best
    chosen = found.tables["next_actions"]
    assert chosen["customer"].n_unique() == chosen.height
    assert chosen["hours"].sum() <= hours + 1e-6
    assert (chosen["value"] > 0).all()


def test_the_worth_of_an_hour_is_what_one_more_brings() -> None:
    scores = [(f"c{who}", "call", 0.1 * who) for who in range(1, 9)]
    levers = {"call": (1.0, 0.0, 100.0)}
    value = [actions.run(chain(scores, levers, hours), actions.Params(days=DAYS), 1, silent) for hours in (3.0, 4.0)]
    hour = value[0].tables["action_hours"].row(0, named=True)
    assert value[1].summary["value"] - value[0].summary["value"] == pytest.approx(50.0)
    assert 50.0 - 1e-6 <= hour["worth"] <= 60.0 + 1e-6
    assert (hour["actions"], hour["left_out"], hour["used"]) == (3, 5, 3.0)
    assert value[0].tables["next_actions"]["customer"].to_list() == ["c8", "c7", "c6"]


def test_a_careful_list_counts_the_lower_end() -> None:
    scores = [("c1", "call", 0.3)]
    levers = {"call": (1.0, 20.0, 100.0)}
    value = [actions.run(chain(scores, levers, 3.0), actions.Params(days=DAYS, careful=careful), 1, silent)
             for careful in (False, True)]
    assert [one.summary["value"] for one in value] == [pytest.approx(10.0), 0.0]


def test_a_lever_nobody_describes_is_named() -> None:
    with pytest.raises(Unsupported, match="levers gift is not"):
        actions.run(chain([("c1", "gift", 0.3)], {"call": (1.0, 0.0, 1.0)}, 3.0), actions.Params(), 1, silent)


def test_without_a_worth_customers_must_have_a_value() -> None:
    with pytest.raises(Unsupported, match=r"fill levers\.worth"):
        actions.run(chain([("c1", "call", 0.3)], {"call": (1.0, 0.0, None)}, 3.0), actions.Params(), 1, silent)
