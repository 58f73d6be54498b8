"""Are the published values of agreement found, whatever the groups are called, and in every odd case?"""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitre.maths.evidence.agreement import adjusted_rand, best_jaccard, cross_table


def codes(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize(("one", "other", "value"), [
    # The values in the documentation of scikit-learn's adjusted_rand_score.
    (codes(0, 0, 1, 1), codes(0, 0, 1, 1), 1.0),
    (codes(0, 0, 1, 1), codes(1, 1, 0, 0), 1.0),
    (codes(0, 0, 1, 2), codes(0, 0, 1, 1), 4 / 7),
    (codes(0, 0, 1, 1), codes(0, 0, 1, 2), 4 / 7),
    (codes(0, 0, 0, 0), codes(0, 1, 2, 3), 0.0),
    (codes(0, 0, 1, 1), codes(0, 1, 0, 1), -0.5),
])
def test_published_values(one: np.ndarray, other: np.ndarray, value: float) -> None:
    assert adjusted_rand(one, other) == pytest.approx(value)


def test_the_example_of_yeung_and_ruzzo() -> None:
    """Yeung and Ruzzo (2001), supplement: rows (1,1,0), (1,2,1), (0,0,4) have an adjusted Rand index of 0.313."""
    table = [(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 2), (1, 2, 1), (2, 2, 4)]
    one = np.repeat([row[0] for row in table], [row[2] for row in table])
    other = np.repeat([row[1] for row in table], [row[2] for row in table])
    assert cross_table(one, other).tolist() == [[1, 1, 0], [1, 2, 1], [0, 0, 4]]
    assert adjusted_rand(one, other) == pytest.approx(0.313, abs=5e-4)


sortings = st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 2)), min_size=2, max_size=12)


@given(sortings)
def test_it_counts_pairs(pairs: list[tuple[int, int]]) -> None:
    """Pair by pair: Hubert and Arabie's index from the four counts of pairs (Steinley 2004, equation 6)."""
    one, other = (codes(*column) for column in zip(*pairs, strict=True))
    both = [(a, b) for a, b in pairs if a >= 0 and b >= 0]
    kinds = [(a[0] == b[0], a[1] == b[1]) for a, b in itertools.combinations(both, 2)]
    together, first, second, apart = (kinds.count(kind) for kind in (
        (True, True), (True, False), (False, True), (False, False)))
    if len(both) < 2:
        assert np.isnan(adjusted_rand(one, other))
        return
    below = (together + first) * (first + apart) + (together + second) * (second + apart)
    expected = 1.0 if below == 0 else 2.0 * (together * apart - first * second) / below
    assert adjusted_rand(one, other) == pytest.approx(expected)


@given(sortings)
def test_jaccard_is_that_of_sets(pairs: list[tuple[int, int]]) -> None:
    one, other = (codes(*column) for column in zip(*pairs, strict=True))
    both = [(at, a, b) for at, (a, b) in enumerate(pairs) if a >= 0 and b >= 0]
    for group, found in enumerate(best_jaccard(one, other)):
        mine = {at for at, a, _ in both if a == group}
        theirs = [{at for at, _, b in both if b == name} for name in range(3)]
        if not mine:
            assert np.isnan(found)
        else:
            assert found == pytest.approx(max(len(mine & their) / len(mine | their) for their in theirs))
