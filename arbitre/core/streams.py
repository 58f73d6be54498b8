"""Named random streams from one seed: each use of chance has its own, so adding one never changes another."""

from __future__ import annotations

import hashlib
import json

import numpy as np


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Return the random generator of that name under that seed.

    The same seed and names give the same numbers on every machine and in every process; other names, or the same in
    another order, give independent ones. `seed` is not negative. Reading from one stream moves no other.
    """
    # json keeps apart ("ab", "c") and ("a", "bc"), and 1 and "1"; Python's own hash changes from process to process.
    digest = hashlib.blake2b(json.dumps(names).encode(), digest_size=16).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=tuple(words))))
