"""Whom does it help to call, treat or make an offer, and what would choosing them bring?

For each lever that was tried on customers drawn by chance (`exposures`): what it adds to the outcome of a customer,
from what was known of it the day before (`_customer_known`), by a T- and an X-learner (`maths.market.uplift`); the one
whose order of customers is the better on customers left out of the fit is kept. The curve, the Qini coefficient and the
gain of treating those who gain rest on customers left out, with intervals (90 %). Where the coefficient is not above
nought beyond chance, the trial does not tell customers apart: each is told the mean effect.

A trial of which one side has fewer than 30 customers is refused, and so is one whose sides were not drawn by chance: a
logistic regression that tells from what was known who was treated (area under the curve above 0.6, and above 0.5 beyond
chance). Scored are customers under contract at the end; all those exposed, where there are no contracts.

Reads exposures; contracts, cases, promises, customers, answers, attributes where present. Writes uplift_scores,
uplift_curve, uplift_policies. Unit: that of the outcome.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from arbitre import capability
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.streams import stream
from arbitre.forecast._contract_periods import last_day
from arbitre.forecast._customer_known import read_known, undated_sentence
from arbitre.maths.evidence.logistic import auc, fit_logistic
from arbitre.maths.evidence.shares import NINE_IN_TEN
from arbitre.maths.market import uplift as maths
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("exposures",)
MAY_READ = ("contracts", "cases", "promises", "customers", "answers", "attributes")
WRITES = ("uplift_scores", "uplift_curve", "uplift_policies")

Floats = NDArray[np.float64]

_LEAST = 30
_TOLD_APART = 0.6
_PLACES, _GROUPS = 10, 5

_MOMENTS = """
WITH begun AS (
    SELECT asked.customer, asked.day, min(from_on) AS from_on
    FROM asked LEFT JOIN contracts ON contracts.customer = asked.customer AND contracts.from_on <= asked.day
    GROUP BY asked.customer, asked.day
)
SELECT asked.number, asked.customer, segment, asked.day, coalesce(begun.from_on, customers.since_on) AS from_on
FROM asked JOIN begun USING (customer, day) LEFT JOIN customers USING (customer) ORDER BY asked.number
"""


class Params(capability.Params):
    """What is remembered, and for whom to tell."""

    memory: int = Field(90, ge=1, le=1830, description="Days for which a case, or a broken promise, is remembered.",
                        json_schema_extra={"unit": "day"})
    until: date | None = Field(None, description="Last day counted; empty: the last day of which the tables tell.",
                               json_schema_extra={"unit": "date"})


class _Lever(NamedTuple):
    """What is told of a lever: effects on those to score, the curve and policies as rows, and named numbers."""

    scores: pl.DataFrame
    curve: list[dict[str, Any]]
    policies: list[dict[str, Any]]
    summary: dict[str, Any]


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Forecast the effect of every lever that was tried. Raises Unsupported where a trial tells nothing."""
    exposures = chain.table("exposures")
    if not exposures.height:
        raise Unsupported(f"The chain {chain.name} has no exposures: nothing was tried on anybody.")
    until = params.until or (last_day(chain) if chain.has("contracts") else exposures["exposed_at"].max().date())  # type: ignore[union-attr]
    tried = exposures.filter(pl.col("exposed_at").dt.date() <= until).select(
        "customer", "lever", "is_treated", "outcome", day=pl.col("exposed_at").dt.date())
    scored = _scored(chain, tried, until)
    asked = pl.concat([tried.select("customer", "day"), scored.select("customer", "day")]).with_row_index("number")
    known = read_known(chain, chain.sql_with({"asked": asked}, _MOMENTS), params.memory)
    progress(0.4, "learning from trials")
    of_tried, of_scored = known.features[:tried.height], known.features[tried.height:]
    levers = {}
    for name in sorted(tried["lever"].unique()):
        here = (tried["lever"] == name).to_numpy()
        part = maths.Tried(of_tried[here], tried["is_treated"].to_numpy()[here].astype(bool),
                           tried["outcome"].to_numpy()[here])
        _refuse(name, part)
        levers[name] = _told(name, part, scored, of_scored, seed)
    tables = {
        "uplift_scores": pl.concat([one.scores for one in levers.values()]),
        "uplift_curve": pl.DataFrame([row for one in levers.values() for row in one.curve]),
        "uplift_policies": pl.DataFrame([row for one in levers.values() for row in one.policies]),
    }
    summary = {"until": until.isoformat(), "levers": len(levers), "scored": scored.height,
               **{f"{name}.{key}": value for name, one in levers.items() for key, value in one.summary.items()},
               **undated_sentence(known.undated)}
    return Result("forecast.uplift", summary, {name: shaped(RESULTS[name], table) for name, table in tables.items()},
                  params=params.model_dump(mode="json"), seed=seed)


def _scored(chain: Chain, tried: pl.DataFrame, until: date) -> pl.DataFrame:
    """Return the customers to tell of, and the day after the last."""
    now = until + timedelta(days=1)
    if chain.has("contracts"):
        running = chain.table("contracts").filter(pl.col("from_on") <= now, pl.col("to_on").is_null()
                                                  | (pl.col("to_on") >= now))
        customers = running["customer"]
    else:
        customers = tried["customer"]
    return pl.DataFrame({"customer": customers.unique().sort()}).with_columns(day=pl.lit(now))


def _refuse(lever: str, tried: maths.Tried) -> None:
    """Raise Unsupported where a trial has too few customers on a side, or was not drawn by chance."""
    treated = int(tried.treated.sum())
    alone = len(tried.treated) - treated
    if min(treated, alone) < _LEAST:
        raise Unsupported(f"The lever {lever} was tried on {treated} customers, with {alone} left alone to compare: an "
                          f"effect needs {_LEAST} of each. Fill exposures with those left alone (is_treated no).")
    if not tried.features.shape[1]:
        raise Unsupported(f"Nothing is known that tells the customers of the lever {lever} apart: fill customers, "
                          "contracts or attributes.")
    half = np.arange(len(tried.treated)) % 2 == 0
    group = np.arange(int(half.sum()))
    law = fit_logistic(tried.features[half], tried.treated[half].astype(np.float64), 1.0, group)
    others = tried.treated[~half]
    apart = auc(law.chance(tried.features[~half]), others)
    error = np.sqrt((len(others) + 1.0) / (12.0 * max(others.sum(), 1) * max((~others).sum(), 1)))
    if apart > max(_TOLD_APART, 0.5 + 3.0 * error):
        raise Unsupported(f"Who was treated by the lever {lever} can be told from what was known beforehand (area "
                          f"under the curve {apart:.2f}): it was not drawn by chance, and a comparison would mislead. "
                          "Try it on customers drawn by lot.")


def _told(name: str, tried: maths.Tried, scored: pl.DataFrame, features: Floats, seed: int) -> _Lever:
    """Return what is told of one lever."""
    left_out = maths.left_out(tried, stream(seed, "forecast.uplift", name))
    robust = maths.doubly_robust(tried, left_out)
    curves = {learner: maths.curve(left_out.effect[learner], robust, _PLACES) for learner in maths.LEARNERS}
    learner = max(curves, key=lambda one: curves[one].qini)
    curve, seen, overall = curves[learner], left_out.effect[learner], float(robust.mean())
    uplift = maths.effects(tried, features).effect[learner]
    if tells_apart := curve.qini > NINE_IN_TEN * curve.qini_error:
        groups = _GROUPS
    else:
        groups, seen, uplift = 1, np.full(len(seen), overall), np.full(len(uplift), overall)
    rows = [{"lever": name, "share": share, "gain": gain,
             "low": gain - NINE_IN_TEN * error, "high": gain + NINE_IN_TEN * error,
             "by_chance": share * overall} for share, gain, error in zip(curve.share, curve.gain, curve.error,
                                                                         strict=True)]
    policies = []
    for policy, chosen in (("everybody", np.ones(len(seen), bool)), ("who_gains", seen > 0.0)):
        gains = robust * chosen
        width = NINE_IN_TEN * float(gains.std()) / np.sqrt(len(gains))
        policies.append({"lever": name, "policy": policy, "treated_share": float(chosen.mean()),
                         "gain": float(gains.mean()), "low": float(gains.mean()) - width,
                         "high": float(gains.mean()) + width})
    scores = scored.select("customer", lever=pl.lit(name)).with_columns(
        uplift=pl.Series(uplift), **_like(uplift, seen, robust, groups)).sort("uplift", "customer",
                                                                             descending=[True, False])
    return _Lever(scores, rows, policies, {
        "tried": len(seen), "treated": int(tried.treated.sum()), "effect": overall,
        "effect_low": policies[0]["low"], "effect_high": policies[0]["high"], "learner": learner, "qini": curve.qini,
        "qini_error": curve.qini_error, "tells_customers_apart": bool(tells_apart),
        "gain_of_choosing": policies[1]["gain"], "treated_share": policies[1]["treated_share"],
    })


def _like(uplift: Floats, seen: Floats, robust: Floats, groups: int) -> dict[str, pl.Series]:
    """Return the group of each customer by its uplift, and the interval of the effect seen in that group."""
    cuts = np.quantile(seen, np.arange(1, groups) / groups)
    group, group_seen = (groups - np.searchsorted(cuts, values, side="right") for values in (uplift, seen))
    low, high = np.full(groups + 1, np.nan), np.full(groups + 1, np.nan)
    for number in np.unique(group_seen):
        here = robust[group_seen == number]
        width = NINE_IN_TEN * here.std() / np.sqrt(len(here))
        low[number], high[number] = here.mean() - width, here.mean() + width
    return {"group": pl.Series(group), "low": pl.Series(low[group]).fill_nan(None),
            "high": pl.Series(high[group]).fill_nan(None)}
