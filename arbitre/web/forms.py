"""The form of a capability, made from its Params, and the params read back from what was sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from arbitre.capability import Params
from arbitre.core.errors import UsageError
from arbitre.flow.params import Param, described

SEED = "seed"
SEED_SENTENCE = "Seed of every random stream: the same seed gives the same answer."
_INPUTS = {"number": "number", "integer": "number", "date": "date", "date-time": "datetime-local"}


@dataclass(frozen=True)
class Field(Param):
    """One field of a form: a param, how to ask for it, and what is filled in."""

    value: str

    @property
    def input(self) -> str:
        return "select" if self.choices else _INPUTS.get(self.kind, "text")

    @property
    def step(self) -> str:
        return "1" if self.kind == "integer" else "any"


def fields(kind: type[Params], settings: Mapping[str, Any], given: Mapping[str, str]) -> list[Field]:
    """Return the fields of a form, the seed last: filled as given, else as chain.toml says, else by default."""
    seed = {"type": "integer", "minimum": 0, "default": 1, "description": SEED_SENTENCE}
    found = described({**kind.model_json_schema()["properties"], SEED: seed}, settings)
    return [Field(**vars(param), value=given.get(param.name, param.default)) for param in found]


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
