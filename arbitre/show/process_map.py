"""A picture of the process: steps in layers from begin to end, what follows what, how often and how slowly.

Flows are laid from the most frequent on; one that would close a circle goes back up the page and counts for no layer.
A step stands one layer under the last step that leads to it (longest path), as in the layered drawing of K. Sugiyama,
S. Tagawa, M. Toda, Methods for visual understanding of hierarchical system structures, IEEE Trans. SMC 11 (1981). The
way most taken runs straight down the middle; other steps stand beside it, on the side of what leads to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from arbitre.show import theme

Spec = dict[str, Any]
Flow = tuple[str, str]

_LAYER, _COLUMN = 62, 200
"""Height of a layer and width of a column of steps, in pixels."""
_MARGIN = 60


@dataclass(frozen=True)
class Passage:
    """One arrow of the picture. begin and end of a case are steps of their own."""

    from_step: str
    to_step: str
    count: int
    label: str


def layers(flows: Sequence[Flow]) -> dict[str, int]:
    """Return the layer of each step; flows come most important first, and those that close a circle are passed over."""
    after: dict[str, set[str]] = {step: set() for flow in flows for step in flow}
    for start, end in flows:
        if start != end and not _reaches(after, end, start):
            after[start].add(end)
    found = dict.fromkeys(after, 0)
    for _ in found:
        for start, ends in after.items():
            for end in ends:
                found[end] = max(found[end], found[start] + 1)
    return found


def _reaches(after: dict[str, set[str]], start: str, goal: str) -> bool:
    """Tell whether one can get from a step to another."""
    seen, ahead = set(), [start]
    while ahead:
        step = ahead.pop()
        if step == goal:
            return True
        if step not in seen:
            seen.add(step)
            ahead += after[step]
    return False


def places(flows: Sequence[Flow]) -> dict[str, tuple[int, int]]:
    """Return the column (0 in the middle) and the layer of each step; flows come most important first."""
    layer = layers(flows)
    step = next((step for step in layer if layer[step] == 0), None)
    main = set()
    while step is not None:
        main.add(step)
        step = next((end for start, end in flows if start == step and layer[end] > layer[start]), None)
    found: dict[str, tuple[int, int]] = {}
    taken: Counter[tuple[int, int]] = Counter()
    side = 1
    for step, depth in sorted(layer.items(), key=lambda item: item[1]):
        if step in main:
            found[step] = (0, depth)
            continue
        before = next((found[start][0] for start, end in flows if end == step and found.get(start, (0, 0))[0]), 0)
        side = (1 if before > 0 else -1) if before else -side
        taken[side, depth] += 1
        found[step] = (side * taken[side, depth], depth)
    return found


def picture(passages: Sequence[Passage], names: dict[str, str]) -> Spec:
    """Return the picture of passages, most frequent first; names: what stands beside each step."""
    passages = [passage for passage in passages if passage.from_step != passage.to_step]
    at = places([(passage.from_step, passage.to_step) for passage in passages])
    widest = max((abs(column) for column, _ in at.values()), default=0)
    column = min(_COLUMN, (theme.WIDTH - 2 * _MARGIN - 120) / max(2 * widest, 1))
    middle = theme.WIDTH / 2 - 60
    spot = {step: (middle + across * column, 16 + depth * _LAYER) for step, (across, depth) in at.items()}
    steps = [{"x": x, "y": y, "label": names.get(step, step)} for step, (x, y) in spot.items()]
    most = max((passage.count for passage in passages), default=1)
    lines, heads = [], []
    for number, passage in enumerate(passages):
        way = _way(spot[passage.from_step], spot[passage.to_step],
                   _is_blocked(at, at[passage.from_step], at[passage.to_step]))
        width = 1.0 + 7.0 * passage.count / most
        lines += [{"x": x, "y": y, "flow": number, "order": place, "width": width}
                  for place, (x, y) in enumerate(way)]
        x, y = way[5]  # before the middle, where arrows cross
        heads.append({"x": x, "y": y, "label": passage.label, "angle": 180 if way[-1][1] > way[0][1] else 0})
    height = 32 + _LAYER * max((depth for _, depth in at.values()), default=0)
    x, y = ({"field": axis, "type": "quantitative", "axis": None, "scale": {"domain": domain, "nice": False}}
            for axis, domain in (("x", [0, theme.WIDTH - 20]), ("y", [height, 0])))
    along = {"x": x, "y": y}
    width = {"field": "width", "type": "quantitative", "scale": None, "legend": None}
    return {
        "width": theme.WIDTH - 20, "height": height,
        "layer": [
            {"data": {"values": lines}, "mark": {"type": "trail", "color": theme.TODAY, "opacity": 0.45},
             "encoding": {**along, "size": width, "detail": {"field": "flow", "type": "nominal"},
                          "order": {"field": "order"}}},
            {"data": {"values": heads}, "mark": {"type": "point", "shape": "triangle-up", "filled": True, "size": 60,
                                                 "color": theme.MUTED, "opacity": 1},
             "encoding": {**along, "angle": {"field": "angle", "type": "quantitative", "scale": None}}},
            {"data": {"values": heads}, "mark": {"type": "text", "align": "left", "dx": 9, "fontSize": 11,
                                                 "fill": theme.MUTED},
             "encoding": {**along, "text": {"field": "label"}}},
            {"data": {"values": steps}, "mark": {"type": "point", "shape": "circle", "filled": True, "size": 130,
                                                 "color": theme.PLAN, "opacity": 1}, "encoding": along},
            {"data": {"values": steps}, "mark": {"type": "text", "align": "left", "dx": 12, "fontWeight": 600},
             "encoding": {**along, "text": {"field": "label"}}},
        ],
    }


def _is_blocked(at: dict[str, tuple[int, int]], start: tuple[int, int], end: tuple[int, int]) -> bool:
    """Tell whether a straight arrow would run over another step, or back over the arrow that leads on."""
    (column, depth), (to_column, to_depth) = start, end
    between = range(min(depth, to_depth) + 1, max(depth, to_depth))
    passes = column == to_column and any(other == column and layer in between for other, layer in at.values())
    return passes or to_depth <= depth


def _way(start: tuple[float, float], end: tuple[float, float], is_bowed: bool) -> list[tuple[float, float]]:
    """Return the points of an arrow; a bowed one goes down on the right and up on the left."""
    (x, y), (to_x, to_y) = start, end
    bow = (34 + 26 * abs(to_y - y) / _LAYER) * (1 if to_y > y else -1) if is_bowed else 0.0
    parts = [step / 12 for step in range(13)]
    return [(x + part * (to_x - x) + 4 * part * (1 - part) * bow, y + part * (to_y - y)) for part in parts]
