"""What does each class of demand get from one stock that keeps its last units for the classes above?

One place holds an item up to a level s and orders one for one. A demand of class k is served as long as more than c_k
units are on the shelf, c_k its critical level; otherwise it is lost, or served by an emergency shipment that leaves
the shelf alone. With demand Poisson and replenishment times exponential the stock on hand x is a birth-death chain,
    p(x - 1) = p(x) x (sum of a_k over the classes with x > c_k) / (s - x + 1),   a_k the demand of class k within the
mean replenishment time, and class k is served the share P(x > c_k) of the time (Dekker, Hill, Kleijn & Teunter 2002;
Kranenburg & van Houtum 2007). With one class, or critical levels of nought, this is Erlang's loss system and the shape
of the replenishment time does not matter; with critical levels it does, a little: fixed times instead of exponential
ones move no share by more than 0.002 in the cases of tests/maths/test_critical_levels.py.
"""

from numba import njit

_LARGE = 1e200
"""Weights are scaled down beyond this, so that no load is too large for a float."""


@njit(cache=True, nogil=True, error_model="numpy")
def critical_level_measures(loads, critical, level, shares):
    """What do critical levels give to each class?

    Args: loads (classes,) demand within the mean replenishment time (units, >= 0); critical (classes,) units on the
    shelf up to which a class is refused (integers >= 0, in any order); level (units, an integer >= 0).
    Written in place: shares (classes,) of demand served from the shelf (0 to 1).
    Returns: expected stock on hand (units); demand not served from the shelf (units within the mean
    replenishment time).
    """
    classes = len(loads)
    for k in range(classes):
        shares[k] = 0.0
    weight, total, on_hand = 1.0, 0.0, 0.0
    for on_shelf in range(level, -1, -1):
        total += weight
        on_hand += weight * on_shelf
        served = 0.0
        for k in range(classes):
            if on_shelf > critical[k]:
                served += loads[k]
                shares[k] += weight
        weight *= served / (level - on_shelf + 1)
        if weight > _LARGE:
            weight /= _LARGE
            total /= _LARGE
            on_hand /= _LARGE
            for k in range(classes):
                shares[k] /= _LARGE
    elsewhere = 0.0
    for k in range(classes):
        shares[k] /= total
        elsewhere += loads[k] * (1.0 - shares[k])
    return on_hand / total, elsewhere
