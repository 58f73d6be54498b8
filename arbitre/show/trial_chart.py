"""The picture of trials: what each had found by each day, and between which ends."""

from __future__ import annotations

from collections.abc import Sequence

from arbitre.show import theme
from arbitre.show.plot import Rows, Spec

_COLUMNS, _HEIGHT = 2, 150


def picture(rows: Rows, names: Sequence[str]) -> Spec:
    """One small picture for each name. Rows: name, day (as 2024-03-01), effect, low, high."""
    x = {"field": "day", "type": "temporal", "title": None, "axis": {"format": "%d/%m", "labelAngle": 0, "tickCount": 4,
                                                                    "labelColor": theme.MUTED}}
    y = {"type": "quantitative", "title": None, "axis": {"grid": True, "gridColor": theme.LINE, "tickCount": 4,
                                                         "labelColor": theme.MUTED}}
    return {
        "data": {"values": list(rows)},
        "columns": _COLUMNS,
        "facet": {"field": "name", "type": "nominal", "sort": list(names), "title": None,
                  "header": {"labelFontSize": 12, "labelColor": theme.INK}},
        "resolve": {"scale": {"x": "independent", "y": "independent"}},
        "spec": {
            "width": theme.WIDTH // _COLUMNS - 70,
            "height": _HEIGHT,
            "layer": [
                {"mark": {"type": "area", "color": theme.PLAN, "opacity": 0.18},
                 "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
                {"mark": {"type": "line", "color": theme.PLAN, "strokeWidth": 2},
                 "encoding": {"x": x, "y": {**y, "field": "effect"}}},
                {"mark": {"type": "rule", "color": theme.INK, "strokeDash": [4, 4]}, "encoding": {"y": {"datum": 0}}},
            ],
        },
    }
