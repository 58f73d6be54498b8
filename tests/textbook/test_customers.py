"""Published numbers of repeat buying and renewals (notes of Fader and Hardie), where their data are at hand."""

import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from arbitre.capability import silent
from arbitre.forecast import buying
from arbitre.maths.market.retention import fit_renewals
from benchmarks.commercial_buying import cdnow, published

DATA = Path(os.environ.get("ARBITRE_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "commercial"
HERE = pytest.mark.skipif(not DATA.exists(), reason="the real data are not here")


@HERE
def test_published_numbers_are_reproduced() -> None:
    rows = published(DATA)
    missed = [row["name"] for row in rows if abs(row["ours"] - row["published"]) > row["tolerance"]]
    assert missed == []
    assert len(rows) > 20


@HERE
def test_the_forecast_of_half_the_history_is_laid_beside_the_other_half() -> None:
    from_raw = buying.run(cdnow(DATA), buying.Params(ahead=273), 1, silent)
    check = from_raw.tables["buying_check"].filter(purchases="all").row(0, named=True)
    assert from_raw.summary["until"] == date(1998, 6, 30).isoformat()
    assert check["actual"] == 1882.0
    assert check["expected"] == pytest.approx(1653, abs=5)


@pytest.mark.parametrize(("still", "a", "b"), [((1000, 869, 743, 653, 593, 551, 517, 491), 0.668, 3.806),
                                               ((1000, 631, 468, 382, 326, 289, 262, 241), 0.704, 1.182)])
def test_renewals_of_fader_and_hardie_2007(still: tuple[int, ...], a: float, b: float) -> None:
    there = np.array(still, dtype=float)
    law = fit_renewals(there[:-1], there[:-1] - there[1:])
    assert (law.a, law.b) == (pytest.approx(a, abs=5e-4), pytest.approx(b, abs=5e-4))
