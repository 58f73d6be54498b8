"""The order of stages, and the capabilities found in their folders. Read this file first."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, cast

from arbitre.capability import Capability
from arbitre.core.errors import UsageError
from arbitre.core.words import nearest
from arbitre.tables import facts

STAGES = ("measure", "segment", "forecast", "optimise", "simulate")
"""The way data flows, left to right; a stage joins when it has a capability."""

PACKAGE = Path(__file__).parents[1]


def capabilities() -> dict[str, str]:
    """Return the question each capability answers, by its id: stage and file, as in `optimise.stock`."""
    return {name: question(name) for name in ids()}


@cache
def ids() -> tuple[str, ...]:
    """Return the id of every capability."""
    return tuple(f"{stage}.{module.name}" for stage in STAGES
                 for module in pkgutil.iter_modules([str(PACKAGE / stage)]) if not module.name.startswith("_"))


def capability(name: str) -> Capability:
    """Return the capability of that id; raises UsageError, with the nearest one, when there is none."""
    if name not in ids():
        meant = nearest(name, ids())
        hint = f" Did you mean {meant}?" if meant else ""
        raise UsageError(f"No capability {name}.{hint} `arbitre list` shows them all.")
    return cast(Capability, importlib.import_module(f"arbitre.{name}"))


def writer(table: str, asked: Iterable[str] = (), besides: Iterable[str] = ()) -> str | None:
    """Return the capability that writes a table: one of those asked for, else the first; None when it can only be
    brought. `besides` are those that it is for: none makes what it waits for itself.

    Facts can only be brought: the twin writes them too, but what might happen never stands in for what did.
    """
    if table in {fact.name for fact in facts.TABLES}:
        return None
    able = [name for name in _writers(table) if name not in set(besides)]
    return next((name for name in able if name in set(asked)), able[0] if able else None)


@cache
def _writers(table: str) -> tuple[str, ...]:
    return tuple(name for name in ids() if table in writes(name))


@cache
def writes(name: str) -> tuple[str, ...]:
    """Return the tables a capability writes, read and not imported: importing all of them takes seconds."""
    return _said(name, "WRITES", ())


@cache
def figures(name: str) -> dict[str, Any]:
    """Return what a capability says of its summary (`FIGURES`), read and not imported; nothing where it says none.

    best: "most" or "least", whether more of its value is better; parts: summary names and signs whose sum it is; told:
    summary names kept with a decision.
    """
    return _said(name, "FIGURES", {})


@cache
def question(name: str) -> str:
    """Return the business question a capability answers: the first line of its docstring, read and not imported."""
    return (ast.get_docstring(_source(name)) or "").partition("\n\n")[0].replace("\n", " ")


def _said(name: str, variable: str, otherwise: Any) -> Any:
    return next((ast.literal_eval(line.value) for line in _source(name).body
                 if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)
                 and line.targets[0].id == variable), otherwise)


def _source(name: str) -> ast.Module:
    return ast.parse((PACKAGE / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8"))
