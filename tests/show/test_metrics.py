"""The report draws metrics period by period and says why they changed, in both languages."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from arbitre.capability import Result, silent
from arbitre.measure import metrics
from arbitre.show.findings import Findings, View
from arbitre.show.sections_metrics import metrics as section
from arbitre.tables.chain import Chain
from arbitre.tables.open import open_chain
from tests.show import sample_findings as sample


@cache
def answered() -> tuple[Chain, Result]:
    chain = open_chain(Path(__file__).parents[2] / "examples" / "aftersales")
    params: dict[str, Any] = {**chain.settings.capabilities["measure.metrics"],
                              "metrics": "lines,kept_h24,urgent_share,spent_share"}
    return chain, metrics.run(chain, metrics.Params(**params), 1, silent)


def test_the_slip_that_was_planted_is_found() -> None:
    chain, found = answered()
    assert chain.has("metrics")
    first = found.tables["metric_explained"].filter(metric="kept_h24", rank=1).row(0, named=True)
    assert (first["dimension"], first["members"]) == ("site", "MAD")
    assert first["rate"] < 0 < first["mix"]


@pytest.mark.parametrize(("language", "words"), [
    ("en", ("4 metrics, period by period", "Part in 24 hours, kept: from 91.0% to 85.9%, told by site",
            "Madrid: its own rate", "What explains the changes best", "MAD")),
    ("fr", ("4 indicateurs, période par période", "de 91,0 % à 85,9 %, selon site", "Madrid : son propre taux",
            "Ce qui explique le mieux les écarts")),
])
def test_the_section_says_why(language: str, words: tuple[str, ...]) -> None:
    chain, found = answered()
    chain = replace(chain, settings=chain.settings.model_copy(update={"language": language}))
    told = repr(section(View(Findings(chain, {}, dict(found.tables), sample.MADE))).blocks)
    told = told.replace("\\xa0", " ").replace("\\u202f", " ")
    for word in words:
        assert word in told, word


def test_without_metrics_the_section_says_so() -> None:
    chain, _ = answered()
    assert "no table of metrics" in repr(section(View(Findings(chain))).blocks)
