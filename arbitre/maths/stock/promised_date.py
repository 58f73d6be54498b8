"""What is kept when one stock serves promises of different lengths: first come first served, or at the promised date?

One place holds an item up to a level s, orders one for one when a demand arrives and receives L days later; demand of
class c is Poisson with rate r_c and promised within w_c days.

- First come, first served: a unit is taken as soon as the demand arrives. Class c is in time when the demand of the
  last (L - w_c)+ days, of all classes, is below s: P(Poisson(sum of r times (L - w_c)+) < s).
- At the promised date: the unit is taken w_c days after the demand arrived, not before (and, where w_c is longer than
  L, ordered so late that it arrives just then). What was taken and not yet replaced is the demand of class c that
  arrived between L and w_c days ago, so every class is in time with the same P(Poisson(m) < s),
  m = sum over c of r_c (L - w_c)+, and the stock on hand is E[(s - Poisson(m))+]. Only where w_c is L or longer is it
  P(Poisson(m) <= s): the unit ordered for that demand is there on its date.

Both are exact for fixed replenishment times (Hadley & Whitin 1963, chapter 4; Hariharan & Zipkin 1995 for demand known
in advance). Where what cannot be served on its date goes elsewhere, and its order is called off, m is the load of
Erlang's loss system (`loss`). Units: rates per day, times and windows in days.
"""

import numpy as np
from numba import njit

from arbitre.maths.stock.inventory import LEVEL, PMF, READY, WALK_WIDTH, start_walk, step_walk, stock_measures


@njit(cache=True, nogil=True, error_model="numpy")
def promised_load(rates, windows, time):
    """How many units are taken and not yet replaced, on average, when units are taken at the promised date?

    Args: rates (classes,) units per day; windows (classes,) days >= 0; time, days to replace a unit.
    Returns: sum of rate x (time - window)+ (units).
    """
    load = 0.0
    for k in range(len(rates)):
        load += rates[k] * max(time - windows[k], 0.0)
    return load


@njit(cache=True, nogil=True, error_model="numpy")
def promised_date_share(rates, windows, time, level):
    """Which share is kept of every class promised in less than `time`, when units are taken at the promised date?

    Args as above; level (units).
    """
    load = promised_load(rates, windows, time)
    return stock_measures(load, load, level)[0]


@njit(cache=True, nogil=True, error_model="numpy")
def first_come_share(rates, window, time, level):
    """Which share of a class promised within `window` days is kept first come first served?

    Args: rates (classes,) of all classes, units per day; window, days >= 0; time, days to replace a unit; level.
    """
    load = rates.sum() * max(time - window, 0.0)
    return stock_measures(load, load, level)[0]


@njit(cache=True, nogil=True, error_model="numpy")
def least_level(load, share):
    """What is the lowest level s with P(Poisson(load) < s) >= share? Args: load (units); share, below 1."""
    walk, only = np.empty((1, WALK_WIDTH)), np.int64(0)
    start_walk(walk, only, load, load)
    # The second test ends the walk where rounding keeps the sum from reaching a share close to one.
    while walk[only, READY] < share and (walk[only, LEVEL] < load or walk[only, PMF] > 0.0):
        step_walk(walk, only)
    return int(walk[only, LEVEL])
