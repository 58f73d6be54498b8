"""The web door: every route on a sound and on a broken chain, who may ask, and what nobody can smuggle in."""

import asyncio
import json
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import httpx
import pytest
from starlette.routing import Route

from arbitre.flow.stages import capabilities, capability
from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.web import pages
from arbitre.web import words as web_words
from arbitre.web.app import create
from arbitre.web.desk import Once
from arbitre.web.guard import HEADERS

BASE = Path(__file__).parents[1] / "faults" / "base"
WEB = Path(web_words.__file__).parent
NASTY = "<script>alert('x')</script>"


@pytest.fixture(autouse=True, scope="module")
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARBITRE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


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


@pytest.fixture(scope="module")
def sound() -> Browser:
    return door(BASE)


def copied(folder: Path, file: str, old: str, new: str) -> Path:
    chain = folder / "chain"
    if not chain.exists():
        shutil.copytree(BASE, chain)
    text = (chain / file).read_text(encoding="utf-8")
    assert old in text
    (chain / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return chain


@pytest.fixture
def broken(tmp_path: Path) -> Browser:
    return door(copied(tmp_path, "tables/items.csv", "1800.5", "-3"))


def every_path(client: Browser) -> list[str]:
    """Every route, with names that are there and names that are not, with and without params."""
    routes = [route.path for route in client.app.routes if isinstance(route, Route)]
    names = {"tables": ["segments", "answers", "stock_levels", "nothing"], "run": [*capabilities(), "nothing"]}
    paths = [path.replace("{name}", name) for path in routes
             for name in (names[path.split("/")[1]] if "{name}" in path else [""])]
    queries = {"tables": "page=2", "run": "seed=1"}
    asked = [f"{path}?{queries[path.split('/')[1]]}" for path in paths if path.split("/")[1] in queries]
    return [*paths, *asked, "/nothing", "/a/b/c", "/tables/segments?page=0"]


def without_markup(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


# ---- every route -------------------------------------------------------------------------------------------------


def test_every_route_of_a_sound_and_of_a_broken_chain_answers_and_is_guarded(sound: Browser, broken: Browser
                                                                              ) -> None:
    for client in (sound, broken):
        seen = set()
        for path in every_path(client):
            answer = client.get(path)
            seen.add(answer.status_code)
            assert answer.status_code in (200, 400, 404, 409), path
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


def test_the_chain_page_links_only_to_pages_that_exist(sound: Browser) -> None:
    page = sound.get("/")
    assert "Base" in page.text
    links = re.findall(r'href="(/[^"#]*)"', page.text)
    assert {"/tables/segments", "/run/optimise.stock", "/report", "/web.css"} <= set(links)
    for link in links:
        assert sound.get(link).status_code == 200, link


def test_a_table_and_its_twins_say_the_same(sound: Browser) -> None:
    page = sound.get("/tables/items").text
    price = INPUTS["items"].column("price")
    assert f'title="{price.sentence} (EUR)" class="number"><span lang="en">{price.label}</span>' in page
    assert "1,800.5" in page
    found = sound.get("/tables/items.json").json()
    assert (found["chain"], found["table"], found["page"], found["pages"]) == ("Base", "items", 1, 1)
    assert found["count"] == len(found["rows"])
    assert found["rows"][0]["price"] == 1800.5
    written = sound.get("/tables/items.csv")
    assert written.headers["content-disposition"] == 'attachment; filename="items.csv"'
    lines = written.text.splitlines()
    assert lines[0].split(",") == list(found["rows"][0])
    assert len(lines) == 1 + found["count"]


def test_a_form_shows_what_a_capability_takes(sound: Browser) -> None:
    form = sound.get("/run/optimise.stock").text
    for name, field in capability("optimise.stock").Params.model_fields.items():
        assert f'<label for="param-{name}">{name}</label>' in form
        assert (field.description or "").replace("'", "&#39;") in form
    assert "&gt; 0, ≤ 2; default 0.25" in form
    assert "<option selected>promise</option>" in form
    assert 'id="answer"' not in form  # nothing runs before it is asked


def test_a_run_shows_its_answer_and_its_twin(sound: Browser) -> None:
    query = "floor_share=&holding_share=0.3&by=segment&seed=1"
    page = sound.get(f"/run/optimise.stock?{query}")
    assert page.status_code == 200
    assert 'value="0.3"' in page.text
    twin = re.search(r'href="(/run/optimise\.stock\.json\?[^"]*)"', page.text)
    assert twin
    found = sound.get(twin[1].replace("&amp;", "&")).json()
    assert found["params"]["holding_share"] == 0.3
    assert found["params"]["floor_share"] is None
    assert found["params"]["by"] == "segment"
    assert found["bound"] <= found["summary"]["value"]
    for name in found["tables"]:
        assert f'<section aria-labelledby="{name}">' in page.text


def test_an_emptied_field_overrides_the_settings_where_it_may_be_empty(tmp_path: Path) -> None:
    chain = copied(tmp_path, "chain.toml", 'language = "en"', '[capabilities."optimise.stock"]\nfloor_share = 0.5\n')
    client = door(chain)
    assert 'name="floor_share" type="number" value="0.5"' in client.get("/run/optimise.stock").text
    found = client.get("/run/optimise.stock.json?seed=1").json()
    assert found["params"]["floor_share"] == 0.5
    found = client.get("/run/optimise.stock.json?floor_share=&holding_share=").json()
    assert (found["params"]["floor_share"], found["params"]["holding_share"]) == (None, 0.25)


def test_the_report_is_the_one_of_solve(sound: Browser) -> None:
    report = sound.get("/report")
    assert report.status_code == 200
    assert "<svg" in report.text
    assert "script-src" not in report.headers["content-security-policy"]


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


# ---- what is refused, in words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("query", "told"), [
    ("holding_share=lots", "holding_share"), ("holding_share=9", "less than or equal to 2"),
    ("holding_share=nan", "holding_share"), ("by=nobody", "promise"), ("holdingshare=1", "holding_share"),
    ("seed=-1", "seed"), ("seed=x", "seed"), ("holding_share=" + "9" * 5000, "holding_share")])
def test_bad_params_are_told_beside_the_form(sound: Browser, query: str, told: str) -> None:
    page = sound.get(f"/run/optimise.stock?{query}")
    assert page.status_code == 400
    sentence = without_markup(page.text.split('id="answer"')[1])
    assert told in sentence
    twin = sound.get(f"/run/optimise.stock.json?{query}")
    assert twin.status_code == 400
    assert told in twin.json()["error"]


def test_a_missing_table_is_told(tmp_path: Path) -> None:
    shutil.copytree(BASE, tmp_path / "chain")
    (tmp_path / "chain" / "tables" / "demand.csv").unlink()
    client = door(tmp_path / "chain")
    assert "Missing: demand" in client.get("/").text
    page = client.get("/run/optimise.stock?seed=1")
    assert page.status_code == 409
    assert "needs the table demand" in page.text


def test_an_impossible_question_is_told(tmp_path: Path) -> None:
    chain = copied(tmp_path, "tables/promises.csv", "order,,4,0.9", "order,,0,0.9")
    lanes = chain / "tables" / "demand.csv"
    lanes.write_text(re.sub(r"(?m)^(P1,.*),2$", r"\1,900", lanes.read_text(encoding="utf-8")), encoding="utf-8")
    page = door(chain).get("/run/optimise.stock.json?seed=1")
    assert page.status_code == 422, page.text[:500]
    assert "fast" in page.json()["error"]


def test_a_broken_chain_says_every_fault_with_its_remedy(broken: Browser) -> None:
    page = broken.get("/")
    assert page.status_code == 200
    for text in (page.text, broken.get("/run/optimise.stock?seed=1").text, broken.get("/report").text):
        assert "row 2" in text
        assert "Correct the value" in text
    assert broken.get("/report").status_code == 409
    faults = broken.get("/run/optimise.stock.json").json()["faults"]
    assert [(fault["table"], fault["column"]) for fault in faults] == [("items", "price")]


def test_correcting_the_file_is_enough(tmp_path: Path) -> None:
    client = door(copied(tmp_path, "tables/items.csv", "1800.5", "-3"))
    assert "Once the faults are gone" in client.get("/").text
    copied(tmp_path, "tables/items.csv", "-3", "1800.25")
    assert "No faults" in client.get("/").text
    shutil.rmtree(tmp_path / "chain")
    gone = client.get("/")
    assert gone.status_code == 409
    assert "There is nothing at" in gone.text


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
                 f"/tables/segments?page={NASTY}", f"/run/optimise.stock?kind={NASTY}", f"/run/optimise.stock?{NASTY}=1",
                 f'/run/optimise.stock?holding_share="><img src=x>&{NASTY}'):
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


# ---- pages of rows -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long_table(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    rows = "".join(f"s{row:03},Segment {row},high,low\n" for row in range(198))
    return door(copied(tmp_path_factory.mktemp("long"), "tables/segments.csv", "gold,", f"{rows}gold,"))


def test_pages_turn_and_end(long_table: Browser) -> None:
    first, last = (long_table.get(f"/tables/segments?page={page}").text for page in (1, 2))
    assert "Page 1 of 2" in first
    assert "?page=2" in first
    assert 'rel="prev"' not in first
    assert 'rel="next"' not in last
    assert [len(long_table.get(f"/tables/segments.json?page={page}").json()["rows"]) for page in (1, 2)] == [100, 100]
    assert long_table.get("/tables/segments.csv?page=2").text.splitlines()[-1].startswith("silver")


@pytest.mark.parametrize(("page", "status"), [
    ("3", 404), ("999999999", 404), ("0", 400), ("-1", 400), ("1.5", 400), ("x", 400), ("", 400), ("1" * 99, 400),
    ("%C2%B2", 400), ("1_0", 400)])
def test_pages_that_are_not_there(long_table: Browser, page: str, status: int) -> None:
    for twin in ("", ".json", ".csv"):
        assert long_table.get(f"/tables/segments{twin}?page={page}").status_code == status


# ---- in French ---------------------------------------------------------------------------------------------------


def test_a_french_chain_speaks_french(tmp_path: Path) -> None:
    client = door(copied(tmp_path, "chain.toml", 'language = "en"', 'language = "fr"'))
    home = client.get("/")
    assert '<html lang="fr">' in home.text
    for text in ("Ce qu’on peut demander", "Aucun défaut\u00a0:", "Équipements du parc", "Rapport de service"):
        assert text in home.text
    table = client.get("/tables/items").text
    assert "Prix" in table
    assert "1\u202f800,5" in table
    assert "90\u00a0%" in client.get("/tables/promises").text
    assert "n’existe pas" in client.get("/nothing").text
    assert "nombre entier" in client.get("/tables/items?page=0").text
    answer = client.get("/run/measure.promises?seed=1").text
    assert "Réponse" in answer
    assert "trop peu de dossiers pour conclure" in answer


def test_every_question_param_and_table_is_said_in_french() -> None:
    """A new capability or table needs its sentences in arbitre/web/words.toml, under [french]."""
    said = list(capabilities().values())
    for name in capabilities():
        said += [field.description or "" for field in capability(name).Params.model_fields.values()]
    said += [table.sentence for table in (*INPUTS.values(), *RESULTS.values())]
    assert [sentence for sentence in said if sentence not in web_words.catalogue()["french"]] == []


def test_words_are_whole_and_stand_in_one_place() -> None:
    catalogue = tomllib.loads((WEB / "words.toml").read_text(encoding="utf-8"))
    keys = {f"{group}.{name}" for group, names in catalogue.items() if group != "french" for name in names}
    for group, names in catalogue.items():
        for entry in names.values() if group != "french" else ():
            assert set(entry) == {"en", "fr"}
            assert set(re.findall(r"{\w+}", entry["en"])) == set(re.findall(r"{\w+}", entry["fr"]))
    templates = [file.read_text(encoding="utf-8") for file in WEB.glob("templates/*.html")]
    source = "".join([*templates, *(file.read_text(encoding="utf-8") for file in WEB.glob("*.py"))])
    assert {key for key in keys if f'"{key}"' not in source and f"'{key}'" not in source} == set()
    bare = without_markup(re.sub(r"{%.*?%}|{{.*?}}", " ", "".join(templates), flags=re.DOTALL))
    assert set(re.findall(r"[^\W\d_]{2,}", bare)) <= {"Arbitre", "CSV", "JSON"}


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
    code = "import sys\nfrom arbitre.web.serve import serve\nserve(sys.argv[1], port=0, ready=lambda at: print(at, flush=True))"
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
