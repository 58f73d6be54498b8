"""Stands before every page: who may ask, and what a browser may do with the answer.

The door has no login, so it must be certain that the asker sits at this machine: the Host header must name it (else a
foreign name that resolves to 127.0.0.1 could read the pages: DNS rebinding), and other sites may link here but neither
embed nor fetch (Fetch Metadata). Nothing here takes a POST or sets a cookie.
"""

from __future__ import annotations

import logging
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
                               "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""On every answer; a page may bring a stricter or another one of its own."""

_THIS_MACHINE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_log = logging.getLogger(__name__)


class Guard:
    """Middleware that refuses foreign askers, sets the headers, and turns what nobody foresaw into one sentence."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_begun = False

        async def guarded(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = MutableHeaders(raw=list(message["headers"]))
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                message = {**message, "headers": headers.raw}
            await send(message)

        refusal = refused(Headers(scope=scope))
        try:
            await (refusal or self.app)(scope, receive, guarded)
        except Exception:
            _log.exception("%s failed", scope["path"])
            if has_begun:
                raise
            sorry = "Something went wrong here. The terminal in which arbitre runs says what.\n"
            await PlainTextResponse(sorry, 500)(scope, receive, guarded)


def refused(headers: Headers) -> PlainTextResponse | None:
    """Return the refusal of a request that does not come from this machine, or not from a person; None: let it in."""
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not _THIS_MACHINE.fullmatch(hosts[0]):
        return PlainTextResponse("This door opens only on 127.0.0.1 and localhost.\n", 400)
    is_ours = headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    is_followed_link = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    if not (is_ours or is_followed_link):
        return PlainTextResponse("Another site may link here, but not fetch or embed.\n", 403)
    return None
