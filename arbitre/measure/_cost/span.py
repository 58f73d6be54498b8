"""The days that costs and profits are counted over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import Field

from arbitre import capability
from arbitre.core.errors import Unsupported, UsageError
from arbitre.core.units import DAYS_PER_YEAR
from arbitre.measure._cost.sql import FACTS_SPAN
from arbitre.tables.chain import Chain


class CostParams(capability.Params):
    """Which days to count, and what stock costs."""

    since: date | None = Field(
        None, description="First day counted; empty: the first of the chain's period, or of its facts.",
        json_schema_extra={"unit": "date"},
    )
    until: date | None = Field(
        None, description="Last day counted; empty: the last of the chain's period, or of its facts.",
        json_schema_extra={"unit": "date"},
    )
    holding_share: float = Field(
        0.25, ge=0.0, le=2.0, description="Yearly cost of a unit on the shelf, as a share of its price: capital, room, "
        "insurance, ageing.", json_schema_extra={"unit": "1/year"},
    )
    kind: str = Field(
        "order", description="Kind of case whose promises stock keeps.", json_schema_extra={"unit": ""},
    )


@dataclass(frozen=True)
class Span:
    """Days from `first` to `last`, both counted."""

    first: date
    last: date

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def years(self) -> float:
        return self.count / DAYS_PER_YEAR

    @property
    def days(self) -> dict[str, Any]:
        """The span as the parameters of a query."""
        return {"from_on": self.first, "to_on": self.last + timedelta(days=1)}


def span_of(chain: Chain, params: CostParams) -> Span:
    """Return the days to count.

    Raises Unsupported when nothing in the chain has a date, UsageError when the last day comes before the first.
    """
    facts = chain.sql(FACTS_SPAN).row(0, named=True)
    period = chain.settings.period
    first, last = (
        params.since or period.get("from") or facts["first_on"], params.until or period.get("to") or facts["last_on"]
    )
    if first is None or last is None:
        raise Unsupported(f"Nothing in the chain {chain.name} has a date: cases, invoices and costs have no rows.")
    if last < first:
        raise UsageError(f"The last day, {last}, comes before the first, {first}. Turn since and until around.")
    return Span(first, last)
