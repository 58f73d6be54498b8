"""Every way to break a chain is told: the exact fault, nothing unrelated, in both languages, with what to do."""

import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from arbitre.tables.checks.rules import catalogue, say, told
from arbitre.tables.open import open_chain

HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = tomllib.loads((HERE / "cases.toml").read_text(encoding="utf-8"))["case"]


def broken(case: dict[str, Any], folder: Path) -> Path:
    """Return a copy of the base chain with the edit of the case."""
    chain = folder / "chain"
    shutil.copytree(HERE / "base", chain)
    file = chain / case["file"]
    if "delete" in case:
        file.unlink()
    elif "write" in case:
        file.write_text(case["write"], encoding="utf-8")
    elif "hex" in case:
        file.write_bytes(bytes.fromhex(case["hex"]))
    elif "append" in case:
        file.write_text(file.read_text(encoding="utf-8") + case["append"] + "\n", encoding="utf-8")
    else:
        text = file.read_text(encoding="utf-8")
        for old, new in case.get("replaces", [case.get("replace")]):
            assert old in text, f"{old!r} is not in {file.name}"
            text = text.replace(old, new, 1)
        file.write_text(text, encoding="utf-8")
    return chain


def test_the_base_chain_is_sound() -> None:
    assert open_chain(HERE / "base").check() == []


def test_the_cases_are_many_and_distinct() -> None:
    names = [case["name"] for case in CASES]
    assert len(names) == len(set(names)) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_broken_chain_is_told(case: dict[str, Any], tmp_path: Path) -> None:
    faults = open_chain(broken(case, tmp_path)).check()
    found = [(fault.table, fault.column, fault.rule, list(fault.rows)) for fault in faults]
    expected = [(fault["table"], fault["column"], fault["rule"], fault["rows"]) for fault in case["faults"]]
    assert sorted(found) == sorted(expected), [say(fault, "en") for fault in faults]
    for fault in faults:
        for language in ("en", "fr"):
            sentence = say(fault, language)
            for part in (fault.table if fault.table != "chain" else "chain.toml", fault.column, *map(str, fault.rows)):
                assert part in sentence
            assert not re.search(r"\{[a-z_]+\}", sentence), "a blank that nothing fills"
        assert all(entry["remedy"] and entry["message"] for entry in told([fault], "fr"))


def test_every_rule_has_its_four_sentences() -> None:
    for rule, sentences in catalogue().items():
        assert set(sentences) == {"en", "fr", "remedy_en", "remedy_fr"}, rule
        assert all(sentence.strip() for sentence in sentences.values()), rule
