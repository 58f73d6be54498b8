"""Penalties of a promised availability: against the law of how many machines get through a period."""

import math

import polars as pl
import pytest
from scipy.stats import binom

from arbitre.capability import silent
from arbitre.simulate import proof
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.frames import shaped
from tests.simulate.test_machines import MACHINES, PROMISED, YEAR, workshop

EVERY, WORK, WEEK, FINE, SHARE = 1000.0, 5.0, 168.0, 1000.0, 0.8


def proved(said: float):
    """Machines that each have a repairer: a machine misses its week when it is down for any time in it."""
    given = workshop(
        crews=[{"crew": "team", "heads": 60}],
        assets=[{"asset": f"m{row:02}", "customer": "c", "failure_rate": YEAR / EVERY} for row in range(MACHINES)],
        promises=[{**PROMISED, "target_share": 0.9999999, "period": "week", "penalty": FINE}])
    told = pl.DataFrame({"promise": ["up"], "target_share": [0.9999999], "kept_after": [said]})
    given = given.with_(promise_worth=shaped(RESULTS["promise_worth"], told))
    params = proof.Params(least=40, most=40, confidence=0.99, machines_share=SHARE)
    return proof.run(given, params, 1, silent).tables["proofs"].row(0, named=True)


def test_penalties_of_uptime_are_those_of_its_weeks_and_not_of_its_mean() -> None:
    through = EVERY / (EVERY + WORK) * math.exp(-WEEK / EVERY)
    missed = binom.cdf(math.ceil(SHARE * MACHINES) - 1, MACHINES, through)
    found = proved(said=0.99999999)
    exact = FINE * missed * 365.25 / 7
    assert found["penalty_low"] <= exact <= found["penalty_high"]
    assert found["penalty_high"] - found["penalty_low"] < 0.3 * exact
    assert found["penalty"] == pytest.approx(exact, rel=0.1)
    bad = found["penalty_bad_year"] / FINE
    assert binom.ppf(0.8, 52, missed) <= bad <= binom.ppf(0.999, 52, missed)
    assert found["said_penalty"] == 0.0


def test_a_mean_below_its_target_would_pay_for_every_week() -> None:
    assert proved(said=0.99)["said_penalty"] == pytest.approx(FINE * 365.25 / 7)
