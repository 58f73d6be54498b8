"""A scenario changes what it names, nothing else, and says when it cannot."""

from pathlib import Path

import polars as pl
import pytest

from arbitre.core.errors import UsageError
from arbitre.tables.chain import Chain
from arbitre.tables.open import open_chain
from arbitre.tables.scenario import changed, with_scenario
from arbitre.tables.settings import Change

BASE = Path(__file__).parents[1] / "faults" / "base"
FRAME = pl.DataFrame({"promise": ["a", "b"], "window": [4.0, 24.0], "target_share": [0.9, None], "lot": [1, 4]})


def change(column: str, how: str, where: str = "") -> pl.DataFrame:
    return changed(FRAME, Change(table="promises", filter=where, column=column, change=how))


@pytest.mark.parametrize(("column", "how", "where", "expected"), [
    ("window", "= 8", "promise = a", [8.0, 24.0]),
    ("window", "+ 2", "", [6.0, 26.0]),
    ("window", "* 0.5", "window >= 20", [4.0, 12.0]),
    ("window", "- 1", "promise = 'b' and window > 4", [4.0, 23.0]),
    ("lot", "* 1.5", "", [2, 6]),
    ("promise", "= c", "promise != a", ["a", "c"]),
    ("target_share", "= 0.5", "promise = b", [0.9, 0.5]),
])
def test_changes(column: str, how: str, where: str, expected: list[object]) -> None:
    after = change(column, how, where)
    assert after[column].to_list() == expected
    assert after.drop(column).equals(FRAME.drop(column))
    assert after.schema == FRAME.schema


@pytest.mark.parametrize(("column", "how", "where", "told"), [
    ("windw", "= 8", "", "Did you mean window"),
    ("window", "= soon", "", "does not fit"),
    ("window", "% 8", "", "Cannot read the change"),
    ("window", "= 8", "promise like a", "Cannot read the filter"),
    ("window", "= 8", "promise = z", "touches no row"),
    ("promise", "+ 1", "", "not a number"),
    ("window", "* much", "", "not a number"),
])
def test_refusals(column: str, how: str, where: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        change(column, how, where)


def test_a_scenario_leaves_the_chain_alone() -> None:
    base = open_chain(BASE)
    settings = base.settings.model_copy(
        update={"scenarios": {"dearer": [Change(table="items", column="price", change="* 2")]}})
    chain = Chain(settings, base.tables)
    dearer = with_scenario(chain, "dearer")
    assert (dearer.table("items")["price"] == 2 * chain.table("items")["price"]).all()
    assert chain.table("items").equals(base.table("items"))
    with pytest.raises(UsageError, match="Did you mean dearer"):
        with_scenario(chain, "dearr")
