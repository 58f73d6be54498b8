"""Is the speed that offers promise used, do those get it who need it, and how many kinds of it are there?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from statistics import NormalDist

import numpy as np
import polars as pl

from arbitre.maths.evidence.association import cramers_v, effective_number
from arbitre.maths.evidence.shares import score_interval, wilson
from arbitre.maths.evidence.trends import cochran_armitage, mann_kendall
from arbitre.measure._drifts.charts import Alarm, Finding, Span, charts

WASTE, PREMIUM, COMPLEXITY = "value_not_challenged", "premium_for_everybody", "complexity"
TOLERATED_WASTE = 0.2
"""Share of urgent lines used too late that is let pass (alarm when the whole interval lies above)."""
_TAIL = 0.02
"""An offer with a smaller share of the lines is in the tail."""
_NORMAL = NormalDist()
_Z = _NORMAL.inv_cdf(0.975)


def used_too_late(lines: pl.DataFrame, windows: pl.DataFrame, span: Span, alarm: Alarm) -> list[Finding]:
    """Return how many urgent lines were used later than the next slower promise would have delivered them.

    Judged are lines delivered before the next slower promise was due: what was itself delivered later says nothing.
    Args: windows, offer, hours and price, the shortest first.
    """
    slower = _slower(windows)
    if not slower:
        return [Finding(WASTE, "urgency_waste", missing="promises")]
    recorded = lines.filter(pl.col("used_at").is_not_null())["offer"].unique().drop_nulls().to_list()
    due = pl.col("opened_at") + pl.duration(
        microseconds=3_600_000_000 * pl.col("offer").replace_strict(
            {offer: hours for offer, (hours, _) in slower.items()}, default=None, return_dtype=pl.Float64))
    watched = lines.filter(pl.col("offer").is_in(recorded)).with_columns(due=due).filter(
        pl.col("closed_at") <= pl.col("due"), pl.col("due") < span.now
    ).select(
        "offer", "segment", "site", at="opened_at", mix="offer",
        departed=(pl.col("used_at") > pl.col("due")).fill_null(value=True),
        stake=pl.col("offer").replace_strict(
            {offer: saved for offer, (_, saved) in slower.items()}, default=None, return_dtype=pl.Float64),
    )
    if not watched.height:
        return [Finding(WASTE, "urgency_waste", missing="events")]
    promise = {offer: f"promises: offer = {offer}, window = {hours:g}" for offer, (hours, _) in slower.items()}
    risen = charts(watched, WASTE, "urgency_waste_rise", [(), ("offer",)], span, alarm)
    started = {found.offer: found for found in risen}
    last = watched.filter(span.in_last_year())
    told = [_wasted(last, None, started)] if last.height else []
    told += [_wasted(part, str(offer), started, promise[str(offer)])
             for (offer,), part in sorted(last.group_by("offer"), key=lambda each: str(each[0]))]
    return [*told, *risen]


def _slower(windows: pl.DataFrame) -> dict[str, tuple[float, float]]:
    """Return for each offer the next longer window, and the money that the offer with it would have saved."""
    rows = list(windows.iter_rows())
    found = {}
    for offer, hours, price in rows:
        longer = [each for each in rows if each[1] > hours]
        if longer:
            found[offer] = longer[0][1], max(price - longer[0][2], 0.0)
    return found


def _wasted(last: pl.DataFrame, offer: str | None, started: Mapping[str | None, Finding], hint: str | None = None
            ) -> Finding:
    """Test the share of one offer against the tolerated one; dated by its chart."""
    wrong, cases = int(last["departed"].sum()), last.height
    low, high = score_interval(wrong, cases, _Z)
    z = (wrong - TOLERATED_WASTE * cases) / math.sqrt(TOLERATED_WASTE * (1.0 - TOLERATED_WASTE) * cases)
    chart = started.get(offer)
    return Finding(
        WASTE, "urgency_waste", offer=offer, value=wrong / cases, low=float(low), high=float(high),
        limit=TOLERATED_WASTE, p_value=_NORMAL.cdf(-z), months=12.0, starts_on=chart.starts_on if chart else None,
        alarm_on=chart.alarm_on if chart else None, goes_on=wrong > TOLERATED_WASTE * cases, hint=hint,
        money=float(last.filter("departed")["stake"].sum()),
    )


def premium_spread(lines: pl.DataFrame, span: Span, alarm: Alarm) -> list[Finding]:
    """Return whether the offers beyond the basic service go to those who need them, and are invoiced."""
    premium = lines.filter(pl.col("is_premium").is_not_null(), pl.col("offer").is_not_null())
    if not premium["is_premium"].any():
        return [Finding(PREMIUM, "premium_rise", missing="offers")]
    grade = next((name for name in ("need", "value") if premium[name].count()), None)
    if grade is None:
        return [Finding(PREMIUM, "premium_rise", missing="segments"), *_not_invoiced(premium, span, alarm)]
    low = premium.filter(pl.col(grade) == "low")
    spent = dict(premium.drop_nulls("spent").group_by("is_premium").agg(pl.col("spent").mean()).iter_rows())
    dearer = max(spent[True] - spent[False], 0.0) if len(spent) == 2 else None
    watched = low.select("segment", at="opened_at", departed="is_premium", mix="segment",
                         stake=pl.lit(dearer, pl.Float64))
    found = charts(watched, PREMIUM, "premium_rise", [(), ("segment",)], span, alarm)
    return [*found, *_trend(low, span), *_association(premium, grade, span), *_not_invoiced(premium, span, alarm)]


def _trend(low: pl.DataFrame, span: Span) -> list[Finding]:
    """Test whether customers of low need take more of it: only what both tests of a trend see is one."""
    whole = low.filter(pl.col("opened_at") < span.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    months = whole.group_by(pl.col("opened_at").dt.truncate("1mo")).agg(
        wrong=pl.col("is_premium").sum(), cases=pl.len()).sort("opened_at")
    if months.height < 12:
        return []
    wrong, cases = months["wrong"].to_numpy(), months["cases"].to_numpy()
    tests = cochran_armitage(wrong, cases), mann_kendall(wrong / cases)
    last = low.filter(span.in_last_year("opened_at"))
    taken = int(last["is_premium"].sum())
    share_low, share_high = wilson(taken, last.height)
    return [Finding(PREMIUM, "premium_trend", value=taken / last.height if last.height else None, low=float(share_low),
                    high=float(share_high), limit=float(wrong[:12].sum() / cases[:12].sum()),
                    p_value=max(test.p_rise for test in tests), months=float(months.height))]


def _association(premium: pl.DataFrame, grade: str, span: Span) -> list[Finding]:
    """Return how far offers follow the need, last year and in the reference: 1 differentiated, 0 one size for all."""
    end = span.reference_end(premium["opened_at"][0])
    parts = premium.filter(pl.col("opened_at") < end), premium.filter(span.in_last_year("opened_at"))
    before, now = (cramers_v(_table(part, grade)) for part in parts)
    if math.isnan(now):
        return []
    return [Finding(PREMIUM, "offer_follows_need", value=now, limit=None if math.isnan(before) else before)]


def _table(part: pl.DataFrame, grade: str) -> np.ndarray:
    """Count lines by offer and grade."""
    if not part.height:
        return np.zeros((1, 1))
    wide = part.drop_nulls(grade).pivot(grade, index="offer", values="opened_at", aggregate_function="len")
    return wide.drop("offer").fill_null(0).to_numpy()


def _not_invoiced(premium: pl.DataFrame, span: Span, alarm: Alarm) -> list[Finding]:
    """Return how many premium lines were invoiced under the list, and what that gives away."""
    billed = premium.filter("is_premium").drop_nulls(["billed", "listed"]).filter(pl.col("listed") > 0.0)
    if not billed.height:
        return [Finding(PREMIUM, "leakage_rise", missing="invoices")]
    watched = billed.select("offer", "segment", at="opened_at", mix=pl.lit("all"),
                            departed=pl.col("billed") < pl.col("listed") - 0.005,
                            stake=pl.col("listed") - pl.col("billed"))
    return charts(watched, PREMIUM, "leakage_rise", [(), ("segment",)], span, alarm)


def complexity(lines: pl.DataFrame, events: pl.DataFrame | None, offers: int, by_hand_known: bool, span: Span,
               alarm: Alarm) -> list[Finding]:
    """Return how many offers, ways and exceptions there are, and whether they multiply."""
    found: list[Finding] = []
    sold = lines.drop_nulls("offer")
    if by_hand_known:
        spent = dict(lines.drop_nulls("spent").group_by("is_by_hand").agg(pl.col("spent").mean()).iter_rows())
        dearer = max(spent[True] - spent[False], 0.0) if len(spent) == 2 else None
        watched = lines.select("offer", "site", at="opened_at", departed="is_by_hand", mix="offer",
                               stake=pl.lit(dearer, pl.Float64))
        found += charts(watched, COMPLEXITY, "exceptions_rise", [(), ("offer",), ("site",)], span, alarm)
    else:
        found.append(Finding(COMPLEXITY, "exceptions_rise", missing="events"))
    found += _ways(lines, events, span, alarm)
    if not sold.height:
        return [*found, Finding(COMPLEXITY, "tail_rise", missing="offers")]
    end = span.reference_end(sold["opened_at"][0])
    early, last = sold.filter(pl.col("opened_at") < end), sold.filter(span.in_last_year("opened_at"))
    counts = early["offer"].value_counts()
    usual = counts.filter(pl.col("count") >= _TAIL * early.height)["offer"].to_list()
    watched = sold.select(at="opened_at", departed=~pl.col("offer").is_in(usual), mix=pl.lit("all"),
                          stake=pl.lit(None, pl.Float64))
    found += charts(watched, COMPLEXITY, "tail_rise", [()], span, alarm)
    return [*found, *_diversity(early, last, offers), *_handling(sold)]


def _diversity(early: pl.DataFrame, last: pl.DataFrame, offers: int) -> list[Finding]:
    """Return the effective number of offers against the catalogue, and those in the tail."""
    if not last.height:
        return []
    now, before = (sold["offer"].value_counts().sort("offer")["count"].to_numpy() for sold in (last, early))
    tail = int((now < _TAIL * last.height).sum())
    return [Finding(COMPLEXITY, "effective_offers", value=effective_number(now), low=effective_number(before),
                    limit=float(max(offers, len(now)))),
            Finding(COMPLEXITY, "tail_offers", value=float(tail), limit=float(max(offers, len(now))))]


def _ways(lines: pl.DataFrame, events: pl.DataFrame | None, span: Span, alarm: Alarm) -> list[Finding]:
    """Return how various the ways of cases are, and whether ways that few took in the reference become more.

    Variety is told at as many cases last year as in the reference: more cases show more ways.
    """
    if events is None:
        return [Finding(COMPLEXITY, name, missing="events") for name in ("ways_rise", "ways_per_100", "effective_ways")]
    done = lines.filter(pl.col("closed_at") < span.now - timedelta(days=7))
    way = events.join(done.select("case"), on="case", how="semi").sort("case", "happened_at", "step").group_by(
        "case").agg(way=pl.col("step").str.join(">"))
    taken = done.join(way, on="case", how="inner", maintain_order="left")
    if not taken.height:
        return []
    end = span.reference_end(taken["opened_at"][0])
    early, last = taken.filter(pl.col("opened_at") < end), taken.filter(span.in_last_year("opened_at"))
    usual = early["way"].value_counts().filter(pl.col("count") >= _TAIL * early.height)["way"].to_list()
    watched = taken.select("site", at="opened_at", departed=~pl.col("way").is_in(usual), mix=pl.lit("all"),
                           stake=pl.lit(None, pl.Float64))
    found = charts(watched, COMPLEXITY, "ways_rise", [(), ("site",)], span, alarm)
    cases = min(early.height, last.height)
    if not cases:
        return found
    before, now = (part["way"].gather_every(part.height // cases).head(cases).value_counts().sort("way")["count"]
                   .to_numpy() for part in (early, last))
    a_hundred = 100.0 / cases
    return [*found, Finding(COMPLEXITY, "ways_per_100", value=a_hundred * len(now), limit=a_hundred * len(before)),
            Finding(COMPLEXITY, "effective_ways", value=effective_number(now), limit=effective_number(before))]


def _handling(sold: pl.DataFrame) -> list[Finding]:
    """Return what one more active offer adds to the handling of a line, sites compared with themselves."""
    cells = sold.drop_nulls(["handling", "site"]).group_by("site", pl.col("opened_at").dt.truncate("1mo")).agg(
        pl.col("handling").mean(), offers=pl.col("offer").n_unique().cast(pl.Float64), lines=pl.len().cast(pl.Float64))
    if cells.height < 24:
        return [Finding(COMPLEXITY, "handling_by_offer", missing="costs")] if not cells.height else []
    away = cells.sort("site", "opened_at").with_columns(
        (pl.col(name) - (pl.col(name) * pl.col("lines")).sum().over("site") / pl.col("lines").sum().over("site"))
        for name in ("handling", "offers"))
    x, y, w = (away[name].to_numpy() for name in ("offers", "handling", "lines"))
    power = float((w * x * x).sum())
    if power <= 0.0:
        return []
    slope = float((w * x * y).sum()) / power
    error = math.sqrt(float((w * w * x * x * (y - slope * x) ** 2).sum())) / power
    return [Finding(COMPLEXITY, "handling_by_offer", value=slope, low=slope - _Z * error, high=slope + _Z * error,
                    limit=0.0)]
