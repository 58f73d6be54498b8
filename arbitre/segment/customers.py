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

*A tree* of each school (`maths.decision_tree`) says in plain words who belongs where, and places customers of whom its
rule knows too little. *Moves*: the measures of the last `move_days` and of as many before go down the same trees; where
the ways part is the measure that made a customer move.

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
from arbitre.maths.decision_tree import Tree, grown
from arbitre.segment import _customer_tables as tables
from arbitre.segment._customer_measures import ANSWER, Window, basis, measured, most_asked, with_margins
from arbitre.segment._customer_sql import SPAN
from arbitre.segment._placed import Placed, asked, measures_of, placed
from arbitre.segment._schools import Found, Measures, Ranks, classes, rules
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
    window = _window(chain, params)
    progress(0.05, "measuring customers")
    questions = most_asked(chain, window)
    frame = measured(chain, window, questions, params.kind, params.urgent, params.least)
    frame = with_margins(frame, chain, window)
    measures = measures_of(frame, params.expects)
    ranks = Ranks(measures)
    progress(0.3, "sorting customers")
    found = classes(measures, ranks, params.most_classes, seed)
    schools = [*rules(measures, ranks), *([found.school] if found else [])]
    trees = {school.name: _tree(measures, school.codes(measures), params.depth) for school in schools}
    sorted_by = [placed(school, trees[school.name], measures, seed,
                        found.chance if found and school is found.school else None) for school in schools]
    progress(0.7, "telling who moved")
    moves = _moves(chain, params, window, frame, questions, sorted_by)
    progress(0.9, "writing")
    written = {
        "segment_members": tables.members(frame, sorted_by),
        "segment_scores": tables.scores(frame, measures, ranks),
        "segment_profiles": tables.profiles(measures, sorted_by),
        "segment_rules": tables.rules(sorted_by),
        "segment_agreement": tables.agreement(chain, frame, sorted_by, found),
        "segment_moves": moves,
    }
    return Result("segment.customers", _summary(chain, params, window, frame, sorted_by, found, written),
                  {name: shaped(RESULTS[name], table) for name, table in written.items()})


def _window(chain: Chain, params: Params) -> Window:
    first, last = chain.sql(SPAN, kind=params.kind, since=params.since, until=params.until).row(0)
    if first is None:
        raise Unsupported(f"No case of kind {params.kind} names a customer between {params.since or 'the start'} and "
                          f"{params.until or 'the end'}: there is nobody to tell apart. Fill cases.customer, or choose "
                          "another kind, since or until.")
    return Window(params.since or first, (params.until or last) + timedelta(days=1))


def _tree(measures: Measures, codes: np.ndarray, depth: int) -> Tree:
    """Grow the tree of a school from the customers that it sorts; no leaf holds fewer than one in two hundred."""
    known = codes >= 0
    return grown(asked(measures)[known], codes[known], depth, max(2, int(known.sum()) // 200))


def _moves(chain: Chain, params: Params, window: Window, frame: pl.DataFrame, questions: list[str],
           sorted_by: list[Placed]) -> pl.DataFrame:
    """Return who comes to another leaf by the last days than by as many before; nobody where both are not counted."""
    middle = window.to_on - timedelta(days=params.move_days)
    first = middle - timedelta(days=params.move_days)
    if first < window.from_on:
        return empty(RESULTS["segment_moves"])
    told = []
    for period in (Window(first, middle), Window(middle, window.to_on)):
        one = measured(chain, period, questions, params.kind, params.urgent, params.least)
        told.append(with_margins(one, chain, window, frame).filter(pl.col("lines") >= params.least))
    told = [one.join(other, on="customer", how="semi", maintain_order="left") for one, other in (told, told[::-1])]
    before, after = (measures_of(one, params.expects) for one in told)
    return tables.moves(told[0]["customer"], before, after, sorted_by)


def _summary(chain: Chain, params: Params, window: Window, frame: pl.DataFrame, sorted_by: list[Placed],
             found: Found | None, written: dict[str, pl.DataFrame]) -> dict[str, Any]:
    told = {row["school"]: row for row in written["segment_agreement"].filter(other="tree").iter_rows(named=True)}
    summary: dict[str, Any] = {
        "first_on": window.from_on.isoformat(), "last_on": (window.to_on - timedelta(days=1)).isoformat(),
        "customers": frame.height, "few_lines": int((frame["lines"] < params.least).sum()), "sales_are": basis(chain),
    }
    for one in sorted_by:
        summary |= {f"{one.school.name}.segments": len(np.unique(one.codes[one.codes >= 0])),
                    f"{one.school.name}.not_placed": int((one.codes < 0).sum()),
                    f"{one.school.name}.tree_share": told[one.school.name]["value"],
                    f"{one.school.name}.moved": written["segment_moves"].filter(school=one.school.name).height}
    if found:
        summary |= {"classes.bic": found.bic, "classes.least_stability": float(found.stability.min())}
    return {**summary, **{f"not_said.{number}": why for number, why in enumerate(_not_said(frame, params, found), 1)}}


def _not_said(frame: pl.DataFrame, params: Params, found: Found | None) -> list[str]:
    """Return what could not be told, and why."""
    said: list[str] = []
    if found is None:
        said.append("Latent classes: they need 30 customers of whom something is known that tells them apart.")
    if "contribution" not in frame.columns:
        said.append("Profit: the chain has no invoices to tell it from, nor a table customer_profit.")
    if f"{ANSWER}{params.expects}" not in frame.columns:
        said.append(f"Expectations: nobody answered the question {params.expects}. Name yours by the param expects.")
    return said
