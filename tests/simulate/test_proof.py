"""The proof against the optimiser's exact law, against itself, and against plans known to be good and bad."""

import numpy as np
import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.core.errors import Unsupported
from arbitre.simulate import _replay, proof
from arbitre.simulate._network.stock import logarithmic_sizes
from benchmarks.rows import chain_of
from tests.simulate.chains import decided, two_echelons


def proven(given, seed=1, **params):
    return proof.run(given, proof.Params(**{"least": 20, "most": 20, "years": 5, **params}), seed, silent)


def test_the_replay_confirms_the_exact_law_of_two_echelons_lots_and_windows() -> None:
    """Poisson demand, fixed times: the optimiser's shares are exact (Simon 1971), so the intervals must hold them."""
    proofs = proven(decided(two_echelons()), confidence=0.99, years=10).tables["proofs"]
    assert proofs.height == 2
    for row in proofs.iter_rows(named=True):
        assert row["low_share"] <= row["said_share"] <= row["high_share"], row
        assert row["high_share"] - row["low_share"] < 0.04
        assert row["deviation"] == pytest.approx(row["replayed_share"] - row["said_share"])


def test_the_replay_confirms_the_exact_law_of_three_echelons_whichever_way_a_window_ends_on() -> None:
    """Windows end on the way to the shop (4 h), to the hub (72 h) and while the works are resupplied (20 days)."""
    windows = {"fast": 4.0, "slow": 72.0, "late": 480.0}
    given = two_echelons(
        offers=[{"offer": offer} for offer in windows],
        sites=[{"site": "works"}, {"site": "hub", "supplier": "works"}, {"site": "shop", "supplier": "hub"}],
        lanes=[{"from_site": "works", "to_site": "hub", "duration": 72.0},
               {"from_site": "hub", "to_site": "shop", "duration": 24.0}],
        promises=[{"promise": offer, "offer": offer, "window": window, "target_share": 0.85}
                  for offer, window in windows.items()],
        demand=[{"item": item, "site": site, "offer": offer, "rate": rate}
                for item, rate in (("pump", 20.0), ("seal", 60.0)) for site in ("works", "hub", "shop")
                for offer in windows])
    proofs = proven(decided(given), confidence=0.99, years=10).tables["proofs"]
    assert proofs.height == 3
    for row in proofs.iter_rows(named=True):
        assert row["low_share"] <= row["said_share"] <= row["high_share"], row
        assert row["high_share"] - row["low_share"] < 0.04


def test_the_replay_confirms_the_mean_waits_of_two_echelons() -> None:
    """Little's law: backorders over their rate, by the exact law, at the depot and at the places."""
    given = two_echelons(promises=[
        {"promise": "wait", "measure": "waiting", "window": 60.0}, {"promise": "longer", "measure": "waiting",
                                                                    "window": 600.0}])
    plan = decided(given)
    proofs = proven(plan, confidence=0.99, years=10).tables["proofs"]
    said = plan.table("promise_worth")["wait_after"]
    assert proofs.height == 2
    assert said.to_list() == pytest.approx(proofs.sort("window")["said_wait"].to_list())
    for row in proofs.iter_rows(named=True):
        assert row["low_wait"] <= row["said_wait"] <= row["high_wait"], row
        assert row["high_wait"] - row["low_wait"] < 0.2 * row["mean_wait"]
    assert dict(proofs.select("promise", "verdict").iter_rows())["longer"] == "kept"
    short = plan.with_(promises=plan.table("promises").with_columns(window=pl.col("window") / 30))
    assert proven(short).tables["proofs"]["verdict"].to_list() == ["missed", "missed"]


def test_what_is_on_the_shelf_is_what_the_optimiser_said() -> None:
    given = decided(two_echelons())
    said = given.table("stock_levels")["capital_after"].sum()
    summary = proven(given, years=20, least=40, most=40).summary
    assert summary["capital_low"] <= said <= summary["capital_high"]
    assert summary["capital_high"] - summary["capital_low"] < 0.05 * said


def test_a_full_shelf_is_kept_and_an_empty_one_missed() -> None:
    given = decided(two_echelons())
    for level, verdict in ((60, "kept"), (0, "missed")):
        levels = given.table("stock_levels").with_columns(level=pl.lit(level, pl.Int64))
        proofs = proven(given.with_(stock_levels=levels), years=1).tables["proofs"]
        assert proofs["verdict"].unique().to_list() == [verdict]
    fast = proofs.filter(promise="fast-4h").row(0, named=True)
    assert fast["share"] == 0.0
    assert fast["periods"] == 20 * 12
    assert fast["penalty"] == pytest.approx(12 * 100.0)


def test_periods_are_judged_by_themselves() -> None:
    given = decided(two_echelons())
    by = {}
    for period in ("week", "month", "quarter", "year"):
        promises = given.table("promises").with_columns(period=pl.lit(period))
        by[period] = proven(given.with_(promises=promises), years=1).tables["proofs"].row(0, named=True)
    assert [by[period]["periods"] for period in ("month", "quarter", "year")] == [240, 80, 20]
    assert by["week"]["periods"] <= 52 * 20
    assert len({row["share"] for period, row in by.items() if period != "week"}) == 1
    assert by["year"]["periods_kept_share"] in np.arange(21) / 20


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    given = decided(two_echelons())
    results = []
    for workers in (1, 3):
        monkeypatch.setattr(proof, "cores", lambda workers=workers: workers)
        results.append(proven(given, years=1))
    assert results[0].summary == results[1].summary
    assert results[0].tables["proofs"].equals(results[1].tables["proofs"])
    assert not proven(given, seed=2, years=1).tables["proofs"].equals(results[0].tables["proofs"])


def test_cutting_the_chain_into_parts_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    given = decided(two_echelons())
    whole = proven(given, years=1).tables["proofs"]
    monkeypatch.setattr(_replay, "cores", lambda: 1)
    monkeypatch.setattr(proof, "parts_of", lambda *given: _parts(*given, classes_a_part=1))
    assert proven(given, years=1).tables["proofs"].select("share", "cases", "periods_kept_share").equals(
        whole.select("share", "cases", "periods_kept_share"))


_parts = proof.parts_of


def test_replications_are_added_until_promises_are_certain() -> None:
    given = decided(two_echelons())
    sure = given.with_(stock_levels=given.table("stock_levels").with_columns(level=pl.lit(0, pl.Int64)))
    assert proven(sure, least=5, most=40, years=1).summary["replications"] == 5
    assert proven(given, least=5, most=15, years=1, precision=1e-6).summary["replications"] == 15
    assert proven(given, least=5, most=40, years=1, precision=1e-6, cases=1).summary["replications"] == 5


def test_sizes_are_logarithmic_of_the_dispersion_asked_for() -> None:
    for step in (10, 70, 150, 230):
        values = pl.Series(logarithmic_sizes(step))
        assert (values**2).sum() / values.sum() == pytest.approx(2.718281828 ** (step / 100), rel=0.02)
        assert values.min() == 1.0


def test_lines_whose_sizes_nobody_knows_are_decided_as_they_are_drawn() -> None:
    """Negative binomial demand is lines of logarithmic size, kept when the last unit is there."""
    rows = two_echelons().table("demand").with_columns(dispersion=pl.lit(3.0))
    lumpy = decided(two_echelons().with_(demand=rows))
    proofs = proven(lumpy).tables["proofs"]
    assert (proofs["deviation"].abs() < 0.04).all()
    one_by_one = decided(two_echelons().with_(demand=rows.with_columns(size=pl.lit(1, pl.Int64))))
    as_if_single = {name: one_by_one.table(name) for name in ("stock_levels", "promise_worth")}
    assert proven(lumpy.with_(**as_if_single)).tables["proofs"]["deviation_high"].max() < 0.0


def test_refusals_name_what_to_do() -> None:
    given = decided(two_echelons())
    with pytest.raises(Unsupported, match="promises no window on cases of kind visit"):
        proven(given, kind="visit")
    with pytest.raises(Unsupported, match="demand"):
        proven(given.with_(demand=given.table("demand").with_columns(rate=pl.lit(0.0))))
    each_other = chain_of(sites=[{"site": "hub", "supplier": "shop"}, {"site": "shop", "supplier": "hub"}])
    looped = given.with_(sites=each_other.table("sites"))
    with pytest.raises(Unsupported, match="supplies itself"):
        proven(looped)


def test_a_promise_held_for_every_segment_is_proven_for_each() -> None:
    proofs = proven(decided(two_echelons(), by="segment"), years=1).tables["proofs"]
    assert proofs.select("promise", "segment").rows() == [("fast-4h", "big"), ("fast-4h", "small"), ("slow-48h", None)]
    assert proofs["said_share"].null_count() == 0
