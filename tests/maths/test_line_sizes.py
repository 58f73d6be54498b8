"""Sizes that stand for a law are those of the law itself, summed term by term."""

import numpy as np
import pytest

from arbitre.maths.stock.line_sizes import sizes_of_lines, sizes_of_units

PARTS = 16
MIDDLES = (np.arange(PARTS) + 0.5) / PARTS


@pytest.mark.parametrize("dispersion", [1.05, 1.7, 3.3, 12.0])
def test_units_stand_in_the_lines_that_the_law_puts_them_in(dispersion: float) -> None:
    """A line for k holds k units of it, so units are spread as k P(k)."""
    sizes = np.arange(1, 2_000)
    theta = 1.0 - 1.0 / dispersion
    of_units = np.cumsum(sizes * theta**sizes / (sizes * np.log(dispersion))) / (dispersion - 1.0) * np.log(dispersion)
    assert of_units[-1] == pytest.approx(1.0)
    assert sizes_of_units([dispersion], PARTS)[0].tolist() == [sizes[of_units >= share][0] for share in MIDDLES]


def test_sizes_of_units_keep_rows_apart() -> None:
    rows = sizes_of_units([1.5, 4.0], PARTS)
    assert rows.shape == (2, PARTS)
    assert rows[1].tolist() == sizes_of_units([4.0], PARTS)[0].tolist()


@pytest.mark.parametrize("dispersion", [1.2, 2.5, 9.0])
def test_lines_have_the_dispersion_asked_for_and_the_sizes_of_one_law(dispersion: float) -> None:
    sizes = sizes_of_lines(dispersion, 512)
    assert (sizes**2).sum() / sizes.sum() == pytest.approx(dispersion, rel=0.02)
    # As the tail is cut, the law they follow is a little more dispersed: ones are -theta / ln(1 - theta) of the lines.
    thetas = np.linspace(1.0 - 1.0 / dispersion, 1.0 - 1.0 / (1.3 * dispersion), 1_000)
    ones = -thetas / np.log1p(-thetas)
    assert ones.min() - 1 / 512 <= (sizes == 1.0).mean() <= ones.max() + 1 / 512
