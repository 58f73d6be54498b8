"""What does the rest of an item's life cost for each number of units, counted in its price?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from arbitre.maths.last_buy import life_costs, newsvendor
from arbitre.optimise._life_model import MONTHS_PER_YEAR
from arbitre.optimise._pool import Floats

@dataclass(frozen=True)
class Terms:
    """What a unit costs to hold, to miss and to buy late, and brings when sold; all in shares of its price.

    holding is yearly, without capital; discount and obsolescence are yearly shares; short is the cost of a unit missing
    once it can no more be ordered, late the price of one from another source then (infinite: there is none).
    """

    holding: float
    discount: float
    obsolescence: float
    salvage: float
    short: float
    late: float


@dataclass(frozen=True)
class Rest:
    """The rest of a life.

    asked (months,) units asked a month on average, with their dispersion; last_order is the last month at whose start
    a unit can be ordered at its price (-1: none; the number of months, or more: always).
    """

    asked: Floats
    dispersion: float
    last_order: int


def costs_by_units(rest: Rest, terms: Terms, held: int, spare: int, finest: int) -> Floats:
    """Return the expected cost of the rest of a life with 0, 1, ... units after buying, the units not paid for.

    In prices of one unit. Goes `spare` units beyond the best number of units, or beyond `held` where that is more.
    More than `finest` units are counted in packs, of which demand is taken as scattered at least as Poisson: a little
    more is then bought of what is asked for by the thousand, in exchange for an answer in a moment.
    """
    months = np.arange(len(rest.asked))
    prices = np.where(months <= rest.last_order, 1.0, terms.late)
    shorts = np.where(months < rest.last_order, 1.0, terms.short)
    if not len(months):
        return -terms.salvage * np.arange(held + spare + 1.0)
    total, first = float(rest.asked.sum()), float(prices.min())
    most = held
    if first < shorts[-1]:  # else no unit is bought before it is asked for
        # Discounting and holding only lower what a unit is worth: the best level is never above the newsvendor's.
        most = max(most, int(newsvendor(total, rest.dispersion * total, shorts[-1] - first, first - terms.salvage)))
    most += spare
    pack = max(1, math.ceil(most / finest))
    packs = math.ceil(most / pack)
    costs, _ = life_costs(
        rest.asked / pack, max(rest.dispersion / pack, 1.0), prices, shorts, terms.holding / MONTHS_PER_YEAR,
        (1.0 + terms.discount) ** (-1.0 / MONTHS_PER_YEAR), (1.0 - terms.obsolescence) ** (1.0 / MONTHS_PER_YEAR),
        terms.salvage, packs)
    return pack * np.interp(np.arange(most + 1) / pack, np.arange(packs + 1), costs)


def unit_worths(rest: Rest, terms: Terms, units: int, finest: int) -> Floats:
    """Return (units,) what the first, second, ... unit on the shelf is worth, in prices of one unit."""
    return -np.diff(costs_by_units(rest, terms, units, 0, finest)[: units + 1])
