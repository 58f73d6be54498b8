"""How much demand does a shelf serve when what it cannot serve goes elsewhere at once?

One place holds an item up to a level s and orders one for one; a demand that finds the shelf empty is lost, or served
by an emergency shipment that leaves the shelf alone. Units on order then behave as the busy lines of Erlang's loss
system: a share B(s, a) of Poisson demand goes elsewhere, a the demand within the mean replenishment time,
    B(0, a) = 1,   B(s, a) = a B(s - 1, a) / (s + a B(s - 1, a)),
whatever the shape of the replenishment time (Erlang 1917; insensitivity: Sevastyanov 1957).
"""

from numba import njit


@njit(cache=True, nogil=True, error_model="numpy")
def loss_measures(load, level):
    """What does a stock held up to `level` do, when what it cannot serve at once goes elsewhere?

    Args: load, demand within the mean replenishment time (units, >= 0); level (units, an integer >= 0).
    Returns: share of demand that goes elsewhere (0 to 1); expected stock on hand (units), s - a (1 - B).
    """
    lost = 1.0
    for unit in range(1, level + 1):
        lost = load * lost / (unit + load * lost)
    return lost, max(level - load * (1.0 - lost), 0.0)
