"""The page says what was found, in every state of what was found, and asks nothing of the outside."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from arbitre.show.report import Findings, render, write_report
from arbitre.tables.chain import Chain
from arbitre.tables.settings import Settings
from tests.show import sample_findings as sample

ALL = ("promises_kept", "promise_worth", "stock_received", "stock_reasons", "stock_moves", "stock_levels",
       "stock_curve")
HOSTILE = "<script>alert('x')</script>\"&\\1 {x}"


class Outline(HTMLParser):
    """Checks that tags nest, and gathers tags, ids and links."""

    VOID = frozenset({"meta", "link", "br", "img", "hr", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.ids += [value for value in (found.get("id"),) if value]
        self.links += [value for name in ("href", "src") if (value := found.get(name))]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    assert len(set(parser.ids)) == len(parser.ids)
    return parser


def plain(page: str) -> str:
    """The words of the page, without tags, spaces made ordinary."""
    text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", text.replace("&#39;", "'"))


@pytest.fixture(scope="module")
def english() -> str:
    return render(sample.network("en"))


@pytest.fixture(scope="module")
def french() -> str:
    return render(sample.network("fr"))


def test_the_page_is_sound_and_self_contained(english: str) -> None:
    found = outline(english)
    assert "script" not in found.tags
    assert all(link.startswith("#") for link in found.links)
    assert {link[1:] for link in found.links} <= set(found.ids)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in english
    assert not re.search(r"url\(|@import", english)
    assert set(re.findall(r"https?://[^\"' )]+", english)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_plots_are_few_and_read_aloud(english: str) -> None:
    plots = re.findall(r"<svg [^>]*>", english)
    assert len(plots) == 7
    assert all('role="img"' in plot and re.search(r'aria-label="[^"]{20,}"', plot) for plot in plots)


def test_the_answer_comes_first_in_plain_words(english: str, french: str) -> None:
    assert re.search(
        r"The plan keeps every promise with €[\d.]+M on the shelf instead of €[\d.]+M \(−\d+%\)", plain(english)
    )
    assert "the gap is 0.21%" in plain(english)
    assert "Le plan tient toutes les promesses avec" in plain(french)
    assert "l’écart est de 0,21\u00a0%" in french
    assert '<html lang="fr">' in french


def test_who_loses_is_never_hidden(english: str) -> None:
    assert "Private clinics\u00a0· Silver loses most (−6.2 points, on 1,720 units asked a year)" in english
    assert "Less than today for: Private clinics" in plain(english)
    table = english[english.index("largest loss first") :]
    assert table.index("Private clinics\u00a0· Silver") < table.index("Hospitals\u00a0· Gold")


def test_no_english_is_left_in_french(french: str) -> None:
    words = plain(french)
    for word in (" the ", "Today", " kept", "Levels", "promise_", "month"):
        assert word not in words


@pytest.mark.parametrize("missing", [(name,) for name in ALL] + [ALL, ALL[1:]])
def test_every_part_may_be_missing(missing: tuple[str, ...]) -> None:
    page = render(sample.without(sample.network("fr", items=30, sites=3), *missing))
    outline(page)
    assert "None" not in plain(page)


def test_nothing_measured_says_why() -> None:
    assert "the chain holds no table of cases" in plain(render(sample.refinery()))
    unmeasured = sample.without(sample.network(items=20), *ALL)
    assert "none could be matched to a promise" in plain(render(unmeasured))


def test_a_refinery_without_stock_of_today_or_segments() -> None:
    words = plain(render(sample.refinery()))
    assert "No stock of today is known" in words
    assert "High" in words
    assert "less than today" not in words.replace("With the plan, less than today", "")


def test_an_empty_chain_with_nothing_found() -> None:
    page = render(Findings(Chain(Settings(name=""), {})))
    outline(page)
    assert "No plan was made" in plain(page)


def test_a_plan_that_misses_a_promise_says_so() -> None:
    findings = sample.network(items=20)
    worth = findings.tables["promise_worth"].with_columns(
        kept_after=pl.when(pl.col("promise") == "gold-hosp").then(0.9).otherwise("kept_after")
    )
    words = plain(render(replace(findings, tables={"promise_worth": worth})))
    assert "keeps 4 of 5 promises" in words
    assert "it does not keep Gold, hospitals" in words


def test_no_bound_is_said() -> None:
    findings = sample.without(sample.network(items=20), *ALL)
    words = plain(render(replace(findings, summary={**findings.summary, "bound": None, "gap": None})))
    assert "No bound was proven" in words


def test_what_comes_from_tables_is_escaped() -> None:
    findings = sample.network(items=20, sites=3)
    renamed = {
        name: table.with_columns(name=pl.lit(HOSTILE))
        for name, table in findings.chain.tables.items()
        if "name" in table.columns
    }
    chain = Chain(Settings(name=HOSTILE, sentence=HOSTILE), {**findings.chain.tables, **renamed})
    page = render(
        replace(findings, chain=chain, made={"versions": {"arbitre": HOSTILE}, "command": HOSTILE, "date": HOSTILE})
    )
    assert "script" not in outline(page).tags
    assert "<script" not in page


def test_more_classes_than_a_plot_can_hold() -> None:
    count = 75
    received = pl.DataFrame(
        {"segment": [f"s{i}" for i in range(count)], "change": [0.001 * i - 0.03 for i in range(count)]}
    )
    received = received.with_columns(offer=None, criticality=None, demand=10.0, kept_before=0.9).with_columns(
        kept_after=pl.col("kept_before") + pl.col("change")
    )
    page = render(replace(sample.network(items=20), tables={"stock_received": received}))
    assert "The 40 classes that lose most and the 20 that gain most are drawn" in plain(page)
    assert "s74" in page


def test_the_file_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out" / "report.html"
    assert write_report(sample.refinery(), path) == path
    first = path.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(OSError, match="disk full"):
        write_report(sample.network(items=5), path)
    assert path.read_bytes() == first
    assert list(path.parent.iterdir()) == [path]


def test_the_same_findings_give_the_same_bytes() -> None:
    assert render(sample.network(items=30)) == render(sample.network(items=30))


def test_a_large_network_is_quick() -> None:
    findings = sample.network(items=20_000, sites=13)
    start = time.perf_counter()
    page = render(findings)
    assert time.perf_counter() - start < 6
    assert len(page) < 600_000


def test_without_a_stock_of_today_the_rule_of_thumb_is_named() -> None:
    findings = sample.network(items=20)
    tables = {name: table for name, table in findings.chain.tables.items() if name != "stocks"}
    words = plain(render(replace(findings, chain=Chain(findings.chain.settings, tables))))
    assert "the plan is compared with the usual rule" in words
    assert "receive less than with a stock set item by item" in words
    assert "than today" not in words


def test_the_curve_tells_today_the_plan_and_one_more_point(english: str, french: str) -> None:
    told = r"Today: 83\.1% kept with €[\d.]+M; the plan: 94\.2% with €[\d.]+M; one more point costs €[\d.]+K a year"
    assert re.search(told, plain(english))
    assert re.search(r"Aujourd’hui : 83,1 % tenus avec .* ; un point de plus coûte [\d,]+ k€ par an", plain(french))
    alone = plain(render(sample.refinery()))
    assert re.search(r"The plan keeps 94\.2% with €[\d.]+K; one more point costs", alone)
    findings = sample.network(items=20)
    curve = findings.tables["stock_curve"]
    last = curve.filter(pl.col("is_today") | (pl.col("capital") <= curve.filter("is_plan")["capital"][0]))
    page = render(replace(findings, tables={**findings.tables, "stock_curve": last}))
    outline(page)
    assert "one more point costs" not in plain(page)


def test_what_one_more_point_costs_is_read_off_the_curve() -> None:
    findings = sample.network(items=20)
    share, cost = [0.5, 0.9, 0.94, 0.8], [10_000.0, 20_000.0, 36_000.0, 40_000.0]
    rows = {"point": [1, 2, 3, 4], "promise": [None] * 4, "cost": cost, "capital": [4 * money for money in cost],
            "kept_share": share, "bound": cost, "is_plan": [False, True, False, False],
            "is_today": [False, False, False, True]}  # fmt: skip
    page = plain(render(replace(findings, tables={"stock_curve": pl.DataFrame(rows)})))
    assert "Today: 80.0% kept with €160K; the plan: 90.0% with €80K; one more point costs €4K a year" in page


@pytest.mark.parametrize("decide", ["penalties", "budget"])
def test_what_decided_is_told(decide: str) -> None:
    findings = sample.network(items=20)
    summary = {**findings.summary, "decide": decide, "late_cost": 12_300.0, "budget": 500_000.0, "kept_share": 0.9312,
               "kept_share_most": 0.9377}  # fmt: skip
    words = plain(render(replace(findings, summary=summary)))
    if decide == "penalties":
        assert "of which €12.3K for cases that are late all the same" in words
        assert "With late cases paid for, no plan of this model can cost less than" in words
    else:
        assert "A budget of €500K decides: no plan within it keeps more than 93.77% of what counts" in words
        assert "No plan of this model that keeps as much can cost less than" in words
    assert "with every promise kept" not in words
    assert "No share is held" in words


def test_floors_are_not_counted_as_promises() -> None:
    findings = sample.network(items=20)
    worth = findings.tables["promise_worth"]
    floors = worth.head(2).with_columns(promise=pl.lit("floor"), segment=None, kept_after=0.5)
    words = plain(render(replace(findings, tables={"promise_worth": pl.concat([worth, floors])})))
    assert "The plan keeps every promise" in words
    assert "5 of 5" in words
    assert "(floor)" in words
