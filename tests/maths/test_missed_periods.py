"""Shares missed over short periods: against drawing every case, and at the ends."""

from itertools import product

import pytest

from arbitre.maths.evidence.missed_periods import chance_of_missing


@pytest.mark.parametrize(("cases", "kept", "target"), [(8, 0.9, 0.85), (10, 0.7, 0.7), (5, 0.95, 0.95)])
def test_the_chance_is_that_of_all_outcomes(cases: int, kept: float, target: float) -> None:
    missed = sum(kept ** sum(done) * (1 - kept) ** (cases - sum(done)) for done in product((0, 1), repeat=cases)
                 if sum(done) < target * cases - 1e-9)
    assert chance_of_missing(cases, kept, target) == pytest.approx(missed)


def test_twenty_lines_a_month_are_missed_often() -> None:
    """A promise of 95 % on 20 lines: kept at 95, 96, 98 % on the long run, missed in 26, 19, 6 % of the months."""
    assert [round(chance_of_missing(20, kept, 0.95), 2) for kept in (0.95, 0.96, 0.98)] == [0.26, 0.19, 0.06]


def test_ends() -> None:
    assert chance_of_missing(0.4, 0.5, 0.95) == 0.0
    assert chance_of_missing(20, 1.0, 0.95) == 0.0
    assert chance_of_missing(20, 0.0, 0.95) == 1.0
    assert 0 < chance_of_missing(20_000, 0.95, 0.95) < 1
