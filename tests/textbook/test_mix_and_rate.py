"""Simpson's paradox: the six largest departments of Berkeley, autumn 1973, split into mix and rate.

Applicants and admitted by department as in D. Freedman, R. Pisani, R. Purves, Statistics (1978), chapter 2, table 2,
after P. J. Bickel, E. A. Hammel, J. W. O'Connell, Sex bias in graduate admissions (Science 187, 1975): 44.5 % of the
men were admitted and 30.4 % of the women, yet department by department women fared no worse.
"""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import silent
from arbitre.maths.evidence.change import mix_and_rates
from arbitre.measure import metrics
from benchmarks.rows import chain_of

DEPARTMENTS = "ABCDEF"
MEN = np.array([825.0, 560.0, 325.0, 417.0, 191.0, 373.0]), np.array([512.0, 353.0, 120.0, 138.0, 53.0, 22.0])
WOMEN = np.array([108.0, 25.0, 593.0, 375.0, 393.0, 341.0]), np.array([89.0, 17.0, 202.0, 131.0, 94.0, 24.0])


def test_the_difference_is_mix() -> None:
    rates = [admitted.sum() / applied.sum() for applied, admitted in (MEN, WOMEN)]
    assert rates == pytest.approx([0.445, 0.304], abs=5e-4)
    mix, rate = mix_and_rates((MEN[1], WOMEN[1]), (MEN[0], WOMEN[0]))
    assert (mix + rate).sum() == pytest.approx(rates[1] - rates[0])
    assert mix.sum() < -0.15  # they applied where few are admitted
    assert rate.sum() > 0.0  # and were admitted rather more
    shares = [applied / applied.sum() for applied, _ in (MEN, WOMEN)]
    own = [admitted / applied for applied, admitted in (MEN, WOMEN)]
    standardised = [(shares[0] + shares[1]) / 2 @ rates for rates in own]  # Kitagawa 1955
    assert rate.sum() == pytest.approx(standardised[1] - standardised[0])


def test_a_metric_tells_the_same() -> None:
    """As a ratio over two months, men first, told by department."""
    cases: list[dict[str, Any]] = []
    for month, (applied, admitted) in enumerate((MEN, WOMEN), 1):
        for department, asked, taken in zip(DEPARTMENTS, applied, admitted, strict=True):
            for number in range(int(asked)):
                opened = datetime(2024, month, 1) + timedelta(minutes=number)
                cases.append({"case": f"{month}{department}{number}", "site": department, "opened_at": opened,
                              "closed_at": opened + timedelta(hours=1) if number < taken else None})
    given = chain_of(cases=cases, sites=[{"site": department} for department in DEPARTMENTS], metrics=[
        {"metric": "applied", "table": "cases"},
        {"metric": "admitted", "table": "cases", "measure": "closed_at"},
        {"metric": "admission", "kind": "ratio", "numerator": "admitted", "denominator": "applied"}])
    params = metrics.Params(metrics="admission", by="site", until=datetime(2024, 2, 29).date())
    found = metrics.run(given, params, 1, silent)
    told = found.tables["metric_changes"].filter(dimension="site").sort("member")
    mix, rate = mix_and_rates((MEN[1], WOMEN[1]), (MEN[0], WOMEN[0]))
    assert told["mix"].to_list() == pytest.approx(mix)
    assert told["rate"].to_list() == pytest.approx(rate)
    everyone = found.tables["metric_changes"].filter(pl.col("dimension").is_null())["total"].item()
    assert told["total"].sum() == pytest.approx(everyone)
    explained = found.tables["metric_explained"].row(0, named=True)
    assert (explained["mix"], explained["rate"]) == pytest.approx((mix.sum(), rate.sum()))
