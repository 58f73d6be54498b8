"""Published numbers of stages in a row, under Clark and Scarf's policy.

Inputs as held by stockpyl 1.0.2 (MIT), `stockpyl_instances.json`. Two rivals of these numbers are not reproduced, on
purpose: stockpyl cuts Poisson tails at four deviations, so its costs stay below those of Shang and Song, and it reads
normal demand off a lattice of a hundred values, so its best levels for example 6.1 lie off the least cost.
"""

import pytest

from arbitre.maths.stock.serial import best_serial, serial_cost


@pytest.mark.parametrize(
    ("shortage", "middle", "levels", "cost"),
    [
        (9, 0.25, (8, 13, 18, 22), 12.688),  # row 1
        (9, 2.5, (9, 10, 13, 19), 53.008),  # row 9
        (99, 0.25, (11, 17, 22, 27), 16.206),  # row 17
        (99, 2.5, (11, 14, 18, 26), 74.564),  # row 25
    ],
)
def test_shang_song(shortage: float, middle: float, levels: tuple, cost: float) -> None:
    """K. H. Shang and J.-S. Song, Management Science 49 (2003) 618-638, table 1: Poisson demand, four stages."""
    plan = best_serial([0.25, middle, middle, 0.25], [0.25] * 4, shortage, 16)
    assert plan.levels == levels
    assert plan.cost == pytest.approx(cost, abs=5e-4)


class TestExample61:
    """Snyder and Shen (2019), example 6.1: three stages, normal demand."""

    ARGUMENTS = ([3, 2, 2], [1, 1, 2], 37.12, 5, 1)

    def test_levels(self) -> None:
        """The levels of the book's own instance, to the digits it gives."""
        assert best_serial(*self.ARGUMENTS).local_levels == pytest.approx((6.49, 5.53, 10.69), abs=5e-3)

    def test_levels_documented_by_stockpyl_are_near_and_cost_more(self) -> None:
        """Documented: 6.514439, 12.012332, 22.700237 at 47.668653."""
        plan, theirs = best_serial(*self.ARGUMENTS), (6.5144388073261155, 12.012332294949644, 22.700237234889784)
        lattice = 0.0440  # their 1000 steps from 20 - 36 to 20 + 8 units
        assert plan.levels == pytest.approx(theirs, abs=lattice)
        assert plan.cost < serial_cost(theirs, *self.ARGUMENTS)
        assert plan.cost == pytest.approx(47.668653127136345, rel=2e-4)

    def test_poisson_demand(self) -> None:
        """Levels tested by stockpyl for the same stages under Poisson demand; its cost, tails cut: 72.0435."""
        plan = best_serial(*self.ARGUMENTS[:4])
        assert plan.levels == (9, 15, 26)
        assert plan.cost == pytest.approx(72.0435433050749, rel=1e-4)


def test_two_stages() -> None:
    """Problem 6.16's instance holds the local levels 171.1912 and 57.7257, of the newsvendor heuristic of the book."""
    arguments = ([5, 2], [8, 3], 24, 20, 4)
    plan = best_serial(*arguments)
    assert plan.local_levels[0] == pytest.approx(171.1912, abs=5e-5)
    assert plan.cost < serial_cost((171.1912, 171.1912 + 57.7257), *arguments)


def test_five_stages_with_poisson_demand() -> None:
    """Problem 6.2(b): levels and cost tested by stockpyl, 453.6856 with tails cut at four deviations."""
    plan = best_serial([2, 2, 1, 1, 1], [0.5] * 5, 24, 64)
    assert plan.levels == (41, 74, 109, 142, 174)
    assert plan.cost == pytest.approx(453.6855978910213, rel=2e-5)
