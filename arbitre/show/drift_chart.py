"""The picture of the drifts: each chart against its limit, month by month."""

from __future__ import annotations

from collections.abc import Sequence

from arbitre.show import theme
from arbitre.show.plot import Rows, Spec

_COLOURS = (theme.LOSS, theme.PLAN, theme.GAIN, theme.TODAY, theme.INK)
_DASHES = ([1, 0], [8, 3], [2, 3], [8, 3, 2, 3], [12, 4])


def picture(rows: Rows, names: Sequence[str], labels: dict[str, str]) -> Spec:
    """One line for each name. Rows: name, month (as 2024-03-01), times (the sum over its limit). Labels: times, limit.

    Heights are drawn by their square root: what stands just above its limit is as well seen as what left it long ago.
    """
    x = {"field": "month", "type": "temporal", "title": None, "axis": {"format": "%Y-%m", "labelAngle": 0}}
    y = {"type": "quantitative", "title": labels["times"], "scale": {"type": "sqrt", "domainMin": 0},
         "axis": {"grid": True, "gridColor": theme.LINE, "labelColor": theme.MUTED, "format": ",~f"}}
    kind = {"field": "name", "type": "nominal", "sort": list(names), "title": None}
    own = {"domain": list(names), "range": list(_COLOURS[: len(names)])}
    dashes = {"domain": list(names), "range": list(_DASHES[: len(names)])}
    legend = {"orient": "bottom", "columns": 1, "labelLimit": theme.WIDTH, "symbolSize": 400}
    line = {"type": "line", "strokeWidth": 2}
    return {
        "width": theme.WIDTH - 70,
        "height": 260,
        "data": {"values": list(rows)},
        "layer": [
            {"mark": line, "encoding": {"x": x, "y": {**y, "field": "times"},
                                        "color": {**kind, "scale": own, "legend": legend},
                                        "strokeDash": {**kind, "scale": dashes, "legend": legend}}},
            {"data": {"values": [{"at": 1.0, "label": labels["limit"]}]},
             "layer": [
                 {"mark": {"type": "rule", "color": theme.INK, "strokeDash": [4, 4]},
                  "encoding": {"y": {**y, "field": "at"}}},
                 {"mark": {"type": "text", "align": "left", "dy": -7, "fontSize": 11, "fill": theme.INK},
                  "encoding": {"y": {**y, "field": "at"}, "x": {"value": 6}, "text": {"field": "label"}}},
             ]},
        ],
    }
