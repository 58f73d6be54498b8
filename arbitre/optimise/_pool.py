"""What must a pool answer, so that levels can be decided without knowing what is held?

A pool is anything held so as to keep promises. The decision maker asks it three things: `evaluate(levels)`, what do
these levels cost, tie up and keep; `best(worth)`, which levels are cheapest once every kept unit earns its worth;
`bound(worth)`, a proven floor under that. The last two come from one sweep, so they are one method, `price`.

Units: money per year for costs; the volume of a flow in units per day (any rate will do, as long as all flows use the
same); a worth in money per year for one more unit per day kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Outcome:
    """What levels bring.

    cost (pools,) money per year; on_hand (slots,) units tied up at each level; kept (flows,) volume kept in its window.
    """

    cost: Floats
    on_hand: Floats
    kept: Floats


@dataclass(frozen=True)
class Priced:
    """The cheapest levels at given worths.

    levels (slots,); floor (pools,), proven to lie under cost - worth of what is kept, at any levels.
    """

    levels: Integers
    floor: Floats


class Pools(Protocol):
    """Pools seen from the optimiser: a pool owns level slots and serves flows, and each flow belongs to one class."""

    @property
    def pools(self) -> int:
        """How many pools."""
        ...

    @property
    def classes(self) -> int:
        """How many classes."""
        ...

    @property
    def slot_pool(self) -> Integers:
        """(slots,) the pool that owns each level."""
        ...

    @property
    def slot_lowest(self) -> Integers:
        """(slots,) the lowest level that each slot can have."""
        ...

    @property
    def flow_pool(self) -> Integers:
        """(flows,) the pool that serves each flow."""
        ...

    @property
    def flow_class(self) -> Integers:
        """(flows,) the class of each flow."""
        ...

    @property
    def flow_volume(self) -> Floats:
        """(flows,) the volume asked."""
        ...

    @property
    def flow_reach(self) -> Floats:
        """(flows,) the most volume that levels, however high, can keep."""
        ...

    @property
    def rises(self) -> bool:
        """Whether no pool costs less when one of its levels rises, all others as they are."""
        ...

    def typical_worth(self) -> float:
        """A worth of the right order of magnitude (> 0): only where the search starts, never what it finds."""
        ...

    def part(self, every: int) -> "Pools":
        """Every so-many-th pool, as pools of the same classes: a sample on which to begin a search."""
        ...

    def evaluate(self, levels: Integers) -> Outcome:
        """What do these levels (slots,) cost, tie up and keep?"""
        ...

    def price(self, worth: Floats) -> Priced:
        """Which levels are best, and what is the floor, when a kept unit of class k earns worth[k] (classes,) >= 0?"""
        ...


@dataclass(frozen=True)
class Targets:
    """Promises as shares of volume: sum over k of weight[t, k] x (kept_k - share[t] x volume_k) >= 0.

    weight (targets, classes) >= 0, mostly 0 or 1; share (targets,) from 0 to 1. Raises ValueError on anything else.
    """

    weight: Floats
    share: Floats

    def __post_init__(self) -> None:
        weight, share = np.asarray(self.weight, dtype=float), np.asarray(self.share, dtype=float)
        if weight.ndim != 2 or share.shape != (weight.shape[0],):
            found = f"{weight.shape} and {share.shape}"
            raise ValueError(f"targets need weight (targets, classes) and share (targets,), not {found}")
        if not (np.isfinite(weight).all() and (weight >= 0).all()):
            raise ValueError("weights of targets must be finite and not negative")
        if not ((share >= 0) & (share <= 1)).all():
            raise ValueError("shares of targets lie between 0 and 1")
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "share", share)


class Unreachable(ValueError):
    """Some targets cannot be met at any level: their indices, and the share that each could reach at most."""

    def __init__(self, targets: Sequence[int], reachable: Sequence[float]) -> None:
        self.targets = list(targets)
        self.reachable = list(reachable)
        each = zip(self.targets, self.reachable, strict=True)
        found = ", ".join(f"target {target} reaches at most {share:.4%}" for target, share in each)
        super().__init__(f"no levels can meet every target: {found}")
