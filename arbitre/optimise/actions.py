"""What should be done to which customer first, with the hours there are, and what is one more hour worth?

    maximise sum value x   with   sum hours x <= hours of each resource,   sum over levers x <= 1 for each customer
where the value of doing a lever to a customer is uplift x worth - cost: worth is that of the lever, or,
where it has none, what the customer is still expected to pay (customer_health). Only actions worth their cost count.

The linear programme (`solvers.linear`) gives the bound and what one more hour is worth (its dual). At most one customer
for each resource is split in it; split ones are let go and the hours left are filled by value for an hour, so that
the gap is at most the value of a few actions, and is told. Without hours to keep to, each customer gets its best
action.

Reads uplift_scores and levers; resources, customer_health where present. Writes next_actions, action_hours. Units:
money, hours.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from arbitre import capability
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.units import DAYS_PER_YEAR
from arbitre.solvers.linear import Rows, least
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("uplift_scores", "levers")
MAY_READ = ("resources", "customer_health")
WRITES = ("next_actions", "action_hours")

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_WHOLE = 1e-6


class Params(capability.Params):
    """How long the list is to keep busy those who act, and how sure an effect must be."""

    days: float = Field(30.0, gt=0.0, le=366.0, description="Days for which actions are planned.",
                        json_schema_extra={"unit": "day"})
    careful: bool = Field(False, description="Count the lower end of the interval of an effect, not the effect itself.")


def reads(_: Params, chain: Chain) -> tuple[str, ...]:
    """Return the tables needed: where a lever has no worth of its own, what customers are still expected to pay."""
    without = chain.has("levers") and chain.table("levers")["worth"].null_count() > 0
    return (*READS, "customer_health") if without else READS


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Choose actions. Raises Unsupported where a lever is not known, or no value can be given to its effect."""
    progress(0.1, "valuing actions")
    worthwhile = _worthwhile(chain, params)
    hours = _hours(chain, worthwhile, params.days)
    progress(0.4, "choosing")
    chosen, worth, bound = _chosen(worthwhile, hours)
    actions = worthwhile.filter(pl.Series(chosen)).with_columns(
        by=pl.when(pl.col("hours") > 0).then(pl.col("value") / pl.col("hours")).otherwise(float("inf")))
    actions = actions.sort("by", "value", "customer", descending=[True, True, False]).with_columns(
        rank=pl.int_range(1, pl.len() + 1))
    value = float(actions["value"].sum())
    of_hours = _told(worthwhile, actions, hours, worth)
    summary: dict[str, Any] = {
        "actions": actions.height, "worthwhile": worthwhile["customer"].n_unique(), "value": value, "bound": bound,
        "gap": (bound - value) / bound if bound > 0.0 else 0.0, "hours": float(actions["hours"].sum()),
        **{f"worth_of_an_hour.{row['resource']}": row["worth"] for row in of_hours.iter_rows(named=True)},
    }
    return Result("optimise.actions", summary, {"next_actions": shaped(RESULTS["next_actions"], actions),
                                                "action_hours": shaped(RESULTS["action_hours"], of_hours)},
                  bound=bound, params=params.model_dump(mode="json"), seed=seed)


def _worthwhile(chain: Chain, params: Params) -> pl.DataFrame:
    """Return each action worth its cost: customer, lever, resource, hours, uplift, value, drivers."""
    levers = chain.table("levers").select("lever", "resource", "hours", "cost", "worth")
    scores = chain.table("uplift_scores").select("customer", "lever", uplift="low" if params.careful else "uplift")
    if unknown := sorted(set(scores["lever"]) - set(levers["lever"])):
        raise Unsupported(f"What is known of the levers {', '.join(unknown)} is not in the table levers: say there "
                          "what hours they take and what they cost.")
    health = (chain.table("customer_health").select("customer", "drivers", still="value")
              if chain.has("customer_health") else
              pl.DataFrame(schema={"customer": pl.String, "drivers": pl.String, "still": pl.Float64}))
    rows = scores.join(levers, on="lever", maintain_order="left").join(health, on="customer", how="left",
                                                                         maintain_order="left")
    rows = rows.with_columns(value=pl.col("uplift") * pl.coalesce("worth", "still") - pl.col("cost"))
    if rows.height and rows["value"].null_count() == rows.height:
        raise Unsupported("No worth is known: fill levers.worth, or contracts.price, from which follows what customers "
                          "are still expected to pay.")
    return rows.filter(pl.col("value") > 0.0).sort("customer", "lever")


def _hours(chain: Chain, actions: pl.DataFrame, days: float) -> dict[str, float]:
    """Return the hours of each resource that actions need, over the days planned."""
    needed = actions.filter(pl.col("resource").is_not_null(), pl.col("hours") > 0)["resource"].unique().sort()
    if not len(needed):
        return {}
    known = dict(chain.table("resources").select("resource", "capacity").iter_rows())
    return {name: known[name] * days / DAYS_PER_YEAR for name in needed}


def _chosen(actions: pl.DataFrame, hours: dict[str, float]) -> tuple[NDArray[np.bool_], dict[str, float], float]:
    """Return which actions are done, what one more hour of each resource is worth, and the bound on their value."""
    if not actions.height:
        return np.zeros(0, bool), dict.fromkeys(hours, 0.0), 0.0
    value, takes = actions["value"].to_numpy(), actions["hours"].to_numpy()
    customer = actions["customer"].rank("dense").to_numpy().astype(np.int64) - 1
    names = list(hours)
    resource = np.array([names.index(name) if name in hours else -1 for name in actions["resource"]], np.int64)
    resource[takes == 0.0] = -1
    there = np.array([hours[name] for name in names])
    answer = least(-value, _rows(customer, resource, takes, there), np.zeros(len(value)), np.ones(len(value)),
                   np.zeros(len(value), bool), gap=0.0, most_nodes=1)
    chosen = answer.values > 1.0 - _WHOLE
    # What is left of the hours goes to those who got nothing, by what an hour of theirs is worth.
    served = np.zeros(int(customer.max()) + 1, bool)
    served[customer[chosen]] = True
    left = there - np.array([takes[chosen & (resource == place)].sum() for place in range(len(names))])
    for at in np.argsort(-value / np.maximum(takes, 1e-9), kind="stable"):
        place = resource[at]
        if not served[customer[at]] and (place < 0 or takes[at] <= left[place] + 1e-9):
            chosen[at] = served[customer[at]] = True
            if place >= 0:
                left[place] -= takes[at]
    worth = {name: float(-answer.row_dual[place]) for place, name in enumerate(names)}
    return chosen, worth, -answer.objective


def _rows(customer: Integers, resource: Integers, takes: Floats, there: Floats) -> Rows:
    """Return the rows of the programme: hours of each resource, then one action for each customer."""
    order = np.argsort(customer, kind="stable")
    columns = [np.flatnonzero(resource == place) for place in range(len(there))]
    counts = [len(part) for part in columns] + np.bincount(customer).tolist()
    return Rows(
        first=np.concatenate([[0], np.cumsum(counts)]), column=np.concatenate([*columns, order]),
        value=np.concatenate([*(takes[part] for part in columns), np.ones(len(order))]),
        lower=np.full(len(counts), -np.inf), upper=np.concatenate([there, np.ones(len(counts) - len(there))]),
    )


def _told(worthwhile: pl.DataFrame, actions: pl.DataFrame, hours: dict[str, float], worth: dict[str, float],
          ) -> pl.DataFrame:
    """Return the hours of each resource, used and worth."""
    idle = worthwhile.join(actions, on="customer", how="anti")
    return pl.DataFrame([
        {"resource": name, "hours": there, "used": float(actions.filter(resource=name)["hours"].sum()),
         "actions": actions.filter(resource=name).height, "worth": worth[name],
         "left_out": idle.filter(resource=name)["customer"].n_unique()} for name, there in hours.items()
    ], schema={"resource": pl.String, "hours": pl.Float64, "used": pl.Float64, "actions": pl.Int64,
               "worth": pl.Float64, "left_out": pl.Int64})
