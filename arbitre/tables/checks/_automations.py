"""Rules of automations: a condition that can be asked of a case, and the parameter that its action needs."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from arbitre.core.errors import Fault, UsageError
from arbitre.tables.checks._looked import Looked
from arbitre.tables.conditions import condition

_NEED = ("reassign", "prioritise", "open_task")


def automations(looked: Looked) -> Iterator[Fault]:
    """Every condition that cannot be read, and every action that lacks its parameter."""
    if not looked.has("automations") or not looked.sure("automations", "condition", "action", "parameter"):
        return
    frame = looked.frames["automations"]
    for place, text in enumerate(frame["condition"]):
        try:
            condition(text)
        except UsageError as wrong:
            mask = pl.Series([at == place for at in range(frame.height)])
            yield from looked.fault(("automations", "condition"), "automation_unreadable", mask, why=str(wrong))
    lacking = frame["action"].is_in(_NEED) & frame["parameter"].is_null()
    yield from looked.fault(("automations", "parameter"), "automation_needs", lacking, frame["action"])
