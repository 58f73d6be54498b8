"""Replay a chain again and again, and count what each replication kept.

Replications and parts are independent: they are spread over the processor's cores and added up in their own order, so
the number of workers changes nothing in the result. Each is kept as soon as it is played (`core.unfinished`): a run
that was killed goes on where it stopped.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace

import numpy as np
import polars as pl

from arbitre.core.streams import stream
from arbitre.core.unfinished import Pieces
from arbitre.simulate._court import Court, Judged
from arbitre.simulate._kernel.laws import Floats
from arbitre.simulate._kernel.log import Run
from arbitre.simulate._kernel.model import Network
from arbitre.simulate._kernel.pack import key_of
from arbitre.simulate._kernel.run import replay
from arbitre.simulate._network.parts import Part
from arbitre.simulate._network.promised import calendars_of_promises, next_month
from arbitre.simulate._network.shops import without_repairs
from arbitre.tables.chain import Chain
from arbitre.tables.routing import covered


def cores() -> int:
    """Return how many processors there are to work on."""
    return os.cpu_count() or 1


def settled(part: Part, seed: int, replication: int) -> Network:
    """Return a part as it is found at a moment of no particular kind: each lot is somewhere on its way down.

    The inventory position of a node with lots is uniform over them (Hadley and Whitin 1963). The draw belongs to the
    node, so another scenario finds it at the same place.
    """
    lot, nodes = part.nodes["lot"].to_numpy(), part.network.nodes
    if (lot == 1).all():
        return part.network
    key = stream(seed, "lots", replication).integers(0, 2**64, dtype=np.uint64)
    used = np.zeros(len(lot), np.int64)
    for row in np.nonzero(lot > 1)[0]:
        used[row] = int(key_of(key, "node", nodes.name[row])) % int(lot[row])
    return replace(part.network, nodes=replace(nodes, on_hand=np.maximum(nodes.on_hand - used, 0)))


@dataclass(frozen=True)
class Tally:
    """One replication of a chain: what was kept, cases opened in its years, the money on its shelves on average, and
    the hours that each crew worked and was there."""

    judged: Judged
    cases: int
    capital: float
    crews: Mapping[str, tuple[float, float]]

    def written(self) -> dict[str, np.ndarray]:
        """Return the tally as arrays."""
        judged = {field.name: getattr(self.judged, field.name) for field in fields(Judged)}
        return {**{f"judged.{name}": values for name, values in judged.items()},
                "cases": np.array(self.cases), "capital": np.array(self.capital),
                "crews": np.array(list(self.crews), dtype=np.str_), "hours": np.array(list(self.crews.values()))}

    @classmethod
    def read(cls, arrays: Mapping[str, np.ndarray]) -> Tally:
        """Return the tally that was written so."""
        judged = Judged(**{field.name: arrays[f"judged.{field.name}"] for field in fields(Judged)})
        hours = [(float(busy), float(there)) for busy, there in arrays["hours"].reshape(-1, 2)]
        crews = dict(zip(arrays["crews"].tolist(), hours, strict=True))
        return cls(judged, int(arrays["cases"]), float(arrays["capital"]), crews)


@dataclass(frozen=True)
class Replay:
    """A chain before a court.

    weight (per part, (classes,)): what a case counts, times its quantity when `by_unit`. price (per part, (nodes,)).
    longest: hours that the longest promise of all allows. chain: digest of the chain.
    """

    parts: Sequence[Part]
    court: Court
    covered: Sequence[np.ndarray]
    weight: Sequence[Floats]
    price: Sequence[Floats]
    by_unit: bool
    seed: int
    longest: float
    chain: str

    @classmethod
    def of(cls, chain: Chain, parts: Sequence[Part], promises: pl.DataFrame, years: int, weight: str, seed: int
           ) -> Replay:
        """Return the replay of parts for so many years; weight: "unit", "line" or "value"."""
        prices = chain.table("items").select("item", "price") if "items" in chain.tables else pl.DataFrame(
            schema={"item": pl.String, "price": pl.Float64})

        def price(items: pl.DataFrame) -> Floats:
            joined = items.select("item").join(prices, on="item", how="left", maintain_order="left")
            return joined["price"].fill_null(0.0).to_numpy()

        def counted(part: Part) -> Floats:
            if weight == "line":
                return np.ones(part.classes.height)
            return (part.units * (price(part.classes) if weight == "value" else 1.0)).astype(np.float64)

        court = Court.of(promises, next_month(chain), years, calendars_of_promises(chain, promises))
        return cls(parts, court, [covered(promises, part.classes) for part in parts],
                   [counted(part) for part in parts],
                   [price(part.nodes) for part in parts], weight != "line", seed, court.longest, chain.digest)

    def runs(self, numbers: Sequence[int], workers: int) -> Iterator[Tally]:
        """Return the replications with these numbers, in their order."""
        tasks = [(number, part) for number in numbers for part in range(len(self.parts))]
        pieces = Pieces.of_this_run()
        with ThreadPoolExecutor(workers) as pool:
            found = pool.map(lambda task: self._remembered(task[0], task[1], pieces), tasks)
            for _ in numbers:
                tallies = [next(found) for _ in self.parts]
                judged = tallies[0].judged
                for tally in tallies[1:]:
                    judged += tally.judged
                crews = {crew: hours for tally in tallies for crew, hours in tally.crews.items()}
                yield Tally(judged, sum(tally.cases for tally in tallies), sum(tally.capital for tally in tallies),
                            crews)

    def _remembered(self, number: int, at: int, pieces: Pieces) -> Tally:
        """Return the tally of one part, from what an unfinished run has kept where it has."""
        name = f"{self.chain}-{number}-{at}"
        known = pieces.recall(name)
        if known is not None:
            return Tally.read(known)
        tally = self._tally(number, at)
        pieces.keep(name, tally.written())
        return tally

    def _tally(self, number: int, at: int) -> Tally:
        part = self.parts[at]
        run = self.played(number, at)
        weight = self.weight[at][run.cases["of_class"]] * (run.cases["quantity"] if self.by_unit else 1)
        judged = self.court.judged(run, part, self.covered[at], weight)
        since = run.cases["opened"] - part.settles
        opened = int(((since >= 0.0) & (since < self.court.hours)).sum())
        share = self.court.hours / run.hours
        crews = {crew: (busy * share, there * share) for crew, busy, there in
                 zip(part.crews, run.pools["area"].tolist(), run.pools["offered"].tolist(), strict=False)}
        return Tally(judged, opened, float((run.nodes["area"] * self.price[at]).sum() / run.hours), crews)

    def played(self, number: int, at: int) -> Run:
        """Return one part replayed until the last case opened in time has had its longest window."""
        part = self.parts[at]
        until = part.settles + self.court.hours + self.longest + 1.0
        run = replay(settled(part, self.seed, number), until, self.seed, number, part.settles, keeps_log=True)
        return without_repairs(run, part.classes.height)


def until_sure(more: Callable[[range], None], is_sure: Callable[[], bool], least: int, most: int) -> int:
    """Ask for replications, `least` at a time, until they are enough or `most` are made; returns how many.

    `more` plays the replications of these numbers; `is_sure` says whether all that was played so far is enough.
    """
    played = 0
    while played < most:
        up_to = min(played + least, most)
        more(range(played, up_to))
        played = up_to
        if is_sure():
            break
    return played
