"""How long does it take to segment a million customers, and are the segments that were planted found again?

    python -m benchmarks.segment --json [--customers 1000000]

Two chains. *Orders alone*: customers of four planted kinds, told apart by how urgently, in which lots and how
widely they order, and nothing else; six lines each on average, at least three, drawn as whole columns. *After-sales*:
the medium sample, with machines, answers and invoices, whose customers were drawn with a high, medium or low need.
`ari` is the adjusted Rand index of the latent classes with what was planted; `peak_mb` the memory of the process at its
most, the drawing of the orders included. A first run on few customers is not counted.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from arbitre.capability import silent
from arbitre.maths.evidence.agreement import adjusted_rand
from arbitre.measure import profit
from arbitre.segment import customers
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.sample.aftersales import SAMPLES
from arbitre.tables.settings import Settings

_DAYS, _LINES, _FEWEST, _ITEMS, _SITES = 730, 6.0, 3, 20_000, 12


class Planted(NamedTuple):
    """How a kind of customer orders: its share of the customers; the share of its lines that are urgent, that are about
    its favourite item, and that its own site serves; mean units of a line."""

    share: float
    urgent: float
    favourite: float
    near: float
    lot: float


KINDS = (Planted(0.15, 0.90, 0.05, 0.95, 1.2), Planted(0.20, 0.05, 0.85, 0.95, 40.0),
         Planted(0.25, 0.05, 0.05, 0.20, 6.0), Planted(0.40, 0.40, 0.30, 0.95, 3.0))


def orders(customers_asked: int, seed: int) -> tuple[Chain, pl.DataFrame]:
    """Return a chain of order lines alone, and the kind of each customer that was planted."""
    luck = np.random.default_rng(seed)
    kind = luck.choice(len(KINDS), customers_asked, p=[one.share for one in KINDS])
    of_kind = {name: np.array([getattr(one, name) for one in KINDS]) for name in Planted._fields}
    times = _FEWEST + luck.poisson((_LINES - _FEWEST) * luck.gamma(2.0, 0.5, customers_asked))
    who = np.repeat(np.arange(customers_asked), times)
    count, own = len(who), kind[who]
    when = luck.integers(0, _DAYS * 1440, count)
    item = np.where(luck.random(count) < of_kind["favourite"][own], who % _ITEMS, luck.integers(0, _ITEMS, count))
    site = np.where(luck.random(count) < of_kind["near"][own], who % _SITES, luck.integers(0, _SITES, count))
    hours = np.where(luck.random(count) < of_kind["urgent"][own], 12, 120)
    frame = pl.DataFrame({
        "case": pl.Series(np.arange(count)), "customer": pl.Series(who), "item": pl.Series(item),
        "site": pl.Series(site), "quantity": 1.0 + luck.poisson(of_kind["lot"][own] - 1.0),
        "opened_at": np.datetime64("2024-01-01", "us") + when * np.timedelta64(60_000_000, "us"),
        "promised_at": np.datetime64("2024-01-01", "us") + (when + 60 * hours) * np.timedelta64(60_000_000, "us"),
    }).with_columns(kind=pl.lit("order"))
    told = pl.DataFrame({"customer": np.arange(customers_asked).astype(str), "planted": kind})
    return Chain(Settings(name="orders"), {"cases": shaped(INPUTS["cases"], frame)}), told


def aftersales() -> tuple[Chain, pl.DataFrame]:
    """Return the medium after-sales sample with what its customers leave, and the need that was planted."""
    sample = SAMPLES["aftersales"]("medium", 1)
    chain = Chain(Settings.model_validate(sample.settings), sample.tables)
    chain = chain.with_(**profit.run(chain, profit.Params(), 1, silent).tables)
    told = chain.table("customers").join(chain.table("segments"), on="segment")
    return chain, told.select("customer", planted=pl.col("need").rank("dense").cast(pl.Int64) - 1)


def measured(chain: Chain, planted: pl.DataFrame) -> dict[str, Any]:
    """Return how long segmenting takes and how well the planted segments are found."""
    wall, processor = time.perf_counter(), time.process_time()
    found = customers.run(chain, customers.Params(), 1, silent)
    seconds = {"seconds": time.perf_counter() - wall, "processor_seconds": time.process_time() - processor}
    own = found.tables["segment_members"].filter(school="classes").join(planted, on="customer", how="left")
    codes = own.select(pl.col("segment").rank("dense").cast(pl.Int64) - 1, "planted").to_numpy()
    return {
        "customers": found.summary["customers"], "lines": chain.table("cases").height,
        **{name: round(value, 2) for name, value in seconds.items()},
        "classes": found.summary["classes.segments"], "ari": round(adjusted_rand(codes[:, 0], codes[:, 1]), 3),
        "least_stability": round(found.summary["classes.least_stability"], 3),
    }


def main() -> None:
    """Print what was measured."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--customers", type=int, default=1_000_000)
    asked.add_argument("--json", action="store_true", help="one JSON object, as is always printed")
    asked.add_argument("--data", help="not needed: the orders are drawn")
    options = asked.parse_args()
    measured(*orders(2_000, 2))
    alone = measured(*orders(options.customers, 1))
    alone["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"orders": alone, "aftersales": measured(*aftersales())}))


if __name__ == "__main__":
    main()
