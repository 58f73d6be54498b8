"""The house keeps its own rules: sizes, names, places."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "arbitre").rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "util", "helpers", "common", "misc", "base", "manager", "types"}


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_fit_in_the_head(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= 400
    long = [node.name for node in functions(path) if (node.end_lineno or node.lineno) - node.lineno >= 80]
    assert long == []


def test_no_drawer() -> None:
    assert [path.name for path in SOURCES if path.stem.strip("_") in FORBIDDEN_NAMES] == []


def test_every_module_says_what_it_is() -> None:
    silent = [str(path.relative_to(ROOT)) for path in SOURCES
              if path.name != "__init__.py" and ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None]
    assert silent == []


def test_nothing_names_a_trade() -> None:
    """Trades differ in their tables, never in the code (DESIGN 3)."""
    branches = [
        f"{path.name}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare) and "chain.name" in ast.unparse(node)
    ]
    assert branches == []
