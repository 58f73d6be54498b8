"""How well are the calls of each half-hour of tomorrow foreseen, on a real call centre? Prints one JSON object.

    python -m benchmarks.intraday ../shared/data --json

A year of calls in stretches of six minutes, added up to half-hours. From day 57 on, every day is foreseen the night
before from the days before it (`maths.work.intraday`), and again at noon. The score is the pinball loss, mean over the
quantiles in SHARES; half-hours in which nobody ever calls are left out. Rivals: the same weekday of last week, and the
plain mean of the same half-hour over all past days of the weekday; both with a spread of their own, the negative
binomial law whose variance is theirs on the days before, and `_point` without any. `gain`: one less our loss over
theirs. `covered`: share of half-hours within the interval of 80 %.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from arbitre.maths.work.intraday import forecast_day, negative_binomial, pinball
from benchmarks.data import data_root, r_frame

FIRST, LUMPED = 56, 5
SHARES = np.array([0.1, 0.25, 0.5, 0.75, 0.9])


def calls(folder: Path) -> np.ndarray:
    """Calls (days, half-hours)."""
    counts = r_frame(folder / "promises" / "callcenter_counts.rds")["calls"].to_numpy().astype(float).reshape(-1, 240)
    return counts.reshape(len(counts), -1, LUMPED).sum(axis=2)


def spread_of(foreseen: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
    """Return lump and squared spread: variance = lump x mean + spread x mean², by moments on past days."""
    mean = np.maximum(foreseen, 0.5)
    square = (counts - foreseen) ** 2
    busy = foreseen >= np.median(foreseen)
    spread = max(float((square[busy] - mean[busy]).sum() / (mean[busy] ** 2).sum()), 0.0)
    rest = ~busy
    lump = max(float((square[rest] - spread * mean[rest] ** 2).sum() / mean[rest].sum()), 1.0)
    return lump, spread


def rival(means: np.ndarray, counts: np.ndarray, day: int) -> np.ndarray:
    """Return the quantiles (shares, periods) of a rival whose means (days, periods) are known for past days too."""
    past = slice(day - 28, day)
    lump, spread = spread_of(means[past], counts[past])
    mean = np.maximum(means[day], 0.05)
    return np.array([negative_binomial(mean, lump * mean + spread * mean**2, share) for share in SHARES])


def measured(counts: np.ndarray) -> dict[str, Any]:
    """Foresee every day."""
    days, weekday = len(counts), np.arange(len(counts)) % 7
    last = np.roll(counts, 7, axis=0)
    average = np.array([counts[day % 7:max(day, 1):7].mean(axis=0) if day >= 7 else counts[0] for day in range(days)])
    losses: dict[str, list[np.ndarray]] = {}
    covered: dict[str, list[np.ndarray]] = {}
    noon = counts.shape[1] // 2
    started = time.perf_counter()
    for day in range(FIRST, days):
        ours = forecast_day(counts[:day], weekday[:day], int(weekday[day]))
        told = {
            "level_and_profile": np.array([ours.quantile(share) for share in SHARES]),
            "last_week": rival(last, counts, day), "average": rival(average, counts, day),
            "last_week_point": np.tile(last[day], (len(SHARES), 1)),
            "average_point": np.tile(average[day], (len(SHARES), 1)),
        }
        updated = ours.after(counts[day, :noon])
        told["updated_at_noon"] = np.array([updated.quantile(share) for share in SHARES])
        open_ = counts[:day].sum(axis=0) > 0
        for name, quantiles in told.items():
            losses.setdefault(name, []).append(pinball(counts[day], quantiles, SHARES)[open_])
            inside = (quantiles[0] <= counts[day]) & (counts[day] <= quantiles[-1])
            covered.setdefault(name, []).append(inside[open_])
            if name in ("level_and_profile", "updated_at_noon"):
                losses.setdefault(f"{name}.afternoon", []).append(
                    pinball(counts[day], quantiles, SHARES)[noon:][open_[noon:]])
    seconds = time.perf_counter() - started
    loss = {name: float(np.concatenate(all_).mean()) for name, all_ in losses.items()}
    own = loss["level_and_profile"]
    return {
        "days": days - FIRST, "calls": int(counts.sum()), "seconds": round(seconds, 1),
        "pinball": {name: round(value, 4) for name, value in loss.items()},
        "gain": {name: round(1.0 - own / loss[name], 4) for name in
                 ("last_week", "average", "last_week_point", "average_point")},
        "gain_of_update": round(1.0 - loss["updated_at_noon.afternoon"] / loss["level_and_profile.afternoon"], 4),
        "covered": {name: round(float(np.concatenate(all_).mean()), 4) for name, all_ in covered.items()
                    if not name.endswith("_point")},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the data folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object, and nothing else")
    print(json.dumps(measured(calls(data_root(parser.parse_args().folder)))))


if __name__ == "__main__":
    main()
