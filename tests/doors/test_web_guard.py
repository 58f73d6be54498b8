"""The web door is safe: who may ask, what every answer carries, what nobody can smuggle in, and how it opens."""

import json
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx
import pytest
from starlette.routing import Route

from arbitre.flow.stages import capabilities
from arbitre.web import pages
from arbitre.web.desk import Once
from arbitre.web.guard import HEADERS
from tests.doors.browser import BASE, Browser, copied, door

NASTY = "<script>alert('x')</script>"
pytestmark = pytest.mark.usefixtures("own_cache")


def every_path(client: Browser) -> list[str]:
    """Every route, with names that are there and names that are not, with and without params."""
    routes = [route.path for route in client.app.routes if isinstance(route, Route)]
    names = {"tables": ["segments", "answers", "stock_levels", "nothing"], "run": [*capabilities(), "nothing"]}
    paths = [path.replace("{name}", name) for path in routes
             for name in (names[path.split("/")[1]] if "{name}" in path else [""])]
    queries = {"tables": "page=2", "run": "seed=1"}
    asked = [f"{path}?{queries[path.split('/')[1]]}" for path in paths if path.split("/")[1] in queries]
    return [*paths, *asked, "/nothing", "/a/b/c", "/tables/segments?page=0"]


def test_every_route_of_a_sound_and_of_a_broken_chain_answers_and_is_guarded(sound: Browser, broken: Browser
                                                                              ) -> None:
    for client in (sound, broken):
        seen = set()
        for path in every_path(client):
            answer = client.get(path)
            seen.add(answer.status_code)
            assert answer.status_code in (200, 400, 404, 409, 422), path
            for name, value in HEADERS.items():
                if name != "Content-Security-Policy":
                    assert answer.headers[name] == value, path
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; style-src ")
            assert "script" not in policy
            assert "frame-ancestors 'none'; base-uri 'none'" in policy
            assert "set-cookie" not in answer.headers
            assert "Traceback" not in answer.text
            assert "<script" not in answer.text
            if path.partition("?")[0].endswith(".json"):
                assert answer.headers["content-type"] == "application/json"
                json.loads(answer.text)
        assert {200, 400, 404} <= seen
    assert 409 in seen


# ---- who may ask -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1:8000",
                                  "127.0.0.1:8000:80", "127.0.0.1@evil.example", "0.0.0.0", ""])  # noqa: S104
def test_a_foreign_host_is_refused(sound: Browser, host: str) -> None:
    answer = sound.get("/", headers={"host": host})
    assert answer.status_code == 400
    assert "Base" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:9", "localhost:8000", "LOCALHOST", "[::1]:8000"])
def test_this_machine_is_let_in(sound: Browser, host: str) -> None:
    assert sound.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(("site", "mode", "dest", "status"), [
    ("none", "navigate", "document", 200), ("same-origin", "no-cors", "style", 200),
    ("cross-site", "navigate", "document", 200), ("cross-site", "no-cors", "image", 403),
    ("cross-site", "navigate", "iframe", 403), ("same-site", "cors", "empty", 403)])
def test_other_sites_may_link_but_not_embed_or_fetch(sound: Browser, site: str, mode: str, dest: str, status: int
                                                     ) -> None:
    asked = {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest}
    assert sound.get("/", headers=asked).status_code == status


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_can_be_sent(sound: Browser, method: str) -> None:
    for path in ("/", "/tables/items", "/run/optimise.stock", "/report"):
        answer = sound.request(method, path)
        assert answer.status_code == 405
        assert "read-only" in answer.text


@pytest.mark.parametrize("path", ["/tables/..%2f..%2fchain.toml", "/tables/%2fetc%2fpasswd", "/tables/../chain.toml",
                                  "/run/arbitre.cli", "/run/os.path.json", "/run/optimise._pool", "/docs",
                                  "/openapi.json"])
def test_names_are_looked_up_never_used_as_paths(sound: Browser, path: str) -> None:
    assert sound.get(path).status_code == 404


def test_what_nobody_foresaw_is_one_sentence(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fails(*_: object) -> str:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr(pages, "chain_page", fails)
    answer = door(BASE).get("/")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    assert "secret of the house" in caplog.text


# ---- what cannot be smuggled in ----------------------------------------------------------------------------------


def test_text_from_tables_and_addresses_is_never_markup(tmp_path: Path) -> None:
    chain = copied(tmp_path, "tables/segments.csv", "Airlines", NASTY)
    chain = copied(tmp_path, "chain.toml", '"Base"', f'"{NASTY}"')
    client = door(chain)
    for path in ("/", "/tables/segments", f"/tables/{NASTY}", f"/run/{NASTY}", "/report",
                 f"/tables/segments?page={NASTY}", f"/run/optimise.stock?kind={NASTY}",
                 f"/run/optimise.stock?{NASTY}=1", f'/run/optimise.stock?holding_share="><img src=x>&{NASTY}'):
        text = client.get(path).text
        assert "<script" not in text, path
        assert "<img" not in text, path
    assert "&lt;script&gt;" in client.get("/tables/segments").text


def test_a_cell_never_becomes_a_formula(tmp_path: Path) -> None:
    chain = copied(tmp_path, "tables/segments.csv", "Airlines", "=HYPERLINK(A1)")
    copied(tmp_path, "tables/segments.csv", "Repair shops", "@SUM(A1)")
    written = door(chain).get("/tables/segments.csv").text
    assert ",'=HYPERLINK(A1)," in written
    assert ",'@SUM(A1)," in written
    assert ",-1" in door(chain).get("/tables/movements.csv").text  # a number stays a number


# ---- long work, and the door itself ------------------------------------------------------------------------------


def test_the_same_work_is_done_once_at_a_time() -> None:
    once, started, may_end, times = Once(), Event(), Event(), []

    def work() -> int:
        times.append(1)
        started.set()
        may_end.wait(5)
        return len(times)

    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(once, "key", work)
        assert started.wait(5)
        others = [pool.submit(once, "key", work) for _ in range(3)]
        assert pool.submit(once, "another key", lambda: 7).result(5) == 7
        may_end.set()
        assert {future.result(5) for future in (first, *others)} <= {1, 2}
    assert once("key", lambda: 3) == 3


def test_failed_work_fails_for_all_and_can_be_tried_again() -> None:
    once = Once()
    with pytest.raises(ZeroDivisionError):
        once("key", lambda: 1 // 0)
    assert once("key", lambda: 1) == 1


def test_the_door_opens_on_this_machine_and_closes_when_interrupted() -> None:
    code = ("import sys\nfrom arbitre.web.serve import serve\n"
            "serve(sys.argv[1], port=0, ready=lambda address: print(address, flush=True))")
    with subprocess.Popen([sys.executable, "-c", code, str(BASE)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        assert process.stdout
        try:
            address = process.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
            answer = httpx.get(address, timeout=20, trust_env=False)
            assert answer.status_code == 200
            assert "server" not in answer.headers
        finally:
            process.send_signal(signal.SIGINT)
            _, talk = process.communicate(timeout=20)
    assert process.returncode == 0
    assert talk == ""
