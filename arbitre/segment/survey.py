"""Which alternatives should a survey show, and how sure would its answers be?

The values that attributes may take (attribute_levels) are put together into choice tasks that tell the most for their
number, with a proven share of what the best tasks could tell (`maths.market.choice_design`). Tasks are dealt to
versions, one for each person in turn. Where the utility of the values is guessed, tasks are hard for who feels so, and
the error is told with which each worth in money would be found (delta method, at one logit for all people): people who
differ need more. `arbitre new FILE.xlsx --survey CHAIN` writes the tasks as a workbook to fill in, which segment.offers
reads.

Reads attribute_levels. Writes survey_tasks and survey_precision.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import UsageError
from arbitre.core.streams import stream
from arbitre.maths.market.choice_design import Floats, Integers, choice_design, information
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("attribute_levels",)
MAY_READ = ()
WRITES = ("survey_tasks", "survey_precision")

_WITHIN = 0.1
_SURE = 1e12
"""Condition of the information, each attribute's counted in what those tell who want nothing more than another, beyond
which one of them tells nothing."""


class Params(BaseParams):
    """How many tasks, of how many alternatives, for how many people."""

    tasks: int = Field(10, ge=1, le=40, description="Tasks that each person answers.", json_schema_extra={"unit": ""})
    alternatives: int = Field(3, ge=2, le=6, description="Alternatives shown together, none of them apart.",
                              json_schema_extra={"unit": ""})
    versions: int = Field(4, ge=1, le=50, description="Versions of the survey.", json_schema_extra={"unit": ""})
    people: int = Field(100, ge=1, le=1_000_000, description="People expected to answer.",
                        json_schema_extra={"unit": ""})
    price: str = Field("price", description="Attribute that is the price.")
    confidence: float = Field(0.9, ge=0.5, le=0.999, description="Confidence with which a worth is to be found within "
                              "a tenth.", json_schema_extra={"unit": "share"})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Design a survey. Raises UsageError where values are too few, or guessed for some values of an attribute only."""
    values, guesses = _levels(chain.table("attribute_levels"))
    progress(0.1, "looking for tasks that tell the most")
    design = choice_design(list(guesses.values()), params.tasks * params.versions, params.alternatives, seed)
    shown = np.stack([own[design.levels[..., at]] for at, own in enumerate(values.values())], axis=-1)
    slopes = np.array([np.polyfit(values[name], guesses[name], 1)[0] for name in values])
    precision = _precision(list(values), shown, slopes, params)
    tables = {"survey_tasks": _tasks(list(values), shown, params, seed),
              "survey_precision": shaped(RESULTS["survey_precision"], pl.DataFrame(precision))}
    return Result("segment.survey", {
        "tasks": params.tasks, "alternatives": params.alternatives, "versions": params.versions,
        "people": params.people, "efficiency": design.efficiency,
        **{f"worth_error.{row['attribute']}": row["worth_error"] for row in precision if row["worth"] is not None},
        **{f"people_needed.{row['attribute']}": row["people_needed"] for row in precision if row["people_needed"]},
    }, tables)


def _levels(table: pl.DataFrame) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return the values of each attribute, rising, and their guessed utilities, 0 where nothing is guessed."""
    values, guesses, halves = {}, {}, []
    for (name,), rows in table.sort("attribute", "value").group_by("attribute", maintain_order=True):
        if 0 < rows["guess"].null_count() < rows.height:
            halves.append(str(name))
        values[str(name)] = rows["value"].to_numpy().astype(np.float64)
        guesses[str(name)] = rows["guess"].fill_null(0.0).to_numpy()
    if halves:
        raise UsageError(f"The table attribute_levels guesses only some values of {', '.join(halves)}. Guess the "
                         "utility of each of them, or of none.")
    return values, guesses


def _tasks(names: list[str], shown: Floats, params: Params, seed: int) -> pl.DataFrame:
    """Return the rows of survey_tasks: tasks in random order, dealt to versions one by one."""
    order: Integers = stream(seed, "survey", "versions").permutation(len(shown))
    rows = [{"version": place % params.versions + 1, "task": f"{place // params.versions + 1:02}",
             "alternative": f"v{place % params.versions + 1}-{place // params.versions + 1:02}-{chr(65 + one)}",
             "attribute": name, "value": shown[each, one, at]}
            for place, each in enumerate(order.tolist()) for one in range(params.alternatives)
            for at, name in enumerate(names)]
    return shaped(RESULTS["survey_tasks"], pl.DataFrame(rows)).sort("version", "task", "alternative", "attribute")


def _precision(names: list[str], shown: Floats, slopes: Floats, params: Params) -> list[dict[str, Any]]:
    """Return the rows of survey_precision."""
    each = information(shown, shown @ slopes).sum(axis=0) / params.versions
    reach = np.sqrt(np.diag(information(shown, np.zeros(shown.shape[:2])).sum(axis=0) / params.versions))
    if not reach.all() or np.linalg.cond(each / np.outer(reach, reach)) > _SURE:
        raise UsageError("The guesses in attribute_levels make every answer all but certain, and certain answers tell "
                         "nothing of what values are worth. Guess utilities that differ by a few units, no more.")
    covariance = np.linalg.inv(each * params.people)
    price = names.index(params.price) if params.price in names and slopes[names.index(params.price)] != 0 else None
    sure = NormalDist().inv_cdf((1.0 + params.confidence) / 2.0)
    rows = []
    for at, name in enumerate(names):
        worth = error = needed = None
        if price is not None and price != at:
            worth = -slopes[at] / slopes[price]
            # worth = -b / p, so its gradient is (-1, -worth) / p over the two slopes.
            gradient = np.array([-1.0, -worth]) / slopes[price]
            error = float(np.sqrt(gradient @ covariance[np.ix_([at, price], [at, price])] @ gradient))
            if worth != 0:
                needed = int(np.ceil(params.people * (sure * error / (_WITHIN * worth)) ** 2))
        rows.append({"attribute": name, "people": params.people, "slope": slopes[at],
                     "slope_error": float(np.sqrt(covariance[at, at])), "worth": worth, "worth_error": error,
                     "people_needed": needed})
    return rows
