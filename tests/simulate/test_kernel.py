"""The kernel: the same bytes however it is cut up, laws of any run, and networks that cannot go on."""

import hashlib
from dataclasses import replace

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbitre.core.errors import CannotReplay
from arbitre.simulate._kernel.log import CAUSES, CLOSED, JOINED, KINDS, OPEN, OPENED, STARTED, Run
from arbitre.simulate._kernel.model import ALLOCATION, DISPATCH, Classes, Given, Needs, Pools, Routes, Steps
from arbitre.simulate._kernel.run import RULE, replay, replications
from benchmarks.truth.twelve import twelve
from tests.simulate.networks import everything, simple

HORIZON = 400.0


def digest(run: Run) -> str:
    """All bytes of what a replay returns."""
    parts = (run.log, run.cases, run.movements, run.classes, run.visits, run.steps, run.pools, run.lines, run.nodes,
             run.fleets)
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()


def test_the_same_seed_gives_the_same_bytes_in_any_chunking() -> None:
    runs = {digest(replay(everything(), HORIZON, 3, chunk=chunk)) for chunk in (1, 700, 1 << 20)}
    assert len(runs) == 1
    assert digest(replay(everything(), HORIZON, 4)) not in runs


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_workers() -> None:
    alone = [digest(run) for run in replications(everything(), HORIZON, range(8), 3, keeps_log=True)]
    assert len(set(alone)) == 8
    for workers in (2, 3, 7):
        together = replications(everything(), HORIZON, range(8), 3, keeps_log=True, workers=workers)
        assert [digest(run) for run in together] == alone


def test_a_replication_does_not_depend_on_the_others() -> None:
    assert digest(replications(everything(), HORIZON, [5], 3, keeps_log=True)[0]) == digest(
        replications(everything(), HORIZON, range(4, 7), 3, keeps_log=True)[1])


def test_the_log_changes_no_sum() -> None:
    logged, silent = (replay(everything(), HORIZON, 3, keeps_log=kept) for kept in (True, False))
    for name in ("classes", "visits", "steps", "pools", "lines", "nodes", "fleets"):
        assert getattr(logged, name).tobytes() == getattr(silent, name).tobytes()
    assert len(silent.log) == len(silent.cases) == 0


@given(seed=st.integers(0, 10_000), dispatch=st.sampled_from(DISPATCH), allocation=st.sampled_from(ALLOCATION))
@settings(max_examples=30)
def test_what_comes_in_goes_out_or_is_still_there(seed: int, dispatch: str, allocation: str) -> None:
    run = replay(everything(seed, dispatch, allocation), HORIZON, seed)
    counts = run.classes
    ended = sum(counts[name] for name in ("closed", "abandoned", "cancelled", "turned_away"))
    assert (counts["opened"] == ended + counts["open"]).all()
    assert counts["open"].sum() == run.open_at_end == (run.cases["outcome"] == OPEN).sum()
    assert len(run.cases) == counts["opened"].sum() == (run.log["kind"] == OPENED).sum()
    assert (run.cases["case"][np.argsort(run.cases["case"])] == np.arange(len(run.cases))).all()
    assert (np.diff(run.log["time"]) >= 0).all()
    assert (run.pools["busy"] >= 0).all()
    assert (run.pools["area"] <= run.pools["offered"] + run.hours * run.pools["most"]).all()
    assert (run.nodes["on_hand"] >= 0).all()
    assert (run.nodes["owed"] >= 0).all()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15)
def test_littles_law_holds_exactly_on_every_run(seed: int) -> None:
    """Case hours open, summed over time, are the hours of each case, summed over cases (sample-path form)."""
    run = replay(everything(seed), HORIZON, seed)
    closed = np.where(np.isnan(run.cases["closed"]), run.ended, run.cases["closed"])
    opened = run.cases["opened"].copy()
    opened[opened < 0] = 0.0  # cases given as open since before the start are counted from the start
    for of_class, row in enumerate(run.classes):
        mine = run.cases["of_class"] == of_class
        assert row["area"] == pytest.approx((closed - opened)[mine].sum(), rel=1e-9)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15)
def test_movements_explain_the_shelves(seed: int) -> None:
    network = everything(seed)
    run = replay(network, HORIZON, seed)
    moved = run.movements[run.movements["cause"] != 4]  # emergencies pass the shelf by
    change = np.bincount(moved["node"], moved["units"], len(network.nodes))
    assert (network.nodes.on_hand + change == run.nodes["on_hand"]).all()
    shelf = [network.nodes.on_hand[node] + np.cumsum(moved["units"][moved["node"] == node]) for node in range(3)]
    assert min(level.min(initial=0) for level in shelf) >= 0


def test_the_network_of_the_tests_uses_every_mechanism() -> None:
    runs = [replay(everything(seed), HORIZON, seed) for seed in range(6)]
    kinds = {KINDS[kind] for run in runs for kind in np.unique(run.log["kind"])}
    causes = {CAUSES[cause] for run in runs for cause in np.unique(run.movements["cause"])}
    assert set(KINDS) - kinds == {"turned away"}
    assert causes == set(CAUSES)


def test_sums_agree_with_the_log() -> None:
    run = replay(simple(2, 1.5), 2000.0, 5)
    joined, started, closed = (run.log[run.log["kind"] == kind] for kind in (JOINED, STARTED, CLOSED))
    waits = started["time"] - joined["time"][np.searchsorted(joined["case"], started["case"])]
    assert run.visits[0, 0]["waited"] == pytest.approx(waits.sum())
    assert run.visits[0, 0]["started"] == len(started)
    assert run.classes[0]["closed"] == len(closed) == (run.cases["outcome"] == CLOSED).sum()


def test_measuring_begins_at_the_warm_up() -> None:
    whole, later = (replay(simple(), 1000.0, 5, warm_up=warm_up) for warm_up in (0.0, 400.0))
    assert whole.log.tobytes() == later.log.tobytes()
    until = replay(simple(), 400.0, 5)
    assert later.classes[0]["area"] == pytest.approx(whole.classes[0]["area"] - until.classes[0]["area"])
    assert later.classes[0]["opened"] == whole.classes[0]["opened"] - until.classes[0]["opened"]
    assert later.hours == 600.0


def test_the_same_case_has_the_same_luck_in_every_scenario() -> None:
    """One more server: the same arrivals, and the same work for each."""
    one, two = (replay(simple(servers), 500.0, 5) for servers in (1, 2))
    assert len(one.cases) > 300
    assert np.array_equal(np.sort(one.cases["opened"]), np.sort(two.cases["opened"]))
    work = []
    for run in (one, two):
        kinds = [run.log[run.log["kind"] == kind] for kind in (STARTED, 7)]
        both = np.intersect1d(kinds[0]["case"], kinds[1]["case"])[:100]
        work.append([kinds[1]["time"][kinds[1]["case"] == case][0] - kinds[0]["time"][kinds[0]["case"] == case][0]
                     for case in both])
    assert work[0] == pytest.approx(work[1], abs=1e-9)


def test_common_luck_cuts_the_variance_of_a_difference_at_least_five_times() -> None:
    """One more at work everywhere, in the network of twelve stations."""
    def waits(extra: int, numbers: range) -> np.ndarray:
        return np.array([run.visits["waited"].sum() / run.visits["started"].sum()
                         for run in replications(twelve(extra), 336.0, numbers, 9)])

    base = waits(0, range(30))
    paired, apart = base - waits(1, range(30)), base - waits(1, range(30, 60))
    assert paired.mean() > 0
    assert apart.var(ddof=1) / paired.var(ddof=1) > 5


def test_a_rule_of_ones_own() -> None:
    """Last come, first served, by a compiled rule: the mean wait is the same, its spread is not."""
    @numba.cfunc(RULE)
    def last_come(_now, joined, _due, _priority, _work, _penalty, _of_class, _step):
        return -joined

    first, last = (replay(simple(1, 0.7, dispatch=rule), 20_000.0, 5) for rule in ("first come", last_come))
    means = [run.visits[0, 0]["waited"] / run.visits[0, 0]["started"] for run in (first, last)]
    assert means[0] == pytest.approx(means[1], rel=0.02)
    flows = [run.cases["closed"][run.cases["outcome"] == CLOSED] - run.cases["opened"][run.cases["outcome"] == CLOSED]
             for run in (first, last)]
    assert flows[1].std() > 1.5 * flows[0].std()


def test_a_deadlock_is_told_with_its_place() -> None:
    steps = Steps(("cut", "weld"), room=[2, 2])
    loop = Routes([0, 1, 1], [1, 0, -1], [1.0, 0.6, 0.4])
    network = replace(simple(1, 1.5), steps=steps, work=[[0], [0]], needs_set=[[0], [1]], patience=[[-1], [-1]],
                      pools=Pools(("saw", "torch"), 1), needs=Needs([0, 1], 0, [0, 1]), routes=loop)
    with pytest.raises(CannotReplay, match=r"Deadlock at hour .*: cut, weld\."):
        replay(network, 1000.0)
    roomy = replace(network, steps=Steps(("cut", "weld"), room=[2, -1]))
    assert replay(roomy, 1000.0).classes[0]["closed"] > 100


def test_a_deadlock_over_a_shared_pool_is_found() -> None:
    """One crew for both steps: it waits, blocked, for room in a step that only it can empty."""
    network = replace(simple(1, 1.5), steps=Steps(("cut", "weld"), room=[-1, 1]), work=[[0], [0]], needs_set=[[0], [0]],
                      patience=[[-1], [-1]], routes=Routes([0], [1]), pools=Pools(("crew",), 1))
    with pytest.raises(CannotReplay, match="weld"):
        replay(network, 1000.0)


def test_a_batch_that_never_fills_is_told() -> None:
    network = replace(simple(), classes=Classes(("case",), 0, 0.0), steps=Steps(("pack",), batch=3),
                      given=Given([0.0, 1.0], [0, 0]))
    with pytest.raises(CannotReplay, match=r"Nothing can happen any more at hour 1, with 2 cases open, most .* pack"):
        replay(network, 50.0)


@pytest.mark.parametrize(("change", "reason"), [
    ({"pools": Pools(("crew",), 0)}, "Step step needs 1 of crew, which never offers as many"),
    ({"routes": Routes([0], [0])}, "Cases that come to step step never leave"),
    ({"routes": Routes([0, 0], [0, 0], 0.7)}, "add up to more than 1"),
    ({"needs_set": [[3]]}, "needs_set must lie between -1 and 0"),
    ({"needs": Needs([0], 0, 0, 2)}, "needs 2 of crew"),
    ({"classes": Classes(("case",), 0, -1.0)}, "rate must be at least 0"),
    ({"dispatch": "loudest"}, "dispatch must be one of"),
    ({"profiles": [[0.0]], "classes": Classes(("case",), 0, 1.0, profile=0)}, "profile"),
])
def test_what_cannot_run_is_refused_with_the_reason_and_the_place(change: dict, reason: str) -> None:
    with pytest.raises(CannotReplay, match=reason):
        replay(replace(simple(), **change), 10.0)


def test_more_cases_than_memory_holds_are_refused_with_those_who_bring_them() -> None:
    with pytest.raises(CannotReplay, match=r"1e\+12 cases would come in 1,000 hours, most of them of .* larger units"):
        replay(simple(servers=1, rate=1e9), 1000.0)
