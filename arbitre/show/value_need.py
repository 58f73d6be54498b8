"""How many customers are of which value and need, drawn as bubbles?"""

from __future__ import annotations

from collections.abc import Sequence

from arbitre.show import theme
from arbitre.show.plot import Rows, Spec


def matrix(rows: Rows, tiers: Sequence[str], labels: dict[str, str]) -> Spec:
    """Bubbles by value and need. Rows: value, need, customers, label, minor; tiers from the highest to the lowest."""
    axis = {"domain": False, "ticks": False, "labelAngle": 0, "grid": False, "labelColor": theme.MUTED}
    place = {
        "x": {"field": "need", "type": "nominal", "sort": list(tiers)[::-1], "title": labels["need"], "axis": axis,
              "scale": {"domain": list(tiers)[::-1]}},
        "y": {"field": "value", "type": "nominal", "title": labels["value"], "axis": axis,
              "scale": {"domain": list(tiers)}},
    }
    size = {"field": "customers", "type": "quantitative", "legend": None, "scale": {"range": [60, 5200]}}
    return {
        "width": theme.WIDTH - 140,
        "height": 330,
        "data": {"values": list(rows)},
        "layer": [
            _layer({"type": "circle", "color": theme.PLAN, "opacity": 0.25}, **place, size=size),
            _layer({"type": "text", "dy": -5, "fontWeight": 600, "color": theme.INK}, **place, text={"field": "label"}),
            _layer({"type": "text", "dy": 10, "fontSize": 11, "color": theme.MUTED}, **place, text={"field": "minor"}),
        ],
    }


def _layer(mark: Spec, **encoding: Spec) -> Spec:
    return {"mark": mark, "encoding": encoding}
