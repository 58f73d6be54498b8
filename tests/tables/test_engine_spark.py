"""Spark and DuckDB give the same rows for every question. Needs the extra `spark` and Java 17."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import arbitre
from arbitre.measure._demand_sql import ABSENT_LANES, IRREGULARITY, NEVER_ASKED, RATES, SPAN
from arbitre.measure._drifts.sql import LINES, WINDOWS
from arbitre.measure._metrics.periods import Periods
from arbitre.measure._metrics.sql import aggregated, dated, standing, whose
from arbitre.measure._process_sql import OBJECT_DELAYS
from arbitre.measure._promises.followed import lengths, with_due
from arbitre.measure._promises.sql import AVAILABILITY, LATEST_FACT, MACHINES, cases, counts
from arbitre.measure._waiting_sql import STOCK
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import empty, shaped
from arbitre.tables.measured import told
from benchmarks.rows import chain_of

pytest.importorskip("pyspark", reason="the extra spark is not installed: pip install 'arbitre[spark]'")
pytest.importorskip("sqlglot", reason="the extra spark is not installed: pip install 'arbitre[spark]'")
engine_spark = pytest.importorskip("arbitre.tables.engine_spark")

pytestmark = pytest.mark.timeout(900)  # starting Java on a busy machine takes minutes

WHEN: dict[str, Any] = {"now": datetime(2025, 12, 31), "since": date(2024, 1, 1)}
DEMAND: dict[str, Any] = {"kind": "order", "from_on": date(2024, 1, 1), "to_on": date(2025, 1, 1)}
BY = ("segment", "offer", "month", "weekday")
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "object delays": (OBJECT_DELAYS, {}), "stock": (STOCK, {"site": None}), "latest fact": (LATEST_FACT, {}),
    "promised cases": (cases(BY), WHEN), "kept": (counts(((), ("segment",), BY)), {"now": WHEN["now"]}),
    "rates": (RATES, DEMAND), "absent lanes": (ABSENT_LANES, DEMAND),
    "never asked": (NEVER_ASKED, DEMAND), "span": (SPAN, {"kind": "order", "since": None, "until": None}),
    "irregularity": (IRREGULARITY, {**DEMAND, "months": 12, "days": 366}), "availability": (AVAILABILITY, {}),
    "lines": (LINES, {"kind": "order", "used": "installed", "by_hand": "exception", "now": WHEN["now"]}),
    "windows": (WINDOWS, {"kind": "order"}),
}


PERIODS = Periods("month", date(2025, 1, 1), date(2025, 12, 31), WHEN["now"], date(2023, 1, 1))
METRICS: dict[str, dict[str, Any]] = {
    "count": {"table": "cases", "filter": "kind = order and item.price > 100"},
    "count closed": {"table": "cases", "measure": "closed_at", "filter": "opened_at >= 2025-03-01"},
    "sum": {"table": "cases", "aggregation": "sum", "measure": "quantity * item.price / 1.5"},
    "mean": {"table": "cases", "aggregation": "mean", "measure": "closed_at - opened_at"},
    "max": {"table": "events", "aggregation": "max", "measure": "happened_at - case.opened_at"},
    "distinct": {"kind": "cumulative", "table": "cases", "aggregation": "distinct", "measure": "customer",
                 "window": 60.0},
    "to date": {"kind": "cumulative", "table": "invoices", "aggregation": "sum", "measure": "amount",
                "to_date": "quarter"},
    "percentile": {"kind": "percentile", "table": "cases", "measure": "closed_at - opened_at", "quantile": 0.9},
    "followed": {"kind": "percentile", "table": "cases", "measure": "closed_at - opened_at", "quantile": 0.9,
                 "until": "closed_at"},
    "conversion": {"kind": "conversion", "from_step": "shipped", "to_step": "delivered", "window": 1.0},
    "level": {"kind": "level", "table": "cases", "until": "closed_at"},
    "contracts": {"kind": "level", "table": "contracts", "until": "to_on", "measure": "price"},
    "stock": {"kind": "level", "table": "movements", "measure": "quantity * item.price"},
    "promise": {"kind": "promise", "promise": "H24-24H", "filter": "offer = H24"},
}
ASK = {"level": standing, "promise": whose}


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    session = engine_spark.session("local[1]")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def chain() -> Chain:
    """The sample, with each case and each site as an object of its events."""
    chain = arbitre.open(Path(__file__).parents[2] / "examples" / "aftersales")
    events = chain.table("events").with_row_index("row").with_columns(event=pl.format("E{}", "row"))
    touched = pl.concat([events.select("event", object="case", kind=pl.lit("case")),
                         events.select("event", object="site", kind=pl.lit("site"))]).drop_nulls()
    frames = {"events": events, "objects": touched.select("object", "kind").unique(), "event_objects": touched}
    return chain.with_(**{name: shaped(INPUTS[name], frame) for name, frame in frames.items()})


@pytest.fixture(scope="module")
def between(chain: Chain) -> dict[str, pl.DataFrame]:
    """What kernels make of one answer before the next question is asked."""
    promises = chain.table("promises")
    return {"followed": with_due(chain.sql(cases(BY), **WHEN), promises, {}, WHEN["now"]),
            "spans": lengths(chain.sql(MACHINES, **WHEN), promises, {})}


@pytest.mark.parametrize("name", QUESTIONS)
def test_same_rows(name: str, chain: Chain, between: dict[str, pl.DataFrame], spark: Any) -> None:
    same_rows(name, *QUESTIONS[name], chain, between, spark)


@pytest.mark.parametrize("name", METRICS)
def test_same_metrics(name: str, chain: Chain, spark: Any) -> None:
    row = chain_of(metrics=[{"metric": "m", **METRICS[name]}]).table("metrics").row(0, named=True)
    dimension = {"stock": "family", "distinct": "offer"}.get(name, "segment")
    sql, parameters = ASK.get(row["kind"], aggregated)(row, {2: told(row, dimension)})
    parameters |= {"now": WHEN["now"]} if "$now" in sql else {}
    days = {"days": PERIODS.days(row)}
    same_rows(name, sql, parameters, chain, days, spark)
    if row["kind"] != "promise":
        same_rows(name, dated(row), {}, chain, days, spark)


def same_rows(name: str, sql: str, parameters: dict[str, Any], chain: Chain, between: dict[str, pl.DataFrame],
              spark: Any) -> None:
    """Ask both engines."""
    ours = chain.sql_with(between, sql, **parameters)
    absent = {name: empty(table) for name, table in INPUTS.items() if name not in chain.tables}
    theirs = engine_spark.query(spark, {**absent, **chain.tables, **between}, sql, parameters)
    assert theirs.columns == ours.columns
    assert ours.height > 0 or name == "absent lanes"
    left, right = (sorted(map(_rounded, frame.iter_rows()), key=repr) for frame in (ours, theirs))
    assert left == right


def _rounded(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Engines add floating-point numbers up in other orders: twelve digits are compared."""
    return tuple(float(f"{value:.11e}") if isinstance(value, float) else value for value in row)
