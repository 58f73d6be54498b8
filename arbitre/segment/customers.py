"""Which customers are alike, in value and in what they need, how firm is that, and who has moved?

*Measures* of each customer, from its order lines alone and what else the tables tell: money, the way of ordering,
machines, answers (`_customer_measures`). *Scores* from 0 to 1 are mean ranks among all customers: potential, profit
today and projected, how demanding the orders are, what is expected; one that nothing is known of stays empty, and
`gaps` names what is missing.

*Schools* sort customers by the same measures (`_schools`): value and need, behaviour, ABC strata, and latent classes,
which no rule has shaped. `confidence` of a rule: the lines of the customer are drawn again ten times (measures moved by
their standard errors), and counted is how often the rule says the same. `segment_agreement` tells how far schools agree
with each other and with the segments the chain names (adjusted Rand, Hubert and Arabie 1985), and whether classes are
found again among customers drawn again (Jaccard, Hennig 2007).

*A tree* of each school (`maths.evidence.decision_tree`) says in plain words who belongs where, and places customers of
whom its rule knows too little. *Moves*: the measures of the last `move_days` and of as many before go down the same
trees; where the ways part is the measure that made a customer move.

Reads cases; customers, assets, answers, items, promises, and invoices, from which measure.profit makes customer_profit.
Writes segment_members, segment_scores, segment_profiles, segment_rules, segment_agreement, segment_moves. Units: money
and lines a year, hours.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre import capability
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.segment import _customer_tables as tables
from arbitre.segment._customer_lines import DAY, Lines, lines_of
from arbitre.segment._customer_measures import Asked, Measures, Window, basis, measured, most_answered, with_margins
from arbitre.segment._placed import Placed, placed
from arbitre.segment._schools import NEED, Found, Ranks, classes, rules
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped

READS = ("cases",)
MAY_READ = ("customers", "segments", "assets", "answers", "items", "promises", "invoices", "customer_profit")
WRITES = ("segment_members", "segment_scores", "segment_profiles", "segment_rules", "segment_agreement",
          "segment_moves")


class Params(capability.Params):
    """Which lines to count, what is urgent, and how far to ask."""

    kind: str = Field("order", description="Kind of case that is an order line.", json_schema_extra={"unit": ""})
    since: date | None = Field(
        None, description="First day counted; empty: the day of the first case.", json_schema_extra={"unit": "date"}
    )
    until: date | None = Field(
        None, description="Last day counted; empty: the day of the last case.", json_schema_extra={"unit": "date"}
    )
    urgent: float = Field(
        24.0, gt=0.0, le=8760.0, description="A line to be there within so many hours is urgent.",
        json_schema_extra={"unit": "h"},
    )
    least: int = Field(
        3, ge=1, le=1000, description="Lines below which nothing is said of a customer's way of ordering.",
        json_schema_extra={"unit": ""},
    )
    expects: str = Field(
        "speed importance", description="Question of answers that tells how much speed matters to a customer.",
        json_schema_extra={"unit": ""},
    )
    most_classes: int = Field(
        8, ge=1, le=20, description="Latent classes sought at most.", json_schema_extra={"unit": ""}
    )
    depth: int = Field(
        3, ge=1, le=6, description="Questions that a tree asks of a customer at most.", json_schema_extra={"unit": ""}
    )
    move_days: int = Field(
        365, ge=1, le=3660, description="Length of the periods between which moves are told: the last days counted, "
        "and as many before.", json_schema_extra={"unit": "day"},
    )


def reads(_: Params, chain: Chain) -> tuple[str, ...]:
    """Return the tables needed: where there are invoices, what each customer leaves once served."""
    return (*READS, "customer_profit") if chain.has("invoices") else READS


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Score and sort the customers of a chain. Raises Unsupported when no order line names a customer."""
    progress(0.05, "measuring customers")
    lines = lines_of(chain, params.kind)
    window = _window(chain, lines, params)
    asked = Asked(params.urgent, params.least, params.expects, most_answered(chain))
    measures = with_margins(measured(chain, lines, window, asked), chain, lines, window)
    ranks = Ranks(measures)
    progress(0.3, "sorting customers")
    found = classes(measures, ranks, params.most_classes, seed)
    schools = [*rules(measures, ranks), *([found.school] if found else [])]
    chance = {found.school.name: found.chance} if found else {}
    sorted_by = placed(schools, measures, params.depth, chance, seed)
    progress(0.7, "telling who moved")
    moves = _moves(chain, lines, window, asked, measures, sorted_by, params.move_days)
    progress(0.9, "writing")
    written = {
        "segment_members": tables.members(lines.customers, measures, sorted_by),
        "segment_scores": tables.scores(lines.customers, measures, ranks),
        "segment_profiles": tables.profiles(measures, sorted_by),
        "segment_rules": tables.rules(sorted_by),
        "segment_agreement": tables.agreement(chain, lines.customers, sorted_by, found),
        "segment_moves": moves,
    }
    summary = {
        "first_on": window.from_on.isoformat(), "last_on": (window.to_on - timedelta(days=1)).isoformat(),
        "customers": len(lines.customers), "few_lines": int((measures["lines"] < params.least).sum()),
        "sales_are": basis(chain), **_of_schools(sorted_by, found, written), **_not_said(measures, asked, found),
    }
    return Result("segment.customers", summary, {name: shaped(RESULTS[name], table) for name, table in written.items()})


def _window(chain: Chain, lines: Lines, params: Params) -> Window:
    first, after = params.since, params.until + timedelta(days=1) if params.until else None
    here = lines.within(first or date.min, after or date.max)
    if not here.any():
        raise Unsupported(f"No case of kind {params.kind} of the chain {chain.name} names a customer between "
                          f"{params.since or 'the start'} and {params.until or 'the end'}: there is nobody to tell "
                          "apart. Fill cases.customer, or choose another kind, since or until.")
    days = lines.opened[here] // DAY
    start = date(1970, 1, 1)
    return Window(first or start + timedelta(days=int(days.min())),
                  after or start + timedelta(days=int(days.max()) + 1))


def _moves(chain: Chain, lines: Lines, window: Window, asked: Asked, whole: Measures, sorted_by: list[Placed],
           days: int) -> pl.DataFrame:
    """Return who comes to another segment by the last days than by as many before; nobody where one is not counted."""
    middle = window.to_on - timedelta(days=days)
    first = middle - timedelta(days=days)
    if first < window.from_on:
        return empty(RESULTS["segment_moves"])
    told = [with_margins(measured(chain, lines, period, asked), chain, lines, window, whole)
            for period in (Window(first, middle), Window(middle, window.to_on))]
    both = np.flatnonzero(np.minimum(told[0]["lines"], told[1]["lines"]) >= asked.least)
    before, after = ({name: values[both] for name, values in one.items()} for one in told)
    return tables.moves(lines.customers[both], before, after, sorted_by)


def _of_schools(sorted_by: list[Placed], found: Found | None, written: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """Return the named numbers of each school."""
    agreed = written["segment_agreement"].filter(other="tree")
    same = dict(agreed.select("school", "value").iter_rows())
    moved = dict(written["segment_moves"].group_by("school").len().iter_rows())
    summary: dict[str, Any] = {}
    for one in sorted_by:
        name = one.school.name
        summary |= {f"{name}.segments": len(np.unique(one.codes[one.codes >= 0])),
                    f"{name}.not_placed": int((one.codes < 0).sum()), f"{name}.tree_share": same[name],
                    f"{name}.moved": moved.get(name, 0)}
    if found:
        summary |= {"classes.icl": found.icl, "classes.least_stability": float(found.stability.min())}
    return summary


def _not_said(measures: Measures, asked: Asked, found: Found | None) -> dict[str, str]:
    """Return what could not be told, and why."""
    said: list[str] = []
    if found is None:
        said.append("Latent classes: they need 30 customers of whom something is known that tells them apart.")
    if not any(name in measures and np.isfinite(measures[name]).any() for name, _ in NEED):
        said.append("Need, and with it the matrix: nothing tells it. Fill cases.promised_at, assets.failure_rate or "
                    "answers.")
    if "contribution" not in measures:
        said.append("Profit: the chain has no invoices to tell it from, nor a table customer_profit.")
    if "expects" not in measures:
        said.append(f"Expectations: nobody answered the question {asked.expects}. Name yours by the param expects.")
    return {f"not_said.{number}": why for number, why in enumerate(said, 1)}
