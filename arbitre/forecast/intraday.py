"""How many cases will come in each stretch of the days ahead, how surely, and how well was that foreseen so far?

Cases of a kind are counted by stretches of the day (the hours on the clock in which they were opened); a day is level x
factor of its weekday x profile of its weekday x what is known beforehand (conditions: events, weather), with a negative
binomial law around it (`maths.work.intraday`). Days of which a part is known already, the last one where its cases end
before midnight, are followed: what has come so far moves the rest.

Every day of the past from day 57 on is foreseen from the days before it, and judged beside two plain forecasts, the
same weekday of last week and the mean of the weekday so far, by the pinball loss of five quantiles.

Reads cases; conditions where present. Writes intraday_forecasts, intraday_methods. Cases, hours of the day.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from pydantic import Field

from arbitre.capability import Params as BaseParams
from arbitre.capability import Progress, Result
from arbitre.core.errors import Unsupported
from arbitre.maths.work.intraday import Floats, forecast_day, pinball
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped

READS = ("cases",)
MAY_READ = ("conditions",)
WRITES = ("intraday_forecasts", "intraday_methods")

_LEAST, _JUDGED_FROM = 28, 56
"""Days needed, and days after which forecasts are judged."""
_SHARES = np.array([0.1, 0.25, 0.5, 0.75, 0.9])


class Params(BaseParams):
    """What is counted, and how far ahead."""

    kind: str = Field("order", description="Kind of the cases that are counted.")
    minutes: int = Field(30, ge=15, le=60, multiple_of=15, description="Length of the stretches of a day.",
                         json_schema_extra={"unit": "min"})
    days: int = Field(7, ge=1, le=56, description="Days ahead.", json_schema_extra={"unit": "day"})
    now: datetime | None = Field(None, description="Until when cases are known; empty: the end of the day of the last "
                                 "one.", json_schema_extra={"unit": "date"})


def run(chain: Chain, params: Params, _seed: int, progress: Progress) -> Result:
    """Return the forecast. Raises Unsupported when there are fewer than four weeks of cases."""
    progress(0.0, "counting cases")
    opened = chain.table("cases").filter(kind=params.kind)["opened_at"]
    opened = opened if params.now is None else opened.filter(opened < params.now)
    counts, first, known = _counted(opened, params)
    if len(counts) < _LEAST:
        raise Unsupported(f"{len(counts)} whole days of cases of kind {params.kind} are too few to tell weekdays "
                          f"apart: bring at least {_LEAST}, or name another kind.")
    weekday = (first.weekday() + np.arange(len(counts) + params.days + 1)) % 7
    known_of = _conditions(chain, first, len(weekday))
    progress(0.2, "foreseeing the days ahead")
    rows = []
    for ahead in range(params.days):
        day = len(counts) + ahead
        told = forecast_day(counts, weekday[:len(counts)], int(weekday[day]), known_of[:len(counts)], known_of[day],
                            ahead + 1).after(known if ahead == 0 else known[:0])
        low, high = told.quantile(0.1), told.quantile(0.9)
        on = first + timedelta(days=day)
        rows += [{"kind": params.kind, "day": on, "starts": place * params.minutes / 60.0, "mean": mean, "low": under,
                  "high": over, "is_known": ahead == 0 and place < len(known)}
                 for place, (mean, under, over) in enumerate(zip(told.mean, low, high, strict=True))]
    progress(0.4, "judging the forecasts of the past")
    methods = _judged(counts, weekday, known_of, lambda share: progress(0.4 + 0.6 * share, "judging"))
    forecasts = pl.DataFrame(rows)
    tables = {"intraday_forecasts": shaped(RESULTS["intraday_forecasts"], forecasts),
              "intraday_methods": shaped(RESULTS["intraday_methods"], methods)}
    return Result("forecast.intraday", _summary(forecasts, methods, len(counts)), tables)


def _counted(opened: pl.Series, params: Params) -> tuple[Floats, date, Floats]:
    """Return the counts of whole days (days, stretches), the first of them, and those of the day under way (stretches
    so far)."""
    if opened.is_empty():
        raise Unsupported(f"There are no cases of kind {params.kind} to count: name another kind.")
    first = opened.min().date()  # type: ignore[union-attr]
    last = opened.max().date()  # type: ignore[union-attr]
    minute = ((opened - datetime(first.year, first.month, first.day)).dt.total_minutes()).to_numpy()
    days, stretches = (last - first).days + 1, 1440 // params.minutes
    counts = np.bincount(minute // params.minutes, minlength=days * stretches).astype(float).reshape(days, stretches)
    if params.now is None or params.now.date() > last:
        return counts, first, np.zeros(0)
    so_far = (params.now.hour * 60 + params.now.minute) // params.minutes
    return counts[:-1], first, counts[-1, :so_far]


def _conditions(chain: Chain, first: date, days: int) -> Floats:
    """Return what is known of each day (days, conditions), on the scale of its own deviation; nought where nothing is
    said."""
    if not chain.has("conditions"):
        return np.zeros((days, 0))
    table = chain.table("conditions")
    names = sorted(table["condition"].unique())
    found = np.zeros((days, len(names)))
    for day, name, value in table.select("day", "condition", "value").iter_rows():
        at = (day - first).days
        if 0 <= at < days:
            found[at, names.index(name)] = value
    return (found - np.median(found, axis=0)) / np.maximum(found.std(axis=0), 1e-9)


def _judged(counts: Floats, weekday: Any, known_of: Floats, progress: Any) -> pl.DataFrame:
    """Return what each method would have lost on the past days; without rows where they are too few."""
    lost: dict[str, list[float]] = {"level_and_profile": [], "updated_at_noon": [], "last_week": [], "average": []}
    covered: dict[str, list[float]] = {"level_and_profile": [], "updated_at_noon": []}
    noon = counts.shape[1] // 2
    for day in range(_JUDGED_FROM, len(counts)):
        progress((day - _JUDGED_FROM) / (len(counts) - _JUDGED_FROM))
        ours = forecast_day(counts[:day], weekday[:day], int(weekday[day]), known_of[:day], known_of[day])
        is_open = counts[:day].sum(axis=0) > 0
        for name, told in (("level_and_profile", ours), ("updated_at_noon", ours.after(counts[day, :noon]))):
            quantiles = np.array([told.quantile(share) for share in _SHARES])
            lost[name].append(float(pinball(counts[day], quantiles, _SHARES)[is_open].mean()))
            inside = (quantiles[0] <= counts[day]) & (counts[day] <= quantiles[-1])
            covered[name].append(float(inside[is_open].mean()))
        same = counts[:day][weekday[:day] == weekday[day]]
        for name, plain in (("last_week", counts[day - 7]), ("average", same.mean(axis=0))):
            loss = pinball(counts[day], np.tile(plain, (len(_SHARES), 1)), _SHARES)
            lost[name].append(float(loss[is_open].mean()))
    return pl.DataFrame([{"method": name, "days": len(values), "pinball": float(np.mean(values)),
                          "covered_share": float(np.mean(covered[name])) if name in covered else None}
                         for name, values in lost.items() if values],
                        schema={"method": pl.String, "days": pl.Int64, "pinball": pl.Float64,
                                "covered_share": pl.Float64})


def _summary(forecasts: pl.DataFrame, methods: pl.DataFrame, days: int) -> dict[str, Any]:
    losses = dict(methods.select("method", "pinball").iter_rows())
    own = losses.get("level_and_profile")
    coming = forecasts.group_by("day", maintain_order=True).agg(pl.col("mean").sum())
    busiest = forecasts.sort("mean", descending=True, maintain_order=True).row(0, named=True)
    return {
        "days_known": days,
        "cases_next_day": float(coming["mean"][0]),
        "busiest": f"{busiest['day']} {int(busiest['starts']):02d}:{round(busiest['starts'] % 1 * 60):02d}",
        "busiest_mean": busiest["mean"],
        "pinball": own,
        "covered_share": dict(methods.select("method", "covered_share").iter_rows()).get("level_and_profile"),
        **{f"gain_over_{name}": 1.0 - own / losses[name] if own is not None and losses[name] > 0 else None
           for name in ("last_week", "average") if name in losses},
    }
