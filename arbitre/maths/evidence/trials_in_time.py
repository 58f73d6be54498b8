"""What did a change bring where whole places, or whole stretches of time, were put under it?

- Switchback: windows of time are drawn to be with or without the change. What the window before left behind is cut
  away from its head; a window counts as one unit, and the chance p is that of the draw itself: how often would another
  draw of windows have shown as much (Bojinov, Simchi-Levi and Zhao, Management Science 69, 2023)?
- Difference in differences: the change of each place, before to after, compared between places with and without; a
  place counts as one unit, so that its periods may be alike (Bertrand, Duflo and Mullainathan, QJE 119, 2004).
- Synthetic control: few places changed, so those that did not are weighted until they go the way the changed ones
  went before (Abadie, Diamond and Hainmueller, JASA 105, 2010). Each place is taken in units of its own mean before,
  so that large and small ones can stand for each other. The chance p is that of a placebo: in how many groups of
  places, as many as changed, would the fit have broken as much as it did, after over before?
"""

from __future__ import annotations

from itertools import combinations
from math import comb, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import nnls

from arbitre.maths.evidence.trials import Effect, difference

Floats = NDArray[np.float64]
_SUM_WEIGHS = 1e3
"""How much the sum of weights counts in the fit, against a period: enough that it is one."""


def switchback(values: ArrayLike, window: ArrayLike, is_treated: ArrayLike, luck: np.random.Generator, skip: int = 0,
               draws: int = 999, confidence: float = 0.95) -> Effect:
    """What did a change bring that was switched on and off?

    Args: values (periods,), in order of time; window (periods,), the number of the window of each; is_treated
    (periods,), the same within a window; skip, periods cut from the head of every window; draws, other draws of windows
    that are tried. Raises ValueError when a window is mixed, has nothing left, or fewer than two are on or off.
    """
    numbers = np.unique(np.asarray(window), return_inverse=True)[1]
    on, given = np.asarray(is_treated, dtype=bool), np.asarray(values, dtype=float)
    windows = [np.flatnonzero(numbers == one) for one in range(int(numbers.max()) + 1)]
    if any(len(set(on[one].tolist())) > 1 for one in windows) or any(len(one) <= skip for one in windows):
        raise ValueError("a window is under the change or it is not, and is longer than what is cut from its head")
    means = np.array([given[one[skip:]].mean() for one in windows])
    treated = np.array([on[one[0]] for one in windows])
    found = difference(means[treated], means[~treated], confidence)
    others = np.argsort(luck.random((draws, len(means))), axis=1) < treated.sum()
    gaps = (others @ means) / treated.sum() - (~others @ means) / (~treated).sum()
    reached = int((np.abs(gaps) >= abs(found.value) * (1.0 - 1e-12)).sum())
    return found._replace(p=(1 + reached) / (1 + draws))


def difference_in_differences(panel: ArrayLike, is_treated: ArrayLike, first: int, confidence: float = 0.95) -> Effect:
    """By how much more did places with a change rise than those without?

    Args: panel (places, periods); is_treated (places,); first, the first period under the change. Returns the effect a
    period and place. Raises ValueError for fewer than two places on either side.
    """
    given, on = _panel(panel, first), np.asarray(is_treated, dtype=bool)
    change = given[:, first:].mean(axis=1) - given[:, :first].mean(axis=1)
    return difference(change[on], change[~on], confidence)


class Synthetic(NamedTuple):
    """What a change brought beside a synthetic control.

    effect, a period, summed over the changed places, p by placebo; gaps (periods,), what they did less what the others
    stand for; weights (places,), nought for the changed ones; fit, the root mean square gap before, as a share of their
    mean; placebos, how many groups p was counted over.
    """

    effect: Effect
    gaps: Floats
    weights: Floats
    fit: float
    placebos: int


def synthetic_control(panel: ArrayLike, treated: list[int], first: int, luck: np.random.Generator, draws: int = 199,
                      confidence: float = 0.95) -> Synthetic:
    """What did a change in a few places bring?

    Args: panel (places, periods), with a positive mean before in each place; treated, the changed places; first, the
    first period under the change, after at least two others; draws, the most groups of places tried as placebos (all
    single places are, where they are no more).
    The interval spreads what placebos show, each in units of its own fit before.
    Raises ValueError for too few periods or places.
    """
    given = _panel(panel, first)
    before = given[:, :first].mean(axis=1)
    if (before <= 0).any():
        raise ValueError("a place needs a positive mean before the change")
    if len(given) - len(treated) < max(2, len(treated)):
        raise ValueError("a synthetic control needs two places at least, and as many as changed, without the change")
    groups = _groups(len(given), sorted(treated), draws, luck)
    shown = np.array([_gaps(given, before, group, first)[0] for group in groups])
    miss = np.sqrt((shown[:, :first] ** 2).mean(axis=1))
    scale = np.maximum(miss, 1e-9 * miss.max() + 1e-300)
    ratio = np.sqrt((shown[:, first:] ** 2).mean(axis=1)) / scale
    spread = shown[1:, first:].mean(axis=1) / scale[1:]
    total = float(before[treated].sum())
    value = float(shown[0, first:].mean()) * total
    half = float(np.quantile(np.abs(spread), confidence)) * miss[0] * total
    error = sqrt(float((spread**2).mean())) * miss[0] * total
    p = float((ratio >= ratio[0] * (1.0 - 1e-12)).mean())
    return Synthetic(Effect(value, error, value - half, value + half, p), shown[0] * total,
                     _gaps(given, before, groups[0], first)[1], float(miss[0]), len(groups) - 1)


def _gaps(given: Floats, before: Floats, group: list[int], first: int) -> tuple[Floats, Floats]:
    """Return what a group did less what the others stand for, as a share of its mean before, and their weights."""
    indexed = given / before[:, None]
    own = given[group].sum(axis=0) / before[group].sum()
    others = np.setdiff1d(np.arange(len(given)), group)
    rows = np.vstack([indexed[others, :first].T, np.full(len(others), _SUM_WEIGHS)])
    found, _ = nnls(rows, np.append(own[:first], _SUM_WEIGHS))
    weights = np.zeros(len(given))
    weights[others] = found / found.sum()
    return own - weights @ indexed, weights


def _groups(places: int, treated: list[int], draws: int, luck: np.random.Generator) -> list[list[int]]:
    """Return the changed places, then the groups of as many that stand for them: all, or as many as are drawn."""
    if comb(places, len(treated)) - 1 <= draws:
        return [treated, *(list(one) for one in combinations(range(places), len(treated)) if list(one) != treated)]
    drawn = (sorted(luck.choice(places, len(treated), replace=False).tolist()) for _ in range(4 * draws))
    unlike = list(dict.fromkeys(tuple(one) for one in drawn if one != treated))
    return [treated, *(list(one) for one in unlike[:draws])]


def _panel(panel: ArrayLike, first: int) -> Floats:
    given = np.asarray(panel, dtype=float)
    if given.ndim != 2 or not np.isfinite(given).all() or not 2 <= first < given.shape[1]:
        raise ValueError("a panel is (places, periods), finite, with two periods before the change and one under it")
    return given
