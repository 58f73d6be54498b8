"""What do the facts say of the process, parameter by parameter, and how sure is each?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from arbitre.maths.evidence.replications import Estimate
from arbitre.maths.evidence.shares import wilson
from arbitre.maths.work.weekly_rates import WeeklyRate
from arbitre.simulate._fit.crews import Crew, Work, crew_tables, crews_of, delays_of, worked_on, works_of
from arbitre.simulate._fit.memory import remembered
from arbitre.simulate._fit.routes import HOURS_PER_YEAR, Ways, classes_of, process_tables, rates_of, ways_of
from arbitre.simulate._fit.visits import Facts
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.frames import shaped

TABLES = ("steps", "durations", "routes", "crews", "shifts", "needs", "arrivals", "rhythms")
"""The input tables that are written."""


@dataclass(frozen=True)
class Model:
    """What was estimated: the tables of a process, and what they were made of."""

    tables: dict[str, pl.DataFrame]
    crews: list[Crew]
    works: list[Work]
    delays: list[Work]
    ways: Ways
    rates: dict[str, WeeklyRate]
    classes: pl.DataFrame


def model_of(facts: Facts, left: tuple[str, ...], cancelled: tuple[str, ...], confidence: float) -> Model:
    """Return the process that the facts tell of; `left` and `cancelled` are steps that stand for leaving."""
    crews = crews_of(facts)
    goes = pl.col("step").is_in([*left, *cancelled])
    visits = worked_on(facts.visits, crews)
    done = remembered(visits.filter(~goes))
    known = replace(facts, visits=pl.concat([done, visits.filter(goes)]).sort("case", "at"))
    works, ways = works_of(done, confidence), ways_of(known, left, cancelled, confidence)
    delays = delays_of(done, crews, confidence)
    rates = rates_of(facts, confidence)
    classes = classes_of(facts, rates, confidence)
    steps = [*((work.step, work) for work in works), *((before(delay.step), delay) for delay in delays)]
    observed = [{"step": name, "work": value} for name, work in steps for value in work.choice.law.values]
    tables = {
        "steps": pl.DataFrame([_step(name, work, ways) for name, work in steps], infer_schema_length=None),
        "durations": pl.DataFrame(observed, schema={"step": pl.String, "work": pl.Float64}),
        **crew_tables(crews, done), **process_tables(ways, classes, rates),
    }
    tables["routes"] = _through(tables["routes"], [delay.step for delay in delays])
    shaped_ = {name: _filled(name, shaped(INPUTS[name], tables[name])) for name in TABLES}
    return Model(shaped_, crews, works, delays, ways, rates, classes)


def _filled(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with its empty cells filled as they are when read from a file."""
    defaults = {column.name: column.default for column in INPUTS[name].columns if column.default is not None}
    return frame.with_columns(pl.col(column).fill_null(value) for column, value in defaults.items())


def before(step: str) -> str:
    """Return the name of the step that stands for what cases wait for before a step."""
    return f"before {step}"


def _through(routes: pl.DataFrame, delayed: list[str]) -> pl.DataFrame:
    """Return routes that come to a delayed step by way of its delay."""
    to = pl.col("to_step")
    by = routes.with_columns(to_step=to.replace(delayed, [before(step) for step in delayed]))
    on = routes.filter(to.is_in(delayed)).select("kind", from_step=to.replace(
        delayed, [before(step) for step in delayed]), to_step=to).unique().with_columns(share=pl.lit(1.0))
    return pl.concat([by, on], how="diagonal").sort("kind", "from_step", "to_step", nulls_last=False)


def _step(name: str, work: Work, ways: Ways) -> dict[str, Any]:
    law = work.choice.law
    patience = ways.patience.get(name)
    return {"step": name, "work": law.mean, "spread": law.variation, "law": law.kind,
            "patience": patience.mean if patience and patience.left else None}


def estimates_of(model: Model, confidence: float) -> pl.DataFrame:
    """Return every parameter with its interval: the rows of the table estimates."""
    rows = [*_arrivals(model), *(_work("work", work) for work in model.works),
            *(_work("delay", delay) for delay in model.delays), *_routes(model, confidence)]
    for what, found in (("patience", model.ways.patience), ("called off", model.ways.called_off)):
        rows += [_row(what, subject, Estimate(each.mean, each.low, each.high), "h", each.waited, "exponential",
                      each.largest_gap, f"{each.left} left") for subject, each in found.items() if each.left]
    rows += [_row("heads", crew.name, Estimate(float(crew.heads.max()), float(crew.heads.min()),
                                              float(crew.heads.max())), "unit", crew.visits,
                  "pause" if crew.pauses else "finish", None, "seen" if crew.is_known else "assumed")
             for crew in model.crews]
    return pl.DataFrame(rows, infer_schema_length=None)


def _row(what: str, subject: str, value: Estimate, unit: str, facts: int, choice: str, gap: float | None, how: str
         ) -> dict[str, Any]:
    return {"what": what, "subject": subject, "value": value.value, "low": value.low, "high": value.high, "unit": unit,
            "facts": facts, "choice": choice, "gap": gap, "how": how}


def _arrivals(model: Model) -> list[dict[str, Any]]:
    return [_row("arrivals", kind, Estimate(*(each * HOURS_PER_YEAR for each in (rate.rate, rate.low, rate.high))),
                 "1/year", rate.arrivals, rate.kind, None,
                 f"days vary {rate.dispersion:.2f} times as chance" if rate.chance < 0.01 else "days vary as chance")
            for kind, rate in model.rates.items()]


def _work(what: str, work: Work) -> dict[str, Any]:
    law = work.choice.law
    return _row(what, work.step, Estimate(law.mean, work.low, work.high), "h", work.choice.durations, law.kind,
                work.choice.largest_gap, work.how)


def _routes(model: Model, confidence: float) -> list[dict[str, Any]]:
    rows = []
    for way in model.ways.routes.iter_rows(named=True):
        low, high = wilson(way["cases"], way["of"], confidence)
        subject = f"{way['kind']}: {way['from_step'] or '(begin)'} > {way['to_step'] or '(end)'}"
        rows.append(_row("route", subject, Estimate(way["cases"] / way["of"], float(low), float(high)), "share",
                         way["of"], "", None, "counted"))
    return rows
