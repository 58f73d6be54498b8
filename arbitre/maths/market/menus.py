"""Who takes which offer of a menu, and which menu brings most? Menus under the logit.

Each segment gives an offer a utility, and not buying 0; the share that takes it is a logit over what the menu holds, so
a market of several segments is a mixture of logits. With one segment the best menu at given margins holds the offers
of largest margin (Talluri & van Ryzin 2004); with several it need not, and menus of few offers are gone through one by
one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arbitre.core.errors import UsageError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_MOST_OFFERS = 20
_AT_ONCE = 1 << 12


def menu_shares(utilities: ArrayLike, menus: ArrayLike) -> Floats:
    """Return the share of each segment that takes each offer of each menu, (menus, segments, offers).

    Args: utilities (segments, offers), of not buying 0; menus (menus, offers), whether it holds the offer.
    """
    values, held = np.asarray(utilities, dtype=float), np.asarray(menus, dtype=bool)
    highest = np.maximum(values.max(axis=1), 0.0)[:, None]
    powers = np.exp(values - highest)[None, :, :] * held[:, None, :]
    return powers / (np.exp(-highest)[None, :, :] + powers.sum(axis=2, keepdims=True))


def best_menu(utilities: ArrayLike, margins: ArrayLike, size: ArrayLike, fixed: ArrayLike | None = None,
              most: int | None = None) -> tuple[Flags, float]:
    """Return the menu that brings most, (offers,), and what it brings (money), by going through all.

    Args: utilities (segments, offers); margins (segments, offers) or (offers,), money per taker; size (segments,)
    people; fixed (offers,) money for offering it at all; most, how many offers a menu may hold.

    Raises UsageError beyond 20 offers: use a mixed-integer programme there.
    """
    values = np.asarray(utilities, dtype=float)
    offers = values.shape[1]
    if offers > _MOST_OFFERS:
        raise UsageError(f"All menus of {offers} offers are too many to go through; at most {_MOST_OFFERS}.")
    worth = np.asarray(size, dtype=float)[:, None] * np.broadcast_to(np.asarray(margins, dtype=float), values.shape)
    each = np.zeros(offers) if fixed is None else np.asarray(fixed, dtype=float)
    best, highest = np.zeros(offers, bool), 0.0
    for start in range(0, 1 << offers, _AT_ONCE):
        codes = np.arange(start, min(start + _AT_ONCE, 1 << offers))
        menus = (codes[:, None] >> np.arange(offers)) & 1 == 1
        if most is not None:
            menus = menus[menus.sum(axis=1) <= most]
        brought = (menu_shares(values, menus) * worth).sum(axis=(1, 2)) - menus @ each
        if len(menus) and brought.max() > highest:
            highest, best = float(brought.max()), menus[int(np.argmax(brought))]
    return best, highest
