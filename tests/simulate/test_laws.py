"""Laws of duration, and the numbers chance gives them."""

import math
import statistics

import numpy as np
import pytest
from numba import njit

from arbitre.simulate._kernel import records
from arbitre.simulate._kernel.chance import WORK, normal_quantile, uniform
from arbitre.simulate._kernel.laws import LawBook
from arbitre.simulate._kernel.log import CLOSED
from arbitre.simulate._kernel.model import Classes, Network, Steps
from arbitre.simulate._kernel.run import replay

DRAWS = 40_000


@njit
def uniforms(key: int, count: int) -> np.ndarray:
    found = np.empty(count)
    for visit in range(count):
        found[visit] = uniform(key, np.int64(visit), WORK, records.ZERO)
    return found


def drawn(write: object) -> np.ndarray:
    """Hours of work of many cases that nobody serves."""
    book = LawBook()
    law = write(book)
    network = Network(laws=book.laws(), classes=Classes(("case",), 0, 100.0), steps=Steps(("step",)), work=[[law]])
    run = replay(network, DRAWS / 100.0, 7)
    done = run.cases[run.cases["outcome"] == CLOSED]
    return done["closed"] - done["opened"]


@pytest.mark.parametrize(("write", "mean", "variance"), [
    (lambda book: book.constant(2.0), 2.0, 0.0),
    (lambda book: book.exponential(2.0), 2.0, 4.0),
    (lambda book: book.erlang(2.0, 4), 2.0, 1.0),
    (lambda book: book.erlang(2.0, 240), 2.0, 4 / 240),
    (lambda book: book.lognormal(2.0, 0.5), 2.0, 1.0),
    (lambda book: book.weibull(2.0, 2.0), 2 * math.gamma(1.5), 4 * (1 - math.gamma(1.5) ** 2)),
    (lambda book: book.mixed([1.0, 4.0], [0.6, 0.4]), 2.2, 2 * (0.6 + 6.4) - 2.2**2),
    (lambda book: book.observed([3.0, 1.0, 1.0, 5.0]), 2.5, 2.75),
])
def test_every_law_has_the_mean_and_the_variance_it_says(write: object, mean: float, variance: float) -> None:
    hours = drawn(write)
    book = LawBook()
    assert book.laws().means().tolist() == []
    write(book)
    assert book.laws().means() == pytest.approx([mean])
    assert hours.mean() == pytest.approx(mean, abs=4.5 * math.sqrt(variance / len(hours)) + 1e-9)
    assert hours.var() == pytest.approx(variance, rel=0.1, abs=1e-9)


def test_the_same_law_is_written_once() -> None:
    book = LawBook()
    assert book.exponential(1.0) == book.exponential(1.0) != book.exponential(2.0)
    assert len(book.laws()) == 2


@pytest.mark.parametrize("write", [
    lambda book: book.exponential(-1.0), lambda book: book.erlang(1.0, 2.5), lambda book: book.erlang(1.0, 251),
    lambda book: book.lognormal(0.0, 1.0), lambda book: book.observed([]), lambda book: book.mixed([1.0], [0.5]),
    lambda book: book.constant(math.nan), lambda book: book.weibull(1.0, 0.0), lambda book: book.exponential(math.inf),
])
def test_laws_that_do_not_exist_are_refused(write: object) -> None:
    with pytest.raises(ValueError, match="law"):
        write(LawBook())


def test_chance_is_uniform_and_knows_no_neighbours() -> None:
    """Kolmogorov's distance, and correlation with the next visit and with the next key."""
    one, other = uniforms(np.uint64(5), DRAWS), uniforms(np.uint64(6), DRAWS)
    ordered = np.sort(one)
    distance = np.abs(ordered - (np.arange(DRAWS) + 0.5) / DRAWS).max()
    assert distance * math.sqrt(DRAWS) < 1.63  # the 1 % point
    for first, second in ((one[:-1], one[1:]), (one, other)):
        assert abs(np.corrcoef(first, second)[0, 1]) * math.sqrt(DRAWS) < 3.5
    assert 0.0 < one.min() < one.max() < 1.0


def test_the_normal_quantile_is_that_of_the_library() -> None:
    for share in (1e-12, 1e-4, 0.02, 0.3, 0.5, 0.81, 0.98, 1 - 1e-9):
        assert normal_quantile(share) == pytest.approx(statistics.NormalDist().inv_cdf(share), rel=2e-9, abs=2e-9)
