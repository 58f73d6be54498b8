"""What does it cost to answer late, who leaves unanswered, and at which hour would an hour sooner bring most?

A case waits from its opening to its first answer: the first event of a step, else it left unanswered, or waits still.
Patience is that of maths.patience (answers censor it). What became of those answered w hours after opening, followed
for `follow` days, is a logistic regression (maths.logistic) on the wait in days, or on ln(wait + 5 minutes), whichever
is likelier, beside the segment of the customer, as segments differ in both: chance p(w). Ends of intervals are
quantiles of draws of its effects, and of the share that left (Jeffreys' law). With v the mean worth of a case won, m
the mean patience, and those late who were answered later than the window or left,

    late cost = v x mean over those late of [p(as those in time wait) - p(w), or - 0 for those who left],
    an hour sooner = v x mean of [exp(d/m) p(w - d) - p(w)],  d = min(1 h, w),

as for each one answered exp(d/m) were there d before. The late cost is what promises.late_cost takes: optimise.crews
then tells what one more head of any hour earns.

Reads cases and events; attributes for the worth, customers for segments. Writes response_curve, response_hours. Hours,
money, a year.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import expit

from arbitre import capability
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.core.streams import stream
from arbitre.core.units import DAYS_PER_YEAR
from arbitre.maths.evidence.logistic import fit_logistic
from arbitre.maths.evidence.shares import wilson
from arbitre.maths.work.patience import Patience, patience
from arbitre.measure._open_cases import cases_of, known
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import as_number, shaped

READS = ("cases", "events")
MAY_READ = ("attributes", "customers")
WRITES = ("response_curve", "response_hours")

Floats = NDArray[np.float64]

_BANDS = (0.25, 1.0, 4.0, 8.0, 24.0, 48.0, 96.0, 168.0, np.inf)
"""Upper ends of the bands in which waits are told, in hours."""
_ROUND = 1.0 / 12.0
"""Five minutes: waits below differ little."""
_SHAPES: dict[str, Callable[[Floats], Floats]] = {
    "day": lambda wait: wait / 24.0, "twice": lambda wait: np.log(wait + _ROUND)}
"""What a wait in hours enters the law as: odds change with every day of it, or with every doubling."""
_LEAST, _LEAST_EACH = 30, 5
_DRAWS = 400
_RIDGE = 1e-3


class Params(capability.Params):
    """Which answer, to whom, and what counts as a win."""

    kind: str | None = Field(None, description="Kind of case that waits for an answer; empty: every kind.")
    step: str | None = Field(None, description="Step that is the answer; empty: the one that comes first most often.")
    window: float = Field(4.0, gt=0, le=8760, description="Longest wait of an answer that is in time.",
                          json_schema_extra={"unit": "h"})
    follow: int = Field(90, ge=1, le=3660, description="Days for which a case is followed after it was opened.",
                        json_schema_extra={"unit": "day"})
    exit: str = Field("won", description="Exit that is a win.")
    value: str = Field("amount", description="Attribute that holds the worth of a case; without it each counts 1.")
    confidence: float = Field(0.95, gt=0, lt=1, description="Chance that an interval holds the truth.",
                              json_schema_extra={"unit": "share"})


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Tell what waiting for the first answer costs; raises Unsupported where too few were answered, or fared alike."""
    progress(0.0, "following waits")
    cases, step = _waits(chain, params)
    left = patience(cases["wait"].to_numpy(), cases["has_left"].to_numpy(), params.confidence)
    judged = cases.filter("is_judged")
    answered = judged.filter("is_answered")
    won = answered["is_won"].to_numpy()
    if answered.height < _LEAST or min(won.sum(), (~won).sum()) < _LEAST_EACH:
        raise Unsupported(
            f"{answered.height} cases were answered by {step} and followed for {params.follow} days, {won.sum()} of "
            f"them {params.exit}: {_LEAST} are needed, {_LEAST_EACH} of either outcome. Bring a longer history, "
            "shorten follow, or name another step or exit.")
    chance = stream(seed, "measure.response")
    law = _law(answered, chance)
    worth = _worth(chain, judged, params.value)
    tables = {"response_curve": _curve(answered, law, params.confidence),
              "response_hours": _hours(judged, law, left, worth, params.confidence)}
    late = _late_cost(judged, law, params.window, chance)
    odds = np.exp(law.effects[:, 1] * (np.log(2.0) if law.by == "twice" else 1.0))
    summary = _summary(cases, judged, left, params.window) | {
        "step": step, "worth": worth, "by": law.by,
        **_told("odds_ratio", odds, params.confidence),
        **({} if late is None else _told("late_cost", late * worth, params.confidence)),
        "sooner": float(tables["response_hours"]["sooner"].sum())}
    return Result("measure.response", summary, {name: shaped(RESULTS[name], tables[name]) for name in WRITES},
                  params=params.model_dump(mode="json"), seed=seed)


def _waits(chain: Chain, params: Params) -> tuple[pl.DataFrame, str]:
    """Return each case with its wait (hours) and how it ended, what became of it, and the step that is the answer."""
    cases = cases_of(chain, params.kind).drop_nulls("opened_at")
    events = chain.table("events").drop_nulls("happened_at").join(cases.select("case"), on="case", how="semi")
    ends = cases["exit"].drop_nulls().unique().to_list()
    first = events.filter(~pl.col("step").is_in(ends)).sort("happened_at", "step").group_by("case").agg(
        pl.col("step").first())
    step = params.step or first.group_by("step").len().sort("len", "step", descending=[True, False])["step"].first()
    if step is None:
        raise Unsupported("No case has an event before its end: there is no answer to look at.")
    answers = events.filter(pl.col("step") == step).group_by("case").agg(answered_at=pl.col("happened_at").min())
    if not answers.height:
        raise Unsupported(f"No case has an event of the step {step}. Name the step that is the answer.")
    last = pl.concat([events["happened_at"], cases["opened_at"]]).max()
    told = cases.join(answers, on="case", how="left", maintain_order="left").with_columns(
        until=pl.min_horizontal("answered_at", "closed_at").fill_null(last))
    if chain.has("customers"):
        of = chain.table("cases").select("case", "customer").join(
            chain.table("customers").select("customer", "segment"), on="customer", how="left")
        told = told.join(of.select("case", "segment"), on="case", how="left", maintain_order="left")
    else:
        told = told.with_columns(segment=pl.lit(None, pl.String))
    follow = pl.duration(days=params.follow)
    return told.with_columns(
        wait=((pl.col("until") - pl.col("opened_at")).dt.total_microseconds() / 3600e6).clip(0.0),
        is_answered=(pl.col("answered_at") <= pl.col("until")).fill_null(value=False),
        has_left=(pl.col("closed_at") < pl.col("answered_at").fill_null(last + pl.duration(days=1))).fill_null(
            value=False),
        is_judged=pl.col("opened_at") + follow <= last,
        is_won=((pl.col("exit") == params.exit) & (pl.col("closed_at") <= pl.col("opened_at") + follow)).fill_null(
            value=False)), str(step)


class _Law(NamedTuple):
    """The chance to be won. by: what the wait enters as; segments: those that have an effect; effects (1 + draws,
    effects): the law, then draws of it."""

    by: str
    segments: tuple[str, ...]
    effects: Floats

    def chances(self, cases: pl.DataFrame, wait: Floats) -> Floats:
        """Return (1 + draws, cases) chances to be won when answered after such waits; the first row is the law's."""
        return self._at(cases, _SHAPES[self.by](wait))

    def in_time(self, cases: pl.DataFrame, waits: Floats) -> Floats:
        """Return the same for cases that wait as others did, on average."""
        return self._at(cases, np.full(cases.height, _SHAPES[self.by](waits).mean()))

    def _at(self, cases: pl.DataFrame, shape: Floats) -> Floats:
        return expit(self.effects[:, :1] + self.effects[:, 1:] @ _features(cases, shape, self.segments).T)


def _features(cases: pl.DataFrame, shape: Floats, segments: tuple[str, ...]) -> Floats:
    """Return the wait as it enters the law, and whether the segment is each of these."""
    own = cases["segment"].fill_null("").to_numpy()
    return np.column_stack([shape, *((own == name).astype(np.float64) for name in segments)])


def _law(answered: pl.DataFrame, chance: np.random.Generator) -> _Law:
    """Return the likelier law, with draws of its effects."""
    segments = tuple(sorted(set(answered["segment"].fill_null("")))[1:])
    wait, won = answered["wait"].to_numpy(), answered["is_won"].to_numpy().astype(np.float64)
    found = []
    for by, shape in _SHAPES.items():
        features = _features(answered, shape(wait), segments)
        law = fit_logistic(features, won, _RIDGE, np.arange(len(won)))
        told = np.where(won > 0, law.chance(features), 1.0 - law.chance(features))
        found.append((float(np.log(np.maximum(told, 1e-300)).sum()), by, law))
    _, by, law = max(found, key=lambda one: one[0])
    drawn = chance.multivariate_normal(law.effect, law.covariance, _DRAWS)
    return _Law(by, segments, np.vstack([law.effect, drawn]))


def _ends(draws: Floats, confidence: float) -> tuple[float, float]:
    """Return the ends of the interval of a number drawn; the first draw is the number itself."""
    low, high = np.quantile(draws[1:], [(1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0])
    return float(low), float(high)


def _told(name: str, draws: Floats, confidence: float) -> dict[str, float]:
    low, high = _ends(draws, confidence)
    return {name: float(draws[0]), f"{name}_low": low, f"{name}_high": high}


def _curve(answered: pl.DataFrame, law: _Law, confidence: float) -> pl.DataFrame:
    """Return what became of those answered, by how long they had waited."""
    wait, won = answered["wait"].to_numpy(), answered["is_won"].to_numpy()
    band = np.searchsorted(_BANDS, wait, side="left")
    chances, rows = law.chances(answered, wait), []
    for place in np.unique(band):
        here = band == place
        low, high = wilson(won[here].sum(), here.sum(), confidence)
        rows.append({"after": 0.0 if place == 0 else _BANDS[place - 1], "cases": int(here.sum()),
                     "won": int(won[here].sum()), "won_share": won[here].mean(), "low": float(low), "high": float(high),
                     **_told("law", chances[:, here].mean(axis=1), confidence)})
    return pl.DataFrame(rows)


def _hours(judged: pl.DataFrame, law: _Law, left: Patience, worth: float, confidence: float) -> pl.DataFrame:
    """Return by hour of the opening who came, how long they waited, and what an hour sooner would bring in a year."""
    span = (judged["opened_at"].max() - judged["opened_at"].min()).total_seconds() / 86_400  # type: ignore[operator]
    answered = judged.filter("is_answered")
    wait = answered["wait"].to_numpy()
    less = np.minimum(1.0, wait)
    gain = np.exp(less / left.mean) * law.chances(answered, wait - less) - law.chances(answered, wait)
    hour, came, rows = answered["opened_at"].dt.hour().to_numpy(), judged["opened_at"].dt.hour().to_numpy(), []
    has_left = judged["has_left"].to_numpy()
    for at in np.unique(came):
        here = hour == at
        sooner = gain[:, here].sum(axis=1) * worth * DAYS_PER_YEAR / max(span, 1.0)
        rows.append({"hour": int(at), "cases": int((came == at).sum()), "left_share": has_left[came == at].mean(),
                     "wait": wait[here].mean() if here.any() else None, **_told("sooner", sooner, confidence)})
    return pl.DataFrame(rows, infer_schema_length=None)


def _late_cost(judged: pl.DataFrame, law: _Law, window: float, chance: np.random.Generator) -> Floats | None:
    """Return (1 + draws,) how much less sure a win is where the answer was late, or never came; None where none was."""
    late = judged.filter(pl.col("has_left") | pl.col("is_answered") & (pl.col("wait") > window))
    soon = judged.filter(pl.col("is_answered") & (pl.col("wait") <= window))
    answered = late.filter("is_answered")
    if not late.height or not soon.height:
        return None
    gone = late.height - answered.height
    stayed = np.append(answered.height / late.height,
                       chance.beta(answered.height + 0.5, gone + 0.5, len(law.effects) - 1))
    there = law.chances(answered, answered["wait"].to_numpy()).mean(axis=1) if answered.height else 0.0
    return law.in_time(late, soon["wait"].to_numpy()).mean(axis=1) - stayed * there


def _worth(chain: Chain, judged: pl.DataFrame, attribute: str) -> float:
    """Return the mean worth of a case that was won; 1 where no attribute tells it."""
    last = judged["closed_at"].max() or judged["opened_at"].max()
    amounts = known(chain, attribute, last).join(judged.filter("is_won"), on="case", how="semi")  # type: ignore[arg-type]
    mean = amounts.select(as_number("known").mean()).item()
    return 1.0 if mean is None else float(mean)


def _summary(cases: pl.DataFrame, judged: pl.DataFrame, left: Patience, window: float) -> dict[str, Any]:
    """Return the named numbers of the waits."""
    late = pl.col("has_left") | pl.col("is_answered") & (pl.col("wait") > window)
    return {"cases": cases.height, "judged": judged.height, "answered": int(cases["is_answered"].sum()),
            "left": left.left, "late_share": float(judged.select(late.mean()).item()), "patience_low": left.low,
            "patience": left.mean if left.left else None, "patience_high": left.high if left.left else None,
            "patience_gap": left.largest_gap}
