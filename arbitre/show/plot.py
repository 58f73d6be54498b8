"""The plots of a report: each function turns rows into a Vega-Lite specification; `svg` draws it.

A plot holds no words of its own: labels come with the rows, its title is the caption of the page. The y order of a
plot is the order of its rows. Vega-Lite is drawn here, in the process: the page needs no script.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import vl_convert
from markupsafe import Markup, escape

from arbitre.show import theme

Spec = dict[str, Any]
Rows = Sequence[dict[str, Any]]

_LABELS, _MOST_LABELS, _LETTER = 200, 330, 6
"""Room left of the plot for names: mostly the same, so that plots line up, more for long names; width of a letter."""
_MARGIN = 64
"""Room right of the plot for figures."""
_SIZES = re.compile(r'(width|viewBox)="([^"]+)"')
_ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')


def svg(spec: Spec, axis_locale: dict[str, object], alt: str) -> Markup:
    """Draw a specification as an SVG to be put in a page: scaled to its column, read aloud as `alt`."""
    drawn = vl_convert.vegalite_to_svg(
        spec, config=theme.vega_config(), allowed_base_urls=[], format_locale=axis_locale
    )
    head, body = drawn.split(">", 1)
    sizes = dict(_SIZES.findall(head))
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(alt)}" '
        f'viewBox="{sizes["viewBox"]}" style="max-width:{sizes["width"]}px">'
    )
    return Markup(opening + _ROLES.sub("", body))  # noqa: S704 - drawn by Vega, which escapes the text of the rows


def kept(rows: Rows, verdicts: dict[str, str]) -> Spec:
    """Share kept with its interval against the target. Rows: label, kept, low, high, target, verdict."""
    lowest = min(
        [row[name] for row in rows for name in ("low", "kept", "target") if row[name] is not None], default=0.0
    )
    scale = {"domain": [max(0.0, math.floor(lowest * 20 - 0.2) / 20), 1], "nice": False}
    names = [verdicts[verdict] for verdict in theme.VERDICTS]
    colours = {"domain": names, "range": [colour for colour, _ in theme.VERDICTS.values()]}
    shapes = {"domain": names, "range": [shape for _, shape in theme.VERDICTS.values()]}
    verdict = {"field": "verdict", "type": "nominal", "sort": None}
    values = [{**row, "verdict": verdicts.get(row["verdict"], row["verdict"])} for row in rows]
    return _stacked(
        values,
        _share_axis("kept", scale),
        [
            _layer(
                {"type": "rule", "strokeWidth": 3, "opacity": 0.45},
                x={"field": "low"},
                x2={"field": "high"},
                color={**verdict, "scale": colours},
            ),
            _layer({"type": "tick", "thickness": 2.5, "size": 20, "color": theme.INK}, x={"field": "target"}),
            _layer(
                {"type": "point", "filled": True, "size": 85, "opacity": 1},
                x={"field": "kept"},
                color={**verdict, "scale": colours},
                shape={**verdict, "scale": shapes},
            ),
        ],
    )


def bracket(value: float, bound: float, labels: dict[str, str]) -> Spec:
    """The plan between its proven bound and the world. Labels: floor, plan."""
    end = value * 1.45
    x = {"type": "quantitative", "scale": {"domain": [0, end], "nice": False}, "axis": None}
    bar = {"type": "bar", "height": 26}
    return {
        "width": theme.WIDTH - 10,
        "height": 58,
        "data": {"values": [{"zero": 0, "bound": bound, "value": value, **labels}]},
        "encoding": {"y": {"value": 34}},
        "layer": [
            _layer({**bar, "color": theme.LINE}, x={**x, "field": "zero"}, x2={"field": "bound"}),
            _layer({**bar, "color": theme.LOSS}, x={**x, "field": "bound"}, x2={"field": "value"}),
            _layer(
                {"type": "text", "align": "right", "dx": -10, "fill": theme.MUTED},
                x={**x, "field": "bound"},
                text={"field": "floor"},
            ),
            _layer({"type": "tick", "thickness": 3, "size": 44, "color": theme.PLAN}, x={**x, "field": "value"}),
            _layer(
                {"type": "text", "align": "left", "dx": 9, "fontWeight": 600, "fill": theme.PLAN},
                x={**x, "field": "value"},
                text={"field": "plan"},
            ),
        ],
    }


def capital(groups: Sequence[tuple[str, Rows]], labels: dict[str, str], unit: str) -> Spec:
    """Capital with the plan, and today where labels name it, per grouping. Rows: label, before, after, change."""
    colours = {"domain": list(labels.values()), "range": [theme.TODAY, theme.PLAN][-len(labels) :]}
    panels = []
    for title, rows in groups:
        values = [
            {"label": row["label"], "when": labels[when], "money": row[when], "change": row["change"]}
            for row in rows
            for when in labels
        ]
        each = {"field": "when", "type": "nominal", "sort": list(labels.values())}
        offset = {"yOffset": each} if len(labels) > 1 else {}
        panel = _stacked(
            values,
            {"field": "money", "title": unit, "scale": {"domainMin": 0, "nice": True}},
            [
                _layer({"type": "bar", "height": {"band": 0.86}}, color={**each, "scale": colours}, **offset),
                {
                    **_layer(
                        {"type": "text", "align": "left", "dx": 6, "fontSize": 11}, text={"field": "change"}, **offset
                    ),
                    "transform": [{"filter": {"field": "when", "equal": labels["after"]}}],
                },
            ],
            step=34 if offset else 24,
        )
        panels.append({"title": title, **panel})
    return {"vconcat": panels, "spacing": 26, "resolve": {"scale": {"color": "shared"}}}


def received(rows: Rows, labels: dict[str, str], unit: str) -> Spec:
    """What each class receives today and with the plan. Rows: label, before (or None), after, change, loses."""
    shares = [row[name] for row in rows for name in ("before", "after") if row[name] is not None]
    scale = {"domain": [max(0.0, math.floor(min(shares, default=0.0) * 20 - 0.2) / 20), 1], "nice": False}
    values = [
        {
            **row,
            "tone": theme.LOSS if row["loses"] else theme.PLAN,
            "today": labels["before"],
            "plan": labels["lost"] if row["loses"] else labels["after"],
        }
        for row in rows
    ]
    names = [labels["before"], labels["after"], labels["lost"]]
    if not any(row["loses"] for row in rows):
        names.pop()
    if all(row["before"] is None for row in rows):
        names.pop(0)
    look = {
        labels["before"]: (theme.TODAY, "square"),
        labels["after"]: (theme.PLAN, "circle"),
        labels["lost"]: (theme.LOSS, "triangle-down"),
    }
    colours = {"domain": names, "range": [look[name][0] for name in names]}
    shapes = {"domain": names, "range": [look[name][1] for name in names]}
    point = {"type": "point", "filled": True, "size": 85, "opacity": 1}

    def marks(share: str, role: str) -> Spec:
        kind = {"field": role, "type": "nominal", "sort": None}
        return _layer(point, x={"field": share}, color={**kind, "scale": colours}, shape={**kind, "scale": shapes})

    return _stacked(
        values,
        {**_share_axis("after", scale), "title": unit},
        [
            _layer(
                {"type": "rule", "strokeWidth": 2, "opacity": 0.6},
                x={"field": "before"},
                x2={"field": "after"},
                color={"field": "tone", "type": "nominal", "scale": None},
            ),
            marks("before", "today"),
            marks("after", "plan"),
            _layer(
                {"type": "text", "align": "left", "dx": 9, "fontSize": 11},
                x={"value": "width"},
                text={"field": "change"},
            ),
        ],
        step=24 if len(rows) <= 30 else 19,
    )


def taken(rows: Rows, sources: Sequence[str]) -> Spec:
    """What share would take an offer, with its interval. Rows: label, share, low, high, source."""
    source = {"field": "source", "type": "nominal", "sort": None}
    look = {"color": {**source, "scale": {"domain": list(sources), "range": [theme.TODAY, theme.PLAN][-len(sources):]}},
            "shape": {**source, "scale": {"domain": list(sources), "range": ["square", "circle"][-len(sources):]}}}
    return _stacked(rows, _share_axis("share", {"domain": [0, 1], "nice": False}), [
        _layer({"type": "rule", "strokeWidth": 3, "opacity": 0.45}, x={"field": "low"}, x2={"field": "high"},
               color=look["color"]),
        _layer({"type": "point", "filled": True, "size": 85, "opacity": 1}, x={"field": "share"}, **look)])


def worth(rows: Rows, unit: str) -> Spec:
    """What one more point of each promise costs a year. Rows: label, worth, shown."""
    return _stacked(
        rows,
        {"field": "worth", "title": unit, "scale": {"domainMin": 0, "nice": True}},
        [
            _layer({"type": "bar", "height": {"band": 0.62}, "color": theme.PLAN}),
            _layer({"type": "text", "align": "left", "dx": 6, "fontSize": 11}, text={"field": "shown"}),
        ],
    )


def curve(rows: Rows, marks: Rows, roles: Sequence[str], labels: dict[str, str]) -> Spec:
    """What capital keeps, and what is proven out of reach. Rows: capital, floor, kept, zero; marks: label, role,
    capital, kept, where roles name today and the plan. Labels: capital, kept, floor."""
    x = {"type": "quantitative", "title": labels["capital"], "scale": {"domainMin": 0, "nice": True}}
    share = {"format": ".0%", "grid": True, "gridColor": theme.LINE, "tickCount": 6, "labelColor": theme.MUTED}
    y = {"type": "quantitative", "title": labels["kept"], "scale": {"domain": [0, 1]}, "axis": share}
    role = {"field": "role", "type": "nominal", "legend": None}
    colours = {"domain": list(roles), "range": [theme.TODAY, theme.PLAN]}
    shapes = {"domain": list(roles), "range": ["square", "circle"]}
    place = {"x": {**x, "field": "capital"}, "y": {**y, "field": "kept"}}
    farthest = max(row["capital"] for row in [*rows, *marks])

    def named(side: str, *, is_far: bool) -> Spec:
        test = f"datum.capital {'>' if is_far else '<='} {0.7 * farthest}"
        mark = {"type": "text", "align": side, "dx": -10 if is_far else 10, "dy": 15, "fontWeight": 600}
        return {
            **_layer(mark, **place, text={"field": "label"}, color={**role, "scale": colours}),
            "transform": [{"filter": test}],
            "data": {"values": list(marks)},
        }

    return {
        "width": theme.WIDTH - 70,
        "height": 300,
        "layer": [
            {
                "data": {"values": list(rows)},
                "layer": [
                    _layer(
                        {"type": "area", "orient": "horizontal", "color": theme.LINE, "opacity": 0.5},
                        x={**x, "field": "zero"},
                        x2={"field": "floor"},
                        y={**y, "field": "kept"},
                    ),
                    _layer({"type": "line", "color": theme.PLAN, "strokeWidth": 2}, **place),
                    _layer({"type": "point", "filled": True, "size": 22, "color": theme.PLAN, "opacity": 1}, **place),
                ],
            },
            {
                "data": {"values": list(marks)},
                **_layer(
                    {"type": "point", "filled": True, "size": 120, "opacity": 1},
                    **place,
                    color={**role, "scale": colours},
                    shape={**role, "scale": shapes},
                ),
            },
            named("left", is_far=False),
            named("right", is_far=True),
            {
                "data": {"values": [{"label": labels["floor"]}]},
                **_layer(
                    {"type": "text", "align": "left", "fontSize": 11, "fill": theme.MUTED},
                    x={"value": 8},
                    y={"value": 15},
                    text={"field": "label"},
                ),
            },
        ],
    }


def waterfall(rows: Rows, roles: Sequence[str], unit: str) -> Spec:
    """From the price list to what is left. Rows: label, role (a total, or what lies between), start, end, right, shown.

    `right` is where the figure `shown` stands: the larger end of the bar.
    """
    role = {"field": "role", "type": "nominal", "sort": None}
    colours = {"domain": list(roles), "range": [theme.PLAN, theme.LOSS]}
    text = {"type": "text", "align": "left", "dx": 6, "fontSize": 11}
    return _stacked(
        rows,
        {"field": "end", "title": unit, "scale": {"nice": True}},
        [
            _layer(
                {"type": "bar", "height": {"band": 0.7}},
                x={"field": "start"},
                x2={"field": "end"},
                color={**role, "scale": colours},
            ),
            _layer(text, x={"field": "right"}, text={"field": "shown"}),
        ],
        step=22,
    )


def whale(rows: Rows, labels: dict[str, str]) -> Spec:
    """What the best customers bring together. Rows: customers, whole, low, high (shares). Labels: customers, whole."""
    percent = {"format": ".0%", "grid": True, "gridColor": theme.LINE, "labelColor": theme.MUTED}
    x = {"field": "customers", "type": "quantitative", "title": labels["customers"], "axis": percent,
         "scale": {"domain": [0, 1]}}
    y = {"type": "quantitative", "title": labels["whole"], "axis": percent}
    return {
        "width": theme.WIDTH - 70,
        "height": 280,
        "data": {"values": list(rows)},
        "layer": [
            _layer(
                {"type": "area", "color": theme.PLAN, "opacity": 0.18},
                x=x,
                y={**y, "field": "low"},
                y2={"field": "high"},
            ),
            _layer({"type": "line", "color": theme.PLAN, "strokeWidth": 2}, x=x, y={**y, "field": "whole"}),
            {"data": {"values": [{}]}, **_layer({"type": "rule", "color": theme.INK, "strokeDash": [4, 4]},
                                                y={"datum": 1})},
        ],
    }


def network(sites: Rows, lanes: Rows, kinds: dict[str, str]) -> Spec:
    """A schematic map. Sites: label, x, y, kind, money; lanes: x, y, x2, y2. Positions are in degrees."""
    xs, ys = [row["x"] for row in sites], [row["y"] for row in sites]
    height = 300
    width = theme.WIDTH - 60
    per_degree = max((max(xs) - min(xs)) / (width * 0.72), (max(ys) - min(ys)) / (height * 0.84), 1e-9)

    def around(values: list[float], pixels: int) -> dict[str, Any]:
        middle, half = (max(values) + min(values)) / 2, pixels * per_degree / 2
        return {"domain": [middle - half, middle + half], "nice": False, "zero": False}

    x = {"field": "x", "type": "quantitative", "axis": None, "scale": around(xs, width)}
    y = {"field": "y", "type": "quantitative", "axis": None, "scale": around(ys, height)}
    kind = {"field": "kind", "type": "nominal", "sort": None}
    colours = {"domain": list(kinds.values()), "range": [theme.PLAN, theme.LOSS, theme.GAIN]}
    shapes = {"domain": list(kinds.values()), "range": ["square", "diamond", "circle"]}
    size = {"field": "money", "type": "quantitative", "scale": {"domainMin": 0, "range": [50, 420]}, "legend": None}
    return {
        "width": width,
        "height": height,
        "layer": [
            {
                "data": {"values": list(lanes)},
                **_layer(
                    {"type": "rule", "color": theme.TODAY, "opacity": 0.55},
                    x=x,
                    y=y,
                    x2={"field": "x2"},
                    y2={"field": "y2"},
                ),
            },
            {
                "data": {"values": list(sites)},
                **_layer(
                    {"type": "point", "filled": True, "opacity": 0.9},
                    x=x,
                    y=y,
                    size=size,
                    color={**kind, "scale": colours},
                    shape={**kind, "scale": shapes},
                ),
            },
            {
                "data": {"values": list(sites)},
                **_layer({"type": "text", "align": "left", "dx": 13, "dy": 1}, x=x, y=y, text={"field": "label"}),
            },
        ],
    }


def _layer(mark: Spec, **encoding: Spec) -> Spec:
    return {"mark": mark, "encoding": encoding}


def _share_axis(field: str, scale: Spec) -> Spec:
    return {"field": field, "title": None, "scale": scale, "axis": {"format": ".0%"}}


def _stacked(rows: Rows, x: Spec, layers: list[Spec], step: int = 26) -> Spec:
    """One line per row, named at the left: the shape of nearly every plot here."""
    along = {**x, "type": "quantitative"}
    longest = max((len(row["label"]) for row in rows), default=0)
    room = min(_MOST_LABELS, max(_LABELS, _LETTER * longest + 12))
    axis = {"title": None, "minExtent": room, "maxExtent": room, "labelLimit": room - 12, "labelAlign": "left",
            "labelPadding": room}
    return {
        "width": theme.WIDTH - room - _MARGIN,
        "height": {"step": step, "for": "position"},
        "data": {"values": list(rows)},
        "encoding": {"y": {"field": "label", "type": "nominal", "sort": None, "axis": axis}},
        "layer": [{**layer, "encoding": _along(layer["encoding"], along)} for layer in layers],
    }


def _along(encoding: Spec, axis: Spec) -> Spec:
    """Give the x of a layer the axis shared by all, unless it stands at a fixed place."""
    x = encoding.get("x", {})
    return encoding if "value" in x else {**encoding, "x": {**axis, **x}}
