"""Curves of cost against what is owed, for tests: their lower hull, and marginal analysis over several items."""

import itertools


def lower_hull(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """From (cost, owed) the corners that a weighing of cost against owed can pick, costs rising."""
    hull: list[tuple[float, float]] = []
    for cost, owed in sorted(points):
        if hull and owed >= hull[-1][1] - 1e-12:
            continue
        while len(hull) > 1 and (hull[-1][1] - hull[-2][1]) * (cost - hull[-1][0]) >= (owed - hull[-1][1]) * (
            hull[-1][0] - hull[-2][0]
        ):
            hull.pop()
        hull.append((cost, owed))
    return hull


def greedy(hulls: list[list[tuple[float, float]]]) -> list[tuple[float, float]]:
    """Marginal analysis over items: always the step that takes most off what is owed for its cost."""
    steps = [
        ((after[1] - before[1]) / (after[0] - before[0]), after[0] - before[0], after[1] - before[1])
        for hull in hulls
        for before, after in itertools.pairwise(hull)
    ]
    curve = [(sum(hull[0][0] for hull in hulls), sum(hull[0][1] for hull in hulls))]
    for _, cost, owed in sorted(steps):
        curve.append((curve[-1][0] + cost, curve[-1][1] + owed))
    return curve
