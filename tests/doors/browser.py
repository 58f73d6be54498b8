"""A browser for the tests of the web door, and copies of a small chain to show in it."""

import asyncio
import shutil
from pathlib import Path

import httpx

from arbitre.web.app import create

BASE = Path(__file__).parents[1] / "faults" / "base"


class Browser:
    """Asks the app without a network (Starlette's own test client wants another package)."""

    def __init__(self, path: Path) -> None:
        self.app = create(path)

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self.request("GET", path, headers)

    def request(self, method: str, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
                return await client.request(method, path, headers=headers)

        return asyncio.run(asked())


def door(path: Path) -> Browser:
    return Browser(path)


def copied(folder: Path, file: str, old: str, new: str) -> Path:
    chain = folder / "chain"
    if not chain.exists():
        shutil.copytree(BASE, chain)
    text = (chain / file).read_text(encoding="utf-8")
    assert old in text
    (chain / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return chain
