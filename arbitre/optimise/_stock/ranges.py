"""How is the work on many independent pools spread over threads, to the same bytes on any number of them?"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

_RANGES_PER_THREAD = 8
"""More ranges than threads even out pools that are dearer to enumerate."""


def threads_for(parts: int, parts_per_thread: int, threads: int | None = None) -> int:
    """Return how many threads are worth starting: every core, or `threads`, but none for less than its due of parts."""
    return max(1, min(threads or os.cpu_count() or 1, parts // parts_per_thread))


def over_ranges(work: Callable[[int, int], None], pools: int, threads: int) -> None:
    """Do work(first, last) on consecutive ranges of pools; the compiled loops release the interpreter's lock."""
    if threads == 1:
        work(0, pools)
        return
    edges = np.linspace(0, pools, _RANGES_PER_THREAD * threads + 1).astype(int).tolist()
    with ThreadPoolExecutor(threads) as executor:
        list(executor.map(work, edges[:-1], edges[1:]))
