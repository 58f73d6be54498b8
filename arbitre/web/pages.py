"""The pages: each is a template filled in the language of the chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from arbitre.capability import Result
from arbitre.core.errors import ArbitreError, FaultsFound, Unreachable, UsageError
from arbitre.flow.pipeline import lacking
from arbitre.flow.solve import Answer
from arbitre.flow.stages import capabilities, capability
from arbitre.show import theme
from arbitre.show.report import render
from arbitre.tables.catalogue import DECLARED, INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.checks.rules import told
from arbitre.web.cells import Reader, grid, labelled
from arbitre.web.desk import Checked
from arbitre.web.forms import fields
from arbitre.web.words import Language, Words

ROWS_A_PAGE = 100
"""An answer may hold any declared table: measured demand is one that a user may also bring."""


@dataclass(frozen=True)
class Refusal:
    """Why there is no answer: a sentence, with the faults where there are some, and the status of the response."""

    status: int
    sentence: str
    language: Language
    faults: list[dict[str, Any]]


def refusal(refused: ArbitreError, language: Language) -> Refusal:
    """Return what to tell of what Arbitre refuses: 400 ask otherwise, 409 change the chain, 422 no answer exists."""
    if isinstance(refused, FaultsFound):
        return Refusal(409, Words(language)("faults.first"), language, told(refused.faults, language))
    status = 400 if isinstance(refused, UsageError) else 422 if isinstance(refused, Unreachable) else 409
    return Refusal(status, str(refused), "en", [])


def chain_page(checked: Checked) -> str:
    """Return the page of the chain: its tables, its faults, what can be asked of it."""
    chain = checked.chain
    reader = Reader(chain.language, chain.settings.currency)
    tables = [{"name": name, "label": labelled(INPUTS[name], chain.language), "sentence": INPUTS[name].sentence,
               "rows": reader.text(chain.tables[name].height)} for name in INPUTS if name in chain.tables]
    questions = [{"name": name, "question": question,
                  "missing": lacking(chain, name)}
                 for name, question in capabilities().items()]
    return _filled("chain.html", chain.language, chain=chain, tables=tables, questions=questions,
                   faults=told(checked.faults, chain.language))


def table_page(chain: Chain, name: str, page: int, pages: int) -> str:
    """Return one page of the rows of a table."""
    shown = grid(chain, INPUTS[name], chain.tables[name], (page - 1) * ROWS_A_PAGE, ROWS_A_PAGE)
    return _filled("table.html", chain.language, chain=chain, grid=shown, page=page, pages=pages)


def run_page(chain: Chain, name: str, query: Mapping[str, str], answer: Result | Refusal | None) -> str:
    """Return the page of a capability: its form, and under it the answer to what was asked, if anything was."""
    reader = Reader(chain.language, chain.settings.currency)
    result = answer if isinstance(answer, Result) else None
    tables = result.tables.items() if result else ()
    return _filled(
        "run.html", chain.language, chain=chain, name=name, question=capabilities()[name], result=result,
        form=fields(capability(name).Params, chain.settings.capabilities.get(name, {}), query),
        refusal=answer if isinstance(answer, Refusal) else None,
        json_address=f"/run/{name}.json?{urlencode(dict(query))}",
        summary=[(key, reader.text(value)) for key, value in result.summary.items()] if result else [],
        grids=[grid(chain, DECLARED[table], frame, 0, ROWS_A_PAGE) for table, frame in tables],
    )


def refusal_page(language: Language, refused: Refusal) -> str:
    """Return a page that says why there is nothing to see."""
    return _filled("refusal.html", language, refusal=refused)


def report_page(answer: Answer) -> str:
    """Return the report of the main job, the same that `arbitre solve` writes."""
    return render(answer.findings())


@cache
def style_sheet() -> str:
    """Return the style sheet of every page but the report."""
    return theme.variables() + files("arbitre.web").joinpath("templates/web.css").read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader("arbitre.web"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)


def _filled(template: str, language: Language, **blanks: Any) -> str:
    return _environment().get_template(template).render(words=Words(language), **blanks)
