"""Running capabilities: what is remembered, what is refused, what is recorded."""

import json
from pathlib import Path

import polars as pl
import pytest

from arbitre.capability import Params, Result
from arbitre.core.errors import FaultsFound, Unsupported, UsageError
from arbitre.flow import memory
from arbitre.flow.pipeline import lacking, run
from arbitre.flow.stages import PACKAGE, STAGES, capabilities, capability, writes
from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.open import open_chain

BASE = Path(__file__).parents[1] / "faults" / "base"
DOCS = Path(__file__).parents[2] / "docs" / "capabilities"


@pytest.fixture
def chain() -> Chain:
    return open_chain(BASE)


@pytest.fixture(autouse=True)
def _own_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARBITRE_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("name", capabilities())
def test_every_capability_keeps_the_contract(name: str) -> None:
    found = capability(name)
    assert issubclass(found.Params, Params)
    assert found.Params.model_config.get("frozen")
    assert all(field.description for field in found.Params.model_fields.values())
    assert set(found.READS) <= INPUTS.keys() | RESULTS.keys()
    assert set(found.MAY_READ) <= INPUTS.keys() | RESULTS.keys()
    assert set(found.WRITES) <= INPUTS.keys() | RESULTS.keys()
    assert writes(name) == found.WRITES, "written out in the file, as it is read without importing it"
    assert (DOCS / f"{name}.md").exists(), "each capability has its page"


def test_every_stage_folder_is_in_the_order() -> None:
    stages = {path.name for path in PACKAGE.iterdir() if path.is_dir()} - {
        "core", "tables", "maths", "solvers", "show", "flow", "web", "__pycache__"}
    assert stages == set(STAGES)


def test_an_answer_is_recorded_and_recalled(chain: Chain) -> None:
    first = run(chain, "optimise.stock")
    again = run(chain, "optimise.stock")
    assert first.input_hash == chain.digest
    assert set(first.versions) >= {"arbitre", "numpy"}
    assert again.summary == first.summary
    assert all(again.tables[name].equals(table) for name, table in first.tables.items())
    assert len(list(memory.folder().iterdir())) == 1


def test_other_params_or_other_tables_are_another_answer(chain: Chain) -> None:
    run(chain, "optimise.stock")
    run(chain, "optimise.stock", {"holding_share": 0.5})
    dearer = chain.with_(items=chain.table("items").with_columns(price=chain.table("items")["price"] * 2))
    run(dearer, "optimise.stock")
    assert len(list(memory.folder().iterdir())) == 3


def test_a_spoilt_memory_is_no_answer(chain: Chain) -> None:
    first = run(chain, "optimise.stock")
    (place,) = memory.folder().iterdir()
    (place / "result.json").write_text("{", encoding="utf-8")
    assert run(chain, "optimise.stock").summary == first.summary


def test_what_cannot_be_remembered_leaves_nothing_half_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        memory.remember("key", Result("measure.cost", {"value": float("nan")}, {"one": pl.DataFrame({"a": [1]})}))
    assert list(memory.folder().iterdir()) == []


def test_the_oldest_answers_are_forgotten(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_KEPT", 2)
    for share in (0.1, 0.2, 0.3):
        last = run(chain, "optimise.stock", {"holding_share": share})
    assert len(list(memory.folder().iterdir())) == 2
    assert run(chain, "optimise.stock", {"holding_share": 0.3}).summary == last.summary


def test_same_seed_same_bytes(chain: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = json.dumps(dict(run(chain, "optimise.stock").summary))
    monkeypatch.setenv("ARBITRE_CACHE", str(tmp_path / "other"))
    assert json.dumps(dict(run(chain, "optimise.stock").summary)) == first


def test_refusals(chain: Chain) -> None:
    with pytest.raises(UsageError, match="holding_share"):
        run(chain, "optimise.stock", {"holding_share": "much"})
    with pytest.raises(UsageError, match=r"change_cost: .*finite"):
        run(chain, "optimise.stock", {"change_cost": "inf"})
    bare = Chain(chain.settings, {name: table for name, table in chain.tables.items() if name != "promises"})
    with pytest.raises(Unsupported, match="promises"):
        run(bare, "optimise.stock")
    doubled = chain.with_(items=chain.table("items").vstack(chain.table("items")))
    with pytest.raises(FaultsFound) as found:
        run(doubled, "optimise.stock")
    assert {fault.rule for fault in found.value.faults} == {"duplicate_key"}


def test_what_makes_a_table_is_not_asked_to_make_it_for_itself(chain: Chain) -> None:
    """optimise.portfolio writes the demand it brings, and reads the demand there is."""
    names = ("segments", "offers", "acceptance", "customers", "contracts", "items", "promises", "sites")
    asked = chain.settings.model_copy(update={"capabilities": {"optimise.portfolio": {}}})
    bare = Chain(asked, {name: table for name, table in chain.tables.items() if name in names})
    for name in ("optimise.portfolio", "optimise.stock"):
        assert "demand" in lacking(bare, name)
        with pytest.raises(Unsupported, match=r"demand.*Add tables/"):
            run(bare, name)


def test_a_question_that_cannot_be_answered_is_still_listed_with_what_it_lacks() -> None:
    """Availability promised on cases of two kinds is refused when it is replayed, not when questions are listed."""
    lifts = open_chain(PACKAGE.parent / "examples" / "lifts")
    again = lifts.table("promises").filter(measure="availability").with_columns(
        promise=pl.format("{} again", "promise"), kind=pl.lit("order"), segment=pl.lit(None, pl.String))
    both = lifts.with_(promises=pl.concat([lifts.table("promises"), again.unique("kind")]))
    assert both.check() == []
    assert lacking(both, "simulate.proof") == []
    with pytest.raises(Unsupported, match="Give these promises one kind"):
        run(both, "simulate.proof")
