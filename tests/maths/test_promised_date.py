"""Allocation at the promised date: its edges. What it promises is checked by simulation in tests/textbook."""

import numpy as np
import pytest

from arbitre.maths.stock.inventory import stock_measures
from arbitre.maths.stock.promised_date import first_come_share, least_level, promised_date_share, promised_load

RATES, WINDOWS = np.array([0.05, 0.2, 0.75]), np.array([0.0, 1.0, 10.0])


def test_the_load_counts_each_class_over_what_its_window_leaves() -> None:
    assert promised_load(RATES, WINDOWS, 20.0) == pytest.approx(0.05 * 20 + 0.2 * 19 + 0.75 * 10)
    assert promised_load(RATES, WINDOWS, 5.0) == pytest.approx(0.05 * 5 + 0.2 * 4)


@pytest.mark.parametrize("level", [0, 3, 9, 21])
def test_with_one_window_both_rules_keep_the_same(level: int) -> None:
    same = np.full(3, 4.0)
    assert promised_date_share(RATES, same, 20.0, level) == pytest.approx(first_come_share(RATES, 4.0, 20.0, level))


def test_first_come_counts_all_demand_whatever_the_class() -> None:
    ready = stock_measures(10.0, 10.0, 14)[0]
    assert first_come_share(RATES, 10.0, 20.0, 14) == pytest.approx(ready)


@pytest.mark.parametrize("load", [0.0, 0.3, 12.0, 900.0])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.98, 0.999999])
def test_least_level_is_enough_and_no_more(load: float, share: float) -> None:
    level = least_level(load, share)
    assert stock_measures(load, load, level)[0] >= share
    assert level == 0 or stock_measures(load, load, level - 1)[0] < share


def test_a_share_of_one_ends_where_nothing_is_left() -> None:
    assert stock_measures(900.0, 900.0, least_level(900.0, 1.0))[0] == pytest.approx(1.0)
