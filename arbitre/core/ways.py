"""Where does each name lead, when each names at most one that comes after it?"""

from __future__ import annotations

from collections.abc import Mapping


def loops(following: Mapping[str, str]) -> list[list[str]]:
    """Return every loop, each from the first of its names met on.

    `following` gives for a name the one after it; a name without an entry is an end. A name that follows itself is a
    loop of one. Each name is walked once, however long the ways are.
    """
    found: list[list[str]] = []
    walked: set[str] = set()
    for start in following:
        way: dict[str, int] = {}
        name: str | None = start
        while name is not None and name not in walked:
            walked.add(name)
            way[name] = len(way)
            name = following.get(name)
        if name is not None and name in way:
            found.append(list(way)[way[name]:])
    return found


def ends(following: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """Return, for each name that something follows, the end of its way and the steps to it; `following` has no loop."""
    reached: dict[str, tuple[str, int]] = {}
    for start in following:
        way = []
        name = start
        while name in following and name not in reached:
            way.append(name)
            name = following[name]
        end, steps = reached.get(name, (name, 0))
        for back, passed in enumerate(reversed(way), start=1):
            reached[passed] = (end, steps + back)
    return reached
