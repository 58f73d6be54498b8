"""How long does a thing take? A table of laws of duration, and the book in which one is written down.

A law is one row: its kind, two numbers, and where its values begin and end. Laws are referred to by their row, so a
thousand steps that take the same time share one row. All durations are in hours.

| kind | first number | second number | values |
|---|---|---|---|
| CONSTANT | the duration | | |
| EXPONENTIAL | mean | | |
| ERLANG | mean | shape, a whole number up to 250 | |
| LOGNORMAL | mean of the logarithm | standard deviation of the logarithm | |
| WEIBULL | scale | shape | |
| MIXED | | | pairs (share so far, mean) of exponentials, shares rising to 1 |
| OBSERVED | | | durations, sorted: each as likely as the next |
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

CONSTANT, EXPONENTIAL, ERLANG, LOGNORMAL, WEIBULL, MIXED, OBSERVED = range(7)
LARGEST_ERLANG_SHAPE = 250
"""An Erlang draw uses one number of its stream per stage, and a purpose owns 256 of them."""


@dataclass(frozen=True)
class Laws:
    """Laws of duration as arrays: kind, first_number, second_number (rows,); first (rows + 1,) into values."""

    kind: Integers
    first_number: Floats
    second_number: Floats
    first: Integers
    values: Floats

    def __len__(self) -> int:
        return len(self.kind)

    def means(self) -> Floats:
        """Return the mean of each law (h)."""
        found = self.first_number.copy()
        for row, kind in enumerate(self.kind):
            values = self.values[self.first[row]:self.first[row + 1]]
            if kind == LOGNORMAL:
                found[row] = math.exp(self.first_number[row] + self.second_number[row] ** 2 / 2)
            elif kind == WEIBULL:
                found[row] = self.first_number[row] * math.gamma(1 + 1 / self.second_number[row])
            elif kind == MIXED:
                found[row] = (np.diff(values[0::2], prepend=0.0) * values[1::2]).sum()
            elif kind == OBSERVED:
                found[row] = values.mean()
        return found

    def largest(self, row: int) -> float:
        """Return the largest value a CONSTANT or OBSERVED law can give; infinity for the others."""
        if self.kind[row] == CONSTANT:
            return float(self.first_number[row])
        return float(self.values[self.first[row + 1] - 1]) if self.kind[row] == OBSERVED else math.inf


class LawBook:
    """Write laws down one by one; each method returns the row of the law, the same row for the same law.

    Every method raises ValueError when the law asked for does not exist (a negative mean, a fractional Erlang shape).
    """

    def __init__(self) -> None:
        self._rows: dict[tuple[int, float, float, tuple[float, ...]], int] = {}

    def _write(self, kind: int, one: float, two: float = 0.0, values: tuple[float, ...] = ()) -> int:
        numbers = np.array([one, two, *values])
        if not np.isfinite(numbers).all():
            raise ValueError("A law of duration needs finite numbers.")
        return self._rows.setdefault((kind, float(one), float(two), values), len(self._rows))

    def constant(self, hours: float) -> int:
        """Always `hours`."""
        return self._write(CONSTANT, _at_least(hours, 0.0))

    def exponential(self, mean: float) -> int:
        """Without memory."""
        return self._write(EXPONENTIAL, _at_least(mean, 0.0))

    def erlang(self, mean: float, shape: int) -> int:
        """The sum of `shape` exponentials: variance mean^2 / shape."""
        if shape != int(shape) or not 1 <= shape <= LARGEST_ERLANG_SHAPE:
            raise ValueError(f"An Erlang law has 1 to {LARGEST_ERLANG_SHAPE} stages, a whole number; not {shape}.")
        return self._write(ERLANG, _at_least(mean, 0.0), shape)

    def lognormal(self, mean: float, variation: float) -> int:
        """Return the lognormal law of that mean and that coefficient of variation (standard deviation / mean)."""
        if mean <= 0.0:
            raise ValueError("A lognormal law has a mean above 0.")
        squared = math.log1p(_at_least(variation, 0.0) ** 2)
        return self._write(LOGNORMAL, math.log(mean) - squared / 2, math.sqrt(squared))

    def weibull(self, scale: float, shape: float) -> int:
        """Wear (shape above 1) or early death (shape below 1)."""
        if shape <= 0.0:
            raise ValueError("A Weibull law has a shape above 0.")
        return self._write(WEIBULL, _at_least(scale, 0.0), shape)

    def mixed(self, means: list[float], shares: list[float]) -> int:
        """One of several exponentials (hyperexponential): mean `means[i]` with share `shares[i]`."""
        if len(means) != len(shares) or min(shares) < 0.0 or not math.isclose(sum(shares), 1.0, abs_tol=1e-9):
            raise ValueError("A mixed law has a share for each mean, and the shares add up to 1.")
        so_far = np.minimum(np.cumsum(shares), 1.0)
        so_far[-1] = 1.0
        pairs = zip(so_far.tolist(), means, strict=True)
        return self._write(MIXED, 0.0, 0.0, tuple(float(x) for share, mean in pairs for x in (share, mean)))

    def observed(self, values: npt.ArrayLike) -> int:
        """Any of the values seen, each as likely as the next."""
        seen = np.sort(np.asarray(values, dtype=np.float64))
        if len(seen) == 0 or seen[0] < 0.0:
            raise ValueError("An observed law needs at least one value, none negative.")
        return self._write(OBSERVED, 0.0, 0.0, tuple(seen.tolist()))

    def laws(self) -> Laws:
        """Return all that was written, as arrays."""
        rows = list(self._rows)
        return Laws(
            kind=np.array([row[0] for row in rows], dtype=np.int64),
            first_number=np.array([row[1] for row in rows], dtype=np.float64),
            second_number=np.array([row[2] for row in rows], dtype=np.float64),
            first=np.cumsum([0, *(len(row[3]) for row in rows)], dtype=np.int64),
            values=np.array([value for row in rows for value in row[3]], dtype=np.float64),
        )


def _at_least(number: float, least: float) -> float:
    if not number >= least:
        raise ValueError(f"A law of duration needs a number of at least {least:g}, not {number:g}.")
    return float(number)
