"""Makes a complete, coherent chain of a trade from one seed, to try things on."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from arbitre.core.errors import UsageError
from arbitre.core.words import nearest
from arbitre.tables.chain import Chain
from arbitre.tables.sample.aftersales import SAMPLES, SCALES, ScaleName
from arbitre.tables.sample.fieldwork import fieldwork
from arbitre.tables.sample.leads import leads
from arbitre.tables.sample.marketing import marketing
from arbitre.tables.sample.meals import meals
from arbitre.tables.sample.parcels import parcels
from arbitre.tables.sample.riders import riders
from arbitre.tables.sample.sales import sales
from arbitre.tables.sample.stays import stays
from arbitre.tables.sample.subscriptions import subscriptions
from arbitre.tables.sample.trials import trials
from arbitre.tables.sample.visits import visits
from arbitre.tables.save import save
from arbitre.tables.settings import Settings

TRADES = {**SAMPLES, "fieldwork": fieldwork, "leads": leads, "marketing": marketing, "meals": meals, "parcels":
          parcels, "riders": riders, "sales": sales, "stays": stays, "subscriptions": subscriptions, "trials": trials,
          "visits": visits}
"""How to draw a chain of each trade, from a scale and a seed."""


def new(trade: str, scale: str = "small", seed: int = 1, folder: Path | str | None = None) -> Chain:
    """Return the sample chain of a trade; the same scale and seed give the same bytes.

    With a folder it is written there as well, and what was planted in it under expect/.

    Raises UsageError when there is no such trade or scale.
    """
    for given, known in ((trade, list(TRADES)), (scale, list(SCALES))):
        if given not in known:
            meant = nearest(given, known)
            raise UsageError(f"There is no {given}. " + (f"Did you mean {meant}? " if meant else "")
                             + f"Known: {', '.join(known)}.")
    sample = TRADES[trade](cast(ScaleName, scale), seed)
    chain = Chain(Settings.model_validate(sample.settings), sample.tables)
    if folder is not None:
        expect = save(chain, folder) / "expect"
        expect.mkdir(exist_ok=True)
        for name, table in sample.expect.items():
            table.write_csv(expect / f"{name}.csv")
    return chain
