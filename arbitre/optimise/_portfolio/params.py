"""What is asked of a market, by whichever capability decides its offers: params and tables they have in common."""

from __future__ import annotations

from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.optimise._portfolio.model import Sharing
from arbitre.optimise._portfolio.question import Belief, Grouping
from arbitre.tables.chain import Chain

MARKET = ("segments", "customers", "offers", "promises", "acceptance", "sites", "lanes", "items")
PEOPLE = ("arrivals", "routes", "steps", "durations", "needs", "crews", "shifts", "opening_hours", "holidays",
          "time_equations", "activities", "resources")
"""What tells which people offers call for."""


class MarketParams(BaseParams):
    """How a market is read."""

    sharing: Sharing = Field("promised_date", description="Who gets a unit of shared stock: who is promised first, on "
                             "the date promised; or who asks first, so that the tightest promise sets the level for "
                             "all.")
    free_sites: bool = Field(False, description="Decide which sites are open too; else they stay as they are.")
    most_offers: int | None = Field(None, ge=1, description="Most offers in the catalogue; empty: any number.",
                                    json_schema_extra={"unit": "unit"})
    heads: int | None = Field(None, ge=0, description="Most heads in all crews that offers need; empty: any number.",
                              json_schema_extra={"unit": "unit"})
    belief: Belief = Field("expected", description="Which share of acceptance is believed: the one expected, its low "
                           "end or its high end.")
    holding_share: float = Field(0.25, gt=0, le=2, description="Yearly cost of a unit on the shelf, as a share of its "
                                 "price: capital, room, insurance, ageing.", json_schema_extra={"unit": "1/year"})
    resupply_wait: float = Field(1.0, ge=0, le=365, description="Mean time an order of a site waits at the site that "
                                 "resupplies it, beside the way.", json_schema_extra={"unit": "day"})
    grouping: Grouping = Field("all", description="Items whose kept share is counted together: all, as promises count "
                               "them; or those of a family, or of a criticality, so that none makes up for another.")
    leaving_share: float = Field(0.0, ge=0, le=1, description="Share of customers who leave for each late case; what "
                                 "they would have brought is lost.", json_schema_extra={"unit": "share"})
    lost_years: float = Field(3.0, gt=0, le=100, description="Years for which what a customer who leaves would have "
                              "brought is lost.", json_schema_extra={"unit": "year"})
    kind: str = Field("order", description="Kind of case whose promises stock keeps.")


def tables_needed(chain: Chain) -> tuple[str, ...]:
    """Return what is needed: where nobody knows the demand, what fails in the machines stands for it."""
    if chain.has("demand") or chain.has("cases") or not chain.has("positions"):
        return (*MARKET, "demand")
    return (*MARKET, "assets", "positions")
