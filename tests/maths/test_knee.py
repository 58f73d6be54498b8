"""The knee: where a curve that is known bends most, whatever the units."""

import numpy as np
import pytest

from arbitre.maths.knee import knee


@pytest.mark.parametrize(("spent", "brought"), [(1.0, 1.0), (1e6, 3.0), (1e-3, 1e5)])
def test_the_knee_of_a_root_is_at_a_quarter(spent: float, brought: float) -> None:
    """sqrt(x) - x is highest at 1/4."""
    x = np.linspace(0, 1, 101)
    assert knee(7 + spent * x, brought * np.sqrt(x) - 2) == 25


def test_a_straight_line_and_a_hollow_one_have_none() -> None:
    x = np.linspace(0, 1, 5)
    assert knee(x, x) is None
    assert knee(x, x**2) is None
    assert knee(x[:1], x[:1]) is None
