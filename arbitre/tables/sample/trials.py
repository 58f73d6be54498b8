"""The trials sample: seven changes that a delivery service tries, each in its own way, with what they truly bring.

`mail`: customers drawn one by one, with what they spent before; `banner`: orders a visit, no effect; `coaching`: whole
crews; `batching`: on and off in one city, by stretches of two hours, of which the first half-hour still has the stretch
before in it; `lockers` and `kiosk`: towns that take it up and keep it; `popup`: half of those under the change were
never written down. `expect/truth.csv` holds the planted effects.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.frames import shaped
from arbitre.tables.sample.aftersales import Sample, ScaleName

START = datetime(2025, 3, 3)
EFFECTS = {"mail": 4.0, "banner": 0.0, "coaching": -2.4, "batching": -3.0, "lockers": -1.2, "kiosk": 3.0, "popup": 0.0}
_SIZES: dict[ScaleName, int] = {"small": 1, "medium": 8, "large": 64}
_TOWNS, _WEEKS, _FIRST = 14, 36, 24


def trials(scale: ScaleName, seed: int) -> Sample:
    """Draw the sample; `medium` has eight times as many customers as `small`, `large` 64 times."""
    outcomes = draw(seed, _SIZES[scale], EFFECTS)
    settings: dict[str, Any] = {
        "name": "Trials", "currency": "EUR", "time_zone": "Europe/Paris", "language": "en",
        "sentence": "Changes that a delivery service tries: mails, coaching, batches, lockers, and what they bring.",
        "capabilities": {"measure.trials": {"skip": 1}},
    }
    truth = pl.DataFrame({"trial": list(EFFECTS), "effect": list(EFFECTS.values())})
    return Sample(settings, {"trial_outcomes": outcomes}, {"truth": truth})


def draw(seed: int, size: int, effects: Mapping[str, float]) -> pl.DataFrame:
    """Draw the outcomes of every trial, with these effects."""
    luck = stream(seed, "trials")
    parts = [
        _mail(luck, 1200 * size, effects["mail"]), _banner(luck, 900 * size, effects["banner"]),
        _coaching(luck, effects["coaching"]), _batching(luck, effects["batching"]),
        _rolled_out(luck, "lockers", 6, effects["lockers"]), _rolled_out(luck, "kiosk", 2, effects["kiosk"]),
        _popup(luck, 500 * size, effects["popup"]),
    ]
    return pl.concat([shaped(INPUTS["trial_outcomes"], pl.DataFrame(part)) for part in parts])


def _units(trial: str, prefix: str, on: np.ndarray, a_day: float) -> dict[str, Any]:
    """Return units that come one after another, so many a day."""
    return {"trial": [trial] * len(on), "unit": [f"{prefix}{at + 1:05}" for at in range(len(on))],
            "seen_at": [START + timedelta(days=int(at // a_day)) for at in range(len(on))], "is_treated": on}


def _mail(luck: np.random.Generator, size: int, effect: float) -> dict[str, Any]:
    """What customers spend in the month after a mail; what they spent in the month before tells half of it."""
    on = luck.random(size) < 0.5
    before = 50.0 + 20.0 * luck.standard_normal(size)
    spent = 50.0 + 0.8 * (before - 50.0) + 15.0 * luck.standard_normal(size) + effect * on
    return {**_units("mail", "C", on, size / 40), "outcome": spent.round(1), "before": before.round(1),
            "drawn_share": [0.5] * size}


def _banner(luck: np.random.Generator, size: int, effect: float) -> dict[str, Any]:
    """Orders over visits: visitors differ in how often they come, and in how readily they order."""
    on, visits = luck.random(size) < 0.5, 1 + luck.poisson(2.0, size)
    orders = luck.binomial(visits, luck.beta(4.0, 16.0, size) + effect * on)
    return {**_units("banner", "V", on, size / 30), "outcome": orders.astype(float), "over": visits.astype(float),
            "drawn_share": [0.5] * size}


def _coaching(luck: np.random.Generator, effect: float, crews: int = 24, each: int = 20) -> dict[str, Any]:
    """Hours to solve a case: crews differ, half of them are coached."""
    on = np.repeat(luck.permutation(crews) < crews // 2, each)
    own = np.repeat(luck.standard_normal(crews), each)
    hours = 14.0 + own + 3.0 * luck.standard_normal(crews * each) + effect * on
    return {"trial": ["coaching"] * len(on), "unit": [f"K{at + 1:05}" for at in range(len(on))],
            "seen_at": [START + timedelta(days=int(luck.integers(28))) for _ in on], "is_treated": on,
            "outcome": hours.round(2), "cluster": [f"crew {at // each + 1:02}" for at in range(len(on))],
            "drawn_share": [0.5] * len(on)}


def _batching(luck: np.random.Generator, effect: float, days: int = 14) -> dict[str, Any]:
    """Minutes from order to door, by half-hour; a stretch of two hours with batches or without, by lot."""
    stretches = np.repeat(luck.permutation(days * 6) % 2 == 0, 4)
    felt = np.where(np.arange(len(stretches)) % 4 == 0, np.append(False, stretches[:-1]), stretches)
    lasting = np.repeat(luck.standard_normal(days * 6), 4)
    minutes = 38.0 + effect * felt + 1.5 * lasting + 3.0 * luck.standard_normal(len(felt))
    seen = [START + timedelta(days=day, hours=11, minutes=30 * half) for day in range(days) for half in range(24)]
    return {"trial": ["batching"] * len(felt), "unit": ["Lyon"] * len(felt), "seen_at": seen, "is_treated": stretches,
            "outcome": minutes.round(1), "cluster": [f"stretch {at // 4 + 1:03}" for at in range(len(felt))],
            "drawn_share": [0.5] * len(felt)}


def _rolled_out(luck: np.random.Generator, trial: str, changed: int, effect: float) -> dict[str, Any]:
    """Parcels that come late a week, out of a hundred: towns share a tide; some take the change up and keep it."""
    tide = np.cumsum(0.3 * luck.standard_normal(_WEEKS))
    towns = 20.0 + 3.0 * luck.standard_normal((_TOWNS, 1))
    panel = towns + tide + 0.8 * luck.standard_normal((_TOWNS, _WEEKS))
    on = np.zeros((_TOWNS, _WEEKS), dtype=bool)
    on[luck.permutation(_TOWNS)[:changed], _FIRST:] = True
    panel += effect * on
    return {"trial": [trial] * panel.size, "unit": [f"town {at + 1:02}" for at in range(_TOWNS) for _ in range(_WEEKS)],
            "seen_at": [START + timedelta(weeks=week) for _ in range(_TOWNS) for week in range(_WEEKS)],
            "is_treated": on.ravel(), "outcome": panel.ravel().round(2)}


def _popup(luck: np.random.Generator, size: int, effect: float) -> dict[str, Any]:
    """Whether a visitor signs up: under the change, half of those who close the page at once leave no row."""
    on = luck.random(size) < 0.5
    kept = ~on | (luck.random(size) < 0.6)
    on = on[kept]
    signed = luck.random(len(on)) < 0.1 + effect * on
    return {**_units("popup", "P", on, len(on) / 20), "outcome": signed.astype(float), "drawn_share": [0.5] * len(on)}
