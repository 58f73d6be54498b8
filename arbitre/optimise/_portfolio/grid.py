"""Where do the bins end into which the loads of shelves and teams are cut, and how are they cut finer?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arbitre.optimise._pool import Floats, Integers
from arbitre.optimise._portfolio.model import Model

_FIRST_BINS = 3
_WIDEST = 4.0
"""How many times smaller the right end of the first bin is than the highest load."""
WITHIN = 1e-5
"""How close bins end to the load of a plan, as a part of it; their floors are taken as much lower."""
_FEW_HEADS = 30
"""Up to so many, each number of heads is a bin of its own; else as many bins at first."""


@dataclass(frozen=True)
class Grid:
    """Where bins end: loads (rising from 0) of each shelf, times left (falling) of each site, heads (rising from 0) of
    each team: between two ends lie the numbers of heads above the first, up to the second."""

    loads: list[Floats]
    times: list[Floats]
    heads: list[Integers]

    @property
    def bins(self) -> int:
        """How many ends there are."""
        return sum(map(len, (*self.loads, *self.times, *self.heads)))

    def refined(self, load: Floats, left: Floats, heads: Integers) -> Grid:
        """Return the grid with ends close to the loads of a plan on both sides, around them, and at its times left and
        heads."""
        around = np.array([0.97, 1 - WITHIN, 1 + WITHIN, 1.03])
        loads = [np.unique(np.append(ends, np.minimum(around * at, ends[-1]))) if at > 0 else ends
                 for ends, at in zip(self.loads, load, strict=True)]
        times = [np.unique(np.append(ends, at))[::-1] if np.isfinite(at) else ends
                 for ends, at in zip(self.times, left, strict=True)]
        people = [np.unique(np.append(ends, np.clip(count + np.arange(-2, 2), 0, ends[-1])))
                  for ends, count in zip(self.heads, heads, strict=True)]
        return Grid(loads, times, people)

    def joined(self, other: Grid) -> Grid:
        """Return this grid with the ends of another that lie within it; itself where they are of other shelves."""
        if [*map(len, (self.loads, self.times, self.heads))] != [*map(len, (other.loads, other.times, other.heads))]:
            return self
        loads = [np.union1d(ends, more[more < ends[-1]]) for ends, more in zip(self.loads, other.loads, strict=True)]
        times = [np.union1d(ends, more)[::-1] for ends, more in zip(self.times, other.times, strict=True)]
        people = [np.union1d(ends, more[more < ends[-1]]) for ends, more in zip(self.heads, other.heads, strict=True)]
        return Grid(loads, times, people)


def first_grid(model: Model) -> Grid:
    """Return a grid that covers every load there can be."""
    ways = model.ways
    place = ways.segment[ways.load_way] * len(model.question.regions) + ways.region[ways.load_way]
    key, at = np.unique(place * model.shelves + ways.load_shelf, return_inverse=True)
    highest = np.zeros(len(key))
    np.maximum.at(highest, at, ways.load)
    most = np.bincount(key % model.shelves, highest, minlength=model.shelves) * (1 + 1e-4)
    loads = [np.concatenate([[0.0], np.geomspace(top / _WIDEST, top, _FIRST_BINS)]) if top > 0 else np.zeros(1)
             for top in most]
    times = []
    for site in range(len(model.question.sites)):
        found = ways.left[ways.site == site]
        if (model.question.supplier == site).any():
            found = np.append(found, 0.0)
        times.append(np.unique(np.quantile(found, [0, 0.5, 1], method="higher"))[::-1]
                     if len(found) and model.sharing == "first_come" else np.zeros(1))
    return Grid(loads, times, _first_heads(model))


def _first_heads(model: Model) -> list[Integers]:
    """Return ends up to the heads that do all work there can be and keep every promise."""
    asked, found = model.question, []
    busy = np.nan_to_num(asked.accept)[:, :, None] * asked.people.load[:, asked.choice_offer]  # (S, P, T)
    for t, team in enumerate(asked.people.teams):
        could = [k for k in range(len(team.tiers)) if asked.people.could_ask(t, k)]
        most = team.heads(float(busy[:, :, t].max(axis=1).sum()) * (1 + 1e-9), could)
        found.append(np.arange(most + 1) if most <= _FEW_HEADS else
                     np.unique(np.round(np.geomspace(1, most + 1, _FEW_HEADS)).astype(np.int64) - 1))
    return found
