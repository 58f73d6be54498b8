"""The marketing sample is sound and holds what it says; exports of advertising platforms are read; weeks are whole."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import arbitre
from arbitre.tables.new import new
from arbitre.tables.sample.marketing import CHANNELS, draw
from arbitre.tables.weeks import by_week

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_shipped_example_is_what_the_command_writes(tmp_path: Path) -> None:
    new("marketing", "small", 1, tmp_path / "marketing")
    for path in sorted((tmp_path / "marketing").rglob("*.*")):
        shipped = EXAMPLES / "marketing" / path.relative_to(tmp_path / "marketing")
        assert shipped.read_bytes() == path.read_bytes(), "arbitre new marketing examples/marketing"


@pytest.mark.parametrize("seed", range(3))
def test_any_seed_gives_a_sound_chain(seed: int) -> None:
    assert new("marketing", "small", seed).check() == []


def test_sales_are_what_the_planted_curves_bring_beside_tide_and_noise() -> None:
    market = draw(1, 12)
    share = market.sales.sum(axis=0) / market.sales.sum()
    brought = market.brought(market.spend, share[:, None]).sum(axis=(1, 2))
    left = market.sales.sum(axis=1) - brought
    assert 0.85e6 < left.mean() < 1.15e6
    quiet = np.corrcoef(left, market.spend[..., CHANNELS.index("tv")].sum(axis=1))[0, 1]
    assert abs(quiet) < 0.3


def test_exports_of_advertising_platforms_become_spend() -> None:
    spend = arbitre.open(EXAMPLES / "ads").table("spend")
    first = spend.filter(channel="google: Generic search", from_on=date(2026, 1, 1)).row(0, named=True)
    assert (first["amount"], first["impressions"], first["clicks"]) == (1622.33, 64893.0, 2595.0)
    assert spend.filter(pl.col("channel").str.starts_with("meta")).height == 42


def test_weeks_that_lack_days_at_the_ends_are_left_out() -> None:
    days = [date(2024, 1, 3) + timedelta(days=day) for day in range(20)]
    rows = pl.DataFrame({"from_on": days, "value": [1.0] * 20})
    weeks = by_week(rows, "value")
    assert weeks["week"].to_list() == [date(2024, 1, 8), date(2024, 1, 15)]
    assert weeks["value"].to_list() == [7.0, 7.0]
    assert by_week(rows.filter(pl.col("from_on").dt.weekday() == 3), "value").height == 3
    assert by_week(rows.head(0), "value").height == 0
