"""Ways: where names lead, and which ones lead back to themselves."""

import time

from arbitre.core.ways import ends, loops


def test_a_way_ends_where_nothing_follows() -> None:
    assert ends({"a": "b", "b": "c", "x": "c", "m": "n"}) == {
        "a": ("c", 2), "b": ("c", 1), "x": ("c", 1), "m": ("n", 1)}
    assert ends({}) == {}


def test_the_order_of_the_names_changes_nothing() -> None:
    forward = {f"p{step}": f"p{step + 1}" for step in range(50)}
    backward = dict(reversed(list(forward.items())))
    assert ends(forward) == ends(backward)
    assert ends(forward)["p0"] == ("p50", 50)


def test_loops_are_found_once_and_ways_into_them_are_not_part_of_them() -> None:
    assert loops({"a": "b", "b": "c", "c": "b", "d": "c", "x": "y"}) == [["b", "c"]]
    assert loops({"a": "a", "b": "c", "c": "b"}) == [["a"], ["b", "c"]]
    assert loops({"a": "b", "b": "c"}) == []


def test_long_ways_take_no_longer_than_their_length() -> None:
    long = {str(step): str(step + 1) for step in reversed(range(200_000))}
    started = time.perf_counter()
    assert loops(long) == []
    assert ends(long)["0"] == ("200000", 200_000)
    assert time.perf_counter() - started < 5  # seconds; walking each way to its end would take hours
