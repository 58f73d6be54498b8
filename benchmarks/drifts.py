"""Are planted drifts found, how late, and how often is one seen where none was planted?

    python -m benchmarks.drifts --json [--seeds 200] [--scale small]

Draws the after-sales sample of each seed twice, with its five drifts and with none, and asks measure.drifts of both.
A drift is found when its statistic, where it was planted, is called under way; its delay is the days from the planted
start to the alarm of its chart. A false alarm is any share called rising, or above what is tolerated, for a drift that
was not planted. Shares kept below their target and offers below their break-even are told apart: the sample has them
without any drift.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date
from statistics import median
from typing import Any

import polars as pl

from arbitre.measure import drifts
from arbitre.tables.chain import Chain
from arbitre.tables.results.drifts import DRIFTS_OF_SERVICE
from arbitre.tables.sample.aftersales import SCALES, Sample, aftersales
from arbitre.tables.sample.terms import CREEP_SEGMENT, NO_DRIFTS, PLANTED
from arbitre.tables.settings import Settings

_TOLD_BY = {
    "value_not_challenged": ("urgency_waste", {}), "premium_for_everybody": ("premium_rise", {}),
    "cost_not_mastered": ("dear_rise", {"segment": CREEP_SEGMENT}), "complexity": ("exceptions_rise", {}),
    "service_below_promise": ("misses_rise", {}),
}
"""The statistic that tells each planted drift, and where."""
_NO_DRIFT = ("kept_share", "below_break_even")
"""True of the sample without any drift: it misses promises, and sells offers that few ask for."""


def asked(sample: Sample) -> pl.DataFrame:
    """Return what measure.drifts says of a sample."""
    chain = Chain(Settings.model_validate(sample.settings), sample.tables)
    return drifts.run(chain, drifts.Params.model_validate({}), 1, lambda *_: None).tables["drifts"]


def found(table: pl.DataFrame, drift: str, where: str) -> pl.DataFrame:
    """Return the row that tells a planted drift; none where it is not under way."""
    statistic, place = _TOLD_BY[drift]
    place = {"site": where.removeprefix("site ")} if drift == "service_below_promise" else place
    own = table.filter(pl.col("verdict") == "under way", drift=drift, statistic=statistic)
    names = ("promise", "offer", "segment", "site")
    return own.filter(pl.col(name).eq_missing(pl.lit(place.get(name))) for name in names)


def measured(scale: Any, seeds: int) -> dict[str, Any]:
    """Return what was found over so many seeds."""
    started = time.perf_counter()
    hits: dict[str, list[tuple[int | None, int | None]]] = {drift: [] for drift in DRIFTS_OF_SERVICE}
    false: dict[str, list[int]] = {drift: [] for drift in DRIFTS_OF_SERVICE}
    tests = []
    for seed in range(1, seeds + 1):
        sample = aftersales(scale, seed, PLANTED)
        table = asked(sample)
        for drift, starts_on, where in sample.expect["drifts"].select("drift", "starts_on", "where").iter_rows():
            rows = found(table, drift, where)
            if rows.height:
                alarm, start = rows["alarm_on"][0], rows["starts_on"][0]
                hits[drift].append((_days(alarm, starts_on), _days(start, starts_on)))
        quiet = asked(aftersales(scale, seed, NO_DRIFTS))
        tests.append(quiet["p_value"].count())
        seen = quiet.filter(pl.col("verdict") == "under way", 
                            ~pl.col("statistic").is_in(_NO_DRIFT))
        for drift in DRIFTS_OF_SERVICE:
            false[drift].append(seen.filter(drift=drift).height)
    rows = [
        {"drift": drift, "found_share": len(hits[drift]) / seeds,
         "median_delay_days": _middle([alarm for alarm, _ in hits[drift]]),
         "median_start_error_days": _middle([start for _, start in hits[drift]]),
         "false_alarms": sum(false[drift]), "chains_with_false_alarm": sum(count > 0 for count in false[drift])}
        for drift in DRIFTS_OF_SERVICE
    ]
    any_false = sum(any(false[drift][at] for drift in DRIFTS_OF_SERVICE) for at in range(seeds))
    return {"scale": scale, "seeds": seeds, "tests_a_chain": median(tests), "drifts": rows,
            "chains_with_any_false_alarm": any_false,
            "seconds_a_chain": round((time.perf_counter() - started) / seeds / 2.0, 2)}


def _days(day: date | None, since: date) -> int | None:
    return (day - since).days if day else None


def _middle(days: list[int | None]) -> float | None:
    known = [day for day in days if day is not None]
    return float(median(known)) if known else None


def main() -> None:
    """Print what was measured."""
    options = argparse.ArgumentParser()
    options.add_argument("--seeds", type=int, default=200)
    options.add_argument("--scale", choices=SCALES, default="small")
    options.add_argument("--json", action="store_true", help="one JSON object, as is always printed")
    options.add_argument("--data", help="not needed: the sample is drawn")
    given = options.parse_args()
    print(json.dumps(measured(given.scale, given.seeds)))


if __name__ == "__main__":
    main()
