"""What does each site serve when a site without stock asks others before anything is flown in?

Each site holds an item up to its own level and orders one for one. A demand that finds its own shelf empty asks other
sites in a fixed order; the first with a unit ships it (and orders its replacement); when none has one, an emergency
shipment leaves all shelves alone. Who may be asked is the whole policy: full pooling, or a few main sites that regular
ones ask (partial pooling, Kranenburg & van Houtum 2009).

The overflow towards a site is taken as Poisson and independent of that site's stock (Axsater 1990): with B the loss
share of Erlang, a site without stock a share v_j of the time refuses what it is asked, and
    v_j = B(s_j, M_j L_j),
    M_j = r_j + sum over i that ask j of r_i v_i (product of v over the sites i asks before j).
More overflow never makes a site emptier less often, so starting from no overflow the v_j rise to the least fixed point.

The error: a site overflows in bursts, just when its neighbour may have been hit as well, so emergencies are understated
and lateral shipments overstated. Against the exact Markov chain of two sites, levels 1 to 4, in full pooling and as
main and regular (tests/maths/test_overflow.py), in shares of a site's demand:
    loads per level    own shelf           from the other      emergency, sites that ask
    5 % to 40 %        -0.020 to +0.006    -0.001 to +0.040    -0.028 to 0
    5 % to 90 %        -0.102 to +0.017    -0.002 to +0.130    -0.037 to 0
"""

import numpy as np
from numba import njit

from arbitre.maths.stock.loss import loss_measures

_CLOSE = 1e-13
"""Shares that change by less than this from one turn to the next have arrived."""


@njit(cache=True, nogil=True, error_model="numpy")
def overflow_measures(rates, times, levels, asked):
    """Which share of each site's demand comes from its own shelf, from each site it asks, by emergency shipment?

    Args: rates (sites,) units per day; times (sites,) mean days to replace a unit; levels (sites,) units, integers;
    asked (sites, most) the other sites that a site asks when its own shelf is empty, first choice first, -1 for none.
    Returns: shares (sites, most + 2), each row own shelf, each site asked, emergency, and sums to one; on_hand
    (sites,) expected units on the shelf.
    """
    sites, most = asked.shape
    empty, on_hand = np.zeros(sites), np.zeros(sites)
    moved = 1.0
    while moved > _CLOSE:
        moved = 0.0
        facing = rates.copy()
        for site in range(sites):
            left = rates[site] * empty[site]
            for choice in range(most):
                other = asked[site, choice]
                if other >= 0:
                    facing[other] += left
                    left *= empty[other]
        for site in range(sites):
            share, on_hand[site] = loss_measures(facing[site] * times[site], levels[site])
            moved = max(moved, abs(share - empty[site]))
            empty[site] = share
    shares = np.zeros((sites, most + 2))
    for site in range(sites):
        shares[site, 0] = 1.0 - empty[site]
        left = empty[site]
        for choice in range(most):
            other = asked[site, choice]
            if other >= 0:
                shares[site, 1 + choice] = left * (1.0 - empty[other])
                left *= empty[other]
        shares[site, most + 1] = left
    return shares, on_hand
