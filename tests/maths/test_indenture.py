"""Parts within units against two echelons, the formulas written out, and an event simulation."""

import numpy as np
import pytest

from arbitre.core.errors import UsageError
from arbitre.maths.stock.echelons import backlog_pmf, exact_place_measures, local_pipeline
from arbitre.maths.stock.indenture import Indenture
from arbitre.maths.stock.inventory import stock_measures

RATE, REPAIRED = 0.8, np.array([0.6, 0.3, 0.5])
NEEDED = np.array([0.7, 0.3])
SHOP, ORDER = np.array([[6.0, 1.0], [7.0, 3.0], [9.0, 2.0]]), 1.5
"""One unit with two parts, a depot and a site: repair times (items, places), and the time from the depot."""


def unit_and_parts() -> Indenture:
    return Indenture(
        rate=np.array([[RATE], [0.0], [0.0]]),
        repaired=REPAIRED[:, None],
        unit=np.array([0, 0]),
        part=np.array([1, 2]),
        needed=np.column_stack([NEEDED, NEEDED]),
    )


def palm(chain: Indenture, shop: np.ndarray, order: float) -> np.ndarray:
    """Units on the way or in repair, apart from every wait."""
    asked, repaired = chain.demand(), np.asarray(chain.repaired)
    mean = asked * shop
    mean[:, 1:] = asked[:, 1:] * (repaired * shop[:, 1:] + (1 - repaired) * order)
    return mean


def test_demand_follows_the_repairs() -> None:
    asked = unit_and_parts().demand()
    at_site = 0.8 * 0.6 * NEEDED
    np.testing.assert_allclose(asked[0], [0.8 * 0.4, 0.8])
    np.testing.assert_allclose(asked[1:, 1], at_site)
    np.testing.assert_allclose(asked[1:, 0], at_site * (1 - REPAIRED[1:]) + 0.8 * 0.4 * NEEDED)


def test_the_formulas_written_out() -> None:
    """Sherbrooke (2004, chapter 5): parts at the depot, unit at the depot, parts at the site, unit at the site."""
    chain, level = unit_and_parts(), np.array([[1, 2], [2, 1], [1, 0]])
    asked, own = chain.demand(), palm(chain, SHOP, ORDER)
    found = chain.measures(own, own, level)

    def fed(pipeline: tuple[float, float], share: float, owed: float, spread: float) -> tuple[float, float]:
        mean, variance = pipeline
        return mean + share * owed, variance + share**2 * spread + share * (1 - share) * owed

    def backlog(pipeline: tuple[float, float], at: int) -> tuple[float, float]:
        _, owed, squared, _ = stock_measures(*pipeline, at)
        return owed, squared - owed**2

    depot, site = (own[0, 0], own[0, 0]), (own[0, 1], own[0, 1])
    for part in (1, 2):
        owed = backlog((own[part, 0], own[part, 0]), level[part, 0])
        to_site = asked[part, 1] * (1 - REPAIRED[part]) / asked[part, 0]
        depot = fed(depot, 1 - to_site, *owed)
        local = fed((own[part, 1], own[part, 1]), to_site, *owed)
        site = fed(site, 1.0, *backlog(local, level[part, 1]))
    site = fed(site, 1.0, *backlog(depot, level[0, 0]))
    assert (found.mean[0, 0], found.variance[0, 0]) == pytest.approx(depot)
    assert (found.mean[0, 1], found.variance[0, 1]) == pytest.approx(site)
    assert found.backorders[0, 1] == pytest.approx(backlog(site, level[0, 1])[0])


def test_with_parts_without_end_a_unit_knows_only_its_depot() -> None:
    chain = unit_and_parts()
    own = palm(chain, SHOP, ORDER)
    found = chain.measures(own, own, np.array([[1, 1], [60, 60], [60, 60]]))
    _, owed, squared, _ = stock_measures(own[0, 0], own[0, 0], 1)
    pipeline = local_pipeline(own[0, 1], own[0, 1], 1.0, owed, squared - owed**2)
    assert (found.mean[0, 1], found.variance[0, 1]) == pytest.approx(pipeline)


def test_without_stock_a_machine_waits_for_every_time() -> None:
    chain = unit_and_parts()
    own = palm(chain, SHOP, ORDER)
    found = chain.measures(own, own, np.zeros((3, 2), np.int64))
    for_parts = []
    for part in (1, 2):
        away = 1 - REPAIRED[part]
        for_parts.append(REPAIRED[part] * SHOP[part, 1] + away * (ORDER + SHOP[part, 0]))
    at_site = SHOP[0, 1] + NEEDED @ for_parts
    at_depot = ORDER + SHOP[0, 0] + NEEDED @ SHOP[1:, 0]
    assert found.backorders[0, 1] == pytest.approx(RATE * (0.6 * at_site + 0.4 * at_depot))


def test_units_that_share_a_part_at_one_place_are_places_that_share_a_depot() -> None:
    """The same law: the part is the depot, the units its places. Exact by Simon, for fixed repair times."""
    rate, needed, shop = np.array([0.5, 1.2]), np.array([0.9, 0.4]), np.array([1.5, 1.0, 4.0])
    chain = Indenture(
        rate=np.append(rate, 0.0)[:, None],
        repaired=np.ones((3, 1)),
        unit=np.array([0, 1]),
        part=np.array([2, 2]),
        needed=np.column_stack([needed, needed]),
    )
    asked = chain.demand()[2, 1]
    assert asked == pytest.approx(rate @ needed)
    own = np.column_stack([np.zeros(3), chain.demand()[:, 1] * shop])
    found = chain.measures(own, own, np.array([[0, 1], [0, 2], [0, 3]]))
    _, owed, squared, _ = stock_measures(asked * 4.0, asked * 4.0, 3)
    law = backlog_pmf(asked * 4.0, asked * 4.0, 3, 1)
    for unit, level in ((0, 1), (1, 2)):
        share = rate[unit] * needed[unit] / asked
        pipeline = local_pipeline(own[unit, 1], own[unit, 1], share, owed, squared - owed**2)
        assert found.backorders[unit, 1] == pytest.approx(stock_measures(*pipeline, level)[1])
        exact = exact_place_measures(own[unit, 1], own[unit, 1], law, share, owed, level)[1]
        assert found.backorders[unit, 1] == pytest.approx(exact, rel=0.02)


def test_a_third_indenture_is_a_third_wait() -> None:
    """A module in a part in a unit, nothing held: the times add up."""
    chain = Indenture(
        rate=np.array([[2.0], [0.0], [0.0]]),
        repaired=np.ones((3, 1)),
        unit=np.array([0, 1]),
        part=np.array([1, 2]),
        needed=np.array([[1.0, 0.5], [1.0, 0.25]]),
    )
    own = chain.demand() * np.array([1.0, 2.0, 4.0])[:, None]
    found = chain.measures(own, own, np.zeros((3, 2), np.int64))
    assert found.backorders[0, 1] == pytest.approx(2.0 * (1.0 + 0.5 * (2.0 + 0.25 * 4.0)))


def served(asked: np.ndarray, arriving: np.ndarray, level: int) -> np.ndarray:
    """When is each demand served, first come, first served, from `level` units and those that arrive?"""
    leaves = asked.copy()
    leaves[level:] = np.maximum(asked[level:], np.sort(arriving)[: len(asked) - level])
    return leaves


def simulated(level: np.ndarray, seed: int, failures: int) -> float:
    """Backorders of the unit at the site, by Little's law from the waits of many failures. Fixed times."""
    rng = np.random.default_rng(seed)
    failed = np.cumsum(rng.exponential(1 / RATE, failures))
    local = rng.random(failures) < REPAIRED[0]
    part = 1 + (rng.random(failures) >= NEEDED[0])
    swapped = failed.copy()  # when the repair of a unit gets its part, at the site or at the depot
    for which in (1, 2):
        here, there = local & (part == which), ~local & (part == which)
        kept = rng.random(failures) < REPAIRED[which]
        sent = (here & ~kept) | there  # units of the part the depot is asked for
        left = np.full(failures, np.nan)
        left[sent] = served(failed[sent], failed[sent] + SHOP[which, 0], level[which, 0])
        back = np.where(kept, failed + SHOP[which, 1], left + ORDER)
        swapped[here] = served(failed[here], back[here], level[which, 1])
        swapped[there] = left[there]
    returned = swapped + SHOP[0, 1]
    returned[~local] = served(failed[~local], swapped[~local] + SHOP[0, 0], level[0, 0]) + ORDER
    return RATE * float((served(failed, returned, level[0, 1]) - failed).mean())


def test_against_event_simulations_of_two_echelons_and_two_indentures() -> None:
    """Over 25 random levels and long runs the fit owed 3 % too little on average, up to 26 % where next to nothing is
    owed: the dependence of the backlogs, which VARI-METRIC leaves out. MOD-METRIC, Poisson with the same mean, owed
    20 % too little. These twelve runs are shorter.
    """
    chain = unit_and_parts()
    own, rng = palm(chain, SHOP, ORDER), np.random.default_rng(8)
    fitted, poisson_only = [], []
    for seed in range(12):
        level = np.column_stack([rng.integers(0, 5, 3), rng.integers(1, 5, 3)])
        found = chain.measures(own, own, level)
        owed = simulated(level, seed, 150_000)
        metric = stock_measures(found.mean[0, 1], found.mean[0, 1], level[0, 1])[1]
        fitted.append(found.backorders[0, 1] / owed - 1)
        poisson_only.append(metric / owed - 1)
    assert np.mean(np.abs(fitted)) < 0.05
    assert np.mean(np.abs(poisson_only)) > 4 * np.mean(np.abs(fitted))


def test_what_does_not_fit_together_is_refused() -> None:
    good = {
        "rate": np.ones((2, 1)), "repaired": np.ones((2, 1)), "unit": np.array([0]), "part": np.array([1]),
        "needed": np.ones((1, 2)),
    }
    Indenture(**good)
    for field, value, sentence in (
        ("needed", np.ones((1, 1)), "Expected repaired of"),
        ("part", np.array([0]), "comes after the unit"),
        ("repaired", np.full((2, 1), 1.2), "between 0 and 1"),
    ):
        with pytest.raises(UsageError, match=sentence):
            Indenture(**{**good, field: value})
