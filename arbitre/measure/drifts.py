"""Which of the five drifts of a service are under way, since when, and what is at stake?

1 value not challenged: urgent lines used later than the next slower promise would have brought them; what having an
offer adds to a customer. 2 premium for everybody: customers of low need who get the fast offers, and premium that is
not invoiced. 3 cost to serve not mastered: lines dearer than their kind was; who loses money. 4 complexity: lines
handled by hand, ways and offers that few took before, offers that do not earn their fixed cost. 5 service below
promise: promises missed more than before, or more than was promised.

A statistic that ends in _rise is a share of cases watched by a risk-adjusted cumulative sum (Steiner et al. 2000; see
maths.cusum). The first `reference` months say how often each kind of case departs; later cases are compared with that,
case by case. The alarm limit is such that chance gives one false alarm in `false_alarm` months on each chart. The
p value is the chance that a sum rises as high as it did although nothing changed; it allows for the reference being an
estimate, and for cases that depart together. Urgency waste is tested against a fifth (Wilson), shares kept against
their target (beta law), what the cases of an offer leave against its fixed cost (compound Poisson). All p values of all
drifts are adjusted together (Benjamini, Hochberg 1995): of what is called under way, a share `discoveries` at most is
false in the mean. What has no limit that holds for every trade is measured and not judged.

Promises count from the first date promised, and cases open and overdue as missed. What the tables do not tell has a
row, with the table that is missing. Classes of fewer than 30 cases before or after the reference are not told apart.

Reads cases; the tables of the other measures where present, and what measure.profit writes. Writes drifts, the most
money at stake first, and drift_evidence. Units: money of the chain a year, shares, months.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
from pydantic import Field, NaiveDatetime

from arbitre import capability
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.maths.evidence.discoveries import adjusted
from arbitre.measure._drifts.catalogue import fragments, unearned
from arbitre.measure._drifts.charts import WHERE, Alarm, Finding, Span
from arbitre.measure._drifts.costs import dear_lines, lines_served, profit_shape
from arbitre.measure._drifts.offers import complexity, premium_spread, used_too_late
from arbitre.measure._drifts.service import kept_less
from arbitre.measure._drifts.sql import LINES, WINDOWS
from arbitre.measure._drifts.value import value_of_offers
from arbitre.measure._promises.sql import LATEST_FACT
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped
from arbitre.tables.results.drifts import DRIFTS_OF_SERVICE, LEVERS, VERDICTS

READS = ("cases",)
MAY_READ = ("promises", "offers", "segments", "customers", "contracts", "events", "costs", "resources", "activities",
            "time_equations", "items", "stocks", "sites", "lanes", "movements", "invoices", "opening_hours", "holidays",
            "customer_profit", "profit_waterfall", "whale_curve")
WRITES = ("drifts", "drift_evidence")
_PROFIT = ("customer_profit", "profit_waterfall", "whale_curve")


class Params(capability.Params):
    """What facts to judge, against which reference, and how sure to be."""

    now: NaiveDatetime | None = Field(
        None, description="When to judge, in the chain's time zone; empty: at its latest fact.",
        json_schema_extra={"unit": "time"},
    )
    reference: int = Field(
        12, ge=3, le=60, description="First months of the facts, that later ones are compared with.",
        json_schema_extra={"unit": "month"},
    )
    false_alarm: float = Field(
        12.0, ge=1.0, le=1_200.0, description="Months after which chance alone gives a false alarm, in the mean, on "
        "each chart.", json_schema_extra={"unit": "month"},
    )
    ratio: float = Field(
        2.0, gt=1.0, le=10.0, description="How many times the odds of departing must rise to matter: what charts look "
        "for.", json_schema_extra={"unit": ""},
    )
    discoveries: float = Field(
        0.05, gt=0.0, le=0.5, description="Share of what is called under way that may be false, in the mean.",
        json_schema_extra={"unit": "share"},
    )
    kind: str = Field("order", description="Kind of case that offers are sold for.", json_schema_extra={"unit": ""})
    used_step: str = Field(
        "installed", description="Step that tells that what was delivered is used.", json_schema_extra={"unit": ""},
    )
    by_hand_step: str = Field(
        "exception", description="Step that tells that a case is handled by hand.", json_schema_extra={"unit": ""},
    )


def reads(_params: Params, chain: Chain) -> tuple[str, ...]:
    """Return what is needed: with invoices, what measure.profit makes of them."""
    return (*READS, *(_PROFIT if chain.has("invoices") else ()))


def run(chain: Chain, params: Params, seed: int, progress: Progress) -> Result:
    """Measure every statistic that the tables allow, and say which depart."""
    chain.table("cases")
    now = params.now or chain.sql(LATEST_FACT).item()
    if now is None:
        raise Unsupported(f"The table cases of the chain {chain.name} has no rows: no drift can be seen.")
    span, alarm = Span(now, params.reference), Alarm(params.ratio, params.false_alarm)
    found = _found(chain, params, span, alarm, progress)
    progress(0.95, "judging")
    table = _judged(found, params.discoveries)
    evidence = [each.evidence.with_columns(pl.lit(getattr(each, name), pl.String).alias(name)
                                           for name in ("drift", "statistic", *WHERE))
                for each in found if each.evidence is not None]
    return Result(
        "measure.drifts", _summary(table, now),
        {"drifts": shaped(RESULTS["drifts"], table),
         "drift_evidence": shaped(RESULTS["drift_evidence"], pl.concat(evidence)) if evidence
         else empty(RESULTS["drift_evidence"])},
        params=params.model_dump(mode="json"), seed=seed,
    )


def _found(chain: Chain, params: Params, span: Span, alarm: Alarm, progress: Progress) -> list[Finding]:
    """Return every statistic of the five drifts."""
    progress(0.05, "following lines")
    lines = chain.sql(LINES, kind=params.kind, used=params.used_step, by_hand=params.by_hand_step, now=span.now)
    windows = chain.sql(WINDOWS, kind=params.kind)
    events = chain.table("events").filter(pl.col("happened_at") <= span.now) if chain.has("events") else None
    found = used_too_late(lines, windows, span, alarm)
    found += premium_spread(lines, span, alarm)
    progress(0.3, "following costs")
    known = lines_served(chain, span)
    found += value_of_offers(chain, None if isinstance(known, str) else known, span)
    found += [*dear_lines(chain, known, span, alarm), *profit_shape(chain)]
    progress(0.5, "counting ways")
    by_hand_known = events is not None and params.by_hand_step in events["step"]
    found += complexity(lines, events, chain.table("offers").height if chain.has("offers") else 0, by_hand_known, span,
                        alarm)
    found += [*unearned(chain, known, span), *fragments(chain, span)]
    progress(0.6, "following promises")
    return found + kept_less(chain, span, alarm)


def _judged(found: list[Finding], discoveries: float) -> pl.DataFrame:
    """Return the findings as rows with their verdicts, all tests adjusted together, the most money first."""
    columns = ("drift", "statistic", *WHERE, "value", "low", "high", "limit", "p_value", "starts_on", "alarm_on",
               "money", "hint", "missing", "months", "goes_on")
    shape = {**dict.fromkeys(columns, pl.String), **dict.fromkeys(("starts_on", "alarm_on"), pl.Date),
             **dict.fromkeys(("value", "low", "high", "limit", "p_value", "money", "months"), pl.Float64),
             "goes_on": pl.Boolean}
    rows = pl.DataFrame([[getattr(each, name) for name in columns] for each in found], schema=shape, orient="row")
    tested = rows["p_value"].is_not_null().to_numpy()
    fair = rows["p_value"].fill_null(1.0).to_numpy().copy()
    fair[tested] = adjusted(fair[tested])
    chance = pl.col("p_value").clip(1e-12, 1.0 - 1e-12)
    return rows.with_columns(adjusted_p=pl.when(pl.col("p_value").is_not_null()).then(pl.Series(fair))).with_columns(
        run_length=pl.when(pl.col("p_value").is_not_null()).then(-pl.col("months") / (-chance).log1p()),
        verdict=pl.when(pl.col("missing").is_not_null()).then(pl.lit("cannot tell"))
        .when(pl.col("p_value").is_null()).then(pl.lit("measured"))
        .when(pl.col("goes_on"), pl.col("adjusted_p") <= discoveries).then(pl.lit("under way"))
        .otherwise(pl.lit("not seen")),
        lever=pl.col("statistic").replace_strict(LEVERS),
    ).sort(pl.col("verdict").cast(pl.Enum(VERDICTS)), "money", "adjusted_p", "drift", "statistic", *WHERE,
           descending=[False, True, *[False] * 7], nulls_last=[False, True, True, *[False] * 6])


def _summary(table: pl.DataFrame, now: datetime) -> dict[str, Any]:
    """Return the named numbers of the answer: of each drift, its verdict, first day and money at stake.

    Classes overlap (a site and its promises), so the money of a drift is the largest of each of its statistics, added.
    """
    summary: dict[str, Any] = {"now": now.isoformat(sep=" "), "tests": table["p_value"].count(),
                               "under_way": table.filter(verdict="under way")["drift"].n_unique()}
    for drift in DRIFTS_OF_SERVICE:
        own = table.filter(drift=drift)
        going = own.filter(verdict="under way")
        known = own.filter(pl.col("verdict").is_in(["not seen"]))
        summary[drift] = "under way" if going.height else "not seen" if known.height else "cannot tell"
        dated = going.drop_nulls("starts_on")["starts_on"]  # in order of money
        summary[f"{drift}.since"] = dated[0].isoformat() if len(dated) else None
        summary[f"{drift}.money"] = float(going.group_by("statistic").agg(pl.col("money").max())["money"].sum())
    return summary
