"""Writes what follows from the declarations: docs/tables.md, its JSON schema, its DDL and a CSV template per table.

    python -m arbitre.tables.generated            writes them
    python -m arbitre.tables.generated --check    fails when one of them is not what it would write
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.tables.schema import A_CLOCK, Column, Kind, Table

_FOLDER = Path(__file__).parents[2] / "docs"
_SQL = {
    Kind.KEY: "VARCHAR", Kind.TEXT: "VARCHAR", Kind.CHOICE: "VARCHAR", Kind.INTEGER: "BIGINT", Kind.NUMBER: "DOUBLE",
    Kind.SHARE: "DOUBLE", Kind.TRUTH: "BOOLEAN", Kind.DATE: "DATE", Kind.TIME: "TIMESTAMP",
    Kind.CLOCK: "VARCHAR",
}
_JSON: dict[Kind, dict[str, Any]] = {
    Kind.KEY: {"type": "string"}, Kind.TEXT: {"type": "string"}, Kind.CHOICE: {"type": "string"},
    Kind.INTEGER: {"type": "integer"}, Kind.NUMBER: {"type": "number"},
    Kind.SHARE: {"type": "number", "minimum": 0, "maximum": 1}, Kind.TRUTH: {"type": "boolean"},
    Kind.DATE: {"type": "string", "format": "date"}, Kind.TIME: {"type": "string", "format": "date-time"},
    Kind.CLOCK: {"type": "string", "pattern": f"^({A_CLOCK})$"},
}


def template(table: Table) -> str:
    """Return the CSV template of a table: its header row, with units."""
    return ",".join(_headed(column) for column in table.columns) + "\n"


def templates() -> dict[str, str]:
    """Return the CSV template of every table that a user may bring, by table."""
    return {name: template(table) for name, table in INPUTS.items()}


def page() -> str:
    """Return the docs page of all tables, in Markdown."""
    parts = [
        "# Tables\n\n*Written by `python -m arbitre.tables.generated` from the declarations; change those.*\n\n"
        "A chain has the tables it needs, in any order: only those that are present decide what can be run. "
        "A header may be the name of the column, its English or French label or another usual word, and may carry a "
        "unit of the same kind in brackets, as in `Lead time (months)`. A column whose header starts with `_` is a "
        "note and is left out.\n",
        "## What a user brings\n", *(_table_page(table) for table in INPUTS.values()),
        "## What a run writes\n", *(_table_page(table) for table in RESULTS.values()),
    ]
    return "\n".join(parts)


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of a chain: an object with a list of rows per table."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The tables of a chain",
        "type": "object",
        "properties": {name: _table_schema(table) for name, table in INPUTS.items()},
        "additionalProperties": False,
    }


def ddl() -> str:
    """Return the DuckDB statements that create the tables of a chain, referred tables first.

    A reference in a loop (sites supplied by sites) is kept as DuckDB allows it: within its own table.
    """
    return "\n".join(_create(INPUTS[name]) for name in referred_first())


def files() -> dict[str, str]:
    """Return every generated file, by its path under docs/."""
    made = {"tables.md": page(), "tables.sql": ddl(),
            "tables.schema.json": json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"}
    return made | {f"templates/{name}.csv": text for name, text in templates().items()}


def stale(folder: Path = _FOLDER) -> list[str]:
    """Return the files under `folder` that are not what would be written, those of tables no longer declared too."""
    made = files()
    old = [name for name, text in made.items()
           if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text]
    left = [f"templates/{path.name}" for path in sorted((folder / "templates").glob("*.csv"))]
    return old + [name for name in left if name not in made]


def main(arguments: Sequence[str]) -> int:
    """Write the files, or with --check say which are stale; return the exit code."""
    if list(arguments) not in ([], ["--check"]):
        print("Usage: python -m arbitre.tables.generated [--check]", file=sys.stderr)
        return 2
    old = stale()
    if arguments:
        for name in old:
            print(f"docs/{name} is stale: run python -m arbitre.tables.generated", file=sys.stderr)
        return 1 if old else 0
    made = files()
    for name in old:
        path = _FOLDER / name
        if name not in made:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[name], encoding="utf-8", newline="\n")
    return 0


def _headed(column: Column) -> str:
    """Return the header of a column with its unit, where the unit is one that a user may change."""
    return f"{column.name} ({column.unit})" if column.unit not in ("", "unit", "money", "deg") else column.name


def _table_page(table: Table) -> str:
    lines = [f"### {table.name}\n", f"{table.label} | {table.label_fr}. {table.sentence}\n"]
    if table.aliases:
        lines.append(f"Also read under: {', '.join(table.aliases)}.\n")
    lines.append("| column | type | unit | rule | what it is | English | French |")
    lines.append("|---|---|---|---|---|---|---|")
    lines.extend(f"| `{column.name}` | {column.kind} | {column.unit} | {_rule(column)} | {column.sentence} "
                 f"| {column.label} | {column.label_fr} |" for column in table.columns)
    return "\n".join(lines) + "\n"


def _rule(column: Column) -> str:
    """Say in a few words what a cell must be."""
    least = "" if column.least is None else f"at least {column.least:g}"
    most = "" if column.most is None else f"at most {column.most:g}"
    words = [
        "key" if column.key else "",
        "required" if column.required else "",
        f"in `{column.refers}`" if column.refers else "",
        "empty: " + _default(column) if column.default is not None else "",
        _choices(column),
        least, most,
    ]
    return "; ".join(word for word in words if word)


def _choices(column: Column) -> str:
    if not column.choices:
        return ""
    french = f" ({', '.join(column.choices_fr)})" if column.choices_fr else ""
    return "one of " + ", ".join(column.choices) + french


def _default(column: Column) -> str:
    return {True: "yes", False: "no"}[column.default] if isinstance(column.default, bool) else f"{column.default}"


def _table_schema(table: Table) -> dict[str, Any]:
    return {
        "title": table.label,
        "description": table.sentence,
        "type": "array",
        "items": {
            "type": "object",
            "properties": {column.name: _column_schema(column) for column in table.columns},
            "required": [column.name for column in table.columns if column.required and column.default is None],
            "additionalProperties": False,
        },
    }


def _column_schema(column: Column) -> dict[str, Any]:
    schema: dict[str, Any] = {"title": column.label, "description": column.sentence, **_JSON[column.kind]}
    extras = {"minimum": column.least, "maximum": column.most, "default": column.default,
              "enum": list(column.choices) or None, "x-unit": column.unit or None, "x-refers": column.refers or None}
    schema.update({name: value for name, value in extras.items() if value is not None})
    if not column.required:  # an empty cell is null
        schema["type"] = [schema["type"], "null"]
        if column.choices:
            schema["enum"] = [*column.choices, None]
    return schema


def _create(table: Table) -> str:
    lines = [f'  "{column.name}" {_SQL[column.kind]}{_constraints(column)}' for column in table.columns]
    # A key with a part that may be empty ("every") cannot be a primary key in SQL: NULL is never equal to NULL.
    if table.key and all(table.column(name).required for name in table.key):
        lines.append("  PRIMARY KEY (" + ", ".join(f'"{name}"' for name in table.key) + ")")
    referred = {column.refers for other in INPUTS.values() for column in other.columns}
    lines.extend(f'  UNIQUE ("{name}")' for name in table.names
                 if f"{table.name}.{name}" in referred and table.key != (name,))
    lines.extend(f'  FOREIGN KEY ("{column.name}") REFERENCES {_target(column.refers)}'
                 for column in table.columns if column.refers)
    return f'-- {table.sentence}\nCREATE TABLE "{table.name}" (\n' + ",\n".join(lines) + "\n);\n"


def _constraints(column: Column) -> str:
    least, most = (0, 1) if column.kind == Kind.SHARE else (column.least, column.most)
    tests = [f'"{column.name}" >= {least:g}'] if least is not None else []
    tests += [f'"{column.name}" <= {most:g}'] if most is not None else []
    if column.choices:
        tests.append(f'"{column.name}" IN (' + ", ".join(f"'{choice}'" for choice in column.choices) + ")")
    if column.kind == Kind.CLOCK:
        tests.append(f"regexp_full_match(\"{column.name}\", '{A_CLOCK}')")
    default = "" if column.default is None else f" DEFAULT {_literal(column.default)}"
    return (" NOT NULL" if column.required else "") + default + (f" CHECK ({' AND '.join(tests)})" if tests else "")


def _literal(value: str | float | bool) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).lower()


def _target(refers: str) -> str:
    table, column = refers.split(".")
    return f'"{table}" ("{column}")'


def referred_first() -> list[str]:
    """Return the names of the input tables, each after those that it refers to."""
    needs: Mapping[str, set[str]] = {
        name: {column.refers.split(".")[0] for column in table.columns if column.refers} - {name}
        for name, table in INPUTS.items()}
    ordered: list[str] = []
    while len(ordered) < len(needs):
        ready = [name for name in needs if name not in ordered and needs[name] <= set(ordered)]
        if not ready:
            raise ValueError("The declared tables refer to one another in a loop.")
        ordered.extend(ready)
    return ordered


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
