"""What is left of sums and ratios when metrics are computed from metrics: can the value still be told by its parts?

Over the same periods and members, a metric is a sum (its members add up), a ratio of two sums (its members add up above
and below the line), or a mere value. A sum plus a sum is a sum, a sum over a sum is a ratio, a ratio and a number are a
ratio; whatever else one computes is a mere value, which nothing splits.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from arbitre.tables.arithmetic import name, operator

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Form:
    """A metric over keys (period, dimension, member), each array (keys,).

    above, below: the value is the one over the other (None: above alone); adds_up: over members they add up;
    sample: rows behind the value; ways: the dimensions it is told by; alike: where the value is a share of things
    counted, how many of equal weight, for its interval; is_number: the same for everyone at any time.
    """

    above: Floats
    below: Floats | None
    adds_up: bool
    sample: Floats
    ways: frozenset[int]
    alike: Floats | None = None
    is_number: bool = False

    @property
    def value(self) -> Floats:
        """The value at each key; not a number where there is none."""
        return self.above if self.below is None else _made("/", self.above, self.below)


def number(value: float, keys: int, ways: frozenset[int]) -> Form:
    """Return a number as a metric."""
    return Form(np.full(keys, value), None, False, np.full(keys, np.inf), ways, is_number=True)


def computed(tree: ast.expr, forms: Mapping[str, Form], keys: int, ways: frozenset[int]) -> Form:
    """Return the metric that an expression over metrics is, over so many keys and at most these dimensions."""
    if isinstance(tree, ast.Constant):
        return number(float(tree.value), keys, ways)  # type: ignore[arg-type]
    if isinstance(tree, ast.Name | ast.Attribute):
        return forms[name(tree)]
    if isinstance(tree, ast.UnaryOp):
        sign = -1.0 if isinstance(tree.op, ast.USub) else 1.0
        return combined("*", number(sign, keys, ways), computed(tree.operand, forms, keys, ways))
    if isinstance(tree, ast.BinOp):
        sides = (computed(side, forms, keys, ways) for side in (tree.left, tree.right))
        return combined(operator(tree), *sides)
    raise TypeError(f"no expression: {ast.dump(tree)}")


def combined(sign: str, left: Form, right: Form) -> Form:
    """Return what two metrics make: + - * or /."""
    if right.is_number and left.adds_up and (sign in "*/" or left.below is not None):
        by = right.above if left.below is None or sign in "*/" else right.above * left.below
        return replace(left, above=_made(sign, left.above, by), alike=None)
    if left.is_number and right.adds_up and (sign == "*" or (sign in "+-" and right.below is not None)):
        by = left.above if right.below is None or sign == "*" else left.above * right.below
        return replace(right, above=_made(sign, by, right.above), alike=None)
    if left.adds_up and right.adds_up:
        ways, both_sums = left.ways & right.ways, left.below is None and right.below is None
        if both_sums and sign == "/":
            return Form(left.above, right.above, True, right.sample, ways)
        if sign in "+-" and left.below is right.below:  # two sums, or two ratios over the same
            above = _made(sign, left.above, right.above)
            return Form(above, left.below, True, np.maximum(left.sample, right.sample), ways)
    return Form(_made(sign, left.value, right.value), None, False, np.minimum(left.sample, right.sample),
                left.ways & right.ways, is_number=left.is_number and right.is_number)


def _made(sign: str, left: Floats, right: Floats) -> Floats:
    """Return + - * or / of each pair; not a number where one divides by nought."""
    if sign == "/":
        return np.divide(left, right, out=np.full(len(left), np.nan), where=right != 0.0)
    return {"+": np.add, "-": np.subtract, "*": np.multiply}[sign](left, right)
