"""Several questions at once, one thread each: for compiled code that lets go of the interpreter while it runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Answer = TypeVar("Answer")


def side_by_side(questions: Iterable[Callable[[], Answer]]) -> list[Answer]:
    """Return the answer of each question, in their order; as many are asked at a time as there are processors.

    Raises what the first question that fails raises, once all have ended.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [asked.result() for asked in [pool.submit(question) for question in questions]]
