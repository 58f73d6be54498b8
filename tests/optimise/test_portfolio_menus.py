"""Menus in `optimise.portfolio`: against trying every plan, and in its tables."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.core.errors import Unreachable, Unsupported
from arbitre.optimise._portfolio.menus import with_menus
from arbitre.optimise._portfolio.question import question_of
from arbitre.optimise._portfolio.renewals import with_renewals
from arbitre.show.blocks import Grid
from arbitre.show.findings import View
from arbitre.show.report import Findings
from arbitre.show.sections_portfolio import portfolio as section
from benchmarks.portfolio_truth import drawn, is_right
from tests.optimise.test_portfolio import by, chain, market, run
from tests.show import sample_findings as sample

Rows = dict[str, list[dict[str, Any]]]


def eager() -> Rows:
    """The market in which both offers pay, so that half of the hospitals that refuse the one would take the other."""
    rows = market()
    rows["offers"][1]["price"] = 60.0
    return rows


@pytest.mark.parametrize("seed", range(10, 20))
def test_tiny_chains_with_menus_are_decided_as_by_trying_every_plan(seed: int) -> None:
    assert is_right(drawn(seed, people=seed % 2 == 1, menus=True))[0]


def test_a_segment_chooses_from_a_menu_by_the_logit() -> None:
    alone, result = run(eager()), run(eager(), menu=2)
    assert result.summary["value"] > alone.bound
    assert result.summary["menus"] == 2
    table = result.tables["portfolio"]
    fast, slow = (table.filter(segment="HOSP", offer=offer).row(0, named=True) for offer in ("FAST", "SLOW"))
    odds = {"FAST": {80.0: 7 / 3, 110.0: 1.5}[fast["price"]], "SLOW": 1.0}
    assert fast["taken_share"] == pytest.approx(odds["FAST"] / (1 + sum(odds.values())))
    assert slow["taken_share"] == pytest.approx(1.0 / (1 + sum(odds.values())))
    assert slow["revenue"] == pytest.approx(slow["taken_share"] * (27 * 60 + 9 * 60))
    assert table["margin"].sum() - result.summary["sites"] - result.summary["catalogue"] == pytest.approx(
        result.summary["value"])
    policies = by(result, "portfolio_policies", "policy")
    assert policies["one_offer_each"]["value"] == pytest.approx(alone.summary["value"])
    assert "one_offer_each" not in by(alone, "portfolio_policies", "policy")
    served = result.tables["portfolio_service"].filter(segment="HOSP")
    assert served.height == 4  # two regions under two offers
    asked = result.tables["demand"].filter(segment="HOSP").group_by("offer").agg(pl.col("rate").sum())
    assert dict(asked.iter_rows()) == pytest.approx({row["offer"]: 27 * row["taken_share"] for row in (fast, slow)})


def test_two_offers_that_must_be_kept_call_for_a_menu() -> None:
    both = [{"segment": "FARM", "offer": offer, "rule": "keep"} for offer in ("FAST", "SLOW")]
    rows = eager() | {"commitments": both}
    with pytest.raises(Unreachable, match=r"FARM is made FAST .*FARM is made SLOW"):
        run(rows)
    result = run(rows, menu=2)
    assert set(result.tables["portfolio"].filter(segment="FARM")["offer"]) == {"FAST", "SLOW"}


def test_a_floor_counts_all_who_take_any_offer_of_a_menu() -> None:
    rows = eager() | {"commitments": [{"segment": "HOSP", "rule": "floor", "share": 0.75}]}
    with pytest.raises(Unreachable, match="at least 75% of HOSP"):
        run(rows)
    assert run(rows, menu=2).tables["portfolio"].filter(segment="HOSP")["taken_share"].sum() >= 0.75


def test_renewals_are_lost_by_all_who_take_an_offer_alike() -> None:
    single = with_renewals(question_of(chain(eager())), 0.05, 2.0)
    menus = with_menus(single, 2, 0.05, 2.0)
    assert menus.single == 2
    base = len(single.choice_offer)
    for first, second in menus.menus[:, :2]:
        for slot, choice in ((0, first), (1, second)):
            alone = np.flatnonzero((single.choice_offer == menus.choice_offer[choice])
                                   & (single.choice_price == menus.choice_price[choice])
                                   & (single.choice_odds == menus.choice_odds[choice]))[0]
            own = menus.accept[2 * slot:2 * slot + 2, choice]
            assert choice >= base
            lost = menus.penalty[2 * slot:2 * slot + 2, choice] / own
            there = ~np.isnan(own)
            assert lost[there] == pytest.approx((single.penalty[:, alone] / single.accept[:, alone])[there])
            assert (lost[there] > 0).all()


def test_too_many_menus_to_go_through_are_refused() -> None:
    rows = eager()
    rows["acceptance"] = [{"segment": "HOSP", "offer": offer, "price": float(price), "share": 0.5}
                          for offer in ("FAST", "SLOW") for price in range(60)]
    with pytest.raises(Unsupported, match="fewer prices"):
        run(rows, menu=2)


def test_the_report_shows_a_menu_in_one_row() -> None:
    result = run(eager(), menu=2)
    figures = {f"portfolio.{name}": value for name, value in result.summary.items()}
    shown = section(View(Findings(chain(eager()), figures, result.tables, sample.MADE)))
    assert shown is not None
    matrix = next(block for block in shown.blocks if isinstance(block, Grid))
    assert [row[0].text for row in matrix.rows] == ["FARM", "HOSP"]
    assert all(cell.text for row in matrix.rows for cell in row[1:-1])
