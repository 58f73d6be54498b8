"""Samples: whole chains drawn from a seed, with what was planted in them written down.

    sample = SAMPLES["aftersales"]("small", 1)

A sample looks like what a firm would bring: its stocks are replayed unit by unit, so what was promised, what was
delivered and what the levels explain agree. `expect` is for tests and teaching, never for a capability.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

import polars as pl

from arbitre.tables.sample import terms
from arbitre.tables.sample.desks import desk_frames, expected_work
from arbitre.tables.sample.facts import case_frame, event_frame, movement_frame, run_course, shelf
from arbitre.tables.sample.flows import draw_demands, expected_flows, item_truth, site_rates
from arbitre.tables.sample.lives import with_lives
from arbitre.tables.sample.market import draw_market, market_frames, slipping_site
from arbitre.tables.sample.measures import metric_frame
from arbitre.tables.sample.money import cost_frame, discount_truth, invoice_frame
from arbitre.tables.sample.replay import replay
from arbitre.tables.sample.supply import (
    Network,
    draw_network,
    draw_parts,
    item_frame,
    set_levels,
    site_frames,
    stock_frame,
)

ScaleName = Literal["small", "medium", "large"]
SCALES: tuple[ScaleName, ...] = get_args(ScaleName)


@dataclass(frozen=True)
class Sample:
    """A chain drawn from a seed.

    `settings` is what chain.toml says; `tables` are typed as declared; `expect` holds the planted truths: `drifts`
    (what departs, since when, where, by how much), `truth` (order lines and interventions with a part expected a year,
    by kind, serving site, segment, offer and criticality), `truth_items` (share of each item in the lines of its
    criticality, mean units on an order line, units a year in all), `truth_work` (hours a year that each activity is
    expected to take, by segment) and `truth_discounts` (customers who pay less than what they ask for costs). A line
    asks for an item of its criticality by that share, whoever asks, so the units of an item expected a year at a site
    from a segment under an offer are rate x share x units for order lines, and rate x share for interventions, which
    take one unit.
    """

    settings: Mapping[str, Any]
    tables: Mapping[str, pl.DataFrame]
    expect: Mapping[str, pl.DataFrame]


def aftersales(scale: ScaleName, seed: int, drifts: terms.Drifts = terms.PLANTED) -> Sample:
    """Draw the after-sales business of a machine builder in Europe: three years of facts, amounts in EUR.

    `small` has 730 items and about 7,500 cases, `medium` 20,000 and 163,000, `large` 200,000 and 1.6 million.
    The same scale, seed and drifts give the same tables; `seed` is not negative.
    """
    size = terms.SCALES[scale]
    network = draw_network(size, seed)
    market = draw_market(size, network, seed, drifts)
    parts = draw_parts(size, seed)
    flows = expected_flows(size, market, network)
    levels = set_levels(parts, network, site_rates(parts, flows, network), seed)
    demands = draw_demands(size, market, network, parts, seed)
    played = replay(demands, parts, network, levels, seed)
    course = run_course(demands, played, market, network, seed)
    sold = market_frames(market, network, seed)
    tables = {
        **sold,
        **site_frames(network),
        "items": with_lives(item_frame(parts), parts, seed),
        "stocks": stock_frame(parts, network, levels, shelf(played, demands, course, parts, terms.END)),
        "cases": case_frame(demands, course, market, network, parts),
        "events": event_frame(demands, course, market, network),
        "movements": movement_frame(demands, played, course, parts, network),
        "costs": cost_frame(demands, course, market, network, parts, seed),
        "invoices": invoice_frame(demands, course, market, parts, sold["contracts"], seed),
        **desk_frames(size),
        "metrics": metric_frame(),
    }
    expect = {
        "drifts": _planted_drifts(network, drifts), "truth": flows, "truth_items": item_truth(parts, flows, network),
        "truth_work": expected_work(flows, market), "truth_discounts": discount_truth(market, seed),
    }
    return Sample(_SETTINGS, tables, expect)


_SETTINGS = {
    "name": "After-sales",
    "sentence": "After-sales of a machine builder in Europe: spare parts, interventions and availability contracts.",
    "currency": "EUR",
    "time_zone": "Europe/Paris",
    "language": "en",
    "period": {"from": date(2023, 1, 1), "to": date(2025, 12, 31)},
    "scenarios": {
        "aog_98": [{"table": "promises", "filter": "promise = AOG-4H", "column": "target_share", "change": "= 0.98"}],
        "h24_in_36_hours": [{"table": "promises", "filter": "promise = H24-24H", "column": "window", "change": "= 36"}],
        "suppliers_slower": [{"table": "items", "column": "lead_time", "change": "* 1.25"}],
    },
    # Counting units, cheap parts are many and the cheapest plan holds no engine at all: so money counts, with a floor.
    "capabilities": {
        "optimise.stock": {"weight": "value", "item_classes": "family", "item_floor_share": 0.8},
        "measure.metrics": {"by": "segment,site,family", "period": "quarter", "compare": "year"},
    },
}


def _planted_drifts(network: Network, drifts: terms.Drifts) -> pl.DataFrame:
    """Return the drifts that are planted: what departs, the first day, where, and by how much."""
    site = slipping_site(network)
    low = ", ".join(row.segment for row in terms.SEGMENTS if row.need == "low")
    rows = [
        ("value_not_challenged", drifts.waste, "offers AOG, H24", terms.WASTE_AFTER - terms.WASTE_BEFORE,
         f"The share of urgent parts fitted later than the next slower offer would have brought them rises from "
         f"{terms.WASTE_BEFORE:.0%} to {terms.WASTE_AFTER:.0%}."),
        ("premium_for_everybody", drifts.premium, f"segments {low}", terms.PREMIUM_SHARE,
         f"{terms.PREMIUM_SHARE:.0%} of the customers of low need under a slow offer move up to H24 or AOG by the end "
         f"of the facts; every other line of theirs then goes without its surcharge."),
        ("cost_not_mastered", drifts.creep, f"segment {terms.CREEP_SEGMENT}", terms.CREEP,
         f"Freight and handling of a line cost {terms.CREEP:.0%} more each month."),
        ("complexity", drifts.complexity, "offers " + ", ".join(row.offer for row in terms.VARIANTS),
         terms.EXCEPTION_AFTER - terms.EXCEPTION_BEFORE,
         f"Lines handled by hand (step exception) rise from {terms.EXCEPTION_BEFORE:.0%} to "
         f"{terms.EXCEPTION_AFTER:.0%}, and every quarter a new variant takes {terms.VARIANT_SHARE:.0%} of the lines "
         f"of an offer."),
        ("service_below_promise", drifts.slip, f"site {network.key[site]}", terms.SLIP_SHARE,
         f"{terms.SLIP_SHARE:.0%} of what {network.name[site]} ships comes {terms.SLIP:.0f} hours late."),
    ]
    rows = [row for row in rows if row[1] < terms.MONTHS]
    types = {"drift": pl.String, "month": pl.Int64, "where": pl.String, "size": pl.Float64, "sentence": pl.String}
    frame = pl.DataFrame(rows, schema=types, orient="row")
    starts = pl.Series([terms.month_start(row[1]) for row in rows], dtype=pl.String).str.to_date()
    return frame.select("drift", starts.alias("starts_on"), "where", pl.col("size").round(4), "sentence")


SAMPLES: dict[str, Callable[[ScaleName, int], Sample]] = {"aftersales": aftersales}
