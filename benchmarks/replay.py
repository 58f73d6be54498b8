"""Does the plan keep its promises when the sample's own demand is replayed on it, unit by unit? Prints one JSON object.

    python -m benchmarks.replay --json [--scale small]

The after-sales sample is replayed twice on the same demand: with today's levels and with those of a plan whose shares
count order lines. For each promise: the share the model says, and the shares of order lines the replay kept: all of
them, those for one unit, and those for one unit before demand drifts (the first year).
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

import arbitre
from arbitre.tables.chain import Chain
from arbitre.tables.sample import terms
from arbitre.tables.sample.facts import case_frame, run_course
from arbitre.tables.sample.flows import draw_demands, expected_flows, site_rates
from arbitre.tables.sample.market import draw_market
from arbitre.tables.sample.replay import replay
from arbitre.tables.sample.supply import CENTRAL, draw_network, draw_parts, set_levels

SEED = 1
PLAN = {"weight": "line", "item_classes": "price", "item_floor_share": 0.9}


def levels_of(plan: pl.DataFrame, chain: Chain, sites: list[str], shape: tuple[int, int]) -> np.ndarray:
    """Return the plan's levels as (items, sites), in the order of the sample."""
    items = {item: row for row, item in enumerate(chain.table("items")["item"])}
    levels = np.zeros(shape, dtype=np.int64)
    for item, site, level in plan.select("item", "site", "level").iter_rows():
        levels[items[item], sites.index(site)] = level
    return levels


def kept(cases: pl.DataFrame, promises: pl.DataFrame) -> pl.DataFrame:
    """Return, per promise, the share of order lines kept: all, of one unit, and of one unit in the first year."""
    windows = promises.filter((pl.col("kind") == "order") & pl.col("step").is_null())
    judged = cases.filter(pl.col("kind") == "order").join(windows.select("promise", "offer", "window"), on="offer")
    hours = (pl.col("closed_at") - pl.col("opened_at")).dt.total_minutes() / 60
    judged = judged.with_columns(kept=(hours <= pl.col("window") + 1e-6).fill_null(value=False))
    single, early = pl.col("quantity") == 1, pl.col("opened_at").dt.year() == 2023
    return judged.group_by("promise").agg(
        lines=pl.len(), all_lines=pl.col("kept").mean(), one_unit=pl.col("kept").filter(single).mean(),
        one_unit_first_year=pl.col("kept").filter(single & early).mean())


def main() -> None:
    """Replay both stocks and print what was kept beside what the model said."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--scale", choices=("small", "medium"), default="small")
    asked.add_argument("--json", action="store_true", help="print one JSON object (it always does)")
    size = terms.SCALES[scale := asked.parse_args().scale]
    network, parts = draw_network(size, SEED), draw_parts(size, SEED)
    market = draw_market(size, network, SEED, terms.PLANTED)
    flows = expected_flows(size, market, network)
    today = set_levels(parts, network, site_rates(parts, flows, network), SEED)
    demands = draw_demands(size, market, network, parts, SEED)
    chain = arbitre.new("aftersales", scale, SEED)
    result = arbitre.run(chain, "optimise.stock", PLAN, SEED)
    planned = levels_of(result.tables["stock_levels"], chain, list(network.key), today.shape)
    found: dict[str, Any] = {"scale": scale, "gap": result.summary["gap"]}
    for name, levels, said in (("today", today, "kept_before"), ("plan", planned, "kept_after")):
        # A lot is never larger than what the level allows: an item that is not held is bought as it is asked for.
        bought = replace(parts, lot=np.minimum(parts.lot, levels[:, CENTRAL] + 1))
        played = replay(demands, bought, network, levels, SEED)
        course = run_course(demands, played, market, network, SEED)
        shares = kept(case_frame(demands, course, market, network, parts), chain.table("promises"))
        model = result.tables["promise_worth"].select("promise", "target_share", model=said)
        found[name] = shares.join(model, on="promise").filter(pl.col("lines") >= 100).sort("promise").to_dicts()
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
