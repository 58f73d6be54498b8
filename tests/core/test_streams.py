"""Do named streams stay themselves, whatever else is drawn?"""

import subprocess
import sys

import numpy as np
import pytest

from arbitre.core.streams import stream


def test_same_seed_and_names_give_the_same_numbers():
    assert np.array_equal(stream(1, "orders", 3).random(100), stream(1, "orders", 3).random(100))


@pytest.mark.parametrize(
    ("one", "other"),
    [((1, "a"), (2, "a")), ((1, "a"), (1, "b")), ((1, "a", "b"), (1, "b", "a")), ((1, "ab", "c"), (1, "a", "bc")),
     ((1, 1), (1, "1")), ((1,), (1, ""))],
)
def test_other_seed_or_names_give_other_numbers(one, other):
    assert not np.array_equal(stream(*one).random(10), stream(*other).random(10))


def test_a_new_stream_changes_no_other():
    alone = stream(7, "orders").random(50)
    generator = stream(7, "orders")
    first = generator.random(25)
    stream(7, "something new").random(1000)
    assert np.array_equal(alone, np.concatenate([first, generator.random(25)]))


def test_streams_are_uncorrelated():
    draws = np.stack([stream(1, "site", k).standard_normal(2000) for k in range(20)])
    correlation = np.corrcoef(draws) - np.eye(20)
    assert np.abs(correlation).max() < 0.11


def test_numbers_are_pinned():
    """The published examples hang on these: a change here changes every sample."""
    assert stream(1, "pinned").integers(0, 1_000_000, 4).tolist() == [972494, 431889, 626515, 783937]


def test_numbers_are_the_same_in_another_process():
    code = "from arbitre.core.streams import stream; print(stream(5, 'x').integers(0, 10**9))"
    told = {
        subprocess.run([sys.executable, "-c", code], env={"PYTHONHASHSEED": salt}, capture_output=True, text=True,
                       check=True).stdout
        for salt in ("1", "2")
    }
    assert told == {f"{stream(5, 'x').integers(0, 10**9)}\n"}


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="non-negative"):
        stream(-1, "a")
