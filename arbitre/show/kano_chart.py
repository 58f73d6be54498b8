"""Does having an offer please a segment more than lacking it hurts, drawn as points in Kano's four fields?"""

from __future__ import annotations

from collections.abc import Sequence

from arbitre.show import theme
from arbitre.show.plot import Rows, Spec

_SIDE = 400
_COLOURS = [theme.PLAN, theme.LOSS, theme.GAIN, theme.TODAY, theme.INK]
_SHAPES = ["circle", "square", "diamond", "triangle-up", "triangle-down", "cross"]


def kano_chart(rows: Rows, segments: Sequence[str], fields: dict[str, str], labels: dict[str, str]) -> Spec:
    """Points of offers with their intervals. Rows: label, segment, better, better_low, better_high, and hurts alike.

    `fields` names the four corners (attractive, one_dimensional, indifferent, must_be); `labels` the axes.
    """
    axis = {"format": ".0%", "values": [0, 0.25, 0.5, 0.75, 1], "labelColor": theme.MUTED, "grid": False}
    scale = {"domain": [0, 1], "nice": False}
    x = {"field": "hurts", "type": "quantitative", "title": labels["hurts"], "scale": scale, "axis": axis}
    y = {"field": "better", "type": "quantitative", "title": labels["better"], "scale": scale, "axis": axis}
    place = {"x": x, "y": y}
    segment = {"field": "segment", "type": "nominal", "sort": None}
    look = {"color": {**segment, "title": None,
                      "scale": {"domain": list(segments), "range": _in_turn(_COLOURS, segments)}},
            "shape": {**segment, "scale": {"domain": list(segments), "range": _in_turn(_SHAPES, segments)}}}
    corners = [{"label": fields["attractive"], "hurts": 0.01, "better": 0.98},
               {"label": fields["one_dimensional"], "hurts": 0.55, "better": 0.98},
               {"label": fields["indifferent"], "hurts": 0.01, "better": 0.47},
               {"label": fields["must_be"], "hurts": 0.55, "better": 0.47}]
    thin = {"type": "rule", "opacity": 0.35, "strokeWidth": 1.5}
    return {
        "width": theme.WIDTH - 220,
        "height": _SIDE,
        "data": {"values": list(rows)},
        "layer": [
            {"data": {"values": corners},
             **_layer({"type": "text", "align": "left", "fill": theme.MUTED, "fontStyle": "italic"}, **place,
                      text={"field": "label"})},
            *({"data": {"values": [{}]}, **_layer({"type": "rule", "color": theme.LINE}, **{way: {
                "datum": 0.5, "type": "quantitative", "scale": scale}})} for way in ("x", "y")),
            _layer(thin, x={**x, "field": "hurts_low"}, x2={"field": "hurts_high"}, y=y, color=look["color"]),
            _layer(thin, x=x, y={**y, "field": "better_low"}, y2={"field": "better_high"}, color=look["color"]),
            _layer({"type": "point", "filled": True, "size": 95, "opacity": 1}, **place, **look),
            _layer({"type": "text", "align": "left", "dx": 9, "dy": -7, "fontSize": 11}, **place,
                   text={"field": "label"}),
        ],
    }


def _in_turn(looks: Sequence[str], segments: Sequence[str]) -> list[str]:
    return [looks[at % len(looks)] for at in range(len(segments))]


def _layer(mark: Spec, **encoding: Spec) -> Spec:
    return {"mark": mark, "encoding": encoding}
