"""When could a new visit be offered, and what would each slot cost?

Exact insertion: in each slot of the days, the new visit is tried at every place of every tour, and in a tour of its own
where a crew has nothing to do; all others keep their tour and their order, and keep their windows. Planning anew may be
cheaper: the cost is a ceiling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from arbitre.maths.places.tours import Timed, insertions
from arbitre.optimise._routes.question import Question
from arbitre.optimise._routes.told import table


def tours_slots(question: Question, plan: Sequence[Timed], cases: str, hours: float) -> pl.DataFrame:
    """Return the slots of each new case, from the first shift to the last."""
    field, length = question.field, round(hours * 3600)
    rows: list[dict[str, Any]] = []
    shifts = [(crew.starts, crew.ends) for crew in field.crews]
    for row in question.rows_of(cases):
        told: list[dict[str, Any]] = []
        first, last = min(starts for starts, _ in shifts), max(ends for _, ends in shifts)
        for opens in range(first - first % length, last, length):
            slot = (max(opens, first), min(opens + length, last))
            if not any(starts < slot[1] and ends > slot[0] for starts, ends in shifts):
                continue
            visit = replace(field.visits[row], windows=(slot,), latest=0)
            asked = replace(field, visits=(*field.visits[:row], visit, *field.visits[row + 1:]))
            best = min(insertions(asked, plan, row), key=lambda way: way[0], default=None)
            told.append({"case": question.cases["case"][row], "opens_at": question.at(slot[0]),
                         "closes_at": question.at(slot[1]), "is_possible": best is not None,
                         **({} if best is None else _told(question, best[0], best[1], row))})
        least = min((slot["cost"] for slot in told if slot["is_possible"]), default=0.0)
        rows += [{**slot, "dearer": slot["cost"] - least} if slot["is_possible"] else slot for slot in told]
    return table("tours_slots", rows)


def _told(question: Question, cost: float, one: Timed, row: int) -> dict[str, Any]:
    return {"cost": cost, "crew": question.crews[one.tour.crew],
            "starts_at": question.at(one.starts[one.tour.stops.index(row)])}
