"""The after-sales sample: the metrics its team follows, as rows."""

from __future__ import annotations

import polars as pl

from arbitre.tables.frames import shaped
from arbitre.tables.metrics import METRICS

_ROWS = (
    {"metric": "lines", "name": "Order lines", "table": "cases", "filter": "kind = order"},
    {"metric": "urgent_lines", "name": "Urgent lines", "table": "cases", "filter": "kind = order and offer = AOG"},
    {"metric": "urgent_share", "name": "Share of urgent lines", "kind": "ratio", "numerator": "urgent_lines",
     "denominator": "lines", "unit": "share", "better": "lower"},
    {"metric": "kept_h24", "name": "Part in 24 hours, kept", "kind": "promise", "promise": "H24-24H", "unit": "share",
     "better": "higher", "target": 0.95},
    {"metric": "lead_time_90", "name": "Nine lines in ten delivered within", "kind": "percentile", "table": "cases",
     "measure": "closed_at - opened_at", "until": "closed_at", "filter": "kind = order", "quantile": 0.9, "unit": "h",
     "better": "lower"},
    {"metric": "fitted_in_time", "name": "Parts fitted within 2 days of delivery", "kind": "conversion",
     "from_step": "delivered", "to_step": "installed", "window": 2.0, "unit": "share", "better": "higher"},
    {"metric": "open_cases", "name": "Cases open, mean", "kind": "level", "table": "cases", "until": "closed_at",
     "better": "lower"},
    {"metric": "buyers", "name": "Customers who asked in 90 days", "kind": "cumulative", "table": "cases",
     "aggregation": "distinct", "measure": "customer", "window": 90.0, "better": "higher"},
    {"metric": "invoiced", "name": "Invoiced", "table": "invoices", "aggregation": "sum", "measure": "amount",
     "unit": "money", "better": "higher"},
    {"metric": "spent", "name": "Spent on cases", "table": "costs", "aggregation": "sum", "measure": "amount",
     "unit": "money", "better": "lower"},
    {"metric": "spent_share", "name": "Spent of what is invoiced", "kind": "derived", "expression": "spent / invoiced",
     "unit": "share", "better": "lower"},
)


def metric_frame() -> pl.DataFrame:
    """Return the metrics, with the declared defaults where nothing is said."""
    defaults = {column.name: column.default for column in METRICS.columns if column.default is not None}
    return shaped(METRICS, pl.DataFrame([{**defaults, **row} for row in _ROWS], infer_schema_length=None))
