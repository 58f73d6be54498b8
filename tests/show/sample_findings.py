"""Plausible findings to draw: a spare-parts network, a refinery with one site and no segments, and their extremes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from arbitre.show.report import Findings
from arbitre.tables.catalogue import DECLARED, RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.settings import Settings

MADE = {
    "versions": {"arbitre": "0.1.0", "polars": "2.1.0"},
    "seed": 7,
    "input_hash": "9f2c41d07be35a6890aa1b2c3d4e5f60",
    "seconds": 4.2,
    "date": date(2026, 3, 9),
}
_CITIES = (
    ("lyon", "Lyon", "central", None, 45.76, 4.84),
    ("paris", "Paris", "regional", "lyon", 48.86, 2.35),
    ("madrid", "Madrid", "regional", "lyon", 40.42, -3.70),
    ("milan", "Milano", "regional", "lyon", 45.46, 9.19),
    ("lille", "Lille", "local", "paris", 50.63, 3.06),
    ("nantes", "Nantes", "local", "paris", 47.22, -1.55),
    ("bordeaux", "Bordeaux", "local", "paris", 44.84, -0.58),
    ("lisboa", "Lisboa", "local", "madrid", 38.72, -9.14),
    ("valencia", "Valencia", "local", "madrid", 39.47, -0.38),
    ("roma", "Roma", "local", "milan", 41.90, 12.50),
    ("zurich", "Zürich", "local", "milan", 47.38, 8.54),
    ("wien", "Wien", "local", "milan", 48.21, 16.37),
    ("marseille", "Marseille", "local", "lyon", 43.30, 5.37),
)
_SEGMENTS = (
    ("hospitals", "Hospitals", "Hôpitaux"),
    ("labs", "Laboratories", "Laboratoires"),
    ("clinics", "Private clinics", "Cliniques privées"),
    ("resellers", "Resellers", "Revendeurs"),
)
_FAMILIES = ("Pumps", "Boards", "Optics", "Motors", "Filters", "Cables", "Sensors")


def _frame(name: str, /, **columns: Any) -> pl.DataFrame:
    declared = DECLARED[name]
    return shaped(declared, pl.DataFrame(columns))


def _promises(language: str) -> pl.DataFrame:
    rows = [
        ("gold-hosp", "gold", "hospitals", 4.0, 0.95, 12000.0),
        ("gold-labs", "gold", "labs", 8.0, 0.95, 6000.0),
        ("silver-labs", "silver", "labs", 24.0, 0.92, 1500.0),
        ("silver-clinics", "silver", "clinics", 24.0, 0.90, 1500.0),
        ("basic-all", "basic", None, 72.0, 0.90, 0.0),
    ]
    english = (
        "Gold, hospitals",
        "Gold, laboratories",
        "Silver, laboratories",
        "Silver, private clinics",
        "Basic, everyone",
    )
    french = ("Or, hôpitaux", "Or, laboratoires", "Argent, laboratoires", "Argent, cliniques", "Base, tous")
    return _frame(
        "promises",
        promise=[r[0] for r in rows],
        name=french if language == "fr" else english,
        offer=[r[1] for r in rows],
        segment=[r[2] for r in rows],
        window=[r[3] for r in rows],
        target_share=[r[4] for r in rows],
        penalty=[r[5] for r in rows],
    )


def _stock(items: int, sites: int, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    price = np.round(np.exp(rng.normal(4.2, 1.4, items)), 2)
    names = [f"P-{i:05d}" for i in range(items)]
    family = [_FAMILIES[i % len(_FAMILIES)] for i in range(items)]
    table = _frame(
        "items",
        item=names,
        name=[f"{f[:-1]} {i}" for i, f in enumerate(family)],
        family=family,
        price=price,
        lead_time=rng.integers(5, 90, items).astype(float),
    )
    item, site = np.repeat(np.arange(items), sites), np.tile(np.arange(sites), items)
    before, change = rng.poisson(1.6, item.size), rng.integers(-2, 2, item.size)
    level = np.maximum(before + change, 0)
    worth = price[item]
    levels = _frame(
        "stock_levels",
        item=np.array(names)[item],
        site=[_CITIES[s][0] for s in site],
        before=before,
        level=level,
        reorder_level=level,
        price=worth,
        rate=rng.gamma(0.4, 4, item.size),
        on_hand_before=before * 0.8,
        on_hand_after=level * 0.8,
        capital_before=before * 0.8 * worth,
        capital_after=level * 0.8 * worth,
    )
    reasons = RESULTS["stock_moves"].column("reason").choices
    moved = levels.filter(pl.col("before") != pl.col("level"))
    count = moved.height
    gain = pl.col("capital_after") - pl.col("capital_before")
    moves = moved.select(
        "item",
        "site",
        "before",
        "level",
        gain.alias("capital_change"),
        pl.Series("reason", rng.choice(reasons, count)),
    ).sort(pl.col("capital_change").abs(), descending=True)
    return table, levels, moves


def _reasons(levels: pl.DataFrame) -> pl.DataFrame:
    """A last and a next unit for each level."""
    rng = np.random.default_rng(5)
    count, cost = levels.height, 0.2 * levels["price"]
    return _frame(
        "stock_reasons",
        item=levels["item"],
        site=levels["site"],
        level=levels["level"],
        reason=rng.choice(RESULTS["stock_reasons"].column("reason").choices, count),
        promise=rng.choice(["gold-hosp", "basic-all"], count),
        last_cost=cost,
        last_earns=cost * (1 + rng.gamma(1, 1, count)),
        last_gain=rng.gamma(1, 1e-6, count),
        next_cost=cost,
        next_earns=cost * rng.beta(4, 2, count),
        next_gain=rng.gamma(1, 1e-7, count),
    )


def network(language: str = "en", items: int = 730, sites: int = 13) -> Findings:
    """A complete case: thirteen sites, four segments, three offers, facts, a stock of today."""
    rng = np.random.default_rng(3)
    table, levels, moves = _stock(items, sites, rng)
    start = datetime(2025, 1, 1)
    opened = [start + timedelta(hours=int(h)) for h in rng.integers(0, 24 * 364, 5000)]
    name = 2 if language == "fr" else 1
    tables = {
        "stocks": levels.select("site", "item", level="before"),
        "sites": _frame(
            "sites",
            **{
                column: [city[i] for city in _CITIES[:sites]]
                for i, column in enumerate(("site", "name", "kind", "supplier", "latitude", "longitude"))
            },
        ),
        "segments": _frame("segments", segment=[s[0] for s in _SEGMENTS], name=[s[name] for s in _SEGMENTS]),
        "offers": _frame(
            "offers",
            offer=["gold", "silver", "basic"],
            name=["Or", "Argent", "Base"] if language == "fr" else ["Gold", "Silver", "Basic"],
        ),
        "promises": _promises(language),
        "items": table,
        "cases": _frame("cases", case=[str(i) for i in range(5000)], opened_at=opened),
    }
    kept, worth, received = _service()
    before, after = levels["capital_before"].sum(), levels["capital_after"].sum()
    results = {
        "stock_levels": levels,
        "stock_reasons": _reasons(levels),
        "stock_moves": moves,
        "stock_curve": _curve(after, before),
        "promises_kept": kept,
        "promise_worth": worth,
        "stock_received": received,
    }
    summary = {
        "value": after * 0.22,
        "bound": after * 0.22 * 0.9979,
        "gap": 0.0021,
        "capital_before": before,
        "capital_after": after,
    }
    title = "Pièces de rechange médicales" if language == "fr" else "Medical spare parts"
    chain = Chain(Settings(name=title, language=language), tables)
    return Findings(chain, summary, results, MADE)


def _service() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    promise = ["gold-hosp", "gold-labs", "silver-labs", "silver-clinics", "basic-all"]
    segment = ["hospitals", "labs", "labs", "clinics", None]
    offer = ["gold", "gold", "silver", "silver", "basic"]
    window, target = [4.0, 8.0, 24.0, 24.0, 72.0], [0.95, 0.95, 0.92, 0.90, 0.90]
    drill = ["hospitals", "clinics", "resellers"]
    kept = _frame(
        "promises_kept",
        promise=promise + ["basic-all"] * 3,
        segment=segment + drill,
        offer=offer + ["basic"] * 3,
        measure=["window"] * 8,
        window=window + [72.0] * 3,
        target_share=target + [0.9] * 3,
        cases=[1240, 610, 96, 1430, 1590, 220, 410, 960],
        kept=[1129, 586, 87, 1326, 1523, 215, 400, 908],
        kept_share=[0.9105, 0.9607, 0.9063, 0.9273, 0.9579, 0.9773, 0.9756, 0.9458],
        low_share=[0.893, 0.942, 0.831, 0.913, 0.947, 0.948, 0.956, 0.930],
        high_share=[0.925, 0.974, 0.950, 0.940, 0.967, 0.990, 0.987, 0.958],
        verdict=["missed", "undecided", "undecided", "kept", "kept", "kept", "kept", "kept"],
    )
    demand = [1900.0, 840.0, 410.0, 1720.0, 2600.0]
    worth = _frame(
        "promise_worth",
        promise=promise,
        segment=segment,
        offer=offer,
        criticality=[None] * 5,
        window=window,
        target_share=target,
        demand=demand,
        kept_before=[0.912, 0.944, 0.951, 0.962, 0.981],
        kept_after=[0.9501, 0.9502, 0.9311, 0.9004, 0.963],
        worth=[18400.0, 9200.0, 0.0, 4100.0, 0.0],
    )
    received = _frame(
        "stock_received",
        segment=["hospitals", "labs", "labs", "clinics", "resellers", "clinics"],
        offer=["gold", "gold", "silver", "silver", "basic", "basic"],
        criticality=[None] * 6,
        demand=[1900.0, 840.0, 410.0, 1720.0, 1500.0, 1100.0],
        kept_before=[0.912, 0.944, 0.951, 0.962, 0.978, 0.985],
        kept_after=[0.9501, 0.9502, 0.9311, 0.9004, 0.958, 0.985],
        change=[0.0381, 0.0062, -0.0199, -0.0616, -0.02, 0.0],
    )
    return kept, worth, received


def _curve(plan: float, today: float | None) -> pl.DataFrame:
    """A curve through the plan, today's stock beside it, and two promises that follow the whole."""
    capital = [*(plan * step / 8 for step in range(13)), *([today] if today else [])]
    whole = [1 - 0.7 ** (8 * money / plan) for money in capital]
    if today:
        whole[-1] = 0.831
    rows = [
        {
            "point": point,
            "promise": promise,
            "cost": 0.22 * money,
            "capital": money,
            "kept_share": share**power,
            "bound": (0.07 if at == 13 else 0.2134) * money,
            "is_plan": at == 8,
            "is_today": at == 13,
        }
        for point, (money, share, at) in enumerate(sorted(zip(capital, whole, range(14), strict=False)), 1)
        for promise, power in ((None, 1.0), ("gold-hosp", 0.7), ("basic-all", 1.2))
    ]
    return shaped(RESULTS["stock_curve"], pl.DataFrame(rows, infer_schema_length=None))


def refinery(language: str = "en") -> Findings:
    """One site, no segment, classes by criticality, nothing measured, no stock of today known."""
    rng = np.random.default_rng(5)
    items, levels, moves = _stock(300, 1, rng)
    unknown = [pl.lit(None, pl.Float64).alias(name) for name in ("on_hand_before", "capital_before")]
    levels = levels.with_columns(*unknown, pl.lit(None, pl.Int64).alias("before"))
    moves = moves.with_columns(pl.lit(None, pl.Int64).alias("before"))
    classes = ["High", "Medium", "Low"]
    worth = _frame(
        "promise_worth",
        promise=classes,
        criticality=classes,
        window=[0.0] * 3,
        target_share=[0.98, 0.95, 0.9],
        demand=[120.0, 400.0, 900.0],
        kept_before=[None] * 3,
        kept_after=[0.98, 0.951, 0.932],
        worth=[5200.0, 3100.0, 0.0],
    )
    received = _frame(
        "stock_received",
        segment=[None] * 3,
        criticality=classes,
        demand=[120.0, 400.0, 900.0],
        kept_before=[None] * 3,
        kept_after=[0.98, 0.951, 0.932],
        change=[None] * 3,
    )
    tables = {
        "sites": _frame("sites", site=["store"], kind=["central"]),
        "items": items.with_columns(family=None),
        "promises": _frame(
            "promises",
            promise=classes,
            criticality=classes,
            window=[0.0] * 3,
            target_share=[0.98, 0.95, 0.9],
            period=["year"] * 3,
        ),
    }
    after = levels["capital_after"].sum()
    summary = {
        "value": after * 0.2,
        "bound": after * 0.198,
        "gap": 0.01,
        "capital_before": None,
        "capital_after": after,
    }
    chain = Chain(Settings(name="Refinery", language=language), tables)  # type: ignore[arg-type]
    results = {"stock_levels": levels, "stock_reasons": _reasons(levels), "stock_moves": moves, "promise_worth": worth,
               "stock_received": received, "stock_curve": _curve(after, None)}  # fmt: skip
    return Findings(chain, summary, results, MADE)


def without(findings: Findings, *names: str) -> Findings:
    """The same findings less some result tables."""
    return replace(findings, tables={name: table for name, table in findings.tables.items() if name not in names})
