"""How many units to buy when no more can be bought later, or only dearer; and what is each unit on the shelf worth?

An item is asked for until its life ends. Units bought now are cheap; later they are dearer or not to be had, a unit
missing is then served from elsewhere at a high cost, and one left over brings little. Time is cut into equal periods.
In each of them, in this order: units are bought up to a level, demand is asked, what cannot be served is paid for,
what is left is kept at a cost. Between two periods the item may fall out of use for good: all that is left is then
disposed of. With V the least expected cost from a period on, x units at its start and y after buying,

    V_t(x) = min over y >= x of  price_t (y - x) + G_t(y)
    G_t(y) = short_t E(D_t - y)+  +  E W_t((y - D_t)+)
    W_t(z) = holding z + discount (survival V_{t+1}(z) - (1 - survival) salvage z),      V_T(z) = -salvage z

(R. H. Teunter, W. K. Klein Haneveld, "Inventory control of service parts in the final phase", European Journal of
Operational Research 137 (2002) 497-511, where the best levels fall as the end comes nearer; the same, "The final order
problem", EJOR 107 (1998) 35-44, for a single buy; demand that dies suddenly: G. W. Brown, J. Y. Lu, R. J. Wolfson,
"Dynamic modeling of inventories subject to obsolescence", Management Science 11 (1964) 51-63.)

Every level up to a bound is tried, so nothing is assumed of the shape of the costs. Demand of a period is Poisson, or
negative binomial of a variance over mean that is the same in all periods, so that sums over periods stay in the law.

G_0(k - 1) - G_0(k) is what the k-th unit on the shelf is worth: the economic retention of stock (D. B. Rosenfield,
"Disposal of excess inventory", Operations Research 37 (1989) 404-409; E. A. Silver, D. F. Pyke, D. J. Thomas, Inventory
and Production Management in Supply Chains, 4th edition 2017, on disposal decisions) keeps a unit when that is not less
than what it sells for today.
"""

import numpy as np
from numba import njit

from arbitre.maths.stock.inventory import BACKORDERS, PMF, READY, WALK_WIDTH, start_walk, step_walk

_NOTHING = 1e-16
"""A probability beyond the mean below this changes no sum of floats: what follows is left out."""


@njit(cache=True, nogil=True, error_model="numpy")
def newsvendor(mean, variance, under, over):
    """How many units to hold for a demand that is known only in law, once?

    The least Q with P(demand <= Q) >= under / (under + over) (Arrow, Harris, Marschak, Econometrica 19 (1951) 250-272).

    Args: mean, variance of the demand (units, units squared); under, over: what a unit too few and a unit too many cost
    (money; over > 0). Returns Q (units), 0 where a unit too few costs nothing.
    """
    walk, only = np.empty((1, WALK_WIDTH)), np.int64(0)
    start_walk(walk, only, mean, variance)
    wanted = under / (under + over)
    quantity = 0
    step_walk(walk, only)
    while walk[only, READY] < wanted and not (quantity >= mean and walk[only, PMF] < _NOTHING):
        quantity += 1
        step_walk(walk, only)
    return quantity


@njit(cache=True, nogil=True, error_model="numpy")
def life_costs(means, dispersion, prices, shorts, holding, discount, survival, salvage, most):
    """What does the rest of an item's life cost, for each number of units held at its start?

    Args:
        means: (periods,) units asked in each period, on average.
        dispersion: variance over mean of the demand of a period, >= 1.
        prices: (periods,) price of a unit bought at the start of each period; infinite: none can be bought.
        shorts: (periods,) cost of a unit asked and not on the shelf in each period.
        holding: cost of a unit left at the end of a period.
        discount: what money of the next period is worth in this one, <= 1.
        survival: chance that the item is still in use in the next period, <= 1.
        salvage: what a unit brings when it is disposed of, at the end or when demand dies.
        most: highest level tried; a level best without this limit is below it when no unit is worth its price beyond.
    Returns: (most + 1,) expected discounted cost with y units after buying in the first period, the units themselves
    not paid for; (periods,) the best level to buy up to in each period, 0 where nothing should be bought.
    """
    periods = len(means)
    levels = np.zeros(periods, np.int64)
    value = np.empty(most + 1)
    for x in range(most + 1):
        value[x] = -salvage * x
    kept, costs, pmf = np.empty(most + 1), np.empty(most + 1), np.empty(most + 1)
    walk, only = np.empty((1, WALK_WIDTH)), np.int64(0)
    for t in range(periods - 1, -1, -1):
        for z in range(most + 1):
            kept[z] = holding * z + discount * (survival * value[z] - (1.0 - survival) * salvage * z)
        start_walk(walk, only, means[t], dispersion * means[t])
        asked = 0  # the first `asked` probabilities are all that count
        for y in range(most + 1):
            costs[y] = shorts[t] * walk[only, BACKORDERS] + (1.0 - walk[only, READY]) * kept[0]
            pmf[y] = walk[only, PMF]
            if asked == y and (y <= means[t] or pmf[y] > _NOTHING):
                asked += 1
            step_walk(walk, only)
        for y in range(most + 1):
            total = costs[y]
            for units in range(min(y, asked)):
                total += pmf[units] * kept[y - units]
            costs[y] = total
        _buy(costs, prices[t], value, levels, t)
    return costs, levels


@njit(cache=True, nogil=True, error_model="numpy")
def _buy(costs, price, value, levels, t):
    """Write the least cost from each number of units, and the best level, when units can be bought at a price."""
    if not np.isfinite(price):
        value[:] = costs
        return
    best = len(costs) - 1
    for x in range(len(costs) - 1, -1, -1):
        if costs[x] + price * x <= costs[best] + price * best:
            best = x
        value[x] = costs[best] + price * (best - x)
    levels[t] = best
