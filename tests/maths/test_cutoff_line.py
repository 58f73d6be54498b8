"""What is packed by a cut-off: against enumeration, the closed form of one load, and drawn days."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from arbitre.maths.work.cutoff_line import lag, laws_of_sizes, present_law, sizes


def law(heads: list[int], work: float, comes: list[list[float]], size: list[int], spread: float = 0.0,
        tagged: int = -1, after: list[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """What is present and whether all is packed, with loads of known sizes."""
    def known(values: list[int]) -> tuple[np.ndarray, np.ndarray]:
        return np.array(values, np.int64)[:, None], np.ones((len(values), 1))

    nothing = np.zeros(len(heads))
    mean, clear, _ = present_law(np.array(heads, np.int64), work, spread, np.array(comes, float), *known(size),
                                 *known(size if after is None else after), nothing, nothing, tagged, sum(size) + 1)
    return mean, clear


def test_every_combination_of_arrivals_by_hand() -> None:
    """Two loads that may come in three of five minutes each, constant work: all nine days are followed."""
    comes = [[0.2, 0.5, 0.0, 0.3, 0.0], [0.0, 0.4, 0.4, 0.0, 0.2]]
    size, heads = [3, 2], [1, 1, 0, 2, 1]
    mean, clear = law(heads, 1.0, comes, size)
    expected, is_clear = np.zeros(6), np.zeros(6)
    for first, second in product(range(5), repeat=2):
        chance, present = comes[0][first] * comes[1][second], 0.0
        for minute in range(6):
            expected[minute] += chance * present
            is_clear[minute] += chance * (present == 0 and max(first, second) < minute)
            if minute < 5:
                present += size[0] * (minute == first) + size[1] * (minute == second)
                present = max(present - heads[minute], 0.0)
    assert mean == pytest.approx(expected, abs=1e-9)
    assert clear == pytest.approx(is_clear, abs=1e-9)


def test_one_load_of_normal_lateness_has_a_closed_form() -> None:
    """30 cases, 3 heads, 2 minutes each: packed by c if it comes by c - 20 (minutes are cut half a minute later)."""
    minutes, middle, spread = 200, 100.0, 15.0
    comes = np.diff(norm.cdf(np.arange(minutes + 1) - 0.5, middle, spread))
    _, clear = law([3] * minutes, 2.0, [comes.tolist()], [30])
    at = np.arange(60, minutes)
    assert clear[at] == pytest.approx(norm.cdf(at - 20 + 0.5, middle, spread), abs=1e-5)


def test_exponential_work_is_the_death_process() -> None:
    """One load at once, one head for each case, and no more: each is done by t with 1 - exp(-t / work)."""
    mean, clear = law([4] * 30, 10.0, [[1.0] + [0.0] * 29], [4], spread=1.0)
    assert mean[30] == pytest.approx(4 * np.exp(-3.0), rel=0.01)
    assert clear[30] == pytest.approx((1 - np.exp(-3.0))**4, abs=0.01)


def test_drawn_days_agree() -> None:
    """Four tours of Poisson loads, lognormal work, real queues of heads: 1,500 days."""
    tours, heads, work, spread, load, cut = 4, 8, 3.0, 0.6, 60.0, 240
    behind = lag(work, spread)
    comes = np.array([np.diff(norm.cdf(np.arange(cut + 1) - 0.5, 100 + 30 * tour + behind, 25))
                      for tour in range(tours)])
    size, chance = laws_of_sizes(np.full(tours, load))
    nothing = np.zeros(cut)
    mean = present_law(np.full(cut, heads), work, spread, comes, size, chance, size, chance, nothing, nothing, -1,
                       400)[0]
    said = mean[cut] + load * (1.0 - comes.sum(axis=1)).sum()
    rng, found = np.random.default_rng(1), []
    sigma = np.sqrt(np.log1p(spread**2))
    for _ in range(1500):
        came = np.sort(np.concatenate([np.full(rng.poisson(load), rng.normal(100 + 30 * tour, 25))
                                       for tour in range(tours)]))
        free, late = np.zeros(heads), 0
        for at, needs in zip(came, rng.lognormal(np.log(work) - sigma**2 / 2, sigma, len(came)), strict=True):
            who = free.argmin()
            free[who] = max(free[who], at) + needs
            late += free[who] > cut
        found.append(late)
    assert abs(said - np.mean(found)) < 3.0 * np.std(found) / np.sqrt(len(found))


def test_a_tagged_load_does_not_wait_for_those_behind() -> None:
    """The first load is packed at minute 3 for certain; the second comes then, and does not matter to it."""
    comes = [[1.0, 0, 0, 0, 0, 0], [0, 0, 1.0, 0, 0, 0]]
    _, clear = law([1] * 6, 1.0, comes, [3, 2], tagged=0, after=[0, 0])
    assert clear.tolist() == [0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]
    _, both = law([1] * 6, 1.0, comes, [3, 2])
    assert both.tolist() == [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]


@given(mean=st.floats(0.0, 300.0))
def test_sizes_have_the_mean_and_variance_of_poisson(mean: float) -> None:
    size, chance = sizes(mean)
    assert chance.min() >= 0.0
    assert chance.sum() == pytest.approx(1.0)
    assert size @ chance == pytest.approx(mean, abs=1e-4)
    assert (size - mean)**2 @ chance == pytest.approx(mean, rel=1e-3, abs=1e-3)


@given(heads=st.lists(st.integers(0, 3), min_size=12, max_size=12), more=st.integers(0, 11),
       spread=st.sampled_from([0.0, 0.5, 1.0]), work=st.floats(2.0, 6.0))
def test_one_head_more_never_leaves_more(heads: list[int], more: int, spread: float, work: float) -> None:
    comes = [[0.25] * 4 + [0.0] * 8, [0.0] * 3 + [0.2] * 5 + [0.0] * 4]
    mean, clear = law(heads, work, comes, [5, 4], spread)
    heads[more] += 1
    other, surer = law(heads, work, comes, [5, 4], spread)
    assert (other <= mean + 1.0 + 1e-9).all()  # the rounding of a running sum of whole cases
    assert surer[-1] >= clear[-1] - 1e-9 or spread < 1.0
    if spread == 1.0:
        assert (other <= mean + 1e-9).all()
        assert (surer >= clear - 1e-9).all()
