"""Opens the web door of one chain on this machine, and on no other address."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from arbitre.core.errors import UsageError
from arbitre.web.app import create

ADDRESS = "127.0.0.1"


def unheard(address: str) -> None:
    """Tell nobody that the door is open."""


def serve(path: Path | str, data: Path | str | None = None, port: int = 8000,
          ready: Callable[[str], None] = unheard) -> None:
    """Show the chain at `path` until it is interrupted (Ctrl-C); tells `ready` the address when the door opens.

    Only this machine can reach it, so there is no login. Port 0 takes any that is free. Raises UnreadableFile when
    there is no chain, UsageError when the port is taken.
    """
    app = create(Path(path), Path(data) if data else None)
    with _listening(port) as listener:
        ready(f"http://{ADDRESS}:{listener.getsockname()[1]}/")
        settings = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, proxy_headers=False,
                                  lifespan="off", ws="none", timeout_graceful_shutdown=2)
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(settings).run(sockets=[listener])


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((ADDRESS, port))
    except (OSError, OverflowError) as taken:
        raise UsageError(f"Port {port} is taken, or is not a port. Give another one with --port.") from taken
