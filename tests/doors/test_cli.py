"""The command line: data on stdout, talk on stderr, exit codes, and nothing half-written."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import arbitre
from arbitre.cli import app
from tests.faults.test_faults import CASES, HERE, broken

run = CliRunner().invoke
BASE = str(HERE / "base")


def files_under(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_broken_chain_exits_1_and_writes_nothing(case: dict[str, Any], tmp_path: Path) -> None:
    chain, out = broken(case, tmp_path), tmp_path / "out"
    before = files_under(tmp_path)
    done = run(app, ["solve", str(chain), "--out", str(out)])
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert case["faults"][0]["table"].replace("chain", "") in done.stderr
    assert files_under(tmp_path) == before


def test_faults_as_json() -> None:
    done = run(app, ["check", BASE, "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["faults"] == []


def test_faults_come_back_in_the_workbook(tmp_path: Path) -> None:
    chain = broken(CASES[0], tmp_path)
    done = run(app, ["check", str(chain), "--json", "--back", str(tmp_path / "back.xlsx")])
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["faults"][0]["rule"] == CASES[0]["faults"][0]["rule"]
    assert told["faults"][0]["remedy"]
    assert (tmp_path / "back.xlsx").stat().st_size > 1000


def test_solve_prints_one_json_object() -> None:
    done = run(app, ["solve", BASE, "--json"])
    assert done.exit_code == 0, done.stderr
    summary = json.loads(done.stdout)["summary"]
    assert {"value", "bound", "gap", "capital_before", "capital_after"} <= summary.keys()
    assert summary["bound"] <= summary["value"]
    assert summary["gap"] == pytest.approx((summary["value"] - summary["bound"]) / summary["value"])
    assert any(name.startswith("kept_before.") for name in summary)
    assert any(name.startswith("kept_after.") for name in summary)


def test_solve_writes_the_report(tmp_path: Path) -> None:
    done = run(app, ["solve", BASE, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.stderr
    tables = {path.stem for path in (tmp_path / "out" / "tables").iterdir()}
    assert [path.name for path in files_under(tmp_path)][:2] == ["report.html", "report.xlsx"]
    assert {"promises_kept", "promise_worth", "stock_levels", "stock_received", "stock_moves"} <= tables


def test_run_takes_the_rule_that_shares_a_stock() -> None:
    found = json.loads(run(app, ["run", BASE, "optimise.stock", "--json", "--sharing", "promised_date"]).stdout)
    assert found["summary"]["sharing"] == found["params"]["sharing"] == "promised_date"
    refused = run(app, ["run", BASE, "optimise.stock", "--json", "--sharing", "by_rank"])
    assert refused.exit_code == 2
    assert "critical_levels" in json.loads(refused.stdout)["error"]


def test_run_takes_params() -> None:
    done = run(app, ["run", BASE, "optimise.stock", "--json", "--holding-share", "0.5"])
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["params"]["holding_share"] == 0.5
    assert found["tables"]["stock_levels"]


@pytest.mark.parametrize(("words", "told"), [
    (["run", BASE, "optimise.stok"], "Did you mean optimise.stock"),
    (["run", BASE, "optimise.stock", "--holding_shar", "1"], "did you mean holding_share"),
    (["run", BASE, "optimise.stock", "--holding-share", "-1"], "greater than 0"),
    (["run", BASE, "optimise.stock", "--holding-share"], "pairs"),
    (["compare", BASE, "nothing"], "No scenario nothing"),
    (["new", "aftersale", "somewhere"], "Did you mean aftersales"),
    (["solve"], "Missing argument"),
])
def test_wrong_usage_exits_2_and_says_what_is_meant(words: list[str], told: str) -> None:
    done = run(app, words)
    assert done.exit_code == 2
    assert told.lower() in " ".join(done.stderr.lower().split())
    assert "Traceback" not in done.stderr


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder", encoding="utf-8")
    taken = str(tmp_path / "taken")
    for words in (["solve", BASE, "--out", taken], ["new", "aftersales", f"{taken}/x"]):
        done = run(app, words)
        assert done.exit_code == 1
        assert isinstance(done.exception, SystemExit)
        assert "taken" in done.stderr
    assert files_under(tmp_path) == [tmp_path / "taken"]


def test_nothing_there_exits_1(tmp_path: Path) -> None:
    done = run(app, ["solve", str(tmp_path / "nowhere")])
    assert done.exit_code == 1
    assert "nothing at" in done.stderr


def test_list_names_every_capability() -> None:
    done = run(app, ["list", "--json"])
    questions = json.loads(done.stdout)
    assert {"measure.promises", "measure.demand", "optimise.stock"} <= questions.keys()
    assert all(question.endswith("?") for question in questions.values())


def test_compare_puts_scenarios_side_by_side(tmp_path: Path) -> None:
    shutil.copytree(BASE, tmp_path / "chain")
    settings = tmp_path / "chain" / "chain.toml"
    dearer = '\n[[scenarios.dearer]]\ntable = "items"\ncolumn = "price"\nchange = "* 2"\n'
    settings.write_text(settings.read_text() + dearer)
    done = run(app, ["compare", str(tmp_path / "chain"), "--json"])
    assert done.exit_code == 0, done.stderr
    measures = {row["measure"]: row for row in json.loads(done.stdout)["measures"]}
    assert measures["value"]["dearer"] == pytest.approx(2 * measures["value"]["base"], rel=1e-6)


def test_importing_arbitre_stays_light() -> None:
    heavy = ("numba", "pandas", "vl_convert", "jinja2", "xlsxwriter", "fastapi", "starlette", "highspy", "matplotlib")
    program = f"import sys, arbitre; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_a_capability_takes_is_told() -> None:
    told = {param["name"]: param for param in json.loads(run(app, ["list", "optimise.crews", "--json"]).stdout)}
    assert (told["hold"]["default"], told["hold"]["unit"], told["hold"]["limits"]) == ("30", "min", "≥ 15, ≤ 60")
    assert "holidays" not in told
    shown = run(app, ["list", "optimise.crews"]).stdout
    assert "at_hand" in shown
    assert "optimise.stock" not in shown
    done = run(app, ["list", "optimise.crew"])
    assert done.exit_code == 2
    assert "Did you mean optimise.crews?" in done.stderr


def test_the_version_is_told() -> None:
    assert run(app, ["--version"]).stdout == f"arbitre {arbitre.__version__}\n"
