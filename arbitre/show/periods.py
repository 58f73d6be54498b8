"""Small plots side by side: one value each, period by period, with its interval and what is aimed at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from arbitre.show import theme

_WIDTH, _HEIGHT = theme.WIDTH // 2 - 70, 90


def small_multiples(panels: Sequence[tuple[str, list[dict[str, Any]], str]]) -> dict[str, Any]:
    """Return one plot per panel, two a line: title, rows (day, value, low, high, target), format of the axis."""
    return {"concat": [_panel(*panel) for panel in panels], "columns": 2, "spacing": 26}


def _panel(title: str, rows: list[dict[str, Any]], number: str) -> dict[str, Any]:
    days = {"field": "day", "type": "temporal", "title": None,
            "axis": {"format": "%Y-%m", "tickCount": 4, "grid": False}}
    axis = {"format": number, "tickCount": 3, "grid": True, "gridColor": theme.LINE, "labelColor": theme.MUTED}
    value = {"type": "quantitative", "title": None, "axis": axis, "scale": {"zero": False, "nice": True}}
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "line", "color": theme.PLAN, "strokeWidth": 2},
         "encoding": {"x": days, "y": {**value, "field": "value"}}},
    ]
    if any(row["low"] is not None for row in rows):
        layers.insert(0, {"mark": {"type": "area", "color": theme.PLAN, "opacity": 0.18},
                          "encoding": {"x": days, "y": {**value, "field": "low"}, "y2": {"field": "high"}}})
    if any(row["target"] is not None for row in rows):
        layers.append({"mark": {"type": "line", "color": theme.INK, "strokeDash": [4, 4], "strokeWidth": 1},
                       "encoding": {"x": days, "y": {**value, "field": "target"}}})
    return {"title": title, "width": _WIDTH, "height": _HEIGHT, "data": {"values": rows}, "layer": layers}
