"""Sites that lend to each other: exact where they lend both ways at once."""

import pytest

from arbitre.capability import silent
from arbitre.maths.stock.loss import loss_measures
from arbitre.simulate import proof, twin
from arbitre.tables.chain import Chain
from tests.simulate.chains import two_echelons

RATES, LEVELS, DAYS = (60.0, 30.0), (2, 1), 10.0


def neighbours(lateral: bool) -> Chain:
    """Return two sites that buy one item; what neither has is flown in too late."""
    sites = ("east", "west")
    return two_echelons(
        sites=[{"site": site} for site in sites],
        lanes=[{"from_site": start, "to_site": end, "duration": 0.5, "lends": lateral}
               for start in sites for end in sites],
        items=[{"item": "pump", "price": 1000.0, "lead_time": DAYS, "emergency_time": 100.0}],
        promises=[{"promise": "soon", "window": 4.0, "target_share": 0.9}],
        stocks=[{"item": "pump", "site": site, "level": level} for site, level in zip(sites, LEVELS, strict=True)],
        demand=[{"item": "pump", "site": site, "rate": rate, "size": 1, "transit": 1.0}
                for site, rate in zip(sites, RATES, strict=True)])


def share_kept(given: Chain) -> tuple[float, float]:
    params = proof.Params(levels="today", least=24, most=24, years=10, confidence=0.99)
    row = proof.run(given, params, 1, silent).tables["proofs"].row(0, named=True)
    return row["low_share"], row["high_share"]


def test_two_sites_that_lend_both_ways_lose_what_one_stock_would() -> None:
    """Whoever asks takes any unit, and each comes back after the same time: Erlang's loss system of all units."""
    low, high = share_kept(neighbours(lateral=True))
    lost, _ = loss_measures(sum(RATES) / 365.25 * DAYS, sum(LEVELS))
    assert low <= 1.0 - lost <= high
    apart = [rate * (1.0 - loss_measures(rate / 365.25 * DAYS, level)[0])
             for rate, level in zip(RATES, LEVELS, strict=True)]
    low, high = share_kept(neighbours(lateral=False))
    assert low <= sum(apart) / sum(RATES) <= high
    assert high < 1.0 - lost - 0.02


def test_what_is_lent_leaves_the_shelf_of_the_lender() -> None:
    facts = twin.run(neighbours(lateral=True), twin.Params(days=3650), 1, silent).tables
    issued = facts["movements"].filter(kind="issue").join(facts["cases"].select("case", asked="site"), on="case")
    lent = issued.filter(issued["site"] != issued["asked"])
    assert lent.height / facts["cases"].height == pytest.approx(0.15, abs=0.1)
    assert facts["movements"].filter(kind="receipt")["quantity"].sum() >= issued.height - sum(LEVELS) - 10
