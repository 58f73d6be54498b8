"""Who should look after which customer, so that loads are balanced and few change hands?

A customer's load is the cases it opens a year; the crew it has today is the one that did most of its events. Each
customer goes to one crew; every crew's load stays within `slack` of its share by heads. What it costs is the load that
changes hands, and `far_cost` times the load served from a site that is not the customer's:
    minimise  sum load_c (moved_cr + far_cost far_cr) x_cr,   sum_r x_cr = 1,
              (1 - slack) fair_r <= sum_c load_c x_cr <= (1 + slack) fair_r,   x whole:
the generalised assignment problem with balance (G. Ross, R. Soland, Mathematical Programming 8 (1975) 91-103), solved
by HiGHS with a bound. Where no assignment is that balanced, it says what stands in the way.

Reads customers, crews, cases and events; attributes for the worth of cases won; steps, needs and shifts, from which
each crew has a quota that its hours allow (_assignment_quota). Writes assignments, assignment_loads. Units: cases a
year, money a year.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre import capability
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unreachable, Unsupported
from arbitre.core.units import DAYS_PER_YEAR
from arbitre.optimise._assignment_quota import quotas
from arbitre.solvers.linear import Answer, Infeasible, Rows, Unsolved, least
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import as_number, shaped

READS = ("customers", "crews", "cases", "events")
MAY_READ = ("attributes", "steps", "needs", "shifts")
WRITES = ("assignments", "assignment_loads")

_GAP = 0.01
_MOST_NODES = 2_000


class Params(capability.Params):
    """How balanced loads must be, and what distance weighs."""

    kind: str | None = Field(None, description="Kind of case that makes the load; empty: every kind.")
    slack: float = Field(0.1, ge=0, le=1, description="Part of its fair share by which a crew's load may be off.",
                         json_schema_extra={"unit": "share"})
    far_cost: float = Field(0.5, ge=0, le=100, description="Cost of a case served from another site than the "
                            "customer's, beside 1 for a case that changes hands.")
    hours: float = Field(35.0, gt=0, le=168, description="Hours a week that a head works, where no shifts tell.",
                         json_schema_extra={"unit": "h"})
    exit: str = Field("won", description="Step whose cases are worth something to a quota.")
    value: str = Field("amount", description="Attribute that holds the worth of a case.")


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Assign customers to crews."""
    progress(0.0, "counting cases")
    accounts = _accounts(chain, params)
    crews = chain.table("crews").filter(pl.col("heads") > 0)
    if not crews.height:
        raise Unsupported("No crew has heads: there is nobody to assign customers to. Set heads in crews.")
    load, heads = accounts["load"].to_numpy(), crews["heads"].to_numpy().astype(float)
    fair = load.sum() * heads / heads.sum()
    names = crews["crew"].to_list()
    before = accounts["before"].replace_strict({name: n for n, name in enumerate(names)}, default=-1,
                                               return_dtype=pl.Int64).to_numpy()
    near, home = accounts["site"].to_numpy(), crews["site"].to_numpy()
    far = np.array([[a is not None and b is not None and a != b for b in home] for a in near], dtype=float)
    moved = (before[:, None] >= 0) & (before[:, None] != np.arange(len(names)))
    progress(0.2, "assigning")
    answer = _solved(load, moved + params.far_cost * far, fair, params.slack)
    to = answer.values.reshape(len(load), len(names)).argmax(axis=1)
    table = accounts.with_columns(crew=pl.Series(names).gather(to), is_moved=pl.Series((before >= 0) & (before != to)))
    loads = pl.DataFrame({
        "crew": names, "customers": np.bincount(to, minlength=len(names)), "fair": fair,
        "before": np.bincount(before[before >= 0], load[before >= 0], len(names)),
        "after": np.bincount(to, load, len(names)),
        "quota": np.bincount(to, accounts["value"].to_numpy(), len(names))})
    cases = _cases(chain, params)
    capacity = quotas(chain, cases, table.select("customer", "crew", "load"), names, _years(chain, cases),
                      _won(chain, params), params.hours)
    loads = loads.with_columns(pl.Series(name, values) for name, values in capacity.items())
    tables = {"assignments": table, "assignment_loads": loads}
    return Result("optimise.assignment", _summary(table, loads, answer),
                  {name: shaped(RESULTS[name], tables[name]) for name in WRITES}, status=answer.status,
                  bound=answer.bound, params=params.model_dump(mode="json"), seed=seed)


def _accounts(chain: Chain, params: Params) -> pl.DataFrame:
    """Return each customer with its load and worth a year, its site and the crew that looks after it."""
    cases = _cases(chain, params)
    events = chain.table("events")
    years = _years(chain, cases)
    whose = events.join(cases.select("case", "customer"), on="case")
    did = whose.filter(pl.col("resource").is_in(chain.table("crews")["crew"].to_list())).group_by(
        "customer", "resource").len().sort("len", "resource", descending=[True, False])
    did = did.group_by("customer", maintain_order=True).agg(before=pl.col("resource").first())
    worth = cases.join(_won(chain, params), on="case").group_by("customer").agg(
        value=pl.col("worth").sum() / years)
    asked = cases.group_by("customer").agg(load=pl.len() / years)
    found = chain.table("customers").select("customer", "site")
    for more in (asked, did, worth):
        found = found.join(more, on="customer", how="left", maintain_order="left")
    return found.with_columns(pl.col("load", "value").fill_null(0.0))


def _years(chain: Chain, cases: pl.DataFrame) -> float:
    """Return the years from the first case to the last fact, a day at least."""
    last = pl.concat([cases["opened_at"], chain.table("events")["happened_at"]]).max()
    days = (last - cases["opened_at"].min()).total_seconds() / 86_400  # type: ignore[operator]
    return max(days, 1.0) / DAYS_PER_YEAR


def _cases(chain: Chain, params: Params) -> pl.DataFrame:
    """Return the cases that make the load; raises Unsupported where there is none."""
    cases = chain.table("cases")
    cases = cases if params.kind is None else cases.filter(pl.col("kind") == params.kind)
    if not cases.height:
        raise Unsupported(f"No case is of kind {params.kind}. Name another kind, or none.")
    return cases


def _won(chain: Chain, params: Params) -> pl.DataFrame:
    """Return the cases won, each with its worth."""
    won = chain.table("events").filter(pl.col("step") == params.exit).select("case").unique(maintain_order=True)
    return won.join(_worth(chain, params.value), on="case")


def _worth(chain: Chain, attribute: str) -> pl.DataFrame:
    """Return the last worth known of each case."""
    if not chain.has("attributes"):
        return pl.DataFrame(schema={"case": pl.String, "worth": pl.Float64})
    rows = chain.table("attributes").filter(pl.col("attribute") == attribute).sort("valid_from", maintain_order=True)
    rows = rows.with_columns(worth=as_number("value"))
    return rows.group_by("case", maintain_order=True).agg(pl.col("worth").last().fill_null(0.0))


def _solved(load: np.ndarray, cost: np.ndarray, fair: np.ndarray, slack: float) -> Answer:
    """Return the assignment of least cost; raises Unreachable where none is that balanced."""
    customers, crews = cost.shape
    column = np.arange(customers * crews)
    first = np.concatenate((np.arange(customers + 1) * crews, customers * crews + np.arange(1, crews + 1) * customers))
    by_crew = column.reshape(customers, crews).T.ravel()
    rows = Rows(first, np.concatenate((column, by_crew)), np.concatenate((np.ones(len(column)), np.tile(load, crews))),
                np.concatenate((np.ones(customers), (1 - slack) * fair)),
                np.concatenate((np.ones(customers), (1 + slack) * fair)))
    whole = np.ones(len(column), bool)
    try:
        return least((load[:, None] * cost).ravel(), rows, np.zeros(len(column)), np.ones(len(column)), whole, gap=_GAP,
                     most_nodes=_MOST_NODES)
    except (Infeasible, Unsolved) as none:
        raise Unreachable(f"No assignment keeps every crew within {slack:.0%} of its share; the largest customer alone "
                          f"asks {load.max() / fair.min():.0%} of the smallest share. Raise slack.") from none


def _summary(table: pl.DataFrame, loads: pl.DataFrame, answer: Answer) -> dict[str, Any]:
    """Return the named numbers of the answer."""
    fair, load = loads["fair"].to_numpy(), table["load"].to_numpy()
    off = {name: float(np.abs(loads[name].to_numpy() / np.maximum(fair, 1e-12) - 1.0).max())
           for name in ("before", "after")}
    return {"value": answer.objective, "bound": answer.bound, "customers": table.height,
            "moved": int(table["is_moved"].sum()),
            "moved_share": float(load[table["is_moved"].to_numpy()].sum() / max(load.sum(), 1e-12)),
            "imbalance_before": off["before"], "imbalance_after": off["after"]}
