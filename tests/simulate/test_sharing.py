"""Each rule of sharing a stock, decided by the optimiser and replayed: where its law is exact, the replay agrees."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.core.errors import Unsupported
from arbitre.simulate import proof, twin
from arbitre.tables.chain import Chain
from tests.simulate.chains import decided, two_echelons


def one_site(*windows: float, **more: list[dict[str, Any]]) -> Chain:
    """Return a shop that buys two items and serves an offer for each window (h), one unit a line."""
    offers = [f"o{number}" for number in range(len(windows))]
    return two_echelons(**{
        "offers": [{"offer": offer} for offer in offers],
        "sites": [{"site": "shop"}],
        "lanes": [{"from_site": "shop", "to_site": "shop", "duration": 2.0}],
        "items": [{"item": "pump", "price": 1000.0, "lead_time": 30.0},
                  {"item": "seal", "price": 10.0, "lead_time": 20.0}],
        "promises": [{"promise": offer, "offer": offer, "window": window, "target_share": 0.95 - 0.1 * number}
                     for number, (offer, window) in enumerate(zip(offers, windows, strict=True))],
        "demand": [{"item": item, "site": "shop", "offer": offer, "rate": rate, "size": 1, "transit": 2.0}
                   for item, rate in (("pump", 20.0), ("seal", 60.0)) for offer in offers],
        **more,
    })


def assert_confirmed(given: Chain, within: float = 0.0) -> None:
    """Each promise's share is what the optimiser said, and so is the money on the shelf."""
    found = proof.run(given, proof.Params(least=24, most=24, years=10, confidence=0.99), 1, silent)
    proofs = found.tables["proofs"]
    assert proofs.height == given.table("promises").height
    for row in proofs.iter_rows(named=True):
        assert row["deviation_low"] - within <= 0.0 <= row["deviation_high"] + within, row
        assert row["deviation_high"] - row["deviation_low"] < 0.04
    said = given.table("stock_levels")["capital_after"].sum()
    loose = said * within
    assert found.summary["capital_low"] - loose <= said <= found.summary["capital_high"] + loose


def test_by_promised_date_no_unit_leaves_before_it_is_due() -> None:
    """Exact at one site for Poisson demand and fixed times (Hariharan & Zipkin 1995)."""
    given = decided(one_site(2.0, 242.0), sharing="promised_date")
    assert_confirmed(given)
    early = given.with_(stock_levels=given.table("stock_levels").with_columns(sharing=pl.lit("first_come")))
    shares = [proof.run(chain, proof.Params(least=24, most=24, years=10), 1, silent).tables["proofs"]["share"]
              for chain in (given, early)]
    assert shares[0][0] > shares[1][0] + 0.02, "units handed out early are missing where they are due at once"
    assert shares[0][1] < shares[1][1] - 0.02


def test_a_depot_too_sends_by_the_date() -> None:
    """Exact over two echelons while no window is longer than the transport to the place."""
    promises = [{"promise": offer, "offer": offer, "window": window, "target_share": 0.9}
                for offer, window in (("fast", 4.0), ("slow", 24.0))]
    demand = [{"item": item, "site": "shop", "offer": offer, "rate": rate, "size": 1, "transit": 2.0}
              for item, rate in (("pump", 20.0), ("seal", 60.0)) for offer in ("fast", "slow")]
    assert_confirmed(decided(two_echelons(promises=promises, demand=demand), sharing="promised_date"))


def test_stocks_kept_apart_are_replayed_apart() -> None:
    demand = [{"item": item, "site": site, "segment": segment, "offer": offer, "rate": 30.0, "size": 1}
              for item in ("pump", "seal") for site in ("hub", "shop")
              for segment, offer in (("big", "fast"), ("small", "slow"))]
    promises = [{"promise": "fast", "offer": "fast", "segment": "big", "window": 4.0, "target_share": 0.9},
                {"promise": "slow", "offer": "slow", "window": 48.0, "target_share": 0.8}]
    given = decided(two_echelons(demand=demand, promises=promises), sharing="dedicated")
    assert given.table("stock_levels")["kept_for"].n_unique() > 1
    assert_confirmed(given)
    facts = twin.run(given, twin.Params(levels="plan"), 1, silent).tables
    counts = facts["movements"].filter(kind="count")
    assert not counts.select("item", "site").is_duplicated().any(), "a shelf is counted once, whoever it is kept for"


def test_last_units_are_kept_for_those_who_matter() -> None:
    """The chain of births and deaths takes replenishment times as exponential: within 0.002 (`critical_levels`).

    Who is promised no sooner than a unit takes to come waits for his own: he is always served, and empties no shelf.
    """
    promises = [{"promise": offer, "offer": offer, "window": window, "target_share": target}
                for offer, window, target in (("o0", 2.0, 0.99), ("o1", 3.0, 0.6), ("o2", 30 * 24 + 2.0, 0.8))]
    given = decided(one_site(2.0, 3.0, 30 * 24 + 2.0, promises=promises), sharing="critical_levels",
                    emergency_share=0.01)
    reserved = given.table("stock_reserved")
    assert reserved["reserved"].max() > 0
    assert reserved.filter(item="pump")["offer"].to_list() == ["o0", "o1"], "o2 waits for the unit ordered for it"
    assert_confirmed(given, within=0.004)


@pytest.mark.parametrize("sharing", ["dedicated", "critical_levels"])
def test_todays_shelves_are_kept_for_nobody(sharing: str) -> None:
    given = decided(one_site(2.0, 3.0), sharing=sharing, emergency_share=0.3)
    with pytest.raises(Unsupported, match="kept for nobody"):
        twin.run(given, twin.Params(levels="plan", start="today"), 1, silent)


def test_shares_do_not_depend_on_the_names_of_items() -> None:
    """Ranks are those of each shelf, whatever other shelves keep back."""
    given = decided(one_site(2.0, 3.0), sharing="critical_levels", emergency_share=0.3)
    found = [proof.run(chain, proof.Params(least=10, most=10, years=5), 1, silent).tables["proofs"]["share"].to_numpy()
             for chain in (given, given.with_(demand=given.table("demand").reverse()))]
    np.testing.assert_array_equal(*found)
