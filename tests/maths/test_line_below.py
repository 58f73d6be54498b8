"""The line lies below every floor between its points, and close to a curve that bends down."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from arbitre.maths.line_below import line_below


@given(st.lists(st.tuples(st.floats(0.01, 10.0), st.floats(0.0, 10.0)), min_size=1, max_size=20))
def test_it_lies_below_a_rising_staircase_everywhere(steps: list[tuple[float, float]]) -> None:
    at = np.cumsum([0.0, *(wide for wide, _ in steps)])
    floors = np.cumsum([rise for _, rise in steps])
    base, slope = line_below(at, floors)
    assert slope >= 0.0
    for left, right, floor in zip(at[:-1], at[1:], floors, strict=True):
        assert max(base + slope * left, base + slope * right) <= floor + 1e-9


def test_it_is_the_chord_of_a_curve_that_bends_down() -> None:
    at = np.linspace(1.0, 4.0, 3001)
    base, slope = line_below(at, np.sqrt(at[:-1]))
    assert np.isclose(slope, (np.sqrt(4.0) - 1.0) / 3.0, atol=1e-3)
    assert np.isclose(base + slope, 1.0, atol=2e-3)
