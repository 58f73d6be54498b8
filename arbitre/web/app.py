"""The web door of one chain: its routes, read-only, each a look-up or a question that changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import polars as pl
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from arbitre.capability import Result
from arbitre.core.errors import ArbitreError
from arbitre.flow.pipeline import run
from arbitre.flow.solve import solve
from arbitre.flow.stages import capabilities, capability
from arbitre.tables.chain import Chain
from arbitre.web import pages
from arbitre.web.cells import comma_separated, plain
from arbitre.web.desk import ChainOnDisk, Once
from arbitre.web.forms import params_given, seed_given
from arbitre.web.guard import Guard
from arbitre.web.words import Language, Words

REPORT_POLICY = ("default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
                 "frame-ancestors 'none'; base-uri 'none'")
"""The report carries its style sheet and its drawings in itself; like every page it runs no script."""

_UNSAID = {"Not Found": "refused.path", "Method Not Allowed": "refused.method"}
"""What Starlette says, and what we say instead."""


def create(path: Path, data: Path | None = None) -> Starlette:
    """Return the web door of the chain at `path`; raises UnreadableFile when there is none.

    The functions below are not async on purpose: Starlette runs them on threads, and the event loop stays free.
    """
    door = Door(path, data)
    return Starlette(
        routes=[
            Route("/", door.chain),
            Route("/tables/{name}.json", door.table_json),
            Route("/tables/{name}.csv", door.table_csv),
            Route("/tables/{name}", door.table),
            Route("/run/{name}.json", door.run_json),
            Route("/run/{name}", door.run),
            Route("/report", door.report),
            Route("/web.css", door.style),
        ],
        middleware=[Middleware(Guard)],
        exception_handlers={ArbitreError: door.refused, HTTPException: door.not_here},
    )


class Door:
    """What each route answers."""

    def __init__(self, path: Path, data: Path | None) -> None:
        self._disk = ChainOnDisk(path, data)
        self._once = Once()
        self._last_report = ("", "")

    def chain(self, _: Request) -> Response:
        """The chain: tables, faults, questions."""
        return HTMLResponse(pages.chain_page(self._disk.read()))

    def table(self, request: Request) -> Response:
        """One page of a table."""
        chain, name = self._table_asked(request)
        return HTMLResponse(pages.table_page(chain, name, *_page_asked(request, chain, name)))

    def table_json(self, request: Request) -> Response:
        """The same page for a program."""
        chain, name = self._table_asked(request)
        page, last = _page_asked(request, chain, name)
        rows = _rows(chain, name, page).to_dicts()
        return _json({"chain": chain.name, "table": name, "page": page, "pages": last,
                      "count": chain.tables[name].height, "rows": [plain(row) for row in rows]})

    def table_csv(self, request: Request) -> Response:
        """The same page for a spreadsheet."""
        chain, name = self._table_asked(request)
        page, _ = _page_asked(request, chain, name)
        return Response(comma_separated(_rows(chain, name, page)), media_type="text/csv; charset=utf-8",
                        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'})

    def run(self, request: Request) -> Response:
        """The form of a capability; with params, its answer too."""
        chain, name = self._capability_asked(request)
        answer = None
        if request.query_params:
            try:
                answer = self._answer(chain, name, request.query_params)
            except ArbitreError as refused:
                answer = pages.refusal(refused, chain.language)
        status = answer.status if isinstance(answer, pages.Refusal) else 200
        return HTMLResponse(pages.run_page(chain, name, request.query_params, answer), status)

    def run_json(self, request: Request) -> Response:
        """The answer of a capability for a program, every row of every table; the same object as `--json` prints."""
        result = self._answer(*self._capability_asked(request), request.query_params)
        tables = {name: [plain(row) for row in table.to_dicts()] for name, table in result.tables.items()}
        return _json({**result.__dict__, "summary": plain(result.summary), "tables": tables})

    def report(self, _: Request) -> Response:
        """The report of the main job."""
        chain = self._disk.read().chain
        text = self._once(("report", chain.digest), lambda: self._report_of(chain))
        return HTMLResponse(text, headers={"Content-Security-Policy": REPORT_POLICY})

    def style(self, _: Request) -> Response:
        """The style sheet."""
        return Response(pages.style_sheet(), media_type="text/css")

    def refused(self, request: Request, refused: Exception) -> Response:
        """What Arbitre refuses, as a sentence."""
        language = self._disk.last.chain.language
        return _told(request, language, pages.refusal(cast(ArbitreError, refused), language))

    def not_here(self, request: Request, wrong: Exception) -> Response:
        """A path, a method, a page or a name that does not exist."""
        wrong, language = cast(HTTPException, wrong), self._disk.last.chain.language
        sentence = Words(language)(_UNSAID[wrong.detail]) if wrong.detail in _UNSAID else wrong.detail
        return _told(request, language, pages.Refusal(wrong.status_code, sentence, language, []))

    def _table_asked(self, request: Request) -> tuple[Chain, str]:
        chain, name = self._disk.read().chain, request.path_params["name"]
        if name not in chain.tables:
            raise HTTPException(404, Words(chain.language)("refused.table", name=name))
        return chain, name

    def _capability_asked(self, request: Request) -> tuple[Chain, str]:
        chain, name = self._disk.read().chain, request.path_params["name"]
        if name not in capabilities():
            raise HTTPException(404, Words(chain.language)("refused.capability", name=name))
        return chain, name

    def _answer(self, chain: Chain, name: str, query: Mapping[str, str]) -> Result:
        params, seed = params_given(capability(name).Params, query), seed_given(query)
        key = (name, chain.digest, seed, tuple(sorted(params.items())))
        return self._once(key, lambda: run(chain, name, params, seed))

    def _report_of(self, chain: Chain) -> str:
        """Return the report, drawn again only when the chain has changed."""
        digest, text = self._last_report
        if digest != chain.digest:
            text = pages.report_page(solve(chain))
            self._last_report = (chain.digest, text)
        return text


def _page_asked(request: Request, chain: Chain, name: str) -> tuple[int, int]:
    """Return the page asked for and the last one there is."""
    last = max(1, -(-chain.tables[name].height // pages.ROWS_A_PAGE))
    text, words = request.query_params.get("page", "1"), Words(chain.language)
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise HTTPException(400, words("refused.page_number", page=text[:80]))
    if int(text) > last:
        raise HTTPException(404, words("refused.page", page=text, pages=last))
    return int(text), last


def _rows(chain: Chain, name: str, page: int) -> pl.DataFrame:
    return chain.tables[name].slice((page - 1) * pages.ROWS_A_PAGE, pages.ROWS_A_PAGE)


def _told(request: Request, language: Language, refusal: pages.Refusal) -> Response:
    if request.url.path.endswith(".json"):
        return _json({"error": refusal.sentence, "faults": refusal.faults}, refusal.status)
    return HTMLResponse(pages.refusal_page(language, refusal), refusal.status)


def _json(found: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(found, ensure_ascii=False, allow_nan=False), status, media_type="application/json")
