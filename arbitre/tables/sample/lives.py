"""The after-sales sample: items that are replaced, that can be ordered or need be served no more."""

from __future__ import annotations

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.tables.sample.supply import Parts
from arbitre.tables.sample.terms import DAYS, ORIGIN

_REPLACED_SHARE = 0.5  # of the items nobody asks for any more; every third of them by an item that was replaced itself
_ENDED_SHARE = 0.3  # of the others: nobody need be served any more
_LAST_ORDER_SHARE = 0.02  # of the items still asked for
_LAST_ORDER = (-120, 540)  # days from the end of the facts
_SERVED = (4 * 365, 9 * 365)  # days from the last order
_ENDED = (-900, -100)  # days from the end of the facts


def with_lives(items: pl.DataFrame, parts: Parts, seed: int) -> pl.DataFrame:
    """Return the table items with successors and last days.

    An item is replaced by one of about its price. Nobody asks for a replaced item: its demand has moved already.
    """
    rng, end = stream(seed, "lives"), ORIGIN + DAYS
    quiet, asked = rng.permutation(np.nonzero(parts.share == 0.0)[0]), np.nonzero(parts.share > 0.0)[0]
    replaced, others = np.split(quiet, [round(_REPLACED_SHARE * len(quiet))])
    replaced = replaced[np.argsort(parts.price[replaced], kind="stable")]
    successor = np.full(len(parts.price), -1)
    newer = asked[parts.share[asked] > np.median(parts.share[asked])]
    newer = newer[np.argsort(parts.price[newer], kind="stable")]
    place = np.searchsorted(parts.price[newer], parts.price[replaced]).clip(max=len(newer) - 1)
    successor[replaced] = newer[place]
    successor[replaced[2::3]] = replaced[1::3][: len(replaced[2::3])]
    last_order = np.full(len(parts.price), np.datetime64("NaT", "D"))
    last_service = last_order.copy()
    ending = rng.choice(asked, max(3, round(_LAST_ORDER_SHARE * len(asked))), replace=False)
    last_order[ending] = end + rng.integers(*_LAST_ORDER, len(ending))
    last_service[ending] = last_order[ending] + rng.integers(*_SERVED, len(ending))
    ended = others[: round(_ENDED_SHARE * len(others))]
    last_service[ended] = end + rng.integers(*_ENDED, len(ended))
    known = pl.Series(successor >= 0)
    return items.with_columns(
        successor=pl.when(known).then(items["item"][np.maximum(successor, 0)]),
        last_order_on=pl.Series(last_order), last_service_on=pl.Series(last_service))
