"""Settings as chain.toml text: the standard library reads TOML but does not write it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def toml(settings: Mapping[str, Any]) -> str:
    """Return plain settings (texts, numbers, truths, lists, mappings) as TOML; a None is left out."""
    return "\n".join(_section(settings, ())).strip() + "\n"


def _section(values: Mapping[str, Any], place: tuple[str, ...]) -> list[str]:
    given = {key: value for key, value in values.items() if value is not None}
    lines = [f"{_text(key)} = {_value(value)}" for key, value in given.items() if not isinstance(value, Mapping)]
    if place and (lines or not given):
        lines = ["", f"[{'.'.join(map(_text, place))}]", *lines]
    for key, value in given.items():
        if isinstance(value, Mapping):
            lines += _section(value, (*place, key))
    return lines


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_text(key)} = {_value(each)}" for key, each in value.items() if each is not None)
        return "{" + inner + "}"
    if isinstance(value, list):
        inner = ",\n    ".join(_value(each) for each in value)
        return f"[\n    {inner},\n]" if inner else "[]"
    if isinstance(value, str):
        return _quoted(value)
    return json.dumps(value)


def _text(key: str) -> str:
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else _quoted(key)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
