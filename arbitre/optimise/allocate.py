"""How should what is scarce be shared, so that the last unit of money brings as much everywhere?

Whatever it is given to (a channel, a team, a shelf), more of it brings less and less. Above each response lies its
concave hull, made of steps that bring less and less for their money; the best shares take the steps of all of them in
that order until the budget is spent (Fox, Operations Research 14, 1966). Where the budget ends within a step the plan
stops before it; the hulls, taken in part, are the bound. What the next unit of money would bring is the worth of the
budget.

Reads whichever there are (`_allocate_responses`): responses, which users bring; spend_curve of optimise.spend;
stock_curve of optimise.stock, where promises have a late_cost; crew_levels of optimise.crews, for hours of teams;
next_actions and action_hours of optimise.actions, for hours of those who act. Writes allocation. Money of the chain a
year.
"""

from __future__ import annotations

import math
from typing import Any

import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported, UsageError
from arbitre.maths.market.shares_of_budget import Response, shared
from arbitre.optimise._allocate_responses import responses_of
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ()
MAY_READ = ("responses", "spend_curve", "stock_curve", "promise_worth", "promises", "crew_levels", "next_actions",
            "action_hours", "resources")
WRITES = ("allocation",)


class Params(BaseParams):
    """How much there is to share."""

    budget: float | None = Field(None, ge=0, description="Money to share in a year; empty: what is given today.",
                                 json_schema_extra={"unit": "money/year"})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Return who gets what. Raises Unsupported without any response, UsageError with too small a budget."""
    del seed, progress
    rows = responses_of(chain)
    if not rows:
        raise Unsupported("There is nothing to share between. Add the table responses, or name optimise.spend, "
                          "optimise.stock, optimise.crews or optimise.actions in chain.toml, so that it runs first.")
    table = pl.DataFrame(rows).sort("kind", "response", "cost", "amount")
    groups = [group for _, group in table.group_by("kind", "response", maintain_order=True)]
    responses = [Response(group["cost"].to_numpy(), group["worth"].to_numpy()) for group in groups]
    today = [_today(group) for group in groups]
    known = [at for at in today if at is not None]
    if params.budget is None and len(known) < len(today):
        raise UsageError("Some responses have no amount marked is_today, so today's budget is not known. Mark them, or "
                         "give the budget.")
    budget = params.budget if params.budget is not None else float(
        sum(group["cost"][at] for group, at in zip(groups, today, strict=True) if at is not None))
    least = sum(float(one.cost.min()) for one in responses)
    if budget < least * (1 - 1e-9):
        raise UsageError(f"The smallest amounts together take {least:,.0f} a year, and the budget is {budget:,.0f}. "
                         "Raise it, or add smaller amounts.")
    found = shared(responses, budget)
    told = [_row(group, response, point, before)
            for group, response, point, before in zip(groups, responses, found.points, today, strict=True)]
    frame = shaped(RESULTS["allocation"], pl.DataFrame(told, infer_schema_length=None))
    value, error = float(frame["worth"].sum()), math.sqrt(float((frame["error"] ** 2).sum()))
    summary: dict[str, Any] = {
        "responses": len(groups), "kinds": table["kind"].n_unique(), "budget": budget,
        "cost": float(frame["cost"].sum()), "value": value, "bound": max(found.bound, value),
        "gap": (max(found.bound, value) - value) / abs(value) if value else 0.0, "error": error,
        "worth_of_budget": found.worth,
        "gain": value - float(frame["worth_before"].sum()) if len(known) == len(today) else None,
    }
    return Result("optimise.allocate", summary, {"allocation": frame}, bound=summary["bound"])


def _today(group: pl.DataFrame) -> int | None:
    """Return the place of what is given today, where it is known."""
    places = group["is_today"].arg_true()
    return int(places[0]) if len(places) else None


def _row(group: pl.DataFrame, response: Response, point: int, before: int | None) -> dict[str, Any]:
    """Return the row of allocation for a response."""
    last, following = response.margins(point)
    row = group.row(point, named=True)
    known = group.row(before, named=True) if before is not None else None
    return {"response": row["response"], "kind": row["kind"], "amount": row["amount"], "cost": row["cost"],
            "worth": row["worth"], "error": row["error"], "last": last, "next": following,
            **({} if known is None else {f"{name}_before": known[name] for name in ("amount", "cost", "worth")})}

