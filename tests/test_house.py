"""The house keeps its own rules: sizes, names, places."""

import ast
import re
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


def imported(path: Path) -> set[str]:
    """The rooms of the first floor that a file imports; the package itself is its face."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "arbitre":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("arbitre."):
            found.add(str(node.module).split(".")[1])
        if isinstance(node, ast.Import):
            found |= {"face" for alias in node.names if alias.name == "arbitre"}
    return found


def room(path: Path) -> str:
    first = path.relative_to(ROOT / "arbitre").parts[0].removesuffix(".py")
    return "face" if first == "__init__" else first


def follows(arrows: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """All pairs that a way of arrows joins."""
    ways = set(arrows)
    while more := {(a, d) for a, b in ways for c, d in ways if b == c} - ways:
        ways |= more
    return ways


def test_the_drawing_shows_the_imports() -> None:
    drawing = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("```mermaid")[2].partition("```")[0]
    arrows = set()
    dotted = set()
    for line in drawing.splitlines():
        for sign, kind in ((" --> ", arrows), (" -. ", dotted)):
            if sign in line:
                left, right = line.partition(sign)[0], re.split(r" --> | \.-> ", line)[-1]
                kind |= {(a.strip(), b.strip()) for a in left.split("&") for b in right.split("&")}
    imports = {(room(path), other) for path in SOURCES for other in imported(path) if other != room(path)}
    # The face names what it holds for type checkers only; it loads by name.
    imports -= {pair for pair in imports if pair[0] == "face"}
    assert arrows <= imports
    assert imports <= follows(arrows | dotted)


def test_every_room_is_in_the_architecture() -> None:
    told = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {str(path.parent.relative_to(ROOT / "arbitre")) for path in SOURCES if path.parent.name[0] != "_"} - {"."}
    assert [name for name in sorted(rooms) if f"`{name}/`" not in told and f"`{name}`" not in told] == []
