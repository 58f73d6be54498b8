"""The catalogue is whole, and it is the only place where words stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from arbitre.show import words as words_module
from arbitre.show.words import LANGUAGES, Words, catalogue
from arbitre.tables.catalogue import INPUTS, RESULTS

SHOW = Path(words_module.__file__).parent


def blanks(text: str | list[str]) -> set[str]:
    return set(re.findall(r"{(\w+)}", text if isinstance(text, str) else " ".join(text)))


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_every_entry_speaks_every_language_with_the_same_blanks(key: str) -> None:
    entry = catalogue()[key]
    assert set(entry) == set(LANGUAGES)
    assert all(entry.values())
    assert blanks(entry["en"]) == blanks(entry["fr"])


def test_templates_hold_no_words() -> None:
    text = (SHOW / "templates" / "report.html").read_text(encoding="utf-8")
    text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}|<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL)
    assert set(re.findall(r"[^\W\d_]{2,}", text)) <= {"Arbitre"}


def test_code_asks_only_for_words_that_exist_and_every_word_is_asked_for() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (*SHOW.glob("*.py"), *SHOW.glob("templates/*.html")))
    groups = "|".join({key.split(".")[0] for key in catalogue()})
    asked = set(re.findall(rf"""["']((?:{groups})\.[a-z_]+)["']""", source))
    assert asked <= set(catalogue())
    open_groups = set(re.findall(rf'f"((?:{groups})\.)', source))
    unused = {key for key in catalogue() if key not in asked and f"{key.split('.')[0]}." not in open_groups}
    choices = ("reason", "verdict", "measure", "period", "item_class", "case", "counted", "counts", "weekday",
               "by", "drift", "statistic", "lever", "school", "item_trait")
    by_choice = {key for key in unused if key.split(".")[0] in choices}
    assert unused == by_choice


def test_every_choice_that_is_shown_has_words() -> None:
    shown = {"reason": RESULTS["stock_moves"].column("reason"), "verdict": RESULTS["promises_kept"].column("verdict"),
             "period": INPUTS["promises"].column("period"), "kind": INPUTS["sites"].column("kind"),
             "measure": INPUTS["promises"].column("measure"), "counts": INPUTS["promises"].column("counts"),
             "weekday": INPUTS["opening_hours"].column("weekday"), "step": RESULTS["profit_waterfall"].column("step"),
             "by": RESULTS["cost_to_serve"].column("by"), "part": RESULTS["profit_change"].column("part"),
             "school": RESULTS["segment_members"].column("school"),
             "item_trait": RESULTS["item_classes"].column("life")}  # fmt: skip
    for group, column in (*shown.items(), ("reason", RESULTS["stock_reasons"].column("reason"))):
        assert {f"{group}.{choice}" for choice in column.choices} <= set(catalogue())


def test_french_is_typeset_and_counts_agree() -> None:
    french, english = Words("fr"), Words("en")
    assert french("count.sites", n=1) == "1 site"
    assert french("count.sites", n=0) == "0 site"
    assert english("count.sites", n=0) == "0 sites"
    assert french("count.items", n=1200) == "1\u202f200 articles"
    assert "\u00a0:" in french("decision.plan", value="3")
    assert "'" not in french("answer.today_unknown")
    assert french.listed(["a", "b", "c"]) == "a, b et c"


def test_a_language_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="no words"):
        Words("de")
