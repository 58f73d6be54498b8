"""What does a method expect of demand that is often nought, standing after each period of its history?

A history y has one row per item and one column per period. The *running forecast* of a method is what it expects per
period of the coming ones after it has seen y[:t], for every t from 0 to the length of the history: one pass gives all
the origins of a backtest, and the last value is the forecast. Nothing seen, nothing expected: it starts at 0.

    mean      y's mean so far.
    moving    mean of the last year (`season` periods).
    ses       l += a (y - l), l starting at the first y (Brown, Statistical Forecasting for Inventory Control, 1959).
    croston   z / p: sizes z and intervals p of the demands, each smoothed by a when a demand comes (Croston,
              Operational Research Quarterly 23 (1972) 289-303).
    sba       (1 - a/2) z / p, which takes away Croston's bias (Syntetos and Boylan, International Journal of
              Forecasting 21 (2005) 303-314).
    tsb       q z: the chance q of a demand is smoothed by a in every period, so that it fades when demand dies; the
              size z by a when a demand comes (Teunter, Syntetos and Babai, EJOR 214 (2011) 606-615).
    seasonal  l + s, or 0 if that is negative: l is ses on y - s, s the mean of the periods at the same place of the
              year less the mean of all, drawn towards 0 as if one year without season had been seen (shrunk seasonal
              terms: Miller and Williams, International Journal of Forecasting 19 (2003) 669-684). Added, not
              multiplied: a place of the year with little demand would blow up y / s. ses until two years are seen.

Every value is per period and in the units of y: twice the units are twice the forecast. The first value smoothed is
the start. From there on the k-th weighs max(a, 1/k), a running mean until a is the larger: started naively, a small a
would remember the first value for years. `warm=False` is the textbook start, weight a at once.
"""

import numpy as np
from numba import njit

MEAN, MOVING, SES, CROSTON, SBA, TSB, SEASONAL = range(7)
METHODS = ("mean", "moving", "ses", "croston", "sba", "tsb", "seasonal")
"""Names by code, simplest first."""
SMOOTHED = (SES, CROSTON, SBA, TSB, SEASONAL)
"""Methods that have a smoothing parameter."""
_YEARS_FOR_SEASONS = 2
"""Years to see before a season is believed in."""


@njit(cache=True, nogil=True, error_model="numpy")
def running_forecast(method, demand, alpha, season, horizon, forecast, warm=True):
    """What does the method expect per period, standing after each period?

    Args: method, its code; demand (periods,) units; alpha, smoothing parameter (0 to 1; unused by mean and moving);
    season, periods in a year; horizon, how many coming periods the expectation is the mean of (only a season makes
    them differ); forecast (periods + 1,), written in place: [t] is known after demand[:t]; warm, whether smoothing
    starts as a running mean.
    """
    forecast[0] = 0.0
    if method == MEAN:
        _mean(demand, len(demand), forecast)
    elif method == MOVING:
        _mean(demand, season, forecast)
    elif method == SES:
        _ses(demand, alpha, warm, forecast)
    elif method == TSB:
        _tsb(demand, alpha, warm, forecast)
    elif method == SEASONAL:
        _seasonal(demand, alpha, warm, season, horizon, forecast)
    else:
        _croston(demand, alpha, warm, 1.0 - alpha / 2.0 if method == SBA else 1.0, forecast)


@njit(cache=True, nogil=True, error_model="numpy")
def _weight(alpha, warm, seen):
    """Return the weight of a new value after `seen` others; the first value counts whole."""
    if seen == 0:
        return 1.0
    return max(alpha, 1.0 / (seen + 1.0)) if warm else alpha


@njit(cache=True, nogil=True, error_model="numpy")
def _mean(demand, width, forecast):
    """Mean of the last `width` periods."""
    total = 0.0
    for t in range(len(demand)):
        total += demand[t]
        if t >= width:
            total -= demand[t - width]
        forecast[t + 1] = max(total, 0.0) / min(t + 1, width)


@njit(cache=True, nogil=True, error_model="numpy")
def _ses(demand, alpha, warm, forecast):
    level = 0.0
    for t in range(len(demand)):
        level += _weight(alpha, warm, t) * (demand[t] - level)
        forecast[t + 1] = level


@njit(cache=True, nogil=True, error_model="numpy")
def _croston(demand, alpha, warm, factor, forecast):
    size, interval, since, seen = 0.0, 0.0, 0.0, 0
    for t in range(len(demand)):
        since += 1.0
        if demand[t] > 0.0:
            weight = _weight(alpha, warm, seen)
            size += weight * (demand[t] - size)
            interval += weight * (since - interval)
            since = 0.0
            seen += 1
        forecast[t + 1] = factor * size / interval if seen else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _tsb(demand, alpha, warm, forecast):
    size, chance, seen = 0.0, 0.0, 0
    for t in range(len(demand)):
        asked = 1.0 if demand[t] > 0.0 else 0.0
        chance += _weight(alpha, warm, t) * (asked - chance)
        if asked > 0.0:
            size += _weight(alpha, warm, seen) * (demand[t] - size)
            seen += 1
        forecast[t + 1] = chance * size


@njit(cache=True, nogil=True, error_model="numpy")
def _seasonal(demand, alpha, warm, season, horizon, forecast):
    level, total = 0.0, 0.0
    at_place = np.zeros(season)
    for t in range(len(demand)):
        place = t % season
        usual = _usual(at_place[place], t // season, total, t, season)
        level += _weight(alpha, warm, t) * (demand[t] - usual - level)
        total += demand[t]
        at_place[place] += demand[t]
        coming = 0.0
        for ahead in range(t + 1, t + 1 + horizon):
            there = ahead % season
            years = t // season + (1 if there <= place else 0)
            coming += _usual(at_place[there], years, total, t + 1, season)
        forecast[t + 1] = max(level + coming / horizon, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _usual(units, years, total, periods, season):
    """Return what a place of the year asks above the mean, drawn towards nothing; nothing until two years are seen."""
    if periods < _YEARS_FOR_SEASONS * season:
        return 0.0
    return (units - years * total / periods) / (years + 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def forecast_share_of_variance(method, alpha, season, periods, demands):
    """What is the variance of a method's forecast, as a share of the variance of one period's demand?

    Of a mean of n periods 1/n; of a level smoothed by a, a / (2 - a) in the long run; Croston's smooths events, each of
    which stands for periods / demands periods. Never below 1/periods: no method knows more than the mean of all it saw.

    Args: method, its code; alpha; season, periods in a year; periods seen; demands, periods seen with demand.
    """
    periods = max(periods, 1)
    smoothed = alpha / (2.0 - alpha)
    share = 0.0
    if method == MOVING:
        share = 1.0 / min(periods, season)
    elif method in (SES, TSB, SEASONAL):
        share = smoothed
    elif method in (CROSTON, SBA):
        share = smoothed * demands / periods
    return max(share, 1.0 / periods)


def patterns(demand):
    """Which kind of demand is each history: smooth, erratic, intermittent, lumpy, single or none?

    Periods per demand of 1.32 and a squared coefficient of variation of the sizes of 0.49 part the first four
    (Syntetos, Boylan and Croston, Journal of the Operational Research Society 56 (2005) 495-503). One demand alone, or
    none, has no pattern yet.

    Args: demand (items, periods) units. Returns: (items,) names.
    """
    asked = demand > 0.0
    demands = asked.sum(axis=1)
    often = demand.shape[1] < 1.32 * demands
    mean = demand.sum(axis=1) / np.maximum(demands, 1)
    squares = (demand**2).sum(axis=1) / np.maximum(demands, 1)
    varied = squares - mean**2 >= 0.49 * mean**2
    named = np.where(often, np.where(varied, "erratic", "smooth"), np.where(varied, "lumpy", "intermittent"))
    return np.where(demands == 0, "none", np.where(demands == 1, "single", named))
