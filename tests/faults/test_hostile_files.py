"""No file that a user may bring ends in anything but tables, faults or one clear refusal (reliability R6)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from arbitre.core.errors import UnreadableFile
from arbitre.tables.checks.rules import say
from arbitre.tables.files.read import read_tables
from tests.faults.corpus import hostile_files

# A harmed file may still be a table, and some of these are only odd.
MAY_BE_SOUND = ("flipped", "cut", "two_ends", "undefined_entity", "noise", "beyond", "row_", "no_", "string",
                "negative", "never", "lying", "html", "separator", "only_far", "deep")


def outcome(path: Path) -> str:
    """Tell what reading a file comes to: the sentences it gives, or "sound"."""
    try:
        found = read_tables(path)
    except UnreadableFile as refused:
        return str(refused)
    told = [say(fault, language) for fault in found.faults for language in ("en", "fr")]
    return " ".join(told) or "sound"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return dict(hostile_files(tmp_path_factory.mktemp("sound")))


def test_hostile_files_end_in_a_sentence(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    assert len(corpus) >= 120
    paths = []
    for name, data in corpus.items():
        folder = tmp_path / name
        folder.mkdir()
        path = folder / f"items{Path(name).suffix}"
        path.write_bytes(data)
        paths.append(path)
    started = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        outcomes = dict(zip(corpus, pool.map(outcome, paths), strict=True))
    assert time.monotonic() - started < 120
    silent = [name for name, told in outcomes.items() if told == "sound" and not name.startswith(MAY_BE_SOUND)]
    assert silent == []
    for name, told in outcomes.items():
        assert "Traceback" not in told, name
        assert "{" not in told, name


@pytest.mark.parametrize(("name", "words"), [
    ("far_cell.xlsx", "break down"), ("bomb.xlsx", "too large"), ("many_entries.xlsx", "too large"),
    ("laughs.xlsx", "document type"), ("outside_entity.xlsx", "document type"), ("png_named.xlsx", "PNG"),
    ("xlsx_named.xls", "ZIP"), ("ole_named.xlsx", "password"), ("nul.csv", "zero bytes"),
    ("open_quote.csv", "quotation"), ("columns_1m.csv", "too long"),
    ("columns_100k.csv", "16384"), ("ragged.csv", "2"), ("sqlite_named.db", "SQLite"),
])
def test_the_sentence_says_why(tmp_path: Path, corpus: dict[str, bytes], name: str, words: str) -> None:
    path = tmp_path / f"items{Path(name).suffix}"
    path.write_bytes(corpus[name])
    assert words in outcome(path)
