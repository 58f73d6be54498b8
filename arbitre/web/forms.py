"""The form of a capability, made from its Params, and the params read back from what was sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from arbitre.capability import Params
from arbitre.core.errors import UsageError

SEED = "seed"
SEED_SENTENCE = "Seed of every random stream: the same seed gives the same answer."
_INPUTS = {"number": "number", "integer": "number", "date": "date", "date-time": "datetime-local"}
_LIMITS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


@dataclass(frozen=True)
class Field:
    """One field: how to ask for it, what it means, what it may be. `limits` is a text, as in "> 0, ≤ 2"."""

    name: str
    sentence: str
    unit: str
    input: str
    value: str
    default: str
    limits: str = ""
    least: float | None = None
    most: float | None = None
    step: str = "any"
    choices: tuple[str, ...] = ()


def fields(kind: type[Params], settings: Mapping[str, Any], given: Mapping[str, str]) -> list[Field]:
    """Return the fields of a form, the seed last: filled as given, else as chain.toml says, else by default."""
    seed = {"type": "integer", "minimum": 0, "default": 1, "description": SEED_SENTENCE}
    declared = {**kind.model_json_schema()["properties"], SEED: seed}
    return [_field(name, schema, settings, given) for name, schema in declared.items()]


def _field(name: str, schema: Mapping[str, Any], settings: Mapping[str, Any], given: Mapping[str, str]) -> Field:
    # A field that may stay empty is declared as "this or null".
    shape = next(option for option in schema.get("anyOf", [schema]) if option.get("type") != "null")
    default = _text(settings.get(name, schema.get("default")))
    choices = tuple(map(str, shape.get("enum", ()))) or (("true", "false") if shape.get("type") == "boolean" else ())
    return Field(
        name=name,
        sentence=schema.get("description", ""),
        unit=schema.get("unit", ""),
        input="select" if choices else _INPUTS.get(shape.get("format", shape.get("type")), "text"),
        value=given.get(name, default),
        default=default,
        limits=", ".join(f"{sign} {shape[limit]:g}" for limit, sign in _LIMITS.items() if limit in shape),
        least=shape.get("minimum", shape.get("exclusiveMinimum")),
        most=shape.get("maximum", shape.get("exclusiveMaximum")),
        step="1" if shape.get("type") == "integer" else "any",
        choices=("", *choices) if "anyOf" in schema and choices else choices,
    )


def params_given(kind: type[Params], query: Mapping[str, str]) -> dict[str, str | None]:
    """Return the params in a query, the seed apart: an empty field is "none" where that is allowed, else the default.

    A name that is no param is kept, so that it is refused by name.
    """
    known = kind.model_json_schema()["properties"]
    return {name: value or None for name, value in query.items()
            if name != SEED and (value or name not in known or "anyOf" in known[name])}


def seed_given(query: Mapping[str, str]) -> int:
    """Return the seed in a query, 1 when there is none; raises UsageError for anything but a whole number."""
    text = query.get(SEED) or "1"
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise UsageError(f"seed: give a whole number of at most 18 digits, not {text[:80]!r}.")
    return int(text)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)
