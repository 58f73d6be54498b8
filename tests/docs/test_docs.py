"""What the docs say runs: the README's lines, the pages' commands, the links."""

import doctest
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from arbitre.cli import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*/README.md")])


@pytest.mark.parametrize("name", ["README.md", "README.fr.md"])
def test_the_five_lines_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                            capsys: pytest.CaptureFixture[str]) -> None:
    code = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
    assert len(code) == 1
    assert len(code[0].strip().splitlines()) == 5
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    exec(compile(code[0], name, "exec"), {})  # noqa: S102 - our own README
    assert "%" in capsys.readouterr().out
    assert (tmp_path / "report" / "report.html").exists()


def test_formulas_print_what_their_page_says() -> None:
    done = doctest.testfile(str(ROOT / "docs" / "formulas.md"), module_relative=False)
    assert done.attempted > 0
    assert done.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "capabilities").glob("*.md")), ids=lambda page: page.stem)
def test_commands_on_the_pages_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder of their own, so that what a command writes stays out of the repository."""
    here = tmp_path / "here"
    here.mkdir()
    for chains in ("examples", "tests"):
        (here / chains).symlink_to(ROOT / chains)
    if (ROOT.parent / "shared").exists():
        (tmp_path / "shared").symlink_to(ROOT.parent / "shared")
    monkeypatch.chdir(here)
    commands = re.findall(r"^(?:    )?(arbitre .+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert commands
    for command in commands:
        words = shlex.split(command, comments=True)[1:]
        if "--data" in words and not Path(words[words.index("--data") + 1]).exists():
            pytest.skip(f"{command} needs the real data, which are not here")
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.stderr
