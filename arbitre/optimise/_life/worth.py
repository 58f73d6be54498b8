"""What does the rest of an item's life cost, for each number of units; and what is each unit worth?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from arbitre.maths.stock.last_buy import life_costs, newsvendor
from arbitre.optimise._life.model import MONTHS_PER_YEAR
from arbitre.optimise._pool import Floats


@dataclass(frozen=True)
class Terms:
    """What a unit costs to hold, to miss and to buy late, and brings when sold.

    In shares of its price: holding (a year, without capital), salvage, late (a unit bought from another source once
    the item can no longer be ordered; infinite: there is none). A unit missing then costs short times its price, and
    penalty in money. discount and obsolescence are yearly shares.
    """

    holding: float
    discount: float
    obsolescence: float
    salvage: float
    short: float
    penalty: float
    late: float


@dataclass(frozen=True)
class Rest:
    """The rest of a life.

    asked (months,) units asked a month on average, with their dispersion; last_order is the last month at whose start
    a unit can be ordered at its price (-1: none; the number of months, or more: always).
    """

    asked: Floats
    dispersion: float
    price: float
    last_order: int


def costs_by_units(rest: Rest, terms: Terms, held: int, spare: int, finest: int) -> Floats:
    """Return the expected cost (money) of the rest of a life with 0, 1, ... units after buying, they not paid for.

    Goes `spare` units beyond the best number of units, or beyond `held` where that is more. More than `finest` units
    are counted in packs, of which demand is taken as scattered at least as Poisson: a little more is then bought of
    what is asked for by the thousand, in exchange for an answer in a moment.
    """
    salvage = terms.salvage * rest.price
    if not len(rest.asked):
        return -salvage * np.arange(held + spare + 1.0)
    months = np.arange(len(rest.asked))
    prices = rest.price * np.where(months <= rest.last_order, 1.0, terms.late) if rest.price else (
        np.where((months <= rest.last_order) | math.isfinite(terms.late), 0.0, math.inf))
    shorts = np.where(months < rest.last_order, rest.price, terms.short * rest.price + terms.penalty)
    total, first = float(rest.asked.sum()), float(prices.min())
    most = held
    if first < shorts[-1]:  # else no unit is bought before it is asked for
        # Discounting and holding only lower what a unit is worth: the best level is never above the newsvendor's.
        most = max(most, int(newsvendor(total, rest.dispersion * total, shorts[-1] - first, first - salvage)))
    most += spare
    pack = max(1, math.ceil(most / finest))
    packs = math.ceil(most / pack)
    costs, _ = life_costs(
        rest.asked / pack, max(rest.dispersion / pack, 1.0), prices, shorts, terms.holding * rest.price /
        MONTHS_PER_YEAR, (1.0 + terms.discount) ** (-1.0 / MONTHS_PER_YEAR),
        (1.0 - terms.obsolescence) ** (1.0 / MONTHS_PER_YEAR), salvage, packs)
    return pack * np.interp(np.arange(most + 1) / pack, np.arange(packs + 1), costs)


def unit_worths(rest: Rest, terms: Terms, units: int, finest: int) -> Floats:
    """Return (units,) what the first, second, ... unit on the shelf is worth (money)."""
    return -np.diff(costs_by_units(rest, terms, units, 0, finest)[: units + 1])
