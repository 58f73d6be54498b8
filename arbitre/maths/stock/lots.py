"""How many to order at a time, and when, so that ordering, holding and owing cost least together?

One place watches its inventory position (on hand + on order - owed). When demand takes it to the reorder point r or
below, it orders the smallest number n of lots of Q that brings it above r: an (r, nQ) policy, one order however many
lots. Then the position is uniform on r + 1 .. r + Q and independent of the demand D over the lead time (Hadley &
Whitin 1963; Axsäter, Inventory Control, 2nd ed. 2006, section 5.3.1; where all line sizes and Q share a divisor, it
is the mean over where the position may start), and a line of X units sets off an order with probability min(X, Q) / Q.
With lines at rate m, a year's cost is
    C(r, Q) = (K m E[min(X, Q)] + sum over y = r + 1 .. r + Q of g(y)) / Q,   g(y) = h E[(y - D)+] + p E[(D - y)+],
K an order, h a unit held for a year, p a unit owed for a year. Lines of one unit give the (r, Q) policy, K rate / Q.

g is convex, so the best positions for Q are those of the Q smallest g, side by side: the best Q + 1 add the cheaper
neighbour (Federgruen & Zheng 1992). Once the next neighbour costs no less than the best C found at a lot allowed, no
larger lot costs less: C of any of them is a mean of C here and of neighbours dearer still. So the best (r, Q) is found
exactly, over all lots allowed. With lines of several units an order policy of another form may cost less still.

The lead time is fixed. Where it is not, a `dispersion` that holds its spread too gives g with the right mean and
variance. A wanted ready rate a is met at best by p = h a / (1 - a), to within the size of a unit.
Units: units a day, days; money an order, money per unit and year.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from arbitre.core.errors import UsageError
from arbitre.core.units import DAYS_PER_YEAR
from arbitre.maths.stock.lead_time_demand import (
    MOST_DISPERSION,
    MOST_UNITS,
    fitted_shelf,
    logarithmic_tails,
    on_hand_at,
    size_tails,
    sized_shelf,
)

_COST, _ORDERS, _ON_HAND, _BACKORDERS, _READY, _FILLED = range(6)
_MEASURES = 6


@dataclass(frozen=True)
class Lots:
    """What each of some items orders, and what follows; arrays (items,).

    reorder: order when the position is at or below it (units, may be negative); lot: units ordered at a time, or a
    multiple of it (the highest position, reorder + lot, is the level of `maths.stock.inventory`); cost: money a year;
    orders: a year; on_hand, backorders: units on average; ready: share of time with stock on hand, so share of lines
    that find some; filled: share of units served at once.
    """

    reorder: NDArray[np.int64]
    lot: NDArray[np.int64]
    cost: NDArray[np.float64]
    orders: NDArray[np.float64]
    on_hand: NDArray[np.float64]
    backorders: NDArray[np.float64]
    ready: NDArray[np.float64]
    filled: NDArray[np.float64]


def best_lots(
    rate: ArrayLike, lead_time: ArrayLike, order_cost: ArrayLike, holding_cost: ArrayLike, shortage_cost: ArrayLike, *,
    dispersion: ArrayLike = 1.0, sizes: ArrayLike | None = None, minimum: ArrayLike = 1, multiple: ArrayLike = 1,
) -> Lots:
    """Find the reorder point and lot of least cost for each item, among the lots its supplier allows.

    Args, each (items,) or one for all: rate (units a day); lead_time (days); order_cost (money an order);
    holding_cost, shortage_cost (money for a unit held, owed, for a year); dispersion, variance over mean of demand (up
    to 1: Poisson); minimum, multiple: a lot is a multiple of one and not less than the other (units).
    sizes, instead of dispersion: (items, most) or (most,) probabilities that a line asks for 1, 2, ... units.
    An item nobody asks for is not held: it orders the least lot when asked, at no cost. An item free to hold has no
    best lot: it gets a lot for a year and a reorder point that leaves none owing (but for 1 in 10^13).
    No lot is looked for beyond ten million units more than the least one allowed.
    Raises UsageError for arguments that are not finite, out of range or of shapes that do not go together, and for a
    shortage cost of nought on an item that costs something to hold.
    """
    demand = (rate, lead_time, order_cost, holding_cost, shortage_cost, dispersion)
    numbers, (least, step), sizes_ = _arguments(demand, sizes, minimum=(minimum, 1), multiple=(multiple, 1))
    rates, holding, shortage = numbers[:, 0], numbers[:, 3], numbers[:, 4]
    if ((shortage == 0.0) & (holding > 0.0) & (rates > 0.0)).any():
        raise UsageError("Expected a shortage cost above 0 wherever holding costs something: owing for nothing, an "
                         "item would never be ordered. For a ready rate a, write holding cost * a / (1 - a).")
    return _lots(*_best_of_all(numbers, sizes_, -(-least // step) * step, step))


def lots_measured(
    reorder: ArrayLike, lot: ArrayLike, rate: ArrayLike, lead_time: ArrayLike, order_cost: ArrayLike,
    holding_cost: ArrayLike, shortage_cost: ArrayLike, *, dispersion: ArrayLike = 1.0, sizes: ArrayLike | None = None,
) -> Lots:
    """Tell what given reorder points and lots cost and keep; arguments as in `best_lots`, reorder and lot in units."""
    demand = (rate, lead_time, order_cost, holding_cost, shortage_cost, dispersion)
    numbers, (points, lots), sizes_ = _arguments(demand, sizes, reorder=(reorder, -np.inf), lot=(lot, 1))
    return _lots(points, lots, _measures_of_all(numbers, sizes_, points, lots))


def _arguments(demand: tuple[ArrayLike, ...], sizes: ArrayLike | None, **whole: tuple[ArrayLike, float]
               ) -> tuple[NDArray[np.float64], list[NDArray[np.int64]], NDArray[np.float64]]:
    """Return the demand as (items, 6), each whole number (given with its least value) as (items,), and the sizes.

    sizes are (1 or items, most), most = 0 standing for none given.
    """
    try:
        columns = np.broadcast_arrays(*demand, *(given for given, _ in whole.values()), np.zeros(1))[:-1]
        numbers = np.stack(columns, axis=-1).astype(np.float64)
    except ValueError:
        raise UsageError("Expected one number for all items or one per item in every argument.") from None
    if numbers.ndim != 2 or not (np.isfinite(numbers[:, :6]) & (numbers[:, :6] >= 0.0)).all():
        raise UsageError("Expected finite rates, times, costs and dispersions of 0 or more, one per item.")
    if (numbers[:, 0] * numbers[:, 1] > MOST_UNITS).any() or (numbers[:, 5] > MOST_DISPERSION).any():
        raise UsageError(f"Expected at most {MOST_UNITS:,} units over a lead time and a dispersion of at most "
                         f"{MOST_DISPERSION:,.0f}. Count in larger units.")
    for (name, (_, least)), column in zip(whole.items(), numbers[:, 6:].T, strict=True):
        if not ((abs(column) <= MOST_UNITS) & (column == np.floor(column)) & (column >= least)).all():
            raise UsageError(f"Expected a whole {name}{f' of {least} or more' if least > 0 else ''} for each item.")
    wholes = [column.astype(np.int64) for column in numbers[:, 6:].T]
    return np.ascontiguousarray(numbers[:, :6]), wholes, _sizes(sizes, numbers)


def _sizes(sizes: ArrayLike | None, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    if sizes is None:
        return np.empty((1, 0))
    sized = np.ascontiguousarray(np.atleast_2d(np.asarray(sizes, dtype=np.float64)))
    if sized.ndim != 2 or len(sized) not in (1, len(numbers)):
        raise UsageError("Expected the probabilities of line sizes in one row, or in a row per item.")
    if not ((sized >= 0.0).all() and np.allclose(sized.sum(axis=1), 1.0, rtol=0.0, atol=1e-9)):
        raise UsageError("Expected probabilities of line sizes that are 0 or more and sum to 1.")
    if (numbers[:, 5] != 1.0).any():
        raise UsageError("Expected a dispersion or the probabilities of line sizes, not both.")
    return sized


def _lots(reorder: NDArray[np.int64], lot: NDArray[np.int64], measures: NDArray[np.float64]) -> Lots:
    cost, orders, on_hand, backorders, ready, filled = measures.T
    return Lots(np.array(reorder), np.array(lot), cost, orders, on_hand, backorders, ready, filled)


@njit(cache=True, nogil=True, error_model="numpy")
def _best_of_all(numbers, sizes, least, step):
    items = len(numbers)
    reorder, lot, measures = np.empty(items, np.int64), np.empty(items, np.int64), np.empty((items, _MEASURES))
    for i in range(items):
        rate, _, order_cost, holding, shortage, _ = numbers[i]
        mean, lines, shelf, tails = _demand(numbers[i], sizes[i % len(sizes)])
        if rate == 0.0:
            reorder[i], lot[i], measures[i] = -1, least[i], 0.0
            continue
        if holding == 0.0:
            year = math.ceil(min(rate * DAYS_PER_YEAR, MOST_UNITS) / step[i]) * step[i]
            reorder[i], lot[i] = len(shelf) - 2, max(least[i], year if order_cost > 0.0 else 0)
        else:
            ordering = order_cost * lines * DAYS_PER_YEAR
            reorder[i], lot[i] = _best_window(mean, shelf, tails, ordering, holding, shortage, least[i], step[i])
        _measure(numbers[i], mean, lines, shelf, tails, reorder[i], lot[i], measures[i])
    return reorder, lot, measures


@njit(cache=True, nogil=True, error_model="numpy")
def _measures_of_all(numbers, sizes, reorder, lot):
    measures = np.empty((len(numbers), _MEASURES))
    for i in range(len(numbers)):
        mean, lines, shelf, tails = _demand(numbers[i], sizes[i % len(sizes)])
        _measure(numbers[i], mean, lines, shelf, tails, reorder[i], lot[i], measures[i])
    return measures


@njit(cache=True, nogil=True, error_model="numpy")
def _demand(numbers, sizes):
    """Return the mean demand over the lead time, the lines a day, the shelf and the tails of the line sizes."""
    rate, lead_time, dispersion = numbers[0], numbers[1], numbers[5]
    tails = size_tails(sizes) if len(sizes) > 0 else logarithmic_tails(dispersion)
    line = 0.0
    for k in range(len(tails)):
        line += tails[k]
    lines, mean = rate / line, rate * lead_time
    shelf = sized_shelf(lines * lead_time, sizes) if len(sizes) > 0 else fitted_shelf(mean, dispersion)
    return mean, lines, shelf, tails


@njit(cache=True, nogil=True, error_model="numpy")
def _position_cost(mean, shelf, holding, shortage, position):
    """Return g(position), money a year."""
    on_hand = on_hand_at(shelf, position)
    return holding * on_hand + shortage * max(mean - position + on_hand, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _best_window(mean, shelf, tails, ordering, holding, shortage, least, step):
    """Return the best reorder point and lot; `ordering` is what the orders would cost a year were each line one."""
    low = np.int64(0)  # a literal 0 would be compiled apart
    total = _position_cost(mean, shelf, holding, shortage, low)
    right = _position_cost(mean, shelf, holding, shortage, low + 1)
    while right < total:
        low, total = low + 1, right
        right = _position_cost(mean, shelf, holding, shortage, low + 1)
    high, lot = low, np.int64(1)
    left = _position_cost(mean, shelf, holding, shortage, low - 1)
    total += ordering
    best, best_low, best_lot = np.inf, low, least
    while True:
        if lot >= least and (lot - least) % step == 0:
            if total / lot < best:
                best, best_low, best_lot = total / lot, low, lot
            if min(left, right) >= best or lot >= least + MOST_UNITS:
                return best_low - 1, best_lot
        if lot < len(tails):
            total += ordering * tails[lot]
        lot += 1
        if left < right:
            low, total = low - 1, total + left
            left = _position_cost(mean, shelf, holding, shortage, low - 1)
        else:
            high, total = high + 1, total + right
            right = _position_cost(mean, shelf, holding, shortage, high + 1)


@njit(cache=True, nogil=True, error_model="numpy")
def _measure(numbers, mean, lines, shelf, tails, reorder, lot, measures):
    """Write the measures of one item, in the order of _COST, _ORDERS, ..."""
    for measure in range(_MEASURES):
        measures[measure] = 0.0
    for position in range(reorder + 1, reorder + lot + 1):
        on_hand = on_hand_at(shelf, position)
        measures[_ON_HAND] += on_hand / lot
        measures[_BACKORDERS] += max(mean - position + on_hand, 0.0) / lot
    line, ordering = 0.0, 0.0
    for k in range(1, len(tails) + 1):
        line += tails[k - 1]
        if k <= lot:
            ordering += tails[k - 1]
        # P(on hand >= k): the sum over the positions telescopes.
        at_least = (on_hand_at(shelf, reorder + lot + 1 - k) - on_hand_at(shelf, reorder + 1 - k)) / lot
        measures[_FILLED] += at_least * tails[k - 1]
        if k == 1:
            measures[_READY] = at_least
    measures[_FILLED] /= line
    measures[_ORDERS] = lines * DAYS_PER_YEAR * ordering / lot
    measures[_COST] = (
        numbers[2] * measures[_ORDERS] + numbers[3] * measures[_ON_HAND] + numbers[4] * measures[_BACKORDERS]
    )
