"""What do the rates say in words a team uses: a funnel with its cycle times, and what speeds cases up or holds them?"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import polars as pl

from arbitre.forecast._transitions.model import DAY, FIRST_ATTRIBUTE, PERIODS, Model, Rows
from arbitre.maths.evidence.shares import wilson


def funnel(model: Model, rows: Rows, confidence: float) -> pl.DataFrame:
    """Return where cases pass to from each step: the cumulative incidence by age, open cases counted as long as seen.

    O. Aalen, S. Johansen, Scandinavian Journal of Statistics 5 (1978) 141-150. The interval is Wilson's, for as many
    cases as were followed to an end; that of the median holds the times by which as many have passed as a half of the
    passages might be (R. Brookmeyer, J. Crowley, Biometrics 38 (1982) 29-41).
    """
    stays, length = model.stays, PERIODS[model.period] / DAY
    step, found = stays.step[rows.stay], []
    for source in range(len(stays.steps)):
        here = step == source
        ages = int(rows.age[here].max(initial=0)) + 1
        followed = np.maximum(np.bincount(rows.age[here], rows.exposure[here], ages), 1e-12)
        ends = rows.passage[here]
        passed = np.zeros((len(stays.targets), ages))
        np.add.at(passed, (ends[ends >= 0], rows.age[here][ends >= 0]), 1.0)
        total = passed.sum(axis=0)
        leaves = 1.0 - np.exp(-total / followed)
        still = np.concatenate(([1.0], np.cumprod(1.0 - leaves)))[:-1]
        incidence = np.cumsum(still * leaves * passed / np.maximum(total, 1e-12), axis=1)
        ended = float(total.sum())
        for target in np.flatnonzero(passed.sum(axis=1)):
            chance = float(incidence[target, -1])
            low, high = wilson(min(chance, 1.0) * ended, ended, confidence)
            ways = int(passed[target].sum())
            before, after = (float(end) for end in wilson(0.5 * ways, ways, confidence))
            half, soon, late, most = (length * float(np.interp(
                part * chance, np.concatenate(([0.0], incidence[target])), np.arange(ages + 1)))
                for part in (0.5, before, after, 0.9))
            found.append({"step": stays.steps[source], "to_step": stays.targets[target],
                          "entered": len(np.unique(rows.stay[here])), "passed": ways, "chance_share": chance,
                          "low": float(low), "high": float(high), "median": half, "median_low": soon,
                          "median_high": late, "p90": most})
    return pl.DataFrame(found)


def drivers(model: Model, confidence: float) -> pl.DataFrame:
    """Return how the rates of each level of each attribute stand to those of the most usual one."""
    z, length, found = NormalDist().inv_cdf((1.0 + confidence) / 2.0), PERIODS[model.period] / DAY, []
    for target, law in model.laws.items():
        for number, attribute in enumerate(model.attributes):
            factor = FIRST_ATTRIBUTE + number
            code, count = model.cells.codes[:, factor], len(attribute.levels)
            followed = np.bincount(code, model.cells.exposure, count)
            passed = np.bincount(code, model.cells.passages[:, target], count)
            usual = int(followed.argmax())
            places = law.first[factor] + np.arange(count)
            contrast = law.effect[places] - law.effect[places[usual]]
            part = law.covariance[np.ix_(places, places)]
            spread = np.sqrt(np.maximum(np.diag(part) + part[usual, usual] - 2.0 * part[usual], 0.0))
            found += [{"to_step": model.stays.targets[target], "attribute": attribute.name,
                       "level": attribute.levels[level], "compared_with": attribute.levels[usual],
                       "ratio": np.exp(contrast[level]), "low": np.exp(contrast[level] - z * spread[level]),
                       "high": np.exp(contrast[level] + z * spread[level]), "followed": followed[level] * length,
                       "passed": int(passed[level])}
                      for level in range(count) if followed[level] > 0]
    names = ("to_step", "attribute", "level", "compared_with")
    return pl.DataFrame(found, schema={**dict.fromkeys(names, pl.String), "ratio": pl.Float64, "low": pl.Float64,
                                       "high": pl.Float64, "followed": pl.Float64, "passed": pl.Int64})
