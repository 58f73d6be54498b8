"""The report: one page that sales, marketing and supply chain read together, as one file that asks nothing of anyone.

No script, no outside request: plots are drawn here, styles are in the page, and everything from tables is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from arbitre.show import (
    sections_curve,
    sections_drifts,
    sections_frontier,
    sections_metrics,
    sections_offers,
    sections_portfolio,
    sections_process,
    sections_profit,
    sections_proof,
    sections_reasons,
    sections_segments,
    sections_service,
    sections_stock,
    sections_tables,
    sections_trials,
    theme,
)
from arbitre.show.blocks import Section, Text
from arbitre.show.findings import Findings, View
from arbitre.tables.files.atomic import whole_file

__all__ = ["Findings", "render", "write_report"]

_SECTIONS = (
    sections_service.chain,
    sections_service.promised,
    sections_service.kept,
    sections_metrics.metrics,
    sections_process.process,
    sections_profit.profit,
    sections_drifts.drifts,
    sections_trials.trials,
    sections_segments.segments,
    sections_offers.offers,
    sections_portfolio.portfolio,
    sections_frontier.frontier,
    sections_frontier.arbitrations,
)
_OF_STOCK = (
    sections_stock.decision,
    sections_curve.curve,
    sections_proof.proof,
    sections_service.received,
    sections_service.worth,
    sections_stock.moves,
    sections_reasons.reasons,
    sections_stock.method,
)


def render(findings: Findings) -> str:
    """Return the report as the text of one HTML page, in the language of the chain."""
    view = View(findings)
    made, chain = findings.made, findings.chain
    sections = _asked_sections(view) if findings.more else _sections(view, (*_SECTIONS, *_OF_STOCK))
    version = str(made.get("versions", {}).get("arbitre", ""))
    page = {
        "words": view.words,
        "css": Markup(_css()),  # noqa: S704 - our own style sheet
        "version": version,
        "title": chain.name or view.words("page.title"),
        "subtitle": chain.settings.sentence,
        "answer": sections_tables.answer(view) if findings.more else sections_stock.answer(view),
        "tiles": [] if findings.more else sections_stock.tiles(view),
        "sections": sections,
        "footer": view.words("page.footer", version=version, date=view.formats.day(made.get("date")), chain=chain.name),
    }
    return _environment().get_template("report.html").render(page)


def _sections(view: View, told: Sequence[Callable[[View], Section | None]]) -> list[Section]:
    return [shown for section in told if (shown := section(view)) is not None]


def _asked_sections(view: View) -> list[Section]:
    """Return what was asked of a chain that holds no stock, then what else its tables have to tell."""
    rest = [section for section in _sections(view, _SECTIONS[1:])
            if any(not isinstance(block, Text) for block in section.blocks)]
    return [sections_service.chain(view), sections_tables.tables(view), *rest]


def write_report(findings: Findings, path: Path) -> Path:
    """Write the report as one self-contained HTML file; the file appears whole or not at all."""
    text = render(findings)
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("arbitre.show"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _css() -> str:
    return theme.variables() + files("arbitre.show").joinpath("templates/report.css").read_text(encoding="utf-8")
