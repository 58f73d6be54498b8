"""The e-mail trial of Hillstrom (2008): 64,000 customers, no mail, mens' or womens' mail."""

import os
from pathlib import Path

import polars as pl
import pytest

from arbitre.maths.evidence.trials import adjusted, difference, mismatch

DATA = Path(os.environ.get("ARBITRE_DATA", Path(__file__).parents[3] / "shared" / "data")) / "commercial"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real data in {DATA}: set ARBITRE_DATA")


@pytest.fixture(scope="module")
def arms() -> dict[str, pl.DataFrame]:
    rows = pl.read_csv(DATA / "hillstrom.csv", infer_schema_length=None)
    return {str(name).split(" ")[0]: arm for (name,), arm in rows.group_by("segment", maintain_order=True)}


def test_the_rates_are_those_published(arms: dict[str, pl.DataFrame]) -> None:
    visits = {"No": 0.10617, "Mens": 0.18276, "Womens": 0.15140}
    bought = {"No": 0.00573, "Mens": 0.01253, "Womens": 0.00884}
    spent = {"No": 0.653, "Mens": 1.423, "Womens": 1.077}
    for name, arm in arms.items():
        assert arm["visit"].mean() == pytest.approx(visits[name], abs=5e-6)
        assert arm["conversion"].mean() == pytest.approx(bought[name], abs=5e-6)
        assert arm["spend"].mean() == pytest.approx(spent[name], abs=5e-4)
    assert mismatch([arm.height for arm in arms.values()], [1, 1, 1]) > 0.5


def test_the_mail_brings_visits(arms: dict[str, pl.DataFrame]) -> None:
    found = difference(arms["Womens"]["visit"].to_numpy(), arms["No"]["visit"].to_numpy())
    assert found.value == pytest.approx(0.0452, abs=5e-5)
    assert found.low > 0.038


def test_what_was_bought_before_says_next_to_nothing_of_a_visit(arms: dict[str, pl.DataFrame]) -> None:
    both = pl.concat([arms["Womens"], arms["No"]])
    assert adjusted(both["visit"].to_numpy(), both["history"].to_numpy())[1] == pytest.approx(0.004, abs=0.002)
    assert adjusted(both["spend"].to_numpy(), both["history"].to_numpy())[1] == pytest.approx(0.0005, abs=0.0005)
