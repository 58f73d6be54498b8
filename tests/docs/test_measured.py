"""Every command that the page of figures names can be run: there is such a benchmark, and it knows each option."""

import re
from pathlib import Path

import pytest

from arbitre.flow.stages import ids
from benchmarks.__main__ import commands

ROOT = Path(__file__).parents[2]
QUOTED = commands((ROOT / "docs" / "measured.md").read_text(encoding="utf-8"))


def test_commands_are_found_in_sentences_and_apart() -> None:
    text = "As `python -m benchmarks.one --json` says, and `arbitre solve\nexamples/x`; not `make bench`.\n\n" \
           "    arbitre run examples/y optimise.stock\n"
    assert commands(text) == ["python -m benchmarks.one --json", "arbitre solve examples/x",
                              "arbitre run examples/y optimise.stock"]
    assert len(QUOTED) > 40


@pytest.mark.parametrize("command", QUOTED)
def test_a_command_names_what_there_is(command: str) -> None:
    words = command.split()
    if words[0] == "arbitre":
        assert (ROOT / words[2] / "chain.toml").exists()
        assert words[1] == "solve" or words[3] in ids()
        return
    program = (ROOT / (words[2].replace(".", "/") + ".py")).read_text(encoding="utf-8")
    assert "__main__" in program
    for option in re.findall(r"--[a-z-]+", command):
        assert f'"{option}"' in program, option
