"""One visual language for everything Arbitre shows: colours, type, spacing, and how plots wear them.

Colours come from Okabe and Ito (2008), told apart under every common colour blindness; no meaning rests on colour
alone: a shape, a word or a sign always says the same.
"""

from __future__ import annotations

from typing import Any

INK = "#1d2530"
MUTED = "#5b6472"
LINE = "#d9dde3"
WASH = "#f5f6f8"
PAPER = "#ffffff"
TODAY = "#8b93a0"
PLAN = "#0072b2"
LOSS = "#d55e00"
GAIN = "#009e73"
UNSURE = "#8b93a0"

FONT = 'Inter, "Segoe UI", -apple-system, Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif'
MONO = 'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "Liberation Mono", monospace'
WIDTH = 720
"""Width of a plot, in pixels of the page; narrower screens scale it down."""

VERDICTS: dict[str, tuple[str, str]] = {
    "kept": (PLAN, "circle"),
    "missed": (LOSS, "diamond"),
    "undecided": (UNSURE, "square"),
}
"""Colour and shape of each verdict on a promise."""


def variables() -> str:
    """Return the colours and fonts as CSS variables."""
    values = {
        "ink": INK,
        "muted": MUTED,
        "line": LINE,
        "wash": WASH,
        "paper": PAPER,
        "today": TODAY,
        "plan": PLAN,
        "loss": LOSS,
        "gain": GAIN,
        "font": FONT,
        "mono": MONO,
    }
    return ":root{" + ";".join(f"--{name}:{value}" for name, value in values.items()) + "}"


def vega_config() -> dict[str, Any]:
    """Return the configuration every plot is drawn with."""
    text = {"font": FONT, "fontSize": 12, "fill": INK}
    return {
        "aria": False,
        "background": None,
        "font": FONT,
        "padding": 2,
        "view": {"stroke": None},
        "axis": {
            "domain": False,
            "ticks": False,
            "grid": False,
            "labelColor": INK,
            "labelFontSize": 12,
            "labelPadding": 8,
            "labelLimit": 250,
            "titleColor": MUTED,
            "titleFontSize": 11,
            "titleFontWeight": "normal",
        },
        "axisX": {"grid": True, "gridColor": LINE, "labelColor": MUTED, "labelFontSize": 11, "tickCount": 6},
        "legend": {
            "orient": "top",
            "title": None,
            "labelColor": INK,
            "labelFontSize": 12,
            "symbolSize": 90,
            "offset": 4,
            "columnPadding": 18,
            "labelLimit": 300,
            "symbolOpacity": 1,
        },
        "title": {"anchor": "start", "color": INK, "fontSize": 12, "fontWeight": 600, "offset": 6},
        "text": text,
    }
