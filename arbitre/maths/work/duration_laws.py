"""Which law do these durations follow, and how far are they from it?

Five laws, simplest first: constant, exponential, Erlang, lognormal, observed (any of the values seen, each as likely).
A law is judged on durations it was not fitted to (cross-validation in FOLDS parts) by the continuous ranked probability
score of a forecast law F for a value y,
    CRPS(F, y) = integral (F(x) - [x >= y])² dx = E|X - y| - E|X - X'| / 2,
a proper score: on average only the true law has the least (T. Gneiting and A. E. Raftery, JASA 102 (2007) 359-378). It
is in hours, and needs no density, so that values rounded to the minute, noughts, and a law of points are judged like
the rest. Closed forms:
    constant m      |y - m|
    Erlang m, k     y (2 G_k(y) - 1) - m (2 G_{k+1}(y) - 1) - (m/k) / B(1/2, k),  G_k with scale m/k; k = 1: exponential
                    (M. Scheuerer and D. Möller, Annals of Applied Statistics 9 (2015) 1328-1349)
    lognormal       y (2 N(z) - 1) - 2 mean (N(z - s) + N(s/sqrt 2) - 1),  z = (ln y - mu)/s
                    (S. Baran and S. Lerch, Quarterly Journal of the Royal Meteorological Society 141 (2015) 2289-2299)
    observed        mean |x_i - y| - sum_ij |x_i - x_j| / 2n².
Chosen is the simplest law whose score exceeds the least one by no more than one standard error of the difference, value
by value (L. Breiman et al., Classification and Regression Trees, 1984, section 3.4.3). The mean of a law is that of the
durations (the lognormal's: of its own fit), as it is the mean that decides how busy a crew is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arbitre.core.errors import UsageError

Floats = NDArray[np.float64]

KINDS = ("constant", "exponential", "erlang", "lognormal", "observed")
"""Names, simplest first."""
FOLDS = 5
MOST_STAGES = 250
_ROUNDING = 1e-6
"""Durations that differ by no more than this share of their mean are one and the same."""
_SAMPLE = 4000
"""Durations that the choice is made on, spread evenly over them; the law chosen is fitted to all."""
_POINTS = 200
"""Values that stand for an observed law where more were seen: its quantiles in the middle of equal shares."""


@dataclass(frozen=True)
class DurationLaw:
    """A law of duration: kind, one of KINDS; mean (h); variation, standard deviation over mean; stages of an Erlang
    law; values (h, sorted) of an observed one.
    """

    kind: str
    mean: float
    variation: float = 0.0
    stages: int = 1
    values: tuple[float, ...] = ()

    @property
    def square(self) -> float:
        """The mean of the squared duration (h²)."""
        if self.kind == "observed":
            return float(np.mean(np.square(self.values)))
        scatter = {"constant": 0.0, "lognormal": self.variation**2}.get(self.kind, 1.0 / self.stages)
        return self.mean**2 * (1.0 + scatter)

    def below(self, durations: ArrayLike) -> Floats:
        """Return the share of durations that are at most this long."""
        at = np.asarray(durations, dtype=np.float64)
        if self.kind == "constant":
            return (at >= self.mean).astype(np.float64)
        if self.kind == "observed":
            return np.searchsorted(np.array(self.values), at, side="right") / len(self.values)
        if self.kind == "lognormal":
            return _normal(self._place(at))
        return _erlang_below(at, self.mean / self.stages, self.stages)

    def score(self, durations: ArrayLike) -> Floats:
        """Return the CRPS (h) of this law for each duration; the lower the better."""
        y = np.asarray(durations, dtype=np.float64)
        if self.kind == "constant" or self.mean == 0.0:
            return np.abs(y - self.mean)
        if self.kind == "observed":
            return _observed_score(np.array(self.values), y)
        if self.kind == "lognormal":
            spread = self._logarithm()[1]
            apart = _normal(self._place(y) - spread) + _normal(spread / math.sqrt(2.0)) - 1.0
            return y * (2.0 * self.below(y) - 1.0) - 2.0 * self.mean * apart
        scale, k = self.mean / self.stages, self.stages
        half_beta = math.exp(math.lgamma(0.5) + math.lgamma(k) - math.lgamma(k + 0.5))
        return (y * (2.0 * _erlang_below(y, scale, k) - 1.0)
                - self.mean * (2.0 * _erlang_below(y, scale, k + 1) - 1.0) - scale / half_beta)

    def _logarithm(self) -> tuple[float, float]:
        """Return mean and standard deviation of the logarithm."""
        squared = math.log1p(self.variation**2)
        return math.log(self.mean) - squared / 2.0, math.sqrt(squared)

    def _place(self, durations: Floats) -> Floats:
        """Return the standard normal value that stands for each duration; of none and below, minus infinity."""
        middle, spread = self._logarithm()
        logarithm = np.log(np.maximum(durations, np.finfo(np.float64).tiny))
        return np.where(durations > 0.0, (logarithm - middle) / spread, -np.inf)


NO_WORK = DurationLaw("constant", 0.0)


@dataclass(frozen=True)
class Choice:
    """The law chosen, and why: scores, CRPS of each kind on durations it was not fitted to, as a share of the mean
    duration; largest_gap, the largest difference between the shares the law and the durations have below any value.
    """

    law: DurationLaw
    scores: dict[str, float]
    largest_gap: float
    durations: int


def fitted(kind: str, durations: ArrayLike) -> DurationLaw:
    """Return the law of that kind nearest to durations (h, none negative, at least one).

    Exponential, Erlang and lognormal by maximum likelihood, noughts being taken as half the least duration above them.
    """
    seen = np.asarray(durations, dtype=np.float64)
    mean = float(seen.mean())
    if kind == "constant" or mean == 0.0:
        return DurationLaw("constant", mean)
    if kind == "exponential":
        return DurationLaw(kind, mean, 1.0)
    if kind == "observed":
        return _observed(seen)
    logarithms = np.log(np.where(seen > 0.0, seen, seen[seen > 0.0].min() / 2.0))
    if kind == "lognormal":
        middle, squared = float(logarithms.mean()), float(logarithms.var())
        return DurationLaw(kind, math.exp(middle + squared / 2.0), math.sqrt(math.expm1(min(squared, 50.0))))
    stages = _stages(mean, float(logarithms.mean()))
    return DurationLaw(kind, mean, 1.0 / math.sqrt(stages), stages)


def choose_law(durations: ArrayLike) -> Choice:
    """Return the simplest law that foretells durations (h) no worse than any other, but for chance.

    Raises UsageError when there are none, or one is negative or not a number.
    """
    seen = np.asarray(durations, dtype=np.float64)
    if seen.size == 0 or not (np.isfinite(seen).all() and seen.min() >= 0.0):
        raise UsageError("Expected at least one duration, none negative or missing.")
    same = np.ptp(seen) <= _ROUNDING * seen.mean()
    if seen.size < 2 * FOLDS or same:
        law = fitted("constant" if same else "exponential", seen)
        return Choice(law, {}, _largest_gap(law, seen), len(seen))
    sample = seen[np.linspace(0, len(seen) - 1, min(len(seen), _SAMPLE)).astype(np.int64)]
    fold = np.arange(len(sample)) % FOLDS
    score = {kind: np.empty(len(sample)) for kind in KINDS}
    for part in range(FOLDS):
        for kind in KINDS:
            score[kind][fold == part] = fitted(kind, sample[fold != part]).score(sample[fold == part])
    best = min(KINDS, key=lambda kind: score[kind].mean())
    kind = next(kind for kind in KINDS if not _is_worse(score[kind] - score[best]))
    law, mean = fitted(kind, seen), float(seen.mean())
    return Choice(law, {name: float(each.mean()) / mean for name, each in score.items()}, _largest_gap(law, seen),
                  len(seen))


def _is_worse(excess: Floats) -> bool:
    """Tell whether scores exceed those of another law by more than chance explains."""
    return float(excess.mean()) > float(excess.std()) / math.sqrt(len(excess))


def _largest_gap(law: DurationLaw, seen: Floats) -> float:
    """Return the distance of Kolmogorov and Smirnov between a law and what was seen."""
    at = np.sort(seen)
    # Equal durations make one step: the share below is compared at its foot and at its head.
    head, foot = (np.searchsorted(at, at, side=side) / len(at) for side in ("right", "left"))
    below, just_below = law.below(at), law.below(np.nextafter(at, -np.inf))
    return float(max(np.abs(below - head).max(), np.abs(just_below - foot).max()))


def _observed(seen: Floats) -> DurationLaw:
    """Return what was seen as a law, by at most _POINTS quantiles with the mean of all."""
    mean, points = float(seen.mean()), min(len(seen), _POINTS)
    values = np.sort(seen)[((np.arange(points) + 0.5) / points * len(seen)).astype(np.int64)]
    values = values * (mean / values.mean() if values.mean() > 0.0 else 1.0)
    return DurationLaw("observed", mean, float(values.std()) / mean, values=tuple(values.tolist()))


def _stages(mean: float, mean_logarithm: float) -> int:
    """Return the stages under which an Erlang law of this mean makes the durations most likely."""
    k = np.arange(1, MOST_STAGES + 1)
    constant = np.array([math.lgamma(each) for each in k])
    likelihood = k * np.log(k / mean) - constant + (k - 1) * mean_logarithm - k
    return int(k[np.argmax(likelihood)])


def _erlang_below(at: Floats, scale: float, stages: int) -> Floats:
    """Return the share of an Erlang law at most `at`: 1 less the Poisson chance of fewer events than stages."""
    load = np.maximum(at, 0.0) / scale
    term, total = np.ones_like(load), np.ones_like(load)
    with np.errstate(over="ignore", invalid="ignore"):
        for n in range(1, stages):
            term = term * load / n
            total = total + term
        above = np.exp(-load) * total
    # So far out nothing is left above, though the two factors are no longer numbers.
    return np.where(load > 600.0 + stages, 1.0, 1.0 - above)


def _observed_score(values: Floats, y: Floats) -> Floats:
    """Return E|X - y| - E|X - X'|/2 for values sorted, each as likely, without going through pairs."""
    count, sums = len(values), np.concatenate([[0.0], np.cumsum(values)])
    under = np.searchsorted(values, y, side="right")
    away = (y * under - sums[under] + sums[-1] - sums[under] - y * (count - under)) / count
    between = 2.0 * float(((2 * np.arange(count) - count + 1) * values).sum()) / count**2
    return away - between / 2.0


_normal = np.vectorize(lambda z: 0.5 * math.erfc(-z / math.sqrt(2.0)), otypes=[np.float64])
"""Share of the standard normal law below a value."""
