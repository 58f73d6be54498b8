"""A proof that is killed goes on where it stopped, and tells the same bytes on any number of workers."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from arbitre.core.unfinished import Pieces, pieces_in
from arbitre.simulate._network.parts import parts_of
from arbitre.simulate._network.promised import promised
from arbitre.simulate._network.stock import levels_of
from arbitre.simulate._replay import Replay
from tests.simulate.workshops import after_sales

CHILD = """
import os, sys
from arbitre.flow import pipeline
from arbitre.simulate import proof
from tests.simulate.workshops import after_sales
for run in sys.argv[1:]:
    os.environ["ARBITRE_CACHE"], workers = run.split("=")
    proof.cores = lambda: int(workers)
    found = pipeline.run(after_sales(), "simulate.proof", {"levels": "today", "least": 14, "most": 14, "years": 3})
    print(found.tables["proofs"].write_json(), dict(found.summary))
"""


def started(**runs: int) -> subprocess.Popen[str]:
    """Start a child that proves a plan once for each cache folder, on so many workers."""
    told = [f"{cache}={workers}" for cache, workers in runs.items()]
    return subprocess.Popen([sys.executable, "-c", CHILD, *told], stdout=subprocess.PIPE, text=True)


def pieces(cache: Path) -> set[Path]:
    return set(cache.glob("unfinished-*/[!.]*.npz"))


def killed(cache: Path) -> set[Path]:
    """Return the pieces that a proof has left which was killed in the middle."""
    child = started(**{str(cache): 1})
    while len(pieces(cache)) < 4 and child.poll() is None:
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    return pieces(cache)


def test_a_proof_that_was_killed_tells_the_same_bytes(tmp_path: Path) -> None:
    assert 4 <= len(killed(tmp_path / "killed")) < 14, "killed neither before nor after the middle"
    for workers in (1, 2, 3, 7):
        shutil.copytree(tmp_path / "killed", tmp_path / str(workers))
    told = started(**{str(tmp_path / "whole"): 1}, **{str(tmp_path / str(number)): number for number in (1, 2, 3, 7)})
    whole, *resumed = told.communicate()[0].splitlines()
    assert len(whole) > 500
    assert resumed == [whole] * 4
    assert not list(tmp_path.glob("[!k]*/unfinished-*")), "what is done leaves no pieces"


def interrupted(folder: Path, work: Callable[[], Any]) -> Any:
    """Return what a run has worked out that is then stopped."""
    found = []

    def run() -> None:
        with pieces_in(folder):
            found.append(work())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    return found[0]


def test_what_was_played_is_not_played_again(tmp_path: Path) -> None:
    parts = parts_of(after_sales(), levels_of(after_sales(), "today"), datetime(2025, 1, 1), 8766.0)
    promises = promised(after_sales(), ("order",))
    replayed = Replay.of(after_sales(), parts, promises, 1, "line", 1)
    first = interrupted(tmp_path / "run", lambda: list(replayed.runs(range(2), 2)))
    elsewhere = replace(replayed, parts=[])  # whatever is played on it fails
    with pieces_in(tmp_path / "run"):
        known = [elsewhere._remembered(number, 0, Pieces.of_this_run()) for number in range(2)]
    for one, other in zip(first, known, strict=True):
        assert one.written().keys() == other.written().keys()
        assert all(np.array_equal(values, other.written()[name]) for name, values in one.written().items())
    with pytest.raises(IndexError):
        elsewhere._remembered(0, 0, Pieces(None))


def test_a_piece_that_cannot_be_read_is_worked_out_again(tmp_path: Path) -> None:
    interrupted(tmp_path / "run", lambda: Pieces.of_this_run().keep("one", {"values": np.arange(3)}))
    (tmp_path / "run" / "two.npz").write_bytes((tmp_path / "run" / "one.npz").read_bytes()[:40])
    with pieces_in(tmp_path / "run"):
        known = Pieces.of_this_run().recall("one")
        assert known is not None
        assert known["values"].tolist() == [0, 1, 2]
        assert Pieces.of_this_run().recall("two") is None
    assert not (tmp_path / "run").exists()
    assert Pieces.of_this_run().recall("one") is None
