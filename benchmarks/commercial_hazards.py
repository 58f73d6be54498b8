"""How true and how fast are the rates of forecast.transitions: contracts that end, and many person-periods?"""

from __future__ import annotations

import resource
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from arbitre.capability import silent
from arbitre.core.streams import stream
from arbitre.forecast import transitions
from arbitre.forecast._transitions.attributes import read_attributes
from arbitre.forecast._transitions.model import PERIODS, Model, learnt, rows_of
from arbitre.forecast._transitions.stays import read_stays
from arbitre.maths.evidence.hazards import cells_of, fitted
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.settings import Settings

MONTH_DAYS = 30.4375
FOLDS = 5
TENURES = np.array([1, 2, 3, 6, 9, 12, 18, 24, 30, 36, 42, 48, 54, 60, 66, 71])
LEADS_UNTIL = date(2025, 6, 30)
SOURCES = {"referral": 2.0, "web": 1.0, "fair": 0.6}
"""What multiplies the rate at which leads of a source are won."""
FIRST_DAYS, WON_RATE, LOST_RATE = 20.0, 0.012, 0.015
"""Mean days until an offer; rates a day to be won, of web leads, and lost."""
END = 20_000.0
"""Day on which contracts were last seen, counted from 1970."""


def telco(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the contracts (tenure in months, churned) and what is known of them when they are signed or later."""
    table = pl.read_csv(folder / "commercial" / "telco_churn.csv", null_values=[" "])
    known = table.drop("customerID", "tenure", "Churn")
    return table.select(tenure=pl.col("tenure").clip(1), churned=pl.col("Churn") == "Yes"), known


def contracts(lasted: np.ndarray, has_ended: np.ndarray, known: pl.DataFrame) -> Chain:
    """Return a chain of cases that lasted so many months, with what is known of them; their dates tell nothing."""
    ago = np.where(has_ended, stream(3, "ended").uniform(0.0, lasted.max() - lasted) * MONTH_DAYS, 0.0)
    until = END - ago
    name = pl.Series([f"c{number}" for number in range(len(lasted))])
    opened = pl.Series((until - lasted * MONTH_DAYS) * 86_400e6).cast(pl.Int64).cast(pl.Datetime("us"))
    ended = pl.Series(until * 86_400e6).cast(pl.Int64).cast(pl.Datetime("us"))
    cases = pl.DataFrame({"case": name, "kind": "subscription", "opened_at": opened, "closed_at": ended})
    cases = cases.with_columns(closed_at=pl.when(pl.Series(has_ended)).then("closed_at"))
    attributes = pl.concat([pl.DataFrame({"case": name, "attribute": column, "value": known[column].cast(pl.String)})
                            for column in known.columns])
    return Chain(Settings(name="contracts"), {"cases": shaped(INPUTS["cases"], cases),
                                              "attributes": shaped(INPUTS["attributes"], attributes)})


def model_of(chain: Chain, refused: tuple[str, ...] = ()) -> Model:
    """Return the rates of the cases of a chain, month by month."""
    stays = read_stays(chain, None, (), None)
    known = [one for one in read_attributes(chain, stays) if one.name not in refused]
    return learnt(stays, rows_of(stays, PERIODS["month"]), "month", known)


def concordance(lasted: np.ndarray, has_ended: np.ndarray, risk: np.ndarray) -> float:
    """Return the share of the pairs, of which one is known to have ended first, that the risk puts in that order."""
    right = tied = pairs = 0.0
    for row in np.flatnonzero(has_ended):
        later = (lasted > lasted[row]) | ((lasted == lasted[row]) & ~has_ended)
        pairs += later.sum()
        right += (risk[row] > risk[later]).sum()
        tied += (risk[row] == risk[later]).sum()
    return (right + tied / 2) / pairs


def ranked_above(positive: np.ndarray, score: np.ndarray) -> float:
    """Return the chance that a positive scores above a negative (area under the ROC curve)."""
    order = pl.Series(score).rank("average").to_numpy()
    ones, zeros = positive.sum(), (~positive).sum()
    return (order[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros)


def telco_scores(folder: Path) -> dict[str, float]:
    """Return C-index and AUC over contracts left out of the learning, five folds."""
    table, known = telco(folder)
    lasted, churned = table["tenure"].to_numpy().astype(float), table["churned"].to_numpy()
    fold = stream(0, "folds").permutation(len(lasted)) % FOLDS
    known = known.drop("TotalCharges")
    index, area, seconds = [], [], []
    for left_out in range(FOLDS):
        here, there = fold != left_out, fold == left_out
        started = time.perf_counter()
        model = model_of(contracts(lasted[here], churned[here], known.filter(pl.Series(here))))
        seconds.append(time.perf_counter() - started)
        law = model.laws[len(model.stays.steps)]
        codes = levels_of(model, known.filter(pl.Series(there)))
        risk = sum(law.of(3 + number)[code] for number, code in enumerate(codes))
        index.append(concordance(lasted[there], churned[there], np.asarray(risk)))
        area.append(ranked_above(churned[there], snapshot_score(model, known, lasted, churned, here)[there]))
    return {"c_index": float(np.mean(index)), "auc": float(np.mean(area)), "seconds_per_fit": float(np.mean(seconds))}


def snapshot_score(model: Model, known: pl.DataFrame, lasted: np.ndarray, churned: np.ndarray, here: np.ndarray
                   ) -> np.ndarray:
    """Return the score of a classification of contracts as they stand: one period each, tenure one more factor."""
    codes = [np.searchsorted(TENURES, lasted), *levels_of(model, known)]
    levels = (len(TENURES) + 1, *(len(one.levels) for one in model.attributes))
    passage = np.where(churned, 0, -1)[here]
    cells = cells_of([code[here] for code in codes], levels, np.ones(int(here.sum())), passage, 1)
    law = fitted(cells, 0, levels, np.ones(len(levels), np.bool_))
    return sum((law.of(number)[code] for number, code in enumerate(codes)), np.zeros(len(lasted)))


def levels_of(model: Model, known: pl.DataFrame) -> list[np.ndarray]:
    """Return the level of each attribute of the model in a table of values."""
    found = []
    for attribute in model.attributes:
        column = known[attribute.name]
        if attribute.levels[-1].startswith("> "):
            cuts = np.array([float(level[2:]) for level in attribute.levels[1:-1]])
            found.append(np.searchsorted(cuts, column.cast(pl.Float64).to_numpy(), side="left") + 1)
        else:
            place = {level: number for number, level in enumerate(attribute.levels)}
            found.append(column.cast(pl.String).replace_strict(place, default=0, return_dtype=pl.Int64).to_numpy())
    return found


def many_periods(cases: int = 260_000) -> dict[str, Any]:
    """Return how long some five million person-periods take, from tables to rates, and an effect planted and found."""
    chance = stream(1, "many periods")
    plan, region, size = (chance.integers(0, many, cases) for many in (3, 8, 5))
    paid = chance.integers(0, 2, cases)
    rate = np.exp(np.log(0.02) + np.array([0.0, -0.5, 0.4])[plan] + np.linspace(-0.2, 0.2, 8)[region] + 0.3 * paid)
    lasted = chance.exponential(1.0 / rate)
    seen = chance.uniform(1.0, 60.0, cases)
    known = pl.DataFrame({"plan": plan, "region": region, "size": size, "paid": paid})
    chain = contracts(np.minimum(lasted, seen), lasted <= seen, known)
    started, worked = time.perf_counter(), time.process_time()
    stays = read_stays(chain, None, (), None)
    attributes = read_attributes(chain, stays)
    rows = rows_of(stays, PERIODS["month"])
    model = learnt(stays, rows, "month", attributes)
    seconds, processor = time.perf_counter() - started, time.process_time() - worked
    law = model.laws[len(model.stays.steps)]
    number = [one.name for one in attributes].index("plan")
    place = {level: code for code, level in enumerate(attributes[number].levels)}
    effect = law.of(3 + number)
    return {"person_periods": len(rows.stay), "cells": len(model.cells.exposure), "seconds": seconds,
            "processor_seconds": processor, "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
            "effect_planted": -0.5, "effect_found": float(effect[place["1"]] - effect[place["0"]])}


def coverage(seeds: int = 200, cases: int = 400) -> dict[str, float]:
    """Return how often 95 % intervals hold the truth: effects planted, exits, days of a stage.

    Leads wait at `offer` for their source to answer and leave as won or lost; by a seed, so many cases.
    """
    held: dict[str, list[bool]] = {"effect": [], "exits": [], "stage_median": []}
    for seed in range(seeds):
        chain, seen = leads(seed, cases)
        answer = transitions.run(chain, transitions.Params(at=LEADS_UNTIL, horizon=60, period="week"), seed, silent)
        driver = answer.tables["transition_drivers"].filter(to_step="won", attribute="source")
        for row in driver.filter(pl.col("level") != pl.col("compared_with")).iter_rows(named=True):
            truth = SOURCES[row["level"]] / SOURCES[row["compared_with"]]
            held["effect"].append(row["low"] <= truth <= row["high"])
        told = answer.tables["transition_forecasts"].filter(exit="won").row(0, named=True)
        held["exits"].append(told["low"] <= seen <= told["high"])
        step = answer.tables["transition_steps"].filter(step="open", to_step="offer").row(0, named=True)
        held["stage_median"].append(step["median_low"] <= FIRST_DAYS * np.log(2) <= step["median_high"])
    return {"seeds": seeds, **{name: float(np.mean(each)) for name, each in held.items()}}


def leads(seed: int, cases: int) -> tuple[Chain, int]:
    """Return leads of two years, and how many of those open at LEADS_UNTIL are won in the sixty days after."""
    chance = stream(seed, "leads")
    began = datetime.combine(LEADS_UNTIL, datetime.max.time()) - timedelta(days=730)
    source = chance.choice(list(SOURCES), cases)
    opened = chance.uniform(0.0, 790.0, cases)
    offered = opened + chance.exponential(FIRST_DAYS, cases)
    won, lost = WON_RATE * np.array([SOURCES[name] for name in source]), np.full(cases, LOST_RATE)
    left = offered + chance.exponential(1.0 / (won + lost))
    is_won = chance.random(cases) < won / (won + lost)
    when = {name: [began + timedelta(days=float(each)) for each in days]
            for name, days in (("opened", opened), ("offered", offered), ("left", left))}
    name = [f"l{number}" for number in range(cases)]
    ends = ["won" if each else "lost" for each in is_won]
    events = pl.DataFrame({"case": name * 2, "step": ["offer"] * cases + ends,
                           "happened_at": when["offered"] + when["left"]})
    attributes = pl.DataFrame({"case": name, "attribute": "source", "value": source, "valid_from": when["opened"]})
    frames = {"cases": pl.DataFrame({"case": name, "kind": "lead", "opened_at": when["opened"],
                                     "closed_at": when["left"]}), "events": events, "attributes": attributes}
    seen = int(((opened <= 730) & (left > 730) & (left <= 730 + 63) & is_won).sum())
    return Chain(Settings(name="leads"), {key: shaped(INPUTS[key], frame) for key, frame in frames.items()}), seen
