"""The web door: what each page shows, of a sound and of a broken chain, in English and in French."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from arbitre.flow.stages import capabilities, capability
from arbitre.tables.catalogue import INPUTS, RESULTS
from arbitre.web import pages
from arbitre.web import words as web_words
from tests.doors.browser import BASE, Browser, copied, door

WEB = Path(web_words.__file__).parent
pytestmark = pytest.mark.usefixtures("own_cache")


def without_markup(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


# ---- every route -------------------------------------------------------------------------------------------------


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


def test_a_long_answer_is_cut_and_says_so(sound: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "ROWS_A_PAGE", 2)
    page = sound.get("/run/measure.promises?seed=1").text
    count = len(sound.get("/run/measure.promises.json?seed=1").json()["tables"]["promises_kept"])
    assert count > 2
    assert f"The first 2 rows of {count}" in page


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
    for table in ("demand", "cases", "events", "movements"):
        (tmp_path / "chain" / "tables" / f"{table}.csv").unlink()
    client = door(tmp_path / "chain")
    assert "Missing: demand" in client.get("/").text
    page = client.get("/run/optimise.stock?seed=1")
    assert page.status_code == 409
    assert "needs demand" in page.text


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
