"""What chain.toml says of a chain: its name, its money, its language, its sources and its scenarios."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Change(BaseModel):
    """One row of a scenario: in `table`, where `filter` holds, `column` becomes `change`.

    `filter` is "column = value" terms joined by "and", empty for every row; `change` is "= 3", "+ 3", "- 3", "* 1.1".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str
    filter: str = ""
    column: str
    change: str


class Settings(BaseModel):
    """chain.toml, checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    sentence: str = ""
    currency: str = Field("EUR", pattern="^[A-Z]{3}$")
    time_zone: str = "Europe/Paris"
    language: Literal["en", "fr"] | None = None
    dates: Literal["day_first", "month_first"] | None = None
    period: dict[Literal["from", "to"], date] = {}
    sources: dict[str, str] = {}
    map: dict[str, str] = {}
    scenarios: dict[str, list[Change]] = {}
    capabilities: dict[str, dict[str, Any]] = {}
