"""Sums, quantiles and codes of groups, against numpy and plain Python; look-ups against a dictionary."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitre.maths import groups as groups_module
from arbitre.maths.groups import HOUR, compact, quantiles, totals
from arbitre.maths.lookup import places

rows = st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 10**13)), min_size=1, max_size=30)


@given(rows)
def test_totals_and_quantiles(drawn: list[tuple[int, int]]) -> None:
    codes, values = np.array(drawn, np.int64).T
    counts, hours = totals(codes.astype(np.int32), values, 4)
    spread = quantiles(codes.astype(np.int32), values, 4, (0.5, 0.9))
    for group in range(4):
        mine = values[codes == group]
        assert counts[group] == len(mine)
        assert hours[group] == pytest.approx(sum(mine.tolist()) / HOUR, rel=1e-15)
        assert spread[group] == pytest.approx(np.quantile(mine, (0.5, 0.9)) / HOUR if len(mine) else [np.nan] * 2,
                                              nan_ok=True)


def test_sums_are_exact_where_whole_numbers_would_overflow() -> None:
    """Four million waits of a century each: 1.3e22 microseconds, beyond 64 bits."""
    century = 36_525 * 24 * HOUR
    codes = np.zeros(4_000_000, np.int32)
    assert totals(codes, np.full(4_000_000, century), 1)[1][0] == 4_000_000 * 36_525 * 24


@given(st.lists(st.integers(-1, 40), min_size=1, max_size=30), st.booleans())
def test_compact(keys: list[int], is_sparse: bool) -> None:
    most = 41 if not is_sparse else groups_module._MOST_DENSE + 1
    codes, present = compact(np.array(keys, np.int64), most)
    assert present.tolist() == sorted(set(keys) - {-1})
    assert [int(present[code]) if code >= 0 else -1 for code in codes] == keys


@given(st.lists(st.integers(0, 2**64 - 1), unique=True, max_size=30), st.lists(st.integers(0, 2**64 - 1), max_size=10))
def test_places(listed: list[int], others: list[int]) -> None:
    wanted = listed[::-1] + others
    found, is_exact = places(np.array(listed, np.uint64), np.array(wanted, np.uint64))
    assert is_exact
    assert found.tolist() == [listed.index(key) if key in listed else -1 for key in wanted]


def test_places_tell_that_numbers_are_not_distinct() -> None:
    assert not places(np.array([7, 8, 7], np.uint64), np.array([8], np.uint64))[1]
