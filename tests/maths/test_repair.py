"""Units in a shop against exact distributions found in other ways, and against an event simulation."""

import heapq

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbitre.core.errors import UsageError
from arbitre.maths.stock.echelons import local_pipeline
from arbitre.maths.stock.inventory import depot_measures, stock_measures
from arbitre.maths.stock.repair import delayed_share, shop_pipelines, shop_waits


def in_markov_shop(load: float, servers: int, size: int) -> np.ndarray:
    """Probabilities of 0 .. size - 1 units in M/M/c, by its birth and death balance, summed and not in closed form."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(load / np.minimum(np.arange(1, size), servers)))])
    weight = np.exp(logs - logs.max())
    return weight / weight.sum()


def moments(pmf: np.ndarray) -> tuple[float, float]:
    units = np.arange(len(pmf))
    mean = float(pmf @ units)
    return mean, float(pmf @ (units - mean) ** 2)


def in_single_server_shop(arrivals: np.ndarray, size: int) -> np.ndarray:
    """Units in M/G/1, from the chain of what each departure leaves behind; arrivals (n,), pmf of them in one repair."""
    left = np.zeros(size)
    left[0] = 1.0
    arrivals = np.concatenate([arrivals, np.zeros(size)])
    for n in range(size - 1):
        before = left[0] * arrivals[n] + sum(left[k] * arrivals[n + 1 - k] for k in range(1, n + 1))
        left[n + 1] = (left[n] - before) / arrivals[0]
    return left / left.sum()


@pytest.mark.parametrize("servers", [1, 2, 5, 20])
@pytest.mark.parametrize("utilisation", [0.1, 0.6, 0.9, 0.97])
def test_exponential_repairs_are_exact(servers: int, utilisation: float) -> None:
    load = servers * utilisation
    mean, variance = shop_pipelines(load / 7, 7, 1, servers)
    expected = moments(in_markov_shop(load, servers, 2500))
    assert (mean[0], variance[0]) == pytest.approx(expected, rel=1e-9)


def test_erlang_c_of_textbooks() -> None:
    """Three servers, two of them busy: 4/9 wait (Gross, Shortle, Thompson & Harris 2008, chapter 2.3). One: as busy."""
    assert delayed_share(2, 3) == pytest.approx(4 / 9)
    assert delayed_share(0.7, 1) == pytest.approx(0.7)
    assert delayed_share(0, 4) == 0


def test_enough_servers_are_palm() -> None:
    mean, variance = shop_pipelines([0.5, 1.5], [2, 3], [0, 4], 200)
    np.testing.assert_allclose(mean, [1.0, 4.5])
    np.testing.assert_allclose(variance, [1.0, 4.5])


@pytest.mark.parametrize("load", [0.3, 0.8])
def test_one_server_of_fixed_times_is_exact(load: float) -> None:
    arrivals = in_fixed_time(load, 300)
    mean, variance = shop_pipelines(load, 1, 0, 1)
    assert (mean[0], variance[0]) == pytest.approx(moments(in_single_server_shop(arrivals, 100)), rel=1e-6)


def in_fixed_time(load: float, size: int) -> np.ndarray:
    logs = np.arange(size) * np.log(load) - load - np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, size)))])
    return np.exp(logs)


@pytest.mark.parametrize("load", [0.3, 0.8])
def test_one_server_of_erlang_times_is_exact(load: float) -> None:
    """Two exponential stages: arrivals in a repair are negative binomial, the scatter is 1/2."""
    stage = 2 / (2 + load)
    count = np.arange(300)
    mean, variance = shop_pipelines(load, 1, 0.5, 1)
    found = moments(in_single_server_shop((count + 1) * stage**2 * (1 - stage) ** count, 250))
    assert (mean[0], variance[0]) == pytest.approx(found, rel=1e-6)


def test_an_item_of_a_shop_that_serves_as_they_come_has_its_share_of_what_is_in_it() -> None:
    rate = np.array([0.2, 0.5, 1.1])
    mean, variance = shop_pipelines(rate, 1, 1, 2)
    whole_mean, whole_variance = moments(in_markov_shop(1.8, 2, 2500))
    for item, share in enumerate(rate / rate.sum()):
        thinned = local_pipeline(0.0, 0.0, share, whole_mean, whole_variance)
        assert (mean[item], variance[item]) == pytest.approx(thinned, rel=1e-9)


def two_ranks(first: float, second: float, servers: int, size: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the units of two ranks, by the Markov chain itself, cut at `size` waiting of each.

    With a free server the state is (first, second) under repair; with none, `full` (first under repair, first waiting,
    second waiting). Repairs last 1; the chain is made uniform and iterated.
    """
    idle, full = np.zeros((servers, servers)), np.zeros((servers + 1, size, size))
    idle[0, 0] = 1.0
    speed = first + second + servers
    for _ in range(steps):
        idle, full = one_step(idle, full, first, second, servers)
        idle, full = idle / speed, full / speed
    busy, own, other = np.ogrid[: servers + 1, :size, :size]
    i, j = np.indices(idle.shape)
    found = []
    for few, many in ((i, busy + own), (j, servers - busy + other)):
        mean = (idle * few).sum() + (full * many).sum()
        found.append((mean, (idle * few**2).sum() + (full * many**2).sum() - mean**2))
    return np.array(found)[:, 0], np.array(found)[:, 1]


def one_step(idle: np.ndarray, full: np.ndarray, first: float, second: float, servers: int) -> tuple:
    idle_next, full_next = np.zeros_like(idle), np.zeros_like(full)
    for i in range(servers):
        for j in range(servers - i):
            here = idle[i, j]
            for rate, up in ((first, (i + 1, j)), (second, (i, j + 1))):
                if sum(up) < servers:
                    idle_next[up] += rate * here
                else:
                    full_next[up[0], 0, 0] += rate * here
            if i:
                idle_next[i - 1, j] += i * here
            if j:
                idle_next[i, j - 1] += j * here
            idle_next[i, j] += (servers - i - j) * here
    full_next[:, 1:] += first * full[:, :-1]
    full_next[:, -1] += first * full[:, -1]
    full_next[:, :, 1:] += second * full[:, :, :-1]
    full_next[:, :, -1] += second * full[:, :, -1]
    done_first = np.arange(servers + 1)[:, None, None] * full
    done_second = servers * full - done_first
    full_next[:, :-1] += done_first[:, 1:]  # the first rank is taken as long as it waits
    full_next[1:, :-1] += done_second[:-1, 1:]
    full_next[:-1, 0, :-1] += done_first[1:, 0, 1:]
    full_next[:, 0, :-1] += done_second[:, 0, 1:]
    for busy in range(servers + 1):
        if busy:
            idle_next[busy - 1, servers - busy] += done_first[busy, 0, 0]
        if busy < servers:
            idle_next[busy, servers - busy - 1] += done_second[busy, 0, 0]
    return idle_next, full_next


@pytest.mark.parametrize(
    ("first", "second", "servers", "tolerance"), [(0.3, 0.3, 1, 1e-6), (0.2, 0.5, 1, 1e-3), (0.6, 0.7, 2, 0.04)]
)
def test_ranks_against_the_chain_itself(first: float, second: float, servers: int, tolerance: float) -> None:
    """Means are exact; variances too with one server, and within a few per cent with more."""
    mean, variance = shop_pipelines([first, second], 1, 1, servers, [0, 1])
    chain_mean, chain_variance = two_ranks(first, second, servers, 45, 2500)
    np.testing.assert_allclose(mean, chain_mean, rtol=1e-4)
    np.testing.assert_allclose(variance, chain_variance, rtol=tolerance)


@given(st.integers(1, 6), st.lists(st.tuples(st.floats(0.01, 5), st.integers(0, 3)), min_size=1, max_size=6))
def test_ranks_only_move_waiting_from_one_to_another(servers: int, items: list[tuple[float, int]]) -> None:
    """Kleinrock's conservation law: with one mean time, the mean number waiting does not depend on the ranks."""
    weight, rank = np.array([item[0] for item in items]), np.array([item[1] for item in items])
    rate = 0.9 * servers * weight / weight.sum()
    ranked, _ = shop_waits(rate, 1, 1, servers, rank)
    plain, _ = shop_waits(rate, 1, 1, servers)
    assert rate @ ranked == pytest.approx(rate @ plain)
    assert (np.diff(ranked[np.argsort(rank, kind="stable")]) >= -1e-12).all()


def test_a_shop_that_cannot_keep_up_is_refused() -> None:
    with pytest.raises(UsageError, match="3 servers cannot keep up with work for 3"):
        shop_pipelines([1, 2], 1, 1, 3)
    with pytest.raises(UsageError, match="not negative"):
        shop_pipelines([1, -1], 1, 1, 3)
    assert [values.tolist() for values in shop_pipelines([0, 0], 1, 1, 1)] == [[0, 0], [0, 0]]


def completions(rng: np.random.Generator, arrivals: np.ndarray, times: np.ndarray, servers: int) -> np.ndarray:
    """When is each unit repaired, first come, first served?"""
    free = [0.0] * servers
    done = np.empty(len(arrivals))
    for unit, (at, time) in enumerate(zip(arrivals.tolist(), times.tolist(), strict=True)):
        done[unit] = max(at, heapq.heappop(free)) + time
        heapq.heappush(free, done[unit])
    return done


def mean_and_variance_over_time(arrivals: np.ndarray, done: np.ndarray) -> tuple[float, float]:
    at = np.concatenate([arrivals, done])
    order = np.argsort(at)
    units = np.cumsum(np.concatenate([np.ones(len(arrivals)), -np.ones(len(done))])[order])[:-1]
    lasting = np.diff(at[order])
    mean = np.average(units, weights=lasting)
    return float(mean), float(np.average((units - mean) ** 2, weights=lasting))


@pytest.mark.parametrize("servers", [2, 5])
@pytest.mark.parametrize("scatter", [0.0, 0.25, 2.0])
def test_other_repair_times_are_close(servers: int, scatter: float) -> None:
    """At utilisation 0.8: mean within 2 %, variance within 8 % over long runs; this short one adds 2 and 6 %."""
    rng = np.random.default_rng(11)
    arrivals = np.cumsum(rng.exponential(1 / (0.8 * servers), 200_000))
    times = rng.gamma(1 / scatter, scatter, len(arrivals)) if scatter else np.ones(len(arrivals))
    found = mean_and_variance_over_time(arrivals, completions(rng, arrivals, times, servers))
    mean, variance = shop_pipelines(0.8 * servers, 1, scatter, servers)
    assert mean[0] == pytest.approx(found[0], rel=0.04)
    assert variance[0] == pytest.approx(found[1], rel=0.14)


def test_items_of_other_times_share_one_server_exactly() -> None:
    """Pollaczek-Khinchine over the mix, and the variance of each item, against a simulation (wide interval)."""
    rate, time = np.array([0.25, 0.1]), np.array([1.0, 5.0])
    rng = np.random.default_rng(5)
    arrivals = np.cumsum(rng.exponential(1 / rate.sum(), 250_000))
    item = (rng.random(len(arrivals)) < rate[1] / rate.sum()).astype(int)
    done = completions(rng, arrivals, rng.exponential(time[item]), 1)
    mean, variance = shop_pipelines(rate, time, 1, 1)
    for which in range(2):
        own = item == which
        found = mean_and_variance_over_time(arrivals[own], done[own])
        assert (mean[which], variance[which]) == pytest.approx(found, rel=0.08)


def owed_at_a_place(
    pipeline: tuple[float, float], depot_level: int, share: float, local: float, level: int
) -> float:
    """Backorders of a place below a depot whose units on order have this mean and variance, by VARI-METRIC."""
    _, owed, spread, _ = depot_measures(*pipeline, depot_level, 1)
    return stock_measures(*local_pipeline(local, local, share, owed, spread), level)[1]


def exactly_owed_at_a_place(pmf: np.ndarray, depot_level: int, share: float, local: float, level: int) -> float:
    """The same by summation: the law of the shop, thinned unit by unit, plus the local demand."""
    backlog = np.concatenate([[pmf[: depot_level + 1].sum()], pmf[depot_level + 1 :]])
    ours, thinned = np.zeros(level + 1), np.zeros(level + 1)
    thinned[0] = 1.0
    for probability in backlog:
        ours += probability * thinned
        thinned[1:] = (1 - share) * thinned[1:] + share * thinned[:-1]
        thinned[0] *= 1 - share
    mean = local + share * float(backlog @ np.arange(len(backlog)))
    pipeline = np.convolve(ours, in_fixed_time(local, level + 1))[:level]
    return mean - float((1 - np.cumsum(pipeline)).sum())


@pytest.mark.parametrize("utilisation", [0.8, 0.9, 0.95])
def test_the_fit_is_five_times_closer_than_palm_near_full_load(utilisation: float) -> None:
    """Mean relative error of backorders over shops, stocks and places: Palm with the bare repair time, and Palm with
    the right mean time in the shop, against the fit with the right variance (Sleptchenko et al. 2002 report > 5).
    """
    error = {"bare": [], "mean": [], "fitted": []}
    for servers in (1, 2, 5):
        load = servers * utilisation
        pmf = in_markov_shop(load, servers, int(load + 40 / (1 - utilisation)))
        (mean,), (variance,) = shop_pipelines(load, 1, 1, servers)
        laws = {"bare": (load, load), "mean": (mean, mean), "fitted": (mean, variance)}
        for part, share in ((0.0, 0.1), (0.5, 0.1), (0.5, 0.4), (1.0, 0.2), (1.5, 0.3)):
            local, depot_level = load * share / 2, int(part * mean)
            for level in range(1, 12, 2):
                exact = exactly_owed_at_a_place(pmf, depot_level, share, local, level)
                if exact > 0.05 * (local + share * mean):
                    for name, law in laws.items():
                        found = owed_at_a_place(law, depot_level, share, local, level)
                        error[name].append(abs(found / exact - 1))
    fitted = np.mean(error["fitted"])
    assert fitted < 0.1
    assert np.mean(error["bare"]) > 5 * fitted
    assert np.mean(error["mean"]) > 5 * fitted


def test_the_fit_against_an_event_simulation_of_shop_depot_and_place() -> None:
    """Two servers, busy nine tenths of the time; a depot of 8 feeds five places of 2, half a day away."""
    servers, rate, transport, depot_level, level, share = 2, 1.8, 0.5, 8, 2, 0.2
    rng = np.random.default_rng(3)
    asked = np.cumsum(rng.exponential(1 / rate, 400_000))
    repaired = np.sort(completions(rng, asked, rng.exponential(1.0, len(asked)), servers))
    released = asked.copy()
    released[depot_level:] = np.maximum(asked[depot_level:], repaired[:-depot_level])
    ours = rng.random(len(asked)) < share
    asked_here, arrived = asked[ours], released[ours] + transport
    wait = np.maximum(arrived[:-level] - asked_here[level:], 0.0)
    owed = rate * share * np.array([batch.mean() for batch in np.array_split(wait, 20)])
    middle, half = owed.mean(), 3 * owed.std(ddof=1) / np.sqrt(len(owed))

    local, load = rate * share * transport, rate
    (mean,), (variance,) = shop_pipelines(rate, 1, 1, servers)
    exact = exactly_owed_at_a_place(in_markov_shop(load, servers, 800), depot_level, share, local, level)
    fitted = owed_at_a_place((mean, variance), depot_level, share, local, level)
    assert abs(exact - middle) < half
    for palm in ((load, load), (mean, mean)):
        apart = owed_at_a_place(palm, depot_level, share, local, level)
        assert abs(apart - middle) > half
        assert abs(apart - exact) > 5 * abs(fitted - exact)
