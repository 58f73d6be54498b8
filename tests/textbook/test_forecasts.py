"""Forecasts on real parts: no worse than the published study at its own rules, nor than any one method in ours."""

import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks.forecast import aircraft, cars, replay, study

DATA = Path(os.environ.get("ARBITRE_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
needs_data = pytest.mark.skipif(not (DATA / "spares").is_dir(), reason=f"no real data in {DATA}: set ARBITRE_DATA")
# The rows at a target of 95 % for the aircraft parts: cost, mean of the items' fills, fill of all units.
PUBLISHED = {"Croston": (678_392, 0.9028, 0.7876), "SBA": (681_616, 0.9038, 0.7891), "TSB": (680_920, 0.9043, 0.7906),
             "Willemain": (769_655, 0.9212, 0.8075), "LightGBM": (668_772, 0.8981, 0.7708)}


@needs_data
def test_at_equal_cost_the_chosen_methods_keep_more_than_every_published_row() -> None:
    units, price, _ = aircraft(DATA)
    curve = study(units, price)["chosen"]
    for name, (cost, average, total) in PUBLISHED.items():
        assert np.interp(cost, curve[:, 0], curve[:, 1]) > average, name
        assert np.interp(cost, curve[:, 0], curve[:, 2]) > total, name


@needs_data
def test_choosing_costs_less_than_the_best_single_method_on_car_parts() -> None:
    found = replay(*cars(DATA))
    assert found["items"] == 2509
    assert found["chosen_over_best_single"] < 0.98
    assert found["methods"]["chosen"]["covered_share"] == pytest.approx(0.95, abs=0.01)
