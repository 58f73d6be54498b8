"""How uncertain is demand over a lead time, and which level covers a share of it?

A running forecast f (see intermittent) standing at t expects H f[t] units over the coming H periods. If periods were
independent with variance v, the sum of those periods would fall from it with variance H v (1 + H u[t]), u[t] the
variance of the forecast as a share of v: all H periods share its error (Prak, Teunter and Syntetos, EJOR 256 (2017)
454-461). The variance at an origin is H v (1 + H u), with two estimates of v from what has been seen,
    one step    the mean of the squared errors of the coming period, each over 1 + u[t];
    direct      the mean of the squared errors of the coming H periods, each over H (1 + H u[t]); there are n of them,
                which overlap and are worth n/H that do not, and they know whether periods are independent;
joined by weights PRIOR_WINDOWS and n/H: short histories lean on the first, long ones on the second. It is never below
the mean, and the law is the negative binomial with that mean and variance (Poisson at equality).

Two laws need no fit. *Blocks*: the sums of every H consecutive periods of the history, each as likely (the empirical
method of Porras and Dekker, EJOR 184 (2008) 101-132). *Willemain*: a two-state Markov chain of periods with and without
demand, started from the last one, sizes drawn from the history and jittered by 1 + int(x + z sqrt(x)), x itself where
that is not above 0 (Willemain, Smart and Schwarz, International Journal of Forecasting 20 (2004) 375-387). All items
share one table of random numbers, so an item's answer depends on nothing but its own history.
"""

import math
from statistics import NormalDist

import numpy as np
from numba import njit

from arbitre.maths.stock.intermittent import forecast_share_of_variance, running_forecast
from arbitre.maths.stock.inventory import LEVEL, READY, WALK_WIDTH, start_walk, step_walk

PRIOR_WINDOWS = 3.0
_LONG_WALK = 300.0
"""A mean above which a quantile is found in larger units than one."""
_FIRST = 2
"""Errors count from this period on: one value is too little to forecast from."""


@njit(cache=True, nogil=True, error_model="numpy")
def lead_time_variance(method, alpha, season, demand, one_step, forecast, horizon, origin):
    """What is the variance of the demand over the coming `horizon` periods around the forecast, standing at `origin`?

    Args: method, alpha, season as in `running_forecast`; demand (periods,) units; one_step and forecast
    (periods + 1,), running forecasts of the coming period and of the mean of the coming `horizon`; origin, periods
    seen. Returns: units squared; a law of counts takes the mean where this is below it.
    """
    single, direct, windows, demands, coming = 0.0, 0.0, 0, 0, 0.0
    for t in range(_FIRST, min(_FIRST + horizon, origin)):
        coming += demand[t]
    for t in range(origin):
        if t >= _FIRST:
            share = forecast_share_of_variance(method, alpha, season, t, demands)
            single += (demand[t] - one_step[t]) ** 2 / (1.0 + share)
            if t + horizon <= origin:
                direct += (coming - horizon * forecast[t]) ** 2 / (1.0 + horizon * share) / horizon
                windows += 1
                coming += (demand[t + horizon] if t + horizon < origin else 0.0) - demand[t]
        demands += demand[t] > 0.0
    single /= max(origin - _FIRST, 1)
    share = forecast_share_of_variance(method, alpha, season, origin, demands)
    apart = windows / horizon
    joined = PRIOR_WINDOWS * single + (apart * direct / windows if windows else 0.0)
    return horizon * (1.0 + horizon * share) * joined / (PRIOR_WINDOWS + apart)


@njit(cache=True, nogil=True, error_model="numpy")
def smoothing_errors(method, demand, season, horizon, origin, alphas):
    """How far from the demand over the lead time is the method, for each smoothing parameter, before the origin?

    Args: method, its code; demand (items, periods) units; season; horizon (items,) periods; origin (items,) periods
    used; alphas (parameters,). Returns: (items, parameters) mean square errors, units squared.
    """
    items, periods = demand.shape
    errors = np.zeros((items, len(alphas)))
    one_step, forecast = np.empty(periods + 1), np.empty(periods + 1)
    for item in range(items):
        seen = demand[item, : origin[item]]
        for number, alpha in enumerate(alphas):
            running_forecast(method, seen, alpha, season, 1, one_step)
            running_forecast(method, seen, alpha, season, horizon[item], forecast)
            errors[item, number] = lead_time_variance(
                method, alpha, season, seen, one_step, forecast, horizon[item], origin[item])
    return errors


@njit(cache=True, nogil=True, error_model="numpy")
def fitted_laws(method, alpha, demand, season, horizon, origins):
    """What does the method expect over each item's lead time at each origin, and how surely?

    Args: method, its code; alpha (items,); demand (items, periods) units; season; horizon (items,) periods; origins
    (items, origins) periods seen, -1 for none.
    Returns: means and variances (items, origins), units and units squared; NaN where there is no origin.
    """
    items, periods = demand.shape
    means = np.full(origins.shape, np.nan)
    variances = means.copy()
    one_step, forecast = np.empty(periods + 1), np.empty(periods + 1)
    for item in range(items):
        ahead = horizon[item]
        running_forecast(method, demand[item], alpha[item], season, 1, one_step)
        running_forecast(method, demand[item], alpha[item], season, ahead, forecast)
        for number, origin in enumerate(origins[item]):
            if origin < 0:
                continue
            mean = ahead * forecast[origin]
            spread = lead_time_variance(
                method, alpha[item], season, demand[item], one_step, forecast, ahead, origin)
            means[item, number] = mean
            variances[item, number] = max(spread, mean)
    return means, variances


def block_laws(demand, horizon, origins, share):
    """What does the history alone say: every block of `horizon` periods before the origin is as likely.

    Args: demand (items, periods) units; horizon (items,) periods; origins (items, origins) periods seen, -1 for none;
    share that the level covers. Returns: means, variances and levels (items, origins), units; NaN without a block.
    """
    items, periods = demand.shape
    seen = np.concatenate([np.zeros((items, 1)), np.cumsum(demand, axis=1)], axis=1)
    ends = np.arange(1, periods + 1)
    begins = ends - horizon[:, None]
    sums = np.maximum(seen[:, 1:] - np.take_along_axis(seen, np.maximum(begins, 0), axis=1), 0.0)
    laws = np.full((3, *origins.shape), np.nan)
    for number, origin in enumerate(origins.T):
        known = np.where((begins >= 0) & (ends <= origin[:, None]), sums, np.nan)
        rows = np.nonzero(origin >= horizon)[0]
        laws[:, rows, number] = sample_law(known[rows], origin[rows] - horizon[rows] + 1, share)
    return tuple(laws)


def sample_law(sums, count, share):
    """Return mean, variance and quantile of each row of sums, whose first `count` values once sorted are the sample."""
    ordered = np.sort(sums, axis=1)
    place = np.maximum(np.ceil(share * count - 1e-9).astype(np.int64) - 1, 0)
    return np.stack([np.nanmean(ordered, axis=1), np.nanvar(ordered, axis=1),
                     np.take_along_axis(ordered, place[:, None], axis=1)[:, 0]])


def willemain_laws(demand, horizon, origins, share, chances, picks, jitters):
    """What does Willemain's bootstrap say, of items with one period of history at least?

    Args: demand, horizon, origins, share as in `block_laws`; chances, picks (uniform) and jitters (normal), each (at
    least the longest horizon, replicates). Returns: means, variances and levels (items, origins).
    """
    laws = np.full((3, *origins.shape), np.nan)
    sums = np.empty((len(demand), chances.shape[1]))
    for number, origin in enumerate(origins.T):
        rows = np.nonzero(origin > 0)[0]
        drawn = sums[: len(rows)]
        willemain_sums(demand, rows, horizon, origin, chances, picks, jitters, drawn)
        if len(rows):
            laws[:, rows, number] = sample_law(drawn, np.full(len(rows), chances.shape[1]), share)
    return tuple(laws)


@njit(cache=True, nogil=True, error_model="numpy")
def willemain_sums(demand, rows, horizon, origin, chances, picks, jitters, sums):
    """How much may be asked over the coming periods, by a Markov chain of demands and jittered sizes?

    Args: demand (items, periods); rows, the items to draw for; horizon, origin (items,) periods; chances, picks,
    jitters (at least the longest horizon, replicates); sums (rows, replicates), written in place: noughts where nothing
    was ever asked.
    """
    sizes, chance = np.empty(demand.shape[1]), np.empty(2)
    for place, item in enumerate(rows):
        number = 0
        after = np.zeros((2, 2))
        for t in range(origin[item]):
            if demand[item, t] > 0.0:
                sizes[number] = demand[item, t]
                number += 1
            if t > 0:
                after[int(demand[item, t - 1] > 0.0), int(demand[item, t] > 0.0)] += 1.0
        for state in range(2):
            seen = after[state, 0] + after[state, 1]
            chance[state] = after[state, 1] / seen if seen > 0.0 else number / origin[item]
        last = int(demand[item, origin[item] - 1] > 0.0)
        for replicate in range(sums.shape[1]):
            state, total = last, 0.0
            for ahead in range(horizon[item] if number else 0):
                state = int(chances[ahead, replicate] < chance[state])
                if state:
                    size = sizes[int(picks[ahead, replicate] * number)]
                    moved = 1.0 + math.trunc(size + jitters[ahead, replicate] * math.sqrt(size))
                    total += moved if moved > 0.0 else size
            sums[place, replicate] = total


@njit(cache=True, nogil=True, error_model="numpy")
def fitted_quantile(mean, variance, share, z):
    """Which is the smallest level that demand of this mean and variance stays within with chance `share`?

    The law is that of `start_walk`. A mean of hundreds is counted in lots that make it 300; where that would hide the
    variance (nearly Poisson) the law is close to a gamma, by Wilson and Hilferty (1931).

    Args: mean, variance (units, units squared); share (0 to 1); z, the normal quantile of share.
    """
    if mean <= 0.0:
        return 0.0
    variance = max(variance, mean)
    lot = max(mean / _LONG_WALK, 1.0)
    if lot > 1.0 and variance < mean * lot:
        spread = math.sqrt(variance) / mean / 3.0
        return math.ceil(mean * max(1.0 - spread * spread + z * spread, 0.0) ** 3)
    walk, only = np.empty((1, WALK_WIDTH)), np.int64(0)
    start_walk(walk, only, mean / lot, variance / (lot * lot))
    step_walk(walk, only)
    # P(X <= s) is READY at level s + 1; the second test ends a walk whose sum rounding keeps below the share.
    most = (mean + 60.0 * math.sqrt(variance)) / lot + 60.0
    while walk[only, READY] < share and walk[only, LEVEL] < most:
        step_walk(walk, only)
    return math.ceil(lot * (walk[only, LEVEL] - 1.0))


def fitted_levels(means, variances, share):
    """Which levels does demand of these means and variances (items, origins) stay within with chance `share`?

    Returns: (items, origins) units; NaN where a mean is.
    """
    levels = np.full(means.shape, np.nan)
    _fit_levels(means, variances, share, NormalDist().inv_cdf(share), levels)
    return levels


@njit(cache=True, nogil=True, error_model="numpy")
def _fit_levels(means, variances, share, z, levels):
    for item in range(means.shape[0]):
        for number in range(means.shape[1]):
            if not np.isnan(means[item, number]):
                levels[item, number] = fitted_quantile(means[item, number], variances[item, number], share, z)
