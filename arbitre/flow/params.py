"""What can be asked of a capability: its params, as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arbitre.flow.stages import capability

_LIMITS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


@dataclass(frozen=True)
class Param:
    """One param: what it means and may be. kind, a type or format of JSON Schema; limits, a text, as in "> 0, ≤ 2";
    least, most, the same as numbers; choices, where it is one of some, the empty one where it may stay empty."""

    name: str
    sentence: str
    unit: str
    kind: str
    default: str
    limits: str
    least: float | None
    most: float | None
    choices: tuple[str, ...]


def params(name: str) -> list[Param]:
    """Return what can be asked of a capability, by default as without a chain.

    Raises UsageError, with the nearest one, where there is none of that name.
    """
    return described(capability(name).Params.model_json_schema()["properties"], {})


def described(declared: Mapping[str, Mapping[str, Any]], settings: Mapping[str, Any]) -> list[Param]:
    """Return params from their JSON schemas by name, by default as `settings` (of chain.toml) says."""
    return [_described(name, schema, settings) for name, schema in declared.items()]


def _described(name: str, schema: Mapping[str, Any], settings: Mapping[str, Any]) -> Param:
    # A param that may stay empty is declared as "this or null".
    shape = next(option for option in schema.get("anyOf", [schema]) if option.get("type") != "null")
    choices = tuple(map(str, shape.get("enum", ()))) or (("true", "false") if shape.get("type") == "boolean" else ())
    return Param(
        name=name,
        sentence=schema.get("description", ""),
        unit=schema.get("unit", ""),
        kind=shape.get("format", shape.get("type", "")),
        default=_text(settings.get(name, schema.get("default"))),
        limits=", ".join(f"{sign} {shape[limit]:g}" for limit, sign in _LIMITS.items() if limit in shape),
        least=shape.get("minimum", shape.get("exclusiveMinimum")),
        most=shape.get("maximum", shape.get("exclusiveMaximum")),
        choices=("", *choices) if "anyOf" in schema and choices else choices,
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)
