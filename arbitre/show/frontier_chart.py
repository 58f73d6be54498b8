"""How does value rise with capital, at every strictness of promises, and where do today, plan and knee stand?"""

from __future__ import annotations

from collections.abc import Sequence

from arbitre.show import theme
from arbitre.show.plot import Rows, Spec


def frontier_chart(lines: Rows, marks: Rows, named: tuple[Sequence[str], Sequence[str]], as_promised: str,
                   labels: dict[str, str]) -> Spec:
    """Lines: capital, value, bound, service; marks: label, role, capital, value. `named`: the roles (today, plan,
    knee), and the services, of which `as_promised` is drawn heavier, with its bound."""
    roles, services = named
    x = {"field": "capital", "type": "quantitative", "title": labels["capital"], "scale": {"zero": False, "nice": True}}
    y = {"field": "value", "type": "quantitative", "title": labels["value"], "scale": {"zero": False, "nice": True},
         "axis": {"grid": True, "gridColor": theme.LINE, "labelColor": theme.MUTED}}
    own = [{"filter": {"field": "service", "equal": as_promised}}]
    dashes = {"field": "service", "type": "nominal", "title": None, "scale": {
        "domain": list(services),
        "range": [[] if service == as_promised else [2 + 2 * at, 3] for at, service in enumerate(services)]},
        "legend": {"orient": "top", "symbolStrokeColor": theme.PLAN}}
    role = {"field": "role", "type": "nominal", "legend": None}
    look = {"domain": list(roles)}
    place = {"x": x, "y": y}
    return {
        "width": theme.WIDTH - 80,
        "height": 320,
        "layer": [
            {"data": {"values": list(lines)}, "layer": [
                {"transform": own, **_layer({"type": "area", "color": theme.LINE, "opacity": 0.6}, **place,
                                            y2={"field": "bound"})},
                _layer({"type": "line", "color": theme.PLAN, "strokeWidth": 2}, **place, strokeDash=dashes),
                _layer({"type": "point", "filled": True, "size": 22, "color": theme.PLAN, "opacity": 1}, **place)]},
            {"data": {"values": list(marks)}, "layer": [
                _layer({"type": "point", "filled": True, "size": 130, "opacity": 1}, **place,
                       color={**role, "scale": {**look, "range": [theme.TODAY, theme.PLAN, theme.PLAN]}},
                       shape={**role, "scale": {**look, "range": ["square", "circle", "diamond"]}}),
                *(_named(place, roles[0], is_it=is_it) for is_it in (True, False))]},
        ],
    }


def _named(place: Spec, today: str, *, is_it: bool) -> Spec:
    """Today's name to the right of its mark, the others' to the left: they lie close to one another."""
    mark = {"type": "text", "align": "left" if is_it else "right", "dx": 10 if is_it else -10, "fontWeight": 600}
    own: Spec = {"field": "role", "equal": today}
    return {**_layer(mark, **place, text={"field": "label"}),
            "transform": [{"filter": own if is_it else {"not": own}}]}


def _layer(mark: Spec, **encoding: Spec) -> Spec:
    return {"mark": mark, "encoding": encoding}
