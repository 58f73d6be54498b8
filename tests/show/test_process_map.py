"""The picture of the process: layers by definition, no two steps in one place, and drawn in both languages."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitre.show import sections_process
from arbitre.show.findings import Findings, View
from arbitre.show.process_map import layers, places
from arbitre.tables.catalogue import RESULTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.settings import Settings

flows = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=14, unique=True)


def test_longest_way_decides_the_layer_and_circles_go_back_up() -> None:
    drawn = [("a", "b"), ("b", "c"), ("a", "c"), ("c", "a"), ("c", "d"), ("d", "d")]
    assert layers(drawn) == {"a": 0, "b": 1, "c": 2, "d": 3}


@given(flows)
def test_the_most_important_flow_leads_down_and_steps_stand_apart(drawn: list[tuple[str, str]]) -> None:
    found = places(drawn)
    assert set(found) == {step for flow in drawn for step in flow}
    assert len(set(found.values())) == len(found)
    if drawn and drawn[0][0] != drawn[0][1]:
        assert found[drawn[0][0]][1] < found[drawn[0][1]][1]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_section(language: str) -> None:
    flows = pl.DataFrame({
        "from_step": [None, "mend", "mend", "send <b>"], "to_step": ["mend", "send <b>", None, None],
        "count": [100, 90, 10, 90], "cases": [100, 90, 10, 90], "mean": [None, 4.0, None, None],
        "median": [None, 3.0, None, None]})
    gains = pl.DataFrame({"step": [None, None], "cause": ["contention", "other"], "waiting_share": [0.7, 0.3],
                          "per_case": [2.0, 1.0]}, schema_overrides={"step": pl.String})
    ways = pl.DataFrame({"variant": [1], "steps": ["mend → send"], "cases": [90], "case_share": [0.9],
                         "covered_share": [0.9], "median": [7.0]})
    tables = {"process_flows": flows, "wait_gains": gains, "process_variants": ways}
    chain = Chain(Settings.model_validate({"name": "tiny", "language": language}), {})
    section = sections_process.process(View(Findings(chain, {}, {
        name: shaped(RESULTS[name], frame) for name, frame in tables.items()})))
    figure, taken, waits = section.blocks
    assert "100" in figure.title
    assert "send <b>" in figure.title  # the page escapes it
    assert "<b>" not in figure.drawing
    assert "send &lt;b" in figure.drawing
    assert taken.rows[0][3] == ("90,0\u00a0%" if language == "fr" else "90.0%")
    assert len(waits.rows) == 2


def test_without_events_the_section_says_so() -> None:
    chain = Chain(Settings(name="tiny"), {})
    assert "No event" in sections_process.process(View(Findings(chain))).blocks[0].text
