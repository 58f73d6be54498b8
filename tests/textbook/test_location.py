"""Location problems of OR-Library at their published optima (Beasley 1990), where the real data are at hand."""

import os
from pathlib import Path

import numpy as np
import pytest

from arbitre.maths.places.location import located
from arbitre.optimise._sites.model import decided, effort_for
from benchmarks.location import CAPACITATED, SEED, read_capacitated, read_median

DATA = Path(os.environ.get("ARBITRE_DATA", Path(__file__).parents[3] / "shared" / "data")) / "location"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real data in {DATA}: set ARBITRE_DATA")


@pytest.mark.parametrize(("name", "optimum"), [("pmed1", 5819), ("pmed5", 1355), ("pmed13", 4374), ("pmed15", 1729)])
def test_medians_reach_their_optimum_and_prove_it(name: str, optimum: int) -> None:
    asked = read_median(DATA / f"{name}.txt")
    choice = located(asked, np.random.default_rng(SEED), effort_for(asked.cost.size))
    assert (choice.value, choice.bound) == (optimum, optimum)


@pytest.mark.parametrize("name", ["cap61", "cap74", "cap81", "cap111", "cap131"])
def test_capacitated_sites_reach_their_optimum_and_prove_it(name: str) -> None:
    found = decided(read_capacitated(DATA / f"{name}.txt"), np.random.default_rng(SEED))
    assert found.value == pytest.approx(CAPACITATED[name], abs=1e-3)
    assert found.bound == pytest.approx(CAPACITATED[name], abs=1e-3)
